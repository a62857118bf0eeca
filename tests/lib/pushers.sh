# Pushers that are killed, for stories. Source it after platform.sh and
# servers.sh.
#
#	draw_pusher		a clone `prod` and its platform, which has
#				deployed something; `points` of a push at which
#				it can be stopped
#	change NAME		in prod: a commit to push
#	stopped_at POINT	the next push that comes there waits
#	has_stopped		true when it has
#	go_on			it need not wait any more
#	judged_after WHAT	assert what must hold when a pusher was killed:
#				the commit either is not there, and the next
#				push has it deployed; or it is, and nobody needs
#				to push for that. Sets ARRIVED to yes or no
#	each_point YES COMMAND...
#				kill it at each of them; YES or no: the server
#				outlives its client
#	moments COUNT COMMAND...
#				kill it in so many moments of its time
#	arrives YES POINT COMMAND...
#				kill it there; assert whether it arrives
#
# Points, in their order:
#
#	pre-push		of the client, which is connected by now
#	pre-receive		the objects are in quarantine
#	gate			the gate has not judged yet
#	prepared		it said yes, a worker waits, the branch is
#				locked, and has not moved
#	committed		it has moved, and nobody else knows
#	post-receive		the follower does not follow yet
#	build			in the first step of the deploy
#	told			the follower has shown the log
#	tracking		of the client, which writes down what is there
#	evidence		of `git upgrade push`, which fetches it

STOP=$WORK/stop

write_stop()
{
	cat >"$STOP" <<-EOT
	#!/bin/sh
	# stop POINT: a push has come there; wait, if that is wanted
	top=$WORK
	EOT
	cat >>"$STOP" <<-'EOT'
	grep -q -x -e "$1" "$top/at" 2>/dev/null || exit 0
	rm "$top/at"
	: >"$top/stopped"
	# A condition, and no time: who is killed needs nobody's help.
	while [ -e "$top/stopped" ]
	do
		sleep 0.02
	done
	exit 0
	EOT
	chmod +x "$STOP"
}

# What ours runs is kept. The gate remains a child of git's, which it asks
# about.
write_server_hooks()
{
	pushers_hooks=$WORK_PLATFORM/hooks
	printf '#!/bin/sh\nexec "%s" pre-receive </dev/null\n' "$STOP" \
		>"$pushers_hooks/pre-receive"
	chmod +x "$pushers_hooks/pre-receive"
	sed -i "s|^exec |\"$STOP\" gate </dev/null\n&|" \
		"$pushers_hooks/proc-receive"
	sed -i "s|^exec \(.*\)|\"$STOP\" post-receive\n\1\n\"$STOP\" told|" \
		"$pushers_hooks/post-receive"
	# Of a push, not of a worker that records what it did
	sed -i "1a\\
if tr '\\\\\\\\0' ' ' </proc/\$PPID/cmdline | grep -q receive-pack\\
then\\
	\"$STOP\" \"\$1\" </dev/null\\
fi" "$pushers_hooks/reference-transaction"
}

write_client_hooks()
{
	printf '#!/bin/sh\nexec "%s" pre-push\n' "$STOP" \
		>prod/.git/hooks/pre-push
	cat >prod/.git/hooks/reference-transaction <<-EOT
	#!/bin/sh
	moved=\$(cat)
	case \$1,\$moved in
	prepared,*" refs/remotes/platform/production"*)
		exec "$STOP" tracking
		;;
	prepared,*" refs/upgrade/"*)
		exec "$STOP" evidence
		;;
	esac
	EOT
	chmod +x prod/.git/hooks/pre-push prod/.git/hooks/reference-transaction
}

draw_pusher()
{
	write_stop
	draw_clone prod || return 1
	cd prod || return 1
	draw_platform || return 1
	sed -i "s|^          test ! -e blocks.*|          $STOP build|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git config remote.pushDefault platform
	git upgrade push || return 1
	cd .. || return 1
	write_server_hooks
	write_client_hooks
	echo 0 >changes
}

change()
{
	read -r change_nr <"$WORK/changes"
	echo "$((change_nr + 1))" >"$WORK/changes"
	git -C "$WORK_PLATFORM" rev-parse production >"$WORK/before"
	events >"$WORK/count"
	put change.txt "$change_nr $*"
	commit "Change $change_nr: $*"
}

stopped_at()
{
	rm -f "$WORK/stopped"
	echo "$1" >"$WORK/at"
}

has_stopped()
{
	[ -e "$WORK/stopped" ]
}

go_on()
{
	rm -f "$WORK/stopped" "$WORK/at"
}

