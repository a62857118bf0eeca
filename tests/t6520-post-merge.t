#!/bin/sh
# A host that pulls: post-merge deploys what came, and never harms the pull.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# change: one more commit at plain.git
change()
(
	cd "$WORK/prod"
	echo "$1" >note.txt
	publish "$1"
)

story 'it is installed only on request, beside pre-push' '
	draw_host
	cd host
	git upgrade hooks install >../out 2>../err
	missing .git/hooks/post-merge
	expect_code 0 git upgrade hooks install --deploy -n >../out 2>../err
	has "^Would install post-merge: " ../err
	missing .git/hooks/post-merge
	put .git/hooks/post-merge "#!/bin/sh" "echo \"theirs \$1\" >&2"
	chmod +x .git/hooks/post-merge
	expect_code 0 git upgrade hooks install --deploy >../out 2>../err
	has "^Installed post-merge: .*/.git/hooks/post-merge$" ../err
	has "kept as post-merge.before-upgrade" ../err
	git upgrade hooks status >../out 2>../err
	has "^post-merge *installed .*kept" ../out
'

story 'a pull deploys, after the hook that was there' '
	change one
	cd host
	expect_code 0 git pull -q >../out 2>../err
	has "^theirs 0$" ../err
	has "^building v1.0.0 for production" ../err
	has "^Deployed and verified in" ../err
	is "theirs 0" "$(head -n 1 ../err)"
	serves v1.0.0
'

story 'a pull that brings nothing runs nothing' '
	cd host
	events=$(hops)
	expect_code 0 git pull -q --ff-only >../out 2>../err
	is "" "$(cat ../err)"
	is "$events" "$(hops)"
'

story 'a merge that is no fast-forward deploys as well' '
	change two
	cd host
	put local.txt mine
	commit Local
	expect_code 0 git pull -q --no-rebase --no-edit >../out 2>../err
	has "^Deployed and verified in" ../err
	is 2 "$(git rev-list --parents -1 HEAD | tr -cd " " | wc -c)"
	serves v1.0.0
	git push -q --no-verify origin production
	git -C ../prod fetch -q plain
	git -C ../prod reset -q --hard plain/production
'

story 'a failing deploy is said, and the pull is whole' '
	(
		cd prod
		put broken
		publish Broken
	)
	cd host
	expect_code 0 git pull -q --ff-only >../out 2>../err
	has "failed: step .build." ../err
	is "$(git -C ../prod rev-parse HEAD)" "$(git rev-parse HEAD)"
	is "$(git rev-parse HEAD)" "$(here failed/production)"
	is "" "$(git status --short)"
	(
		cd ../prod
		git rm -q broken
		publish Mended
	)
	expect_code 0 git pull -q --ff-only >../out 2>../err
	serves v1.0.0
'

story 'from cron: a small environment, no terminal, no HOME' '
	change cron
	cd host
	expect_code 0 env -i PATH="$PATH" sh -c \
		"git pull -q --ff-only && git upgrade deploy -q" \
		>../out 2>../err
	serves v1.0.0
'

story 'other branches and squashes are none of its business' '
	change squash
	cd host
	git fetch -q
	events=$(hops)
	git merge -q --squash FETCH_HEAD >../out 2>../err
	lacks "error" ../err
	git reset -q --hard
	git checkout -q -b topic HEAD~1
	git merge -q "@{-1}" >../out 2>../err
	is "theirs 0" "$(cat ../err)"
	is "$events" "$(hops)"
	git checkout -q production
	git branch -q -D topic
	git pull -q
	serves v1.0.0
'

story 'in a linked work tree, where git sets GIT_DIR' '
	cd host
	git checkout -q --detach
	git worktree add -q ../linked production
	change linked
	cd ../linked
	expect_code 0 git pull -q --ff-only >../out 2>../err
	has "^Deployed and verified in" ../err
	is "$(git rev-parse HEAD)" "$(here verified/production)"
	cd ../host
	git worktree remove ../linked
	git checkout -q production
'

story 'the program gone: the pull is whole, and it is said' '
	change gone
	cd host
	mkdir ../bin
	for tool in git sh
	do
		ln -s "$(command -v "$tool")" "../bin/$tool"
	done
	mv .git/hooks/post-merge.before-upgrade ..
	PATH=$PWD/../bin git pull -q --ff-only >../out 2>../err
	has "^upgrade: git-upgrade is not installed here" ../err
	mv ../post-merge.before-upgrade .git/hooks/
	expect_code 0 git upgrade deploy -q >../out 2>../err
	serves v1.0.0
'

story 'not where all repositories would get it' '
	cd host
	git config --global core.hooksPath "$HOME/hooks"
	expect_code 2 git upgrade hooks install --deploy --shared \
		>../out 2>../err
	has "each of them would deploy what it pulls" ../err
	missing "$HOME/hooks"
	git config --global --unset core.hooksPath
'

story 'removed: the hook that was there is back' '
	cd host
	expect_code 0 git upgrade hooks remove >../out 2>../err
	has "^Removed .*/post-merge; the hook that was there before is back" \
		../err
	has "theirs" .git/hooks/post-merge
	missing .git/hooks/post-merge.before-upgrade .git/hooks/pre-push
'

done_testing
