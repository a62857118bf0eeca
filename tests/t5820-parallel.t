#!/bin/sh
#
# Two environments of one platform: their deploys overlap, each has its own
# log, ledger and link, and neither waits for the other or suffers from it.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# The step of each says that it has begun, and waits until the other one's
# has: a file `meet` in the tree asks for that. A worker that takes one after
# the other would never get past it. With `blocks` it waits for the file `go`.
write_meeting()
{
	cat >meeting <<-EOT
	#!/bin/sh
	top=$WORK
	EOT
	cat >>meeting <<-'EOT'
	other=staging
	[ "$UPGRADE_ENV" = production ] || other=production
	echo "meeting of $UPGRADE_ENV"
	: >"$top/began.$UPGRADE_ENV"
	tries=0
	while [ -e meet ] && [ ! -e "$top/began.$other" ]
	do
		sleep 0.05
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || exit 9
	done
	while [ -e blocks ] && [ ! -e "$top/go" ]
	do
		sleep 0.05
	done
	test ! -e broken
	EOT
	chmod +x meeting
}

# In a clone: both branches get what is in the folder.
both()
{
	rm -f "$WORK"/began.* "$WORK/go"
	commit "$1"
	git branch -f staging
}

# of ENV KIND: the state ref
of()
{
	git -C "$WORK_PLATFORM" rev-parse -q --verify "refs/upgrade/$2/$1" || :
}

# of_env ENV COMMIT: it is there, verified, serves, and is what is recorded
of_env()
{
	is "$2" "$(of "$1" deployed)"
	is "$2" "$(of "$1" verified)"
	is "" "$(of "$1" failed)"
	git cat-file -p "$2:n" >"$TRASH/tmp/n"
	same "$TRASH/tmp/n" "$SRV/$1/current/n"
	git -C "$WORK_PLATFORM" log --format=%s%n%b \
		"refs/upgrade/ledger/$1" >"$TRASH/tmp/ledger"
	has "^deployed .*$(echo "$2" | cut -c1-7)" "$TRASH/tmp/ledger"
}

# own_logs: each of them speaks of its own environment alone
own_logs()
{
	for own in production staging
	do
		other=staging
		[ "$own" = production ] || other=production
		has "^meeting of $own" \
			"$WORK_PLATFORM/upgrade/logs/$own/latest"
		cat "$WORK_PLATFORM/upgrade/logs/$own/"*.log >"$TRASH/tmp/logs"
		lacks "meeting of $other" "$TRASH/tmp/logs"
	done
}

# kept ENV: what it must still be, for `as_kept`
kept()
{
	git -C "$WORK_PLATFORM" for-each-ref "refs/upgrade/*/$1" \
		"refs/upgrade/*/$1/**" >"$WORK/kept.$1"
	readlink "$SRV/$1/current" >>"$WORK/kept.$1"
}

as_kept()
{
	mv "$WORK/kept.$1" "$WORK/want.$1"
	kept "$1"
	same "$WORK/want.$1" "$WORK/kept.$1"
}

story 'a platform of two' '
	write_meeting
	draw_clone prod
	cd prod
	cat >../profile.yaml <<-EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - {name: meet, run: [$WORK/meeting], timeout: 60s}
	verify:
	  health: {run: [test, -e, n], interval: 0}
	EOT
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" --env production --env staging \
		"$WORK_PLATFORM"
	git remote add platform "$WORK_PLATFORM"
	git config remote.pushDefault platform
	git config upgrade.production.branch production
	git config upgrade.staging.branch staging
'

story 'one push of both: the deploys overlap' '
	cd prod
	put n 1
	put meet
	both "Meet"
	git push platform production staging >../out 2>../err
	has "^remote: meeting of production" ../err
	has "^remote: meeting of staging" ../err
	is 2 "$(grep -c "^remote: Deployed and verified in" ../err)"
	of_env production "$(git rev-parse HEAD)"
	of_env staging "$(git rev-parse HEAD)"
	own_logs
