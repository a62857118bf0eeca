#!/bin/sh
# A host that pulls: what is deployed has its submodules on their commits, or
# is not deployed.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/submodules.sh"

update()
{
	git -c protocol.file.allow=always submodule --quiet update --init \
		--recursive
}

# stale WHAT: nothing is deployed, as that submodule is not as it should be
stale()
{
	expect_code 2 git upgrade deploy >"$WORK/out" 2>"$WORK/err"
	has "^error: submodules are not on the commits that ....... has: $1" \
		"$WORK/err"
	has "git submodule update --init --recursive" "$WORK/err"
	has "^Nothing was changed" "$WORK/err"
	missing .git/upgrade/here
}

story 'a submodule that nothing is checked out of' '
	draw_host
	draw_lib inner
	draw_lib lib
	(
		cd libs/lib
		add_lib ../inner.git deep/inner
		commit "An inner one"
		git push -q ../lib.git HEAD
	)
	cd prod
	add_lib "$LIBS/lib.git" lib
	publish "A library"
	cd ../host
	git pull -q
	stale "lib (nothing is checked out)$"
'

story 'one inside of it' '
	cd host
	git -c protocol.file.allow=always submodule --quiet update --init
	stale "lib/deep/inner (nothing is checked out)$"
'

story 'with all of them there it is deployed' '
	cd host
	update
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.0.0
	rm -rf .git/upgrade/here
'

story 'a pull that leaves them behind' '
	more lib
	cd prod
	update_lib lib lib
	git checkout -q -- .
	tick
	git commit -q -m "Newer library"
	git push -q --no-verify plain production
	cd ../host
	git pull -q
	stale "lib (......., not .......)$"
	update
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.0.0
	rm -rf .git/upgrade/here
'

story 'those the host runs without' '
	cd host
	git submodule --quiet deinit -f lib
	stale "lib (nothing is checked out)$"
	git config submodule.lib.update none
	expect_code 0 git upgrade deploy >../out 2>../err
	git config --unset submodule.lib.update
	rm -rf .git/upgrade/here
	stale "lib (nothing is checked out)$"
	git config --add upgrade.deploy.optional-submodules lib
	expect_code 0 git upgrade deploy >../out 2>../err
'

done_testing
