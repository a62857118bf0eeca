#!/bin/sh
# Probes: checks that ask over HTTP, and what becomes of each kind of answer.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
free_url

# asks URL [LINE...]: the health check of the host is that question, with
# these lines below `http`
asks()
{
	sed -i '/^verify:/,$d' "$WORK/profile.yaml"
	{
		echo 'verify:'
		echo '  health:'
		echo '    timeout: 5'
		echo '    interval: 0'
		echo '    http:'
		printf '      %s\n' "url: $1"
		shift
		[ $# -eq 0 ] || printf '      %s\n' "$@"
	} >>"$WORK/profile.yaml"
}

# beside LINE...: more, below `health`
beside()
{
	printf '    %s\n' "$@" >>"$WORK/profile.yaml"
}

good()
{
	expect_code 0 git upgrade verify >../out 2>../err
	has "^  verify     platform ok.*, health $1$" ../err
}

# bad N/M WHY: a basic expression from the beginning to the end of the reason
bad()
{
	expect_code 3 git upgrade verify >../out 2>../err
	has "^  verify     platform ok.*, health $1$" ../err
	has "^error: production: .* not verified: health $1: $2$" ../err
	has "^hint: .*git upgrade log production" ../err
	is failed "$(said outcome)"
}

story 'set-up: a host, deployed by a check that runs' '
	draw_host
	cd host
	git upgrade deploy -q
	is ok "$(said outcome)"
'

story 'a good answer, and what was asked' '
	cd host
	says health "200 text/plain fine"
	asks "$ANSWERS_URL/health"
	good 1/1
	is 1 "$(questions health)"
	has "^GET health -$" "$ANSWERS/asked"
'

story 'any 2xx is good, another status only where it is wanted' '
	cd host
	says health "204 -"
	good 1/1
	says health "503 text/plain down"
	bad 0/1 "$ANSWERS_URL/health answered 503 Service Unavailable"
	asks "$ANSWERS_URL/health" "status: 503"
	good 1/1
	asks "$ANSWERS_URL/health" "status: 5xx"
	good 1/1
	says health "200 text/plain up"
	bad 0/1 "$ANSWERS_URL/health answered 200 OK"
'

story 'headers: their names in any case, expressions in theirs' '
	cd host
	asks "$ANSWERS_URL/health" "headers: {content-TYPE: ^text/}"
	good 1/1
	asks "$ANSWERS_URL/health" "headers: {Content-Type: ^application/json}"
	bad 0/1 "$ANSWERS_URL/health says Content-Type is \"text/plain\", which \"^application/json\" does not match"
	asks "$ANSWERS_URL/health" "headers: {x-missing: .}"
	bad 0/1 "$ANSWERS_URL/health: the answer has no header x-missing"
'

story 'a secret header is compared, and never shown' '
	cd host
	asks "$ANSWERS_URL/health" "headers: {x-token: ^hunter2$}"
	good 1/1
	asks "$ANSWERS_URL/health" "headers: {x-token: ^other$}"
	bad 0/1 "$ANSWERS_URL/health says x-token is something else, which .*"
	lacks hunter2 ../err
'

story 'the body: an expression for one of its lines' '
	cd host
	says health "200 text/plain one\\ndatabase: ok\\nlast"
	asks "$ANSWERS_URL/health" "body: \"^database: ok\$\""
	good 1/1
	asks "$ANSWERS_URL/health" "body: \"^ok\$\""
	bad 0/1 "$ANSWERS_URL/health: no line of the answer matches \"^ok\\$\""
'

story 'release and environment are filled in, and are texts' '
	cd host
	says production-v1.0.0 "200 text/plain at v1.0.0" \
		"200 text/plain at v1x0.0"
	asks "$ANSWERS_URL/{env}-{release}" "body: ^at {release}$"
	good 1/1
	bad 0/1 "$ANSWERS_URL/production-v1.0.0: no line of the answer matches .*"
'

story 'JSON: what pointers lead to equals' '
	cd host
	says health "200 application/json {\"a/b\": [{\"n\": 3, \"up\": true, \"no\": null}], \"v\": \"v1.0.0\", \"password\": \"hunter2\"}"
	asks "$ANSWERS_URL/health" "json: {/v: \"{release}\", /a~1b/0/n: 3, /a~1b/0/up: true, /a~1b/0/no: null}"
	good 1/1
	asks "$ANSWERS_URL/health" "json: {/v: v1.0.1}"
	bad 0/1 "$ANSWERS_URL/health says /v is \"v1.0.0\", not \"v1.0.1\""
	asks "$ANSWERS_URL/health" "json: {/a~1b/0/n: 4}"
	bad 0/1 "$ANSWERS_URL/health says /a~1b/0/n is 3, not 4"
	asks "$ANSWERS_URL/health" "json: {/a~1b: up}"
	bad 0/1 "$ANSWERS_URL/health says /a~1b is a list, not up"
	asks "$ANSWERS_URL/health" "json: {/w: up}"
	bad 0/1 "$ANSWERS_URL/health: the answer has no /w"
	asks "$ANSWERS_URL/health" "json: {/password: x}"
	bad 0/1 "$ANSWERS_URL/health says /password is something else"
	lacks hunter2 ../err
'

story 'no JSON, none at all' '
	cd host
	asks "$ANSWERS_URL/health" "json: {/status: up}"
	says health "200 application/json {\\n\"status\": up}"
	bad 0/1 "$ANSWERS_URL/health: the answer is no JSON (line 2)"
	says health "200 text/html <html>"
	bad 0/1 "$ANSWERS_URL/health: the answer is no JSON (line 1)"
	says health "200 application/json "
	bad 0/1 "$ANSWERS_URL/health: the answer is empty, and no JSON"
'

story 'nobody there, nobody who speaks HTTP, and a name of no host' '
	cd host
	asks "$FREE_URL/health"
	bad 0/1 "$FREE_URL/health: connection refused"
	asks "$ANSWERS_URL/health"
	says health noise
	bad 0/1 "$ANSWERS_URL/health: what answers there does not speak HTTP"
	asks "http://shop.invalid/health"
	bad 0/1 "http://shop.invalid/health: there is no host of that name"
'

story 'slow, and slow in the middle' '
	cd host
	asks "$ANSWERS_URL/health"
	sed -i "s/timeout: 5/timeout: 1/" ../profile.yaml
	says health slow
	bad 0/1 "$ANSWERS_URL/health: no answer within 1 s"
	says health begun
	bad 0/1 "$ANSWERS_URL/health: no end of the answer within 1 s"
'

story 'the connection is closed at once, or half-way' '
	cd host
	asks "$ANSWERS_URL/health"
	says health close
	bad 0/1 "$ANSWERS_URL/health: the connection was closed without an answer"
	says health half
	bad 0/1 "$ANSWERS_URL/health: the connection was closed half-way"
'

story 'a huge answer is cut off, and no good one' '
	cd host
	says health huge
	bad 0/1 "$ANSWERS_URL/health: the answer is longer than 1 MiB"
'

story 'a redirection is an answer, and is not followed' '
	cd host
	says health "to 302 http://127.0.0.1:${ANSWERS_URL##*:}/elsewhere?token=hunter2"
	bad 0/1 "$ANSWERS_URL/health answered 302 Found, which points to $ANSWERS_URL/elsewhere?\*\*\*"
	is 0 "$(questions elsewhere)"
	lacks hunter2 ../err
	asks "$ANSWERS_URL/health" "status: 302" \
		"headers: {Location: /elsewhere}"
	good 1/1
	is 0 "$(questions elsewhere)"
'

story 'a password in the URL is sent, and shown nowhere' '
	cd host
	says health "200 text/plain up" "500 text/plain down"
	asks "http://olga:hunter2@127.0.0.1:${ANSWERS_URL##*:}/health?key=hunter3"
	good 1/1
	has "^GET health?key=hunter3 Basic b2xnYTpodW50ZXIy$" "$ANSWERS/asked"
	bad 0/1 "http://olga:\*\*\*@127.0.0.1:[0-9]*/health?\*\*\* answered 500 .*"
	git log --format=%B refs/upgrade/ledger/production >../ledger
	git upgrade log --no-fetch >../log
	git upgrade log --json --no-fetch >>../log
	git upgrade config verify >../config
	cat .git/upgrade/logs/production/*.log >../logs
	lacks "hunter[23]" ../err ../out ../ledger ../log ../logs ../config
'

story 'so many in a row: one bad one begins anew' '
	cd host
	says health "200 - up" "500 - down" "200 - up" "200 - up" "200 - up" \
		"500 - down"
	asks "$ANSWERS_URL/health"
	beside "polls: 3" "within: 1m"
	: >"$ANSWERS/asked"
	good 3/3
	is 5 "$(questions health)"
'

story 'within so long: given up, with the last reason' '
	cd host
	says health "200 - up" "500 - down"
	asks "$ANSWERS_URL/health"
	beside "polls: 2" "within: 1s"
	bad 0/2 "$ANSWERS_URL/health answered 500 Internal Server Error; given up after 1 s"
	test 2 -lt "$(questions health)"
'

story 'good ones, but too few in a row' '
	cd host
	asks "$ANSWERS_URL/health"
	says health "200 - up" "slow"
	beside "polls: 2" "within: 1s"
	bad 0/2 "$ANSWERS_URL/health: no answer within 1 s; given up after 1 s"
	asks "$ANSWERS_URL/health"
	says health "200 - up"
	beside "polls: 1000" "within: 1s"
	expect_code 3 git upgrade verify >../out 2>../err
	has "health [0-9]*/1000: too few in a row; given up after 1 s$" ../err
	lacks "health 0/1000" ../err
'

story 'without a limit: as many bad ones as good ones are needed' '
	cd host
	says health "500 - down"
	asks "$ANSWERS_URL/health"
	beside "polls: 3"
	: >"$ANSWERS/asked"
	bad 0/3 "$ANSWERS_URL/health answered 500 Internal Server Error"
	is 3 "$(questions health)"
'

story 'a slow answer takes no longer than all of it may' '
	cd host
	says health slow
	asks "$ANSWERS_URL/health"
	beside "within: 1s"
	sed -i "s/timeout: 5/timeout: 10m/" ../profile.yaml
	bad 0/1 "$ANSWERS_URL/health: no answer within 1 s; given up after 1 s"
'

story 'within is for what runs as well' '
	cd host
	sed -i "/^verify:/,\$d" ../profile.yaml
	cat >>../profile.yaml <<-EOT
	verify:
	  health:
	    run: [sh, -c, "test -e up || { touch up; false; }"]
	    interval: 0
	    within: 1m
	EOT
	rm -f up
	good 1/1
	exists up
'

story 'a proxy of the environment is asked, on a host' '
	cd host
	asks "http://shop.invalid/health"
	expect_code 3 env http_proxy="$FREE_URL" git upgrade verify \
		>../out 2>../err
	has "shop.invalid/health: connection refused$" ../err
	expect_code 3 env http_proxy="$FREE_URL" no_proxy=shop.invalid \
		git upgrade verify >../out 2>../err
	has "shop.invalid/health: there is no host of that name$" ../err
'

done_testing
