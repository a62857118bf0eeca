#!/bin/sh
#
# A dump or a restore that takes long says how far it is, on a terminal and in
# a pipe; one that does not says nothing of the kind.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

story 'a dump, and how much there is so far' '
	draw_backups prod
	cd prod
	git upgrade backup create 2>../err
	lacks "so far" ../err
	newest_backup >../id
	: >"$SRV/dump-hangs"
	git upgrade backup create 2>../err &
	wait_for 20 grep "^  backup     database, 7 B so far, 0:0[5-9]$" ../err
	let_go
	rm "$SRV/dump-hangs"
	wait $!
	has "^  backup     database, 7 B 0:" ../err
'

story 'a restore, and how much of how much' '
	cd prod
	: >"$SRV/load-hangs"
	git upgrade backup restore --yes --data-only production \
		"$(cat ../id)" 2>../err &
	wait_for 20 grep "^  restore    database, 0 B of 7 B, 0:0[5-9]$" ../err
	let_go
	rm "$SRV/load-hangs"
	wait $!
	has "^  restored   database$" ../err
'

done_testing
