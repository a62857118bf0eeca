#!/bin/sh
#
# git upgrade backup restore: data and code go back, and what a restore that
# fails or is killed leaves is never served without a word.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'an upgrade goes back with its data' '
	draw_backups prod
	cd prod
	backups_are "{before_upgrade: true}"
	adopt v1.1.0
	git upgrade push
	id=$(newest_backup)
	echo "rows of 1.1.0" >"$SRV/db"
	expect_code 2 git upgrade backup restore production "$id" \
		>../out 2>../err
	has "^production: the data go back to 20.* UTC; what was written since then, .*, is lost.$" ../err
	has "^production: the code goes back to v1.0.0 (" ../err
	has "^error: .Restore backup $id to production?. cannot be asked here" ../err
	has "^hint: answer it with --yes" ../err
	has "^Nothing was changed.$" ../err
	is "rows of 1.1.0" "$(cat "$SRV/db")"
	expect_code 0 git upgrade backup restore -n production "$id" \
		>../out 2>../err
	has "^Nothing was changed.$" ../err
	expect_code 0 git upgrade backup restore --yes production "$id" \
		--reason="it lost orders" >../out 2>../err
	has "^  restored   database$" ../err
	has "^Restored backup $id to production: deployed and verified.$" ../err
	is "rows 1" "$(cat "$SRV/db")"
	is 1.0.0 "$(cat "$SRV/current/VERSION")"
	is 1.0.0 "$(cat "$SRV/serving")"
	missing "$SRV/.restoring" "$SRV/.interrupted"
'

story 'by a commit forward, and all of it is recorded' '
	cd prod
	old=$(git rev-parse HEAD)
	git pull -q --ff-only platform production
	is "$old" "$(git rev-parse HEAD^)"
	draw_same_tree HEAD HEAD~2
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	git upgrade log >../out
	has "  backup-restored .*v1.0.0 .*Olga" ../out
	has "^ *$(newest_backup): it lost orders$" ../out
	has "  rolledback " ../out
	git upgrade status >../out 2>../err
	has "^production  *v1.0.0  *v1.0.0  *v1.0.0" ../out
'

story 'the data alone' '
	cd prod
	id=$(newest_backup)
	echo "rows 9" >"$SRV/db"
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	lacks "the code goes back" ../err
	has "^  restored   database$" ../err
	has "^  step       start$" ../err
	is "rows 1" "$(cat "$SRV/db")"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is verified "$(last_event event)"
'

story 'the code alone' '
	cd prod
	id=$(newest_backup)
	put own.txt more
	commit "More"
	git upgrade push
	echo "rows 9" >"$SRV/db"
	expect_code 0 git upgrade backup restore --yes --code-only production \
		"$id" >../out 2>../err
	lacks "the data go back" ../err
	is "rows 9" "$(cat "$SRV/db")"
	git pull -q --ff-only platform production
	draw_same_tree HEAD HEAD~2
	expect_code 129 git upgrade backup restore --code-only --data-only \
		production "$id" >../out 2>../err
	expect_code 129 git upgrade backup restore --code-only --to=staging \
		production "$id" >../out 2>../err
'

story 'an artifact that is not what it was: nothing is touched' '
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	echo "rows 8" >"$STORE/production/$id/database"
	echo "rows 7" >"$SRV/db"
	git rev-parse refs/upgrade/deployed/production >../before
	expect_code 3 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: artifact .database. of backup $id is not what it was: 7 bytes of SHA-256" ../err
	has "^hint: nothing was touched" ../err
	is "rows 7" "$(cat "$SRV/db")"
	missing "$SRV/.restoring" "$SRV/.interrupted"
	git upgrade backup list >../out
	has "^$id .* damaged  damaged; only" ../out
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: artifact .database. of backup $id is not what it was: 7 bytes of SHA-256" ../err
	has "^hint: should the store have that again, repeat this" ../err
	has "^Nothing was changed.$" ../err
	: >"$STORE/production/$id/database"
	git upgrade backup delete --yes production "$id"
'

