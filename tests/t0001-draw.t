#!/bin/sh
#
# The drawn histories are what the other stories believe they are: the shape
# of the real ones, proved with plain git.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# What hops there are: to the first release of the next minor, and from the
# last patch of a minor to the last of the next.
first_hops='2.0.0:2.1.0 2.1.0:2.2.0 2.2.0:2.3.0 2.3.0:2.4.0 2.4.0:2.5.0
	2.5.0:2.6.0 2.6.0:2.7.0 2.7.0:3.0.0 3.0.0:3.1.0 3.1.0:3.2.0'
last_hops='2.0.1:2.1.1 2.1.1:2.2.2 2.2.2:2.3.1 2.3.1:2.4.1 2.4.1:2.5.1
	2.5.1:2.6.2 2.6.2:2.7.2 2.7.2:3.0.1 3.0.1:3.1.1 3.1.1:3.2.1'

# with_base A OURS B: a merge of B into OURS that takes A for the base; the
# tree in the file merged, then what is in conflict
with_base()
{
	base=$(git rev-parse "$1^{commit}")
	git rev-parse "$2^{commit}" "$3^{commit}" >heads
	sed "/$base/d; s/\$/ $base/" heads >graft
	echo "$base" >>graft
	GIT_GRAFT_FILE=graft git merge-tree --write-tree --name-only \
		"$2" "$3" >merged 2>said
}

story 'upstream is drawn, with every release' '
	draw_upstream upstream
	cd upstream
	git tag -l "[0-9]*.[0-9]*.[0-9]" >tags
	printf "%s\n" $DRAW_RELEASES >expected
	sort -V tags >sorted
	same expected sorted
	rm tags sorted expected
	for tag in 2.0.0b1 3.0.3-build3 saas-v2020.07.09 integration-0.1
	do
		git rev-parse -q --verify "$tag^{commit}"
	done
	git fsck --strict
	git status --porcelain >../status
	test ! -s ../status
'

story 'a release is no ancestor of a release of another minor' '
	cd upstream
	for hop in $first_hops $last_hops
	do
		not git merge-base --is-ancestor "${hop%:*}" "${hop#*:}"
	done
	git merge-base --is-ancestor 2.2.0 2.2.1
'

story 'plain git conflicts on every hop, with no change of ones own' '
	cd upstream
	for hop in $first_hops $last_hops
	do
		expect_code 1 git merge-tree --write-tree --name-only \
			"${hop%:*}" "${hop#*:}" >../merged
		has "^docker-compose.yml$" ../merged
	done
'

story 'with the release for base nothing conflicts, and the result is B' '
	cd upstream
	for hop in $first_hops $last_hops
	do
		with_base "${hop%:*}" "${hop%:*}" "${hop#*:}"
		is "$(git rev-parse "${hop#*:}^{tree}")" "$(cat merged)"
	done
'

story 'two minors have two merge bases' '
	cd upstream
	git merge-base --all 2.4.0 2.5.0 >../bases
	is 2 "$(wc -l <../bases)"
	git merge-base --all 2.5.0 2.6.0 >../bases
	is 1 "$(wc -l <../bases)"
'

story 'some targets are older than where one comes from' '
	cd upstream
	test "$(git log -1 --format=%ct 2.4.1)" -lt \
		"$(git log -1 --format=%ct 2.3.1)"
	test "$(git log -1 --format=%ct 3.2.0)" -lt \
		"$(git log -1 --format=%ct 3.1.1)"
	test "$(git log -1 --format=%ct 3.2.1)" -lt "$(cat "$tap_dir/now")"
'

story 'templates move, gain keys and a placeholder' '
	cd upstream
	git ls-tree -r --name-only 2.1.1 template production >../out
	put ../expected template/prod.yml template/run
	same ../expected ../out
	git grep -q /template/ 2.1.1 -- template/prod.yml
	git grep -q /template/ 2.1.1 -- template/run
	git ls-tree -r --name-only 2.2.0 template production >../out
	put ../expected production/config/enterprise.yml.template \
		production/config/prod.yml.template production/run
	same ../expected ../out
	not git grep -q set-my-alias-here.com 2.6.2
	git grep -q set-my-alias-here.com 2.7.0 -- "*/prod.yml.template"
	git grep -q my-gateway-dns-name 2.0.0 -- template/prod.yml
	not git grep -q DEPLOYMENTS_PRESIGN_SECRET 3.1.1
	git grep -q DEPLOYMENTS_PRESIGN_SECRET 3.2.0
'

story 'files are renamed, deleted, become executable, links, binaries' '
	cd upstream
	git diff --name-status -M 2.3.1 2.4.0 >../out
	has "^R[0-9]*	wait-for	extra/wait-for$" ../out
	git diff --name-status -M 2.4.1 2.5.0 >../out
	has "^R100	tests/test_boot.py	testing/test_boot.py$" ../out
	lacks "	tests/[^	]*$" ../out
	git diff --raw 2.2.2 2.3.0 -- keygen compose.yml >../out
	has "^:000000 120000 .*compose.yml" ../out
	has "^:100644 100755 .*keygen" ../out
	git diff --numstat 2.7.2 3.0.0 -- logo.png >../out
	has "^-	-	logo.png" ../out
	git diff --name-status 3.0.1 3.1.0 >../out
	has "^D	legacy.conf" ../out
'

story 'every tree is small' '
	cd upstream
	for release in $DRAW_RELEASES
	do
		git ls-tree -r --name-only "$release" >../out
		test "$(wc -l <../out)" -ge 12
		test "$(wc -l <../out)" -le 32
	done
'

story 'production is installed as documented: old layout' '
	draw_production old 2.1.0
	cd old
	is production "$(git symbolic-ref --short HEAD)"
	is "$(cd ../upstream; pwd -P)" "$(git remote get-url origin)"
	git status --porcelain >../status
	test ! -s ../status
	lacks /template/ production/prod.yml production/run
	lacks my-gateway-dns-name production/prod.yml
	has mender.acme.example production/prod.yml
	test -x production/run
	git ls-files production/keys-generated >../out
	test -s ../out
	is 4 "$(git rev-list --count 2.1.0..)"
'

story 'production is installed as documented: new layout' '
	draw_production new 2.7.2
	cd new
	lacks set-my-alias-here.com production/config/prod.yml
	git diff --name-only 2.7.2 HEAD >../out
	cat >../expected <<-\EOF
	.gitignore
	docker-compose.yml
	ops/README
	production/config/prod.yml
	production/keys-generated/certs/api-gateway/cert.crt
	production/keys-generated/certs/api-gateway/private.key
	production/keys-generated/keys/useradm/private.key
	EOF
	same ../expected ../out
'

story 'overrides survive every hop, with the release for base' '
	for hop in $first_hops $last_hops
	do
		rm -rf hop
		draw_production hop "${hop%:*}"
		cd hop
		case $hop in
		2.1.*)
			# both sides have production/run now
			expect_code 1 with_base "${hop%:*}" HEAD "${hop#*:}"
			sed -n 2p merged >conflict
			has "^production/run$" conflict
			;;
		*)
			with_base "${hop%:*}" HEAD "${hop#*:}"
			;;
		esac
		git diff --name-only "${hop#*:}" "$(sed 1q merged)" >changed
		has "^docker-compose.yml$" changed
		has "^ops/README$" changed
		cd ..
	done
