#!/bin/sh
#
# Clone and push over ssh and HTTP, with real servers and no fixed port.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/servers.sh"

# The hook tells what the far end sees.
git init -q --bare server.git
cat >server.git/hooks/pre-receive <<\EOT
#!/bin/sh
cat >/dev/null
echo "home $HOME, author ${GIT_AUTHOR_NAME-nobody}"
echo "date ${GIT_COMMITTER_DATE-none}"
echo "told by $(git config user.email)"
EOT
chmod +x server.git/hooks/pre-receive

# round_trip URL NAME
round_trip()
{
	git clone -q "$1" "$2"
	put "$2/$2" 'by way of the server'
	commit "From $2" -C "$2"
	git -C "$2" push origin HEAD:refs/heads/"$2" 2>err
	has "remote: home $HOME, author nobody" err
	has 'remote: date none' err
	has "remote: told by $GIT_AUTHOR_EMAIL" err
	is "$(git -C "$2" rev-parse HEAD)" \
		"$(git -C server.git rev-parse "$2")"
	# More than one buffer, and a second request
	perl -e 'print pack "N", int rand 2**32 for 1 .. 600000' >"$2/big"
	commit 'Two megabytes' -C "$2"
	git -C "$2" push -q origin HEAD:refs/heads/"$2"
	git clone -q -b "$2" "$1" "$2.again"
	cmp "$2/big" "$2.again/big"
}

if ! have_ssh
then
	skip 'clone and push over ssh' 'no sshd or ssh'
elif ! start_ssh
then
	skip 'clone and push over ssh' 'sshd does not let this user in'
else
	story 'clone and push over ssh' '
		round_trip "$SSH_URL$PWD/server.git" over-ssh
	'
	story 'ssh works from a cleaned environment' '
		env -i HOME="$HOME" PATH="$PATH" GIT_CONFIG_NOSYSTEM=1 \
			git ls-remote "$SSH_URL$PWD/server.git" >out
		has refs/heads/over-ssh out
	'
fi

if ! have_http
then
	skip 'clone and push over HTTP' 'no nginx, fcgiwrap, perl or setsid'
else
	start_http .
	story 'clone and push over HTTP' '
		test -n "$HTTP_URL"
		round_trip "$HTTP_URL/server.git" over-http
	'
	story 'the web server stops, with its children' '
		read -r pid <"$TRASH/http/nginx.pid"
		read -r group <"$TRASH/http/fcgi.pid"
		not servers_gone "$pid"
		not servers_gone "$group"
		stop_http
		servers_gone "$pid"
		servers_gone "$group"
		expect_code 128 git ls-remote "$HTTP_URL/server.git" 2>err
		stop_http
	'
	story 'and starts again' '
		start_http .
		git ls-remote "$HTTP_URL/server.git" >out
		has refs/heads/over-http out
	'
fi

done_testing
