#!/bin/sh
# diagnose: what is known about a failure, and the log of a deploy again.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

CONFIG=$WORK_PLATFORM/info/gitupgrade.yaml

story 'a file is read, and each failure said once, with what to do' '
	draw_clone prod
	cd prod
	put ../build.log "building" \
		"write /var/lib/x: No space left on device" \
		"nothing new" \
		"tee: y: no space left on device" \
		"bind: Address already in use"
	expect_code 0 git upgrade diagnose ../build.log >../out 2>../err
	is "" "$(cat ../err)"
	has "^disk-full: the disk is full" ../out
	has "^  line 2: write /var/lib/x: No space left on device (and 1 more like it)$" ../out
	has "^  hint: .*\"df -h\"" ../out
	has "^port-in-use: " ../out
	has "^  line 5: bind: Address already in use$" ../out
	is 1 "$(grep -c "^disk-full" ../out)"
'

story 'standard input is read as well' '
	cd prod
	expect_code 0 git upgrade diagnose - <../build.log >../out 2>../err
	has "^disk-full: " ../out
'

story 'where nothing is known that is said, and the exit code tells' '
	cd prod
	put ../good.log "all is well" "and goes on"
	expect_code 1 git upgrade diagnose ../good.log >../out 2>../err
	is "" "$(cat ../out)"
	has "^Nothing known was recognised in ../good.log (2 lines).$" ../err
	has "^hint: teach it .*\"failures\"" ../err
	expect_code 1 git upgrade diagnose --json ../good.log >../out 2>../err
	has "\"failures\": *\[\]" ../out
	: >../empty.log
	expect_code 1 git upgrade diagnose ../empty.log >../out 2>../err
	has "(0 lines)" ../err
'

story 'JSON has the same' '
	cd prod
	expect_code 0 git upgrade diagnose --json ../build.log >../out 2>../err
	has "\"file\":.*\"../build.log\"" ../out
	has "\"lines\":[[:space:]]*5" ../out
	has "\"name\":.*\"disk-full\"" ../out
	has "\"line\":[[:space:]]*2" ../out
	has "\"count\":[[:space:]]*2" ../out
	has "\"text\":.*\"write /var/lib/x: No space" ../out
'

story 'what a log holds is shown clean, masked and short' '
	cd prod
	{
		printf "\033[31mERROR\033[0m pull https://olga:geheim@h/ "
		printf "no space\033[1m left on device \033]0;title\007\n"
		printf "%0900d connection refused\n" 0
	} >../odd.log
	expect_code 0 git upgrade diagnose ../odd.log >../out 2>../err
	lacks geheim ../out
	has "^  line 1: ERROR pull https://.*@h/ no space left on device" ../out
	lacks "$(printf "\033")" ../out
	has "^  line 2: 0000.*\.\.\.$" ../out
	is 0 "$(awk "length > 240" ../out | wc -l)"
'

story 'a secret that a pattern takes out of its line stays one' '
	cd prod
	put ../take.yaml "format: 1" "profile: generic" "failures:" \
		"  a: {pattern: \"pull https://([^/]+)/\", means: \"{1} is away\"}" \
		"  b:" "    pattern: \"^api_token=(.*)\"" \
		"    means: \"token {1} is old\"" "    lists: \"it was {1}\"" \
		"    hints: [\"do not use {1}\"]" \
		"  c: {pattern: \"//([a-z]+):([a-z]+)@ no\", means: \"<{1}:{2}>\"}"
	put ../take.log "pull https://olga:geheim@h/x" "api_token=geheim" \
		"api_token=geheim" "b://carl:geheim@ no"
	expect_code 0 git -c upgrade.profile="$WORK/take.yaml" \
		upgrade diagnose ../take.log >../out 2>../err
	has "^a: .*@h is away" ../out
	has "^b: token \*\*\* is old" ../out
	has "^    it was \*\*\*" ../out
	has "^c: <" ../out
	lacks geheim ../out ../err
	expect_code 0 git -c upgrade.profile="$WORK/take.yaml" \
		upgrade diagnose --json ../take.log >../out 2>../err
	lacks geheim ../out ../err
'

