#!/bin/sh
#
# Backups that commands keep (backup.store: put, get, delete): streamed, got
# again, put back and deleted by them, and what it means when they fail.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

FAR=$WORK/far

# far NAME: a program of that name, of what is read
far()
{
	cat >"$WORK/bin/$1"
	chmod +x "$WORK/bin/$1"
}

# by_commands: the store is three programs; files in FAR decide what happens
by_commands()
{
	mkdir -p "$FAR" "$WORK/bin"
	far far-put <<-EOT
	#!/bin/sh
	cd "$FAR" || exit 9
	test ! -e refuses || { echo "access denied" >&2; exit 5; }
	echo "\$UPGRADE_ENV \$UPGRADE_BACKUP \$UPGRADE_ARTIFACT \$PWD" >said
	test ! -e cuts || exec head -c 3 >"\$1"
	test ! -e hangs || { : >begun; cat go; }
	exec cat >"\$1"
	EOT
	far far-get <<-EOT
	#!/bin/sh
	cd "$FAR" || exit 9
	test ! -e unreachable || { echo "no route to host" >&2; exit 7; }
	exec cat "\$1"
	EOT
	far far-delete <<-EOT
	#!/bin/sh
	cd "$FAR" || exit 9
	test ! -e unreachable || { echo "no route to host" >&2; exit 7; }
	exec rm -f "\$1"
	EOT
	name="{env}-{backup}-{artifact}"
	cat >"$WORK/by" <<-EOT
	  store:
	    put: {run: [$WORK/bin/far-put, "$name"]}
	    get: {run: [$WORK/bin/far-get, "$name"]}
	    delete: {run: [$WORK/bin/far-delete, "$name"]}
	EOT
	sed -i -e "/^  store:/r $WORK/by" -e "/^  store:/d" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
}

# far_artifacts: what the store has, and nothing of half a backup is noted
far_artifacts()
{
	find "$FAR" -name "production-*" | sort
}

nothing_left()
{
	find "$WORK_PLATFORM/upgrade/stores" -name ".*.partial" >"$WORK/left"
	same /dev/null "$WORK/left"
	missing "$WORK_PLATFORM/upgrade/stores/production/fetched"
}

story 'made: put as it comes, got again, and listed' '
	draw_backups prod
	by_commands
	cd prod
	expect_code 0 git upgrade backup create --with=media >../out 2>../err
	has "^  backup     database, 7 B" ../err
	has "^Made backup [0-9-]* of production: 16 B" ../err
	id=$(newest_backup)
	same "$SRV/db" "$FAR/production-$id-database"
	same "$SRV/media" "$FAR/production-$id-media"
	has "^production $id media $FAR$" "$FAR/said"
	git upgrade backup list >../out
	has "^$id .* 16 B  good  *no rule" ../out
	git upgrade backup show production "$id" >../out
	lacks "^folder" ../out
	has "^    sha256   $(sha256sum <"$SRV/db" | sed "s/ .*//")$" ../out
	missing "$STORE/production"
	nothing_left
'

story 'put back: got whole, and checked before anything is touched' '
	cd prod
	id=$(newest_backup)
	echo "rows 9" >"$SRV/db"
	echo "drawings" >"$SRV/media"
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "^  restored   database$" ../err
	has "^Restored backup $id to production" ../err
	is "rows 1" "$(cat "$SRV/db")"
	is pictures "$(cat "$SRV/media")"
	nothing_left
'

story 'the store is not there: nothing is touched, nothing goes' '
	cd prod
	id=$(newest_backup)
	echo "rows 9" >"$SRV/db"
	: >"$FAR/unreachable"
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: artifact .database. of backup $id cannot be fetched: backup.store, get: exit code 7: no route to host$" ../err
	has "^hint: all of it is fetched before anything is touched, 16 B, into .*/fetched.$" ../err
	has "^Nothing was changed.$" ../err
	is "rows 9" "$(cat "$SRV/db")"
	missing "$SRV/.restoring" "$SRV/.interrupted"
	git upgrade backup list >../out
	has "^$id .* good" ../out
	expect_code 3 git upgrade backup create >../out 2>../err
	has "no backup of production was made: artifact .database.: backup.store, get: exit code 7: no route to host$" ../err
	lacks "^Made" ../err
	git upgrade backup show production "$(newest_backup)" >../out
	has "^state  *failed$" ../out
	has "^why  *artifact .database.: .*; not deleted yet: artifact .database. of backup .*: backup.store, delete: exit code 7: no route to host$" ../out
	is 3 "$(far_artifacts | grep -c .)"
	rm "$FAR/unreachable"
	expect_code 0 git upgrade backup prune >../out 2>../err
	is 2 "$(far_artifacts | grep -c .)"
	nothing_left
	git upgrade backup list >../out
	is 1 "$(grep -c "^20" ../out)"
'

story 'put fails, or takes less than it is given' '
	cd prod
	far_artifacts >../before
	: >"$FAR/refuses"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: backup.store, put: exit code 5: access denied$" ../err
	head -c 3000000 /dev/zero >"$SRV/db"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: backup.store, put: exit code 5: access denied$" ../err
	rm "$FAR/refuses"
	: >"$FAR/cuts"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: backup.store, put: it ended before it had read all that there was$" ../err
	lacks "^Made" ../err
	echo "rows 1" >"$SRV/db"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: backup.store, get: 3 bytes of SHA-256 .* come back, and not the 7 of .* that were put$" ../err
	rm "$FAR/cuts"
	far_artifacts | same ../before -
	nothing_left
	git upgrade backup prune
