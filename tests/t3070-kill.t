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
			$ENV{MAY_DIE} = 1;
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

# dies ARG...: the upgrade, its git and their children get killed
dies()
{
	perl -e '
		use POSIX ();
		my $pid = fork();
		if (!$pid) {
			POSIX::setsid();
			$ENV{MAY_DIE} = 1;
			exec "git-upgrade", "merge", "--no-fetch", "--no-edit",
				@ARGV or POSIX::_exit(127);
		}
		waitpid $pid, 0;
		exit($? != 9);
	' -- "$@" >../died 2>&1
	wait_for 10 idle
}

# For hooks and filters: the processes of that run, and no others.
kill_group='[ -z "$MAY_DIE" ] || kill -9 0'

# dies_at STATE REF [ARG...]: while a transaction of REF is in STATE:
# "prepared" is with all locks taken, "committed" right after
dies_at()
{
	put .git/hooks/reference-transaction "#!/bin/sh" \
		"[ \$1 = $1 ] || exit 0" \
		"grep -q \" $2\$\" || exit 0" "$kill_group"
	chmod +x .git/hooks/reference-transaction
	shift 2
	dies "$@"
	rm .git/hooks/reference-transaction
}

# deadly FILE: once, when git next writes FILE; filters are tried before
deadly()
{
	echo "$1 filter=deadly" >.git/info/attributes
	put ../deadly "#!/bin/sh" "if [ -e \"$WORK/kill\" ] &&" \
		"[ -e \"$WORK/prod/.git/index.lock\" ]" "then" \
		"rm \"$WORK/kill\"" "$kill_group" "fi" "exec cat"
	chmod +x ../deadly
	git config filter.deadly.smudge "$WORK/deadly"
	: >../kill
}

story 'killed while git held the locks of the branch: aborted' '
	cd prod
	dies_at prepared refs/heads/production 2.5.1
	exists .git/HEAD.lock
	git upgrade merge --abort
	state >../after
	same ../before ../after
	find .git -name "*.lock" >../locks
	same /dev/null ../locks
	missing .git/upgrade
'

story 'a lock is left alone while another git is at work here' '
	cd prod
	dies_at prepared refs/heads/production 2.5.1
	exists .git/HEAD.lock
	mkfifo ../talk
	git cat-file --batch <../talk >/dev/null &
	other=$!
	exec 9>../talk
	expect_code 2 git upgrade merge --abort 2>../err
	exists .git/HEAD.lock
	has "HEAD.lock. exists, and another git is at work" ../err
	has "^hint: wait" ../err
	exec 9>&-
	wait $other
	git upgrade merge --abort
	state >../after
	same ../before ../after
	missing .git/upgrade .git/HEAD.lock
'

story 'a second one says who is at work here, and for how long' '
	cd prod
	put .git/hooks/commit-msg "#!/bin/sh" "echo >../talk.in" "cat ../talk"
	chmod +x .git/hooks/commit-msg
	mkfifo ../talk.in
	git-upgrade merge --no-fetch --no-edit 2.5.1 >../out1 2>&1 &
	first=$!
	read -r line <../talk.in
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.5.1 2>../err
	has "^error: another git upgrade is at work in this work tree" ../err
	has "process $first of [a-z_-]*, for [0-9]*s: git upgrade merge 2.5.1$" \
		../err
	has "^Nothing was changed" ../err
	kill -9 "$first"
	wait "$first" || :
	expect_code 2 git upgrade merge --abort 2>../err
	has "process $first .* gone, a program it started is still" ../err
	: >../talk
	wait_for 10 idle
	rm .git/hooks/commit-msg
	git upgrade merge --abort >../out 2>&1 || has "already" ../out
	git reset -q --hard "$(cat ../old)"
	state >../after
	same ../before ../after
'

story '... or continued' '
	cd prod
	dies_at prepared refs/heads/production 2.5.1
	git upgrade merge --continue --no-edit
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
	missing .git/upgrade .git/HEAD.lock
	git reset -q --hard "$(cat ../old)"
'

story 'killed while it made a branch: the branch goes with it' '
	cd prod
	for at in prepared committed
	do
		dies_at $at refs/heads/next --branch=next 2.5.1
		is production "$(git branch --show-current)"
		git upgrade merge --abort
		state >../after
		same ../before ../after
		expect_code 1 git rev-parse -q --verify refs/heads/next
		missing .git/upgrade .git/refs/heads/next.lock
	done
'

story '... and is made again by --continue, or by the same command' '
	cd prod
	for how in --continue --branch=next
	do
		dies_at committed refs/heads/next --branch=next 2.5.1
		release=2.5.1
		[ $how != --continue ] || release=
		git upgrade merge --no-edit $how $release
		is next "$(git branch --show-current)"
		is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
		git switch -q production
		git branch -q -D next
	done
	state >../after
	same ../before ../after
'

story 'killed before the journal: nothing is left behind' '
	cd prod
	dies_at committed refs/worktree/upgrade/tree 2.5.1
	git upgrade merge --abort
	state >../after
	same ../before ../after
	git for-each-ref refs/worktree >../refs
	same /dev/null ../refs
	missing .git/upgrade
'

