#!/bin/sh
# git upgrade push, against a platform that does as it is told.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/standin.sh"

# An operator's clone: upstream is told apart by its name, the record makes
# the release.
draw_shop()
{
	git init -q upstream
	put upstream/app one
	commit 'Release 1.0.0' -C upstream
	git -C upstream tag 1.0.0
	put upstream/app two
	commit 'Release 1.1.0' -C upstream
	git -C upstream tag 1.1.0
	git clone -q upstream shop
	git -C shop checkout -q --no-track -b production 1.0.0
	printf 'out\nerr\nseen*\n' >>shop/.git/info/exclude
	adopt 1.0.0
	git -C shop remote add platform "$PWD/platform.git"
	git -C shop config upgrade.upstream origin
	standin platform.git
}

# adopt RELEASE: a commit that is on it, in shop
adopt()
{
	put shop/.gitupgrade.adopted 'format 1' 'profile generic' \
		"release $1" "commit $(git -C upstream rev-parse "$1^{commit}")" \
		"tree $(git -C upstream rev-parse "$1^{tree}")"
	commit "Adopt $1" -C shop
}

story 'a push is deployed and verified: 0' '
	draw_shop
	cd shop
	expect_code 0 git upgrade push >out 2>err
	has "^production: 1.0.0 (.......) to .*/platform.git$" err
	has "^  gates      .*legal-hop ok" err
	has "^  step       up 0:04$" err
	has "^Deployed and verified in 0:0[0-9].$" err
	lacks "old -> new" err
	lacks "gates      all ok" err
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/upgrade/verified/production)"
	is "$(git rev-parse HEAD)" \
		"$(git -C ../platform.git rev-parse production)"
	is "" "$(cat out)"
'

story 'up to date says what is running, and asks nobody to deploy' '
	cd shop
	expect_code 0 git upgrade push >out 2>err
	has "^Up to date: deployed and verified, .* ago.$" err
	lacks "^  gates" err
	git -C ../platform.git rev-list refs/upgrade/ledger/production >ledger
	is 1 "$(wc -l <ledger)"
	rm ledger
'

story 'a dry run judges and changes nothing' '
	cd shop
	put new change
	commit "Change" -q >/dev/null 2>&1 || commit "Change"
	git -C ../platform.git for-each-ref >../before
	expect_code 0 git upgrade push -n >out 2>err
	has "^Would be pushed.$" err
	git -C ../platform.git for-each-ref >../after
	same ../before ../after
'

story 'a deploy that fails: 3, with what serves and how to go on' '
	cd shop
	standin_does ../platform.git failed
	expect_code 3 git upgrade push >out 2>err
	has "^error: production: the deploy of 1.0.0 (.*) failed: health 5/5; 1.0.0 (.*) still serves$" err
	has "^hint: what happened: git upgrade log production$" err
	has "^hint: .*git upgrade push --retry production" err
	lacks "Nothing was changed" err
'

story 'up to date with what failed: 3 again, nothing deployed again' '
	cd shop
	expect_code 3 git upgrade push >out 2>err
	has "push --retry" err
	git -C ../platform.git rev-list refs/upgrade/ledger/production >../ledger
	is 2 "$(wc -l <../ledger)"
'

story 'a retry that fails again: 3; one that works: 0' '
	cd shop
	standin_does ../platform.git restored
	expect_code 3 git upgrade push --retry >out 2>err
	has "was restored and serves again" err
	standin_does ../platform.git verified
	expect_code 0 git upgrade push --retry >out 2>err
	has "^Deployed and verified in" err
	has "$(git rev-parse HEAD)" ../platform.git/request
'

story 'a retry of nothing is refused: 2' '
	cd shop
	expect_code 2 git upgrade push --retry >out 2>err
	has "nothing of production failed" err
	has "^Nothing was changed.$" err
'

story 'not waited for, or not in time: 4, with how to come back' '
	cd shop
	standin_does ../platform.git pending
	put new another
	commit "Another"
	expect_code 4 git upgrade push --no-wait >out 2>err
	has "git upgrade status" err
	lacks "Nothing was changed" err
	expect_code 4 git upgrade push --timeout=0s >out 2>err
	has "^production is not deployed yet, and the time is up.$" err
	has "git upgrade push production" err
'

story 'a pending deploy is waited for: 0 when the evidence comes' '
	cd shop
	rm -f err
	git upgrade push --timeout=60s >out 2>err &
	push=$!
	wait_for 20 grep -q "^Waiting for the deploy of production" err
	standin_event ../platform.git production verified "$(git rev-parse HEAD)"
	wait "$push"
	has "^Up to date: deployed and verified" err
'

