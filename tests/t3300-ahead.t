#!/bin/sh
#
# A clean merge is committed ahead, where no hook wants to see it: what comes
# of it is the same, and when it cannot be had, nothing has changed.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# hook NAME LINE...: write a hook of prod
hook()
{
	hook_name=$1
	shift
	put "prod/.git/hooks/$hook_name" '#!/bin/sh' "$@"
	chmod +x "prod/.git/hooks/$hook_name"
}

back()
{
	rm -f prod/.git/hooks/*
	git -C prod reset -q --hard "$(cat old)"
}

# All there is of a commit but its dates, and what surrounds it
outcome()
{
	git log -1 --format="%T %P %an %cn%n%B"
	git reflog -1 --format=%gs
	git rev-parse ORIG_HEAD
	git ls-files -s
	git status --porcelain --ignored
	find .git -name "MERGE_*" -o -name "*.lock" -o -name upgrade
	git for-each-ref refs/worktree
}

story 'a production branch is drawn' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git rev-parse HEAD >../old
	rm -f .git/hooks/*
'

story 'it comes to what git commit comes to' '
	hook commit-msg "exit 0"
	cd prod
	git upgrade merge --no-edit 2.5.1
	outcome >../expected
	cd ..
	back
	cd prod
	git upgrade merge --no-fetch --no-edit 2.5.1
	outcome >../actual
	same ../expected ../actual
	git fsck --no-dangling
'

story '... with post-merge, and no other hook' '
	back
	for name in pre-commit post-commit post-merge
	do
		hook $name "echo $name \$* >>\"$WORK/ran\""
	done
	cd prod
	git upgrade merge --no-fetch --no-edit 2.5.1
	is "post-merge 0" "$(cat ../ran)"
	outcome >../actual
	same ../expected ../actual
'

story 'files that were merely touched are in nobodys way' '
	back
	cd prod
	git ls-files -z >../files
	xargs -0 touch -c -d "2021-01-01" <../files
	git upgrade merge --no-fetch --no-edit 2.5.1
	outcome >../actual
	same ../expected ../actual
'

story 'a branch that may not move: nothing was changed' '
	back
	hook reference-transaction "[ \$1 = prepared ] || exit 0" \
		"grep -q \" refs/heads/production\$\" || exit 0" \
		"echo it is frozen >&2" "exit 1"
	cd prod
	git ls-files -s >../index
	expect_code 128 git upgrade merge --no-fetch --no-edit 2.5.1 2>../err
	rm .git/hooks/reference-transaction
	has "it is frozen" ../err
	has "^Nothing was changed" ../err
	is "$(cat ../old)" "$(git rev-parse HEAD)"
	git ls-files -s >../after
	same ../index ../after
	test -z "$(git status --porcelain --ignored)"
	missing .git/upgrade .git/index.lock
	git for-each-ref refs/worktree >../refs
	same /dev/null ../refs
'

story 'a file in the way, and one that changed behind gits back' '
	back
	cd prod
	git diff --name-only --diff-filter=A HEAD 2.5.1 >../added
	new=$(sed -n 1p ../added)
	put "$new" "somebody elses"
	git update-index --assume-unchanged README.md
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.5.1 2>../err
	has "1 file would be overwritten" ../err
	has "^hint:   $new" ../err
	has "^Nothing was changed" ../err
	is "somebody elses" "$(cat "$new")"
	rm "$new"
	changed=$(git diff --name-only --diff-filter=M 2.4.1 2.5.1 |
		grep -v template | sed -n 1p)
	git update-index --no-assume-unchanged README.md
	git update-index --assume-unchanged "$changed"
	echo mine >>"$changed"
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.5.1 2>../err
	has "^hint:   $changed" ../err
	has "^Nothing was changed" ../err
	is mine "$(sed -n "\$p" "$changed")"
	missing .git/upgrade .git/index.lock
	git update-index --no-assume-unchanged "$changed"
	git checkout -q "$changed"
'

story 'attributes of a folder hold for it, whether files moved or not' '
	git init -q product
	cd product
	put a/b/.gitattributes "*.list merge=union"
	put a/b/c/d/x.list 1 2 3
	put a/other 1
	put z/old 1 2 3 4 5 6
	git add .
	git commit -q -m 1.0.0
	git tag 1.0.0
	git branch production
	put a/b/c/d/x.list 1 t 3
	git commit -q -a -m 1.1.0
	git tag 1.1.0
	git mv z/old z/new
	put a/b/c/d/x.list 1 tt 3
	git commit -q -a -m 1.2.0
	git tag 1.2.0
	git switch -q production
	put a/b/c/d/x.list 1 o 3
	git commit -q -a -m ours
	for to in 1.1.0 1.2.0
	do
		git upgrade merge --no-fetch --no-edit $to
		is "$(git show $to:a/b/c/d/x.list | sed -n 2p)" \
			"$(grep t a/b/c/d/x.list | sed -n \$p)"
		has "^o$" a/b/c/d/x.list
		git reset -q --hard HEAD^
	done
'

done_testing
