#!/bin/sh
# git upgrade status and log: what is known, and where it comes from.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/standin.sh"

draw_shop()
{
	git init -q upstream
	for release in 1.0.0 1.1.0 1.2.0
	do
		put upstream/app "$release"
		commit "Release $release" -C upstream
		git -C upstream tag "$release"
	done
	git clone -q upstream shop
	git -C shop config upgrade.upstream origin
	git -C shop checkout -q --no-track -b production 1.0.0
	printf 'out\nerr\nseen*\n' >>shop/.git/info/exclude
	put shop/.gitupgrade.adopted 'format 1' 'profile generic' \
		'release 1.0.0' \
		"commit $(git -C upstream rev-parse '1.0.0^{commit}')" \
		"tree $(git -C upstream rev-parse '1.0.0^{tree}')"
	commit 'Adopt 1.0.0' -C shop
}

story 'no environment: says so, and how to get one' '
	draw_shop
	cd shop
	expect_code 0 git upgrade status >out 2>err
	has "^No environment is known here.$" err
	has "git config upgrade.production.branch production" err
	has "git upgrade platform init DIR" err
	expect_code 128 git upgrade log >out 2>err
	has "no environment is known here" err
	expect_code 0 git upgrade status --json >out 2>err
	has "\"environments\":" out
'

story 'a configured environment, with nothing deployed' '
	cd shop
	git config upgrade.production.branch production
	expect_code 0 git upgrade status >out 2>err
	has "^ENVIRONMENT *ADOPTED *DEPLOYED *VERIFIED *NEXT$" out
	has "^production *1.0.0 *- *- *1\\.[12]\\.0$" out
	expect_code 0 git upgrade log >out 2>err
	has "^Nothing is recorded about production yet.$" err
	git config --unset upgrade.production.branch
'

story 'a platform: deployed and verified, with age' '
	standin platform.git production=production staging=stage
	cd shop
	git remote add platform "$PWD/../platform.git"
	git upgrade push >out 2>err
	expect_code 0 git upgrade status >out 2>err
	has "^production *1.0.0 *1.0.0 *1.0.0 .*ago *1\\." out
	has "^staging *- *- *- *-$" out
	expect_code 0 git upgrade status --json >out 2>err
	has "\"verified_release\":.*\"1.0.0\"" out
'

story 'a fresh clone of the platform knows it without configuration' '
	git clone -q -b production platform.git fresh
	cd fresh
	git fetch -q --tags ../upstream
	expect_code 0 git upgrade status >out 2>err
	has "^production *1.0.0 *1.0.0 " out
	expect_code 0 git upgrade log >out 2>err
	has "  deployed " out
'

story 'and can push to it, though its remote looked like upstream' '
	git clone -q -b production platform.git fresher
	cd fresher
	expect_code 0 git upgrade push >out 2>err
	has "^Up to date: deployed and verified" err
'

story 'commits that are not deployed are counted' '
	cd shop
	put mine mine
	commit "Mine"
	expect_code 0 git upgrade status >out 2>err
	has "^production *1.0.0 *1.0.0 +1 " out
	has "deploy it with .git upgrade push production" err
'

story 'what failed is shown until something better is there' '
	cd shop
	standin_does ../platform.git failed
	expect_code 3 git upgrade push >out 2>err
	expect_code 0 git upgrade status >out 2>err
	has "failed" out
	has "git upgrade push --retry production" err
	standin_does ../platform.git verified
	expect_code 0 git upgrade push --retry >out 2>err
	expect_code 0 git upgrade status >out 2>err
	lacks "failed" out err
	not git rev-parse -q --verify refs/upgrade/failed/production
'

story 'the log is newest first, and can be cut' '
	cd shop
	expect_code 0 git upgrade log production >out 2>err
	head -1 out >first
	has "  deployed .*1.0.0 (.......)  1:26" first
	is 3 "$(grep -c "1:26" out)"
	expect_code 0 git upgrade log -n 1 >out 2>err
	is 1 "$(grep -c "1:26" out)"
	expect_code 0 git upgrade log --json -n 2 >out 2>err
	is 2 "$(grep -c "\"event\":" out)"
	expect_code 128 git upgrade log nowhere >out 2>err
	has "there is no environment .nowhere." err
	has "there is production" err
'

story 'an environment can be named' '
	cd shop
	expect_code 0 git upgrade status production >out 2>err
	has "^production " out
	expect_code 0 git upgrade status --json production >out 2>err
	has "\"name\": \"production\"" out
	expect_code 128 git upgrade status nowhere >out 2>err
	same /dev/null out
	has "there is no environment .nowhere." err
	has "there is production" err
