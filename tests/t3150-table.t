#!/bin/sh
#
# Every type of change and conflict, one row each: where git merge would be
# right with the adopted release as its base, git upgrade merge leaves the
# same index, bytes, modes, status and diff, from where --abort leads back and
# --continue to the end.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

# edit FILE SED-SCRIPT: in place, the mode kept
edit()
{
	sed "$2" "$1" >../edited
	cat ../edited >"$1"
}

# gitlink PATH DIGIT: a submodule that is not checked out
gitlink()
{
	oid=$(printf "%040d" 0 | tr 0 "$2")
	mkdir -p "$1"
	git update-index --add --cacheinfo "160000,$oid,$1"
}

theirs_plain() { put text theirs; }
ours_plain() { put kept mine; }
story 'a history is drawn in which git merge alone goes wrong' '
	fidelity_repo r
	cd r
	fidelity_draw plain
	expect_code 1 git merge --no-edit 1.1.0
	is "kept:23 text:23" "$(echo 1 >../r.fidelity/w.code &&
		fidelity_stages ../r.fidelity/w)"
'

row plain clean '... and where the release is an ancestor it does not'

# --- contents

theirs_lines() { edit text 's/2/two/'; }
ours_lines() { edit text 's/8/eight/'; }
row lines clean 'both change different lines'

theirs_content() { edit text 's/5/theirs/'; }
ours_content() { edit text 's/5/ours/'; }
row content 'text:123' 'both change the same line'

config_diff3() { git config merge.conflictStyle diff3; }
theirs_diff3() { theirs_content; }
ours_diff3() { ours_content; }
row diff3 'text:123' '... with the base between them'

config_zdiff3() { git config merge.conflictStyle zdiff3; }
theirs_zdiff3() { edit text 's/[456]/new &/; s/5/theirs/'; }
ours_zdiff3() { edit text 's/[456]/new &/; s/5/ours/'; }
row zdiff3 'text:123' '... and less of what they share'

theirs_equal() { theirs_content; put new same; }
ours_equal() { theirs_content; put new same; }
row equal clean 'both make the same change'

theirs_binary() { printf '\0\1there' >binary; }
ours_binary() { printf '\0\1here' >binary; }
row binary 'binary:123' 'both change a binary file'

theirs_binary_theirs() { printf '\0\1there' >binary; }
ours_binary_theirs() { put kept mine; }
row binary_theirs clean 'a binary file changes there'

theirs_emptied() { : >text; }
ours_emptied() { edit text 's/8/eight/'; }
row emptied 'text:123' 'a file is emptied there, and changed here'

theirs_no_newline() { printf '1\n2\n3' >text; }
ours_no_newline() { edit text 's/9/nine/'; }
row no_newline 'text:123' 'a last line loses its end there'

# --- modes and types

theirs_mode() { chmod +x text; }
ours_mode() { edit text 's/8/eight/'; }
row mode clean 'a mode changes there, the content here'

theirs_mode_ours() { edit text 's/8/eight/'; }
ours_mode_ours() { chmod +x text; }
row mode_ours clean 'a mode changes here, the content there'

theirs_mode_content() { edit text 's/5/theirs/'; chmod +x text; }
ours_mode_content() { edit text 's/5/ours/'; }
row mode_content 'text:123' 'a mode changes there, one line on both sides'

theirs_mode_off() { chmod -x exe; }
ours_mode_off() { put kept mine; }
row mode_off clean 'a file is no longer executable there'

config_no_mode() { git config core.fileMode false; }
theirs_no_mode() { git update-index --chmod=+x text; }
ours_no_mode() { edit text 's/8/eight/'; }
row no_mode clean 'the same where modes of files are not believed'

theirs_link() { ln -sf kept link; }
ours_link() { put kept changed; }
row link clean 'a symlink points elsewhere there'

theirs_link_both() { ln -sf kept link; }
ours_link_both() { ln -sf moved link; }
row link_both 'link:123' 'a symlink points elsewhere on both sides'

theirs_link_file() { rm link; put link 'no link any more'; }
ours_link_file() { put kept mine; }
row link_file clean 'a symlink becomes a file there'

theirs_file_link() { rm text; ln -s kept text; }
ours_file_link() { edit text 's/8/eight/'; }
row file_link 'text:3 text~HEAD:12' 'a file becomes a symlink there, changed here'

