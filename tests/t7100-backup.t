#!/bin/sh
#
# git upgrade backup create, list, show: what is made, what is said about it,
# and what goes wrong.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

# nothing_left: no half of a backup
nothing_left()
{
	find "$STORE" -name ".*.partial" >"$WORK/left"
	same /dev/null "$WORK/left"
}

story 'a backup: made, listed, shown' '
	draw_backups prod
	cd prod
	expect_code 0 git upgrade backup list >../out 2>../err
	same /dev/null ../out
	has "^production has no backups.$" ../err
	expect_code 0 git upgrade backup create production \
		--label="before the sale" >../out 2>../err
	has "^production: backup [0-9-]* of v1.0.0$" ../err
	has "^  backup     database, 7 B 0:0" ../err
	has "^Made backup [0-9-]* of production: 7 B in 0:0" ../err
	lacks media ../err
	id=$(newest_backup)
	expect_code 0 git upgrade backup list >../out 2>../err
	has "^BACKUP  *KIND  *RELEASE  *SIZE *STATE  *STAYS (UTC)$" ../out
	has "^$id  manual  v1.0.0    *7 B  good   no rule says how long$" ../out
	has "^  *before the sale$" ../out
	expect_code 0 git upgrade backup show production "$id" >../out 2>../err
	has "^state  *good$" ../out
	has "^commit  *$(git rev-parse HEAD)$" ../out
	has "^by  *Olga Operator" ../out
	has "^label  *before the sale$" ../out
	has "^folder  *$STORE/production/$id$" ../out
	has "^  database  *7 bytes, 0:0" ../out
	has "^    sha256   $(sha256sum <"$SRV/db" | sed "s/ .*//")$" ../out
	has "^    made by  dumper 1.5$" ../out
'

story 'the artifact is what the program printed, and nobody else reads it' '
	folder=$STORE/production/$(newest_backup)
	same "$SRV/db" "$folder/database"
	is 600 "$(stat -c %a "$folder/database")"
	is 600 "$(stat -c %a "$folder/manifest.json")"
	is 700 "$(stat -c %a "$folder")"
	is 700 "$(stat -c %a "$STORE/production")"
	has "\"size\": 7" "$folder/manifest.json"
	nothing_left
'

story 'the commit stays, with its files, and the ledger has the event' '
	cd prod
	ref=refs/upgrade/backups/production/$(newest_backup)
	is "$(git rev-parse HEAD)" "$(git -C "$WORK_PLATFORM" rev-parse "$ref^")"
	is "$(git rev-parse "HEAD^{tree}")" \
		"$(git -C "$WORK_PLATFORM" rev-parse "$ref^{tree}")"
	is backup "$(last_event event)"
	is v1.0.0 "$(last_event release)"
	has "^$(newest_backup): before the sale$" - <<-EOT
	$(last_event detail)
	EOT
	git upgrade log >../out
	has "^20.*  backup  *v1.0.0  Olga" ../out
	expect_code 1 git push --porcelain platform ":$ref" >../out 2>../err
	has "hidden ref" ../out
	git update-ref "$ref" HEAD
	expect_code 1 git push --porcelain --force platform "$ref" \
		>../out 2>../err
	git upgrade backup list >../out
	has " good  " ../out
'

story 'optional artifacts, and those that there are not' '
	cd prod
	expect_code 0 git upgrade backup create --with=media --json \
		>../out 2>../err
	has "^  backup     media, 9 B" ../err
	has "\"state\": \"good\"" ../out
	has "\"name\": \"media\"" ../out
	has "\"kind\": \"manual\"" ../out
	expect_code 2 git upgrade backup create --with=database >../out 2>../err
	has "^error: .* refused: there is no optional artifact .database. here$" ../err
	has "^hint: there are: media$" ../err
	has "^Nothing was changed.$" ../err
	expect_code 0 git upgrade backup list --json >../out
	is 2 "$(grep -c "\"id\":" ../out)"
	events >../events
	expect_code 0 git upgrade backup create -n >../out 2>../err
	has "^  backup     database$" ../err
	lacks "media" ../err
	has "^  into       $STORE/production$" ../err
	has "^Would make a backup of production.$" ../err
	has "^Nothing was changed.$" ../err
	expect_code 0 git upgrade backup create -n --with=media 2>../err
	has "^  backup     media$" ../err
	is 2 "$(backup_ids | wc -l)"
	is "$(cat ../events)" "$(events)"
	nothing_left
