#!/bin/sh
#
# A promotion of several hops has its target to itself from the first to the
# last, and gives it back however it ends.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/hops.sh"

# lock FIELD: of the lock, as the platform has it
lock()
{
	git -C "$WORK_PLATFORM" cat-file -p refs/upgrade/locks/production \
		>"$TRASH/tmp/lock"
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\"\(.*\)\",*$/\1/p" \
		"$TRASH/tmp/lock"
}

# ended PID CODE
ended()
{
	ended_code=0
	wait "$1" || ended_code=$?
	is "$2" "$ended_code"
}

is_open()
{
	is "" "$(ref locks/production)"
	is "" "$(find .git/upgrade/held -type f 2>/dev/null)"
}

story 'locked from the first hop to the last, for everybody else' '
	draw_hops one
	git clone -q -o platform "$WORK_PLATFORM" ../carl
	git upgrade promote -n --path staging production >../out 2>../err
	is_open
	git-upgrade promote --path staging production >../out 2>../err &
	promotion=$!
	wait_for 20 begun
	is "promotion of 2 hops to v2.0.0" "$(lock what)"
	git -C ../carl config upgrade.upstream ../../upstream
	expect_code 2 git -C ../carl upgrade lock production >../carl.out \
		2>../carl.err
	has "production is locked by Olga.*, for promotion of 2 hops" ../carl.err
	open_gate
	ended "$promotion" 0
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
	is_open
	is "locked deployed deployed unlocked" "$(what)"
'

story 'one hop needs no lock' '
	cd one/prod
	WORK_PLATFORM=$WORK/one/platform.git SRV=$WORK/one/srv
	git checkout -q staging
	stage more x
	git upgrade promote --path staging production
	is "locked deployed deployed unlocked deployed" "$(what)"
'

story 'after Ctrl-C it is open again, and nothing more is promoted' '
	draw_hops halt
	setsid git-upgrade promote --path staging production >../out 2>../err &
	promotion=$!
	wait_for 20 begun
	kill -INT "-$promotion"
	ended "$promotion" 4
	has "^Detached; the deploy of production goes on.$" ../err
	has "^hint: v1.1.0 is as far as it came" ../err
	is_open
	open_gate
	platform_idle
	is 1.1.0 "$(cat "$SRV/current/VERSION")"
	expect_code 0 git upgrade promote --path staging production
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
'

story 'after a deploy that failed it is open again' '
	draw_hops fail
	rm "$SRV/wait"
	sed -i "s/test ! -e broken/test \$UPGRADE_RELEASE != v1.1.0/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 3 git upgrade promote --path staging production \
		>../out 2>../err
	has "the deploy of v1.1.0 .* failed" ../err
	is_open
	is "locked failed unlocked" "$(what)"
'

story 'killed: it stays locked, and the same again goes on' '
	draw_hops kill
	setsid git-upgrade promote --path staging production >../out 2>../err &
	promotion=$!
	wait_for 20 begun
	kill -KILL "-$promotion"
	wait "$promotion" || :
	open_gate
	platform_idle
	is "promotion of 2 hops to v2.0.0" "$(lock what)"
	expect_code 0 git upgrade status >../out
	has "^production is locked by Olga.* for promotion of 2 hops to v2.0.0 (in this clone)" ../out
	expect_code 0 git upgrade promote --path staging production
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
	is_open
	is "locked deployed deployed unlocked" "$(what)"
'

story 'an operator'\''s lock outlives it' '
	draw_hops keep
	rm "$SRV/wait"
	git upgrade lock --reason="a long night" production
	git upgrade promote --path staging production >../out 2>../err
	is "a long night" "$(lock why)"
	is "locked deployed deployed" "$(what)"
	git upgrade unlock production
'

story 'locked by somebody else: refused, and nothing was changed' '
	draw_hops others
	rm "$SRV/wait"
	git clone -q -o platform "$WORK_PLATFORM" ../carl
	git -C ../carl config upgrade.upstream ../../upstream
	git -C ../carl upgrade lock --reason="mine" production
	expect_code 2 git upgrade promote --path staging production \
		>../out 2>../err
	has "production is locked by .*: mine$" ../err
	has "^Nothing was changed.$" ../err
	is mine "$(lock why)"
	is locked "$(what)"
'

story 'it is one upgrade, and has one backup, which keeps others out' '
	STORE=$WORK/hops-store
	mkdir "$STORE"
	draw_hops hops
	rm "$SRV/wait"
	{
		echo "    backup: {before_upgrade: true, blocks: true}"
		backup_artifacts | sed "s/cat db/echo rows/"
	} >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade promote --path staging production >../out 2>../err
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
	is 1 "$(backup_ids | wc -l)"
	git upgrade backup list production >../out
	has " upgrade  v1.0.0 -> v2.0.0 .* good " ../out
	is_open
'

done_testing
