#!/bin/sh
#
# Who may read a repository and not write it can look, and is told why no more.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# as_other COMMAND...: as somebody who may only read
as_other()
{
	if [ "$(id -u)" -eq 0 ]
	then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

story 'a repository that others may read' '
	draw_production others 2.4.1
	git config --global safe.directory "*"
'
chmod -R a+rX,u-w others/.git
# All the folders above must let them through, to this and to the program.
if as_other test -r "$WORK/others/.git/HEAD" 2>/dev/null &&
	as_other git upgrade --version >/dev/null 2>&1
then
	story 'somebody else: who one is, and what to do' '
		cd others
		expect_code 0 as_other git upgrade >../out 2>../err
		has "^On 2.4.1 " ../out
		for command in "merge --no-fetch" "plan --no-fetch"
		do
			# shellcheck disable=SC2086
			expect_code 128 as_other git upgrade $command 2.5.1 \
				>../out 2>../err
			has "^fatal: .*/.git/upgrade.*: Permission denied$" \
				../err
			has "^hint: you are .* here; do it as the user whom " \
				../err
			has "^Nothing was changed.$" ../err
		done
		git status --porcelain >../status
		same /dev/null ../status
	'
else
	skip 'a repository of somebody else' 'nobody else can read it here'
fi
chmod -R u+w others/.git

done_testing
