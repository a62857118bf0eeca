#!/bin/sh
#
# The files of a release are what git would check out: clean and smudge
# filters of the platform, line ends and encodings by attributes, and git-lfs.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'filters, line ends and encodings are applied' '
	draw_clone prod
	cd prod
	draw_platform
	git -C ../platform.git config filter.loud.smudge "tr a-z A-Z"
	put .gitattributes "*.loud filter=loud" "*.bat text eol=crlf" \
		"*.u16 text working-tree-encoding=UTF-16LE"
	put a.loud "quiet"
	put run.bat "rem"
	printf "h\\0i\\0\\n\\0" >b.u16
	put bin/tool "#!/bin/sh"
	chmod +x bin/tool
	ln -s bin/tool link
	commit "Files that look otherwise than they are kept"
	is "hi" "$(git cat-file -p HEAD:b.u16)"
	git push -q platform production 2>../err
	is QUIET "$(cat "$SRV/current/a.loud")"
	printf "rem\\r\\n" >../expected
	cmp ../expected "$SRV/current/run.bat"
	cmp b.u16 "$SRV/current/b.u16"
	test -x "$SRV/current/bin/tool"
	test ! -x "$SRV/current/a.loud"
	is bin/tool "$(readlink "$SRV/current/link")"
'

story 'one that hangs is given up, and the old release serves on' '
	cd prod
	config=../platform.git/info/gitupgrade.yaml
	cp "$config" ../saved
	sed "s|^  keep: 2|  keep: 2\n  checkout_timeout: 2s|" ../saved >"$config"
	has "checkout_timeout" "$config"
	mkfifo ../never
	git -C ../platform.git config filter.hangs.smudge \
		"cat $WORK/never; cat"
	before=$(readlink "$SRV/current")
	put .gitattributes "*.hangs filter=hangs"
	put a.hangs "hangs"
	commit "A filter that hangs"
	git push -q platform production 2>../err
	has "its files were not checked out in 2 s; a filter may hang" ../err
	is "$before" "$(readlink "$SRV/current")"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	grep -z -l -x -e "cat $WORK/never; cat" /proc/[0-9]*/cmdline \
		>../left 2>/dev/null || :
	same /dev/null ../left
	cp ../saved "$config"
	git rm -q a.hangs
	put .gitattributes ""
	commit "Without"
	git push -q platform production 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'of git-lfs: a release with all its objects' '
	command -v git-lfs >/dev/null || {
		echo "# no git-lfs" >&2
		return 0
	}
	git -C platform.git lfs install --local >/dev/null
	cd prod
	git lfs install --local >/dev/null
	# Its own pre-push hook brings the objects there.
	put .gitattributes "*.bin filter=lfs diff=lfs merge=lfs -text"
	put large.bin "large file"
	commit "Add a large file"
	git cat-file -p HEAD:large.bin >../pointer
	has "^oid sha256:" ../pointer
	git push -q platform production 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is "large file" "$(cat "$SRV/current/large.bin")"
'

story 'one that is not there fails before anything is interrupted' '
	command -v git-lfs >/dev/null || {
		echo "# no git-lfs" >&2
		return 0
	}
	cd prod
	before=$(readlink "$SRV/current")
	put large.bin "larger file"
	commit "Change the large file"
	expect_code 3 env GIT_LFS_SKIP_PUSH=1 git upgrade push \
		>../out 2>../err
	has "large.bin: smudge filter lfs failed" ../err
	has "known cause: an object of Git LFS is missing" ../err
	is "$before" "$(readlink "$SRV/current")"
	is "large file" "$(cat "$SRV/current/large.bin")"
'

story 'brought there, it is tried again' '
	command -v git-lfs >/dev/null || {
		echo "# no git-lfs" >&2
		return 0
	}
	cd prod
	git lfs push --all platform production >../out 2>&1
	git upgrade push --retry >../out 2>../err
	is "larger file" "$(cat "$SRV/current/large.bin")"
'

done_testing
