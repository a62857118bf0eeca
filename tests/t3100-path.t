#!/bin/sh
#
# git upgrade merge --path: all hops on the way, a commit each, and the way
# back to before the first.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# hops REPO FROM: the commits of the path, oldest first
hops()
{
	git -C "$1" rev-list --first-parent --reverse "$2..HEAD"
}

# same_hops REPO REPO FROM: commit by commit the same trees and messages
same_hops()
{
	for side in "$1" "$2"
	do
		git -C "$side" log --first-parent --reverse \
			--format="%T%n%P%n%B" "$3..HEAD" >"$WORK/log"
		# Of the parents the release alone: hops have other dates.
		sed "s/^[0-9a-f]\{40\} \([0-9a-f]\{40\}\)\$/\1/" \
			"$WORK/log" >"$WORK/hops.${side##*/}"
	done
	same "$WORK/hops.${1##*/}" "$WORK/hops.${2##*/}"
}

story 'an illegal jump is refused, and says how to go all of the way' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit 2.7.2 2>../err
	has "^hint: the path is 2.4.1 -> 2.5.1 -> 2.6.2 -> 2.7.2" ../err
	has "^hint:   git upgrade merge 2.5.1$" ../err
	has "^hint:   git upgrade merge --path 2.7.2$" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

story 'three hops: three commits, each what the hop alone gives' '
	cp -R prod single
	cd single
	git update-index -q --refresh
	for release in 2.5.1 2.6.2 2.7.2
	do
		git upgrade merge --no-fetch --no-edit "$draw_set" "$release"
	done
	cd ../prod
	git rev-parse HEAD >../old
	expect_code 0 git upgrade merge --no-edit --path "$draw_set" 2.7.2 \
		>../out 2>../err
	hops . "$(cat ../old)" >../commits
	is 3 "$(wc -l <../commits)"
	same_hops ../single . "$(cat ../old)"
	is 3 "$(grep -c "^\[production [0-9a-f]*\] Upgrade to 2" ../out)"
	has "^Merging release 2.6.2 into production (base 2.5.1)$" ../err
	has "git upgrade push" ../err
	has "git reset --keep $(git rev-parse --short=7 "$(cat ../old)")" ../err
	test -z "$(git status --porcelain)"
	missing .git/upgrade .git/MERGE_HEAD .git/MERGE_MSG
'

story 'one hop is just the merge' '
	rm -rf one two
	cp -R prod one
	cp -R prod two
	for dir in one two
	do
		git -C $dir update-index -q --refresh
	done
	git -C one upgrade merge --no-fetch --no-edit 3.0.1 >out.one 2>err.one
	git -C two upgrade merge --no-fetch --no-edit --path 3.0.1 \
		>out.two 2>err.two
	same out.one out.two
	is "$(git -C one rev-parse "HEAD^{tree}")" \
		"$(git -C two rev-parse "HEAD^{tree}")"
'

story 'a conflict on the way: the hops before stand, the rest waits' '
	cd prod
	git rev-parse HEAD >../old
	snapshot >../before
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1 \
		>../out 2>../err
	has "^\[production [0-9a-f]*\] Upgrade to 3.0.1$" ../out
	lacks "3.1.1" ../out
	has "^CONFLICT (copy)" ../err
	has "^hint: 1 more hop to 3.2.1 then follows$" ../err
	has "git merge --abort" ../err
	is "$(git rev-parse "3.1.1^{commit}")" "$(git rev-parse MERGE_HEAD)"
	git upgrade >../out
	has "^Upgrading production to 3.1.1 (on the way to 3.2.1): 1 conflict" \
		../out
	expect_code 2 git upgrade merge --no-fetch --path 3.2.1 2>../err
	has "is in progress" ../err
'

story '--abort goes back to before the first hop, in one move' '
	cd prod
	git reflog refs/heads/production >../reflog
	git upgrade merge --abort >../out 2>../err
	has "^Back on production as it was before" ../err
	git reflog -1 --format=%gs refs/heads/production >../moved
	has "^upgrade: aborted$" ../moved
	git reflog refs/heads/production >../reflog.now
	is "$(($(wc -l <../reflog) + 1))" "$(wc -l <../reflog.now)"
	snapshot >../after
	same ../before ../after
	missing .git/upgrade .git/MERGE_MSG
'

# answer: what the operator does about the conflict
answer()
{
	git checkout -q --theirs production/config/prod.yml
	git add production/config/prod.yml
}

story '--continue finishes this hop and the ones after it' '
	rm -rf single
	cp -R prod single
	cd single
	git update-index -q --refresh
	git upgrade merge --no-fetch --no-edit 3.0.1
	expect_code 1 git upgrade merge --no-fetch --no-edit 3.1.1
	answer
	git upgrade merge --continue --no-edit
	git upgrade merge --no-fetch --no-edit 3.2.1
	cd ../prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	expect_code 1 git upgrade merge --continue
	answer
	expect_code 0 git upgrade merge --continue --no-edit >../out 2>../err
	has "^\[production [0-9a-f]*\] Upgrade to 3.1.1$" ../out
	has "^\[production [0-9a-f]*\] Upgrade to 3.2.1$" ../out
	same_hops ../single . "$(cat ../old)"
	test -z "$(git status --porcelain)"
	missing .git/upgrade
	git reset -q --hard "$(cat ../old)"
'

