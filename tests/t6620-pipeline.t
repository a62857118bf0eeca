#!/bin/sh
# status draws the environments one behind the other.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'one environment is no pipeline' '
	draw_clone prod
	cd prod
	git config upgrade.production.branch production
	expect_code 0 git upgrade status >../out 2>../err
	has "^production" ../out
	lacks "^$" ../out
	git config --unset upgrade.production.branch
'

story 'several are drawn behind the table, as the platform has them' '
	cd prod
	draw_platform --env dev=dev --env staging=staging \
		--env production=production
	git push -q platform production:dev production:staging production
	platform_idle
	expect_code 0 git upgrade status >../out 2>../err
	tail -n 2 ../out >../pipeline
	same - ../pipeline <<-\EOT

	  dev v1.0.0 ok -> staging v1.0.0 ok -> production v1.0.0 ok
	EOT
'

story 'nobody says which comes first: no arrow between two platforms' '
	git clone -q "$WORK/upstream" bert
	cd bert
	git remote rename origin upstream
	git remote add a "$WORK_PLATFORM"
	git -C ../prod upgrade platform init --profile="$WORK/profile.yaml" \
		--env=uat --deploy-to="$WORK/srv-uat" "$WORK/uat.git"
	git remote add b "$WORK/uat.git"
	expect_code 0 git upgrade status >../out 2>../err
	tail -n 1 ../out >../pipeline
	has "^  dev v1.0.0 ok -> staging v1.0.0 ok -> production v1.0.0 ok   uat -$" \
		../pipeline
'

story 'who is behind the one before, and by how much' '
	cd prod
	git checkout -q -b dev
	adopt v1.1.0
	git push -q platform dev
	git branch staging
	git push -q platform staging
	adopt v2.0.0
	git push -q platform dev
	platform_idle
	git checkout -q production
	git branch -D -q dev staging
	git config upgrade.profile "$WORK/profile.yaml"
	COLUMNS=200 expect_code 0 git upgrade status >../out 2>../err
	has "^  dev v2.0.0 ok -> staging v1.1.0 ok (1 hop behind) -> production v1.0.0 ok (1 hop behind)$" \
		../out
'

story 'it fits the width, and goes on below' '
	cd prod
	COLUMNS=60 git upgrade status --no-fetch >../out 2>../err
	tail -n 2 ../out >../pipeline
	same - ../pipeline <<-\EOT
	  dev v2.0.0 ok -> staging v1.1.0 ok (1 hop behind)
	    -> production v1.0.0 ok (1 hop behind)
	EOT
	COLUMNS=20 git upgrade status --no-fetch >../out 2>../err
	sed -n "/^\$/,\$p" ../out >../pipeline
	is 0 "$(awk "length > 20" ../pipeline | wc -l)"
	has "^    -> staging v\.*" ../pipeline
'

story 'with UTF-8 it has arrows, without plain ASCII' '
	cd prod
	LC_ALL=C.UTF-8 COLUMNS=200 git upgrade status --no-fetch \
		>../out 2>../err
	tail -n 1 ../out >../pipeline
	same - ../pipeline <<-\EOT
	  dev ●v2.0.0 ──▶ staging ●v1.1.0 (1 hop behind) ──▶ production ●v1.0.0 (1 hop behind)
	EOT
	COLUMNS=200 git upgrade status --no-fetch >../out 2>../err
	LC_ALL=C grep -c "[^ -~]" ../out >../count || :
	is 0 "$(cat ../count)"
'

story 'colour says nothing that the words do not' '
	cd prod
	COLUMNS=200 git -c color.ui=always upgrade status --no-fetch \
		>../colored 2>../err
	has "$(printf "\033")" ../colored
	sed "s/$(printf "\033")\[[0-9]*m//g" ../colored >../plain
	tail -n 1 ../out >../pipeline
	tail -n 1 ../plain >../uncolored
	same ../pipeline ../uncolored
	COLUMNS=200 git -c color.ui=always -c color.upgrade=never \
		upgrade status --no-fetch >../plain 2>../err
	lacks "$(printf "\033")" ../plain
	COLUMNS=200 git -c color.upgrade=always upgrade status --no-fetch \
		>../plain 2>../err
	has "$(printf "\033")" ../plain
'

story 'JSON has the same facts' '
	cd prod
	expect_code 0 git upgrade status --json --no-fetch >../out 2>../err
	is "dev staging production" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
	is "null 1 1" "$(sed -n "s/.*\"behind\":[[:space:]]*\(.*\),/\1/p" \
		../out | xargs)"
	is "ok ok ok" "$(sed -n "s/.*\"standing\":[[:space:]]*\"\(.*\)\",/\1/p" \
		../out | xargs)"
	has "\"newest\":.*\"v2" ../out
	has "\"under_way\":[[:space:]]*false" ../out
'

story 'the newest release stands behind the next, where that is another' '
	cd prod
	expect_code 0 git upgrade status --no-fetch >../out 2>../err
	has "^production  *v1.0.0  *v1.0.0 .* v1.1.[0-9]*, newest v2" ../out
'

story 'what failed, is not verified, or is under way' '
	cd prod
	put broken
	commit Broken
	git push -q platform production 2>../err
	expect_code 0 git upgrade status >../out 2>../err
	has "production v1.0.0 ok, $(git rev-parse --short=7 HEAD) failed" ../out
	: >../srv/staging/current/sick
	git upgrade verify staging >../out 2>../err || :
	git rm -q broken
	put blocks
	mkfifo ../srv/production/go
	commit Blocks
	git upgrade push --no-wait production >../out 2>../err || :
	expect_code 0 git upgrade status >../out 2>../err
	has "staging v1.1.0 unverified (1 hop behind)" ../out
	has "production v1.0.0 ok, $(git rev-parse --short=7 HEAD) under way" \
		../out
	timeout 20 sh -c ": >../srv/production/go"
	platform_idle
'

story 'an order that was written down counts, if it has all of them' '
	cd prod
	git config upgrade.production.branch production
	expect_code 0 git upgrade status --no-fetch --json >../out 2>../err
	is "dev staging production" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
	git config upgrade.staging.branch staging
	git config upgrade.dev.branch dev
	expect_code 0 git upgrade status --no-fetch --json >../out 2>../err
	is "production staging dev" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
'

story 'what is promoted stands behind what it is promoted from' '
	cd prod
	for name in production staging dev
	do
		git config --unset-all "upgrade.$name.branch"
		git config "upgrade.environments.$name.branch" "$name"
	done
	expect_code 0 git upgrade status --no-fetch --json >../out 2>../err
	is "production staging dev" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
	git config upgrade.environments.production.promotes-from dev
	expect_code 0 git upgrade status --no-fetch --json >../out 2>../err
	is "staging dev production" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
	git config upgrade.environments.dev.promotes-from staging
	expect_code 0 git upgrade status --no-fetch --json >../out 2>../err
	is "staging dev production" \
		"$(sed -n "s/.*\"name\":.*\"\(.*\)\".*/\1/p" ../out | xargs)"
'

done_testing