'

story 'a dump that fails: said, recorded, and not listed as good' '
	cd prod
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "^error: .* refused: no backup of production was made: artifact .database.: exit code 3: server has gone away$" ../err
	has "^hint: what was made before stays" ../err
	lacks "^Made" ../err
	is backup-failed "$(last_event event)"
	is failed "$(last_event outcome)"
	git upgrade backup list >../out
	has " failed   *no: it failed, and holds nothing$" ../out
	is 2 "$(grep -c " good  " ../out)"
	git upgrade backup show production "$(newest_backup)" >../out
	has "^why  *artifact .database.: exit code 3: server has gone away$" ../out
	missing "$STORE/production/$(newest_backup)"
	nothing_left
	rm "$SRV/dump-fails"
'

story 'what would be refused is refused by -n as well' '
	cd prod
	expect_code 2 git upgrade backup create -n --with=database \
		>../out 2>../err
	has "there is no optional artifact .database. here$" ../err
	lacks "^Would" ../err
	mv "$STORE" ../away
	expect_code 2 git upgrade backup create -n >../out 2>../err
	has "the store .$STORE. is not there" ../err
	mv ../away "$STORE"
'

story 'a dump of nothing is no backup' '
	cd prod
	: >"$SRV/dump-nothing"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: it printed nothing$" ../err
	nothing_left
	rm "$SRV/dump-nothing"
'

story 'a dump that does not end in time' '
	cd prod
	: >"$SRV/dump-hangs"
	sed -i "s/^      version:/      timeout: 1s\n&/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: no end after 1 s" ../err
	nothing_left
	rm "$SRV/dump-hangs"
	backups_are "{}"
'

# The limit of a file is what a full disk is to who writes.
story 'a full disk: it is the disk that is blamed, and nothing is left' '
	cd prod
	head -c 3000000 /dev/zero >"$SRV/db"
	expect_code 3 sh -c "ulimit -f 2000; git upgrade backup create" \
		>../out 2>../err
	has "artifact .database.: cannot write .$STORE/production/.*database" ../err
	lacks "^Made" ../err
	nothing_left
	echo "rows 1" >"$SRV/db"
'

story 'nothing is deployed, or while something is' '
	cd prod
	git upgrade backup create >../out 2>../err
	put blocks x
	commit "Blocks"
	git upgrade push --no-wait >../out 2>../err || :
	wait_for 20 building "$(git rev-parse HEAD)"
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: a deploy of production is under way: process" ../err
	has "^Nothing was changed.$" ../err
	let_go
	platform_idle
	git rm -q blocks
	commit "Goes"
	git upgrade push
'

story 'while it is made nothing is deployed' '
	cd prod
	: >"$SRV/dump-hangs"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	put own.txt later
	commit "Later"
	expect_code 4 git upgrade push --no-wait >../out2 2>../err2
	git upgrade backup list >../out3
	has " running  *it is being made" ../out3
	expect_code 2 git upgrade verify >../out3 2>../err3
	is "v1.0.0" "$(last_event release)"
	lacks "Later" - <<-EOT
	$(git -C "$WORK_PLATFORM" log -1 --format=%s refs/upgrade/deployed/production)
	EOT
	let_go
	rm "$SRV/dump-hangs"
	wait "$made"
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is "$(git rev-parse HEAD^)" \
		"$(ref "backups/production/$(newest_backup)^")"
'

