#!/bin/sh
#
# What is asked for by mistake, a program that says much, a clock that was
# wrong, and a careless umask.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

# request JSON: as a client of another version may send it
request()
{
	request_blob=$(printf '%s' "$1" | git hash-object -w --stdin)
	expect_code 1 git push --porcelain platform \
		"$request_blob:refs/upgrade/request/backup/production" \
		>"$WORK/out" 2>"$WORK/err"
}

story 'a request that means something else loses nothing' '
	draw_backups prod
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	echo "rows 2" >"$SRV/db"
	request "{\"do\": \"restore\", \"id\": \"$id\", \"only\": \"cod\"}"
	has "(a restore is of code, or data, or both)" ../out
	request "{\"do\": \"restore\", \"id\": \"$id\", \"only\": \"code\", \
		\"from\": \"production\"}"
	has "(a restore is of code, or data, or both)" ../out
	for wrong in ../../../etc "$id/../$id" -n "" "$id*"
	do
		request "{\"do\": \"restore\", \"id\": \"$wrong\"}"
		request "{\"do\": \"delete\", \"id\": \"$wrong\"}"
		has "(production has no backup " ../out
	done
	request "{\"do\": \"delete\", \"id\": {\"a\": [1]}}"
	request "{\"do\": \"extend\", \"id\": \"$id\", \"span\": \"-5d\"}"
	request "[\"do\", \"delete\"]"
	is "rows 2" "$(cat "$SRV/db")"
	is "$id" "$(backup_ids)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	exists "$STORE/production/$id/database"
'

story 'a dump that says much before it says why it fails' '
	cd prod
	cat >"$WORK/loud" <<-\EOT
	yes "dumping a row of some table" | head -n 100000 >&2
	echo "lost connection in the middle" >&2
	exit 3
	EOT
	sed -i "s|^          cat db|          sh $WORK/loud|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	sed -i "s|^          echo .dumping|          set -e; &|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: exit code 3: lost connection in the middle$" \
		../err
	backups_are "{}"
'

story 'one of the future: nobody says that nothing is lost' '
	cd prod
	at +9d git upgrade backup create
	expect_code 0 git upgrade backup restore -n production \
		"$(newest_backup)" >../out 2>../err
	has "^production: the data go back to when the backup was made; it is dated in the future" ../err
	lacks "what was written since then" ../err
'

story 'two at once: the second is told of the first' '
	cd prod
	: >"$SRV/dump-hangs"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	backup_ids >../before
	for do in create "delete --yes production $(head -n 1 ../before)" \
		"restore --yes production $(head -n 1 ../before)" prune
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup $do >../out2 2>../err2
		has "refused: a backup of production is under way: process .*: git upgrade backup create$" ../err2
	done
	backup_ids | same ../before -
	let_go
	rm "$SRV/dump-hangs"
	wait "$made"
	has "^Made backup" ../err
'

story 'no umask of who asks counts' '
	cd prod
	(umask 000; git upgrade backup create)
	id=$(newest_backup)
	find "$STORE" -perm /022 >../open
	same /dev/null ../open
	find "$STORE/production" -perm /077 >../open
	same /dev/null ../open
'

done_testing
