#!/bin/sh
#
# The gate `checks`: what an environment asks before anything comes to it, by a
# program or over HTTP.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
free_url

pushed()
{
	git push --no-verify --porcelain platform HEAD:production \
		>../out 2>../err
}

story 'a program that says no refuses, with its last line' '
	draw_clone prod
	cd prod
	draw_platform
	git upgrade push
	put own.txt more
	commit "More"
	configure gates "{name: approved, run: [sh, -c, \"echo asking; echo nobody has yet; exit 1\"]}"
	expect_code 1 pushed
	has "remote rejected\] (checks: approved: exit code 1: nobody has yet)" ../out
	has "^remote:   gates .*markers ok, checks refused" ../err
	has "^remote: hint: see to it, and push again" ../err
	has "^remote: hint: what is asked is said by environments.production.gates, in .*info/gitupgrade.yaml:[0-9]*" \
		../err
	is "$(git rev-parse HEAD^)" "$(git -C "$WORK_PLATFORM" rev-parse production)"
	expect_code 2 git upgrade push >../out 2>../err
	has "checks: approved: exit code 1: nobody has yet" ../err
'

story 'one that says yes lets it in, and says why' '
	cd prod
	configure gates "{name: approved, run: [echo, by Olga]}" \
		"{name: quiet, run: [\"true\"]}"
	expect_code 0 pushed
	has "^remote:   gates .*checks ok (approved: by Olga; quiet: exit code 0)" \
		../err
	platform_idle
'

story 'what it is told, and where it runs' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	put ../told.sh "test -e info/gitupgrade.yaml && test -z \"\${GIT_DIR-}\" &&" \
		"echo \$UPGRADE_ENV \$UPGRADE_FROM \$UPGRADE_RELEASE \$UPGRADE_COMMIT \$1"
	configure gates "{name: told, run: [sh, $PWD/../told.sh, \"{release}\"]}"
	expect_code 0 pushed
	has "checks ok (told: production v1.0.0 v1.1.0 $(git rev-parse HEAD) v1.1.0)" \
		../err
	platform_idle
'

story 'what it prints must be so, where that is said; and it is cleaned' '
	cd prod
	put own.txt expect
	commit "Expect"
	configure gates "{name: words, run: [echo, go away], expect: \"go {release}\"}"
	expect_code 1 pushed
	has "(checks: words: it does not say \"go v1.1.0\": go away)" ../out
	configure gates "{name: ugly, run: [printf, \"\\\\033[31mred\\\\033[0m token=hunter2\"]}"
	expect_code 0 pushed
	has "checks ok (ugly: ?\[31mred?\[0m token=\*\*\*)" ../err
	platform_idle
'

story 'who cannot be asked, or does not answer in time, refuses' '
	cd prod
	put own.txt slow
	commit "Slow"
	configure gates "{name: gone, run: [/nowhere/approve]}"
	expect_code 1 pushed
	has "(checks: gone: cannot run ./nowhere/approve. in .*: No such file or directory)" \
		../out
	configure gates "{name: slow, run: [tail, -f, /dev/null], timeout: 1s}"
	expect_code 1 pushed
	has "(checks: slow: no end after 1 s)" ../out
	configure gates "{name: fine, run: [\"true\"]}" "{name: killed, run: [sh, -c, \"kill -9 \$\$\"]}" \
		"{name: bad, run: [\"false\"]}"
	expect_code 1 pushed
	has "(checks: killed: signal 9; bad: exit code 1)" ../out
	has "checks refused" ../err
'

story 'a question over HTTP' '
	cd prod
	says tickets "200 application/json {\"open\": 3}"
	configure gates "{name: tickets, http: {url: \"$ANSWERS_URL/tickets\", json: {/open: 0}}}"
	expect_code 1 pushed
	has "(checks: tickets: $ANSWERS_URL/tickets says /open is 3, not 0)" ../out
	says tickets "200 application/json {\"open\": 0}"
	expect_code 0 pushed
	has "checks ok (tickets: $ANSWERS_URL/tickets answered as it should)" ../err
	platform_idle
	put own.txt unheard
	commit "Unheard"
	configure gates "{name: tickets, http: {url: \"$FREE_URL/x\"}}"
	expect_code 1 pushed
	has "(checks: tickets: .*$FREE_URL" ../out
'

story 'other branches, requests and rollbacks ask nothing' '
	cd prod
	configure gates "{name: never, run: [\"false\"]}"
	expect_code 0 git push -q platform HEAD:topic
	git upgrade verify
	git upgrade rollback >../out 2>../err
	has "^Back at v1.1.0: deployed and verified" ../err
'

