#!/bin/sh
#
# What git upgrade status says of backups: the newest good one, what keeps the
# next upgrade out, and what has failed since.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

# connections: how often the platform was asked by the status that follows
connections()
{
	GIT_TRACE=$WORK/trace git upgrade status >"$WORK/out"
	grep -c "run_command.*upload-pack" "$WORK/trace"
	rm "$WORK/trace"
}

story 'none: nothing is said of them' '
	draw_backups prod
	cd prod
	git upgrade status >../out
	lacks "backup" ../out
	git upgrade status --json >../out
	has "\"backup\": *null" ../out
	connections >../before
'

story 'the newest good one' '
	cd prod
	git upgrade backup create
	git upgrade status >../out
	has "^production: backup $(newest_backup) of v1.0.0, [0-9]*[sm] ago$" \
		../out
	git upgrade status --json >../out
	has "\"newest\": {" ../out
	has "\"id\": *\"$(newest_backup)\"" ../out
	has "\"blocks\": *null" ../out
	has "\"failed\": *null" ../out
'

story 'it is known in another clone, and asks nobody once more' '
	git clone -q -o platform "$WORK_PLATFORM" other
	cd other
	git remote add upstream ../upstream
	git config upgrade.upstream upstream
	git upgrade status >../out
	has "^production: backup $(newest_backup) of v1.0.0" ../out
	cd ../prod
	connections | same ../before -
'

story 'one that failed since' '
	cd prod
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create 2>../err
	rm "$SRV/dump-fails"
	git upgrade status >../out
	good=$(backup_ids | head -n 1)
	has "^production: backup $good of v1.0.0, .* ago; $(newest_backup) failed, .* ago: .*server has gone away" \
		../out
	git upgrade status --json >../out
	has "\"failed\": {" ../out
	git upgrade backup create
	git upgrade status >../out
	lacks "failed" ../out
'

story 'what keeps the next upgrade out, and until when' '
	cd prod
	backups_are "{before_upgrade: true, keep: 48h, blocks: true}"
	adopt v1.1.0
	git upgrade push
	git upgrade status >../out
	has "^production: backup $(newest_backup) of v1.0.0 -> v1.1.0, .* ago; no other upgrade until 20[0-9-]* [0-9:]* UTC$" \
		../out
	git upgrade status --json >../out
	has "\"blocks\": {" ../out
	has "\"until\": *\"20" ../out
	blocks=$(newest_backup)
	git upgrade backup create
	git upgrade status >../out
	has "^production: backup $(newest_backup) of v1.1.0, .* ago; $blocks of v1.0.0 -> v1.1.0 blocks other upgrades until 20" \
		../out
	git upgrade backup delete --yes production "$(newest_backup)"
	at +49h git upgrade status >../out
	lacks "no other upgrade" ../out
	git upgrade backup delete --yes production "$(newest_backup)"
	git upgrade status >../out
	lacks "no other upgrade" ../out
	has "^production: backup $(newest_backup) of v1.0.0, " ../out
'

story 'one that nobody trusts is none' '
	cd prod
	for id in $(backup_ids)
	do
		git upgrade backup delete --yes production "$id"
	done
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create 2>../err
	git upgrade status >../out
	has "^production: no good backup; $(newest_backup) failed, " ../out
'

done_testing
