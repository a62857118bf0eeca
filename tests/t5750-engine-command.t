#!/bin/sh
# An environment that a program deploys: push has it done, verifies, and tells
# everybody.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"

# asked WORD: how often the program was asked for that
asked()
{
	grep -c "^$1" "$ENGINE/asked" || :
}

# change NAME: a commit
change()
{
	put "$1.txt" "$1"
	commit "$1"
}

story 'a program that ends when the deploy has: 0, and everybody can read it' '
	draw_engine
	programs
	behave ok
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	has "^production: v1.0.0 ($(short HEAD)) to .*/plain.git$" ../err
	has "^deploying v1.0.0 to production$" ../err
	has "^that was it$" ../err
	has "^  verify     platform ok, log ok, version v1.0.0 ok, health 2/2$" \
		../err
	has "^Deployed and verified in 0:0" ../err
	is "deploy $(git rev-parse HEAD)" "$(cat "$ENGINE/asked")"
	is "$(git rev-parse HEAD)" "$(state deployed)"
	is "$(git rev-parse HEAD)" "$(state verified)"
	is client "$(told by)"
	is deployed "$(told event)"
	is "Olga Operator <olga@ops.example>" "$(told who)"
	is 2 "$(events)"
	git -C ../plain.git for-each-ref refs/upgrade >../there
	git for-each-ref refs/upgrade/ledger refs/upgrade/deployed \
		refs/upgrade/verified >../here
	sort -k 3 ../there >../there.sorted
	sort -k 3 ../here >../here.sorted
	same ../here.sorted ../there.sorted
'

story 'up to date is no deploy' '
	cd prod
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified, .* ago.$" ../err
	is 1 "$(asked deploy)"
	expect_code 2 git upgrade push --retry >../out 2>../err
	has "nothing of production failed" ../err
'

story 'status, log and verify tell it, in JSON too' '
	cd prod
	expect_code 0 git upgrade status >../out 2>../err
	has "^production *v1.0.0 *v1.0.0 *v1.0.0 .*ago" ../out
	has "^production runs v1.0.0 ($(short HEAD)), deployed" ../out
	lacks "known only here" ../out
	expect_code 0 git upgrade status --json >../out 2>../err
	is engine "$(field runs)"
	is true "$(field published)"
	expect_code 0 git upgrade log production >../out 2>../err
	has "deployed  *v1.0.0" ../out
	expect_code 0 git upgrade verify >../out 2>../err
	has "^  verify     platform ok, log ok, version v1.0.0 ok" ../err
	has "^production: v1.0.0 ($(short HEAD)) is verified.$" ../err
	is verified "$(told event)"
	expect_code 0 git upgrade push --json >../out 2>../err
	is command "$(field deploy)"
	has "\"outcome\": \"verified\"" ../out
'

story 'another clone knows what was deployed, and does not do it again' '
	git clone -q -b production plain.git other
	cd other
	git remote add origin-upstream ../upstream
	git config upgrade.upstream origin-upstream
	git config upgrade.profile ../profile.yaml
	git fetch -q origin-upstream "refs/tags/*:refs/tags/*"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs v1.0.0 ($(short HEAD)), deployed" ../out
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified" ../err
	is 1 "$(asked deploy)"
'

story 'it fails: 3, what it said, and it is not tried again by itself' '
	cd prod
	change one
	behave fail
	expect_code 3 git upgrade push >../out 2>../err
	has "^error: disk full$" ../err
	has "^no space left there$" ../err
	has "^error: production: the deploy of v1.0.0 ($(short HEAD)) failed: exit code 3: no space left there; v1.0.0 ($(short HEAD~1)) still serves$" \
		../err
	has "^hint: push a fix, or try the same commit again with .git upgrade push --retry production" \
		../err
	is failed "$(told event)"
	is "$(git rev-parse HEAD)" "$(state failed)"
	is "$(git rev-parse HEAD~1)" "$(state verified)"
	expect_code 3 git upgrade push >../out 2>../err
	is 2 "$(asked deploy)"
	expect_code 0 git upgrade status >../out 2>../err
	has "$(short HEAD) failed" ../out
'

story 'what it said can be seen again, and diagnosed, where it was pushed' '
	cd prod
	git upgrade log --output --failed production >../out 2>../err
	has "^no space left there$" ../out
	put ../own.yaml "format: 1" "failures:" \
		"  full: {pattern: \"space left there\"," \
		"    means: the volume is full}"
	cp ../own.yaml .git/info/gitupgrade.yaml
	expect_code 0 git upgrade diagnose production >../out 2>../err
	has "^full: the volume is full" ../out
	rm .git/info/gitupgrade.yaml
	cd ../other
	expect_code 2 git upgrade diagnose production >../out 2>../err
	has "there is no log here of a deploy of production that failed" ../err
	has "git upgrade log production" ../err
'

story 'a retry has it done again' '
	cd prod
	behave ok
	expect_code 0 git upgrade push --retry >../out 2>../err
	has "^Deployed and verified in" ../err
	is 3 "$(asked deploy)"
	is "" "$(state failed)"
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'deployed and not healthy: 3, and verify finds out later' '
	cd prod
	change two
	: >"$ENGINE/sick"
	expect_code 3 git upgrade push >../out 2>../err
	has "^  verify     platform ok, log ok, version v1.0.0 ok, health 0/2$" \
		../err
	has "^error: production: v1.0.0 ($(short HEAD)) is deployed, but not verified: health 0/2" \
		../err
	is "$(git rev-parse HEAD)" "$(state deployed)"
	is "" "$(state verified)"
	expect_code 3 git upgrade verify >../out 2>../err
	rm "$ENGINE/sick"
	expect_code 0 git upgrade verify >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	is 4 "$(asked deploy)"
