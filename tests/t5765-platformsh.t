#!/bin/sh
# Activities of Platform.sh: what is pushed is deployed there by itself, and
# found by its commit.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
PLATFORMSH_CLI_TOKEN=geheim-cli-token
export PLATFORMSH_CLI_TOKEN
mkdir -p "$ANSWERS/oauth2" "$ANSWERS/projects/abc/activities/a2" \
	"$ANSWERS/projects/abc/environments/production"
LIST=projects/abc/environments/production/activities
ONE=projects/abc/activities/a2

# activity STATE RESULT: of HEAD, as the platform describes it
activity()
{
	printf '{"id":"a2","type":"environment.push","state":"%s","result":%s,"text":"Olga pushed","parameters":{"old_commit":"0","new_commit":"%s"}}' \
		"$1" "$2" "$(git rev-parse HEAD)"
}

# listed [ACTIVITY]: an answer that has others, too
listed()
{
	printf '200 application/json [{"id":"a3","type":"environment.backup","parameters":{}},{"id":"a1","type":"environment.push","parameters":{"new_commit":"1234"}}%s]' \
		"${1:+,$1}"
}

logged()
{
	says "$ONE/log" "200 - {\"_id\":\"1\",\"data\":{\"timestamp\":\"2026-11-20T10:00:00Z\",\"message\":\"$1\"}}\\n{\"_id\":\"2\",\"seal\":true}\\n"
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

story 'the activity of our commit is found, followed and verified' '
	draw_engine
	DRIVER=http
	drives "other:" "  command: {deploy: {run: [\"true\"]}}"
	sed -i "s|profile: generic|profile: platformsh|; \
		s|deploy: http|&\n    variables: {project: abc, api: \"$ANSWERS_URL\", auth: \"$ANSWERS_URL\"}|" \
		profile.yaml
	says oauth2/token "200 - {\"access_token\":\"geheim-bearer\"}"
	cd prod
	says "$LIST" "$(listed)" "$(listed "$(activity pending null)")"
	says "$ONE/-" "200 - $(activity pending null)" \
		"200 - $(activity in_progress null)" \
		"200 - $(activity complete \"success\")"
	logged "Building application"
	expect_code 0 git upgrade push >../out 2>../err
	has "^Building application$" ../err
	has "^Deployed and verified in" ../err
	is "$(git rev-parse HEAD)" "$(git -C ../plain.git rev-parse production)"
	is "$(git rev-parse HEAD)" "$(state verified)"
	has "^POST oauth2/token Basic cGxhdGZvcm0tYXBpLXVzZXI6$" \
		"$ANSWERS/asked"
	has "^POST oauth2/token grant_type=api_token&api_token=geheim-cli-token$" \
		"$ANSWERS/sent"
	has "^GET $LIST?type=environment.push&count=50 Bearer geheim-bearer$" \
		"$ANSWERS/asked"
	has "^GET $ONE/log?start_at=0&max_items=0&max_delay=0 Bearer" \
		"$ANSWERS/asked"
	is 1 "$(grep -c "^POST" "$ANSWERS/asked")"
'

story 'one that failed: 3, and nobody here can have it deployed again' '
	cd prod
	change one
	says "$LIST" "$(listed "$(activity complete \"failure\")")"
	says "$ONE/-" "200 - $(activity complete \"failure\")"
	logged "E: deploy hook failed"
	expect_code 3 git upgrade push >../out 2>../err
	has "^E: deploy hook failed$" ../err
	has "the deploy of v1.0.0 ($(short HEAD)) failed: the platform says so" \
		../err
	expect_code 2 git upgrade push --retry >../out 2>../err
	has "is deployed by what is pushed, and nobody here can have it deployed again" \
		../err
'

story 'a success whose log has a known failure is not verified' '
	cd prod
	change two
	says "$LIST" "$(listed "$(activity complete \"success\")")"
	says "$ONE/-" "200 - $(activity complete \"success\")"
	logged "known trouble in the deploy hook"
	expect_code 3 git upgrade push >../out 2>../err
	has "not verified: the log has a known failure" ../err
'

story 'no activity: nobody knows, and it is found later' '
	cd prod
	change three
	says "$LIST" "$(listed)"
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	has "is not deployed yet, and the time is up" ../err
	says "$LIST" "$(listed "$(activity complete \"success\")")"
	says "$ONE/-" "200 - $(activity complete \"success\")"
	logged fine
	expect_code 0 git upgrade verify >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'a token that was exchanged and holds no more is exchanged again' '
	cd prod
	change four
	says "$LIST" "$(listed "$(activity complete \"success\")")"
	says "$ONE/-" "401 - -" "200 - $(activity complete \"success\")"
	: >"$ANSWERS/asked"
	expect_code 0 git upgrade push >../out 2>../err
	is 2 "$(questions oauth2/token)"
'

story 'Magento Cloud is such a platform, with a token of its own' '
	git init -q cloud
	cd cloud
	git config upgrade.profile magento-cloud
	expect_code 0 git upgrade config drivers >../out 2>../err
	has "token.env: MAGENTO_CLOUD_CLI_TOKEN" ../out
	has "api: https://api.magento.cloud" ../out
	has "url: \"{api}/projects/{project}/activities/{id}\"\|url: {api}/projects" \
		../out
'

story 'no secret shows anywhere' '
	cd prod
	git cat-file --batch-all-objects --batch >../objects
	not grep -rqa geheim .git ../out ../err ../objects ../plain.git
'
done_testing
