#!/bin/sh
#
# Every kind of change: renames, directory renames, modify/delete, add/add,
# submodules, modes, symlinks, binary files, odd names. Wherever git merge
# with the right base would be right, index and files are the same.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# A product with two releases; the operator's edits and upstream's are the
# bodies of functions. Release 1.0.0 has: text, moved, dir/one, dir/two,
# exe, link, binary, gone, kept.
base()
{
	put text 1 2 3 4 5 6 7 8 9
	put moved a b c d e f g h
	mkdir -p dir
	put dir/one one one one one
	put dir/two two two two two
	put exe '#!/bin/sh' 'exit 0'
	ln -s text link
	printf '\0\1\2\3binary' >binary
	put gone will be gone
	put kept kept
}

# case NAME: draw `up` and `prod` from theirs_NAME and ours_NAME; `true` is
# what git merge makes of it with A as the true base.
case_of()
{
	rm -rf up prod true
	git init -q up
	cd up
	base
	git add -A
	commit 'release 1.0.0'
	git tag -m 1 1.0.0
	"theirs_$1"
	git add -A
	commit 'release 1.1.0'
	git tag -m 1 1.1.0
	git switch -q -c aside 1.0.0
	git switch -q -
	cd ..
	git clone -q up prod
	cd prod
	git switch -q -c production 1.0.0
	"ours_$1"
	git add -A
	commit 'ours'
	cd ..
	cp -R prod true
}

# The same index, files and status as git's own merge leaves. The record is
# ours alone, and comes with the end of the merge.
compare()
{
	theirs=0
	(cd true && git merge -q --no-edit --no-ff 1.1.0) >said 2>&1 ||
		theirs=$?
	ours=0
	(cd prod && git upgrade merge --no-fetch --no-edit 1.1.0) \
		>said.ours 2>&1 || ours=$?
	cat said said.ours
	test "$theirs" -le 1
	is "$theirs" "$ours"
	for r in true prod
	do
		(
			cd $r
			git ls-files -s -- . ':!.gitupgrade.adopted'
			git status --porcelain
			git diff
			find . -path ./.git -prune -o ! -type d \
				! -name .gitupgrade.adopted -print |
				LC_ALL=C sort | while read -r f
			do
				if [ -L "$f" ]
				then
					echo "$f -> $(readlink "$f")"
				else
					echo "$f $(stat -c %A "$f")" \
						"$(git hash-object \
						--no-filters "$f")"
				fi
			done
		) >$r.state
	done
	sed "s/^\([<>|]\{7\}\) .*/\1/; s/~HEAD/~production/g" true.state \
		>expected
	# Labels are in the conflicted files: compare those without them.
	sed "s/^\([<>|]\{7\}\) .*/\1/" prod.state >actual
	if [ "$theirs" = 0 ]
	then
		same expected actual
	else
		(cd true && git ls-files -s | cut -c1-300) >a
		(cd prod && git ls-files -s) >b
		sed 's/~HEAD/~production/' a >a.named
		same a.named b
		(cd true && git status --porcelain) >a
		(cd prod && git status --porcelain) >b
		sed 's/~HEAD/~production/' a >a.named
		same a.named b
	fi
}

kind()
{
	story "$2" "
		case_of $1
		compare
	"
}

theirs_content() { sed 's/2/two/' text >x; cat x >text; rm x; }
ours_content() { sed 's/8/eight/' text >x; cat x >text; rm x; }
kind content 'both change different lines of a file'

theirs_clash() { sed 's/5/theirs/' text >x; cat x >text; rm x; }
ours_clash() { sed 's/5/ours/' text >x; cat x >text; rm x; }
kind clash 'both change the same line'

theirs_rename() { git mv moved renamed; }
ours_rename() { sed 's/h/H/' moved >x; cat x >moved; rm x; }
kind rename 'a file renamed there, changed here'

theirs_dirrename() { git mv dir folder; }
ours_dirrename() { put dir/three three three three; }
kind dirrename 'a folder renamed there, a file added here'

theirs_delete() { git rm -q gone; }
ours_delete() { put gone changed here; }
kind delete 'a file deleted there, changed here'