theirs_link_ours() { edit text 's/8/eight/'; }
ours_link_ours() { rm text; ln -s kept text; }
row link_ours 'text:2 text~1.1.0:13' 'a file becomes a symlink here, changed there'

config_no_links() { git config core.symlinks false; }
theirs_no_links() { printf kept >./link; }
ours_no_links() { put kept mine; }
row no_links clean 'symlinks are plain files here'

# --- added and deleted

theirs_delete() { rm gone; }
ours_delete() { put kept mine; }
row delete clean 'a file is deleted there'

theirs_delete_both() { rm gone; }
ours_delete_both() { rm gone; }
row delete_both clean 'a file is deleted on both sides'

theirs_delete_modify() { rm gone; }
ours_delete_modify() { put gone changed here; }
row delete_modify 'gone:12' 'a file is deleted there, changed here'

theirs_modify_delete() { put gone changed there; }
ours_modify_delete() { rm gone; }
row modify_delete 'gone:13' 'a file is deleted here, changed there'

theirs_last_of_dir() { rm -r dir; }
ours_last_of_dir() { put kept mine; }
row last_of_dir clean 'a folder is deleted there'

theirs_last_but_ours() { rm -r dir; }
ours_last_but_ours() { put dir/ours stays; }
row last_but_ours clean 'a folder is deleted there, in which there is one of ours'

theirs_add() { put new from there; }
ours_add() { put new from here; }
row add 'new:23' 'both add a file'

theirs_add_mode() { put new from there; chmod +x new; }
ours_add_mode() { put new from there; }
row add_mode 'new:23' 'both add a file, with different modes'

theirs_add_binary() { printf '\0there' >new; }
ours_add_binary() { printf '\0here' >new; }
row add_binary 'new:23' 'both add a binary file'

theirs_add_type() { ln -s text new; }
ours_add_type() { put new from here; }
row add_type 'new:3 new~HEAD:2' 'a file is added here, a symlink there'

# --- renamed

theirs_rename() { mv moved renamed; }
ours_rename() { edit moved 's/h/H/'; }
row rename clean 'a file is renamed there, changed here'

theirs_rename_ours() { edit moved 's/h/H/'; }
ours_rename_ours() { mv moved renamed; }
row rename_ours clean 'a file is renamed here, changed there'

theirs_rename_content() { edit moved 's/h/theirs/'; mv moved renamed; }
ours_rename_content() { edit moved 's/h/ours/'; }
row rename_content 'renamed:123' 'a file is renamed there, one line changes on both sides'

theirs_rename_same() { mv moved renamed; edit renamed 's/a/A/'; }
ours_rename_same() { mv moved renamed; edit renamed 's/h/H/'; }
row rename_same clean 'both rename a file to the same name'

theirs_one_to_two() { mv moved moved.theirs; }
ours_one_to_two() { mv moved moved.ours; }
row one_to_two 'moved:1 moved.ours:2 moved.theirs:3' 'both rename a file, to two names'

theirs_one_to_two_content() { edit moved 's/h/theirs/'; mv moved b.theirs; }
ours_one_to_two_content() { edit moved 's/h/ours/'; mv moved b.ours; }
row one_to_two_content 'b.ours:2 b.theirs:3 moved:1' '... and change the same line of it'

theirs_two_to_one() { mv moved target; }
ours_two_to_one() { mv text target; }
row two_to_one 'target:23' 'two files are renamed to one name'

theirs_two_to_one_content()
{
	edit moved 's/h/theirs/'
	edit text 's/1/theirs/'
	mv moved target
}
ours_two_to_one_content()
{
	edit text 's/1/ours/'
	edit moved 's/h/ours/'
	mv text target
}
row two_to_one_content 'target:23' '... with conflicts in each of the two'

theirs_rename_add() { mv moved target; }
ours_rename_add() { put target of our own; }
row rename_add 'target:23' 'a file is renamed there to a name that is added here'

theirs_add_rename() { put target of their own; }
ours_add_rename() { mv moved target; }
row add_rename 'target:23' 'a file is renamed here to a name that is added there'

theirs_rename_delete() { mv moved renamed; }
ours_rename_delete() { rm moved; }
row rename_delete 'renamed:13' 'a file is renamed there, deleted here'

