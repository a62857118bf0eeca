#!/bin/sh
#
# A host is killed right before a change that its deploy makes to a file, any
# change: the next one deploys and publishes all the same, and nothing that was
# recorded is lost. Here it is every 25th change, or every KILL_STEPth; `make
# check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
: "${KILL_STEP:=25}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# refs_of DIR: the evidence there
refs_of()
{
	git -C "$1" for-each-ref --format="%(refname) %(objectname)" \
		refs/upgrade/ledger refs/upgrade/deployed \
		refs/upgrade/verified refs/upgrade/failed
}

# A host whose repository to pull from is in its own git folder, so that each
# copy has one of its own.
seed_host()
{
	draw_host
	git -C host config upgrade.environments.production.deploy pull
	sed -i "s|$SERVING|.git/serving|; s|^    - name: build|&ing|" \
		profile.yaml
	sed -i "s|test ! -e blocks .*|true|" profile.yaml
	mv plain.git host/.git/plain.git
	git -C host remote set-url origin .git/plain.git
	git -C host upgrade deploy -q
	refs_of host >before
	cp -a host "$1"
	git -C "$1" commit -q --allow-empty -m More
	git -C "$1" push -q --no-verify origin production
	git -C "$1" pack-refs --all
}

# What the remote's own git left there is not for us to clear away.
of_deploy()
{
	find .git/plain.git -name "*.lock" -delete
	# One that failed for good is tried again when that is asked for.
	retry=
	[ "$code" != 3 ] || retry=--retry
	expect_code 0 git upgrade deploy -q $retry >../out 2>../err
	is "" "$(cat ../out ../err)"
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/upgrade/verified/production)"
	refs_of . >../here
	refs_of .git/plain.git >../there
	same ../here ../there
	git merge-base --is-ancestor \
		"$(sed -n "s|refs/upgrade/ledger/production ||p" \
		"$WORK/before")" refs/upgrade/ledger/production
	# Between the record and the note that service is up: once more.
	git log --format=%s refs/upgrade/ledger/production >../events
	times=$(grep -c "^deployed.* $(git rev-parse --short=7 HEAD)" ../events)
	test "$times" -le 2
	git fsck --strict
	git -C .git/plain.git fsck --strict
	find .git/upgrade/here -name ".*.building" >../markers
	same /dev/null ../markers
}

story 'a host with a commit to deploy, and one that has deployed it' '
	seed_host seed
	cp -a seed deployed
	git -C deployed -c upgrade.stateRemote=. upgrade deploy -q
'

kill_story 'killed in a deploy' '
	sweep seed of_deploy git-upgrade deploy -q
'

kill_story 'killed alone, while what it started goes on' '
	sweep seed -a of_deploy git-upgrade deploy -q
'

kill_story 'killed while it publishes what is deployed' '
	sweep deployed of_deploy git-upgrade deploy -q
'

# It says so, in its words or in the log of the deploy, and the next one makes
# it good.
of_failure()
{
	case $code in
	0 | 126)
		;;
	3 | 4 | 128)
		lacks "killed" ../said
		has "^error: \|^fatal: " ../said
		;;
	*)
		tap_say "ended with $code"
		return 1
		;;
	esac
	of_deploy
}

for error in ENOSPC EIO EROFS
do
	kill_story "a deploy on a disk that fails with $error" '
		sweep seed -e $error of_failure git-upgrade deploy -q
	'
done

# The remote has a ledger that this host lacks: it was set up anew.
kill_story 'killed while it goes on with a ledger that is there' '
	cp -a deployed anew
	git -C anew -c upgrade.stateRemote=. upgrade verify 2>err
	tip=$(git -C anew rev-parse refs/upgrade/ledger/production)
	git -C anew/.git/plain.git log -1 \
		--format=%H refs/upgrade/ledger/production >theirs
	tree=$(git -C anew rev-parse "$tip^{tree}")
	new=$(git -C anew cat-file commit "$tip" | sed 1,/^$/d |
		git -C anew commit-tree "$tree")
	git -C anew update-ref refs/upgrade/ledger/production "$new"
	rm anew/.git/upgrade/here/production/.published
	of_anew()
	{
		find .git/plain.git -name "*.lock" -delete
		expect_code 0 git upgrade deploy -q >../out 2>../err
		refs_of . >../here
		refs_of .git/plain.git >../there
		same ../here ../there
		git merge-base --is-ancestor "$(cat "$WORK/theirs")" \
			refs/upgrade/ledger/production
		git fsck --strict
	}
	sweep anew of_anew git-upgrade deploy -q
'

done_testing