'

story 'a copy merges with its templates, but for one hop' '
	for hop in $first_hops
	do
		rm -rf hop
		draw_production hop "${hop%:*}"
		cd hop
		copy=production/config/prod.yml
		case $hop in
		2.0.*)
			copy=production/prod.yml
			git show "${hop%:*}:template/prod.yml" >a
			git show "${hop#*:}:template/prod.yml" >b
			;;
		2.1.*)
			copy=production/prod.yml
			git show "${hop%:*}:template/prod.yml" >a
			moved=production/config/prod.yml.template
			git show "${hop#*:}:$moved" >b
			;;
		*)
			git show "${hop%:*}:$copy.template" >a
			git show "${hop#*:}:$copy.template" >b
			;;
		esac
		sed "s|/template/|/production/|" a >a.new
		sed "s|/template/|/production/|" b >b.new
		case $hop in
		2.2.*)
			same a b
			;;
		*)
			not cmp -s a b
			;;
		esac
		case $hop in
		3.0.*)
			expect_code 1 git merge-file "$copy" a.new b.new
			;;
		*)
			git merge-file "$copy" a.new b.new
			has mender.acme.example "$copy"
			;;
		esac
		cd ..
	done
'

story 'upstream goes on, and may tag a blob' '
	draw_release upstream 3.2.x 3.2.2 docs/late.md "A late fix."
	draw_release upstream 3.3.x 3.3.1
	draw_blob_tag upstream
	cd upstream
	is master "$(git symbolic-ref --short HEAD)"
	git grep -q "gui:3.2.2" 3.2.2 -- docker-compose.yml
	git merge-base --is-ancestor 3.2.1 3.2.2
	not git merge-base --is-ancestor 3.2.2 3.3.1
	is blob "$(git cat-file -t 3.3.0)"
'

story 'the generic upstream has releases, and no layout anybody knows' '
	draw_generic generic
	cd generic
	git tag >../out
	put ../expected v1.0.0 v1.0.1 v1.1.0 v1.1.1 v2.0.0 v2.0.0-rc.1
	same ../expected ../out
	expect_code 1 git merge-tree --write-tree v1.0.1 v1.1.0 >../out
	with_base v1.0.1 v1.0.1 v1.1.0
	is "$(git rev-parse "v1.1.0^{tree}")" "$(cat merged)"
'

story 'drawing is quick, and done once by all who draw at a time' '
	TRASH_ROOT=$PWD/fresh
	export TRASH_ROOT
	DRAW_CACHE=$TRASH_ROOT/.cache
	draw_upstream one &
	draw_upstream two &
	wait
	is "$(git -C one rev-parse master)" "$(git -C two rev-parse master)"
	git -C two fsck
	ls "$DRAW_CACHE" >drawn
	is 1 "$(wc -l <drawn)"
'

done_testing
