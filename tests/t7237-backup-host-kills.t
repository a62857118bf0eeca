#!/bin/sh
#
# On a host that pulls, backup create, delete and restore are killed right
# before a change to a file: what is listed as good is whole, the same command
# again is the way out, and what is published is what is there. Here it is
# every 83rd change, or every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/backup.sh"
: "${KILL_STEP:=83}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

DB=$WORK/db
BACKUPS_AT=$WORK/host

back_to_seed()
{
	rm -rf "$WORK/host" "$WORK/plain.git" "$STORE" "$DB" "$SERVING"
	cp -a "$WORK/seed/." "$WORK/"
	cd "$WORK/host"
}

in_order()
{
	backups_whole "$STORE/production/%/database"
	gets_through backup create
	gets_through backup prune
	backups_whole "$STORE/production/%/database"
	backup_ids >"$WORK/ids"
	ls -A "$STORE/production" | same "$WORK/ids" -
	backups_published
	git fsck --no-dangling
}

judge_restore()
{
	gets_through backup restore --yes --data-only production "$(cat "$WORK/id")"
	is "rows 1" "$(cat "$DB")"
	is "$(git rev-parse HEAD)" "$(here verified/production)"
	missing .git/upgrade/here/production/.restoring
	backups_whole "$STORE/production/%/database"
}

story 'set-up' '
	draw_host
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	host_backs_up
	cd host
	git upgrade deploy -q
	git upgrade backup create
	backup_ids >../id
	echo "rows 2" >"$DB"
	mkdir ../seed
	cp -a ../host ../plain.git ../store ../db ../serving ../seed
'

kill_story 'killed while one is made' '
	kill_each in_order "" backup create
'

kill_story 'killed while one is deleted' '
	kill_each in_order "" backup delete --yes production "$(cat id)"
'

kill_story 'killed while one is put back' '
	kill_each judge_restore "" backup restore --yes --data-only production \
		"$(cat id)"
'

done_testing
