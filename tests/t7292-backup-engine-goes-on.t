#!/bin/sh
#
# Where an engine deploys: a push of several hops is killed between two of
# them, each with a backup that keeps other upgrades out; and a backup that one
# clone could not delete goes from another.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db

# backs_up: before each upgrade, which then keeps others out; whatever serves
# is the release that is asked for
backs_up()
{
	sed -i -e "s/^    deploy: .*/&\n    backup: {before_upgrade: true, blocks: true}/" \
		-e "s|run: .cat, .*version.*|run: [sh, -c, echo \$UPGRADE_RELEASE]|" \
		"$WORK/profile.yaml"
	store_by_commands "test ! -e $WORK/dump-hangs || { : >$WORK/dumping
		cat $ENGINE/go; }
		cat $DB"
}

story 'killed between two hops: pushed again, it goes on' '
	draw_engine
	programs
	mkdir "$STORE"
	echo "rows 1" >"$DB"
	backs_up
	behave ok
	cd prod
	put own.txt ours
	commit "Our own"
	git upgrade push
	git branch before
	adopt v1.1.1
	adopt v2.0.0
	behave block
	git-upgrade push >../out 2>../err &
	pushes=$!
	wait_for 20 grep -q "deploy $(git rev-parse HEAD~1)" "$ENGINE/asked"
	: >../dump-hangs
	behave ok
	timeout 20 sh -c ": >\"$ENGINE/go\""
	wait_for 20 test -e ../dumping
	kill -9 "$pushes"
	wait "$pushes" || :
	rm ../dump-hangs
	is v1.1.1 "$(told release)"
	wait_for 20 git upgrade backup prune >../out 2>&1
	git upgrade backup list >../out
	has "upgrade  *v1.0.0 -> v1.1.1 .* good" ../out
'

story 'nobody else does' '
	cd prod
	git branch goal
	put more.txt more
	commit "More of it"
	expect_code 2 git upgrade push >../out 2>../err
	has "backup: backup .* of the upgrade v1.0.0 -> v1.1.1 is kept until" ../err
	git reset -q --hard goal
'

story 'and it ends where it was to' '
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	is v2.0.0 "$(told release)"
	git upgrade backup list >../out
	has "upgrade  *v1.0.0 -> v1.1.1 .* good" ../out
	has "upgrade  *v1.1.1 -> v2.0.0 .* good" ../out
'

story 'not deleted here: another clone does, and says so when it has' '
	git clone -q -b production plain.git other
	cd other
	git remote add up "$WORK/upstream"
	git config upgrade.upstream up
	git config upgrade.profile "$WORK/profile.yaml"
	git fetch -q up "refs/tags/*:refs/tags/*"
	cd ../prod
	git upgrade backup create
	id=$(git for-each-ref --format="%(refname:lstrip=4)" --count=1 \
		--sort=-refname refs/upgrade/backups/production)
	exists "$STORE/$id"
	: >../held
	expect_code 3 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	cd ../other
	expect_code 3 git upgrade backup prune production >../out 2>../err
	has "^not yet  $id .*backup.store, delete: exit code 1$" ../err
	exists "$STORE/$id"
	rm ../held
	expect_code 0 git upgrade backup prune production >../out 2>../err
	has "^removed  $id " ../err
	missing "$STORE/$id"
	git upgrade backup list production >../out
	lacks "^$id " ../out
'

done_testing
