#!/bin/sh
# An environment whose host pulls, seen from a client: push delivers, status
# and verify tell what the host has published.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# field NAME: the last value of that name in ../out, JSON
field()
{
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*//p" "$WORK/out" |
	sed 's/,$//; s/^"//; s/"$//' | tail -n 1
}

# host_pulls [CODE]: what cron would do on the host
host_pulls()
{
	git -C "$WORK/host" pull -q --ff-only
	expect_code "${1-0}" git -C "$WORK/host" upgrade deploy -q \
		>"$WORK/host.out" 2>&1
}

# take RELEASE: adopt it, and keep the configuration
take()
{
	adopt "$1" &&
	git checkout -q HEAD~1 -- .gitupgrade.yaml &&
	git commit -q --amend --no-edit
}

# short COMMIT
short()
{
	git -C "$WORK/prod" rev-parse --short=7 "$1"
}

story 'it is one line of the configuration, for everybody' '
	draw_host
	cd prod
	git remote rename plain fork
	git config upgrade.upstream origin
	put .gitupgrade.yaml "format: 1" "profile: generic" \
		"path:" "  rule: connected-minor" \
		"environments:" "  production:" "    deploy: pull"
	commit "Our host pulls"
	expect_code 0 git upgrade config environments >../out 2>../err
	has "environments.production.deploy: pull .*HEAD:.gitupgrade.yaml:7" \
		../out
	sed "s/pull/pul/" .gitupgrade.yaml >bad.yaml
	mv bad.yaml .gitupgrade.yaml
	commit "A mistake"
	expect_code 128 git upgrade config >../out 2>../err
	has "expected hooks or pull or command or http, not .pul." ../err
	git reset -q --hard HEAD~1
'

story 'before anything is published: nobody knows, and it is said' '
	cd prod
	expect_code 4 git upgrade verify >../out 2>../err
	has "the host of production has published nothing to .fork. yet" ../err
	has "^hint: on the host: .git upgrade deploy production." ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: nothing was deployed on its host yet$" ../out
'

story 'status asks its remote once' '
	cd prod
	GIT_TRACE2_EVENT="$WORK/trace" git upgrade status >../out 2>../err
	grep "\"event\":\"start\"" ../trace | grep "\"ls-remote\"" >../asked
	grep -c "\"fork\"" ../asked >../times
	is 1 "$(cat ../times)"
'

story 'push delivers, says that the host pulls, and exits with 4' '
	cd prod
	expect_code 0 git upgrade push -n >../out 2>../err
	has "^Would be pushed.$" ../err
	expect_code 4 git upgrade push >../out 2>../err
	has "^production: v1.0.0 ($(short HEAD)) to .*/plain.git$" ../err
	has "^  gates .*legal-hop ok" ../err
	has "^Delivered to .fork.; the host of production deploys it when it" \
		../err
	has "git upgrade verify production" ../err
	lacks "Waiting" ../err
	is "$(git rev-parse HEAD)" "$(git -C ../plain.git rev-parse production)"
	expect_code 4 git upgrade push --json >../out 2>../err
	has "^.fork. has it already; the host of production has not deployed" \
		../err
	is pull "$(field deploy)"
	has "\"outcome\": \"pending\"" ../out
'

story 'the host deploys what it pulls, and everybody can read it' '
	host_pulls
	cd prod
	expect_code 0 git upgrade verify >../out 2>../err
	has "^production: v1.0.0 ($(short HEAD)) is verified, as its host said" \
		../err
	expect_code 0 git upgrade verify --json >../out 2>../err
	is true "$(field verified)"
	has "\"point\": \"health\"" ../out
	has "\"evidence\": \"2/2\"" ../out
	expect_code 0 git upgrade status >../out 2>../err
	has "^production *v1.0.0 *v1.0.0 *v1.0.0 .*ago" ../out
	has "^production runs on its host: v1.0.0 ($(short HEAD)), deployed" \
		../out
	lacks "here" ../out
	git upgrade status --json >../out 2>../err
	is host "$(field runs)"
	expect_code 0 git upgrade log production >../out 2>../err
	has "deployed  *v1.0.0" ../out
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified, .* ago.$" ../err
'

