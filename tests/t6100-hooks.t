#!/bin/sh
# The client's hooks: installed beside what is there, and what they judge.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/standin.sh"

draw_shop()
{
	git init -q upstream
	put upstream/app one
	commit 'Release 1.0.0' -C upstream
	git -C upstream tag 1.0.0
	git clone -q upstream shop
	git -C shop checkout -q --no-track -b production 1.0.0
	printf 'out\nerr\nseen*\n' >>shop/.git/info/exclude
	put shop/mine mine
	commit 'Mine' -C shop
	git init -q --bare platform.git
	git -C shop remote add platform "$PWD/platform.git"
	git -C shop config upgrade.upstream origin
}

# A commit no gate lets through, in the folder here.
markers()
{
	put bad '<<<<<<< ours' one '=======' two '>>>>>>> theirs'
	commit 'Markers'
}

story 'without a hook: absent, and how to install it' '
	draw_shop
	cd shop
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *absent " out
	has "git upgrade hooks install" err
	expect_code 0 git upgrade hooks remove >out 2>err
	has "nothing of ours to remove in .*/shop/.git/hooks$" err
'

story 'a dry run installs nothing' '
	cd shop
	expect_code 0 git upgrade hooks install -n >out 2>err
	has "^Would install pre-push" err
	missing .git/hooks/pre-push
	not git config upgrade.production.branch
'

story 'installed, the branch here becomes an environment' '
	cd shop
	expect_code 0 git upgrade hooks install >out 2>err
	has "^Installed pre-push: /.*/shop/.git/hooks/pre-push$" err
	has "^Branch .production. is environment production" err
	is production "$(git config upgrade.production.branch)"
	[ -x .git/hooks/pre-push ]
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *installed " out
	expect_code 0 git upgrade hooks install >out 2>err
	has "installed already" err
'

story 'a good push passes in silence' '
	cd shop
	expect_code 0 git push -q platform production >out 2>err
	is "" "$(cat out err)"
'

story 'a bad push of an environment is refused, by plain git' '
	cd shop
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	has "git push --no-verify" err
	has "^error: failed to push some refs" err
	expect_code 1 git push platform HEAD:refs/heads/production >out 2>err
	expect_code 1 git push platform topic production >out 2>err
'

story 'other branches, tags and the plain work go unseen' '
	cd shop
	git branch topic
	expect_code 0 git push -q platform topic >out 2>err
	is "" "$(cat out err)"
	git tag mine
	expect_code 0 git push -q platform mine >out 2>err
	expect_code 0 git push platform topic >out 2>err
	lacks upgrade out err
'

story 'deleting an environment is refused, another branch is not' '
	cd shop
	expect_code 1 git push platform :production >out 2>err
	has "^upgrade: production: deletion: " err
	expect_code 0 git push -q platform :topic >out 2>err
'

story '--no-verify skips the hook' '
	cd shop
	expect_code 0 git push -q --no-verify platform production >out 2>err
	git reset -q --hard HEAD~1
	git push -q --no-verify -f platform production
'

story 'removed: nothing is left' '
	cd shop
	expect_code 0 git upgrade hooks remove >out 2>err
	missing .git/hooks/pre-push .git/hooks/pre-push.before-upgrade
'

story 'a hook that was there is kept, and chained with its input' '
	cd shop
	put .git/hooks/pre-push "#!/bin/sh" "echo \"\$0 \$*\" >seen.args" \
		"cat >seen.in"
	chmod +x .git/hooks/pre-push
	cp .git/hooks/pre-push ../theirs
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *foreign " out
	expect_code 0 git upgrade hooks install >out 2>err
	has "kept as pre-push.before-upgrade and still runs" err
	same ../theirs .git/hooks/pre-push.before-upgrade
	put mine more
	git add mine
	git commit -q -m More
	git push -q platform production
	has "before-upgrade platform /.*/platform.git$" seen.args
	has "^refs/heads/production $(git rev-parse HEAD) refs/heads/production " seen.in
	is 1 "$(wc -l <seen.in)"
	rm seen.in seen.args
'

story 'it also runs where there is nothing to push, without input' '
	cd shop
	git push -q platform production
	[ -f seen.in ]
	is "" "$(cat seen.in)"
	rm seen.in seen.args
'

story 'a push our gates refuse does not reach it' '
	cd shop
	markers
	expect_code 1 git push platform production >out 2>err
	missing seen.in
	git reset -q --hard HEAD~1
'

story 'its refusal counts' '
	cd shop
	put .git/hooks/pre-push.before-upgrade "#!/bin/sh" \
		"echo not on Fridays >&2" "exit 3"
	put mine friday
	git add mine
	git commit -q -m Friday
	expect_code 1 git push platform production >out 2>err
	has "^not on Fridays$" err
	expect_code 1 git push platform HEAD:refs/heads/other >out 2>err
	has "^not on Fridays$" err
