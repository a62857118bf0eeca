#!/bin/sh
#
# Conflicts are git's ordinary ones: everything that works after git merge
# works here.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# A production branch on 2.4.1 whose docker-compose.yml and README disagree
# with 2.5.1.
disagreeing()
{
	rm -rf prod
	draw_production prod 2.4.1
	cd prod
	sed 's/gui:2\.4\.1/gui:private/' docker-compose.yml >new
	cat new >docker-compose.yml
	rm new
	git add docker-compose.yml
	commit 'images of our own'
}

# What an abort brings back; ORIG_HEAD stays behind, as it does in git.
before_and_after()
{
	snapshot >../all
	grep -v -e '/ORIG_HEAD$' -e '^./upgrade/' ../all
}

resolve()
{
	git checkout -q --ours docker-compose.yml
	git add docker-compose.yml
}

story 'upstream is drawn' '
	draw_upstream upstream
'

story 'a conflict is an ordinary merge in progress' '
	disagreeing
	git rev-parse HEAD >../old
	expect_code 1 git upgrade merge --no-edit 2.5.1 >../out 2>../err
	has "^CONFLICT (content): Merge conflict in docker-compose.yml$" ../err
	has "git upgrade merge --continue" ../err
	has "git upgrade merge --abort" ../err
	is "$(git rev-parse "2.5.1^{commit}")" "$(cat .git/MERGE_HEAD)"
	git status >../status
	has "All conflicts fixed\|You have unmerged paths" ../status
	git ls-files -u >../stages
	is 3 "$(wc -l <../stages)"
	is "$(cat ../old)" "$(git rev-parse HEAD)"
'

story 'the markers name branch and release' '
	cd prod
	has "^<<<<<<< production$" docker-compose.yml
	has "^>>>>>>> 2.5.1$" docker-compose.yml
'

story 'untouched files have moved already, and nothing else is dirty' '
	cd prod
	git diff --name-only >../dirty
	is docker-compose.yml "$(sort -u ../dirty)"
'

story 'another upgrade is refused meanwhile, and git upgrade says so' '
	cd prod
	expect_code 2 git upgrade merge --no-edit 2.5.1 2>../err
	has "an upgrade to 2.5.1 is in progress" ../err
	has "git upgrade merge --continue" ../err
'

story '--continue before it is resolved says what is left' '
	cd prod
	expect_code 1 git upgrade merge --continue --no-edit 2>../err
	has "1 file is still in conflict" ../err
	has "docker-compose.yml" ../err
'

story '--continue refuses markers that were added by mistake' '
	cd prod
	git add docker-compose.yml
	expect_code 1 git upgrade merge --continue --no-edit 2>../err
	has "conflict markers are left in .docker-compose.yml." ../err
	git checkout -q -m docker-compose.yml
'

story '--continue finishes: record, trailers, both parents' '
	cd prod
	resolve
	expect_code 0 git upgrade merge --continue --no-edit >../out 2>../err
	has "Upgrade to 2.5.1$" ../out
	is "$(git rev-parse "2.5.1^{commit}")" "$(git rev-parse HEAD^2)"
	is 2.5.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	git log -1 --format=%B >../message
	has "^Upgrade-To: 2.5.1$" ../message
	lacks "^#" ../message
	test -z "$(git status --porcelain)"
	has gui:private docker-compose.yml
'

story '--abort goes back to exactly the state before' '
	disagreeing
	before_and_after >../before
	expect_code 1 git upgrade merge --no-edit 2.5.1
	expect_code 0 git upgrade merge --abort 2>../err
	has "production" ../err
	before_and_after >../after
	same ../before ../after
	test ! -e .git/upgrade/state
'

story 'git merge --abort does too, and the upgrade is forgotten' '
	cd prod
	expect_code 1 git upgrade merge --no-edit 2.5.1
	git merge --abort
	before_and_after >../after
	same ../before ../after
	expect_code 2 git upgrade merge --continue 2>../err
	has "no upgrade is in progress" ../err
