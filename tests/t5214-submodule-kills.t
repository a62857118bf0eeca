#!/bin/sh
# A worker, and the git it started, are killed right before a change to the
# repository of a submodule, any change; or the disk fails there. The next try
# has the release. Here it is every 29th change, or every KILL_STEPth; `make
# check-all` takes all of them.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/submodules.sh"
: "${KILL_STEP:=29}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# As it is made, and where it is then
WHAT="*/platform.git/*module*"

# seed: a platform whose branch is ahead, and no worker started
seed()
{
	git -C "$WORK_PLATFORM" -c core.hooksPath=/dev/null fetch -q \
		"$WORK/prod" production:production
	rm -rf "$WORK/seed"
	mkdir "$WORK/seed"
	cp -a "$WORK_PLATFORM" "$SRV" "$WORK/seed/"
}

# What was killed is tried by itself, what has failed is asked for.
repaired()
{
	git upgrade platform repair "$WORK_PLATFORM" >"$WORK/said" 2>&1
	platform_idle
	[ -z "$(ref failed/production)" ] || again || return 1
	is "$(git rev-parse HEAD)" "$(ref deployed/production)" &&
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/lib" &&
	same_tree "$LIBS/inner.git" HEAD "$SRV/current/lib/deep/inner" &&
	git -C "$WORK_PLATFORM/modules/lib" fsck --strict &&
	no_locks
}

# Or the next fetch knows that they are nobody's.
no_locks()
{
	find "$WORK_PLATFORM/modules" -name "*.lock" ! -name upgrade.lock \
		>"$WORK/locks"
	[ ! -s "$WORK/locks" ] ||
	exists "$(sed -n "1s|/refs/.*|/upgrade/fetching|p" "$WORK/locks")"
}

# each ARG...: by killat, from the first change to the last
each()
{
	each_nr=$((1 - KILL_STEP))
	while :
	do
		each_nr=$((each_nr + KILL_STEP))
		rm -rf "$WORK_PLATFORM" "$SRV" "$WORK/hit"
		cp -a "$WORK/seed/." "$WORK/"
		each_code=0
		"$KILLAT" "$@" -w "$WORK/hit" -p "$WHAT" "$each_nr" \
			git-upgrade platform repair "$WORK_PLATFORM" \
			>"$WORK/out" 2>&1 || each_code=$?
		[ -s "$WORK/hit" ] || break
		tap_say "$each_nr: $(cat "$WORK/hit")"
		repaired || return 1
	done
	repaired
	test "$each_nr" -gt "$KILL_STEP"
}

story 'killed while submodules are fetched for the first time' '
	draw_lib inner
	draw_lib lib
	(
		cd libs/lib
		add_lib ../inner.git deep/inner
		commit "An inner one"
		git push -q ../lib.git HEAD
	)
	draw_clone prod
	cd prod
	draw_platform
	on_server protocol.file.allow always
	git push -q platform production
	add_lib "$LIBS/lib.git" lib
	commit "A library"
	seed
	each
'

story 'the worker alone, while its git goes on' '
	cd prod
	each -a
'

story 'the disk is full from there on' '
	cd prod
	each -e ENOSPC
'

story 'killed while more of them is fetched, from what has moved' '
	more lib
	mv "$LIBS/lib.git" "$LIBS/moved.git"
	ln -s moved.git "$LIBS/lib.git"
	cd prod
	on_server submodule.lib.url "$LIBS/moved.git"
	update_lib lib lib
	tick
	git commit -q -m "More of it"
	seed
	each
'

done_testing
