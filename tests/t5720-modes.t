#!/bin/sh
# A deploy in a mode that fails, at each step in turn: what ran, where, what
# was undone, what serves then, and what is recorded.
# shellcheck disable=SC1091,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"

# fails STEP OUTCOME LINE...: the next release fails there, the one before
# serves as it did, without a page; LINEs are all that ran
fails()
{
	fails_at=$1
	fails_outcome=$2
	shift 2
	cat "$SRV/current/number" >"$WORK/old"
	readlink "$SRV/current" >"$WORK/before"
	fault "$fails_at"
	push_next
	fault
	tap_say "when '$fails_at' fails"
	traced "$@"
	runs old
	page down
	is "$(cat "$WORK/before")" "$(readlink "$SRV/current")"
	is failed "$(last_event event)"
	is "$fails_outcome" "$(last_event outcome)"
	case $* in
	*update*)
		: >"$WORK/updated"
		;;
	esac
	if [ -e "$WORK/updated" ]
	then
		is yes "$(last_event migrated)"
		has "warning: steps that update data had begun" "$WORK/err"
	else
		is no "$(last_event migrated)"
		lacks "update data" "$WORK/err"
	fi
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	missing "$SRV/.steps"
	missing "$SRV/.interrupted"
	if [ "$fails_outcome" = failed ]
	then
		has "v1.0.0 keeps serving" "$WORK/err"
	else
		has "v1.0.0 was restored and serves again" "$WORK/err"
	fi
}

# goes LINE...: the next release is deployed
goes()
{
	push_next
	traced "$@"
	runs new
	page down
	is "$(cat "$WORK/new")" "$(cat "$SRV/current/number")"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is ok "$(last_event outcome)"
	rm -f "$WORK/updated"
	missing "$SRV/.updated"
	missing "$SRV/.steps"
	missing "$SRV/.interrupted"
}

another_mode()
{
	sed -i "s/mode: .*/mode: $1/" "$WORK_PLATFORM/info/gitupgrade.yaml"
	grep -q "mode: $1" "$WORK_PLATFORM/info/gitupgrade.yaml"
}

story 'maintenance: a first release has no other to stop' '
	draw_modes maintenance
	traced "on new" "stop new" "update new" "warm new" "start new" \
		"smoke new" "health new" "switch new" "off new"
	runs new
	page down
'

story 'maintenance: in its order, each in its folder' '
	cd prod
	goes "on old" "stop old" "update new" "warm new" "start new" \
		"smoke new" "health new" "switch new" "off new"
	has "^remote:   step  *page on 0:0" ../err
	has "^remote:   step  *traffic 0:0" ../err
	has "^remote:   verify  *platform ok, log ok, health 1/1" ../err
	has "^remote:   step  *page off 0:0" ../err
	has "^remote: Deployed and verified in" ../err
'

story 'maintenance: what fails before anything stopped starts nothing' '
	cd prod
	fails "on old" restored "on old" "health old" "off old"
	has "error: v1.0.0 was not deployed: step .page on.: exit code 3" \
		../err
	has "trouble in on" ../err
'

story 'maintenance: what stopped is started, what is up taken down' '
	cd prod
	fails "stop old" restored "on old" "stop old" \
		"start old" "health old" "off old"
	fails "update new" restored "on old" "stop old" "update new" \
		"start old" "health old" "off old"
	fails "warm new" restored "on old" "stop old" "update new" "warm new" \
		"start old" "health old" "off old"
'

story 'maintenance: a new release that was started makes room' '
	cd prod
	back="stop new,start old,health old,off old"
	fails "start new" restored "on old" "stop old" "update new" \
		"warm new" "start new" "$back"
	fails "smoke new" restored "on old" "stop old" "update new" \
		"warm new" "start new" "smoke new" "$back"
	fails "health new" restored "on old" "stop old" "update new" \
		"warm new" "start new" "smoke new" "health new" "$back"
	fails "switch new" restored "on old" "stop old" "update new" \
		"warm new" "start new" "smoke new" "health new" \
		"switch new" "switch old" "$back"
'

story 'maintenance: a page that stays is no good deploy' '
	cd prod
	fault "off new"
	push_next
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is "" "$(ref verified/production)"
	is verified "$(last_event event)"
	is failed "$(last_event outcome)"
	has "page off.: exit code 3; the maintenance page may be up" \
		"$TRASH/tmp/event"
	has "error: the release is deployed, but the maintenance page" ../err
	has "hint: .*git upgrade verify production" ../err
	lacks "Deployed and verified" ../err
	page up
	exists ../srv/.steps
	count=$(events)
	expect_code 3 git upgrade verify production >../out 2>../err
	cat ../out ../err >../said
	has "the maintenance page may be up" ../said
	page up
	is "" "$(ref verified/production)"
	is "$((count + 1))" "$(events)"
'

story 'maintenance: and verify takes it off, when it can' '
	cd prod
	: >../trace
	fault
	git upgrade verify production >../out 2>../err
	traced "off new" "health new"
	page down
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	missing ../srv/.steps
	missing ../srv/.interrupted
	: >../trace
	git upgrade platform repair ../platform.git >../out
	same /dev/null ../trace
'

