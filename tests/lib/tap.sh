# Stories in sh that speak TAP, for prove. Source it first:
#
#	#!/bin/sh
#	. "$(dirname "$0")/lib/tap.sh"
#
#	story 'a clone knows its release' '
#		draw_upstream up
#		expect_code 0 git -C up upgrade list >out
#		has "^On 2.0.0" out
#	'
#	done_testing
#
# A story is one TAP line. Its body runs in a subshell under `set -eu`, in the
# work folder of the file, with stdin closed; it fails when any command in it
# fails. What has to survive from story to story is a file in the work folder,
# or a variable set at the top level of the file. What a body prints is shown
# when it fails, on stderr, where prove lets it through.
#
# `set -e` overlooks some failures: `! cmd`, all but the last of `a && b`, a
# command before a pipe, and `local x=$(cmd)`. A body that has one of these
# fails before it is run: use `not`, lines of their own, a file instead of a
# pipe from git, and two statements. A line that ends in "# tap: ok" is let
# through, and so are here-documents.
#
# Nothing of the caller's environment is seen: HOME, the configuration, the
# identity, dates, locale, time zone, signals are ours. The folder of a file,
# tests/trash/NAME, is removed when all is well and kept after a failure.
#
# For the person at the keyboard:
#	TAP_TRACE=1	trace bodies (not where stderr goes to a file)
#	TAP_KEEP=1	keep the folder after success too
#	TAP_NO_SKIP=1	a skip is a failure: for machines that have all
#	BUILD_DIR	where git-upgrade is (default: top of the repository)
#	TRASH_ROOT	where trash folders go (default: tests/trash)

# A shell that begins us in the background has us ignore INT and QUIT, and what
# is ignored at the start cannot be trapped: only exec can undo it.
if [ -z "${TAP_SIGNALS-}" ] && env --default-signal=INT true 2>/dev/null
then
	export TAP_SIGNALS=default
	exec env --default-signal=INT,QUIT,TERM sh "$0" "$@"
fi
unset TAP_SIGNALS

set +e
: "${TESTS_DIR:=$(cd "$(dirname "$0")" && pwd -P)}"
: "${BUILD_DIR:=$(cd "$TESTS_DIR/.." && pwd -P)}"
: "${TRASH_ROOT:=$TESTS_DIR/trash}"

tap_name=${0##*/}
tap_name=${tap_name%.t}
tap_count=0
tap_failed=0

# The folders: work is where stories start, home and tmp are what the programs
# under test see, tap is ours.
mkdir -p "$TRASH_ROOT" || exit 1
TRASH_ROOT=$(cd "$TRASH_ROOT" && pwd -P)
TRASH=$TRASH_ROOT/$tap_name
WORK=$TRASH/work
tap_dir=$TRASH/tap
chmod -R u+rwx "$TRASH" 2>/dev/null
rm -rf "$TRASH" &&
mkdir -p "$WORK" "$TRASH/home/.config" "$TRASH/tmp" "$tap_dir" || exit 1

# A closed world. GIT_* is read from the environment, so that tomorrow's
# variables go as well.
for tap_var in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\)=.*/\1/p')
do
	unset "$tap_var"
done
unset CDPATH COLUMNS EDITOR EMAIL GNUPGHOME LANGUAGE LESS LINES LV MANPATH \
	MANPAGER MORE PAGER SSH_ASKPASS SSH_AUTH_SOCK VISUAL \
	XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME \
	http_proxy https_proxy all_proxy no_proxy \
	HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY tap_var
for tap_var in $(env | sed -n 's/^\(LC_[A-Z]*\)=.*/\1/p')
do
	unset "$tap_var"
done
LANG=C LC_ALL=C TZ=UTC TERM=dumb
HOME=$TRASH/home
XDG_CONFIG_HOME=$HOME/.config
TMPDIR=$TRASH/tmp
PATH=$BUILD_DIR:$PATH
export LANG LC_ALL TZ TERM HOME XDG_CONFIG_HOME TMPDIR PATH

