#!/bin/sh
#
# Killed at whatever instant: --continue gives the tree an undisturbed run
# gives, or --abort exactly the state before.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

: "${KILL_ROUNDS:=24}"

# The state that matters: HEAD, branch, index, files.
state()
{
	git symbolic-ref -q HEAD
	git rev-parse HEAD
	git update-index -q --refresh || :
	git ls-files -s
	git status --porcelain --ignored
	find . -path ./.git -prune -o -type f -print | LC_ALL=C sort |
		git hash-object --no-filters --stdin-paths
}

# No process of the killed run is left: they hold the lock.
idle()
{
	perl -e 'use Fcntl ":flock"; open my $f, "<", ".git/upgrade/lock"
		or exit 0; exit !flock $f, LOCK_EX | LOCK_NB'
}

# killed DELAY MODE: merge, killed after DELAY seconds with its children
# (group) or alone.
killed()
{
	perl -e '
		use POSIX ();
		my ($delay, $mode) = @ARGV;
		my $pid = fork();
		if (!$pid) {
			POSIX::setsid();
			open STDOUT, ">", "/dev/null";
			open STDERR, ">", "/dev/null";
			exec "git-upgrade", "merge", "--no-fetch", "--no-edit",
				"2.5.1" or POSIX::_exit(127);
		}
		select undef, undef, undef, $delay;
		kill 9, $mode eq "group" ? -$pid : $pid;
		waitpid $pid, 0;
	' "$1" "$2"
}

story 'an undisturbed run takes its time' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git rev-parse HEAD >../old
	state >../before
	perl -MTime::HiRes=time -e "
		my \$t = time;
		system(\"git-upgrade\", \"merge\", \"--no-fetch\",
			\"--no-edit\", \"2.5.1\") and exit 1;
		printf \"%.3f\n\", time - \$t" >../seconds
	git rev-parse "HEAD^{tree}" >../tree
	git reset -q --hard "$(cat ../old)"
'

story "killed $KILL_ROUNDS times: continued or aborted" '
	cd prod
	n=0
	while [ $n -lt "$KILL_ROUNDS" ]
	do
		n=$((n + 1))
		mode=group
		[ $((n % 3)) != 0 ] || mode=alone
		delay=$(perl -e "printf \"%.4f\", \$ARGV[0] * \$ARGV[1] /
			(\$ARGV[2] + 1)" "$(cat ../seconds)" $n "$KILL_ROUNDS")
		killed "$delay" $mode
		echo "# round $n: $mode after $delay"
		if [ "$(git rev-parse HEAD)" = "$(cat ../old)" ] &&
			[ $((n % 2)) = 0 ]
		then
			# Nothing may have begun yet: then this is refused.
			wait_for 10 idle
			git upgrade merge --abort >../out 2>&1 ||
				has "no upgrade is in progress" ../out
			state >../after
			same ../before ../after
		else
			wait_for 10 idle
			git upgrade merge --continue --no-edit >../out 2>&1 ||
				has "no upgrade is in progress" ../out
			if [ "$(git rev-parse HEAD)" = "$(cat ../old)" ]
			then
				state >../after
				same ../before ../after
				git upgrade merge --no-fetch --no-edit 2.5.1
			fi
			is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
			test -z "$(git status --porcelain)"
		fi
		test ! -e .git/upgrade/state
		test ! -e .git/upgrade/journal
		test ! -e .git/index.lock
		git reset -q --hard "$(cat ../old)"
	done
'

story 'nothing of it is left in the git folder' '
	cd prod
	git upgrade merge --no-fetch --no-edit 2.5.1
	git fsck
	test ! -e .git/upgrade
'

done_testing
