#!/bin/sh
#
# Killed right before a change it makes to a file, any change: --continue gives
# the tree an undisturbed run gives, and --abort exactly the state before. The
# same where the disk is full or broken. Here it is every 149th change, or
# every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
: "${KILL_STEP:=149}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# A repository to be copied many times: few files.
seed()
{
	draw_production "$1" 2.4.1
	cd "$1"
	git upgrade fetch
	git repack -q -a -d
	rm -f .git/hooks/*.sample
	git pack-refs --all
}

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
	git rev-parse HEAD >"$WORK/$expected_name.head"
	cd "$WORK"
}

# state_is NAME
state_is()
{
	kill_state >../state
	same "$WORK/$1" ../state
}

# committed NAME: HEAD is one commit on, and that is the upgrade
committed()
{
	is "$(cat "$WORK/$1.tree")" "$(git rev-parse "HEAD^{tree}")"
	git rev-list --parents -n 1 HEAD >../parents
	read -r commit parent release more <../parents || :
	is "$(cat "$WORK/before.head")" "$parent"
	is "$(git rev-parse "refs/upgrade/releases/$MERGE^{commit}")" \
		"$release"
	is "" "$more"
	git status --porcelain --ignored >../status
	same /dev/null ../status
	missing .git/MERGE_HEAD .git/MERGE_MSG .git/MERGE_MODE
}

# aborted COMMAND...: --abort goes back; where the commit was made before the
# kill it says so, and COMMAND judges that commit
aborted()
{
	if git upgrade merge --abort >../out 2>&1
	then
		state_is before
	elif [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		has "no upgrade is in progress" ../out
		state_is before
	else
		has "already\|no upgrade is in progress" ../out
		"$@"
	fi
	kill_clean
}

# Killed during a merge without conflicts.
of_merge()
{
	fork_copy ../second
	aborted committed clean
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		state_is before
		# shellcheck disable=SC2086
		git upgrade merge --no-fetch --no-edit $MERGE_OPTIONS $MERGE
	fi
	committed clean
	[ -z "$MERGE_OPTIONS" ] || is next "$(git branch --show-current)"
	kill_clean
}

# Killed during one that ends in a conflict.
of_conflict()
{
	fork_copy ../second
	aborted committed none
	cd ../second
	if git upgrade merge --continue --no-edit >../out 2>&1
	then
		tap_say "went on over a conflict"
		return 1
	fi
	if ! grep -q "in conflict\|^CONFLICT" ../out
	then
		has "no upgrade is in progress" ../out
		state_is before
		expect_code 1 git upgrade merge --no-fetch --no-edit $MERGE
	fi
	state_is conflict
}

# Killed during --continue of one that was resolved.
of_continue()
{
	fork_copy ../second
	aborted committed resolved
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	committed resolved
	kill_clean
}

# Killed during --abort of one.
of_abort()
{
	git upgrade merge --abort >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	state_is before
	kill_clean
}

# The disk failed: it says so, tells no lies, and --abort leads back.
of_failure()
{
	[ $code != 126 ] || code=0
	case $code in
	0)
		committed clean
		;;
	1 | 2 | 128)
		has "^error: \|^fatal: " ../said
		if grep -q "^Nothing was changed" ../said
		then
			state_is before
		fi
		aborted committed clean
		;;
	*)
		tap_say "ended with $code"
		return 1
		;;
	esac
}

# Killed during a path: all hops taken back, or all taken.
of_path()
{
	fork_copy ../second
	if git upgrade merge --abort >../out 2>&1
	then
		state_is before
	elif [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		has "no upgrade is in progress" ../out
		state_is before
	else
		has "already\|no upgrade is in progress" ../out
		is "$(cat "$WORK/path.tree")" "$(git rev-parse "HEAD^{tree}")"
	fi
	kill_clean
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		state_is before
		git upgrade merge --no-fetch --no-edit --path 2.6.2
	fi
	is "$(cat "$WORK/path.tree")" "$(git rev-parse "HEAD^{tree}")"
	is 2 "$(git rev-list --count --first-parent \
		"$(cat "$WORK/before.head")..HEAD")"
	git status --porcelain --ignored >../status
	same /dev/null ../status
	kill_clean
}

# Killed while it only adds what it is for: the same command does the rest.
of_fetch()
{
	git upgrade fetch
	git for-each-ref refs/upgrade/releases >../refs
	same "$WORK/releases" ../refs
	find .git -name "*.lock" >../locks
	same /dev/null ../locks
}

of_init()
{
	git upgrade init --yes >../out 2>&1 || has "is there already" ../out
	is "$(cat "$WORK/init.tree")" "$(git rev-parse "HEAD^{tree}")"
	is "$(cat "$WORK/before.head")" "$(git rev-parse HEAD^)"
	git status --porcelain >../status
	same /dev/null ../status
	git upgrade hooks status >../out
	find .git -path .git/hooks -prune -o -name "*.lock" -print >../locks
	same /dev/null ../locks
	git fsck
}

# Index and files, and what git says of them.
work_state()
{
	kill_state >../all
	sed "/^refs\//d" ../all
}

# With --autostash: staged, changed again, new, deleted, made executable.
dirty()
{
	put keygen "staged"
	git add keygen
	put keygen "staged" "and not staged"
	put mine/new.txt "new"
	git add mine/new.txt
	rm ops/README
	chmod +x common.yml
	put untracked.txt "untracked"
}

# The upgrade is done, and the changes are in index and files, once.
changed()
{
	is "$(cat "$WORK/changed.tree")" "$(git rev-parse "HEAD^{tree}")"
	work_state >../now
	same "$WORK/changed.work" ../now
}

stash_clean()
{
	kill_clean
	missing .git/MERGE_AUTOSTASH
	git stash list >../list
	same /dev/null ../list
}

went_back()
{
	aborted changed
	stash_clean
}

of_autostash()
{
	fork_copy ../second
	went_back
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		state_is before
		# shellcheck disable=SC2086
		git upgrade merge --no-fetch --no-edit --autostash $MERGE
	fi
	changed
	stash_clean
}

of_autostash_conflict()
{
	fork_copy ../second
	went_back
	cd ../second
	if git upgrade merge --continue --no-edit >../out 2>&1
	then
		tap_say "went on over a conflict"
		return 1
	fi
	if ! grep -q "in conflict\|^CONFLICT" ../out
	then
		has "no upgrade is in progress" ../out
		state_is before
		expect_code 1 git upgrade merge --no-fetch --no-edit \
			--autostash $MERGE
	fi
	state_is conflict
	cat .git/MERGE_AUTOSTASH
}

of_autostash_continue()
{
	fork_copy ../second
	went_back
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	changed
	stash_clean
}

of_autostash_abort()
{
	git upgrade merge --abort >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	state_is before
	stash_clean
}

# The disk failed: what is not in the files again is named, and comes back.
of_autostash_failure()
{
	[ $code != 126 ] || code=0
	case $code in
	0)
		changed
		;;
	1 | 2 | 128)
		has "^error: \|^fatal: " ../said
		if grep -q "^Nothing was changed" ../said
		then
			state_is before
		fi
		went_back
		;;
	*)
		tap_say "ended with $code"
		return 1
		;;
	esac
}

# expect_changed SEED COMMAND...
expect_changed()
{
	expected changed "$@"
	cd run/copy
	work_state >"$WORK/changed.work"
	cd "$WORK"
}

MERGE=2.5.1
MERGE_OPTIONS=

story 'what an undisturbed run gives' '
	( seed seed )
	expected before seed true
	expected clean seed git upgrade merge --no-fetch --no-edit $MERGE
'

kill_story 'a merge without conflicts' '
	sweep seed of_merge git-upgrade merge --no-fetch --no-edit $MERGE
'

kill_story 'the same, while what it started goes on' '
	sweep seed -a of_merge git-upgrade merge --no-fetch --no-edit $MERGE
'

MERGE_OPTIONS=--branch=next
kill_story 'on a branch of its own' '
	sweep seed of_merge \
		git-upgrade merge --no-fetch --no-edit --branch=next $MERGE
'
MERGE_OPTIONS=

story 'a repository with hooks, so that git makes the commit' '
	cp -a seed hooked
	for hook in pre-merge-commit commit-msg post-merge
	do
		put hooked/.git/hooks/$hook "#!/bin/sh" "exit 0"
		chmod +x hooked/.git/hooks/$hook
	done
'

kill_story 'with hooks' '
	sweep hooked of_merge git-upgrade merge --no-fetch --no-edit $MERGE
'

for error in EIO EROFS
do
	kill_story "with hooks, on a disk that fails with $error" '
		sweep hooked -e $error of_failure \
			git-upgrade merge --no-fetch --no-edit $MERGE
	'
	MERGE_OPTIONS=--branch=next
	kill_story "on a branch of its own, and a disk with $error" '
		sweep seed -e $error of_failure git-upgrade merge \
			--no-fetch --no-edit --branch=next $MERGE
	'
	MERGE_OPTIONS=
done

for error in ENOSPC EIO EROFS
do
	kill_story "a disk that fails with $error" '
		sweep seed -e $error of_failure \
			git-upgrade merge --no-fetch --no-edit $MERGE
	'
done

kill_story 'with a step that runs programs' '
	cp -a seed stepped
	put steps.yaml "format: 1" "profile: mender" "steps:" \
		"  - name: stamp" \
		"    run: [sh, -c, \"echo new >stamp\"]" \
		"    produces: [stamp]"
	git -C stepped config upgrade.profile "$WORK/steps.yaml"
	expected clean stepped git upgrade merge --no-fetch --no-edit $MERGE
	sweep stepped of_merge git-upgrade merge --no-fetch --no-edit $MERGE
'

expect_path()
{
	expected before seed true
	expected path seed git upgrade merge --no-fetch --no-edit --path 2.6.2
}

kill_story 'a path of two hops' '
	expect_path
	sweep seed of_path \
		git-upgrade merge --no-fetch --no-edit --path 2.6.2
'

kill_story 'fetch' '
	git -C seed for-each-ref refs/upgrade/releases >releases
	cp -a seed bare
	cd bare
	git for-each-ref --format="delete %(refname)" refs/upgrade/releases \
		refs/tags/2.6.* refs/tags/2.7.* refs/tags/3.* >../deletes
	git update-ref --stdin <../deletes
	cd ..
	sweep bare of_fetch git-upgrade fetch
'

kill_story 'init' '
	expected before seed true
	expected init seed git upgrade init --yes
	sweep seed of_init git-upgrade init --yes
'

# The commit is there, so the next one has nothing to commit.
kill_story 'init, right before a lock goes' '
	expected before seed true
	expected init seed git upgrade init --yes
	sweep seed -u -p "*/.git/HEAD.lock" of_init git-upgrade init --yes
'

story 'changes that are not committed' '
	cp -a seed stashed
	cd stashed
	dirty
	cd ..
	expected before stashed true
	expect_changed stashed \
		git upgrade merge --no-fetch --no-edit --autostash 2.5.1
'

kill_story 'a merge with --autostash' '
	sweep stashed of_autostash \
		git-upgrade merge --no-fetch --no-edit --autostash $MERGE
'

kill_story 'the same with --autostash, while what it started goes on' '
	sweep stashed -a of_autostash \
		git-upgrade merge --no-fetch --no-edit --autostash $MERGE
'

for error in EIO ENOSPC
do
	kill_story "--autostash on a disk that fails with $error" '
		sweep stashed -e $error of_autostash_failure \
			git-upgrade merge --no-fetch --no-edit --autostash \
			$MERGE
	'
done

MERGE="--path 2.6.2"
kill_story 'a path with --autostash' '
	expect_changed stashed \
		git upgrade merge --no-fetch --no-edit --autostash $MERGE
	# shellcheck disable=SC2086
	sweep stashed of_autostash \
		git-upgrade merge --no-fetch --no-edit --autostash $MERGE
'
MERGE=2.5.1

story 'a conflict, and changes that are not committed' '
	cp -a seed stashed-own
	cd stashed-own
	put README.md "our own"
	git commit -q -a -m "a conflict to be"
	dirty
	cd ..
	expected before stashed-own true
	expected conflict stashed-own expect_code 1 \
		git upgrade merge --no-fetch --no-edit --autostash $MERGE
	cp -a run/copy stashed-conflict
	cp -a run/copy stashed-resolved
	cd stashed-resolved
	git checkout -q --theirs README.md
	git add README.md
	cd ..
	expect_changed stashed-resolved \
		git upgrade merge --continue --no-edit
'

kill_story 'a merge with --autostash that ends in a conflict' '
	sweep stashed-own of_autostash_conflict \
		git-upgrade merge --no-fetch --no-edit --autostash $MERGE
'

kill_story '--continue with --autostash' '
	sweep stashed-resolved of_autostash_continue \
		git-upgrade merge --continue --no-edit
'

kill_story '--abort with --autostash' '
	sweep stashed-conflict of_autostash_abort git-upgrade merge --abort
'

# on_disk JUDGE: it succeeded, ended in a conflict, or said what is wrong
on_disk()
{
	case $code in
	0 | 1 | 126)
		;;
	*)
		has "^error: \|^fatal: " ../said
		;;
	esac
	"$1"
}
conflict_on_disk() { on_disk of_autostash_conflict; }
continue_on_disk() { on_disk of_autostash_continue; }
abort_on_disk() { on_disk of_autostash_abort; }