'

story 'one push of a branch to the other, and of another commit' '
	cd prod
	rm -f ../began.*
	put n 2
	commit "For production"
	git switch -q staging
	put n 3
	commit "For staging"
	git push platform HEAD:staging production >../out 2>../err
	of_env production "$(git rev-parse production)"
	of_env staging "$(git rev-parse staging)"
	own_logs
	git switch -q production
'

story 'two pushes at once from two clones' '
	git clone -q -b staging platform.git second
	rm -f began.*
	cd prod
	put n 4
	commit "From the first"
	git push platform production >../out1 2>../err1 &
	cd ../second
	put n 5
	commit "From the second"
	git upgrade push staging >../out 2>../err
	wait
	has "^Deployed and verified in" ../err
	has "^remote: Deployed and verified in" ../err1
	has "meeting of staging" ../err
	lacks "meeting of production" ../err
	lacks "meeting of staging" ../err1
	of_env staging "$(git rev-parse HEAD)"
	cd ../prod
	of_env production "$(git rev-parse HEAD)"
	own_logs
'

story 'one that fails leaves the other alone' '
	cd prod
	git fetch -q platform
	git branch -f staging platform/staging
	rm -f ../began.*
	put n 6
	commit "Good"
	git switch -q staging
	put n 7
	put broken
	commit "Broken"
	failed=$(git rev-parse HEAD)
	serves=$(git rev-parse HEAD^)
	git push platform production staging >../out 2>../err
	of_env production "$(git rev-parse production)"
	is "$failed" "$(of staging failed)"
	is "$serves" "$(of staging deployed)"
	is 5 "$(cat "$SRV/staging/current/n")"
	git -C ../platform.git log --format=%s refs/upgrade/ledger/production \
		>../subjects
	lacks "^failed" ../subjects
	git -C ../platform.git log -1 --format=%s refs/upgrade/ledger/staging \
		>../subjects
	has "^failed" ../subjects
	expect_code 3 git upgrade push staging >../out 2>../err
	expect_code 0 git upgrade push production >../out 2>../err
	kept production
	git rm -q -f broken meet
	commit "Mended"
	expect_code 0 git upgrade push staging >../out 2>../err
	of_env staging "$(git rev-parse HEAD)"
	as_kept production
	git switch -q production
'

story 'a long deploy of one does not make the other wait' '
	cd prod
	git rm -q -f meet
	put n 8
	put blocks
	commit "Long"
	rm -f ../began.* ../go
	git upgrade push production >../out1 2>../err1 &
	wait_for 20 test -e ../began.production
	kept production
	git switch -q staging
	for n in 9 10
	do
		put n $n
		commit "Short $n"
		expect_code 0 git upgrade push staging >../out 2>../err
		has "^Deployed and verified in" ../err
		of_env staging "$(git rev-parse HEAD)"
	done
	expect_code 0 git upgrade verify staging >../out 2>../err
	as_kept production
	git upgrade platform status "$WORK_PLATFORM" >../out
	has "^production .*deploying" ../out
	has "^staging .*up to date" ../out
'

story 'nor a lock of a killed push that is in its way' '
	cd prod
	touch -d "1 minute ago" ../platform.git/refs/heads/staging.lock
	put n 11
	commit "Short, behind a lock"
	expect_code 0 git upgrade push staging >../out 2>../err
	of_env staging "$(git rev-parse HEAD)"
	missing ../platform.git/refs/heads/staging.lock
'

story 'and the long one ends as if it had been alone' '
	cd prod
	as_kept production
	: >../go
	wait_for 30 platform_is_idle
	git switch -q production
	of_env production "$(git rev-parse HEAD)"
	expect_code 0 git upgrade push production >../out 2>../err
	has "^Up to date: deployed and verified" ../err
	git -C ../platform.git fsck --strict
'

done_testing
