#!/bin/sh
#
# The gate `extensions`: work on extensions comes after an upgrade, not with
# it. A shop, from the branch where its extension is made to production.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'
from='promotes_from: staging'
rules='extensions: {branches: [extension/*], trailers: [Extension], paths: [app/code/]}'

# short REV
short()
{
	git rev-parse --short=7 "$1"
}

# refuses ARG...: promote says no to it, and nothing moved
refuses()
{
	before=$(at production)
	expect_code 2 git upgrade promote "$@" >../out 2>../err &&
	has "^Nothing was changed" ../err &&
	is "$before" "$(at production)"
}

# plain_push [COMMIT]: of staging, promoted past the gates of this clone
plain_push()
{
	git fetch -q platform &&
	git push --no-verify --porcelain platform \
		"$(promoted "${1-staging}"):refs/heads/production" \
		>../out 2>../err
}

story 'the release comes to staging, and the extension after it' '
	draw_promotion prod
	promoting "$from" "$own" "$rules"
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git tag core
	git checkout -q -b extension/shop
	put app/code/Acme/Shop.php "a shop"
	commit "Add the shop

Extension: shop"
	put app/code/Acme/Cart.php "a cart"
	commit "Add the cart"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/shop
	git tag merged
	git upgrade push staging
	is 1.1.0 "$(serves staging)"
'

story 'both at once are refused, by the platform alone, which says what to do' '
	cd prod
	refuses production
	has "extensions: production has not verified v1.0.0 -> v1.1.0 yet, and work on extensions comes with it: branch extension/shop ($(short merged)), trailer Extension: shop ($(short merged^2^)), path app/code/ (app/code/Acme/Cart.php and 1 more)" \
		../err
	has "hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		../err
	has "hint: when that is verified on production, the rest is let in: git upgrade promote staging production" \
		../err
	expect_code 1 plain_push
	has "remote rejected\] (extensions: production has not verified v1.0.0 -> v1.1.0 yet" \
		../out
	has "^remote:   gates .*legal-hop ok, extensions refused" ../err
	is 1.0.0 "$(serves production)"
'

story 'a clone that knows of it judges alike, before anything is sent' '
	cd prod
	git config upgrade.environments.production.extensions.paths app/code/
	refuses -n production
	has "^  gates .*extensions refused" ../err
	has "^error: extensions: production has not verified v1.0.0 -> v1.1.0 yet, .*: path app/code/ (app/code/Acme/Cart.php and 1 more)" \
		../err
	has "^hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		../err
	expect_code 2 git upgrade promote -n --json production >../json 2>../err
	has "\"gate\": *\"extensions\"" ../json
	has "\"verdict\": *\"refused\"" ../json
	has "\"reason\": *\"production has not verified v1.0.0 -> v1.1.0" ../json
'

story 'the release alone is promoted, as it was said' '
	cd prod
	git upgrade promote -n --commit=core production >../out 2>../err
	has "^  gates .*extensions ok (v1.0.0 -> v1.1.0 brings no work on extensions)" \
		../err
	has "^  evidence   extensions: v1.0.0 -> v1.1.0 brings no work on extensions" \
		../err
	has "^Would be promoted" ../err
	git config --unset upgrade.environments.production.extensions.paths
	expect_code 0 plain_push core
	has "^remote:   gates .*extensions ok (v1.0.0 -> v1.1.0 brings no work on extensions)" \
		../err
	platform_idle
	is 1.1.0 "$(serves production)"
	missing "$SRV/production/current/app"
'

story 'and once that is verified there, the extension' '
	cd prod
	git config upgrade.environments.production.extensions.paths app/code/
	git upgrade promote -n staging production >../out 2>../err
	has "^  evidence   extensions: production has verified v1.1.0" ../err
	git config --unset upgrade.environments.production.extensions.paths
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified" ../err
	exists "$SRV/production/current/app/code/Acme/Shop.php"
	is 1.1.0 "$(serves production)"
'

story 'it also waits for a release that is there, and failed' '
	cd prod
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	git tag core2
	git checkout -q extension/shop
	put app/code/Acme/Shop.php "a shop for 2"
	commit "Upgrade the shop

Extension: shop"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/shop
	git upgrade push staging
	cp ../platform.git/info/gitupgrade.yaml ../good.yaml
	sed "s/if test -e sick;/if test \$UPGRADE_ENV = production;/" \
		../good.yaml >../platform.git/info/gitupgrade.yaml
	expect_code 3 git upgrade promote --commit=core2 production
	refuses production
	has "extensions: production has not verified v1.1.0 -> v2.0.0 yet, which is there, and work on extensions comes behind it: branch extension/shop (.*), trailer Extension: shop ($(short extension/shop)), path app/code/ (app/code/Acme/Shop.php)" \
		../err
	has "hint: see how it stands there with .git upgrade status production., or look at it again with .git upgrade verify production." \
		../err
	has "hint: when it is verified: git upgrade promote staging production" \
		../err
	expect_code 1 plain_push
	has "(extensions: production has not verified v1.1.0 -> v2.0.0 yet, which is there" \
		../out
	cp ../good.yaml ../platform.git/info/gitupgrade.yaml
	git fetch -q platform
	git branch -q -f production platform/production
	git upgrade push --retry production
	git upgrade promote staging production
	is "a shop for 2" "$(cat "$SRV/production/current/app/code/Acme/Shop.php")"
'

story 'nobody overrides it, unless the owner lets them' '
	cd prod
	(
		cd ../upstream
		git checkout -q -b release/2.1 v2.0.0
		put VERSION 2.1.0
		commit "Version 2.1.0"
		git tag -m v2.1.0 v2.1.0
	)
	git upgrade fetch
	put app/code/Acme/Shop.php "a shop for 2.1"
	commit "Upgrade the shop first"
	git upgrade merge --no-edit v2.1.0
	git upgrade push staging
	refuses --override=extensions --reason="they need each other" production
	has "hint: nobody may override .extensions. unless production.s owner says so: environments.production.overrides" \
		../err
	promoting "$from" "$own" "$rules" "overrides: [extensions]"
	git config upgrade.environments.production.overrides extensions
	refuses production
	has "^hint: staging has verified nothing that has v2.1.0 without it; take it out where it was merged, have that verified there, and promote that:" \
		../err
	has "^hint:   git revert .*  (.*Upgrade the shop first)" ../err
	has "^hint: or override it: --override=extensions --reason=TEXT" ../err
	git upgrade promote --override=extensions \
		--reason="they need each other" production >../out 2>../err
	is 2.1.0 "$(serves production)"
	git upgrade log -n2 production >../out
	has "extensions overridden: they need each other (production has not verified v2.0.0 -> v2.1.0 yet" \
		../out
'

done_testing
