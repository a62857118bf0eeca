#!/bin/sh
#
# One environment's history is cut off here, or its record cannot be read:
# status says so of that one, and tells of the others what it can.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'set-up: production whole, staging a single commit' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git remote rename origin upstream
	git upgrade merge --no-edit 2.5.1
	git switch -q -c staging
	git upgrade merge --no-edit 2.6.2
	put more "and on"
	commit "Go on"
	git init -q --bare ../server.git
	git push -q ../server.git production staging
	cd ..
	git clone -q -b production "file://$WORK/server.git" ci
	cd ci
	git branch -r -d origin/staging
	git reflog expire --expire=now --all
	git gc -q --prune=now
	git remote add upstream "$WORK/upstream"
	git upgrade fetch
	git fetch -q --depth=1 origin staging
	git branch staging FETCH_HEAD
	git config upgrade.production.branch production
	git config upgrade.staging.branch staging
	git config upgrade.upstream upstream
'

story 'the one is named, the other is shown' '
	cd ci
	git upgrade status --no-fetch >../out 2>../err
	has "^production  *2.5.1 .* 2.6.2, newest 3.2.1$" ../out
	has "^staging  *unknown  *-  *-  *-$" ../out
	has "^warning: staging: this clone is shallow: its history ends before" \
		../err
	has "^warning: fetch what is missing with .git fetch --unshallow.$" \
		../err
	git upgrade status --no-fetch --json >../out 2>../err
	has "\"trouble\": \"this clone is shallow: its history ends" ../out
	has "\"trouble\": null" ../out
	has "\"adopted\": \"2.5.1\"" ../out
'

story 'and after that both are' '
	cd ci
	git fetch -q --unshallow
	git upgrade status --no-fetch >../out 2>../err
	has "^production  *2.5.1 " ../out
	has "^staging  *2.6.2 " ../out
	lacks shallow ../err
'

story 'a record of a newer git-upgrade is trouble of its branch alone' '
	cd ci
	git switch -q staging
	put .gitupgrade.adopted "format 2" "hello"
	commit "From the future"
	git switch -q production
	git upgrade status --no-fetch >../out 2>../err
	has "^production  *2.5.1 " ../out
	has "^staging  *unknown " ../out
	has "^warning: staging: .*newer" ../err
'

done_testing
