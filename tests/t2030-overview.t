#!/bin/sh
#
# git upgrade with nothing behind it: where one stands, what comes next, how
# to take it back.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'in a clone of a known product' '
	draw_upstream upstream
	draw_production prod 2.1.0
	cd prod
	snapshot >../before
	expect_code 0 git upgrade >../out 2>../err
	same - ../out <<-\EOT
	On 2.1.0 (mender, adopted 2019-08-29), upstream '\''origin'\''
	Next is 2.2.2 of 2020-01-16, 5 commits
	EOT
	same - ../err <<-\EOT
	hint: see what it would do here with "git upgrade plan 2.2.2"
	hint: do it with "git upgrade merge 2.2.2"
	EOT
	snapshot >../after
	same ../before ../after
'

story 'after an upgrade: how it is taken back' '
	cd prod
	git upgrade merge --no-edit 2.2.2 >../out 2>../err
	git upgrade >../out 2>../err
	has "^On 2.2.2 (mender" ../out
	has "^hint: as long as it is not pushed, .*git reset --keep" ../err
	oid=$(git rev-parse --short HEAD)
	put ops/more "Later work."
	commit "Go on"
	git upgrade >../out 2>../err
	has "^hint: take the upgrade to 2.2.2 back with \"git revert" ../err
	has "git revert -m 1 $oid\"$" ../err
'

story 'in the middle of one: what is left to do, and the way back' '
	draw_production middle 3.0.0
	cd middle
	expect_code 1 git upgrade merge --no-edit 3.1.1 >../out 2>../err
	expect_code 0 git upgrade >../out 2>../err
	same - ../out <<-\EOT
	On 3.0.0 (mender, adopted 2021-05-20), upstream '\''origin'\''
	Upgrading production to 3.1.1: 1 conflict to resolve
	  production/config/prod.yml
	EOT
	same - ../err <<-\EOT
	hint: edit it, "git add" it, then "git upgrade merge --continue"
	hint: go back to where you were with "git upgrade merge --abort"
	EOT
'

story 'resolved and added: that is not asked for again' '
	cd middle
	git checkout -q --ours production/config/prod.yml
	git add production/config/prod.yml
	git upgrade >../out 2>../err
	has "^Upgrading production to 3.1.1: conflicts resolved, ready to be" \
		../out
	lacks "prod.yml" ../out
	same - ../err <<-\EOT
	hint: go on with "git upgrade merge --continue"
	hint: go back to where you were with "git upgrade merge --abort"
	EOT
	git upgrade merge --continue >../out 2>../err
	git upgrade >../out 2>../err
	has "^On 3.1.1 " ../out
'

story 'on the newest release, and beyond the last' '
	draw_production newest 3.2.1
	cd newest
	git upgrade >../out 2>../err
	has "^3.2.1 is the newest release known here$" ../out
	draw_release ../upstream 3.9.x 3.9.0
	git fetch -q --tags origin
	git upgrade >../out 2>../err
	has "^No path leads on from 3.2.1: see \"git upgrade list\"$" ../out
'

story 'unfinished: how it is finished' '
	cd prod
	git merge -q -X theirs --no-edit 2.3.1
	expect_code 0 git upgrade >../out 2>../err
	has "^hint: finish it with \"git upgrade merge 2.3.1\"$" ../err
'

story 'an upgrade that was taken back is not one of 0 commits' '
	draw_production again 2.4.1
	cd again
	git upgrade merge --no-edit 2.5.1 >../out 2>../err
	git revert --no-edit -m 1 HEAD >../out
	git upgrade >../out 2>../err
	has "^Next is 2.5.1 of .*, merged before, and taken back$" ../out
	git upgrade list >../out 2>../err
	has "^  2.5.1  *next .* 1 hop  *merged before, and taken back$" ../out
'

story 'in any other repository: what it looked for, and how to tell it' '
	git init -q other
	cd other
	put README "Something else."
	commit "Begin"
	expect_code 0 git upgrade >../out 2>../err
	has "^This is no product git upgrade knows" ../out
	has "^  mender .*docker-compose.yml" ../out
	has "^  a release .*no tag is one$" ../out
	has "^hint: .*git config upgrade.profile NAME" ../err
	has "^hint: .*git config upgrade.upstream REMOTE" ../err
'

story 'where there is no repository it says what git says' '
	mkdir nowhere
	cd nowhere
	expect_code 128 git upgrade >../out 2>../err
	same - ../err <<-\EOT
	fatal: not a git repository (or any of the parent directories): .git
	EOT
'

story 'after a rollback it does not offer to undo that' '
	rm -rf back
	draw_production back 2.4.1
	cd back
	git upgrade merge --no-edit 2.5.1
	git upgrade merge --no-edit 2.6.2
	git upgrade >../out 2>&1
	has "take the upgrade to 2.6.2 back" ../out
	git revert --no-edit -m 1 HEAD
	git upgrade >../out 2>&1
	has "^On 2.5.1 " ../out
	lacks "back with" ../out
'

done_testing
