#!/bin/sh
#
# git upgrade platform remove, typed again, half-way, with names that are none,
# and where it is no platform.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

remove()
{
	git upgrade platform remove "$@" "$WORK_PLATFORM"
}

# stopped_by COMMAND: how the product is stopped
stopped_by()
{
	awk -v run="$1" '
	{ print }
	/^  steps:/ {
		print "    - {name: halt, as: stop, run: [sh, -c, \"" \
			run "\"]}"
	}' "$WORK_PLATFORM/info/gitupgrade.yaml" >config.yaml
	mv config.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
}

# all_files: of the platform, its refs and its logs
all_files()
{
	find "$WORK_PLATFORM" -type f -not -path "*/locks/*" | sort
}

story 'two environments, of which the second cannot be stopped' '
	draw_promotion prod
	git upgrade promote staging production
	platform_idle
	stopped_by "test ! -e ../../stuck"
	: >"$SRV/staging/stuck"
	expect_code 3 remove --yes --env=staging --env=production >../out \
		2>../err
	has "^Removed production.$" ../err
	has "error: step .halt.: exit code 1" ../err
	has "run the same again" ../err
'

story 'an environment is a name, and no path' '
	exists "$WORK_PLATFORM/upgrade/removing/staging"
	mkdir "$WORK_PLATFORM/upgrade/logs/more"
	all_files >before
	for name in ../../HEAD ../logs/staging . .. ""
	do
		expect_code 2 remove --yes "--env=$name" >out 2>err
		has "there is no environment .$name. here" err
		has "^Nothing was changed.$" err
		all_files | same before -
	done
'

story 'the same again passes over what is gone' '
	rm "$SRV/staging/stuck"
	expect_code 0 remove -n --env=staging --env=production >out 2>err
	has "^production has been removed already$" err
	has "^staging, whose removal has begun$" err
	has "That is all of the platform" err
	expect_code 0 remove --yes --env=staging --env=production >out 2>err
	has "^production has been removed already$" err
	has "^Removed staging.$" err
	has "^hint: and with production still: .*/info/removed-production.yaml$" \
		err
	has "^  production:" "$WORK_PLATFORM/info/removed-production.yaml"
	has "^  staging:" "$WORK_PLATFORM/info/removed-production.yaml"
	missing "$WORK_PLATFORM/hooks" "$WORK_PLATFORM/upgrade"
'

story 'a dry run changes nothing where all but a setting has gone' '
	git -C "$WORK_PLATFORM" config upgradeplatform.path /bin
	expect_code 0 remove -n --json >out 2>err
	has "whose removal has begun, would become a plain repository" err
	has "^Nothing was changed.$" err
	has "\"done\": *false" out
	is /bin "$(git -C "$WORK_PLATFORM" config upgradeplatform.path)"
	expect_code 0 remove --json >out 2>err
	has "is a plain repository now" err
	has "\"done\": *true" out
	is "" "$(git -C "$WORK_PLATFORM" config upgradeplatform.path || :)"
'

story 'a removal that goes on is called one, and not a deploy' '
	WORK_PLATFORM=$WORK/slow.git SRV=$WORK/slow-srv
	draw_clone slow
	cd slow
	draw_platform
	git upgrade push
	platform_idle
	mkfifo "$SRV/halted"
	stopped_by "cat ../../halted"
	remove --yes >../slow.out 2>../slow.err &
	removal=$!
	wait_for 20 grep -q "platform remove" \
		"$WORK_PLATFORM/upgrade/locks/production/run"
	expect_code 2 remove --yes >../out 2>../err
	has "^error: a removal of production is under way: process .*: git upgrade platform remove$" \
		../err
	has "^hint: try again when it has ended$" ../err
	has "^Nothing was changed.$" ../err
	timeout 20 sh -c ": >\"$SRV/halted\""
	wait "$removal"
	has "^Removed production.$" ../slow.err
'

story 'what is gone is none any more' '
	WORK_PLATFORM=$WORK/more.git SRV=$WORK/more-srv
	rm -f platform.yaml
	draw_promotion more
	platform_idle
	expect_code 0 remove --yes --env=production >../out 2>../err
	expect_code 2 remove --yes --env=production >../out 2>../err
	has "there is no environment .production. here" ../err
	has "^hint: there are: staging$" ../err
	has "^hint: production has been removed: \"git -C .*more.git log refs/upgrade/ledger/production\"$" ../err
	git -C "$WORK_PLATFORM" log refs/upgrade/ledger/production >../out
	has "removed" ../out
	expect_code 2 remove --yes --env=never >../out 2>../err
	lacks "has been removed" ../err
'

story 'where it is no platform nobody is told to make one' '
	for dir in more upstream ssh://x@y/srv.git platform
	do
		expect_code 2 git upgrade platform remove --yes "$dir" >out \
			2>err
		has "^error: .$dir. is no platform$" err
		has "^hint: name the .* on the server" err
		lacks "platform init" err
		has "^Nothing was changed.$" err
	done
'

done_testing
