#!/bin/sh
#
# The gate `promotion` of a platform: what comes to an environment that promotes
# from another is a promotion of what is verified there, or a fix of its own.

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

story 'a plain push of staging to production is refused, with the way' '
	draw_promotion prod
	stage config/app level=debug
	git fetch -q platform
	refused staging "brings what the branch of staging has, and is no promotion"
	has "^remote: hint: bring what staging has verified with \"git upgrade promote staging production\"" \
		../err
	refused platform/staging "brings what the branch of staging has"
'

story 'so is one that is a fast-forward for another reason' '
	cd prod
	git checkout -q -b other staging
	git merge -q -s ours --no-edit production
	refused other "brings what the branch of staging has"
	git checkout -q staging
'

story 'the clone says the same before it is pushed' '
	cd prod
	git checkout -q production
	git merge -q --no-edit staging
	expect_code 2 git upgrade push production >../out 2>../err
	has "^error: promotion: .* brings what the branch of staging has" ../err
	has "^hint: bring what staging has verified with \"git upgrade promote staging production\"" ../err
	has "^Nothing was changed" ../err
	git upgrade hooks install
	expect_code 1 git push platform production >../out 2>../err
	has "^upgrade: production: promotion: .* brings what the branch of staging has" \
		../err
	git upgrade hooks remove
'

story 'a merge of staging by hand is refused' '
	cd prod
	git reset -q --hard platform/production
	git merge -q --no-ff --no-edit staging
	refused production "brings what the branch of staging has"
	# A trailer does not make a promotion of it.
	git reset -q --hard platform/production
	put fix.txt
	commit "A fix on the way"
	git merge -q --no-ff staging -m "Promote" \
		-m "Promoted-From: staging $(git rev-parse staging)"
	refused production "is not what staging has at .*: fix.txt differs, and is none of production.s own paths"
	git reset -q --hard platform/production
'

story 'a promotion with another tree is refused' '
	cd prod
	git checkout -q -b forged "$(promoted)"
	put config/app level=trace
	git add config/app
	git commit -q --amend --no-edit
	refused forged "is not what staging has at .*: config/app differs"
	put config/app level=debug
	put .gitupgrade.adopted "$(sed s/v1.0.0/v1.1.0/ .gitupgrade.adopted)"
	git add -A
	git commit -q --amend --no-edit
	refused forged "is not what staging has at .*: .gitupgrade.adopted differs"
	git checkout -q staging
'

story 'a message that says what is not so is refused' '
	cd prod
	tree=$(git rev-parse "$(promoted)^{tree}")
	tip=$(git rev-parse staging)
	forge()
	{
		git commit-tree "$tree" -p platform/production -m Forged "$@"
	}
	refused "$(forge -m "Promoted-From: staging $tip")" \
		"says that it was promoted, and is no promotion from staging"
	refused "$(forge -p "$tip" -m "Promoted-From: other $tip")" \
		"is no promotion from staging"
	refused "$(forge -p "$tip" -m "Promoted-From: staging")" \
		"is no promotion from staging"
	refused "$(forge -p "$tip" -m "Promoted-From: staging $tip" \
		-m "Promoted-From: staging $(git rev-parse production)")" \
		"is no promotion from staging"
	refused "$(forge -p "$tip" -p "$tip~1" \
		-m "Promoted-From: staging $tip")" \
		"is no promotion from staging"
	refused "$(forge -p "$tip~1" -m "Promoted-From: staging $tip")" \
		"is no promotion from staging"
'

story 'what staging has not verified is refused' '
	cd prod
	put later.txt
	commit "Never pushed"
	refused "$(promoted)" "of staging was not deployed there"
	put sick
	commit "Sick"
	expect_code 3 git upgrade push staging >../out 2>../err
	refused "$(promoted)" "of staging is not verified there, by what was seen .* ago: .*health"
	git rm -q sick
	commit "Well again"
	git upgrade push staging
	tip=$(git rev-parse staging)
	git upgrade rollback staging --reason="slow"
	refused "$(promoted)" "of staging was taken back there .* ago: slow"
	git pull -q --ff-only platform staging
'

story 'what staging has verified is let through, and the rest is its own' '
	cd prod
	new=$(promoted)
	expect_code 0 plain_push "$new"
	has "gates .*promotion ok" ../err
	platform_idle
	is "$new" "$(at production)"
	git fetch -q platform
	is HOST=live "$(git show platform/production:.env.production)"
	is db=live "$(git show platform/production:config/prod/db)"
	is level=debug "$(git show platform/production:config/app)"
