#!/bin/sh
#
# A fetch that was killed at any instant, or whose disk failed there, is made
# good by the next: upstream's releases, their tags, and no lock in the way.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
: "${KILL_STEP:=4}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

tags()
{
	git for-each-ref refs/upgrade refs/tags
}

# What could not be told from a deletion comes back, where it was killed.
of_fetch()
{
	git upgrade fetch >../out 2>../err
	tags | grep -v refs/tags/2.0.0$ >../tags
	same "$WORK/tags" ../tags
	find .git -name "*.lock" >../locks
	same /dev/null ../locks
	missing .git/upgrade
}

# It says so; where the network is slow that is all there is to see.
of_failure()
{
	case $code in
	0 | 126)
		;;
	*)
		has "^fatal: \|^error: " ../said
		if grep -q "^Nothing was changed" ../said
		then
			tags >../tags
			same "$WORK/before" ../tags
		fi
		;;
	esac
	of_fetch
}

story 'set-up: two releases are new, and so are their objects' '
	draw_production seed 2.4.1
	git -C seed upgrade fetch
	draw_release upstream 3.2.x 3.2.2
	draw_release upstream 3.2.x 3.2.3
	cd seed
	git tag -d 2.0.0
	rm -f .git/hooks/*.sample
	git pack-refs --all
	tags >../before
	cp -a . ../done
	cd ../done
	git upgrade fetch
	tags >../tags
	has "refs/tags/3.2.3$" ../tags
'

story 'a tag that the operator deleted stays so' '
	lacks "refs/tags/2.0.0$" tags
	git -C "done" upgrade fetch
	git -C "done" for-each-ref refs/upgrade refs/tags >again
	same tags again
'

story 'killed' '
	sweep seed of_fetch git-upgrade fetch
'

story 'killed, while what it started goes on' '
	sweep seed -a of_fetch git-upgrade fetch
'

for error in ENOSPC EIO EROFS
do
	story "a disk that fails with $error" '
		sweep seed -e $error of_failure git-upgrade fetch
	'
done

done_testing
