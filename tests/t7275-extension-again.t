#!/bin/sh
#
# The gate `extensions`, and an environment that was removed and is there again:
# what the one before had verified is no matter.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'
rules='extensions: {paths: [app/code/]}'

story 'production is removed, and set up again' '
	draw_promotion prod
	promoting "promotes_from: staging" "$own" "$rules"
	cp ../platform.git/info/gitupgrade.yaml ../before.yaml
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade promote production
	is 1.1.0 "$(serves production)"
	git upgrade platform remove --yes --env=production --with-branch \
		../platform.git
	missing "$SRV/production/current"
	cp ../before.yaml ../platform.git/info/gitupgrade.yaml
	git upgrade platform init ../platform.git
'

story 'its first release comes with all there is' '
	cd prod
	git upgrade merge --no-edit v2.0.0
	put app/code/shop.php
	commit "The shop"
	git upgrade push staging
	git fetch -q --prune platform
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is 2.0.0 "$(serves production)"
'

done_testing
