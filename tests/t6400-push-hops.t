#!/bin/sh
#
# git upgrade push of several hops, to a real platform: one by one, each
# verified before the next, and gone on with where it stopped.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

# draw_shop NAME: in the folder NAME a clone and its platform, which deploys
# v1.0.0; a step fails while the server has a file strike.RELEASE
draw_shop()
{
	mkdir "$1"
	draw_clone "$1/shop" || return 1
	WORK_PLATFORM=$WORK/$1/platform.git
	SRV=$WORK/$1/srv
	cd "$1/shop" || return 1
	git config upgrade.path connected-minor
	write_profile ../profile.yaml
	draw_edit ../profile.yaml \
		's|test ! -e broken|test ! -e broken -a ! -e ../../strike.$UPGRADE_RELEASE|'
	git upgrade platform init --profile="$PWD/../profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM" >../out 2>&1 || return 1
	git remote add platform "$2$WORK_PLATFORM"
	git upgrade push >../out 2>../err || return 1
	deployed v1.0.0
}

# A release more, so that there are three hops to it
draw_generic upstream
git -C upstream checkout -q -b release/2.1 v2.0.0
put upstream/VERSION 2.1.0
commit 'Version 2.1.0' -C upstream
git -C upstream tag v2.1.0
git -C upstream checkout -q main

# pushed: the releases the ledger has seen deployed, oldest first
pushed()
{
	git upgrade log --no-fetch --json production >../log
	perl -MJSON::PP -e '
		local $/;
		my $j = decode_json(<STDIN>);
		my $list = ref $j eq "HASH" ? $j->{events} : $j;
		print join(" ", map { "$_->{event}:$_->{release}" }
			grep { $_->{event} =~ /^(deployed|failed)$/ }
			reverse @$list), "\n"' <../log
}

