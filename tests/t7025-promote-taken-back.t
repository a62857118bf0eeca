#!/bin/sh
#
# What staging went back from is not promoted, however far back it went.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'what lies between a rollback and what it went back to is taken back' '
	draw_promotion prod
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	git upgrade rollback --to=v1.0.0 --reason="both lose orders" staging
	git pull -q --ff-only platform staging
	was=$(at production)
	expect_code 2 git upgrade promote --release=v1.1.0 production \
		>../out 2>../err
	has "^error: staging has verified nothing of v1.1.0 that its branch still has" \
		../err
	git fetch -q platform
	passed_over=$(git rev-parse staging~2)
	is v1.1.0 "$(git show "$passed_over:.gitupgrade.adopted" |
		sed -n "s/^release //p")"
	expect_code 1 git push --no-verify --porcelain platform \
		"$(promoted "$passed_over"):refs/heads/production" \
		>../out 2>../err
	has "(promotion: .* of staging was taken back there .* ago: both lose orders" \
		../out
	is "$was" "$(at production)"
'

story 'what it went back to is promoted, and what was verified again' '
	cd prod
	put fix.txt
	commit "A fix for v1.0.0"
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.0.0 "$(serves production)"
	# And what comes on top of it there.
	git fetch -q platform
	git checkout -q -B production platform/production
	put .env.production HOST=other
	commit "Its own"
	git upgrade push production
	git checkout -q staging
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade promote --release=v1.1.0 production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves production)"
'

done_testing
