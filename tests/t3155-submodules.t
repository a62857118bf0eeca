#!/bin/sh
#
# Submodules that are checked out. git moves their entry and leaves their
# files to `git submodule update`; whatever git merge does we do, and what it
# says of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

# commits of the submodule: one, and two and three after it
story 'a submodule is drawn' '
	git init -q lib
	cd lib
	put file 1
	commit one
	put file 2
	commit two
	git branch two
	git reset -q --hard HEAD^
	put file 3
	commit three
	git branch three
	git branch one HEAD^
	git config --global protocol.file.allow always
	fidelity_repo ../r
	mkdir ../r/.git/modules
'

# submodule PATH COMMIT [NAME]
submodule()
{
	mkdir -p "$1"
	oid=$(git -C "$WORK/lib" rev-parse "$2")
	git update-index --add --cacheinfo "160000,$oid,$1"
	git config -f .gitmodules "submodule.${3-sub}.path" "$1"
	git config -f .gitmodules "submodule.${3-sub}.url" "$WORK/lib"
}

gone()
{
	rmdir "$1"
	git update-index --force-remove "$1"
	rm .gitmodules
}

checked_out()
{
	rm -rf sub
	git submodule --quiet update --init --force
}

# submodules NAME STAGES TITLE [SETUP]
submodules()
{
	story "$3" "
		cd r
		fidelity_row $1 '$2' ${4-checked_out}
	"
}

theirs_new() { submodule sub one; }
submodules new clean 'one that is new there'

theirs_both_new() { submodule sub one; }
ours_both_new() { submodule sub one; }
submodules both_new clean 'one that is new on both sides'

base_theirs() { submodule sub one; }
theirs_theirs() { submodule sub two; }
ours_theirs() { put kept mine; }
submodules theirs clean 'one that goes on there'

story '... and git submodule update brings its files' '
	cd r
	fidelity_draw theirs checked_out
	git upgrade merge --no-fetch --no-edit 1.1.0
	is 1 "$(cat sub/file)"
	git status --porcelain >../status
	has "^ M sub$" ../status
	git submodule --quiet update
	is 2 "$(cat sub/file)"
	is "" "$(git status --porcelain)"
'

recursing() { checked_out; git config submodule.recurse true; }
base_recurse() { submodule sub one; }
theirs_recurse() { submodule sub two; }
ours_recurse() { put kept mine; }
submodules recurse clean '... with submodule.recurse' recursing

base_ours() { submodule sub one; }
theirs_ours() { put kept theirs; }
ours_ours() { submodule sub two; }
submodules ours clean 'one that went on here'

base_ahead() { submodule sub one; }
theirs_ahead() { submodule sub two; }
ours_ahead() { submodule sub one; }
submodules ahead clean 'one of which theirs contains ours'

base_diverged() { submodule sub one; }
theirs_diverged() { submodule sub two; }
ours_diverged() { submodule sub three; }
submodules diverged 'sub:123' 'one that diverged'

story '... and what to do is said' '
	cd r
	fidelity_draw diverged checked_out
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	two=$(git rev-parse --short=7 1.1.0:sub)
	has "hint: sub is a submodule: check out .* or merge $two there" ../err
	git -C sub checkout -q "$two"
	git add sub
	git upgrade merge --continue --no-edit
	is "$(git rev-parse 1.1.0:sub)" "$(git rev-parse HEAD:sub)"
'

old_style()
{
	checked_out
	[ ! -f sub/.git ] || {
		rm sub/.git
		mv .git/modules/sub sub/.git
		git config -f sub/.git/config --unset core.worktree
	}
}
base_behind() { submodule sub one; }
theirs_behind() { submodule sub two; }
ours_behind() { submodule sub two; put kept mine; }
submodules behind clean 'one that went on alike' old_style

# Not a fast-forward of the base: git looks into the submodule for it
base_forward() { submodule sub three; }
theirs_forward() { submodule sub two; }
ours_forward() { submodule sub one; }
submodules forward 'sub:123' 'one that went back on one side'

base_ff() { submodule sub one; }
theirs_ff() { submodule sub four; }
ours_ff() { submodule sub two; }
fetched() { checked_out; git -C sub fetch -q; }
fetched_old_style() { fetched; old_style; git -C sub fetch -q; }
story 'one that is further on the same way there' '
	cd lib
	git checkout -q --detach two
	put file 4
	commit four
	git branch four
	cd ../r
	fidelity_row ff clean fetched
	fidelity_row ff clean fetched_old_style
'

base_moved() { submodule sub one; }
theirs_moved() { gone sub; submodule deep/sub one; }
ours_moved() { put kept mine; }
submodules moved clean 'one that is moved there'

base_removed() { submodule sub one; }
theirs_removed() { gone sub; }
ours_removed() { put kept mine; }
submodules removed clean 'one that is removed there'

base_removed_changed() { submodule sub one; }
theirs_removed_changed() { gone sub; }
ours_removed_changed() { submodule sub two; }
submodules removed_changed 'sub:12' 'one that is removed there, and went on here'

base_to_file() { submodule sub one; }
theirs_to_file() { gone sub; put new file; }
ours_to_file() { put kept mine; }
submodules to_file clean 'one that is removed there, while a file comes'

edited() { checked_out; put sub/file edited; put sub/own untracked; }
base_edited() { submodule sub one; }
theirs_edited() { submodule sub two; put text theirs; }
ours_edited() { put text ours; }
submodules edited 'text:123' 'one whose files were edited: they stay' edited

story '... as they are' '
	cd r
	fidelity_draw edited edited
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	is edited "$(cat sub/file)"
	git upgrade merge --abort
	is edited "$(cat sub/file)"
	is untracked "$(cat sub/own)"
'

theirs_in_the_way() { submodule sub one; }
story 'a folder with files where a submodule is to be' '
	cd r
	fidelity_draw in_the_way
	put sub/precious precious
	snapshot >../before
	fidelity_merge true ../true
	fidelity_back HEAD
	put sub/precious precious
	fidelity_merge pinned ../pinned
	same ../true.code ../pinned.code
	same ../true ../pinned
	is precious "$(cat sub/precious)"
'

done_testing
