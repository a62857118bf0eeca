#!/bin/sh
#
# The gate `extensions`: what upstream did itself, and what an upgrade makes of
# files, is no work on extensions.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# by RULE...: what production says of extensions; the clone alone is asked
by()
{
	git config --remove-section \
		upgrade.environments.production.extensions 2>"$WORK/ignored" || :
	for by_rule
	do
		git config --add \
			"upgrade.environments.production.extensions.${by_rule%%=*}" \
			"${by_rule#*=}" || return 1
	done
}

# sees RELEASE PATTERN: what staging has verified is refused, for that
sees()
{
	expect_code 2 git upgrade promote -n production >"$WORK/out" \
		2>"$WORK/err" &&
	has "^error: extensions: production has not verified v1.0.0 -> $1 yet, and work on extensions comes with it: $2" \
		"$WORK/err"
}

# sees_nothing RELEASE: it is let in
sees_nothing()
{
	git upgrade promote -n production >"$WORK/out" 2>"$WORK/err" &&
	has "^  gates .*extensions ok (v1.0.0 -> $1 brings no work on extensions)" \
		"$WORK/err"
}

story 'upstream has branches like these, in a release on the way, too' '
	draw_generic upstream
	(
		cd upstream
		git checkout -q -b release/1.2 v1.1.0
		git checkout -q -b extension/theirs
		put theirs
		commit "Theirs

Extension: theirs"
		git checkout -q release/1.2
		git merge -q --no-ff --no-edit extension/theirs
		put VERSION 1.2.0
		commit "Version 1.2.0"
		git tag -m v1.2.0 v1.2.0
	)
	draw_promotion prod
	git upgrade fetch
	by "branches=extension/*" "trailers=Extension"
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade merge --no-edit v1.2.0
	git upgrade push staging
	sees_nothing v1.2.0
	git upgrade merge --no-edit v2.0.0
	git upgrade push staging
	sees_nothing v2.0.0
	git tag core
'

story 'one of ours that began at such a release is seen, and what to promote' '
	cd prod
	git checkout -q -b extension/ours v1.2.0
	put ours
	commit "Ours"
	git checkout -q staging
	git merge -q --no-ff --no-edit extension/ours
	git upgrade push staging
	sees v2.0.0 "branch extension/ours ($(git rev-parse --short=7 HEAD) and 1 more)$"
	has "^hint: staging has verified v2.0.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		"$WORK/err"
'

done_testing
