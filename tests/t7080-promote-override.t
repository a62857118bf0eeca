#!/bin/sh
#
# Overriding what says no to a promotion: the time it has not waited yet, and a
# freeze, on a platform.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'
frozen='freeze: [{from: 2001-01-01, to: 2999-12-31}]'

story 'a platform allows what its own configuration says, and records it' '
	draw_promotion prod
	promoting "promotes_from: staging" "$own" "soak: 24h" "$frozen" \
		"overrides: [soak]"
	stage config/app level=debug
	before=$(at production)
	expect_code 2 git upgrade promote --override=soak --override=freeze \
		--reason="a security fix" production >../out 2>../err
	has "freeze: production is frozen" ../err
	has "hint: nobody may override .freeze. unless production.s owner says so: environments.production.overrides: .freeze., in .*platform.git/info/gitupgrade.yaml:[0-9]*" \
		../err
	is "$before" "$(at production)"
	promoting "promotes_from: staging" "$own" "soak: 24h" "$frozen" \
		"overrides: [soak, freeze]"
	git upgrade promote --override=soak --override=freeze \
		--reason="a security fix" production >../out 2>../err
	has "^freeze, soak overridden: a security fix" ../err
	has "^Deployed and verified" ../err
	ledger production >../events
	has "^overridden v1.0.0" ../events
	git upgrade log -n2 production >../out
	has "freeze, soak overridden: a security fix (production is frozen until .*; staging has verified .* for .*, and production needs 24h" \
		../out
'

story 'no override gets around what was not verified, or a hold' '
	cd prod
	put later.txt
	commit "Never pushed"
	git fetch -q platform
	new=$(promoted)
	expect_code 1 git push --no-verify --porcelain \
		-o upgrade-override=promotion -o upgrade-override=soak \
		-o upgrade-override=freeze -o upgrade-override-reason=x \
		platform "$new:refs/heads/production" >../out 2>../err
	has "(promotion: .* of staging was not deployed there" ../out
	has "^remote: hint: nobody may override .promotion." ../err
	expect_code 129 git upgrade promote --override=promotion --reason=x \
		production 2>../err
	git reset -q --hard platform/staging
	git upgrade rollback production
	stage config/app level=warn
	expect_code 2 git upgrade promote --override=soak --override=freeze \
		--reason=x production >../out 2>../err
	has "promotion: production is held since its rollback" ../err
'

story 'a dry run says what would be overridden, in JSON as well' '
	cd prod
	git upgrade unlock --reason="go on" production
	cp .gitupgrade.yaml ../kept.yaml
	{
		cat ../kept.yaml
		echo "    soak: 24h"
		echo "    overrides: [soak]"
	} >../new.yaml
	stage .gitupgrade.yaml "$(cat ../new.yaml)"
	git upgrade promote --override=soak --override=freeze --reason=now \
		production
	stage config/app level=error
	before=$(at production)
	snapshot >../before
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^hint: or override it: --override=soak --reason=TEXT" ../err
	git upgrade promote -n --override=soak --reason="no time" production \
		>../out 2>../err
	has "^  gates .*soak overridden" ../err
	has "^soak overridden: no time" ../err
	git upgrade promote -n --json --override=soak --reason="no time" \
		production >../json 2>../err
	has "\"verdict\": *\"overridden\"" ../json
	is "$before" "$(at production)"
	snapshot >../after
	same ../before ../after
'

done_testing
