#!/bin/sh
#
# More of what promote and status say to type, typed: a fix that an older
# release cannot have, and a promotion that is under way.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'a fix that staging has got only later: no pick helps' '
	draw_promotion prod
	git config upgrade.path.rule connected-minor
	for release in 1.1.0 1.1.1 2.0.0
	do
		git upgrade merge --no-edit v$release
		git upgrade push staging
	done
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	git upgrade push production
	fix=$(git rev-parse --short=12 HEAD)
	git checkout -q staging
	git cherry-pick -x production
	git upgrade push staging
	before=$(at production)
	expect_code 2 git upgrade promote --path production >../out 2>../err
	has "^error: production has 1 commit of its own that staging lacks at [0-9a-f]*, and that would be lost" \
		../err
	has "^hint: what staging got since then comes when that is promoted; to do without until then, which is recorded:" \
		../err
	has "^hint:   --drop=$fix  (A fix)" ../err
	lacks "cherry-pick" ../err
	is "$before" "$(at production)"
	git upgrade promote --path --drop="$fix" production >../out 2>../err
	is 2.0.0 "$(serves production)"
	git -C ../platform.git show production:fix.txt >../fix
	git fetch -q platform
'

story 'what was promoted and is under way is watched, not pushed' '
	cd prod
	stage config/app level=debug
	sed "s/test ! -e blocks .*/test \"\$UPGRADE_ENV\" = staging || { echo waiting; cat ..\/..\/..\/go; }/" \
		"$WORK_PLATFORM/info/gitupgrade.yaml" >../slow.yaml
	cp ../slow.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 4 git upgrade promote --no-wait production >../out 2>../err
	git upgrade status >../out 2>../err
	has "^hint: production: .* was pushed, and its deploy has not ended; watch it with \"git upgrade log --output production\"" \
		../err
	git upgrade log --output production >../log 2>&1 &
	wait_for 10 grep -q waiting ../log
	echo go >"$SRV/go"
	wait $!
	has "^ *verify  *platform ok" ../log
	is level=debug "$(git -C ../platform.git show production:config/app)"
'

done_testing