story 'an abort keeps what was edited meanwhile, or refuses' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	echo "and more" >>ops/README
	put logo.png edited
	expect_code 2 git upgrade merge --abort 2>../err
	has "^hint:   logo.png$" ../err
	lacks "Nothing was changed" ../err
	is edited "$(cat logo.png)"
	git checkout -q logo.png
	git upgrade merge --abort
	is "$(cat ../old)" "$(git rev-parse HEAD)"
	is " M ops/README" "$(git status --porcelain)"
	has "^and more$" ops/README
	git checkout -q ops/README
	missing .git/upgrade
'

story 'git merge --abort takes back the hop alone' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	git merge --abort
	is 3.0.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	expect_code 2 git upgrade merge --continue 2>../err
	has "no upgrade is in progress" ../err
	has "^hint:   git upgrade merge --path 3.2.1$" ../err
	has "^hint:   git reset --keep $(cut -c 1-12 ../old)" ../err
	missing .git/upgrade
	git reset -q --keep "$(cat ../old)"
'

story 'git commit in the middle: unfinished, and --path goes on from there' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	answer
	git commit -q --no-edit
	expect_code 2 git upgrade merge --continue 2>../err
	has "was committed already, by hand" ../err
	has "git upgrade merge --path 3.2.1" ../err
	git upgrade merge --no-fetch --no-edit --path 3.2.1
	is 3.2.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	is "$(git rev-parse "$(cat ../old)")" "$(git rev-parse HEAD~4)"
	git reset -q --hard "$(cat ../old)"
'

story 'a hop that is refused: the ones before stand, and it is tried again' '
	cd prod
	snapshot >../before
	put docs/3.2.md "in the way"
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	answer
	expect_code 2 git upgrade merge --continue --no-edit 2>../err
	has "^hint:   docs/3.2.md$" ../err
	has "^hint: the hops before 3.2.1 are committed; go on with .git upgrade merge --continue. when" ../err
	lacks "Nothing was changed" ../err
	is 3.1.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	rm docs/3.2.md
	git upgrade merge --continue --no-edit
	is 3.2.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	git reset -q --hard "$(cat ../old)"
'

story '... or all of them are taken back' '
	cd prod
	put docs/3.1.md "in the way"
	expect_code 2 git upgrade merge --no-fetch --no-edit --path 3.2.1
	is 3.0.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	git upgrade merge --abort
	is "$(cat ../old)" "$(git rev-parse HEAD)"
	rm docs/3.1.md
	snapshot >../after
	same ../before ../after
'

story 'on a new branch, and back: the branch is gone' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path -b next 3.2.1
	is next "$(git branch --show-current)"
	git upgrade merge --abort
	is production "$(git branch --show-current)"
	expect_code 1 git rev-parse -q --verify refs/heads/next
	snapshot >../after
	same ../before ../after
	expect_code 1 git upgrade merge --no-fetch --no-edit --path -b next 3.2.1
	answer
	git upgrade merge --continue --no-edit
	is next "$(git branch --show-current)"
	is "$(cat ../old)" "$(git rev-parse production)"
	is "$(cat ../old)" "$(git rev-parse next~3)"
	git switch -q production
	git branch -q -D next
'

story '--from counts for the first hop' '
	rm -rf squashed
	git init -q squashed
	cd squashed
	git fetch -q --tags ../upstream
	git remote add origin ../upstream
	git read-tree -u --reset 2.4.1
	put ops/README ours
	commit "Import"
	expect_code 2 git upgrade merge --no-fetch --path 2.6.2
	git upgrade merge --no-fetch --no-edit --path --from=2.4.1 2.6.2
	is "Upgrade to 2.6.2,Upgrade to 2.5.1,Import" \
		"$(git log --first-parent --format=%s | paste -s -d ,)"  # tap: ok
	git diff --name-only 2.6.2 HEAD >../changed
	same - ../changed <<-\EOT
	.gitupgrade.adopted
	ops/README
	EOT
'

# hop FIELD: of each hop that --json reports
hop()
{
	perl -MJSON::PP -e '
		local $/;
		my $j = decode_json(<STDIN>);
		print join(" ", $j->{to}, map { $_->{$ARGV[0]} // "-" }
			@{$j->{hops}}), "\n"' "$1"
}

story '--json lists the hops, also after a conflict' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --json --path 3.2.1 >../out
	is "3.2.1 3.0.1 3.1.1" "$(hop to <../out)"
	is "3.2.1 $(git rev-parse HEAD) -" "$(hop result <../out)"
	answer
	git upgrade merge --continue --json >../out
	is "3.2.1 3.1.1 3.2.1" "$(hop to <../out)"
	is "3.2.1 $(git rev-parse HEAD~1) $(git rev-parse HEAD)" \
		"$(hop result <../out)"
	git reset -q --hard "$(cat ../old)"
'

story 'bad usage, and what no path leads to' '
	cd prod
	snapshot >../before
	expect_code 129 git upgrade merge --path 2>../err
	expect_code 129 git upgrade merge --path --continue 2>../err
	has "leave --path away" ../err
	expect_code 129 git upgrade merge --path --abort 2>../err
	expect_code 2 git upgrade merge --no-fetch --path 2.4.1 2>../err
	has "goes backwards" ../err
	expect_code 2 git upgrade merge --no-fetch --path 2.7.2 2>../err
	has "already" ../err
	expect_code 2 git upgrade merge --no-fetch --path 9.9.9 2>../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

done_testing
