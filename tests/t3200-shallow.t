#!/bin/sh
#
# Shallow clones, as CI makes them: one branch, one commit, no tags. What
# history tells is fetched as far as it takes, or it is said that it is
# missing. Never is an answer wrong because history was cut off.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# fixes N: so many commits of the operator, on HEAD of the repository here
fixes()
{
	n=0
	tree=$(git rev-parse 'HEAD^{tree}')
	while [ "$n" -lt "$1" ]
	do
		n=$((n + 1))
		tick
		git update-ref HEAD "$(git commit-tree -p HEAD -m "fix $n" \
			"$tree")"
	done
}

# ci [OPTION...]: a clone as CI makes it, of production on the server
ci()
{
	rm -rf ci
	git clone -q --depth=1 --single-branch --no-tags -b production "$@" \
		"file://$WORK/server.git" ci
	git -C ci remote add upstream "$WORK/upstream"
}

# The same words and exit code in a whole clone and in the shallow one
alike()
{
	whole=0
	(cd prod && git upgrade "$@") >whole.out 2>whole.err || whole=$?
	cut=0
	(cd ci && git upgrade "$@") >ci.out 2>ci.err || cut=$?
	cat ci.err
	is "$whole" "$cut"
	same whole.out ci.out
	same whole.err ci.err
}

published()
{
	git -C prod push -q -f "$WORK/server.git" production
}

story 'production is upgraded once, and has gone on since' '
	draw_upstream upstream
	draw_production prod 2.4.1
	git init -q --bare server.git
	git -C server.git symbolic-ref HEAD refs/heads/production
	cd prod
	fixes 130
	git remote rename origin upstream
	git upgrade merge --no-edit 2.5.1
	git rev-parse HEAD >../upgraded
	fixes 30
	cd ..
	published
'

story 'what would need history is refused, and the command is said' '
	ci
	cd ci
	snapshot >../before
	for command in list "show 2.6.2" "plan --no-fetch 2.6.2" \
		"merge --no-fetch --no-edit 2.6.2" ""
	do
		git fetch -q upstream "refs/tags/2.*:refs/tags/2.*"
		# shellcheck disable=SC2086
		expect_code 2 git upgrade $command >../out 2>../err
		has "this clone is shallow: its history ends before" ../err
		has "git upgrade fetch" ../err
		has "git fetch --unshallow" ../err
	done
'

story 'git upgrade fetch brings what is missing, and no more' '
	ci
	cd ci
	git upgrade fetch 2>../err
	git rev-list HEAD >../commits
	has "$(cat ../upgraded)" ../commits
	lacks "$(git rev-parse 2.4.1^{commit})" ../commits
	is true "$(git rev-parse --is-shallow-repository)"
	cd ..
	alike plan --no-fetch 2.6.2
	has "^2.5.1 -> 2.6.2" ci.out
'

story '... and which commits come in is not made up' '
	cd ci
	git upgrade list >../out
	has "^On 2.5.1" ../out
	lacks commit ../out
	git upgrade show 2.6.2 >../out
	has "not known in a shallow clone" ../out
	git upgrade show --json 2.6.2 >../out
	has "\"commits\": *null" ../out
'

story 'merge fetches it by itself, and makes the same tree' '
	ci
	rm -rf whole
	cp -R prod whole
	cd whole
	git upgrade merge --no-edit 2.6.2
	cd ../ci
	git upgrade merge --no-edit 2.6.2
	is true "$(git rev-parse --is-shallow-repository)"
	is "$(git -C ../whole rev-parse HEAD^{tree})" \
		"$(git rev-parse HEAD^{tree})"
	is "$(git -C ../prod rev-parse HEAD) $(git rev-parse 2.6.2^{commit})" \
		"$(git log -1 --format=%P)"
	git push -q origin production
	git -C ../server.git fsck --no-progress --connectivity-only
	cd ..
	published
'

story 'in a checkout without a branch plan answers, too' '
	ci
	cd ci
	git checkout -q --detach
	git upgrade plan 2.6.2 >../out
	has "^2.5.1 -> 2.6.2" ../out
'

story 'a conflict, its abort and its end' '
	rm -rf other
	cp -R prod other
	cd other
	draw_edit docker-compose.yml "s/gui:2\.5\.1/gui:private/"
	git commit -q -a -m "images of our own"
	git push -q ../server.git production
	cd ..
	ci
	cd ci
	expect_code 1 git upgrade merge --no-edit 2.6.2
	git ls-files -u >../stages
	is 3 "$(wc -l <../stages)"
	git upgrade merge --abort
	is "" "$(git status --porcelain)"
	expect_code 1 git upgrade merge --no-edit 2.6.2
	git checkout -q --ours docker-compose.yml
	git add docker-compose.yml
	git upgrade merge --continue --no-edit
	git push -q origin production
	cd ..
	published
'

story 'releases that were fetched without their history' '
	ci
	cd ci
	git fetch -q --depth=1 upstream tag 2.5.1 tag 2.6.2
	git upgrade fetch
	git upgrade merge --no-edit 2.6.2
	is "$(git -C ../whole rev-parse HEAD^{tree})" \
		"$(git rev-parse HEAD^{tree})"
'

story 'a release merged by hand, out of sight: unfinished all the same' '
	cp -R prod kept
	cd prod
	git merge -q -X theirs --no-edit 2.6.2
	fixes 30
	cd ..
	published
	ci
	git -C ci fetch -q upstream "refs/tags/2.*:refs/tags/2.*"
	expect_code 2 git -C ci upgrade plan --no-fetch 2.7.2 2>err
	has "this clone is shallow" err
	alike plan 2.7.2
	has "2.6.2 was merged by hand and is unfinished" ci.err
'

story '... and one that was reverted' '
	cd prod
	merge=$(git rev-list --merges --first-parent -1 HEAD)
	git revert --no-edit -m 1 "$merge" >../reverted
	fixes 30
	cd ..
	published
	ci
	alike plan 2.7.2
	has "was reverted" ci.err
'

story 'without a record, the release is found however far it is' '
	rm -rf prod
	draw_production prod 2.4.1
	cd prod
	git remote rename origin upstream
	fixes 150
	cd ..
	published
	ci
	git -C ci fetch -q upstream "refs/tags/2.*:refs/tags/2.*"
	expect_code 2 git -C ci upgrade list 2>err
	has "this clone is shallow" err
	lacks "no release is merged" err
	alike plan 2.5.1
	has "^2.4.1 -> 2.5.1" ci.out
'

story 'where the history cannot be had: it is said, nothing was changed' '
	ci
	mv server.git away.git
	cd ci
	git rev-parse HEAD >../before
	expect_code 128 git upgrade merge --no-edit 2.5.1 2>../err
	has "the history that is missing in this shallow clone cannot be" ../err
	has "git fetch --unshallow" ../err
	has "^Nothing was changed.$" ../err
	git rev-parse HEAD >../after
	same ../before ../after
	mv ../away.git ../server.git
'

story 'history that is cut off where it comes from, too' '
	git clone -q --bare --depth=1 "file://$WORK/server.git" cut.git
	ci
	cd ci
	git remote set-url origin "$WORK/cut.git"
	expect_code 2 git upgrade plan 2.5.1 2>../err
	has "this clone is shallow" ../err
'

done_testing
