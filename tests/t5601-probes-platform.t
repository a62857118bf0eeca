#!/bin/sh
# Probes on a platform: a release is deployed when it says so itself, and
# what was there goes on serving when it does not.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1

up='200 application/json {"status": "up"}'
down='503 application/json {"status": "down"}'

story 'the right version, and healthy: deployed' '
	says health "$up"
	draw_clone prod
	cd prod
	write_profile ../profile.yaml
	with_http ../profile.yaml
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM"
	git remote add platform "$WORK_PLATFORM"
	expect_code 0 git push -q platform production >../out 2>../err
	platform_idle
	deployed v1.0.0
	is ok "$(last_event outcome)"
	is "platform ok, log ok, version v1.0.0 ok, health 2/2" \
		"$(last_event detail)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'the wrong version: not deployed, the old release goes on' '
	cd prod
	put stale
	commit Stale
	git push platform production 2>../err
	has "remote:   verify  *platform ok, log ok, version failed *$" ../err
	has "remote: error: v1.0.0 was not deployed: version probe: $ANSWERS_URL/version says /version is \"v0.9.0\", not \"v1.0.0\" *$" ../err
	is "version probe: $ANSWERS_URL/version says /version is \\\"v0.9.0\\\", not \\\"v1.0.0\\\"" "$(last_event detail)"
	is restored "$(last_event outcome)"
	is "$(git rev-parse HEAD^)" "$(ref deployed/production)"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	missing ../srv/current/stale
	git upgrade log production --json -n1 >../out 2>../err
	tr -d "\\n " <../out >../flat
	has "\"points\":\[{\"point\":\"platform\",\"ok\":true,\"evidence\":null},{\"point\":\"log\",\"ok\":true,\"evidence\":null},{\"point\":\"version\",\"ok\":false,\"evidence\":\"$ANSWERS_URL/versionsays/versionis.*v0.9.0.*v1.0.0[^}]*}\]" ../flat
	has "v1.0.0" "$ANSWERS/version"
'

story 'health that fails: not deployed either' '
	cd prod
	git rm -q stale
	put well
	commit Well
	says health "$down" "$down" "$up"
	git push platform production 2>../err
	has "remote:   verify  *platform ok, log ok, version v1.0.0 ok, health 0/2 *$" ../err
	has "health 0/2: $ANSWERS_URL/health answered 503 Service Unavailable *$" ../err
	has "v1.0.0 was restored and serves again" ../err
	is restored "$(last_event outcome)"
	is "$(git rev-parse HEAD^^)" "$(ref deployed/production)"
'

story 'tried again when it is healthy' '
	cd prod
	says health "$up"
	git upgrade push --retry production >../out 2>../err
	deployed v1.0.0
	exists ../srv/current/well
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'asked to verify again: it still is, it is not any more, it is' '
	cd prod
	expect_code 0 git upgrade verify --json >../out 2>../err
	has "verify  *platform ok, .*version v1.0.0 ok, health 2/2" ../err
	tr -d "\\n " <../out >../flat
	has "{\"point\":\"version\",\"ok\":true,\"evidence\":\"v1.0.0\"},{\"point\":\"health\",\"ok\":true,\"evidence\":\"2/2\"}\]" ../flat
	says version "200 application/json {\"version\": \"v0.9.0\"}"
	expect_code 3 git upgrade verify >../out 2>../err
	has "verify  *platform ok, .*version failed$" ../err
	has "^error: production: .* not verified: version probe: $ANSWERS_URL/version says /version is \"v0.9.0\", not \"v1.0.0\"$" ../err
	is "" "$(ref verified/production)"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	says version "200 application/json {\"version\": \"v1.0.0\"}"
	expect_code 0 git upgrade verify >../out 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

# A push over a file is made with the environment of whoever pushes.
story 'a step that fails fails the point of the platform' '
	cd prod
	put broken
	commit Broken
	expect_code 3 git upgrade push --json >../out 2>../err
	tr -d "\\n " <../out >../flat
	has "\"points\":\[{\"point\":\"platform\",\"ok\":false,\"evidence\":\"step.build.:exitcode1\"}\]" ../flat
	git rm -q broken
	git commit -q -m Mended
'

story 'a proxy of the pusher is not asked' '
	cd prod
	free_url
	http_proxy=$FREE_URL
	export http_proxy
	expect_code 0 git upgrade verify >../out 2>../err
	put more
	commit More
	expect_code 0 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'a worker that is killed takes its question along' '
	cd prod
	says health slow
	sed -i "s/timeout: 5.*/timeout: 10m/" ../platform.git/info/gitupgrade.yaml
	put long
	commit Long
	: >"$ANSWERS/asked"
	git push platform production 2>../err &
	wait_for 20 grep -q "^GET health" "$ANSWERS/asked"
	kill_workers
	wait
	says health "$up"
	# It is answered in turn: the one before is not waited for any more.
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

done_testing
