#!/bin/sh
#
# What people set, in configuration and environment, about what git shows,
# merges and records. The merge is git's under each, and nothing of ours that
# reads git's output is misled.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

# setting KEY VALUE [KEY VALUE]...: the mixed history under it
setting()
{
	setting_list="$*"
	story "$*" "
		cd r
		fidelity_row mixed '$mixed' set_these
		fidelity_row mixed_clean clean set_these
	"
}

set_these()
{
	# shellcheck disable=SC2086
	set -- $setting_list
	while [ $# -gt 1 ]
	do
		git config "$1" "$2"
		shift 2
	done
}

story 'a repository is drawn' '
	fidelity_repo r
'

setting merge.ff false merge.renames true
setting merge.ff only
setting merge.renames copies diff.renames copies
setting merge.renameLimit 1 diff.renameLimit 1
setting merge.conflictStyle zdiff3 merge.directoryRenames true
setting merge.verbosity 0 merge.stat false merge.log 20
setting diff.noprefix true diff.mnemonicPrefix true
setting status.short true status.branch true status.showUntrackedFiles no
setting core.quotePath false core.abbrev 4 log.showSignature true
setting color.ui always color.diff always color.grep always core.pager false
setting rerere.enabled true rerere.autoupdate false
setting core.ignoreStat true core.trustctime false core.checkStat minimal
setting fetch.prune true fetch.pruneTags true push.default nothing
setting core.preloadIndex false index.threads 1 core.commentChar auto
setting commit.verbose true commit.status false commit.cleanup verbatim
setting submodule.recurse true fetch.recurseSubmodules true
setting grep.patternType fixed grep.lineNumber true grep.column true
setting column.ui always column.status always pager.status true
setting blame.date iso log.date relative log.decorate full
setting advice.statusHints false advice.resolveConflict false

# env NAME=VALUE...: the same in an environment
environment()
{
	environment_list="$*"
	story "$*" "
		cd r
		fidelity_draw mixed
		fidelity_merge true ../true
		fidelity_back HEAD
		fidelity_pinned
		code=0
		env $* git upgrade merge --no-fetch --no-edit 1.1.0 \
			>../said 2>&1 || code=\$?
		cat ../said
		is 1 \$code
		fidelity_state >../pinned
		same ../true ../pinned
		env $* git upgrade merge --abort
		is '' \"\$(git status --porcelain --ignored)\"
		fidelity_draw mixed_clean
		env $* git upgrade merge --no-fetch --no-edit 1.1.0
		is '' \"\$(git status --porcelain --ignored)\"
	"
}

environment GIT_TRACE=1 GIT_TRACE_SETUP=1
environment GIT_LITERAL_PATHSPECS=1
environment GIT_GLOB_PATHSPECS=1
environment GIT_ICASE_PATHSPECS=1
environment GIT_OPTIONAL_LOCKS=0
environment GIT_ADVICE=0 GIT_MERGE_VERBOSITY=5
environment LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de
environment LANG=ja_JP.UTF-8 LC_ALL=C.UTF-8
environment GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=color.ui \
	GIT_CONFIG_VALUE_0=always
environment GIT_REFLOG_ACTION=robot GIT_EDITOR=false
environment GIT_DIFF_OPTS=-u0 GIT_EXTERNAL_DIFF=false
environment GIT_PAGER=false PAGER=false
environment GREP_OPTIONS=--color=always GREP_COLORS=mt=01
environment TMPDIR=/nonexistent

story 'GIT_DIR and GIT_WORK_TREE, from elsewhere' '
	cd r
	fidelity_draw mixed_clean
	top=$PWD
	cd /
	GIT_DIR=$top/.git GIT_WORK_TREE=$top git upgrade merge --no-fetch \
		--no-edit 1.1.0
	cd "$top"
	is "" "$(git status --porcelain --ignored)"
	has "^release 1.1.0$" .gitupgrade.adopted
'

story 'GIT_INDEX_FILE: that index, and only that' '
	cd r
	fidelity_draw mixed_clean
	cp .git/index .git/other
	cp .git/index ../index
	GIT_INDEX_FILE=$PWD/.git/other git upgrade merge --no-fetch --no-edit \
		1.1.0
	GIT_INDEX_FILE=$PWD/.git/other git diff-index --cached --exit-code HEAD
	cmp .git/index ../index
'

story 'rerere with autoupdate: resolved, staged, and to be gone on with' '
	cd r
	fidelity_draw mixed
	git config rerere.enabled true
	git config rerere.autoupdate true
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	put dir/two resolved
	put other/clash resolved
	git add -A
	git upgrade merge --continue --no-edit
	git reset -q --hard HEAD^
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	is resolved "$(cat dir/two)"
	is "" "$(git ls-files -u)"
	git upgrade merge --continue --no-edit
	is resolved "$(git show HEAD:other/clash)"
'

story '... and what plain git merge recorded is known' '
	cd r
	fidelity_draw mixed
	git config rerere.enabled true
	fidelity_true
	expect_code 1 git merge --no-edit 1.1.0
	put dir/two by hand
	put other/clash by hand
	git rerere
	git merge --abort
	fidelity_pinned
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	is "by hand" "$(echo $(cat dir/two))"
	git upgrade merge --abort
'

story 'a commit template does not get into the message' '
	cd r
	fidelity_draw mixed_clean
	put ../template "Ticket: "
	git config commit.template "$WORK/template"
	git upgrade merge --no-fetch --no-edit 1.1.0
	is "Upgrade to 1.1.0" "$(git log -1 --format=%s)"
	git log -1 --format=%B >../message
	lacks Ticket ../message
'

story 'who commits has to be known before anything begins' '
	cd r
	fidelity_draw mixed_clean
	unset GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	git config user.useConfigOnly true
	git config user.email olga@ops.example
	for name in "" . " <> "
	do
		git config user.name "$name"
		expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 \
			2>err
		has "git does not know who commits" err
		has "git config user.name" err
		has "^Nothing was changed.$" err
	done
	rm err
	git config user.name "Olga Operator"
	git upgrade merge --no-fetch --no-edit 1.1.0
	is "Olga Operator" "$(git log -1 --format=%cn)"
'

done_testing
