#!/bin/sh
#
# Odd input of hooks: what git hands them when people name things oddly, and
# what it would never say.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

story 'set-up: an environment, and a push no gate lets through' '
	git init -q -b production shop
	git init -q --bare platform.git
	cd shop
	put app one
	commit "fix me"
	git tag 1.0.0
	git remote add platform ../platform.git
	git config upgrade.upstream "$WORK/upstream"
	git upgrade hooks install >out 2>err
	git push -q platform production
	put bad "<<<<<<< ours" one "=======" two ">>>>>>> theirs"
	commit "fix me, with markers"
'

# git hands on whatever was typed left of the colon, blanks and all.
story 'a push is judged however its source is named' '
	cd shop
	for source in HEAD "HEAD^{/fix me}" ":/fix me" "@{0 seconds ago}" \
		"HEAD^{/ me$}" production "$(git rev-parse HEAD)"
	do
		git rev-parse -q --verify "$source" >/dev/null || continue
		is "$(git rev-parse HEAD)" "$(git rev-parse "$source")"
		expect_code 1 git push platform \
			"$source:refs/heads/production" >out 2>err
		has "^upgrade: production: markers: " err
	done
'

story 'pre-push refuses what it cannot read' '
	cd shop
	for line in x "a b c" "one two" "refs/heads/x "
	do
		echo "$line" >in
		expect_code 128 git upgrade hook pre-push platform \
			../platform.git <in >out 2>err
		has "^fatal: what git says about this push cannot be read" err
		has "^hint: name what you push plainly" err
	done
	printf "a\\0b refs/heads/production c\\n" >in
	expect_code 128 git upgrade hook pre-push platform ../platform.git \
		<in >out 2>err
	has "^fatal: git said something with a NUL in it" err
'

story 'no input is no push' '
	cd shop
	expect_code 0 git upgrade hook pre-push platform ../platform.git \
		</dev/null >out 2>err
	is "" "$(cat out err)"
'

done_testing
