#!/bin/sh
#
# git upgrade platform remove: an environment is torn down, and with the last
# one the platform.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/backup.sh"
. "$TESTS_DIR/lib/promote.sh"

# stops: the product says how it is stopped; the last environment has
# lines besides
stops()
{
	[ -e "$WORK/plain.yaml" ] ||
		cp "$WORK_PLATFORM/info/gitupgrade.yaml" "$WORK/plain.yaml"
	awk '
	{ print }
	/^  steps:/ {
		print "    - name: halt"
		print "      as: stop"
		print "      run: [sh, -c, \"echo stopping" \
			" $UPGRADE_RELEASE; test ! -e ../../stuck &&" \
			" rm -f ../../serving\"]"
		print "      only_if: [test, -e, ../../serving]"
	}' "$WORK/plain.yaml" >"$WORK_PLATFORM/info/gitupgrade.yaml"
	[ $# -eq 0 ] ||
		printf '    %s\n' "$@" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
}

remove()
{
	git upgrade platform remove "$@" "$WORK_PLATFORM"
}

# later SPAN ARG...: remove, when so much time has gone by
later()
{
	later_clock=$1
	shift
	UPGRADE_CLOCK=$later_clock git upgrade platform remove "$@" \
		"$WORK_PLATFORM"
}

state_of()
{
	git -C "$WORK_PLATFORM" for-each-ref
	cat "$WORK_PLATFORM/info/gitupgrade.yaml" "$WORK_PLATFORM/config"
	find "$SRV" "$WORK_PLATFORM/hooks" "$WORK_PLATFORM/upgrade" \
		-not -name "*.lock" | sort
}

story 'two environments, one of which promotes from the other' '
	draw_promotion prod
	git upgrade promote staging production
	stage other x
	git upgrade promote staging production
	stops
	for env in staging production
	do
		ln -s ../x "$SRV/$env/theirs"
		mkdir -p "$SRV/$env/shared/data/files"
		echo upload >"$SRV/$env/shared/data/files/photo"
	done
	mkfifo "$SRV/staging/go"
	platform_idle
'

story 'a dry run names what would go and what would stay' '
	state_of >before
	expect_code 0 remove -n --env=production >out 2>err
	state_of | same before -
	same /dev/null out
	has "^production$" err
	has "^  runs       step .halt.$" err
	has "^  goes       $SRV/production/current, which serves v1.0.0$" err
	has "^  goes       $SRV/production/releases: [1-9]$" err
	has "^  stays      $SRV/production/shared (--with-shared)$" err
	has "^  stays      $SRV/production/theirs: no platform made it$" err
	has "^  stays      branch production (.*, --with-branch)$" err
	has "^  stays      what was recorded of it$" err
	has "^Nothing was changed.$" err
	lacks "plain repository" err
	expect_code 0 remove -n --json --env=production >out 2>err
	has "\"done\": *false" out
	has "\"whole\": *false" out
	has "\"name\": *\"production\"" out
	has "step .halt." out
'

story 'it asks, and in a pipe it is to be told' '
	state_of >before
	expect_code 2 remove --env=production >out 2>err
	has "Tear down production for good?. cannot be asked here" err
	has "^hint: answer it with --yes$" err
	has "^Nothing was changed.$" err
	state_of | same before -
'

story 'misuse' '
	expect_code 129 git upgrade platform remove >out 2>err
	has "<dir> is missing" err
	expect_code 2 remove --yes --env=nowhere >out 2>err
	has "there is no environment .nowhere. here" err
	has "there are: staging, production" err
	expect_code 2 git upgrade platform remove --yes prod >out 2>err
	has "is no platform" err
	expect_code 2 git upgrade platform remove --yes absent >out 2>err
	has "is no platform" err
'

story 'what others are promoted from stays' '
	state_of >before
	expect_code 2 remove --yes --env=staging >out 2>err
	has "production is promoted from staging$" err
	has "^hint: remove both: --env=production --env=staging; or" err
	has "^Nothing was changed.$" err
	state_of | same before -
'

story 'locked, held, frozen or at work: refused' '
	cd prod
	git upgrade lock --reason="moving" production
	expect_code 2 remove --yes --env=production >../out 2>../err
	has "production is locked by .*: moving" ../err
	has "git upgrade unlock production --reason=TEXT" ../err
	git upgrade unlock production
	git upgrade rollback --reason="slow" production
	expect_code 2 remove --yes --env=production >../out 2>../err
	has "production is held since its rollback of .*: slow" ../err
	git upgrade unlock --reason="over" production
	stops "freeze: [{from: 2020-01-01, to: 2099-01-01, reason: sale}]"
	expect_code 2 remove --yes --env=production >../out 2>../err
	has "production is frozen until .*: sale" ../err
	stops
	git checkout -q staging
	put blocks x
	commit "It takes long"
	git push -q -o upgrade-no-follow platform staging
	wait_for 20 grep -q "^building" \
		"$WORK_PLATFORM/upgrade/logs/staging/latest"
	expect_code 2 remove --yes --env=staging --env=production \
		>../out 2>../err
	has "a deploy of staging is under way: process" ../err
	has "^Nothing was changed.$" ../err
	timeout 20 sh -c ": >\"$SRV/staging/go\""
	platform_idle
'

story 'a step that fails: nothing is taken down; no push gets in' '
	cd prod
	: >"$SRV/production/stuck"
	expect_code 3 remove --yes --env=production --reason="moved away" \
		>../out 2>../err
	has "^stopping v1.0.0$" ../err
	has "error: step .halt.: exit code 1" ../err
	has "^hint: mend it, and run the same again; or .*--no-stop" ../err
	has "^hint: what has begun is to end: run the same again$" ../err
	lacks "Nothing was changed" ../err
	exists "$SRV/production/current/VERSION"
	git upgrade platform status "$WORK_PLATFORM" >../out 2>../err
	has "^production .*being removed$" ../out
	has "^hint: production is being removed; end that with .*git upgrade platform remove --env=production" ../err
	git fetch -q platform
	git checkout -q -B production platform/production
	put more x
	commit "More"
	expect_code 1 git push --no-verify platform production >../out \
		2>../err
	has "production is being removed since .*: moved away" ../err
	has "git upgrade platform remove --env=production" ../err
	expect_code 2 git upgrade verify production >../out 2>../err
	has "production is being removed" ../err
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	has "production is being removed; that is ended with" ../err
'

story 'the same again ends it' '
	cd prod
	rm "$SRV/production/stuck"
	expect_code 0 remove --yes --env=production >../out 2>../err
	has "^stopping v1.0.0$" ../err
	has "^Removed production.$" ../err
	has "the configuration as it was: .*/info/removed-production.yaml" ../err
	missing "$SRV/production/current" "$SRV/production/releases"
	missing "$SRV/production/.platform" "$SRV/production/serving"
	is upload "$(cat "$SRV/production/shared/data/files/photo")"
	[ -L "$SRV/production/theirs" ]
	lacks "^  production:" "$WORK_PLATFORM/info/gitupgrade.yaml"
	has "^  production:" "$WORK_PLATFORM/info/removed-production.yaml"
	git -C "$WORK_PLATFORM" for-each-ref --format="%(refname)" >../refs
	lacks "refs/upgrade/[dvfh].*/production" ../refs
	has "refs/upgrade/ledger/production" ../refs
	has "refs/heads/production" ../refs
	is removed "$(last_event event)"
	is "moved away" "$(last_event detail)"
	git upgrade log production >../out
	has "  removed  .*v1.0.0" ../out
	has "  moved away" ../out
	git -C "$WORK_PLATFORM" cat-file blob refs/upgrade/platform >../out
	lacks production ../out
	missing "$WORK_PLATFORM/upgrade/removing"
	missing "$WORK_PLATFORM/upgrade/logs/production"
'

story 'the others go on, and a repair finds nothing' '
	cd prod
	git upgrade platform repair "$WORK_PLATFORM" >../out 2>../err
	same /dev/null ../err
	has "^staging .*up to date$" ../out
	lacks production ../out
	git checkout -q staging
	git rm -q blocks
	commit "It is quick again"
	expect_code 0 git upgrade push staging >../out 2>../err
	has "^Deployed and verified" ../err
	git push -q platform HEAD:refs/heads/production -f
'

story 'with the last one the repository is a plain one' '
	cd prod
	expect_code 0 remove -n >../out 2>../err
	has "That is all of the platform: .* becomes a plain repository" ../err
	expect_code 0 remove --yes --json --with-shared --with-branch \
		>../out 2>../err
	has "\"done\": *true" ../out
	has "\"whole\": *true" ../out
	cd "$WORK_PLATFORM"
	missing upgrade hooks info/gitupgrade.yaml
	exists info/removed-staging.yaml
	git config --list --local >../out
	lacks "procreceive" ../out
	lacks "upgradeplatform" ../out
	lacks "hookspath" ../out
	is refs/upgrade "$(git config --get-all receive.hideRefs)"
	git for-each-ref --format="%(refname)" >../refs
	same - ../refs <<-\EOT
	refs/heads/production
	refs/upgrade/ledger/production
	refs/upgrade/ledger/staging
	EOT
	missing "$SRV/staging/current" "$SRV/staging/shared"
	git fsck --no-dangling
	cd ../prod
	expect_code 2 git upgrade platform repair "$WORK_PLATFORM" 2>../err
	has "is no platform" ../err
	git push -q platform staging
	expect_code 1 git push platform :refs/upgrade/ledger/staging
	expect_code 2 remove --yes 2>../err
	has "is no platform" ../err
'

story 'who wants to know is told, also of the last' '
	WORK_PLATFORM=$WORK/told.git SRV=$WORK/told-srv
	draw_clone told
	cd told
	draw_platform
	printf "notify:\n  on: [removed]\n  run: [sh, -c, cat >>%s]\n" \
		"$WORK/told.txt" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade push
	platform_idle
	expect_code 0 remove --yes --reason="sold" >../out 2>../err
	has "\"event\": *\"removed\"" ../told.txt
	has "\"detail\": *\"sold\"" ../told.txt
	missing "$WORK_PLATFORM/upgrade"
'

story 'as long as the backup of the last upgrade is there it stays' '
	WORK_PLATFORM=$WORK/kept.git SRV=$WORK/kept-srv
	STORE=$WORK/kept-store
	rm -f platform.yaml
	draw_backups kept
	cd kept
	backups_are "{before_upgrade: true, blocks: true}"
	adopt v1.1.0
	git upgrade push
	platform_idle
	id=$(newest_backup)
	expect_code 2 remove --yes >../out 2>../err
	has "backup $id of the upgrade v1.0.0 -> v1.1.0 is kept until 20.* UTC, and until it is gone production is not torn down$" ../err
	has "^hint: wait until then; or .*git upgrade backup delete production $id" ../err
	has "^Nothing was changed.$" ../err
	expect_code 0 later +49h -n >../out 2>../err
	has "^  stays      1 backup in $STORE (--with-backups)$" ../err
	has "^  stays      what runs: no step stops it (as: stop)$" ../err
	expect_code 2 later +49h --yes --with-backups \
		--env=production --env=x >../out 2>../err
	mv "$STORE" "$STORE.away"
	expect_code 2 later +49h --yes --with-backups >../out 2>../err
	has "production has 1 backup, and their store $STORE is not there" ../err
	has "^Nothing was changed.$" ../err
	mv "$STORE.away" "$STORE"
	expect_code 0 later +49h --yes --with-backups >../out 2>../err
	is "" "$(backup_ids)"
	missing "$STORE/production/$id"
	is removed "$(last_event event)"
	is backup-deleted "$(last_event event --skip=1)"
	# Steps made these.
	exists "$SRV/db" "$SRV/serving"
	missing "$SRV/current" "$SRV/releases" "$SRV/.platform"
'

story 'a folder that another platform deploys to is left alone' '
	WORK_PLATFORM=$WORK/one.git SRV=$WORK/one-srv
	draw_clone one
	cd one
	draw_platform
	git upgrade push
	platform_idle
	cp -a "$WORK/one.git" "$WORK/two.git"
	find "$SRV" | sort >../before
	WORK_PLATFORM=$WORK/two.git
	expect_code 0 remove --yes >../out 2>../err
	has "^  stays      $SRV: it is where .$WORK/one.git. deploys to$" ../err
	find "$SRV" | sort | same ../before -
	missing ../two.git/hooks
	exists ../one.git/hooks/proc-receive
'

story 'what a worker that was killed has left goes, too' '
	WORK_PLATFORM=$WORK/killed.git SRV=$WORK/killed-srv
	draw_clone killed
	cd killed
	draw_platform
	git upgrade push
	put blocks x
	commit "It takes long"
	git push -q -o upgrade-no-follow platform production
	wait_for 20 building "$(git rev-parse HEAD)"
	kill_workers
	wait_for 20 no_workers
	find "$SRV/releases" -name "*.building" >../marks
	is 1 "$(wc -l <../marks)"
	expect_code 0 remove --yes --reason="see https://me:hush@there" \
		>../out 2>../err
	missing "$SRV/releases" "$SRV/current" "$SRV/.interrupted"
	lacks "hush" - <<-EOT
	$(last_event detail)
	EOT
	has "^see https" - <<-EOT
	$(last_event detail)
	EOT
'

story 'what it verified before says nothing of one of the same name' '
	WORK_PLATFORM=$WORK/again.git SRV=$WORK/again-srv
	rm -f platform.yaml plain.yaml
	draw_promotion again
	platform_idle
	git push -q platform production:refs/heads/other
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../whole.yaml
	sed "/promotes_from/,\$d" ../whole.yaml \
		>"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 remove --yes --env=staging >../out 2>../err
	cp ../whole.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade platform init "$WORK_PLATFORM"
	expect_code 2 git upgrade promote staging production >../out 2>../err
	has "staging is at .*, which" ../err
'

done_testing
