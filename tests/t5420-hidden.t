#!/bin/sh
#
# What only the platform writes: whoever pushes, by whatever way, can neither
# make nor change nor delete it, and evidence that is forged elsewhere changes
# nothing here.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

HIDDEN='deployed/production verified/production failed/production
ledger/production deployed/other verified/other ledger/other
locks/production held/production backups/production/1 packages/1 releases/v9.9.9
releases/v1.0.0 platform platforms/origin deployed anything'

all_refs()
{
	git -C "$WORK_PLATFORM" for-each-ref --format='%(refname) %(objectname)'
}

# refused ARG...: the push fails, and nothing moves at the platform
refused()
{
	expect_code 1 git push --porcelain "$@" >../out 2>../err &&
	has 'rejected\]' ../out &&
	all_refs >../after &&
	same ../before ../after
}

# attempts URL
attempts()
{
	git remote set-url platform "$1"
	echo forged >../forged
	blob=$(git hash-object -w ../forged)
	all_refs >../before
	for name in $HIDDEN
	do
		refused platform "HEAD:refs/upgrade/$name"
		refused platform "+HEAD~1:refs/upgrade/$name"
		refused --no-verify platform "HEAD:refs/upgrade/$name"
		refused platform "+$blob:refs/upgrade/$name"
	done
	# What is not there is not shown, so git itself has nothing to delete.
	for name in deployed verified failed ledger
	do
		refused platform ":refs/upgrade/$name/production"
		refused --delete platform "refs/upgrade/$name/production"
	done
	refused platform :refs/upgrade/platform
	refused platform :refs/upgrade/releases/v1.0.0
	refused platform "HEAD:refs/replace/$(git rev-parse HEAD)"
}

story 'set-up: a platform with a release, a failure and a list' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	put broken
	commit "Broken"
	git push -q platform production
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	git -C ../platform.git for-each-ref refs/upgrade/releases >../list
	has v1.0.0 ../list
'

story 'over file' '
	cd prod
	attempts "$WORK_PLATFORM"
'

if have_ssh
then
	start_ssh
	story 'over ssh' '
		cd prod
		attempts "$SSH_URL$WORK_PLATFORM"
	'
else
	skip 'over ssh' 'no sshd'
fi

if have_http
then
	start_http "$WORK"
	story 'over http' '
		cd prod
		attempts "$HTTP_URL/platform.git"
	'
else
	skip 'over http' 'no nginx with fcgiwrap'
fi

story 'a push of everything brings its branches, and none of it' '
	cd prod
	git remote set-url platform "$WORK_PLATFORM"
	git fetch -q platform "+refs/upgrade/*:refs/upgrade/*"
	git update-ref refs/upgrade/verified/production HEAD
	git update-ref refs/upgrade/deployed/production HEAD
	git branch -f topic HEAD
	all_refs >../before
	expect_code 1 git push --porcelain --mirror platform >../out 2>../err
	all_refs >../after
	grep "^refs/upgrade" ../before >../b
	grep "^refs/upgrade" ../after >../a
	same ../b ../a
'

story 'a forged verified of a client moves no gate' '
	cd prod
	git update-ref refs/upgrade/verified/production HEAD
	git update-ref refs/upgrade/deployed/production HEAD
	git update-ref -d refs/upgrade/failed/production
	git checkout -q -b jump HEAD~1
	adopt v2.0.0
	expect_code 1 git push --porcelain --no-verify -f platform \
		jump:production >../out 2>../err
	has "rejected\]" ../out
	# And here it lasts until the platform is asked.
	git upgrade status >../out
	is "$(ref verified/production)" \
		"$(git rev-parse refs/upgrade/verified/production)"
	is "$(ref failed/production)" \
		"$(git rev-parse refs/upgrade/failed/production)"
	is "$(git rev-parse production~1)" "$(ref verified/production)"
'

done_testing
