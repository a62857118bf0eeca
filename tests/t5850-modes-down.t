#!/bin/sh
#
# A deploy in a mode that fails where the old release cannot be started again:
# nothing serves, that is what is recorded and said, and the next one, or
# `verify`, brings it back. Where the old one was never stopped, it serves on.

# shellcheck disable=SC1091,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"

# down STEP: the next release fails there, and the old one does not start
down()
{
	cat "$SRV/current/number" >"$WORK/old"
	readlink "$SRV/current" >"$WORK/before"
	git -C "$WORK_PLATFORM" rev-parse refs/upgrade/deployed/production \
		>"$WORK/deployed"
	fault "$1" "start old"
	push_next
	platform_idle
	tap_say "down at '$1'"
	is down "$(last_event outcome)"
	has "nothing serves now" "$WORK/err"
	has "hint: .*git upgrade verify production" "$WORK/err"
	# What could not be stopped may run; nobody can tell.
	[ "$1" = "stop old" ] || runs
	is "$(cat "$WORK/before")" "$(readlink "$SRV/current")"
	is "$(cat "$WORK/deployed")" "$(ref deployed/production)"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	expect_code 3 git upgrade push >"$WORK/out" 2>"$WORK/err"
	fault
}

# back: verify starts what was deployed, and nothing is left to undo
back()
{
	git upgrade verify production >"$WORK/out" 2>"$WORK/err"
	runs old
	page down
	missing "$SRV/.steps" "$SRV/.interrupted"
	is "$(cat "$WORK/deployed")" "$(ref verified/production)"
}

mode()
{
	sed -i "s/mode: .*/mode: $1/" "$WORK_PLATFORM/info/gitupgrade.yaml"
	grep -q "mode: $1" "$WORK_PLATFORM/info/gitupgrade.yaml"
	push_next
	runs new
}

story 'a platform' '
	draw_modes maintenance
	cd prod
	git config remote.pushDefault platform
'

story 'maintenance: from where services stop, to the switch' '
	cd prod
	for at in "stop old" "update new" "warm new" "start new" "smoke new" \
		"health new" "switch new"
	do
		down "$at"
		page up
		back
	done
'

for mode in rolling source
do
	story "$mode: the same, without a page" '
		cd prod
		mode '$mode'
		for at in "stop old" "start new" "smoke new" "health new" \
			"switch new"
		do
			down "$at"
			page down
			back
		done
	'
done

story 'blue-green: whatever fails, the old one was never stopped' '
	cd prod
	mode blue-green
	for at in "update new" "start new" "warm new" "smoke new" \
		"health new" "switch new"
	do
		cat ../srv/current/number >../old
		fault "$at" "start old" "stop new"
		push_next
		platform_idle
		runs_kept=$(cat ../old)
		exists "../run/$runs_kept"
		is "$runs_kept" "$(cat ../srv/current/number)"
		not test "$(last_event outcome)" = down
		fault
		timeout 60 git upgrade platform repair ../platform.git >../out
		runs old
		missing ../srv/.steps
	done
'

story 'and then the next one is deployed' '
	cd prod
	push_next
	runs new
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

done_testing
