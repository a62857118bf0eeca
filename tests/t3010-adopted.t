#!/bin/sh
#
# Which release a branch is on. A wrong answer silently keeps old files, so
# each way history can mislead has its story.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# The release plan would start from.
from()
{
	git upgrade plan --no-fetch "$1" >plan.out 2>plan.err || {
		cat plan.err >&2
		return 1
	}
	sed -n '1s/ .*//p' plan.out
	rm -f plan.out plan.err
}

# Files that are neither overrides nor the release's.
foreign()
{
	git diff --name-only "$1" HEAD -- . ':!.gitupgrade.adopted' |
		sort | comm -23 - "$WORK/overrides"
}

fresh()
{
	rm -rf prod
	draw_production prod "$1"
	git -C prod diff --name-only "$1" production -- | sort >overrides
}

story 'upstream is drawn' '
	draw_upstream upstream
'

story 'without a record: the highest final release merged into HEAD' '
	fresh 2.4.1
	cd prod
	is 2.4.1 "$(from 2.5.1)"
'

story 'tags of the operator do not shadow it' '
	fresh 2.4.1
	cd prod
	git tag 9.9.9
	git tag -m mine prod-2026-11
	git tag -f 2.6.0 HEAD
	git upgrade fetch
	is 2.4.1 "$(from 2.5.1)"
'

story 'a pre-release merged into it is no release' '
	cd upstream
	git for-each-ref --merged 2.1.0 --format="%(refname:short)" \
		refs/tags >../merged
	cd ..
	fresh 2.0.1
	cd prod
	git merge -q -s ours -m "a beta" 2.0.0b1
	is 2.0.1 "$(from 2.1.1)"
'

story 'a rolled-back upgrade tried again starts from the old release' '
	fresh 2.4.1
	cd prod
	git upgrade merge --no-edit 2.5.1
	git rev-parse "HEAD^{tree}" >../first
	git revert --no-edit -m 1 HEAD
	test ! -e .gitupgrade.adopted
'

story '... which is told by the record that went with it' '
	cd prod
	is 2.4.1 "$(from 2.5.1)"
	git upgrade >../out 2>../err
	has "^On 2.4.1 " ../out
	lacks "by hand" ../err
	git upgrade merge --no-edit 2.5.1
	is "$(cat ../first)" "$(git rev-parse "HEAD^{tree}")"
	is "$(git rev-parse "2.5.1^{commit}")" "$(git rev-parse HEAD^2)"
	is 2.5.1 "$(from 2.6.2)"
'

story 'so are two upgrades, both rolled back, and again' '
	cp -R prod twice
	cd twice
	git upgrade merge --no-edit 2.6.2
	git revert --no-edit -m 1 HEAD
	git revert --no-edit -m 1 HEAD~2
	is 2.4.1 "$(from 2.5.1)"
	git upgrade merge --no-edit 2.5.1
	git revert --no-edit -m 1 HEAD
	put ops/note "Something else."
	git add ops/note
	git commit -q -m "Go on"
	is 2.4.1 "$(from 2.5.1)"
	git upgrade merge --no-edit 2.5.1
	is "$(cat ../first)" "$(git rev-parse "HEAD~2^1^{tree}")"
	is 2.5.1 "$(from 2.6.2)"
'

story 'a release merged by hand since: that is what it is on' '
	cp -R prod since
	cd since
	git revert --no-edit -m 1 HEAD
	git merge -q -X theirs --no-edit 2.6.2
	is 2.6.2 "$(from 2.7.2)"
'

story 'a record that was only removed tells nothing of the kind' '
	cp -R prod removed
	cd removed
	git rm -q .gitupgrade.adopted
	git commit -q -m "Clean up"
	expect_code 2 git upgrade plan --no-fetch 2.6.2 >../out 2>../err
	lacks "2.4.1 -> " ../out
'

story 'a second upgrade rolled back is told by the record' '
	cd prod
	git upgrade merge --no-edit 2.6.2
	git rev-parse "HEAD^{tree}" >../first
	git revert --no-edit -m 1 HEAD
	is 2.5.1 "$(from 2.6.2)"
	git upgrade merge --no-edit 2.6.2
	is "$(cat ../first)" "$(git rev-parse "HEAD^{tree}")"
	is "$(git rev-parse "2.6.2^{commit}")" "$(git rev-parse HEAD^2)"
	test -z "$(foreign 2.6.2)"
