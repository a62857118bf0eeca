#!/bin/sh
#
# Two commands at once: whoever moves a branch or delivers it, hop by hop, has
# it to himself from the first hop to the last, and a second one is told who
# that is. Who was killed holds nobody up.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# What the platform shows comes here whoever asks.
refs_of_ours()
{
	git for-each-ref >../all
	sed "/refs\/upgrade\/ledger/d; /refs\/upgrade\/locks/d" ../all
}

# refused BRANCH COMMAND...: it is told who is at work, and changes nothing
refused()
{
	refused_branch=$1
	shift
	refs_of_ours >../refs
	expect_code 2 "$@" >../said 2>&1
	has "^error: another git upgrade is at work on $refused_branch: process $first of [a-z_-]*, for [0-9]*s: git upgrade $AT_WORK$" \
		../said
	has "^hint: wait until it is done and try again" ../said
	has "^Nothing was changed" ../said
	refs_of_ours >../again
	same ../refs ../again
}

free()
{
	missing "$WORK/shop/.git/upgrade"
}

story 'set-up: a path of two hops, of which the first blocks' '
	draw_clone shop
	cd shop
	git config upgrade.path connected-minor
	draw_platform
	git upgrade push platform >../out 2>&1 || git upgrade push
	put blocks
	commit "Blocks from here on"
	git upgrade merge --no-edit --path v2.0.0
	git worktree add -q --detach ../other
	git branch harmless v1.0.0
'

AT_WORK='push production'

story 'a push of several hops has the branch to itself' '
	cd shop
	git-upgrade push production >../pushed 2>&1 &
	first=$!
	wait_for 20 building "$(git rev-parse HEAD~1)"
	has "^production: 2 hops" ../pushed
	refused production git upgrade push
	refused production git upgrade push production
	refused production git upgrade merge v2.1.0
	refused production git upgrade merge --path v2.1.0
	refused production git upgrade merge --branch=next v2.1.0
	refused production git upgrade merge --continue
	refused production git upgrade merge --abort
	git upgrade status >../out
	git upgrade list >../out
	git upgrade push -n >../out
	cd ../other
	refused production git upgrade push production
	cd ../shop
	let_go
	wait_for 20 building "$(git rev-parse HEAD)"
	refused production git upgrade merge --abort
	let_go
	wait $first
	deployed v2.0.0
	free
'

story 'it ends with its holder, whatever ends that' '
	cd shop
	put one.txt one
	commit "One more"
	git-upgrade push production >../pushed 2>&1 &
	first=$!
	wait_for 20 building "$(git rev-parse HEAD)"
	kill -9 $first
	wait $first || :
	exists .git/upgrade/turn-production
	git upgrade push --timeout=0s >../out 2>../err || code=$?
	is 4 "$code"
	# The git push that the killed one began is still there.
	missing .git/upgrade/turn-production
	let_go
	platform_idle
	git upgrade push
	free
'

# blocking HOOK: commits here wait there until the fifo ../go_on is written to
blocking()
{
	[ -p ../go_on ] || mkfifo ../begun ../go_on
	at_end "timeout 1 sh -c \": >$WORK/go_on\""
	put ".git/hooks/$1" "#!/bin/sh" "echo >../begun" "cat ../go_on"
	chmod +x ".git/hooks/$1"
}

AT_WORK='merge --path v1.1.1'

story 'a merge keeps off pushes, from other work trees too' '
	cd shop
	git switch -q harmless
	printf "format: 1\nprofile: generic\n" >.gitupgrade.yaml
	write_record v1.0.0
	commit "Adopt v1.0.0"
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git config upgrade.harmless.branch harmless
	git config branch.harmless.pushRemote plain
	git config remote.pushDefault platform
	blocking commit-msg
	git-upgrade merge --no-edit --path v1.1.1 >../merged 2>&1 &
	first=$!
	read -r line <../begun
	git upgrade >../out 2>../err
	has "^Upgrading harmless to v1.1.1: at work, process $first of [a-z_-]*, for [0-9]*s: git upgrade $AT_WORK$" \
		../out
	has "^hint: wait until it is done" ../err
	lacks "merge --" ../err
	refused harmless git upgrade push harmless
	cd ../other
	refused harmless git upgrade push harmless
	# Another branch is none of its business.
	git upgrade push production >../out 2>&1
	cd ../shop
	expect_code 2 git upgrade merge --abort 2>../err
	has "^error: another git upgrade is at work in this work tree: process $first of [a-z_-]*, for [0-9]*s: git upgrade $AT_WORK$" \
		../err
	: >../go_on
	wait $first
	rm .git/hooks/commit-msg
	has "Upgrade to v1.1.1" ../merged
	free
'

AT_WORK=init

story 'init has its turn as well' '
	cd shop
	git switch -q -c fresh v1.0.0
	blocking pre-commit
	git-upgrade init --yes >../inited 2>&1 &
	first=$!
	read -r line <../begun
	refused fresh git upgrade init --yes
	refused fresh git upgrade merge v1.1.1
	: >../go_on
	wait $first
	rm .git/hooks/pre-commit
	free
'

done_testing