'

story '--abort of an upgrade on a new branch removes the branch' '
	cd prod
	expect_code 1 git upgrade merge --no-edit --branch=next 2.5.1
	is next "$(git branch --show-current)"
	git upgrade merge --abort
	is production "$(git branch --show-current)"
	expect_code 1 git rev-parse -q --verify refs/heads/next
	before_and_after >../after
	same ../before ../after
'

story 'rerere remembers, across upgrades' '
	cd prod
	git config rerere.enabled true
	expect_code 1 git upgrade merge --no-edit 2.5.1
	resolve
	git upgrade merge --continue --no-edit
	git reset -q --hard HEAD^
	expect_code 1 git upgrade merge --no-edit 2.5.1 2>../err
	lacks "^<<<<<<<" docker-compose.yml
	has gui:private docker-compose.yml
	git upgrade merge --abort
'

story 'git mergetool sees the three sides' '
	cd prod
	git config rerere.enabled false
	expect_code 1 git upgrade merge --no-edit 2.5.1
	git config mergetool.t.cmd "cp \"\$LOCAL\" \"\$MERGED\""
	git config mergetool.t.trustExitCode true
	git mergetool --no-prompt --tool=t
	rm -f docker-compose.yml.orig
	git upgrade merge --continue --no-edit
	has gui:private docker-compose.yml
	git reset -q --hard HEAD^
'

story 'a hand-made commit in the middle reads as unfinished' '
	cd prod
	git upgrade merge --no-edit --from=2.4.1 2.4.1 2>/dev/null ||
		true # tap: ok
	expect_code 1 git upgrade merge --no-edit 2.5.1
	resolve
	git commit -q --no-edit
	test ! -e .gitupgrade.adopted
	expect_code 2 git upgrade merge --continue 2>../err
	has "committed already" ../err
	has "finish it with .git upgrade merge 2.5.1." ../err
'

story '... and is finished by asking for it again' '
	cd prod
	expect_code 2 git upgrade merge --no-edit 2.6.2 2>../err
	has "2.5.1 was merged by hand and is unfinished" ../err
	git upgrade merge --no-edit 2.5.1
	is 2.5.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	has USERADM_TOKEN_EXPIRATION production/config/prod.yml
	git upgrade plan --no-fetch 2.6.2 >../out
	has "^2.5.1 -> 2.6.2" ../out
'

story '... and how to finish it is said where a record was left behind' '
	rm -rf prod
	draw_production prod 2.4.0
	cd prod
	git upgrade merge --no-edit 2.4.1
	draw_edit docker-compose.yml "s/gui:2\.4\.1/gui:private/"
	git commit -q -a -m "images of our own"
	expect_code 1 git upgrade merge --no-edit 2.5.1
	resolve
	git commit -q --no-edit
	expect_code 2 git upgrade merge --continue 2>../err
	has "finish it with .git upgrade merge 2.5.1." ../err
	git upgrade merge --no-edit 2.5.1
	is 2.5.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
'

story 'a copy and its template disagree: a conflict in the copy' '
	rm -rf prod
	draw_production prod 3.0.1
	cd prod
	expect_code 1 git upgrade merge --no-edit 3.1.1 2>../err
	has "CONFLICT (copy): Merge conflict in production/config/prod.yml, a copy of production/config/prod.yml.template" ../err
	git ls-files -u >../stages
	is 3 "$(wc -l <../stages)"
	is "$(git rev-parse HEAD:production/config/prod.yml)" \
		"$(git rev-parse :2:production/config/prod.yml)"
	has "^<<<<<<< production$" production/config/prod.yml
	lacks "release 3.1.1" .gitupgrade.adopted 2>/dev/null ||
		test ! -e .gitupgrade.adopted
	git checkout -q --ours production/config/prod.yml
	git add production/config/prod.yml
	git upgrade merge --continue --no-edit
	has "^copy $(git rev-parse 3.1.1:production/config/prod.yml.template) " \
		.gitupgrade.adopted
