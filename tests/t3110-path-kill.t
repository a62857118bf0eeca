#!/bin/sh
#
# A path that is killed within a hop, between two, or on the way back:
# --continue gives the commits an undisturbed run gives, or --abort exactly
# the state before the first hop.

# shellcheck disable=SC1091,SC2016,SC2317,SC2154
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

: "${KILL_ROUNDS:=12}"

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

# The trees of the hops, the last one first
trees()
{
	git log --first-parent --format=%T "$(cat ../old)..HEAD"
}

# No process of the killed run is left: they hold the lock.
idle()
{
	perl -e 'use Fcntl ":flock"; open my $f, "<", ".git/upgrade/lock"
		or exit 0; exit !flock $f, LOCK_EX | LOCK_NB'
}

# run DELAY MODE ARG...: git upgrade merge, killed after DELAY seconds with
# its children (group) or alone, or whenever somebody kills its group (never)
run()
{
	perl -e '
		use POSIX ();
		my ($delay, $mode) = splice @ARGV, 0, 2;
		my $pid = fork();
		if (!$pid) {
			POSIX::setsid();
			$ENV{MAY_DIE} = 1;
			exec "git-upgrade", "merge", @ARGV
				or POSIX::_exit(127);
		}
		if ($mode ne "never") {
			select undef, undef, undef, $delay;
			kill 9, $mode eq "group" ? -$pid : $pid;
		}
		waitpid $pid, 0;
		exit($mode eq "never" && $? != 9);
	' -- "$@" >../ran 2>&1
	wait_for 10 idle
}

# For hooks and filters: the processes of that run, and no others.
kill_group='[ -z "$MAY_DIE" ] || kill -9 0'

# dies_at N STATE REF ARG...: killed when for the Nth time a transaction of
# REF is in STATE
dies_at()
{
	echo "$1" >../countdown
	put .git/hooks/reference-transaction "#!/bin/sh" \
		"[ \$1 = $2 ] || exit 0" \
		"grep -q \" $3\$\" || exit 0" \
		"n=\$((\$(cat \"$WORK/countdown\") - 1))" \
		"echo \$n >\"$WORK/countdown\"" \
		"[ \$n != 0 ] || $kill_group"
	chmod +x .git/hooks/reference-transaction
	shift 3
	run 0 never "$@"
	rm .git/hooks/reference-transaction
}

# deadly FILE: once, when git next writes FILE (not when it is only tried)
deadly()
{
	echo "$1 filter=deadly" >.git/info/attributes
	put ../deadly "#!/bin/sh" "if [ -e \"$WORK/kill\" ] &&" \
		"[ -e .git/upgrade/journal ]" "then" "rm \"$WORK/kill\"" "$kill_group" "fi" "exec cat"
	chmod +x ../deadly
	git config filter.deadly.smudge "$WORK/deadly"
	: >../kill
}

nothing_left()
{
	missing .git/upgrade .git/index.lock .git/HEAD.lock .git/MERGE_HEAD \
		.git/MERGE_MSG .git/refs/heads/production.lock
}

path="--no-fetch --no-edit --path $draw_set 2.7.2"

