#!/bin/sh
# Hook managers: husky 8, husky 9 and lefthook own the folder of hooks, and we
# are a job of theirs. Their files here are stand-ins: what husky's and
# lefthook's own do with arguments, input and exit codes, and no more. All
# three were tried for real (husky 8.0.3 and 9.1, lefthook 2.2).
. "$(dirname "$0")/lib/tap.sh"

draw_shop()
{
	[ -d "$WORK/upstream" ] || {
		git init -q "$WORK/upstream"
		put "$WORK/upstream/app" one
		commit 'Release 1.0.0' -C "$WORK/upstream"
		git -C "$WORK/upstream" tag 1.0.0
	}
	git clone -q "$WORK/upstream" "$1"
	git -C "$1" checkout -q --no-track -b production 1.0.0
	printf 'out\nerr\nseen*\n' >>"$1/.git/info/exclude"
	git init -q --bare "$1.git"
	git -C "$1" remote add platform "$WORK/$1.git"
	git -C "$1" config upgrade.upstream origin
}

# husky8, husky9: `husky install` and `husky`, in the work tree here
husky8()
{
	put .husky/_/.gitignore '*'
	cat >.husky/_/husky.sh <<-'EOF'
	if [ -z "$husky_skip_init" ]; then
		export husky_skip_init=1
		sh -e "$0" "$@"
		exit $?
	fi
	EOF
	git config core.hooksPath .husky
}

husky9()
{
	put .husky/_/.gitignore '*'
	cat >.husky/_/h <<-'EOF'
	n=$(basename "$0")
	s=$(dirname "$(dirname "$0")")/$n
	[ ! -f "$s" ] && exit 0
	sh -e "$s" "$@"
	exit $?
	EOF
	for hook in pre-push post-merge
	do
		put ".husky/_/$hook" '#!/usr/bin/env sh' '. "$(dirname "$0")/h"'
		chmod +x ".husky/_/$hook"
	done
	git config core.hooksPath .husky/_
}

# `lefthook install`: the hook runs, with the same input, each `run` of the
# two configurations
lefthook()
{
	cat >.git/hooks/pre-push <<-'EOF'
	#!/bin/sh
	# lefthook's place
	cat >.git/lefthook.in
	export one="$1" two="$2" code=0
	for file in lefthook.yml lefthook-local.yml
	do
		[ -f "$file" ] || continue
		sed -n '/run:/,/use_stdin/p' "$file" | sed '/use_stdin/d
			s/.*run: //; s/^>-$//
			s/{1}/$one/; s/{2}/$two/' >.git/lefthook.run
		sh .git/lefthook.run <.git/lefthook.in || code=1
	done
	exit $code
	EOF
	chmod +x .git/hooks/pre-push
}

markers()
{
	put bad '<<<<<<< ours' one '=======' two '>>>>>>> theirs'
	commit 'Markers'
}

# judged: a good push passes and reaches their hook with all it was given, a
# bad one does not pass
judged()
{
	put mine good
	commit Good
	rm -f seen.*
	expect_code 0 git push -q platform production >out 2>err
	has "^refs/heads/production $(git rev-parse HEAD) refs/heads/" seen.in
	is 1 "$(wc -l <seen.in)"
	has "^platform .*\.git$" seen.args
	markers
	expect_code 1 git push platform production >out 2>err
	has '^upgrade: production: markers: ' err
	is 1 "$(grep -c '^upgrade: production: markers' err)"
	git reset -q --hard HEAD~1
}

for version in 8 9
do
	story "husky $version: its hook gets a job, the rest of it stays" '
		draw_shop "shop$version"
		cd "shop$version"
		"husky$version"
		put .husky/pre-push "#!/usr/bin/env sh" \
			". \"\$(dirname -- \"\$0\")/_/husky.sh\"" "" \
			"cat >seen.in" "echo \"\$@\" >seen.args"
		[ "$version" = 8 ] || sed -i /husky.sh/d .husky/pre-push
		chmod +x .husky/pre-push
		commit Husky
		cp .husky/pre-push ../theirs
		expect_code 0 git upgrade hooks status >out 2>err
		has "^pre-push *foreign .*/.husky/pre-push$" out
		expect_code 0 git upgrade hooks install -n >out 2>err
		has "^Would install pre-push as a job of husky" err
		same ../theirs .husky/pre-push
		expect_code 0 git upgrade hooks install >out 2>err
		has "^Installed pre-push as a job of husky: .*/.husky/pre-push" err
		has "commit that file" err
		expect_code 0 git upgrade hooks status >out 2>err
		has "^pre-push *registered .*/.husky/pre-push$" out
		is "" "$(cat err)"
		commit "Our job"
		expect_code 0 git upgrade hooks install >out 2>err
		has "calls git upgrade already" err
		is "" "$(git status --short)"
	'

	story "husky $version: the job judges, theirs sees the same input" '
		cd "shop$version"
		judged
	'

	story "husky $version: nothing to push, no input" '
		cd "shop$version"
		rm -f seen.*
		git push -q platform production
		is "" "$(cat seen.in)"
	'

	story "husky $version: in a clone without our hooks it does nothing" '
		git clone -q "shop$version" "mate$version"
		cd "mate$version"
		"husky$version"
		printf "out\nerr\nseen*\n" >>.git/info/exclude
		git remote add platform "$WORK/mate$version.git"
		git init -q --bare "$WORK/mate$version.git"
		markers
		expect_code 0 git push -q platform production >out 2>err
		has "^refs/heads/production " seen.in
	'

	story "husky $version: the program gone, environments are protected" '
		cd "shop$version"
		mkdir -p ../bin
		for tool in git sh cat echo env basename dirname
		do
			ln -sf "$(command -v "$tool")" "../bin/$tool"
		done
		put mine gone
		commit Gone
		PATH=$PWD/../bin
		not git push platform production >out 2>err
		/usr/bin/grep -q "^upgrade: git-upgrade is not installed" err
		git push -q platform HEAD:refs/heads/harmless
	'

	story "husky $version: an older job of ours is renewed" '
		cd "shop$version"
		cp .husky/pre-push ../want
		sed -i "s/^# git-upgrade job 1/# git-upgrade job 0/" \
			.husky/pre-push
		expect_code 0 git upgrade hooks status >out 2>err
		has "^pre-push *outdated " out
		expect_code 0 git upgrade hooks install >out 2>err
		has "^Renewed pre-push" err
		same ../want .husky/pre-push
	'

	story "husky $version: removed, theirs is as it was" '
		cd "shop$version"
		expect_code 0 git upgrade hooks remove >out 2>err
		has "^Took our job out of .*/.husky/pre-push$" err
		same ../theirs .husky/pre-push
		[ -x .husky/pre-push ]
		missing .git/upgrade/hooks/pre-push
		expect_code 0 git upgrade hooks status >out 2>err
		has "^pre-push *foreign " out
	'
