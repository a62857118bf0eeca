#!/bin/sh
#
# A push of several hops has the environment to itself from the first to the
# last, and gives it back however it ends.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# what: each event of production, oldest first, in one line
what()
{
	git -C "$WORK_PLATFORM" log --reverse --format=%s \
		refs/upgrade/ledger/production >"$TRASH/tmp/subjects"
	sed 's/ .*//' "$TRASH/tmp/subjects" | tr '\n' ' ' | sed 's/ $//'
}

# lock FIELD: of the lock, as the platform has it
lock()
{
	git -C "$WORK_PLATFORM" cat-file -p refs/upgrade/locks/production \
		>"$TRASH/tmp/lock"
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\"\(.*\)\",*$/\1/p" \
		"$TRASH/tmp/lock"
}

# draw_shop NAME: in the folder NAME a clone and its platform, which deploys
# v1.0.0. Two hops are ahead, and `build` of the first waits for let_go
draw_shop()
{
	mkdir "$WORK/$1"
	draw_clone "$WORK/$1/shop" || return 1
	WORK_PLATFORM=$WORK/$1/platform.git
	SRV=$WORK/$1/srv
	cd "$WORK/$1/shop" || return 1
	git config upgrade.path connected-minor
	write_profile ../profile.yaml
	git upgrade platform init --profile="$PWD/../profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM" >../out 2>&1 || return 1
	git remote add platform "$WORK_PLATFORM"
	git upgrade push >../out 2>../err || return 1
	mkfifo "$SRV/go"
	put blocks yes
	commit Block
	git upgrade merge --no-edit v1.1.1 &&
	git rm -q blocks &&
	git commit -q -m 'Block no longer' &&
	git reset -q --hard HEAD~1 &&
	git upgrade merge --no-edit v2.0.0 &&
	git rm -q blocks &&
	git commit -q -m 'Block no longer'
}

# begun: the first of the two hops is being deployed
begun()
{
	building "$(git rev-parse --short=7 HEAD~2)"
}

# colleague: another clone of the platform, with a commit of its own
colleague()
{
	git clone -q -o platform -b production "$WORK_PLATFORM" ../carl
	put ../carl/carl.txt x
	commit 'Of Carl' -C ../carl
}

story 'locked from the first hop to the last, for everybody else' '
	draw_shop one
	colleague
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	is "push of 2 hops to v2.0.0" "$(lock what)"
	git -C ../carl pull -q --no-rebase --no-edit platform production
	expect_code 1 git -C ../carl push --porcelain --no-verify platform \
		production >../carl.out 2>../carl.err
	has "remote rejected\] (lock: production is locked by Olga.* ago), for push of 2 hops to v2.0.0)" ../carl.out
	let_go
	rc=0
	wait "$push" || rc=$?
	is 0 "$rc"
	is 2 "$(grep -c "^Deployed and verified" ../err)"
	deployed_was=$(cat "$SRV/current/VERSION")
	is 2.0.0 "$deployed_was"
	is "" "$(ref locks/production)"
	is "deployed locked deployed deployed unlocked" "$(what)"
	is "" "$(find .git/upgrade/held -type f)"
'

story 'one hop needs no lock' '
	cd one/shop
	WORK_PLATFORM=$WORK/one/platform.git SRV=$WORK/one/srv
	put own.txt one
	commit "One"
	expect_code 0 git upgrade push
	is "deployed locked deployed deployed unlocked deployed" "$(what)"
'

story 'after Ctrl-C it is open again, and the deploy goes on' '
	draw_shop halt
	setsid git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	kill -INT "-$push"
	rc=0
	wait "$push" || rc=$?
	is 4 "$rc"
	has "^Detached; the deploy of production goes on.$" ../err
	lacks "could not be given back" ../err
	is "" "$(ref locks/production)"
	is "" "$(find .git/upgrade/held -type f)"
	let_go
	platform_idle
	expect_code 0 git upgrade push
	is "deployed locked unlocked deployed deployed" "$(what)"
