#!/bin/sh
#
# Commands that arrive with the tree's configuration run only after somebody
# said that they may.

# shellcheck disable=SC1091,SC2016,SC2317
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

# with_step ARG: a step that leaves a trace when it runs
with_step()
{
	in_tree 'format: 1' 'profile: generic' 'steps:' '  - name: build' \
		"    run: [touch, $WORK/ran, $1]"
}

trusted()
{
	ls "$HOME/.local/state/git-upgrade/trust" 2>/dev/null || :
}

story 'without commands in the tree there is nothing to trust' '
	draw_generic upstream
	git clone -q upstream shop
	cd shop
	git switch -q --no-track -c production v1.0.1
	git upgrade trust 2>../err
	has "there is nothing to trust" ../err
	in_tree "format: 1" "profile: mender"
	git upgrade trust 2>../err
	has "there is nothing to trust" ../err
'

story 'a merge stops before anything changed, and shows the commands' '
	cd shop
	with_step one
	git rev-parse HEAD >../before
	expect_code 2 git upgrade merge --no-edit v1.1.0 2>../err
	has "^error: the configuration in the tree has commands that you do not trust" \
		../err
	has "^hint:  *steps build: touch .*/ran one" ../err
	has "git upgrade trust" ../err
	has "^Nothing was changed." ../err
	test ! -e ../ran
	git rev-parse HEAD | same ../before - # tap: ok
	is "" "$(git status --porcelain)"
	# To predict runs nothing.
	git upgrade plan v1.1.0
	test ! -e ../ran
'

story 'nobody is asked who is not there' '
	cd shop
	expect_code 2 git upgrade trust 2>../err
	has "^  steps build: touch" ../err
	has "answer it with --yes" ../err
	is "" "$(trusted)"
'

story 'the hash of --trust allows them once, another one does not' '
	cd shop
	expect_code 2 git upgrade merge --no-edit v1.1.0 2>../err
	hash=$(sed -n "s/.*--trust=//p" ../err)
	expect_code 2 git upgrade merge --no-edit \
		--trust=0123456789012345678901234567890123456789 v1.1.0
	test ! -e ../ran
	git upgrade merge --no-edit "--trust=$hash" v1.1.0
	test -e ../ran
	is "" "$(trusted)"
	rm ../ran
	git reset -q --keep HEAD^
	GIT_UPGRADE_TRUST=$hash git upgrade merge --no-edit v1.1.0
	test -e ../ran
	rm ../ran
	git reset -q --keep HEAD^
'

story 'trusted, they run, here and in any clone' '
	cd shop
	git upgrade trust --yes 2>../err
	has "^Trusted: " ../err
	git upgrade trust 2>../err
	has "^Trusted already: " ../err
	git upgrade trust --list >../list
	has "^$(trusted) $WORK/shop\$" ../list
	git upgrade merge --no-edit v1.1.0
	test -e ../ran
	rm ../ran
	git reset -q --keep HEAD^
'

story 'a change of the commands is another thing to trust' '
	cd shop
	git switch -q -c changed
	with_step two
	expect_code 2 git upgrade merge --no-edit v1.1.0
	test ! -e ../ran
	git switch -q production
'

story 'a merge that brings other commands stops, and shows the change' '
	# Upstream has a configuration of its own from now on.
	git clone -q upstream vendor
	cd vendor
	git switch -q --detach v1.1.0
	in_tree "format: 1" "steps:" "  - name: build" \
		"    run: [touch, $WORK/ran, evil]"
	git tag -m 1.2.0 v1.2.0
	cd ../shop
	git remote set-url origin ../vendor
	git switch -q --no-track -c plain v1.1.0
	expect_code 2 git upgrade merge --no-edit v1.2.0 2>../err
	has "^error: the merge brings a configuration with commands" ../err
	has "^hint:  *+ steps build: touch .*/ran evil" ../err
	has "^Nothing was changed." ../err
	is "" "$(git status --porcelain)"
	not git rev-parse -q --verify MERGE_HEAD
	hash=$(sed -n "s/.*--trust=//p" ../err)
	git upgrade merge --no-edit "--trust=$hash" v1.2.0
	# What was merged ran by the configuration from before it.
	test ! -e ../ran
	git switch -q production
'

story 'trust can be taken back' '
	cd shop
	git upgrade trust --revoke 2>../err
	has "is trusted no more" ../err
	is "" "$(trusted)"
	expect_code 2 git upgrade merge --no-edit v1.1.0
	expect_code 2 git upgrade trust --revoke ../../x 2>../err
	has "is not trusted" ../err
	expect_code 2 git upgrade trust --revoke 2>../err
'

story 'the own configuration needs no trust' '
	cd shop
	git show HEAD:.gitupgrade.yaml >.git/info/gitupgrade.yaml
	git rm -q .gitupgrade.yaml
	git commit -q -m "Mine alone"
	git upgrade merge --no-edit v1.1.0
	test -e ../ran
'

story 'what is beside a command is part of it, the rest is not' '
	git init -q beside
	cd beside
	in_tree "format: 1" "profile: generic" "verify:" "  health:" \
		"    run: [./check]" "    dir: a"
	git upgrade trust --yes 2>../one
	in_tree "format: 1" "profile: generic" "path: {avoid: [\"1.0\"]}" \
		"verify:" "  health:" "    run: [./check]" "    dir: a"
	git upgrade trust 2>../err
	has "^Trusted already" ../err
	in_tree "format: 1" "profile: generic" "verify:" "  health:" \
		"    run: [./check]" "    dir: b"
	expect_code 2 git upgrade trust
'

story 'what makes, keeps and puts back backups is among them' '
	cd shop
	in_tree "format: 1" "profile: generic" "backup:" "  store:" \
		"    put: {run: [keep, it]}" "    get: {run: [fetch, it]}" \
		"    delete: {run: [drop, it]}" "  artifacts:" \
		"    - {name: db, run: [dump], restore: {run: [load]}}"
	expect_code 2 git upgrade trust </dev/null >../out 2>../err || :
	cat ../out >>../err
	has "backup.store.put.run: keep it" ../err
	has "backup.store.get.run: fetch it" ../err
	has "backup.store.delete.run: drop it" ../err
	has "backup.artifacts db: dump" ../err
	has "backup.artifacts db, restore: load" ../err
'

done_testing