done

story 'husky 9 without a hook of its own: one is made, and goes again' '
	draw_shop fresh
	cd fresh
	husky9
	expect_code 0 git upgrade hooks install >out 2>err
	exists .husky/pre-push
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	git reset -q --hard HEAD~1
	git upgrade hooks install
	git upgrade hooks remove
	missing .husky/pre-push
'

story 'husky that comes later displaces our hook, and status says so' '
	draw_shop later
	cd later
	git upgrade hooks install
	husky9
	expect_code 0 git upgrade hooks status --json >out 2>err
	has "\"state\": *\"displaced\"" out
	has "\"manager\": *\"husky\"" out
	has "\"displaced\": *\".*/later/.git/hooks/pre-push\"" out
	expect_code 0 git upgrade hooks status >out 2>err
	has "git does not run it any more" err
	expect_code 0 git upgrade hooks install >out 2>err
	has "^Installed pre-push as a job of husky" err
	markers
	expect_code 1 git push platform production >out 2>err
	git reset -q --hard HEAD~1
	git upgrade hooks install
	git upgrade hooks remove
	missing .git/hooks/pre-push .git/upgrade/hooks/pre-push
'

story 'a call written by hand is enough' '
	draw_shop byhand
	cd byhand
	husky9
	put .husky/pre-push "git upgrade hook pre-push \"\$@\""
	cp .husky/pre-push ../theirs
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *registered .*/.husky/pre-push$" out
	expect_code 0 git upgrade hooks install >out 2>err
	has "calls git upgrade already" err
	same ../theirs .husky/pre-push
'

story 'lefthook: a job in the configuration of this clone' '
	draw_shop left
	cd left
	put lefthook.yml "pre-push:" "  commands:" "    theirs:" \
		"      run: cat >seen.in; echo {1} {2} >seen.args" \
		"      use_stdin: true"
	lefthook
	commit Lefthook
	expect_code 0 git upgrade hooks install >out 2>err
	has "^Installed pre-push as a job of lefthook: .*/lefthook-local.yml" err
	has "lefthook install" err
	printf "lefthook-local.yml\n" >>.git/info/exclude
	is "" "$(git status --short)"
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *registered .*/lefthook-local.yml$" out
	judged
'

story 'lefthook: what is in that file stays, ours goes' '
	cd left
	git upgrade hooks remove
	missing lefthook-local.yml
	put lefthook-local.yml "pre-commit:" "  skip: true"
	cp lefthook-local.yml ../theirs
	git upgrade hooks install
	has "^  skip: true$" lefthook-local.yml
	has "^pre-push:$" lefthook-local.yml
	git upgrade hooks remove
	same ../theirs lefthook-local.yml
'

story 'lefthook: a hook of that name there is for people to join' '
	cd left
	put lefthook-local.yml "pre-push:" "  parallel: true"
	cp lefthook-local.yml ../theirs
	expect_code 2 git upgrade hooks install >out 2>err
	has "has a .pre-push. of its own" err
	has "use_stdin: true" err
	has "^Nothing was changed.$" err
	same ../theirs lefthook-local.yml
	missing .git/upgrade/hooks/pre-push
	rm lefthook-local.yml
'

story 'lefthook that comes later moves ours aside, and status says so' '
	draw_shop moved
	cd moved
	git upgrade hooks install
	put lefthook.yml "pre-push: {}"
	mv .git/hooks/pre-push .git/hooks/pre-push.old
	lefthook
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *displaced " out
	has "/pre-push.old" err
	expect_code 0 git upgrade hooks install >out 2>err
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	git upgrade hooks remove
	missing .git/hooks/pre-push.old
	[ -f .git/hooks/pre-push ]
'

story 'a linked work tree calls the hook of the clone' '
	cd fresh
	git upgrade hooks install
	commit Job
	git worktree add -q ../linked -b wt
	cd ../linked
	husky9
	expect_code 0 git upgrade hooks status >../out 2>../err
	has "^pre-push *registered .*/linked/.husky/pre-push$" ../out
	markers
	expect_code 1 git push platform HEAD:production >../out 2>../err
	has "^upgrade: production: markers: " ../err
'

done_testing
