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

# interrupted: by Ctrl-C, which leaves nothing
interrupted()
{
	kill -INT "$push"
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	has "no backup of production was made: artifact .database.: interrupted$" \
		../err
	not kill -0 "$(cat "$WORK/hangs")"
	git -C ../plain.git rev-parse production >../after
	same ../before ../after
	find "$STORE" -type f >../left
	same /dev/null ../left
	is backup-failed "$(told event)"
}

story 'putting it' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		profile.yaml
	store_by_commands
	hang="test ! -e $WORK/HOW || { echo \$\$ >$WORK/hangs; cat $ENGINE/go; }"
	sed -i -e "s#put: {run: .*#put: {run: [sh, -c, \"${hang}; cat >$STORE/{backup}\"]}#" \
		-e "s#get: {run: .*#get: {run: [sh, -c, \"${hang}; cat $STORE/{backup}\"]}#" \
		-e "/put:/s/HOW/slow-put/; /get:/s/HOW/slow-get/" profile.yaml
	behave ok
	cd prod
	put own.txt ours
	commit "Our own"
	expect_code 0 git upgrade push
	adopt v1.1.0
	echo v1.1.0 >"$ENGINE/version"
	git -C ../plain.git rev-parse production >../before
	: >../slow-put
	begin
	wait_for 20 grep "^  backup     database, 7 B so far, 0:0[5-9]$" ../err
	interrupted
'

story 'putting more than a pipe holds' '
	cd prod
	head -c 2000000 /dev/zero >"$DB"
	begin
	interrupted
'

story 'reading it again' '
	cd prod
	rm ../slow-put
	: >../slow-get
	begin
	interrupted
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
