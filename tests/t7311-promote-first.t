#!/bin/sh
#
# A clone that has several remotes and has asked none of them yet: which one an
# environment is at is said by the branch of its name.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'the first thing typed is a promotion' '
	draw_promotion prod
	stage config/app level=debug
	git init -q --bare ../other.git
	git clone -q "$WORK/upstream" ../anna
	cd ../anna
	git remote rename origin upstream
	git remote add platform "$WORK_PLATFORM"
	git remote add other ../other.git
	expect_code 2 git upgrade promote -n staging production >../out 2>../err
	has "^error: there are several remotes to push to: other, platform$" \
		../err
	git config branch.staging.pushRemote platform
	git config branch.production.pushRemote platform
	git upgrade promote -n staging production >../out 2>../err
	has "^Would be promoted" ../err
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
