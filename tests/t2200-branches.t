#!/bin/sh
#
# Releases that are branches, as those of Magento's cloud template: they go
# on, and a production is on some commit of one.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

story 'upstream has branches that fork from each other, and no tag' '
	git init -q upstream
	echo base >upstream/app.yaml
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	git -C upstream branch -m master
	release_branch 2.4.6
	release_commit 2.4.6 "Fix 1 of 2.4.6"
	release_branch 2.4.7
	release_commit 2.4.6 "Fix 2 of 2.4.6"
	release_commit 2.4.7 "Fix 1 of 2.4.7"
	release_branch 2.4.8 2.4.7
	release_commit 2.4.7 "Fix 2 of 2.4.7"
	release_commit 2.4.8 "Fix 1 of 2.4.8"
	release_branch 2.4.9-beta 2.4.8
	release_branch 2.4.7-appserver 2.4.7
	git -C upstream switch -q master
'

story 'before the first fetch the remote branches are read' '
	git clone -q upstream prod
	cd prod
	branches
	git checkout -q -b production origin/2.4.7~1
	tick
	echo ours >>app.yaml
	git commit -q -a -m "Ours"
	git upgrade list >../out 2>../err
	has "^On 2.4.7 (template, adopted 2024-01-01), upstream .origin." ../out
	has "^  2.4.7  *updated  .* 1 newer commit of the release" ../out
	has "^  2.4.8  *next " ../out
	lacks "appserver" ../out
	lacks "beta" ../out
	has "git upgrade merge 2.4.7" ../err
	git upgrade list --all >../out
	has "^  2.4.6  *past" ../out
	has "^  2.4.9-beta .*pre-release" ../out
'

story 'fetch takes what the clone has without asking twice' '
	cd prod
	GIT_TRACE2_EVENT="$WORK/trace" git upgrade fetch >../out
	has "^4 new releases at " ../out
	has "^  new  2.4.8 " ../out
	lacks "\"fetch\",\"--quiet\"" ../trace
	is "$(tip 2.4.7)" "$(git rev-parse refs/upgrade/releases/2.4.7)"
	expect_code 1 git rev-parse -q --verify refs/tags/2.4.7
	git for-each-ref refs/upgrade/releases/2.4.7-appserver >../out
	same /dev/null ../out
'

story 'history tells the release, whichever its branches share' '
	cd prod
	git config upgrade.path any
	for release in 2.4.6 2.4.7 2.4.8
	do
		git checkout -q -b "at-$release" "origin/$release" --no-track
		git commit -q --allow-empty -m "Ours"
		git upgrade list >../out 2>../err
		has "^On $release (template" ../out
	done
	git checkout -q -b before "origin/2.4.6~1"
	git upgrade list >../out 2>../err
	has "^On 2.4.6 (template" ../out
	# Where both are the same, it is the earlier one.
	git checkout -q -b fork "origin/2.4.8~2"
	git upgrade list >../out 2>../err
	has "^On 2.4.7 (template" ../out
	git switch -q production
'

story 'the same release again brings its newer commits in' '
	cd prod
	git upgrade plan --no-fetch 2.4.7 >../out 2>../err
	has "^2.4.7 from ....... to .......: would merge with no conf" ../out
	git upgrade merge --no-edit 2.4.7 >../out 2>../err
	has "Merging newer commits of release 2.4.7 into production" ../err
	has "^release 2.4.7$" .gitupgrade.adopted
	has "^commit $(tip 2.4.7)$" .gitupgrade.adopted
	is "$(tip 2.4.7)" "$(git rev-parse HEAD^2)"
	git show HEAD:composer.lock >../ours
	git -C ../upstream show 2.4.7:composer.lock >../theirs
	same ../theirs ../ours
	has "^ours$" app.yaml
	git upgrade list >../out
	lacks "updated" ../out
	expect_code 2 git upgrade merge 2.4.7 2>../err
	has "2.4.7 is adopted already" ../err
'

story 'a branch that goes on is followed; the record says where one is' '
	before=$(tip 2.4.7)
	release_commit 2.4.7 "Fix 3 of 2.4.7"
	release_commit 2.4.7 "Fix 4 of 2.4.7"
	cd prod
	git upgrade fetch -n >../out
	has "^No new release, 1 updated at .* (not fetched)$" ../out
	is "$before" "$(git rev-parse refs/upgrade/releases/2.4.7)"
	git upgrade fetch --json >../json
	has "\"change\": \"updated\"" ../json
	has "\"kept\": \"$before\"" ../json
	is "$(tip 2.4.7)" "$(git rev-parse refs/upgrade/releases/2.4.7)"
	git upgrade list >../out 2>../err
	has "^  2.4.7  *updated  *20.*  2 newer commits of the" ../out
	git upgrade list --json >../json
	has "\"updated\": true" ../json
	git upgrade show 2.4.7 >../out
	has "it is adopted, and has newer commits" ../out
	has "^2 commits would come in:" ../out
	git upgrade >../out 2>../err
	has "^2.4.7 has 2 newer commits$" ../out
	# Coming from elsewhere, the base is still what the record says.
	git upgrade merge --no-edit 2.4.8 2>../err
	git show HEAD:composer.lock >../ours
	git -C ../upstream show 2.4.8:composer.lock >../theirs
	same ../theirs ../ours
	has "^commit $(tip 2.4.8)$" .gitupgrade.adopted
