#!/bin/sh
#
# Backups where an engine deploys: made by whoever asks, or pushes, in his
# clone, and known in all others.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db
BACKUPS_AT=.

# backs_up POLICY: what is made, into a store by commands, and when
backs_up()
{
	[ -e "$WORK/plain.yaml" ] || cp "$WORK/profile.yaml" "$WORK/plain.yaml"
	sed "s/^    deploy: .*/&\n    backup: $1/" "$WORK/plain.yaml" \
		>"$WORK/profile.yaml"
	store_by_commands "test ! -e $WORK/dump-hangs || { : >$WORK/dumping
		cat $ENGINE/go; }
		test ! -e $WORK/dump-fails || { echo \"gone away\" >&2; exit 3; }
		cat $DB" \
		"git -C $WORK/prod for-each-ref refs/upgrade/verified \
			>$WORK/verified-then
		test ! -e $WORK/load-fails || exit 4
		cat >$DB"
}

# other_clone: of a colleague's
other_clone()
{
	git clone -q -b production "$WORK/plain.git" "$WORK/other"
	git -C "$WORK/other" remote add up "$WORK/upstream"
	git -C "$WORK/other" config upgrade.upstream up
	git -C "$WORK/other" config upgrade.profile "$WORK/profile.yaml"
	git -C "$WORK/other" fetch -q up "refs/tags/*:refs/tags/*"
}

story 'made here: kept, listed, published' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	backs_up "{}"
	behave ok
	cd prod
	expect_code 2 git upgrade backup create >../out 2>../err
	has "nothing is deployed to production$" ../err
	put own.txt ours
	commit "Our own"
	git upgrade push
	expect_code 0 git upgrade backup create --label="the sale" \
		>../out 2>../err
	has "^production: backup [0-9-]* of v1.0.0$" ../err
	id=$(newest_backup)
	has "^Made backup $id of production: 7 B" ../err
	same "$DB" "$STORE/$id"
	is backup "$(told event)"
	git upgrade backup list >../out
	has "^$id  manual  *v1.0.0  *7 B  good" ../out
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse "refs/upgrade/backups/production/$id^")"
	backups_published
'

story 'known in another clone, which may make more, and take them away' '
	other_clone
	cd other
	git upgrade status --json >../out
	has "\"id\": \"$(newest_backup)\"" ../out
	expect_code 0 git upgrade backup list production >../out 2>../err
	has "^$(newest_backup)  manual  *v1.0.0  *7 B  good" ../out
	expect_code 0 git upgrade backup create production >../out 2>../err
	is 2 "$(backup_ids | grep -c .)"
	backups_published
	mine=$(newest_backup)
	cd ../prod
	git upgrade backup list >../out
	has "^$mine " ../out
	expect_code 0 git upgrade backup delete --yes production "$mine" \
		>../out 2>../err
	has "^Deleted backup $mine" ../err
	missing "$STORE/$mine"
	backups_published
	cd ../other
	git upgrade backup list production >../out
	lacks "^$mine " ../out
	git upgrade push production
	backups_published
	is 1 "$(backup_ids | grep -c .)"
'

story 'a dump that fails: said, recorded, nothing is left' '
	cd prod
	: >../dump-fails
	expect_code 3 git upgrade backup create >../out 2>../err
	has "no backup of production was made: artifact .database.: exit code 3: gone away$" ../err
	lacks "^Made" ../err
	lacks "^Nothing was changed" ../err
	is backup-failed "$(told event)"
	rm ../dump-fails
	expect_code 0 git upgrade backup prune >../out 2>../err
	is 1 "$(backup_ids | grep -c .)"
	is 1 "$(find "$STORE" -type f | grep -c .)"
	backups_published
'

story 'before an upgrade: made before anything is sent, or nothing is' '
	backs_up "{before_upgrade: true, blocks: true}"
	cd prod
	git -C ../plain.git rev-parse production >../before
	adopt v1.1.0
	echo v1.1.0 >"$ENGINE/version"
	: >../dump-fails
	expect_code 2 git upgrade push >../out 2>../err
	has "no backup of production was made: artifact .database.: exit code 3" ../err
	git -C ../plain.git rev-parse production >../after
	same ../before ../after
	lacks "deploy $(git rev-parse HEAD)" "$ENGINE/asked"
	rm ../dump-fails
	behave fail
	expect_code 3 git upgrade push >../out 2>../err
	has "^  backup     database, 7 B" ../err
	id=$(newest_backup)
	git upgrade backup list >../out
	has "^$id .* upgrade  *v1.0.0 -> v1.1.0 .* good  *until v1.1.0 is" ../out
	backups_published
'

story 'a fix is deployed with the one that is there, from any clone' '
	cd prod
	id=$(newest_backup)
	echo "half migrated" >"$DB"
	cd ../other
	git pull -q
	put fix.txt fix
	commit "A fix"
	behave ok
	expect_code 0 git upgrade push production >../out 2>../err
	has "^  backup     $id, of before this upgrade, stands for it$" ../err
	is "rows 1" "$(cat "$STORE/$id")"
	backups_published
	cd ../prod
	git pull -q fork production
	git upgrade backup list >../out
	has "^$id .* good  *until 20" ../out
