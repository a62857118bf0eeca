#!/bin/sh
#
# git upgrade lock and unlock are killed right before a change to a file, any
# change, on either side: the clone can always tell its own lock, and nobody
# is locked out. Here it is every 61st change, or every KILL_STEPth; `make
# check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
: "${KILL_STEP:=61}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# A clone whose platform is in its own git folder, so that each copy has one
# of its own.
seed_clone()
{
	draw_clone prod
	(
		cd prod || exit 1
		draw_platform
		git upgrade push
		mv ../platform.git .git/platform.git
		git remote set-url platform .git/platform.git
		git upgrade status >../before
		has "^production  *v1.0.0  *v1.0.0" ../before
	)
}

count()
{
	git -C .git/platform.git log --format=%s \
		refs/upgrade/ledger/production >../subjects
	grep -c "^$1$" ../subjects || :
}

# No lock without its event, and no event twice.
recorded()
{
	if git -C .git/platform.git rev-parse -q --verify \
		refs/upgrade/locks/production >../lock
	then
		is "$1" "$(count locked)"
		has "\"nonce\"" - <<-EOT
		$(git -C .git/platform.git cat-file -p "$(cat ../lock)")
		EOT
	fi
}

# Whatever a git that was killed left there keeps nobody for long.
opens()
{
	wait_for 6 git upgrade unlock >../out 2>../err
	not git -C .git/platform.git rev-parse -q --verify \
		refs/upgrade/locks/production
	git upgrade log >../out 2>../err
	wait_for 6 git upgrade lock
	git upgrade status >../out 2>../err
	has "^production is locked by .*(in this clone)" ../out
	git upgrade unlock
	git -C .git/platform.git fsck --no-dangling
}

judge_lock()
{
	recorded 1
	opens
}

judge_unlock()
{
	recorded 1
	is 1 "$(count locked)"
	opens
}

# A note that stays says nothing once the lock is gone.
judge_note()
{
	[ "$code" = 126 ] || is 0 "$code"
	git upgrade status >../out 2>../err
	lacks "is locked by" ../out
	judge_unlock
}

story 'set-up' '
	seed_clone >out 2>&1
	cp -a prod locked
	git -C locked upgrade lock
	# A ref that is packed is deleted by writing what is left of them anew.
	cp -a locked packed
	git -C packed pack-refs --all
	git -C packed/.git/platform.git pack-refs --all
'

kill_story 'killed while it locks: its own, or nobody'\''s' '
	sweep prod judge_lock git upgrade lock
'

kill_story 'only the client is killed' '
	sweep prod -a judge_lock git upgrade lock
'

kill_story 'killed while it unlocks' '
	sweep locked judge_unlock git upgrade unlock
'

kill_story 'killed while refs that are packed are written anew' '
	sweep packed -p "*/packed-refs*" judge_unlock git upgrade unlock
'

kill_story 'what it noted here cannot be removed: unlocked all the same' '
	sweep locked -e EIO -u -p "*upgrade/held*" judge_note \
		git upgrade unlock
'

kill_story 'the disk is full while it locks' '
	sweep prod -e ENOSPC judge_lock git upgrade lock
'

done_testing
