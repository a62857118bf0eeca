#!/bin/sh
#
# Promoting between environments that an engine deploys: what clients have seen
# of the source is the evidence, and this client has the target deployed.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"

there()
{
	git -C "$WORK/plain.git" rev-parse "$1"
}

story 'the first promotion makes the branch, and is deployed' '
	draw_engine
	programs
	sed "s/^  production:/  staging:\\
    deploy: command\\
  production:\\
    promotes_from: staging\\
    own: [.env]/" profile.yaml >more.yaml
	cp more.yaml profile.yaml
	behave ok
	cd prod
	git checkout -q -b staging
	git branch -q -D production
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: there is no branch .staging. at .fork., so staging has nothing to promote" \
		../err
	has "^Nothing was changed" ../err
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^deploying v1.0.0 to production" ../err
	has "^Deployed and verified" ../err
	is "$(there production)" "$(state verified)"
	is "$(git rev-parse staging)" "$(there production^1)"
	is deployed "$(told event)"
'

story 'what no client has seen verified is refused' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	git push -q fork staging
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: staging is at $(short staging), which was not deployed there" \
		../err
	has "^hint: have it deployed there with \"git upgrade push staging\"" ../err
	is 2 "$(grep -c ^deploy "$ENGINE/asked")"
'

story 'what was verified is promoted, and a failure says where to mend it' '
	cd prod
	echo v1.1.0 >"$ENGINE/version"
	git upgrade push staging
	behave fail
	expect_code 3 git upgrade promote production >../out 2>../err
	has "^hint: mend it on staging, and promote that: git upgrade promote staging production" \
		../err
	lacks "git upgrade rollback" ../err
	behave ok
	put fix.txt fix
	commit "Mended"
	git upgrade push staging
	git upgrade promote --json staging production >../out 2>../err
	is verified "$(field outcome)"
	is "$(there production)" "$(state verified)"
	is "$(git rev-parse staging)" "$(there production^2)"
'

story 'another clone promotes as well' '
	git clone -q -o fork plain.git other
	cd other
	git remote add origin ../upstream
	git fetch -q --tags origin
	git config upgrade.upstream origin
	git config upgrade.profile "$WORK/profile.yaml"
	git checkout -q staging
	put more.txt more
	commit "More"
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	cd ../prod
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote" ../err
'

done_testing
