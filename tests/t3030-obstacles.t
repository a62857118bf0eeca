#!/bin/sh
#
# What stands in the way of an upgrade, and would be lost: untracked and
# ignored files where upstream puts its own. Every type of change itself is in
# t3150.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

theirs_add() { put new from there; }
theirs_file_dir() { rm gone; put gone/inside a file; }
theirs_dir_link() { rm -r dir; ln -s kept dir; }

# ignored NAME PATTERN: a release as drawn by theirs_NAME, ignored here
ignored()
{
	ours_pattern=$2
	eval "ours_$1() { put .gitignore \"\$ours_pattern\"; rm -f gone; }"
	fidelity_draw "$1"
}

story 'a repository is drawn' '
	fidelity_repo r
'

story 'ignored files in the way are not overwritten' '
	cd r
	ignored add /new
	put new precious
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "would be overwritten" ../err
	has "^hint:   new$" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	is precious "$(cat new)"
'

story 'an ignored file where a folder is to be is not overwritten' '
	cd r
	ignored file_dir /gone
	put gone precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   gone$" ../err
	is precious "$(cat gone)"
'

story 'an ignored file in a folder that becomes a symlink is not lost' '
	cd r
	ignored dir_link "*.log"
	put dir/precious.log precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   dir$" ../err
	has "^Nothing was changed.$" ../err
	is precious "$(cat dir/precious.log)"
'

story 'an empty folder is in nobodys way' '
	cd r
	ignored add /nothing
	mkdir new
	git upgrade merge --no-fetch --no-edit 1.1.0
	has "^there$" new
'

story 'untracked files in the way are not overwritten' '
	cd r
	ignored add /nothing
	put new precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   new$" ../err
	is precious "$(cat new)"
'

done_testing
