#!/bin/sh
#
# A store that two platforms are told to use, such as a platform and its copy:
# what one of them does not know is not its to remove, nor to restore to.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'a copy of a platform makes, prunes and restores nothing' '
	draw_backups prod
	cd prod
	git upgrade backup create
	id=$(newest_backup)
	cp -a "$WORK_PLATFORM" ../copy.git
	cp -a . ../copied
	cd ../copied
	git remote set-url platform ../copy.git
	for do in create "prune production" "delete --yes production $id" \
		"restore --yes production $id"
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup $do >../out 2>../err
		has "refused: .$SRV. is where the platform .$WORK_PLATFORM. deploys to" ../err
		has "^Nothing was changed.$" ../err
	done
	exists "$STORE/production/$id/database"
'

story 'nor where it deploys to another folder' '
	cd copied
	sed -i "s|deploy_to: .*|deploy_to: $WORK/copy-srv|" \
		../copy.git/info/gitupgrade.yaml
	id=$(newest_backup)
	for do in "prune production" "delete --yes production $id"
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup $do >../out 2>../err
		has "refused: .*store/production. is where the platform .$WORK_PLATFORM. keeps its backups" ../err
		has "^hint: give another store" ../err
	done
	exists "$STORE/production/$id/database"
'

story 'and its repair takes nothing away that is being made' '
	cd prod
	: >"$SRV/dump-hangs"
	git-upgrade backup create >../out 2>../err &
	made=$!
	wait_for 20 dumping
	git upgrade platform repair ../copy.git >../out2 2>../err2 || :
	dumping
	let_go
	rm "$SRV/dump-hangs"
	wait "$made"
	has "^Made backup" ../err
'

story 'what is given up can be had' '
	cd copied
	rm -rf "$WORK_PLATFORM"
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^kept " ../err
	is "$WORK/copy.git" "$(cat "$STORE/.production.platform")"
'

done_testing
