#!/bin/sh
#
# Migrations that move what is production's own, or edit it without naming it
# among their files.

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

story 'an edit that says in which file is carried out, and a move' '
	draw_promotion prod
	git fetch -q platform
	configured "migrations:" "  host:" "    since: 1.1.0" \
		"    edits:" \
		"      - {set: ZONE, value: eu, in: [.env.production]}" \
		"  database:" "    since: 1.1.0" \
		"    edits:" \
		"      - {move: config/prod/db, to: config/prod/database}"
	git upgrade merge --no-edit v1.1.0
	has "ZONE=eu" .env.production
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	has "^  own        .env.production: migrated" ../err
	has "^  own        config/prod/database: migrated" ../err
	there .env.production >../env
	printf "%s\n" HOST=live ZONE=eu >../want
	same ../want ../env
	is db=live "$(there config/prod/database)"
	git -C ../platform.git ls-tree -r --name-only production >../files
	lacks "config/prod/db$" ../files
'

story 'one that only production has would become a file like others: refused' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put config/prod/mail mail=live
	commit "Its own"
	git push -q platform production
	platform_idle
	git fetch -q platform
	configured "migrations:" "  mail:" "    since: 2.0.0" \
		"    edits:" \
		"      - {move: config/prod/mail, to: config/mail}"
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	was=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: config/prod/mail is production.s own, and migration mail moves it to config/mail, which is not" \
		../err
	has "^hint: say that config/mail is production.s own as well, in environments.production.own" \
		../err
	has "^Nothing was changed" ../err
	is "$was" "$(at production)"
	git checkout -q -B production platform/production
	git rm -q config/prod/mail
	commit "Without"
	git upgrade push production
	git checkout -q staging
	git upgrade promote production
'

story 'a file of its own that would no more be its own: refused, with the way' '
	(
		cd upstream
		git checkout -q -b release/2.1 v2.0.0
		put VERSION 2.1.0
		commit "Version 2.1.0"
		git tag -m v2.1.0 v2.1.0
	)
	cd prod
	git fetch -q platform
	configured "migrations:" "  out:" "    since: 2.1.0" \
		"    edits:" \
		"      - {move: config/prod/database, to: config/database}"
	git upgrade fetch
	git upgrade merge --no-edit v2.1.0
	test -e config/database
	git upgrade push staging
	was=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: migration out, edit 1 (move config/prod/database): there are config/prod/database and config/database, and they differ" \
		../err
	has "^hint: say that config/database is production.s own as well, in environments.production.own" \
		../err
	has "^Nothing was changed" ../err
	is "$was" "$(at production)"
	for branch in production staging
	do
		git checkout -q -B "$branch" "platform/$branch"
		sed "s|, config/prod/|, config/prod/, config/database|" \
			.gitupgrade.yaml >../changed.yaml
		cp ../changed.yaml .gitupgrade.yaml
		commit "Its own as well"
		sed "s|- .*config/prod/.*|&\n      - config/database|" \
			../platform.git/info/gitupgrade.yaml >../server.yaml
		git push -q platform "$branch"
	done
	cp ../server.yaml ../platform.git/info/gitupgrade.yaml
	platform_idle
	git fetch -q platform
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is db=live "$(there config/database)"
'

done_testing
