#!/bin/sh
#
# Environments and gates are read from what is at the environment now: no push
# can weaken the gates that judge it.

# shellcheck disable=SC1091,SC2016,SC2317,SC2154
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# in_tree LINE...: commit them as .gitupgrade.yaml
in_tree()
{
	printf '%s\n' "$@" >.gitupgrade.yaml
	git add -f .gitupgrade.yaml
	tick
	git commit -q -m 'Configure the upgrade'
}

there()
{
	git -C "$WORK/site.git" rev-parse -q --verify "$1"
}

# Upgraded over a minor release, by somebody whose own rule allows it.
illegal_hop()
{
	git config upgrade.path any
	git upgrade merge --no-edit "$draw_set" 2.7.0
	git config --unset upgrade.path
}

story 'an environment that only the file in the tree knows' '
	draw_upstream upstream
	draw_production prod 2.4.1
	git init -q --bare site.git
	cd prod
	git remote add site "$WORK/site.git"
	in_tree "format: 1" "profile: mender" "environments:" \
		"  production: {branch: production}"
	git upgrade hooks install >../out 2>../err
	not git config upgrade.production.branch
	git upgrade status >../out
	has "^production *2.4.1 " ../out
	# Nothing there deploys, which is not ours to judge here.
	expect_code 3 git upgrade push >../out 2>../err
	has "^production: " ../err
	is "$(git rev-parse HEAD)" "$(there production)"
'

story 'plain git meets the gates of it too' '
	cd prod
	git switch -q -c bad
	printf "%s\n" "<<<<<<< a" "=======" ">>>>>>> b" >notes
	git add notes
	git commit -q -m Markers
	expect_code 1 git push site HEAD:production 2>../err
	has "^upgrade: production: markers: " ../err
	git push -q site HEAD:elsewhere
	git switch -q production
'

story 'a push that allows its own hop is refused' '
	cd prod
	was=$(there production)
	illegal_hop
	in_tree "format: 1" "profile: mender" "path: {rule: any}" \
		"environments:" "  production: {branch: production}"
	expect_code 2 git upgrade push >../out 2>../err
	has "skips a minor release (rule connected-minor, from profile mender)" \
		../err
	has "^Nothing was changed" ../err
	expect_code 1 git push site production 2>../err
	has "^upgrade: production: legal-hop: .* skips a minor release" ../err
	is "$was" "$(there production)"
'

story 'so is one in which it is no environment any more' '
	cd prod
	git rm -q .gitupgrade.yaml
	git commit -q -m "No configuration"
	expect_code 1 git push site production 2>../err
	has "^upgrade: production: legal-hop: " ../err
	git reset -q --hard HEAD~1
'

story 'allowed first, the hop passes after it' '
	cd prod
	git switch -q --detach "$(there production)"
	in_tree "format: 1" "profile: mender" "path: {rule: any}" \
		"environments:" "  production: {branch: production}"
	git push -q site HEAD:production
	git switch -q -C production
	illegal_hop
	git push -q site production
	is "$(git rev-parse HEAD)" "$(there production)"
'

story 'a configuration that cannot be read is not pushed' '
	cd prod
	was=$(there production)
	in_tree "format: 1" "enviroments: {}"
	expect_code 1 git push site production 2>../err
	has ":.gitupgrade.yaml:2:1: there is no key .enviroments." ../err
	has "this is what would be pushed" ../err
	is "$was" "$(there production)"
'

story 'one that got there all the same can be corrected' '
	cd prod
	git push -q --no-verify site production
	in_tree "format: 1" "profile: mender"
	git push -q site production 2>../err
	is "$(git rev-parse HEAD)" "$(there production)"
'

story 'a branch no configuration names is nobody to judge' '
	cd prod
	git switch -q -c topic
	printf "%s\n" "<<<<<<< a" "=======" ">>>>>>> b" >notes
	git add notes
	git commit -q -m Markers
	git push -q site topic
'

done_testing
