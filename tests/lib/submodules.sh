# Submodules for stories. Source it after platform.sh.
#
#	draw_lib NAME		$LIBS/NAME.git, to be a submodule, and
#				$LIBS/NAME, a work tree of it: with a program,
#				a link, and a file that a filter changes
#	more NAME		one commit more in both
#	add_lib URL PATH	in a clone: a submodule, staged
#	update_lib PATH NAME	in a clone: to the newest commit of it
#	pushed MESSAGE		what is staged, to the production of the
#				platform; $WORK/err is what was said
#	again			the same commit once more
#	on_server ARG...	git config, of the platform
#	same_tree REPO COMMIT DIR
#				the files in DIR are those of the commit, but
#				for what is in a folder `deep`

LIBS=$WORK/libs

draw_lib()
{
	git init -q "$LIBS/$1" &&
	(
		cd "$LIBS/$1" || exit 1
		put "$1.txt" "$1"
		put bin/run 'echo run'
		chmod +x bin/run
		ln -s "$1.txt" link
		printf 'crlf.txt text eol=crlf\n' >.gitattributes
		printf 'a\nb\n' >crlf.txt
		commit "First of $1"
		git tag "$1-1"
	) &&
	git clone -q --bare "$LIBS/$1" "$LIBS/$1.git"
}

more()
{
	(
		cd "$LIBS/$1" || exit 1
		date +%N >>"$1.txt"
		commit "More of $1"
		git push -q "$LIBS/$1.git" HEAD
	)
}

add_lib()
{
	git -c protocol.file.allow=always submodule --quiet add "$1" "$2"
}

update_lib()
{
	git update-index --add --cacheinfo \
		"160000,$(git -C "$LIBS/$2.git" rev-parse HEAD),$1"
}

pushed()
{
	tick
	git commit -q -m "$1"
	git push platform HEAD:production >"$WORK/out" 2>"$WORK/err"
}

again()
{
	git upgrade push --retry production >"$WORK/out" 2>"$WORK/err"
}

on_server()
{
	git -C "$WORK_PLATFORM" config "$@"
}

same_tree()
{
	rm -rf "$TRASH/tmp/tree" "$TRASH/tmp/index"
	mkdir "$TRASH/tmp/tree"
	GIT_INDEX_FILE=$TRASH/tmp/index git --git-dir="$1" \
		--work-tree="$TRASH/tmp/tree" read-tree -m -u "$2"
	diff -r --no-dereference -x .git -x deep "$TRASH/tmp/tree" "$3" >&7
	( cd "$TRASH/tmp/tree" && find . -type f -perm -100 | LC_ALL=C sort ) \
		>"$TRASH/tmp/want"
	( cd "$3" && find . \( -name .git -o -name deep \) -prune -o -type f \
		-perm -100 -print | LC_ALL=C sort ) >"$TRASH/tmp/got"
	same "$TRASH/tmp/want" "$TRASH/tmp/got"
}
