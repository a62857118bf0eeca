#!/bin/sh
#
# A shop with an extension, from integration over staging to production: the
# upgrade of the shop goes before that of its extension, also after production
# went back.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

short()
{
	git rev-parse --short=7 "$1"
}

# refuses ARG...: promote says no to it, and nothing moved
refuses()
{
	before=$(at production)
	expect_code 2 git upgrade promote "$@" >../out 2>../err &&
	is "$before" "$(at production)"
}

shop()
{
	cat "$SRV/$1/current/app/code/Acme/Shop.php"
}

story 'a shop whose extension runs everywhere' '
	draw_clone shop
	cd shop
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  integration: {}" "  staging: {promotes_from: integration}" \
		"  production:" "    promotes_from: staging" \
		"    extensions:" "      branches: [extension/*]" \
		"      paths: [app/code/]"
	put app/code/Acme/Shop.php "shop 1"
	commit "The shop"
	draw_platform --env integration --env staging --env production
	git config remote.pushDefault platform
	echo "    extensions: {branches: [extension/*], paths: [app/code/]}" \
		>>../platform.git/info/gitupgrade.yaml
	# One that is made of what the clone knows needs not be told.
	git upgrade platform init ../made.git
	(
		cd ../made.git
		git upgrade config environments.production.extensions >../out
	)
	has "extension/\*" ../out
	has "app/code/" ../out
	git upgrade push production
	git checkout -q -b staging
	git upgrade push staging
	git checkout -q -b integration
	git upgrade push integration
	is "shop 1" "$(shop production)"
'

story 'the upgrade is merged on integration, and comes to staging' '
	cd shop
	git upgrade merge --no-edit v1.1.0
	git upgrade push integration
	git upgrade promote integration staging >../out 2>../err
	has "^Deployed and verified" ../err
	git fetch -q platform
	git tag core platform/staging
'

story 'the extension is upgraded on its own branch, and comes there, too' '
	cd shop
	git checkout -q -b extension/shop
	put app/code/Acme/Shop.php "shop 2"
	commit "Upgrade the shop"
	git checkout -q integration
	git merge -q --no-ff --no-edit extension/shop
	git branch -q -D extension/shop
	git upgrade push integration
	git upgrade promote integration staging
	is "shop 2" "$(shop staging)"
'

story 'production gets the one first' '
	cd shop
	refuses staging production
	has "^error: extensions: production has not verified v1.0.0 -> v1.1.0 yet, and work on extensions comes with it: branch extension/shop ($(short integration)), path app/code/ (app/code/Acme/Shop.php)" \
		../err
	has "^hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		../err
	git upgrade promote --commit="$(git rev-parse --short=12 core)" staging \
		production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves production)"
	is "shop 1" "$(shop production)"
'

story 'and then the other' '
	cd shop
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified" ../err
	is "shop 2" "$(shop production)"
'

story 'what was gone back from is not there: again, one after the other' '
	cd shop
	git upgrade rollback --to=v1.0.0 production
	is "shop 1" "$(shop production)"
	is 1.0.0 "$(serves production)"
	git upgrade unlock --reason="once more" production
	refuses staging production
	has "^error: extensions: production has not verified v1.0.0 -> v1.1.0 yet, and work on extensions comes with it: branch extension/shop ($(short integration)), path" \
		../err
	git upgrade promote --commit=core production
	git upgrade promote production
	is "shop 2" "$(shop production)"
'

story 'merged before anybody verified the release alone: taken out, and back' '
	cd shop
	git upgrade merge --no-edit v2.0.0
	git checkout -q -b extension/shop
	put app/code/Acme/Shop.php "shop 3"
	commit "Upgrade the shop again"
	git checkout -q integration
	git merge -q --no-ff --no-edit extension/shop
	git upgrade push integration
	git upgrade promote integration staging
	refuses staging production
	has "^hint: staging has verified nothing that has v2.0.0 without it; take it out where it was merged, have that verified there, and promote that:" \
		../err
	has "^hint:   git revert -m 1 $(git rev-parse --short=12 integration)  ($(short integration) by .* (Merge branch .extension/shop. into integration))" \
		../err
	has "^hint: when v2.0.0 is verified on production, bring it back by reverting that" \
		../err
	# As it says
	git revert --no-edit -m 1 integration
	git upgrade push integration
	git upgrade promote integration staging
	git upgrade promote staging production
	is 2.0.0 "$(serves production)"
	is "shop 2" "$(shop production)"
	git revert --no-edit HEAD
	git upgrade push integration
	git upgrade promote integration staging
	git upgrade promote staging production
	is "shop 3" "$(shop production)"
'

done_testing
