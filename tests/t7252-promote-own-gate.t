#!/bin/sh
#
# The gate `promotion` and what is production's own: it stays as it is, and who
# knows of other paths than the platform is told where they are said.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# forged TREEISH [PARENT]: a promotion of staging that has the files of TREEISH
forged()
{
	tick
	git commit-tree "$1^{tree}" -p "${2:-platform/production}" -p staging \
		-m Promote -m "Promoted-From: staging $(git rev-parse staging)"
}

# with MODE OID PATH: the tree of a promotion, but for that; MODE 0: gone
with()
{
	with_all=$(promoted) || return 1
	(
		GIT_INDEX_FILE=$WORK/with.index
		export GIT_INDEX_FILE
		git read-tree "$with_all" &&
		printf "%s %s\t%s\n" "$1" "$2" "$3" |
		git update-index --index-info &&
		git write-tree
	)
}

story 'a promotion that brings what is the own of staging is refused' '
	draw_promotion prod
	stage config/app level=debug
	git fetch -q platform
	before=$(at production)
	expect_code 1 plain_push "$(forged staging)"
	has "remote rejected\] (promotion: .* changes .env.production, which is production.s own, and goes to no other release)" \
		../out
	has "^remote: hint: bring what staging has verified with \"git upgrade promote staging production\"" \
		../err
	has "^remote: hint: which paths are its own is said by environments.production.own, in .*info/gitupgrade.yaml:[0-9]*" \
		../err
	is "$before" "$(at production)"
	# The clone says the same.
	git branch -f production "$(forged staging)"
	expect_code 2 git upgrade push production >../out 2>../err
	has "^error: promotion: .* changes .env.production, which is production.s own" \
		../err
'

story 'so is one that takes away, or adds, what is its own' '
	cd prod
	blob=$(git rev-parse staging:config/app)
	expect_code 1 plain_push "$(forged "$(with 0 "$blob" config/prod/db)")"
	has "(promotion: .* changes config/prod/db, which is production.s own" \
		../out
	expect_code 1 plain_push \
		"$(forged "$(with 100644 "$blob" config/prod/more)")"
	has "(promotion: .* changes config/prod/more, which is production.s own" \
		../out
'

story 'with a fix of its own before it, it is as that has it' '
	cd prod
	git checkout -q -B production platform/production
	put .env.production HOST=other
	commit "Its own"
	blob=$(git rev-parse production:.env.production)
	tree=$(with 100644 "$blob" .env.production)
	expect_code 0 plain_push "$(forged "$tree" production)"
	platform_idle
	is HOST=other "$(git -C ../platform.git show production:.env.production)"
	git checkout -q staging
	git fetch -q platform
'

story 'a platform that has more of its own than the clone: refused, and where' '
	cd prod
	promoting "promotes_from: staging" \
		"own: [.env.production, config/prod/, config/app]"
	stage config/app level=warn
	before=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "promotion: .* changes config/app, which is production.s own" ../err
	has "hint: which paths are its own is said by environments.production.own, in .*info/gitupgrade.yaml:[0-9]*" \
		../err
	is "$before" "$(at production)"
'

story 'one that has less: the same' '
	cd prod
	promoting "promotes_from: staging" "own: [.env.production]"
	before=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "promotion: .* is not what staging has at .*: config/prod/db differs, and is none of production.s own paths" \
		../err
	has "hint: which paths are its own is said by environments.production.own, in .*info/gitupgrade.yaml:[0-9]*" \
		../err
	promoting "promotes_from: staging"
	expect_code 2 git upgrade promote production >../out 2>../err
	has "hint: which paths are its own is not said there: environments.production.own" \
		../err
	is "$before" "$(at production)"
	promoting "promotes_from: staging" \
		"own: [.env.production, config/prod/]"
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

done_testing
