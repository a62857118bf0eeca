#!/bin/sh
#
# git upgrade promote: what one environment has verified comes to the next, as
# it is, but for what is that one's own.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# untouched: what a refused command left alone
untouched()
{
	has "^Nothing was changed" ../err &&
	snapshot >../after &&
	same ../before ../after &&
	is "$before" "$(at production)"
}

# refuses CODE ARG...: promote says no, and nothing moved anywhere
refuses()
{
	before=$(at production)
	snapshot >../before
	expect_code "$@" >../out 2>../err &&
	untouched
}

# upstream goes on
draw_release_2()
{
	(
		cd ../upstream &&
		git checkout -q -b release/2.1 v2.0.0 &&
		put VERSION 2.1.0 &&
		commit "Version 2.1.0" &&
		git tag -m v2.1.0 v2.1.0
	)
}

story 'nothing to promote is said, and is no failure' '
	draw_promotion prod
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified in" ../err
	was=$(at production)
	git upgrade promote staging production >../out 2>../err
	has "^Nothing to promote: production has all of staging, which is at v1.0.0" \
		../err
	has "^Up to date: deployed and verified" ../err
	git upgrade promote -n staging production >../out 2>../err
	has "^Nothing to promote" ../err
	is "$was" "$(at production)"
'

story 'a dry run shows what would come, and on what that is founded' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	put config/app level=debug
	commit "More of it"
	git upgrade push staging
	was=$(at production)
	find .git/objects -type f | sort >../objects
	snapshot >../before
	git upgrade promote -n staging production >../out 2>../err
	has "^production: v1.0.0 -> v1.1.0 ($(git rev-parse --short=7 HEAD)) of staging, verified there .* ago, to " \
		../err
	has "^  gates .*promotion ok, record ok, legal-hop ok" ../err
	has "^  evidence   promotion: .* of staging was verified there .* ago" ../err
	has "^  brings     4 commits" ../err
	has "^  tree       [0-9a-f]\{40\}" ../err
	has "^Would be promoted" ../err
	is "$was" "$(at production)"
	snapshot >../after
	same ../before ../after
	find .git/objects -type f | sort >../after
	same ../objects ../after
	git upgrade promote -n --json production >../json 2>../err
	has "\"outcome\": *\"dry-run\"" ../json
	has "\"sent\": *false" ../json
	has "\"commits\": *4" ../json
	has "\"reason\": *\".* of staging was verified there" ../json
	has "\"tree\": *\"$(sed -n "s/^  tree *//p" ../err)" ../json
'

story 'what was verified is promoted, deployed and verified' '
	cd prod
	was=$(at production)
	tip=$(git rev-parse staging)
	git checkout -q --detach v1.0.0
	snapshot >../before
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified in" ../err
	snapshot >../after
	diff ../before ../after >../changes || :
	lacks "refs/heads" ../changes
	lacks "refs/remotes/platform/staging" ../changes
	is 1.1.0 "$(serves production)"
	is "$(at production)" "$(ref verified/production)"
	is "$was $tip" "$(git -C ../platform.git log -1 --format=%P production)"
	git -C ../platform.git log -1 --format=%B production >../message
	has "^Promote v1.1.0 from staging to production$" ../message
	has "^Promoted-From: staging $tip$" ../message
	has "^Upgrade-From: v1.0.0$" ../message
	has "^Upgrade-To: v1.1.0$" ../message
	is "$(git -C ../platform.git log -1 --format=%an production)" \
		"$(git config user.name)"
	# The branch here is older, and has nothing of its own.
	git upgrade status production >../out 2>../err
	has "^production  *v1.1.0  *v1.1.0  *v1.1.0" ../out
	lacks "git upgrade push" ../err
'

story 'its own paths stayed its own, and nothing else did' '
	cd prod
	git fetch -q platform
	is HOST=live "$(git show platform/production:.env.production)"
	is db=live "$(git show platform/production:config/prod/db)"
	git diff --name-only platform/staging platform/production >../out
	printf "%s\n" .env.production config/prod/db >../want
	same ../want ../out
	is HOST=live "$(cat "$SRV/production/current/.env.production")"
'