'

story 'a dump that fails is blamed itself, and what it printed is deleted' '
	cd prod
	far_artifacts >../before
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: exit code 3: server has gone away$" ../err
	rm "$SRV/dump-fails"
	far_artifacts | same ../before -
	nothing_left
	git upgrade backup prune
'

story 'a disk that is full while it is got: nothing is touched' '
	cd prod
	head -c 3000000 /dev/zero >"$SRV/db"
	git upgrade backup create
	id=$(newest_backup)
	echo "rows 9" >"$SRV/db"
	expect_code 2 sh -c "ulimit -f 2000; git upgrade backup restore --yes production $id" \
		>../out 2>../err
	has "artifact .database. of backup $id cannot be fetched: cannot write .*/fetched/database.: File too large" ../err
	has "^Nothing was changed.$" ../err
	is "rows 9" "$(cat "$SRV/db")"
	nothing_left
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	is 3000000 "$(wc -c <"$SRV/db")"
	echo "rows 1" >"$SRV/db"
	git upgrade backup delete --yes production "$id"
	missing "$FAR/production-$id-database"
'

story 'what comes back is not what it was' '
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	echo "rows 8" >"$FAR/production-$id-database"
	echo "rows 7" >"$SRV/db"
	expect_code 3 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: artifact .database. of backup $id is not what it was: 7 bytes" ../err
	is "rows 7" "$(cat "$SRV/db")"
	git upgrade backup list >../out
	has "^$id .* damaged " ../out
	echo "rows 1" >"$FAR/production-$id-database"
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	is "rows 1" "$(cat "$SRV/db")"
	git upgrade backup list >../out
	has "^$id .* good " ../out
	git upgrade log >../out
	has "backup-good" ../out
	git upgrade backup delete --yes production "$id"
	missing "$FAR/production-$id-database"
	echo "rows 1" >"$SRV/db"
'

story 'deleted, and the store cannot now: no longer good, and it goes on' '
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	: >"$FAR/unreachable"
	expect_code 3 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	has "refused: artifact .database. of backup $id: backup.store, delete: exit code 7: no route to host$" ../err
	has "^hint: it is not good any more; .git upgrade backup prune production. goes on" ../err
	lacks "^Nothing was changed" ../err
	git upgrade backup list >../out
	has "^$id .* failed  *no: it is not good$" ../out
	git upgrade backup show production "$id" >../out
	has "^why  *it was deleted, and the store may still have some of it$" ../out
	is backup-deleted "$(last_event event)"
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	rm "$FAR/unreachable"
	git upgrade backup prune
	missing "$FAR/production-$id-database"
	backup_ids >../ids
	lacks "$id" ../ids
	nothing_left
'

# putting: one is being put
putting()
{
	test -e "$FAR/begun"
}

story 'who makes it is killed: put is ended, and what it put is deleted' '
	cd prod
	far_artifacts >../before
	: >"$FAR/hangs"
	mkfifo "$FAR/go"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 putting
	killed=$(newest_backup)
	kill -9 "$(sed "s/ .*//" "$WORK_PLATFORM/upgrade/locks/production/run")"
	rc=0
	wait "$made" || rc=$?
	is 2 "$rc"
	lacks "^Made" ../err
	rm "$FAR/hangs" "$FAR/begun"
	echo half >"$FAR/production-$killed-database"
	wait_for 20 git upgrade platform repair "$WORK_PLATFORM" >../out 2>&1
	git upgrade backup show production "$killed" >../out
	has "^state  *failed$" ../out
	has "^why  *it was killed$" ../out
	far_artifacts | same ../before -
	nothing_left
'

story 'before an upgrade: one that is there is got again before it counts' '
	cd prod
	sed -i "s/^    backup: .*/    backup: {before_upgrade: true}/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	adopt v1.1.0
	put breaks-start x
	commit "It will break"
	git upgrade push >../out 2>../err || :
	id=$(newest_backup)
	git upgrade backup list >../out
	has "^$id .* upgrade  *v1.0.0 -> v1.1.0 .* good" ../out
	git rm -q breaks-start
	commit "A fix"
	: >"$FAR/unreachable"
	expect_code 3 git upgrade push >../out 2>../err
	has "whether backup $id is good: backup.store, get: exit code 7: no route" ../err
	rm "$FAR/unreachable"
	expect_code 0 git upgrade push --retry >../out 2>../err
	has "^  backup     $id, of before this upgrade, stands for it$" ../err
'

story 'the store becomes a folder: those of the commands are named' '
	cd prod
	id=$(newest_backup)
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../by-commands.yaml
	backups_are "{}"
	expect_code 2 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	has "refused: backup $id is kept by commands, and backup.store names none now$" ../err
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: backup $id is kept by commands, and backup.store names none now$" ../err
	cp ../by-commands.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade backup delete --yes production "$id"
	missing "$FAR/production-$id-database"
'

story 'written wrongly' '
	cd prod
	sed -i "/^    get:/d" "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 2 git upgrade backup create >../out 2>../err
	has "backup.store: the key .get. is missing" ../err
'

done_testing
