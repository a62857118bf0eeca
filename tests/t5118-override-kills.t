#!/bin/sh
#
# A push that overrides a gate is killed right before a change to a file, any
# change, on either side: the branch never moves without that being recorded,
# and when the same is pushed again it is recorded once. Here it is every 97th
# change, or every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
: "${KILL_STEP:=97}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# A clone whose platform is in its own git folder, so that each copy has one
# of its own, and with a commit that a freeze refuses.
seed_clone()
{
	draw_clone prod
	(
		cd prod || exit 1
		draw_platform
		git upgrade push
		configure freeze "{from: 2001-01-01, to: 2999-12-31}"
		echo "    overrides: [freeze]" \
			>>"$WORK_PLATFORM/info/gitupgrade.yaml"
		tick
		echo more >own.txt
		git commit -q -a -m More
		# Beside the platform, so that each copy has a folder as well
		sed -i "/deploy_to:/d" "$WORK_PLATFORM/info/gitupgrade.yaml"
		mv ../platform.git .git/platform.git
		git remote set-url platform .git/platform.git
		git upgrade status >../before
	)
}

there()
{
	git -C .git/platform.git rev-parse production
}

recorded()
{
	git -C .git/platform.git log --format=%s \
		refs/upgrade/ledger/production >../subjects
	grep -c "^overridden .*$(git rev-parse --short=7 HEAD)" ../subjects ||
	:
}

# git moves one ref of a transaction after the other, the ledger first.
judge()
{
	if [ "$(there)" = "$(git rev-parse HEAD)" ]
	then
		is 1 "$(recorded)"
	fi &&
	wait_for 20 arrives &&
	is 1 "$(recorded)" &&
	wait_for 20 idle
}

# Nobody is at work there any more; a worker that was killed has a follower.
idle()
{
	git upgrade platform repair .git/platform.git >../out 2>../err || :
	git upgrade platform status --json .git/platform.git >../status &&
	! grep -q -e "\"deploying\"" -e "\"not deployed yet\"" ../status
}

# How the deploy goes is no matter here.
arrives()
{
	git upgrade push --no-wait --override=freeze --reason=once \
		>../out 2>../err || :
	[ "$(there)" = "$(git rev-parse HEAD)" ]
}

story 'no move without its record, and none twice' '
	seed_clone
	sweep prod judge git upgrade push --no-wait --override=freeze \
		--reason=once
'

done_testing