# Of a lock that it cannot remove `git commit` only warns.
kill_story '--continue with --autostash, and locks that stay' '
	error=EIO
	for lock in index HEAD
	do
		sweep stashed-resolved -e EIO -u -p "*/.git/$lock.lock" \
			continue_on_disk git-upgrade merge --continue --no-edit
	done
'

for error in EIO EROFS
do
	kill_story "the conflict of --autostash, $error" '
		sweep stashed-own -e $error conflict_on_disk git-upgrade \
			merge --no-fetch --no-edit --autostash $MERGE
	'
	kill_story "--continue with --autostash, $error" '
		sweep stashed-resolved -e $error continue_on_disk \
			git-upgrade merge --continue --no-edit
	'
	kill_story "--abort with --autostash, $error" '
		sweep stashed-conflict -e $error abort_on_disk \
			git-upgrade merge --abort
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
MERGE='--from=2.7.2 3.0.1'

kill_story 'a merge that ends in a conflict' '
	sweep own of_conflict git-upgrade merge --no-fetch --no-edit $MERGE
'

kill_story 'the same, while what it started goes on' '
	sweep own -a of_conflict git-upgrade merge --no-fetch --no-edit $MERGE
'

# These are short, and have less to hold on to.
[ "$KILL_STEP" -le 13 ] || KILL_STEP=13
MERGE=3.0.1
kill_story '--continue' '
	sweep resolving of_continue git-upgrade merge --continue --no-edit
'

kill_story '--abort' '
	sweep conflicted of_abort git-upgrade merge --abort
'

done_testing
