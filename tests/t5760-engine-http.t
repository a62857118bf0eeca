#!/bin/sh
# An environment that is deployed over HTTP, by a service that follows its
# description, or does not.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
free_url
DRIVER=http
DEPLOY_TOKEN=geheim/token+1
export DEPLOY_TOKEN
mkdir "$ANSWERS/deploys" "$ANSWERS/deploys/d1"

# api [LINE...]: that service, and these lines below `http`
api()
{
	drives 'api:' '  http:' \
		'    token: {env: DEPLOY_TOKEN}' \
		'    headers: {Accept: application/json}' \
		'    trigger:' \
		"      url: '$ANSWERS_URL/start'" \
		'      json: {commit: "{commit}", env: "{env}", safe: true, n: 3}' \
		'      id: /deploy/id' \
		'    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' '      text: /why' \
		'      states: {queued: pending, running: pending, ok: success, bad: failure}' \
		'    log:' \
		"      url: '$ANSWERS_URL/deploys/{id}/log?from={cursor}'" \
		'      lines: ndjson' '      id: /_id' \
		'      message: /data/message' '      seal: /seal' "$@"
}

says_all()
{
	says start '201 application/json {"deploy":{"id":"d1"}}'
	says deploys/d1/status '200 application/json {"state":"ok"}'
	says deploys/d1/log '200 application/x-ndjson {"_id":"1","data":{"message":"one\n"}}\n{"_id":"2","seal":true}'
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

story 'begun, asked after, its log shown once, verified' '
	draw_engine
	api
	says_all
	says deploys/d1/status "200 - {\"state\":\"queued\"}" \
		"200 - {\"state\":\"running\"}" "200 - {\"state\":\"ok\"}"
	says deploys/d1/log \
		"200 - {\"_id\":\"1\",\"data\":{\"message\":\"one\"}}\\n" \
		"200 - {\"_id\":\"1\",\"data\":{\"message\":\"one\"}}\\n{\"_id\":\"2\",\"data\":{\"message\":\"two\\u000athree\"}}\\n" \
		"200 - {\"_id\":\"3\",\"data\":{\"message\":\"four\"}}\\n" \
		"200 - {\"_id\":\"3\",\"data\":{\"message\":\"four\"}}\\n{\"_id\":\"4\",\"seal\":true}\\n"
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	grep -x "one\\|two\\|three\\|four" ../err >../lines
	put ../expected one two three four
	same ../expected ../lines
	is 1 "$(questions start)"
	grep -c "^GET deploys/d1/log?from=3 Bearer geheim/token+1$" \
		"$ANSWERS/asked" >../times
	has "^1$" ../times
	has "^POST start {\"commit\":.*\"$(git rev-parse HEAD)\",.*\"env\":.*\"production\",.*\"safe\":.*true,.*\"n\":.*3}" \
		"$ANSWERS/sent"
	is "$(git rev-parse HEAD)" "$(state verified)"
	is client "$(told by)"
'

story 'a failure says why' '
	cd prod
	change one
	says deploys/d1/status \
		"200 - {\"state\":\"bad\",\"why\":\"no disk left\"}"
	expect_code 3 git upgrade push >../out 2>../err
	has "the deploy of v1.0.0 ($(short HEAD)) failed: no disk left; " \
		../err
	is "$(git rev-parse HEAD)" "$(state failed)"
'

story 'trouble on the way is told once, and asked through' '
	cd prod
	change two
	says deploys/d1/status "500 - -" "500 - -" half close noise \
		"200 - [1]" "200 - {\"state\":[1]}" "200 - {\"state\":\"odd\"}" \
		"200 - {\"st" "200 - {\"state\":\"ok\"}"
	expect_code 4 git upgrade push --timeout 2s >../out 2>../err
	has "^warning: $ANSWERS_URL/deploys/d1/status answered 500 Internal Server Error; trying again$" \
		../err
	lacks "failed" ../err
	for i in 1 2 3 4 5 6 7 8 9 10
	do
		code=0
		git upgrade verify >../out 2>>../err || code=$?
		[ "$code" -ne 0 ] || break
	done
	is 0 "$code"
	has "the connection was closed half-way" ../err
	has "says /state is a list, not a text" ../err
	has "says /state is \"odd\", which stands for nothing" ../err
	has "the answer is no JSON" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	is deployed "$(git log -1 --format=%s refs/upgrade/ledger/production | cut -d" " -f1)"
'

story '429: not before it said' '
	cd prod
	change three
	says deploys/d1/status "later 429 2" "200 - {\"state\":\"ok\"}"
	before=$(date +%s)
	expect_code 0 git upgrade push >../out 2>../err
	after=$(date +%s)
	[ $((after - before)) -ge 2 ]
	has "answered 429 Later; trying again" ../err
'

story 'what was certainly not taken is begun once more, and only that' '
	cd prod
	change four
	says_all
	says start "later 429 1" "201 - {\"deploy\":{\"id\":\"d1\"}}"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	is 2 "$(questions start)"
	change five
	says start "500 - -"
	: >"$ANSWERS/asked"
	expect_code 4 git upgrade push >../out 2>../err
	has "the deploy of $(short HEAD) was to begin, and nobody here can tell whether it did: $ANSWERS_URL/start answered 500" \
		../err
	is 1 "$(questions start)"
	says start "201 - {\"deploy\":{\"id\":\"d1\"}}"
	expect_code 4 git upgrade push >../out 2>../err
	is 1 "$(questions start)"
	expect_code 0 git upgrade push --retry >../out 2>../err
	is 2 "$(questions start)"
'

story 'one that may be asked twice is' '
	cd prod
	change six
	sed -i "s|      id: /deploy/id|&\n        repeat: true|" ../profile.yaml
	says start "500 - -" close "201 - {\"deploy\":{\"id\":\"d1\"}}"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	is 3 "$(questions start)"
	sed -i "/repeat: true/d" ../profile.yaml
'

story 'refused by the service: 3, nothing begun, the token not shown' '
	cd prod
	change seven
	says start "401 - {\"message\":\"geheim/token+1 is bad\"}"
	expect_code 3 git upgrade push >../out 2>../err
	has "the deploy of $(short HEAD): it has not begun: $ANSWERS_URL/start answered 401" \
		../err
	has "push --retry production" ../err
	says_all
	expect_code 0 git upgrade push --retry >../out 2>../err
'

story 'nobody there: 3, and nothing was begun' '
	cd prod
	change eight
	sed -i "s|url: .$ANSWERS_URL/start.$|url: \"$FREE_URL/start\"|" \
		../profile.yaml
	expect_code 3 git upgrade push >../out 2>../err
	has "it has not begun: $FREE_URL/start: connection refused" ../err
	api
	expect_code 0 git upgrade push --retry >../out 2>../err
'

story 'credentials do not follow to another host' '
	cd prod
	change nine
	port=${ANSWERS_URL##*:}
	says deploys/d1/status "to 302 http://localhost:$port/steal"
	says steal "200 - {\"state\":\"ok\"}"
	expect_code 4 git upgrade push >../out 2>../err
	has "answered 302 Found, which points to http://localhost:$port/steal; nothing is sent there" \
		../err
	is 0 "$(questions steal)"
	says deploys/d1/status "to 302 $ANSWERS_URL/moved"
	says moved "200 - {\"state\":\"ok\"}"
	expect_code 0 git upgrade push >../out 2>../err
	has "^GET moved Bearer geheim/token+1$" "$ANSWERS/asked"
'

story 'too long, too slow, and a log without end' '
	cd prod
	change ten
	says_all
	says deploys/d1/status huge
	expect_code 4 git upgrade push --no-wait >../out 2>../err
	has "the answer is longer than 1 MiB" ../err
	sed -i "s|      state: /state|&\n        timeout: 1s|" ../profile.yaml
	says deploys/d1/status slow
	expect_code 4 git upgrade verify >../out 2>../err
	has "no answer within 1 s" ../err
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	says deploys/d1/log "200 - {\"_id\":\"1\",\"data\":{\"message\":\"one\"}}"
	expect_code 0 git upgrade push >../out 2>../err
	has "^one$" ../err
	change eleven
	says deploys/d1/log "500 - -"
	expect_code 3 git upgrade push >../out 2>../err
	has "not verified: the log could not be read: .*/log?\*\*\* answered 500" \
		../err
'

story 'another commit was deployed: no success' '
	cd prod
	change twelve
	says_all
	sed -i "s|      state: /state|&\n        commit: /commit|" ../profile.yaml
	says deploys/d1/status "200 - {\"state\":\"ok\",\"commit\":\"1234\"}"
	expect_code 3 git upgrade push >../out 2>../err
	has "failed: it is about another commit" ../err
'

story 'a token that is not there: refused before anything is pushed' '
	cd prod
	change thirteen
	unset DEPLOY_TOKEN
	expect_code 2 git upgrade push >../out 2>../err
	has "production is deployed with a token, and it is not there" ../err
	has "^hint: put it into the variable DEPLOY_TOKEN" ../err
	has "^Nothing was changed.$" ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse production)"
	DEPLOY_TOKEN=something
	export DEPLOY_TOKEN
	api
	sed -i "s|url: .\(.*\)/start.$|url: \"\1/{project}/start\"|" \
		../profile.yaml
	expect_code 2 git upgrade push >../out 2>../err
	has "driver api needs to know .project. of environment production" ../err
'

story 'a token of git credential, exchanged for another' '
	cd prod
	api
	says_all
	sed -i "s|token: .*|token: {credential: \"https://deploy.example\", exchange: {url: \"$ANSWERS_URL/token\", form: {grant_type: api_token, api_token: \"{token}\"}, at: /access_token}}|" \
		../profile.yaml
	git config credential.helper "!f() { echo username=x; echo password=geheim/cred+2; }; f"
	says token "200 - {\"access_token\":\"geheim-access-3\"}" \
		"200 - {\"access_token\":\"geheim-access-4\"}"
	says deploys/d1/status "401 - -" "200 - {\"state\":\"ok\"}"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	has "^POST token grant_type=api_token&api_token=geheim%2Fcred%2B2$" \
		"$ANSWERS/sent"
	has "^POST token -$" "$ANSWERS/asked"
	has "^POST start Bearer geheim-access-3$" "$ANSWERS/asked"
	has "^GET deploys/d1/log?from=0 Bearer geheim-access-4$" \
		"$ANSWERS/asked"
'

story 'secrets in tokens, URLs, answers and logs show nowhere' '
	cd prod
	change fourteen
	says deploys/d1/log "200 - {\"_id\":\"1\",\"data\":{\"message\":\"with geheim/cred+2 or geheim-access-4\"}}\\n{\"_id\":\"2\",\"data\":{\"message\":\"https://me:geheim-in-url@host/x\"},\"seal\":true}\\n"
	says token "200 - {\"access_token\":\"geheim-access-4\"}"
	says deploys/d1/status \
		"200 - {\"state\":\"bad\",\"why\":\"geheim-access-4 was used\"}"
	expect_code 3 git upgrade push >../out 2>../err
	has "^with \*\*\* or \*\*\*$" ../err
	has "failed: \*\*\* was used" ../err
	git upgrade log >../out.log 2>&1
	git config --unset credential.helper
	git cat-file --batch-all-objects --batch >../objects
	not grep -rqa geheim .git ../out ../err ../out.log ../objects \
		../plain.git
'

story 'Ctrl-C during a question that is not answered' '
	cd prod
	api
	change fifteen
	says_all
	says deploys/d1/status slow
	rm -f ../err
	: >"$ANSWERS/asked"
	git-upgrade push >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^GET deploys/d1/status" "$ANSWERS/asked"
	kill -INT "$pusher"
	code=0
	wait "$pusher" || code=$?
	is 4 "$code"
	has "^Detached; the deploy of production goes on.$" ../err
	says_all
	expect_code 0 git upgrade push >../out 2>../err
	is 1 "$(questions start)"
'
done_testing
