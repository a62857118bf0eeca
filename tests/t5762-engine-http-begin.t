#!/bin/sh
# Having a service begin a deploy over HTTP, where that goes wrong: it is begun
# once, and what nobody knows nobody claims.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
# shellcheck disable=SC2034
DRIVER=http
mkdir -p "$ANSWERS/deploys/d1" "$ANSWERS/deploys/d2"

# api [LINE...]: that service, and these lines below `http`
api()
{
	drives 'api:' '  http:' '    trigger:' \
		"      url: '$ANSWERS_URL/start'" '      id: /id' \
		'      json: {commit: "{commit}"}' '    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' '      text: /why' \
		'      states: {running: pending, ok: success, bad: failure}' \
		"$@"
}

finds()
{
	api "$@" '    find:' "      url: '$ANSWERS_URL/list'" \
		'      commit: /commit' '      id: /id'
}

# item ID
item()
{
	printf '{"commit":"%s","id":"%s"}' "$(git rev-parse HEAD)" "$1"
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
	: >"$ANSWERS/asked"
}

story 'the connection is lost after it was taken: it is found by its commit' '
	draw_engine
	finds
	cd prod
	says start close
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	says list "200 - []"
	expect_code 4 git upgrade push >../out 2>../err
	has "nobody here can tell whether it did" ../err
	expect_code 4 git upgrade push >../out 2>../err
	has "nobody here can tell whether it did" ../err
	says list "200 - [$(item d1)]"
	expect_code 0 git upgrade push >../out 2>../err
	is 1 "$(questions start)"
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'begun again: the one that failed before is not taken for it' '
	cd prod
	change one
	says start "201 - {\"id\":\"d1\"}"
	says deploys/d1/status "200 - {\"state\":\"bad\",\"why\":\"no disk\"}"
	expect_code 3 git upgrade push >../out 2>../err
	says start "201 - {}"
	says list "200 - [$(item d1)]" "200 - [$(item d1),$(item d2)]"
	says deploys/d2/status "200 - {\"state\":\"ok\"}"
	expect_code 0 git upgrade push --retry >../out 2>../err
	is 2 "$(questions start)"
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'begun again, and the connection is lost: nor is it then' '
	cd prod
	change two
	says start "201 - {\"id\":\"d1\"}"
	says deploys/d1/status "200 - {\"state\":\"bad\",\"n\":2}"
	expect_code 3 git upgrade push >../out 2>../err
	says start close
	says list "200 - [$(item d1)]"
	expect_code 4 git upgrade push --retry >../out 2>../err
	expect_code 4 git upgrade push >../out 2>../err
	says list "200 - [$(item d1),$(item d2)]"
	expect_code 0 git upgrade push >../out 2>../err
	is 2 "$(questions start)"
'

story 'an answer that points elsewhere does not say that it was not begun' '
	cd prod
	change three
	api
	says start "to 303 $ANSWERS_URL/deploys/d1"
	expect_code 4 git upgrade push >../out 2>../err
	has "nobody here can tell whether it did: .*/start answered 303" ../err
	is "" "$(state failed)"
	says start "201 - {\"id\":\"\"}"
	expect_code 4 git upgrade push --retry >../out 2>../err
	has "nobody here can tell whether it did: .*/start: /id is empty" \
		../err
	says start "201 - {\"id\":\"d1\"}"
	says deploys/d1/status "200 - {\"state\":\"ok\",\"n\":3}"
	expect_code 0 git upgrade push --retry >../out 2>../err
'

story 'a success that does not say of which commit is none' '
	cd prod
	change four
	api "      commit: /commit"
	says deploys/d1/status "200 - {\"state\":\"ok\",\"n\":4}"
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	has "^warning: .*/status: the answer has no /commit; trying again" ../err
	says deploys/d1/status \
		"200 - {\"state\":\"ok\",\"commit\":\"$(git rev-parse HEAD)\"}"
	expect_code 0 git upgrade push >../out 2>../err
'

story 'secrets that begin like others, or have lines, are masked whole' '
	cd prod
	change five
	A_TOKEN=geheim B_TOKEN=geheim-lang
	C_TOKEN="erste-zeile
zweite-zeile"
	export A_TOKEN B_TOKEN C_TOKEN
	api "    log:" "      url: $ANSWERS_URL/deploys/{id}/log"
	says deploys/d1/status "200 - {\"state\":\"ok\",\"n\":5}"
	says deploys/d1/log \
		"200 - a geheim-lang b geheim\\nerste-zeile\\nc zweite-zeile d\\n"
	expect_code 0 git upgrade push >../out 2>../err
	has "^a \*\*\* b \*\*\*$" ../err
	has "^c \*\*\* d$" ../err
	lacks "lang\|zeile" ../err .git/upgrade/logs/production/latest
'

story 'a result without what it means: refused' '
	cd prod
	api "      result: /result"
	expect_code 128 git upgrade config >../out 2>../err
	has "the keys .http.status.result. and .results. belong together" ../err
'
done_testing
