#!/bin/sh
#
# Upstream's releases come here, and what upstream or the operator does to a
# tag later changes no release behind anybody's back.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

releases()
{
	git for-each-ref --format='%(refname:lstrip=3)' refs/upgrade/releases
}

story 'a fresh clone takes what it has, and asks upstream once' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	GIT_TRACE2_EVENT="$WORK/trace" git upgrade fetch >../out 2>../err
	has "^27 new releases at $WORK/upstream$" ../out
	has "^  new  3.2.1 " ../out
	has "git upgrade list" ../err
	releases >../have
	has "^2.0.0$" ../have
	has "^2.0.0b1$" ../have
	lacks "saas" ../have
	lacks "integration-0.1" ../have
	# The objects are here: no second connection.
	has "ls-remote" ../trace
	lacks "\"fetch\",\"--quiet\"" ../trace
	git upgrade fetch >../out 2>../err
	has "^No new release at " ../out
	test ! -s ../err
'

story 'a new release is fetched, its tag as well' '
	draw_release upstream 3.2.x 3.2.2
	draw_release upstream 3.2.x nightly-7
	cd prod
	git upgrade fetch -n >../out
	has "^1 new release at .* (not fetched)$" ../out
	has "^  new  3.2.2$" ../out
	expect_code 1 git rev-parse -q --verify refs/upgrade/releases/3.2.2
	git upgrade fetch >../out
	has "^  new  3.2.2 " ../out
	git rev-parse -q --verify refs/tags/3.2.2
	git rev-parse refs/upgrade/releases/3.2.2 >../here
	git -C ../upstream rev-parse refs/tags/3.2.2 >../there
	same ../there ../here
	expect_code 1 git rev-parse -q --verify refs/tags/nightly-7
	test ! -e .git/FETCH_HEAD
'

story 'the configuration of fetch has no say' '
	cd prod
	git config fetch.prune true
	git config fetch.pruneTags true
	git config remote.origin.prune true
	git config --add remote.origin.fetch "+refs/tags/*:refs/tags/*"
	git config fetch.recurseSubmodules yes
	git tag mine
	git tag 3.2.3 HEAD
	git rev-parse 3.2.3 >../mine
	draw_release ../upstream 3.2.x 3.2.3
	git upgrade fetch >../out 2>../err
	has "the tag 3.2.3 here is not upstream.s and stays as it is" ../err
	git rev-parse -q --verify refs/tags/mine
	git rev-parse 3.2.3 >../still
	same ../mine ../still
	git rev-parse "refs/upgrade/releases/3.2.3^{}" >../here
	git -C ../upstream rev-parse "3.2.3^{}" >../there
	same ../there ../here
	git config --unset-all remote.origin.fetch "tags"
'

story 'a tag is asked for as an object; where that fails, by its name' '
	cd prod
	git config protocol.version 0
	draw_release ../upstream 3.2.x 3.2.94
	git upgrade fetch >../out
	has "^  new  3.2.94 " ../out
	git config --unset protocol.version
	draw_release ../upstream 3.2.x 3.2.95
	# The second time it is asked it says no.
	{
		echo "#!/bin/sh"
		echo "echo >>\"$WORK/asked\""
		echo "[ \$(wc -l <\"$WORK/asked\") -eq 2 ] ||"
		echo "exec git upload-pack \"\$@\""
	} >../picky
	chmod +x ../picky
	git config remote.origin.uploadPack "$WORK/picky"
	GIT_TRACE2_EVENT="$WORK/trace" git upgrade fetch >../out
	has "^  new  3.2.95 " ../out
	is 3 "$(grep -c "" ../asked)"
	is "$(git -C ../upstream rev-parse 3.2.95)" \
		"$(git rev-parse refs/upgrade/releases/3.2.95)"
	git config --unset remote.origin.uploadPack
'

