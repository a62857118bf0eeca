#!/bin/sh
#
# git upgrade platform remove is killed right before a change to a file, or the
# disk fails there: pushes are refused as long as it has not ended, the same
# again ends it, and what is left is what a removal that nobody disturbed
# leaves. Here it is every 61st change, or every KILL_STEPth; `make check-all`
# takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/promote.sh"
: "${KILL_STEP:=61}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# As it was before, in the same place: the folders name each other.
back_to_seed()
{
	rm -rf "$WORK_PLATFORM" "$SRV" "$STORE"
	cp -a "$WORK/seed/." "$WORK/"
}

# left: all that is there afterwards, but for names that are new each time, and
# files that are locked by who is at it
left()
{
	(
		cd "$WORK" || exit 1
		find platform.git srv store -not -path "*/objects/*" \
			-not -path "*/refs/*" -not -name packed-refs \
			-not -path "*/logs/refs/*" -not -path "*/logs/staging*" \
			-not -path "*/upgrade/removal" -not -name .turn \
			-not -path platform.git/upgrade \
			-not -name removing | sort
		git -C platform.git for-each-ref --format="%(refname)"
		# A deletion that git was killed in may be told twice.
		git -C platform.git log --format=%s \
			refs/upgrade/ledger/production >log
		uniq log
		git -C platform.git config --local --list | sort
		cat platform.git/HEAD
	)
}

# again ARG...: one more try ends it, where it is not over already
again()
{
	again_code=0
	git upgrade platform remove --yes "$@" "$WORK_PLATFORM" \
		>"$WORK/out" 2>"$WORK/err" </dev/null || again_code=$?
	case $again_code in
	0)
		;;
	2)
		grep -q -e "is no platform" -e "no environment .production." \
			"$WORK/err"
		;;
	*)
		cat "$WORK/err"
		return 1
		;;
	esac
}

# A push gets in before it began, or when its environment is none any more.
guarded()
{
	[ -e "$WORK_PLATFORM/upgrade/removing/production" ] || return 0
	grep -q "^  production:" "$WORK_PLATFORM/info/gitupgrade.yaml" ||
		return 0
	guarded_code=0
	git push --no-verify "$WORK_PLATFORM" \
		later:refs/heads/production \
		>"$WORK/out" 2>&1 || guarded_code=$?
	is 1 "$guarded_code"
	has "being removed" "$WORK/out"
}

ends()
{
	guarded
	# shellcheck disable=SC2086
	again $each_args
	left >"$WORK/now"
	same "$WORK/whole" "$WORK/now"
	git -C "$WORK_PLATFORM" fsck --no-dangling
}

# each HOW ARG...: removed with these, in one go and in several
each()
{
	each_kill=$1
	shift
	each_args=$*
	back_to_seed
	git upgrade platform remove --yes "$@" "$WORK_PLATFORM" 2>"$WORK/err"
	left >"$WORK/whole"
	kill_each ends "$each_kill" platform remove --yes "$@" "$WORK_PLATFORM"
}

story 'set-up' '
	draw_promotion prod
	git checkout -q production
	mkdir "$STORE"
	printf "backup:\n  store: %s\n  artifacts:\n    - {name: a, run: [date]}\n" \
		"$STORE" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade backup create production
	git upgrade promote staging production
	mkdir -p "$SRV/production/shared/data/files"
	echo upload >"$SRV/production/shared/data/files/photo"
	platform_idle
	wait_for 20 no_workers
	git fetch -q platform
	git branch later "$(git commit-tree -p platform/production -m Later \
		"platform/production^{tree}")"
	mkdir ../seed
	cp -a ../platform.git ../srv ../store ../seed
'

kill_story 'killed while one of two goes' '
	cd prod
	each "" --env=production
'

kill_story 'the disk is full while one of two goes' '
	cd prod
	each "-e ENOSPC" --env=production
'

kill_story 'killed while all goes, with all that it had' '
	cd prod
	each "" --with-branch --with-backups --with-shared
'

done_testing
