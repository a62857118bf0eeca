#!/bin/sh
#
# The gate `extensions`: what upstream did itself, and what an upgrade makes of
# files, is no work on extensions.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/extensions.sh"

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
		echo "keep = 3" >>settings.ini
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

story 'a file of upstream that is changed here is merged, and is no extension' '
	cd "$WORK"
	rm -rf prod platform.git platform.yaml srv profile.yaml
	draw_clone prod
	cd prod
	git config push.default nothing
	write_promotion .gitupgrade.yaml
	put settings.ini "[server]" "port = 8080" "" "[log]" "level = info"
	commit "Environments"
	draw_platform --env staging --env production
	git config remote.pushDefault platform
	git upgrade push production
	git checkout -q -b staging
	git upgrade push staging
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git tag core
	by "paths=settings.ini"
	sees_nothing v1.1.0
	# Over two hops, too
	git upgrade merge --no-edit v1.2.0
	git upgrade push staging
	has "^port = 8080" settings.ini
	has "^keep = 3" settings.ini
	sees_nothing v1.2.0
'

# afresh COMMIT: staging is there, and nowhere else
afresh()
{
	git checkout -q -B staging "$1" &&
	git -C "$WORK_PLATFORM" fetch -q "$PWD" +staging:staging &&
	platform_idle
}

story 'unless somebody went on with it, before or then' '
	cd prod
	afresh core
	put settings.ini "[server]" "port = 9090" "" "[log]" "level = debug"
	commit "Ours"
	git upgrade push staging
	sees v1.1.0 "path settings.ini (settings.ini)"
	has "^hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		"$WORK/err"
	afresh core^
	put settings.ini "[server]" "port = 9090" "" "[log]" "level = info"
	commit "Ours"
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	sees v1.1.0 "path settings.ini (settings.ini)"
'

story 'an upgrade that came as a squash is one' '
	cd prod
	afresh core^
	git merge -q --squash core
	git commit -q -m "Upgrade the product (#4)"
	git upgrade push staging
	sees_nothing v1.1.0
	# With more in it, that is seen.
	afresh core^
	git merge -q --squash core
	put app/code/shop.php
	git add -A
	git commit -q -m "Upgrade all (#5)"
	git upgrade push staging
	by "paths=settings.ini" "paths=app/code/"
	sees v1.1.0 "path app/code/ (app/code/shop.php)$"
'

story 'and is not to be reverted: what to do is said by file' '
	cd prod
	afresh core^
	git merge -q --squash core
	put "app/code/the shop.php"
	put own.txt "of the shop"
	git add -A
	git commit -q -m "Upgrade all (#6)

Extension: shop"
	git upgrade push staging
	by "paths=app/code/" "paths=own.txt" "trailers=Extension"
	sees v1.1.0 "trailer Extension: shop (.*), path app/code/ (app/code/the shop.php), path own.txt (own.txt)$"
	has "^hint: staging has verified nothing that has v1.1.0 without it, as one commit brought both; take its files out there in a commit of its own, have that verified, and promote that:$" \
		"$WORK/err"
	lacks "git revert" "$WORK/err"
	sed -n "s/^hint:   git /git /p" "$WORK/err" >"$WORK/typed"
	has "^git rm -- .app/code/the shop.php.$" "$WORK/typed"
	sh -e "$WORK/typed"
	git commit -q -m "Without the shop"
	git upgrade push staging
	sees_nothing v1.1.0
'

done_testing
