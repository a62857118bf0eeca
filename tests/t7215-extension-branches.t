#!/bin/sh
#
# The gate `extensions` of a product whose releases are branches: newer commits
# of the branch that production is on are an upgrade, too.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

platform=$WORK/platform.git
srv=$WORK/srv

# of BRANCH: its commit, as messages name it
of()
{
	tip "$1" >"$WORK/tip"
	cut -c1-7 "$WORK/tip"
}

# refuses PATTERN: the platform says no to what is here, for that
refuses()
{
	expect_code 1 git push --no-verify --porcelain platform \
		HEAD:production >../out 2>../err &&
	has "remote rejected\] (extensions: production has not verified $1" \
		../out
}

story 'a shop on a commit of a branch, and its platform' '
	git init -q upstream
	echo base >upstream/app.yaml
	mkdir -p upstream/app/code
	echo sample >upstream/app/code/sample.php
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	release_branch 2.4.6
	git clone -q upstream prod
	cd prod
	branches
	git upgrade fetch
	git switch -q -c production --no-track origin/2.4.6
	echo ours >>app.yaml
	git commit -q -a -m "Ours"
	git upgrade platform init --profile="$WORK/template.yaml" \
		--deploy-to="$srv" "$platform" >../out 2>../err
	echo "    extensions: {branches: [ext/*], paths: [app/code/]}" \
		>>"$platform/info/gitupgrade.yaml"
	git remote add platform "$platform"
	git config upgrade.upstream origin
	git upgrade push >../out 2>../err
	cd ..
	release_branch 2.4.7 2.4.6
	echo newer >upstream/app/code/sample.php
	release_commit 2.4.7 "A newer sample"
	cd prod
	git upgrade fetch
	git upgrade merge --no-edit 2.4.7
	# What upstream has there is the release itself.
	git upgrade push >../out 2>../err
	has "^Deployed and verified" ../err
	is newer "$(cat "$srv/current/app/code/sample.php")"
'

story 'newer commits, and an extension with them' '
	before=$(of 2.4.7)
	release_commit 2.4.7 "Fix 1 of 2.4.7"
	cd prod
	git upgrade fetch
	git upgrade merge --no-edit 2.4.7
	git checkout -q -b ext/shop
	echo shop >app/code/shop.php
	tick
	git add -A
	git commit -q -m "Add the shop"
	git checkout -q production
	git merge -q --no-ff --no-edit ext/shop
	refuses "2.4.7 ($before) -> 2.4.7 ($(of 2.4.7)) yet, and work on extensions comes with it: branch ext/shop (.*), path app/code/ (app/code/shop.php))"
	has "^remote: hint:   git revert -m 1 " ../err
'

story 'the fix alone, and then it' '
	cd prod
	git tag both
	git reset -q --hard both^
	git upgrade push
	git merge -q --no-ff --no-edit ext/shop
	git upgrade push
	is shop "$(cat "$srv/current/app/code/shop.php")"
'

done_testing
