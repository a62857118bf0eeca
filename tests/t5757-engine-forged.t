#!/bin/sh
# Whoever may push to the state remote may write there what never happened. It
# is their word: what was not seen here is asked of the platform.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
mkdir -p "$ANSWERS/deploys/d1" "$ANSWERS/deploys/d2"

# platform: deploys what is pushed
platform()
{
	DRIVER=http
	drives 'api:' '  http:' '    find:' \
		"      url: '$ANSWERS_URL/list'" \
		'      commit: /commit' '      id: /id' '    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' '      text: /why' \
		'      states: {running: pending, ok: success, bad: failure}'
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

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

# forge KIND COMMIT: a colleague writes that, without any ledger
forge()
{
	git push -q -f fork "$2:refs/upgrade/$1/production"
}

asked()
{
	grep -c "^deploy $1" "$ENGINE/asked" || :
}

story 'of a commit that was never pushed: it is deployed all the same' '
	draw_engine
	programs
	behave ok
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	change one
	forge deployed HEAD
	forge verified HEAD
	expect_code 0 git upgrade push >../out 2>../err
	is 1 "$(asked "$(git rev-parse HEAD)")"
	has "^warning: .*$(short HEAD) is recorded as deployed to production, and production there lacks it: not believed" \
		../err
	has "^Deployed and verified in" ../err
'

story 'the ledger with it: the same' '
	cd prod
	change two
	git clone -q -b production ../plain.git ../forger
	git fetch -q ../forger
	git push -q ../forger HEAD:refs/heads/evil
	cd ../forger
	git fetch -q origin "refs/upgrade/*:refs/upgrade/*"
	printf "deployed v1.0.0\n\n{\"event\":\"deployed\",\"commit\":\"%s\",\"outcome\":\"ok\"}\n" \
		"$(git rev-parse evil)" >../message
	git commit-tree -p refs/upgrade/ledger/production -F ../message \
		"$(git mktree </dev/null)" >../event
	git push -q -f origin "$(cat ../event):refs/upgrade/ledger/production" \
		evil:refs/upgrade/deployed/production \
		evil:refs/upgrade/verified/production
	cd ../prod
	expect_code 0 git upgrade push >../out 2>../err
	is 1 "$(asked "$(git rev-parse HEAD)")"
'

story 'the platform is asked: it knows better' '
	cd prod
	platform
	change four
	git push -q fork production
	forge deployed HEAD
	forge verified HEAD
	list "$(git rev-parse HEAD)" d1
	says deploys/d1/status "200 - {\"state\":\"running\"}"
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	has "^warning: production: the platform does not say that $(short HEAD) is deployed, as was recorded: it has not ended; not believed" \
		../err
	lacks "^Up to date\|^Deployed and verified" ../err
	says deploys/d1/status "200 - {\"state\":\"bad\",\"why\":\"no disk\"}"
	expect_code 3 git upgrade push >../out 2>../err
	has "failed: no disk" ../err
	is "$(git rev-parse HEAD)" "$(state failed)"
'

story 'so it is by verify, which puts it right' '
	cd prod
	forge deployed HEAD
	forge verified HEAD
	git fetch -q -f fork "refs/upgrade/*:refs/upgrade/*"
	is "$(git rev-parse HEAD)" "$(state verified)"
	expect_code 3 git upgrade verify >../out 2>../err
	has "^  verify     platform failed$" ../err
	has "is not deployed, as was recorded: no disk" ../err
	is "" "$(state verified)"
	is "" "$(state deployed)"
	git -C ../plain.git for-each-ref refs/upgrade/verified >../refs
	same /dev/null ../refs
'

story 'what the platform says as well is believed, and checked' '
	cd prod
	change five
	git push -q fork production
	forge deployed HEAD
	forge verified HEAD
	list "$(git rev-parse HEAD)" d2
	says deploys/d2/status "200 - {\"state\":\"ok\"}"
	: >"$ENGINE/sick"
	expect_code 3 git upgrade push >../out 2>../err
	has "is deployed, but not verified: health 0/2" ../err
	is "" "$(state verified)"
	rm "$ENGINE/sick"
	forge verified HEAD
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified\|^Deployed and verified" ../err
	expect_code 0 git upgrade verify >../out 2>../err
	has "^  verify     platform ok, " ../err
'

story 'what was seen here not to be good is not good by a word' '
	cd prod
	change seven
	list "$(git rev-parse HEAD)" d2
	: >"$ENGINE/sick"
	expect_code 3 git upgrade push >../out 2>../err
	forge verified HEAD
	expect_code 3 git upgrade push >../out 2>../err
	has "is deployed, but not verified: health 0/2" ../err
	rm "$ENGINE/sick"
	expect_code 0 git upgrade verify >../out 2>../err
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	is 0 "$(questions list)"
'

story 'a push is not judged by what the platform denies' '
	cd prod
	change eight
	git push -q fork production
	forge deployed HEAD
	forge verified HEAD
	list "$(git rev-parse HEAD)" d1 "$(git rev-parse HEAD~1)" d2
	change nine
	expect_code 2 git upgrade push >../out 2>../err
	has "the platform does not say that $(short HEAD~1) is deployed, as was recorded, and what goes there was judged by that: no disk$" \
		../err
	has "^hint: have the record put right with .git upgrade verify production" \
		../err
	has "^Nothing was changed.$" ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse production)"
	says deploys/d1/status "500 - -" "200 - {\"state\":\"bad\"}"
	expect_code 3 git upgrade verify >../out 2>../err
	list "$(git rev-parse HEAD)" d2
	expect_code 0 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'what the platform has forgotten it does not deny' '
	cd prod
	change ten
	git push -q fork production
	forge deployed HEAD
	list "$(git rev-parse HEAD)" d3
	change eleven
	list "$(git rev-parse HEAD)" d2 "$(git rev-parse HEAD~1)" d3
	expect_code 0 git upgrade push >../out 2>../err
'

story 'who cannot be asked: it is said that it is a word' '
	cd prod
	programs
	change six
	git push -q fork production
	forge deployed HEAD
	expect_code 0 git upgrade verify >../out 2>../err
	has "^  verify     platform as recorded, version v1.0.0 ok, health 2/2$" \
		../err
'
done_testing