theirs_delete_rename() { rm moved; }
ours_delete_rename() { mv moved renamed; }
row delete_rename 'renamed:12' 'a file is renamed here, deleted there'

theirs_swap() { mv moved x; mv text moved; mv x text; }
ours_swap() { edit text 's/9/nine/'; }
row swap 'text:123' 'two files change names there'

theirs_rename_link() { mv link linked; }
ours_rename_link() { ln -sf kept link; }
row rename_link clean 'a symlink is renamed there, changed here'

config_no_renames() { git config merge.renames false; }
theirs_no_renames() { mv moved renamed; }
ours_no_renames() { edit moved 's/h/H/'; }
row no_renames clean 'merge.renames=false, which git merge does not heed here'

# --- folders

theirs_dir_rename() { mv dir folder; }
ours_dir_rename() { put dir/three three; }
row dir_rename 'folder/three:2' 'a folder is renamed there, a file added here'

theirs_dir_rename_ours() { put dir/three three; }
ours_dir_rename_ours() { mv dir folder; }
row dir_rename_ours 'folder/three:3' 'a folder is renamed here, a file added there'

config_dir_renames() { git config merge.directoryRenames true; }
theirs_dir_renames() { mv dir folder; }
ours_dir_renames() { put dir/three three; }
row dir_renames clean '... with merge.directoryRenames=true'

config_no_dir_renames() { git config merge.directoryRenames false; }
theirs_no_dir_renames() { mv dir folder; }
ours_no_dir_renames() { put dir/three three; }
row no_dir_renames clean '... with merge.directoryRenames=false'

theirs_dir_nested() { mkdir deep; mv dir deep/er; }
ours_dir_nested() { put dir/three three; edit dir/one '1s/$/!/'; }
row dir_nested 'deep/er/three:2' 'a folder moves into another there, files are added and changed here'

theirs_dir_split() { mkdir a b; mv dir/one a; mv dir/two b; }
ours_dir_split() { put dir/three three; }
row dir_split none 'a folder is split up there, a file added here'

story '... is forecast, and said to be one' '
	cd r
	fidelity_draw dir_split
	git upgrade plan --no-fetch 1.1.0 >../out 2>../err
	has "^1.0.0 -> 1.1.0.*1 conflict$" ../out
	has "^      dir  (directory rename unclear split)$" ../out
	git upgrade plan --no-fetch --json 1.1.0 >../out
	has "\"clean\": *false" ../out
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^CONFLICT (directory rename split): Unclear where" ../err
	has "git mv.*git upgrade merge --continue" ../err
	git mv dir/three a/three
	git upgrade merge --continue --no-edit
	has "^three$" a/three
'

theirs_dir_merge() { mv dir/one dir/two .; }
ours_dir_merge() { put dir/three three; }
row dir_merge 'three:2' 'a folder is emptied into its parent there, a file added here'

theirs_dir_file() { rm -r dir; put dir is a file now; }
ours_dir_file() { put dir/one changed here; }
row dir_file 'dir/one:12 dir~1.1.0:3' 'a folder becomes a file there, a file in it changed here'

theirs_dir_file_clean() { rm -r dir; put dir is a file now; }
ours_dir_file_clean() { put kept mine; }
row dir_file_clean clean 'a folder becomes a file there'

theirs_file_dir() { rm gone; put gone/inside a file; }
ours_file_dir() { put gone changed here; }
row file_dir 'gone~HEAD:12' 'a file becomes a folder there, changed here'

theirs_file_dir_clean() { rm gone; put gone/inside a file; }
ours_file_dir_clean() { put kept mine; }
row file_dir_clean clean 'a file becomes a folder there'

theirs_add_dir() { put new/inside a file; }
ours_add_dir() { put new from here; }
row add_dir 'new~HEAD:2' 'a file is added here, a folder of the name there'

theirs_add_file() { put new from there; }
ours_add_file() { put new/inside a file; }
row add_file 'new~1.1.0:3' 'a folder is added here, a file of the name there'

theirs_dir_link() { rm -r dir; ln -s kept dir; }
ours_dir_link() { put text mine; }
row dir_link clean 'a folder becomes a symlink there'

