#!/bin/sh
#
# git upgrade promote --commit: not what the source's branch is at, but what
# was verified there before.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# refuses ARG...: promote says no, and nothing moved anywhere
refuses()
{
	before=$(at production)
	snapshot >../before
	expect_code 2 git upgrade promote "$@" >../out 2>../err &&
	has "^Nothing was changed" ../err &&
	snapshot >../after &&
	same ../before ../after &&
	is "$before" "$(at production)"
}

app()
{
	git -C "$WORK_PLATFORM" show production:config/app
}

story 'what was verified before comes, and no more' '
	draw_promotion prod
	stage config/app one
	git tag one
	stage config/app two
	git tag two
	stage config/app three
	git upgrade promote -n --commit=two production >../out 2>../err
	has "^production: v1.0.0 ($(git rev-parse --short=7 two)) of staging, verified there" \
		../err
	has "^Would be promoted" ../err
	git upgrade promote --commit=two staging production >../out 2>../err
	has "^Deployed and verified" ../err
	is two "$(app)"
	git upgrade promote --commit=two production >../out 2>../err
	has "^Nothing to promote" ../err
'

story 'what is older is refused: that is no promotion' '
	cd prod
	refuses --commit=one production
	has "^error: production has more of staging than that: $(git rev-parse --short=7 two), which goes on from $(git rev-parse --short=7 one)" \
		../err
	has "^hint: to go back: git upgrade rollback production" ../err
'

story 'but what was gone back from may come again' '
	cd prod
	git upgrade rollback production
	is level=info "$(app)"
	git upgrade unlock --reason="try the one before" production
	git upgrade promote --commit=one production
	is one "$(app)"
'

story 'what is not of the branch, or was not verified, is refused' '
	cd prod
	refuses --commit=nowhere production
	has "^error: .nowhere. is no commit that the branch of staging has" ../err
	has "^hint: see what was verified there with \"git upgrade log staging\"" \
		../err
	refuses --commit=v1.1.0 production
	has "^error: .v1.1.0. is no commit that the branch of staging has" ../err
	put config/app unseen
	commit "Never deployed"
	unseen=$(git rev-parse --short=7 HEAD)
	stage config/app four
	refuses --commit="$unseen" production
	has "^error: $unseen of staging was not deployed there" ../err
'

story 'misuse is told' '
	cd prod
	expect_code 129 git upgrade promote --commit=one --path production \
		2>../err
	has "^error: --commit is one to promote, and so neither --path nor --release" \
		../err
	expect_code 129 git upgrade promote --commit=one --release=v1.0.0 \
		production 2>../err
	has "^error: --commit is one to promote" ../err
'

done_testing
