#!/bin/sh
#
# git upgrade backup restore where steps stop what serves: in which order they
# run, what is left where one of them fails or is killed, what is said about it
# at once, and how it goes on.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"
. "$TESTS_DIR/lib/backup.sh"

# Its load is seen in the trace, and fails or hangs as files say.
backup_artifacts()
{
	cat <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: rows
	      run: [cat, $WORK/rows]
	      restore: {run: [sh, $WORK/load]}
	EOT
}

write_load()
{
	cat >"$WORK/load" <<-EOT
	echo load >>$WORK/trace
	head -c 2 >$WORK/rows
	test ! -e $WORK/load-hangs || { : >$WORK/held; exec tail -f /dev/null; }
	test ! -e $WORK/load-fails || { echo "no space for rows"; exit 4; }
	cat >>$WORK/rows
	EOT
}

# restores CODE ID [ARG...]: the trace begins anew
restores()
{
	restores_code=$1
	restores_id=$2
	shift 2
	: >"$WORK/trace"
	expect_code "$restores_code" git upgrade backup restore --yes \
		production "$restores_id" "$@" >"$WORK/out" 2>"$WORK/err"
}

# kill_restore ARG...: begin one, and kill who does it when it is held
kill_restore()
{
	: >"$WORK/trace"
	rm -f "$WORK/held"
	git-upgrade backup restore --yes --data-only production "$@" \
		>"$WORK/out" 2>"$WORK/err" &
	kill_client=$!
	wait_for 20 held
	kill -9 "$(sed "s/ .*//" "$WORK_PLATFORM/upgrade/locks/production/run")"
	wait "$kill_client" || :
	rm -f "$WORK/hold" "$WORK/load-hangs"
}

serves_well()
{
	page down
	runs new
	missing "$SRV/.interrupted" "$SRV/.restoring"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
}

# on_branch COMMIT
on_branch()
{
	[ "$(git -C "$WORK_PLATFORM" rev-parse production)" = "$1" ]
}

story 'it stands still while the data come' '
	draw_modes maintenance
	write_load
	mkdir "$STORE"
	cd prod
	backups_are "{}"
	echo "first rows" >../rows
	git upgrade backup create
	newest_backup >../first
	push_next
	echo "later rows" >../rows
	git upgrade backup create
	newest_backup >../later
	echo "last rows" >../rows
	restores 0 "$(cat ../later)" --data-only
	traced "on new" "stop new" load "start new" "off new" "health new"
	is "later rows" "$(cat ../rows)"
	serves_well
'

story 'the load fails: it stays shut, and everybody says so' '
	cd prod
	id=$(cat ../later)
	: >../load-fails
	restores 3 "$id" --data-only
	has "the data of production are half restored: artifact .rows.: exit code 4: no space for rows" ../err
	has "^hint: .*git upgrade backup restore production $id\"" ../err
	traced "on new" "stop new" load
	page up
	is "" "$(ref verified/production)"
	git upgrade status >../out 2>../err
	has "half restored from backup $id" ../out
	push_next || :
	is "" "$(ref verified/production)"
	expect_code 3 git upgrade verify >../out 2>../err
	has "half restored from backup $id" ../err
	page up
'

story 'and half of it is not kept as if it were whole' '
	cd prod
	backup_ids >../before
	expect_code 2 git upgrade backup create >../out 2>../err
	has "refused: the data of production are half restored from backup" \
		../err
	has "^hint: .*git upgrade backup restore production" ../err
	backup_ids | same ../before -
	rm ../load-fails
	cat "$SRV/current/number" >../new
	restores 0 "$(cat ../later)" --data-only
	page down
	cat number >../new
	git upgrade push --retry >../out 2>../err
	serves_well
'

