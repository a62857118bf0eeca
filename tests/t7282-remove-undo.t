#!/bin/sh
#
# What was torn down by mistake is had again, by what is said when it goes, and
# a platform is made anew in the place of one that was.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/promote.sh"

# remove ARG...: in the clone; what is said next is ../next
remove()
{
	git upgrade platform remove --yes "$@" "$WORK_PLATFORM" 2>../err &&
	sed -n "s/^hint:   //p" ../err >../next
}

# put_back ENV: as it was said
put_back()
{
	has "^hint: the configuration as it was: .*/info/removed-$1.yaml$" \
		../err &&
	has "^hint: to have it again, put it back as .*/info/gitupgrade.yaml" \
		../err &&
	cp "$WORK_PLATFORM/info/removed-$1.yaml" \
		"$WORK_PLATFORM/info/gitupgrade.yaml" &&
	is 2 "$(wc -l <../next)" &&
	sh -e ../next >../out 2>&1 &&
	platform_idle
}

story 'two environments, with a backup and uploads' '
	draw_promotion prod
	mkdir "$STORE"
	backup_artifacts >../lines
	sed "s/cat db/echo rows/" ../lines \
		>>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade promote staging production
	git upgrade backup create production
	mkdir -p "$SRV/production/shared/data/files"
	echo upload >"$SRV/production/shared/data/files/photo"
	platform_idle
'

story 'one of two' '
	cd prod
	id=$(newest_backup)
	tree=$(at production "^{tree}")
	remove --env=production
	put_back production
	is "$tree" "$(git -C "$WORK_PLATFORM" rev-parse \
		"refs/upgrade/verified/production^{tree}")"
	is upload "$(cat "$SRV/production/current/data/files/photo")"
	git upgrade status >../out
	has "staging v1.0.0 ok -> production v1.0.0 ok" ../out
	git upgrade backup list production >../out
	has "^$id .* good" ../out
	expect_code 0 git upgrade backup restore --yes --data-only production \
		"$id"
'

story 'all of them' '
	cd prod
	platform_idle
	remove
	missing "$WORK_PLATFORM/upgrade" "$WORK_PLATFORM/hooks"
	put_back production
	exists "$WORK_PLATFORM/hooks/proc-receive"
	git upgrade status >../out
	has "staging v1.0.0 ok -> production v1.0.0 ok" ../out
	expect_code 1 git push platform :refs/upgrade/ledger/production
	stage more x
	expect_code 0 git upgrade promote staging production
	is x "$(cat "$SRV/production/current/more")"
'

story 'a new one in the same place, from the clone' '
	cd prod
	platform_idle
	remove
	expect_code 0 git upgrade platform init -n \
		--profile="$WORK/profile.yaml" --deploy-to="$SRV" \
		--env=staging "$WORK_PLATFORM" >../out 2>../err
	has "^Would make the platform" ../err
	missing "$WORK_PLATFORM/hooks" "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 git upgrade platform init \
		--profile="$WORK/profile.yaml" --deploy-to="$SRV" \
		--env=staging "$WORK_PLATFORM" >../out 2>../err
	has "^Made the platform" ../err
	SRV=$SRV/staging
	mkfifo "$SRV/go"
	put more y
	commit "More"
	expect_code 0 git upgrade push staging
	git upgrade status >../out
	has "^staging .*v1.0.0 .*v1.0.0 " ../out
	git -C "$WORK_PLATFORM" fsck --no-dangling
'

story 'nothing else becomes one' '
	git clone -q --bare "$WORK_PLATFORM" bare.git
	expect_code 2 git upgrade platform init bare.git >out 2>err
	has "is not empty, and no platform of ours" err
	expect_code 2 git upgrade platform init prod/.git >out 2>err
	has "is not empty, and no platform of ours" err
'

done_testing
