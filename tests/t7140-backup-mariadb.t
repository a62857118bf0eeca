#!/bin/sh
#
# A backup of MariaDB, made while somebody writes, restored, and compared.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/databases.sh"

have_mariadb || skip_all 'no MariaDB'

# Much as in gitupgrade-profile(5)
backup_artifacts()
{
	cat <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: database
	      run: [mariadb-dump, "--defaults-extra-file=$DB/client.cnf",
	            --single-transaction, --skip-dump-date, shop]
	      restore:
	        run: [mariadb, "--defaults-extra-file=$DB/client.cnf", shop]
	      version: {run: [mariadb-dump, --version]}
	EOT
}

start_mariadb || exit 1

story 'dumped while somebody writes: of one moment' '
	draw_backups prod
	db_fill 40000
	cd prod
	db_writes
	wait_for 20 sh -c "test -n \"\$(mariadb --defaults-extra-file=$DB/client.cnf \
		-N shop -e \"select 1 from orders where id > 1000000 limit 1\")\""
	db "select count(*) from orders" >../before
	db_watch expect_code 0 git upgrade backup create >../out 2>../err
	db "select count(*) from orders" >../after
	db_stops
	has "^Made backup" ../err
	# The writer was not kept from writing.
	test "$(cat ../after)" -gt "$(cat ../before)"
	same /dev/null ../writer
'

story 'no command line ever shows the password' '
	test "$(wc -l <counts)" -gt 2
	same /dev/null seen
	db_watch sh -c "until test \$(wc -l <counts) -gt 3; do :; done" \
		sh "$DB_PASSWORD"
	test -s seen
'

story 'restored: what was dumped, and of both tables the same' '
	cd prod
	id=$(newest_backup)
	db "delete from items where id > 5"
	db "drop table orders"
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id" >../out 2>../err
	is "$(db "select count(*), sum(id) from orders")" \
		"$(db "select count(*), sum(id) from items")"
	test "$(db "select count(*) from orders")" -ge "$(cat ../before)"
	test "$(db "select count(*) from orders")" -le "$(cat ../after)"
	mariadb-dump "--defaults-extra-file=$DB/client.cnf" \
		--single-transaction --skip-dump-date shop >../again
	same "$STORE/production/$id/database" ../again
	git upgrade backup show production "$id" >../out
	has "made by .*MariaDB" ../out
'

story 'the server is gone: no backup, and the one before stays' '
	cd prod
	kill -9 "$(cat "$DB/pid")"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: exit code 2: mariadb-dump: Got error: 2002" ../err
	lacks "$DB_PASSWORD" ../err
	git upgrade backup list >../out
	is 1 "$(grep -c " good " ../out)"
'

done_testing
