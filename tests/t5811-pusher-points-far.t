#!/bin/sh
#
# A pusher is killed with all that is his at each point of a push, one after
# the other, over ssh and http, by `git upgrade push` and by plain git: what
# has arrived is deployed without him, what has not arrived is as if he had
# never begun. The server goes on alone, and ends.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/pushers.sh"

story 'a platform' '
	draw_pusher >out 2>&1
'

if have_ssh && start_sshd
then
	story 'ssh: git upgrade push' '
		cd prod
		git remote set-url platform "$SSH_URL$WORK_PLATFORM"
		each_point yes git-upgrade push
		arrives yes evidence git-upgrade push
	'
	story 'ssh: git push' '
		cd prod
		each_point yes git push platform production
	'
else
	skip 'ssh' 'no sshd or ssh'
fi

if have_http && start_http "$WORK"
then
	story 'http: git upgrade push' '
		cd prod
		git remote set-url platform "$HTTP_URL/platform.git"
		each_point yes git-upgrade push
		arrives yes evidence git-upgrade push
	'
	story 'http: git push' '
		cd prod
		each_point yes git push platform production
	'
else
	skip 'http' 'no nginx, fcgiwrap, perl or setsid'
fi

story 'fsck has nothing to complain of' '
	git -C platform.git fsck --strict
	git -C prod fsck --strict
'

done_testing
