#!/bin/sh
#
# git upgrade backup create, delete and restore are killed right before a
# change to a file, on either side, or the disk fails there: what is listed as
# good is whole, nothing half restored counts as verified, and the same command
# again is the way out. Here it is every 83rd change, or every KILL_STEPth;
# `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
: "${KILL_STEP:=83}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

back_to_seed()
{
	rm -rf "$WORK_PLATFORM" "$SRV" "$STORE" "$WORK/prod"
	cp -a "$WORK/seed/." "$WORK/"
	cd "$WORK/prod"
}

# Each folder has its ref, each ref its folder, and no half is left.
in_order()
{
	backups_whole "$STORE/production/%/database"
	gets_through backup create
	gets_through backup prune
	backups_whole "$STORE/production/%/database"
	lacks failed "$WORK/ids"
	backup_ids >"$WORK/ids"
	ls -A "$STORE/production" | same "$WORK/ids" -
	# Who asked for one stays known, whoever ended it.
	git -C "$WORK_PLATFORM" log --format=%B refs/upgrade/ledger/production \
		>"$WORK/events"
	sed -n "s/.*\"who\": \"\([^<]*\)[\" <].*/\1/p" "$WORK/events" \
		>"$WORK/who"
	lacks "^[^O]" "$WORK/who"
	has "^Olga Operator" "$WORK/who"
	git -C "$WORK_PLATFORM" fsck --no-dangling
}

judge_restore()
{
	if [ -e "$SRV/.restoring" ]
	then
		wait_for 20 git upgrade platform repair "$WORK_PLATFORM" \
			>"$WORK/out" 2>&1
		is "" "$(ref verified/production)"
	fi
	gets_through backup restore --yes production "$(cat "$WORK/id")"
	is "rows 1" "$(cat "$SRV/db")"
	missing "$SRV/.restoring"
	is "$(git -C "$WORK_PLATFORM" rev-parse production)" \
		"$(ref verified/production)"
	is 1.0.0 "$(cat "$SRV/current/VERSION")"
	backups_whole "$STORE/production/%/database"
}

story 'set-up' '
	draw_backups prod
	cd prod
	git upgrade backup create
	newest_backup >../id
	put own.txt more
	commit "More"
	git upgrade push
	echo "rows 2" >"$SRV/db"
	mkdir ../seed
	cp -a ../platform.git ../srv ../store ../prod ../seed
'

kill_story 'killed while one is made' '
	kill_each in_order "" backup create
'

kill_story 'only the client is killed' '
	kill_each in_order -g backup create
'

kill_story 'the disk is full while one is made' '
	kill_each in_order "-e ENOSPC" backup create
'

kill_story 'killed while one is deleted' '
	kill_each in_order "" backup delete --yes production "$(cat id)"
'

kill_story 'killed while one is put back' '
	kill_each judge_restore "" backup restore --yes production "$(cat id)"
'

kill_story 'the disk is full while one is put back' '
	kill_each judge_restore "-e ENOSPC" backup restore --yes production \
		"$(cat id)"
'

done_testing
