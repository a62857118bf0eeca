#!/bin/sh
#
# Where signatures are demanded, a release without a good one is not merged.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

command -v ssh-keygen >/dev/null || skip_all 'no ssh-keygen'

# signed_tag NAME TARGET KEY [OPTION...]
signed_tag()
{
	signed_name=$1
	signed_target=$2
	signed_key=$3
	shift 3
	GIT_COMMITTER_EMAIL=dana@upstream.example \
		git -C "$WORK/upstream" -c gpg.format=ssh \
		-c user.signingkey="$WORK/$signed_key" \
		tag -s "$@" -m "Signed" "$signed_name" "$signed_target"
}

refused()
{
	for command in plan merge
	do
		snapshot >"$WORK/before"
		expect_code 2 git upgrade $command "$1" >../out 2>../err
		has "$2" ../err
		has "git verify-$3 refs/upgrade/releases/$1" ../err
		has "^hint: signatures are demanded by releases.verify" ../err
		has "^Nothing was changed.$" ../err
		snapshot >"$WORK/after"
		same "$WORK/before" "$WORK/after"
	done
}

story 'an upstream with tags of all kinds' '
	draw_upstream upstream
	draw_production prod 2.1.0
	ssh-keygen -q -t ed25519 -N "" -f key
	ssh-keygen -q -t ed25519 -N "" -f other
	printf "dana@upstream.example %s\n" "$(cat key.pub)" >signers
	signed_tag 2.1.2 2.1.1 key
	signed_tag 2.1.3 2.1.1 other
	git -C upstream tag 2.1.4 "2.1.1^{}"
	git -C upstream cat-file tag 2.1.2 >tag
	sed "s/^Signed/Forged/; s/^tag 2.1.2/tag 2.1.5/" tag >forged
	git -C upstream hash-object -t tag -w "$WORK/forged" >oid
	git -C upstream update-ref refs/tags/2.1.5 "$(cat oid)"
	cd prod
	git config gpg.format ssh
	git config gpg.ssh.allowedSignersFile "$WORK/signers"
	git upgrade fetch
'

story 'nobody asks unless told to' '
	cd prod
	git upgrade plan 2.1.4 >../out
	has "2.1.0 -> 2.1.4" ../out
'

story 'not signed, lightweight, forged, by a stranger: refused in words' '
	cd prod
	git config upgrade.verifyTags true
	refused 2.1.1 "the tag of release 2.1.1 is not signed" tag
	refused 2.1.4 "release 2.1.4 is a lightweight tag" commit
	refused 2.1.5 "the signature of the tag of release 2.1.5 is BAD" tag
	refused 2.1.3 "2.1.3 cannot be checked here, or not by a key" tag
'

story 'a good one is merged, and show says whose it is' '
	cd prod
	git upgrade show 2.1.2 >../out
	has "^  signature  good, by dana@upstream.example$" ../out
	git upgrade show --json 2.1.2 >../out
	has "\"signer\": \"dana@upstream.example\"" ../out
	git upgrade merge --no-edit 2.1.2
	has "^release 2.1.2$" .gitupgrade.adopted
'

story 'the profile can demand it, the setting can take it back' '
	draw_production second 2.1.0
	cd second
	cat >"$WORK/own.yaml" <<-\EOT
	format: 1
	profile: mender
	name: mender
	releases: {verify: true}
	EOT
	git config upgrade.profile "$WORK/own.yaml"
	git upgrade fetch
	refused 2.1.1 "the tag of release 2.1.1 is not signed" tag
	git config upgrade.verifyTags false
	git upgrade plan 2.1.1 >../out
	has "2.1.0 -> 2.1.1" ../out
'

story 'of a branch it is the commit that must be signed' '
	git init -q template
	cd template
	git commit -q --allow-empty -m "Beginning"
	git switch -q -c 1.0.0
	git commit -q --allow-empty -m "1.0.0"
	git switch -q -c 1.1.0
	git commit -q --allow-empty -m "1.1.0"
	git switch -q -c 1.2.0
	GIT_COMMITTER_EMAIL=dana@upstream.example git -c gpg.format=ssh \
		-c user.signingkey="$WORK/key" \
		commit -q -S --allow-empty -m "1.2.0"
	cd ..
	git clone -q -b 1.0.0 template shop
	cd shop
	git switch -q -c production
	cat >"$WORK/branches.yaml" <<-\EOT
	format: 1
	name: template
	releases: {from: branches, verify: true}
	EOT
	git config upgrade.profile "$WORK/branches.yaml"
	git config gpg.format ssh
	git config gpg.ssh.allowedSignersFile "$WORK/signers"
	git upgrade fetch
	refused 1.1.0 "the commit of release 1.1.0 is not signed" commit
	git upgrade merge --no-edit 1.2.0
'

done_testing
