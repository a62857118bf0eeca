#!/bin/sh
#
# A pusher is killed with all that is his: in a moment that nobody chose, over
# file, ssh and http; and right before a change to a file, his or that of the
# server beside him. Here it is 2 moments for each way to push, and every 30th
# change; with KILL_STEP=N it is 60 / N moments and every Nth change. `make
# check-all` takes all of them. KILL_SEED repeats the moments.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/pushers.sh"
: "${KILL_STEP:=30}"
. "$TESTS_DIR/lib/kills.sh"
: "${KILL_SEED:=$(date +%s)}"
echo "# KILL_SEED=$KILL_SEED"
MOMENTS=$((60 / KILL_STEP))

story 'a platform' '
	draw_pusher >out 2>&1
'

# each_change COMMAND...: What is not in the group of the command goes on, as
# the worker does.
each_change()
{
	each_nr=$KILL_FROM
	each_code=137
	while [ "$each_code" = 137 ]
	do
		change "killed at change $each_nr: $*"
		each_code=0
		"$KILLAT" -g -w "$WORK/hit" "$each_nr" "$@" >"$WORK/out" 2>&1 \
			</dev/null || each_code=$?
		[ "$1" != git ] ||
		rm -f .git/refs/remotes/platform/production.lock
		judged_after "change $each_nr, $(cat "$WORK/hit"), $*"
		each_nr=$((each_nr + KILL_STEP))
	done
	is 0 "$each_code"
	tap_say "there were about $each_nr"
}

if have_killat
then
	kill_story 'changes: git upgrade push' '
		cd prod
		each_change git-upgrade push
	'
	kill_story 'changes: git push' '
		cd prod
		each_change git push platform production
	'
else
	skip 'changes' 'processes cannot be traced here'
fi

kill_story 'file: in so many moments' '
	cd prod
	moments $MOMENTS git-upgrade push
	moments $MOMENTS git push platform production
'

if have_ssh && start_sshd
then
	kill_story 'ssh: in so many moments' '
		cd prod
		git remote set-url platform "$SSH_URL$WORK_PLATFORM"
		moments $MOMENTS git-upgrade push
		moments $MOMENTS git push platform production
	'
else
	skip 'ssh' 'no sshd or ssh'
fi

if have_http && start_http "$WORK"
then
	kill_story 'http: in so many moments' '
		cd prod
		git remote set-url platform "$HTTP_URL/platform.git"
		moments $MOMENTS git-upgrade push
		moments $MOMENTS git push platform production
	'
else
	skip 'http' 'no nginx, fcgiwrap, perl or setsid'
fi

story 'fsck has nothing to complain of' '
	git -C platform.git fsck --strict
	git -C prod fsck --strict
'

done_testing
