#!/bin/sh
#
# git upgrade init in clones that were in production long before: all that
# operators have done to their branches by hand.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# fresh: the drawn clone as it was
fresh()
{
	rm -rf "$WORK/prod"
	cp -R "$WORK/drawn" "$WORK/prod"
	cd "$WORK/prod"
	git update-index -q --refresh
}

# squash RELEASE: its tree and ours in one commit that has no other parent
squash()
{
	git merge -q --squash -X theirs "$1" ||
	git checkout -q "$1" -- . # tap: ok
	tick
	git commit -q -m "Bring in $1"
}

record_says()
{
	git show HEAD:.gitupgrade.adopted >"$WORK/record"
	has "^release $1\$" "$WORK/record"
}

no_record()
{
	not git rev-parse -q --verify HEAD:.gitupgrade.adopted
}

story 'origin is upstream: nothing of ours ever goes there' '
	draw_upstream upstream
	draw_production drawn 2.4.1
	fresh
	git upgrade init --yes 2>../err
	has "^  upstream  *origin " ../err
	has "^  environment  *production: branch production" ../err
	expect_code 2 git upgrade push 2>../err
	has "there is no remote to push to but upstream.s" ../err
	git -C ../upstream for-each-ref >../refs
	lacks "refs/heads/production" ../refs
'

story 'on a branch of upstream there is no environment to find' '
	fresh
	git switch -q master
	git upgrade init --yes 2>../err
	has "^  environment  *none: .master. is upstream.s own branch" ../err
	lacks "^environments:" .gitupgrade.yaml
'

story 'branches that look like environments are only suggested' '
	fresh
	git branch staging
	git branch site/integration
	git branch topic
	git upgrade init --yes 2>../err
	has "^  environment?  *branch .staging. looks like one" ../err
	has "^  environment?  *branch .site/integration. looks like one" ../err
	lacks topic ../err
	lacks staging .gitupgrade.yaml
'

story 'of several environments their names say the order' '
	fresh
	git branch staging
	git branch integration
	for env in integration staging production
	do
		git config upgrade.$env.branch $env
	done
	git branch -m production
	git upgrade init --yes 2>../err
	has "^  environment  *production: branch production.*; promoted from staging" \
		../err
	has "^  environment  *staging: branch staging.*; promoted from integration" \
		../err
	has "^  environment  *integration: branch integration$" ../err
	has "^    promotes_from: staging$" .gitupgrade.yaml
	git upgrade config environments.production.promotes_from >../out
	has "staging.*HEAD:.gitupgrade.yaml:" ../out
	is 2 "$(grep -c promotes_from .gitupgrade.yaml)"
'

story 'whatever they are called, and not where two could be meant' '
	fresh
	git branch -m Live
	for env in dev=DEV stag=Stage uat=UAT prod=Live
	do
		git config "upgrade.${env%%=*}.branch" "${env#*=}"
	done
	git upgrade init --yes --json >../json 2>../err
	grep promotes_from .gitupgrade.yaml >../out
	printf "    promotes_from: %s\n" dev stag uat >../want
	sort ../out >../sorted
	same ../want ../sorted
	has "\"promotes_from\": *\"uat\"" ../json
	fresh
	git branch -m production
	for env in staging stage production
	do
		git config upgrade.$env.branch $env
	done
	git upgrade init --yes 2>../err
	lacks promotes_from .gitupgrade.yaml
	lacks "promoted from" ../err
'

story 'what is said of it already stays, also where it is none' '
	fresh
	git branch -m production
	for env in integration staging production
	do
		git config upgrade.$env.branch $env
	done
	git config upgrade.environments.production.promotes-from integration
	git upgrade init --yes 2>../err
	lacks promotes_from .gitupgrade.yaml
	git upgrade config environments.production.promotes_from >../out
	has integration ../out
'

story 'a branch whose name can be no environment' '
	fresh
	git branch -m "Site/Café"
	git upgrade init --yes 2>../err
	has "^  environment  *production: branch Site/Caf" ../err
	has "^    branch: \"Site/Caf.*\"" .gitupgrade.yaml
	git upgrade config environments.production.branch >../out
	has "HEAD:.gitupgrade.yaml:" ../out
'

story 'releases that were merged by hand are certain' '
	fresh
	git merge -q -X theirs -m "Merge 2.5.0" 2.5.0 || {
		git checkout --theirs . && git add -A && # tap: ok
		git commit -q -m "Merge 2.5.0"
	}
	git upgrade init --yes 2>../err
	has "^  release  *2.5.0: the newest that is merged" ../err
	record_says 2.5.0
	git upgrade list >../out 2>../err
	has "^On 2.5.0 (mender" ../out
'

