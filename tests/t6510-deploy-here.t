#!/bin/sh
# A deploy in the work tree: what it runs, what it refuses, what it leaves.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

story 'a dry run judges, names the steps, and runs nothing' '
	draw_host
	cd host
	expect_code 0 git upgrade deploy -n >../out 2>../err
	has "^production: v1.0.0 .* in .*/work/host$" ../err
	has "^  gates .*legal-hop ok" ../err
	has "^  step       start (interrupts)$" ../err
	has "^Would be deployed here.$" ../err
	missing "$SERVING" .git/upgrade/here
	is "" "$(here ledger/production)"
'

story 'a deploy runs the steps here, verifies, and says so' '
	cd host
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^building v1.0.0 for production" ../err
	has "^  step       start 0:0" ../err
	has "^  verify     platform ok, log ok, version v1.0.0 ok, health 2/2" \
		../err
	has "^Deployed and verified in" ../err
	is "" "$(cat ../out)"
	serves v1.0.0
	is "" "$(git status --short)"
'

story 'the evidence is that of a platform, by the host' '
	cd host
	is 1 "$(hops)"
	is deployed "$(said event)"
	is ok "$(said outcome)"
	is host "$(said by)"
	is "$(git rev-parse HEAD)" "$(said commit)"
	git fsck --strict
	expect_code 0 git upgrade log production --no-fetch >../out 2>../err
	has "deployed  *v1.0.0" ../out
	expect_code 0 git upgrade status --no-fetch >../out 2>../err
	has "^production  *v1.0.0  *v1.0.0  *v1.0.0" ../out
'

story 'what is deployed already is left alone' '
	cd host
	: >../serving.before
	cp -p "$SERVING" ../serving.before
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^production: v1.0.0 .* is deployed and verified already.$" ../err
	is 1 "$(hops)"
	expect_code 0 git upgrade deploy -q >../out 2>../err
	is "" "$(cat ../out ../err)"
	expect_code 0 git upgrade deploy --json >../out 2>../err
	has "\"outcome\": \"verified\"" ../out
	not test "$SERVING" -nt ../serving.before
'

story 'steps see the environment of their owner, but nothing of git' '
	cd prod
	put env.sh "env | sort >$WORK/environment"
	publish Env
	sed "s|^    - name: build|    - name: env\n      run: [sh, env.sh]\n&|" \
		../profile.yaml >../with-env.yaml
	cd ../host
	git pull -q
	GIT_REFLOG_ACTION=x DOCKER_HOST=unix:///x git -c user.name=Else \
		-c upgrade.profile="$WORK/with-env.yaml" upgrade deploy -q
	has "^DOCKER_HOST=unix:///x$" ../environment
	lacks "^GIT_" ../environment
	has "^UPGRADE_ENV=production$" ../environment
	has "^UPGRADE_RELEASE=v1.0.0$" ../environment
	has "^UPGRADE_COMMIT=$(git rev-parse HEAD)$" ../environment
	has "^UPGRADE_RELEASE_DIR=$WORK/host$" ../environment
	has "^UPGRADE_DEPLOY=2" ../environment
	serves v1.0.0
'

story 'a changed work tree is refused, what git does not know is not' '
	cd host
	events=$(hops)
	put own.txt changed
	put untracked.txt x
	expect_code 2 git upgrade deploy >../out 2>../err
	has "changes that are in no commit: own.txt$" ../err
	has "^Nothing was changed.$" ../err
	git checkout -q own.txt
	expect_code 0 git upgrade deploy >../out 2>../err
	rm untracked.txt
	is "$events" "$(hops)"
'

story 'another branch, no branch, another name: refused' '
	cd host
	git checkout -q -b topic
	expect_code 2 git upgrade deploy >../out 2>../err
	has "branch .topic. is the branch of no environment" ../err
	expect_code 2 git upgrade deploy production >../out 2>../err
	has "is not checked out here, but topic is" ../err
	has "git switch production" ../err
	git checkout -q --detach
	expect_code 2 git upgrade deploy >../out 2>../err
	has "HEAD is on no branch" ../err
	git checkout -q production
	git branch -q -D topic
	expect_code 2 git upgrade deploy nonsense >../out 2>../err
	has "no environment .nonsense." ../err
	has "there are: production" ../err
	expect_code 0 git upgrade deploy production >../out 2>../err