story 'own paths that come and go' '
	cd prod
	git checkout -q -B production platform/production
	git rm -q .env.production
	put config/prod/more more=live
	commit "Its own, changed"
	git upgrade push production
	git checkout -q staging
	stage config/app level=info
	git upgrade promote -m "Because it is time" production >../out 2>../err
	git fetch -q platform
	git diff --name-status platform/staging platform/production >../out
	printf "%s\t%s\n" D .env.production M config/prod/db \
		A config/prod/more >../want
	same ../want ../out
	has "^Because it is time" "$(
		git log -1 --format=%B platform/production >../message
		echo ../message)"
'

story 'the log and the status have it' '
	cd prod
	git upgrade log production >../out
	has "deployed *v1.1.0" ../out
	git upgrade status >../out
	has "^production *v1.1.0" ../out
'

story 'what is not verified is refused' '
	cd prod
	put sick
	commit "Sick"
	expect_code 3 git upgrade push staging
	refuses 2 git upgrade promote production
	has "^error: staging is at $(git rev-parse --short=7 HEAD), which is not verified there, by what was seen .* ago: " \
		../err
	has "^hint: look at it again with \"git upgrade verify staging\", or push a fix there" \
		../err
	git revert --no-edit HEAD
	git upgrade push staging
'

story 'the other way round, or past one, is refused with the right one' '
	cd prod
	refuses 2 git upgrade promote integration production
	has "^error: production is promoted from staging, not from integration" \
		../err
	has "^hint: git upgrade promote staging production" ../err
	refuses 2 git upgrade promote production production
	refuses 2 git upgrade promote staging
	has "^error: nothing says from where staging is promoted" ../err
	has "^hint:   git config upgrade.environments.staging.promotes-from" ../err
	refuses 2 git upgrade promote staging live
	has "^error: .live. is no environment of .platform." ../err
	expect_code 129 git upgrade promote 2>../err
	expect_code 129 git upgrade promote a b c 2>../err
	expect_code 129 git upgrade promote --timeout=soon production 2>../err
	has "is no span of time" ../err
'

story 'an own path where the source has a folder: refused, named' '
	cd prod
	git rm -q -r config/prod
	put config/prod file
	commit "A file"
	git upgrade push staging
	refuses 2 git upgrade promote production
	has "^error: config/prod/db is production.s own, and what is promoted has config/prod: one of them is a folder where the other is a file" \
		../err
	git revert --no-edit HEAD
	git upgrade push staging
	git upgrade promote production
'

story 'a deploy that fails says what to do' '
	cd prod
	stage .env.production broken
	git checkout -q -B production platform/production
	git fetch -q platform
	git reset -q --hard platform/production
	git checkout -q staging
	put config/app level=trace
	put broken-there
	commit "Breaks"
	git upgrade push staging
	sed "s/test ! -e broken/test ! -e broken-there -o \$UPGRADE_ENV = staging/" \
		../platform.git/info/gitupgrade.yaml >../changed.yaml
	cp ../changed.yaml ../platform.git/info/gitupgrade.yaml
	expect_code 3 git upgrade promote production >../out 2>../err
	has "^error: production: the deploy of v1.1.0 .* failed" ../err
	has "^hint: mend it on staging, and promote that: git upgrade promote staging production" \
		../err
	has "^hint: or go back: git upgrade rollback production" ../err
	has "^hint: or try the same commit again: git upgrade push --retry production" \
		../err
	expect_code 3 git upgrade promote production >../out 2>../err
	has "^Nothing to promote" ../err
'

story 'not waited for, and asked again' '
	cd prod
	git rm -q broken-there
	commit "Mended"
	git upgrade push staging
	code=0
	git upgrade promote --no-wait production >../out 2>../err || code=$?
	# Where this takes long the deploy does not.
	case $code in
	0)
		has "^\(Up to date: d\|D\)eployed and verified" ../err
		;;
	*)
		is 4 "$code"
		has "wait again with \"git upgrade promote staging production\"" \
			../err
		;;
	esac
	platform_idle
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote" ../err
'

