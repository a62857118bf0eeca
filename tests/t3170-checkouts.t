#!/bin/sh
#
# Checkouts that are not plain: parts of the tree left out, indexes of other
# formats, linked work trees. What git merge leaves there we leave, and abort
# and go on from there.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

# special NAME TITLE: the mixed history in a checkout made special by
# special_NAME; and the same where nothing clashes
special()
{
	story "$2" "
		fidelity_repo $1
		cd $1
		fidelity_row mixed '$mixed' special_$1
		fidelity_row mixed_clean clean special_$1
		fidelity_call check_$1
	"
}

special_cone() { git sparse-checkout set --cone dir; }
check_cone() { missing deep other; }
special cone 'a sparse checkout, by folders'

special_nocone() { git sparse-checkout set --no-cone '/*' '!/deep/' '!/other/'; }
check_nocone() { missing deep other; exists dir/new; }
special nocone 'a sparse checkout, by patterns'

special_sparse_index()
{
	git sparse-checkout set --cone --sparse-index dir
}
check_sparse_index()
{
	missing deep other
	git ls-files --sparse >../list
	has "^ours/$" ../list
}
special sparse_index 'a sparse index'

special_out_of_cone() { git sparse-checkout set --cone ours; }
check_out_of_cone() { missing dir; }
special out_of_cone 'a sparse checkout in which nothing of upstream is'

special_split_index()
{
	git config core.splitIndex true
	git update-index --split-index
}
check_split_index() { exists .git/sharedindex.*; }
special split_index 'a split index'

special_untracked_cache()
{
	git config core.untrackedCache true
	git update-index --untracked-cache
	git status >/dev/null
}
special untracked_cache 'an untracked cache'

special_v4() { git update-index --index-version 4; }
check_v4() { is 4 "$(od -An -j7 -N1 -td1 .git/index | tr -d ' ')"; }
special v4 'an index of version 4'

special_fsmonitor()
{
	put .git/fsmonitor '#!/bin/sh' 'printf "token\0/\0"'
	chmod +x .git/fsmonitor
	git config core.fsmonitor .git/fsmonitor
	git update-index --fsmonitor
	git status >/dev/null
}
special fsmonitor 'a file system monitor'

story 'a linked work tree, while the main one is on another branch' '
	fidelity_repo main
	cd main
	fidelity_draw mixed
	git update-ref refs/heads/elsewhere HEAD
	git symbolic-ref HEAD refs/heads/elsewhere
	git worktree add -q ../linked HEAD
	git -C ../linked symbolic-ref HEAD refs/heads/HEAD
	mkdir ../linked.fidelity
	snapshot >../main.before
	cd ../linked
	fidelity_row mixed "$mixed"
	fidelity_row mixed_clean clean
	cd ../main
	snapshot >../main.after
	grep -v "refs/heads/HEAD\|refs/tags\|refs/fidelity\|/worktrees/" \
		../main.before >../expected
	grep -v "refs/heads/HEAD\|refs/tags\|refs/fidelity\|/worktrees/" \
		../main.after >../actual
	same ../expected ../actual
'

story 'what is in progress belongs to one work tree' '
	cd linked
	fidelity_draw mixed
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	cd ../main
	expect_code 2 git upgrade merge --continue 2>../err
	has "no upgrade is in progress" ../err
	expect_code 2 git upgrade merge --abort 2>../err
	has "no upgrade is in progress" ../err
	git upgrade merge --from=1.0.0 --no-fetch --no-edit 1.1.0 2>../err ||
		has CONFLICT ../err
	git upgrade merge --abort
	cd ../linked
	exists "$(git rev-parse --git-dir)/MERGE_HEAD"
	git upgrade merge --abort
	is "" "$(git status --porcelain)"
'

special_worktree()
{
	git config extensions.worktreeConfig true
	git config --worktree merge.conflictStyle diff3
	git sparse-checkout set --cone dir
}

story 'configuration of a work tree of its own' '
	cd linked
	fidelity_row mixed "$mixed" special_worktree
	expect_code 1 git -C ../main config core.sparseCheckout
	expect_code 1 git -C ../main config merge.conflictStyle
'

done_testing
