#!/bin/sh
#
# Ways round the gate `promotion` of a platform that are none, and what only
# looks like one.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# refused COMMIT REASON: and nothing moved
refused()
{
	refused_at=$(at production)
	expect_code 1 plain_push "$1" &&
	has "remote rejected\] (promotion: .*$2" ../out &&
	is "$refused_at" "$(at production)"
}

story 'set-up: something was promoted' '
	draw_promotion prod
	git upgrade promote production
'

story 'a release that comes as the first parent is refused' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	git upgrade merge --no-edit v1.1.0
	tree=$(git rev-parse "HEAD^{tree}")
	git reset -q --hard platform/production
	turned=$(git commit-tree "$tree" -p v1.1.0^0 -p platform/production \
		-m "The other way round")
	refused "$turned" "takes production from v1.0.0 to v1.1.0, which comes by promotion alone"
'

story 'what staging gets in the same push is what staging has' '
	cd prod
	git checkout -q staging
	put config/app level=debug
	commit "Not verified"
	git checkout -q -B production platform/production
	git merge -q --no-ff --no-edit staging
	was=$(at production)
	expect_code 1 git push --no-verify --porcelain platform staging \
		production >../out 2>../err
	has "remote rejected\] (promotion: .* brings what the branch of staging has" \
		../out
	is "$was" "$(at production)"
	is "$(git rev-parse staging)" "$(at staging)"
	git reset -q --hard platform/production
	platform_idle
	# A fix that is merged back comes in one push with that.
	put both.txt
	commit "A fix"
	git checkout -q staging
	git merge -q --no-ff --no-edit production
	git push --no-verify --porcelain platform staging production \
		>../out 2>../err
	is "$(git rev-parse production)" "$(at production)"
	is "$(git rev-parse staging)" "$(at staging)"
	platform_idle
	git fetch -q platform
'

story 'a fix that meets a promotion of another release is merged, and comes through' '
	cd prod
	git checkout -q staging
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git checkout -q -B production platform/production
	put fix.txt
	commit "A fix"
	git upgrade promote production
	expect_code 2 git upgrade push production >../out 2>../err
	has "git pull --no-rebase" ../err
	git pull -q --no-rebase --no-edit platform production
	git upgrade push production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves production)"
	test -e fix.txt
'

story 'without a record, too, a fix brings no release' '
	rm -rf prod platform.git srv
	draw_clone prod
	cd prod
	git config push.default nothing
	git rm -q .gitupgrade.adopted
	write_promotion .gitupgrade.yaml
	commit "No record"
	git checkout -q -b plain v1.0.0
	git checkout -q production -- .gitupgrade.yaml own.txt
	git commit -q -m "Environments"
	git checkout -q -B production plain
	draw_platform --env staging --env production
	git config remote.pushDefault platform
	git upgrade push production
	git checkout -q -b staging
	put own2.txt
	commit "Staging"
	git upgrade push staging
	git checkout -q production
	git upgrade merge --no-edit v1.1.0
	refused production "takes production from v1.0.0 to v1.1.0, which comes by promotion alone"
	git reset -q --hard platform/production
	git merge -q -X theirs --no-edit v1.1.0
	refused production "takes production from v1.0.0 to v1.1.0, which comes by promotion alone"
'

done_testing
