#!/bin/sh
# What a deploy goes by is what stands when its turn has come, and what it
# says when it is refused is for a host.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# first_blocks: a deploy is under way, its number in $first
first_blocks()
{
	(
		cd "$WORK/prod"
		put blocks "$1"
		publish "Blocks $1"
	)
	git pull -q
	git-upgrade deploy >../out1 2>../err1 &
	first=$!
	wait_for 20 running
}

# second_waits: and another one behind it, in $second
second_waits()
{
	rm -f ../err2
	git-upgrade deploy >../out2 2>../err2 &
	second=$!
	wait_for 20 grep -q "waiting for its end" ../err2
}

# pull_next: what is pulled meanwhile, so that the first fails and the second
# has work
pull_next()
{
	(
		cd "$WORK/prod"
		git rm -q blocks
		publish "$1"
	)
	git pull -q
}

story 'a profile that changed meanwhile is the one that is run' '
	draw_host
	cd host
	git upgrade deploy -q
	first_blocks one
	second_waits
	sed "s|^    - name: build|    - name: added\n      run: [touch, $WORK/added]\n&|" \
		../profile.yaml >../next.yaml
	cp ../next.yaml ../profile.yaml
	pull_next Next
	go
	ended "$first" 3
	ended "$second" 0
	exists ../added
	serves v1.0.0
'

story 'a setting that changed meanwhile is the one that counts' '
	cd host
	first_blocks two
	rm ../added
	second_waits
	sed "/name: added/,+1d" ../profile.yaml >../other.yaml
	git config upgrade.profile "$WORK/other.yaml"
	pull_next Other
	go
	ended "$first" 3
	ended "$second" 0
	missing ../added
	serves v1.0.0
	git config upgrade.profile "$WORK/profile.yaml"
'

story 'another branch was checked out meanwhile: refused' '
	cd host
	first_blocks three
	second_waits
	git checkout -q -b elsewhere
	go
	ended "$first" 0
	ended "$second" 2
	has "branch .production. of environment production is not checked" \
		../err2
	has "^Nothing was changed.$" ../err2
	git checkout -q production
	git branch -q -d elsewhere
	pull_next Back
	git upgrade deploy -q
	serves v1.0.0
'

story 'a configuration that cannot be read any more: said, not run' '
	cd host
	first_blocks four
	rm -f ../err2
	git-upgrade deploy --json >../out2 2>../err2 &
	second=$!
	wait_for 20 grep -q "waiting for its end" ../err2
	git config upgrade.path nonsense
	pull_next Unreadable
	go
	ended "$first" 3
	ended "$second" 128
	has "^fatal: git config upgrade.path: " ../err2
	git config --unset upgrade.path
	git upgrade deploy -q
	serves v1.0.0
'

story 'history that was rewritten: words for a host, that help' '
	(
		cd prod
		git reset -q --hard HEAD~1
		put other.txt x
		git add -A
		tick
		git commit -q -m Rewritten
		git push -q -f plain production
	)
	cd host
	git fetch -q
	git reset -q --hard FETCH_HEAD
	was=$(here deployed/production)
	expect_code 2 git upgrade deploy >../out 2>../err
	has "fast-forward: production does not have what is deployed here" \
		../err
	has "^hint: bring it back with .git merge $(git rev-parse --short=7 \
		"$was")., and deploy again" ../err
	has "git revert" ../err
	lacks "push" ../err
	has "^Nothing was changed.$" ../err
	git merge -q --no-edit "$was" >../out 2>&1
	expect_code 0 git upgrade deploy >../out 2>../err
	serves v1.0.0
'

story 'conflict markers: no word of a push either' '
	cd host
	put own.txt "<<<<<<< HEAD" "a" "=======" "b" ">>>>>>> other"
	commit Markers
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: markers: " ../err
	lacks "push" ../err
'

done_testing
