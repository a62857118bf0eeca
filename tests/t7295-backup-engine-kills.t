#!/bin/sh
#
# Where an engine deploys: create, delete and restore are killed right before a
# change to a file. What is listed as good is in the store as it was, and after
# the next command nothing is there that is not listed, here or published. Here
# it is every 83rd change, or every KILL_STEPth; `make check-all` takes all.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"
: "${KILL_STEP:=83}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

DB=$WORK/db
BACKUPS_AT=$WORK/prod

back_to_seed()
{
	rm -rf "$WORK/prod" "$WORK/plain.git" "$STORE" "$DB"
	cp -a "$WORK/seed/." "$WORK/"
	cd "$WORK/prod" || return
}

# What git itself left of its locks is said by git, here and there.
again()
{
	find .git "$WORK/plain.git" -name "*.lock" -delete
	wait_for 20 git upgrade "$@" >"$WORK/out" 2>"$WORK/err"
}

in_order()
{
	backups_whole "$STORE/%"
	again backup create
	again backup prune
	backups_whole "$STORE/%"
	backup_ids >"$WORK/ids"
	find "$STORE" -type f -exec basename {} \; | sort | same "$WORK/ids" -
	backups_published
	find .git/upgrade -name "*.partial" | same /dev/null -
	git fsck --no-dangling
}

judge_restore()
{
	again backup restore --yes --data-only production "$(cat "$WORK/id")"
	is "rows 1" "$(cat "$DB")"
	is "$(git rev-parse HEAD)" "$(state verified)"
	find .git/upgrade -name fetched -o -name .restoring |
		same /dev/null -
	backups_whole "$STORE/%"
}

story 'set-up' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	store_by_commands
	behave ok
	cd prod
	put own.txt ours
	commit "Our own"
	git upgrade push
	git upgrade backup create
	backup_ids >../id
	echo "rows 2" >"$DB"
	mkdir ../seed
	cp -a ../prod ../plain.git ../store ../db ../seed
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
