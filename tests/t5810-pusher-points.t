#!/bin/sh
#
# A pusher is killed with all that is his at each point of a push, one after
# the other, over file, by `git upgrade push` and by plain git: what
# has arrived is deployed without him, what has not arrived is as if he had
# never begun. His server is one of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/pushers.sh"

story 'a platform' '
	draw_pusher >out 2>&1
'

story 'file: git upgrade push' '
	cd prod
	each_point no git-upgrade push
	arrives yes evidence git-upgrade push
'

story 'file: git push' '
	cd prod
	each_point no git push platform production
'

story 'fsck has nothing to complain of' '
	git -C platform.git fsck --strict
	git -C prod fsck --strict
'

done_testing
