#!/bin/sh
#
# Who has an engine deploy is killed right before a change to a file, any
# change: what was begun is found again, what was not is begun, and nothing
# that was recorded is lost. Here it is every 15th change, or every KILL_STEPth;
# `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
: "${KILL_STEP:=15}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# refs_of DIR: the evidence there
refs_of()
{
	git -C "$1" for-each-ref --format="%(refname) %(objectname)" \
		refs/upgrade/ledger refs/upgrade/deployed \
		refs/upgrade/verified refs/upgrade/failed
}

# A clone whose remote, and whose program, are in its own git folder, so that
# each copy has them for itself; something was deployed before.
seed_clone()
{
	draw_engine
	DRIVER='command'
	drives 'ours:' '  command:' '    deploy:' \
		'      run: [.git/deployer, "{commit}"]'
	cat >prod/.git/deployer <<-\EOT
	#!/bin/sh
	echo "$1" >>.git/asked
	echo "deployed $1"
	EOT
	chmod +x prod/.git/deployer
	mv plain.git prod/.git/plain.git
	git -C prod remote set-url fork .git/plain.git
	git -C prod upgrade push
	git -C prod commit -q --allow-empty -m More
	refs_of prod >before
	: >prod/.git/asked
	git -C prod pack-refs --all
	cp -a prod "$1"
}

recorded()
{
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/upgrade/verified/production)"
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/upgrade/deployed/production)"
	refs_of . >../here
	refs_of .git/plain.git >../there
	same ../here ../there
	git merge-base --is-ancestor \
		"$(sed -n "s|refs/upgrade/ledger/production ||p" \
		"$WORK/before")" refs/upgrade/ledger/production
	git log --format=%s refs/upgrade/ledger/production >../events
	times=$(grep -c "^deployed.* $(git rev-parse --short=7 HEAD)" ../events)
	# Between the refs, of which git had moved some: once more.
	test "$times" -le 2
	git fsck --strict
	has "^stage ended" .git/upgrade/deploys/production/run
	missing .git/upgrade/deploys/production/output
}

# What the remote's own git left there is not for us to clear away, and what
# git itself left of its locks here is said by git.
clear_locks()
{
	find .git -name "*.lock" -delete
}

# All were killed, the program too: then it is a failure, to be tried again.
of_all()
{
	clear_locks
	git upgrade push >../out 2>../err && code=0 || code=$?
	if [ "$code" = 3 ]
	then
		has "the program that deploys was killed" ../err
		expect_code 0 git upgrade push --retry >../out 2>../err
	else
		is 0 "$code"
	fi
	recorded
}

# The command alone: nothing happens to the program, and it ran once.
of_command()
{
	clear_locks
	expect_code 0 git upgrade push >../out 2>../err
	recorded
	is "$(git rev-parse HEAD)" "$(cat .git/asked)"
}

story 'a clone with a commit to deploy' '
	seed_clone seed
'

kill_story 'all that runs is killed' '
	sweep seed of_all git-upgrade push
'

kill_story 'the command alone is killed' '
	sweep seed -a of_command git-upgrade push
'
done_testing
