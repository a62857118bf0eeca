#!/bin/sh
#
# Profiles as people meet them: detected, chosen, written by hand, and wrong.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

manual=$TESTS_DIR/../Documentation/gitupgrade-profile.5
schema=$TESTS_DIR/../src/model

# The literal blocks of the manual, as example1 and so on
examples()
{
	sed 's/\\e/\\/g' "$manual" | awk -v to="$WORK/example" '
		/^[.]Bd -literal/ { nr++; on = 1; next }
		/^[.]Ed/ { on = 0 }
		on { print >to nr }'
}

# Where these stories ask for a profile: any command opens it.
opens()
{
	git upgrade fetch -n >"$WORK/out" 2>"$WORK/err"
}

# wrong PROFILE-TEXT: what is said about it
wrong()
{
	printf '%s\n' "$@" >own.yaml
	expect_code 128 opens
	cat "$WORK/err"
}

story 'a clone of a known product needs no configuration' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	opens
	has "27 new releases" ../out
'

story 'any other repository is generic: tags are its releases' '
	draw_generic other
	git clone -q other clone
	cd clone
	opens
	has "new release" ../out
	has "pre-release" ../out
'

story 'a profile by its name' '
	cd prod
	git config upgrade.profile generic
	opens
	git config upgrade.profile nix
	expect_code 128 opens
	has "^fatal: there is no profile .nix.$" ../err
	has "there are generic, magento-cloud, mender, oroc.*; or name a file" ../err
	has "git config upgrade.profile" ../err
'

story 'a profile in a file, and what is wrong in it' '
	cd prod
	git config upgrade.profile ./own.yaml
	expect_code 128 opens
	has "own.yaml.: No such file" ../err
	wrong "format: 1" "profile: mender" "deploy:" "  keeps: 3" >../said
	has "/prod/./own.yaml:4:3: deploy: there is no key .keeps." ../said
	has "did you mean .keep." ../said
	has "gitupgrade-profile(5)" ../said
	wrong "format: 7" >../said
	has "own.yaml:1:9: expected format 1, not .7." ../said
	wrong "format: 1" "name: x" "releases: {final: \"[\"}" >../said
	has "own.yaml:3:19: releases.final: .*no regular expression" ../said
	wrong "a: &x 1" >../said
	has "own.yaml:1:4: anchors and aliases are not allowed" ../said
	head -c 100000 /dev/urandom >own.yaml
	expect_code 128 opens
	head -c 100000 /dev/zero >own.yaml
	expect_code 128 opens
'

# A part of a file lacks the first lines of one; `shop` is of another example.
story 'the examples of the manual can be used' '
	cd prod
	examples
	nr=0
	for example in ../example*
	do
		printf "%s\n" "format: 1" "profile: generic" >own.yaml
		case $(cat "$example") in
		"format: 1"*)
			sed "s/^profile: shop$/profile: generic/" "$example" \
				>own.yaml
			;;
		environments:* | backup:*)
			cat "$example" >>own.yaml
			;;
		*)
			continue
			;;
		esac
		nr=$((nr + 1))
		expect_code 0 git upgrade config >../out 2>../err
		same /dev/null ../err
	done
	test "$nr" -ge 13
	grep -q "\\\\." ../example*
	lacks "\\\\e" ../example*
'

story 'the manual describes every key' '
	sed -n "s/.*FIELD[A-Z_]*([A-Z, ]*\"\([a-z_]*\)\".*/\1/p" \
		"$schema"/profile*.c | sort -u >keys
	test "$(wc -l <keys)" -gt 40
	while read -r key
	do
		grep -qE "^\.(Ss|It Cm)( .*,?)? ?$key( ,|\$)" "$manual" ||
		grep -q "^\.Cm $key\$" "$manual" ||
		grep -q "{.*$key: " "$manual" || echo "$key"
	done <keys >missing
	test ! -s missing
'

story 'the path rule of the configuration' '
	cd prod
	git config --unset upgrade.profile
	git config upgrade.path any
	opens
	git config upgrade.path all
	expect_code 128 opens
	has "upgrade.path: expected any or connected-minor or edges, not .all." ../err
	git config --unset upgrade.path
'

story 'environments of the configuration' '
	cd prod
	git config upgrade.production.branch production
	git config upgrade.staging.branch site/staging
	opens
	git config upgrade.staging.branch production
	expect_code 128 opens
	has ".production. is the branch of production already" ../err
	git config upgrade.staging.branch "-x"
	expect_code 128 opens
	has "cannot be the name of a branch" ../err
	git config --unset upgrade.staging.branch
	git config upgrade.Big.branch big
	expect_code 128 opens
	has ".Big. cannot be the name of an environment" ../err
	git config --unset upgrade.Big.branch
'

story 'what a platform said is believed as far as it can be read' '
	cd prod
	for text in "{}" "[]" "garbage" "{\"protocol\":2}" \
		"{\"protocol\":1,\"environments\":7}" \
		"{\"protocol\":1,\"environments\":[1,{\"name\":\"../x\"}]}"
	do
		echo "$text" | git hash-object -w --stdin >../blob
		git update-ref refs/upgrade/platforms/ops "$(cat ../blob)"
		opens
	done
'

story 'an unborn branch is generic' '
	git init -q unborn
	cd unborn
	git remote add origin "$WORK/upstream"
	opens
	has "new release" ../out
'

done_testing
