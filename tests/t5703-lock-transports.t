#!/bin/sh
#
# Locks over ssh and http: the same requests, the same push option.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

# told URL NAME: locked, pushed to, refused, opened
told()
{
	git remote set-url platform "$1"
	git -C ../other remote set-url platform "$1"
	expect_code 0 git upgrade lock --reason="over $2" >../out 2>../err
	put "by/$2" "$2"
	commit "Over $2"
	expect_code 2 git -C ../other upgrade push >../out 2>../err
	has "^error: lock: production is locked by Olga Operator.*: over $2$" \
		../err
	git -C ../other fetch -q platform
	expect_code 1 git -C ../other push --no-verify platform \
		HEAD:production >../out 2>../err
	has "remote rejected\] HEAD -> production (lock: " ../err
	expect_code 0 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	expect_code 0 git upgrade unlock >../out 2>../err
	is "" "$(ref locks/production)"
	git -C ../other pull -q --no-rebase --no-edit platform production
}

story 'set-up' '
	draw_clone prod
	cd prod
	draw_platform
	git upgrade push
	cp -R . ../other
	put ../other/other.txt x
	commit "Of another" -C ../other
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
else
	skip 'over http' 'no nginx with fcgiwrap'
fi

done_testing
