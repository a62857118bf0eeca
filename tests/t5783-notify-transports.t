#!/bin/sh
# Whoever asked over ssh or http is not kept by a program that is told and
# hangs, and the log of a deploy can be had over each.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

# The program says that it is there, and ends when somebody writes.
is_telling()
{
	test -s "$WORK/telling"
}

# unhindered URL NAME: a push and a request, while nobody lets the program end
unhindered()
{
	git remote set-url platform "$1"
	rm -f ../telling
	put "by/$2" "$2"
	commit "Over $2"
	expect_code 0 timeout 60 git upgrade push production >../out 2>../err
	has "^Deployed and verified" ../err
	wait_for 20 is_telling
	expect_code 0 timeout 60 git upgrade verify production >../out 2>../err
	expect_code 0 timeout 60 git upgrade log --output >../out 2>../err
	has "^building v1.0.0 for production$" ../out
	has "^Deployed and verified" ../out
	kill "$(cat ../telling)"
	wait_for 20 nobody_tells
}

# The one about the verification hangs as well, in its turn.
nobody_tells()
{
	[ "$(git ls-remote platform refs/upgrade/ledger/production |
		cut -f 1)" = \
		"$(cat "$WORK_PLATFORM/upgrade/notify/production/told")" ] ||
	{
		kill "$(cat "$WORK/telling")"
		return 1
	}
}

story 'set-up' '
	draw_clone prod
	cd prod
	draw_platform
	cat >>"$WORK_PLATFORM/info/gitupgrade.yaml" <<-EOT
	notify:
	  timeout: 5m
	  run: [sh, -c, "echo \$\$ >$WORK/telling; exec tail -f /dev/null"]
	EOT
'

story 'over file' '
	cd prod
	unhindered "$WORK_PLATFORM" file
'

if have_ssh
then
	start_ssh
	story 'over ssh' '
		cd prod
		unhindered "$SSH_URL$WORK_PLATFORM" ssh
	'
else
	skip 'over ssh' 'no sshd'
fi

if have_http
then
	start_http "$WORK"
	story 'over http' '
		cd prod
		unhindered "$HTTP_URL/platform.git" http
	'
else
	skip 'over http' 'no nginx, fcgiwrap, perl'
fi

done_testing
