#!/bin/sh
#
# Killed in checkouts that are not plain: parts of the tree left out, filters
# between repository and work tree, submodules that are checked out. --abort
# gives exactly the state before, --continue what an undisturbed run gives.
# Here it is every 131st change, or every KILL_STEPth.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"
: "${KILL_STEP:=131}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

special_cone() { git sparse-checkout set --cone dir; }
special_patterns()
{
	git sparse-checkout set --no-cone '/*' '!/deep/' '!/other/'
}
special_sparse_index()
{
	git sparse-checkout set --cone --sparse-index dir
}

# Lower case in the repository, upper case in the work tree
special_filter()
{
	git config filter.case.clean 'tr A-Z a-z'
	git config filter.case.smudge 'tr a-z A-Z'
	git config filter.case.required true
	echo 'text filter=case' >.git/info/attributes
	echo 'dir/** filter=case' >>.git/info/attributes
	echo 'other/** filter=case' >>.git/info/attributes
	git rm -q -r --cached .
	git reset -q --hard
}

special_process()
{
	special_filter
	git config --unset filter.case.clean
	git config --unset filter.case.smudge
	cp "$TESTS_DIR/lib/filter-process" .git/filter-process
	git config filter.case.process .git/filter-process
	git rm -q -r --cached .
	git reset -q --hard
}

# The submodule moves upstream, and one is new there
special_submodule()
{
	git config submodule.recurse true
	git submodule --quiet update --init --force
}
base_submodule()
{
	mkdir sub
	git update-index --add --cacheinfo "160000,$lib_one,sub"
	git config -f .gitmodules submodule.sub.path sub
	git config -f .gitmodules submodule.sub.url "$WORK/lib"
}
submodule_moves()
{
	git update-index --cacheinfo "160000,$lib_two,sub"
	mkdir new
	git update-index --add --cacheinfo "160000,$lib_one,new"
}
theirs_submodule_clean() { theirs_mixed_clean; submodule_moves; }
ours_submodule_clean() { ours_mixed_clean; }
theirs_submodule() { theirs_mixed; submodule_moves; }
ours_submodule() { ours_mixed; }
base_submodule_clean() { base_submodule; }

story 'set-up: a submodule, and the repository it will be in' '
	git config --global protocol.file.allow always
	git init -q lib
	cd lib
	put file 1
	commit one
	put file 2
	commit two
'
lib_one=$(git -C lib rev-parse HEAD^)
lib_two=$(git -C lib rev-parse HEAD)

# What an undisturbed run gives, what was before, and what git merge --abort
# makes of it: git leaves those files in a sparse checkout that clashed.
run_once()
{
	rm -rf run
	mkdir run
	cp -a "$1" run/copy
	cd run/copy
	git update-index -q --refresh || :
	kill_state >"$WORK/before"
	git rev-parse HEAD >"$WORK/before.head"
	code=0
	git upgrade merge --no-fetch --no-edit 1.1.0 >../said 2>&1 || code=$?
	cat ../said
	is "$2" "$code"
	kill_state >"$WORK/after"
	git rev-parse "HEAD^{tree}" >"$WORK/after.tree"
	[ "$2" = 0 ] || git merge --abort
	kill_state >"$WORK/aborted"
	cd "$WORK"
}

state_is()
{
	kill_state >../state
	same "$WORK/$1" ../state
}

went_back()
{
	# Copied files look touched to git, which here looks into them.
	[ ! -e sub/.git ] || git -C sub update-index -q --refresh
	git upgrade merge --abort >../out 2>&1 ||
		has "already\|no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" != "$(cat "$WORK/before.head")" ]
	then
		is "$(cat "$WORK/after.tree")" "$(git rev-parse "HEAD^{tree}")"
	elif [ "$code" = 1 ]
	then
		state_is aborted
	else
		kill_state >../state
		cmp -s "$WORK/aborted" ../state || state_is before
	fi
	kill_clean
}

of_clean()
{
	fork_copy ../second
	went_back
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		state_is before
		git upgrade merge --no-fetch --no-edit 1.1.0
	fi
	is "$(cat "$WORK/after.tree")" "$(git rev-parse "HEAD^{tree}")"
	git ls-files -s -t >../index
	grep "^[A-Za-z] [0-9]\{6\} " "$WORK/after" | same - ../index
	git status --porcelain --ignored --untracked-files=all >../status
	same "$WORK/status" ../status
	kill_clean
}

of_conflict()
{
	fork_copy ../second
	went_back
	cd ../second
	git upgrade merge --continue --no-edit >../out 2>&1 || :
	if ! grep -q "in conflict\|^CONFLICT" ../out
	then
		has "no upgrade is in progress" ../out
		state_is before
		expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	fi
	state_is after
}

# special NAME HISTORY TITLE: killed in the HISTORY, special by special_NAME
special()
{
	story "$3" "
		fidelity_repo $1
		cd $1
		git config advice.sparseIndexExpanded false
		fidelity_draw $2_clean special_$1
		cd ..
		run_once $1 0
		git -C run/copy status --porcelain --ignored \
			--untracked-files=all >status
		sweep $1 of_clean \
			git-upgrade merge --no-fetch --no-edit 1.1.0
	"
	story "$3, with a conflict" "
		cd $1
		fidelity_draw $2 special_$1
		cd ..
		run_once $1 1
		sweep $1 of_conflict \
			git-upgrade merge --no-fetch --no-edit 1.1.0
		sweep $1 -a of_conflict \
			git-upgrade merge --no-fetch --no-edit 1.1.0
	"
}

special cone mixed 'a sparse checkout, by folders'
special patterns mixed 'a sparse checkout, by patterns'
special sparse_index mixed 'a sparse index'
special filter mixed 'a clean and a smudge filter'
special process mixed 'a filter that is a process'
special submodule submodule 'submodules, with submodule.recurse'

done_testing
