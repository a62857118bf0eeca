#!/bin/sh
#
# What is work on extensions: each rule by itself, what it sees, and what only
# looks like it. A release is always on the way, so all of it is refused.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"
. "$TESTS_DIR/lib/extensions.sh"

# back: what is there now is taken back, forward, for the next story
back()
{
	git checkout -q staging &&
	git read-tree -m -u HEAD core &&
	tick &&
	git commit -q --allow-empty -m "All of it is gone" &&
	git tag -f core >"$WORK/ignored" &&
	git upgrade push staging >"$WORK/out" 2>"$WORK/err"
}

story 'by branch: a merge says which, and the branch has its commits' '
	draw_promotion prod
	git upgrade merge --no-edit v1.1.0
	put config/app level=debug
	commit "Work on staging"
	git upgrade push staging
	git tag core
	by "branches=extension/*"
	sees_nothing
	# One that goes on from there is not there yet
	git checkout -q -b extension/a
	put a
	commit "One"
	put b
	commit "Two"
	git checkout -q staging
	sees_nothing
	git merge -q --no-ff --no-edit extension/a
	sees "branch extension/a ($(short HEAD) and 2 more)"
	has "^hint: staging has verified v1.1.0 without it: git upgrade promote --commit=$(git rev-parse --short=12 core) staging production" \
		../err
'

story 'by branch: gone since, the merge still says so; without, nobody' '
	cd prod
	git branch -q -D extension/a
	sees "branch extension/a ($(short HEAD))"
	by "branches=other/*"
	sees_nothing
'

story 'reverted is gone; and back with its paths' '
	cd prod
	by "branches=extension/*" "paths=?"
	sees "branch extension/a (.*), path ? (a and 1 more)"
	git revert --no-edit -m 1 HEAD
	sees_nothing
	git revert --no-edit HEAD
	sees "branch extension/a (.*), path ? (a and 1 more)"
	by "trailers=Extension"
	sees_nothing
'

story 'so it is when each commit is reverted, and not the merge' '
	cd prod
	back
	git checkout -q -b part/a
	put e
	commit "Five"
	put f
	commit "Six"
	git checkout -q staging
	git merge -q --no-ff --no-edit part/a
	git branch -q -D part/a
	by "branches=part/*"
	sees "branch part/a ($(short HEAD))"
	git revert --no-edit HEAD^2
	sees "branch part/a ($(short HEAD^))"
	git revert --no-edit HEAD^^2^
	sees_nothing
'

story 'by branch: brought without a merge, down to what is staging'"'"'s' '
	cd prod
	back
	git checkout -q -b feature/b
	put c
	commit "Three"
	git checkout -q staging
	git merge -q --ff-only feature/b
	by "branches=feature/*"
	sees "branch feature/b ($(short HEAD) and"
	git branch -q -D feature/b
	sees_nothing
'

story 'by trailer: also in what a squash makes of it' '
	cd prod
	back
	by "trailers=Extension"
	git checkout -q -b topic
	put c
	commit "One

extension: shop"
	put d
	commit "Two

Extension:
Not an Extension: shop"
	git checkout -q staging
	git merge -q --squash topic
	git commit -q --no-edit
	git log -1 --format=%B >../message
	has "^    extension: shop" ../message
	sees "trailer extension: shop ($(short HEAD))"
	by "branches=topic"
	sees_nothing
	by "paths=?"
	sees "path ? (c and 1 more)"
'

story 'names from messages and trees reach nobody as they are' '
	cd prod
	back
	printf "Paint it\n\nVendor: \033[31mred\n" >../message
	esc=$(printf "x/\033[31mred")
	put "$esc"
	git add -A
	git commit -q -F ../message
	by "trailers=Vendor" "paths=x/"
	sees "trailer Vendor: ?\[31mred ($(short HEAD)), path x/ (\"x/.033\[31mred\")"
'

story 'by path: not what upstream has there, is its own, or goes' '
	cd prod
	back
	by "paths=VERSION" "paths=config/"
	sees "path config/ (config/app)"
	by "paths=VERSION" "paths=config/prod/" "paths=own.txt"
	git rm -q own.txt
	put config/prod/new
	commit "Its own, and gone"
	sees_nothing
'

done_testing