theirs_dir_link_changed() { mkdir to; mv dir/* to; rmdir dir; ln -s to dir; }
ours_dir_link_changed() { edit dir/one '1s/$/!/'; }
row dir_link_changed clean 'a folder moves there and leaves a symlink, a file in it changed here'

theirs_rename_into_file() { rm gone; mkdir gone; mv moved gone/moved; }
ours_rename_into_file() { edit moved 's/h/H/'; }
row rename_into_file clean 'a file gives way to a folder another one moves into'

# --- submodules that are not checked out; t3155 has those that are

theirs_sub_new() { gitlink sub 1; put .gitmodules '[submodule "sub"]' '	path = sub' '	url = ../sub'; }
ours_sub_new() { put kept mine; }
row sub_new clean 'a submodule is new there'

base_sub_theirs() { gitlink sub 1; }
theirs_sub_theirs() { gitlink sub 2; }
ours_sub_theirs() { put kept mine; }
row sub_theirs clean 'a submodule goes on there'

base_sub_both() { gitlink sub 1; }
theirs_sub_both() { gitlink sub 2; }
ours_sub_both() { gitlink sub 3; }
row sub_both 'sub:123' 'a submodule goes on on both sides'

base_sub_gone() { gitlink sub 1; }
theirs_sub_gone() { rmdir sub; git update-index --force-remove sub; }
ours_sub_gone() { put kept mine; }
row sub_gone clean 'a submodule is removed there'

theirs_file_sub() { rm gone; git update-index --force-remove gone; gitlink gone 1; }
ours_file_sub() { put gone changed here; }
row file_sub 'gone:3 gone~HEAD:12' 'a file becomes a submodule there, changed here'

# --- attributes

# Such a file looks changed as soon as git reads it again; whether it does is up
# to the clock.
config_crlf() { fidelity_touch=yes; }
theirs_crlf() { printf 'one\r\ntwo\r\n' >crlf; }
ours_crlf() { put .gitattributes 'crlf text eol=crlf'; }
row crlf clean 'attributes of ours apply to files of theirs'

theirs_union() { put u.x a b theirs; }
ours_union() { put .gitattributes '*.x merge=union'; put u.x a b ours; }
row union clean 'a merge driver of ours is used'

# --- names

theirs_odd()
{
	for name in 'a "quoted" name' '-leading' ':leading' ':(top)' '*' \
		'back\slash' 'trailing ' 'ünï' "$(printf 'tab\there')" \
		"$(printf 'new\nline')" "$(printf 'latin\351')"
	do
		edit "./$name" 's/5/theirs/'
		put "./new $name" 1
	done
}
ours_odd()
{
	for name in 'a "quoted" name' '-leading' ':leading' ':(top)' '*' \
		'back\slash' 'trailing ' 'ünï' "$(printf 'tab\there')" \
		"$(printf 'new\nline')" "$(printf 'latin\351')"
	do
		edit "./$name" 's/5/ours/'
	done
}
base_odd()
{
	for name in 'a "quoted" name' '-leading' ':leading' ':(top)' '*' \
		'back\slash' 'trailing ' 'ünï' "$(printf 'tab\there')" \
		"$(printf 'new\nline')" "$(printf 'latin\351')"
	do
		put "./$name" 1 2 3 4 5 6 7 8 9
	done
}
row odd '*:123 -leading:123 :(top):123 :leading:123 "a \"quoted\" name":123 "back\\slash":123 "latin\351":123 "new\nline":123 "tab\there":123 trailing :123 "\303\274n\303\257":123' 'odd names, in conflict and new'

config_odd_plain() { git config core.quotePath false; }
base_odd_plain() { base_odd; }
theirs_odd_plain() { put 'ünï' theirs; put './-leading' theirs; }
ours_odd_plain() { put 'ünï' ours; put './-leading' ours; }
row odd_plain '-leading:123 ünï:123' '... with core.quotePath=false'

long=$(printf '%0200d' 0)
theirs_long() { put "$long/$long/$long" theirs; }
ours_long() { put "$long/$long/$long" ours; }
row long "$long/$long/$long:23" 'a very long name'

theirs_twins() { put README theirs; put readme theirs; }
ours_twins() { put readme ours; }
row twins 'readme:23' 'names that differ by case only'

theirs_twin_rename() { mv kept KEPT; }
ours_twin_rename() { edit kept 's/$/!/'; edit moved 's/a/A/'; }
row twin_rename clean 'a name changes its case there, the file its content here'

done_testing