story 'commits that it has not pulled yet are counted' '
	cd prod
	put note.txt one
	commit One
	expect_code 0 git upgrade status >../out 2>../err
	has "^production *v1.0.0 *v1.0.0 +1 " ../out
	has "deliver it with .git upgrade push production" ../err
	expect_code 4 git upgrade push >../out 2>../err
	expect_code 0 git upgrade status >../out 2>../err
	has "production: $(short HEAD) is delivered, and its host has yet" ../err
	lacks "git upgrade push" ../err
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: what was delivered since, $(short HEAD), is not deployed" \
		../err
	host_pulls
	expect_code 0 git upgrade verify >../out 2>../err
	lacks "warning" ../err
'

story 'who asks for it waits until the host has deployed' '
	cd prod
	put note.txt two
	commit Two
	rm -f ../err
	git-upgrade push --timeout 2m >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^Waiting for the host of production to pull" ../err
	host_pulls
	ended "$pusher" 0
	has "^Deployed and verified in" ../err
	put note.txt three
	commit Three
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	has "^Delivered to .fork." ../err
	host_pulls
'

story 'it failed there: 3, with the words of the host' '
	cd prod
	put broken
	commit Broken
	expect_code 4 git upgrade push >../out 2>../err
	host_pulls 3
	expect_code 3 git upgrade push >../out 2>../err
	has "^error: production: the deploy of v1.0.0 ($(short HEAD)) failed:" \
		../err
	has "step .build.: exit code 1; v1.0.0 ($(short HEAD~1)) still serves" \
		../err
	has "there, .git upgrade deploy --retry production" ../err
	lacks "push --retry" ../err
	expect_code 2 git upgrade push --retry >../out 2>../err
	has "the host of production deploys by itself" ../err
	has "^hint: on the host: .git upgrade deploy --retry production" ../err
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: what was delivered since, $(short HEAD), failed there: " \
		../err
	has "is verified, as its host said" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "failed on its host" ../err
	lacks "push --retry" ../err
'

story 'it is down there: 3, and said by verify and status' '
	cd prod
	git rm -q broken
	put breaks-start
	commit Breaks
	expect_code 4 git upgrade push >../out 2>../err
	host_pulls 3
	expect_code 3 git upgrade verify >../out 2>../err
	has "was deployed, and nothing serves now, as its host said .* ago: st" \
		../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is down on its host, for " ../out
	git rm -q breaks-start
	commit Mended
	expect_code 4 git upgrade push >../out 2>../err
	host_pulls
	expect_code 0 git upgrade verify >../out 2>../err
'

story 'it grew sick since: verify on the host, and it is known here' '
	touch host/sick
	expect_code 3 git -C host upgrade verify >out 2>err
	cd prod
	expect_code 3 git upgrade verify >../out 2>../err
	has "is deployed, but not verified, as its host said .*: health 0/2" \
		../err
	expect_code 3 git upgrade push >../out 2>../err
	has "verify it again on its host: there, .git upgrade verify prod" ../err
	rm ../host/sick
	expect_code 0 git -C ../host upgrade verify >../out 2>../err
	expect_code 0 git upgrade push >../out 2>../err
'

story 'several hops go one by one, each when the host has deployed it' '
	cd prod
	take v1.1.1
	take v2.0.0
	expect_code 4 git upgrade push >../out 2>../err
	has "^production: 2 hops, each verified before the next: v1.1.1 (.*), v2" \
		../err
	has "^hint: 1 more hop follows: .git upgrade push production. again" \
		../err
	is "$(git rev-parse HEAD~1)" \
		"$(git -C ../plain.git rev-parse production)"
	expect_code 4 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD~1)" \
		"$(git -C ../plain.git rev-parse production)"
	host_pulls
	expect_code 4 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(git -C ../plain.git rev-parse production)"
	host_pulls
	expect_code 0 git upgrade push >../out 2>../err
	serves v2.0.0