'

story 'a branch that was rewritten has moved: reported, kept, refused' '
	kept=$(tip 2.4.8)
	git -C upstream switch -q 2.4.8
	git -C upstream commit -q --amend -m "Fix 1 of 2.4.8, again"
	echo rewritten >>upstream/composer.lock
	git -C upstream commit -q -a --amend --no-edit
	cd prod
	git switch -q -c again production~1
	git upgrade fetch >../out 2>../err
	has "^No new release at" ../out
	has "rewrote the branch of release 2.4.8 from" ../err
	has "git upgrade fetch --accept=2.4.8" ../err
	is "$kept" "$(git rev-parse refs/upgrade/releases/2.4.8)"
	is "$(tip 2.4.8)" "$(git rev-parse refs/upgrade/moved/2.4.8)"
	for command in plan merge
	do
		expect_code 2 git upgrade $command 2.4.8 2>../err
		has "upstream moved release 2.4.8 since it was fetched" ../err
		has "git diff refs/upgrade/releases/2.4.8 refs/upgr" ../err
		has "git upgrade fetch --accept=2.4.8" ../err
		has "^Nothing was changed.$" ../err
	done
	expect_code 2 git upgrade fetch --accept=2.4.7 2>../err
	has "did not move a release .2.4.7." ../err
	is "$kept" "$(git rev-parse refs/upgrade/releases/2.4.8)"
	git upgrade fetch --accept=2.4.8 --json >../json
	has "\"accepted\": true" ../json
	is "$(tip 2.4.8)" "$(git rev-parse refs/upgrade/releases/2.4.8)"
	git for-each-ref refs/upgrade/moved >../out
	same /dev/null ../out
	git upgrade merge --no-edit 2.4.8
'

story 'who had adopted it can bring the rewritten one in' '
	cd prod
	git switch -q production
	git upgrade list >../out
	has "^  2.4.8  *updated " ../out
	git upgrade merge --no-edit 2.4.8
	git show HEAD:composer.lock >../ours
	git -C ../upstream show 2.4.8:composer.lock >../theirs
	same ../theirs ../ours
'

story 'what upstream takes back is as if it had not been' '
	old=$(tip 2.4.8)
	git -C upstream commit -q --amend -m "Once more"
	git -C prod upgrade fetch 2>err
	has "rewrote the branch of release 2.4.8" err
	git -C upstream reset -q --hard "$old"
	git -C prod upgrade fetch 2>err
	lacks "2.4.8" err
	git -C prod for-each-ref refs/upgrade/moved >out
	same /dev/null out
'

story 'a later branch merged by hand is unfinished, though it went on' '
	cd prod
	git switch -q -c byhand at-2.4.7
	git upgrade merge --no-edit 2.4.7
	git merge -q -X theirs --no-edit refs/upgrade/releases/2.4.8
	release_tip=$(git rev-parse refs/upgrade/releases/2.4.8)
	cd ..
	release_commit 2.4.8 "Fix 2 of 2.4.8"
	cd prod
	git upgrade fetch
	expect_code 0 git upgrade list >../out 2>../err
	has "^warning: 2.4.8 was merged by hand (.*) and is unfinished" ../err
	git upgrade merge --no-edit 2.4.8
	has "^commit $(tip 2.4.8)$" .gitupgrade.adopted
	git show HEAD:composer.lock >../ours
	git -C ../upstream show 2.4.8:composer.lock >../theirs
	same ../theirs ../ours
	expect_code 0 git upgrade list >../out 2>../err
	lacks "unfinished" ../err
'

story 'a new branch comes over the wire, a deleted one stays' '
	release_branch 2.4.10 2.4.8
	git -C upstream branch -q -D 2.4.6
	cd prod
	git upgrade fetch >../out 2>../err
	has "^1 new release at " ../out
	has "^  new  2.4.10  20" ../out
	has "upstream deleted release 2.4.6; it is kept here" ../err
	is "$(tip 2.4.10)" "$(git rev-parse refs/upgrade/releases/2.4.10)"
'

story 'an upstream without such branches' '
	git init -q --bare empty.git
	cd prod
	git config upgrade.upstream "$WORK/empty.git"
	git upgrade fetch 2>../err
	has "upstream has no branch that is a release of template" ../err
	lacks "deleted" ../err
	git config --unset upgrade.upstream
'

story 'releases are tags or branches, and nothing else' '
	cd prod
	profile <<-\EOT
	format: 1
	name: template
	releases: {from: heads}
	EOT
	expect_code 128 git upgrade list 2>../err
	has "template.yaml:3:18: releases.from: expected tags or branches" ../err
'

done_testing