# another_than ID: one was made since, and it is good
another_than()
{
	another=$(newest_backup)
	[ "$another" != "$1" ] &&
	git upgrade backup list >"$WORK/listed" &&
	grep -q "^$another .* good  " "$WORK/listed"
}

story 'whoever asked for it is killed: it is made all the same' '
	cd prod
	: >"$SRV/dump-hangs"
	before=$(newest_backup)
	setsid git-upgrade backup create >../out 2>../err &
	pid=$!
	wait_for 20 dumping
	kill -9 "-$pid"
	let_go
	rm "$SRV/dump-hangs"
	wait_for 20 another_than "$before"
'

# backing_up: whose child makes it
backing_up()
{
	sed "s/ .*//" "$WORK_PLATFORM/upgrade/locks/production/run"
}

story 'who makes it is killed: not good, and the next one cleans up' '
	cd prod
	: >"$SRV/dump-hangs"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	killed=$(newest_backup)
	kill -9 "$(backing_up)"
	rc=0
	wait "$made" || rc=$?
	is 2 "$rc"
	has "refused: what was asked for was killed, or cut off$" ../err
	lacks "^Made" ../err
	git upgrade backup list >../out
	lacks "^$killed .* good  " ../out
	rm "$SRV/dump-hangs"
	expect_code 0 git upgrade backup create >../out 2>../err
	git upgrade backup show production "$killed" >../out
	has "^state  *failed$" ../out
	has "^why  *it was killed$" ../out
	nothing_left
'

story 'platform repair cleans up as well' '
	cd prod
	: >"$SRV/dump-hangs"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	kill -9 "$(backing_up)"
	wait "$made" || :
	rm "$SRV/dump-hangs"
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	nothing_left
	git upgrade backup show production "$(newest_backup)" >../out
	has "^state  *failed$" ../out
'

story 'the store is gone, or is another one' '
	cd prod
	mv "$STORE" ../away
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: the store .$STORE. is not there" ../err
	has "^hint: mount it" ../err
	mkdir "$STORE"
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: .$STORE. is not the store that it was" ../err
	has "^hint: mount it" ../err
	missing "$STORE/production"
	rmdir "$STORE"
	mv ../away "$STORE"
	expect_code 0 git upgrade backup create >../out 2>../err
'

story 'nothing says what, or where' '
	cd prod
	cp ../platform.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: nothing says what a backup is made of here$" ../err
	has "^hint: .*backup.artifacts" ../err
	backups_are "{}"
	sed -i "/^  store:/d" "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: nothing says where backups of production are" ../err
	has "^hint: .*environments.production.backup.store" ../err
	backups_are "{}"
'

story 'typed wrongly' '
	cd prod
	expect_code 2 git upgrade backup show production 2001 >../out 2>../err
	has "^error: production has no backup .2001.$" ../err
	has "^hint: .*git upgrade backup list production" ../err
	expect_code 129 git upgrade backup show production >../out 2>../err
	has "^error: git upgrade backup show: <id> is missing$" ../err
	expect_code 129 git upgrade backup create a b c >../out 2>../err
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git -c remote.pushDefault=plain upgrade backup list >../out 2>../err ||
		code=$?
	is 2 "$code"
	has "^error: nothing at .plain. makes backups" ../err
	git remote remove plain
'

story 'a request that makes no sense' '
	cd prod
	blob=$(echo "{\"do\": \"explode\"}" | git hash-object -w --stdin)
	expect_code 1 git push --porcelain platform \
		"$blob:refs/upgrade/request/backup/production" >../out 2>../err
	has "remote rejected\] (this platform does nothing of that name" ../out
'

story 'a label is one clean line, without secrets' '
	cd prod
	expect_code 0 git upgrade backup create \
		--label="see https://eve:hunter2@example.com/x" >../out 2>../err
	git upgrade backup show production "$(newest_backup)" >../out
	has "^label  *see https" ../out
	lacks hunter2 ../out ../err
'

done_testing
