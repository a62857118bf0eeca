#!/bin/sh
#
# A fix that production got by itself is not lost by the next promotion without
# anybody's saying so.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# fix FILE LINE...: of production alone
fix()
{
	git fetch -q platform &&
	git checkout -q -B production platform/production &&
	put "$@" &&
	commit "Fix $1" &&
	git push -q platform production &&
	platform_idle &&
	git checkout -q staging
}

promoting_is_refused()
{
	fix_at=$(at production)
	expect_code 2 git upgrade promote "$@" production >../out 2>../err &&
	has "^Nothing was changed" ../err &&
	is "$fix_at" "$(at production)"
}

story 'before the first promotion: what production has of its own is listed' '
	draw_promotion prod
	put shop.txt a b c d e f g h
	commit "A shop"
	git upgrade push staging
	fix early.txt early
	promoting_is_refused
	has "^error: production has 1 commit of its own that staging lacks, and that would be lost" \
		../err
	has "^hint:   git cherry-pick -x $(git rev-parse --short=12 production)  (Fix early.txt)" \
		../err
	git cherry-pick -x production
	git upgrade push staging
	git upgrade promote production
	is early "$(git -C ../platform.git show production:early.txt)"
'

story 'two are listed, oldest first, and promotion says how to answer' '
	cd prod
	fix one.txt one
	one=$(git rev-parse production)
	fix two.txt two
	two=$(git rev-parse production)
	stage config/app level=debug
	promoting_is_refused
	has "^error: production has 2 commits of its own that staging lacks" ../err
	has "^hint: pick them on staging, and push it there, oldest first:" ../err
	sed -n "s/^hint:   git cherry-pick -x \([0-9a-f]*\) .*/\1/p" ../err >../got
	printf "%.12s\n" "$one" "$two" >../want
	same ../want ../got
	has "^hint: or lose one with --drop=COMMIT, which is recorded" ../err
	promoting_is_refused -n
'

story 'picked, it is answered; dropped, it is recorded' '
	cd prod
	one=$(git rev-parse production~1)
	two=$(git rev-parse production)
	git cherry-pick -x "$one"
	git upgrade push staging
	promoting_is_refused
	has "^error: production has 1 commit of its own" ../err
	lacks "Fix one.txt" ../err
	promoting_is_refused --drop=HEAD
	has "^error: .HEAD. is no commit of production.s own since something was promoted to it last" \
		../err
	promoting_is_refused --drop=nonsense
	git upgrade promote -n --json --drop "$two" production >../json 2>../err
	has "^  drops      $(git rev-parse --short=7 "$two") (Fix two.txt)" ../err
	has "\"dropped\":" ../json
	has "^ *\"$two\"" ../json
	git upgrade promote --drop="$(git rev-parse --short "$two")" \
		production >../out 2>../err
	git -C ../platform.git log -1 --format=%B production >../message
	has "^Dropped: $two$" ../message
	is one "$(git -C ../platform.git show production:one.txt)"
	git fetch -q platform
	git ls-tree --name-only platform/production >../files
	lacks two.txt ../files
	# It is not asked for again.
	stage config/app level=trace
	git upgrade promote production
'

story 'picked onto newer code, where a merge would conflict' '
	cd prod
	fix shop.txt a b c FIXED e f g h
	put shop.txt a b c D e f g h
	commit "Rewritten"
	expect_code 1 git cherry-pick -x production >../out 2>../err
	put shop.txt a b c D-FIXED e f g h
	git add shop.txt
	git -c core.editor=true cherry-pick --continue
	git upgrade push staging
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'the same change, made anew, is no loss' '
	cd prod
	fix shop.txt a b c D-FIXED e f g H
	stage shop.txt a b c D-FIXED e f g H
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'a fix that was taken back is none, nor is a change of its own paths' '
	cd prod
	fix three.txt three
	git checkout -q production
	tick
	git revert --no-edit HEAD
	put .env.production HOST=other
	commit "Its own"
	git push -q platform production
	platform_idle
	git checkout -q staging
	stage config/app level=warn
	git upgrade promote production >../out 2>../err
	is HOST=other "$(git -C ../platform.git show production:.env.production)"
'

story 'staging unchanged: there is nothing to promote, and the fix stays' '
	cd prod
	fix four.txt four
	was=$(at production)
	git upgrade promote production >../out 2>../err
	has "^Nothing to promote: production has all of staging" ../err
	is "$was" "$(at production)"
	promoting_is_refused --drop=platform/staging
'

story 'a fix before a rollback still counts, and the rollback does not' '
	cd prod
	git fetch -q platform
	four=$(git rev-parse platform/production)
	stage config/app level=error
	git upgrade promote --drop="$four" production
	git upgrade rollback production
	git upgrade unlock --reason="again" production
	is four "$(git -C ../platform.git show production:four.txt)"
	promoting_is_refused
	has "^error: production has 1 commit of its own" ../err
	has "  (Fix four.txt)" ../err
	lacks "Roll back" ../err
	git upgrade promote --drop="$four" production >../out 2>../err
	has "^Deployed and verified" ../err
'

story 'merged back, it is known' '
	cd prod
	fix five.txt five
	git merge -q --no-edit --no-ff production
	stage config/app level=more
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is five "$(git -C ../platform.git show production:five.txt)"
'

done_testing
