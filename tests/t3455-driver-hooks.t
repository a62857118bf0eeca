#!/bin/sh
#
# The merge driver of plain git: registered, renewed and taken out again, and
# nothing of anybody else's touched.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# driver: its line of `hooks status`
driver()
{
	git upgrade hooks status >"$WORK/status" 2>"$WORK/hints"
	sed -n 's/^merge-file *//p' "$WORK/status"
}

# merges_by_key WAY...: what a plain git does to the same two changes
merges_by_key()
{
	git checkout -q -B try production
	"$@" >"$WORK/plain" 2>&1
	is "" "$(git status --porcelain)"
	has "web:1.1.0" docker-compose.yml
	has "restart: unless-stopped" docker-compose.yml
	has "shop/core.*1\.1" composer.json
	has "acme/erp" composer.json
	git checkout -q production
}

story 'not registered, and how to' '
	draw_shop
	production
	override
	is "absent      $PWD/.git/info/attributes" "$(driver)"
	lacks "merge driver" ../hints
	git upgrade hooks install 2>../err
	lacks "merge driver" ../err
	missing .git/info/attributes
	git upgrade hooks install -n --merge-driver 2>../err
	has "^Would register the merge driver: $PWD/.git/info/attributes$" \
		../err
	missing .git/info/attributes
	expect_code 1 git config merge.upgrade.driver
'

story 'registered, before what is there' '
	cd prod
	put .git/info/attributes "# mine" "*.md text" "keep.yml -merge"
	chmod 640 .git/info/attributes
	cp .git/info/attributes .git/config ..
	git upgrade hooks install --merge-driver 2>../err
	has "^Registered the merge driver: $PWD/.git/info/attributes$" ../err
	is "installed   $PWD/.git/info/attributes" "$(driver)"
	is 640 "$(stat -c %a .git/info/attributes)"
	tail -n 3 .git/info/attributes >../out
	same ../attributes ../out
	git check-attr merge a.yml c/.env keep.yml p.php package-lock.json \
		a/pnpm-lock.yaml >../out
	printf "%s: merge: %s\n" a.yml upgrade c/.env upgrade keep.yml unset \
		p.php unspecified package-lock.json unspecified \
		a/pnpm-lock.yaml unspecified >../expect
	same ../expect ../out
	git upgrade hooks install --merge-driver 2>../err
	has "^The merge driver is registered already" ../err
	is installed "$(git upgrade hooks status --json 2>../err |
		jq -r .merge_driver.state)" # tap: ok
	expect_code 1 git config --global merge.upgrade.driver
'

story 'merge, rebase and cherry-pick profit' '
	cd prod
	merges_by_key git merge --no-edit 1.1.0
	merges_by_key git rebase 1.1.0
	merges_by_key git cherry-pick 1.1.0
'

story 'in a linked work tree as well' '
	cd prod
	git worktree add -q -b linked ../linked production
	cd ../linked
	is "installed   $WORK/prod/.git/info/attributes" "$(driver)"
	git merge -q --no-edit 1.1.0 >../out 2>&1
	has "web:1.1.0" docker-compose.yml
	cd ../prod
	git worktree remove ../linked
'

story 'plan and merge say the same with it' '
	cd prod
	git upgrade plan 1.1.0 >../with 2>../err
	has "^  resolved     4 files by key$" ../with
	mv .git/info/attributes ..
	git upgrade plan 1.1.0 >../without 2>../err
	mv ../attributes .git/info
	same ../without ../with
'

story 'what the tree says of merging holds as before' '
	cd prod
	put .gitattributes "*.json merge=ours" "/top.yml binary" \
		"[attr]mine -diff merge=own" "# *.x merge" "*.png -text"
	put "a [b]/.gitattributes" "x.yml mine" "\"c d/*.yml\" -merge" \
		"/e.yml merge"
	git add .
	git check-attr merge package-lock.json b/c.json top.yml b/top.yml \
		"a [b]/x.yml" "a [b]/s/x.yml" "a [b]/c d/f.yml" "a [b]/e.yml" \
		"a [b]/s/e.yml" a.yml >../with
	is "outdated    $PWD/.git/info/attributes" "$(driver)"
	has "renew it with .git upgrade hooks install" ../hints
	git upgrade hooks install 2>../err
	has "^Renewed the merge driver" ../err
	is "installed   $PWD/.git/info/attributes" "$(driver)"
	git check-attr merge package-lock.json b/c.json top.yml b/top.yml \
		"a [b]/x.yml" "a [b]/s/x.yml" "a [b]/c d/f.yml" "a [b]/e.yml" \
		"a [b]/s/e.yml" a.yml >../with
	mv .git/info/attributes ..
	git check-attr merge package-lock.json b/c.json top.yml b/top.yml \
		"a [b]/x.yml" "a [b]/s/x.yml" "a [b]/c d/f.yml" "a [b]/e.yml" \
		"a [b]/s/e.yml" a.yml >../without
	mv ../attributes .git/info
	sed "s/unspecified/upgrade/" ../without >../expect
	same ../expect ../with
	has "upgrade" ../with
	has "b/c.json: merge: ours" ../with
	git rm -q -r --cached .gitattributes "a [b]"
	rm -r .gitattributes "a [b]"
	git upgrade hooks install 2>../err
