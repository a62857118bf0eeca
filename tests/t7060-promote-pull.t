#!/bin/sh
#
# Promoting to an environment whose host pulls: the commit is delivered, and
# the host judges and deploys it as it does others.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

there()
{
	git -C "$WORK/plain.git" rev-parse "production${1-}"
}

story 'set-up: staging on a platform, production on a host that pulls' '
	draw_clone prod
	cd prod
	write_profile ../profile.yaml
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  staging: {}" \
		"  production: {promotes_from: staging, deploy: pull, own: [.env]}"
	put .env HOST=live
	commit "Environments"
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git push -q plain production
	git checkout -q -b staging
	draw_platform --env staging
	git config branch.staging.pushRemote platform
	git config branch.production.pushRemote plain
	put .env HOST=stage
	commit "Another host"
	git upgrade push staging
'

story 'it is delivered, with the hint of how to see what becomes of it' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	old=$(there)
	expect_code 4 git upgrade promote production >../out 2>../err
	has "^production: v1.0.0 -> v1.1.0 (.*) of staging, verified there" \
		../err
	has "^Delivered to .plain.; the host of production deploys it when it pulls" \
		../err
	has "\"git upgrade promote staging production --timeout=10m\"" ../err
	is "$old" "$(there ^1)"
	is "$(git rev-parse staging)" "$(there ^2)"
	is HOST=live "$(git -C ../plain.git show production:.env)"
'

story 'the host deploys it, and clients see that' '
	git clone -q -b production plain.git host
	cd host
	git remote add upstream ../upstream
	git fetch -q --tags upstream
	git config upgrade.upstream upstream
	sed "s|../../serving|$WORK/serving|" ../profile.yaml >../host.yaml
	git config upgrade.profile "$WORK/host.yaml"
	git upgrade deploy >../out 2>../err
	has "promotion: cannot judge: nothing is known here of staging" ../err
	is 1.1.0 "$(cat ../serving)"
	cd ../prod
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote" ../err
	has "^Up to date: deployed and verified" ../err
'

story 'a commit that only says that it was promoted, or gone back, is a fix' '
	cd prod
	tip=$(git rev-parse staging)
	git fetch -q plain
	git checkout -q -B production plain/production
	put squashed.txt
	git add -A
	git commit -q -m "Squashed" -m "Promoted-From: staging $tip"
	put back.txt
	git add -A
	git commit -q -m "Amended" -m "Rolled-Back: $(git rev-parse HEAD)
Restores: $(git rev-parse HEAD^)"
	git push -q plain production
	git checkout -q staging
	put more.txt
	commit "More"
	git upgrade push staging
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: production has 2 commits of its own that staging lacks" ../err
	has "  (Squashed)" ../err
	has "  (Amended)" ../err
	git cherry-pick -x production^ production
	git upgrade push staging
	expect_code 4 git upgrade promote production >../out 2>../err
'

story 'an environment without a branch begins with what is promoted' '
	cd prod
	git config upgrade.demo.branch demo
	git config upgrade.environments.demo.promotes-from staging
	git config branch.demo.pushRemote plain
	tip=$(git rev-parse staging)
	expect_code 3 git upgrade promote staging demo >../out 2>../err
	has "^  gates .*promotion ok" ../err
	has "^error: pushed to .plain., which is no platform of git upgrade: nothing there deploys it" \
		../err
	is "$tip" "$(git -C ../plain.git log -1 --format=%P demo)"
	is "$(git rev-parse "staging^{tree}")" \
		"$(git -C ../plain.git rev-parse "demo^{tree}")"
	git -C ../plain.git log -1 --format=%B demo >../message
	has "^Promoted-From: staging $tip$" ../message
	expect_code 3 git upgrade promote staging demo >../out 2>../err
	has "^Nothing to promote" ../err
	# A mistake in the name is told before anything is asked.
	git config upgrade.environments.demo.promotes-from stagin
	expect_code 128 git upgrade promote demo >../out 2>../err
	has "^fatal: git config upgrade.environments.demo.promotes-from: environments.demo.promotes_from: expected the name of another environment, not .stagin." \
		../err
	has "^hint: there is .*staging" ../err
'

done_testing