story 'an undisturbed run takes its time' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git rev-parse HEAD >../old
	state >../before
	perl -MTime::HiRes=time -e "
		my \$t = time;
		system(\"git-upgrade\", \"merge\", @ARGV) and exit 1;
		printf \"%.3f\n\", time - \$t" -- $path >../timed
	tail -n 1 ../timed >../seconds
	trees >../trees
	is 3 "$(wc -l <../trees)"
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
		run "$delay" $mode $path
		echo "# round $n: $mode after $delay"
		git log --first-parent --format="# %s" "$(cat ../old)..HEAD"
		how=--continue
		[ $((n % 2)) != 0 ] || how=--abort
		rc=0
		git upgrade merge $how --no-edit >../out 2>&1 || rc=$?
		cat ../out
		# Not begun, or done already: then it is refused.
		[ $rc = 0 ] || has "no upgrade is in progress" ../out
		trees >../now
		if [ $how = --abort ] && [ $rc = 0 ] || [ ! -s ../now ]
		then
			state >../after
			same ../before ../after
		else
			same ../trees ../now
			test -z "$(git status --porcelain)"
		fi
		nothing_left
		git reset -q --hard "$(cat ../old)"
	done
'

for hop in 1 2 3
do
	for at in prepared committed
	do
		story "killed when the commit of hop $hop was $at" "
			at=$at hop=$hop"'
			cd prod
			dies_at $hop $at refs/heads/production $path
			git upgrade merge --continue --no-edit
			trees >../now
			same ../trees ../now
			nothing_left
			git reset -q --hard "$(cat ../old)"
			dies_at $hop $at refs/heads/production $path
			if [ $hop,$at = 1,prepared ]
			then
				exists .git/upgrade/state
			else
				has "^start $(cat ../old)$" .git/upgrade/state
			fi
			git upgrade merge --abort
			state >../after
			same ../before ../after
			nothing_left
		'
	done
done

story 'killed between two files of the second hop' '
	cd prod
	deadly docs/2.6.md
	run 0 never $path
	is "Upgrade to 2.5.1" "$(git log -1 --format=%s)"
	exists .git/upgrade/journal .git/index.lock
	git upgrade merge --abort
	state >../after
	same ../before ../after
	nothing_left
	: >../kill
	run 0 never $path
	git upgrade merge --continue --no-edit
	trees >../now
	same ../trees ../now
	nothing_left
	git reset -q --hard "$(cat ../old)"
'

# stopped: in conflict at 3.1.1, with two hops behind and one ahead
stopped()
{
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
}

story 'on the way back: killed in the move of the branch' '
	cd prod
	git upgrade merge $path
	git rev-parse HEAD >../old
	state >../before
	for when in "1 prepared" "1 committed" "2 prepared" "2 committed"
	do
		stopped
		# The first is git merge --abort, the second ours.
		dies_at $when refs/heads/production --abort
		exists .git/upgrade/state
		expect_code 2 git upgrade merge --continue 2>../err
		has "^hint: finish that with .git upgrade merge --abort.$" \
			../err
		expect_code 2 git upgrade merge --no-fetch 3.0.1 2>../err
		has "half-way back" ../err
		git upgrade merge --abort
		state >../after
		same ../before ../after
		nothing_left
	done
'

story 'a single merge is not gone on with once git began to take it back' '
	cd prod
	git upgrade merge --no-fetch --no-edit 3.0.1
	state >../before.single
	expect_code 1 git upgrade merge --no-fetch --no-edit 3.1.1
	dies_at 1 committed HEAD --abort
	exists .git/MERGE_HEAD
	expect_code 2 git upgrade merge --continue --no-edit 2>../err
	has "^hint: finish that with .git upgrade merge --abort.$" ../err
	git upgrade >../out 2>../err
	has "an abort was interrupted" ../err
	git upgrade merge --abort
	state >../after
	same ../before.single ../after
	nothing_left
	git reset -q --hard "$(cat ../old)"
'

story '... between two files' '
	cd prod
	stopped
	deadly logo.png
	run 0 never --abort
	exists .git/upgrade/journal
	git upgrade merge --abort
	state >../after
	same ../before ../after
	nothing_left
'

story '... and twice' '
	cd prod
	stopped
	deadly logo.png
	run 0 never --abort
	: >../kill
	run 0 never --abort
	dies_at 1 committed refs/heads/production --abort
	git upgrade merge --abort
	state >../after
	same ../before ../after
	nothing_left
'

story '... of a branch that was made for it' '
	cd prod
	for at in prepared committed
	do
		for ref in refs/heads/next HEAD
		do
			expect_code 1 git upgrade merge --no-fetch --no-edit \
				--path -b next 3.2.1
			dies_at 1 $at $ref --abort
			git upgrade merge --abort
			state >../after
			same ../before ../after
			nothing_left
			expect_code 1 git rev-parse -q --verify refs/heads/next
		done
	done
'

story 'killed on the way back, and gone on by hand: that stands' '
	cd prod
	stopped
	dies_at 2 committed refs/heads/production --abort
	is "$(cat ../old)" "$(git rev-parse HEAD)"
	git commit -q --allow-empty -m "life goes on"
	expect_code 2 git upgrade merge --abort 2>../err
	has "no upgrade is in progress" ../err
	is "life goes on" "$(git log -1 --format=%s)"
	missing .git/upgrade
	git reset -q --hard "$(cat ../old)"
'

story 'nothing of it is left in the git folder' '
	cd prod
	git fsck
	find .git -name "*.lock" >../locks
	same /dev/null ../locks
	git for-each-ref refs/worktree >../refs
	same /dev/null ../refs
'

done_testing
