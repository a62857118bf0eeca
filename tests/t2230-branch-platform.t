#!/bin/sh
#
# A product whose releases are branches, deployed by a platform: its gate
# follows the branches upstream, and believes none that was rewritten.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

platform=$WORK/platform.git
srv=$WORK/srv

# serves BRANCH: what runs is that commit's release, of its files
serves()
{
	git -C "$platform" show "$(git rev-parse HEAD)":composer.lock \
		>"$WORK/want"
	same "$WORK/want" "$srv/current/composer.lock"
	is "$1" "$(cat "$srv/serving")"
	is "$(git rev-parse HEAD)" "$(git -C "$platform" \
		rev-parse refs/upgrade/verified/production)"
}

# listed BRANCH: where the platform's list has it
listed()
{
	git -C "$platform" rev-parse "refs/upgrade/releases/$1"
}

story 'a shop on a commit of a branch, and its platform' '
	git init -q upstream
	echo base >upstream/app.yaml
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	release_branch 2.4.6
	release_branch 2.4.7
	git clone -q upstream prod
	cd prod
	branches
	cat >>../template.yaml <<-\EOT
	path: {rule: connected-minor}
	deploy:
	  steps:
	    - name: start
	      interrupts: true
	      run: [sh, -c, "cp version ../../serving"]
	verify:
	  version:
	    run: [cat, ../../serving]
	    expect: "{release}"
	EOT
	git upgrade fetch
	git switch -q -c production --no-track origin/2.4.6
	echo ours >>app.yaml
	git commit -q -a -m "Ours"
	git upgrade platform init --profile="$WORK/template.yaml" \
		--deploy-to="$srv" "$platform" >../out 2>../err
	git remote add platform "$platform"
	git config upgrade.upstream origin
	is "$(tip 2.4.6)" "$(listed 2.4.6)"
	git upgrade push >../out 2>../err
	has "^production: .*2.4.6" ../err
	serves 2.4.6
'

story 'a hop to another branch is pushed, judged and deployed' '
	cd prod
	git upgrade merge --no-edit 2.4.7
	git upgrade push >../out 2>../err
	has "^production: 2.4.6 -> 2.4.7 " ../err
	has "legal-hop ok" ../err
	has "^Deployed and verified in" ../err
	serves 2.4.7
'

story 'newer commits of a branch: the platform asks upstream for them' '
	before=$(tip 2.4.7)
	release_commit 2.4.7 "Fix 1 of 2.4.7"
	cd prod
	git upgrade fetch
	git upgrade merge --no-edit 2.4.7
	is "$before" "$(listed 2.4.7)"
	git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	is "$(tip 2.4.7)" "$(listed 2.4.7)"
	serves 2.4.7
	has "^Fix 1 of 2.4.7$" "$srv/current/composer.lock"
'

story 'plain git push of a branch that is new to the platform' '
	release_branch 2.4.8 2.4.7
	cd prod
	git upgrade fetch
	git upgrade merge --no-edit 2.4.8
	git push platform production 2>../err
	has "gates .*record ok, .*legal-hop ok" ../err
	is "$(tip 2.4.8)" "$(listed 2.4.8)"
	serves 2.4.8
'

story 'newer commits merged by hand are refused there, hook or no hook' '
	release_commit 2.4.8 "Fix 1 of 2.4.8"
	cd prod
	git upgrade fetch
	git switch -q -c byhand
	git merge -q --no-edit refs/upgrade/releases/2.4.8
	# It knows the branch as it was; another push has it look again.
	git -C "$platform" fetch -q ../upstream \
		"refs/heads/2.4.8:refs/upgrade/releases/2.4.8"
	expect_code 1 git push --no-verify platform byhand:production 2>../err
	has "record: newer commits of 2.4.8 were merged by hand" ../err
	has "git upgrade merge 2.4.8" ../err
	git upgrade merge --no-edit 2.4.8
	git push -q platform byhand:production 2>../err
	git switch -q production
	git merge -q --ff-only byhand
	serves 2.4.8
'

story 'a commit that is not of the branch is refused' '
	cd prod
	git switch -q -c forged
	sed "s/^commit .*/commit $(git rev-parse HEAD~1)/;
		s/^tree .*/tree $(git rev-parse "HEAD~1^{tree}")/" \
		.gitupgrade.adopted >../record
	mv ../record .gitupgrade.adopted
	git commit -q -a -m "A release of our own"
	expect_code 1 git push --no-verify platform forged:production 2>../err
	has "record: the record says 2.4.8 is commit ......., the rel" ../err
	has "which does not have it" ../err
	git switch -q production
'

story 'a branch that was rewritten: the platform keeps what it knows' '
	known=$(listed 2.4.8)
	git -C upstream switch -q 2.4.8
	git -C upstream commit -q --amend -m "Fix 1 of 2.4.8, again"
	echo rewritten >upstream/rewritten
	git -C upstream add -A
	git -C upstream commit -q -m "Rewritten"
	cd prod
	git upgrade fetch --accept=2.4.8
	git upgrade merge --no-edit 2.4.8
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: upstream rewrote the branch of release 2.4.8, which" ../err
	is "$known" "$(listed 2.4.8)"
	# Its owner decides there.
	accept=$(sed -n "s/^hint:   *\(git -C .* fetch .*\)/\1/p" ../err)
	$accept
	git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	serves 2.4.8
'

done_testing
