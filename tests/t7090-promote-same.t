#!/bin/sh
#
# Same content, proven: status and log say that what is deployed is what the
# environment before it verified, or what differs.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

story 'where nothing was promoted yet, nothing is said' '
	draw_promotion prod
	git upgrade status >../out
	lacks "same as" ../out
	lacks "differs from" ../out
	git upgrade status --json >../json
	has "\"same_as\": *null" ../json
	git upgrade log production >../out
	lacks "same as" ../out
'

story 'what was promoted is the same, but for own paths' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade promote production
	aged staging 172800
	git upgrade status >../out
	has "^production: same as staging.s v1.1.0, verified 2d ago (2 own paths)$" \
		../out
	lacks "^staging: same as" ../out
	tip=$(git rev-parse staging)
	git upgrade status --json >../json
	tr -d "\\n " <../json >../flat
	has "\"same_as\":{\"environment\":\"staging\",\"commit\":\"$tip\",\"release\":\"v1.1.0\",\"same\":true,\"verified\":true,\"verified_at\":\"[^\"]*\",\"differs\":\[\],\"own\":\[\".env.production\",\"config/prod/db\"\]}" \
		../flat
'

story 'the log says so of what is deployed now' '
	cd prod
	git upgrade log production >../out
	is 1 "$(grep -c "same as" ../out)"
	has "^ \{21\}same as staging.s v1.1.0, verified 2d ago (2 own paths)$" ../out
	grep -n . ../out >../lines
	has "^3:.*same as" ../lines
	git upgrade log --json production >../json
	is 1 "$(grep -c "\"same_as\"" ../json)"
	git upgrade log staging >../out
	lacks "same as" ../out
'

story 'a fix of its own differs, and is named' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put config/app level=quiet
	put fix.txt fixed
	put config/prod/more more=live
	commit "A fix"
	git upgrade push production
	git upgrade status >../out
	has "^production: differs from staging.s v1.1.0, verified 2d ago, in 2 paths: config/app, fix.txt (3 own paths)$" \
		../out
	for i in 1 2 3
	do
		put "more-$i.txt"
	done
	commit "More of it"
	git upgrade push production
	git upgrade status >../out
	has "in 5 paths: config/app, fix.txt, more-1.txt and 2 more (3 own paths)$" \
		../out
	git upgrade status --json >../json
	has "\"same\": *false" ../json
	has "\"more-3.txt\"" ../json
'

story 'a rollback goes back to what it was, and so does what is said' '
	cd prod
	git upgrade rollback production
	git upgrade status >../out
	has "^production: differs from staging.s v1.1.0, .* in 2 paths: config/app, fix.txt (3 own paths)" \
		../out
	git upgrade rollback production
	git upgrade status >../out
	has "^production: same as staging.s v1.1.0, verified 2d ago (2 own paths)" \
		../out
'

story 'what its source takes back, or finds not to be well, is said' '
	cd prod
	git checkout -q staging
	cp ../platform.git/info/gitupgrade.yaml ../good.yaml
	sed "s/if test -e sick;/if true;/" ../good.yaml \
		>../platform.git/info/gitupgrade.yaml
	expect_code 3 git upgrade verify staging
	git upgrade status >../out
	has "^production: same as staging.s v1.1.0, which is not verified there, by what was seen .* ago: " \
		../out
	git upgrade status --json >../json
	has "\"verified\": *false" ../json
	cp ../good.yaml ../platform.git/info/gitupgrade.yaml
	git upgrade verify staging
'

story 'a clone without a checkout says so as well' '
	git clone -q --bare prod bare.git
	cd bare.git
	git remote remove origin
	git remote add platform ../platform.git
	git upgrade promote -n production
	git upgrade status >../out
	has "^production: same as staging.s v1.1.0, verified .* ago (2 own paths)" \
		../out
'

done_testing
