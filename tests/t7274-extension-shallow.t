#!/bin/sh
#
# Promotions in a shallow clone: what is not here may be work on extensions, and
# what is there may be what the source has, too.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# cut BACK: history of staging ends so many commits back, as a fetch with
# --depth leaves it
cut()
{
	git rev-parse "platform/staging~$1" >.git/shallow
}

story 'work, many commits, and an upgrade' '
	draw_promotion prod
	git tag first
	git checkout -q -b extension/shop
	put shop
	commit "Add the shop"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/shop
	git branch -q -D extension/shop
	for i in 1 2 3 4 5 6 7 8
	do
		put "file$i" "$i"
		commit "Work $i"
	done
	git upgrade merge --no-edit v1.1.0
	put file "9"
	commit "Work 9"
	git upgrade push staging
'

story 'a clone that lacks what both have sees no fixes in that' '
	git clone -q --no-single-branch "file://$WORK/platform.git" part
	cd part
	git remote rename origin platform
	git config remote.pushDefault platform
	git config push.default nothing
	git remote add upstream "file://$WORK/upstream"
	git config upgrade.upstream upstream
	git upgrade fetch
	cut 4
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^error: this clone is shallow: its history ends before it tells what production has, and staging lacks" \
		../err
	has "^hint: get the rest with \"git fetch --unshallow platform\"" ../err
	lacks "cherry-pick" ../err
	git fetch -q --unshallow platform
	git upgrade promote -n production
'

story 'where it is cut off, nobody says that there is none' '
	cd prod
	git upgrade promote --commit=first production
	cd ../part
	git config upgrade.environments.production.extensions.branches \
		"extension/*"
	git fetch -q platform
	cut 4
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "^  gates .*legal-hop ok, extensions refused" ../err
	has "^error: extensions: this clone is shallow: its history ends before it tells whether v1.0.0 -> v1.1.0 brings work on extensions" \
		../err
	has "^hint: fetch the rest with \"git fetch --unshallow\", then \"git upgrade promote staging production\"" \
		../err
	git fetch -q --unshallow platform
	expect_code 2 git upgrade promote -n production >../out 2>../err
	has "comes with it: branch extension/shop (" ../err
'

done_testing
