#!/bin/sh
#
# merge and plan of a release that is here already: upstream is asked whether
# it still has it there.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/branches.sh"

refs=refs/upgrade/releases

# The last fetch is some time ago.
later()
{
	rm -f "$WORK/prod/.git/info/gitupgrade.asked"
}

# move TAG: upstream makes it anew, on another commit
move()
{
	later
	git -C upstream checkout -q "$1^{commit}"
	echo "moved $1" >>upstream/moved
	git -C upstream add -A
	git -C upstream commit -q -m "Once more"
	git -C upstream tag -f -m "Release $1" "$1" >/dev/null
}

story 'a release that did not move is merged, and fetched once' '
	draw_upstream upstream
	draw_production prod 2.1.0
	cd prod
	git upgrade fetch
	later
	GIT_TRACE2_EVENT="$WORK/trace" git upgrade merge --no-edit 2.1.1
	has "\"ls-remote\"" ../trace
	lacks "\"fetch\",\"--quiet\"" ../trace
	git branch before
'

story 'right after a fetch nobody is asked again' '
	cd prod
	git upgrade fetch
	GIT_TRACE2_EVENT="$WORK/trace1" git upgrade plan 2.2.2
	lacks "\"ls-remote\"" ../trace1
	cat .git/info/gitupgrade.asked
	echo "1763718000 origin" >.git/info/gitupgrade.asked
	GIT_TRACE2_EVENT="$WORK/trace1" git upgrade plan 2.2.2
	has "\"ls-remote\"" ../trace1
	echo "$(($(date +%s) + 900)) origin" >.git/info/gitupgrade.asked
	rm -f ../trace1
	GIT_TRACE2_EVENT="$WORK/trace1" git upgrade plan 2.2.2
	has "\"ls-remote\"" ../trace1
'

story 'one that moved meanwhile is refused in the same command' '
	move 2.2.2
	cd prod
	kept=$(git rev-parse $refs/2.2.2)
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit 2.2.2 >../out 2>../err
	snapshot >../after
	has "^warning: upstream moved release 2.2.2 from" ../err
	has "^error: upstream moved release 2.2.2 since it was fetched" ../err
	has "git upgrade fetch --accept=2.2.2" ../err
	has "^Nothing was changed.$" ../err
	is "$kept" "$(git rev-parse $refs/2.2.2)"
	git rev-parse -q --verify refs/upgrade/moved/2.2.2
	grep -v refs/upgrade ../before >../before.own || :
	grep -v refs/upgrade ../after | same ../before.own - # tap: ok
'

story 'so does plan, and so does a path over it' '
	cd prod
	git update-ref -d refs/upgrade/moved/2.2.2
	later
	expect_code 2 git upgrade plan 2.2.2 2>../err
	has "^error: upstream moved release 2.2.2 since it was fetched" ../err
	git update-ref -d refs/upgrade/moved/2.2.2
	later
	expect_code 2 git upgrade merge --no-edit --path 2.3.1 2>../err
	has "^error: upstream moved release 2.2.2 since it was fetched" ../err
	git diff --quiet HEAD before
	git update-ref -d refs/upgrade/moved/2.2.2
	later
	expect_code 2 git upgrade merge -n 2.2.2 2>../err
	has "^error: upstream moved release 2.2.2 since it was fetched" ../err
'

story 'what upstream took back is merged at once' '
	git -C upstream tag -f -m "Release 2.2.2" 2.2.2 \
		"$(git -C prod rev-parse "$refs/2.2.2^{}")"
	git -C prod rev-parse $refs/2.2.2 >oid
	git -C upstream fetch -q ../prod "$refs/2.2.2"
	git -C upstream update-ref refs/tags/2.2.2 "$(cat oid)"
	cd prod
	git rev-parse -q --verify refs/upgrade/moved/2.2.2
	git upgrade merge --no-edit 2.2.2
	expect_code 1 git rev-parse -q --verify refs/upgrade/moved/2.2.2
'

story '--no-fetch asks nobody' '
	move 2.3.1
	cd prod
	GIT_TRACE2_EVENT="$WORK/trace2" \
		git upgrade merge --no-edit --no-fetch 2.3.1
	lacks "\"ls-remote\"" ../trace2
	git reset -q --keep HEAD^
'

story 'upstream that cannot be asked is a warning: it was fetched' '
	later
	git -C upstream tag -f 2.3.1 "$(git -C prod rev-parse $refs/2.3.1)"
	mv upstream elsewhere
	cd prod
	git upgrade plan 2.3.1 >../out 2>../err
	has "^warning: upstream .origin. (.*) cannot be read: " ../err
	has "releases are taken as they were fetched" ../err
	has "no-fetch" ../err
	git upgrade merge --no-edit 2.3.1 2>../err
	has "^warning: upstream .origin. (.*) cannot be read: " ../err
	has "^release 2.3.1$" .gitupgrade.adopted
	mv ../elsewhere ../upstream
'

story 'a refusal that has other reasons stays what it was' '
	cd prod
	expect_code 2 git upgrade merge --no-edit 3.1.0 2>../err
	has "^error: 2.3.1 -> 3.1.0 skips a" ../err
	echo dirty >>docker-compose.yml
	expect_code 2 git upgrade merge --no-edit 2.4.1 2>../err
	lacks "upstream" ../err
	git checkout -q docker-compose.yml
'

story 'a branch that went on is merged as it is now' '
	rm -rf upstream prod
	git init -q -b main upstream
	echo base >upstream/app.yaml
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	release_branch 2.4.6
	release_branch 2.4.7
	git clone -q upstream prod
	cd prod
	branches
	git upgrade fetch
	git switch -q -c production --no-track origin/2.4.6
	cd ..
	release_commit 2.4.7 "Fix 1 of 2.4.7"
	cd prod
	git upgrade merge --no-edit 2.4.7 2>../err
	has "^Merging release 2.4.7 into production" ../err
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	# The same release once more, without a fetch in between.
	cd ..
	release_commit 2.4.7 "Fix 2 of 2.4.7"
	cd prod
	git upgrade merge --no-edit 2.4.7 2>../err
	has "^Merging newer commits of release 2.4.7" ../err
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	expect_code 2 git upgrade merge --no-edit 2.4.7 2>../err
	has "2.4.7 is adopted already" ../err
'

done_testing
