#!/bin/sh
#
# Promotions of several hops from one clone: two at once, and what a killed one
# has left.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# draw_hops NAME: in the folder NAME a clone and its platform; staging has
# verified two releases that production lacks, whose `build` waits for let_go
draw_hops()
{
	mkdir "$WORK/$1" && cd "$WORK/$1" || return 1
	WORK_PLATFORM=$WORK/$1/platform.git
	SRV=$WORK/$1/srv
	draw_promotion prod >out 2>&1 || return 1
	sed -i 's|test ! -e blocks|test ! -e ../../wait|' \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git config upgrade.path.rule connected-minor
	for release in v1.1.0 v2.0.0
	do
		git upgrade merge --no-edit "$release" &&
		git upgrade push staging || return 1
	done >../out 2>&1
	ref ledger/production >../since
	mkfifo "$SRV/production/go"
	SRV=$SRV/production
	: >"$SRV/wait"
}

begun()
{
	grep -q "^building v1.1.0" \
		"$WORK_PLATFORM/upgrade/logs/production/latest"
}

open_gate()
{
	rm "$SRV/wait"
	let_go
}

# what: each event of production since it ran v1.0.0, in one line
what()
{
	git -C "$WORK_PLATFORM" log --reverse --format=%s \
		"$(cat ../since)..refs/upgrade/ledger/production" \
		>"$TRASH/tmp/subjects"
	sed 's/ .*//' "$TRASH/tmp/subjects" | tr '\n' ' ' | sed 's/ $//'
}

story 'a second one leaves the lock of the first alone' '
	draw_hops two
	git-upgrade promote --path staging production >../out 2>../err &
	first=$!
	wait_for 20 begun
	for path in --path ""
	do
		expect_code 2 git-upgrade promote $path staging production \
			>../out2 2>../err2
		has "^error: another git upgrade is at work on production:" \
			../err2
		has "^Nothing was changed.$" ../err2
		is locked "$(what)"
	done
	git upgrade promote -n --path staging production
	is locked "$(what)"
	open_gate
	wait "$first"
	is "locked deployed deployed unlocked" "$(what)"
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
'

story 'what a killed one has left, one of a single hop gives back' '
	draw_hops left
	setsid git-upgrade promote --path staging production >../out 2>../err &
	first=$!
	wait_for 20 begun
	kill -KILL "-$first"
	wait "$first" || :
	open_gate
	platform_idle
	is "locked deployed" "$(what)"
	expect_code 0 git upgrade promote -n staging production
	is "locked deployed" "$(what)"
	expect_code 0 git upgrade promote staging production
	is "locked deployed deployed unlocked" "$(what)"
	git upgrade status >../out
	lacks "is locked" ../out
'

story 'what an operator locked stays so' '
	draw_hops own
	rm "$SRV/wait"
	git upgrade lock --reason="a long night" production
	git upgrade promote --release=v1.1.0 staging production
	git upgrade promote staging production
	is "locked deployed deployed" "$(what)"
	git upgrade status >../out
	has "^production is locked by .*: a long night" ../out
'

done_testing
