#!/bin/sh
#
# git merge -s upgrade: plain git merges a release, with the right base, by
# structure, and with the record.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

story 'a release is merged: base, structure, record, and git commits' '
	draw_shop
	production
	override
	git branch before
	git upgrade merge --no-edit 1.1.0 2>../err
	git branch ours
	git reset -q --hard before
	git merge --no-edit -s upgrade 1.1.0 >../out 2>../err
	has "^Merge made by the .upgrade. strategy" ../out
	has "^Merging release 1.1.0 into production (base 1.0.0)$" ../err
	has "^  resolved     4 files by key$" ../err
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
	is "$(git rev-parse before 1.1.0^{commit})" \
		"$(git rev-parse HEAD^1 HEAD^2)"
	is "Merge tag .1.1.0. into production" \
		"$(git log -1 --format=%s | tr "\\047" .)" # tap: ok
	is "" "$(git status --porcelain)"
	missing .git/upgrade .git/MERGE_HEAD
	git upgrade list >../out 2>&1 || :
	has "^On 1.1.0" ../out
'

story 'the same by the name upstream'"'"'s ref has, or by its commit' '
	cd prod
	for name in refs/upgrade/releases/1.1.0 "$(git rev-parse 1.1.0^{})" \
		refs/tags/1.1.0
	do
		git reset -q --hard before
		git upgrade fetch 2>../err
		git merge -q --no-edit -s upgrade "$name" >../out 2>../err
		is "$(git rev-parse ours^{tree})" \
			"$(git rev-parse HEAD^{tree})"
	done
'

story 'from a folder below, in a linked work tree, on a new branch' '
	cd prod
	git worktree add -q -b linked ../linked before
	mkdir ../linked/below
	cd ../linked/below
	git merge -q --no-edit -s upgrade 1.1.0 >../../out 2>../../err
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
	cd ../../prod
	git worktree remove --force ../linked
'

story '--no-commit, and --squash' '
	cd prod
	git reset -q --hard before
	git merge --no-commit -s upgrade 1.1.0 >../out 2>&1
	has "stopped before committing as requested" ../out
	git commit -q --no-edit
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
	git reset -q --hard before
	git merge --squash -s upgrade 1.1.0 >../out 2>&1
	git commit -q -m "All at once"
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
	git upgrade list >../out 2>&1 || :
	has "^On 1.1.0" ../out
'

story 'a hook of git merge refuses: the merge stays, and git commit ends it' '
	cd prod
	git reset -q --hard before
	put .git/hooks/pre-merge-commit "#!/bin/sh" "exit 1"
	chmod +x .git/hooks/pre-merge-commit
	expect_code 1 git merge --no-edit -s upgrade 1.1.0 >../out 2>&1
	rm .git/hooks/pre-merge-commit
	git commit -q --no-edit
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
'