'

story 'no other upgrade as long as it is there' '
	cd prod
	git branch verified
	adopt v1.1.1
	expect_code 2 git upgrade push >../out 2>../err
	has "backup: backup $(newest_backup) of the upgrade v1.0.0 -> v1.1.0 is kept until" ../err
	has "^Nothing was changed.$" ../err
	git reset -q --hard verified
	backs_up "{before_upgrade: true}"
'

story 'the data go back, and the code has to be pushed first' '
	cd prod
	id=$(newest_backup)
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "the code of production is what is pushed, and that is not the code of backup $id$" ../err
	is "half migrated" "$(cat "$DB")"
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	has "^  restored   database$" ../err
	has "^Restored backup $id to production" ../err
	is "rows 1" "$(cat "$DB")"
	exists ../verified-then
	is "" "$(cat ../verified-then)"
	is verified "$(told event)"
	is "$(git rev-parse HEAD)" "$(state verified)"
	find .git/upgrade -name fetched >../left
	same /dev/null ../left
'

story 'a restore that fails: not verified, nothing is pushed until one succeeds' '
	cd prod
	id=$(newest_backup)
	: >../load-fails
	expect_code 3 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	has "the data of production are half restored: artifact .database.: exit code 4" ../err
	is "" "$(state verified)"
	is "" "$(git -C ../plain.git for-each-ref refs/upgrade/verified)"
	expect_code 3 git upgrade verify >../out 2>../err
	has "the data of production are half restored from backup $id" ../err
	put again.txt again
	commit "Again"
	expect_code 3 git upgrade push >../out 2>../err
	has "the data of production are half restored from backup $id" ../err
	rm ../load-fails
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	expect_code 0 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'a push of several hops has one before each, and goes all the way' '
	cd prod
	backs_up "{before_upgrade: true, blocks: true}"
	for id in $(backup_ids)
	do
		git upgrade backup delete --yes production "$id"
	done
	adopt v1.1.1
	adopt v2.0.0
	sed -i "s|run: .cat, .*version.*|run: [sh, -c, echo \$UPGRADE_RELEASE]|" \
		../profile.yaml
	expect_code 0 git upgrade push >../out 2>../err
	is 2 "$(backup_ids | grep -c .)"
	git upgrade backup list >../out
	has "upgrade  *v1.1.0 -> v1.1.1 .* good" ../out
	has "upgrade  *v1.1.1 -> v2.0.0 .* good" ../out
	backups_published
	backs_up "{}"
	sed -i "s|run: .cat, .*version.*|run: [sh, -c, echo \$UPGRADE_RELEASE]|" \
		../profile.yaml
'

story 'who makes it is killed: not good, and the next one cleans up' '
	cd prod
	: >../dump-hangs
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 test -e ../dumping
	expect_code 2 git upgrade backup create >../out2 2>../err2
	has "somebody is at work on production here (process" ../err2
	killed=$(newest_backup)
	kill -9 "$(sed "s/ .*//" .git/upgrade/deploys/production/lock)"
	rc=0
	wait "$made" || rc=$?
	is 4 "$rc"
	lacks "^Made" ../err
	rm ../dump-hangs ../dumping
	echo half >"$STORE/$killed"
	wait_for 20 git upgrade backup create >../out 2>&1
	git upgrade backup show production "$killed" >../out
	has "^why  *it was killed$" ../out
	missing "$STORE/$killed"
	backups_published
'

story 'what cannot be published is made, said, and published later' '
	cd prod
	printf "%s\n" "#!/bin/sh" "! grep -q refs/upgrade/backups" \
		>../plain.git/hooks/pre-receive
	chmod +x ../plain.git/hooks/pre-receive
	expect_code 0 git upgrade backup create >../out 2>../err
	has "^Made backup $(newest_backup)" ../err
	has "what happened to production is not published, and known only here" ../err
	git upgrade backup list >../out
	has "^$(newest_backup) .* good" ../out
	rm ../plain.git/hooks/pre-receive
	expect_code 0 git upgrade verify >../out 2>../err
	backups_published
'

story 'a folder is that of one clone, and others are told so' '
	cd prod
	sed -i -e "/^    put:/d" -e "/^    get:/d" -e "/^    delete:/,+1d" \
		-e "s|^  store:|  store: $WORK/folder|" ../profile.yaml
	mkdir ../folder
	expect_code 0 git upgrade backup create >../out 2>../err
	id=$(newest_backup)
	same "$DB" "../folder/production/$id/database"
	mv ../folder ../away
	mkdir ../folder
	cd ../other
	expect_code 2 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	has "backup $id is in .$WORK/folder/production/$id. of where it was made, and not here$" ../err
	git upgrade backup list production >../out
	has "^$id .* good" ../out
'

done_testing
