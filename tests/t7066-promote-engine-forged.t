#!/bin/sh
#
# Who may push to the state remote may write there that staging has verified
# what it never did. Before it is promoted the platform of staging is asked.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
mkdir -p "$ANSWERS/deploys/d1" "$ANSWERS/deploys/d2"

there()
{
	git -C "$WORK/plain.git" rev-parse "$1"
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

# list [COMMIT ID...]
list()
{
	items=
	while [ $# -gt 0 ]
	do
		items="$items${items:+,}{\"commit\":\"$1\",\"id\":\"$2\"}"
		shift 2
	done
	says list "200 - [$items]"
}

# forge: a colleague writes that staging has verified what is checked out
forge()
{
	printf "verified\n\n{\"event\":\"verified\",\"env\":\"staging\",\"commit\":\"%s\",\"tree\":\"%s\",\"who\":\"Eve\",\"by\":\"client\",\"outcome\":\"ok\"}\n" \
		"$(git rev-parse HEAD)" "$(git rev-parse "HEAD^{tree}")" \
		>../message
	git fetch -q fork "refs/upgrade/ledger/staging"
	git commit-tree -p FETCH_HEAD -F ../message \
		"$(git mktree </dev/null)" >../event
	git push -q fork "$(cat ../event):refs/upgrade/ledger/staging"
	git push -q -f fork HEAD:refs/upgrade/deployed/staging \
		HEAD:refs/upgrade/verified/staging
}

story 'set-up: both are deployed by what is pushed' '
	draw_engine
	DRIVER=http
	drives "api:" "  http:" "    find:" \
		"      url: '"'"'$ANSWERS_URL/list'"'"'" \
		"      commit: /commit" "      id: /id" "    status:" \
		"      url: '"'"'$ANSWERS_URL/deploys/{id}/status'"'"'" \
		"      state: /state" "      text: /why" \
		"      states: {running: pending, ok: success, bad: failure}"
	sed "s/^  production:/  staging:\\
    deploy: http\\
  production:\\
    promotes_from: staging/" profile.yaml >more.yaml
	cp more.yaml profile.yaml
	says deploys/d1/status "200 - {\"state\":\"bad\",\"why\":\"no disk\"}"
	says deploys/d2/status "200 - {\"state\":\"ok\"}"
	cd prod
	git checkout -q -b staging
	list "$(git rev-parse HEAD)" d2
	git upgrade push --timeout=5s staging
'

story 'what the platform denies is not promoted' '
	cd prod
	change one
	git push -q fork staging
	forge
	list "$(git rev-parse HEAD)" d1
	expect_code 2 git upgrade promote --timeout=5s production >../out 2>../err
	has "^error: staging: the platform does not say that $(short HEAD) is deployed there, as was recorded: no disk" \
		../err
	has "^hint: have the record put right with \"git upgrade verify staging\"" \
		../err
	has "^Nothing was changed" ../err
	expect_code 128 there production >../out 2>../err
'

story 'what it says as well is, and what was seen here is not asked for' '
	cd prod
	list "$(git rev-parse HEAD)" d2
	git rev-parse HEAD >../one
	behave ok
	git upgrade verify staging >../out 2>../err
	git upgrade promote -n production >../out 2>../err
	has "^Would be promoted" ../err
	change two
	list "$(git rev-parse HEAD)" d2
	git upgrade push --timeout=5s staging
	says list "500 - -"
	expect_code 4 git upgrade promote --no-wait production >../out 2>../err
	is "$(git rev-parse staging)" "$(there production^1)"
'

done_testing