GIT_CONFIG_NOSYSTEM=1
GIT_ATTR_NOSYSTEM=1
GIT_CONFIG_GLOBAL=$HOME/.gitconfig
GIT_CEILING_DIRECTORIES=$TRASH
GIT_TERMINAL_PROMPT=0
GIT_EDITOR=:
GIT_PAGER='cat'
GIT_AUTHOR_NAME='Olga Operator'
GIT_AUTHOR_EMAIL=olga@ops.example
GIT_COMMITTER_NAME='Olga Operator'
GIT_COMMITTER_EMAIL=olga@ops.example
export GIT_CONFIG_NOSYSTEM GIT_ATTR_NOSYSTEM GIT_CONFIG_GLOBAL \
	GIT_CEILING_DIRECTORIES GIT_TERMINAL_PROMPT GIT_EDITOR GIT_PAGER \
	GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

# The identity once more as configuration, for programs that drop GIT_*. No
# garbage collection behind a story's back; no fsync for what is thrown away.
cat >"$GIT_CONFIG_GLOBAL" <<EOT
[user]
	name = $GIT_AUTHOR_NAME
	email = $GIT_AUTHOR_EMAIL
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
[core]
	fsync = none
EOT

# tick: the clock of commits moves a minute on. Every story begins where the
# one before stopped; upstream's releases are all older than the first tick.
tick()
{
	read -r tap_now <"$tap_dir/now"
	tap_now=$((tap_now + 60))
	echo "$tap_now" >"$tap_dir/now"
	GIT_AUTHOR_DATE="@$tap_now +0000"
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
}
echo 1704067200 >"$tap_dir/now"		# 2024-01-01T00:00:00Z
tick

cd "$WORK" || exit 1
exec 7>&2

# To the log of the story, past any redirection of the command that speaks.
tap_say()
{
	printf '%s\n' "$*" >&7
}

tap_show()
{
	sed 's/^/# /' "$@" >&2
}

# at_end COMMAND: run when the file ends, whatever happened; last come, first
# served. Works from within a story: how a story leaves a server to the next.
at_end()
{
	printf '%s\n' "$*" >"$tap_dir/new"
	[ ! -f "$tap_dir/end" ] || cat "$tap_dir/end" >>"$tap_dir/new"
	mv "$tap_dir/new" "$tap_dir/end"
}

