#!/bin/sh
#
# Locks of environments: git upgrade lock, unlock, push --lock-wait, and what a
# push of several hops does by itself.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# what: each event of production, oldest first, in one line
what()
{
	git -C "$WORK_PLATFORM" log --reverse --format=%s \
		refs/upgrade/ledger/production >"$TRASH/tmp/subjects"
	sed 's/ .*//' "$TRASH/tmp/subjects" | tr '\n' ' ' | sed 's/ $//'
}

# request VERB [JSON]
request()
{
	request_blob=$(printf '%s' "${2-{\}}" | git hash-object -w --stdin)
	git push --porcelain platform \
		"$request_blob:refs/upgrade/request/$1/production" \
		>"$WORK/out" 2>"$WORK/err"
}

# colleague NAME: another operator's clone, with upstream's releases
colleague()
{
	git clone -q -o platform -b production "$WORK_PLATFORM" "$WORK/$1"
	git -C "$WORK/$1" remote add upstream "$WORK/upstream"
	git -C "$WORK/$1" fetch -q --tags upstream
	git -C "$WORK/$1" config upgrade.profile "$WORK/profile.yaml"
	git -C "$WORK/$1" config upgrade.upstream upstream
	git -C "$WORK/$1" config user.name "$2"
}

# as NAME COMMAND...: somebody else does it
as()
{
	as_who=$1
	shift
	GIT_AUTHOR_NAME=$as_who GIT_COMMITTER_NAME=$as_who "$@"
}

held()
{
	find "$1/.git/upgrade/held" -type f
}

story 'a platform that is locked, and who can tell' '
	draw_clone prod
	cd prod
	draw_platform
	expect_code 0 git upgrade push
	expect_code 0 git upgrade lock --reason="moving the shop" >../out 2>../err
	has "^Locked production: .git upgrade push. in this clone goes" ../err
	has "^hint: .*git upgrade unlock production" ../err
	is blob "$(git -C "$WORK_PLATFORM" cat-file -t refs/upgrade/locks/production)"
	is "deployed locked" "$(what)"
	is "moving the shop" "$(last_event detail)"
	is "Olga Operator" "$(last_event who | sed "s/ (.*//")"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is locked by Olga Operator.* since 20.*Z (.* ago): moving the shop (in this clone)$" ../out
	has "^hint: production: open it to others again with .git upgrade unlock production" ../err
	expect_code 0 git upgrade status --json >../out
	has "\"who\": \"Olga Operator" ../out
	has "\"why\": \"moving the shop\"" ../out
	has "\"ours\": true" ../out
	expect_code 0 git upgrade platform status "$WORK_PLATFORM" >../out
	has "^  locked       by Olga Operator.* ago): moving the shop$" ../out
	expect_code 0 git upgrade platform status --json "$WORK_PLATFORM" >../out
	has "\"why\": \"moving the shop\"" ../out
	expect_code 0 git upgrade log >../out
	has "^20.*  locked  *Olga Operator" ../out
	has "^  *moving the shop$" ../out
'

story 'locked again by the same clone: fine, and nothing is recorded' '
	cd prod
	expect_code 0 git upgrade lock >../out 2>../err
	has "^production is locked for this clone already, by Olga" ../err
	lacks "^warning" ../err
	expect_code 0 git upgrade lock --reason="lunch" >../out 2>../err
	has "^warning: the reason is not recorded, as production was locked" \
		../err
	is "deployed locked" "$(what)"
'

story 'everybody else is refused, told by whom, and what to do' '
	colleague carl "Carl Colleague"
	cd carl
	put carl.txt x
	commit "Of Carl"
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: lock: production is locked by Olga Operator.* since .* ago): moving the shop$" ../err
	has "^hint: .*git upgrade push --lock-wait production" ../err
	has "^hint: .*git upgrade unlock production --reason=TEXT" ../err
	has "^Nothing was changed.$" ../err
	expect_code 1 git push --no-verify --porcelain platform production \
		>../out 2>../err
	has "remote rejected\] (lock: production is locked by Olga Operator" \
		../out
	expect_code 1 git push --no-verify -o upgrade-lock=0123456789 \
		--porcelain platform production >../out 2>../err
	has "remote rejected\] (lock: " ../out
	expect_code 2 as "Carl Colleague" git upgrade lock >../out 2>../err
	has "^error: production is locked by Olga Operator" ../err
	has "^Nothing was changed.$" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is locked by Olga Operator.*: moving the shop$" ../out
	expect_code 0 git upgrade status --json >../out
	has "\"ours\": false" ../out
	is "deployed locked" "$(what)"
