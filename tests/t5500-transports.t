#!/bin/sh
# The same platform over file, ssh and http.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

# told URL: deploys, refusals and requests, as seen by a pusher
told()
{
	git remote set-url platform "$1"
	put "by/$2" "$2"
	commit "Over $2"
	git push platform production 2>../err
	has "^remote: building v1.0.0" ../err
	has "^remote: Deployed and verified in" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	exists "../srv/current/by/$2"
	git ls-remote platform >../refs
	has "refs/upgrade/deployed/production" ../refs

	git branch -f jump
	git checkout -q jump
	adopt v2.0.0
	git checkout -q production
	expect_code 1 git push --porcelain platform jump:production \
		>../out 2>../err
	has "remote rejected\] (legal-hop: " ../out
	has "^remote: hint: " ../err

	echo '{}' >../request
	blob=$(git hash-object -w ../request)
	git push --porcelain platform \
		"$blob:refs/upgrade/request/verify/production" >../out 2>../err
	has "verify  *platform ok" ../err
}

story 'over file' '
	draw_clone prod
	cd prod
	draw_platform
	told "$WORK_PLATFORM" file
'

if have_ssh
then
	start_ssh
	story 'over ssh' '
		cd prod
		told "$SSH_URL$WORK_PLATFORM" ssh
	'
else
	skip 'over ssh' 'no sshd'
fi

if have_http
then
	start_http "$WORK"
	story 'over http' '
		cd prod
		told "$HTTP_URL/platform.git" http
	'

	story 'a header cannot reach a step over http' '
		cd prod
		sed -i "s|test ! -e broken|env >../../environment|" \
			../platform.git/info/gitupgrade.yaml
		put header.txt x
		commit Header
		git -c http.extraHeader="Proxy: http://evil" push -q platform \
			production 2>../err
		lacks "evil" ../srv/environment
		has "^HOME=$HOME" ../srv/environment
	'

	story 'a client that goes away over http leaves a deploy behind' '
		cd prod
		put blocks
		commit Blocks
		setsid git push platform production >../out 2>../err &
		pusher=$!
		wait_for 20 building "$(git rev-parse HEAD)"
		kill -KILL "-$pusher"
		let_go
		platform_idle
		is "$(git rev-parse HEAD)" "$(ref verified/production)"
	'
else
	skip 'over http' 'no nginx with fcgiwrap'
fi

done_testing
