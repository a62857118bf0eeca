#!/bin/sh
# A worker that deploys in a mode is killed right before a change to what says
# how far it is, any change; or the disk fails there. No page stays, nothing
# that was stopped stays so. Here it is every eleventh change, or every
# KILL_STEPth; `make check-all` takes all of them.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"
: "${KILL_STEP:=11}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# The journal, the marker and the link; t6551 and others sweep the rest
WHAT="*/srv/.*"

# seed MODE: a platform whose branch is ahead, and no worker started
seed()
{
	sed -i "s/mode: .*/mode: $1/" "$WORK_PLATFORM/info/gitupgrade.yaml"
	cat "$SRV/current/number" >"$WORK/old"
	next
	# A worker has things to write down when the pusher is told.
	wait_for 20 no_workers
	git -C "$WORK_PLATFORM" -c core.hooksPath=/dev/null fetch -q \
		"$WORK/prod" production:production
	rm -rf "$WORK/seed"
	mkdir "$WORK/seed"
	cp -a "$WORK_PLATFORM" "$SRV" "$RUN" "$WORK/seed/"
}

back_to_seed()
{
	rm -rf "$WORK_PLATFORM" "$SRV" "$RUN" "$WORK/page"
	cp -a "$WORK/seed/." "$WORK/"
}

# As it should be, whichever of the two it is
whole()
{
	missing "$SRV/.steps"
	missing "$SRV/.interrupted"
	page down
	if [ "$(ref deployed/production)" = "$(git rev-parse HEAD)" ]
	then
		runs new
		is "$(cat "$WORK/new")" "$(cat "$SRV/current/number")"
		return
	fi
	runs old
	is "$(cat "$WORK/old")" "$(cat "$SRV/current/number")"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
}

# each ARG...: by killat, from the first change to the last
each()
{
	each_nr=$((1 - KILL_STEP))
	each_code=0
	each_hit=0
	while :
	do
		each_nr=$((each_nr + KILL_STEP))
		back_to_seed
		each_code=0
		"$KILLAT" "$@" -w "$WORK/hit" -p "$WHAT" "$each_nr" \
			git-upgrade platform repair "$WORK_PLATFORM" \
			>"$WORK/out" 2>&1 || each_code=$?
		if [ "$1" = -e ]
		then
			[ "$each_code" != 126 ] || break
		else
			[ "$each_code" = 137 ] || break
		fi
		tap_say "$each_nr: $(cat "$WORK/hit")"
		git upgrade platform repair "$WORK_PLATFORM" \
			>"$WORK/out" 2>&1
		whole
	done
	whole
	test "$each_nr" -gt 10
}

for mode in maintenance blue-green
do
	story "$mode: killed at each change" '
		[ -d prod ] || draw_modes maintenance
		cd prod
		seed "$mode"
		each -a
	'

	story "$mode: killed while it fails, and goes back" '
		cd prod
		back_to_seed
		git upgrade platform repair "$WORK_PLATFORM" >../out
		seed "$mode"
		fault "health new"
		each -a
		fault
	'

	story "$mode: the disk is full from each change on" '
		cd prod
		back_to_seed
		git upgrade platform repair "$WORK_PLATFORM" >../out
		seed "$mode"
		each -e ENOSPC
	'
done

done_testing
