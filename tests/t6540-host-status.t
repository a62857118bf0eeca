#!/bin/sh
# A host says how it does, by its own evidence, and asks nobody.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# field NAME: of production in the last `status --json`
field()
{
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*//p" "$WORK/out" |
	sed 's/,$//; s/^"//; s/"$//'
}

story 'before the first deploy there is nothing to say' '
	draw_host
	cd host
	expect_code 0 git upgrade status >../out 2>../err
	has "^production *v1.0.0 *- *- " ../out
	lacks "here" ../out
	expect_code 2 git upgrade verify >../out 2>../err
	lacks "deployed here" ../err
'

story 'what is deployed, when, and that it was healthy' '
	cd host
	git upgrade deploy -q
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs here: v1.0.0 ($(git rev-parse --short=7 HEAD))" \
		../out
	has ", deployed [0-9]*s ago, healthy [0-9]*s ago$" ../out
	is "" "$(cat ../err)"
	expect_code 0 git upgrade status --json >../out 2>../err
	is here "$(field runs)"
	is healthy "$(field health)"
	is null "$(field last_failure)"
	is null "$(field deploying)"
	is "$(field deployed_at)" "$(field verified_at)"
'

story 'verify runs the checks here, and records it' '
	cd host
	expect_code 0 git upgrade verify >../out 2>../err
	has "^  verify     platform ok, log ok, version v1.0.0 ok, health 2/2$" ../err
	has "^production: v1.0.0 (.......) is verified.$" ../err
	is 2 "$(hops)"
	is verified "$(said event)"
	is host "$(said by)"
	expect_code 0 git upgrade verify production --json >../out 2>../err
	has "\"verified\": true" ../out
	is 3 "$(hops)"
'

story 'grown sick since: 3, said by status, and mended by verify' '
	cd host
	touch sick
	expect_code 3 git upgrade verify >../out 2>../err
	has "is deployed, but not verified: health 0/2: .*said 502" ../err
	has "git upgrade log production" ../err
	lacks "Nothing was changed" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs here: .*, not healthy .* ago: health 0/2" ../out
	has "git upgrade verify production" ../err
	git upgrade status --json >../out 2>../err
	is unverified "$(field health)"
	rm sick
	expect_code 0 git upgrade verify >../out 2>../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs here: .*, healthy [0-9]*s ago$" ../out
'

story 'what was pulled and not deployed yet is counted' '
	cd prod
	put note.txt pulled
	publish Pulled
	cd ../host
	git pull -q
	expect_code 0 git upgrade status >../out 2>../err
	has "^production *v1.0.0 *v1.0.0 +1 " ../out
	has "deploy it with .git upgrade deploy production" ../err
	lacks "git upgrade push" ../err
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: the work tree is at $(git rev-parse --short=7 HEAD)," \
		../err
	git upgrade deploy -q
'

story 'a deploy that failed: what serves, what failed and why' '
	cd prod
	put broken
	publish Broken
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy -q >../out 2>../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs here: v1.0.0 ($(git rev-parse --short=7 HEAD~1))" \
		../out
	has "; $(git rev-parse --short=7 HEAD) failed .* ago: step .build." \
		../out
	has "git upgrade deploy --retry production" ../err
	lacks "git upgrade push" ../err
	cd ../prod
	git rm -q broken
	publish Mended
	cd ../host
	git pull -q
	git upgrade deploy -q
'

story 'down is said as long as it is down' '
	cd prod
	put breaks-start
	publish Breaks
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy -q >../out 2>../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is down here, for .*: step .start.: exit code 1$" ../out
	git upgrade status --json >../out 2>../err
	is down "$(field health)"
	cd ../prod
	git rm -q breaks-start
	publish Again
	cd ../host
	git pull -q
	git upgrade deploy -q
	git upgrade status >../out 2>../err
	lacks "down" ../out
'

story 'while it deploys: who, and that verify has to wait' '
	cd prod
	put blocks
	publish Blocks
	cd ../host
	git pull -q
	git-upgrade deploy >../out1 2>../err1 &
	first=$!
	wait_for 20 running
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is being deployed here: process $(worker) of " ../out
	expect_code 2 git upgrade verify >../out 2>../err
	has "a deploy of production is under way: process $(worker) of " ../err
	has "^Nothing was changed.$" ../err
	kill -KILL "$(worker)"
	ended "$first" 4
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: a deploy here was killed$" ../out
	has "begin the deploy again with .git upgrade deploy production" ../err
	cd ../prod
	git rm -q blocks
	publish Free
	cd ../host
	git pull -q
	git upgrade deploy -q
'

story 'commands that a pull brought are checked by nobody untrusted' '
	git clone -q -b production plain.git wary
	cd wary
	git config upgrade.production.branch production
	sed "s|$SERVING|$WORK/wary.serving|; s/^name: .*/profile: generic/" \
		../profile.yaml >.gitupgrade.yaml
	commit Commands
	expect_code 2 git upgrade deploy >../out 2>../err
	hash=$(sed -n "s/.*--trust=//p" ../err)
	git upgrade deploy -q --trust="$hash"
	expect_code 2 git upgrade verify >../out 2>../err
	has "^error: the configuration in the tree has commands" ../err
	has "^hint: or, for this once, with --trust=$hash$" ../err
	expect_code 0 git upgrade verify --trust="$hash" >../out 2>../err
'

story 'hooks status says what the hook has deployed here' '
	cd host
	git upgrade hooks install --deploy >../out 2>&1
	expect_code 0 git upgrade hooks status >../out 2>../err
	has "^post-merge *installed " ../out
	has "^production runs here: v1.0.0 .*, healthy .* ago$" ../out
	expect_code 0 git upgrade hooks status --json >../out 2>../err
	is production "$(field environment)"
	is healthy "$(field health)"
	cd ../prod
	expect_code 0 git upgrade hooks status >../out 2>../err
	lacks "runs here" ../out
'

story 'hooks are shown where the configuration cannot be read' '
	cd host
	git config upgrade.path nonsense
	expect_code 0 git upgrade hooks status >../out 2>../err
	has "^post-merge *installed " ../out
	has "^warning: git config upgrade.path: " ../err
	git config --unset upgrade.path
'

story 'a platform that deploys one of that name does not overwrite it' '
	cd prod
	draw_platform >../out 2>&1
	git push -q platform production >../out 2>&1
	platform_idle
	cd ../host
	git remote add platform "$WORK_PLATFORM"
	git config upgrade.upstream origin
	before=$(here ledger/production)
	expect_code 0 git upgrade status >../out 2>../err
	has "^warning: production is deployed here, and .platform. deploys" \
		../err
	is "$before" "$(here ledger/production)"
	has "^production runs here: " ../out
	git remote remove platform
'

done_testing
