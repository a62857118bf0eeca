#!/bin/sh
#
# A new platform whose maker is killed right before a change to a file: the same
# command makes it. Here it is every 41st change, or every KILL_STEPth; `make
# check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
: "${KILL_STEP:=41}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

judge_new()
{
	git upgrade platform init --deploy-to=../srv ../new/shop.git \
		>../again 2>&1
	missing ../new/shop.git/.git-upgrade-making
	git upgrade platform status ../new/shop.git
	expect_code 1 git push -q ../new/shop.git \
		HEAD:refs/upgrade/verified/production 2>../refused
	rm -rf ../new
}

story 'killed while it is made, init ends it' '
	draw_clone prod
	sweep prod judge_new git-upgrade platform init --deploy-to=../srv \
		../new/shop.git
'

story 'two that make the same one: one of them does' '
	mkdir -p new/shop.git
	cd prod
	(
		exec 9>../new/shop.git/.git-upgrade-making
		flock -n 9
		expect_code 2 git upgrade platform init ../new/shop.git \
			>../out 2>../err
	)
	has "^error: the platform .*/new/shop.git. is being made by " ../err
	git upgrade platform init ../new/shop.git
	: >../new/other
	expect_code 2 git upgrade platform init ../new 2>../err
	has "is not empty, and no platform of ours" ../err
'

done_testing
