#!/bin/sh
#
# Where nothing is staged and nothing looks into the git folder, the checkout
# moves in the swift way; where something does, in the slow one. Both end at
# the same.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# way COMMAND...: run it, and say by which git it moved the checkout
way()
{
	rm -f "$WORK/trace"
	GIT_TRACE2_EVENT=$WORK/trace "$@" >"$WORK/out" 2>"$WORK/err" &&
	sed -n 's/.*"argv":\["git","\(reset\|read-tree\)","--\{0,1\}m.*/\1/p' \
		"$WORK/trace" >"$WORK/ways" &&
	sort -u "$WORK/ways"
}

back()
{
	git reset -q --hard "$(cat "$WORK/old")"
}

# moved: the release is there, and index and files are what was committed
moved()
{
	draw_same_tree "$(cat "$WORK/new")" HEAD
	is '' "$(git status --porcelain)"
	missing "$(git rev-parse --absolute-git-dir)/upgrade"
}

story 'nothing in the way: the swift one, and HEAD moves once' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git rev-parse HEAD >../old
	is reset "$(way git upgrade merge --no-edit 2.5.1)"
	git rev-parse HEAD >../new
	moved
	is "commit (merge): Upgrade to 2.5.1" "$(git log -g -1 --format=%gs)"
	is "$(cat ../old)" "$(git rev-parse HEAD@{1})"
	is "$(cat ../old)" "$(git rev-parse ORIG_HEAD)"
'

story 'the index knows its trees afterwards' '
	cd prod
	rm -f ../trace
	GIT_TRACE2_PERF=$WORK/trace git write-tree >../tree
	is "$(git rev-parse HEAD^{tree})" "$(cat ../tree)"
	lacks "cache_tree .*label:update" ../trace
'

story 'what is staged while it is made ready stays staged' '
	cd prod
	back
	put ../profile.yaml "format: 1" "name: stager" \
		"steps:" \
		"  - name: stage" \
		"    run: [sh, -c, \"cd $WORK/prod && echo more >mine && git add mine\"]"
	git config upgrade.profile "$WORK/profile.yaml"
	is read-tree "$(way git upgrade merge --no-edit --from=2.4.1 2.5.1)"
	git config --unset upgrade.profile
	is "A  mine" "$(git status --porcelain)"
	is more "$(cat mine)"
	git rm -q -f mine
'

story 'a hook on the index sees the folder it is in' '
	cd prod
	back
	mkdir -p .git/hooks
	put .git/hooks/post-index-change "#!/bin/sh" \
		"git rev-parse --absolute-git-dir >>\"$WORK/seen\""
	chmod +x .git/hooks/post-index-change
	is read-tree "$(way git upgrade merge --no-edit 2.5.1)"
	rm .git/hooks/post-index-change
	is "$WORK/prod/.git" "$(sort -u ../seen)"
	moved
'

story 'and so does a filter' '
	cd prod
	back
	git config filter.where.smudge \
		"git rev-parse --absolute-git-dir >>\"$WORK/filtered\"; cat"
	put .git/info/attributes "* filter=where"
	is read-tree "$(way git upgrade merge --no-edit 2.5.1)"
	git config --remove-section filter.where
	rm .git/info/attributes
	is "$WORK/prod/.git" "$(sort -u ../filtered)"
	moved
'

story 'a linked work tree has the swift way, too' '
	cd prod
	back
	git worktree add -q -b other ../other "$(cat ../old)"
	cd ../other
	is reset "$(way git upgrade merge --no-edit 2.5.1)"
	moved
	is other "$(git symbolic-ref --short HEAD)"
	is "$(cat ../old)" "$(git -C ../prod rev-parse HEAD)"
'

story 'what stands in the way is refused as ever, and nothing moved' '
	cd prod
	back
	git diff --name-only --diff-filter=A "$(cat ../old)" "$(cat ../new)" \
		-- ":!.gitupgrade.*" >../all
	sed -n 1p ../all >../added
	mkdir -p "$(dirname "$(cat ../added)")"
	echo mine >"$(cat ../added)"
	expect_code 2 git upgrade merge --no-edit 2.5.1 2>../err
	has "^hint:   $(cat ../added)$" ../err
	is mine "$(cat "$(cat ../added)")"
	is "$(cat ../old)" "$(git rev-parse HEAD)"
	is "" "$(git status --porcelain --untracked-files=no)"
'

done_testing