story 'what the pushed tree says asks nobody on the platform' '
	cd prod
	git fetch -q platform
	git reset -q --hard platform/production
	configure gates
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  production:" "    gates:" \
		"      - {name: mine, run: [sh, -c, \"touch $PWD/../ran\"]}"
	commit "Ask"
	expect_code 0 pushed
	lacks "checks refused" ../err
	platform_idle
	missing ../ran
'

story 'a client asks what the commit that is there says, under trust' '
	cd prod
	put own.txt client
	commit "By the client"
	expect_code 2 git upgrade push -n >../out 2>../err
	has "^error: the configuration in the tree has commands that you do not trust yet" \
		../err
	has "environments.production.gates mine: sh -c .touch " ../err
	hash=$(sed -n "s/.*--trust=//p" ../err)
	missing ../ran
	git upgrade push -n --trust="$hash" >../out 2>../err
	has "^  gates .*checks ok (mine: exit code 0)" ../err
	exists ../ran
	git upgrade trust --yes
	git upgrade push >../out 2>../err
	has "^  gates .*checks ok" ../err
'

story 'so does the hook pre-push' '
	cd prod
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  production:" "    gates:" "      - name: mine" \
		"        run: [sh, -c, \"echo not today; exit 3\"]" \
		"      - {name: web, http: {url: \"$FREE_URL/?token=x\"}}"
	commit "Say no"
	git upgrade push
	put own.txt hook
	commit "By the hook"
	git upgrade hooks install
	expect_code 1 git push platform HEAD:production >../out 2>../err
	has "commands that you do not trust yet" ../err
	git upgrade trust --yes >../out 2>../err
	has "environments.production.gates web: $FREE_URL" ../err
	expect_code 1 git push platform HEAD:production >../out 2>../err
	has "^upgrade: production: checks: mine: exit code 3: not today" ../err
	git upgrade hooks remove
'

story 'a platform made in a clone takes them along, and what goes with them' '
	draw_clone own
	cd own
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  staging: {}" "  production:" "    promotes_from: staging" \
		"    soak: 36h" "    overrides: [soak, mine]" "    gates:" \
		"      - {name: mine, run: [sh, -c, \"echo no; exit 1\"]}" \
		"      - {name: web, http: {url: \"$ANSWERS_URL/x\", body: yes}, timeout: 5s}" \
		"    freeze:" \
		"      - {cron: 0 16 * * fri, lasts: 64h}" \
		"      - {from: fri, to: mon}"
	commit "Conditions"
	expect_code 2 git upgrade platform init ../made.git 2>../err
	has "do not trust yet" ../err
	git upgrade trust --yes
	git upgrade platform init ../made.git
	# Where that stands, and where the branch is deployed to, may differ.
	git upgrade config environments.production >../here
	cd ../made.git
	git upgrade config environments.production >../there
	cd ..
	for which in here there
	do
		sed "s/ *#.*//; /deploy_to:/d" "$which" >"$which.said"
	done
	same here.said there.said
	has "  - {cron: .*, lasts: 64h}" here.said
	has "  - {from: fri, to: mon}" here.said
	has "{url: .*/x., .*body: yes}, timeout: 5s}" here.said
'

story 'and a host that pulls' '
	rm -rf prod
	draw_host
	put profile.yaml "$(cat profile.yaml)" "environments:" \
		"  production:" "    gates:" \
		"      - {name: told, run: [sh, -c, \"echo from \$UPGRADE_FROM; test -e \$0\", $WORK/yes]}"
	cd host
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: checks: told: exit code 1: from" ../err
	touch ../yes
	git upgrade deploy >../out 2>../err
	is 1.0.0 "$(cat "$SERVING")"
'

story 'bad values are refused with their place' '
	cd host
	bad()
	{
		put ../bad.yaml "format: 1" "profile: generic" "environments:" \
			"  live:" "    gates: [$1]"
		expect_code 128 git -c upgrade.profile="$PWD/../bad.yaml" \
			upgrade config 2>../err
		has "bad.yaml:5:$2" ../err
	}
	bad "{run: [x]}" "13: environments.live.gates: the key .name. is missing"
	bad "{name: x}" "13: environments.live.gates: the key .run. or .http. is missing"
	bad "{name: x, run: [x], http: {url: http://x}}" "[0-9]*: environments.live.gates: "
	bad "{name: freeze, run: [x]}" "20: environments.live.gates.name: .freeze. is the name of a gate that is there already"
	bad "{name: A b, run: [x]}" "20: environments.live.gates.name: expected a name of a-z"
	bad "{name: x, run: [x]}, {name: x, run: [y]}" "12: environments.live: the gate .x. is there twice"
	bad "{name: x, run: [x], timeout: 2h}" "42: environments.live.gates.timeout: expected 1 to 3600 seconds"
	bad "{name: x, http: {url: http://x}, expect: y}" "46: environments.live.gates: .expect. is about what is run"
	bad "{name: x, http: {url: ftp://x}}" "[0-9]*: environments.live.gates.http.url: expected a URL of http"
'

done_testing
