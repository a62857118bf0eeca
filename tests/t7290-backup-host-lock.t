#!/bin/sh
#
# Where a host pulls: what a git that was killed left locked keeps nobody from
# making, deleting and putting back a backup.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db

story 'locks that are left: broken, and it goes on' '
	draw_host
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	host_backs_up
	cd host
	git upgrade deploy -q
	: >.git/refs/upgrade/ledger/production.lock
	expect_code 0 git upgrade backup create >../out 2>../err
	has "^Made backup" ../err
	missing .git/refs/upgrade/ledger/production.lock
	id=$(git for-each-ref --format="%(refname:lstrip=4)" \
		refs/upgrade/backups)
	echo "rows 2" >"$DB"
	: >.git/refs/upgrade/ledger/production.lock
	: >.git/refs/upgrade/verified/production.lock
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	is "rows 1" "$(cat "$DB")"
	: >.git/packed-refs.lock
	: >".git/refs/upgrade/backups/production/$id.lock"
	expect_code 0 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	missing .git/packed-refs.lock
	missing ".git/refs/upgrade/backups/production/$id.lock"
	test -z "$(git for-each-ref refs/upgrade/backups)"
'

story 'but not those of a git that is at work' '
	cd host
	: >.git/refs/upgrade/ledger/production.lock
	git cat-file --batch <../go >../batch &
	exec 9>../go
	expect_code 2 git upgrade backup create >../out 2>../err
	has "production.lock. exists, and another git is at work" ../err
	has "^Nothing was changed.$" ../err
	exec 9>&-
	wait
	expect_code 0 git upgrade backup create >../out 2>../err
'

done_testing
