#!/bin/sh
#
# The backup of one environment is put into another: what fails there says how
# to repeat it there, and what was checked is what comes.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'it fails there: what is said to type is about there' '
	draw_clone both
	mkdir "$STORE"
	cd both
	draw_platform --env production --env staging
	backup_artifacts >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git branch staging
	git push -q platform production staging
	platform_idle
	for env in production staging
	do
		echo "rows of $env" >"$SRV/$env/db"
		echo "pictures of $env" >"$SRV/$env/media"
	done
	git upgrade backup create production --with=media
	id=$(newest_backup)
	: >"$SRV/staging/load-fails"
	expect_code 3 git upgrade backup restore --yes --to=staging \
		production "$id" >../out 2>../err
	has "the data of staging are half restored" ../err
	has "^hint: .*\"git upgrade backup restore --to=staging production $id\"" ../err
	lacks "backup restore production" ../err
	lacks "backup restore staging" ../err
	expect_code 3 git upgrade verify staging >../out 2>../err
	expect_code 2 git upgrade backup create staging >../out 2>../err
	has "^hint: .*git upgrade backup restore --to=staging production $id" \
		../err
	is "$(git rev-parse production)" "$(ref verified/production)"
	is "rows of production" "$(cat "$SRV/production/db")"
	rm "$SRV/staging/load-fails"
	expect_code 0 git upgrade backup restore --yes --to=staging \
		production "$id"
	is "rows of production" "$(cat "$SRV/staging/db")"
	missing "$SRV/staging/.restoring"
'

story 'the backup goes meanwhile: all of it comes' '
	cd both
	id=$(newest_backup)
	mkfifo "$SRV/staging/go"
	echo "rows of staging" >"$SRV/staging/db"
	: >"$SRV/staging/load-hangs"
	git-upgrade backup restore --yes --to=staging production "$id" \
		>../out 2>../err &
	restore=$!
	wait_for 20 test -e "$SRV/staging/.restoring"
	git upgrade backup delete --yes production "$id"
	missing "$STORE/production/$id"
	timeout 20 sh -c ": >$SRV/staging/go"
	rm "$SRV/staging/load-hangs"
	wait "$restore"
	has "^  restored   media$" ../err
	is "rows of production" "$(cat "$SRV/staging/db")"
	is "pictures of production" "$(cat "$SRV/staging/media")"
	is "$(git rev-parse staging)" "$(ref verified/staging)"
'

done_testing
