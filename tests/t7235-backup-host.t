#!/bin/sh
#
# Backups where a host pulls: made there, by the same commands, before an
# upgrade too, and listed from everywhere.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db
BACKUPS_AT=$WORK/host

# host_backs_up POLICY: what is made on the host, and when
host_backs_up()
{
	[ -e "$WORK/plain.yaml" ] || cp "$WORK/profile.yaml" "$WORK/plain.yaml"
	{
		cat "$WORK/plain.yaml"
		cat <<-EOT
		backup:
		  store: $STORE
		  artifacts:
		    - name: database
		      run:
		        - sh
		        - -c
		        - |
		          test ! -e $WORK/dump-hangs || cat $WORK/go
		          test ! -e $WORK/dump-fails || { echo "gone away" >&2
		          exit 3; }
		          cat $DB
		      restore: {run: [sh, -c, 'cat >$DB']}
		environments:
		  production:
		    branch: production
		    deploy: pull
		    backup: $1
		EOT
	} >"$WORK/profile.yaml"
}

# in_clone COMMAND...: as an operator, elsewhere
in_clone()
{
	git -C "$WORK/prod" -c upgrade.profile="$WORK/profile.yaml" \
		-c upgrade.upstream=origin upgrade "$@"
}

story 'made on the host: written, listed, published' '
	draw_host
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	host_backs_up "{}"
	cd host
	git upgrade deploy -q
	serves v1.0.0
	expect_code 0 git upgrade backup create --label="before the sale" \
		>../out 2>../err
	has "^production: backup [0-9-]* of v1.0.0$" ../err
	has "^  backup     database, 7 B 0:0" ../err
	id=$(newest_backup)
	has "^Made backup $id of production: 7 B" ../err
	same "$DB" "$STORE/production/$id/database"
	is 600 "$(stat -c %a "$STORE/production/$id/database")"
	is backup "$(said event)"
	git upgrade backup list >../out
	has "^$id  manual  *v1.0.0  *7 B  good" ../out
	git upgrade backup show production "$id" >../out
	has "^label  *before the sale$" ../out
	is "$(git rev-parse HEAD)" "$(here "backups/production/$id^")"
	backups_published
'

story 'seen from a clone: listed, and only its host can change it' '
	id=$(newest_backup)
	in_clone backup list production >out 2>err
	has "^$id  manual  *v1.0.0  *7 B  good" out
	in_clone backup show --json production "$id" >out
	has "\"state\": \"good\"" out
	for what in "create production" "prune production" \
		"create -n production" "delete --yes production $id" \
		"extend --to=5d production $id" \
		"restore --yes production $id"
	do
		# shellcheck disable=SC2086
		expect_code 2 in_clone backup $what >out 2>err
		has "^error: the host of production makes its backups, and nobody else can see to them$" err
		has "^hint: on that host, in the folder where it pulls: .git upgrade backup ... production" err
		has "^Nothing was changed.$" err
	done
	is 1 "$(backup_ids | grep -c .)"
'

story 'a dump that fails: said, recorded, and told elsewhere' '
	: >dump-fails
	cd host
	expect_code 3 git upgrade backup create >../out 2>../err
	has "no backup of production was made: artifact .database.: exit code 3: gone away$" ../err
	lacks "^Made" ../err
	lacks "^Nothing was changed" ../err
	is backup-failed "$(said event)"
	backups_published
	rm ../dump-fails
	in_clone backup list production >../out
	has " failed   *no: it failed, and holds nothing$" ../out
	expect_code 0 git upgrade backup prune >../out 2>../err
	is 1 "$(backup_ids | grep -c .)"
	backups_published
'

# take RELEASE: it is pushed, and pulled here
take()
{
	(
		cd "$WORK/prod" &&
		adopt "$1" &&
		git push -q --no-verify plain production
	)
	git -C "$WORK/host" pull -q --ff-only
}

story 'before an upgrade: made before anything runs, or nothing does' '
	host_backs_up "{before_upgrade: true, blocks: true}"
	take v1.1.0
	: >dump-fails
	cd host
	expect_code 3 git upgrade deploy >../out 2>../err
	has "no backup of production was made: artifact .database.: exit code 3" ../err
	lacks "building v1.1.0" ../err
	is 1.0.0 "$(cat "$SERVING")"
	rm ../dump-fails
	expect_code 0 git upgrade deploy --retry >../out 2>../err
	has "^  backup     database, 7 B" ../err
	serves v1.1.0
	git upgrade backup list >../out
	has "^$(newest_backup) .* upgrade  *v1.0.0 -> v1.1.0 .* good  *until 20" ../out
	backups_published
'

story 'and as long as it is there, no other one' '
	take v1.1.1
	cd host
	expect_code 2 git upgrade deploy >../out 2>../err
	has "production: backup: backup $(newest_backup) of the upgrade v1.0.0 -> v1.1.0 is kept until" ../err
	has "git upgrade backup delete production $(newest_backup)" ../err
	is 1.1.0 "$(cat "$SERVING")"
	expect_code 0 git upgrade backup extend --to=3d production "$(newest_backup)" \
		>../out 2>../err
	backups_published
	host_backs_up "{before_upgrade: true}"
	expect_code 0 git upgrade deploy -q >../out 2>../err
	serves v1.1.1
