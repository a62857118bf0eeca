#!/bin/sh
#
# Attributes: what git does to a file on its way between the work tree and the
# repository, and how it merges it. What git merge does here, we do.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

story 'a repository is drawn' '
	fidelity_repo r
'

# --- merge drivers

# Lines of all three, sorted: no conflict, and one can see that it ran
driver()
{
	git config "merge.$1.name" 'sorts all lines'
	git config "merge.$1.driver" \
		'sort -u %O %A %B >%A.n && mv %A.n %A; echo %P %L >>../ran'
}

config_driver() { driver sorted; }
base_driver() { put .gitattributes '*.list merge=sorted'; put a.list b; }
theirs_driver() { put a.list b d; put new.list t; }
ours_driver() { put a.list b c; }
row driver clean 'a merge driver of the configuration'

story '... ran, and left nothing in the checkout' '
	cd r
	fidelity_draw driver
	rm -f ../ran .git/ran
	git upgrade merge --no-fetch --no-edit 1.1.0
	is "b c d" "$(echo $(cat a.list))"
	is "" "$(git status --porcelain --ignored)"
'

config_driver_fails()
{
	git config merge.fails.driver 'echo half done >%A; exit 1'
}
base_driver_fails() { put .gitattributes '*.x merge=fails'; put a.x 1; }
theirs_driver_fails() { put a.x 2; }
ours_driver_fails() { put a.x 3; }
row driver_fails 'a.x:123' 'a merge driver that says there is a conflict'

base_driver_missing() { put .gitattributes '*.x merge=unknown'; put a.x 1; }
theirs_driver_missing() { put a.x 2; }
ours_driver_missing() { put a.x 3; }
row driver_missing 'a.x:123' 'a merge driver nobody defined'

config_ours() { git config merge.ours.driver true; }
base_ours() { put .gitattributes '*.x merge=ours'; put a.x 1; put b.x 1; }
theirs_ours() { put a.x 2; put b.x 2; }
ours_ours() { put a.x 3; }
row ours clean 'merge=ours: ours where both changed, theirs where only they did'

base_union() { put .gitattributes '*.x merge=union'; put a.x 1 2 3; }
theirs_union() { put a.x 1 t 3; }
ours_union() { put a.x 1 o 3; }
row union clean 'merge=union'

base_unmerged() { put .gitattributes '*.x -merge'; put a.x 1 2 3 4 5 6; }
theirs_unmerged() { put a.x t 2 3 4 5 6; }
ours_unmerged() { put a.x 1 2 3 4 5 o; }
row unmerged 'a.x:123' '-merge: not by lines'

base_binary() { put .gitattributes '*.x binary'; put a.x 1 2 3 4 5 6; }
theirs_binary() { put a.x t 2 3 4 5 6; }
ours_binary() { put a.x 1 2 3 4 5 o; }
row binary 'a.x:123' 'files that count as binary'

theirs_theirs() { put .gitattributes '*.x merge=union'; put a.x 1 t 3; }
ours_theirs() { put a.x 1 o 3; }
row theirs 'a.x:23' 'attributes that only the release has do not count yet'

base_deep() { put deep/.gitattributes '*.x merge=union'; put deep/a.x 1 2 3; }
theirs_deep() { put deep/a.x 1 t 3; }
ours_deep() { put deep/a.x 1 o 3; }
row deep clean 'attributes in a folder below'

special_info() { put .git/info/attributes '*.x merge=union'; }
base_info() { put a.x 1 2 3; }
theirs_info() { put a.x 1 t 3; }
ours_info() { put a.x 1 o 3; }
story 'attributes in .git/info, and of the user' '
	cd r
	fidelity_row info clean special_info
	mv .git/info/attributes ../attributes
	fidelity_row info "a.x:123"
	git config --global core.attributesFile "$WORK/attributes"
	fidelity_row info clean
	git config --global --unset core.attributesFile
'

base_marker_size()
{
	put .gitattributes '*.x conflict-marker-size=12'
	put a.x 1
}
theirs_marker_size() { put a.x 2; }
ours_marker_size() { put a.x 3; }
row marker_size 'a.x:123' 'markers of another length'

story '... are found when they are added by mistake' '
	cd r
	fidelity_draw marker_size
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	git add a.x
	expect_code 1 git upgrade merge --continue --no-edit 2>../err
	has "conflict markers are left in .a.x." ../err
	git upgrade merge --abort
'

base_short_marker()
{
	put .gitattributes '*.x conflict-marker-size=3' '*.y conflict-marker-size=32'
	put a.x 1
	put a.y 1
}
theirs_short_marker() { put a.x 2; put a.y 2; }
ours_short_marker() { put a.x 3; put a.y 3; }
row short_marker 'a.x:123 a.y:123' 'markers of three characters, and of many'

story '... are found, and what is only text is not taken for one' '
	cd r
	fidelity_draw short_marker
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	put a.y "<<<<<<< usual" "text about merging" ">>>>>>> usual"
	git add a.x a.y
	expect_code 1 git upgrade merge --continue --no-edit 2>../err
	has "conflict markers are left in .a.x." ../err
	put a.x 4
	git add a.x
	git upgrade merge --continue --no-edit
'

# --- line ends and encodings

base_eol()
{
	put .gitattributes '* text=auto' '*.dos eol=crlf' '*.unix eol=lf'
	put a.dos 1 2 3 4 5 6 7 8 9
	put b.dos 1 2 3
	put a.unix 1 2 3 4 5 6 7 8 9
	put plain 1 2 3 4 5 6 7 8 9
}
theirs_eol()
{
	put a.dos 1 t 3 4 5 6 7 8 9
	put b.dos t
	put a.unix 1 t 3 4 5 6 7 8 9
	put plain 1 t 3 4 5 6 7 8 9
	put new.dos 1 2 3
}
ours_eol()
{
	put a.dos 1 2 3 4 5 6 7 o 9
	put b.dos o
	put a.unix 1 2 3 4 5 6 7 o 9
	put plain 1 2 3 4 5 6 7 o 9
}
row eol 'b.dos:123' 'eol=crlf'

