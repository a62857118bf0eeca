#!/bin/sh
#
# What clones know of an environment that was torn down, and of a platform that
# is none any more.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/promote.sh"

remove()
{
	LOGNAME=sam git upgrade platform remove --yes "$@" "$WORK_PLATFORM" \
		2>"$WORK/err"
}

# known: which state refs the clone here has
known()
{
	git for-each-ref --format="%(refname:lstrip=2)" refs/upgrade \
		>"$WORK/known"
	sed "/^releases/d" "$WORK/known"
}

story 'two environments, known in two clones' '
	draw_promotion prod
	git upgrade promote staging production
	platform_idle
	git clone -q -o platform "$WORK_PLATFORM" ../carl
	cd ../carl
	git config upgrade.upstream ../../upstream
	git upgrade status >../out
	has "staging v1.0.0 ok -> production v1.0.0 ok" ../out
'

story 'one that was torn down, and is configured still' '
	remove --env=production --reason="moved away"
	cd carl
	git upgrade status >../out 2>../err
	has "^production .* -  *-  " ../out
	has "^production: removed [0-9]*[sm] ago, by sam: moved away$" ../out
	has "staging v1.0.0 ok -> production -$" ../out
	has "^hint: production: no platform has it any more" ../err
	lacks "git upgrade promote" ../err
	git upgrade status --json >../out
	has "\"reason\": *\"moved away\"" ../out
	has "\"who\": *\"sam\"" ../out
	git upgrade log production >../out
	has "  removed  " ../out
'

story 'with the last one all of what the platform said is forgotten' '
	remove
	cd carl
	git upgrade status >../out 2>../err
	has "^staging: removed [0-9]*[sm] ago, by sam$" ../out
	lacks " ok" ../out
	git upgrade log staging >../out
	has "  removed  " ../out
	known >../out
	same - ../out <<-\EOT
	ledger/production
	ledger/staging
	EOT
	cd ../prod
	expect_code 2 git upgrade verify staging >../out 2>../err
	has "is no platform of git upgrade" ../err
	git upgrade status --no-fetch >../out
	has "^staging: removed " ../out
	has "^production: removed " ../out
'

story 'what another platform says of the same name stays' '
	WORK_PLATFORM=$WORK/one.git SRV=$WORK/one
	draw_clone two
	cd two
	git config push.default nothing
	draw_platform
	git upgrade push
	git remote rename platform one
	WORK_PLATFORM=$WORK/two.git SRV=$WORK/other
	draw_platform
	git config remote.pushDefault platform
	git upgrade push
	git config remote.pushDefault one
	git upgrade status >../before 2>../err
	has "^production .*v1.0.0" ../before
	WORK_PLATFORM=$WORK/one.git
	platform_idle
	remove
	git upgrade status >../out 2>../err
	has "^production .*v1.0.0 .*v1.0.0 " ../out
	lacks "removed" ../out
	exists .git/refs/upgrade/platforms/platform
	missing .git/refs/upgrade/platforms/one
'

story 'backups that stay are known, and those that go are not' '
	WORK_PLATFORM=$WORK/kept.git SRV=$WORK/kept-srv
	rm -f platform.yaml
	draw_backups kept
	cd kept
	git upgrade backup create
	platform_idle
	git clone -q -o platform "$WORK_PLATFORM" ../elsewhere
	for clone in ../elsewhere ../kept
	do
		git -C "$clone" config upgrade.upstream ../upstream
		git -C "$clone" config upgrade.production.branch production
		git -C "$clone" upgrade status >../out
		has "^production: backup " ../out
	done
	cp -a "$WORK_PLATFORM" ../gone.git
	remove
	git upgrade status >../out
	has "^production: backup .* of v1.0.0, " ../out
	has "^production: removed " ../out
	cd ../elsewhere
	rm -r "$WORK_PLATFORM"
	mv ../gone.git "$WORK_PLATFORM"
	remove --with-backups
	git upgrade status >../out
	lacks "^production: backup " ../out
	has "^production: removed " ../out
'

done_testing