'

story 'the data go back, and the code that was pulled stays' '
	cd host
	id=$(newest_backup)
	echo "rows 9" >"$DB"
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "the code of production is what is pulled, and that is not the code of backup $id$" ../err
	has "^hint: .*git restore --source=$(git rev-parse --short=12 "refs/upgrade/backups/production/$id^")" ../err
	has "^hint: .*--data-only" ../err
	has "^Nothing was changed.$" ../err
	is "rows 9" "$(cat "$DB")"
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	has "^  restored   database$" ../err
	has "^  step       start$" ../err
	is "rows 1" "$(cat "$DB")"
	serves v1.1.1
	is verified "$(said event)"
'

story 'code and data: what is told to type is what does it' '
	cd prod
	id=$(newest_backup)
	echo "rows 9" >"$DB"
	expect_code 2 git -C ../host upgrade backup restore --yes production \
		"$id" >../out 2>../err
	sed -n "s/^hint: .*\(git restore [^\"]*\)\".*/\1/p" ../err >../command
	sh -e ../command
	publish "Back to where it was"
	git -C ../host pull -q --ff-only
	cd ../host
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "^Restored backup $id to production: deployed and verified.$" ../err
	is "rows 1" "$(cat "$DB")"
	serves v1.1.0
	backups_published
'

story 'a restore that fails: nothing is deployed until one succeeds' '
	cd host
	id=$(newest_backup)
	sed -i "s/cat >.*db/exit 4; &/" ../profile.yaml
	expect_code 3 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	has "the data of production are half restored: artifact .database.: exit code 4" ../err
	is "" "$(here verified/production)"
	cd ../prod
	put own.txt again
	publish "Again"
	cd ../host
	git pull -q --ff-only
	expect_code 3 git upgrade deploy >../out 2>../err
	has "the data of production are half restored from backup $id" ../err
	sed -i "s/exit 4; //" ../profile.yaml
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	git upgrade deploy --retry -q
	is "$(git rev-parse HEAD)" "$(here verified/production)"
'

# dumping: one is being made
dumping()
{
	find "$STORE/production" -path "*.partial/database" >"$WORK/dumping"
	test -s "$WORK/dumping"
}

# made_after NR: there are more than NR, and all of them are good
made_after()
{
	git -C "$WORK/host" upgrade backup list >"$WORK/listed" 2>&1 &&
	[ "$(grep -c " good " "$WORK/listed")" -gt "$1" ]
}

story 'whoever asked is killed: it is made all the same' '
	cd host
	git upgrade backup list >../out
	before=$(grep -c " good " ../out)
	: >../dump-hangs
	setsid git-upgrade backup create >../out 2>../err &
	pid=$!
	wait_for 20 dumping
	expect_code 2 git upgrade backup create >../out2 2>../err2
	has "of production is under way: process" ../err2
	kill -9 "-$pid"
	rm ../dump-hangs
	go
	wait_for 20 made_after "$before"
	# Until that is published, too, and the lock given back.
	wait_for 20 git upgrade backup prune -n >../out 2>&1
'

story 'who makes it is killed: not good, and the next one cleans up' '
	cd host
	: >../dump-hangs
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	killed=$(newest_backup)
	kill -9 "$(worker)"
	rc=0
	wait "$made" || rc=$?
	is 4 "$rc"
	lacks "^Made" ../err
	rm ../dump-hangs
	wait_for 20 git upgrade backup create >../out 2>&1
	git upgrade backup show production "$killed" >../out
	has "^why  *it was killed$" ../out
	find "$STORE" -name ".*.partial" >../left
	same /dev/null ../left
	backups_published
'

story 'what cannot be published is made, and said; the next one tells' '
	cd host
	mv ../plain.git ../away.git
	expect_code 0 git upgrade backup create >../out 2>../err
	has "^Made backup" ../err
	has "warning: what happened to production is not published to .origin." ../err
	mv ../away.git ../plain.git
	expect_code 0 git upgrade deploy -q >../out 2>../err
	backups_published
	expect_code 0 git upgrade backup delete --yes production "$(newest_backup)" \
		>../out 2>../err
	backups_published
'

story 'commands of the tree are trusted first' '
	cd prod
	sed "s/^profile: .*/profile: generic/" ../profile.yaml \
		>.gitupgrade.yaml
	sed -i "/^deploy:/,/^backup:/{/^backup:/!d}" .gitupgrade.yaml
	publish "Say it in the tree"
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade backup create >../out 2>../err
	has "the configuration in the tree has commands that you do not trust" ../err
	has "backup.artifacts database: sh -c" ../err
	has "^Nothing was changed.$" ../err
'

done_testing