'

story 'other branches are nobody'\''s business' '
	cd carl
	expect_code 0 git push -q platform HEAD:topic
	expect_code 0 git push -q platform :topic
'

story 'to verify is allowed, to deploy again is not' '
	cd carl
	expect_code 0 git upgrade verify
	is verified "$(last_event event)"
	expect_code 1 request retry
	has "remote rejected\] (production is locked by Olga" ../out
	cd ../prod
	expect_code 1 request retry "{\"lock\": \"$(basename "$(held .)")\"}"
	has "nothing failed on production" ../out
'

story 'the clone that has the lock pushes, and keeps it' '
	cd prod
	put own.txt more
	commit "Of Olga"
	expect_code 0 git upgrade push >../out 2>../err
	has "^  gates .*lock ok" ../err
	has "^Deployed and verified" ../err
	put own.txt plain
	commit "By plain git"
	expect_code 1 git push platform production >../out 2>../err
	expect_code 0 git push -q -o "upgrade-lock=$(basename "$(held .)")" \
		platform production >../out 2>../err
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	expect_code 0 git upgrade status >../out 2>../err
	has "^production is locked by" ../out
'

story 'it need not wait for the deploy' '
	cd prod
	put blocks
	commit "Not waited for"
	expect_code 4 git upgrade push --no-wait >../out 2>../err
	is "$(git rev-parse HEAD)" \
		"$(git -C "$WORK_PLATFORM" rev-parse production)"
	let_go
	platform_idle
	git rm -q blocks
	commit "One option of several"
	expect_code 0 git push -q -o ci.skip -o upgrade-no-follow \
		-o "upgrade-lock=$(basename "$(held .)")" -o other \
		platform production
	platform_idle
'

story 'another work tree of the clone has it as well' '
	cd prod
	git checkout -q --detach
	git worktree add -q ../tree production
	cd ../tree
	put own.txt tree
	commit "In a work tree"
	expect_code 0 git upgrade push
	cd ../prod
	git worktree remove --force ../tree
	git checkout -q production
'

story 'what is written here is nobody else'\''s to read' '
	cd prod
	is 600 "$(stat -c %a "$(held .)")"
'

story 'unlocked by whom it was locked: no reason is asked for' '
	cd prod
	expect_code 0 git upgrade unlock -n >../out 2>../err
	has "^Would unlock production.$" ../err
	exists "$(held .)"
	expect_code 0 git upgrade unlock >../out 2>../err
	has "^Unlocked production.$" ../err
	is "" "$(ref locks/production)"
	is "" "$(git rev-parse -q --verify refs/upgrade/locks/production || :)"
	is "" "$(held .)"
	is unlocked "$(last_event event)"
	expect_code 0 git upgrade unlock >../out 2>../err
	has "^production is not locked.$" ../err
	expect_code 0 git upgrade status >../out 2>../err
	lacks "locked" ../out ../err
'

story 'a dry run locks nothing' '
	cd prod
	expect_code 0 git upgrade lock -n >../out 2>../err
	has "^Would lock production.$" ../err
	is "" "$(ref locks/production)"
'