'

story 'after a deploy that failed it is open again' '
	draw_shop fail
	sed -i "s/test ! -e broken/test \$UPGRADE_RELEASE != v1.1.1/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	let_go
	rc=0
	wait "$push" || rc=$?
	is 3 "$rc"
	is "" "$(ref locks/production)"
	is "deployed locked failed unlocked" "$(what)"
'

story 'killed: it stays locked, and the next push of the clone goes on' '
	draw_shop kill
	colleague
	setsid git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	kill -KILL "-$push"
	wait "$push" || :
	let_go
	platform_idle
	is "push of 2 hops to v2.0.0" "$(lock what)"
	git -C ../carl pull -q --no-rebase --no-edit platform production
	expect_code 1 git -C ../carl push --porcelain --no-verify platform \
		production >../carl.out 2>../carl.err
	has "lock: production is locked by Olga" ../carl.out
	expect_code 0 git upgrade status >../out
	has "^production is locked by Olga.* for push of 2 hops to v2.0.0 (in this clone)" ../out
	expect_code 0 git upgrade push -n
	is "push of 2 hops to v2.0.0" "$(lock what)"
	expect_code 0 git upgrade push
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
	is "" "$(ref locks/production)"
	is "deployed locked deployed deployed unlocked" "$(what)"
'

story 'killed: a colleague opens it, with a reason' '
	draw_shop gone
	colleague
	setsid git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	kill -KILL "-$push"
	wait "$push" || :
	let_go
	platform_idle
	cd ../carl
	git config upgrade.profile ../profile.yaml
	expect_code 2 git upgrade unlock >../out 2>../err
	expect_code 0 git upgrade unlock --reason="her machine died" \
		>../out 2>../err
	is "" "$(ref locks/production)"
	has "taken away: her machine died" - <<-EOT
	$(last_event detail)
	EOT
	cd ../shop
	expect_code 0 git upgrade push
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
'

story 'an operator'\''s lock outlives his push of several hops' '
	draw_shop keep
	git upgrade lock --reason="a long night"
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	let_go
	rc=0
	wait "$push" || rc=$?
	is 0 "$rc"
	is "a long night" "$(lock why)"
	is "deployed locked deployed deployed" "$(what)"
	git upgrade unlock
'

story 'locked by the operator while his push has it: it outlives that' '
	draw_shop mine
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	expect_code 0 git upgrade lock >../lock.out 2>../lock.err
	has "^Locked production" ../lock.err
	let_go
	rc=0
	wait "$push" || rc=$?
	is 0 "$rc"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is locked by .* (in this clone)$" ../out
	is "deployed locked deployed deployed" "$(what)"
	expect_code 0 git upgrade unlock
	is "" "$(ref locks/production)"
'

story 'locked by somebody else: no hop is pushed, and how to wait is said' '
	draw_shop other
	colleague
	git -C ../carl config upgrade.profile ../profile.yaml
	git -C ../carl upgrade lock --reason="mine now"
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: lock: production is locked by Olga.*: mine now$" ../err
	has "^Nothing was changed.$" ../err
	is "deployed locked" "$(what)"
	expect_code 2 git upgrade push -n >../out 2>../err
'

story 'the lock cannot be given back: a warning says how' '
	draw_shop lost
	git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 begun
	mv "$WORK_PLATFORM/hooks/proc-receive" ../off
	let_go
	rc=0
	wait "$push" || rc=$?
	is 3 "$rc"
	has "^warning: the lock of production could not be given back: " ../err
	has "^hint: .*git upgrade unlock production" ../err
	mv ../off "$WORK_PLATFORM/hooks/proc-receive"
	expect_code 0 git upgrade unlock >../out 2>../err
	has "^Unlocked production.$" ../err
	is "" "$(ref locks/production)"
'

done_testing
