#!/bin/sh
#
# git upgrade rollback: going back, forward. The platform makes the commit, and
# deploys and verifies it as any other; the same upgrade again gives the same.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

at_platform()
{
	git -C "$WORK_PLATFORM" rev-parse production
}

story 'nothing to go back to: refused, and nothing changed' '
	draw_clone shop
	cd shop
	draw_platform
	git config remote.pushDefault platform
	git config upgrade.path connected-minor
	expect_code 2 git upgrade rollback production >../out 2>../err
	has "^error: there is no branch .production. at .platform." ../err
	git upgrade push
	expect_code 2 git upgrade rollback >../out 2>../err
	has "^error: nothing else was deployed to production and verified" ../err
	has "^hint: see what was with \"git upgrade log production\"" ../err
	has "^Nothing was changed" ../err
	is 1 "$(events)"
'

story 'an upgrade that is deployed is taken back' '
	cd shop
	git upgrade merge --no-edit v1.1.0
	git upgrade push
	first=$(git rev-parse HEAD)
	put more.txt "our own, later"
	commit "More of our own"
	git upgrade push
	deployed v1.1.0
	tip=$(git rev-parse HEAD)

	git upgrade rollback -n >../out 2>../err
	has "^production: from v1.1.0 (.*) back to v1.1.0 ($(git rev-parse --short=7 "$first")), verified .* ago" \
		../err
	git upgrade rollback -n --to=1.0.0 >../out 2>../err
	has "^production: from v1.1.0 .* back to v1.0.0 " ../err
	has "^Nothing was changed" ../err
	is "$tip" "$(at_platform)"

	git upgrade rollback --to=v1.0.0 --reason="orders are lost" \
		production >../out 2>../err
	has "^Back at v1.0.0: deployed and verified in" ../err
	has "^hint: bring its commit here with \"git pull --ff-only platform production\"" \
		../err
	lacks "^Deployed and verified" ../err
	is 1 "$(grep -c "^production:" ../err)"
	has "^hint: to try again after that: git upgrade merge v1.1.0" ../err
	deployed v1.0.0
	is "$tip" "$(git -C ../platform.git rev-parse production^)"
	is "$(git rev-parse HEAD~2^{tree})" \
		"$(git -C ../platform.git rev-parse "production^{tree}")"
	is "$(at_platform)" "$(ref verified/production)"
	git -C ../platform.git log -1 --format=%B production >../message
	has "^Roll back to v1.0.0" ../message
	has "^orders are lost" ../message
	has "^Rolled-Back: $tip" ../message
	# The branch here is where it was.
	is "$tip" "$(git rev-parse HEAD)"
'

story 'the log has it, with who and why' '
	cd shop
	git upgrade log >../out
	has "rolledback *v1.1.0 -> v1.0.0 " ../out
	has "orders are lost" ../out
	git upgrade log --json >../json
	has "\"undoes\": *\"$(git rev-parse HEAD)\"" ../json
	git upgrade status >../out
	has "v1.0.0" ../out
'

story 'the same upgrade again gives exactly what it gave' '
	cd shop
	tree=$(git rev-parse "HEAD~1^{tree}")
	git pull -q --ff-only platform production
	git upgrade >../out 2>../err
	has "^On v1.0.0" ../out
	git upgrade merge --no-edit v1.1.0
	is "$tree" "$(git rev-parse "HEAD^{tree}")"
	git upgrade push
	deployed v1.1.0
'

story 'going back twice does not lead forward' '
	cd shop
	git upgrade rollback >../out 2>../err
	has "^Back at v1.0.0" ../err
	tip=$(at_platform)
	expect_code 2 git upgrade rollback >../out 2>../err
	has "^error: nothing else was deployed" ../err
	is "$tip" "$(at_platform)"
	# By name, it does.
	git upgrade rollback --to=v1.1.0 >../out 2>../err
	deployed v1.1.0
	git pull -q --ff-only platform production
'