'

story 'another version answers: not verified' '
	cd prod
	change three
	echo v0.9.0 >"$ENGINE/version"
	expect_code 3 git upgrade push >../out 2>../err
	has "not verified: version probe: it does not say \"v1.0.0\"" ../err
	echo v1.0.0 >"$ENGINE/version"
	expect_code 0 git upgrade push --retry >../out 2>../err
'

story 'Ctrl-C leaves it running; the next push waits for its end' '
	cd prod
	change four
	behave block
	rm -f ../err
	git-upgrade push >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^Waiting for the deploy of production" ../err
	kill -INT "$pusher"
	code=0
	wait "$pusher" || code=$?
	is 4 "$code"
	has "^Detached; the deploy of production goes on.$" ../err
	has "git upgrade verify production" ../err
	asked deploy >../times
	expect_code 4 git upgrade verify >../out 2>../err
	has "the deploy of $(short HEAD) has not ended yet" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: a deploy of $(short HEAD) was begun" ../out
	has "ask once with .git upgrade verify production" ../err
	expect_code 4 git upgrade push --timeout 1s >../out 2>../err
	has "is not deployed yet, and the time is up" ../err
	timeout 20 sh -c ": >\"\$ENGINE/go\""
	expect_code 0 git upgrade push >../out 2>../err
	has "^that was it$" ../err
	has "^Deployed and verified in" ../err
	asked deploy >../times.after
	same ../times ../times.after
'

story 'another commit waits for the end of what was begun' '
	cd prod
	change five
	behave block
	expect_code 4 git upgrade push --no-wait >../out 2>../err
	change six
	expect_code 2 git upgrade push >../out 2>../err
	has "the deploy of $(short HEAD~1) is under way, and $(short HEAD) would meet it" \
		../err
	has "^Nothing was changed.$" ../err
	is "$(git rev-parse HEAD~1)" "$(git -C ../plain.git rev-parse production)"
	timeout 20 sh -c ": >\"\$ENGINE/go\""
	behave ok
	wait_for 20 grep -q . .git/upgrade/deploys/production/result
	expect_code 0 git upgrade push >../out 2>../err
	is "$(git rev-parse HEAD)" "$(state verified)"
	git log --format=%s refs/upgrade/ledger/production >../subjects
	has "^deployed v1.0.0 $(short HEAD~1)" ../subjects
'

story 'who is killed in between loses nothing' '
	cd prod
	change seven
	behave block
	rm -f ../err
	git-upgrade push >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^Waiting for the deploy of production" ../err
	kill -KILL "$pusher"
	wait "$pusher" || :
	timeout 20 sh -c ": >\"\$ENGINE/go\""
	asked deploy >../times
	expect_code 0 git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	asked deploy >../times.after
	same ../times ../times.after
	is "$(git rev-parse HEAD)" "$(state verified)"
'

story 'what another clone has begun is not begun twice' '
	cd prod
	change eight
	behave block
	expect_code 4 git upgrade push --no-wait >../out 2>../err
	wait_for 20 grep -q "^deploy $(git rev-parse HEAD)" "$ENGINE/asked"
	asked deploy >../times
	cd ../other
	git pull -q --ff-only
	expect_code 4 git upgrade push >../out 2>../err
	has "the deploy of $(short HEAD) was begun from another clone (by Olga Operator <olga@ops.example>, [0-9]*s ago)" \
		../err
	has "push --retry production" ../err
	asked deploy >../times.after
	same ../times ../times.after
	timeout 20 sh -c ": >\"\$ENGINE/go\""
	cd ../prod
	expect_code 0 git upgrade push >../out 2>../err
	cd ../other
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified" ../err
	asked deploy >../times.after
	same ../times ../times.after
'

story 'two who begin at the same moment: the one who recorded first does it' '
	cd other
	git pull -q --ff-only
	git commit -q --allow-empty -m nine
	git push -q
	behave ok
	printf "pushed v1.0.0\n\n{\"event\":\"pushed\",\"env\":\"production\",\"commit\":\"%s\",\"who\":\"Otto <otto@ops.example>\",\"by\":\"client\",\"outcome\":\"ok\"}\n" \
		"$(git rev-parse HEAD)" >../message
	git -C ../plain.git commit-tree -F ../message \
		-p refs/upgrade/ledger/production \
		"$(git -C ../plain.git mktree </dev/null)" >../first
	cat >../plain.git/hooks/pre-receive <<-EOT
	#!/bin/sh
	test -e "$WORK/first" || exit 0
	env -u GIT_QUARANTINE_PATH git update-ref \
		refs/upgrade/ledger/production "\$(cat "$WORK/first")"
	rm "$WORK/first"
	exit 1
	EOT
	chmod +x ../plain.git/hooks/pre-receive
	asked deploy >../times
	expect_code 4 git upgrade push >../out 2>../err
	missing ../first
	has "the deploy of $(git rev-parse --short=7 HEAD) was begun from another clone at the same moment (by Otto <otto@ops.example>)" \
		../err
	asked deploy >../times.after
	same ../times ../times.after
	expect_code 0 git upgrade push --retry >../out 2>../err
'
done_testing