'

story 'removed: it is back, as it was' '
	cd shop
	cp .git/hooks/pre-push.before-upgrade ../theirs
	expect_code 0 git upgrade hooks remove >out 2>err
	has "the hook that was there before is back" err
	same ../theirs .git/hooks/pre-push
	[ -x .git/hooks/pre-push ]
	missing .git/hooks/pre-push.before-upgrade
	rm .git/hooks/pre-push
	git push -q platform production
'

story 'a shim of another version is renewed, the kept hook stays' '
	cd shop
	put .git/hooks/pre-push "#!/bin/sh" "# git-upgrade shim 0" "exit 0"
	put .git/hooks/pre-push.before-upgrade "#!/bin/sh" "exit 0"
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *outdated .*kept" out
	expect_code 0 git upgrade hooks install >out 2>err
	has "^Renewed pre-push" err
	exists .git/hooks/pre-push.before-upgrade
	git upgrade hooks remove
	rm .git/hooks/pre-push
'

story 'two hooks in the way: refused, nothing displaced' '
	cd shop
	put .git/hooks/pre-push "#!/bin/sh" "exit 0"
	put .git/hooks/pre-push.before-upgrade "#!/bin/sh" "exit 1"
	expect_code 2 git upgrade hooks install >out 2>err
	has "are both there" err
	has "^Nothing was changed.$" err
	rm .git/hooks/pre-push .git/hooks/pre-push.before-upgrade
'

story 'push does not judge twice' '
	cd shop
	git upgrade hooks install
	rm -rf ../platform.git
	standin ../platform.git
	put mine twice
	git add mine
	git commit -q -m Twice
	GIT_TRACE=$PWD/../trace git upgrade push >out 2>err
	has "^Deployed and verified" err
	lacks "^upgrade:" err
'

story 'environments of a platform are known without configuration' '
	cd shop
	git config --unset upgrade.production.branch
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	expect_code 1 git push "$PWD/../platform.git" production >out 2>err
	git upgrade hooks install
	is production "$(git config upgrade.production.branch)"
	git reset -q --hard HEAD~1
'

story 'core.hooksPath is respected' '
	cd shop
	git upgrade hooks remove
	git config core.hooksPath ../ourhooks
	expect_code 0 git upgrade hooks install >out 2>err
	exists ../ourhooks/pre-push
	missing .git/hooks/pre-push
	markers
	expect_code 1 git push platform production >out 2>err
	git upgrade hooks remove
	missing ../ourhooks/pre-push
	git reset -q --hard HEAD~1
	git config --unset core.hooksPath
'

story 'hooks under version control are left alone, with what to do' '
	cd shop
	put tracked-hooks/pre-commit "#!/bin/sh" "exit 0"
	git add tracked-hooks
	git commit -q -m Hooks
	git config core.hooksPath tracked-hooks
	expect_code 2 git upgrade hooks install >out 2>err
	has "under version control" err
	has "git upgrade hook pre-push" err
	has "^Nothing was changed.$" err
	missing tracked-hooks/pre-push
	put tracked-hooks/pre-push "#!/bin/sh" \
		"git upgrade hook pre-push \"\$@\""
	chmod +x tracked-hooks/pre-push
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *registered " out
	expect_code 0 git upgrade hooks install >out 2>err
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	git reset -q --hard HEAD~2
	rm -rf tracked-hooks
	git config --unset core.hooksPath
'

story 'hooks of all repositories are left alone, unless told otherwise' '
	cd shop
	git config --global core.hooksPath "$HOME/hooks"
	expect_code 2 git upgrade hooks install >out 2>err
	has "all repositories share" err
	has "hooks install --shared" err
	has "^Nothing was changed.$" err
	missing "$HOME/hooks"
	expect_code 0 git upgrade hooks install --shared >out 2>err
	has "^Installed pre-push: .*/home/hooks/pre-push$" err
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	git reset -q --hard HEAD~1
'

story 'another repository passes there in silence, and keeps them' '
	git init -q other
	git init -q --bare other.git
	cd other
	put file one
	commit One
	expect_code 0 git push -q ../other.git HEAD >../out 2>../err
	is "" "$(cat ../out ../err)"
	expect_code 2 git upgrade hooks remove >../out 2>../err
	has "those of all repositories" ../err
	cd ../shop
	expect_code 0 git upgrade hooks remove --shared >out 2>err
	missing "$HOME/hooks/pre-push"
	git config --global --unset core.hooksPath
'

