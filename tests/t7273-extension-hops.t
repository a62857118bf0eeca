#!/bin/sh
#
# The gate `extensions` over several hops: each release, and the work on it,
# in the order in which the source had them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'
from='promotes_from: staging'
rules='extensions: {branches: [extension/*], paths: [app/code/]}'

# refuses ARG...: the platform says no to that promotion
refuses()
{
	expect_code 2 git upgrade promote "$@" >../out 2>../err &&
	has "^Nothing was changed" ../err
}

# types: what a hint says after a colon, "HINT: git upgrade ..."
types()
{
	sed -n 's/^hint: .*: \(git upgrade promote .*\)$/\1/p' ../err >../types
	read -r typed <../types
	eval "$typed" >../out 2>../err &&
	has "^Deployed and verified" ../err
}

# made NAME: an extension is made, merged, and verified on staging
made()
{
	git checkout -q -b "extension/$1" &&
	put "app/code/$1.php" "$(git rev-parse HEAD)" &&
	commit "Work on $1" &&
	git checkout -q staging &&
	git merge -q --no-ff --no-edit "extension/$1" &&
	git branch -q -D "extension/$1" &&
	git upgrade push staging >../out 2>../err
}

story 'two releases, and work on each, are verified on staging' '
	draw_promotion prod
	promoting "$from" "$own" "$rules"
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git tag core1
	made one
	git tag work1
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	made two
	is 2.0.0 "$(serves staging)"
'

story 'they come one by one, by what is said' '
	cd prod
	refuses production
	has "^hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core1) staging production" \
		../err
	types
	is 1.1.0 "$(serves production)"
	missing "$SRV/production/current/app"
	refuses production
	has "^error: extensions: production has not verified v1.1.0 -> v2.0.0 yet, and work on extensions comes with it: branch extension/two (.*), branch extension/one (.*), path app/code/ (app/code/one.php and 1 more)" \
		../err
	has "^hint: staging has verified work on v1.1.0, which production has, and it may come now: git upgrade promote --commit=$(git rev-parse --short=12 work1) staging production" \
		../err
	has "^hint: then go on with: git upgrade promote staging production" ../err
	types
	exists "$SRV/production/current/app/code/one.php"
	refuses production
	has "^hint: staging has verified v2.0.0 without it: git upgrade promote --commit=" \
		../err
	types
	is 2.0.0 "$(serves production)"
	missing "$SRV/production/current/app/code/two.php"
	git upgrade promote production
	exists "$SRV/production/current/app/code/two.php"
'

done_testing
