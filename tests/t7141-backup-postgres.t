#!/bin/sh
#
# A backup of PostgreSQL, made while somebody writes, restored, and compared.

# shellcheck disable=SC1091,SC2034,SC2317
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
db_stories PostgreSQL "exit code 1: ."

done_testing
