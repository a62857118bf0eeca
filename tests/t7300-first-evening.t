#!/bin/sh
#
# Three environments on three platforms, set up by somebody who has not done it
# before: what is mistyped or not said yet is named for what it is.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'set-up: three platforms, and a remote each' '
	draw_clone olga
	cd olga
	write_profile "$WORK/profile.yaml"
	put .gitupgrade.yaml "format: 1" "profile: generic" \
		"path: {rule: connected-minor}" "environments:" \
		"  integration: {}" \
		"  staging: {promotes_from: integration}" \
		"  production: {promotes_from: staging}"
	commit "Environments"
	for env in integration staging production
	do
		git upgrade platform init --profile="$WORK/profile.yaml" \
			--deploy-to="$WORK/srv-$env" --env="$env" \
			"$WORK/$env.git"
		git remote add "$env" "$WORK/$env.git"
	done
	git checkout -q -b integration
'

story 'status says what is missing, and nothing that cannot be done yet' '
	cd olga
	git upgrade status >../out 2>../err
	has "^hint: staging: say which remote it is at with .git config branch.staging.pushRemote staging." \
		../err
	lacks "git upgrade promote" ../err
'

story 'of several remotes the one for this branch is named, as typed' '
	cd olga
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: there are several remotes to push to: integration, production, staging" \
		../err
	has "^hint: choose one for branch .integration. with .git config branch.integration.pushRemote integration." \
		../err
	git config branch.integration.pushRemote integration
	git upgrade push
	git config branch.production.pushRemote production
	git upgrade status >../out 2>../err
	lacks "git upgrade promote staging production" ../err
	expect_code 2 git upgrade promote integration staging 2>../err
	sed -n "s/^hint: choose one for .* with .\(git .*\)\"$/\1/p" ../err >../cmd
	is "git config branch.staging.pushRemote staging" "$(cat ../cmd)"
	sh ../cmd
	git upgrade promote integration staging 2>../err
	has "^Deployed and verified" ../err
	git upgrade status >../out 2>../err
	has "^hint: production: bring what staging has verified with .git upgrade promote staging production." \
		../err
	git upgrade promote staging production 2>../err
	has "^Deployed and verified" ../err
'

story 'what is no environment is called that, not a question of remotes' '
	cd olga
	for words in "promote staging prodction" "push prodction" \
		"rollback prodction" "lock prodction" \
		"backup list prodction" "backup create prodction"
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade $words >../out 2>../err
		has "^error: .prodction. is no environment that is known here" \
			../err
		has "^hint: did you mean .production.?" ../err
		has "^hint: there are: .*staging" ../err
		lacks "remote" ../err
	done
	expect_code 2 git upgrade backup show 20261122-115821 production \
		2>../err
	has "^error: .20261122-115821. is no environment" ../err
'

story 'who cloned one platform is told that others are elsewhere' '
	git clone -q "$WORK/integration.git" anna
	cd anna
	expect_code 2 git upgrade promote staging production 2>../err
	has "^error: .production. is no environment of .origin." ../err
	has "^hint:   integration " ../err
	lacks "git upgrade push" ../err
	has "^hint: where it is at another remote, say so: .git config branch.production.pushRemote REMOTE." \
		../err
'

story 'releases are at no platform: what to type is said' '
	git clone -q -b integration "$WORK/integration.git" carl
	cd carl
	git upgrade fetch 2>../err
	has "^hint: that may not be upstream: name it with .git remote add upstream URL., and fetch again" \
		../err
	git remote add upstream "$WORK/upstream"
	git upgrade fetch >../out 2>../err
	has "new releases at " ../out
	lacks "may not be upstream" ../err
	git upgrade >../out
	has "^On v1.0.0" ../out
'

story 'the wrong way round: no advice to make a circle' '
	cd olga
	for words in "production integration" "staging integration" integration
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade promote $words 2>../err
		has "^error: nothing is promoted to integration: staging is promoted from it" \
			../err
		has "^hint: the other way round: git upgrade promote integration staging$" \
			../err
		lacks promotes-from ../err
	done
	expect_code 2 git upgrade promote production staging 2>../err
	has "^hint: or the other way round: git upgrade promote staging production$" \
		../err
'

story 'a fix of the last environment is picked where the line begins' '
	cd olga
	git fetch -q production
	git checkout -q -B production production/production
	put fix
	commit "A fix"
	git upgrade push production
	git checkout -q integration
	put later
	commit "Later"
	git upgrade push integration
	git upgrade promote integration staging
	expect_code 2 git upgrade promote staging production 2>../err
	has "^hint: pick them on the branch of integration, push it there, and promote that, oldest first:" \
		../err
	sed -n "s/^hint:   \(git cherry-pick -x [0-9a-f]*\) .*/\1/p" ../err >../cmd
	sh ../cmd
	git upgrade push integration
	git upgrade promote integration staging
	git upgrade promote staging production 2>../err
	has "^Deployed and verified" ../err
	exists ../srv-production/current/fix
