#!/bin/sh
# A program that only begins a deploy, and others that say how it goes.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"

asks()
{
	programs "$@" '    status:' \
		"      run: ['$WORK/deployer', status, '{id}']" \
		"      output: {'^(queued|running)\$': pending, '^done\$': success}" \
		'      exits: {"1": failure}' '    log:' \
		"      run: ['$WORK/deployer', log, '{id}']"
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}

story 'the id is found in the output, and asked after; the log is followed' '
	draw_engine
	asks "      id: \"^Deployment: ([0-9]+)\""
	behave id
	echo running >"$ENGINE/state"
	echo "step one" >"$ENGINE/log"
	cd prod
	rm -f ../err
	git-upgrade push >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^step one" ../err
	echo "step two" >>"$ENGINE/log"
	wait_for 20 grep -q "^step two" ../err
	lacks "verify" ../err
	echo "step three" >>"$ENGINE/log"
	echo done >"$ENGINE/state"
	wait "$pusher"
	has "^Deployment: 42$" ../err
	has "^Deployed and verified in" ../err
	grep "^step" ../err >../steps
	put ../expected "step one" "step two" "step three"
	same ../expected ../steps
	has "^status 42$" "$ENGINE/asked"
	has "^log 42$" "$ENGINE/asked"
	has "^step three$" .git/upgrade/logs/production/latest
'

story 'what is not understood is asked again, and said once' '
	cd prod
	change one
	echo "what?" >"$ENGINE/state"
	expect_code 4 git upgrade push --timeout 2s >../out 2>../err
	grep -c "stands for nothing: exit code 0: what?; trying again" \
		../err >../times
	is 1 "$(cat ../times)"
	echo queued >"$ENGINE/state"
	expect_code 4 git upgrade verify >../out 2>../err
	echo done >"$ENGINE/state"
	expect_code 0 git upgrade verify >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	is deployed "$(told event)"
'

story 'a known failure in the log: what was a success is not verified' '
	cd prod
	change two
	echo "known trouble 7" >>"$ENGINE/log"
	expect_code 3 git upgrade push >../out 2>../err
	has "not verified: the log has a known failure: known trouble$" ../err
	git upgrade log --json >../out
	has "\"point\": \"log\"" ../out
	echo "step one" >"$ENGINE/log"
'

story 'an exit code stands for a failure, and the last line says why' '
	cd prod
	change three
	sed -i "s/cat .*state.*/cat \"\$ENGINE\/state\"; exit 1/" ../deployer
	echo "disk is full" >"$ENGINE/state"
	expect_code 3 git upgrade push >../out 2>../err
	has "the deploy of v1.0.0 ($(short HEAD)) failed: disk is full; " ../err
	is failed "$(told outcome)"
	sed -i "s/; exit 1//" ../deployer
'

story 'no id, where one is to be: a failure that shows what was said' '
	cd prod
	change four
	behave no-id
	expect_code 3 git upgrade push >../out 2>../err
	has "failed: it does not say what the deploy is called: that was it" \
		../err
'

story 'an id from JSON' '
	cd prod
	change five
	asks "      id_at: /deploy/id"
	cat >../deployer <<-\EOT
	#!/bin/sh
	echo "$*" >>"$ENGINE/asked"
	case $1 in
	deploy) echo "{\"deploy\": {\"id\": 77}}" ;;
	status) echo done ;;
	esac
	EOT
	expect_code 0 git upgrade push >../out 2>../err
	has "^status 77$" "$ENGINE/asked"
'

story 'variables are filled in, those of the environment first' '
	cd prod
	change six
	programs "    defaults: {region: us, zone: a}"
	sed -i "s/{commit}/{region}-{zone}-{nothing}/; \
		s/deploy: command/&\n    variables: {region: eu}/" \
		../profile.yaml
	sed -i "s/^    defaults/  &/; s/^      defaults/    defaults/" \
		../profile.yaml
	expect_code 0 git upgrade push >../out 2>../err
	has "^deploy eu-a-{nothing}$" "$ENGINE/asked"
'

story 'a program that is not there: refused before anything is pushed' '
	cd prod
	change seven
	programs
	sed -i "s|run: .*deployer.,|run: [no-such-deployer,|" ../profile.yaml
	expect_code 2 git upgrade push >../out 2>../err
	has "production is deployed by .no-such-deployer., and there is no such program" \
		../err
	has "^Nothing was changed.$" ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse production)"
'

story 'one that cannot be started: 3, and the next push begins it' '
	cd prod
	programs
	chmod -x ../deployer
	expect_code 3 git upgrade push >../out 2>../err
	has "failed: cannot run " ../err
	chmod +x ../deployer
	expect_code 0 git upgrade push --retry >../out 2>../err
