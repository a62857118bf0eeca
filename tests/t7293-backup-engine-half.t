#!/bin/sh
#
# Where an engine deploys: a backup that is made while a deploy is under way, or
# after one has failed, is said to be of data that may be half updated; and who
# interrupts a push while one is made sends nothing.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/backup.sh"

DB=$WORK/db
BACKUPS_AT=.

backs_up()
{
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		"$WORK/profile.yaml"
	store_by_commands
}

# half WHICH: is the newest backup said to be one?
half()
{
	git upgrade backup show production "$(newest_backup)" >../out
	"$1" "the deploy of .* was begun before it was made, and had not ended well: the data may be half updated$" ../out
}

story 'made from another clone while one is under way' '
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
	git upgrade backup create
	half lacks
	git clone -q -b production ../plain.git ../other
	git -C ../other remote add up "$WORK/upstream"
	git -C ../other config upgrade.upstream up
	git -C ../other config upgrade.profile "$WORK/profile.yaml"
	git -C ../other fetch -q up "refs/tags/*:refs/tags/*"
	adopt v1.1.0
	echo v1.1.0 >"$ENGINE/version"
	behave block
	git-upgrade push >../pushed 2>&1 &
	pushes=$!
	wait_for 20 grep -q "deploy $(git rev-parse HEAD)" "$ENGINE/asked"
	good=$(newest_backup)
	cd ../other
	expect_code 0 git upgrade backup create production >../out 2>../err
	has "^warning: the deploy of $(short HEAD) was begun before it was made" ../err
	half has
	git upgrade backup restore --yes --data-only production "$good" \
		>../out 2>../err || :
	has "^warning: the deploy of $(short HEAD) was begun, and nobody has seen its end: it may change the data again$" ../err
	timeout 20 sh -c ": >\"$ENGINE/go\""
	wait "$pushes"
'

story 'after it has ended well, no more' '
	cd prod
	git upgrade backup create
	half lacks
'

story 'after one has failed, until the data were put back' '
	cd prod
	good=$(newest_backup)
	put own.txt again
	commit "Again"
	behave fail
	expect_code 3 git upgrade push >../out 2>../err
	expect_code 0 git upgrade backup create >../out 2>../err
	half has
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$good" >../out 2>../err
	lacks "^warning: the deploy" ../err
	expect_code 0 git upgrade backup create >../out 2>../err
	half lacks
'

# dumping: one is being put
dumping()
{
	find .git/upgrade/stores/production/put -name database.put |
		grep -q partial
}

story 'Ctrl-C while one is made before an upgrade: nothing is sent' '
	cd prod
	behave ok
	git upgrade push --retry
	adopt v1.1.1
	echo v1.1.1 >"$ENGINE/version"
	git -C ../plain.git rev-parse production >../before
	rm "$DB"
	mkfifo "$DB"
	git-upgrade push >../out 2>../err &
	pushes=$!
	wait_for 20 dumping
	kill -INT "$pushes"
	timeout 20 sh -c "echo rows 1 >\"$DB\""
	rc=0
	wait "$pushes" || rc=$?
	is 2 "$rc"
	has "^error: interrupted before anything was sent to production$" ../err
	has "^hint: the backup stays, and stands for it when this is pushed again$" ../err
	lacks "^Nothing was changed" ../err
	git -C ../plain.git rev-parse production | same ../before - # tap: ok
	lacks "deploy $(git rev-parse HEAD)" "$ENGINE/asked"
	expect_code 0 git upgrade push >../out 2>../err
	has "^  backup     $(newest_backup), of before this upgrade, stands for it$" ../err
'

done_testing
