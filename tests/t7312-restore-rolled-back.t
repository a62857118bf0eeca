#!/bin/sh
#
# The code was rolled back to before there was a record of what is adopted, so
# the rollback wrote one: its files are those of the backup all the same.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'rolled back to a commit without a record, then its data' '
	draw_clone prod
	cd prod
	git rm -q .gitupgrade.adopted
	git commit -q --amend -m "Our own"
	draw_platform
	mkdir -p "$STORE"
	echo "rows 1" >"$SRV/db"
	backups_are "{before_upgrade: true}"
	git upgrade push
	first=$(git rev-parse HEAD)
	git upgrade merge --no-edit v1.1.0
	git upgrade push
	id=$(newest_backup)
	echo "rows 2" >"$SRV/db"
	git upgrade rollback --reason="slow"
	git -C "$WORK_PLATFORM" rev-parse production >../rolled-back
	git -C "$WORK_PLATFORM" diff --name-only "$first" production >../differs
	is .gitupgrade.adopted "$(cat ../differs)"
	expect_code 0 git upgrade backup restore --yes production "$id" \
		>../out 2>../err
	has "^Restored backup $id to production: deployed and verified.$" ../err
	is "rows 1" "$(cat "$SRV/db")"
	is "$(cat ../rolled-back)" \
		"$(git -C "$WORK_PLATFORM" rev-parse production)"
	is "$(cat ../rolled-back)" "$(git -C "$WORK_PLATFORM" rev-parse \
		refs/upgrade/verified/production)"
	missing "$SRV/.restoring"
'

done_testing