story 'an interrupted wait: 4, and nothing is said to be broken' '
	cd shop
	put new interrupted
	commit "Interrupted"
	rm -f err
	git-upgrade push --timeout=60s >out 2>err &
	push=$!
	wait_for 20 grep -q "^Waiting for the deploy of production" err
	kill -TERM "$push"
	rc=0
	wait "$push" || rc=$?
	is 4 "$rc"
	has "^Detached; the deploy of production goes on.$" err
	standin_event ../platform.git production verified "$(git rev-parse HEAD)"
'

story 'the connection is cut after the branch moved: the truth all the same' '
	cd shop
	standin_does ../platform.git cut
	put new cut
	commit "Cut"
	expect_code 0 git upgrade push >out 2>err
	has "^warning: the connection was lost, but production has arrived$" err
	has "^Deployed and verified" err
'

story 'the connection is cut before the branch moved: 128, nothing changed' '
	cd shop
	standin_does ../platform.git lost
	put new lost
	commit "Lost"
	expect_code 128 git upgrade push >out 2>err
	has "^fatal: the push did not arrive: " err
	has "^Nothing was changed.$" err
	standin_does ../platform.git verified
	expect_code 0 git upgrade push >out 2>err
'

story 'a refusal of the platform: 2, with its reason' '
	cd shop
	standin_does ../platform.git refused
	put new refused
	commit "Refused"
	expect_code 2 git upgrade push >out 2>err
	has "^error: platform refused: pre-receive hook declined$" err
	has "^error: no$" err
	has "^hint: see .git upgrade list.$" err
	has "^Nothing was changed.$" err
	standin_does ../platform.git verified
'

story 'a refusal of a gate here: 2, and nothing is sent' '
	cd shop
	git -C ../platform.git for-each-ref >../before
	put bad "<<<<<<< ours" one "=======" two ">>>>>>> theirs"
	commit "Markers"
	expect_code 2 git upgrade push >out 2>err
	has "markers refused" err
	has "^error: markers: " err
	has "^Nothing was changed.$" err
	git -C ../platform.git for-each-ref >../after
	same ../before ../after
	git reset -q --hard HEAD~1
'

story 'a pre-push hook of the user says no: 2' '
	cd shop
	put .git/hooks/pre-push "#!/bin/sh" "echo not today >&2" "exit 1"
	chmod +x .git/hooks/pre-push
	expect_code 2 git upgrade push >out 2>err
	has "^not today$" err
	has "^error: a pre-push hook here refused the push$" err
	has "^Nothing was changed.$" err
	rm .git/hooks/pre-push
'

story 'somebody else pushed first: 2, with how to see it' '
	git clone -q -b production platform.git colleague
	put colleague/theirs theirs
	commit "Theirs" -C colleague
	git -C colleague push -q origin production
	cd shop
	expect_code 2 git upgrade push >out 2>err
	has "^Nothing was changed.$" err
	git pull -q --no-rebase --no-edit platform production
	expect_code 0 git upgrade push >out 2>err
'

story 'a later commit supersedes ours: 0 when it is verified, and said so' '
	standin_does platform.git pending
	cd shop
	put new superseded
	commit "Superseded"
	rm -f err
	git upgrade push --timeout=60s >out 2>err &
	push=$!
	wait_for 20 grep -q "^Waiting for the deploy" err
	cd ../colleague
	git pull -q
	put theirs later
	commit "Later"
	git push -q origin production
	later=$(git rev-parse HEAD)
	cd ..
	standin_event platform.git production verified "$later"
	wait "$push"
	has "^Superseded by .*, which is deployed and verified" shop/err
	cd shop
	git pull -q platform production
	standin_does ../platform.git verified
'

story 'an older release on top of ours is no success: 4' '
	standin_does platform.git pending
	cd shop
	adopt_here()
	{
		cd ..
		adopt "$1"
		cd shop
	}
	adopt_here 1.1.0
	rm -f err
	git upgrade push --timeout=60s >out 2>err &
	push=$!
	wait_for 20 grep -q "^Waiting for the deploy" err
	has "^production: 1.0.0 -> 1.1.0 (" err
	cd ../colleague
	git pull -q
	git revert --no-edit HEAD >/dev/null
	git push -q origin production
	back=$(git rev-parse HEAD)
	cd ..
	standin_event platform.git production verified "$back"
	rc=0
	wait "$push" || rc=$?
	is 4 "$rc"
	has "superseded by 1.0.0 (.*), an older release" shop/err
	cd shop
	git reset -q --hard HEAD~1
	git pull -q platform production
'

story 'push --json says it all' '
	standin_does platform.git verified
	cd shop
	put new json
	commit "Json"
	expect_code 0 git upgrade push --json >out 2>err
	has "\"outcome\":.*\"verified\"" out
	has "\"gate\":.*\"legal-hop\"" out
	has "\"commit\":.*\"$(git rev-parse HEAD)\"" out