'

story 'two drivers, none, and one of another kind' '
	cd prod
	change eight
	programs "theirs:" "  command: {deploy: {run: [\"true\"]}}"
	expect_code 2 git upgrade push >../out 2>../err
	has "says .deploy: command., and more than one driver describes how" \
		../err
	has "environments.production.driver NAME\": ours, theirs" ../err
	git config upgrade.environments.production.driver theirs
	expect_code 0 git upgrade push >../out 2>../err
	git config upgrade.environments.production.driver nobodys
	expect_code 2 git upgrade push >../out 2>../err
	has "there is no such driver of kind command" ../err
	git config --unset upgrade.environments.production.driver
	sed -i "s/deploy: command/deploy: http/" ../profile.yaml
	expect_code 2 git upgrade push >../out 2>../err
	has "says .deploy: http., and no driver describes how" ../err
'

story 'a remote that refuses the evidence: told, kept, published later' '
	cd prod
	programs
	change nine
	git -C ../plain.git config receive.hideRefs refs/upgrade
	expect_code 0 git upgrade push >../out 2>../err
	has "^warning: what happened to production is not published, and known only here: refs/upgrade/ is closed to pushes" \
		../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: not published to .fork.: refs/upgrade/ is closed" \
		../out
	has "^production runs v1.0.0 ($(short HEAD))" ../out
	git -C ../plain.git config --unset receive.hideRefs
	expect_code 0 git upgrade verify >../out 2>../err
	lacks "not published" ../err
	is "$(git rev-parse HEAD)" \
		"$(git -C ../plain.git rev-parse refs/upgrade/verified/production)"
'

story 'nowhere but here, when that is what is said' '
	cd prod
	git config upgrade.stateRemote .
	change ten
	expect_code 0 git upgrade push >../out 2>../err
	lacks "not published" ../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	is "$(git rev-parse HEAD~1)" \
		"$(git -C ../plain.git rev-parse refs/upgrade/verified/production)"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: what is known of it is kept only here" ../out
	git config --unset upgrade.stateRemote
'

story 'what a colleague saw end later stands' '
	git clone -q -b production plain.git other
	cd other
	git remote add top ../upstream
	git config upgrade.upstream top
	git config upgrade.profile ../profile.yaml
	git fetch -q top "refs/tags/*:refs/tags/*"
	tick
	change eleven
	expect_code 0 git upgrade push >../out 2>../err
	newest=$(git rev-parse HEAD)
	git -C ../prod fetch -q fork
	cd ../prod
	git reset -q --hard fork/production
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified" ../err
	is "$newest" "$(state deployed)"
	git log --format=%s refs/upgrade/ledger/production >../subjects
	has "$(short HEAD~1)" ../subjects
	is "$(git rev-parse refs/upgrade/ledger/production)" \
		"$(git -C ../plain.git rev-parse refs/upgrade/ledger/production)"
'

story 'a configuration in the tree runs nothing that is not trusted' '
	cd prod
	cp ../profile.yaml .gitupgrade.yaml
	git config --unset upgrade.profile
	commit "Our drivers"
	expect_code 2 git upgrade push >../out 2>../err
	has "commands that you do not trust yet" ../err
	has "drivers.ours.command.deploy.run: .*deployer deploy .{commit}." ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse production)"
	hash=$(sed -n "s/.*--trust=//p" ../err)
	expect_code 0 git upgrade push --trust="$hash" >../out 2>../err
	expect_code 2 git upgrade verify >../out 2>../err
	expect_code 0 git upgrade trust --yes >../out 2>../err
	expect_code 0 git upgrade verify >../out 2>../err
	sed -i "s/deploy: command/&\n    variables: {region: eu}/" \
		.gitupgrade.yaml
	commit "A variable"
	expect_code 2 git upgrade push >../out 2>../err
	has "environments.production.variables.region: eu" ../err
'

story 'secrets of the environment show nowhere' '
	cd prod
	expect_code 0 git upgrade trust --yes >../out 2>../err
	cat >../deployer <<-\EOT
	#!/bin/sh
	echo "using $DEPLOY_TOKEN for it"
	echo "https://me:geheim-in-url@host/x?sig=geheim-in-query"
	echo "password: geheim-as-value"
	echo "no: $DEPLOY_TOKEN is wrong"
	exit 1
	EOT
	DEPLOY_TOKEN=geheim-token-1
	export DEPLOY_TOKEN
	expect_code 3 git upgrade push >../out 2>../err
	has "^using \*\*\* for it" ../err
	git upgrade log >../out.log
	git cat-file --batch-all-objects --batch >../objects
	not grep -rqa geheim .git ../out ../err ../out.log ../objects \
		../plain.git
'
done_testing
