#!/bin/sh
#
# The gate `extensions` where nothing is promoted: an environment that is
# pushed to, by the platform and the hook pre-push, and a host that pulls.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

rules='{trailers: [Extension], paths: [app/code/]}'

plain_push()
{
	git push --no-verify --porcelain platform HEAD:production \
		>../out 2>../err
}

story 'a push of both is refused by the platform, with what to revert' '
	draw_clone prod
	cd prod
	draw_platform
	git upgrade push
	echo "    extensions: $rules" >>../platform.git/info/gitupgrade.yaml
	git upgrade merge --no-edit v1.1.0
	put app/code/Acme/Shop.php "a shop"
	commit "Add the shop

Extension: shop"
	expect_code 1 plain_push
	has "remote rejected\] (extensions: production has not verified v1.0.0 -> v1.1.0 yet, and work on extensions comes with it: trailer Extension: shop ($(git rev-parse --short=7 HEAD)), path app/code/ (app/code/Acme/Shop.php))" \
		../out
	has "^remote: hint: take it out, and push again:" ../err
	has "^remote: hint:   git revert $(git rev-parse --short=12 HEAD)  (" ../err
	has "^remote: hint: when v1.1.0 is verified on production, bring it back by reverting that" \
		../err
	expect_code 2 git upgrade push >../out 2>../err
	has "extensions: production has not verified v1.0.0 -> v1.1.0 yet" ../err
'

story 'and so it is by the hook of a clone that knows' '
	cd prod
	git config upgrade.environments.production.extensions.paths app/code/
	git upgrade hooks install
	expect_code 1 git push platform HEAD:production >../out 2>../err
	has "^upgrade: production: extensions: production has not verified v1.0.0 -> v1.1.0 yet, .*: path app/code/ (app/code/Acme/Shop.php)" \
		../err
	has "^upgrade: hint:   git revert " ../err
	git upgrade hooks remove
'

story 'as it says: taken out, verified, and brought back' '
	cd prod
	git revert --no-edit HEAD
	git upgrade push >../out 2>../err
	has "^  gates .*extensions ok" ../err
	is 1.1.0 "$(cat "$SRV/current/VERSION")"
	git revert --no-edit HEAD
	git upgrade push >../out 2>../err
	exists "$SRV/current/app/code/Acme/Shop.php"
'

story 'without an upgrade they come as they like, and any fix with one' '
	cd prod
	put app/code/Acme/Cart.php "a cart"
	commit "Add the cart

Extension: cart"
	git upgrade push
	git upgrade merge --no-edit v2.0.0
	put own.txt more
	git rm -q app/code/Acme/Shop.php
	commit "Does not run with it"
	git upgrade push
	is 2.0.0 "$(cat "$SRV/current/VERSION")"
	missing "$SRV/current/app/code/Acme/Shop.php"
'

story 'a host that pulls judges alike' '
	rm -rf prod
	draw_host
	put profile.yaml "$(cat profile.yaml)" "environments:" \
		"  production:" "    extensions: $rules"
	cd host
	git upgrade deploy
	git upgrade merge --no-edit v1.1.0
	put app/code/Acme/Shop.php "a shop"
	commit "Add the shop"
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: extensions: production has not verified v1.0.0 -> v1.1.0 yet, and work on extensions comes with it: path app/code/ (app/code/Acme/Shop.php)" \
		../err
	has "^hint: take it out, and deploy again:" ../err
	git revert --no-edit HEAD
	git upgrade deploy
	is 1.1.0 "$(cat "$SERVING")"
	git revert --no-edit HEAD
	git upgrade deploy
	exists app/code/Acme/Shop.php
'

done_testing
