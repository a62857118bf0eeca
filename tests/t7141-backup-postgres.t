#!/bin/sh
#
# A backup of PostgreSQL, made while somebody writes, restored, and compared.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/databases.sh"

have_postgres || skip_all 'no PostgreSQL'

# Much as in gitupgrade-profile(5)
backup_artifacts()
{
	cat <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: database
	      run: [env, "PGPASSFILE=$DB/pgpass", pg_dump, -Fc, -h, "$DB",
	            -U, shop, shop]
	      restore:
	        run: [env, "PGPASSFILE=$DB/pgpass", pg_restore, --clean,
	              --if-exists, --single-transaction, -h, "$DB", -U, shop,
	              -d, shop]
	      version: {run: [pg_dump, --version]}
	EOT
}

start_postgres || exit 1

story 'dumped while somebody writes: of one moment' '
	draw_backups prod
	db_fill 40000
	cd prod
	db_writes
	wait_for 20 sh -c "test -n \"\$(psql -q -t -A -h $DB -U shop -d shop \
		-c \"select 1 from orders where id > 1000000 limit 1\")\""
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
	pg_dump -Fc -h "$DB" -U shop shop >../again
	# Each text has a word of its own in it.
	pg_restore -f - ../again >../again.sql
	pg_restore -f - "$STORE/production/$id/database" >../dumped.sql
	sed -i "/^.\(un\)\{0,1\}restrict /d" ../again.sql ../dumped.sql
	same ../dumped.sql ../again.sql
	git upgrade backup show production "$id" >../out
	has "made by .*PostgreSQL" ../out
'

story 'the server is gone: no backup, and the one before stays' '
	cd prod
	stop_postgres
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .database.: exit code 1: .*" ../err
	lacks "$DB_PASSWORD" ../err
	git upgrade backup list >../out
	is 1 "$(grep -c " good " ../out)"
'

done_testing
