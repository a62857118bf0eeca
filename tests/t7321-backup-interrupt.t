#!/bin/sh
#
# Ctrl-C while an engine's push makes its backup: the dump ends at once, nothing
# is sent, and the same push makes another.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db
BACKUPS_AT=.

story 'the dump ends, and nothing was sent' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		profile.yaml
	store_by_commands "echo half
		test ! -e $WORK/hangs || { echo \$\$ >$WORK/dumps; cat $ENGINE/go; }
		cat $DB"
	behave ok
	cd prod
	put own.txt ours
	commit "Our own"
	expect_code 0 git upgrade push
	adopt v1.1.0
	echo v1.1.0 >"$ENGINE/version"
	git -C ../plain.git rev-parse production >../before
	: >../hangs
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 test -s ../dumps
	kill -INT "$push"
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	has "no backup of production was made: artifact .database.: interrupted$" \
		../err
	not kill -0 "$(cat ../dumps)"
	git -C ../plain.git rev-parse production >../after
	same ../before ../after
	find "$STORE" -type f >../left
	same /dev/null ../left
	is backup-failed "$(told event)"
	backups_published
'

# As a terminal sends it: to all that are in the foreground.
story 'the same from a terminal: that it failed is recorded' '
	cd prod
	rm ../dumps ../hangs
	git upgrade backup create
	: >../hangs
	setsid env --default-signal=INT git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 test -s ../dumps
	kill -INT "-$push"
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	lacks "not recorded" ../err
	has "artifact .database.: interrupted$" ../err
	not kill -0 "$(cat ../dumps)"
	is backup-failed "$(told event)"
	git upgrade backup list >../list
	lacks "running" ../list
	backups_published
'

story 'the same once more makes one, and goes on' '
	cd prod
	rm ../hangs
	expect_code 0 git upgrade push >../out 2>../err
	has "^  backup     database, 12 B" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	backups_published
'

done_testing
