#!/bin/sh
#
# Gates that look at the clock: one that was wrong when something was verified,
# and one that is set.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# behind ENV SECONDS: when its newest event was recorded the clock was behind
behind()
{
	behind_ref=refs/upgrade/ledger/$1
	git -C "$WORK_PLATFORM" log -1 --format=%B "$behind_ref" \
		>"$TRASH/tmp/behind" &&
	behind_new=$(
		GIT_COMMITTER_DATE="@$(($(date +%s) - $2)) +0000" \
		git -C "$WORK_PLATFORM" commit-tree "$behind_ref^{tree}" \
			-p "$behind_ref~1" <"$TRASH/tmp/behind"
	) &&
	git -C "$WORK_PLATFORM" update-ref "$behind_ref" "$behind_new"
}

own='own: [.env.production, config/prod/]'

story 'a clock that was behind makes nothing older than what came before' '
	draw_promotion prod
	promoting "promotes_from: staging" "$own" "soak: 24h"
	stage config/app level=debug
	# As where a machine begins in the past, and learns the time later.
	behind staging 2592000
	before=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "soak: staging has verified .* for [0-9]*[sm], and production needs 24h" \
		../err
	is "$before" "$(at production)"
'

story 'what is old enough by what came before, is' '
	cd prod
	aged staging 90000
	git upgrade promote -n production >../out 2>../err
	has "^Would be promoted" ../err
	git push --porcelain --no-verify platform \
		"$(git fetch -q platform && promoted):refs/heads/production" \
		>../out 2>../err
	has "soak ok (verified 2[56]h ago, 24h needed)" ../err
	platform_idle
'

story 'one moment for all gates, of a clock that can be set' '
	cd prod
	stage config/app level=warn
	expect_code 2 git upgrade promote production >../out 2>../err
	has "soak: staging has verified" ../err
	UPGRADE_CLOCK=+25h git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is level=warn "$(git -C ../platform.git show production:config/app)"
	promoting "promotes_from: staging" "$own" \
		"freeze: [{from: 2001-01-01, to: 2099-12-31}]"
	stage config/app level=error
	expect_code 2 git upgrade promote production >../out 2>../err
	has "freeze: production is frozen until" ../err
	UPGRADE_CLOCK=+30000d git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
