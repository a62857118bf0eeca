#!/bin/sh
#
# What cannot be removed, for a store that refuses or one that was changed,
# keeps nothing else from being removed.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

FAR=$WORK/far

# by_commands: the store deletes all but what FAR/held names
by_commands()
{
	mkdir -p "$FAR"
	: >>"$FAR/held"
	cat >"$WORK/by" <<-EOT
	  store:
	    put: {run: [sh, -c, 'cat >"$FAR/\$UPGRADE_BACKUP"']}
	    get: {run: [cat, "$FAR/{backup}"]}
	    delete:
	      run:
	        - sh
	        - -c
	        - |
	          if grep -q "\$UPGRADE_BACKUP" "$FAR/held"
	          then
	            echo "object is held until 2027" >&2
	            exit 4
	          fi
	          rm -f "$FAR/\$UPGRADE_BACKUP"
	EOT
	sed -i -e "/^  store:/r $WORK/by" -e "/^  store:/d" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
}

# one_day SPAN: one more, made then, and how long they stay
one_day()
{
	UPGRADE_CLOCK=$1 git upgrade backup create
	newest_backup
}

story 'one that the store holds: said, and the others go' '
	draw_backups prod
	cd prod
	backups_are "{}" "keep: {last: 1}"
	by_commands
	first=$(one_day -4d 2>../err)
	second=$(one_day -3d 2>../err)
	third=$(one_day -2d 2>../err)
	last=$(one_day -1d 2>../err)
	echo "$second" >"$FAR/held"
	expect_code 3 git upgrade backup prune >../out 2>../err
	has "^kept     $last  *last 1$" ../err
	has "^removed  $third " ../err
	has "^not yet  $second  *artifact .database. of backup $second: backup.store, delete: exit code 4: object is held until 2027$" ../err
	has "^removed  $first " ../err
	has "^error: .*artifact .database. of backup $second: " ../err
	lacks "^Nothing was changed" ../err
	missing "$FAR/$first" "$FAR/$third"
	exists "$FAR/$second" "$FAR/$last"
	: >"$FAR/held"
	expect_code 0 git upgrade backup prune >../out 2>../err
	missing "$FAR/$second"
	is "$last" "$(backup_ids)"
'

story 'what failed in a folder goes when commands keep the others' '
	cd prod
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../by-commands.yaml
	backups_are "{}" "keep: {last: 1}"
	: >"$SRV/dump-fails"
	expect_code 3 git upgrade backup create >../out 2>../err
	failed=$(newest_backup)
	rm "$SRV/dump-fails"
	git upgrade backup create
	folder=$(newest_backup)
	cp ../by-commands.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade backup create
	expect_code 0 git upgrade backup prune >../out 2>../err
	has "^removed  $failed " ../err
	has "^kept     $folder .*; but its files are in .$STORE/production/$folder., outside the store$" ../err
	expect_code 2 git upgrade backup delete --yes production "$folder" \
		>../out 2>../err
	has "^hint: put the former backup.store back, here or in environments.production, and try again$" ../err
'

story 'half deleted by commands, and then a folder: it waits' '
	cd prod
	id=$(newest_backup)
	echo "$id" >"$FAR/held"
	expect_code 3 git upgrade backup delete --yes production "$id" \
		>../out 2>../err
	backups_are "{}" "keep: {last: 1}"
	git upgrade backup prune -n >../out 2>../err
	has "^stays    $id  *it is not good; but it is kept by commands, and backup.store names none now$" ../err
	expect_code 0 git upgrade backup prune >../out 2>../err
	exists "$FAR/$id"
	cp ../by-commands.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	: >"$FAR/held"
	expect_code 0 git upgrade backup prune >../out 2>../err
	missing "$FAR/$id"
	backup_ids >../ids
	lacks "$id" ../ids
'

done_testing
