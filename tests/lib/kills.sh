# Killing commands at their Nth change to a file, for every N, or every STEPth.
# Source it after tap.sh and draw.sh, where have_killat.
#
#	sweep SEED [-a | -e ERROR] [-p PATTERN] [-u] JUDGE COMMAND...
#
# Each round COMMAND runs in a copy of the repository SEED and is killed (-a:
# it alone, while the programs it started go on; -e: its disk fails instead,
# see tests/tools/killat.c; -p, -u: only certain changes count); then JUDGE, a
# function, is called in what is left. It fails the round by failing. Rounds
# end with the first one that nothing happens to any more; that one is judged
# as well. Where PATTERN says which changes matter, each is tried.
#
#	kill_each JUDGE HOW ARG...
#
# The same where a state is more than one repository, one after the other: each
# round begins with back_to_seed, a function of the story that makes it anew.
#
#	gets_through ARG...	git upgrade, until it succeeds: whatever a git
#				that was killed left there keeps nobody for long
#
# In a judge the copy is the current folder, $n the number of the round, $code
# how COMMAND ended (137: killed), ../said what it said, ../hit which change it
# was; fork_copy DIR makes another copy of what is left.
#
# KILL_STEP	every so many changes; default 1
# KILL_JOBS	rounds at the same time; default 2
#
# For who looks into one:
# KILL_ONLY	a pattern: only the stories whose name it fits (kill_story)
# KILL_FROM	the first round; default 1
# KILL_TO	the last, and go on over those that fail

# tap.sh sets what begins with tap_.
# shellcheck disable=SC2154
: "${KILL_STEP:=1}" "${KILL_JOBS:=2}" "${KILL_ONLY=*}" "${KILL_FROM:=1}"

# Who is traced cannot look for leaks; other stories do.
[ -z "${ASAN_OPTIONS-}" ] || export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"

# killat is built beside the units, wherever that is.
KILLAT=$BUILD_DIR/tools/killat
[ -x "$KILLAT" ] || KILLAT=$BUILD_DIR/build/tools/killat

have_killat()
{
	"$KILLAT" -c "$tap_dir/killat" true 2>/dev/null
}

# kill_story NAME SCRIPT: a story, where KILL_ONLY fits
kill_story()
{
	# shellcheck disable=SC2254
	case $1 in
	$KILL_ONLY)
		story "$@"
		;;
	esac
}

# The state that matters: HEAD, refs, index, files, and what is in progress.
kill_state()
{
	git symbolic-ref -q HEAD || :
	git for-each-ref --format='%(refname) %(objectname)' >../refs
	sed '/^refs\/upgrade\/releases\//d; /^refs\/worktree\//d' ../refs
	git update-index -q --refresh >../refreshed 2>&1 || :
	git ls-files -s -t
	git status --porcelain=v2 --ignored --untracked-files=all
	find . -path ./.git -prune -o -type f -print | LC_ALL=C sort >../files
	git hash-object --no-filters --stdin-paths <../files
	for kill_file in MERGE_HEAD MERGE_MODE MERGE_MSG
	do
		[ ! -e ".git/$kill_file" ] || sed "s/^/$kill_file /" \
			".git/$kill_file"
	done
}

# No lock is left, but one that the disk did not let git remove, as it said.
kill_locks()
{
	find .git -name '*.lock' >../locks
	while read -r lock
	do
		has "unable to unlink .*/$lock'" ../said
	done <../locks
}

# Nothing of an operation is left in the git folder.
kill_clean()
{
	missing .git/upgrade .git/MERGE_HEAD .git/MERGE_MODE .git/MERGE_MSG
	kill_locks
	git for-each-ref refs/worktree >../kept
	same /dev/null ../kept
}

gets_through()
{
	wait_for 20 git upgrade "$@" >"$WORK/out" 2>"$WORK/err"
}

fork_copy()
{
	rm -rf "$1"
	cp -a . "$1"
	git -C "$1" update-index -q --refresh >../refreshed 2>&1 || :
}

kill_judged()
{
	cd copy || return
	"$1"
}

