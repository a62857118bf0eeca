#!/bin/sh
#
# git upgrade backup extend, delete, prune: how long backups stay, by a clock
# that is set.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'rules: what would go, and why the rest stays' '
	draw_backups prod
	cd prod
	backups_are "{}" "keep: {last: 1, daily: 2}"
	at -3d git upgrade backup create
	at -2d git upgrade backup create
	at -49h git upgrade backup create
	at -1d git upgrade backup create
	git upgrade backup create
	is 5 "$(backup_ids | wc -l)"
	backup_ids >../ids
	expect_code 0 git upgrade backup prune -n >../out 2>../err
	has "^stays  *$(sed -n 5p ../ids)  *last 1, daily 2$" ../err
	has "^stays  *$(sed -n 4p ../ids)  *daily 2$" ../err
	is 3 "$(grep -c "^would go .*no rule keeps it$" ../err)"
	has "^Nothing was changed.$" ../err
	is 5 "$(backup_ids | wc -l)"
	git upgrade backup list >../out
	is 3 "$(grep -c "no: no rule keeps it$" ../out)"
'

story 'pruned: the refs, the files, and one event each' '
	cd prod
	events >../before
	expect_code 0 git upgrade backup prune >../out 2>../err
	is 3 "$(grep -c "^removed  *[0-9-]*  *no rule keeps it$" ../err)"
	is 2 "$(grep -c "^kept " ../err)"
	sed -n "4,5p" ../ids >../left
	backup_ids | same ../left -
	ls "$STORE/production" | same ../left -
	is $(($(cat ../before) + 3)) "$(events)"
	is backup-pruned "$(last_event event)"
	expect_code 0 git upgrade backup prune >../out 2>../err
	lacks "^removed" ../err
'

story 'the last good one stays, and one of the future counts for nothing' '
	cd prod
	backups_are "{}" "keep: {last: 1}"
	at +9d git upgrade backup create
	future=$(newest_backup)
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^kept  *$future  *dated in the future, and not trusted$" ../err
	has "^kept  *$(sed -n 5p ../ids)  *last 1$" ../err
	is 2 "$(backup_ids | wc -l)"
	expect_code 0 git upgrade backup delete --yes production "$future"
'

story 'deleted: asked for, and recorded' '
	cd prod
	id=$(newest_backup)
	expect_code 2 git upgrade backup delete production "$id" >../out 2>../err
	has "^error: .Delete backup $id of production (v1.0.0, manual, 7 B) for good?. cannot be asked here" ../err
	has "^hint: answer it with --yes$" ../err
	has "^Nothing was changed.$" ../err
	expect_code 0 git upgrade backup delete -n production "$id" \
		>../out 2>../err
	has "^Would delete backup $id of production" ../err
	exists "$STORE/production/$id/database"
	git upgrade backup create
	expect_code 0 git upgrade backup delete --yes --reason="too large" \
		production "$id" >../out 2>../err
	has "^Deleted backup $id of production" ../err
	missing "$STORE/production/$id"
	is backup-deleted "$(last_event event)"
	is "$id: too large" "$(last_event detail)"
	expect_code 2 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	has "^error: production has no backup .$id.$" ../err
'

story 'somebody else has the environment to himself' '
	cd prod
	git clone -q -o platform -b production "$WORK_PLATFORM" ../carl
	git -C ../carl remote add upstream ../upstream
	git -C ../carl fetch -q --tags upstream
	git -C ../carl config upgrade.profile "$WORK/profile.yaml"
	git -C ../carl config upgrade.upstream upstream
	git upgrade lock
	cd ../carl
	expect_code 2 git upgrade backup delete --yes production \
		"$(newest_backup)" >../out 2>../err
	has "refused: production is locked by Olga" ../err
	expect_code 2 git upgrade backup prune >../out 2>../err
	expect_code 0 git upgrade backup create
	cd ../prod
	expect_code 0 git upgrade backup prune
	git upgrade unlock
'

story 'a manual one ends at no certain time' '
	cd prod
	expect_code 2 git upgrade backup extend --to=5d production \
		"$(newest_backup)" >../out 2>../err
	has "refused: backup .* does not end at a certain time$" ../err
	has "^hint: .*git upgrade backup prune -n production" ../err
	expect_code 129 git upgrade backup extend --to=long production \
		"$(newest_backup)" >../out 2>../err
	expect_code 129 git upgrade backup extend production \
		"$(newest_backup)" >../out 2>../err
'

story 'the store is not there: nothing is pruned or deleted' '
	cd prod
	backups_are "{}" "keep: {last: 1}"
	git upgrade backup create
	git upgrade backup create
	mv "$STORE" ../away
	backup_ids >../before
	expect_code 2 git upgrade backup prune >../out 2>../err
	has "refused: the store .$STORE. is not there" ../err
	mkdir "$STORE"
	expect_code 2 git upgrade backup prune >../out 2>../err
	has "is not the store that it was" ../err
	expect_code 2 git upgrade backup delete --yes production \
		"$(newest_backup)" >../out 2>../err
	backup_ids | same ../before -
	rmdir "$STORE"
	mv ../away "$STORE"
	expect_code 0 git upgrade backup prune
	is 1 "$(backup_ids | wc -l)"
'

done_testing
