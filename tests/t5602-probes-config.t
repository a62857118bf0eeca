#!/bin/sh
# Probes in the configuration: what is wrong with one, who may say one.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1

# own LINE...: info/gitupgrade.yaml of the clone
own()
{
	printf '%s\n' 'format: 1' "$@" >.git/info/gitupgrade.yaml
}

# wrong WHY: the configuration is, and that is all there is to it
wrong()
{
	expect_code 128 git upgrade config verify >../out 2>../err
	has "^fatal: .git/info/gitupgrade.yaml:$1" ../err
	has "^hint: what may stand there is in gitupgrade-profile(5)" ../err
	test ! -s ../out
}

story 'what is wrong is named by file, line, column and key' '
	draw_clone prod
	cd prod
	own "verify:" "  health:" "    polls: 3"
	wrong "4:5: verify.health: the key .run. or .http. is missing$"
	own "verify:" "  health:" "    run: [true]" "    http: {url: http://a}"
	wrong "5:5: verify.health: there can be only one of .run. and .http.$"
	own "verify:" "  health:" "    http: {url: shop.example/health}"
	wrong "4:17: verify.health.http.url: expected a URL of http or https, "
	own "verify:" "  version:" "    http: {url: http://a, jsn: {/a: b}}"
	wrong "4:27: verify.version.http: there is no key .jsn.; expected one of url, status, headers, body, json$"
	own "verify:" "  version:" "    http: {url: http://a, json: {a.b: c}}"
	wrong "4:34: verify.version.http.json: expected a JSON pointer "
	rm .git/info/gitupgrade.yaml
'

story 'every value, and who said so, without a password' '
	cd prod
	own "verify:" "  health:" "    http:" \
		"      url: https://olga:hunter2@shop.example/health" \
		"      json: {/status: up, /error: ~, /old: false}" "    within: 2m"
	expect_code 0 git upgrade config verify >../out 2>../err
	has "^verify.health.http.url: .*https://olga:\*\*\*@shop.example/health.*gitupgrade.yaml:5$" ../out
	has "^verify.health.http.status: .*2xx.*# default$" ../out
	has "^verify.health.http.json: .*gitupgrade.yaml:6$" ../out
	has "^  /status: up$" ../out
	has "^  /error: null$" ../out
	has "^  /old: false$" ../out
	has "^verify.health.within: 2m .*gitupgrade.yaml:7$" ../out
	expect_code 0 git upgrade config --json verify >../out 2>../err
	has "/status" ../out
	lacks hunter2 ../out
'

story 'a single setting takes the place of the other kind' '
	cd prod
	own "profile: mender"
	expect_code 0 git upgrade config verify.health >../out 2>../err
	has "^verify.health.run: " ../out
	git config upgrade.verify.health.http.url http://shop.example/
	expect_code 0 git upgrade config verify.health >../out 2>../err
	lacks "^verify.health.run: " ../out
	has "^verify.health.http.url: .*http://shop.example/.*git config" ../out
	has "^verify.health.polls: 3 " ../out
	git config --unset upgrade.verify.health.http.url
	rm .git/info/gitupgrade.yaml
'

story 'a question that came with the tree is asked by nobody unasked' '
	rm -rf prod
	draw_host
	cd host
	git config --unset upgrade.profile
	git config upgrade.config "$WORK/profile.yaml"
	git upgrade deploy -q
	cd ../prod
	put .gitupgrade.yaml "format: 1" "verify:" "  version:" "    http:" \
		"      url: http://olga:hunter2@${ANSWERS_URL#http://}/inside"
	sed -i "/^  version:/,/expect:/d" ../profile.yaml
	publish "Ask"
	cd ../host
	git pull -q
	says inside "200 - up"
	: >"$ANSWERS/asked"
	expect_code 2 git upgrade deploy >../out 2>../err
	has "commands that you do not trust yet" ../err
	has "^hint:  *verify.version.http.url: http://olga:\*\*\*@.*/inside" \
		../err
	lacks hunter2 ../err
	test ! -s "$ANSWERS/asked"
	git upgrade trust --yes
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^GET inside " "$ANSWERS/asked"
'

done_testing