story 'one that was merged and reverted is not, until somebody says so' '
	fresh
	git merge -q -X theirs -m "Merge 2.5.0" 2.5.0 || {
		git checkout --theirs . && git add -A && # tap: ok
		git commit -q -m "Merge 2.5.0"
	}
	git revert -m 1 --no-edit HEAD
	git upgrade init --yes 2>../err
	has "^  release  *not certain: 2.5.0 was merged by hand and reverted" \
		../err
	has "^warning: no record is written" ../err
	no_record
	git upgrade init --yes --from=2.4.1
	record_says 2.4.1
	is ".gitupgrade.adopted" \
		"$(git diff-tree --no-commit-id --name-only -r HEAD)"
'

story 'a squashed release: history and files disagree, nothing is guessed' '
	fresh
	squash 2.6.0
	head=$(git rev-parse HEAD)
	git upgrade init --yes 2>../err
	has "^  release  *not certain: history says 2.4.1 (.*), the files are nearer to 2.6.0 (" \
		../err
	has "^warning: no record is written, as the release is not certain" \
		../err
	has "^hint: when you know it: git upgrade init --from=2.6.0" ../err
	no_record
	git rev-parse -q --verify HEAD:.gitupgrade.yaml
	is "$head" "$(git rev-parse HEAD^)"
	git upgrade init --yes --from=2.6.0
	record_says 2.6.0
'

story 'the next upgrade then begins where the files are' '
	cd prod
	git upgrade merge --no-edit "$draw_set" 2.7.0 2>../err
	has "base 2.6.0" ../err
	record_says 2.7.0
	draw_same_tree 2.7.0 HEAD -- common.yml docker-compose.client.yml
'

story 'files that were copied in have no history to ask' '
	rm -rf copied
	git init -q copied
	cd copied
	git -C ../drawn archive HEAD | tar xf - # tap: ok
	git add -A
	git commit -q -m "As it runs"
	git branch -m production
	git remote add origin "$WORK/upstream"
	git upgrade init --yes 2>../err
	has "^  release  *not known: no release is merged; the files are nearest to 2.4.1 (" \
		../err
	no_record
	expect_code 2 git upgrade init --yes --from=9.9.9 2>../err
	has "9.9.9" ../err
	no_record
	git upgrade init --yes --from=2.4.1
	record_says 2.4.1
	git upgrade merge --no-edit 2.5.0
	record_says 2.5.0
'

story 'a person may confirm the nearest, on a terminal' '
	command -v script >/dev/null || exit 0
	rm -rf asked
	git init -q asked
	cd asked
	git -C ../drawn archive HEAD | tar xf - # tap: ok
	git add -A
	git commit -q -m "As it runs"
	git branch -m production
	git remote add origin "$WORK/upstream"
	git config advice.upgrade false
	printf "n\nn\n" | script -qec "git upgrade init" /dev/null >../out || : # tap: ok
	has "Is this branch on 2.4.1? .y/N." ../out
	not git rev-parse -q --verify HEAD:.gitupgrade.yaml
	printf "y\ny\n" | script -qec "git upgrade init" /dev/null >../out # tap: ok
	record_says 2.4.1
'

story 'a copy nobody remembered: its template is found, and how old it is' '
	fresh
	git checkout -q 2.3.0 -- production/config/prod.yml.template
	cp production/config/prod.yml.template production/config/prod.yml
	git checkout -q HEAD -- production/config/prod.yml.template
	git add production/config/prod.yml
	git commit -q -m "Start again from an old one"
	git upgrade init --yes 2>../err
	has "^  copy  *production/config/prod.yml is a copy of production/config/prod.yml.template of 2.3.1" \
		../err
'

story 'a copy the rules do not know is listed with what confirms it' '
	fresh
	mkdir -p site
	git show 2.4.1:docker-compose.yml >site/compose.yml
	git add site
	git commit -q -m "Another copy"
	git upgrade init -n >../out 2>../err
	has "site/compose.yml looks like a copy of docker-compose.yml; if it is: --confirm-copy=docker-compose.yml:site/compose.yml" \
		../err
	git upgrade init --yes \
		--confirm-copy=docker-compose.yml:site/compose.yml
	git show HEAD:.gitupgrade.adopted >../record
	has "^copy [0-9a-f]* docker-compose.yml site/compose.yml" \
		../record
	is "$(git rev-parse 2.4.1:docker-compose.yml)" \
		"$(sed -n "s/^copy \([0-9a-f]*\) .*/\1/p" ../record)"
	# The merge takes it along.
	git upgrade merge --no-edit 2.5.0
	draw_same_tree 2.5.0:docker-compose.yml \
		HEAD:site/compose.yml
'

story 'what the platform says needs no line in the file' '
	fresh
	printf "%s" "{\"protocol\":1,\"environments\":[{\"name\":\"live\",\"branch\":\"production\"}]}" \
		>../said
	git remote add site ../site.git
	git update-ref refs/upgrade/platforms/site \
		"$(git hash-object -w ../said)"
	git upgrade init --yes 2>../err
	has "^  environment  *live: branch production (the platform says)" ../err
	lacks "^environments:" .gitupgrade.yaml
'

done_testing