story 'what is no file and no environment is an error' '
	cd prod
	expect_code 128 git upgrade diagnose ../absent.log >../out 2>../err
	has "cannot read .../absent.log.: No such file" ../err
	expect_code 128 git upgrade diagnose . >../out 2>../err
	git config upgrade.production.branch production
	expect_code 128 git upgrade diagnose absent >../out 2>../err
	has "there is no environment .absent." ../err
	has "nor is there a file of that name" ../err
	expect_code 2 git upgrade diagnose production >../out 2>../err
	has "nobody is known here who deploys production" ../err
	git config --unset upgrade.production.branch
	expect_code 129 git upgrade diagnose a b 2>../err
'

story 'a configuration adds what its users know' '
	cd prod
	put ../own.yaml "format: 1" "profile: generic" "failures:" \
		"  licence:" \
		"    pattern: \"licence ([a-z]+) expired on ([0-9-]+)\"" \
		"    means: the licence of {1} ended on {2}" \
		"    hints: [\"buy {1} again\", \"or do without\"]" \
		"  disk-full: {means: our disk is full}" \
		"  port-in-use:  ~"
	git config upgrade.profile "$WORK/own.yaml"
	put ../own.log "No space left on device" \
		"Licence shop Expired on 2026-01-02" "address already in use"
	expect_code 0 git upgrade diagnose ../own.log >../out 2>../err
	has "^disk-full: our disk is full$" ../out
	has "^licence: the licence of shop ended on 2026-01-02$" ../out
	has "^  hint: buy shop again$" ../out
	has "^  hint: or do without$" ../out
'

story 'the modules that a database lacks are listed' '
	cd prod
	git config upgrade.profile magento-cloud
	put ../modules.log "Please upgrade your database: Run setup:upgrade" \
		"A_Sales schema:  current version - 2.0.1, required version - 2.0.2" \
		"B_Tax data:  current version - none, required version - 3"
	expect_code 0 git upgrade diagnose ../modules.log >../out 2>../err
	has "^database-outdated: modules are newer than the database" ../out
	has "^    A_Sales schema: 2.0.1, and the release wants 2.0.2$" ../out
	has "^    B_Tax data: none, and the release wants 3$" ../out
	has "push again" ../out
'

story 'what is wrong with that is said where' '
	cd prod
	put ../bad.yaml "format: 1" "profile: generic" "failures:" \
		"  x: {pattern: \"(\", means: y}"
	git config upgrade.profile "$WORK/bad.yaml"
	expect_code 128 git upgrade diagnose ../own.log 2>../err
	has "bad.yaml:4:16: failures.x.pattern: .*is no regular expression" \
		../err
	put ../bad.yaml "format: 1" "profile: generic" "failures:" \
		"  x: {pattern: y}"
	expect_code 128 git upgrade diagnose ../own.log 2>../err
	has "bad.yaml:4:.*failures.x: the key .means. is missing" ../err
	put ../bad.yaml "format: 1" "profile: generic" "failures:" \
		"  x: {pattern: (y), means: \"a {2}\"}"
	expect_code 128 git upgrade diagnose ../own.log 2>../err
	has "bad.yaml:4:.*failures.x: the pattern has 1 group, and .a {2}. asks for {2}" ../err
	put ../bad.yaml "format: 1" "profile: generic" "failures:" \
		"  X Y: {pattern: y, means: z}"
	expect_code 128 git upgrade diagnose ../own.log 2>../err
	has "bad.yaml:4:3: failures.X Y: expected a name" ../err
	git config --unset upgrade.profile
'

story 'a push that fails ends with the known cause' '
	cd prod
	draw_platform
	git push -q platform production
	expect_code 2 git upgrade diagnose production >../out 2>../err
	has "there is no log of a deploy of production that failed" ../err
	has "git upgrade log --output production" ../err
	sed -i "s|test ! -e broken|& \|\| { echo tee: no space left on device; false; }|" \
		"$CONFIG"
	put broken
	commit Broken
	expect_code 3 git upgrade push production >../out 2>../err
	has "^hint: known cause: the disk is full" ../err
	has "^hint: what to do about it: git upgrade diagnose production$" ../err
'