'

story 'merge.conflictStyle holds for copies, too' '
	rm -rf prod
	draw_production prod 3.0.1
	cd prod
	git config merge.conflictStyle diff3
	expect_code 1 git upgrade merge --no-edit 3.1.1
	has "^||||||| 3.0.. (template)$" production/config/prod.yml
	git upgrade merge --abort
'

story 'a name with a line feed stays out of the message' '
	disagreeing
	odd=$(printf "odd\nname")
	put "$odd" ours
	git add -A
	git commit -q -m "odd name"
	cp -R ../upstream ../odd
	draw_release ../odd 2.5.x 2.5.9 "$odd" theirs
	git remote set-url origin "$WORK/odd"
	expect_code 1 git upgrade merge --no-edit 2.5.9
	lacks "^name" .git/MERGE_MSG
	git checkout -q --ours .
	git add -A
	git upgrade merge --continue --no-edit
	git log -1 --format=%B >../message
	lacks name ../message
'

story 'a merge begun by hand elsewhere is not taken for ours' '
	disagreeing
	expect_code 1 git upgrade merge --no-fetch --no-edit 2.5.1
	git merge --abort
	git switch -q -c other HEAD^
	sed "s/gui:2\.4\.1/gui:other/" docker-compose.yml >new
	cat new >docker-compose.yml
	rm new
	git commit -q -a -m "other images"
	expect_code 1 git merge 2.5.1
	git ls-files -s >../before
	expect_code 2 git upgrade merge --continue --no-edit 2>../err
	has "no upgrade is in progress" ../err
	expect_code 2 git upgrade merge --abort 2>../err
	git ls-files -s >../after
	same ../before ../after
	exists .git/MERGE_HEAD
'

story 'the template that moves onto the copy, 2.1 to 2.2' '
	rm -rf prod
	draw_production prod 2.1.1
	cd prod
	code=0
	git upgrade merge --no-edit 2.2.2 2>../err || code=$?
	test "$code" -le 1
	test ! -e production/prod.yml
	test -e production/config/prod.yml
	if [ "$code" = 1 ]
	then
		git ls-files -u >../stages
		cut -f2 ../stages | sort -u >../paths
		is production/run "$(cat ../paths)"
		git checkout -q --theirs production/run
		git add production/run
		git upgrade merge --continue --no-edit
	fi
	is 2.2.2 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	lacks /template/ production/config/prod.yml
	lacks "not changed by you" ../err
'

story 'a folder that was renamed takes new files along, on either side' '
	mkdir renaming
	cd renaming
	git init -q -b main
	mkdir dir
	seq 9 >dir/one
	seq 11 19 >dir/two
	git add .
	commit One
	git tag 1.0.0
	git mv dir folder
	commit "Rename it there"
	git tag 1.1.0
	git switch -q -c patches 1.0.0
	echo three >dir/three
	git add .
	commit "Add there"
	git tag 1.0.1
	git clone -q -o upstream . ../moved 2>/dev/null
	cd ../moved
	git checkout -q -b production 1.0.0
	git mv dir folder
	commit "Rename it here"
	expect_code 1 git upgrade merge --no-edit 1.0.1 2>../err
	is "folder/three" "$(git diff --name-only --diff-filter=U)"
	lacks "not changed by you" ../err
	git upgrade merge --abort
	git switch -q -c adding 1.0.0
	echo ours >dir/ours
	git add .
	commit "Add here"
	expect_code 1 git upgrade merge --no-edit 1.1.0 2>../err
	is "folder/ours" "$(git diff --name-only --diff-filter=U)"
	lacks "not changed by you" ../err
	git add folder/ours
	git upgrade merge --continue --no-edit
	is ours "$(cat folder/ours)"
'

done_testing
