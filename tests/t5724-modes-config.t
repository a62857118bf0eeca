#!/bin/sh
# Modes: what ran before runs afterwards, modes of environments, hosts that
# pull, and what the configuration may not say.
# shellcheck disable=SC1091,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/modes.sh"

# Two services, and no other steps
services()
{
	cat >"$WORK/profile.yaml" <<-EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - name: stop mail
	      as: stop
	      only_if: [test, -e, $WORK/mail]
	      run: [$STEP, stop-mail]
	    - name: stop jobs
	      as: stop
	      only_if: [test, -e, $WORK/jobs]
	      run: [$STEP, stop-jobs]
	    - {name: data, run: [$STEP, update]}
	    - {name: start mail, as: start, undoes: stop mail,
	       run: [$STEP, start-mail]}
	    - {name: start jobs, as: start, undoes: stop jobs,
	       run: [$STEP, start-jobs]}
	environments:
	  production: {mode: maintenance, deploy_to: $SRV}
	EOT
	cp "$WORK/profile.yaml" "$WORK_PLATFORM/info/gitupgrade.yaml"
}

story 'only services that ran before run afterwards' '
	draw_modes maintenance
	services
	cd prod
	: >../jobs
	push_next
	traced "stop-jobs old" "update new" "start-jobs new"
	has "^remote:   left out  *stop mail" ../err
	has "^remote:   left out  *start mail" ../err
	is ok "$(last_event outcome)"
'

story 'also on the way back' '
	cd prod
	fault "update new"
	push_next
	traced "stop-jobs old" "update new" "start-jobs old"
	is restored "$(last_event outcome)"
	rm ../jobs
	push_next
	traced "update new"
	is failed "$(last_event outcome)"
	has "v1.0.0 keeps serving" ../err
	: >../mail
	: >../jobs
	push_next
	traced "stop-mail old" "stop-jobs old" "update new" \
		"start-mail old" "start-jobs old"
	fault
'

story 'what decides and cannot be run fails the deploy' '
	cd prod
	sed -i "s|\[test, -e, $WORK/mail\]|[$WORK/no-such, x]|" \
		../platform.git/info/gitupgrade.yaml
	push_next
	has "step .stop mail., only_if: cannot run .*no-such" ../err
	is failed "$(last_event outcome)"
	same /dev/null ../trace
'

story 'so does one that is killed: nobody said no' '
	cd prod
	services
	sed -i "s|\[test, -e, $WORK/mail\]|[sh, -c, \"kill -9 \$\$\"]|" \
		../platform.git/info/gitupgrade.yaml
	push_next
	has "step .stop mail., only_if: signal 9" ../err
	is failed "$(last_event outcome)"
	same /dev/null ../trace
'

story 'without a mode, too, it decides about its step alone' '
	cd prod
	services
	sed -i "s/mode: maintenance, //" ../platform.git/info/gitupgrade.yaml
	rm ../mail
	push_next
	traced "stop-jobs new" "update new" "start-mail new" "start-jobs new"
'

story 'what was stopped is not verified by asking nothing' '
	cd prod
	cat >../platform.git/info/gitupgrade.yaml <<-EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - {name: halt, interrupts: true, run: [$STEP, stop]}
	    - {name: data, run: [$STEP, update]}
	environments:
	  production: {deploy_to: $SRV}
	EOT
	fault "update new"
	push_next
	fault
	is down "$(last_event outcome)"
	is "" "$(last_event migrated)"
	exists ../srv/.interrupted
	git config remote.pushDefault platform
	expect_code 3 git upgrade verify production >../out 2>../err
	cat ../out ../err >../said
	has "stopped what serves, and there is no check to say that" ../said
	exists ../srv/.interrupted
	is "" "$(ref verified/production)"
	push_next
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	missing ../srv/.interrupted
	# Without a mode a step has to say that it does.
	sed -i "s/name: data,/& as: update,/" \
		../platform.git/info/gitupgrade.yaml
	fault "stop new"
	push_next
	is no "$(last_event migrated)"
	fault "update new"
	push_next
	fault
	is yes "$(last_event migrated)"
	git upgrade log production --json >../out
	has "\"migrated\":[[:space:]]*\"yes\"" ../out
	push_next
	is ok "$(last_event outcome)"
'

story 'restarts, where nothing is stopped, are done again in the old one' '
	cd prod
	cat >../platform.git/info/gitupgrade.yaml <<-EOT
	format: 1
	profile: generic
	deploy:
	  mode: rolling
	  steps:
	    - {name: data, run: [$STEP, update]}
	    - {name: restart, as: start, run: [$STEP, restart]}
	    - {name: smoke, as: health, run: [$STEP, smoke]}
	environments:
	  production: {deploy_to: $SRV}
	EOT
	push_next
	traced "update new" "restart new" "smoke new"
	fault "smoke new"
	push_next
	traced "update new" "restart new" "smoke new" "restart old"
	is restored "$(last_event outcome)"
	fault
