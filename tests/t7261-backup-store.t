#!/bin/sh
#
# The store moves, is not there, or has lost files: what is good is not called
# damaged for that, what is lost keeps nothing else from staying, and no backup
# is made of data that are half updated.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

policy='{before_upgrade: true}'

# failed_upgrade RELEASE: its start changes the data, and fails
failed_upgrade()
{
	sed -i 's/test ! -e breaks-start/echo migrated >..\/..\/db; &/' \
		"$WORK/platform.yaml"
	backups_are "$policy"
	adopt "$1"
	put breaks-start x
	commit "It will break"
	echo "rows 1" >"$SRV/db"
	expect_code 3 git upgrade push >../out 2>../err
	is migrated "$(cat "$SRV/db")"
	newest_backup >../id
	is "rows 1" "$(cat "$STORE/production/$(cat ../id)/database")"
	git rm -q breaks-start
	commit "A fix"
}

story 'not mounted when a fix comes: refused, and good as before' '
	draw_backups prod
	cd prod
	backups_are "$policy"
	failed_upgrade v1.1.0
	mv "$STORE" ../away
	expect_code 3 git upgrade push >../out 2>../err
	has "the store .$STORE. is not there" ../err
	lacks "^  step " ../err
	mkdir "$STORE"
	expect_code 3 git upgrade push --retry >../out 2>../err
	has "is not the store that it was" ../err
	rmdir "$STORE"
	mv ../away "$STORE"
	git upgrade backup list >../out
	has "^$(cat ../id) .* good  " ../out
	is 1 "$(backup_ids | wc -l)"
'

story 'moved, and not all of it: refused as well' '
	cd prod
	mkdir ../larger
	mv "$STORE/production/$(cat ../id)" ../aside
	sed -i "s|^  store: .*|  store: $WORK/larger|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 3 git upgrade push --retry >../out 2>../err
	has "the backup of before this upgrade: the files of backup $(cat ../id) are not in the store, nor in .$STORE/production" ../err
	git upgrade backup list >../out
	has "^$(cat ../id) .* good  " ../out
'

story 'moved with its files: it stands for the upgrade' '
	cd prod
	mv ../aside "../larger/production/$(cat ../id)"
	expect_code 0 git upgrade push --retry >../out 2>../err
	has "^  backup     $(cat ../id), of before this upgrade, stands" ../err
	is 1 "$(backup_ids | wc -l)"
'

story 'and is put back from there' '
	cd prod
	sed -i "s/echo migrated[^;]*; //" ../platform.yaml \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 git upgrade backup restore --yes production \
		"$(cat ../id)" >../out 2>../err
	is "rows 1" "$(cat "$SRV/db")"
	git pull -q --ff-only platform production
'

story 'what stays behind in the old store is not said to be removed' '
	cd prod
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../moved.yaml
	backups_are "{}" "keep: {last: 1}"
	git upgrade backup create
	old=$(newest_backup)
	sed "/^backup:/a\\  keep: {last: 1}" ../moved.yaml \
		>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade backup create
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^kept  *$old  *no rule keeps it; but its files are in .$STORE/production/$old., outside the store$" ../err
	exists "$STORE/production/$old/database"
	expect_code 0 git upgrade backup delete --yes production "$old" \
		>../out 2>../err
	has "warning: its files are in .$STORE/production/$old., outside the store, and stay" ../err
	exists "$STORE/production/$old/database"
'

story 'one that has lost its files is not the last good one' '
	cd prod
	good=$(newest_backup)
	git upgrade backup create
	lost=$(newest_backup)
	rm "../larger/production/$lost/database"
	expect_code 0 git upgrade backup prune -n >../out 2>../err
	has "^stays  *$lost  *damaged" ../err
	has "^stays  *$good  *last 1$" ../err
	git upgrade backup list >../out
	has "^$lost .* good  " ../out
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^kept  *$lost  *damaged" ../err
	has "^kept  *$good  *last 1$" ../err
	git upgrade backup list >../out
	has "^$lost .* damaged  " ../out
	exists "../larger/production/$good/database"
'

story 'damaged after an upgrade that failed: no other is made of what it left' '
	WORK_PLATFORM=$WORK/lost.git SRV=$WORK/lost-srv
	STORE=$WORK/lost-store
	rm platform.yaml
	draw_backups lost
	cd lost
	backups_are "$policy"
	failed_upgrade v1.1.0
	: >"$STORE/production/$(cat ../id)/database"
	expect_code 3 git upgrade push >../out 2>../err
	has "the backup of production from before this upgrade is damaged, and the data may be half updated by now" ../err
	has "hint: when the data are fit to go on with" ../err
	is 1 "$(backup_ids | wc -l)"
	git upgrade backup list >../out
	has "^$(cat ../id) .* damaged  " ../out
'

done_testing
