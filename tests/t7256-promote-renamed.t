#!/bin/sh
#
# An environment gets another name: what production says of it is old, and
# promote tells where that stands.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# renamed FILE: as it is, but for the name of staging
renamed()
{
	sed 's/^  staging:.*/  stage: {branch: staging}/
		s/promotes_from: staging/promotes_from: stage/' "$1"
}

story 'what is there says the old name: refused, with where that stands' '
	draw_promotion prod
	stage config/app level=debug
	git upgrade promote production
	git fetch -q platform
	renamed .gitupgrade.yaml >../new.yaml
	sed "s/^  staging:/  stage:/; s/promotes_from: staging/promotes_from: stage/" \
		../platform.git/info/gitupgrade.yaml >../platform.yaml
	cp ../platform.yaml ../platform.git/info/gitupgrade.yaml
	put .gitupgrade.yaml "$(cat ../new.yaml)"
	commit "Another name"
	git upgrade platform init ../platform.git
	git upgrade push stage
	was=$(at production)
	expect_code 2 git upgrade promote stage production >../out 2>../err
	has "^error: production is promoted from staging, not from stage" ../err
	has "^hint: that production is promoted from staging is said by $(git rev-parse --short=7 platform/production):.gitupgrade.yaml:6; to change it, push a fix of production.s own" \
		../err
	expect_code 2 git upgrade promote staging production >../out 2>../err
	has "^error: .staging. is no environment of .platform." ../err
	has "^hint: that production is promoted from staging is said by .*:.gitupgrade.yaml:6; to change it, push a fix" \
		../err
	is "$was" "$(at production)"
'

story 'changed there, it is promoted' '
	cd prod
	git checkout -q -B production platform/production
	put .gitupgrade.yaml "$(cat ../new.yaml)"
	commit "Another name"
	git upgrade push production
	git upgrade promote stage production >../out 2>../err
	has "^Deployed and verified" ../err
	git -C ../platform.git log -1 --format=%B production >../message
	has "^Promoted-From: stage " ../message
'

done_testing
