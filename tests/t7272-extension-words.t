#!/bin/sh
#
# The gate `extensions`: rules as people write them, and messages as services
# for hosting do.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/extensions.sh"

# back: what is there now is taken back, for the next story
back()
{
	git checkout -q staging &&
	git read-tree -m -u HEAD core &&
	tick &&
	git commit -q --allow-empty -m "All of it is gone"
}

# requested MESSAGE: a branch that is gone was merged so
requested()
{
	git checkout -q -b topic &&
	put "for $(short HEAD)" &&
	commit Topic &&
	git checkout -q staging &&
	git merge -q --no-ff -m "$1" topic &&
	git branch -q -D topic
}

story 'services write each their own message' '
	draw_promotion prod
	git upgrade merge --no-edit v1.1.0
	git tag core
	by "branches=extension/*"
	while read -r line
	do
		requested "$line"
		sees "branch extension/shop ($(short HEAD))$"
		back
	done <<-\EOT
	Merge pull request #12 from olga/extension/shop
	Merge pull request #12 in SHOP/prod from extension/shop to staging
	Merge pull request '"'"'Pay from afar'"'"' (#3) from extension/shop into staging
	EOT
	requested "Pull request #12: Pay from afar

Merge in SHOP/prod from extension/shop to staging"
	sees "branch extension/shop ($(short HEAD))$"
	back
	sees_nothing
'

story 'of several that were merged at once each is named' '
	cd prod
	for branch in a b
	do
		git checkout -q -b "extension/$branch" core
		put "of $branch"
		commit "$branch"
	done
	git checkout -q staging
	git merge -q --no-edit extension/a extension/b
	git branch -q -D extension/a extension/b
	sees "branch extension/a ($(short HEAD)), branch extension/b ($(short HEAD))$"
	git revert --no-edit -m 1 HEAD
	sees_nothing
'

story 'a pattern means what is in folders that it matches, too' '
	cd prod
	requested "Merge branch '"'"'extension/team/shop'"'"' into staging"
	sees "branch extension/team/shop ($(short HEAD))$"
	back
	put app/code/Acme/Shop.php
	commit "The shop"
	for rule in app/code "app/code/*" "app/*/Acme/"
	do
		by "paths=$rule"
		sees "path app/.* (app/code/Acme/Shop.php)$"
	done
	by "paths=App/Code/" "paths=app/code.php"
	sees_nothing
	back
'

story 'a trailer may be folded' '
	cd prod
	by "trailers=Extension"
	put shop
	commit "Add the shop

Extension:
 the shop"
	sees "trailer Extension: ($(short HEAD))$"
'

done_testing
