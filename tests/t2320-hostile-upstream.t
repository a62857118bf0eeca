#!/bin/sh
#
# Upstream is somebody else: what its tags are called, point to and say is
# data, also where somebody means harm.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

esc=$(printf '\033')
bel=$(printf '\007')
csi=$(printf '\302\233')
rlo=$(printf '\342\200\256')

# Nothing that a terminal would obey, in what a command printed.
is_text()
{
	lacks "$esc" "$@"
	lacks "$bel" "$@"
	lacks "$csi" "$@"
	lacks "$rlo" "$@"
	lacks "$(printf '\r')" "$@"
	lacks "$(printf '\b')" "$@"
}

# every RELEASE: run what prints, in the production here
every()
{
	for command in "" list "list --all" status "show $1" "diff $1" \
		"plan $1" "fetch --no-fetch" "config"
	do
		# shellcheck disable=SC2086
		git upgrade $command >../out 2>../err || test $? -le 129
		is_text ../out ../err
	done
}

story 'set-up: an upstream, a production' '
	draw_upstream upstream
	draw_production prod 3.1.0
'

story 'escapes in messages, names and files of a release are text' '
	cd upstream
	git checkout -q 3.2.x
	name=$(printf "config/\033]0;owned\007\342\200\256lmy.exe")
	put "$name" "x${esc}[2Jy" "b: ${csi}1m"
	put "production/config/evil${esc}c.yml.template" "k: ${esc}[31m"
	printf "image: x%s[2J\n" "$esc" >>docker-compose.yml
	git add -A
	git -c user.name="Eve${esc}[8m" -c user.email="e${bel}@x" \
		commit -q -m "Release${esc}[2J 3.2.9${bel}" -m "${csi}body${rlo}"
	git -c user.name="Eve${esc}[8m" tag -a \
		-m "3.2.9${esc}]0;x${bel}" -m "notes ${rlo}gnp.x\r\b" 3.2.9
	git checkout -q master
	cd ../prod
	git upgrade fetch >../out 2>../err
	is_text ../out ../err
	has "3.2.9" ../out
	every 3.2.9
	git upgrade show 3.2.9 >../out 2>../err
	has "3.2.9?" ../out
	git upgrade plan --no-fetch 3.1.1 >../out 2>../err
	is_text ../out ../err
'

story 'so they are when it is merged, and in conflict' '
	cd prod
	git checkout -q -b conflict
	put "$(printf "config/\033]0;owned\007\342\200\256lmy.exe")" mine
	commit "Mine ${esc}[2J"
	git upgrade merge --no-edit 3.2.9 >../out 2>../err || test $? -le 2
	is_text ../out ../err
	has "CONFLICT\|3.2.9" ../out ../err
	git upgrade >../out 2>../err
	is_text ../out ../err
	git upgrade status >../out 2>../err || :
	is_text ../out ../err
	git upgrade merge --abort >../out 2>../err
	is_text ../out ../err
	git checkout -q production
'

story 'what a local branch and file are called is text, too' '
	cd prod
	git checkout -q -b "topic${rlo}x"
	printf x >"dirty${esc}[2J"
	printf y >>docker-compose.yml
	git upgrade merge --no-edit 3.1.1 >../out 2>../err || :
	is_text ../out ../err
	git upgrade >../out 2>../err
	is_text ../out ../err
	rm -f "dirty${esc}[2J"
	git checkout -q -f production
'

# git check-ref-format lets all of these be.
story 'tags called like options and special names are no releases' '
	cd upstream
	commit=$(git rev-parse master)
	for name in -f --upload-pack=touch\ x --exec HEAD "@" ORIG_HEAD \
		"\$(touch\${IFS}owned)" ";touch\${IFS}owned;" "\`x\`" \
		"9.9.9;x" "v1.0.0|x" "-9.9.9" "1.0.0/../../heads/x"
	do
		git update-ref "refs/tags/$name" "$commit" 2>/dev/null || :
	done
	git for-each-ref --format="%(refname)" refs/tags >../tags
	has "^refs/tags/-f$" ../tags
	has "^refs/tags/HEAD$" ../tags
	cd ../prod
	snapshot >../before
	git upgrade fetch >../out 2>../err
	git for-each-ref refs/upgrade/releases >../releases
	lacks "/-f$\|/HEAD$\|touch\|;\|/@$" ../releases
	git upgrade list --all >../out 2>../err
	lacks "HEAD\|touch\|;" ../out
	missing owned ../owned ../upstream/owned
	snapshot >../after
	grep -v "refs/tags/" ../before >../before.refs
	grep -v "refs/tags/" ../after >../after.refs
	same ../before.refs ../after.refs
