# Real databases for stories. Source it after tap.sh, and call what is below at
# the top level of the file.
#
#	have_mariadb, have_postgres	can it be had on this machine?
#	start_mariadb, start_postgres	a server of its own, in DB, that listens
#					on a socket there and stops when the
#					file ends; a database and a user "shop"
#					whose password is DB_PASSWORD
#	db SQL				what the server says to it, as its user
#	db_writes, db_stops		somebody writes all the time: a row in
#					`orders` and one in `items` in each
#					transaction; who stops him waits
#	db_watch COMMAND...		run it, and have DB/seen hold what shows
#					the password among all command lines
#	db_stories MAKER FAILURE	the course of both: a backup while
#					somebody writes, its password, its
#					restore, and the server gone; `backup
#					show` names MAKER, and FAILURE is what
#					the dump says at last (wants backup.sh)
#
# No password is on a command line: they are in DB/client.cnf and DB/pgpass.

DB=$WORK/db
DB_PASSWORD=sesame-5up3r
DB_POSTGRES=
for db_postgres in /usr/bin /usr/lib/postgresql/*/bin
do
	[ ! -x "$db_postgres/postgres" ] || DB_POSTGRES=$db_postgres
done

have_mariadb()
{
	PATH=$PATH:/usr/sbin command -v mariadbd >/dev/null &&
	command -v mariadb-install-db >/dev/null &&
	command -v mariadb-dump >/dev/null
}

# As root it can only be run as somebody else.
have_postgres()
{
	[ -n "$DB_POSTGRES" ] && command -v pg_dump >/dev/null &&
	{ [ "$(id -u)" -ne 0 ] || { id postgres >/dev/null 2>&1 &&
		command -v setpriv >/dev/null; }; }
}

db_schema='create table orders (id int primary key, text varchar(200));
	create table items (id int primary key, text varchar(200));'

start_mariadb()
{
	db_kind=mariadb
	mkdir -p "$DB" && chmod 700 "$DB" || return 1
	mariadb-install-db --no-defaults --datadir="$DB/data" \
		--user="$(id -un)" --skip-test-db \
		--auth-root-authentication-method=normal \
		>"$DB/install.log" 2>&1 || return 1
	PATH=$PATH:/usr/sbin mariadbd --no-defaults --datadir="$DB/data" \
		--user="$(id -un)" --skip-networking --socket="$DB/socket" \
		--pid-file="$DB/pid" </dev/null >"$DB/log" 2>&1 7>&1 &
	at_end stop_mariadb
	wait_for 60 mariadb --no-defaults --socket="$DB/socket" -u root \
		-e 'select 1' >/dev/null || return 1
	printf '[client]\nuser=shop\npassword=%s\nsocket=%s\n' \
		"$DB_PASSWORD" "$DB/socket" >"$DB/client.cnf"
	chmod 600 "$DB/client.cnf"
	mariadb --no-defaults --socket="$DB/socket" -u root <<-EOT
	create database shop;
	create user shop@localhost identified by '$DB_PASSWORD';
	grant all on shop.* to shop@localhost;
	EOT
}

# With what is in memory; nothing there is needed any more.
stop_mariadb()
{
	: >"$WORK/stop"
	[ ! -s "$DB/pid" ] || kill -KILL "$(cat "$DB/pid")" 2>/dev/null || :
}

db_as()
{
	if [ "$(id -u)" -eq 0 ]
	then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

start_postgres()
{
	db_kind=postgres
	mkdir -p "$DB/data" || return 1
	echo "$DB_PASSWORD" >"$DB/password"
	[ "$(id -u)" -ne 0 ] || chown -R postgres "$DB" || return 1
	db_as "$DB_POSTGRES/initdb" -D "$DB/data" -U shop -A scram-sha-256 \
		--pwfile="$DB/password" -E UTF8 --no-sync \
		>"$DB/install.log" 2>&1 || return 1
	rm "$DB/password"
	printf '*:*:*:*:%s\n' "$DB_PASSWORD" >"$DB/pgpass"
	chmod 600 "$DB/pgpass"
	[ "$(id -u)" -ne 0 ] || chown root "$DB/pgpass"
	PGPASSFILE=$DB/pgpass
	export PGPASSFILE
	at_end stop_postgres
	db_as "$DB_POSTGRES/pg_ctl" -D "$DB/data" -w -l "$DB/log" \
		-o "-k '$DB' -c listen_addresses= -c fsync=off" start \
		</dev/null >"$DB/start.log" 2>&1 7>&1 || return 1
	psql -q -h "$DB" -U shop -d postgres -c 'create database shop'
}

stop_postgres()
{
	: >"$WORK/stop"
	[ ! -e "$DB/data/postmaster.pid" ] ||
		db_as "$DB_POSTGRES/pg_ctl" -D "$DB/data" -m immediate stop
}

db()
{
	if [ "$db_kind" = mariadb ]
	then
		mariadb --defaults-extra-file="$DB/client.cnf" -N shop -e "$1"
	else
		psql -q -t -A -h "$DB" -U shop -d shop -c "$1"
	fi
}

# db_rows TABLE ROWS: statements of a thousand each
db_rows()
{
	awk -v name="$1" -v rows="$2" 'BEGIN {
		for (i = 1; i <= rows; i++) {
			if (i % 1000 == 1)
				printf "insert into %s values ", name
			end = i % 1000 && i < rows ? "," : ";"
			printf "(%d, \047%0150d\047)%s\n", i, i, end
		}
	}'
}

# db_fill ROWS: that many, so that a dump takes some time
db_fill()
{
	{
		echo "$db_schema"
		db_rows orders "$1"
		db_rows items "$1"
	} >"$WORK/fill.sql"
	if [ "$db_kind" = mariadb ]
	then
		mariadb --defaults-extra-file="$DB/client.cnf" shop \
			<"$WORK/fill.sql"
	else
		psql -q -h "$DB" -U shop -d shop -f "$WORK/fill.sql"
	fi
}

db_write_on()
{
	db_id=1000000
	while [ ! -e "$WORK/stop" ]
	do
		db_id=$((db_id + 1))
		echo "begin; insert into orders values ($db_id, 'x');"
		echo "insert into items values ($db_id, 'x'); commit;"
	done
}

db_writes()
{
	rm -f "$WORK/stop"
	if [ "$db_kind" = mariadb ]
	then
		db_write_on | mariadb --defaults-extra-file="$DB/client.cnf" \
			shop >"$WORK/writer" 2>&1 &
	else
		db_write_on | psql -q -h "$DB" -U shop -d shop \
			>"$WORK/writer" 2>&1 &
	fi
	db_writer=$!
}

db_stops()
{
	: >"$WORK/stop"
	wait "$db_writer"
}

# db_dump: as an artifact is made; db_plain FILE: what is the same in two of
# the same data
db_dump()
{
	if [ "$db_kind" = mariadb ]
	then
		mariadb-dump --defaults-extra-file="$DB/client.cnf" \
			--single-transaction --skip-dump-date shop
	else
		pg_dump -Fc -h "$DB" -U shop shop
	fi
}

# Each text of PostgreSQL's has a word of its own in it.
db_plain()
{
	if [ "$db_kind" = mariadb ]
	then
		cat "$1"
	else
		pg_restore -f - "$1" | sed '/^.\(un\)\{0,1\}restrict /d'
	fi
}

db_goes()
{
	if [ "$db_kind" = mariadb ]
	then
		kill -9 "$(cat "$DB/pid")"
	else
		stop_postgres
	fi
}

# Somebody has written since he began.
db_has_written()
{
	test -n "$(db 'select 1 from orders where id > 1000000 limit 1')"
}

db_look()
{
	while [ ! -e "$WORK/looked" ]
	do
		cat /proc/[0-9]*/cmdline 2>/dev/null |
			grep -a -c -F -f "$WORK/word" >>"$WORK/counts" || :
	done
}

