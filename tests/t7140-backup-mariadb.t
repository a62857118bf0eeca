#!/bin/sh
#
# A backup of MariaDB, made while somebody writes, restored, and compared.

# shellcheck disable=SC1091,SC2034,SC2317
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
db_stories MariaDB "exit code 2: mariadb-dump: Got error: 2002"

done_testing
