#!/bin/sh
#
# A worker is killed right before a change to the release directories, as it
# deploys, fails or goes back: repair brings them to what the branch has, and
# nothing of the killed one stays beside them. Here it is every sixth change, or
# every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
# The first one only opens a file, at the second there is something to leave.
: "${KILL_STEP:=6}" "${KILL_FROM:=2}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

back_to_seed()
{
	rm -rf "$WORK_PLATFORM" "$SRV"
	cp -a "$WORK/seed/." "$WORK/"
}

# seed COMMAND...: the branch there is ahead, and no worker started
seed()
{
	"$@"
	commit "$*"
	git -C "$WORK_PLATFORM" -c core.hooksPath=/dev/null fetch -q \
		"$WORK/prod" production:production
	rm -rf "$WORK/seed"
	mkdir "$WORK/seed"
	cp -a "$WORK_PLATFORM" "$SRV" "$WORK/seed/"
}

# nothing_left [STATE]: but the marker of a release in that state
nothing_left()
{
	ls -A "$SRV" >"$WORK/top"
	same "$WORK/top.before" "$WORK/top"
	find "$SRV/releases" -maxdepth 1 -name '.*' -printf '%f\n' |
		sed "s/.*\.//" >"$WORK/beside"
	find "$WORK_PLATFORM/upgrade/logs" -name "latest.*" >"$WORK/links"
	same /dev/null "$WORK/links"
	printf "${1:+%s\n}" "$@" | same - "$WORK/beside"
}

deploys()
{
	git upgrade platform repair "$WORK_PLATFORM"
	is "$(git -C "$WORK_PLATFORM" rev-parse production)" \
		"$(ref verified/production)"
	nothing_left
	deployed v1.0.0
}

fails()
{
	git upgrade platform repair "$WORK_PLATFORM" || :
	is "$(git -C "$WORK_PLATFORM" rev-parse production)" \
		"$(ref failed/production)"
	nothing_left failed
	exists "$SRV/serving"
}

# What a killed one leaves beside the logs goes after the next deploy.
tells()
{
	git upgrade platform repair "$WORK_PLATFORM"
	exists "$WORK_PLATFORM/upgrade/logs/production/latest"
	nothing_left
}

story 'set-up' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	wait_for 20 no_workers
	ls -A ../srv >../top.before
	seed put own.txt more
'

kill_story 'killed while it deploys' '
	cd prod
	kill_each deploys "-a -p */srv/*" platform repair "$WORK_PLATFORM"
'

kill_story 'killed while it begins its log' '
	cd prod
	KILL_FROM=1 KILL_STEP=1
	kill_each tells "-a -p */logs/*/latest*" platform repair \
		"$WORK_PLATFORM"
'

kill_story 'killed while it fails' '
	cd prod
	back_to_seed
	seed put broken
	kill_each fails "-a -p */srv/*" platform repair "$WORK_PLATFORM"
'

kill_story 'killed while it goes back' '
	cd prod
	back_to_seed
	git rm -q broken
	seed put breaks-start
	kill_each fails "-a -p */srv/*" platform repair "$WORK_PLATFORM"
'

done_testing
