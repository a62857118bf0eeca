#!/bin/sh
# Notification: a program is told what was recorded, and delays nothing.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

TOLD=$WORK/told
CONFIG=$WORK_PLATFORM/info/gitupgrade.yaml

# The program appends what it is told; in the working tree of a release.
mkdir -p "$WORK/bin"
cat >"$WORK/bin/tell" <<EOT
#!/bin/sh
test ! -e "$WORK/hangs" || exec tail -f /dev/null
cat >>"$TOLD"
env | sort >"$WORK/environment"
pwd >"$WORK/folder"
test ! -e "$WORK/troubles" || { echo "known trouble 7"; exit 1; }
test ! -e "$WORK/refuses" || { echo "password=geheim no route"; exit 7; }
EOT
chmod +x "$WORK/bin/tell"

told()
{
	[ "$(grep -c '"event"' "$TOLD")" -ge "$1" ]
}

note()
{
	cat "$WORK_PLATFORM/upgrade/notify/production/told"
}

all_told()
{
	is "$(ref ledger/production)" "$(note)"
}

log_says()
{
	grep -q -e "$1" "$WORK_PLATFORM/upgrade/logs/production/latest"
}

story 'what was before is no news' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	missing ../platform.git/upgrade/notify/production/told
	printf "%s\n" "notify:" "  run: [$WORK/bin/tell, \"{env}\"]" >>"$CONFIG"
	put one
	commit One
	git push -q platform production
	wait_for 20 told 1
	wait_for 20 all_told
	is 1 "$(grep -c "\"event\"" "$TOLD")"
'

story 'the event is what the ledger has, and when' '
	cd prod
	has "\"event\":.*\"deployed\"" "$TOLD"
	has "\"env\":.*\"production\"" "$TOLD"
	has "\"commit\":.*\"$(git rev-parse HEAD)\"" "$TOLD"
	has "\"outcome\":.*\"ok\"" "$TOLD"
	has "\"id\":.*\"$(ref ledger/production)\"" "$TOLD"
	has "\"when\":.*\"20[0-9-]*T[0-9:]*Z\"" "$TOLD"
	git -C ../platform.git log -1 --format=%b refs/upgrade/ledger/production \
		>../body
	grep -v -e "\"id\"" -e "\"when\"" "$TOLD" >../same
	sed "/^\$/d" ../body >../expected
	same ../expected ../same
'

story 'it runs as a step does, in what serves' '
	cd prod
	is "$(cd ../srv/current && pwd -P)" "$(cat ../folder)"
	has "^UPGRADE_ENV=production$" ../environment
	has "^UPGRADE_RELEASE=v1.0.0$" ../environment
	has "^UPGRADE_COMMIT=$(git rev-parse HEAD)$" ../environment
	lacks "^GIT_" ../environment
	lacks "^XDG_" ../environment
'

story 'failures and verifications are endings, a retry is none' '
	cd prod
	: >"$TOLD"
	put broken
	commit Broken
	git push -q platform production 2>../err
	wait_for 20 told 1
	has "\"event\":.*\"failed\"" "$TOLD"
	git upgrade push --retry production 2>../err || :
	wait_for 20 told 2
	wait_for 20 all_told
	lacks "\"retried\"" "$TOLD"
	git rm -q broken
	commit Mended
	git push -q platform production
	wait_for 20 told 3
	git upgrade verify production 2>../err
	wait_for 20 told 4
	has "\"event\":.*\"verified\"" "$TOLD"
	wait_for 20 all_told
'

story 'only what it is about' '
	cd prod
	cp "$CONFIG" ../all.yaml
	: >"$TOLD"
	printf "%s\n" "  on: [failed]" >>"$CONFIG"
	put two
	commit Two
	git push -q platform production
	wait_for 20 all_told
	is "" "$(cat "$TOLD")"
	: >../srv/current/sick
	git upgrade verify production 2>../err || :
	rm ../srv/current/sick
	wait_for 20 told 1
	has "\"event\":.*\"verified\"" "$TOLD"
	has "\"outcome\":.*\"failed\"" "$TOLD"
	cp ../all.yaml "$CONFIG"
'

story 'one that fails is a line in the log, and no failure' '
	cd prod
	: >../refuses
	put three
	commit Three
	expect_code 0 git upgrade push production >../out 2>../err
	wait_for 20 log_says "^warning: notify: .*bin/tell. of .deployed v1.0.0 (.*failed: exit code 7: "
	rm ../refuses
	cp "$WORK_PLATFORM/upgrade/logs/production/latest" ../log
	lacks geheim ../log
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	wait_for 20 all_told
	git upgrade verify production 2>../err
	has "log ok" ../err
	wait_for 20 all_told
'