'

story 'names that are options cannot be named' '
	cd prod
	for name in -f --upload-pack=x --exec "-9.9.9" "HEAD" "@" "3.1.1^{}" \
		"3.1.1~0" ":/x" "refs/tags/3.1.1" "..3.1.1" "" "3.1.1
x"
	do
		for command in merge plan show
		do
			not git upgrade $command -- "$name" >../out 2>../err
			has "^\(error\|fatal\|usage\): " ../err
			is_text ../out ../err
		done
	done
	git status --porcelain >../out
	same /dev/null ../out
'

story 'a very long name, and one that is not ASCII' '
	cd upstream
	long=$(printf "%0200d" 0 | tr 0 7)
	git tag "3.2.$long" 3.2.1
	git tag "3.2.10-rc.$(printf "%0150d" 1)" 3.2.1
	git tag "$(printf "3.2.\303\251")" 3.2.1
	git tag "$(printf "\357\274\223.2.1")" 3.2.1
	cd ../prod
	git upgrade fetch >../out 2>../err
	git upgrade list --all >../out 2>../err
	every 3.2.1
	git upgrade show "3.2.$long" >../out 2>../err || :
	is_text ../out ../err
'

story 'release tags on blobs, trees, tags of tags, and nothing' '
	cd upstream
	blob=$(echo x | git hash-object -w --stdin)
	git tag 3.2.21 "$blob"
	git tag -a -m blob 3.2.22 "$blob"
	git tag 3.2.23 "master^{tree}"
	git tag -a -m one chain-1 3.2.1
	for n in 2 3 4 5 6 7 8 9
	do
		git -c advice.nestedTag=false tag -a -m "$n" "chain-$n" \
			"chain-$((n - 1))"
	done
	git update-ref refs/tags/3.2.24 "$(git rev-parse chain-9)"
	cd ../prod
	git upgrade fetch >../out 2>../err
	for release in 3.2.21 3.2.22 3.2.23
	do
		snapshot >../before
		not git upgrade merge --no-edit "$release" >../out 2>../err
		has "$release" ../err
		has "^hint: " ../err
		snapshot >../after
		same ../before ../after
		not git upgrade plan "$release" >../out 2>../err
		git upgrade show "$release" >../out 2>../err || test $? -le 128
		git upgrade list --all >../out 2>../err
	done
	git upgrade show 3.2.24 >../out 2>../err
	has "^3.2.24 " ../out
'

story 'a tag object that is broken in its text' '
	cd upstream
	commit=$(git rev-parse "3.2.1^{commit}")
	{
		printf "object %s\ntype commit\ntag 3.2.31\n" "$commit"
		printf "tagger \377\376 <> 99999999999999999999 +9999\n"
		printf "encoding no-such\n\n\377\376\033[2J\n"
	} >../tag
	oid=$(git hash-object -t tag -w --stdin --literally <../tag)
	git update-ref refs/tags/3.2.31 "$oid"
	{
		printf "object %s\ntype commit\ntag 3.2.32\n" "$commit"
		printf "\n"
	} >../tag
	oid=$(git hash-object -t tag -w --stdin --literally <../tag)
	git update-ref refs/tags/3.2.32 "$oid"
	cd ../prod
	git upgrade fetch >../out 2>../err
	for release in 3.2.31 3.2.32
	do
		every "$release"
		git upgrade show "$release" >../out 2>../err
		has "^$release " ../out
	done
'

# Not a repository but its server: what git itself must not, we must not.
story 'a ref that leaves its folder does not come in' '
	git clone -q --bare upstream evil.git
	oid=$(git -C evil.git rev-parse master)
	printf "# pack-refs with: peeled fully-peeled sorted \n" \
		>evil.git/packed-refs
	printf "%s refs/heads/master\n" "$oid" >>evil.git/packed-refs
	for name in refs/tags/../heads/owned refs/tags/3.2.99/../../../config \
		refs/tags/3.2.98.lock refs/tags//3.2.97 refs/tags/.3.2.96
	do
		printf "%s %s\n" "$oid" "$name" >>evil.git/packed-refs
	done
	git clone -q prod other
	cd other
	git config upgrade.upstream "$WORK/evil.git"
	cp .git/config ../config
	git upgrade fetch >../out 2>../err || test $? -le 128
	is_text ../out ../err
	same ../config .git/config
	git for-each-ref --format="%(refname)" >../refs
	lacks "owned\|3.2.9[6-9]\|\.\." ../refs
'

done_testing
