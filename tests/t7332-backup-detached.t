#!/bin/sh
#
# Ctrl-C while a backup is asked for by hand, on a host and where an engine
# deploys: it goes on, and whoever asked is told so.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db

# detached: the backup that is made in this folder
detached()
{
	: >"$WORK/dump-hangs"
	rm -f "$WORK/dumps"
	git-upgrade backup create --json >../out 2>../err &
	asks=$!
	wait_for 20 test -s "$WORK/dumps"
	kill -INT "$asks"
	rc=0
	wait "$asks" || rc=$?
	is 4 "$rc"
	same /dev/null ../out
	has "^error: interrupted; .git upgrade backup create. goes on$" ../err
	has "^hint: see how it goes with .git upgrade status.$" ../err
	lacks "Nothing was changed" ../err
	kill -0 "$(cat "$WORK/dumps")"
	rm "$WORK/dump-hangs"
	echo go >"$ENGINE/go"
	wait_for 20 good_one
}

good_one()
{
	git upgrade backup list >../list 2>/dev/null &&
	grep "^[0-9-]*  manual .* good" ../list
}

dump="test ! -e $WORK/dump-hangs || { echo \$\$ >$WORK/dumps
	cat $ENGINE/go; }
	cat $DB"

story 'where an engine deploys' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	store_by_commands "$dump"
	behave ok
	cd prod
	expect_code 0 git upgrade push
	detached
'

story 'the next one publishes both' '
	cd prod
	BACKUPS_AT=.
	# Not before that one has let go.
	wait_for 20 git upgrade backup create
	is 2 "$(backup_ids | wc -l)"
	backups_published
'

story 'on a host' '
	rm -rf prod plain.git upstream profile.yaml
	draw_host
	cat >>profile.yaml <<-EOT
	environments:
	  production:
	    branch: production
	    deploy: pull
	EOT
	store_by_commands "$dump"
	cd host
	git upgrade deploy -q
	detached
	BACKUPS_AT=$WORK/host
	wait_for 20 backups_published
'

story 'whoever only looks there publishes nothing' '
	cd host
	mv ../plain.git ../away
	wait_for 20 git upgrade backup create
	mv ../away ../plain.git
	git -C ../plain.git for-each-ref >../before
	expect_code 0 git upgrade backup create -n
	expect_code 0 git upgrade backup prune -n
	git -C ../plain.git for-each-ref >../after
	same ../before ../after
	expect_code 0 git upgrade backup create
	BACKUPS_AT=$WORK/host
	backups_published
'

done_testing
