#!/bin/sh
#
# A merge of ours is not run through our merge driver, whoever has given which
# paths to it: what is predicted, resolved and said is the same with it and
# without.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# A driver that tells that it ran, as ours does not.
telling_driver()
{
	git config merge.upgrade.driver \
		"echo %P >>'$WORK/ran'; git upgrade merge-file %O %A %B %L %P"
}

# as_without: plan and merge say and do what they did without a driver
as_without()
{
	rm -f ../ran
	git upgrade plan --json 1.1.0 >../plan.json
	missing ../ran
	jq -S "del(.head)" ../plan.json >../plan
	same ../without/plan ../plan
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	missing ../ran
	sed "/^hint/d" ../err >../said
	same ../without/said ../said
	git ls-files -s >../stages
	same ../without/stages ../stages
	same ../without/docker-compose.yml docker-compose.yml
	git upgrade merge --abort 2>../err
}

story 'a merge with all that can be: resolved, smaller, by lines' '
	draw_shop
	production
	override
	printf "a: [\nb: 1\nc: 2\n" >broken.yml
	git add broken.yml
	edit "s,registry,," docker-compose.yml
	edit "s,shop/web:1.0.0,registry.acme.example/web:1.0.0," \
		docker-compose.yml
	commit "A registry of ours"
	mkdir ../without
	git upgrade plan --json 1.1.0 >../plan.json
	jq -S "del(.head)" ../plan.json >../without/plan
	is smaller "$(jq -r ".structured[3].outcome" ../plan.json)"
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	sed "/^hint/d" ../err >../without/said
	git ls-files -s >../without/stages
	cp docker-compose.yml ../without
	git upgrade merge --abort 2>../err
'

story 'the driver does run for plain git' '
	cd prod
	telling_driver
	echo "* merge=upgrade" >.git/info/attributes
	expect_code 1 git merge -q --no-edit 1.1.0 >../out 2>../err
	has docker-compose.yml ../ran
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	git merge --abort
'

story 'given by info/attributes' '
	cd prod
	as_without
	printf "# *.yml merge=upgrade\n\"*.y?l\"\ttext merge=upgrade diff\n%s\n" \
		"*.json merge=upgrade" >.git/info/attributes
	as_without
'

story 'beside attributes of others there, which hold' '
	cd prod
	echo "*.json -merge" >>.git/info/attributes
	git upgrade plan --json 1.1.0 >../plan.json
	is "composer.json docker-compose.yml" \
		"$(jq -r ".conflicts | join(\" \")" ../plan.json)"
	git config merge.mine.driver "echo mine >%A"
	echo "*.json merge=mine" >.git/info/attributes
	echo "*.yml merge=upgrade" >>.git/info/attributes
	rm -f ../ran
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	missing ../ran
	is mine "$(cat composer.json)"
	git upgrade merge --abort 2>../err
'

story 'with settings that are in a file beside the real ones' '
	cd prod
	git config --unset merge.mine.driver
	git config -f extra.config merge.mine.driver "echo extra >%A"
	git config include.path ../extra.config
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	is extra "$(cat composer.json)"
	git upgrade merge --abort 2>../err
	rm extra.config .git/info/attributes
	git config --unset include.path
'

story 'given by attributes of the user' '
	cd prod
	put "$XDG_CONFIG_HOME/git/attributes" "*.yml merge=upgrade"
	as_without
	mv "$XDG_CONFIG_HOME/git/attributes" "$HOME/mine"
	git config core.attributesFile "~/mine"
	as_without
	git config --unset core.attributesFile
	rm "$HOME/mine"
'

story 'by both, in a linked work tree, of a clone with odd settings' '
	cd prod
	put "$XDG_CONFIG_HOME/git/attributes" "*.yml merge=upgrade"
	echo "*.json merge=upgrade" >.git/info/attributes
	git config extensions.worktreeConfig true
	git worktree add -q -b linked "../a \"linked\" one" production
	cd "../a \"linked\" one"
	sed "s/ production\$/ linked/" ../without/docker-compose.yml \
		>../without/theirs
	rm -f ../ran
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	missing ../ran
	same ../without/theirs docker-compose.yml
	git upgrade merge --abort 2>../err
	cd ../prod
	git worktree remove --force "../a \"linked\" one"
	rm .git/info/attributes "$XDG_CONFIG_HOME/git/attributes"
'

story 'committed by the operator, in any folder' '
	cd prod
	printf "%s\n" "*.yml merge=upgrade" >.gitattributes
	mkdir conf
	echo "* merge=upgrade" >conf/.gitattributes
	git add .
	commit "Attributes"
	rm -f ../ran
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	missing ../ran
	same ../without/docker-compose.yml docker-compose.yml
	is "*.yml merge=upgrade" "$(cat .gitattributes)"
	git upgrade merge --abort 2>../err
	git config --unset merge.upgrade.driver
	expect_code 1 git upgrade merge --no-edit --no-fetch 1.1.0 \
		>../out 2>../err
	same ../without/docker-compose.yml docker-compose.yml
	git upgrade merge --abort 2>../err
'

story 'somebody else'"'"'s driver of that name is left to him' '
	cd prod
	git config merge.upgrade.driver "echo his >%A"
	git upgrade merge --no-edit --no-fetch 1.1.0 >../out 2>../err
	is his "$(cat docker-compose.yml)"
'

done_testing