# One of KILL_JOBS: every JOBSth round of those that are asked for.
kill_rounds()
{
	kill_job=$1
	kill_seed=$2
	kill_how=$3
	kill_judge=$4
	shift 4
	mkdir -p "$WORK/kills/$kill_job"
	cd "$WORK/kills/$kill_job" || return
	# Few files are asked for by name.
	case $kill_how in
	*-p*)
		KILL_STEP=1
		;;
	esac
	n=$(((kill_job - 1) * KILL_STEP + KILL_FROM))
	kill_bad=0
	while [ $n -le "${KILL_TO:-$n}" ]
	do
		rm -rf copy hit
		cp -a "$WORK/$kill_seed" copy
		git -C copy update-index -q --refresh >said 2>&1 || :
		# Through a pipe: what it says is no change to a file.
		# shellcheck disable=SC2086
		{
			( cd copy && set -f &&
				exec "$KILLAT" $kill_how -w ../hit "$n" "$@" ) \
				2>&1 </dev/null && code=0 || code=$?
			echo "$code" >code
		} | cat >said
		code=$(cat code)
		tap_run kill_judged "$kill_judge" >judged 2>&1 </dev/null 7>&1
		if [ "$tap_rc" != 0 ]
		then
			echo "round $n of: $*"
			sed 's/^/hit: /' hit 2>/dev/null
			sed 's/^/said: /' said
			cat judged
			[ -n "${KILL_TO-}" ] || return 1
			kill_bad=1
		fi
		case $kill_how,$code in
		*-e*,126)
			break
			;;
		*-e*,* | *,137)
			;;
		*)
			break
			;;
		esac
		n=$((n + KILL_JOBS * KILL_STEP))
	done
	echo "$n" >rounds
	return $kill_bad
}

sweep()
{
	sweep_seed=$1
	shift
	sweep_how=
	while :
	do
		case $1 in
		-e | -p)
			sweep_how="$sweep_how $1 $2"
			shift 2
			;;
		-*)
			sweep_how="$sweep_how $1"
			shift
			;;
		*)
			break
			;;
		esac
	done
	rm -rf "$WORK/kills"
	mkdir -p "$WORK/kills"
	sweep_job=0
	sweep_pids=
	while [ $sweep_job -lt "$KILL_JOBS" ]
	do
		sweep_job=$((sweep_job + 1))
		kill_rounds $sweep_job "$sweep_seed" "$sweep_how" "$@" \
			>"$WORK/kills/log.$sweep_job" 2>&1 &
		sweep_pids="$sweep_pids $!"
	done
	sweep_bad=0
	for sweep_pid in $sweep_pids
	do
		wait "$sweep_pid" || sweep_bad=1
	done
	for sweep_job in "$WORK"/kills/[0-9]*
	do
		[ ! -e "$sweep_job/rounds" ] || cat "$sweep_job/rounds"
	done | sort -n | tail -n 1 | sed 's/^/rounds up to /'
	if [ $sweep_bad != 0 ]
	then
		cat "$WORK"/kills/log.*
		return 1
	fi
}

# kill_each JUDGE HOW ARG...: git-upgrade ARG... in what `back_to_seed`, a
# function, makes of it, killed as HOW says ("": as by sweep) before every
# KILL_STEPth change; then JUDGE looks at what is left
kill_each()
{
	each_judge=$1
	each_how=$2
	shift 2
	each_nr=$KILL_FROM
	while :
	do
		back_to_seed
		each_code=0
		# shellcheck disable=SC2086
		"$KILLAT" $each_how -w "$WORK/hit" "$each_nr" \
			git-upgrade "$@" >"$WORK/said" 2>&1 </dev/null ||
			each_code=$?
		tap_run "$each_judge" >"$WORK/judged" 2>&1 7>&1
		if [ "$tap_rc" != 0 ]
		then
			tap_say "change $each_nr ($(cat "$WORK/hit")): $*"
			cat "$WORK/judged" "$WORK/said" >&7
			return 1
		fi
		case $each_how,$each_code in
		-e*,126)
			break
			;;
		-e*,* | *,137)
			;;
		*)
			break
			;;
		esac
		each_nr=$((each_nr + KILL_STEP))
	done
	tap_say "there were about $each_nr"
}
