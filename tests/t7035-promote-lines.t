#!/bin/sh
#
# Fixes of production that came by merges, by pulls, or between rollbacks: what
# a promotion asks about them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

promoting_is_refused()
{
	fix_at=$(at production)
	expect_code 2 git upgrade promote "$@" production >../out 2>../err &&
	has "^Nothing was changed" ../err &&
	is "$fix_at" "$(at production)"
}

# to_production: what is on production here
to_production()
{
	git push -q --no-verify platform production &&
	platform_idle &&
	git checkout -q staging
}

# on_production: what is there, checked out
on_production()
{
	git fetch -q platform &&
	git checkout -q -B production platform/production
}

story 'a fix that was merged is picked with what is typed' '
	draw_promotion prod
	put shop.txt a b c d e f g h
	commit "A shop"
	git upgrade push staging
	git upgrade promote production
	on_production
	git checkout -q -b hotfix
	put one.txt one
	commit "One"
	put two.txt two
	commit "Two"
	git checkout -q production
	git merge -q --no-ff --no-edit hotfix
	to_production
	stage config/app level=debug
	promoting_is_refused
	has "^error: production has 1 commit of its own" ../err
	$(sed -n "s/^hint:   \(git cherry-pick .*\)  (.*/\1/p" ../err)
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is two "$(git -C ../platform.git show production:two.txt)"
'

story 'picked onto newer code, promoted, and gone back from: it stays answered' '
	cd prod
	on_production
	put shop.txt a b c FIXED e f g h
	commit "Fix the shop"
	fix=$(git rev-parse HEAD)
	to_production
	put shop.txt a b c D e f g h
	commit "Rewritten"
	expect_code 1 git cherry-pick -x "$fix" >../out 2>../err
	put shop.txt a b c D-FIXED e f g h
	git add shop.txt
	git -c core.editor=true cherry-pick --continue
	git upgrade push staging
	git upgrade promote production
	git upgrade rollback production
	git upgrade unlock --reason="again" production
	stage config/app level=trace
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'a promotion that came by a pull was one' '
	cd prod
	on_production
	put late.txt late
	commit "Late"
	git checkout -q staging
	put shop.txt a b c D-FIXED e f g H
	commit "More of the shop"
	git upgrade push staging
	git upgrade promote production
	git checkout -q production
	git pull -q --no-rebase --no-edit platform production
	to_production
	git cherry-pick -x production^1
	put shop.txt a b c D-FIXED e f g HH
	commit "Even more of it"
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'what came since is told: a promotion that was taken back by hand' '
	cd prod
	on_production
	git revert --no-edit -m 1 HEAD
	taken=$(git rev-parse --short=7 HEAD)
	to_production
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote: production has all of staging" ../err
	has "^  since      $taken (Revert .*); --drop=$taken loses it" ../err
	git upgrade promote --drop="$taken" production >../out 2>../err
	has "^Deployed and verified" ../err
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote" ../err
	lacks "^  since" ../err
'

done_testing
