#!/bin/sh
# Notification on a host that pulls, and when those who tell are killed.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

TOLD=$WORK/told

told()
{
	[ "$(grep -c '"event"' "$TOLD")" -ge "$1" ]
}

note()
{
	cat "$WORK/host/.git/upgrade/notify/production/told"
}

all_told()
{
	is "$(here ledger/production)" "$(note)"
}

is_sending()
{
	has ' sending$' "$WORK/host/.git/upgrade/notify/production/told"
}

log_says()
{
	grep -q -e "$1" "$WORK/host/.git/upgrade/logs/production/latest"
}

story 'a host tells of what it deployed, in its work tree' '
	draw_host
	cat >>profile.yaml <<-EOT
	notify:
	  run: [sh, -c, "cat >>$TOLD; pwd >$WORK/folder; echo \$FOO >$WORK/foo"]
	EOT
	cd host
	FOO=bar git upgrade deploy -q
	wait_for 20 told 1
	wait_for 20 all_told
	has "\"by\":.*\"host\"" "$TOLD"
	is "$WORK/host" "$(cat ../folder)"
	is bar "$(cat ../foo)"
	serves v1.0.0
'

story 'verify tells, and what is deployed already is no news' '
	cd host
	git upgrade deploy -q
	git upgrade verify >../out 2>../err
	wait_for 20 told 2
	has "\"verified\"" "$TOLD"
	wait_for 20 all_told
	is 2 "$(grep -c "\"event\"" "$TOLD")"
'

story 'the deploy ends before the one who tells' '
	cd prod
	put one
	publish One
	cd ../host
	sed -i "s|cat >>|echo \$\$ >$WORK/teller; cat $WORK/go; &|" \
		../profile.yaml
	git pull -q
	expect_code 0 git upgrade deploy -q
	serves v1.0.0
	wait_for 20 is_sending
	git upgrade deploy -q
	is 2 "$(grep -c "\"event\"" "$TOLD")"
	go
	wait_for 20 told 3
	wait_for 20 all_told
'

story 'one that is killed with its teller is not told again, but said' '
	cd prod
	put two
	publish Two
	cd ../host
	git pull -q
	: >../teller
	git upgrade deploy -q
	wait_for 20 test -s ../teller
	kill -9 "$(cut -d " " -f 1 .git/upgrade/locks/production/notify)"
	sed -i "s|cat $WORK/go; ||" ../profile.yaml
	git upgrade deploy -q
	git upgrade verify >../out 2>../err
	wait_for 20 told 4
	wait_for 20 all_told
	wait_for 20 log_says "^warning: notify: nobody may have been told of .deployed v1.0.0 "
	is 4 "$(grep -c "\"event\"" "$TOLD")"
	is 1 "$(grep -c "notify:" .git/upgrade/logs/production/latest)"
'

story 'without the key what was told is forgotten' '
	cd host
	sed -i "/^notify:/,\$d" ../profile.yaml
	git upgrade verify >../out 2>../err
	missing .git/upgrade/notify/production/told
'

done_testing
