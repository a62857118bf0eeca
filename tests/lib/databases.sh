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
#
# No password is on a command line: they are in DB/client.cnf and DB/pgpass.

DB=$WORK/db
DB_PASSWORD=sesame-5up3r
DB_POSTGRES=
for db_postgres in /usr/lib/postgresql/*/bin
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
