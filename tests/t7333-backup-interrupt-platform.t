#!/bin/sh
#
# Ctrl-C while a platform makes a backup, or puts one back: it goes on there,
# and whoever asked is told so, and how to see what comes of it.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

# interrupted WHOM COMMAND...: once it says that it is at it; WHOM is "" for
# that process alone, "-" for all in the foreground, as a terminal does
interrupted()
{
	whom=$1
	shift
	rm -f "$WORK/err"
	setsid env --default-signal=INT git-upgrade "$@" \
		>"$WORK/out" 2>"$WORK/err" &
	asks=$!
	wait_for 20 worker_waits
	kill -INT "$whom$asks"
	rc=0
	wait "$asks" || rc=$?
	is 4 "$rc"
	same /dev/null "$WORK/out"
	has "^error: interrupted; what the platform has begun goes on$" \
		"$WORK/err"
	has "^hint: see how it goes with .git upgrade backup list production.$" \
		"$WORK/err"
	lacks "Nothing was changed" "$WORK/err"
}

# A program of the recipe hangs on the fifo.
worker_waits()
{
	grep -z -l -x -e go /proc/[0-9]*/cmdline 2>/dev/null |
	sed "s|/cmdline|/cwd|" >"$WORK/waits"
	while read -r waits
	do
		[ "$(readlink "$waits")" != "$SRV" ] || return 0
	done <"$WORK/waits"
	return 1
}

good()
{
	git upgrade backup list >"$WORK/list" 2>&1 &&
	[ "$(grep -c "^[0-9-]* *manual .* good" "$WORK/list")" = "$1" ]
}

story 'while one is made: by the terminal, and by a program' '
	draw_backups prod
	cd prod
	: >"$SRV/dump-hangs"
	interrupted - backup create --json
	let_go
	wait_for 20 good 1
	interrupted "" backup create
	let_go
	wait_for 20 good 2
	rm "$SRV/dump-hangs"
'

story 'while one is put back' '
	cd prod
	echo "rows 2" >"$SRV/db"
	: >"$SRV/load-hangs"
	interrupted - backup restore --yes --data-only production \
		"$(newest_backup)"
	let_go
	rm "$SRV/load-hangs"
	wait_for 20 git upgrade verify
	is "rows 1" "$(cat "$SRV/db")"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

done_testing
