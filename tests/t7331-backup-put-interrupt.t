#!/bin/sh
#
# The commands of a store take long, or for ever: how far they are is said, and
# Ctrl-C ends them as it ends a dump.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db
BACKUPS_AT=.

# begin: a push, until its command of the store hangs
begin()
{
	rm -f "$WORK/hangs"
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 test -s "$WORK/hangs"
}

story 'putting it' '
	draw_engine_upgrade
	hang="test ! -e $WORK/HOW || { echo \$\$ >$WORK/hangs; cat $ENGINE/go; }"
	sed -i -e "s#put: {run: .*#put: {run: [sh, -c, \"${hang}; cat >$STORE/{backup}\"]}#" \
		-e "s#get: {run: .*#get: {run: [sh, -c, \"${hang}; cat $STORE/{backup}\"]}#" \
		-e "/put:/s/HOW/slow-put/; /get:/s/HOW/slow-get/" profile.yaml
	cd prod
	: >../slow-put
	begin
	wait_for 20 grep "^  backup     database, 7 B so far, 0:0[5-9]$" ../err
	interrupt_push "$push"
'

story 'putting more than a pipe holds' '
	cd prod
	head -c 2000000 /dev/zero >"$DB"
	begin
	interrupt_push "$push"
'

story 'reading it again' '
	cd prod
	rm ../slow-put
	: >../slow-get
	begin
	interrupt_push "$push"
'

story 'the same once more makes one, and goes on' '
	cd prod
	rm ../slow-get
	expect_code 0 git upgrade push >../out 2>../err
	has "^  backup     database, 2.0 MB" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	backups_published
'

done_testing