'

story 'without the program: git says so, and merges by lines' '
	cd prod
	mkdir ../bin
	for name in git sh cat sed
	do
		ln -s "$(command -v $name)" ../bin
	done
	git checkout -q -B try production
	PATH=$WORK/bin expect_code 1 git merge --no-edit 1.1.0 >../out 2>&1
	has "git-upgrade is not installed, merging by lines: docker-comp" ../out
	has "^CONFLICT (content): Merge conflict in docker-compose.yml" ../out
	has "^<<<<<<< ours$" docker-compose.yml
	has "^>>>>>>> theirs$" docker-compose.yml
	git merge --abort
'

story 'by hand, without the program: no markers, and the way out' '
	cd prod
	git upgrade hooks remove 2>../err
	git config merge.upgrade.driver "git upgrade merge-file %O %A %B %L %P"
	echo "*.yml merge=upgrade" >.git/info/attributes
	is "registered  $PWD/.git/info/attributes" "$(driver)"
	PATH=$WORK/bin expect_code 1 git merge --no-edit 1.1.0 >../out 2>&1
	has "upgrade. is not a git command" ../out
	has "^CONFLICT (content): Merge conflict in docker-compose.yml" ../out
	lacks "<<<<<<<" docker-compose.yml
	git config --unset merge.upgrade.driver
	git checkout --merge -- docker-compose.yml 2>../err
	has "<<<<<<<" docker-compose.yml
	git merge --abort
'

story 'removed: everything is as it was' '
	cd prod
	cp ../config .git/config
	rm .git/info/attributes
	git upgrade hooks install --merge-driver 2>../err
	git upgrade hooks remove -n 2>../err
	has "^Would take the merge driver out of $PWD/.git/info/attributes$" \
		../err
	git upgrade hooks remove 2>../err
	has "^Took the merge driver out of $PWD/.git/info/attributes$" ../err
	missing .git/info/attributes
	same ../config .git/config
	is "absent      $PWD/.git/info/attributes" "$(driver)"
	put .git/info/attributes "*.md text"
	git upgrade hooks install --merge-driver 2>../err
	echo "*.txt text" >>.git/info/attributes
	git upgrade hooks remove 2>../err
	printf "%s\n" "*.md text" "*.txt text" >../expect
	same ../expect .git/info/attributes
	git upgrade hooks remove 2>../err
	has "nothing of ours to remove" ../err
'

story 'a link stays one' '
	cd prod
	rm .git/info/attributes
	put ../dotfile "*.md text"
	ln -s ../../../dotfile .git/info/attributes
	git upgrade hooks install --merge-driver 2>../err
	has "merge=upgrade" ../dotfile
	git upgrade hooks remove 2>../err
	is "*.md text" "$(cat ../dotfile)"
	is ../../../dotfile "$(readlink .git/info/attributes)"
	rm .git/info/attributes
'

story 'half of it: outdated, and renewed' '
	cd prod
	git upgrade hooks install --merge-driver 2>../err
	cp .git/info/attributes ..
	git config --unset merge.upgrade.driver
	is "outdated    $PWD/.git/info/attributes" "$(driver)"
	git upgrade hooks install 2>../err
	is "installed   $PWD/.git/info/attributes" "$(driver)"
	rm .git/info/attributes
	is "outdated    $PWD/.git/info/attributes" "$(driver)"
	git upgrade hooks install 2>../err
	same ../attributes .git/info/attributes
'

story 'what somebody has changed is not removed with it' '
	cd prod
	git config merge.upgrade.driver "nice git upgrade merge-file %O %A %B"
	git upgrade hooks remove 2>../err
	missing .git/info/attributes
	is "nice git upgrade merge-file %O %A %B" \
		"$(git config merge.upgrade.driver)"
'

story 'a driver of that name that is somebody else'"'"'s' '
	cd prod
	git config merge.upgrade.driver "mine %A"
	cp .git/config ..
	is "foreign     $PWD/.git/info/attributes" "$(driver)"
	has "somebody else.s: mine %A$" ../hints
	expect_code 2 git upgrade hooks install --merge-driver 2>../err
	has "^error: the merge driver .upgrade. is somebody else.s: mine" ../err
	has "git config --unset merge.upgrade.driver" ../err
	same ../config .git/config
	missing .git/info/attributes
	git upgrade hooks install 2>../err
	git upgrade hooks remove 2>../err
	is "mine %A" "$(git config merge.upgrade.driver)"
	git config --unset merge.upgrade.driver
'

story 'what cannot be written is said, and the rest undone by remove' '
	cd prod
	git upgrade hooks install 2>../err
	: >.git/config.lock
	expect_code 128 git upgrade hooks install --merge-driver 2>../err
	has "config" ../err
	rm .git/config.lock
	missing .git/info/attributes
	is "absent      $PWD/.git/info/attributes" "$(driver)"
'

story 'init mentions it' '
	rm -rf prod
	production
	git upgrade init --yes --no-fetch >../out 2>../err ||
		git upgrade init --yes >../out 2>../err
	has "git upgrade hooks install --merge-driver" ../err
'

done_testing