story 'what was never verified there is refused by name' '
	cd shop
	expect_code 2 git upgrade rollback --to=v2.0.0 >../out 2>../err
	has "^error: .v2.0.0. is nothing else that was deployed to production and verified" \
		../err
	expect_code 129 git upgrade rollback --timeout=soon 2>../err
	has "is no span of time" ../err
	expect_code 2 git upgrade rollback staging 2>../err
'

story 'somebody pushed meanwhile: refused' '
	cd shop
	git upgrade rollback -n 2>../err
	put late.txt late
	commit "Late"
	old=$(at_platform)
	printf "{\"expected\":\"%s\"}\n" "$(git rev-parse HEAD~1)" >../request
	git push -q platform production
	platform_idle
	blob=$(git hash-object -w ../request)
	expect_code 1 git push platform \
		"$blob:refs/upgrade/request/rollback/production" 2>../err
	has "production. is at $(git rev-parse --short=7 HEAD) now, and not at" \
		../err
	is "$(git rev-parse HEAD)" "$(at_platform)"
	: >../request
	blob=$(git hash-object -w ../request)
	expect_code 1 git push platform \
		"$blob:refs/upgrade/request/rollback/production" 2>../err
	has "a rollback says which commit is to be taken back" ../err
'

story 'what goes back from a failure, and serves all the time' '
	cd shop
	good=$(git rev-parse HEAD)
	put broken
	commit "Broken"
	expect_code 3 git upgrade push >../out 2>../err
	git upgrade rollback --json >../json 2>../err
	has "\"outcome\": *\"verified\"" ../json
	has "\"restores\": *\"$good\"" ../json
	is "" "$(ref failed/production)"
	missing ../srv/current/broken
	git pull -q --ff-only platform production
	missing broken
'

story 'a way back that fails says so' '
	cd shop
	put late.txt later
	commit "Later"
	git upgrade push
	sed -i "s|test ! -e broken|test ! -e \$HOME/no-more|" \
		../platform.git/info/gitupgrade.yaml
	: >"$HOME/no-more"
	expect_code 3 git upgrade rollback >../out 2>../err
	has "^error: production: .production. is back at v1.1.0, but its deploy failed: step .build." \
		../err
	has "^hint: .*git upgrade push --retry production" ../err
	expect_code 2 git upgrade rollback >../out 2>../err
	has "^error: production is on its way back to v1.1.0 already" ../err
	rm "$HOME/no-more"
	git pull -q --ff-only platform production
	git upgrade push --retry production
	deployed v1.1.0
'

story 'on top of a way back that failed a fix can be pushed' '
	cd shop
	: >"$HOME/no-more"
	expect_code 3 git upgrade rollback --to=v1.0.0 >../out 2>../err
	rm "$HOME/no-more"
	git pull -q --ff-only platform production
	put fix.txt fixed
	commit "Fixed"
	git upgrade push >../out 2>../err
	deployed v1.0.0
	git upgrade merge --no-edit v1.1.0
	git upgrade push
	deployed v1.1.0
'