story 'it cannot be stopped: nothing is put back, and it serves again' '
	cd prod
	fault "stop new"
	echo "last rows" >../rows
	restores 3 "$(cat ../later)" --data-only
	has "refused: nothing was put back to production: step .halt.: exit code 3: trouble in stop" ../err
	lacks "half restored" ../err
	traced "on new" "stop new" "start new" "off new" "health new"
	is "last rows" "$(cat ../rows)"
	fault
	serves_well
'

story 'nor is it where it cannot be marked' '
	cd prod
	mkdir "$SRV/.restoring.lock"
	restores 3 "$(cat ../later)" --data-only
	has "refused: nothing was put back to production: .*restoring.lock. exists" ../err
	lacks "half restored" ../err
	traced "on new" "stop new" "start new" "off new" "health new"
	is "last rows" "$(cat ../rows)"
	rmdir "$SRV/.restoring.lock"
	serves_well
'

story 'it cannot be started: it is not verified, and verify starts it' '
	cd prod
	fault "start new"
	restores 3 "$(cat ../later)" --data-only
	has "was put back, but production was not started again: step .go.: exit code 3: trouble in start" ../err
	has "^hint: mend that, then: \"git upgrade verify production\"" ../err
	is "later rows" "$(cat ../rows)"
	page up
	is "" "$(ref verified/production)"
	git upgrade status >../out 2>../err
	has "a restore stopped what serves, and it was not started again" ../out
	expect_code 3 git upgrade verify >../out 2>../err
	fault
	expect_code 0 git upgrade verify >../out 2>../err
	serves_well
'

story 'killed while it is stopped: the next worker starts it again' '
	cd prod
	hold "stop new"
	echo "last rows" >../rows
	kill_restore "$(cat ../later)"
	is "" "$(ref verified/production)"
	git upgrade status >../out 2>../err
	has "backup $(cat ../later) is being put back" ../out
	repaired
	is "last rows" "$(cat ../rows)"
	serves_well
'

story 'killed while it is started: the next worker does so' '
	cd prod
	hold "start new"
	kill_restore "$(cat ../later)"
	is "" "$(ref verified/production)"
	repaired
	is "later rows" "$(cat ../rows)"
	serves_well
'

story 'killed while the data come: not verified from then on' '
	cd prod
	: >../load-hangs
	kill_restore "$(cat ../later)"
	is "" "$(ref verified/production)"
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	page up
	git upgrade status >../out 2>../err
	has "half restored from backup $(cat ../later)" ../out
	restores 0 "$(cat ../later)" --data-only
	is "later rows" "$(cat ../rows)"
	serves_well
'

story 'its code cannot be deployed: what served serves again' '
	cd prod
	cat number >../old
	echo 2 >../new
	fault "update new"
	restores 3 "$(cat ../first)"
	traced "on old" "stop old" load "on old" "stop old" "update new" \
		"start old" "health old" "off old"
	has "was put back, but production does not serve it" ../err
	is "first rows" "$(cat ../rows)"
	page down
	runs old
	is "" "$(ref verified/production)"
	fault
	restores 0 "$(cat ../first)"
	is 2 "$(cat "$SRV/current/number")"
	git pull -q --ff-only platform production
	serves_well
'

story 'what was pushed while the data came is taken back as well' '
	cd prod
	mkfifo ../gate
	printf "%s\n" "cat $WORK/gate" >>../load
	: >../trace
	git-upgrade backup restore --yes production "$(cat ../first)" \
		>../out 2>../err &
	restore=$!
	wait_for 20 test -e "$SRV/.restoring"
	next
	# Who pushes waits for its deploy, which comes to nothing.
	git push -q --no-verify platform production >../out2 2>../err2 &
	wait_for 20 on_branch "$(git rev-parse HEAD)"
	echo 2 >../new
	timeout 20 sh -c ": >$WORK/gate"
	wait "$restore"
	has "deployed and verified" ../err
	wait_for 20 no_workers
	is 2 "$(cat "$SRV/current/number")"
	git pull -q --ff-only platform production
	serves_well
'

done_testing
