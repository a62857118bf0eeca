#!/bin/sh
#
# Promotions of several hops from one clone: two at once, and what a killed one
# has left.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/hops.sh"

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
