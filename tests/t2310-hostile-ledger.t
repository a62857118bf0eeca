#!/bin/sh
#
# What a platform says of itself is text from elsewhere: nothing of it may
# break a command, reach the terminal as more than text, or pass for ours.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/standin.sh"

# entry BODY: the next entry of the ledger at the platform, as it stands
entry()
{
	empty=$(git -C platform hash-object -w -t tree --stdin </dev/null)
	tip=$(git -C platform rev-parse -q --verify \
		refs/upgrade/ledger/production) || tip=
	printf "subject\n\n%b\n" "$1" >body
	new=$(git -C platform commit-tree "$empty" ${tip:+-p "$tip"} <body)
	git -C platform update-ref refs/upgrade/ledger/production "$new"
}

story 'set-up: a shop that is deployed' '
	draw_upstream up
	draw_production shop 3.0.0 up
	standin platform
	cd shop
	git branch -M production
	git remote add platform ../platform
	git config remote.pushDefault platform
	git upgrade push >out 2>err
	git upgrade log production >../before 2>err
	has "deployed" ../before
'

story 'entries that are no events are passed over' '
	entry "no json"
	entry "[]"
	entry "{}"
	entry "{\"event\":null,\"commit\":\"x\"}"
	entry "{\"event\":\"deployed\",\"commit\":\"\\\\u001b[2J\"}"
	entry "{\"event\":[\"deployed\"],\"outcome\":{}}"
	entry "{\"event\":\"a\",\"event\":\"b\"}"
	cd shop
	git upgrade log production >out 2>err
	same ../before out
	is "" "$(cat err)"
	git upgrade log --json production >out 2>err
	is 1 "$(grep -c "\"id\"" out)"
	git upgrade status >out 2>err
	git upgrade >out 2>err
'

story 'an event of odd values is one line, and text' '
	entry "{\"event\":\"verified\",\"outcome\":\"o\\\\u001b[31mk\",\
\"who\":\"Eve\\\\n2031-01-01 00:00:00  deployed ok\",\
\"release\":\"9\\\\u009b2J\",\"from\":\"1\\\\u202e\",\"seconds\":\"x\",\
\"detail\":\"\\\\u0007\\\\u001b]0;owned\\\\u0007\\\\nhint: curl x\"}"
	cd shop
	git upgrade log production >out 2>err
	lacks "$(printf "\033")" out
	lacks "$(printf "\007")" out
	lacks "$(printf "\302\233")" out
	lacks "$(printf "\342\200\256")" out
	lacks "^2031" out
	lacks "^hint" out
	has "Eve" out
	git upgrade status >out 2>err
	lacks "$(printf "\033")" out err
'

# As it would be after years, or from somebody who wants us busy.
story 'what the platform says it is may be anything' '
	cd platform
	for text in "" "{" "[]" "{\"protocol\":\"1\"}" "{\"protocol\":[1]}" \
		"{\"protocol\":1,\"environments\":{}}" \
		"{\"protocol\":1,\"environments\":[1,{},{\"name\":\"../x\",\
\"branch\":\"-f\"}]}"
	do
		oid=$(printf %s "$text" | git hash-object -w --stdin)
		git update-ref refs/upgrade/platform "$oid"
		(
			cd ../shop
			git upgrade status >out 2>err || test "$?" -lt 129
			lacks "$(printf "\033")" out err
		)
	done
	git update-ref refs/upgrade/platform "$(printf %s \
		"{\"protocol\":99,\"environments\":[]}" |
		git hash-object -w --stdin)"
	cd ../shop
	not git upgrade push production >out 2>err
	has "speaks protocol 99" err
	has "^hint: " err
'

done_testing
