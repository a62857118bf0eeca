#!/bin/sh
#
# git upgrade config: every effective value, and who said so.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# of KEY VALUE ORIGIN: is what is printed about the key, all of it
of()
{
	git upgrade config "$1" >"$WORK/line"
	sed 's/  *# / # /' "$WORK/line" >"$WORK/said"
	echo "$1: $2 # $3" | same "$WORK/said" -
}

story 'without a configuration, the profile and what was detected' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	of profile mender detected
	of path.rule connected-minor "profile mender"
	of upstream.remote origin detected
	of verify.health.interval 5s "profile mender"
	git upgrade config >../all 2>../err
	test ! -s ../err
	has "^deploy.steps:  *# profile mender" ../all
	has "^  - {name: stop, run: \[./run, stop\], timeout: 10m, dir: production, interrupts: true}" \
		../all
'

story 'each place is named, with its line' '
	cd prod
	printf "%s\n" "format: 1" "profile: mender" "environments:" \
		"  production: {branch: live}" >.gitupgrade.yaml
	git add .gitupgrade.yaml
	git commit -q -m Configure
	printf "%s\n" "format: 1" "deploy:" "  keep: 5" \
		>.git/info/gitupgrade.yaml
	git config upgrade.path any
	git config --global upgrade.verify.health.polls 9
	of profile mender HEAD:.gitupgrade.yaml:2
	of environments.production.branch live HEAD:.gitupgrade.yaml:4
	of deploy.keep 5 .git/info/gitupgrade.yaml:3
	of path.rule any "git config upgrade.path (.git/config)"
	of verify.health.polls 9 \
		"git config upgrade.verify.health.polls ($HOME/.gitconfig)"
	git config --global --unset upgrade.verify.health.polls
	git config upgrade.upstream "$WORK/other.git"
	of upstream.remote "$WORK/other.git" \
		"git config upgrade.upstream (.git/config)"
	# A URL that a remote has is that remote.
	git config upgrade.upstream "$WORK/upstream"
	of upstream.remote origin "git config upgrade.upstream (.git/config)"
	git config upgrade.staging.branch stage
	of environments.staging.branch stage \
		"git config upgrade.staging.branch (.git/config)"
	git -c upgrade.path=connected-minor upgrade config path.rule >../out
	has "# git config upgrade.path (command line:)" ../out
'

story 'a key may lead to several values' '
	cd prod
	git upgrade config environments >../out
	sed "s/:.*//" ../out >../keys
	same ../keys - <<-\EOT
	environments.production.branch
	environments.production.deploy
	environments.production.on_failure
	environments.production.backup.before_upgrade
	environments.production.backup.keep
	environments.production.backup.at_most
	environments.production.backup.blocks
	environments.staging.branch
	environments.staging.deploy
	environments.staging.on_failure
	environments.staging.backup.before_upgrade
	environments.staging.backup.keep
	environments.staging.backup.at_most
	environments.staging.backup.blocks
	EOT
'

story 'a key without a value, and one that is none' '
	cd prod
	expect_code 1 git upgrade config steps >../out 2>../err
	test ! -s ../out
	has "^steps is not set" ../err
	expect_code 1 git upgrade config environments.test.deploy_to 2>../err
	has "environments.test.deploy_to is not set" ../err
	expect_code 128 git upgrade config path.rul >../out 2>../err
	test ! -s ../out
	has "^fatal: there is no key .path.rul." ../err
	has "^hint: did you mean .path.rule.?" ../err
	lacks "Nothing was changed" ../err
'

story 'JSON keeps what kind a value is of' '
	cd prod
	git upgrade config --json deploy >../json
	has "\"key\": \"deploy.keep\"" ../json
	has "\"value\": 5," ../json
	has "\"value\": true," ../json
	has "\"interrupts\": true" ../json
	has "\"origin\": \".git/info/gitupgrade.yaml:3\"" ../json
	expect_code 1 git upgrade config --json steps >../json
	has "^\[\]" ../json
	if command -v python3 >/dev/null
	then
		git upgrade config --json >../json
		python3 -c "import json; json.load(open(\"../json\"))"
	fi
'

story 'what looks like a secret is masked' '
	cd prod
	cat >.git/info/gitupgrade.yaml <<-\EOT
	format: 1
	upstream:
	  remote: "https://me:hunter2@x.example/shop"
	verify:
	  version:
	    run: [curl, -H, "Authorization: Bearer hunter2",
	          --password=hunter2, "http://a:hunter2@x.example/"]
	EOT
	git config --unset upgrade.upstream
	git upgrade config >../out
	git upgrade config --json >>../out
	has "https://me:[*]*@x.example/shop" ../out
	has "  - \"--password=[*]*\"" ../out
	lacks hunter2 ../out
'

story 'it says where the configuration is broken' '
	cd prod
	printf "%s\n" "format: 1" "deploy:" "  keeps: 3" \
		>.git/info/gitupgrade.yaml
	expect_code 128 git upgrade config >../out 2>../err
	test ! -s ../out
	has "^fatal: .git/info/gitupgrade.yaml:3:3: deploy: there is no key .keeps." \
		../err
	has "^hint: did you mean .keep.?" ../err
	rm .git/info/gitupgrade.yaml
'

story 'nothing of it reaches the terminal as an escape' '
	cd prod
	git config upgrade.description "$(printf "a\033[31mb")"
	expect_code 128 git upgrade config 2>../err
	has "upgrade.description: expected a text of one line" ../err
	git config --unset upgrade.description
	git config upgrade.placeholders "$(printf "a\033[31mb")"
	git upgrade config placeholders >../out
	lacks "$(printf "\033")" ../out
	git config --unset upgrade.placeholders
'

story 'on a platform its own file is all there is' '
	git init -q --bare platform.git
	git -C platform.git config upgradeplatform.path /usr/bin
	printf "%s\n" "format: 1" "profile: mender" "deploy: {keep: 8}" \
		>platform.git/info/gitupgrade.yaml
	cd prod
	printf "%s\n" "format: 1" "deploy: {keep: 99}" >.gitupgrade.yaml
	git commit -q -a -m "Keep more"
	git push -q ../platform.git HEAD:refs/heads/production
	git -C ../platform.git symbolic-ref HEAD refs/heads/production
	of deploy.keep 99 HEAD:.gitupgrade.yaml:2
	cd ../platform.git
	git upgrade config deploy.keep >../out
	has "^deploy.keep: 8  *# .*info/gitupgrade.yaml:3" ../out
'

done_testing
