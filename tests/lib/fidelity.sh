# Is it the merge git makes? Source it after tap.sh.
#
# One operator's branch and one release are merged twice in the same
# repository: by `git merge`, in a history where the adopted release A is an
# ancestor of both sides, and by `git upgrade merge`, where it is not, as with
# upstreams that have release branches:
#
#	older --- A --- ours	      older --- A --- ours
#	           \			   \
#	            theirs		    theirs
#
# A and ours are the same commits in both, and the branch is called HEAD, as
# git merge calls our side in markers and file names. So not a byte may
# differ: of the index, of the files, of what status and diff say.
#
#	fidelity_repo DIR	a repository for what follows, to be run in
#	fidelity_draw NAME	the two histories, by base_NAME, theirs_NAME and
#				ours_NAME, each a function that changes files,
#				and config_NAME, one that sets configuration;
#				theirs_NAME alone must exist. NAMEs that are
#				here: mixed, with every common change, and
#				mixed_clean, without a conflict
#	fidelity_true		the tag 1.1.0 goes where git merge is right
#	fidelity_pinned		... and where it is not
#	fidelity_merge WHO OUT	WHO is true or pinned: merge, and write what is
#				there then to OUT and OUT.code
#	fidelity_back		as before the merge, by force
#	fidelity_row NAME STAGES [SETUP]
#				all that, in the repository here; SETUP is run
#				before each merge
#	row NAME STAGES TITLE	a story of it, in r
#
# STAGES are the conflicts that git makes of it, "PATH:STAGES ..."; "clean", or
# "none" of a conflict that leaves no stages.

# shellcheck disable=SC2016,SC2034

# What base_NAME begins with
fidelity_base()
{
	put text 1 2 3 4 5 6 7 8 9
	put moved a b c d e f g h
	put dir/one one one one one
	put dir/two two two two two
	put exe '#!/bin/sh' 'exit 0'
	chmod +x exe
	ln -s text link
	printf '\0\1\2\3binary' >binary
	put gone will be gone
	put kept kept
}

fidelity_theirs_mixed_clean()
{
	put text 1 two 3 4 5 6 7 8 9
	mv moved renamed
	rm gone
	put dir/new new
	put deep/a/b new
	put deep/a/c new
	chmod +x kept
	ln -sf kept link
	printf '\0\1there' >binary
}

theirs_mixed_clean() { fidelity_theirs_mixed_clean; }
ours_mixed_clean()
{
	put text 1 2 3 4 5 6 7 eight 9
	put moved a b c d e f g H
	put dir/one one one one one one
	put ours/own own
}

theirs_mixed()
{
	fidelity_theirs_mixed_clean
	put dir/two two theirs two two
	put other/clash theirs
}
ours_mixed()
{
	ours_mixed_clean
	put dir/two two ours two two
	put other/clash ours
}
mixed='dir/two:123 other/clash:23'

# fidelity_repo DIR [GIT-INIT-OPTION...]
fidelity_repo()
{
	fidelity_of=$1
	shift
	git init -q "$@" "$fidelity_of"
	set -- "$fidelity_of"
	git -C "$1" remote add origin https://upstream.example/product.git
	git -C "$1" config core.warnAmbiguousRefs false
	git -C "$1" config advice.detachedHead false
	mkdir "$1.fidelity"
	cp "$1/.git/config" "$1.fidelity/config"
	git -C "$1" symbolic-ref HEAD refs/heads/HEAD
}

# The folder for what is no part of the repository here
fidelity_notes()
{
	printf '%s' "../${PWD##*/}.fidelity"
}

# have COMMAND: is there such a function?
fidelity_call()
{
	if command -v "$1" >/dev/null
	then
		"$1"
	fi
}

# The tree of files that FUNCTION... make of those of tree FROM
fidelity_tree()
{
	fidelity_from=$1
	shift
	git read-tree --reset -u "$fidelity_from"
	git clean -ffdxq
	for fidelity_function
	do
		fidelity_call "$fidelity_function"
	done
	git add -A
	git write-tree
}

# fidelity_commit TREE PARENT...
fidelity_commit()
{
	fidelity_of=$1
	shift
	tick
	for fidelity_parent
	do
		set -- "$@" -p "$fidelity_parent"
		shift
	done
	git commit-tree -m "$fidelity_of" "$@" "$fidelity_of"
}

fidelity_draw()
{
	fidelity_dir=$(fidelity_notes)
	fidelity_quit
	[ ! -d .git ] || cp "$fidelity_dir/config" .git/config
	fidelity_call "config_$1"
	fidelity_empty=$(git mktree </dev/null)
	fidelity_a=$(fidelity_tree "$fidelity_empty" fidelity_base "base_$1")
	fidelity_b=$(fidelity_tree "$fidelity_a" "theirs_$1")
	fidelity_o=$(fidelity_tree "$fidelity_a" "ours_$1")
	fidelity_older=$(fidelity_commit "$fidelity_empty")
	fidelity_a=$(fidelity_commit "$fidelity_a" "$fidelity_older")
	fidelity_o=$(fidelity_commit "$fidelity_o" "$fidelity_a")
	fidelity_true=$(fidelity_commit "$fidelity_b" "$fidelity_a")
	fidelity_pinned=$(fidelity_commit "$fidelity_b" "$fidelity_older")
	git update-ref --stdin <<-EOT
	update refs/heads/HEAD $fidelity_o
	update refs/tags/1.0.0 $fidelity_a
	update refs/tags/1.1.0 $fidelity_pinned
	update refs/fidelity/true $fidelity_true
	update refs/fidelity/pinned $fidelity_pinned
	EOT
	git read-tree --reset -u HEAD
	git clean -ffdxq
	[ -z "${2-}" ] || "$2"
}