'

# pushed_second MESSAGE: the next release, to a platform beside the first
pushed_second()
{
	next
	: >"$RUN/$(cat number)"
	git push "$WORK/second.git" production >"$WORK/out" 2>"$WORK/err"
}

story 'what serves without a folder of ours does so until it is stopped' '
	cd prod
	rm -f ../run/* ../page
	write_modes_profile maintenance
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--running=v1.0.0 --deploy-to="$WORK/srv2" ../second.git
	fault "on new"
	pushed_second
	traced "on new" "health new" "off new"
	has "v1.0.0 was restored and serves again" ../err
	page down
	missing ../srv2/.steps
	fault "update new"
	pushed_second
	traced "on new" "stop new" "update new"
	has "nothing serves now" ../err
	page up
	: >../trace
	fault
	git upgrade platform repair ../second.git >../out
	same /dev/null ../trace
	page up
	pushed_second
	page down
	missing ../srv2/.steps
	missing ../srv2/.interrupted
'

story 'a mode that does not fit is told with its place' '
	cd prod
	cp ../platform.git/info/gitupgrade.yaml ../saved
	sed -i "s/mode: rolling/mode: source/; /restart/d; /smoke/d" \
		../platform.git/info/gitupgrade.yaml
	expect_code 128 git upgrade platform status ../platform.git 2>../err
	has "info/gitupgrade.yaml:4:9: deploy.mode: source runs none of the" \
		../err
	cp ../saved ../platform.git/info/gitupgrade.yaml
'

story 'a host shows its steps in the order of its mode' '
	git clone -q platform.git host
	cd host
	git checkout -q production
	write_modes_profile maintenance
	git config upgrade.profile "$WORK/profile.yaml"
	git config upgrade.environments.production.branch production
	git upgrade deploy -n 2>../out
	sed -n "s/^  step  *//p" ../out >../steps
	printf "%s\n" "page on (interrupts)" "halt (interrupts)" data caches \
		"go (interrupts)" smoke "traffic (interrupts)" "page off" \
		>../want
	same ../want ../steps
	git config upgrade.environments.production.mode rolling
	git upgrade deploy -n 2>../out
	lacks "page" ../out
	git config --unset upgrade.environments.production.mode
'

story 'a host deploys in a mode' '
	cd host
	cp number ../new
	rm -f ../run/* ../page
	: >../trace
	git upgrade deploy >../out 2>../err
	traced "on new" "stop new" "update new" "warm new" "start new" \
		"smoke new" "health new" "switch new" "off new"
	page down
	missing .git/upgrade/here/production/.steps
'

story 'and takes the page back as long as nothing was stopped' '
	cd host
	: >../trace
	fault "on new"
	echo one >one
	cp number ../new
	git add one
	git commit -q -m One
	expect_code 3 git upgrade deploy >../out 2>../err
	fault
	traced "on new" "health new" "off new"
	page down
	missing .git/upgrade/here/production/.steps
'

story 'else it stays until a deploy succeeds' '
	cd host
	: >../trace
	fault "update new"
	echo two >one
	git commit -q -a -m Two
	expect_code 3 git upgrade deploy >../out 2>../err
	fault
	traced "on new" "stop new" "update new"
	page up
	cat ../out ../err >../said
	has "the maintenance page stays up until something serves" ../said
	echo three >one
	git commit -q -a -m Three
	git upgrade deploy >../out 2>../err
	page down
	missing .git/upgrade/here/production/.steps
	missing .git/upgrade/here/production/.interrupted
'

story 'a host cannot stand two releases side by side' '
	cd host
	git config upgrade.environments.production.mode blue-green
	: >../trace
	echo four >one
	git commit -q -a -m Four
	expect_code 3 git upgrade deploy >../out 2>../err
	cat ../out ../err >../said
	has "mode blue-green needs two releases side by side" ../said
	same /dev/null ../trace
'

story 'commands that decide are commands to be trusted' '
	cd prod
	cat >.gitupgrade.yaml <<-EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - {name: evil, only_if: [curl, evil.example], run: ["true"]}
	EOT
	git add .gitupgrade.yaml
	git commit -q -m Evil
	git upgrade trust --yes >../out 2>&1
	has "deploy.steps evil, only_if: curl evil.example" ../out
'

done_testing
