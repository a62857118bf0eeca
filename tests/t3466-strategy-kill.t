#!/bin/sh
#
# The merge strategy, killed right before a change it makes to a file: git
# upgrade merge --abort goes back, or nothing had been touched, or all had.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"
: "${KILL_STEP:=12}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# expected NAME COMMAND...: what an undisturbed run leaves
expected()
{
	expected_name=$1
	rm -rf run
	mkdir run
	cp -a seed run/copy
	shift
	cd run/copy
	git update-index -q --refresh || :
	tap_run "$@"
	kill_state >"$WORK/$expected_name"
	cd "$WORK"
}

# strategy: as git calls it
strategy()
{
	echo "$(git -C seed merge-base HEAD 1.1.0)" -- HEAD \
		"$(git -C seed rev-parse '1.1.0^{commit}')"
}

# went_back: where nothing says that an upgrade is in progress, the files are
# as they were, or all are there and only git has not been told
went_back()
{
	git upgrade merge --abort >../aborted 2>&1 || :
	kill_state >../state
	if cmp -s "$WORK/after" ../state
	then
		git reset -q --hard HEAD
		kill_state >../state
	fi
	same "$WORK/before" ../state
	kill_clean
}

story 'a repository' '
	draw_shop
	production
	override
	git upgrade fetch 2>../err
	cd ..
	mv prod seed
	expected before true
'

kill_story 'killed at any change, with nothing left to do' '
	set -- $(strategy)
	expected after git-merge-upgrade "$@"
	not cmp -s before after
	sweep seed went_back git-merge-upgrade "$@"
'

kill_story 'killed alone, while the programs it started go on' '
	set -- $(strategy)
	sweep seed -a went_back git-merge-upgrade "$@"
'

kill_story 'with a conflict' '
	cd seed
	edit "s,shop/web:1.0.0,registry.acme.example/web:1.0.0," \
		docker-compose.yml
	git commit -q -a -m "A registry of ours"
	cd ..
	set -- $(strategy)
	expected before true
	expected after git-merge-upgrade "$@"
	has "docker-compose.yml" after
	sweep seed went_back git-merge-upgrade "$@"
'

kill_story 'with a disk that is full: said, and everything is as it was' '
	disk_full()
	{
		case $code in
		0 | 1)
			kill_state >../state
			same "$WORK/after" ../state
			;;
		2 | 128)
			went_back
			;;
		126)
			;;
		*)
			return 1
			;;
		esac
	}
	set -- $(strategy)
	sweep seed -e ENOSPC disk_full git-merge-upgrade "$@"
'

done_testing