# Nobody works in the platform, nor in a release of it: no hook, no git, no
# worker, no step; and nothing is on its way there.
platform_is_left()
{
	find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$WORK_PLATFORM" -o \
		-lname "$WORK_PLATFORM/*" -o -lname "$SRV/releases/*" \) \
		>"$TRASH/tmp/left" 2>/dev/null || :
	[ ! -s "$TRASH/tmp/left" ] || return 1
	[ -z "${servers_port-}" ] || servers_idle "$servers_port"
}

# recorded COMMIT: how often it was deployed, as the ledger has it
recorded()
{
	git -C "$WORK_PLATFORM" log --format=%s \
		refs/upgrade/ledger/production >"$TRASH/tmp/ledger"
	grep -c "^deployed.* $(echo "$1" | cut -c1-7)" "$TRASH/tmp/ledger" || :
}

# The branch, the evidence and what serves are of HEAD, and it is once in the
# ledger, which has one event more.
deployed_once()
{
	once_tip=$(git rev-parse HEAD)
	is "$once_tip" "$(git -C "$WORK_PLATFORM" rev-parse production)"
	is "$once_tip" "$(ref deployed/production)"
	is "$once_tip" "$(ref verified/production)"
	is "" "$(ref failed/production)"
	is 1 "$(recorded "$once_tip")"
	is "$(($(cat "$WORK/count") + 1))" "$(events)"
	same change.txt "$SRV/current/change.txt"
}

# Locks and holds, and what a push keeps in its clone while it is at work. What
# git left of its locks there the next push takes away, that has something to
# push; and the note of a fetch the next one, that has something to fetch.
nothing_held()
{
	is "" "$(ref locks/production)"
	find "$WORK_PLATFORM" .git -name '*.lock' >"$TRASH/tmp/all-locks"
	if [ "$ARRIVED" = yes ]
	then
		sed -i "s|^$WORK_PLATFORM/HEAD.lock\$||
			s|^$WORK_PLATFORM/refs/heads/production.lock\$||
			/^\$/d" "$TRASH/tmp/all-locks"
	fi
	cat "$TRASH/tmp/all-locks" >"$TRASH/tmp/locks"
	find .git/upgrade -type f >"$TRASH/tmp/notes" 2>/dev/null || :
	[ "$ARRIVED" = no ] ||
		sed -i "s|^.git/upgrade/asking\$||; /^\$/d" "$TRASH/tmp/notes"
	cat "$TRASH/tmp/notes" >>"$TRASH/tmp/locks"
	same /dev/null "$TRASH/tmp/locks"
	missing "$SRV/.steps" "$SRV/.interrupted"
}

# What happens without any help, first; then what the next push says.
judged_after()
{
	tap_say "after: $1"
	wait_for 30 platform_is_left
	if [ "$(git -C "$WORK_PLATFORM" rev-parse production)" = \
		"$(git rev-parse HEAD)" ]
	then
		ARRIVED=yes
		deployed_once
		expect_code 0 git upgrade push >"$WORK/out" 2>"$WORK/err"
		has "^Up to date: deployed and verified" "$WORK/err"
	else
		ARRIVED=no
		is "$(cat "$WORK/before")" \
			"$(git -C "$WORK_PLATFORM" rev-parse production)"
		is "$(cat "$WORK/count")" "$(events)"
		expect_code 0 git upgrade push >"$WORK/out" 2>"$WORK/err"
		has "^Deployed and verified in" "$WORK/err"
	fi
	wait_for 30 platform_is_left
	deployed_once
	nothing_held
}

# killed POINT COMMAND...: killed there. What is on the server's side goes on
# there, where it is somebody else's.
killed()
{
	killed_at=$1
	shift
	change "killed at $killed_at: $*"
	stopped_at "$killed_at"
	setsid "$@" >"$WORK/out" 2>"$WORK/err" &
	killed_pid=$!
	wait_for 30 has_stopped
	kill -KILL "-$killed_pid"
	wait "$killed_pid" || :
	go_on
	# Whose lock plain git left nobody knows.
	[ "$1" != git ] || rm -f .git/refs/remotes/platform/production.lock
	judged_after "$killed_at, $*"
}

arrives()
{
	arrives_then=$1
	shift
	killed "$@"
	is "$arrives_then" "$ARRIVED"
}

# Before the branch moves it depends on whether the server outlives the client.
each_point()
{
	each_outlives=$1
	shift
	arrives no pre-push "$@"
	for each_at in pre-receive gate prepared
	do
		arrives "$each_outlives" $each_at "$@"
	done
	for each_at in committed post-receive build told tracking
	do
		arrives yes $each_at "$@"
	done
}

# killed_in SECONDS COMMAND...: in that moment, if it has not ended
killed_in()
{
	killed_time=$1
	shift
	change "killed in $killed_time s: $*"
	# It makes a group of its own, and kills that.
	timeout -s KILL "$killed_time" "$@" >"$WORK/out" 2>"$WORK/err" || :
	[ "$1" != git ] || rm -f .git/refs/remotes/platform/production.lock
	judged_after "$killed_time s, $*"
}

# moments COUNT COMMAND...: kill it in so many moments of its time, one in each
# part of it, where KILL_SEED says; the first time it is let be.
moments()
{
	moments_nr=$1
	shift
	change "undisturbed: $*"
	moments_start=$(date +%s%N)
	"$@" >"$WORK/out" 2>"$WORK/err"
	moments_length=$((($(date +%s%N) - moments_start) / 1000000))
	awk -v n="$moments_nr" -v ms="$moments_length" -v seed="$KILL_SEED" '
	BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			printf "%.3f\n", ms / 1000 * (i + rand()) / n + 0.001
	}' >"$WORK/moments"
	while read -r moments_at
	do
		killed_in "$moments_at" "$@" </dev/null
	done <"$WORK/moments"
}
