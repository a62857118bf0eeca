#!/bin/sh
#
# git-lfs: what the release brings is fetched and written whole, a conflict is
# git's, and what cannot be had is found before anything changed.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

command -v git-lfs >/dev/null || skip_all 'no git-lfs'

config_lfs() { git lfs install --local >/dev/null; }
base_lfs()
{
	put .gitattributes '*.bin filter=lfs diff=lfs merge=lfs -text'
	put plain.bin 1
	put theirs.bin 1
	put clash.bin 1
}
theirs_lfs() { put theirs.bin theirs; put clash.bin theirs; put new.bin new; }
ours_lfs() { put plain.bin ours; put clash.bin ours; }

story 'a conflict, and files of both' '
	fidelity_repo r
	cd r
	fidelity_row lfs "clash.bin:123"
	is theirs "$(cat theirs.bin)"
'

theirs_lfs_clean() { put theirs.bin theirs; put new.bin new; }
base_lfs_clean() { base_lfs; }
ours_lfs_clean() { put plain.bin ours; }
config_lfs_clean() { config_lfs; }

# up: upstream; prod: a clone of it that has only what it needs
upstream()
{
	rm -rf up up.fidelity prod
	fidelity_repo up
	cd up
	fidelity_draw lfs_clean
	git branch -q -f production HEAD
	git symbolic-ref HEAD refs/heads/production
	git remote remove origin
	cd ..
	git clone -q -n up prod
	cd prod
	git lfs install --local >/dev/null
	git checkout -q production
	is ours "$(cat plain.bin)"
}

story 'files of the release are fetched, over file' '
	upstream
	missing .git/lfs/objects/*/*/"$(echo new | sha256sum | cut -c1-64)"
	git upgrade merge --no-edit 1.1.0
	is "new theirs ours" "$(echo $(cat new.bin theirs.bin plain.bin))"
	git cat-file -p HEAD:new.bin >../pointer
	has "^oid sha256:" ../pointer
	is "" "$(git status --porcelain)"
'

story 'one that upstream lost: nothing was changed' '
	upstream
	rm ../up/.git/lfs/objects/*/*/"$(echo new | sha256sum | cut -c1-64)"
	git upgrade fetch
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit 1.1.0 2>../err
	has "the filter .lfs. fails, which 2 files of the upgrade need" ../err
	has "^hint:   new.bin$" ../err
	has "^hint: git says: .*new.bin" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	sed "/lfs\/\|FETCH_HEAD/d" ../before >../expected
	sed "/lfs\/\|FETCH_HEAD/d" ../after >../actual
	same ../expected ../actual
'

story 'without what is large: GIT_LFS_SKIP_SMUDGE' '
	cd prod
	GIT_LFS_SKIP_SMUDGE=1 git upgrade merge --no-edit 1.1.0
	has "^oid sha256:" new.bin
'

done_testing
