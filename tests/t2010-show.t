#!/bin/sh
#
# git upgrade show: one release.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'upstream and a production are drawn' '
	draw_upstream upstream
	draw_production prod 2.1.0
'

story 'tag, path, changes, templates, notes and commits' '
	cd prod
	snapshot >../before
	expect_code 0 git upgrade show 2.2.0 >../out 2>../err
	snapshot >../after
	same ../before ../after
	sed -e "s/^[0-9a-f]\{7,\} /OID /" -e "s/[0-9]* years ago/AGE/" \
		../out >../shown
	same - ../shown <<-\EOT
	2.2.0 (mender), 2019-11-27, AGE
	  tagger     Dana Developer <dana@upstream.example>, 2019-11-27
	  signature  none
	  path       1 hop, 2.1.0 -> 2.2.0
	  changes    11 files changed from 2.1.0
	  templates  A production/config/enterprise.yml.template
	             R template/prod.yml -> production/config/prod.yml.template
	             R template/run -> production/run

	    Release 2.2.0

	3 commits would come in:
	OID Pin components for 2.2.0
	OID Describe 2.2
	OID Begin with 2.2
	EOT
	same - ../err <<-\EOT
	hint: see what it would do here with "git upgrade plan 2.2.0"
	EOT
'

story 'farther away: the way there, and its first hop' '
	cd prod
	git upgrade show 2.4.1 >../out 2>../err
	has "^  path       3 hops, 2.1.0 -> 2.2.2 -> 2.3.1 -> 2.4.1$" ../out
	has "^hint: the first hop is \"git upgrade merge 2.2.2\"$" ../err
'

story 'adopted, older, a pre-release' '
	cd prod
	git upgrade show 2.1.0 >../out 2>../err
	has "^  path       none needed: it is adopted$" ../out
	has "^0 commits would come in$" ../out
	git upgrade show 2.0.1 >../out 2>../err
	has "^  path       none: it is older than 2.1.0, which is adopted$" \
		../out
	git upgrade show 3.0.3-build3 >../out 2>../err
	has "^3.0.3-build3 (mender), .*, pre-release$" ../out
	has "^  tagger     nobody: a tag without message$" ../out
'

story 'an unknown release: the nearest name' '
	cd prod
	expect_code 2 git upgrade show 2.2.9 >../out 2>../err
	same /dev/null ../out
	has "2.2.9" ../err
	has "^hint: " ../err
	expect_code 129 git upgrade show >../out 2>../err
	has "^usage: git upgrade show" ../err
'

story 'escapes in what upstream wrote do no harm' '
	cd upstream
	esc=$(printf "\033")
	git tag -a -m "Bold ${esc}[1mand ${esc}]0;title" 2.1.2 2.1.1
	cd ../prod
	git fetch -q --tags origin
	git upgrade show 2.1.2 >../out 2>../err
	has "^    Bold ?.1mand ?.0;title$" ../out
'

story '--json: all of it' '
	cd prod
	git upgrade show --json 2.2.0 >../out 2>../err
	same /dev/null ../err
	perl -MJSON::PP - ../out <<-\EOT
	local $/;
	open my $f, "<", shift or die;
	my $d = decode_json(<$f>);
	sub holds { $_[0] or die "$_[1] does not hold\n" }
	my ($first) = @{$d->{commits}};
	my $moved = "R template/run -> production/run";
	holds $d->{release} eq "2.2.0" && $d->{signature} eq "none", "release";
	holds "@{$d->{path}}" eq "2.2.0" && $d->{adopted} eq "2.1.0", "path";
	holds @{$d->{commits}} == 3 && @{$d->{files}} == 11, "counts";
	holds $first->{subject} eq "Pin components for 2.2.0", "subject";
	holds scalar(grep { $_ eq $moved } @{$d->{templates}}), "templates";
	EOT
'

if command -v ssh-keygen >/dev/null
then
	story 'a signature: good, bad, and one that cannot be checked' '
		ssh-keygen -q -t ed25519 -N "" -f key
		printf "dana@upstream.example %s\n" "$(cat key.pub)" >signers
		cd upstream
		GIT_COMMITTER_EMAIL=dana@upstream.example git \
			-c gpg.format=ssh -c user.signingkey="$WORK/key" \
			tag -s -m "Signed" 2.1.3 2.1.1
		git cat-file tag 2.1.3 >../tag
		sed "s/^Signed/Forged/; s/^tag 2.1.3/tag 2.1.4/" ../tag \
			>../forged
		git hash-object -t tag -w ../forged >../oid
		git update-ref refs/tags/2.1.4 "$(cat ../oid)"
		cd ../prod
		git fetch -q --tags origin
		git config gpg.format ssh
		git upgrade show 2.1.3 >../out 2>../err
		has "^  signature  there is one, and it cannot be che" ../out
		git config gpg.ssh.allowedSignersFile "$WORK/signers"
		git upgrade show 2.1.3 >../out 2>../err
		has "^  signature  good, by dana@upstream.example$" ../out
		has "^    Signed$" ../out
		lacks "BEGIN SSH" ../out
		git upgrade show 2.1.4 >../out 2>../err
		has "^  signature  BAD$" ../out
	'
else
	skip 'a signature' 'no ssh-keygen'
fi

done_testing
