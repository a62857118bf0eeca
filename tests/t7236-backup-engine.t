#!/bin/sh
#
# Where an engine deploys nothing makes backups: that is said, wherever one is
# asked for, before anything is sent.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"

story 'asked for by hand' '
	draw_engine
	programs
	behave ok
	cd prod
	put own.txt ours
	commit "Our own"
	git upgrade push
	for what in create list prune "create -n"
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup $what >../out 2>../err
		has "^error: production is deployed by an engine, and nothing makes backups there$" ../err
		has "^hint: have one made by what it runs on" ../err
	done
'

story 'asked for before an upgrade: nothing is pushed' '
	cd prod
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		../profile.yaml
	put more.txt more
	commit "No upgrade"
	expect_code 0 git upgrade push >../out 2>../err
	git -C ../plain.git rev-parse production >../before
	echo v1.1.0 >"$ENGINE/version"
	adopt v1.1.0
	expect_code 2 git upgrade push >../out 2>../err
	has "environments.production.backup.before_upgrade: nothing makes backups where an engine deploys$" ../err
	has "^hint: take it out, and have one made" ../err
	has "^Nothing was changed.$" ../err
	git -C ../plain.git rev-parse production >../after
	same ../before ../after
	lacks "deploy $(git rev-parse HEAD)" "$ENGINE/asked"
	sed -i "/before_upgrade/d" ../profile.yaml
	expect_code 0 git upgrade push >../out 2>../err
'

done_testing
