#!/bin/sh
#
# The demo shows what it says it shows.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

# output COMMAND: what the demo shows below it, up to the next one
output()
{
	awk -v typed="\$ $1" '
	/^\$ / || /^# / { on = 0 }
	on { print }
	index($0, typed) == 1 { on = 1 }
	' "$WORK/shown"
}

story 'it runs to its end, and leaves what it made' '
	DEMO_DIR=$WORK/sandbox expect_code 0 \
		sh "$TESTS_DIR/../contrib/demo" >shown 2>err
	test ! -s err
	exists sandbox/production/.git sandbox/server/www/current
	has "cd $WORK/sandbox/production" shown
'

story 'plain git conflicts where git upgrade does not' '
	output "git merge 2.5.1" >out
	has "^CONFLICT" out
	has "^(exit 1)" out
	output "git upgrade plan 2.5.1" >out
	has "no conflicts" out
	output "git upgrade merge 2.5.1" >out
	lacks "^CONFLICT" out
	lacks "^(exit" out
'

story 'the illegal jump is refused, with the legal path' '
	output "git upgrade merge 2.7.2" >out
	has "2.4.1 -> 2.5.1 -> 2.6.2 -> 2.7.2" out
	has "^(exit 2)" out
'

story 'what was changed here is still there' '
	cd sandbox/production
	has "mender.acme.example" production/config/prod.yml
	has "USERADM_TOKEN_EXPIRATION" production/config/prod.yml
	has "network.driver.mtu: 1400" docker-compose.yml
	has "gui:2.5.1" docker-compose.yml
	exists ops/README
'

story 'the broken release fails, and the one before serves' '
	output "git upgrade push" >out
	has "^Deployed and verified" out
	has "502 Bad Gateway" out
	has "2.5.1 .* still serves" out
	has "^(exit 3)" out
	output "grep image" >out
	has "gui:2.5.1" out
	output "git upgrade status" >out
	has "^production  *2.5.2  *2.5.1 .* failed " out
'

story 'taken back, the one before is deployed again' '
	has "gui:2.5.1" sandbox/server/www/current/docker-compose.yml
	has "^release 2.5.1$" sandbox/server/www/current/.gitupgrade.adopted
	output "git upgrade log" >out
	has " failed  *2.5.1 -> 2.5.2 " out
	has " deployed  *2.4.1 -> 2.5.1 " out
'

story 'what it suggests to try works' '
	cd sandbox/production
	HOME=$WORK/sandbox
	GIT_CONFIG_GLOBAL=$HOME/.gitconfig
	expect_code 0 git upgrade list >out 2>err
	has "2.6.2  *next" out
	not git push --force server HEAD~3:production >out 2>err
	has "remote rejected" err
	git diff --quiet refs/upgrade/verified/production HEAD
'

done_testing