story 'killed once the commit was made: its merge is over' '
	cd prod
	for how in "merge --continue" "merge --no-fetch --no-edit 2.6.2"
	do
		dies_at committed refs/heads/production 2.5.1
		exists .git/upgrade/journal .git/index.lock
		is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
		git upgrade $how
		is 1 "$(git log --oneline --merges --grep "Upgrade to 2.5.1" \
			"$(cat ../old)..HEAD" | wc -l)"
		test -z "$(git status --porcelain)"
		missing .git/MERGE_HEAD .git/upgrade .git/index.lock
		git for-each-ref refs/worktree >../refs
		same /dev/null ../refs
		git reset -q --hard "$(cat ../old)"
	done
	dies_at committed refs/heads/production 2.5.1
	expect_code 2 git upgrade merge --abort
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
	missing .git/upgrade .git/index.lock
	git reset -q --hard "$(cat ../old)"
'

story '... also where git makes it, with the hooks of a commit' '
	cd prod
	put .git/hooks/commit-msg "#!/bin/sh" "exit 0"
	chmod +x .git/hooks/commit-msg
	dies_at prepared refs/heads/production 2.5.1
	exists .git/HEAD.lock .git/MERGE_HEAD
	git upgrade merge --abort
	state >../after
	same ../before ../after
	dies_at prepared refs/heads/production 2.5.1
	git upgrade merge --continue --no-edit
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
	git reset -q --hard "$(cat ../old)"
	dies_at committed refs/heads/production 2.5.1
	exists .git/MERGE_HEAD
	git upgrade merge --continue
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
	missing .git/MERGE_HEAD .git/MERGE_MODE .git/MERGE_MSG .git/upgrade
	git reset -q --hard "$(cat ../old)"
	rm .git/hooks/commit-msg
'

story 'killed between two files: aborted' '
	cd prod
	deadly testing/test_boot.py
	dies 2.5.1
	exists .git/upgrade/journal .git/index.lock
	git upgrade merge --abort
	state >../after
	same ../before ../after
	missing .git/upgrade .git/index.lock
'

story '... by content, where times and sizes tell nothing' '
	cd prod
	git config core.trustctime false
	git config core.checkStat minimal
	touch -d "2024-01-01 00:00:00" docker-compose.yml
	git update-index -q --refresh
	deadly testing/test_boot.py
	dies 2.5.1
	has :2.5.1 docker-compose.yml
	touch -d "2024-01-01 00:00:00" docker-compose.yml
	git upgrade merge --abort
	state >../after
	same ../before ../after
	git config --unset core.checkStat
	git config --unset core.trustctime
	git update-index -q --refresh
'

story '... and what a sparse checkout leaves out stays out' '
	cd prod
	git sparse-checkout set --no-cone "/*" "!/docs/" "!/docker-compose.yml"
	state >../before.sparse
	deadly testing/test_boot.py
	dies 2.5.1
	git upgrade merge --abort
	state >../after
	same ../before.sparse ../after
	dies_at prepared refs/heads/production 2.5.1
	git upgrade merge --abort
	state >../after
	same ../before.sparse ../after
	git sparse-checkout disable
	state >../after
	same ../before ../after
'

story 'an abort that was killed can be aborted again' '
	cd prod
	put README.md "our own"
	git commit -q -a -m "a conflict to be"
	state >../before.conflict
	expect_code 1 git upgrade merge --no-fetch --no-edit 3.0.1 --from=2.7.2
	for file in docker-compose.yml logo.png
	do
		deadly $file
		dies --abort
		# What a kill an instant later leaves.
		: >$file
		git upgrade merge --abort
		state >../after
		same ../before.conflict ../after
		missing .git/upgrade .git/index.lock .git/MERGE_HEAD
		[ $file = logo.png ] || expect_code 1 git upgrade merge \
			--no-fetch --no-edit 3.0.1 --from=2.7.2
	done
'

story 'merely touched files do not keep it from going back' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit 3.0.1 --from=2.7.2
	touch docker-compose.yml
	git upgrade merge --abort
	state >../after
	same ../before.conflict ../after
	git reset -q --hard "$(cat ../old)"
'

story 'the record of a killed --continue is in nobodys way' '
	cd prod
	git upgrade merge --no-fetch --no-edit 2.5.1
	git show HEAD:.gitupgrade.adopted >../record
	git reset -q --hard "$(cat ../old)"
	put .git/hooks/commit-msg "#!/bin/sh" "exit 1"
	chmod +x .git/hooks/commit-msg
	expect_code 1 git upgrade merge --no-fetch --no-edit 2.5.1
	rm .git/hooks/commit-msg
	git rm -q --cached .gitupgrade.adopted
	echo "advance $(cat ../tree)" >>.git/upgrade/state
	echo busy >>.git/upgrade/state
	git upgrade merge --continue --no-edit
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
	git reset -q --hard "$(cat ../old)"
'

story 'interrupted, cleared away by hand, gone on: that stands' '
	cd prod
	dies_at prepared ORIG_HEAD 2.5.1
	exists .git/upgrade/journal
	find .git -name "*.lock" -exec rm {} +
	git reset -q --hard
	git clean -q -d -f
	git commit -q --allow-empty -m "life goes on"
	put noted staged
	git add noted
	expect_code 2 git upgrade merge --abort 2>../err
	has "no upgrade is in progress" ../err
	is noted "$(git diff --cached --name-only)"
	missing .git/upgrade
	git reset -q --hard "$(cat ../old)"
'

story 'nothing of it is left in the git folder' '
	cd prod
	git upgrade merge --no-fetch --no-edit 2.5.1
	git fsck
	test ! -e .git/upgrade
'

done_testing
