#!/bin/sh
#
# The files of staging, in a commit that has nothing of its history: no fix of
# production's own.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'a squash of staging is refused, with the way' '
	draw_promotion prod
	stage config/app level=debug
	stage config/more more
	git fetch -q platform
	git checkout -q -B production platform/production
	git merge -q --squash staging
	git commit -q -m "Staging, in one"
	before=$(at production)
	expect_code 1 plain_push production
	has "remote rejected\] (promotion: $(git rev-parse --short=7 HEAD) makes the files those of the branch of staging, and is no promotion)" \
		../out
	has "^remote: hint: bring what staging has verified with \"git upgrade promote staging production\"" \
		../err
	is "$before" "$(at production)"
	# Its own paths make no difference.
	git checkout -q HEAD^ .env.production config/prod
	git commit -q --amend --no-edit
	expect_code 2 git upgrade push production >../out 2>../err
	has "^error: promotion: .* makes the files those of the branch of staging" \
		../err
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'what was promoted may be gone back to, by hand' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	expect_code 0 plain_push production
	platform_idle
	git revert --no-edit HEAD
	expect_code 0 plain_push production
	platform_idle
'

story 'so may it where staging has gone on, and come back' '
	cd prod
	put fix.txt
	commit "A fix"
	expect_code 0 plain_push production
	platform_idle
	git checkout -q staging
	stage config/app level=warn
	stage config/app level=debug
	git checkout -q production
	git revert --no-edit HEAD
	expect_code 0 plain_push production
	platform_idle
'

story 'what was picked is a fix, wherever it was first' '
	cd prod
	git checkout -q staging
	git upgrade promote production
	git fetch -q platform
	stage config/more hotfix
	git checkout -q -B production platform/production
	git cherry-pick -x staging
	expect_code 0 plain_push production
	platform_idle
	# Which does not make more of what staging has one.
	git checkout -q staging
	stage config/app level=error
	stage config/app level=fatal
	git checkout -q production
	git merge -q --squash staging
	git commit -q -m "The rest"
	expect_code 1 plain_push production
	has "(promotion: .* makes the files those of the branch of staging" ../out
	git reset -q --hard platform/production
	git checkout -q staging
	git upgrade promote production
	git fetch -q platform
	git checkout -q -B production platform/production
'

story 'a fix that staging gets later, and what is its own after that' '
	cd prod
	put fix.txt again
	commit "A fix"
	expect_code 0 plain_push production
	platform_idle
	git checkout -q staging
	git cherry-pick -x production
	git upgrade push staging
	git checkout -q production
	put .env.production HOST=newer
	commit "Its own"
	expect_code 0 plain_push production
	platform_idle
	is HOST=newer "$(git -C ../platform.git show production:.env.production)"
	git checkout -q staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
