#!/bin/sh
#
# A push of all or nothing, and an override in it, which moves its branch by
# itself.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'

# all REF...: pushed at once, with an override
all()
{
	git push --no-verify --atomic --porcelain \
		-o upgrade-override=freeze -o upgrade-override-reason=now \
		platform "$@" >../out 2>../err
}

story 'all or nothing: an override does not come alone' '
	draw_promotion prod
	promoting "promotes_from: staging" "$own" \
		"freeze: [{from: 2001-01-01, to: 2999-12-31}]" \
		"overrides: [freeze]"
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	git checkout -q staging
	git rm -q .gitupgrade.adopted
	commit "Not what staging can get"
	before=$(at production)
	expect_code 1 all production staging
	is "$before" "$(at production)"
	ledger production >../events
	lacks overridden ../events
	has "^remote: error: .*all or nothing" ../err
	has "^remote: hint: push .*without --atomic" ../err
	git push --no-verify --porcelain -o upgrade-override=freeze \
		-o upgrade-override-reason=now platform production \
		>../out 2>../err
	platform_idle
	is "$(git rev-parse production)" "$(at production)"
	ledger production >../events
	has overridden ../events
'

done_testing
