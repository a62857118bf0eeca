#!/bin/sh
# The log of a service over HTTP: connections that break while it is read, one
# that comes in pages, one that is held, and one that cannot be had.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
DRIVER=http
mkdir -p "$ANSWERS/deploys/d1"

# api QUERY [LINE...]: that service, and these lines below `log`
api()
{
	api_query=$1
	shift
	drives 'api:' '  http:' '    trigger:' \
		"      url: '$ANSWERS_URL/start'" '      id: /id' \
		'      json: {commit: "{commit}"}' '    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' \
		'      states: {running: pending, ok: success}' '    log:' \
		"      url: '$ANSWERS_URL/deploys/{id}/log$api_query'" "$@"
}

ndjson()
{
	api "$1" '      lines: ndjson' '      id: /_id' \
		'      message: /message' '      seal: /seal' \
		'      timeout: 1s'
}

# lines WORD...: of NDJSON; "end" seals it
lines()
{
	for word
	do
		[ "$word" != end ] || printf '{"_id":"end","seal":true}\\n'
		[ "$word" = end ] ||
			printf '{"_id":"%s","message":"line %s"}\\n' \
				"$word" "$word"
	done
}

# runs NAME: a deploy, which is running at first
runs()
{
	says start '201 - {"id":"d1"}'
	# From the first answer again, so it has to be another one.
	says deploys/d1/status \
		"200 - {\"state\":\"running\",\"of\":\"$1\"}" \
		'200 - {"state":"running"}' '200 - {"state":"ok"}'
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

# logged WORD...: these lines were shown, and are kept
logged()
{
	printf 'line %s\n' "$@" >../expected
	grep "^line" ../err >../shown
	same ../expected ../shown
	grep "^line" .git/upgrade/logs/production/latest >../kept
	same ../expected ../kept
}

story 'connections that break: no line is lost, none is there twice' '
	draw_engine
	ndjson ""
	runs zero
	says deploys/d1/log "cut 200 - $(lines 1 2){\"_id\":\"3\",\"mess" \
		"cut 200 - $(lines 1)" close \
		"cut 200 - $(lines 1 2 3)" half "200 - $(lines 1 2 3 4 end)"
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	logged 1 2 3 4
	has "the connection was closed half-way; trying again$" ../err
	lacks "known failure\|not verified" ../err
'

story 'the same of a service that sends what is behind the cursor' '
	cd prod
	change one
	ndjson "?from={cursor}"
	runs one
	says deploys/d1/log "cut 200 - $(lines 1 2){\"_id\":\"3\",\"mess" \
		"cut 200 - $(lines 3)" close "200 - $(lines 4 end)"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	logged 1 2 3 4
	has "^GET deploys/d1/log?from=3 " "$ANSWERS/asked"
'

story 'a service that holds the log until its end: it is shown, no trouble' '
	cd prod
	change two
	ndjson ""
	runs two
	says deploys/d1/log "hold 200 - $(lines 1)" \
		"hold 200 - $(lines 1 2)" "200 - $(lines 1 2 3 end)"
	expect_code 0 git upgrade push >../out 2>../err
	logged 1 2 3
	lacks "warning" ../err
'

story 'a log in many pages is read to its end before it is judged' '
	cd prod
	change three
	ndjson "?from={cursor}"
	runs three
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	says deploys/d1/log "200 - $(lines 1)" "200 - $(lines 2)" \
		"200 - $(lines 3)" "200 - $(lines 4)" "200 - $(lines 5)" \
		"200 - $(lines 6)" "200 - $(lines 7)" "200 - $(lines 8)" \
		"200 - $(lines 9)" \
		"200 - {\"_id\":\"10\",\"message\":\"known trouble\"}" \
		"200 - $(lines 11 end)"
	expect_code 3 git upgrade push >../out 2>../err
	logged 1 2 3 4 5 6 7 8 9 11
	has "not verified: the log has a known failure: known trouble" ../err
'

story 'a log that cannot be read is not clean; it may be read later' '
	cd prod
	change four
	ndjson ""
	runs four
	says deploys/d1/log "200 - $(lines 1)" "500 - -"
	expect_code 3 git upgrade push >../out 2>../err
	has "is deployed, but not verified: the log could not be read: $ANSWERS_URL/deploys/d1/log answered 500" \
		../err
	is "" "$(state verified)"
	is "$(git rev-parse HEAD)" "$(state deployed)"
	expect_code 3 git upgrade verify >../out 2>../err
	has "the log could not be read" ../err
	says deploys/d1/log "200 - $(lines 1)$(lines 2 end)"
	expect_code 0 git upgrade verify >../out 2>../err
	has "verify     platform ok, log ok, version v1.0.0 ok" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	grep "^line" .git/upgrade/logs/production/latest >../kept
	put ../expected "line 1" "line 2"
	same ../expected ../kept
'

story 'one that is too long is not read either' '
	cd prod
	change five
	runs five
	says deploys/d1/log huge
	expect_code 3 git upgrade push >../out 2>../err
	has "the log could not be read: .*/log: the answer is longer than 16 MiB" \
		../err
	says deploys/d1/log "200 - $(lines 1)$(lines known end)"
	expect_code 0 git upgrade verify >../out 2>../err
'

story 'where nothing is looked for in a log, it need not be read' '
	cd prod
	change six
	sed -i "/log_failures/d" ../profile.yaml
	runs six
	says deploys/d1/log "500 - -"
	expect_code 0 git upgrade push >../out 2>../err
	has "^warning: $ANSWERS_URL/deploys/d1/log answered 500" ../err
'

story 'a text, from its beginning or from the cursor' '
	cd prod
	change seven
	api ""
	runs seven
	says deploys/d1/log "200 - line 1\\nline 2\\nli" "cut 200 - line 1\\n" \
		"200 - line 1\\nline 2\\nline 3"
	expect_code 0 git upgrade push >../out 2>../err
	logged 1 2 3
	change eight
	api "?from={cursor}"
	runs eight
	says deploys/d1/log "200 - line 1\\nline 2\\nli" "cut 200 - line 3\\nli" \
		"200 - line 4"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	logged 1 2 3 4
	has "^GET deploys/d1/log?from=3 " "$ANSWERS/asked"
'

story '429 on the last look: what it said is later than our time: not asked' '
	cd prod
	change nine
	api ""
	runs nine
	says deploys/d1/status "later 429 100" "200 - {\"state\":\"ok\"}"
	: >"$ANSWERS/asked"
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	is 1 "$(questions deploys/d1/status)"
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	says deploys/d1/log "200 - fine"
	expect_code 0 git upgrade push >../out 2>../err
'
done_testing
