# Backups of a platform's environments, for stories. Source it after tap.sh,
# draw.sh and platform.sh.
#
#	draw_backups DIR	an operator's clone DIR whose platform backs up
#				SRV/db, "the database", and SRV/media, which is
#				optional, into ../store; v1.0.0 is deployed
#	backups_are POLICY [LINE...]
#				in the clone: production's policy, "{keep: 1h}",
#				and lines of `backup`
#	backup_ids		those of production, oldest first, as the
#				repository BACKUPS_AT has them: the platform
#	newest_backup		the last of them
#	backups_whole PATH	those that are listed as good have their
#				database at "PATH", whose % is the ID, as it was
#	backups_published	they are in plain.git as they are there
#	store_by_commands [DUMP [LOAD]]
#				the profile keeps DB, a file, in STORE by
#				commands, which delete nothing as long as there
#				is a file `held`; DUMP and LOAD are scripts in
#				place of `cat` from and to it
#	draw_engine_upgrade [DUMP]
#				prod, of an engine's (engine.sh), which backs
#				DB up by commands before an upgrade: v1.0.0 is
#				deployed, and v1.1.0 adopted
#	interrupt_push PID	Ctrl-C for a push that makes a backup of that:
#				it ends, and so does the program whose number is
#				in `hangs`; nothing was sent
#	host_backs_up		the profile of a host keeps DB in STORE
#	dumping			true while the database is being dumped
#	can_set_clock		fail where the program was not built for that
#	at SPAN COMMAND...	so much later, or earlier: "+49h", "-1h"
#
# Files in SRV decide what happens: `dump-fails`, `dump-hangs` (until somebody
# writes to the fifo SRV/go), `dump-nothing`.

STORE=$WORK/store

backup_artifacts()
{
	cat <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: database
	      run:
	        - sh
	        - -c
	        - |
	          cd ../..
	          echo "dumping \$UPGRADE_ARTIFACT of \$UPGRADE_ENV" >&2
	          test ! -e dump-nothing || exit 0
	          cat db
	          test ! -e dump-hangs || cat go
	          test ! -e dump-fails || { echo "server has gone away" >&2
	          exit 3; }
	      restore:
	        run:
	          - sh
	          - -c
	          - |
	            cd ../..
	            echo "restoring \$UPGRADE_ARTIFACT of \$UPGRADE_BACKUP"
	            test ! -e load-hangs || cat go
	            test ! -e load-fails || exit 4
	            cat >db
	      version: {run: [sh, -c, echo dumper 1.5; echo more]}
	    - name: media
	      optional: true
	      run: [cat, ../../media]
	      restore: {run: [sh, -c, cat >../../media]}
	EOT
}

backups_are()
{
	[ -e "$WORK/platform.yaml" ] ||
		cp "$WORK_PLATFORM/info/gitupgrade.yaml" "$WORK/platform.yaml"
	{
		cat "$WORK/platform.yaml"
		printf '    backup: %s\n' "$1"
		backup_artifacts
		shift
		[ $# -eq 0 ] || printf '  %s\n' "$@"
	} >"$WORK_PLATFORM/info/gitupgrade.yaml"
}

draw_backups()
{
	draw_clone "$1" || return 1
	mkdir -p "$STORE"
	(
		cd "$1" || exit 1
		draw_platform &&
		backups_are '{}' &&
		echo 'rows 1' >"$SRV/db" &&
		echo 'pictures' >"$SRV/media" &&
		git upgrade push
	)
}

backup_ids()
{
	git -C "${BACKUPS_AT-$WORK_PLATFORM}" for-each-ref \
		--format='%(refname:lstrip=4)' \
		refs/upgrade/backups/production/
}

newest_backup()
{
	backup_ids | tail -n 1
}

backups_whole()
{
	backup_ids >"$WORK/ids"
	while read -r whole_id
	do
		git -C "${BACKUPS_AT-$WORK_PLATFORM}" log -1 --format=%b \
			"refs/upgrade/backups/production/$whole_id" \
			>"$WORK/body"
		grep -q '"state": "good"' "$WORK/body" || continue
		is "$(sed -n 's/.*"sha256": "\(.*\)".*/\1/p' "$WORK/body")" \
			"$(sha256sum <"${1%%%*}$whole_id${1#*%}" |
				sed 's/ .*//')" || return 1
	done <"$WORK/ids"
}

backups_published()
{
	git -C "${BACKUPS_AT-$WORK_PLATFORM}" for-each-ref \
		refs/upgrade/backups >"$WORK/a"
	git -C "$WORK/plain.git" for-each-ref refs/upgrade/backups >"$WORK/b"
	same "$WORK/a" "$WORK/b"
}

store_by_commands()
{
	printf '%s\n' "${1-cat $DB}" | sed 's/^/          /' >"$WORK/dump"
	printf '%s\n' "${2-cat >$DB}" | sed 's/^/            /' >"$WORK/load"
	cat >>"$WORK/profile.yaml" <<-EOT
	backup:
	  store:
	    put: {run: [sh, -c, 'cat >"$STORE/\$UPGRADE_BACKUP"']}
	    get: {run: [cat, "$STORE/{backup}"]}
	    delete:
	      run: [sh, -c, 'test ! -e $WORK/held && rm -f "$STORE/{backup}"']
	  artifacts:
	    - name: database
	      run:
	        - sh
	        - -c
	        - |
	$(cat "$WORK/dump")
	      restore:
	        run:
	          - sh
	          - -c
	          - |
	$(cat "$WORK/load")
	EOT
}

draw_engine_upgrade()
{
	draw_engine &&
	programs &&
	mkdir "$STORE" &&
	echo "rows 1" >"$DB" &&
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		"$WORK/profile.yaml" &&
	store_by_commands "$@" &&
	behave ok || return 1
	(
		cd "$WORK/prod" || exit 1
		put own.txt ours
		commit "Our own" &&
		git upgrade push &&
		adopt v1.1.0
	) || return 1
	echo v1.1.0 >"$ENGINE/version"
	git -C "$WORK/plain.git" rev-parse production >"$WORK/before"
}

interrupt_push()
{
	kill -INT "$1" || return 1
	interrupted_code=0
	interrupted_why="no backup of production was made:"
	interrupted_why="$interrupted_why artifact .database.: interrupted$"
	wait "$1" || interrupted_code=$?
	is 2 "$interrupted_code" &&
	has "$interrupted_why" "$WORK/err" &&
	not kill -0 "$(cat "$WORK/hangs")" &&
	git -C "$WORK/plain.git" rev-parse production >"$WORK/after" &&
	same "$WORK/before" "$WORK/after" &&
	find "$STORE" -type f >"$WORK/left" &&
	same /dev/null "$WORK/left" &&
	is backup-failed "$(told event)"
}

host_backs_up()
{
	cat >>"$WORK/profile.yaml" <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: database
	      run: [cat, $DB]
	      restore: {run: [sh, -c, 'cat >$DB']}
	environments:
	  production:
	    branch: production
	    deploy: pull
	EOT
}

dumping()
{
	find "$STORE/production" -path "*.partial/database" >"$WORK/dumping"
	test -s "$WORK/dumping"
}

can_set_clock()
{
	[ -e "$BUILD_DIR/.clock-can-be-set" ] || {
		tap_say "make tools, to have a program whose clock can be set"
		return 1
	}
}

at()
{
	can_set_clock || return 1
	at_clock=$1
	shift
	UPGRADE_CLOCK=$at_clock "$@"
}