'

story 'a branch on no release is refused' '
	cd host
	git checkout -q --orphan stray
	git rm -q -r --cached .
	git add own.txt
	git commit -q -m Stray
	git clean -q -f -d
	git config upgrade.stray.branch stray
	expect_code 2 git upgrade deploy >../out 2>../err
	has "stray: record: which release stray is on cannot be told" ../err
	is "" "$(here ledger/stray)"
	git config --unset upgrade.stray.branch
	git checkout -q -f production
'

story 'a hop nobody supports is refused, and nothing ran' '
	cd prod
	sed "s/connected-minor/any/" ../profile.yaml >../any.yaml
	adopt v2.0.0
	git push -q plain production
	cd ../host
	git pull -q
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: legal-hop: " ../err
	has "^Nothing was changed.$" ../err
	is 1.0.0 "$(cat "$SERVING")"
	git reset -q --keep ORIG_HEAD
	cd ../prod
	git reset -q --hard HEAD~1
	git push -q -f plain production
'

story 'a profile without deploy steps has nothing to run' '
	cd host
	expect_code 2 git -c upgrade.profile=generic upgrade deploy \
		>../out 2>../err
	has "profile generic has no deploy steps" ../err
'

story 'a failing step: what served goes on, and nothing is tried again' '
	cd prod
	put broken
	publish Broken
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy >../out 2>../err
	has "failed: step .build.: exit code 1; v1.0.0 .* keeps serving$" ../err
	is "$(git rev-parse HEAD)" "$(here failed/production)"
	is failed "$(said outcome)"
	is "$(git rev-parse HEAD~1)" "$(here deployed/production)"
	events=$(hops)
	expect_code 3 git upgrade deploy >../out 2>../err
	has "failed here before" ../err
	has "^Nothing was changed.$" ../err
	expect_code 3 git upgrade deploy -n >../out 2>../err
	is "$events" "$(hops)"
	expect_code 3 git upgrade deploy --retry --json >../out 2>../err
	has "\"outcome\": \"failed\"" ../out
	is "$((events + 2))" "$(hops)"
'

story 'back to what served: nothing has to run' '
	cd host
	git reset -q --keep HEAD~1
	expect_code 0 git upgrade deploy >../out 2>../err
	has "deployed and verified already" ../err
	expect_code 2 git upgrade deploy --retry >../out 2>../err
	has "nothing to try again" ../err
'

story 'a fix that is pulled is deployed' '
	cd prod
	git rm -q broken
	publish Fix
	cd ../host
	git pull -q
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.0.0
'

story 'failing after service went down: nothing serves, and it is said' '
	cd prod
	put breaks-start
	publish Breaks
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy >../out 2>../err
	has "the files of the old release are not here any more" ../err
	has "; nothing serves now$" ../err
	has "git reset --keep $(git rev-parse --short=7 HEAD~1)" ../err
	is down "$(said outcome)"
	exists .git/upgrade/here/production/.interrupted
'

story 'back to what served, where nothing does: it is deployed again' '
	cd host
	rm "$SERVING"
	git reset -q --keep HEAD~1
	is "$(git rev-parse HEAD)" "$(here deployed/production)"
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^Deployed and verified in" ../err
	serves v1.0.0
	missing .git/upgrade/here/production/.interrupted
	cd ../prod
	git rm -q breaks-start
	publish Mended
	cd ../host
	git pull -q
	git upgrade deploy -q
'

story 'failed health fails the deploy' '
	cd prod
	put sick
	publish Sick
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy >../out 2>../err
	has "health 0/2: .*said 502" ../err
	is "" "$(here verified/production | grep "$(git rev-parse HEAD)" || :)"
	cd ../prod
	git rm -q sick
	publish Well
	cd ../host
	git pull -q
	git upgrade deploy -q
	serves v1.0.0
'

