#!/bin/sh
#
# The gate `soak`: what is promoted was verified at the source for so long
# already, by its ledger.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'

story 'too early: since when, until when, and what to type then' '
	draw_promotion prod
	promoting "promotes_from: staging" "$own" "soak: 24h"
	stage config/app level=debug
	tip=$(git rev-parse --short=7 staging)
	git fetch -q platform
	aged staging 10860
	before=$(at production)
	expect_code 1 plain_push "$(promoted)"
	has "remote rejected\] (soak: staging has verified $tip for 3h, and production needs 24h: it has on ... ....-..-.. ..:.. UTC)" \
		../out
	has "^remote: hint: wait until then (20h), and \"git upgrade promote staging production\"" \
		../err
	is "$before" "$(at production)"
'

story 'the platform says so to git upgrade promote, where only it knows' '
	cd prod
	before=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "soak: staging has verified .* for 3h, and production needs 24h" \
		../err
	has "wait until then (20h), and \"git upgrade promote staging production\"" \
		../err
	is "$before" "$(at production)"
'

story 'after that time it is let in, and lists say why' '
	cd prod
	aged staging 172800
	git upgrade promote -n production >../out 2>../err
	has "^  gates .*promotion ok, .*soak ok" ../err
	expect_code 0 plain_push "$(promoted)"
	has "^remote:   gates .*promotion ok, .*soak ok (verified 2d ago, 24h needed), " \
		../err
	platform_idle
	is level=debug "$(git -C ../platform.git show production:config/app)"
'

story 'a clone that knows of it judges alike, before anything is sent' '
	cd prod
	sed "s/^    promotes_from:.*/&\n    soak: 24h/" .gitupgrade.yaml >../new
	stage .gitupgrade.yaml "$(cat ../new)"
	aged staging 172800
	git upgrade promote production
	promoting "promotes_from: staging" "$own"
	stage config/app level=warn
	aged staging 7200 1
	before=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^  gates .*promotion ok, .*soak refused" ../err
	has "^error: soak: staging has verified .* for 2h, and production needs 24h" \
		../err
	has "^Nothing was changed" ../err
	expect_code 2 git upgrade promote -n --json production >../json 2>../err
	has "\"gate\": *\"soak\"" ../json
	has "\"reason\": *\"staging has verified" ../json
	aged staging 80000 1
	git upgrade promote -n production >../out 2>../err
	has "soak ok (verified 24h ago, 24h needed)" ../err
	has "^  evidence   soak: verified 24h ago, 24h needed" ../err
	git upgrade promote -n --json production >../json
	has "\"reason\": *\"verified 24h ago, 24h needed\"" ../json
	is "$before" "$(at production)"
'

story 'to look at it again does not begin anew; that it failed does' '
	cd prod
	git upgrade verify staging
	git upgrade promote -n production >../out 2>../err
	has "soak ok (verified 24h ago" ../err
	# By what the platform can see, for a moment
	cp ../platform.git/info/gitupgrade.yaml ../good.yaml
	sed "s/if test -e sick;/if true;/" ../good.yaml \
		>../platform.git/info/gitupgrade.yaml
	expect_code 3 git upgrade verify staging
	cp ../good.yaml ../platform.git/info/gitupgrade.yaml
	git upgrade verify staging
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^error: soak: staging has verified .* for [0-9]*s, and production needs 24h" \
		../err
	aged staging 90000
	git upgrade promote -n production >../out 2>../err
	has "^Would be promoted" ../err
'

story 'it is about the commit: another one has its own time' '
	cd prod
	stage config/app level=error
	aged staging 50000 1
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^error: soak: .* for 13h, and" ../err
	aged staging 50000 1
	git upgrade promote -n production >../out 2>../err
	has "soak ok (verified 27h ago" ../err
'

story 'a time that is yet to come is no evidence' '
	cd prod
	aged staging -1000000 1
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^error: soak: the ledger of staging says that .* was verified there on .* UTC, which is yet to come" \
		../err
	has "^hint: set the clocks right, and look at it again with \"git upgrade verify staging\"" \
		../err
	# As it says; what was said of the future is not added to that.
	git upgrade verify staging
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^error: soak: .* for [0-9]*s, and production needs 24h" ../err
	aged staging 172800 1
	git upgrade promote production
	is level=error "$(git -C ../platform.git show production:config/app)"
'

story 'a fix of its own waits for nothing' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	git upgrade push production >../out 2>../err
	has "^  gates .*soak ok" ../err
	git checkout -q staging
'

story 'bad values are refused with their place' '
	cd prod
	put ../bad.yaml "format: 1" "profile: generic" "environments:" \
		"  staging: {}" "  live: {promotes_from: staging, soak: soon}"
	expect_code 128 git -c upgrade.profile="$PWD/../bad.yaml" upgrade \
		config 2>../err
	has "bad.yaml:5:40: environments.live.soak: expected a span of time (90s, 10m, 2h, 1d), not .soon." \
		../err
	put ../bad.yaml "format: 1" "profile: generic" "environments:" \
		"  live: {soak: 1d}"
	expect_code 128 git -c upgrade.profile="$PWD/../bad.yaml" upgrade \
		status 2>../err
	has "bad.yaml:4: environments.live.soak: expected .promotes_from. beside it" \
		../err
'

done_testing