'

story 'a squash has the same tree, and is as good' '
	cd prod
	stage config/app level=warn
	squash=$(git commit-tree "staging^{tree}" -p staging~1 -m "Squashed")
	new=$(promoted "$squash")
	expect_code 0 plain_push "$new"
	platform_idle
'

story 'what stands is verified, however far back its event is' '
	cd prod
	git fetch -q platform
	stage config/app level=old
	was=$(ref ledger/staging)
	first=$(git -C "$WORK_PLATFORM" rev-list --max-parents=0 "$was")
	git -C "$WORK_PLATFORM" update-ref refs/upgrade/ledger/staging "$first"
	expect_code 0 plain_push "$(promoted)"
	has "gates .*promotion ok" ../err
	platform_idle
	git -C "$WORK_PLATFORM" update-ref refs/upgrade/ledger/staging "$was"
'

story 'a fix of its own comes through, its own paths as well' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put fix.txt fixed
	commit "A fix"
	expect_code 0 plain_push production
	has "gates .*promotion ok" ../err
	platform_idle
	put .env.production HOST=newer
	commit "Its own"
	git upgrade push production
	# Made by two, and merged.
	git fetch -q platform
	git checkout -q -b mine HEAD~1
	put mine.txt
	commit "Mine"
	git merge -q --no-edit platform/production
	expect_code 0 plain_push mine
	platform_idle
	git checkout -q production
	git merge -q --ff-only mine
	git fetch -q platform
'

story 'a fix that brings another release is refused' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	refused production "takes production from v1.0.0 to v1.1.0, which comes by promotion alone"
	git reset -q --hard platform/production
	git checkout -q staging
'

story 'a rollback is no promotion' '
	cd prod
	git upgrade rollback production
	is "$(at production)" "$(ref verified/production)"
	ledger production >../events
	has "rolledback" ../events
'

story 'where staging is elsewhere, nobody there can tell' '
	draw_clone far
	cd far
	write_promotion .gitupgrade.yaml
	commit "Environments"
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--env production --deploy-to=../far-srv ../far.git
	has "^    promotes_from: staging" ../far.git/info/gitupgrade.yaml
	has "^ *- .*config/prod/" ../far.git/info/gitupgrade.yaml
	git remote add far ../far.git
	git push -q far production
	git checkout -q -b staging
	put config/app level=info
	commit "Staged"
	git fetch -q far
	new=$(git commit-tree "staging^{tree}" -p far/production -p staging \
		-m Promote -m "Promoted-From: staging $(git rev-parse staging)")
	git push --porcelain far "$new:refs/heads/production" >../out 2>../err
	has "^remote: .*promotion unknown" ../err
	has "promotion: cannot judge: nothing is known here of staging, and so not whether .* was verified there" \
		../err
'

story 'a new branch is not what staging has, either' '
	draw_clone new
	cd new
	write_promotion .gitupgrade.yaml
	commit "Environments"
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--env staging --env production --deploy-to=../new-srv ../new.git
	git remote add new ../new.git
	# Where staging has nothing yet, what is pushed cannot be its.
	git push -q new HEAD^:refs/heads/production
	put own.txt more
	commit "More"
	git push new HEAD:refs/heads/production 2>../err
	has "promotion ok" ../err
	lacks "cannot judge" ../err
	git -C ../new.git update-ref -d refs/heads/production
	git push -q new production:staging
	for what in HEAD HEAD^
	do
		expect_code 1 git push --porcelain new \
			"$what:refs/heads/production" >../out 2>../err
		has "(promotion: .* is what the branch of staging has, and no promotion)" \
			../out
	done
	tip=$(git rev-parse HEAD)
	forged=$(git commit-tree "HEAD^^{tree}" -p "$tip" -m Promote \
		-m "Promoted-From: staging $tip")
	expect_code 1 git push --porcelain new "$forged:refs/heads/production" \
		>../out 2>../err
	has "(promotion: .* is not what staging has at" ../out
	first=$(git commit-tree "HEAD^{tree}" -p "$tip" -m Promote \
		-m "Promoted-From: staging $tip")
	git push -q new "$first:refs/heads/production"
	is "$first" "$(git -C ../new.git rev-parse production)"
'

done_testing
