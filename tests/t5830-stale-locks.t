#!/bin/sh
#
# A git that was killed on the platform has left its lock on a branch: it is
# found and explained, the next push removes it, and so does repair; but not
# while a git works there that may hold it.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

LOCK=refs/heads/production.lock

stale()
{
	for stale_name
	do
		touch -d "1 minute ago" "$WORK_PLATFORM/$stale_name"
	done
}

# A git that works in the platform until somebody writes to `end`.
# It is git by now, and it is there.
works_there()
{
	test "$(readlink "/proc/$worker/cwd")" = "$WORK_PLATFORM"
}

begin_work()
{
	rm -f "$WORK/end"
	mkfifo "$WORK/end"
	git -C "$WORK_PLATFORM" hash-object --stdin <"$WORK/end" \
		>"$WORK/hashed" 2>&1 &
	worker=$!
	exec 8>"$WORK/end"
	wait_for 10 works_there
}

end_work()
{
	exec 8>&-
	wait "$worker"
}

story 'a platform without locks says nothing of any' '
	draw_clone prod
	cd prod
	draw_platform
	git config remote.pushDefault platform
	git upgrade push
	git upgrade platform status ../platform.git >../out 2>../err
	same /dev/null ../err
'

story 'status finds them, and says what to do' '
	stale $LOCK HEAD.lock
	git upgrade platform status platform.git >out 2>err
	has "^warning: $LOCK is in the way of pushes; a git that was killed has left it$" err
	has "^warning: HEAD.lock is in the way" err
	has "^hint: the next push removes it, and so does .git upgrade platform repair $WORK_PLATFORM.$" err
	exists "$WORK_PLATFORM/$LOCK"
	git upgrade platform status --json platform.git >out 2>err
	has "in the way" err
	lacks "in the way" out
'

story 'a young one may be at work' '
	rm "$WORK_PLATFORM/HEAD.lock"
	touch "$WORK_PLATFORM/$LOCK"
	git upgrade platform status platform.git >out 2>err
	lacks "in the way" err
'

story 'the next push waits for it to get old, and removes it' '
	cd prod
	put one 1
	commit "One"
	touch "$WORK_PLATFORM/$LOCK"
	expect_code 0 git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	missing "$WORK_PLATFORM/$LOCK"
'

story 'plain git as well' '
	cd prod
	put one 2
	commit "Two"
	stale $LOCK
	expect_code 0 git push platform production >../out 2>../err
	has "^remote: Deployed and verified in" ../err
	missing "$WORK_PLATFORM/$LOCK"
'

story 'while a git works there nobody touches it, and the push says why' '
	cd prod
	put one 3
	commit "Three"
	git rev-parse HEAD^ >../before
	stale $LOCK
	begin_work
	git upgrade platform status ../platform.git >../out 2>../status
	expect_code 2 git upgrade push >../out 2>../err
	git upgrade platform repair ../platform.git >../out 2>../repair
	exists "$WORK_PLATFORM/$LOCK"
	end_work
	has "$LOCK is in the way of pushes; a git that works here may hold it" \
		../status
	has "^hint: the next push removes it, when that git is done" ../status
	has "^error: platform refused: failed to update ref$" ../err
	has "^hint: .*one that was killed has left its lock" ../err
	has "^hint: try again with .git upgrade push production.$" ../err
	has "^hint: .*git upgrade platform status DIR" ../err
	has "^Nothing was changed.$" ../err
	is "$(cat ../before)" "$(git -C ../platform.git rev-parse production)"
	lacks "removed" ../repair
'

story 'and when it is done, the same push goes through' '
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	missing "$WORK_PLATFORM/$LOCK"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'who only watches a deploy, and a worker, hold no lock' '
	cd prod
	put blocks
	commit "Blocks"
	git upgrade push >../out1 2>../err1 &
	wait_for 20 building "$(git rev-parse HEAD)"
	stale $LOCK
	put one 4
	commit "Four, while three is deployed"
	git push -o upgrade-no-follow platform production >../out 2>../err
	is "$(git rev-parse HEAD)" \
		"$(git -C "$WORK_PLATFORM" rev-parse production)"
	missing "$WORK_PLATFORM/$LOCK"
	let_go
	wait_for 20 building "$(git rev-parse HEAD)"
	let_go
	wait || :
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'repair removes what a power cut left, and deploys' '
	cd prod
	git rm -q blocks
	commit "Five"
	git push -q platform HEAD:elsewhere
	git -C ../platform.git -c core.hooksPath=/dev/null update-ref \
		refs/heads/production "$(git rev-parse HEAD)"
	mkdir -p ../platform.git/refs/upgrade/ledger \
		../platform.git/refs/upgrade/locks
	stale $LOCK HEAD.lock packed-refs.lock packed-refs.new \
		refs/upgrade/ledger/production.lock \
		refs/upgrade/locks/production.lock
	git upgrade platform status ../platform.git >../out 2>../err
	is 6 "$(grep -c "is in the way" ../err)"
	git upgrade platform repair ../platform.git >../out 2>../err
	has "removed the stale $LOCK" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	find ../platform.git -name "*.lock" >../locks
	same /dev/null ../locks
	missing ../platform.git/packed-refs.new
	git -C ../platform.git fsck --strict
'

done_testing