'

story 'a rehearsal on another platform is refused before anybody is asked' '
	cd olga
	mkdir ../store
	echo rows >../db
	printf "%s\n" "backup:" "  store: $WORK/store" "  artifacts:" \
		"    - name: database" "      run: [cat, $WORK/db]" \
		"      restore: {run: [cp, /dev/stdin, $WORK/db]}" \
		>>../production.git/info/gitupgrade.yaml
	git upgrade backup create production
	git upgrade backup list production >../out
	id=$(sed -n "s/^\([0-9][0-9-]*\) .*/\1/p" ../out)
	for answer in "-n" "--yes"
	do
		expect_code 2 git upgrade backup restore "$answer" \
			--to=staging production "$id" 2>../err
		has "^error: staging is on another platform than production: .*staging.git., and not .*production.git.$" \
			../err
		has "^hint: only environments of one platform" ../err
		lacks "lost" ../err
		has "^Nothing was changed.$" ../err
	done
'

story 'a store that is not mounted has lost nothing' '
	cd olga
	id=$(ls ../store/production)
	mv ../store ../away
	for command in "create production" "restore --yes production $id" \
		"delete --yes production $id"
	do
		# shellcheck disable=SC2086
		expect_code 2 git upgrade backup $command 2>../err
		has "^hint: .*mount" ../err
		has "^Nothing was changed.$" ../err
	done
	is rows "$(cat ../db)"
	mv ../away ../store
	git upgrade backup restore --yes production "$id"
	git upgrade unlock --reason=restored production
'

story 'a terminal of 80 columns shows gates and backups in whole words' '
	cd olga
	if have_terminal
	then
		git checkout -q integration
		put work
		commit "Work"
		COLUMNS=80 script -qec "git upgrade push -n" /dev/null >../shown
		tr -d "\r" <../shown >../out
		has "^  gates      deletion ok, .*,$" ../out
		has "^             [a-z-]* ok, .* ok$" ../out
		awk "length > 80 && !/^hint: |git$/" ../out >../long
		same /dev/null ../long
	fi
	git upgrade push -n 2>../err
	has "^  gates      deletion ok, .* checks ok$" ../err
	git upgrade backup list production >../out
	has "^BACKUP  *KIND .* STAYS (UTC)$" ../out
	awk "length > 80" ../out >../long
	same /dev/null ../long
'

story 'an environment is no folder of a platform' '
	cd olga
	for command in remove status repair
	do
		expect_code 2 git upgrade platform "$command" production \
			2>../err
		has "^hint: name the folder of its repository, on the server" \
			../err
	done
'

story 'a dry run says that the platform was not asked' '
	cd olga
	put work more
	commit "More work"
	git upgrade push -n >../out 2>../err
	has "^Would be pushed.$" ../err
	has "^hint: the platform of integration judges by its own configuration, too" \
		../err
	git upgrade push integration
	git upgrade promote -n integration staging 2>../err
	has "^Would be promoted.$" ../err
	has "^hint: the platform of staging judges" ../err
	git upgrade push -n 2>../err
	has "^Would push nothing" ../err
	lacks "judges by its own" ../err
'

story 'what is no gate is named, and the way that is recorded comes last' '
	cd olga
	sed "/^  staging:/a\\    gates:\\n      - {name: ticket, run: [\"false\"]}\\n    overrides: [ticket]" \
		../staging.git/info/gitupgrade.yaml >../yaml
	cp ../yaml ../staging.git/info/gitupgrade.yaml
	expect_code 2 git upgrade promote --override=tickt --reason=late \
		integration staging 2>../err
	has "^warning: .tickt. is no gate of staging; what may be overridden there: ticket$" \
		../err
	has "^error: checks: ticket: exit code 1" ../err
	sed -n "/^hint: /{/cannot judge/d;p;}" ../err >../hints
	has "^hint: see to it, and .git upgrade promote integration staging." \
		../hints
	is "hint: or override it: --override=ticket --reason=TEXT" \
		"$(tail -n 1 ../hints)"
	expect_code 2 git upgrade promote --json integration staging \
		>../json 2>../err
	has "\"outcome\": *\"refused\"" ../json
	has "\"detail\": *\".*checks: ticket: exit code 1\"" ../json
	git upgrade promote --override=ticket --reason=late \
		integration staging 2>../err
	has "^ticket overridden: late" ../err
	lacks "no gate" ../err
'

done_testing