tap_finish()
{
	if [ -f "$tap_dir/end" ]
	then
		mv "$tap_dir/end" "$tap_dir/ending"
		while IFS= read -r tap_line
		do
			eval "$tap_line" </dev/null >&2
		done <"$tap_dir/ending"
	fi
}
trap 'tap_finish' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Prints what in the body on stdin `set -e` would not notice. Here-documents
# are passed over and strings reduced to an S; what is left is judged line by
# line.
tap_lint()
{
	awk '
	here != "" {
		line = $0
		sub(/^\t+/, "", line)
		if (line == here)
			here = ""
		next
	}
	!quoted && /^[ \t]*#/ { next }
	{
		line = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			if (c == "\\") {
				i++
			} else if (c == "\"") {
				quoted = !quoted
				if (quoted)
					line = line "S"
			} else if (!quoted) {
				line = line c
			}
		}
		gsub(/\047[^\047]*\047/, "S", line)
		sub(/[ \t]#.*/, "", line)
		if (line ~ /<</ &&
		    match($0, /<<-?[ \t]*[\\"\047]?[A-Za-z_]+/)) {
			here = substr($0, RSTART, RLENGTH)
			gsub(/[^A-Za-z_]/, "", here)
		}
	}
	/# tap: ok$/ { next }
	{
		why = ""
		if (line ~ /^[ \t]*! /)
			why = "\"!\" never fails a story, use not"
		else if (line ~ /^[ \t]*(local|export|readonly) .*\$\(/)
			why = "hides an exit code, assign first"
		else if (line ~ /^[ \t]*git .*[^|]\|([^|]|$)/)
			why = "the pipe hides an exit code, use a file"
		else if (line ~ /&&/ && line !~ /\|\|/ &&
			 line !~ /^[ \t]*(if|elif|while|until) / &&
			 line !~ /^[ \t]*\(.*\)/)
			why = "\"&&\" hides a failure, use lines"
		if (why != "")
			print "line " NR ": " why ":" $0
	}'
}

# story NAME BODY
story()
{
	tap_count=$((tap_count + 1))

	# Under `if`, `&&` and `||` the shell ignores -e, here and in every
	# subshell: no story could fail.
	( set -e; false; : )
	tap_code=$?
	if [ "$tap_code" -eq 0 ]
	then
		echo "Bail out! $tap_name: '$1' is told inside a condition"
		exit 1
	fi

	rm -f "$tap_dir/reached"
	printf '%s\n' "$2" | tap_lint >"$tap_dir/log"
	if [ -s "$tap_dir/log" ]
	then
		tap_code=lint
	else
		# Not in a condition, for the reason above.
		(
			exec </dev/null >"$tap_dir/log" 2>&1 7>&2
			cd "$WORK" || exit 1
			GIT_AUTHOR_DATE="@$(cat "$tap_dir/now") +0000"
			GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
			export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
			trap - EXIT
			set -eu
			[ -z "${TAP_TRACE-}" ] || set -x
			eval "$2"
			: >"$tap_dir/reached"
		)
		tap_code=$?
	fi

	if [ "$tap_code" = 0 ] && [ -f "$tap_dir/reached" ]
	then
		echo "ok $tap_count - $1"
		[ -z "${TAP_TRACE-}" ] || tap_show "$tap_dir/log"
		return 0
	fi
	[ "$tap_code" != 0 ] || tap_code='0, but left before its end'
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	{
		echo "# $tap_name: '$1' failed (exit $tap_code)"
		printf '%s\n' "$2" | sed '/^[[:space:]]*$/d; s/^/#  | /'
		tail -n 200 "$tap_dir/log" | sed 's/^/#  > /'
	} >&2
	return 0
}

# skip NAME REASON: in the place of a story that cannot be told here
skip()
{
	tap_count=$((tap_count + 1))
	if [ -n "${TAP_NO_SKIP-}" ]
	then
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $1 (skipped: $2)"
	else
		echo "ok $tap_count - $1 # SKIP $2"
	fi
}

tap_clean()
{
	[ -n "${TAP_KEEP-}" ] && return
	cd "$TRASH_ROOT" || exit 1
	chmod -R u+rwx "$TRASH" 2>/dev/null
	rm -rf "$TRASH"
}

# skip_all REASON: nothing in this file can be told here
skip_all()
{
	if [ -n "${TAP_NO_SKIP-}" ]
	then
		echo "Bail out! $tap_name: skipped: $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	tap_clean
	exit 0
}

# done_testing: the last line. Without it there is no plan, and prove says so.
done_testing()
{
	tap_finish
	trap - EXIT
	if [ "$tap_count" -eq 0 ]
	then
		echo "Bail out! $tap_name: no story was told"
		exit 1
	fi
	echo "1..$tap_count"
	if [ "$tap_failed" -ne 0 ]
	then
		echo "# $tap_name: $tap_failed of $tap_count failed," \
			"see $TRASH" >&2
		exit 1
	fi
	tap_clean
	exit 0
}

# Runs its arguments with -e in force (they may be a function) and leaves the
# exit code in tap_rc. In a subshell: a function cannot set variables here.
tap_run()
{
	case $- in
	*e*)
		set +e
		( set -e; "$@" )
		tap_rc=$?
		set -e
		;;
	*)
		( set -e; "$@" )
		tap_rc=$?
		;;
	esac
}

# What the command may have put into the customary files.
tap_show_out()
{
	for tap_file in out err
	do
		[ -s "$tap_file" ] || continue
		tap_say "-- $PWD/$tap_file:"
		tail -n 40 "$tap_file" >&7
	done
}

# Is there a terminal to be had? `script` makes one, where the system can.
have_terminal()
{
	command -v script >/dev/null &&
		script -qec true /dev/null </dev/null >/dev/null 2>&1
}

# expect_code CODE COMMAND...: customarily with >out 2>err
expect_code()
{
	tap_want=$1
	shift
	tap_run "$@"
	[ "$tap_rc" -ne "$tap_want" ] || return 0
	tap_say "expected exit code $tap_want, got $tap_rc: $*"
	tap_show_out
	return 1
}

# not COMMAND...: it fails, in an orderly way. Being killed or not being found
# is something else.
not()
{
	tap_run "$@"
	case $tap_rc in
	0)
		tap_say "succeeded, but should fail: $*"
		;;
	126 | 127 | 13[0-9] | 1[4-9][0-9] | 2[0-9][0-9])
		tap_say "died ($tap_rc), but should fail in order: $*"
		;;
	*)
		return 0
		;;
	esac
	tap_show_out
	return 1
}