story 'from a folder below, hooksPath is still from the top' '
	cd shop
	mkdir -p sub
	git config core.hooksPath ownhooks
	cd sub
	expect_code 0 git upgrade hooks install >../out 2>../err
	exists ../ownhooks/pre-push
	missing ownhooks
	git upgrade hooks remove
	git config --unset core.hooksPath
	rm -rf ../ownhooks
'

story 'hooksPath set later: ours is displaced, and says where' '
	cd shop
	git upgrade hooks install
	git config core.hooksPath ../later
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *displaced .*/later/pre-push" out
	has "ours is in .*/shop/.git/hooks/pre-push" err
	expect_code 0 git upgrade hooks install >out 2>err
	exists ../later/pre-push
	expect_code 0 git upgrade hooks remove >out 2>err
	missing ../later/pre-push
	missing .git/hooks/pre-push
	git config --unset core.hooksPath
'

story 'pre-commit runs what it found by the name of legacy' '
	cd shop
	git upgrade hooks install
	mv .git/hooks/pre-push .git/hooks/pre-push.legacy
	put .git/hooks/pre-push "#!/bin/sh" "# File generated by pre-commit" \
		"exec \"\$0.legacy\" \"\$@\""
	chmod +x .git/hooks/pre-push
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *registered " out
	markers
	expect_code 1 git push platform production >out 2>err
	has "^upgrade: production: markers: " err
	git reset -q --hard HEAD~1
	rm .git/hooks/pre-push .git/hooks/pre-push.legacy
'

story 'a shim of a newer version is left as it is' '
	cd shop
	put .git/hooks/pre-push "#!/bin/sh" "# git-upgrade shim 99" "exit 0"
	cp .git/hooks/pre-push ../newer
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *newer " out
	expect_code 0 git upgrade hooks install >out 2>err
	has "of a newer git-upgrade" err
	same ../newer .git/hooks/pre-push
	git upgrade hooks remove
	missing .git/hooks/pre-push
'

story 'a linked work tree shares the hooks, and is judged' '
	cd shop
	git upgrade hooks install
	git worktree add -q ../linked -b wt
	cd ../linked
	expect_code 0 git upgrade hooks status >out 2>err
	has "^pre-push *installed .*/shop/.git/hooks/pre-push$" out
	rm out err
	markers
	expect_code 1 git push platform HEAD:production >../out 2>../err
	has "^upgrade: production: markers: " ../err
	expect_code 0 git push -q platform wt >../out 2>../err
'

story 'the program gone: environments are protected, the rest passes' '
	cd shop
	mkdir -p ../bin
	for tool in git sh cat echo
	do
		ln -sf "$(command -v "$tool")" "../bin/$tool"
	done
	put mine gone
	git add mine
	git commit -q -m Gone
	PATH=$PWD/../bin
	not git push platform production >out 2>err
	grep=/usr/bin/grep
	"$grep" -q "^upgrade: git-upgrade is not installed here" err
	"$grep" -q "a push to production$" err
	git push -q platform HEAD:refs/heads/harmless
'

story 'a program that cannot start is one that is gone' '
	cd shop
	put ../bin/git-upgrade "#!/nonexistent/interpreter"
	chmod +x ../bin/git-upgrade
	PATH=$PWD/../bin
	not git push platform production >out 2>err
	/usr/bin/grep -q "^upgrade: git-upgrade cannot run here" err
	git push -q platform HEAD:refs/heads/harmless2
	/bin/rm ../bin/git-upgrade
'

story 'the program gone: the kept hook still runs' '
	cd shop
	git upgrade hooks remove
	put .git/hooks/pre-push "#!/bin/sh" "cat >seen"
	chmod +x .git/hooks/pre-push
	git upgrade hooks install
	git branch -q feature
	PATH=$PWD/../bin
	git push -q platform feature
	read -r line <seen
	case $line in
	"refs/heads/feature "*) ;;
	*) exit 1 ;;
	esac
'

story 'upstream branches become no environment by themselves' '
	git clone -q upstream plain
	cd plain
	git config upgrade.upstream origin
	expect_code 2 git upgrade hooks install >out 2>err
	has "is upstream.s" err
	has "hooks install --env production=BRANCH" err
	missing .git/hooks/pre-push
	expect_code 0 git upgrade hooks install --env shop=main >out 2>err
	is main "$(git config upgrade.shop.branch)"
	expect_code 129 git upgrade hooks install --env SHOP=main >out 2>err
'

story 'hook: bad usage, and -h of all' '
	cd shop
	expect_code 129 git upgrade hook nonsense >out 2>err
	for command in "hooks install" "hooks remove" "hooks status"
	do
		expect_code 0 git upgrade $command -h >out 2>err
		has "^usage: git upgrade $command" out
		expect_code 129 git upgrade $command --bogus >out 2>err
	done
'

done_testing