story 'what it says is no failure of the deploy, whatever it says' '
	cd prod
	: >../troubles
	git upgrade verify production >../out 2>../err
	wait_for 20 log_says "^warning: notify: .* of .verified .*: known trouble 7$"
	wait_for 20 all_told
	rm ../troubles
	expect_code 0 git upgrade verify production >../out 2>../err
	has "log ok" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	wait_for 20 all_told
'

story 'one that is not there is a line as well' '
	cd prod
	sed -i "s|bin/tell|bin/absent|" "$CONFIG"
	put four
	commit Four
	git push -q platform production
	wait_for 20 log_says "^warning: notify: .*bin/absent"
	cp ../all.yaml "$CONFIG"
	wait_for 20 all_told
'

story 'one that hangs delays nothing, and is ended in time' '
	cd prod
	: >../hangs
	printf "%s\n" "  timeout: 3s" >>"$CONFIG"
	put five
	commit Five
	git push -q platform production
	put six
	commit Six
	git push -q platform production
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	wait_for 20 log_says "^warning: notify: .*no end after 3 s"
	rm ../hangs
	wait_for 20 all_told
	cp ../all.yaml "$CONFIG"
'

story 'what a killed worker recorded is told by the next' '
	cd prod
	: >"$TOLD"
	before=$(git -C ../platform.git rev-parse refs/upgrade/ledger/production~1)
	echo "$before" >../platform.git/upgrade/notify/production/told
	git upgrade platform repair ../platform.git >../out 2>../err
	wait_for 20 told 1
	wait_for 20 all_told
	is 1 "$(grep -c "\"event\"" "$TOLD")"
	git upgrade platform repair ../platform.git >../out 2>../err
	platform_idle
	is 1 "$(grep -c "\"event\"" "$TOLD")"
'

story 'what a killed teller began is not told twice, but said' '
	cd prod
	: >"$TOLD"
	echo "$(ref ledger/production) sending" \
		>../platform.git/upgrade/notify/production/told
	git upgrade platform repair ../platform.git >../out 2>../err
	wait_for 20 log_says "^warning: notify: nobody may have been told of "
	wait_for 20 all_told
	is "" "$(cat "$TOLD")"
'

story 'a ledger that was put back has nothing told twice' '
	cd prod
	: >"$TOLD"
	git rev-parse HEAD >../platform.git/upgrade/notify/production/told
	git upgrade platform repair ../platform.git >../out 2>../err
	wait_for 20 all_told
	is 1 "$(grep -c "\"event\"" "$TOLD")"
	wait_for 20 log_says "^warning: notify: the event that was told last is not"
'

story 'an environment may have its own' '
	cd prod
	: >"$TOLD"
	sed -i "s|^    deploy_to:.*|&\n    notify: {run: [sh, -c, \"cat >$WORK/own\"], on: [deployed]}|" \
		"$CONFIG"
	put seven
	commit Seven
	git push -q platform production 2>../err
	wait_for 20 test -s ../own
	has "\"event\":.*\"deployed\"" ../own
	is "" "$(cat "$TOLD")"
'

story 'what is wrong with the key is said where' '
	cd prod
	put ../bad.yaml "format: 1" "profile: generic" "notify:" "  on: [failed]"
	git config upgrade.profile "$WORK/bad.yaml"
	expect_code 128 git upgrade config 2>../err
	has "bad.yaml:4:3: notify: the key .run. is missing" ../err
	put ../bad.yaml "format: 1" "profile: generic" "notify:" \
		"  run: [tell]" "  on: [deployed, succeeded]"
	expect_code 128 git upgrade config 2>../err
	has "bad.yaml:5:18: notify.on: expected one of deployed, failed" ../err
	has "not .succeeded.$" ../err
	put ../bad.yaml "format: 1" "profile: generic" "environments:" \
		"  production:" "    notify: {run: [tell], timeout: 0}"
	expect_code 128 git upgrade config 2>../err
	has "bad.yaml:5:36: environments.production.notify.timeout: expected 1" \
		../err
	put ../good.yaml "format: 1" "profile: generic" "notify:" \
		"  run: [tell, olga]" "environments:" "  production:" \
		"    notify: {run: [tell], on: [down]}"
	git config upgrade.profile "$WORK/good.yaml"
	expect_code 0 git upgrade config >../out 2>../err
	has "^notify.run: .*good.yaml:4$" ../out
	has "^notify.timeout: .*default$" ../out
	has "^environments.production.notify.on: .*good.yaml:7$" ../out
'

story 'what comes in the tree must be trusted' '
	cd prod
	git config --unset upgrade.profile
	put .gitupgrade.yaml "format: 1" "profile: generic" "notify:" \
		"  run: [tell, olga]" "environments:" "  production:" \
		"    notify: {run: [./shout]}"
	commit Notify
	expect_code 2 git upgrade trust 2>../err
	has "notify.run: tell olga" ../err
	has "environments.production.notify.run: ./shout" ../err
'

done_testing