story 'the lock of somebody else: with a reason, which is recorded' '
	cd prod
	expect_code 0 git upgrade lock --reason=holidays
	cd ../carl
	expect_code 2 git upgrade unlock >../out 2>../err
	has "^error: production is locked by Olga.*holidays; this clone does not have that lock$" ../err
	has "^hint: .*git upgrade unlock production --reason=TEXT" ../err
	has "^Nothing was changed.$" ../err
	expect_code 129 git upgrade unlock --reason=" " >../out 2>../err
	expect_code 0 git upgrade unlock -n --reason="she is ill" >../out 2>../err
	has "^Would take away the lock of production, by Olga" ../err
	exists "$WORK_PLATFORM/refs/upgrade/locks/production"
	expect_code 0 as "Carl Colleague" git upgrade unlock \
		--reason="she is ill" >../out 2>../err
	has "^Unlocked production, which was locked by Olga" ../err
	is "" "$(ref locks/production)"
	has "^the lock of Olga Operator.* was taken away: she is ill" - <<-EOT
	$(last_event detail)
	EOT
	is "Carl Colleague" "$(last_event who | sed "s/ (.*//")"
'

story 'who lost his lock is told by nobody, and nothing goes wrong' '
	cd prod
	expect_code 0 git upgrade unlock >../out 2>../err
	has "^production is not locked.$" ../err
	git merge -q --ff-only HEAD
	put own.txt later
	commit "Later"
	expect_code 0 git upgrade push
'

story 'only the lock that was seen is taken away' '
	cd prod
	expect_code 0 git upgrade lock
	cd ../carl
	expect_code 1 request unlock \
		"{\"breaks\": \"abcdefgh\", \"reason\": \"because\"}"
	has "remote rejected\] (production is locked by Olga" ../out
	expect_code 1 request unlock "{\"reason\": \"because\"}"
	expect_code 1 request unlock "{\"nonce\": \"abcdefgh\"}"
	exists "$WORK_PLATFORM/refs/upgrade/locks/production"
	cd ../prod
	git upgrade unlock
	expect_code 1 request unlock "{\"reason\": \"because\"}"
	has "(production is not locked)" ../out
	expect_code 0 request unlock "{\"nonce\": \"abcdefgh\"}"
'

story 'requests that make no sense are refused' '
	cd prod
	events >../before
	expect_code 1 request lock
	has "remote rejected\] (a lock needs a nonce" ../out
	expect_code 1 request lock "{\"nonce\": \"../../../config\"}"
	expect_code 1 request lock "{\"nonce\": \"a b c d e f\"}"
	expect_code 1 request lock "{\"nonce\": [\"abcdefgh\"]}"
	expect_code 1 request lock "{\"nonce\": \"$(printf %0100d 0)\"}"
	expect_code 1 git push --porcelain platform \
		HEAD:refs/upgrade/locks/production >../out 2>../err
	has "hidden ref" ../out
	is "" "$(ref locks/production)"
	events >../after
	same ../before ../after
'

# Of a pack of some 100 KB; git itself does not read what is so large.
# Sanitizers need more memory than this has, and so does valgrind, which stays
# away where files are limited.
if [ -z "${ASAN_OPTIONS-}" ]
then
	story 'one that is far too long is refused, and is not read' '
		cd prod
		git -C "$WORK_PLATFORM" config core.bigFileThreshold 1m
		head -c 100000000 /dev/zero >../zeros
		blob=$(git -c core.bigFileThreshold=1m hash-object -w ../zeros)
		rm ../zeros
		expect_code 1 sh -c "ulimit -f 999999 && \
			ulimit -v 100000 && exec git \
			-c core.bigFileThreshold=1m push --porcelain platform \
			$blob:refs/upgrade/request/lock/production" >../out 2>../err
		has "remote rejected\] (the request is too long)" ../out
		git -C "$WORK_PLATFORM" config --unset core.bigFileThreshold
		git prune --expire=now
	'
else
	skip 'one that is far too long' 'too little memory'
fi

story 'the same nonce twice is a retry, not a second lock' '
	cd prod
	expect_code 0 request lock "{\"nonce\": \"aaaabbbbcccc\", \"who\": \"x\"}"
	events >../before
	expect_code 0 request lock "{\"nonce\": \"aaaabbbbcccc\", \"who\": \"x\"}"
	events >../after
	same ../before ../after
	expect_code 1 request lock "{\"nonce\": \"aaaabbbbcccd\"}"
	expect_code 0 request unlock "{\"nonce\": \"aaaabbbbcccc\"}"
'

story 'what a client says of itself is one clean line, without secrets' '
	cd prod
	cat >../json <<-\EOT
	{"nonce": "aaaabbbbcccc", "who": "Eve\u001b[31m\nevil",
	 "why": "see https://eve:hunter2@example.com/x", "what": "x"}
	EOT
	request lock "$(cat ../json)"
	expect_code 0 git upgrade status >../out 2>../err
	has "locked by Eve?\[31m evil" ../out
	lacks "hunter2" ../out ../err
	expect_code 0 git upgrade log >../out
	lacks "hunter2" ../out
	git -C "$WORK_PLATFORM" cat-file -p refs/upgrade/locks/production >../out
	lacks "hunter2" ../out
	expect_code 0 git upgrade unlock --reason="who is Eve?"
'

story 'a lock nobody can read is a lock' '
	cd prod
	blob=$(echo "no JSON" | git -C "$WORK_PLATFORM" hash-object -w --stdin)
	git -C "$WORK_PLATFORM" update-ref refs/upgrade/locks/production "$blob"
	put own.txt unread
	commit "Unread"
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: lock: production is locked by somebody$" ../err
	expect_code 0 git upgrade unlock --reason="nobody can read it"
	expect_code 0 git upgrade push
'

story '--lock-wait gives up in time' '
	cd carl
	git reset -q --hard HEAD~1
	git pull -q --ff-only platform production
	put carl.txt again
	commit "Of Carl, again"
	git -C ../prod upgrade lock
	expect_code 2 git upgrade push --lock-wait=1s >../out 2>../err
	has "^production is locked by Olga Operator" ../err
	has "^Waiting for it" ../err
	has "^error: waited in vain: production is locked by Olga" ../err
	has "^Nothing was changed.$" ../err
	expect_code 129 git upgrade push --lock-wait=long >../out 2>../err
'

story '--lock-wait ends with Ctrl-C, and nothing was changed' '
	cd carl
	snapshot >../before
	setsid git-upgrade push --lock-wait >../out 2>../err &
	push=$!
	wait_for 20 grep -q "^Waiting for it" ../err
	kill -INT "$push"
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	has "^error: interrupted: production is locked by" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
'

story '--lock-wait, and nobody answers any more: what was said last is told' '
	cd carl
	git-upgrade push --lock-wait=3s >../out 2>../err &
	push=$!
	wait_for 20 grep -q "^Waiting for it" ../err
	mv "$WORK_PLATFORM" ../away
	rc=0
	wait "$push" || rc=$?
	mv ../away "$WORK_PLATFORM"
	is 2 "$rc"
	has "^warning: .*trying again$" ../err
	has "^error: waited in vain; when .platform. answered last: production is locked by Olga Operator.* since" ../err
'

story '--lock-wait goes on when it is free, and opens it again' '
	cd carl
	git-upgrade push --lock-wait=60 >../out 2>../err &
	push=$!
	wait_for 20 grep -q "^Waiting for it" ../err
	git -C ../prod upgrade unlock
	rc=0
	wait "$push" || rc=$?
	is 0 "$rc"
	has "^Deployed and verified" ../err
	is 1 "$(grep -c "^Waiting for it" ../err)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is "" "$(ref locks/production)"
	is "" "$(held .)"
'

story '--lock-wait, and the other one has pushed: whose came first, and how' '
	cd prod
	git pull -q --ff-only platform production
	expect_code 0 git upgrade lock
	cd ../carl
	put carl.txt third
	commit "Of Carl, third"
	git-upgrade push --lock-wait=60 >../carl.out 2>../carl.err &
	push=$!
	wait_for 20 grep -q "^Waiting for it" ../carl.err
	cd ../prod
	put own.txt quick
	commit "Quicker"
	git upgrade push
	git upgrade unlock
	rc=0
	wait "$push" || rc=$?
	is 2 "$rc"
	has "^error: $(git rev-parse --short=7 HEAD) by Olga Operator (Quicker) came first: production is there now, and yours lacks it$" ../carl.err
	has "^hint: .*git pull --no-rebase platform production.*git upgrade push production" ../carl.err
	has "^Nothing was changed.$" ../carl.err
	is "" "$(ref locks/production)"
	# As it says
	cd ../carl
	git pull -q --no-rebase --no-edit platform production
	expect_code 0 git upgrade push
'

# In place of git-receive-pack: it does as told, and then its answer is lost.
# What is told next is first done by the file `then`, if there is one.
if command -v perl >/dev/null
then
	cat >"$WORK/cut" <<-EOT
	#!/bin/sh
	test ! -e "$WORK/was-cut" || . "$WORK/then"
	: >"$WORK/was-cut"
	exec "$TESTS_DIR/lib/deaf-receive-pack" "\$@"
	EOT
	chmod +x "$WORK/cut"

	# while_cut CODE COMMAND...: over a connection that is cut each time
	while_cut()
	{
		rm -f "$WORK/was-cut"
		: >>"$WORK/then"
		git config remote.platform.receivepack "$WORK/cut"
		expect_code "$@" >"$WORK/out" 2>"$WORK/err"
		git config --unset remote.platform.receivepack
	}

	story 'no answer comes: what it says is what is there' '
		cd prod
		git pull -q --ff-only platform production
		while_cut 128 git upgrade lock
		has "^fatal: the lock of production could not be taken: the connection to .platform. was lost" ../err
		has "^Nothing was changed.$" ../err
		is "" "$(ref locks/production)"
		git upgrade lock
		while_cut 0 git upgrade unlock
		is "" "$(ref locks/production)"
		git -C ../carl upgrade lock
		while_cut 0 git upgrade unlock --reason="he is away"
		has "^Unlocked production, which was locked by" ../err
		is "" "$(ref locks/production)"
	'

	story 'asked twice, and the second time refused: it has the lock' '
		cd prod
		put ../then "mv $WORK_PLATFORM/hooks/proc-receive $WORK/off" \
			"exec git-receive-pack \"\$@\""
		while_cut 0 git upgrade lock
		mv ../off "$WORK_PLATFORM/hooks/proc-receive"
		has "^Locked production" ../err
		expect_code 0 git upgrade status >../out 2>../err
		has "^production is locked by .* (in this clone)$" ../out
		expect_code 0 git upgrade unlock
		is "" "$(ref locks/production)"
	'

	story 'nobody answers any more: the clone can tell it is its own' '
		cd prod
		put ../then "mv $WORK_PLATFORM $WORK/away" "exit 1"
		while_cut 4 git upgrade lock
		mv ../away "$WORK_PLATFORM"
		lacks "^Nothing was changed" ../err
		has "^hint: if it is locked now: .git upgrade unlock production" \
			../err
		expect_code 0 git upgrade unlock
		is "" "$(ref locks/production)"
		rm ../then
	'
else
	skip 'connections that are cut' 'no perl'
fi

story 'where nothing keeps locks, that is said' '
	cd prod
	git pull -q --ff-only platform production
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git config remote.pushDefault plain
	expect_code 2 git upgrade lock >../out 2>../err
	has "^error: nothing at .plain. keeps locks: it is no platform" ../err
	expect_code 2 git upgrade unlock >../out 2>../err
	has "keeps locks" ../err
	expect_code 2 git upgrade push --lock-wait >../out 2>../err
	has "^error: nothing at .plain. keeps locks" ../err
	has "^Nothing was changed.$" ../err
	git config remote.pushDefault platform
	git remote remove plain
'

story 'two environments in one push: each lock is shown' '
	draw_clone both
	WORK_PLATFORM=$WORK/both.git SRV=$WORK/both-srv
	cd both
	draw_platform --env production --env staging
	git branch staging
	git push -q platform production staging
	git upgrade lock production
	git upgrade lock staging
	put own.txt both
	commit "For both"
	git branch -f staging
	held . >../held
	expect_code 1 git push --porcelain \
		-o "upgrade-lock=$(basename "$(head -n 1 ../held)")" \
		platform production staging >../out 2>../err
	is 1 "$(grep -c "remote rejected\] (lock: " ../out)"
	expect_code 0 git push -q \
		-o "upgrade-lock=$(basename "$(head -n 1 ../held)")" \
		-o "upgrade-lock=$(basename "$(tail -n 1 ../held)")" \
		platform production staging
	is "$(git rev-parse HEAD)" "$(git -C ../both.git rev-parse production)"
	is "$(git rev-parse HEAD)" "$(git -C ../both.git rev-parse staging)"
	platform_idle
'

story 'a platform that was made before has all that it takes' '
	cd prod
	git -C "$WORK_PLATFORM" config --unset receive.advertisePushOptions
	git upgrade platform init "$WORK_PLATFORM" >../out 2>&1
	is true "$(git -C "$WORK_PLATFORM" config receive.advertisePushOptions)"
'

done_testing
