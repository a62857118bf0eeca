#!/bin/sh
#
# A backup is asked for before anything was ever deployed: refused, with the
# exit code of a refusal, as nothing was changed.

# shellcheck disable=SC1091,SC2016,SC2034
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

# refused REASON: of what is asked for, and of what is only asked about
refused()
{
	for dry_run in "" -n
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup create $dry_run \
			>../out 2>../err || return 1
		has "refused: $1" ../err || return 1
		has "^Nothing was changed.$" ../err || return 1
	done
	is "" "$(ref ledger/production)"
}

story 'a platform that is new' '
	draw_clone prod
	cd prod
	draw_platform
	refused "nothing says what a backup is made of here$"
	mkdir "$STORE"
	backups_are "{}"
	refused "nothing is deployed to production$"
'

done_testing
