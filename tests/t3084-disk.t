#!/bin/sh
#
# A disk that is full, broken or read-only from some change on, during init,
# a merge that ends in a conflict, --continue, --abort, a path and
# push: it is said, no lies are told, and afterwards the same command or
# --abort works. Here it is every 149th change, or every KILL_STEPth, and each
# that ever mattered, by the file it is to; a clean merge has its stories in
# t3075, fetch in t3080, hooks in t6580.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
: "${KILL_STEP:=149}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# expected NAME SEED COMMAND...: what an undisturbed run leaves
expected()
{
	expected_name=$1
	rm -rf run
	mkdir run
	cp -a "$2" run/copy
	shift 2
	cd run/copy
	git update-index -q --refresh || :
	"$@"
	kill_state >"$WORK/$expected_name"
	git rev-parse "HEAD^{tree}" >"$WORK/$expected_name.tree"
	cd "$WORK"
}

state_is()
{
	kill_state >../state
	same "$WORK/$1" ../state
}

# It failed and says so; true where it says that nothing was changed.
said_so()
{
	case $code in
	1 | 2 | 3 | 128)
		has "^error: \|^fatal: " ../said
		;;
	*)
		tap_say "ended with $code"
		return 1
		;;
	esac
	if grep -q "^Nothing was changed" ../said
	then
		state_is before
	fi
}

# succeeded: 126 says that nothing failed any more. One EIO may be survived.
succeeded()
{
	[ "$code" = 126 ] || [ "$code" = 0 ]
}

no_changes()
{
	git status --porcelain --ignored >../status
	same /dev/null ../status
}

of_init()
{
	succeeded || said_so
	git upgrade init --yes >../out 2>&1 || has "is there already" ../out
	is "$(cat "$WORK/init.tree")" "$(git rev-parse "HEAD^{tree}")"
	git status --porcelain >../status
	same /dev/null ../status
	kill_locks
	git fsck
}

# Back to before, whatever came of it.
back()
{
	if ! git upgrade merge --abort >../out 2>&1
	then
		has "no upgrade is in progress" ../out
	fi
	state_is before
	kill_clean
}

of_conflict()
{
	[ "$code" = 126 ] || [ "$code" = 1 ] || said_so
	back
}

of_path()
{
	if succeeded
	then
		is "$(cat "$WORK/path.tree")" "$(git rev-parse "HEAD^{tree}")"
		no_changes
		return
	fi
	said_so
	fork_copy ../second
	if git merge-base --is-ancestor "$(cat "$WORK/path.first")" HEAD &&
		! [ -e .git/upgrade/state ]
	then
		# The commit of a hop is there, and all is over.
		tap_say "hops without a way back"
		return 1
	fi
	back
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		git upgrade merge --no-fetch --no-edit --path 2.6.2
	fi
	is "$(cat "$WORK/path.tree")" "$(git rev-parse "HEAD^{tree}")"
	kill_clean
}

of_continue()
{
	if ! succeeded
	then
		case $code in
		1 | 2 | 128)
			has "^error: \|^fatal: " ../said
			;;
		*)
			tap_say "ended with $code"
			return 1
			;;
		esac
	fi
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	is "$(cat "$WORK/resolved.tree")" "$(git rev-parse "HEAD^{tree}")"
	no_changes
	kill_clean
}

of_abort()
{
	if ! succeeded
	then
		has "^error: \|^fatal: " ../said
		if grep -q "^Nothing was changed" ../said
		then
			state_is conflict
		fi
	else
		missing .git/MERGE_HEAD .git/upgrade/state
		state_is before
	fi
	back
}

of_push()
{
	if succeeded
	then
		is "$(git rev-parse HEAD)" \
			"$(git --git-dir=server.git rev-parse production)"
	else
		[ "$code" = 3 ] || has "^error: \|^fatal: " ../said
	fi
	# What the remote's own git left there is not for us to clear away.
	find server.git -name "*.lock" -delete
	expect_code 3 git upgrade push >../out 2>&1
	has "nothing there deploys" ../out
	is "$(git rev-parse HEAD)" \
		"$(git --git-dir=server.git rev-parse production)"
	missing .git/upgrade
}