story 'a truncated one, and one that is gone' '
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	: >"$STORE/production/$id/database"
	expect_code 3 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "is not what it was: 0 bytes" ../err
	git upgrade backup delete --yes production "$id"
	git upgrade backup create
	id=$(newest_backup)
	mv "$STORE" ../away
	expect_code 2 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "the files of backup $id are not there: there is no folder .*/$id" ../err
	has "^Nothing was changed.$" ../err
	mv ../away "$STORE"
'

story 'one that fails in the middle: not verified, nothing deployed, repeated' '
	cd prod
	id=$(newest_backup)
	: >"$SRV/load-fails"
	expect_code 3 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "refused: the data of production are half restored: artifact .database.: exit code 4" ../err
	has "^hint: .*git upgrade backup restore production $id" ../err
	lacks "^Nothing was changed" ../err
	is "" "$(ref verified/production)"
	git upgrade log >../out
	has "half restored from backup $id" ../out
	put own.txt again
	commit "Again"
	expect_code 3 git upgrade push >../out 2>../err
	has "the data of production are half restored from backup $id" ../err
	expect_code 3 git upgrade verify >../out 2>../err
	expect_code 2 git upgrade backup restore --yes --code-only production \
		"$id" >../out 2>../err
	expect_code 2 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	has "refused: the data of production are half restored from backup $id$" \
		../err
	has "^hint: end that first: .git upgrade backup restore production $id.$" \
		../err
	git upgrade backup prune -n production >../out 2>../err
	lacks "would go.*$id" ../err
	rm "$SRV/load-fails"
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	missing "$SRV/.restoring"
	git pull -q --ff-only platform production
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'one that is killed in the middle: the next worker says so' '
	cd prod
	id=$(newest_backup)
	: >"$SRV/load-hangs"
	git-upgrade backup restore --yes production "$id" >../out 2>../err &
	restore=$!
	wait_for 20 test -e "$SRV/.restoring"
	kill -9 "$(sed "s/ .*//" "$WORK_PLATFORM/upgrade/locks/production/run")"
	rc=0
	wait "$restore" || rc=$?
	not test 0 = "$rc"
	rm "$SRV/load-hangs"
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	is "" "$(ref verified/production)"
	git upgrade log >../out
	has "half restored from backup $id" ../out
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	git upgrade status >../out 2>../err
	has "^production  *v1.0.0  *v1.0.0  *v1.0.0" ../out
'

story 'a rehearsal in another environment' '
	WORK_PLATFORM=$WORK/both.git SRV=$WORK/both-srv STORE=$WORK/both-store
	mkdir -p "$STORE" "$SRV"
	draw_clone both
	cd both
	draw_platform --env production --env staging
	backup_artifacts >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git branch staging
	git push -q platform production staging
	platform_idle
	echo "rows of production" >"$SRV/production/db"
	echo "rows of staging" >"$SRV/staging/db"
	git upgrade backup create production
	id=$(newest_backup)
	expect_code 2 git upgrade backup restore -n --to=stagging \
		production "$id" >../out 2>../err
	has "^error: .stagging. is no environment of .platform." ../err
	expect_code 0 git upgrade backup restore -n --to=staging \
		production "$id" >../out 2>../err
	has "^staging: its data become those of production of 20.* UTC; what staging has now is lost.$" \
		../err
	has "^hint: .* it must say by {env} or UPGRADE_ENV whose data it writes" \
		../err
	has "^Nothing was changed.$" ../err
	is "rows of staging" "$(cat "$SRV/staging/db")"
	expect_code 2 git upgrade backup restore --to=staging \
		production "$id" >../out 2>../err
	has "^error: .Put backup $id of production into staging?. cannot be asked here" \
		../err
	expect_code 0 git upgrade backup restore --yes --to=staging \
		production "$id" >../out 2>../err
	has "^staging: its data become those of production" ../err
	has "^Restored backup $id to staging" ../err
	is "rows of production" "$(cat "$SRV/staging/db")"
	is "rows of production" "$(cat "$SRV/production/db")"
	git upgrade log staging >../out
	has "^ *$id of production$" ../out
'

done_testing
