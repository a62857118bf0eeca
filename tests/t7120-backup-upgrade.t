#!/bin/sh
#
# Backups that are made before an upgrade, and what they keep from going on.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

policy='{before_upgrade: true, keep: 48h, at_most: 5d, blocks: true}'

# migrates: from now on the step `start` changes the data
migrates()
{
	sed -i 's/test ! -e breaks-start/echo migrated >..\/..\/db; &/' \
		"$WORK/platform.yaml"
	backups_are "$policy"
}

story 'what is no upgrade needs none' '
	draw_backups prod
	cd prod
	backups_are "$policy"
	put own.txt more
	commit "More"
	expect_code 0 git upgrade push >../out 2>../err
	lacks "  backup " ../err
	is "" "$(backup_ids)"
'

story 'a dump that fails: nothing is deployed, and --retry tries again' '
	cd prod
	: >"$SRV/dump-fails"
	adopt v1.1.0
	expect_code 3 git upgrade push >../out 2>../err
	has "no backup of production was made: artifact .database.: exit code 3: server has gone away" ../err
	lacks "^  step " ../err
	lacks "building v1.1.0" ../err
	deployed=$(cat "$SRV/current/VERSION")
	is 1.0.0 "$deployed"
	is failed "$(last_event event)"
	expect_code 3 git upgrade push --retry >../out 2>../err
	rm "$SRV/dump-fails"
	expect_code 0 git upgrade push --retry >../out 2>../err
	has "^  backup     database, 7 B" ../err
	has "^Deployed and verified" ../err
	git upgrade backup list >../out
	has "^$(newest_backup) .* upgrade  v1.0.0 -> v1.1.0 .* good  *until 20" ../out
	is "$(git rev-parse HEAD^)" \
		"$(ref "backups/production/$(newest_backup)^")"
'

story 'no other upgrade as long as it is there; a fix is let in' '
	cd prod
	put own.txt fix
	commit "A fix"
	expect_code 0 git upgrade push >../out 2>../err
	has "backup ok" ../err
	git branch fixed
	adopt v1.1.1
	events >../before
	expect_code 2 git upgrade push >../out 2>../err
	has "backup: backup [0-9-]* of the upgrade v1.0.0 -> v1.1.0 is kept until 20.* UTC, and until it is gone production does not go on to v1.1.1" ../err
	has "hint: .*a fix of v1.1.0 is let in" ../err
	has "hint: .*git upgrade backup delete production $(newest_backup)" ../err
	has "^Nothing was changed.$" ../err
	expect_code 1 git push --no-verify platform production >../out 2>../err
	is "$(cat ../before)" "$(events)"
'

story 'extended: to the most that is allowed, and not beyond' '
	cd prod
	id=$(backup_ids | tail -n 1)
	expect_code 2 git upgrade backup extend --to=6d production "$id" \
		>../out 2>../err
	has "refused: backup $id can be kept for 5d in all, and not for 6d$" ../err
	has "^hint: .*git upgrade backup extend production $id --to=5d" ../err
	has "^Nothing was changed.$" ../err
	expect_code 2 git upgrade backup extend --to=1d production "$id" \
		>../out 2>../err
	has "refused: backup $id is kept for 2d already" ../err
	expect_code 0 git upgrade backup extend -n --to=5d production "$id" \
		>../out 2>../err
	has "^Would keep backup $id of production until 20.* UTC.$" ../err
	sed -n "s/^Would keep .* until/stays until/p" ../err >../would
	for span in 6d 1d
	do
		expect_code 2 git upgrade backup extend -n --to=$span \
			production "$id" >../out 2>../err
		has "^error: backup $id .* 5d in all\|is kept for 2d already" \
			../err
	done
	expect_code 0 git upgrade backup extend --to=5d production "$id" \
		--reason="the sale" >../out 2>../err
	sed -n "s/^Backup $id of production stays until/stays until/p" \
		../err >../stays
	same ../would ../stays
	is backup-extended "$(last_event event)"
	is "$id: from 2d to 5d: the sale" "$(last_event detail)"
'

story 'its time: it stays, it goes, and the next upgrade is let in' '
	cd prod
	git upgrade backup create
	expect_code 0 at +119h git upgrade backup prune -n >../out 2>../err
	has "^stays .*until 20" ../err
	expect_code 2 at +119h git upgrade push >../out 2>../err
	expect_code 0 at +121h git upgrade backup prune -n >../out 2>../err
	has "^would go .*its time was up 20" ../err
	expect_code 0 at +121h git upgrade push >../out 2>../err
	has "^Deployed and verified" ../err
	has "^  backup     database, 7 B" ../err
	git upgrade backup list >../out
	has "v1.1.0 -> v1.1.1" ../out
'

story 'data that are half updated are not what is kept' '
	cd prod
	for id in $(backup_ids)
	do
		git upgrade backup delete --yes production "$id"
	done
	migrates
	adopt v2.0.0
	put breaks-start x
	commit "It will break"
	echo "rows 2" >"$SRV/db"
	expect_code 3 git upgrade push >../out 2>../err
	has "^  backup     database, 7 B" ../err
	id=$(newest_backup)
	is migrated "$(cat "$SRV/db")"
	is "rows 2" "$(cat "$STORE/production/$id/database")"
	git rm -q breaks-start
	commit "A fix"
	expect_code 0 git upgrade push >../out 2>../err
	has "^  backup     $id, of before this upgrade, stands for it$" ../err
	is "$id" "$(newest_backup)"
	is "rows 2" "$(cat "$STORE/production/$id/database")"
	git upgrade backup show production "$id" >../out
	has "^release  *v1.1.1 -> v2.0.0$" ../out
'

story 'a rollback waits for none, and is refused by none' '
	cd prod
	: >"$SRV/dump-fails"
	expect_code 0 git upgrade rollback >../out 2>../err
	lacks "  backup " ../err
	deployed v1.1.1
	rm "$SRV/dump-fails"
'

story 'several hops are one upgrade, and have one backup' '
	WORK_PLATFORM=$WORK/path.git SRV=$WORK/path-srv
	STORE=$WORK/path-store
	rm platform.yaml
	draw_backups path
	cd path
	backups_are "$policy"
	adopt v1.1.0
	adopt v2.0.0
	expect_code 0 git upgrade push >../out 2>../err
	is 1 "$(grep -c "^  backup     database, 7 B" ../err)"
	has "^  backup     $(newest_backup), of before this upgrade, stands" ../err
	is 1 "$(backup_ids | wc -l)"
	git upgrade backup list >../out
	has " upgrade  v1.0.0 -> v2.0.0 .* good  *until 20" ../out
	deployed v2.0.0
'

done_testing
