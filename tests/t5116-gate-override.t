#!/bin/sh
#
# Overriding gates: who says so and why is recorded, where the environment's
# owner allows it; and what nobody may override.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# frozen [LINE...]: the platform's production is, and these lines are there, too
frozen()
{
	configure freeze \
		"{from: 2001-01-01, to: 2999-12-31, reason: the holidays}"
	[ $# -eq 0 ] ||
	printf '    %s\n' "$@" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
}

# more: a commit to push
more()
{
	tick
	put own.txt "$(date +%s%N)"
	commit "More"
}

# its events, newest first
ledger()
{
	git -C "$WORK_PLATFORM" log --format=%s refs/upgrade/ledger/production
}

# untouched: nothing moved, nothing is recorded
untouched()
{
	is "$before" "$(git -C "$WORK_PLATFORM" rev-parse production)" &&
	lacks overridden "$(ledger >../events; echo ../events)"
}

story 'unless its owner allows it nobody overrides anything' '
	draw_clone prod
	cd prod
	draw_platform
	git upgrade push
	before=$(git -C "$WORK_PLATFORM" rev-parse production)
	more
	frozen
	expect_code 2 git upgrade push --override=freeze --reason="a hotfix" \
		>../out 2>../err
	has "freeze: production is frozen until" ../err
	has "hint: nobody may override .freeze. unless production.s owner says so: environments.production.overrides: \[freeze\], in .*/platform.git/info/gitupgrade.yaml:[0-9]*$" \
		../err
	untouched
	frozen "overrides: [soak]"
	expect_code 2 git upgrade push --override=freeze --reason="a hotfix" \
		>../out 2>../err
	has "owner says so: environments.production.overrides: \[freeze\], in .*info/gitupgrade.yaml:[0-9]*" \
		../err
	untouched
'

story 'a refusal says how it can be overridden, where it can' '
	cd prod
	before=$(git -C "$WORK_PLATFORM" rev-parse production)
	frozen "overrides: [freeze, soak]"
	expect_code 2 git upgrade push >../out 2>../err
	has "hint: or override it: --override=freeze --reason=TEXT" ../err
	untouched
'

story 'overridden: pushed, deployed, said and recorded with the move' '
	cd prod
	git upgrade push --override=freeze --reason="a hotfix" >../out 2>../err
	has "^freeze overridden: a hotfix" ../err
	has "^Deployed and verified" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	ledger >../events
	is "deployed v1.0.0 $(git rev-parse --short=7 HEAD)" "$(sed -n 1p ../events)"
	is "overridden v1.0.0 $(git rev-parse --short=7 HEAD)" \
		"$(sed -n 2p ../events)"
	git -C "$WORK_PLATFORM" log -1 --skip=1 --format=%b \
		refs/upgrade/ledger/production >../event
	has "^    \"freeze\"$" ../event
	has "\"reason\": \"a hotfix\"" ../event
	has "\"said\": \"production is frozen until .* the holidays\"" ../event
	has "\"who\": \"Olga Operator" ../event
	has "\"commit\": \"$(git rev-parse HEAD)\"" ../event
'

story 'the log and the status have it' '
	cd prod
	git upgrade log >../out
	has "overridden  *v1.0.0 ($(git rev-parse --short=7 HEAD))  Olga Operator" \
		../out
	has "^ *freeze overridden: a hotfix (production is frozen until .*)" ../out
	git upgrade log --json >../json
	has "\"reason\": *\"a hotfix\"" ../json
	git upgrade status >../out
	has "^production: freeze overridden for what runs, by Olga Operator.*, .* ago: a hotfix" \
		../out
	git upgrade status --json >../json
	has "\"overridden\": *{" ../json
	has "\"reason\": *\"a hotfix\"" ../json
'

story 'it goes for one push' '
	cd prod
	more
	expect_code 2 git upgrade push >../out 2>../err
	has "freeze: production is frozen until" ../err
	frozen "overrides: [freeze]"
	sed "/freeze:/,/from:/d" "$WORK_PLATFORM/info/gitupgrade.yaml" >../open
	cp ../open "$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade push >../out 2>../err
	git upgrade status >../out
	lacks overridden ../out
'

story 'where nothing says no there is nothing to override, and no record' '
	cd prod
	more
	events >../before
	git upgrade push --override=freeze --reason="just in case" \
		>../out 2>../err
	has "^warning: freeze refuses nothing: there is nothing to override" ../err
	ledger >../events
	lacks "$(git rev-parse --short=7 HEAD).*overridden" ../events
	is 1 "$(grep -c overridden ../events)"
'

story 'plain git push overrides by its push options' '
	cd prod
	frozen "overrides: [freeze]"
	more
	git push -o upgrade-override=freeze platform production 2>../err || code=$?
	is 1 "$code"
	git push --porcelain -o upgrade-override=freeze \
		-o "upgrade-override-reason=password=hunter2 \"quoted\" $(printf "\\033[31m")" \
		platform production >../out 2>../err
	has "^ *	*HEAD:refs/heads/production\|refs/heads/production:refs/heads/production" ../out
	has "^remote:   gates .*freeze overridden" ../err
	has "^remote: freeze overridden: password=\*\*\*" ../err
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	git -C "$WORK_PLATFORM" log --format=%b refs/upgrade/ledger/production \
		>../events
	lacks hunter2 ../events
	lacks "$(printf "\\033")" ../events
'

story 'what a platform is for is never overridden' '
	cd prod
	more
	for gate in deletion lock fast-forward promotion record legal-hop \
		required-files markers checks
	do
		expect_code 129 git upgrade push --override=$gate --reason=x \
			2>../err
		has "nobody may override .$gate." ../err
	done
	frozen "overrides: [freeze, lock]"
	expect_code 1 git push --porcelain platform production >../out 2>../err
	has "environments.production.overrides: expected freeze, extensions, soak, backup or the name of one of .gates., not .lock., which nobody may override" \
		../out
	frozen "overrides: [freeze]"
	git checkout -q --detach HEAD~2
	tick
	git commit -q --allow-empty -m Beside
	expect_code 1 git push --force --porcelain -o upgrade-override=freeze \
		-o upgrade-override=fast-forward -o upgrade-override-reason=x \
		platform HEAD:production >../out 2>../err
	has "(fast-forward: " ../out
	has "^remote: hint: nobody may override .fast-forward." ../err
	git checkout -q production
'

story 'misuse' '
	cd prod
	expect_code 129 git upgrade push --override=freeze 2>../err
	has "^error: --override needs --reason=TEXT: it is recorded\|^usage: --override needs" ../err
	expect_code 129 git upgrade push --override=freeze --reason="  " 2>../err
	expect_code 129 git upgrade push --reason=why 2>../err
	has "reason is about --override" ../err
	expect_code 129 git upgrade promote --override="a b" --reason=x \
		production 2>../err
	has ".a b. is no gate" ../err
'

story 'a condition is overridden by its name, others still count' '
	cd prod
	configure gates "{name: approved, run: [sh, -c, \"echo by nobody; exit 1\"]}" \
		"{name: tickets, run: [sh, -c, \"echo two are open; exit 1\"]}"
	echo "    overrides: [approved, tickets]" \
		>>"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 2 git upgrade push --override=approved --reason="by phone" \
		>../out 2>../err
	has "checks: tickets: exit code 1: two are open" ../err
	has "hint: or override it: --override=tickets --reason=TEXT" ../err
	git upgrade push --override=approved --override=tickets \
		--reason="by phone" >../out 2>../err
	has "^approved, tickets overridden: by phone" ../err
	git upgrade log -n 3 >../out
	has "approved, tickets overridden: by phone (approved: exit code 1: by nobody; tickets: exit code 1: two are open)" \
		../out
'

story 'nothing is half recorded: a branch that moved meanwhile moves no ledger' '
	cd prod
	frozen "overrides: [freeze]"
	more
	late=$(git commit-tree "HEAD^{tree}" -p HEAD^ -m "In between")
	git push -q platform "$late:refs/heads/topic"
	put "$WORK_PLATFORM/hooks/pre-receive" "#!/bin/sh" \
		"unset GIT_QUARANTINE_PATH" \
		"git update-ref refs/heads/production $late"
	chmod +x "$WORK_PLATFORM/hooks/pre-receive"
	expect_code 1 git push --porcelain -o upgrade-override=freeze \
		-o upgrade-override-reason=x platform production >../out 2>../err
	has "somebody else moved refs/heads/production meanwhile" ../out
	rm "$WORK_PLATFORM/hooks/pre-receive"
	is "$late" "$(git -C "$WORK_PLATFORM" rev-parse production)"
	platform_idle
	ledger >../events
	lacks "overridden.* $(git rev-parse --short=7 HEAD)" ../events
	git fetch -q platform
	git merge -q --no-edit -s ours platform/production
	git upgrade push --override=freeze --reason="once more" >../out 2>../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'a platform that takes no push options: said, and nothing moved' '
	cd prod
	more
	git -C "$WORK_PLATFORM" config receive.advertisePushOptions false
	before=$(git -C "$WORK_PLATFORM" rev-parse production)
	expect_code 2 git upgrade push --override=freeze --reason=x \
		>../out 2>../err
	has "^error: .platform. takes no push options, so nothing can be overridden there" \
		../err
	is "$before" "$(git -C "$WORK_PLATFORM" rev-parse production)"
	git -C "$WORK_PLATFORM" config receive.advertisePushOptions true
	git upgrade push --override=freeze --reason=x
'

story 'where nobody records it, it is refused' '
	cd prod
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git config upgrade.live.branch live
	git branch live
	git config branch.live.pushRemote plain
	git push -q --no-verify plain live
	git checkout -q live
	more
	expect_code 2 git upgrade push --override=freeze --reason=x live \
		>../out 2>../err
	has "^error: .plain. is no platform: nothing there records what is overridden" \
		../err
'

done_testing
