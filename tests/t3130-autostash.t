#!/bin/sh
#
# merge --autostash: changes that are not committed are put aside while the
# checkout moves, and are in index and files again when the upgrade is done or
# taken back. What does not merge is in the list of git stash.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# A new one each time.
fresh()
{
	rm -rf prod
	cp -a seed prod
	cd prod
	git update-index -q --refresh || :
}

# Staged and then changed again, in a file the releases change elsewhere;
# staged alone, not staged, new, deleted, made executable, and one that git does
# not track.
changes()
{
	{
		echo "# staged"
		cat docker-compose.yml
	} >../changed
	cat ../changed >docker-compose.yml
	git add docker-compose.yml
	echo "# not staged" >>docker-compose.yml
	put keygen "staged alone"
	git add keygen
	put docs/develop.md "not staged"
	put mine/new.txt "new"
	git add mine/new.txt
	rm ops/README
	chmod +x common.yml
	put untracked.txt "untracked"
}

# Index, files and what git says of them.
state()
{
	git update-index -q --refresh || :
	git ls-files -s
	git status --porcelain=v2 --untracked-files=all
	find . -path ./.git -prune -o -type f -print | LC_ALL=C sort >../files
	git hash-object --no-filters --stdin-paths <../files
	git diff
	git diff --cached
}

# What of the state is the changes': none of it names a commit.
own()
{
	git diff-index --cached --name-status HEAD
	git diff-files --name-status
	git diff -U0 --cached | sed "/^index /d; s/^@@.*/@@/"
	git diff -U0 | sed "/^index /d; s/^@@.*/@@/"
	cat untracked.txt
}

nothing_left()
{
	missing .git/upgrade .git/MERGE_HEAD .git/MERGE_AUTOSTASH
	git for-each-ref refs/worktree >../kept
	same /dev/null ../kept
}

story 'a production clone is drawn' '
	draw_production seed 2.4.1
	cd seed
	git upgrade fetch
'

story 'without it a changed tree is refused, and the option is named' '
	fresh
	changes
	state >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.5.1 2>../err
	has "not committed" ../err
	has "autostash" ../err
	has "^Nothing was changed" ../err
	state >../after
	same ../before ../after
	nothing_left
'

story 'a merge without conflicts: index and files are as before' '
	fresh
	git upgrade merge --no-fetch --no-edit 2.5.1
	git rev-parse HEAD^{tree} >../tree
	cd ..
	fresh
	changes
	own >../before
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1 2>../err
	has "^Your changes are back.$" ../err
	own >../after
	same ../before ../after
	is "$(cat ../tree)" "$(git rev-parse HEAD^{tree})"
	git stash list >../list
	same /dev/null ../list
	nothing_left
'

story 'merge.autostash turns it on, --no-autostash off again' '
	fresh
	changes
	git config merge.autostash true
	state >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit --no-autostash \
		2.5.1
	state >../after
	same ../before ../after
	git upgrade merge --no-fetch --no-edit 2.5.1
	is "$(cat ../tree)" "$(git rev-parse HEAD^{tree})"
	nothing_left
'

story 'with nothing changed nothing is put aside' '
	fresh
	put untracked.txt "untracked"
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1 2>../err
	lacks "changes are" ../err
	nothing_left
'

story 'on a branch of its own' '
	fresh
	changes
	own >../before
	git upgrade merge --no-fetch --no-edit --autostash -b next 2.5.1
	is next "$(git branch --show-current)"
	own >../after
	same ../before ../after
	nothing_left
'

story 'changes of the same lines are in the stash, and the merge is done' '
	fresh
	put README.md "all of it is ours"
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1 2>../err
	has "in the stash" ../err
	has "git stash pop" ../err
	is "$(cat ../tree)" "$(git rev-parse HEAD^{tree})"
	git status --porcelain >../status
	same /dev/null ../status
	git stash list >../list
	has "changes from before the upgrade to 2.5.1" ../list
	is "all of it is ours" "$(git show stash@{0}:README.md)"
	nothing_left
'

story 'a file of theirs where a new one of ours was: in the stash' '
	fresh
	put testing/conftest.py "ours"
	git add testing/conftest.py
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1 2>../err
	has "in the stash" ../err
	is "ours" "$(git show stash@{0}:testing/conftest.py)"
	git status --porcelain >../status
	same /dev/null ../status
	nothing_left
'

story 'an untracked file in the way: all is as it was' '
	fresh
	changes
	put testing/conftest.py "untracked"
	state >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit --autostash \
		2.5.1 2>../err
	has "testing/conftest.py" ../err
	has "^Nothing was changed" ../err
	state >../after
	same ../before ../after
	nothing_left
'

story 'a file that is taken out of the index alone stays' '
	fresh
	git rm -q --cached ops/README
	state >../before
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1
	is "$(cat ../tree)" "$(git rev-parse HEAD^{tree})"
	git status --porcelain >../status
	printf "D  ops/README\n?? ops/\n" >../expected
	same ../expected ../status
	nothing_left
'

story 'one that git cannot put aside is refused' '
	fresh
	put later.txt "later"
	git add -N later.txt
	state >../before
	expect_code 128 git upgrade merge --no-fetch --no-edit --autostash \
		2.5.1 2>../err
	has "^Nothing was changed" ../err
	state >../after
	same ../before ../after
	nothing_left
'

