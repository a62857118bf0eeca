#!/bin/sh
#
# What is production's own goes along with a promotion: copies of templates and
# migrations are carried out on production's files, or it is refused.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# a file of production, as it is at the platform
there()
{
	git -C "$WORK_PLATFORM" show "production:$1"
}

# configured LINE...: on both branches, in the tree
configured()
{
	for branch in production staging
	do
		git checkout -q -B "$branch" "platform/$branch"
		write_promotion .gitupgrade.yaml
		printf "%s\n" "$@" >>.gitupgrade.yaml
		commit "Configuration"
		git push -q platform "$branch"
	done
	platform_idle
	git fetch -q platform
}

story 'set-up: production and staging have a copy each' '
	draw_promotion prod
	git checkout -q production
	sed s/80/443/ settings.ini >config/prod/settings.ini
	commit "The copy of production"
	git push -q platform production
	git checkout -q staging
	sed s/80/8080/ settings.ini >config/prod/settings.ini
	commit "The copy of staging"
	git push -q platform staging
	platform_idle
	git fetch -q platform
	configured "copies:" "  - template: settings.ini" \
		"    copy: config/prod/settings.ini" \
		"migrations:" "  host:" "    since: 1.1.0" \
		"    files: [.env.production]" \
		"    values:" "      zone:" "        description: where it is" \
		"    edits:" "      - {set: ZONE, value: \"{zone}\"}"
	git upgrade merge --no-edit --set zone=test v1.1.0
	has "level = debug" config/prod/settings.ini
	has "port = 8080" config/prod/settings.ini
	has "ZONE=test" .env.production
	git upgrade push staging
	git rev-parse v1.1.0:settings.ini >../template
	has "^copy $(cat ../template) settings.ini config/prod/settings.ini$" \
		.gitupgrade.adopted
'

story 'a value that only the operator knows: refused, with what to type' '
	cd prod
	was=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: migration host of .env.production needs the value zone, which only you know" \
		../err
	has "^hint: zone: where it is" ../err
	has "^hint: give it with --set=host.zone=TEXT" ../err
	has "^Nothing was changed" ../err
	expect_code 2 git upgrade promote --set nonsense=1 production 2>../err
	is "$was" "$(at production)"
'

story 'copies and migrations are carried out on the files of production' '
	cd prod
	git upgrade promote -n --set zone=live production >../out 2>../err
	has "^  own        config/prod/settings.ini: merged with its template" \
		../err
	has "^  own        .env.production: migrated" ../err
	git upgrade promote --json --set zone=live production >../json 2>../err
	has "^Deployed and verified" ../err
	has "\"config/prod/settings.ini: merged with its template\"" ../json
	there config/prod/settings.ini >../copy
	has "^port = 443" ../copy
	has "^level = debug" ../copy
	there .env.production >../env
	printf "%s\n" HOST=live ZONE=live >../want
	same ../want ../env
	there .gitupgrade.adopted >../record
	has "^release v1.1.0" ../record
	has "^copy $(cat ../template) settings.ini config/prod/settings.ini$" \
		../record
	is 1 "$(grep -c "^copy" ../record)"
'

story 'promoted again nothing is carried twice' '
	cd prod
	stage config/app level=warn
	git upgrade promote production >../out 2>../err
	lacks "^  own " ../err
	there config/prod/settings.ini >../again
	same ../copy ../again
'

story 'a copy that conflicts is refused, and there is a way out' '
	cd prod
	git fetch -q platform
	# Upstream changes what production has changed.
	(
		cd ../upstream
		git checkout -q release/1.1
		put settings.ini "[server]" "port = 81" "" "[log]" \
			"level = debug"
		put VERSION 1.1.2
		commit "Version 1.1.2"
		git tag -m v1.1.2 v1.1.2
	)
	git upgrade fetch
	git checkout -q staging
	expect_code 1 git upgrade merge --no-edit v1.1.2 >../out 2>../err
	put config/prod/settings.ini "[server]" "port = 8080" "" "[log]" \
		"level = debug"
	git add -A
	git -c core.editor=true upgrade merge --continue
	git push -q --no-verify platform staging v1.1.2
	git upgrade push staging
	was=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: config/prod/settings.ini is production.s own, and conflicts with what its template settings.ini became in v1.1.2" \
		../err
	has "^hint: bring that into it on production: git diff [0-9a-f]\{12\} [0-9a-f]\{12\}$" \
		../err
	has "^hint: then say there, in .gitupgrade.adopted, that it has it: copy [0-9a-f]\{40\} settings.ini config/prod/settings.ini" \
		../err
	has "^Nothing was changed" ../err
	is "$was" "$(at production)"
	$(sed -n "s/^hint: bring that into it on production: //p" ../err) \
		>../diff
	has "^+port = 81" ../diff

	line=$(sed -n "s/^hint: then say there.*has it: //p" ../err)
	git checkout -q -B production platform/production
	sed "s|^copy .*|$line|" .gitupgrade.adopted >../record
	cp ../record .gitupgrade.adopted
	commit "It has that"
	git upgrade push production
	git checkout -q staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	there config/prod/settings.ini >../after
	has "^port = 443" ../after
	there .gitupgrade.adopted >../record
	has "^release v1.1.2" ../record
'

done_testing
