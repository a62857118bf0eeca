#!/bin/sh
#
# What goes wrong: nothing is half changed, and the message says what to type.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# refused ARGS...: exit 2, nothing changed, said so.
refused()
{
	snapshot >../before
	expect_code 2 git upgrade "$@" >../out 2>../err
	has '^Nothing was changed.$' ../err
	has '^hint: ' ../err
	test ! -s ../out
	snapshot >../after
	same ../before ../after
	test ! -e .git/upgrade/state
}

story 'a production branch is drawn' '
	draw_upstream upstream
	draw_production prod 2.4.1
'

story 'an unknown release: the nearest name is suggested' '
	cd prod
	refused merge 2.5.11
	has "2.5.11" ../err
	has "2.5.1" ../err
	has "git upgrade list" ../err
'

story 'an illegal hop: the legal path is named' '
	cd prod
	refused merge 2.7.2
	has "2.4.1 -> 2.7.2 skips a minor release (rule connected-minor, from profile mender)" ../err
	has "2.4.1 -> 2.5.1 -> 2.6.2 -> 2.7.2" ../err
	has "git upgrade merge 2.5.1" ../err
'

story 'a downgrade' '
	cd prod
	refused merge 2.3.1
	has "2.4.1 -> 2.3.1 goes backwards" ../err
	has "^hint: no upgrade was made here .*git switch -c NAME 2.3.1.$" \
		../err
	lacks "git revert" ../err
'

story 'a downgrade behind an upgrade: how that is taken back' '
	draw_production upgraded 2.4.1
	cd upgraded
	git upgrade merge --no-edit 2.5.1 >../out 2>../err
	upgrade=$(git rev-parse --short HEAD)
	git commit -q --allow-empty -m "Later work"
	expect_code 2 git upgrade merge 2.4.1 >../out 2>../err
	same - ../err <<-EOT
	error: 2.5.1 -> 2.4.1 goes backwards, and a merge cannot
	hint: take the upgrade to 2.5.1 back with "git revert -m 1 $upgrade"
	Nothing was changed.
	EOT
	expect_code 2 git upgrade merge --path 2.4.1 >../out 2>../err
	has "git revert -m 1 $upgrade" ../err
	expect_code 2 git upgrade merge --from=2.5.1 2.4.1 >../out 2>../err
	has "^hint: that the files are on 2.5.1 is what --from says$" ../err
'

story 'the release one is on' '
	cd prod
	refused merge 2.4.1
	has "already" ../err
'

story 'a pre-release is taken by its exact name only' '
	cd prod
	snapshot >../before
	git upgrade plan --no-fetch --from=3.0.1 3.1.1 >../out
	lacks build3 ../out
	refused merge 2.0.0b1
	has "2.0.0b1" ../err
	expect_code 2 git upgrade plan --no-fetch 3.0.3-build3 2>../err
	lacks "there is no release" ../err
	snapshot >../after
	same ../before ../after
'

story 'a detached HEAD' '
	cd prod
	git checkout -q --detach
	refused merge 2.5.1
	has "not on a branch" ../err
	has "git switch" ../err
	git checkout -q production
'

story 'an unborn branch' '
	cd prod
	git symbolic-ref HEAD refs/heads/unborn
	expect_code 2 git upgrade merge 2.5.1 2>../err
	has "no commit yet" ../err
	has "^hint: " ../err
	git symbolic-ref HEAD refs/heads/production
'

story 'a dirty tree: every file is named' '
	cd prod
	echo more >>docker-compose.yml
	put staged new
	git add staged
	refused merge 2.5.1
	has "docker-compose.yml" ../err
	has "staged" ../err
	has "autostash" ../err
	git reset -q --hard
'

story 'another operation in progress' '
	cd prod
	git switch -q -c other
	put file a
	git add file
	commit a
	git switch -q production
	put file b
	git add file
	commit b
	expect_code 1 git merge -q --no-edit other
	snapshot >../before
	expect_code 2 git upgrade merge 2.5.1 2>../err
	has "a merge is in progress" ../err
	has "git merge --abort" ../err
	snapshot >../after
	same ../before ../after
	git merge --abort
	git reset -q --hard HEAD^
'

story 'an unreachable upstream: --no-fetch is offered' '
	cd prod
	git remote set-url origin "$WORK/nowhere"
	snapshot >../before
	expect_code 128 git upgrade merge 2.5.9 2>../err
	has "nowhere" ../err
	has "\-\-no-fetch" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	git upgrade plan --no-fetch 2.5.1
	git remote set-url origin "$WORK/upstream"
'

story 'a tag on a blob' '
	cp -R upstream up2
	draw_blob_tag up2 2.5.9
	cd prod
	git remote set-url origin "$WORK/up2"
	git upgrade fetch
	refused merge 2.5.9
	has "2.5.9" ../err
	has "blob" ../err
	git remote set-url origin "$WORK/upstream"
'

story 'usage errors are 129' '
	cd prod
	expect_code 129 git upgrade merge 2>../err
	has "usage: git upgrade merge" ../err
	expect_code 129 git upgrade merge 2.5.1 2.6.1
	expect_code 129 git upgrade merge --nonsense 2.5.1 2>../err
	has "unknown option .--nonsense." ../err
	expect_code 129 git upgrade merge --continue --abort
	expect_code 129 git upgrade nonsense
'

story 'nothing to continue, nothing to abort' '
	cd prod
	expect_code 2 git upgrade merge --continue 2>../err
	has "no upgrade is in progress" ../err
	expect_code 2 git upgrade merge --abort 2>../err
	has "no upgrade is in progress" ../err
'

story 'outside a repository: what git says' '
	mkdir empty
	cd empty
	expect_code 128 git upgrade merge 2.5.1 2>../err
	has "not a git repository" ../err
'

story 'in a bare repository' '
	git clone -q --bare prod bare.git
	cd bare.git
	expect_code 128 git upgrade merge 2.5.1 2>../err
	has "must be run in a work tree" ../err
'

done_testing
