#!/bin/sh
#
# The very first upgrade fails when it is deployed, and is reverted: the
# record that it brought goes with it, and that is let in.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'a clone without a record, deployed' '
	draw_generic upstream
	git clone -q --no-checkout upstream prod
	cd prod
	git checkout -q --no-track -b production v1.0.0
	put own.txt "our own"
	commit "Our own"
	draw_platform >../out 2>&1
	git config upgrade.profile ../profile.yaml
	git config remote.pushDefault platform
	expect_code 0 git upgrade push production >../out 2>../err
	is 1.0.0 "$(cat "$SRV/serving")"
	missing .gitupgrade.adopted
'

story 'its first upgrade turns out sick' '
	cd prod
	git upgrade merge --no-edit v1.1.1 >../out 2>../err
	put sick
	commit "A mistake"
	expect_code 3 git upgrade push >../out 2>../err
	has "v1.0.0 (.*) was restored and serves again" ../err
'

story 'reverted, it is pushed, and what served goes on' '
	cd prod
	git revert --no-edit HEAD
	git revert --no-edit -m 1 HEAD~2
	missing .gitupgrade.adopted
	expect_code 0 git upgrade push >../out 2>../err
	has "gates .*record ok, legal-hop ok" ../err
	is 1.0.0 "$(cat "$SRV/serving")"
	git upgrade status >../out 2>../err
	has "^production *v1.0.0 *v1.0.0 *v1.0.0 " ../out
'

story 'the same upgrade again, without the mistake' '
	cd prod
	git upgrade merge --no-edit v1.1.1 >../out 2>../err
	has "base v1.0.0" ../err
	expect_code 0 git upgrade push >../out 2>../err
	is 1.1.1 "$(cat "$SRV/serving")"
'

story 'deployed, it is not taken back, and the hint does not lie' '
	cd prod
	git revert --no-edit -m 1 HEAD
	expect_code 2 git upgrade push >../out 2>../err
	has "legal-hop: v1.1.1 -> v1.0.0 goes backwards" ../err
	lacks "git checkout .* -- .gitupgrade.adopted" ../err
'

done_testing
