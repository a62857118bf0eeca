#!/bin/sh
#
# A host is killed right before a change that its deploy makes to a file, any
# change: of what it recorded each event is told once, or the log says that
# nobody may have been told; nothing is told twice, nothing lost in silence.
# Here it is every 25th change, or every KILL_STEPth, and each to what notes
# how far the telling is.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
: "${KILL_STEP:=25}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

all_told()
{
	[ "$(git rev-parse refs/upgrade/ledger/production)" = \
		"$(cat .git/upgrade/notify/production/told)" ]
}

# The program writes a line at once, so that a kill leaves it whole or not.
seed_host()
{
	draw_host
	sed -i "s|$SERVING|.git/serving|; s|^    - name: build|&ing|" \
		profile.yaml
	sed -i "s|test ! -e blocks .*|true|" profile.yaml
	printf '%s\n' 'notify:' '  run: [sh, -c, "sed -n 2p >>.git/told"]' \
		>>profile.yaml
	cd host
	git upgrade deploy -q
	wait_for 20 all_told
	git commit -q --allow-empty -m More
	: >.git/told
	git rev-parse refs/upgrade/ledger/production >../before
	cd ..
	cp -a host "$1"
}

# Every event since is told once, or said not to be; and nothing else is told.
of_telling()
{
	retry=
	[ "$code" != 3 ] || retry=--retry
	expect_code 0 git upgrade deploy -q $retry >../out 2>../err
	git upgrade verify >../out 2>../err
	wait_for 20 all_told
	git rev-list "$(cat "$WORK/before")..refs/upgrade/ledger/production" \
		>../events
	cat .git/upgrade/logs/production/*.log >../logs
	silent=0
	while read -r id
	do
		times=$(grep -c "$id" .git/told) || :
		test "$times" -le 1
		[ "$times" = 1 ] || silent=$((silent + 1))
	done <../events
	said=$(grep -c "^warning: notify: nobody may have" ../logs) || :
	test "$silent" -le "$said"
	test "$said" -le 1
	test "$(wc -l <.git/told)" -le "$(wc -l <../events)"
}

story 'a host with a commit to deploy, that tells' '
	seed_host seed
'

kill_story 'killed in a deploy' '
	sweep seed of_telling git-upgrade deploy -q
'

kill_story 'killed alone, while what it started goes on' '
	sweep seed -a of_telling git-upgrade deploy -q
'

kill_story 'killed where it notes how far it is' '
	sweep seed -p "*upgrade/notify*" of_telling git-upgrade deploy -q
'

done_testing
