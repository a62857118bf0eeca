#!/bin/sh
#
# What becomes of backups when their environment is torn down: in a folder, or
# where commands put them, that can be asked or not.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"

FAR=$WORK/commands

remove()
{
	git upgrade platform remove "$@" "$WORK_PLATFORM"
}

# draw_kept NAME: a clone NAME, and a cd into it; a platform and a store of that
# name, with two backups
draw_kept()
{
	WORK_PLATFORM=$WORK/$1.git
	SRV=$WORK/$1-srv
	STORE=$WORK/$1-store
	rm -f "$WORK/platform.yaml"
	draw_backups "$1" &&
	cd "$1" &&
	git upgrade backup create &&
	git upgrade backup create &&
	platform_idle
}

# by_commands: from now on commands keep them, unless FAR/unreachable is there
by_commands()
{
	mkdir "$FAR"
	{
		echo "  store:"
		for verb in "put: cat >" "get: cat " "delete: rm -f "
		do
			printf "    %s: {run: [sh, -c, '%s && %s%s']}\n" \
				"${verb%%: *}" "test ! -e $FAR/unreachable" \
				"${verb#*: }" "$FAR/{backup}-{artifact}"
		done
	} >../by
	sed -i -e "/^  store:/r ../by" -e "/^  store:/d" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
}

story 'nothing of ours is left in the store' '
	draw_kept folder
	expect_code 0 remove --yes --with-backups >../out 2>../err
	is "" "$(backup_ids)"
	missing "$STORE/production" "$STORE/.production.platform"
'

story 'those that commands keep are deleted by them' '
	draw_kept far
	for id in $(backup_ids)
	do
		git upgrade backup delete --yes production "$id"
	done
	by_commands
	git upgrade backup create
	git upgrade backup create
	platform_idle
	is 2 "$(find "$FAR" -name "*-database" | wc -l)"
	expect_code 0 remove -n >../out 2>../err
	has "^  stays      2 backups, where commands put them (--with-backups)$" \
		../err
	cp -a "$WORK_PLATFORM" ../far-copy.git
	expect_code 0 remove --yes --with-backups >../out 2>../err
	is "" "$(backup_ids)"
	is 0 "$(find "$FAR" -name "*-database" | wc -l)"
'

story 'where they cannot be reached: it waits, or they stay' '
	rm -rf "$WORK/far.git" "$WORK/far-srv"
	cd far
	WORK_PLATFORM=$WORK/far.git SRV=$WORK/far-srv
	mv ../far-copy.git "$WORK_PLATFORM"
	: >"$FAR/unreachable"
	expect_code 3 remove --yes --with-backups >../out 2>../err
	has "error: .*delete: exit code 1" ../err
	has "^hint: or leave what is left of them: the same with --keep-backups$" \
		../err
	has "^hint: what has begun is to end: run the same again$" ../err
	expect_code 3 remove --yes --with-backups >../out 2>../err
	expect_code 0 remove --yes --with-backups --keep-backups >../out \
		2>../err
	has "^  stays      2 backups, where commands put them" ../err
	is 2 "$(backup_ids | wc -l)"
	missing "$WORK_PLATFORM/hooks"
'

story 'a folder that has vanished since it began' '
	draw_kept gone
	sed -i "/^  steps:/a\\    - {name: halt, as: stop, run: [sh, -c, test ! -e ../../stuck]}" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	: >"$SRV/stuck"
	expect_code 3 remove --yes --with-backups >../out 2>../err
	rm "$SRV/stuck"
	mv "$STORE" "$STORE.away"
	expect_code 2 remove --yes >../out 2>../err
	has "the store .$STORE. is not there" ../err
	expect_code 2 remove --yes >../out 2>../err
	lacks "has never deployed" ../err
	expect_code 0 remove --yes --keep-backups >../out 2>../err
	is 2 "$(backup_ids | wc -l)"
	is 2 "$(find "$STORE.away/production" -name database | wc -l)"
'

story 'a store among the uploads is none to remove with them' '
	draw_kept inside
	mkdir -p "$SRV/shared"
	mv "$STORE" "$SRV/shared/kept"
	sed -i "s|^  store: .*|  store: $SRV/shared/kept|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	for with in "" --with-backups
	do
		expect_code 2 remove --yes --with-shared $with >../out 2>../err
		has "the store of the backups of production is in what --with-shared removes: $SRV/shared/kept$" ../err
		has "^hint: leave --with-shared out; or move the store" ../err
		has "^Nothing was changed.$" ../err
	done
	expect_code 0 remove --yes >../out 2>../err
	is 2 "$(find "$SRV/shared/kept/production" -name database | wc -l)"
'

story 'one that was being made when all was killed is not left as running' '
	draw_kept killed
	: >"$SRV/dump-hangs"
	rm -f "$SRV/go"
	mkfifo "$SRV/go"
	git-upgrade backup create >../out 2>../err &
	wait_for 20 dumping
	locked=$WORK_PLATFORM/upgrade/locks/production/run
	expect_code 2 remove --yes >../out 2>../err
	has "a backup of production is under way: process" ../err
	kill -KILL "$(cut -d " " -f 1 "$locked")"
	: <>"$SRV/go"
	wait
	# What it had started may end a moment later.
	wait_for 20 remove -n
	expect_code 0 remove --yes >../out 2>../err
	git -C "$WORK_PLATFORM" log --format=%s -n 3 \
		refs/upgrade/ledger/production >../subjects
	has "^backup-failed" ../subjects
	find "$STORE" -name ".*.partial" >../left
	same /dev/null ../left
'

done_testing
