#!/bin/sh
#
# git upgrade plan --path: every hop, each on what the one before would leave.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# facts FILE: what a hop is about, of each, whoever reports it; the commits it
# begins at are those of a forecast
facts()
{
	perl -MJSON::PP -e '
		local $/;
		my $j = decode_json(<STDIN>);
		my $json = JSON::PP->new->canonical->pretty;
		for my $hop (@{$j->{hops}}) {
			delete @$hop{qw(head conditional branch result staged
				left_out)};
			print $json->encode($hop);
		}' <"$1"
}

# field NAME: of the root, then of each hop
field()
{
	perl -MJSON::PP -e '
		local $/;
		my $j = decode_json(<STDIN>);
		my $f = $ARGV[0];
		print join(" ", map { ref $_ eq "ARRAY" ? join(",", @$_) :
			ref $_ ? 0 + $_ : $_ // "-" } map { $_->{$f} }
			grep { exists $_->{$f} } $j, @{$j->{hops}}), "\n"' "$1"
}

story 'the hops and what each would do; nothing is changed' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git upgrade fetch
	snapshot >../before
	git count-objects -v >../objects
	expect_code 0 git upgrade plan --path 2.7.2 >../out 2>../err
	is "2.4.1 -> 2.7.2, 3 hops: would merge with no conflicts" \
		"$(sed -n 1p ../out)"
	has "^1. 2.4.1 -> 2.5.1: no conflicts$" ../out
	has "^3. 2.6.2 -> 2.7.2: no conflicts$" ../out
	is 3 "$(grep -c "^  upstream  *[0-9]* files$" ../out)"
	has "^Nothing was changed.$" ../err
	has "git upgrade merge --path 2.7.2" ../err
	lacks forecast ../err
	snapshot >../after
	same ../before ../after
	git count-objects -v >../after
	same ../objects ../after
'

story 'merge --path --dry-run is that' '
	cd prod
	git upgrade merge --no-fetch --dry-run --path 2.7.2 >../dry
	same ../out ../dry
	snapshot >../after
	same ../before ../after
'

story 'without --path it is one hop, as merge without it is' '
	cd prod
	expect_code 2 git upgrade plan --no-fetch 2.7.2 2>../err
	has "skips a minor release" ../err
	has "merge --path 2.7.2" ../err
'

story 'where no hop conflicts the forecast is the merge' '
	cd prod
	git upgrade plan --no-fetch --json --path "$draw_set" 2.7.2 >../plan
	is "2.4.1 2.4.1 2.5.1 2.6.2" "$(field from <../plan)"
	is "2.7.2 2.5.1 2.6.2 2.7.2" "$(field to <../plan)"
	is "0 0 0" "$(field conditional <../plan)"
	is "1 1 1 1" "$(field clean <../plan)"
	git upgrade merge --no-fetch --no-edit --json --path "$draw_set" 2.7.2 \
		>../done
	facts ../plan >../planned
	facts ../done >../merged
	same ../planned ../merged
'

story 'after a conflict it is a forecast, and says so' '
	cd prod
	expect_code 0 git upgrade plan --no-fetch --path 3.2.1 >../out 2>../err
	has "^2.7.2 -> 3.2.1, 3 hops: would merge with 1 conflict$" ../out
	has "^2. 3.0.1 -> 3.1.1: 1 conflict$" ../out
	has "^3. 3.1.1 -> 3.2.1: no conflicts, if yours is kept where the hops before conflict$" ../out
	has "^After the first conflict this is a forecast only" ../err
	git upgrade plan --no-fetch --json --path 3.2.1 >../plan
	is "0 1 0 1" "$(field clean <../plan)"
	is "0 0 1" "$(field conditional <../plan)"
	is " production/config/prod.yml " "$(field conflicts <../plan)"
'

story 'kept as the forecast assumes, the last hop is as it said' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit --path 3.2.1
	for stage in 1 2 3
	do
		git show :$stage:production/config/prod.yml >../stage.$stage
	done
	git merge-file -p --ours ../stage.2 ../stage.1 ../stage.3 \
		>production/config/prod.yml
	git add production/config/prod.yml
	git upgrade merge --continue --json >../done
	facts ../plan >../planned
	facts ../done >../merged
	# --continue does not know the plan of the hop it finishes.
	sed "1,/^}/d" ../merged >../last
	tail -n "$(wc -l <../last)" ../planned >../forecast
	same ../forecast ../last
'

story 'what was deleted here and changed there, step by step' '
	rm -rf files
	git init -q files
	cd files
	put a.txt one
	put b.txt one
	printf "a\0b" >c.bin
	commit 1.0.0
	git tag 1.0.0
	for minor in 1 2 3
	do
		put a.txt "one $minor"
		put b.txt "one $minor"
		printf "a\0b$minor" >c.bin
		commit 1.$minor.0
		git tag 1.$minor.0
	done
	cd ..
	git clone -q --no-checkout files own
	cd own
	git config upgrade.path connected-minor
	git switch -q -c production --no-track 1.0.0
	git rm -q a.txt
	put b.txt ours
	printf "a\0c" >c.bin
	commit ours
	git upgrade plan --json --path 1.3.0 >../plan
	is "a.txt,b.txt,c.bin a.txt,b.txt,c.bin a.txt,b.txt,c.bin" \
		"$(field conflicts <../plan)"
	is "0 1 1" "$(field conditional <../plan)"
	rm -rf ../own
'

story 'nobody need have a name to look' '
	cd prod
	git reset -q --hard HEAD~3
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME \
		GIT_COMMITTER_EMAIL
	git config --global --unset user.name
	git config --global --unset user.email
	git config user.useConfigOnly true
	git upgrade plan --no-fetch --path 3.2.1 >../again
	same ../out ../again
	git config --unset user.useConfigOnly
'

story 'bad usage, and what no path leads to' '
	cd prod
	expect_code 129 git upgrade plan --path 2>../err
	expect_code 129 git upgrade plan --path 3.0.1 3.1.1 2>../err
	expect_code 2 git upgrade plan --no-fetch --path 2.4.1 2>../err
	has "goes backwards" ../err
	expect_code 2 git upgrade plan --no-fetch --path 2.7.2 2>../err
	has "already" ../err
'

done_testing