base_autocrlf() { base_eol; }
config_autocrlf() { git config core.autocrlf true; }
theirs_autocrlf() { theirs_eol; }
ours_autocrlf() { ours_eol; }
row autocrlf 'b.dos:123' 'core.autocrlf=true'

config_core_eol() { git config core.eol crlf; }
base_core_eol() { base_eol; }
theirs_core_eol() { theirs_eol; }
ours_core_eol() { ours_eol; }
row core_eol 'b.dos:123' 'core.eol=crlf'

# Files committed with CRLF before there were attributes
base_renormalize() { printf '1\r\n2\r\n3\r\n4\r\n5\r\n' >a.txt; }
theirs_renormalize()
{
	put .gitattributes '*.txt text'
	put a.txt 1 t 3 4 5
}
ours_renormalize()
{
	put .gitattributes '*.txt text'
	printf '1\r\n2\r\n3\r\n4\r\no\r\n' >a.txt
}
config_renormalize() { git config merge.renormalize true; }
row renormalize clean 'merge.renormalize'

theirs_no_renormalize() { theirs_renormalize; }
base_no_renormalize() { base_renormalize; }
ours_no_renormalize() { ours_renormalize; }
row no_renormalize 'a.txt:123' '... and without it'

base_utf16()
{
	put .gitattributes '*.ps1 working-tree-encoding=UTF-16LE-BOM eol=crlf'
	printf '\377\376a\0\r\0\n\0b\0\r\0\n\0c\0\r\0\n\0' >a.ps1
	cp a.ps1 b.ps1
}
theirs_utf16()
{
	printf '\377\376t\0\r\0\n\0b\0\r\0\n\0c\0\r\0\n\0' >a.ps1
	cp a.ps1 b.ps1
	printf '\377\376\344\0\r\0\n\0' >new.ps1
}
ours_utf16()
{
	printf '\377\376a\0\r\0\n\0b\0\r\0\n\0o\0\r\0\n\0' >a.ps1
	printf '\377\376o\0\r\0\n\0b\0\r\0\n\0c\0\r\0\n\0' >b.ps1
}
row utf16 'b.ps1:123' 'working-tree-encoding=UTF-16'

base_ident() { put .gitattributes '*.c ident'; put a.c '$Id$' 1 2 3 4 5 6; }
theirs_ident() { put a.c '$Id$' t 2 3 4 5 6; }
ours_ident() { put a.c '$Id$' 1 2 3 4 5 o; }
row ident clean 'ident'

# --- filters

# Upper case in the work tree, lower case in the repository
filter()
{
	git config filter.case.clean 'tr A-Z a-z'
	git config filter.case.smudge 'tr a-z A-Z'
	git config filter.case.required true
}
config_filter() { filter; }
base_filter()
{
	put .gitattributes '*.up filter=case'
	put a.up A B C D E F G
	put b.up A
}
theirs_filter() { put a.up T B C D E F G; put b.up T; put new.up T; }
ours_filter() { put a.up A B C D E F O; put b.up O; }
row filter 'b.up:123' 'a clean and a smudge filter'

# The same, spoken to by git's protocol for filters that stay
process()
{
	cp "$TESTS_DIR/lib/filter-process" .git/filter-process
	git config filter.case.process "$PWD/.git/filter-process"
	git config filter.case.required true
}
config_process() { process; }
base_process() { base_filter; }
theirs_process() { theirs_filter; }
ours_process() { ours_filter; }
row process 'b.up:123' 'a filter process'

story 'a filter that is required and fails: nothing was changed' '
	cd r
	fidelity_draw filter
	git config filter.case.smudge "cat >/dev/null; exit 1"
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "filter .case. fails" ../err
	has "^hint:   a.up$" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	exists a.up
'

story '... and one that is not installed' '
	cd r
	git config filter.case.smudge "no-such-filter %f"
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "filter .case. fails" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

story '... and one that is not required, but would leave raw files' '
	cd r
	git config filter.case.required false
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "filter .case. fails" ../err
	snapshot >../after
	same ../before ../after
	git config --unset filter.case.smudge
	git config --unset filter.case.clean
	git config --unset filter.case.required
'

story '... and a filter process that refuses' '
	cd r
	fidelity_draw process
	git config filter.case.process "$PWD/.git/filter-process smudge"
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "filter .case. fails" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

theirs_new_filter()
{
	put .gitattributes '*.up filter=case' '/odd*/** filter=case'
	put 'odd [name] "*"/b \\.x' one
	put ./-odd.up t
}
story '... and one that only attributes of the release ask for' '
	cd r
	fidelity_row new_filter clean process
	is T "$(cat ./-odd.up)"
	is ONE "$(cat odd*/b*)"
	fidelity_draw new_filter process
	git config filter.case.process "$PWD/.git/filter-process smudge"
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "filter .case. fails" ../err
	has "^hint:   -odd.up$" ../err
	has "^hint:   .*odd \[name\]" ../err
	snapshot >../after
	same ../before ../after
'

story 'a filter of files that do not change is not tried' '
	cd r
	fidelity_draw process
	git config filter.case.process "$PWD/.git/filter-process smudge"
	tree=$(git rev-parse 1.0.0^{tree})
	git update-ref refs/tags/1.1.0 \
		"$(git commit-tree -m "nothing" -p 1.0.0 "$tree")"
	git upgrade merge --no-fetch --no-edit 1.1.0
'

done_testing
