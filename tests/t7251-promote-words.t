#!/bin/sh
#
# What a promotion that did not come through says to type, typed.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

own='own: [.env.production, config/prod/]'

# upgrade_staging VERSION...: each is merged, deployed and verified there
upgrade_staging()
{
	for upgrade_to
	do
		git upgrade merge --no-edit "v$upgrade_to" &&
		git upgrade push staging || return 1
	done
}

story 'what refuses a promotion says to promote again' '
	draw_promotion prod
	stage config/app level=debug
	promoting "promotes_from: staging" "$own" \
		"freeze: [{from: 2001-01-01, to: 2999-12-31}]" \
		"gates: [{name: approved, run: [\"false\"]}]"
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^hint: wait until then, and \"git upgrade promote staging production\"" \
		../err
	has "^hint: see to it, and \"git upgrade promote staging production\"" \
		../err
	lacks "push again" ../err
	# A fix is pushed.
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	expect_code 2 git upgrade push production >../out 2>../err
	has "hint: wait until then, and push again" ../err
	has "hint: see to it, and push again" ../err
	promoting "promotes_from: staging" "$own"
	git upgrade push production
	git checkout -q staging
	git fetch -q platform
	git cherry-pick -x production
	git upgrade push staging
'

story 'a promotion of what was there before: on top of what is there now' '
	cd prod
	new=$(promoted)
	late=$(git commit-tree "platform/production^{tree}" \
		-p platform/production -m "In between")
	git push --no-verify -q platform "$late:refs/heads/production"
	expect_code 1 git push --no-verify --force --porcelain platform \
		"$new:refs/heads/production" >../out 2>../err
	has "remote rejected\] (fast-forward: " ../out
	has "^remote: hint: promote on top of that: \"git upgrade promote staging production\"" \
		../err
	lacks "git pull" ../err
	platform_idle
	git upgrade promote staging production
'

story 'a push that is cut: the same promotion again' '
	cd prod
	stage config/app level=warn
	put .git/hooks/pre-push "#!/bin/sh" "rm \"\$0\"" "kill -KILL \$PPID"
	chmod +x .git/hooks/pre-push
	expect_code 128 git upgrade promote production >../out 2>../err
	has "^hint: try again with \"git upgrade promote staging production\"" \
		../err
	lacks "git upgrade push" ../err
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'not waited for: what waits again is about the same release' '
	cd prod
	git config upgrade.path.rule connected-minor
	upgrade_staging 1.1.0 1.1.1
	promoting "promotes_from: staging" "$own" "soak: 24h" \
		"freeze: [{from: 2001-01-01, to: 2999-12-31}]"
	expect_code 2 git upgrade promote --release=v1.1.0 production \
		>../out 2>../err
	has "^error: platform refused: " ../err
	has "^hint: wait until then, and \"git upgrade promote --release=v1.1.0 staging production\"" \
		../err
	has "^hint: wait until then (.*), and \"git upgrade promote --release=v1.1.0 staging production\"" \
		../err
	# The clone says the same, where it knows of it.
	expect_code 2 git -c upgrade.environments.production.soak=24h upgrade \
		promote -n --release=v1.1.0 production >../out 2>../err
	has "^error: soak: " ../err
	has "^hint: wait until then (.*), and \"git upgrade promote --release=v1.1.0 staging production\"" \
		../err
	promoting "promotes_from: staging" "$own"
	sed "s/test ! -e blocks .*/test \"\$UPGRADE_ENV\" = staging || cat ..\/..\/..\/go/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml" >../slow.yaml
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../quick.yaml
	cp ../slow.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 4 git upgrade promote --no-wait --release=v1.1.0 production \
		>../out 2>../err
	has "wait again with \"git upgrade promote --release=v1.1.0 staging production\"" \
		../err
	echo go >"$SRV/go"
	cp ../quick.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade promote --release=v1.1.0 staging production >../out 2>../err
	has "^Nothing to promote" ../err
	is 1.1.0 "$(serves production)"
'

story 'a path that is refused before it began: nothing came, nothing changed' '
	cd prod
	(
		cd ../upstream
		git checkout -q -b next v2.0.0
		for version in 3.0.0 4.0.0
		do
			put VERSION $version
			commit "Version $version"
			git tag -m v$version v$version
		done
	)
	git upgrade fetch
	upgrade_staging 2.0.0 3.0.0 4.0.0
	promoting "promotes_from: staging" "$own" \
		"freeze: [{from: 2001-01-01, to: 2999-12-31}]"
	before=$(at production)
	expect_code 2 git upgrade promote --path production >../out 2>../err
	has "^error: .*freeze" ../err
	has "^Nothing was changed" ../err
	lacks "as far as it came" ../err
	is "$before" "$(at production)"
'

story 'a path that is refused on its way: what came, and how to go on' '
	cd prod
	promoting "promotes_from: staging" "$own" \
		"gates: [{name: early, run: [sh, -c, \"test \$UPGRADE_RELEASE = v2.0.0\"]}]"
	expect_code 3 git upgrade promote --path --json \
		--release=v3.0.0 production >../out 2>../err
	is 2.0.0 "$(serves production)"
	has "^error: .*checks: early: exit code 1" ../err
	has "^hint: v2.0.0 was promoted and verified before; \"git upgrade promote --path --release=v3.0.0 production\" goes on from there" \
		../err
	lacks "Nothing was changed" ../err
	has "\"outcome\":.*\"verified\"" ../out
	has "\"outcome\":.*\"refused\"" ../out
	promoting "promotes_from: staging" "$own"
	git upgrade promote --path --release=v3.0.0 production >../out 2>../err
	has "^Deployed and verified" ../err
	is 3.0.0 "$(serves production)"
'

done_testing