story 'a release is deployed as it comes, hop by hop' '
	cd prod
	adopt v1.1.1
	git push -q plain production
	cd ../host
	git pull -q
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^production: v1.0.0 -> v1.1.1 " ../err
	serves v1.1.1
	is v1.0.0 "$(said from)"
'

story 'from a folder below, and from a linked work tree' '
	cd host
	git worktree add -q -b staging ../staging
	git config upgrade.staging.branch staging
	mkdir -p ../staging/sub
	cd ../staging/sub
	expect_code 0 git upgrade deploy >"$WORK/out" 2>"$WORK/err"
	has "^UPGRADE_RELEASE_DIR" "$WORK/environment"
	is "$(git rev-parse HEAD)" "$(here verified/staging)"
	exists "$WORK/host/.git/upgrade/logs/staging/latest"
	cd "$WORK/host"
	serves v1.1.1
'

story 'a second one says who is at work, and waits for its turn' '
	cd prod
	put blocks
	publish Blocks
	cd ../host
	git pull -q
	git-upgrade deploy >../out 2>../err &
	first=$!
	wait_for 20 running
	git upgrade deploy >../out2 2>../err2 &
	second=$!
	wait_for 20 grep -q "waiting for its end" ../err2
	has "a deploy of production is under way: process $(worker) of .*, for" \
		../err2
	expect_code 4 git upgrade deploy >../out3 2>../err3
	has "another one waits" ../err3
	go
	ended "$first" 0
	ended "$second" 0
	has "is deployed and verified already" ../err2
	serves v1.1.1
'

story 'whoever started it may leave: it goes on' '
	cd prod
	put note.txt one
	publish One
	cd ../host
	git pull -q
	git-upgrade deploy >../out 2>../err &
	first=$!
	wait_for 20 running
	kill -TERM "$first"
	ended "$first" 4
	has "^Detached; the deploy of production goes on.$" ../err
	rm -f ../out2
	git upgrade deploy >../out2 2>../err2 &
	second=$!
	wait_for 20 grep -q "waiting for its end" ../err2
	go
	ended "$second" 0
	serves v1.1.1
	is "$(git rev-parse HEAD)" "$(said commit)"
'

story 'a pull in the middle: what was mixed is not called deployed' '
	cd prod
	put note.txt two
	publish Two
	cd ../host
	git pull -q
	git-upgrade deploy >../out 2>../err &
	first=$!
	wait_for 20 running
	cd ../prod
	put note.txt three
	git rm -q blocks
	publish Three
	cd ../host
	git pull -q
	go
	ended "$first" 3
	has "the work tree moved to $(git rev-parse --short=7 HEAD) while" ../err
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.1.1
'

story 'commands that a pull brought run only when they are trusted' '
	git clone -q -b production plain.git wary
	cd wary
	git config upgrade.production.branch production
	sed "s|$SERVING|$WORK/wary.serving|; s/^name: .*/profile: generic/" \
		../profile.yaml >.gitupgrade.yaml
	git add .gitupgrade.yaml
	tick
	git commit -q -m "Commands"
	expect_code 0 git upgrade deploy -n >../out 2>../err
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: the configuration in the tree has commands that you do not" \
		../err
	has "^hint:  *deploy.steps start:" ../err
	has "^Nothing was changed." ../err
	missing ../wary.serving
	git for-each-ref refs/upgrade/deployed refs/upgrade/ledger >../refs
	same /dev/null ../refs
	hash=$(sed -n "s/.*--trust=//p" ../err)
	other=$(printf "%s" "$hash" | tr 0-9a-f 1-9a-f0) # tap: ok
	expect_code 2 git upgrade deploy --trust="$other" >../out 2>../err
	missing ../wary.serving
	expect_code 0 git upgrade deploy --trust="$hash" >../out 2>../err
	exists ../wary.serving
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/upgrade/verified/production)"
'

story 'usage' '
	cd host
	expect_code 0 git upgrade deploy -h >../out 2>../err
	has "^usage: git upgrade deploy" ../out
	expect_code 129 git upgrade deploy --bogus >../out 2>../err
	expect_code 129 git upgrade deploy a b >../out 2>../err
	cd ../plain.git
	expect_code 128 git upgrade deploy >../out 2>../err
'

done_testing
