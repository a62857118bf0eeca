#!/bin/sh
#
# git upgrade merge, the job itself: one release further, with overrides kept,
# and back again.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'a production branch with overrides is drawn' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git diff --name-only 2.4.1 HEAD >../overrides
	has "^production/config/prod.yml$" ../overrides
'

story 'plan says what would happen and changes nothing' '
	cd prod
	snapshot >../before
	find .git -type f >../files
	expect_code 0 git upgrade plan 2.5.1 >../out 2>../err
	has "^2.4.1 -> 2.5.1, 1 hop: would merge with no conflicts$" ../out
	has "^  upstream  *[0-9]* files$" ../out
	has "^  overrides  *[0-9]* files kept" ../out
	has "production/config/prod.yml" ../out
	has "^Nothing was changed.$" ../err
	has "git upgrade merge 2.5.1" ../err
	snapshot >../after
	same ../before ../after
	test ! -e .git/upgrade/state
	find .git -name "tmp-*" >../left
	test ! -s ../left
'

story 'plan leaves no object behind' '
	cd prod
	git count-objects -v >../before
	git upgrade plan --no-fetch 2.5.1
	git count-objects -v >../after
	same ../before ../after
'

story 'merge --dry-run is plan' '
	cd prod
	snapshot >../before
	git upgrade plan --no-fetch 2.5.1 >../one
	git upgrade merge --dry-run --no-fetch 2.5.1 >../two
	same ../one ../two
	snapshot >../after
	same ../before ../after
'

story 'merge brings the branch to the release' '
	cd prod
	git rev-parse HEAD >../old
	expect_code 0 git upgrade merge --no-edit 2.5.1 >../out 2>../err
	has "^\[production [0-9a-f]*\] Upgrade to 2.5.1$" ../out
	has "Merging release 2.5.1 into production (base 2.4.1)" ../err
	has "git upgrade push" ../err
	test -z "$(git status --porcelain)"
	test ! -e .git/MERGE_HEAD
	test ! -e .git/upgrade/state
'

story 'its parents are HEAD and the release, its trailers say from and to' '
	cd prod
	is "$(cat ../old)" "$(git rev-parse HEAD^1)"
	is "$(git rev-parse "2.5.1^{commit}")" "$(git rev-parse HEAD^2)"
	is 2.4.1 "$(git log -1 --format="%(trailers:key=Upgrade-From,valueonly,separator=)")"
	is 2.5.1 "$(git log -1 --format="%(trailers:key=Upgrade-To,valueonly,separator=)")"
'

story 'the record is in the tree' '
	cd prod
	cat .gitupgrade.adopted >../record
	is "format 1" "$(sed -n 1p ../record)"
	has "^profile mender$" ../record
	has "^release 2.5.1$" ../record
	has "^commit $(git rev-parse "2.5.1^{commit}")$" ../record
	has "^tree $(git rev-parse "2.5.1^{tree}")$" ../record
	has "^copy $(git rev-parse 2.5.1:production/config/prod.yml.template) production/config/prod.yml.template production/config/prod.yml$" ../record
'

story 'files nobody touched are as in the release' '
	cd prod
	git diff --name-only 2.5.1 HEAD >../differ
	{
		cat ../overrides
		echo .gitupgrade.adopted
	} | sort -u >../mine
	comm -23 ../differ ../mine >../foreign
	test ! -s ../foreign
'

story 'the copy followed its template' '
	cd prod
	git diff 2.4.1 2.5.1 -- production/config/prod.yml.template >../d
	has "^+.*USERADM_TOKEN_EXPIRATION" ../d
	has USERADM_TOKEN_EXPIRATION production/config/prod.yml
'

story 'git knows nothing special: log, revert, fsck work' '
	cd prod
	git fsck --strict
	git revert --no-edit -m 1 HEAD
	is "$(git rev-parse "$(cat ../old)^{tree}")" \
		"$(git rev-parse "HEAD^{tree}")"
	git reset -q --hard HEAD~1
'

story 'the same release again is refused' '
	cd prod
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit 2.5.1 2>../err
	has "2.5.1" ../err
	has "already" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

story '--branch does it on a new branch' '
	cd prod
	git rev-parse production >../old
	expect_code 0 git upgrade merge --no-edit --branch=next 2.6.2 \
		>../out 2>../err
	has "^\[next " ../out
	is next "$(git branch --show-current)"
	is "$(cat ../old)" "$(git rev-parse production)"
	is "$(cat ../old)" "$(git rev-parse next^1)"
	git switch -q production
	git branch -q -D next
'

story '--branch refuses a name that is taken' '
	cd prod
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit --branch=production 2.6.2 \
		2>../err
	has "there is a branch .production. already" ../err
	snapshot >../after
	same ../before ../after
'

story '--json reports the merge' '
	cd prod
	expect_code 0 git upgrade merge --no-edit --json 2.6.2 >../out 2>../err
	perl -MJSON::PP -e "
		local \$/; my \$j = decode_json(<STDIN>);
		print join(\" \", \$j->{from}, \$j->{to}, \$j->{clean} ? 1 : 0,
			\$j->{result}), \"\n\"" <../out >../line
	is "2.5.1 2.6.2 1 $(git rev-parse HEAD)" "$(cat ../line)"
'

story 'every hop to the end, each as forecast' '
	cd prod
	for release in 2.7.2 3.0.1
	do
		git upgrade plan --no-fetch "$release" >../plan
		has "no conflicts" ../plan
		git upgrade merge --no-fetch --no-edit "$draw_set" "$release"
		test -z "$(git status --porcelain)"
	done
	git upgrade plan --no-fetch 3.1.1 >../plan
	has "1 conflict" ../plan
	has "production/config/prod.yml  (copy)" ../plan
'

story 'from a folder below, in a linked work tree' '
	cd prod
	git worktree add -q ../linked -b linked
	cd ../linked/production
	expect_code 2 git upgrade merge --no-fetch --no-edit 3.0.1
	git reset -q --hard HEAD~1
	git upgrade merge --no-fetch --no-edit 3.0.1
	is 3.0.1 "$(sed -n "s/^release //p" ../.gitupgrade.adopted)"
	test -z "$(git status --porcelain)"
'

story 'a mistyped command: the nearest one is suggested' '
	expect_code 129 git upgrade mrge 2.5.1 2>err
	has "did you mean .git upgrade merge.?" err
	expect_code 129 git upgrade platfrom init 2>err
	has "did you mean .git upgrade platform.?" err
	expect_code 129 git upgrade something-else 2>err
	lacks "did you mean" err
'

if have_terminal
then
	story 'on a terminal the summary has colours, and they are whole' '
		rm -rf term
		draw_production term 2.6.2
		cd term
		TERM=xterm script -qec \
			"git upgrade merge --no-fetch --no-edit $draw_set 2.7.2" \
			/dev/null >../out </dev/null
		sed "s/$(printf "\033")/ESC/g" ../out >../plain
		has "ESC.33mattentionESC.m" ../plain
		lacks "?.33m" ../plain
	'
else
	skip 'on a terminal the summary has colours, and they are whole' \
		'no terminal'
fi

done_testing