'

story 'an illegal hop is refused before it is delivered' '
	cd prod
	put .gitupgrade.adopted "format 1" "profile generic" \
		"release v1.0.0" "commit $(git rev-parse "v1.0.0^{commit}")" \
		"tree $(git rev-parse "v1.0.0^{tree}")"
	commit Downgrade
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: legal-hop: " ../err
	has "^Nothing was changed.$" ../err
	git reset -q --hard HEAD~1
'

story 'several hops, where nobody says how it goes' '
	git clone -q -b production plain.git unheard
	cd unheard
	git fetch -q --tags ../upstream
	git config upgrade.stateRemote .
	git reset -q --hard "$(git -C ../prod log --format=%H -1 \
		--grep="Upgrade to v1.1.1")^"
	git push -q -f origin production:heard
	git config upgrade.environments.production.branch heard
	git upgrade config environments.production.branch >../out
	has "^environments.production.branch: heard " ../out
	git checkout -q -b heard
	take v1.1.1
	take v2.0.0
	expect_code 4 git upgrade push >../out 2>../err
	has "^hint: 1 more hop follows" ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse heard)"
	expect_code 4 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(git -C ../plain.git rev-parse heard)"
'

story 'a state remote of its own, on both sides' '
	git init -q --bare state.git
	git -C host config upgrade.stateRemote "$WORK/state.git"
	git -C host upgrade deploy -q
	git -C prod remote add state "$WORK/state.git"
	git -C prod config upgrade.stateRemote state
	cd prod
	put note.txt three
	commit Three
	expect_code 4 git upgrade push >../out 2>../err
	host_pulls
	expect_code 0 git upgrade verify >../out 2>../err
	has "($(short HEAD)) is verified" ../err
	expect_code 0 git upgrade push >../out 2>../err
	mv ../state.git ../gone.git
	expect_code 128 git upgrade verify >../out 2>../err
	has "^fatal: remote .state. cannot be asked" ../err
	has "git config upgrade.stateRemote [.]" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^warning: remote .state. cannot be asked" ../err
	has "^production runs on its host: " ../out
	is 1 "$(grep -c "^warning: " ../err)"
	mv ../gone.git ../state.git
'

story 'a host that publishes nothing: delivered, and said where to look' '
	git -C host config upgrade.stateRemote .
	cd prod
	git remote remove state
	git config upgrade.stateRemote .
	put note.txt four
	commit Four
	expect_code 4 git upgrade push >../out 2>../err
	has "^Delivered to .fork." ../err
	has "nobody says here how it goes; see it on the host with" ../err
	expect_code 2 git upgrade verify >../out 2>../err
	has "production is deployed by its host, and nobody says here how" ../err
	has "there and here, .git config upgrade.stateRemote REMOTE" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: its host publishes nothing that is known here$" ../out
	host_pulls
	put note.txt five
	commit Five
	expect_code 4 git upgrade push >../out 2>../err
	has "legal-hop ok" ../err
	git config --unset upgrade.stateRemote
	git -C ../host config --unset upgrade.stateRemote
	host_pulls
	expect_code 0 git upgrade verify >../out 2>../err
'

story 'a fresh clone of that repository: its remote is no upstream' '
	git clone -q -b production plain.git fresh
	cd fresh
	expect_code 0 git upgrade verify >../out 2>../err
	has "^production: v2.0.0 .* is verified, as its host said" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs on its host: v2.0.0 " ../out
	put note.txt six
	commit Six
	expect_code 4 git upgrade push >../out 2>../err
	has "^Delivered to .origin." ../err
'

story 'beside a platform, in one repository' '
	cd fresh
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--env=staging --deploy-to="$SRV" "$WORK_PLATFORM" >../out 2>&1
	git remote add platform "$WORK_PLATFORM"
	git config remote.pushDefault platform
	expect_code 4 git upgrade push >../out 2>../err
	has "^Delivered to .platform.; the host of production" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^staging " ../out
	has "^production " ../out
'

done_testing