# Its own README.md is in conflict with 2.5.1 then.
conflicting()
{
	fresh
	put README.md "our own"
	git commit -q -a -m "a conflict to be"
	git rev-parse HEAD >../head
	put keygen "staged"
	git add keygen
	put keygen "staged" "and not staged"
	put mine.txt "new"
	git add mine.txt
	put untracked.txt "untracked"
	own >../own
	state >../before
	expect_code 1 git upgrade merge --no-fetch --no-edit --autostash \
		2.5.1 2>../err
	has "put aside" ../err
	missing mine.txt
}

resolve()
{
	git checkout -q --theirs README.md
	git add README.md
}

story 'a conflict, --continue' '
	conflicting
	resolve
	git upgrade merge --continue --no-edit 2>../err
	has "^Your changes are back.$" ../err
	is "$(cat ../head)" "$(git rev-parse HEAD^1)"
	own >../after
	same ../own ../after
	nothing_left
'

story 'a conflict, --abort: exactly the state before' '
	conflicting
	git upgrade merge --abort 2>../err
	has "as it was before" ../err
	has "changes are back" ../err
	state >../after
	same ../before ../after
	nothing_left
'

story 'a conflict, git merge --abort: git brings them back' '
	conflicting
	git merge --abort
	is "new" "$(cat mine.txt)"
	has "and not staged" keygen
	is "$(cat ../head)" "$(git rev-parse HEAD)"
	expect_code 2 git upgrade merge --abort 2>../err
	has "no upgrade is in progress" ../err
	is "new" "$(cat mine.txt)"
	git stash list >../list
	same /dev/null ../list
	nothing_left
'

story 'a conflict, git commit: git brings them back' '
	conflicting
	resolve
	git commit -q --no-edit
	is "new" "$(cat mine.txt)"
	has "and not staged" keygen
	expect_code 2 git upgrade merge --continue 2>../err
	has "committed already" ../err
	is "new" "$(cat mine.txt)"
	git stash list >../list
	same /dev/null ../list
	nothing_left
'

story 'a conflict, git reset --hard: they are in the stash' '
	conflicting
	git reset -q --hard
	is "new" "$(git show stash@{0}:mine.txt)"
	expect_code 1 git upgrade merge --no-fetch --no-edit 2.5.1
	git upgrade merge --abort
	is 1 "$(git stash list | wc -l | tr -d " ")"
	missing mine.txt
	nothing_left
'

story 'a hook refuses the commit: they are put aside until it is made' '
	fresh
	changes
	own >../before
	put .git/hooks/commit-msg "#!/bin/sh" "test -e .git/allowed"
	chmod +x .git/hooks/commit-msg
	expect_code 1 git upgrade merge --no-fetch --no-edit --autostash 2.5.1
	missing mine/new.txt
	test -e .git/MERGE_AUTOSTASH
	expect_code 1 git upgrade merge --continue --no-edit
	test -e .git/MERGE_AUTOSTASH
	touch .git/allowed
	git upgrade merge --continue --no-edit
	own >../after
	same ../before ../after
	is "$(cat ../tree)" "$(git rev-parse HEAD^{tree})"
	nothing_left
'

story 'a path: once at the end' '
	fresh
	changes
	own >../before
	put .git/hooks/post-merge "#!/bin/sh" \
		"git status --porcelain --untracked-files=no >>.git/seen"
	chmod +x .git/hooks/post-merge
	git upgrade merge --no-fetch --no-edit --autostash --path 2.6.2
	same /dev/null .git/seen
	own >../after
	same ../before ../after
	nothing_left
'

# Stops at its second hop.
path_in_conflict()
{
	fresh
	put other-components.yml "our own"
	put tests/test_boot.py "our own"
	git commit -q -a -m "a conflict to be"
	changes
	own >../own
	state >../before
	expect_code 1 git upgrade merge --no-fetch --no-edit --autostash \
		--path 2.6.2 2>../err
	missing mine/new.txt
}

story 'a path with a conflict, --continue' '
	path_in_conflict
	while [ -e .git/MERGE_HEAD ]
	do
		git checkout -q --ours .
		git add -u
		git upgrade merge --continue --no-edit || expect_code 1 false
	done
	own >../after
	same ../own ../after
	nothing_left
'

story 'a path with a conflict, --abort: exactly the state before' '
	path_in_conflict
	git upgrade merge --abort
	state >../after
	same ../before ../after
	nothing_left
'

story 'a conflict, and one went to another branch: in the stash' '
	conflicting
	git update-ref refs/heads/other HEAD
	git checkout -q -f other
	git commit -q --allow-empty -m elsewhere
	expect_code 2 git upgrade merge --continue 2>../err
	has "no upgrade is in progress" ../err
	is "new" "$(git show stash@{0}:mine.txt)"
	nothing_left
'

story 'in a linked work tree, which the other one knows nothing of' '
	fresh
	git worktree add -q ../linked -b linked
	cd ../linked
	changes
	own >../before
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1
	own >../after
	same ../before ../after
	git for-each-ref refs/worktree >../kept
	same /dev/null ../kept
	cd ../prod
	git status --porcelain >../status
	same /dev/null ../status
'

story 'in a sparse checkout' '
	fresh
	git sparse-checkout set --no-cone "/*" "!/docs/"
	changes
	own >../before
	git upgrade merge --no-fetch --no-edit --autostash 2.5.1
	is develop.md "$(ls docs)"
	own >../after
	same ../before ../after
	nothing_left
'

story 'the record of what is put aside survives git gc' '
	conflicting
	git -c gc.pruneExpire=now gc -q --prune=now
	git upgrade merge --abort
	state >../after
	same ../before ../after
	nothing_left
'

done_testing
