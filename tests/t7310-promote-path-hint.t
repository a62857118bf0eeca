#!/bin/sh
#
# Production is several hops behind, and staging went over other releases than
# the path names: what is said to type leads there, also where only the platform
# knows that there are hops.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'the path leads over what staging never had: its own release is named' '
	draw_promotion prod
	for release in v1.1.0 v2.0.0
	do
		git upgrade merge --no-edit "$release"
		git upgrade push staging
	done
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: .*legal-hop: " ../err
	has "^hint: the path is v1.0.0 -> v1.1.1 -> v2.0.0; promote what staging has verified of v1.1.0 first:" \
		../err
	has "^hint: or all of them, one after the other: git upgrade promote --path staging production$" \
		../err
	sed -n "s/^hint:   //p" ../err >../types
	is "git upgrade promote --release=v1.1.0 staging production" \
		"$(cat ../types)"
	sh ../types
	is 1.1.0 "$(serves production)"
	git upgrade promote production
	is 2.0.0 "$(serves production)"
'

done_testing