theirs_deleted() { put gone changed there; }
ours_deleted() { git rm -q gone; }
kind deleted 'a file deleted here, changed there'

theirs_add() { put new from there; }
ours_add() { put new from here; }
kind add 'a file added by both'

theirs_mode() { chmod +x text; }
ours_mode() { sed 's/8/eight/' text >x; cat x >text; rm x; }
kind mode 'a mode changed there, content here'

theirs_link() { ln -sf kept link; }
ours_link() { put kept changed; }
kind link 'a symlink that points elsewhere there'

theirs_linkclash() { ln -sf kept link; }
ours_linkclash() { ln -sf moved link; }
kind linkclash 'a symlink changed by both'

theirs_binary() { printf '\0\1there' >binary; }
ours_binary() { printf '\0\1here' >binary; }
kind binary 'a binary file changed by both'

theirs_binary1() { printf '\0\1there' >binary; }
ours_binary1() { put kept mine; }
kind binary1 'a binary file changed there'

theirs_dirfile() { git rm -q -r dir; put dir is a file now; }
ours_dirfile() { put dir/one changed here; }
kind dirfile 'a folder that becomes a file there, changed here'

theirs_dirlink() { git rm -q -r dir; ln -s kept dir; }
ours_dirlink() { put text mine; }
kind dirlink 'a folder that becomes a symlink there'

theirs_filedir() { git rm -q gone; mkdir gone; put gone/inside a file; }
ours_filedir() { put kept mine; }
kind filedir 'a file that becomes a folder there'

theirs_typelink() { rm text; ln -s kept text; }
ours_typelink() { sed 's/8/eight/' text >x; cat x >text; rm x; }
kind typelink 'a file that becomes a symlink there, changed here'

theirs_odd()
{
	put 'a name with "quotes"' 1
	put '-leading' 1
	put "$(printf 'new\nline')" 1
	put "$(printf 'latin\351')" 1
}
ours_odd() { put 'uml äut' mine; }
kind odd 'odd file names'

theirs_submodule()
{
	git update-index --add --cacheinfo \
		160000,1234567890123456789012345678901234567890,sub
	put .gitmodules '[submodule "sub"]' '	path = sub' '	url = ../sub'
	mkdir sub
}
ours_submodule() { put kept mine; }
kind submodule 'a submodule that is new there'

theirs_crlf() { printf 'one\r\ntwo\r\n' >crlf; }
ours_crlf() { put .gitattributes 'crlf text eol=crlf' '*.x merge=union'; }
kind crlf 'attributes of ours apply'

theirs_union() { put u.x a b theirs; }
ours_union() { put .gitattributes '*.x merge=union'; put u.x a b ours; }
kind union 'a merge driver of ours is used'

story 'ignored files in the way are not overwritten' '
	case_of add
	cd prod
	git rm -q new
	put .gitignore /new
	git add .gitignore
	commit "new is ignored"
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
	case_of filedir
	cd prod
	git rm -q gone
	put .gitignore /gone
	git add .gitignore
	commit "gone is ignored"
	put gone precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   gone$" ../err
	is precious "$(cat gone)"
'

story 'an ignored file in a folder that becomes a symlink is not lost' '
	case_of dirlink
	cd prod
	put .gitignore "*.log"
	git add .gitignore
	commit "logs are ignored"
	put dir/precious.log precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   dir$" ../err
	has "^Nothing was changed.$" ../err
	is precious "$(cat dir/precious.log)"
'

story 'an empty folder is in nobodys way' '
	case_of add
	cd prod
	git rm -q new
	commit "new is gone"
	mkdir new
	git upgrade merge --no-fetch --no-edit 1.1.0
	has "^there$" new
'

story 'untracked files in the way are not overwritten' '
	case_of add
	cd prod
	git rm -q new
	commit "new is gone"
	put new precious
	expect_code 2 git upgrade merge --no-fetch --no-edit 1.1.0 2>../err
	has "^hint:   new$" ../err
	is precious "$(cat new)"
'

done_testing