'

story 'an environment can be named from another branch' '
	cd shop
	put new elsewhere
	commit "Elsewhere"
	git checkout -q -b topic
	expect_code 2 git upgrade push >out 2>err
	has "branch .topic. is no environment of .platform." err
	has "git upgrade push production .*(branch production)" err
	expect_code 0 git upgrade push production >out 2>err
	expect_code 2 git upgrade push staging >out 2>err
	has ".staging. is no environment" err
	has "more are added there: .* info/gitupgrade.yaml" err
	git checkout -q --detach
	expect_code 2 git upgrade push >out 2>err
	has "HEAD is on no branch" err
	git checkout -q production
'

story 'a push to upstream is refused, whatever it is called' '
	cd shop
	for url in "$PWD/../upstream" "file://$PWD/../upstream/" up:stream \
		"file://localhost$PWD/../upstream"
	do
		git config url."$PWD/../upstream".insteadOf up:stream
		git remote add mirror "$url"
		git config branch.production.pushRemote mirror
		expect_code 2 git upgrade push >out 2>err
		has "^error: remote .mirror. is upstream" err
		has "git remote add platform URL" err
		has "^Nothing was changed.$" err
		git remote remove mirror
		git config --unset branch.production.pushRemote || :
	done
	git config branch.production.pushRemote origin
	expect_code 2 git upgrade push >out 2>err
	has "^error: remote .origin. is upstream" err
	git remote add sly ../upstream
	git config branch.production.pushRemote sly
	mkdir -p below
	cd below
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: remote .sly. is upstream" ../err
	cd ..
	git remote remove sly
	git config branch.production.pushRemote "$PWD/../platform.git"
	expect_code 2 git upgrade push >out 2>err
	has "an address is configured" err
	git config --unset branch.production.pushRemote
'

story 'no remote, or several: refused, with what to type' '
	cd shop
	git remote rename platform one
	git remote add two "$PWD/../platform.git"
	expect_code 2 git upgrade push >out 2>err
	has "several remotes to push to: one, two" err
	has "git config remote.pushDefault one" err
	git config remote.pushDefault one
	expect_code 0 git upgrade push >out 2>err
	git config --unset remote.pushDefault
	git remote remove two
	git remote remove one
	expect_code 2 git upgrade push >out 2>err
	has "^hint:   git remote add platform URL$" err
	git remote add platform "$PWD/../platform.git"
'

story 'a remote that is no platform: pushed, nothing deploys, 3' '
	git init -q --bare plain.git
	cd shop
	git remote add plain "$PWD/../plain.git"
	git config remote.pushDefault plain
	expect_code 3 git upgrade push >out 2>err
	has "nothing there deploys it" err
	has "git upgrade platform init DIR" err
	is "$(git rev-parse HEAD)" \
		"$(git -C ../plain.git rev-parse production)"
	expect_code 3 git upgrade push >out 2>err
	git config --unset remote.pushDefault
	git remote remove plain
'

story 'a platform nobody can reach: 128, nothing changed' '
	cd shop
	mv ../platform.git ../moved.git
	expect_code 128 git upgrade push >out 2>err
	has "^Nothing was changed.$" err
	mv ../moved.git ../platform.git
'

story 'credentials in a URL are shown to nobody' '
	cd shop
	git remote set-url platform http://olga:s3cret@127.0.0.1:1/x.git
	expect_code 128 git upgrade push >out 2>err
	lacks s3cret out err
	git remote set-url platform "$PWD/../platform.git"
'

story 'verify: 0 when it is well, 3 when not, and push says the same' '
	cd shop
	expect_code 0 git upgrade verify >out 2>err
	has "^production: 1.0.0 (.*) is verified.$" err
	echo failed >../platform.git/verifies
	expect_code 3 git upgrade verify >out 2>err
	has "is deployed, but not verified" err
	not git rev-parse -q --verify refs/upgrade/verified/production
	expect_code 3 git upgrade push >out 2>err
	has "git upgrade verify production" err
	echo verified >../platform.git/verifies
	standin_event ../platform.git production verified "$(git rev-parse HEAD)"
	expect_code 0 git upgrade verify --json >out 2>err
	has "\"verified\":.*true" out
'

story 'bad usage is 129, -h is 0' '
	cd shop
	expect_code 129 git upgrade push --timeout=soon >out 2>err
	expect_code 129 git upgrade push a b >out 2>err
	expect_code 129 git upgrade verify --bogus >out 2>err
	expect_code 0 git upgrade push -h >out 2>err
	has "^usage: git upgrade push" out
	expect_code 0 git upgrade verify -h >out 2>err
'

done_testing
