# Promotions of several hops that can be looked at in the middle, for stories.
# Source it after promote.sh.
#
#	draw_hops NAME		in the folder NAME a clone and its platform;
#				staging has verified two releases that
#				production lacks, whose `build` waits for let_go
#				as long as there is a file SRV/wait
#	begun			the first of the two hops is being deployed
#	open_gate		no build waits any more
#	what			each event of production since it ran v1.0.0,
#				in one line

# What lib/tap.sh and its like set, and these set for them.
# shellcheck disable=SC2034,SC2154

draw_hops()
{
	mkdir "$WORK/$1" && cd "$WORK/$1" || return 1
	WORK_PLATFORM=$WORK/$1/platform.git
	SRV=$WORK/$1/srv
	draw_promotion prod >out 2>&1 || return 1
	sed -i 's|test ! -e blocks|test ! -e ../../wait|' \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git config upgrade.path.rule connected-minor
	for release in v1.1.0 v2.0.0
	do
		git upgrade merge --no-edit "$release" &&
		git upgrade push staging || return 1
	done >../out 2>&1
	ref ledger/production >../since
	mkfifo "$SRV/production/go"
	SRV=$SRV/production
	: >"$SRV/wait"
}

begun()
{
	begun_log=$WORK_PLATFORM/upgrade/logs/production/latest
	grep -q "^building v1.1.0" "$begun_log"
}

open_gate()
{
	rm "$SRV/wait"
	let_go
}

what()
{
	git -C "$WORK_PLATFORM" log --reverse --format=%s \
		"$(cat ../since)..refs/upgrade/ledger/production" \
		>"$TRASH/tmp/subjects"
	sed 's/ .*//' "$TRASH/tmp/subjects" | tr '\n' ' ' | sed 's/ $//'
}