story 'what is taken back while it is deployed is not gone back to' '
	cd shop
	put blocks
	put bad.txt bad
	commit "Bad"
	bad=$(git rev-parse HEAD)
	git push -q platform production 2>../pushed &
	wait_for 20 building "$bad"
	expect_code 4 git upgrade rollback --no-wait \
		--reason="$(printf "it \033[2Jis\nRolled-Back: x")" 2>../err
	let_go
	wait
	platform_idle
	git -C ../platform.git log -1 --format=%B production >../message
	has "^it ?\[2Jis Rolled-Back: x$" ../message
	git upgrade rollback -n >../out 2>../err || :
	lacks "back to .* ($(git rev-parse --short=7 "$bad"))" ../err
	git pull -q --ff-only platform production
'

story 'by itself, where the environment says so' '
	cd shop
	printf "environments:\n  production:\n    on_failure: rollback\n" \
		>../more
	sed "/^environments:/,\$d" ../platform.git/info/gitupgrade.yaml >../own
	sed -n "/^environments:/,\$p" ../platform.git/info/gitupgrade.yaml |
	sed "s|^    branch:.*|&\n    on_failure: rollback|" >>../own
	cp ../own ../platform.git/info/gitupgrade.yaml
	good=$(git rev-parse "HEAD^{tree}")
	put sick
	commit "Sick"
	sick=$(git rev-parse HEAD)
	expect_code 3 git upgrade push >../out 2>../err
	has "the deploy of v1.1.0 .* failed: health" ../err
	platform_idle
	is "$sick" "$(git -C ../platform.git rev-parse production^)"
	is "$good" "$(git -C ../platform.git rev-parse "production^{tree}")"
	is "$(at_platform)" "$(ref verified/production)"
	is "" "$(ref failed/production)"
	missing ../srv/current/sick
	git upgrade log >../out
	has "rolledback .*git upgrade" ../out
	has "Its deploy failed: health" ../out
'

story 'but a way back that fails is not taken back' '
	cd shop
	git pull -q --ff-only platform production
	put late.txt "later still"
	commit "Later still"
	: >"$HOME/no-more"
	expect_code 3 git upgrade push >../out 2>../err
	platform_idle
	first=$(events)
	is "$(git rev-parse HEAD)" "$(git -C ../platform.git rev-parse production^)"
	is "$(at_platform)" "$(ref failed/production)"
	git upgrade platform repair ../platform.git
	platform_idle
	is "$first" "$(events)"
	rm "$HOME/no-more"
	git pull -q --ff-only platform production
	git upgrade push --retry production
	is "$(at_platform)" "$(ref verified/production)"
'

story 'a worker killed in between: the next one goes back' '
	cd shop
	sed -i "s/on_failure: rollback/on_failure: nothing/" \
		../platform.git/info/gitupgrade.yaml
	put sick
	commit "Sick again"
	expect_code 3 git upgrade push >../out 2>../err
	platform_idle
	is "$(git rev-parse HEAD)" "$(at_platform)"
	# What it would have done, had it lived.
	sed -i "s/on_failure: nothing/on_failure: rollback/" \
		../platform.git/info/gitupgrade.yaml
	git upgrade platform repair ../platform.git
	went_back()
	{
		[ "$(git -C ../platform.git rev-parse production^)" = \
			"$(git rev-parse HEAD)" ]
	}
	wait_for 20 went_back
	platform_idle
	is "$(at_platform)" "$(ref verified/production)"
'

story 'a first upgrade is taken back to what had no record' '
	cd "$WORK"
	git clone -q --no-checkout upstream fresh
	cd fresh
	git checkout -q --no-track -b production v1.0.0
	put own.txt own
	commit "Our own"
	git upgrade platform init --profile=../profile.yaml \
		--deploy-to="$WORK/srv2" --running=v1.0.0 ../second.git
	git remote add platform ../second.git
	git config remote.pushDefault platform
	git config upgrade.path connected-minor
	mkdir -p ../srv2
	git upgrade push
	git upgrade merge --no-edit v1.1.0
	exists .gitupgrade.adopted
	git upgrade push
	git upgrade rollback >../out 2>../err
	has "^Back at v1.0.0" ../err
	expect_code 2 git upgrade rollback >../out 2>../err
	has "^error: nothing else was deployed" ../err
	git pull -q --ff-only platform production
	has "^release v1.0.0" .gitupgrade.adopted
	git upgrade >../out 2>../err
	has "^On v1.0.0" ../out
	git upgrade merge --no-edit v1.1.0
	git upgrade push
'

story 'where nothing deploys there is nobody to go back' '
	cd shop
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git push -q plain production
	git config branch.production.pushRemote plain
	git config upgrade.production.branch production
	expect_code 2 git upgrade rollback production >../out 2>../err
	has "^error: .plain. is no platform that could go back by itself" ../err
'

done_testing
