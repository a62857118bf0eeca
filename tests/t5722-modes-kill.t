#!/bin/sh
# The worker is killed at each step in turn, in each mode: the next one undoes
# what ran, or finishes it, and then deploys. No page stays.
# shellcheck disable=SC1091,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"

# The follower of the log as well: it would look around for a while.
push_and_kill()
{
	setsid git push platform production >"$WORK/out" 2>"$WORK/err" &
	pusher=$!
	wait_for 20 held
	kill_workers
	kill -KILL "-$pusher" || :
	wait
	wait_for 20 no_workers
}

# killed STEP BACK...: the worker dies while STEP runs. The next one runs
# BACK, and then deploys from the beginning.
killed()
{
	tap_say "killed in '$1'"
	cat "$SRV/current/number" >"$WORK/old"
	hold "$1"
	next
	push_and_kill
	is "$(cat "$WORK/old")" "$(cat "$SRV/current/number")"
	rm -f "$WORK/hold"
	: >"$WORK/trace"
	repaired
	shift
	tap_say "so ran:" "$(cat "$WORK/trace")"
	lines "$@" >"$TRASH/tmp/killed"
	cat "$WORK/order" >>"$TRASH/tmp/killed"
	same "$TRASH/tmp/killed" "$WORK/trace"
	has "# .* end killed" "$WORK_PLATFORM"/upgrade/logs/production/*.log
}

# ended STEP LINE...: it dies behind the switch; what was left is all that
# the next one does
ended()
{
	tap_say "killed in '$1'"
	cat "$SRV/current/number" >"$WORK/old"
	hold "$1"
	next
	count=$(events)
	push_and_kill
	is "$(cat "$WORK/new")" "$(cat "$SRV/current/number")"
	: >"$WORK/trace"
	repaired
	shift
	traced "$@"
	is "$((count + 1))" "$(events)"
	has "# .* end ok" "$WORK_PLATFORM/upgrade/logs/production/latest"
}

mode()
{
	sed -i "s/mode: .*/mode: $1/" "$WORK_PLATFORM/info/gitupgrade.yaml"
	shift
	printf '%s\n' "$@" >"$WORK/order"
}

story 'maintenance: what ran is undone' '
	draw_modes maintenance
	cd prod
	mode maintenance "on old" "stop old" "update new" "warm new" \
		"start new" "smoke new" "health new" "switch new" "off new"
	killed "on old" "health old" "off old"
	back="start old,health old,off old"
	killed "stop old" "$back"
	killed "update new" "$back"
	killed "warm new" "$back"
'

story 'maintenance: and the new release makes room' '
	cd prod
	back="stop new,start old,health old,off old"
	killed "start new" "$back"
	killed "smoke new" "$back"
	killed "health new" "$back"
	killed "switch new" "switch old" "$back"
'

story 'maintenance: a page that was to go goes' '
	cd prod
	ended "off new" "off new"
'

story 'rolling' '
	cd prod
	mode rolling "update new" "warm new" "stop old" "start new" \
		"smoke new" "health new" "switch new"
	killed "update new" ""
	killed "warm new" ""
	killed "stop old" "start old" "health old"
	back="stop new,start old,health old"
	killed "start new" "$back"
	killed "smoke new" "$back"
	killed "health new" "$back"
	killed "switch new" "switch old" "$back"
'

story 'source' '
	cd prod
	mode source "warm new" "stop old" "start new" "smoke new" \
		"health new" "switch new"
	killed "warm new" ""
	killed "stop old" "start old" "health old"
	back="stop new,start old,health old"
	killed "start new" "$back"
	killed "smoke new" "$back"
	killed "health new" "$back"
	killed "switch new" "switch old" "$back"
'

story 'blue-green' '
	cd prod
	mode blue-green "update new" "start new" "warm new" "smoke new" \
		"health new" "switch new" "stop old"
	killed "update new" ""
	killed "start new" "stop new"
	killed "warm new" "stop new"
	killed "smoke new" "stop new"
	killed "health new" "stop new"
	killed "switch new" "switch old" "stop new" "health old"
	ended "stop old" "stop old"
'

story 'killed again while it undoes, the third does it all' '
	cd prod
	mode maintenance "on old" "stop old" "update new" "warm new" \
		"start new" "smoke new" "health new" "switch new" "off new"
	cat ../srv/current/number >../old
	hold "health new"
	next
	push_and_kill
	hold "start old"
	setsid git upgrade hook worker "$WORK_PLATFORM" production \
		>../out 2>&1 &
	wait_for 20 held
	page up
	kill_workers
	wait
	wait_for 20 no_workers
	: >../trace
	repaired
	printf "%s\n" "stop new" "start old" "health old" "off old" >../want
	cat ../order >>../want
	same ../want ../trace
'

story 'a journal with half a line is read to the line before' '
	cd prod
	cat ../srv/current/number >../old
	hold "stop old"
	next
	push_and_kill
	has "^ran maintenance_on page on" ../srv/.steps
	has "^ran stop halt" ../srv/.steps
	printf "ran sta" >>../srv/.steps
	repaired
'

# mark_left: as a kill right behind the record of a failure leaves it
mark_left()
{
	for mark in ../srv/releases/.*.failed
	do
		mv "$mark" "${mark%.failed}.building"
	done
}

story 'killed behind the record of a failure, what failed is kept' '
	cd prod
	fault "update new"
	push_next
	fault
	platform_idle
	wait_for 20 no_workers
	is failed "$(last_event event)"
	count=$(events)
	failed=$(basename ../srv/releases/.*.failed)
	failed=${failed#.}
	failed=${failed%.failed}
	mark_left
	git upgrade platform repair ../platform.git >../out
	exists "../srv/releases/$failed/number"
	exists "../srv/releases/.$failed.failed"
	is "$count" "$(events)"
	lacks "the worker was killed" \
		"../platform.git/upgrade/logs/production/$failed.log"
	: >../trace
	push_next
	missing "../srv/releases/$failed"
'

story 'one that says nothing stops the worker, which says what to do' '
	cd prod
	echo "nonsense" >../srv/.steps
	expect_code 128 git upgrade platform repair ../platform.git 2>../err
	has "srv/.steps., which says what a deploy did, cannot be read" ../err
	has "hint: .*then remove that file" ../err
	rm ../srv/.steps
	git upgrade platform repair ../platform.git >../out
'

done_testing
