#!/bin/sh
#
# Backups over ssh and http: the same requests, the same answers, and what was
# begun goes on when the line is cut.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/backup.sh"

# all_of_it URL NAME: made, shown, put back, pruned and deleted over there
all_of_it()
{
	git remote set-url platform "$1"
	echo "rows over $2" >"$SRV/db"
	expect_code 0 git upgrade backup create --label="over $2" \
		>../out 2>../err
	has "^  backup     database, " ../err
	has "^Made backup [0-9-]* of production" ../err
	all_id=$(newest_backup)
	git upgrade backup show production "$all_id" >../out
	has "^label  *over $2$" ../out
	same "$SRV/db" "$STORE/production/$all_id/database"
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: exit code 3: server has gone away$" ../err
	has "^hint: what was made before stays" ../err
	rm "$SRV/dump-fails"
	echo "more rows" >"$SRV/db"
	put "$2.txt" "$2"
	commit "Over $2"
	git upgrade push
	expect_code 0 git upgrade backup restore --yes production "$all_id" \
		--reason="over $2" >../out 2>../err
	has "^  restored   database$" ../err
	has "^Restored backup $all_id to production: deployed and verified" \
		../err
	is "rows over $2" "$(cat "$SRV/db")"
	git pull -q --ff-only platform production
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	missing "$2.txt"
	: >"$SRV/load-fails"
	expect_code 3 git upgrade backup restore --yes production "$all_id" \
		>../out 2>../err
	has "the data of production are half restored: artifact .database.: exit code 4" ../err
	has "^hint: .*git upgrade backup restore production $all_id" ../err
	rm "$SRV/load-fails"
	expect_code 0 git upgrade backup restore --yes production "$all_id"
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^kept  *$all_id " ../err
	expect_code 0 git upgrade backup delete --yes production "$all_id" \
		>../out 2>../err
	missing "$STORE/production/$all_id"
}

good()
{
	git upgrade backup list >"$WORK/listed"
	grep -q "^$1 .* good  " "$WORK/listed"
}

# cut URL: the client is killed while a backup is made
cut()
{
	git remote set-url platform "$1"
	: >"$SRV/dump-hangs"
	setsid git-upgrade backup create >../out 2>../err &
	cut_pid=$!
	wait_for 20 dumping
	kill -9 "-$cut_pid"
	let_go
	rm "$SRV/dump-hangs"
	wait_for 20 good "$(newest_backup)"
}

story 'set-up' '
	draw_backups prod
'

if have_ssh
then
	start_ssh
	story 'over ssh' '
		cd prod
		all_of_it "$SSH_URL$WORK_PLATFORM" ssh
	'
	story 'over ssh, and cut off' '
		cd prod
		cut "$SSH_URL$WORK_PLATFORM"
	'
else
	skip 'over ssh' 'no sshd'
fi

if have_http
then
	start_http "$WORK"
	story 'over http' '
		cd prod
		all_of_it "$HTTP_URL/platform.git" http
	'
	story 'over http, and cut off' '
		cd prod
		cut "$HTTP_URL/platform.git"
	'
else
	skip 'over http' 'no nginx with fcgiwrap'
fi

done_testing
