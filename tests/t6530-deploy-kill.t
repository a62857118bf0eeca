#!/bin/sh
# A deploy here that is killed, at whatever instant: nothing is recorded that
# is not so, and the next one does the right thing.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# What is recorded as deployed was started; what is verified is deployed.
honest()
{
	is "$(here deployed/production)" "$(here verified/production)"
	honest_now=$(here deployed/production)
	[ -z "$honest_now" ] || grep -q -x "$honest_now" "$WORK/started"
}

# end PID: unless the number is somebody else's by now
end()
{
	case $(readlink "/proc/$1/exe") in
	*/git-upgrade)
		kill -KILL "$1" 2>/dev/null || :
		;;
	esac
}

story 'killed in a step: it is not recorded, and done again' '
	draw_host
	sed -i "s|cp VERSION $SERVING|& \\&\\& echo \$UPGRADE_COMMIT >>$WORK/started|" \
		profile.yaml
	grep -q "started" profile.yaml
	cd host
	git upgrade deploy -q
	cd ../prod
	put blocks
	publish Blocks
	cd ../host
	git pull -q
	git-upgrade deploy >../out 2>../err &
	first=$!
	wait_for 20 running
	kill -KILL "$(worker)"
	ended "$first" 4
	has "the deploy ended without a word; it was killed" ../err
	has "begin it again with .git upgrade deploy" ../err
	is "$(git rev-parse HEAD~1)" "$(here deployed/production)"
	is "" "$(here failed/production)"
	cd ../prod
	git rm -q blocks
	publish Free
	cd ../host
	git pull -q
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.0.0
	lacks . .git/upgrade/logs/production/worker.log
'

story 'killed at twenty instants: the next one ends it, once' '
	cd host
	round=0
	while [ "$round" -lt 20 ]
	do
		round=$((round + 1))
		(
			cd ../prod
			echo "$round" >note.txt
			publish "Round $round"
		)
		git pull -q
		git-upgrade deploy -q >../out 2>../err &
		first=$!
		spin=0
		while [ "$spin" -lt $((round * 4)) ]
		do
			spin=$((spin + 1))
			kill -0 "$first" 2>/dev/null || break
			/bin/true
		done
		victim=$first
		[ $((round % 2)) = 0 ] || victim=$(worker)
		end "$victim"
		wait "$first" || :
		expect_code 0 git upgrade deploy >../out 2>../err
		honest
		serves v1.0.0
		git log --format=%s refs/upgrade/ledger/production >../ledger
		is 1 "$(grep -c "^deployed.* $(git rev-parse --short=7 HEAD)" \
			../ledger)"
	done
	git fsck --strict
'

done_testing