# hops FIELD: of the outcome as JSON
hops()
{
	perl -MJSON::PP -e '
		local $/;
		my $j = decode_json(<STDIN>);
		print join(" ", map { $_->{$ARGV[0]} // "-" }
			@{$j->{hops}}), "\n"' "$1"
}

# go_through NAME: the stories, in NAME/shop
go_through()
{
	here="WORK_PLATFORM=\$WORK/$1/platform.git SRV=\$WORK/$1/srv
		cd $1/shop"
	story "$1: what would be pushed: every hop is judged, none is sent" "
		$here"'
		git upgrade merge --no-edit --path v2.1.0
		events >../before
		expect_code 0 git upgrade push -n >../out 2>../err
		has "^production: 3 hops, each verified before the next: v1.1.1 (.*), v2.0.0 (.*), v2.1.0 (" ../err
		has "^production: v1.0.0 -> v1.1.1 (.......) to " ../err
		has "^production: v2.0.0 -> v2.1.0 (.......) to " ../err
		is 3 "$(grep -c "legal-hop ok" ../err)"
		has "^Would be pushed, one by one.$" ../err
		events >../after
		same ../before ../after
	'
	story "$1: not without waiting" "
		$here"'
		expect_code 2 git upgrade push --no-wait >../out 2>../err
		has "^error: 3 hops are to be pushed, and each waits" ../err
		has "^hint: leave --no-wait away" ../err
		has "^Nothing was changed.$" ../err
		deployed v1.0.0
	'
	story "$1: a later hop that is refused: nothing is pushed" "
		$here"'
		git rev-parse HEAD >../tip
		put settings.ini "<<<<<<< ours" one "=======" two ">>>>>>> theirs"
		commit "Forgotten"
		expect_code 2 git upgrade push >../out 2>../err
		has "^production: v2.0.0 -> v2.1.0" ../err
		has "^error: markers: " ../err
		has "^Nothing was changed.$" ../err
		deployed v1.0.0
		git reset -q --hard "$(cat ../tip)"
	'
	story "$1: the second of three fails: 3, and the first serves" "
		$here"'
		: >"$SRV/strike.v2.0.0"
		expect_code 3 git upgrade push --json >../out 2>../err
		has "^error: production: the deploy of v2.0.0 (.*) failed: .*; v1.1.1 (.*) still serves$" ../err
		has "^hint: 1 more hop was not pushed; try the same commit again, and go on, with .git upgrade push --retry production.$" ../err
		has "^hint: .*git reset --keep $(git rev-parse --short=12 HEAD^1)" ../err
		has "git upgrade merge --path v2.1.0" ../err
		lacks "Nothing was changed" ../err
		deployed_was=$(cat "$SRV/current/VERSION")
		is 1.1.1 "$deployed_was"
		is "verified failed -" "$(hops outcome <../out)"
		is "v1.1.1 v2.0.0 -" "$(hops release <../out)"
		is "$(git rev-parse HEAD~2) $(git rev-parse HEAD~1) $(git rev-parse HEAD)" \
			"$(hops commit <../out)"
		is "$(git rev-parse HEAD~1)" \
			"$(git -C "$WORK_PLATFORM" rev-parse production)"
	'
	story "$1: again without a retry: what failed stays failed" "
		$here"'
		expect_code 3 git upgrade push >../out 2>../err
		has "^production: 2 hops, each verified before the next: v2.0.0 (.*), v2.1.0 (" ../err
		has "git upgrade push --retry" ../err
		is 1.1.1 "$(cat "$SRV/current/VERSION")"
	'
	story "$1: with one it goes on to the end, and repeats nothing" "
		$here"'
		rm "$SRV/strike.v2.0.0"
		expect_code 0 git upgrade push --retry >../out 2>../err
		is 2 "$(grep -c "^Deployed and verified in" ../err)"
		deployed v2.1.0
		is "deployed:v1.0.0 deployed:v1.1.1 failed:v2.0.0 deployed:v2.0.0 deployed:v2.1.0" \
			"$(pushed)"
		expect_code 0 git upgrade push >../out 2>../err
		has "^Up to date: deployed and verified" ../err
		lacks "hops, each" ../err
	'
}

(draw_shop file "") >out 2>&1 || { cat out; echo 'Bail out! no platform'; exit 1; }
go_through file

if have_ssh && start_ssh &&
	(draw_shop ssh "$SSH_URL") >out 2>&1
then
	go_through ssh
else
	skip 'ssh' 'no sshd or ssh'
fi

here='WORK_PLATFORM=$WORK/more/platform.git SRV=$WORK/more/srv
	cd more/shop'
(draw_shop more "") >out 2>&1

story 'a fix travels with the hop it was made for' "
	$here"'
	git upgrade merge --no-edit v1.1.1
	put own.txt fixed
	commit "Fix what v1.1.1 broke"
	git upgrade merge --no-edit --path v2.1.0
	put own.txt "fixed again"
	commit "Fix what v2.1.0 broke"
	expect_code 0 git upgrade push --json >../out 2>../err
	is "$(git rev-parse HEAD~3) $(git rev-parse HEAD~2) $(git rev-parse HEAD)" \
		"$(hops commit <../out)"
	is "Fix what v1.1.1 broke" "$(git log -1 --format=%s HEAD~3)"
	is "verified verified verified" "$(hops outcome <../out)"
	is "fixed again" "$(cat "$SRV/current/own.txt")"
	is "deployed:v1.0.0 deployed:v1.1.1 deployed:v2.0.0 deployed:v2.1.0" \
		"$(pushed)"
'

story 'a hop that cannot be deployed: mended right behind it' '
	cd "$WORK"
	draw_shop mend ""
	cd "$WORK/mend/shop"
	git upgrade merge --no-edit v1.1.1
	put broken yes
	commit "Break it"
	git upgrade merge --no-edit --path v2.1.0
	expect_code 3 git upgrade push >../out 2>../err
	has "the deploy of v1.1.1 (.*) failed: .*; v1.0.0 (.*) still serves" \
		../err
	has "^hint: 2 more hops were not pushed" ../err
	# As the hint says
	keep=$(sed -n "s/.*git reset --keep \([0-9a-f]*\).*/\1/p" ../err)
	git reset -q --keep "$keep"
	git rm -q broken
	commit "Mend it"
	git upgrade merge --no-edit --path v2.1.0
	expect_code 0 git upgrade push >../out 2>../err
	deployed v2.1.0
	is "deployed:v1.0.0 failed:v1.1.1 deployed:v1.1.1 deployed:v2.0.0 deployed:v2.1.0" \
		"$(pushed)"
'

story 'an upgrade that was taken back again is no hop' '
	cd "$WORK"
	draw_shop back ""
	cd "$WORK/back/shop"
	git upgrade merge --no-edit v1.1.1
	tick
	git revert --no-edit -m 1 HEAD
	git upgrade merge --no-edit v1.0.1
	expect_code 0 git upgrade push >../out 2>../err
	lacks "hops, each" ../err
	deployed v1.0.1
'

story 'what is deployed but no longer verified comes first' '
	WORK_PLATFORM=$WORK/back/platform.git SRV=$WORK/back/srv
	cd "$WORK/back/shop"
	git rev-parse HEAD >../former
	put "$SRV/serving" 9.9.9
	expect_code 3 git upgrade verify
	is "" "$(ref verified/production)"
	git upgrade merge --no-edit v1.1.1
	expect_code 3 git upgrade push >../out 2>../err
	has "^error: production: v1.0.1 (.*) is deployed, but not verified" \
		../err
	has "git upgrade verify production" ../err
	is "$(cat ../former)" \
		"$(git -C "$WORK_PLATFORM" rev-parse production)"
	put "$SRV/serving" 1.0.1
	git upgrade verify
	expect_code 0 git upgrade push
	deployed v1.1.1
'

story 'interrupted in the first hop: 4, and the rest is left for later' '
	cd "$WORK"
	draw_shop halt ""
	mkfifo "$SRV/go"
	cd "$WORK/halt/shop"
	put blocks yes
	commit "Block"
	git upgrade merge --no-edit v1.1.1
	git rm -q blocks
	git commit -q -m "Block no longer"
	git reset -q --hard HEAD~1
	git upgrade merge --no-edit v2.0.0
	git rm -q blocks
	git commit -q -m "Block no longer"
	setsid git-upgrade push >../out 2>../err &
	push=$!
	wait_for 20 building "$(git rev-parse --short=7 HEAD~2)"
	kill -TERM "-$push"
	rc=0
	wait "$push" || rc=$?
	is 4 "$rc"
	has "^Detached; the deploy of production goes on.$" ../err
	git upgrade status >../out 2>../err
	has "production: $(git rev-parse --short=7 HEAD~2) was pushed, and its \
deploy has not ended; wait for it with .git upgrade push production.$" ../err
	lacks "not what is deployed" ../err
	let_go
	platform_idle
	git upgrade status >../out 2>../err
	lacks "has not ended" ../err
	is 1.1.1 "$(cat "$SRV/current/VERSION")"
	expect_code 0 git upgrade push >../out 2>../err
	lacks "hops, each" ../err
	deployed v2.0.0
'

done_testing
