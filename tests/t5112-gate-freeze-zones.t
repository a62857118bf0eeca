#!/bin/sh
#
# The gate `freeze` with a time zone, and with times as cron has them.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip_all 'no tzdata'

pushed()
{
	git push --no-verify --porcelain platform HEAD:production \
		>../out 2>../err
}

story 'a window is of its zone, wherever whoever judges is' '
	draw_clone prod
	cd prod
	draw_platform
	git upgrade push
	put own.txt more
	commit "More"
	configure freeze "{from: 2001-01-01, to: 2999-07-31 08:30, zone: Europe/Berlin}"
	expect_code 1 pushed
	has "(freeze: production is frozen until Wed 2999-07-31 08:30 CEST (from 2001-01-01 to 2999-07-31 08:30, Europe/Berlin))" \
		../out
	expect_code 1 env TZ=XYZ-9 git push --no-verify --porcelain platform \
		HEAD:production >../out 2>../err
	has "until Wed 2999-07-31 08:30 CEST (" ../out
'

story 'a time that comes again, and how long it lasts' '
	cd prod
	configure freeze "{cron: \"* * * * *\", lasts: 2h, zone: Asia/Tokyo, reason: busy}"
	expect_code 1 pushed
	has "(freeze: production is frozen until ... ....-..-.. ..:.. JST (.\* \* \* \* \*., for 2h, Asia/Tokyo): busy)" \
		../out
	configure freeze "{cron: 0 0 1 1 *, lasts: 366d}"
	expect_code 1 pushed
	has "frozen until .* UTC (.0 0 1 1 \*., for 366d)" ../out
'

story 'what a step of a deploy sees is not the zone of a window' '
	cd prod
	configure freeze "{from: 2999-01-01, to: 2999-02-01, zone: Asia/Tokyo}" \
		"{cron: 0 0 30 2 mon, lasts: 1m, zone: Asia/Tokyo}"
	sed "s/echo \"building/echo \"zone \${TZ-none}\"; &/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml" >../changed.yaml
	cp ../changed.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 pushed
	has "freeze ok" ../err
	platform_idle
	has "^zone none" "$WORK_PLATFORM/upgrade/logs/production/latest"
'

story 'what cannot be read lets nothing in, and says where it is' '
	cd prod
	put own.txt again
	commit "Again"
	configure freeze "{cron: 0 16 * *, lasts: 64h}"
	expect_code 1 pushed
	has "info/gitupgrade.yaml:[0-9]*:16: environments.production.freeze.cron: expected minute, hour, day of the month, month and day of the week (\"0 16 \* \* fri\"), not .0 16 \* \*.: it has 4 fields, not five" \
		../out
	configure freeze "{from: fri, to: mon, zone: Europe/Atlantis}"
	expect_code 1 pushed
	has "environments.production.freeze.zone: expected a time zone such as Europe/Berlin, not .Europe/Atlantis." \
		../out
'

story 'without tzdata a zone is an error that says so' '
	cd prod
	configure freeze "{from: fri, to: mon, zone: Europe/Berlin}"
	expect_code 1 env TZDIR=/nowhere git push --no-verify --porcelain \
		platform HEAD:production >../out 2>../err
	has "there are no time zones here, in /nowhere; install tzdata" ../out
	configure freeze "{from: 2999-01-01, to: 2999-02-01}"
	expect_code 0 env TZDIR=/nowhere git push --no-verify --porcelain \
		platform HEAD:production >../out 2>../err
	platform_idle
'

done_testing