story 'a moved tag is reported, the old release stays' '
	git -C prod rev-parse refs/upgrade/releases/3.2.1 >before
	git -C upstream tag -f -m moved 3.2.1 3.2.2
	cd prod
	git upgrade fetch >../out 2>../err
	has "^No new release at " ../out
	has "^warning: upstream moved release 3.2.1 from .* to .*kept$" ../err
	has "git upgrade fetch --accept=3.2.1$" ../err
	git rev-parse refs/upgrade/releases/3.2.1 >../after
	same ../before ../after
	expect_code 2 git upgrade merge 3.2.1 2>../err
	git tag -f -m "of our own" 3.2.1
	git upgrade fetch --accept=3.2.1 >../out 2>../err
	has "^  accepted  3.2.1 " ../out
	has "the tag 3.2.1 here is not upstream" ../err
'

story 'the same commit tagged anew is called that' '
	git -C upstream tag -f -m again 2.0.0 "2.0.0^{}"
	cd prod
	git upgrade fetch 2>../err
	has "tagged release 2.0.0 anew, on the same commit" ../err
'

story 'a deleted tag is reported and kept' '
	git -C upstream tag -d 2.1.0
	cd prod
	git upgrade fetch --json >../out 2>../err
	has "upstream deleted release 2.1.0; it is kept here" ../err
	has "\"change\": \"deleted\"" ../out
	has "\"change\": \"moved\"" ../out
	git rev-parse -q --verify refs/upgrade/releases/2.1.0
'

story 'an upstream without releases deleted nothing' '
	git init -q --bare empty.git
	cd prod
	git upgrade fetch >../out 2>../err
	git config upgrade.upstream "$WORK/empty.git"
	git upgrade fetch >../out 2>../err
	has "upstream has no tag that is a release of mender" ../err
	lacks deleted ../err
	git config --unset upgrade.upstream
'

story 'a tag of a tag is a release' '
	git -C upstream -c advice.nestedTag=false tag -m nested 3.2.4 3.2.3
	cd prod
	git upgrade fetch >../out
	has "^  new  3.2.4  *20" ../out
'

story 'an upstream that cannot be reached: why, and how to go on' '
	cd prod
	git remote set-url origin "$WORK/nowhere"
	expect_code 128 git upgrade fetch 2>../err
	has "upstream .origin. ($WORK/nowhere) cannot be read" ../err
	has "\-\-no-fetch" ../err
	has "^Nothing was changed.$" ../err
'

story 'a password in a URL is not shown' '
	cd prod
	git remote set-url origin "https://olga:s3cret@localhost:1/up.git?t=x"
	expect_code 128 git upgrade fetch >../out 2>../err
	has "https://olga:\*\*\*@localhost:1/up.git" ../err
	lacks s3cret ../err
	lacks "t=x" ../err
'

story 'no remote: what to type' '
	git clone -q upstream lonely
	cd lonely
	git remote remove origin
	expect_code 128 git upgrade fetch 2>../err
	has "no upstream is known" ../err
	has "git remote add upstream URL" ../err
'

story 'which remote is upstream' '
	cd lonely
	git remote add ours "$WORK/nowhere"
	git remote add vendor "$WORK/upstream"
	expect_code 128 git upgrade fetch 2>../err
	git config upgrade.upstream vendor
	git upgrade fetch --json >../out
	has "\"upstream\": \"$WORK/upstream\"" ../out
	git config --unset upgrade.upstream
	# One that fits the profile needs no configuration.
	git config "url.$WORK/upstream.insteadOf" x:
	git remote set-url vendor x:
	git config upgrade.upstream nobody
	expect_code 128 git upgrade fetch 2>../err
	has "upgrade.upstream: .nobody. is no remote and no URL" ../err
	git config upgrade.upstream vendor
	git upgrade fetch
	# A remote that is a platform of ours is none.
	git config --unset upgrade.upstream
	git remote rename vendor origin
	git upgrade fetch
	git hash-object -w --stdin </dev/null >../blob
	git update-ref refs/upgrade/platforms/origin "$(cat ../blob)"
	expect_code 128 git upgrade fetch 2>../err
	has "upstream .ours. " ../err
'

story 'usage' '
	cd prod
	git upgrade fetch -h >../out
	has "^usage: git upgrade fetch" ../out
	expect_code 129 git upgrade fetch x
	expect_code 129 git upgrade fetch --bogus
'

done_testing