# State of index and files, exact. The record is ours alone, and comes with
# the end of the merge. With fidelity_touch set git has to read every file: what
# it may take as read else depends on the clock.
fidelity_state()
{
	if [ -n "${fidelity_touch-}" ]
	then
		find . -path ./.git -prune -o -type f \
			-exec touch -d 2001-01-01 {} +
		git update-index -q --refresh || :
	fi
	GIT_OPTIONAL_LOCKS=0
	export GIT_OPTIONAL_LOCKS
	fidelity_own=:!.gitupgrade.adopted
	echo "-- index"
	git ls-files -s -- . "$fidelity_own"
	git ls-files -v -- . "$fidelity_own"
	echo "-- files that look changed"
	git diff-files -- . "$fidelity_own"
	echo "-- status"
	git status --porcelain=v2 --untracked-files=all --ignored
	echo "-- diff"
	git diff --binary --full-index
	if [ -e "$(git rev-parse --git-dir)/AUTO_MERGE" ]
	then
		echo "-- diff with the sides"
		git diff --full-index --base
		git diff --full-index --ours
		git diff --full-index --theirs
		git diff --full-index AUTO_MERGE
	fi
	echo "-- files"
	find . -name .git -prune -o ! -name .gitupgrade.adopted \
		-printf '%y %m %p %l\n' | LC_ALL=C sort
	find . -name .git -prune -o -type f ! -name .gitupgrade.adopted \
		-print0 | LC_ALL=C sort -z | xargs -0 -r sha1sum
}

fidelity_true()
{
	git update-ref refs/tags/1.1.0 refs/fidelity/true
}

fidelity_pinned()
{
	git update-ref refs/tags/1.1.0 refs/fidelity/pinned
}

fidelity_merge()
{
	fidelity_code=0
	if [ "$1" = true ]
	then
		fidelity_true
		git merge --no-edit --no-ff 1.1.0 >"$2.said" 2>&1 ||
			fidelity_code=$?
	else
		fidelity_pinned
		git upgrade merge --no-fetch --no-edit 1.1.0 \
			>"$2.said" 2>&1 || fidelity_code=$?
	fi
	cat "$2.said"
	echo "$fidelity_code" >"$2.code"
	(fidelity_state) >"$2" 2>&1
}

fidelity_quit()
{
	fidelity_git=$(git rev-parse --git-dir)
	for fidelity_name in MERGE_HEAD MERGE_MSG MERGE_MODE AUTO_MERGE \
		MERGE_RR rr-cache upgrade
	do
		rm -rf "${fidelity_git:?}/$fidelity_name"
	done
}

fidelity_back()
{
	fidelity_quit
	git update-ref refs/heads/HEAD "$1"
	git read-tree --reset -u HEAD
	git clean -ffdxq
}

# The conflicts here, in the words of row
fidelity_stages()
{
	git ls-files -u >"$1.unmerged"
	awk -F '\t' '
	{
		split($1, f, " ")
		if ($2 != last)
			out = out (last == "" ? "" : " ") $2 ":"
		last = $2
		out = out f[3]
	}
	END {
		if (out == "")
			out = code == 0 ? "clean" : "none"
		print out
	}' code="$(cat "$1.code")" "$1.unmerged"
}

# Take the release's side of everything, and go on to the end
fidelity_take_theirs()
{
	git read-tree --reset -u 1.1.0
	git clean -ffdxq
	git upgrade merge --continue --no-edit
	git diff --exit-code --stat HEAD 1.1.0 -- . ':!.gitupgrade.adopted'
	is "$1 $(git rev-parse 1.1.0)" "$(git log -1 --format=%P)"
	is '' "$(git status --porcelain --untracked-files=all \
		--ignore-submodules=all)"
}

fidelity_row()
{
	fidelity_dir=$(fidelity_notes)
	fidelity_draw "$1" "${3-}"
	fidelity_head=$(git rev-parse refs/heads/HEAD)
	snapshot >"$fidelity_dir/before"

	fidelity_merge true "$fidelity_dir/true"
	is "$2" "$(fidelity_stages "$fidelity_dir/true")"
	test "$(cat "$fidelity_dir/true.code")" -le 1
	fidelity_back "$fidelity_head"
	[ -z "${3-}" ] || "$3"

	fidelity_merge pinned "$fidelity_dir/pinned"
	same "$fidelity_dir/true.code" "$fidelity_dir/pinned.code"
	same "$fidelity_dir/true" "$fidelity_dir/pinned"
	[ "$2" != clean ] || return 0

	git upgrade merge --abort
	fidelity_before "$fidelity_dir/before" >"$fidelity_dir/expected"
	snapshot >"$fidelity_dir/after"
	fidelity_before "$fidelity_dir/after" >"$fidelity_dir/actual"
	same "$fidelity_dir/expected" "$fidelity_dir/actual"
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
	fidelity_take_theirs "$fidelity_head"
}

# ORIG_HEAD stays behind, as it does in git, and so do caches; the tag was
# moved by us.
fidelity_before()
{
	sed -e '/\/ORIG_HEAD$/d' -e '/refs\/tags\/1.1.0$/d' \
		-e '/^.\/sharedindex\./d' -e '/^.\/lfs\//d' \
		-e '/^.\/rr-cache\//d' "$1"
}

row()
{
	story "$3" "
		cd r
		fidelity_row $1 '$2'
	"
}