# same EXPECTED ACTUAL: two files are equal; "-" is stdin
same()
{
	diff -u "$1" "$2" >&7
}

# is EXPECTED ACTUAL: two strings are equal
is()
{
	[ "$1" != "$2" ] || return 0
	tap_say "expected: $1"
	tap_say "but got:  $2"
	return 1
}

# has PATTERN FILE...: a line matches (grep's basic expressions)
has()
{
	tap_pattern=$1
	shift
	grep -q -e "$tap_pattern" -- "$@" && return 0
	tap_say "nothing matches '$tap_pattern' in $*:"
	tail -n 60 -- "$@" >&7
	return 1
}

# lacks PATTERN FILE...: no line matches; every FILE must exist
lacks()
{
	tap_pattern=$1
	shift
	tap_rc=0
	grep -n -e "$tap_pattern" -- "$@" >&7 || tap_rc=$?
	[ "$tap_rc" -ne 1 ] || return 0
	tap_say "'$tap_pattern' should not be found in $*"
	return 1
}

# exists PATH..., missing PATH...: a dangling symlink exists
exists()
{
	for tap_path
	do
		if [ ! -e "$tap_path" ] && [ ! -L "$tap_path" ]
		then
			tap_say "does not exist: $tap_path"
			return 1
		fi
	done
}

missing()
{
	for tap_path
	do
		if [ -e "$tap_path" ] || [ -L "$tap_path" ]
		then
			tap_say "exists, and should not: $tap_path"
			return 1
		fi
	done
}

# wait_for SECONDS COMMAND...: until it succeeds, asking 20 times a second
wait_for()
{
	tap_limit=$(($(date +%s) + $1))
	shift
	while :
	do
		tap_run "$@" >"$tap_dir/waiting" 2>&1
		[ "$tap_rc" -ne 0 ] || return 0
		[ "$(date +%s)" -lt "$tap_limit" ] || break
		sleep 0.05
	done
	tap_say "waited in vain for: $*"
	cat "$tap_dir/waiting" >&7
	return 1
}

# put FILE [LINE...]: write a file of these lines, making its folder
put()
{
	tap_file=$1
	shift
	case $tap_file in
	*/*)
		mkdir -p "${tap_file%/*}"
		;;
	esac
	if [ $# -eq 0 ]
	then
		: >"$tap_file"
	else
		printf '%s\n' "$@" >"$tap_file"
	fi
}

# commit MESSAGE [GIT-OPTION...]: a minute later, everything in the folder
commit()
{
	tap_message=$1
	shift
	tick
	git "$@" add -A
	git "$@" commit -q -m "$tap_message"
}

# snapshot: all that a refused command must leave alone in the repository
# here, as text: HEAD, refs, index, worktree with what is not tracked, and
# operations in progress. Which releases upstream has is no part of it: any
# command may learn that. Write it to files outside of the worktree, compare.
snapshot()
{
	git rev-parse -q --verify HEAD || :
	git symbolic-ref -q HEAD || :
	git for-each-ref >"$tap_dir/refs"
	sed '/refs\/upgrade\/releases\//d' "$tap_dir/refs"
	git ls-files --stage
	git status --porcelain=v2 --ignored --untracked-files=all
	git diff --binary
	git ls-files -o -z | xargs -0 -r git hash-object --no-filters --
	(
		cd "$(git rev-parse --absolute-git-dir)"
		find . -path ./objects -prune -o -path ./logs -prune -o \
			-path ./refs/upgrade/releases -prune -o \
			-type f ! -name index ! -name gitupgrade.asked \
			-print | sort
	)
}
