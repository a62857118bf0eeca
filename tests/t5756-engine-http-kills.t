#!/bin/sh
#
# Who has a service deploy over HTTP is killed right before a change to a file,
# any change: it is begun once, or nobody knows and says so; its log has no
# line twice and lacks none; and nothing that was recorded is lost. Here it is
# every 73rd change, or every KILL_STEPth; `make check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"
: "${KILL_STEP:=73}"
# One after the other: the service does not know who asks.
KILL_JOBS=1
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

start_answers || exit 1
DRIVER=http
mkdir -p "$ANSWERS/deploys/d1"

# service LINE...: it, and these lines below `http`
service()
{
	drives 'api:' '  http:' "$@" \
		'    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' \
		'      states: {running: pending, ok: success}' \
		'    log:' \
		"      url: '$ANSWERS_URL/deploys/{id}/log?from={cursor}'" \
		'      lines: ndjson' '      id: /_id' \
		'      message: /message' '      seal: /seal'
}

triggers()
{
	service '    trigger:' "      url: '$ANSWERS_URL/start'" \
		'      json: {commit: "{commit}"}' '      id: /id'
}

finds()
{
	service '    find:' "      url: '$ANSWERS_URL/list'" \
		'      commit: /commit' '      id: /id'
}

line()
{
	printf '{"_id":"%s","message":"line %s"%s}\\n' "$1" "$1" "${2-}"
}

# What it answers in the next round, from the first answer on.
rewind()
{
	: >"$ANSWERS/asked"
	echo x >>"$WORK/rounds"
	says start '201 - {"id":"d1"}'
	says list "200 - [{\"commit\":\"$(git rev-parse HEAD)\",\"id\":\"d1\"}]"
	says deploys/d1/status \
		"200 - {\"state\":\"running\",\"n\":$(wc -l <"$WORK/rounds")}" \
		'200 - {"state":"ok"}'
	says deploys/d1/log "200 - $(line 1)" "200 - $(line 1)" \
		"200 - $(line 1)$(line 2)$(line 3 ',"seal":true')"
}

# refs_of DIR: the evidence there
refs_of()
{
	git -C "$1" for-each-ref --format="%(refname) %(objectname)" \
		refs/upgrade/ledger refs/upgrade/deployed \
		refs/upgrade/verified refs/upgrade/failed
}

# A clone whose remote is in its own git folder, so that each copy has it for
# itself; something was deployed before.
seed_clone()
{
	cd "$WORK/prod"
	rewind
	git upgrade push
	git commit -q --allow-empty -m More
	refs_of . >../before
	git pack-refs --all
	cp -a . "../$1"
	rewind
}

# What the remote's own git left there is not for us to clear away, and what
# git itself left of its locks here is said by git.
clear_locks()
{
	find .git -name "*.lock" -delete
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
	git fsck --strict
	has "^stage ended" .git/upgrade/deploys/production/run
	grep "^line" .git/upgrade/logs/production/latest >../lines
	put ../expected 'line 1' 'line 2' 'line 3'
	same ../expected ../lines
}

# Where the service was asked to begin, or was about to be, nobody knows; then
# it is the operator's to say.
of_trigger()
{
	clear_locks
	asked=$(questions start)
	git upgrade push >../out 2>../err && code=0 || code=$?
	if [ "$code" = 4 ]
	then
		has "nobody here can tell whether it did" ../err
		is "$asked" "$(questions start)"
		expect_code 0 git upgrade push --retry >../out 2>../err
		is $((asked + 1)) "$(questions start)"
	else
		is 0 "$code"
		is 1 "$(questions start)"
	fi
	recorded
	rewind
}

# It finds its deploy by the commit, so somebody always knows.
of_find()
{
	clear_locks
	expect_code 0 git upgrade push >../out 2>../err
	test "$(questions start)" -le 1
	recorded
	rewind
}

story 'a clone with a commit to deploy' '
	draw_engine
	mv plain.git prod/.git/plain.git
	git -C prod remote set-url fork .git/plain.git
	triggers
	seed_clone seed
'

kill_story 'one that has to be told to: all that runs is killed' '
	cd seed
	rewind
	sweep seed of_trigger git-upgrade push
'

kill_story 'one that has to be told to: what it keeps of the deploy' '
	cd seed
	rewind
	sweep seed -a -p "*/deploys/production/run*" of_trigger git-upgrade push
'

kill_story 'one that deploys what is pushed: all that runs is killed' '
	finds
	cd seed
	rewind
	sweep seed of_find git-upgrade push
'

kill_story 'one that deploys what is pushed: what it keeps of the deploy' '
	cd seed
	rewind
	sweep seed -a -p "*/deploys/production/run*" of_find git-upgrade push
'
done_testing