'

story 'an upgrade merged by hand is unfinished' '
	fresh 2.4.1
	cd prod
	git upgrade merge --no-edit 2.5.1
	git merge -q -X theirs --no-edit 2.6.2
	expect_code 2 git upgrade plan --no-fetch 2.7.2 2>../err
	has "2.6.2 was merged by hand and is unfinished" ../err
	has "git upgrade merge 2.6.2" ../err
'

story '... and git upgrade merge finishes it' '
	cd prod
	git upgrade plan --no-fetch 2.6.2 >../out
	has "would finish with" ../out
	git upgrade merge --no-edit 2.6.2
	is 2.6.2 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	is 2.6.2 "$(from 2.7.2)"
'

story 'an upgrade merged by hand and reverted asks for --from' '
	fresh 2.4.1
	cd prod
	git upgrade merge --no-edit 2.5.1
	git merge -q -X theirs --no-edit 2.6.2
	git revert --no-edit -m 1 HEAD
	expect_code 2 git upgrade merge --no-edit 2.6.2 2>../err
	has "reverted" ../err
	has "git upgrade merge --from=2.5.1 2.6.2" ../err
	git upgrade merge --no-edit --from=2.5.1 2.6.2
	test -z "$(foreign 2.6.2)"
	is 2.6.2 "$(from 2.7.2)"
'

if command -v ssh-keygen >/dev/null
then
	story '... also where log shows signatures, and all is signed' '
		ssh-keygen -q -t ed25519 -N "" -f key
		fresh 2.4.1
		cd prod
		git config gpg.format ssh
		git config user.signingKey "$WORK/key.pub"
		git config commit.gpgSign true
		git config log.showSignature true
		git merge -q -X theirs --no-edit 2.5.1
		git revert --no-edit -m 1 HEAD
		git commit -q --amend -m "Back to what works"
		expect_code 2 git upgrade merge --no-fetch 2.5.1 2>../err
		has "was merged by hand .* reverted" ../err
	'
else
	skip '... also where log shows signatures, and all is signed' \
		'no ssh-keygen'
fi

story 'a pull of a line that was upgraded is no unfinished upgrade' '
	fresh 2.4.1
	cd prod
	git upgrade merge --no-edit 2.5.1
	git branch colleague
	put here "mine"
	git add here
	commit "work here"
	git switch -q colleague
	git upgrade merge --no-edit 2.6.2
	git switch -q production
	git merge -q --no-edit colleague
	is 2.6.2 "$(from 2.7.2)"
'

story 'a pull of a line with a merge by hand is unfinished' '
	fresh 2.4.1
	cd prod
	git upgrade merge --no-edit 2.5.1
	git branch colleague
	put here "mine"
	git add here
	commit "work here"
	git switch -q colleague
	git upgrade merge --no-edit 2.6.2
	git merge -q -X theirs --no-edit 2.7.2
	git switch -q production
	git merge -q --no-edit colleague
	expect_code 2 git upgrade plan --no-fetch 3.0.1 2>../err
	has "2.7.2 was merged by hand and is unfinished" ../err
'

story 'a squashed earlier upgrade is told by the record' '
	fresh 2.4.1
	cd prod
	git switch -q -c work
	git upgrade merge --no-edit 2.5.1
	git switch -q production
	git merge -q --squash work
	git commit -q -m "upgrade, squashed"
	is 2.5.1 "$(from 2.6.2)"
	git upgrade merge --no-edit 2.6.2
	test -z "$(foreign 2.6.2)"
'

story 'a history without any release offers the nearest and takes --from' '
	fresh 2.4.1
	cd prod
	git checkout -q --orphan imported
	git commit -q -m "imported from somewhere"
	snapshot >../before
	expect_code 2 git upgrade merge --yes --no-edit 2.5.1 2>../err
	has "cannot tell which release" ../err
	has "the nearest is 2.4.1" ../err
	has "git upgrade merge --from=2.4.1 2.5.1" ../err
	snapshot >../after
	same ../before ../after
	git upgrade merge --no-edit --from=2.4.1 2.5.1
	test -z "$(foreign 2.5.1)"
	is 2.5.1 "$(from 2.6.2)"
'

done_testing
