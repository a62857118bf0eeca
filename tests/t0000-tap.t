#!/bin/sh
#
# The library the other stories stand on: above all, that a failure in a body
# is seen wherever it happens.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"

# tell LINE...: run a story file of these lines, keep what it says
tell()
{
	put inner.t '. "$TESTS_DIR/lib/tap.sh"' "$@"
	set +e
	env -u TAP_TRACE -u TAP_KEEP -u TAP_NO_SKIP \
		BUILD_DIR="$BUILD_DIR" TESTS_DIR="$TESTS_DIR" \
		TRASH_ROOT="$PWD/inner" sh inner.t >out 2>err
	tell_code=$?
	set -e
}

# In plain shell, as a library that sees no failure would not see this one.
tell 'story it false' done_testing
if [ "$tell_code" -ne 1 ] || ! grep -q '^not ok 1 - it$' out
then
	echo 'Bail out! A failing story is not reported'
	exit 1
fi
set +e

# fails BODY: a story of this body is reported as failed, and not run past
# the failure
fails()
{
	tell "story 'it' '$1" "echo too far >../../../far'" done_testing
	is 1 "$tell_code"
	has '^not ok 1 - it$' out
	has '^1\.\.1$' out
	missing far
}

# passes BODY
passes()
{
	tell "story 'it' '$1'" done_testing
	is 0 "$tell_code"
	has '^ok 1 - it$' out
	test ! -s err
}

story 'a body that succeeds is ok' '
	passes "true; test 1 = 1; expect_code 3 sh -c \"exit 3\"; not false"
	passes "if false; then false; fi"
	passes "x=\$(echo a); is a \$x"
	passes "(cd / && true)"
	passes "put f a b; has ^b f; lacks c f; same f f; exists f; missing g"
'

story 'a body fails where a command fails' '
	fails false
	fails "sh -c \"exit 7\""
	fails "test 1 = 2"
	fails "[ 1 = 2 ]"
	fails "no-such-command"
	fails "( false; true )"
	fails "(cd / && false)"
	fails "x=\$(false)"
	fails "for i in 1 2; do false; done"
	fails "if true; then false; fi"
	fails "echo \$no_such_variable"
	fails "exit 0"
	fails "if"
	fails "f() { false; true; }
	f"
	fails "f() { false; true; }
	expect_code 0 f"
'

story 'a body fails before it runs where set -e is blind' '
	fails "! true"
	has "use not" err
	fails "		! grep x /dev/null"
	fails "false && true"
	has "use lines" err
	fails "git log | cat"
	fails "export X=\$(false)"
	passes "if true && true; then :; fi"
	passes "cat >f <<-\\EOF
		a && b
		! c
	EOF
	lacks d f"
	passes "x=\"a && b
	! c\""
	passes "true && true # tap: ok"
'

story 'helpers fail, and say why' '
	fails "expect_code 2 true"
	has "expected exit code 2, got 0: true" err
	fails "expect_code 1 sh -c \"echo reason >&2; exit 2\" >out 2>err"
	has "expected exit code 1, got 2" err
	has "> reason" err
	fails "not true"
	fails "not sh -c \"kill -SEGV \\\$\\\$\""
	fails "not no-such-command"
	fails "put a 1; put b 2; same a b"
	has "> +2" err
	fails "same a no-such-file"
	fails "is one two"
	has "expected: one" err
	fails "put f some; has more f"
	has "> some" err
	fails "put f some; lacks s f"
	fails "lacks s no-such-file"
	fails "exists nowhere"
	fails "put f; missing f"
	fails "wait_for 0 false"
	has "waited in vain for: false" err
'

story 'a failure shows the body, its output, and keeps the folder' '
	tell "story it \"echo said; put left; false\"" done_testing
	is 1 "$tell_code"
	has "^# inner: .it. failed (exit 1)$" err
	has "^#  | echo said; put left; false$" err
	has "^#  > said$" err
	exists inner/inner/work/left
'

story 'success leaves no folder' '
	tell "story it \"put left\"" done_testing
	is 0 "$tell_code"
	missing inner/inner
'

story 'one failure among successes fails the file, and the rest is told' '
	tell "story a true" "story b false" "story c true" done_testing
	is 1 "$tell_code"
	put expected "ok 1 - a" "not ok 2 - b" "ok 3 - c" 1..3
	same expected out
	not prove -e sh inner.t
'

story 'a story under a condition bails out' '
	tell "if story a false; then :; fi" done_testing
	is 1 "$tell_code"
	has "^Bail out!" out
	tell "story a false || :" done_testing
	is 1 "$tell_code"
	has "^Bail out!" out
'

story 'a file without stories, or without an end, is no success' '
	tell done_testing
	is 1 "$tell_code"
	tell "story a true" "exit 0"
	lacks "^1\\.\\." out
'

story 'skips are marked, or fail where nothing may be skipped' '
	tell "skip a because" "story b true" done_testing
	is 0 "$tell_code"
	has "^ok 1 - a # SKIP because$" out
	tell "skip_all because"
	is 0 "$tell_code"
	has "^1\\.\\.0 # SKIP because$" out
	tell "TAP_NO_SKIP=1" "skip a because" done_testing
	is 1 "$tell_code"
	tell "TAP_NO_SKIP=1" "skip_all because"
	is 1 "$tell_code"
'

story 'the world outside is not seen' '
	GIT_DIR=/nowhere GIT_TRACE=1 GIT_AUTHOR_NAME=X LC_MESSAGES=x
	EDITOR=vi http_proxy=http://127.0.0.1:1
	export GIT_DIR GIT_TRACE GIT_AUTHOR_NAME LC_MESSAGES EDITOR http_proxy
	passes "
		test -z \"\${GIT_DIR-}\${GIT_TRACE-}\${LC_MESSAGES-}\"
		test -z \"\${EDITOR-}\${http_proxy-}\"
		is \"Olga Operator\" \"\$GIT_AUTHOR_NAME\"
		is \"\$TRASH/home\" \"\$HOME\"
		is UTC \"\$TZ\"
		is main \"\$(git config init.defaultBranch)\"
		git config --show-origin --list >list
		lacks /etc/ list
		not git rev-parse --git-dir"
'

story 'the clock goes on from story to story' '
	tell "story a \"git init -q; commit one --allow-empty\"" \
		"story b \"git commit -q --allow-empty -m two
		commit three
		git log --format=%ct >times
		sort -r times >sorted
		same sorted times\"" done_testing
	is 1 "$tell_code"
	has "nothing to commit" err
	tell "story a \"git init -q; put x; commit one\"" \
		"story b \"put y; commit two
		git log --format=%cI >times
		put expected 2024-01-01T00:03:00+00:00 \
			2024-01-01T00:02:00+00:00
		same expected times\"" done_testing
	cat err
	is 0 "$tell_code"
'

story 'what is promised for the end happens at the end' '
	tell "story a \"at_end \\\"echo first >>../../../end\\\"\"" \
		"at_end \"echo second >>../../../end\"" \
		"story b \"missing ../../../end; false\"" done_testing
	is 1 "$tell_code"
	put expected second first
	same expected end
	tell "at_end \"echo died >../../../end\"" "exit 3"
	is 3 "$tell_code"
	has died end
'

story 'waiting ends when the condition holds' '
	( sleep 0.2; put there ) &
	wait_for 10 test -e there
	wait
'

done_testing
