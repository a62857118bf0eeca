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
	draw_engine_upgrade "echo half
		test ! -e $WORK/slow || { echo \$\$ >$WORK/hangs; cat $ENGINE/go; }
		cat $DB"
	cd prod
	: >../slow
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 test -s ../hangs
	interrupt_push "$push"
	backups_published
'

# As a terminal sends it: to all that are in the foreground.
story 'the same from a terminal: that it failed is recorded' '
	cd prod
	rm ../hangs ../slow
	git upgrade backup create
	: >../slow
	setsid env --default-signal=INT git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 test -s ../hangs
	kill -INT "-$push"
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	lacks "not recorded" ../err
	has "artifact .database.: interrupted$" ../err
	not kill -0 "$(cat ../hangs)"
	is backup-failed "$(told event)"
	git upgrade backup list >../list
	lacks "running" ../list
	backups_published
'

story 'the same once more makes one, and goes on' '
	cd prod
	rm ../slow
	expect_code 0 git upgrade push >../out 2>../err
	has "^  backup     database, 12 B" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	backups_published
'

done_testing
