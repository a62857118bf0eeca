#!/bin/sh
#
# Where commands keep backups: create, delete and restore are killed right
# before a change to a file. What is listed as good is in the store as it was,
# and after the next command nothing is there that is not listed. Here it is
# every 83rd change, or every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
: "${KILL_STEP:=83}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

FAR=$WORK/far

by_commands()
{
	mkdir "$FAR"
	cat >"$WORK/by" <<-EOT
	  store:
	    put: {run: [sh, -c, 'cat >"$FAR/\$UPGRADE_BACKUP"']}
	    get: {run: [cat, "$FAR/{backup}"]}
	    delete: {run: [rm, -f, "$FAR/{backup}"]}
	EOT
	sed -i -e "/^  store:/r $WORK/by" -e "/^  store:/d" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
}

back_to_seed()
{
	rm -rf "$WORK_PLATFORM" "$SRV" "$FAR" "$WORK/prod"
	cp -a "$WORK/seed/." "$WORK/"
	cd "$WORK/prod"
}

in_order()
{
	backups_whole "$FAR/%"
	gets_through backup create
	gets_through backup prune
	backups_whole "$FAR/%"
	backup_ids >"$WORK/ids"
	ls -A "$FAR" | same "$WORK/ids" -
	find "$WORK_PLATFORM/upgrade/stores" -name "*.partial" |
		same /dev/null -
	git -C "$WORK_PLATFORM" fsck --no-dangling
}

judge_restore()
{
	gets_through backup restore --yes production "$(cat "$WORK/id")"
	is "rows 1" "$(cat "$SRV/db")"
	missing "$SRV/.restoring"
	missing "$WORK_PLATFORM/upgrade/stores/production/fetched"
	backups_whole "$FAR/%"
}

story 'set-up' '
	draw_backups prod
	by_commands
	cd prod
	git upgrade backup create
	newest_backup >../id
	put own.txt more
	commit "More"
	git upgrade push
	echo "rows 2" >"$SRV/db"
	mkdir ../seed
	cp -a ../platform.git ../srv ../far ../prod ../seed
'

kill_story 'killed while one is made' '
	kill_each in_order "" backup create
'

kill_story 'killed while one is deleted' '
	kill_each in_order "" backup delete --yes production "$(cat id)"
'

kill_story 'killed while one is put back' '
	kill_each judge_restore "" backup restore --yes production "$(cat id)"
'

done_testing
