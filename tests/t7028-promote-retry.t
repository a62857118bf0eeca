#!/bin/sh
#
# A promotion whose deploy failed for reasons of the moment is tried again from
# where it was made: a clone that need not have the target's branch.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# failed_promotion: of what is on staging, while the disk of production is full
failed_promotion()
{
	: >"$SRV/production/full"
	expect_code 3 git upgrade promote production >../out 2>../err
	rm "$SRV/production/full"
}

story 'what failed is tried again without a branch of its own here' '
	draw_promotion prod
	sed "s,test ! -e broken,test ! -e ../../full," \
		../platform.git/info/gitupgrade.yaml >../changed.yaml
	cp ../changed.yaml ../platform.git/info/gitupgrade.yaml
	promoting "promotes_from: staging" "own: [.env.production, config/prod/]"
	git checkout -q staging
	git branch -D production
	stage config/app level=debug
	failed_promotion
	has "^hint: mend it on staging" ../err
	has "^hint: or try the same commit again: git upgrade push --retry production" \
		../err
	tip=$(at production)
	expect_code 0 git upgrade push --retry production >../out 2>../err
	has "^production: v1.0.0 (.*) to .*platform" ../err
	has "^Deployed and verified" ../err
	is "$tip" "$(at production)"
	is "$tip" "$(ref verified/production)"
	is "HOST=live" "$(cat "$SRV/production/current/.env.production")"
	is level=debug "$(cat "$SRV/production/current/config/app")"
	is "" "$(git branch --list production)"
'

story 'nor need the branch here be up to date' '
	cd prod
	git branch production "$(at production)"
	before=$(git rev-parse production)
	stage config/app level=warn
	failed_promotion
	expect_code 0 git upgrade push -n --retry production >../out 2>../err
	has "^Would be deployed again" ../err
	is level=debug "$(cat "$SRV/production/current/config/app")"
	expect_code 0 git upgrade push --retry production >../out 2>../err
	is level=warn "$(cat "$SRV/production/current/config/app")"
	is "$before" "$(git rev-parse production)"
'

story 'a fix on top of it is pushed, as ever' '
	cd prod
	stage config/app level=error
	failed_promotion
	git fetch -q platform
	git checkout -q -B production platform/production
	put config/prod/db db=other
	commit "A fix"
	expect_code 0 git upgrade push --retry production >../out 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is db=other "$(cat "$SRV/production/current/config/prod/db")"
	git checkout -q staging
'

story 'a branch that went its own way is not passed over' '
	cd prod
	stage config/app level=none
	failed_promotion
	git checkout -q production
	put fix.txt another
	commit "Elsewhere"
	before=$(ref verified/production)
	expect_code 2 git upgrade push --retry production >../out 2>../err
	has "^error: fast-forward: " ../err
	has "^Nothing was changed" ../err
	is "$before" "$(ref verified/production)"
	git checkout -q staging
'

story 'nothing failed: nothing is tried again' '
	cd prod
	git branch -D production
	expect_code 0 git upgrade push --retry production
	expect_code 2 git upgrade push --retry production >../out 2>../err
	has "nothing of production failed, so there is nothing to try again" \
		../err
	expect_code 2 git upgrade push production >../out 2>../err
	has "^error: there is no branch .production. here to push to production" \
		../err
'

done_testing