# refused PATTERN [NAME...]: by us, and everything is as it was
refused()
{
	pattern=$1
	shift
	[ $# -gt 0 ] || set -- 1.1.0
	snapshot >"$WORK/before"
	expect_code 2 git merge --no-edit -s upgrade "$@" \
		>"$WORK/out" 2>"$WORK/err"
	has "$pattern" "$WORK/err"
	has "^Nothing was changed.$" "$WORK/err"
	snapshot >"$WORK/after"
	sed -i "/ORIG_HEAD\|AUTO_MERGE/d" "$WORK/before" "$WORK/after"
	same "$WORK/before" "$WORK/after"
}

story 'refused: what is no release, and a tag that is not upstream'"'"'s' '
	cd prod
	git reset -q --hard before
	git branch feature 1.0.0
	git checkout -q feature
	echo f >feature
	git add feature
	commit "Feature"
	git checkout -q production
	refused "^error: .feature. is no release of generic$" feature
	has "git upgrade list" ../err
	has "leave .-s upgrade. away" ../err
	git tag -f 1.1.0 feature >../out 2>&1
	git upgrade fetch 2>../err || :
	refused "^error: 1.1.0 is .* at upstream, and what is to be merged is" \
		1.1.0
	has "git upgrade merge 1.1.0" ../err
	git tag -d 1.1.0 >../out
	git fetch -q upstream tag 1.1.0
'

story 'refused: a jump, two at once, and while ours is in progress' '
	cd shop
	git checkout -q 1.1.0
	echo later >later
	git add later
	commit "Later"
	git tag -a -m 1.2.0 1.2.0
	cd ../prod
	git upgrade fetch 2>../err
	git config upgrade.path connected-minor
	refused "^error: 1.0.0 -> 1.2.0 skips" 1.2.0
	has "git upgrade merge 1.1.0" ../err
	git config --unset upgrade.path
	refused "one release is merged at a time, not 2 commits at once" \
		1.1.0 feature
'

story 'refused: what is staged, and changes that are in the way' '
	cd prod
	echo x >staged
	git add staged
	refused "^error: there are changes that are staged$"
	git rm -q -f staged
	echo "# mine" >>docker-compose.yml
	refused "docker-compose.yml"
	git checkout -q docker-compose.yml
	git rm -q --cached notes.txt
	refused "staged"
	git reset -q
'

story 'files in the way, also ignored ones' '
	cd shop
	git checkout -q 1.0.0
	put cache/new new
	git add -f cache
	commit "New"
	git tag -a -m 1.0.1 1.0.1
	cd ../prod
	git fetch -q upstream tag 1.0.1
	git upgrade fetch 2>../err
	mkdir cache
	echo mine >cache/new
	echo /cache >>.git/info/exclude
	refused "cache/new" 1.0.1
	is mine "$(cat cache/new)"
	rm -r cache
'

story 'other changes stay as they are' '
	cd prod
	echo mine >>notes.txt
	git merge -q --no-edit -s upgrade 1.1.0 >../out 2>../err
	is " M notes.txt" "$(git status --porcelain)"
	git checkout -q notes.txt
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
	git reset -q --hard before
	echo "# mine" >>docker-compose.yml
	git merge -q --autostash --no-edit -s upgrade 1.1.0 >../out 2>../err
	is " M docker-compose.yml" "$(git status --porcelain)"
	git checkout -q .
	is "$(git rev-parse ours^{tree})" "$(git rev-parse HEAD^{tree})"
'

# --- what is left

story 'a conflict: git leaves a merge in progress' '
	cd prod
	git reset -q --hard before
	edit "s,shop/web:1.0.0,registry.acme.example/web:1.0.0," \
		docker-compose.yml
	git commit -q -a -m "A registry of ours"
	git branch -f clash
	expect_code 1 git merge --no-edit -s upgrade 1.1.0 >../out 2>../err
	has "^Automatic merge failed; fix conflicts" ../out
	has "^CONFLICT (content): Merge conflict in docker-compose.yml$" ../err
	has "^hint: edit it, .git add. it, then .git commit.$" ../err
	has "^<<<<<<< production$" docker-compose.yml
	has "^>>>>>>> 1.1.0$" docker-compose.yml
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	expect_code 2 git upgrade merge 1.1.0 2>../err
	has "an upgrade to 1.1.0 is in progress" ../err
	git upgrade >../out 2>&1 || :
	has "1.1.0" ../out
'

resolve()
{
	edit "/^<<<<<<</,/^=======/d; /^>>>>>>>/d" docker-compose.yml
	git add docker-compose.yml
}

story '... which --continue finishes' '
	cd prod
	expect_code 1 git upgrade merge --continue 2>../err
	has "1 file is still in conflict" ../err
	resolve
	git upgrade merge --continue --no-edit >../out 2>../err
	has "^\[production .*\] Upgrade to 1.1.0$" ../out
	is "" "$(git status --porcelain)"
	missing .git/upgrade .git/MERGE_HEAD
	is "$(git rev-parse clash 1.1.0^{})" "$(git rev-parse HEAD^1 HEAD^2)"
	git upgrade list >../out 2>&1 || :
	has "^On 1.1.0" ../out
	git rev-parse HEAD^{tree} >../finished
'

story '... and git commit, and git merge --continue as well' '
	cd prod
	for way in "commit --no-edit" "merge --continue"
	do
		git reset -q --hard clash
		expect_code 1 git merge -q --no-edit -s upgrade 1.1.0 \
			>../out 2>&1
		resolve
		git $way >../out 2>&1
		is "$(cat ../finished)" "$(git rev-parse HEAD^{tree})"
		git upgrade list >../out 2>&1 || :
		has "^On 1.1.0" ../out
		git upgrade status >../out 2>&1 || :
		lacks "unfinished\|in progress" ../out
	done
	git upgrade merge --continue >../out 2>../err
	has "Upgrade to 1.1.0" ../out
	missing .git/upgrade
'

story '... and --abort, ours and git'"'"'s, take back' '
	cd prod
	for way in "merge --abort" "upgrade merge --abort" "reset --merge"
	do
		git reset -q --hard clash
		git upgrade merge --abort 2>../err || :
		snapshot >../before
		expect_code 1 git merge -q --no-edit -s upgrade 1.1.0 \
			>../out 2>&1
		git $way 2>../err
		git upgrade merge --abort 2>../err || :
		snapshot >../after
		sed -i "/_HEAD\|_MERGE\|MERGE_RR/d" ../before ../after
		same ../before ../after
	done
	git upgrade plan 1.1.0 >../out 2>&1
'

story '--autostash: git brings back what it put aside' '
	cd prod
	git reset -q --hard clash
	for way in "upgrade merge --continue --no-edit" \
		"upgrade merge --abort" "commit -q --no-edit"
	do
		git reset -q --hard clash
		echo mine >>notes.txt
		expect_code 1 git merge -q --autostash --no-edit -s upgrade \
			1.1.0 >../out 2>&1
		[ "$way" = "upgrade merge --abort" ] || resolve
		git $way >../out 2>&1
		is " M notes.txt" "$(git status --porcelain)"
		git stash list >../out
		same /dev/null ../out
	done
'

story 'beside other strategies, and where there is no release' '
	cd prod
	git reset -q --hard clash
	expect_code 1 git merge --no-edit -s ort -s upgrade 1.1.0 \
		>../out 2>../err
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --abort 2>../err
	git checkout -q feature
	expect_code 1 git rebase -q -s upgrade clash >../out 2>../err
	has "is no release of generic$" ../err
	git rebase --abort
	git checkout -q production
	git pull -q --no-rebase --no-edit -s upgrade upstream 1.0.1 \
		>../out 2>../err
	git upgrade list >../out 2>&1 || :
	has "^On 1.0.1" ../out
'

story '-X no-structure and -X from: as the options of merge' '
	cd prod
	git reset -q --hard before
	expect_code 1 git merge -q --no-edit -s upgrade -X no-structure 1.1.0 \
		>../out 2>../err
	is 4 "$(git diff --name-only --diff-filter=U | wc -l)" # tap: ok
	git merge --abort
	git checkout -q --orphan squashed
	commit "All at once"
	git merge -q --no-edit --allow-unrelated-histories -s upgrade \
		-X from=1.0.0 1.1.0 >../out 2>../err
	git show -s --format=%T ours >../expect
	git show -s --format=%T HEAD >../out
	same ../expect ../out
	git checkout -q production
	expect_code 2 git merge -q --no-edit -s upgrade -X patience 1.1.0 \
		>../out 2>../err
	has "unknown option .*patience" ../err
'

story 'interrupted while files move: the way back is said, and is one' '
	cd prod
	git reset -q --hard before
	echo "docker-compose.yml filter=slow" >.git/info/attributes
	mkfifo ../armed
	put ../slow "[ ! -p ../armed ] || [ ! -e .git/upgrade/journal ] ||" \
		"{ : >../started; read -r go <../armed; }" cat
	git config filter.slow.smudge "sh ../slow"
	git config filter.slow.clean cat
	kill_state()
	{
		git status --porcelain
		git ls-files -s
	}
	kill_state >../before
	setsid git merge --no-edit -s upgrade 1.1.0 >../out 2>../err &
	pid=$!
	wait_for 20 test -e ../started
	kill -INT -$pid
	rm ../armed
	wait $pid || :
	has "^Interrupted. Where that leaves you, .*: git upgrade$" ../err
	git upgrade >../out 2>&1 || :
	has "^Upgrading production to 1.1.0: interrupted$" ../out
	git upgrade merge --abort 2>../err
	kill_state >../after
	same ../before ../after
	missing .git/index.lock .git/upgrade
	rm .git/info/attributes
'

# --- steps

with_steps()
{
	git reset -q --hard "$1"
	cat >"$WORK/profile.yaml" <<-\EOT
	format: 1
	profile: generic
	steps:
	  - name: build
	    run: [sh, -c, "echo {release} >built"]
	    produces: [built]
	EOT
	git config upgrade.profile "$WORK/profile.yaml"
}

story 'steps are left to --continue' '
	cd prod
	with_steps before
	expect_code 1 git merge --no-edit -s upgrade 1.1.0 >../out 2>../err
	has "^hint: there are no conflicts, but steps to run: finish it with .g\
it upgrade merge --continue.$" ../err
	has "counts as unfinished" ../err
	missing built
	is "" "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --continue --no-edit >../out 2>../err
	has "^  step build: done$" ../err
	is 1.1.0 "$(cat built)"
	is "" "$(git status --porcelain)"
	is "$(git rev-parse before 1.1.0^{})" "$(git rev-parse HEAD^1 HEAD^2)"
	git upgrade list >../out 2>&1 || :
	has "^On 1.1.0" ../out
	git rev-parse HEAD^{tree} >../stepped
'

story '... with conflicts before them' '
	cd prod
	git reset -q --hard clash
	expect_code 1 git merge --no-edit -s upgrade 1.1.0 >../out 2>../err
	has "git upgrade merge --continue., which runs the steps and co" ../err
	resolve
	git upgrade merge --continue --no-edit >../out 2>../err
	is 1.1.0 "$(cat built)"
	is "" "$(git status --porcelain)"
'

story '... and committed without them it is unfinished, with a record or not' '
	cd prod
	git reset -q --hard before
	git upgrade init --yes >../out 2>../err
	git branch recorded
	exists .gitupgrade.adopted
	for start in before recorded
	do
		git reset -q --hard "$start"
		expect_code 1 git merge --no-edit -s upgrade 1.1.0 \
			>../out 2>../err
		git commit -q --no-edit
		expect_code 2 git upgrade merge --continue 2>../err
		has "was committed already, by hand$" ../err
		git upgrade list >../out 2>../err || :
		has "1.1.0 was merged by hand" ../out ../err
		git upgrade merge --no-edit 1.1.0 >../out 2>../err
		is 1.1.0 "$(cat built)"
		git upgrade list >../out 2>../err || :
		has "^On 1.1.0" ../out
		lacks "by hand" ../out ../err
	done
'

story '... which no gate lets pass, until it is finished' '
	cd prod
	git init -q --bare ../platform.git
	git remote add platform ../platform.git
	git upgrade hooks install --env production=production 2>../err
	for start in before recorded
	do
		git reset -q --hard "$start"
		git push -q -f --no-verify platform production
		expect_code 1 git merge --no-edit -s upgrade 1.1.0 \
			>../out 2>../err
		git commit -q --no-edit
		expect_code 1 git push platform production >../out 2>../err
		has "unfinished" ../err
		git upgrade merge --no-edit 1.1.0 >../out 2>../err
		git push platform production >../out 2>../err
	done
'

done_testing
