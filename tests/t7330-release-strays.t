#!/bin/sh
#
# What has no name of ours in a folder that is deployed to is somebody else's:
# it stays, and keeps no deploy.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'what an operator keeps beside the releases' '
	draw_clone prod
	cd prod
	draw_platform
	mkdir -p "$SRV/.current.d" "$SRV/releases/.notes.building.lock"
	ln -s releases/old "$SRV/.current.bak"
	: >"$SRV/releases/.mine.building.lock"
	expect_code 0 git upgrade push --timeout=60s
	deployed v1.0.0
	exists "$SRV/.current.d"
	is releases/old "$(readlink "$SRV/.current.bak")"
	exists "$SRV/releases/.mine.building.lock"
	exists "$SRV/releases/.notes.building.lock"
'

story 'what was left of a switch goes' '
	cd prod
	left=$(readlink "$SRV/current")
	ln -s "$left" "$SRV/.current.${left#releases/}"
	: >"$SRV/$(dirname "$left")/.$(basename "$left").building.lock"
	put own.txt more
	commit "One more"
	expect_code 0 git upgrade push --timeout=60s
	missing "$SRV/.current.${left#releases/}"
	missing "$SRV/releases/.${left#releases/}.building.lock"
	is releases/old "$(readlink "$SRV/.current.bak")"
'

done_testing
