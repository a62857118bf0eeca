#!/bin/sh
#
# Killed while migrations are made: what was said is kept, so that --continue
# asks nothing and gives what an undisturbed run gives; --abort gives the state
# before. Here it is every 61st change, or every KILL_STEPth.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/migrations.sh"
: "${KILL_STEP:=61}"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# after SEED COMMAND...: the tree that leaves, in SEED.tree
after()
{
	after_name=$1
	rm -rf run
	cp -a "$1" run
	cd run
	git update-index -q --refresh || :
	shift
	"$@"
	git rev-parse "HEAD^{tree}" >"$WORK/$after_name.tree"
	cd "$WORK"
}

# went_back SEED: or it was over, with what it had to come to
went_back()
{
	if git upgrade merge --abort >../out 2>&1
	then
		kill_state >../state
		same "$WORK/before" ../state
	elif [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		has "no upgrade is in progress" ../out
	else
		is "$(cat "$WORK/$1.tree")" "$(git rev-parse "HEAD^{tree}")"
	fi
	kill_clean
}

# went_on SEED: without being told anything again
went_on()
{
	git upgrade merge --continue --no-edit >../out 2>&1 ||
		has "no upgrade is in progress" ../out
	if [ "$(git rev-parse HEAD)" = "$(cat "$WORK/before.head")" ]
	then
		kill_state >../state
		same "$WORK/before" ../state
	else
		is "$(cat "$WORK/$1.tree")" "$(git rev-parse "HEAD^{tree}")"
		git status --porcelain --ignored >../status
		same /dev/null ../status
	fi
	kill_clean
}

of_merge()
{
	fork_copy ../second
	went_back seed
	cd ../second
	went_on seed
}

of_path()
{
	fork_copy ../second
	went_back path
	cd ../second
	went_on path
}

of_continue()
{
	fork_copy ../second
	went_back resolved
	cd ../second
	went_on resolved
}

merge="git-upgrade merge --no-fetch --no-edit --set host=a.org"

story 'an upgrade that asks for something, and what it comes to' '
	draw_plant
	production
	migrations <<-\EOT
	host:
	  since: "2"
	  files: [ours/site.yml]
	  values: {host: }
	  edits:
	    - {set: site.name, value: "{host}"}
	    - {move: app/register.php, to: app/etc/register.php}
	more:
	  since: "3"
	  files: [ours/site.yml]
	  values: {more: }
	  edits: [{append: site.hosts, value: "{more}"}]
	EOT
	cat >>.git/info/gitupgrade.yaml <<-\EOT
	path:
	  rule: edges
	  edges: [{from: "1", to: "2"}, {from: "2", to: "3"}]
	EOT
	git upgrade fetch
	rm -f .git/hooks/*.sample
	git repack -q -a -d
	git pack-refs --all
	kill_state >"$WORK/before"
	git rev-parse HEAD >"$WORK/before.head"
	cd ..
	mv prod seed
	cp -a seed path
	after seed $merge 2.0.0
	after path $merge --set more=b.org --path 3.0.0
'

kill_story 'a merge with a value' '
	sweep seed of_merge $merge 2.0.0
'

kill_story 'a path with values for both hops' '
	sweep path of_path $merge --set more=b.org --path 3.0.0
'

story 'a conflict, resolved' '
	cp -a seed resolved
	cd resolved
	git update-index -q --refresh
	sed "s/^version: .*/version: ours/" plant.yml >../new
	cat ../new >plant.yml
	git commit -q -a -m "Our version"
	kill_state >"$WORK/before"
	git rev-parse HEAD >"$WORK/before.head"
	expect_code 1 $merge 2.0.0
	git checkout -q --theirs plant.yml
	git add plant.yml
	cd ..
	after resolved git upgrade merge --continue --no-edit
'

kill_story '--continue, which migrates' '
	sweep resolved of_continue git-upgrade merge --continue --no-edit
'

done_testing
