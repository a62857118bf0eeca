#!/bin/sh
#
# git upgrade list: what lies ahead, how far it is, and why not.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'upstream and a production are drawn' '
	draw_upstream upstream
	draw_production prod 2.1.0
'

story 'the newest patch of each minor, how far it is, and what is next' '
	cd prod
	snapshot >../before
	expect_code 0 git upgrade list >../out 2>../err
	same - ../out <<-\EOT
	On 2.1.0 (mender, adopted 2019-08-29), upstream '\''origin'\''
	  2.1.1    next     2019-10-08   1 hop    1 commit
	  2.2.2    next     2020-01-16   1 hop    5 commits
	  2.3.1    later    2020-06-24   2 hops   via 2.2.2
	  2.4.1    later    2020-06-14   3 hops   via 2.2.2, 2.3.1
	  2.5.1    later    2020-10-02   4 hops   via 2.2.2, 2.3.1, 2.4.1
	  2.6.2    later    2021-01-10   5 hops   via 2.2.2 ... 2.5.1
	  2.7.2    later    2021-04-30   6 hops   via 2.2.2 ... 2.6.2
	  3.0.1    later    2021-07-09   7 hops   via 2.2.2 ... 2.7.2
	  3.1.1    later    2021-12-16   8 hops   via 2.2.2 ... 3.0.1
	  3.2.1    later    2022-01-05   9 hops   via 2.2.2 ... 3.1.1
	EOT
	same - ../err <<-\EOT
	hint: see what 2.2.2 would do here with "git upgrade plan 2.2.2"
	EOT
	snapshot >../after
	same ../before ../after
'

story 'advice can be switched off' '
	cd prod
	git -c advice.upgradeList=false upgrade list >../out 2>../err
	same /dev/null ../err
'

story '--all: every release, those behind and pre-releases as well' '
	cd prod
	git upgrade list --all >../out 2>../err
	has "^  2.0.0b1  *past  *2019-05-31  *pre-release$" ../out
	has "^  2.1.0  *adopted  *2019-08-29$" ../out
	has "^  2.2.0  *next  *2019-11-27  *1 hop$" ../out
	has "^  3.0.3-build3  *later .* pre-release$" ../out
	lacks "saas" ../out
	is 27 "$(grep -c "^  " ../out)"
'

story '--json: all of it' '
	cd prod
	git upgrade list --json >../out 2>../err
	same /dev/null ../err
	perl -MJSON::PP - ../out <<-\EOT
	local $/;
	open my $f, "<", shift or die;
	my $d = decode_json(<$f>);
	sub holds { $_[0] or die "$_[1] does not hold\n" }
	my %r = map { $_->{release} => $_ } @{$d->{releases}};
	holds $d->{adopted} eq "2.1.0" && $d->{state} eq "known", "adopted";
	holds !$d->{recorded} && $d->{next} eq "2.2.2", "next";
	holds $d->{since} eq "2019-08-29T00:00:00Z", "since";
	holds $r{"2.2.2"}{commits} == 5 && $r{"2.2.2"}{hops} == 1, "2.2.2";
	holds "@{$r{qq(2.4.1)}{path}}" eq "2.2.2 2.3.1 2.4.1", "path";
	holds $r{"2.4.1"}{state} eq "later", "2.4.1";
	EOT
'

story '--exit-code: 0 when there is something to upgrade to, 1 when not' '
	cd prod
	expect_code 0 git upgrade list --exit-code >../out 2>../err
	cd ..
	draw_production newest 3.2.1
	cd newest
	expect_code 0 git upgrade list >../out 2>../err
	expect_code 1 git upgrade list --exit-code >../out 2>../err
	same - ../out <<-\EOT
	On 3.2.1 (mender, adopted 2022-01-05), upstream '\''origin'\''
	EOT
	has "^hint: 3.2.1 is the newest release known here" ../err
'

story 'a next release that is older by date is warned of' '
	draw_production older 2.3.1
	cd older
	git upgrade list >../out 2>../err
	has "^warning: 2.4.1 is 10 days older than 2.3.1 and lacks 2 comm" \
		../err
'

story 'after an upgrade the date is that of the upgrade' '
	cd prod
	git upgrade merge --no-edit 2.2.2 >../out 2>../err
	tick
	commit "More of our own" --allow-empty 2>/dev/null ||
		git commit -q --allow-empty -m "More of our own"
	git upgrade list >../out 2>../err
	has "^On 2.2.2 (mender, adopted 2024-01-01), upstream" ../out
	has "^  2.3.1  *next" ../out
'

story 'an upgrade merged by hand is unfinished, and how it is finished' '
	cd prod
	git merge -q -X theirs --no-edit 2.3.1
	expect_code 0 git upgrade list >../out 2>../err
	has "^On 2.2.2 (mender" ../out
	has "^warning: 2.3.1 was merged by hand (.*) and is unfinished" ../err
	has "^hint: finish it with \"git upgrade merge 2.3.1\"$" ../err
	git upgrade list --json >../out
	has "\"state\": \"unfinished\"" ../out
	has "\"unfinished\": \"2.3.1\"" ../out
'

story 'no path, and why' '
	draw_release upstream 3.9.x 3.9.0
	draw_blob_tag upstream 3.3.0
	draw_production far 3.2.1
	cd far
	expect_code 1 git upgrade list --exit-code >../out 2>../err
	has "^  3.3.0    no path: its tag is on a blob, not on a commit$" ../out
	has "^  3.9.0    no path: 3.8 is the last release for Docker Compose$" \
		../out
'

story 'a branch on no release: everything there is, and how to say it' '
	git clone -q upstream squashed
	cd squashed
	git checkout -q --orphan production 2.4.1
	git commit -q -m "All at once"
	expect_code 0 git upgrade list >../out 2>../err
	has "^On no known release (mender), upstream" ../out
	has "^  2.5.1 " ../out
	has "^warning: no release is merged into this branch" ../err
	has "^hint: .*git upgrade merge --from=RELEASE" ../err
'

story 'no releases at all: what to tell it' '
	git init -q none
	cd none
	git commit -q --allow-empty -m "Nothing"
	expect_code 128 git upgrade list >../out 2>../err
	same /dev/null ../out
	has "^fatal: no release of upstream is known here" ../err
	has "^hint: .*git config upgrade.upstream" ../err
'

story 'an unborn branch, arguments too many' '
	git init -q unborn
	cd unborn
	expect_code 128 git upgrade list >../out 2>../err
	cd ../prod
	expect_code 129 git upgrade list 2.2.0 >../out 2>../err
	has "^usage: git upgrade list" ../err
'

story 'another product: versions with a v, any way is legal' '
	draw_generic tool
	git clone -q tool shop
	cd shop
	git checkout -q -b production v1.0.0
	git upgrade list >../out 2>../err
	same - ../out <<-\EOT
	On v1.0.0 (generic, adopted 2019-05-02), upstream '\''origin'\''
	  v1.0.1   next     2019-05-12   1 hop    1 commit
	  v1.1.1   next     2019-08-20   1 hop    3 commits
	  v2.0.0   next     2019-11-28   1 hop    4 commits
	EOT
'

done_testing