story 'maintenance: git upgrade push says so, and ends with 3' '
	cd prod
	git config remote.pushDefault platform
	fault "off new"
	next
	expect_code 3 git upgrade push >../out 2>../err
	fault
	has "is deployed, but not verified: .*the maintenance page may be up" \
		../err
	has "hint: .*git upgrade verify production" ../err
	git upgrade verify production >../out 2>../err
	page down
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'maintenance: with nothing to serve the page stays, until it can' '
	cd prod
	cat ../srv/current/number >../old
	fault "update new" "start old"
	push_next
	# A worker that waited meanwhile tries again to start the old one.
	platform_idle
	sed -i 5q ../trace
	traced "on old" "stop old" "update new" "start old" "health old"
	is down "$(last_event outcome)"
	has "the maintenance page stays up until something serves" ../err
	has "hint: .*git upgrade verify production" ../err
	page up
	runs
	fault
	: >../trace
	git upgrade verify production >../out 2>../err
	traced "start old" "health old" "off old" "health old"
	page down
	runs old
	missing ../srv/.steps
	missing ../srv/.interrupted
'

story 'maintenance: a worker that brings it back says so' '
	cd prod
	git config remote.pushDefault platform
	cat ../srv/current/number >../old
	fault "update new" "start old"
	push_next
	platform_idle
	is down "$(last_event outcome)"
	git upgrade status --json >../out
	has "\"down\"" ../out
	count=$(events)
	fault
	git upgrade platform repair ../platform.git >../out
	runs old
	page down
	is verified "$(last_event event)"
	is ok "$(last_event outcome)"
	is "$(ref deployed/production)" "$(last_event commit)"
	is "$((count + 1))" "$(events)"
	git upgrade status --json >../out
	lacks "\"down\"" ../out
	git upgrade platform repair ../platform.git >../out
	is "$((count + 1))" "$(events)"
'

story 'maintenance: or the next release takes it off' '
	cd prod
	fault "update new" "start old" "health old"
	push_next
	is down "$(last_event outcome)"
	fault "start old"
	push_next
	fault
	page down
	runs new
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	missing ../srv/.steps
'

story 'rolling: services begin anew, and no page is shown' '
	cd prod
	another_mode rolling
	cat ../srv/current/number >../old
	goes "update new" "warm new" "stop old" "start new" "smoke new" \
		"health new" "switch new"
	has "^remote:   left out  *page on (mode rolling)" ../err
	has "^remote:   left out  *page off (mode rolling)" ../err
'

story 'rolling: until services stop nothing is to be undone' '
	cd prod
	fails "update new" failed "update new"
	fails "warm new" failed "update new" "warm new"
'

story 'rolling: then they are started again' '
	cd prod
	fails "stop old" restored "update new" "warm new" "stop old" \
		"start old" "health old"
	back="stop new,start old,health old"
	fails "start new" restored "update new" "warm new" "stop old" \
		"start new" "$back"
	fails "smoke new" restored "update new" "warm new" "stop old" \
		"start new" "smoke new" "$back"
	fails "health new" restored "update new" "warm new" "stop old" \
		"start new" "smoke new" "health new" "$back"
	fails "switch new" restored "update new" "warm new" "stop old" \
		"start new" "smoke new" "health new" "switch new" \
		"switch old" "$back"
'

story 'source: as rolling, and nothing is updated' '
	cd prod
	another_mode source
	goes "warm new" "stop old" "start new" "smoke new" "health new" \
		"switch new"
	has "^remote:   left out  *data (mode source)" ../err
	fails "warm new" failed "warm new"
	fails "stop old" restored "warm new" "stop old" "start old" \
		"health old"
	back="stop new,start old,health old"
	fails "start new" restored "warm new" "stop old" "start new" "$back"
	fails "smoke new" restored "warm new" "stop old" "start new" \
		"smoke new" "$back"
	fails "health new" restored "warm new" "stop old" "start new" \
		"smoke new" "health new" "$back"
	fails "switch new" restored "warm new" "stop old" "start new" \
		"smoke new" "health new" "switch new" "switch old" "$back"
'

story 'blue-green: the new one beside the old, which goes last' '
	cd prod
	another_mode blue-green
	goes "update new" "start new" "warm new" "smoke new" "health new" \
		"switch new" "stop old"
'

story 'blue-green: a bad new one goes, and the old was never touched' '
	cd prod
	fails "update new" failed "update new"
	fails "start new" failed "update new" "start new" "stop new"
	fails "warm new" failed "update new" "start new" "warm new" "stop new"
	fails "smoke new" failed "update new" "start new" "warm new" \
		"smoke new" "stop new"
	fails "health new" failed "update new" "start new" "warm new" \
		"smoke new" "health new" "stop new"
	fails "switch new" restored "update new" "start new" "warm new" \
		"smoke new" "health new" "switch new" \
		"switch old" "stop new" "health old"
'

story 'blue-green: an old one that will not go is said, and tried again' '
	cd prod
	cat ../srv/current/number >../old
	fault "stop old"
	push_next
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is ok "$(last_event outcome)"
	has "warning: step .halt.: exit code 3" ../err
	has "warning: the old release may still run beside the new one" ../err
	runs old new
	fault
	: >../trace
	git upgrade platform repair ../platform.git >../out
	traced "stop old"
	runs new
	missing ../srv/.steps
'

story 'blue-green: a new one that will not go is said, and tried again' '
	cd prod
	cat ../srv/current/number >../old
	fault "health new" "stop new"
	push_next
	is failed "$(last_event outcome)"
	has "warning: the new release may still run" ../err
	runs old new
	fault
	: >../trace
	git upgrade platform repair ../platform.git >../out
	traced "stop new"
	runs old
	missing ../srv/.steps
'

story 'without a mode they run as they are written' '
	cd prod
	another_mode none
	push_next
	traced "start new" "off new" "update new" "stop new" "on new" \
		"switch new" "warm new" "smoke new" "health new"
'

done_testing
