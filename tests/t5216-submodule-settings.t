#!/bin/sh
# Submodules of releases, where the settings of the account and of the platform
# have a say, and names and addresses that were others in an earlier release.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/submodules.sh"

story 'submodule.recurse is about clones, a release has its own way' '
	draw_lib lib
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	on_server protocol.file.allow always
	on_server submodule.vendor/lib.url "$LIBS/lib.git"
	git config submodule.recurse false
	git config --global submodule.recurse true
	add_lib "$LIBS/lib.git" vendor/lib
	pushed "A library"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	put more.txt x
	git add more.txt
	pushed "The same again"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	missing ../srv/current/vendor/lib/.git
	is "" "$(git -C ../platform.git/modules/vendor/lib config core.worktree)"
	missing ../platform.git/modules/vendor/lib/index
'
git config --global --unset submodule.recurse

story 'nor is an index split where the release is to have one of its own' '
	cp platform.git/info/gitupgrade.yaml saved
	sed "s|^  keep: 2|  keep: 2\n  metadata: true|" saved \
		>platform.git/info/gitupgrade.yaml
	git config --global core.splitIndex true
	cd prod
	put asked.txt x
	git add asked.txt
	pushed Ask
	cp ../saved ../platform.git/info/gitupgrade.yaml
	find ../platform.git -name "sharedindex.*" >../shared
	same /dev/null ../shared
	cd ../srv/current
	is "$(git -C "$WORK/prod" rev-parse HEAD)" "$(git rev-parse HEAD)"
	git ls-files >"$WORK/out"
	has "^asked.txt$" "$WORK/out"
	git -C vendor/lib ls-files >"$WORK/out"
	has "^lib.txt$" "$WORK/out"
'
git config --global --unset core.splitIndex

done_testing
