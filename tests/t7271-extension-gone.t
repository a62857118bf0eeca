#!/bin/sh
#
# The gate `extensions`: work of which no file is left does not come, however
# it was taken out.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/extensions.sh"

story 'an extension, and the upgrade behind it' '
	draw_promotion prod
	git checkout -q -b extension/shop
	put shop/a "the shop"
	put config/app level=shop
	commit "Add the shop

Extension: shop"
	put shop/b "more of it"
	commit "Add more of it"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/shop
	git branch -q -D extension/shop
	git tag merged
	git upgrade merge --no-edit v1.1.0
	by "branches=extension/*" "trailers=Extension"
	sees "branch extension/shop ($(short merged)), trailer Extension: shop ($(short merged^2^))$"
	has "^hint: staging has verified nothing that has v1.1.0 without it" ../err
'

story 'taken out by hand, in parts' '
	cd prod
	git rm -q -r shop
	git commit -q -m "Do without the shop"
	# What it says in a file that was there is left.
	sees "branch extension/shop ($(short merged)), trailer Extension: shop ($(short merged^2^))$"
	git checkout -q merged^ -- config/app
	git commit -q -m "Configure no shop"
	sees_nothing
	git tag out
'

story 'and back, by hand, and out again' '
	cd prod
	git checkout -q merged -- shop
	git commit -q -m "The shop again"
	sees "branch extension/shop ($(short merged)), trailer Extension: shop ($(short merged^2^))$"
	git rm -q -r shop
	git commit -q -m "Do without the shop"
	sees_nothing
'

story 'a service takes it out, and names no commit' '
	cd prod
	git checkout -q -b extension/cart
	put cart
	commit "Add the cart"
	git checkout -q staging
	git merge -q --no-ff -m "Merge branch '"'"'extension/cart'"'"' into '"'"'staging'"'"'" extension/cart
	sees "branch extension/cart ($(short HEAD) and 1 more)$"
	git revert --no-edit -m 1 HEAD
	git commit -q --amend -m "Revert \"Merge branch '"'"'extension/cart'"'"' into '"'"'staging'"'"'\"

This reverts merge request !12"
	sees_nothing
'

story 'what it shares with the upgrade goes back to what that made of it' '
	cd prod
	git checkout -q -b extension/port
	put settings.ini "$(sed s/80/8080/ settings.ini)"
	commit "Another port

Extension: port"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/port
	sees "branch extension/port ($(short HEAD) and 1 more), trailer"
	git checkout -q HEAD^ -- settings.ini
	git commit -q -m "The port as it was"
	sees_nothing
'

story 'so it can be promoted, and the work after it' '
	cd prod
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves production)"
	git revert --no-edit HEAD
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