story 'what undisturbed runs give' '
	draw_production seed 2.4.1
	cd seed
	git upgrade fetch
	git repack -q -a -d
	rm -f .git/hooks/*.sample
	git pack-refs --all
	cd ..
	expected before seed true
	git -C seed rev-parse HEAD >before.head
	expected init seed git upgrade init --yes
	expected path seed git upgrade merge --no-fetch --no-edit --path 2.6.2
	git -C run/copy rev-parse HEAD^ >path.first
'

for error in ENOSPC EIO EROFS
do
	kill_story "init, $error" '
		sweep seed -e $error of_init git-upgrade init --yes
	'
	kill_story "a path of two hops, $error" '
		sweep seed -e $error of_path \
			git-upgrade merge --no-fetch --no-edit --path 2.6.2
	'
done

# git moves the branch, fails at the next ref, and says that it failed.
kill_story 'a path, and a ref that cannot be removed' '
	error=EIO
	sweep seed -e EIO -u -p "*refs/worktree/upgrade/tree" of_path \
		git-upgrade merge --no-fetch --no-edit --path 2.6.2
'

kill_story 'a path, and locks that cannot be removed' '
	error=EIO
	for lock in HEAD packed-refs index
	do
		sweep seed -e EIO -u -p "*/.git/$lock.lock" of_path \
			git-upgrade merge --no-fetch --no-edit --path 2.6.2
	done
'

# Of these git only warns, and then it no longer tracks them.
kill_story 'a path, and files that cannot be removed' '
	error=EIO
	sweep seed -e EIO -u -p "tests/*" of_path \
		git-upgrade merge --no-fetch --no-edit --path 2.6.2
'

story 'a branch that is pushed to a remote beside it' '
	cp -a seed pushing
	cd pushing
	git init -q --bare server.git
	echo server.git >>.git/info/exclude
	git remote add server "./server.git"
	git config remote.pushDefault server
	git push -q server HEAD~1:refs/heads/production
'

for error in ENOSPC EIO EROFS
do
	kill_story "push, $error" '
		sweep pushing -e $error of_push git-upgrade push
	'
done

story 'a conflict, and what resolving it gives' '
	cp -a seed own
	cd own
	put README.md "our own"
	git commit -q -a -m "a conflict to be"
	cd ..
	expected before own true
	expected conflict own expect_code 1 \
		git upgrade merge --no-fetch --no-edit --from=2.7.2 3.0.1
	cp -a run/copy conflicted
	cp -a run/copy resolving
	cd resolving
	git checkout -q --theirs .
	git add -A
	cd ..
	expected resolved resolving git upgrade merge --continue --no-edit
'

for error in ENOSPC EIO EROFS
do
	kill_story "a merge that ends in a conflict, $error" '
		sweep own -e $error of_conflict git-upgrade merge --no-fetch \
			--no-edit --from=2.7.2 3.0.1
	'
done

kill_story 'a conflict, and what tells of the move cannot be removed' '
	error=EIO
	for file in upgrade/journal index.lock packed-refs.lock
	do
		sweep own -e EIO -u -p "*/.git/$file" of_conflict \
			git-upgrade merge --no-fetch --no-edit \
			--from=2.7.2 3.0.1
	done
'

# mktree does not tell when it could not write a tree.
kill_story '--continue, and objects that cannot be written' '
	error=EIO
	sweep resolving -e EIO -p "*/objects/??/tmp_obj_*" of_continue \
		git-upgrade merge --continue --no-edit
'

kill_story '--continue, and what tells of the merge cannot be removed' '
	error=EIO
	for file in MERGE_HEAD MERGE_MSG upgrade/state
	do
		sweep resolving -e EIO -u -p "*.git/$file" of_continue \
			git-upgrade merge --continue --no-edit
	done
'

kill_story '--abort, and what tells of the merge cannot be removed' '
	error=EIO
	for file in MERGE_HEAD MERGE_MSG upgrade/state
	do
		sweep conflicted -e EIO -u -p "*.git/$file" of_abort \
			git-upgrade merge --abort
	done
'

kill_story '--abort, and files that cannot be removed' '
	error=EIO
	git -C conflicted diff --cached --name-only --diff-filter=A \
		HEAD >added
	test -s added
	while read -r file
	do
		sweep conflicted -e EIO -u -p "$file" of_abort \
			git-upgrade merge --abort
	done <added
'

# These are short, and have less to hold on to.
[ "$KILL_STEP" -le 5 ] || KILL_STEP=5
for error in ENOSPC EIO EROFS
do
	kill_story "--continue, $error" '
		sweep resolving -e $error of_continue \
			git-upgrade merge --continue --no-edit
	'
	kill_story "--abort, $error" '
		sweep conflicted -e $error of_abort git-upgrade merge --abort
	'
done

done_testing