'

story 'a platform that cannot be asked: a warning, and what was known' '
	cd shop
	mv ../platform.git ../moved.git
	expect_code 0 git upgrade status >out 2>err
	has "^warning: remote .platform. cannot be asked" err
	has "^production *1.0.0 *1.0.0 " out
	expect_code 0 git upgrade status --no-fetch >out 2>err
	lacks "warning" err
	mv ../moved.git ../platform.git
'

story 'what ssh says of it is its words alone' '
	cd shop
	put ../ssh "#!/bin/sh" "printf \"ssh: no route to host\\r\\n\" >&2" "exit 255"
	chmod +x ../ssh
	url=$(git config remote.platform.url)
	git config remote.platform.url ssh://server/platform.git
	GIT_SSH_COMMAND=$PWD/../ssh expect_code 0 git upgrade status >out 2>err
	has "cannot be asked: ssh: no route to host; what follows may" err
	git config remote.platform.url "$url"
'

story 'two platforms in one clone do not disturb each other' '
	cd shop
	standin ../other.git shop=production2
	git remote add other "$PWD/../other.git"
	git push -q other production:production2
	expect_code 0 git upgrade status >out 2>err
	has "^production " out
	has "^shop " out
	git rev-parse -q --verify refs/upgrade/verified/shop
	git rev-parse -q --verify refs/upgrade/verified/production
	git update-ref refs/upgrade/failed/nobodys HEAD
	git -C ../other.git update-ref -d refs/upgrade/verified/shop
	expect_code 0 git upgrade status >out 2>err
	not git rev-parse -q --verify refs/upgrade/verified/shop
	git rev-parse -q --verify refs/upgrade/verified/production
	git rev-parse -q --verify refs/upgrade/failed/nobodys
	git remote remove other
'

story 'two platforms with one name for an environment: said, not mixed' '
	cd shop
	standin ../twin.git production
	git remote add twin "$PWD/../twin.git"
	git commit -q --allow-empty -m "For the twin alone"
	git push -q twin production
	git config remote.pushDefault platform
	expect_code 0 git upgrade status >out 2>err
	has "both have an environment production" err
	is "$(git -C ../platform.git rev-parse refs/upgrade/deployed/production)" \
		"$(git rev-parse refs/upgrade/deployed/production)"
	git config remote.pushDefault twin
	expect_code 0 git upgrade status >out 2>err
	is "$(git -C ../twin.git rev-parse refs/upgrade/deployed/production)" \
		"$(git rev-parse refs/upgrade/deployed/production)"
	git config --unset remote.pushDefault
	git remote remove twin
	git reset -q --hard HEAD^
	git upgrade status >out 2>err
'

story 'nothing new at the platform: nothing is fetched' '
	cd shop
	git upgrade status >out 2>err
	GIT_TRACE=$PWD/../trace git upgrade status >out 2>err
	lacks "git fetch" ../trace
	has "git ls-remote" ../trace
'

story 'a platform of a newer protocol: said, not guessed' '
	git init -q --bare newer.git
	oid=$(echo "{\"protocol\":9,\"environments\":[]}" |
		git -C newer.git hash-object -w --stdin)
	git -C newer.git update-ref refs/upgrade/platform "$oid"
	cd shop
	git remote add newer "$PWD/../newer.git"
	expect_code 128 git upgrade status >out 2>err
	has "speaks protocol 9" err
	git remote remove newer
	git update-ref -d refs/upgrade/platforms/newer
'

story 'a merge in progress is mentioned' '
	cd shop
	git checkout -q -b side HEAD~1
	put mine theirs
	commit "Side"
	git checkout -q production
	not git merge -q side
	expect_code 0 git upgrade status >out 2>err
	has "a merge is in progress here" err
	git merge --abort
	mkdir -p .git/upgrade
	: >.git/upgrade/state
	expect_code 0 git upgrade status >out 2>err
	has "git upgrade merge --continue" err
	rm -r .git/upgrade
'

story 'bad usage is 129, -h is 0' '
	cd shop
	for command in status log
	do
		expect_code 0 git upgrade $command -h >out 2>err
		has "^usage: git upgrade $command" out
		expect_code 129 git upgrade $command --bogus >out 2>err
	done
	expect_code 129 git upgrade status x y >out 2>err
'

done_testing
