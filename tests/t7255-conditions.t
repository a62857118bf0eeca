#!/bin/sh
#
# What a condition prints, and what a server answers, at its worst: production
# stays where it is, and people are told what they can use.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1

own='own: [.env.production, config/prod/]'

# condition ITEM: of production, on the platform
condition()
{
	promoting "promotes_from: staging" "$own" "gates: [$1]"
}

# refused WHY: the condition says no, and nothing moved
refused()
{
	refused_at=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err &&
	has "^error: platform refused: checks: $1\$" ../err &&
	is "$refused_at" "$(at production)"
}

story 'a program that prints much: its last line is told' '
	draw_promotion prod
	stage config/app level=debug
	condition "{name: long, run: [sh, ../asked.sh]}"
	put ../asked.sh "yes not this line | head -n 200000" "echo" \
		"echo nobody has approved" "exit 1"
	refused "long: exit code 1: nobody has approved"
	put ../asked.sh "yes not this line | head -n 200000; exit 1"
	refused "long: exit code 1: not this line"
	condition "{name: long, run: [sh, ../asked.sh], expect: approved by}"
	put ../asked.sh "yes not this line | head -n 200000" \
		"echo; echo approved by nobody"
	git upgrade promote -n production
	put ../asked.sh "yes not this line | head -n 200000" "echo; echo sorry"
	refused "long: it does not say \"approved by\": sorry"
'

story 'a secret is not seen in part, either' '
	cd prod
	condition "{name: leaky, run: [sh, ../asked.sh]}"
	put ../asked.sh "printf %0170d 1" \
		"echo \" https://olga:hunter2hunter2hunter2@x.example/\"; exit 1"
	refused "leaky: exit code 1: 0*1 https://.*"
	lacks hunter2 ../err
'

story 'a NUL does not hide what is expected, and shows nothing' '
	cd prod
	condition "{name: odd, run: [sh, ../asked.sh], expect: no such word}"
	put ../asked.sh "printf \"a\\\\0\\\\033[2Jb approved\\\\n\""
	refused "odd: it does not say \"no such word\": a??\[2Jb approved"
	condition "{name: odd, run: [sh, ../asked.sh], expect: approved}"
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'answers that are none' '
	cd prod
	stage config/app level=warn
	url=$ANSWERS_URL/approved
	condition "{name: web, http: {url: \"$url\"}, timeout: 1s}"
	says approved "503 text/plain down"
	refused "web: $url answered 503.*"
	says approved "to 302 http://127.0.0.1:${ANSWERS_URL##*:}/else?token=hunter2"
	refused "web: $url answered 302.*, which points to .*"
	lacks hunter2 ../err
	is 0 "$(questions /else)"
	says approved slow
	refused "web: $url: no .* within 1 s"
	says approved begun
	refused "web: $url: no end of the answer within 1 s"
	says approved huge
	refused "web: $url: the answer is longer than 1 MiB"
	says approved half
	refused "web: $url: .*"
	says approved "200 text/plain yes"
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