story 'the log of what failed is asked of the platform' '
	cd prod
	expect_code 0 git upgrade diagnose production >../out 2>../err
	has "^In the log of the deploy of $(git rev-parse --short=7 HEAD) to production (failed):$" ../err
	has "^disk-full: " ../out
	has "^  line [0-9]*: tee: no space left on device" ../out
	expect_code 0 git upgrade diagnose --json >../out 2>../err
	has "\"environment\":.*\"production\"" ../out
	has "\"commit\":.*\"$(git rev-parse HEAD)\"" ../out
	has "\"outcome\":.*\"failed\"" ../out
'

story 'also after one that went well' '
	cd prod
	broken=$(git rev-parse HEAD)
	git rm -q broken
	commit Mended
	expect_code 0 git upgrade push production >../out 2>../err
	expect_code 0 git upgrade diagnose production >../out 2>../err
	has "deploy of $(git rev-parse --short=7 "$broken")" ../err
'

story 'what a deploy printed can be seen again' '
	cd prod
	expect_code 0 git upgrade log --output production >../out 2>../err
	has "^building v1.0.0 for production$" ../out
	has "^  verify  *platform ok" ../out
	has "^Deployed and verified" ../out
	lacks "^# " ../out
	lacks "no space" ../out
	expect_code 0 git upgrade log --output --failed >../out 2>../err
	has "^tee: no space left on device$" ../out
	expect_code 0 git upgrade log --output --json >../out 2>../err
	has "\"commit\":.*\"$(git rev-parse HEAD)\"" ../out
	has "\"outcome\":.*\"ok\"" ../out
	has "\"building v1.0.0 for production\"" ../out
	expect_code 129 git upgrade log --failed 2>../err
	expect_code 129 git upgrade log --output --follow 2>../err
	is "" "$(ref request/log/production)"
'

story 'secrets and escapes do not come along' '
	cd prod
	cp "$CONFIG" ../before.yaml
	sed -i "s|test ! -e broken|printf \"API_TOKEN=geheim\\\\n\\\\033[31mred no space left on device\\\\033[0m\\\\n\"; &|" \
		"$CONFIG"
	put one
	commit One
	expect_code 0 git upgrade push production >../out 2>../err
	grep -q geheim ../platform.git/upgrade/logs/production/latest
	expect_code 0 git upgrade log --output production >../out 2>../err
	has "red no space left" ../out
	lacks geheim ../out
	lacks "$(printf "\033")" ../out
	cp ../before.yaml "$CONFIG"
'

story 'a deploy that is under way is followed' '
	cd prod
	put blocks
	commit Blocks
	git upgrade push --no-wait production >../out 2>../err || :
	wait_for 20 building "$(git rev-parse HEAD)"
	git upgrade log --output production >../out 2>../err &
	wait_for 20 grep -q "^building" ../out
	lacks "^Deployed" ../out
	let_go
	wait
	has "^Deployed and verified" ../out
'

story 'a log that is very long is sent from its end' '
	cd prod
	platform_idle
	log=$(readlink -f ../platform.git/upgrade/logs/production/latest)
	awk "NR == 1 { print; for (i = 0; i < 120000; i++) print \"a line of fifty bytes, of which there are very many\"; next } { print }" \
		"$log" >../long
	cat ../long >"$log"
	expect_code 0 git upgrade log --output production >../out 2>../err
	has "^(what stands before the last 4 MiB is left out)$" ../out
	has "^Deployed and verified" ../out
	test "$(wc -l <../out)" -lt 100000
'

story 'a host looks into its own logs' '
	cd "$WORK"
	draw_clone hostprod
	write_profile hostprofile.yaml
	sed -i "s|../../serving|$SERVING|" hostprofile.yaml
	sed -i "s|test ! -e broken|& \|\| { echo Killed: signal 9; false; }|" \
		hostprofile.yaml
	cd hostprod
	git config upgrade.profile "$WORK/hostprofile.yaml"
	git config upgrade.production.branch production
	put broken
	commit Broken
	expect_code 3 git upgrade deploy >../out 2>../err
	has "^hint: known cause: a program was killed" ../err
	expect_code 0 git upgrade diagnose production >../out 2>../err
	has "^killed: " ../out
	expect_code 0 git upgrade log --output --failed >../out 2>../err
	has "^Killed: signal 9$" ../out
'

done_testing