story 'somebody else came first: refused, and promoted again' '
	cd prod
	stage config/app level=error
	git fetch -q platform
	late=$(git commit-tree "platform/production^{tree}" \
		-p platform/production -m "In between")
	put .git/hooks/pre-push "#!/bin/sh" "rm \"\$0\"" \
		"git push --no-verify -q platform $late:refs/heads/production"
	chmod +x .git/hooks/pre-push
	expect_code 2 git upgrade promote production >../out 2>../err
	has "(In between) came first: production is there now, and yours lacks it" \
		../err
	has "^hint: promote again: git upgrade promote staging production" ../err
	is "$late" "$(at production)"
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'several hops behind: refused, and promoted one by one' '
	cd prod
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	draw_release_2
	git upgrade fetch
	git upgrade merge --no-edit v2.1.0
	git push -q --no-verify platform staging
	platform_idle
	git upgrade push staging
	refuses 2 git upgrade promote production
	has "^error: legal-hop: " ../err
	has "^hint: the path is v1.1.0 -> v2.0.0 -> v2.1.0; promote what staging has verified of v2.0.0 first:" \
		../err
	has "^hint:   git upgrade promote --release=v2.0.0 staging production" \
		../err
	has "^hint: or all of them, .*: git upgrade promote --path staging production$" \
		../err
	refuses 2 git upgrade promote --release=v9.9.9 production
	has "^error: staging has verified nothing of v9.9.9 that its branch still has" \
		../err
	git upgrade promote --release=v2.0.0 staging production >../out 2>../err
	has "^Deployed and verified" ../err
	is 2.0.0 "$(serves production)"
	git upgrade promote production >../out 2>../err
	is 2.1.0 "$(serves production)"
'

# draw_release VERSION: upstream goes on
draw_release()
{
	(
		cd ../upstream &&
		put VERSION "$1" &&
		commit "Version $1" &&
		git tag -m "v$1" "v$1"
	)
}

story 'several hops behind: one after the other, each verified' '
	cd prod
	git config upgrade.path.rule connected-minor
	for release in 3.0.0 4.0.0 5.0.0
	do
		draw_release "$release"
		git upgrade fetch
		git upgrade merge --no-edit "v$release"
		git upgrade push staging
	done
	expect_code 129 git upgrade promote --path --no-wait production 2>../err
	has "^error: --path waits for each" ../err
	snapshot >../before
	git upgrade promote -n --path production >../out 2>../err
	has "^production: v2.1.0 -> v3.0.0 (.*) of staging" ../err
	has "^Then v4.0.0, once that is verified" ../err
	has "^Then the rest, once that is verified" ../err
	snapshot >../after
	same ../before ../after
	is 2.1.0 "$(serves production)"
	before=$(at production)
	git upgrade promote --path --json production >../out 2>../err
	is 5.0.0 "$(serves production)"
	git -C ../platform.git log --reverse --first-parent --format=%s \
		"$before..production" >../out2
	printf "Promote v%s from staging to production\n" 3.0.0 4.0.0 5.0.0 |
	same - ../out2
	is 3 "$(grep -c "\"outcome\":.*\"verified\"" ../out)"
	git upgrade log production >../log
	is 3 "$(grep -c "deployed .* -> v[345]\.0\.0" ../log)"
	git upgrade promote --path production >../out 2>../err
	has "^Nothing to promote" ../err
'

story 'a hop on the way fails: the rest is not promoted' '
	cd prod
	put broken-there
	commit "Break it there"
	for release in 6.0.0 7.0.0
	do
		draw_release "$release"
		git upgrade fetch
		git upgrade merge --no-edit "v$release"
		git upgrade push staging
	done
	expect_code 3 git upgrade promote --path staging production \
		>../out 2>../err
	has "the deploy of v6.0.0 .* failed" ../err
	has "^hint: v6.0.0 is as far as it came; when that is well, go on with .git upgrade promote --path staging production" \
		../err
	is 5.0.0 "$(serves production)"
	sed -i "s/test .*broken-there.*/true/" \
		../platform.git/info/gitupgrade.yaml
	git fetch -q platform
	git branch -q -f production platform/production
	git upgrade push --retry production
	git upgrade promote --path staging production >../out 2>../err
	is 7.0.0 "$(serves production)"
'

story 'what nothing was promoted to yet' '
	cd prod
	git config upgrade.environments.next.branch next
	git config upgrade.environments.next.promotes-from production
	git branch next staging
	git upgrade status --no-fetch next >../out 2>../err
	has "hint: next: bring what production has verified with .git upgrade promote production next" \
		../err
	lacks "git upgrade push next" ../err
	git config --remove-section upgrade.environments.next
	git branch -D -q next
'

story 'a clone without a checkout promotes as well' '
	cd prod
	stage config/app level=warn
	cd ..
	git clone -q --bare prod bare.git
	cd bare.git
	git remote remove origin
	git remote add platform ../platform.git
	git upgrade promote staging production >../out 2>../err
	has "^Deployed and verified in" ../err
	is level=warn "$(git -C ../platform.git show production:config/app)"
'

done_testing
