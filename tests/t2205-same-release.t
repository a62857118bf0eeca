#!/bin/sh
#
# Newer commits of the release one is on, where plain git comes in between:
# a commit by hand in the middle of their merge, and a revert of it.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

# limit NUMBER: upstream changes it in 2.4.7
limit()
{
	git -C upstream switch -q 2.4.7
	echo "limit: $1" >upstream/app.yaml
	release_commit 2.4.7 "Limit $1"
}

# conflict: the merge of 2.4.7 that cannot be clean, up to there
conflict()
{
	expect_code 1 git upgrade merge --no-edit 2.4.7 2>../err
	has "^CONFLICT (content): Merge conflict in app.yaml$" ../err
	echo "limit: ours, looked at" >app.yaml
	git add app.yaml
}

story 'a production is on a release that goes on' '
	git init -q upstream
	echo "limit: 1" >upstream/app.yaml
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	release_branch 2.4.6
	release_branch 2.4.7
	git clone -q upstream prod
	cd prod
	branches
	git checkout -q -b production origin/2.4.6 --no-track
	git upgrade merge --no-edit 2.4.7
	git branch start
	tick
	echo "limit: ours" >app.yaml
	git commit -q -a -m "Ours"
	git branch ours
	cd ..
	limit 2
	git -C prod upgrade fetch
'

story 'committed by hand it is not finished, and every command says so' '
	cd prod
	before=$(sed -n "s/^commit //p" .gitupgrade.adopted)
	conflict
	tick
	git commit -q --no-edit
	expect_code 2 git upgrade merge --continue 2>../err
	has "^error: the merge of 2.4.7 was committed already, by hand$" ../err
	has "git upgrade merge 2.4.7" ../err
	has "^commit $before$" .gitupgrade.adopted
	git upgrade list >../out 2>../err
	has "^warning: newer commits of 2.4.7 were merged by hand (.*) a" ../err
	has "finish them with \"git upgrade merge 2.4.7\"" ../err
	git upgrade list --json >../json
	has "\"state\": \"unfinished\"" ../json
	has "\"unfinished\": \"2.4.7\"" ../json
	expect_code 2 git upgrade merge 2.4.8 2>../err
	has "no release .2.4.8." ../err
'

story 'the gates refuse it' '
	cd prod
	git init -q --bare ../shop.git
	git remote add shop ../shop.git
	git config upgrade.production.branch production
	git push -q shop start:refs/heads/production
	git upgrade hooks install
	expect_code 1 git push shop production 2>../err
	has "newer commits of 2.4.7 were merged by hand" ../err
	has "finish it on production with .git upgrade merge 2.4.7" ../err
'

story 'another release is refused until it is finished' '
	release_branch 2.4.8 2.4.7
	cd prod
	git upgrade fetch
	expect_code 2 git upgrade merge 2.4.8 2>../err
	has "newer commits of 2.4.7 were merged by hand" ../err
	has "finish them first with \"git upgrade merge 2.4.7\"" ../err
'

story 'merging it again finishes it, and asks nothing twice' '
	cd prod
	git upgrade plan --no-fetch 2.4.7 >../out
	has "^2.4.7 from ....... to .......: would finish with no con" ../out
	git upgrade merge --no-edit 2.4.7 2>../err
	lacks CONFLICT ../err
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	has "^limit: ours, looked at$" app.yaml
	git upgrade list >../out 2>../err
	lacks "unfinished" ../err
	lacks "updated" ../out
	expect_code 2 git upgrade merge 2.4.7 2>../err
	has "2.4.7 is adopted already" ../err
	git push -q shop production
'

story 'it went on meanwhile: finishing brings that as well' '
	cd prod
	git switch -q -c meanwhile ours
	conflict
	tick
	git commit -q --no-edit
	cd ..
	release_commit 2.4.7 "More of 2.4.7"
	cd prod
	git upgrade fetch
	git upgrade list >../out 2>../err
	has "^warning: newer commits of 2.4.7 were merged by hand" ../err
	git upgrade merge --no-edit 2.4.7 2>../err
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	has "^More of 2.4.7$" composer.lock
	has "^limit: ours, looked at$" app.yaml
'

story 'the same without a record' '
	cd prod
	git switch -q -c unrecorded --no-track "origin/2.4.7"
	tick
	echo "limit: ours" >app.yaml
	git commit -q -a -m "Ours"
	expect_code 1 git upgrade merge --no-edit 2.4.7
	echo "limit: ours, looked at" >app.yaml
	git add app.yaml
	git commit -q --no-edit
	expect_code 2 git upgrade merge --continue 2>../err
	has "was committed already, by hand" ../err
	git upgrade list >../out 2>../err
	has "^warning: newer commits of 2.4.7 were merged by hand" ../err
	git upgrade merge --no-edit 2.4.7 2>../err
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	has "^limit: ours, looked at$" app.yaml
'

story 'a merge of ours that was reverted can be done again' '
	cd prod
	git switch -q -c reverted start
	git upgrade merge --no-edit 2.4.7
	tick
	git revert --no-edit -m 1 HEAD
	has "^limit: 1$" app.yaml
	git upgrade list >../out 2>../err
	lacks "unfinished" ../err
	has "^  2.4.7  *updated" ../out
	git upgrade merge --no-edit 2.4.7
	has "^limit: 2$" app.yaml
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
'

story 'a merge by hand that was reverted: only the user can tell' '
	cd prod
	git switch -q -c taken-back start
	tick
	git merge -q --no-edit refs/upgrade/releases/2.4.7
	git revert --no-edit -m 1 HEAD
	has "^limit: 1$" app.yaml
	git upgrade list >../out 2>../err
	has "^warning: newer commits of 2.4.7 were .*reverted: hist" ../err
	expect_code 2 git upgrade merge --no-edit 2.4.7 2>../err
	has "^error: newer commits of 2.4.7 were merged by hand (.*rev" ../err
	has "git upgrade merge --from=2.4.7 2.4.7$" ../err
	git upgrade merge --no-edit --from=2.4.7 2.4.7
	has "^limit: 2$" app.yaml
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	git upgrade list >../out 2>../err
	lacks "reverted" ../err
'

done_testing