db_watch()
{
	rm -f "$WORK/looked"
	: >"$WORK/counts"
	echo "$DB_PASSWORD" >"$WORK/word"
	db_look &
	db_looker=$!
	"$@"
	: >"$WORK/looked"
	wait "$db_looker"
	grep -v '^0$' "$WORK/counts" >"$WORK/seen" || :
}

# shellcheck disable=SC2016,SC2034
db_stories()
{
	db_maker=$1
	db_failure=$2

	story 'dumped while somebody writes: of one moment' '
		draw_backups prod
		db_fill 40000
		cd prod
		db_writes
		wait_for 20 db_has_written
		db "select count(*) from orders" >../before
		db_watch expect_code 0 git upgrade backup create \
			>../out 2>../err
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
		db_watch sh -c \
			"until test \$(wc -l <counts) -gt 3; do :; done" \
			sh "$DB_PASSWORD"
		test -s seen
	'

	story 'restored: what was dumped, and of both tables the same' '
		cd prod
		id=$(newest_backup)
		db "delete from items where id > 5"
		db "drop table orders"
		expect_code 0 git upgrade backup restore --yes --data-only \
			production "$id" >../out 2>../err
		is "$(db "select count(*), sum(id) from orders")" \
			"$(db "select count(*), sum(id) from items")"
		db "select count(*) from orders" >../now
		test "$(cat ../now)" -ge "$(cat ../before)"
		test "$(cat ../now)" -le "$(cat ../after)"
		db_dump >../again
		db_plain ../again >../again.sql
		db_plain "$STORE/production/$id/database" >../dumped.sql
		same ../dumped.sql ../again.sql
		git upgrade backup show production "$id" >../out
		has "made by .*$db_maker" ../out
	'

	story 'the server is gone: no backup, and the one before stays' '
		cd prod
		db_goes
		expect_code 3 git upgrade backup create >../out 2>../err
		has "artifact .database.: $db_failure" ../err
		lacks "$DB_PASSWORD" ../err
		git upgrade backup list >../out
		is 1 "$(grep -c " good " ../out)"
	'
}
