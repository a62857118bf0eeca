#!/bin/sh
#
# Secrets in every field that takes one, over all drivers, in success and in
# failure: they are where the user has put them, and nowhere else. Each of them
# has "geheim" in it.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/answers.sh"

have_http || skip_all 'no nginx, fcgiwrap, perl or setsid'
start_http "$WORK" || exit 1
start_answers || exit 1
AT=${HTTP_URL#http://}

# All that we say goes here, a file for each command
SAYS=$WORK/says
mkdir -p "$SAYS" "$WORK/bin"

# The git that we call writes down what is in its arguments, which everybody
# can read who is on this machine.
REAL_GIT=$(command -v git)
cat >"$WORK/bin/git" <<EOF2
#!/bin/sh
printf '%s ' "\$@" >>"$SAYS/arguments"
echo >>"$SAYS/arguments"
exec "$REAL_GIT" "\$@"
EOF2
chmod +x "$WORK/bin/git"

# ours CODE COMMAND...: git-upgrade, which ends with CODE; "any" is any but
# being killed
ours()
{
	ours_code=$1
	shift
	ours_nr=$(find "$SAYS" -name '[0-9]*' | grep -c . || :)
	ours_rc=0
	PATH=$WORK/bin:$PATH git-upgrade "$@" >"$WORK/out" 2>"$WORK/err" ||
	ours_rc=$?
	cat "$WORK/out" "$WORK/err" >"$SAYS/$((ours_nr + 1))-$1"
	[ "$ours_code" = any ] || {
		[ "$ours_code" = "$ours_rc" ] || {
			tap_show_out
			cat "$WORK/out" "$WORK/err" >&7
			is "$ours_code" "$ours_rc ($*)"
		}
	}
}

# all_of DIR: its objects, of the ledgers, locks and whatever is there, and its
# refs with their logs
all_of()
{
	"$REAL_GIT" -C "$1" cat-file --batch-all-objects --batch \
		>"$SAYS/objects.$(basename "$1")"
	"$REAL_GIT" -C "$1" for-each-ref >"$SAYS/refs.$(basename "$1")"
}

# clean DIR...: no secret in what was said, nor in these repositories; where
# the user keeps them is left out
clean()
{
	for clean_dir
	do
		all_of "$clean_dir"
	done
	grep -rlaI geheim "$SAYS" "$@" >"$TRASH/tmp/found" || :
	grep -rla geheim "$SAYS" "$@" >>"$TRASH/tmp/found" || :
	sort -u "$TRASH/tmp/found" |
	grep -v -e '/\.git/config$' -e '/info/gitupgrade.yaml$' \
		>"$TRASH/tmp/leaks" || :
	if [ -s "$TRASH/tmp/leaks" ]
	then
		xargs grep -ao -e '.\{0,60\}geheim.\{0,20\}' \
			<"$TRASH/tmp/leaks" >&7
		return 1
	fi
}

# Reports that anybody may ask for
reports()
{
	for report in "status" "status --json" "log" "log --json" \
		"log --output" "log --failed" "diagnose" "diagnose --json" \
		"config" "verify" "verify --json" "verify -n" "push -n" \
		"trust --list" "list" "list --json"
	do
		# shellcheck disable=SC2086
		ours any $report
	done
}

change()
{
	put "$1.txt" "$1"
	commit "$1"
}
CONFIG=$WORK_PLATFORM/info/gitupgrade.yaml

story 'a platform, an upstream and a remote with passwords' '
	draw_clone prod
	cd prod
	git remote remove origin
	git config upgrade.upstream \
		"http://up:geheim-upstream@$AT/upstream/.git"
	cat >../tell <<-EOT
	#!/bin/sh
	cat >>"$WORK/told"
	echo "password=geheim-tell no route"
	exit 7
	EOT
	chmod +x ../tell
	write_profile ../profile.yaml
	cat >>../profile.yaml <<-EOT
	notify:
	  run: [$WORK/tell, "--token=geheim-notify", "{env}"]
	EOT
	ours 0 fetch
	ours 0 platform init -n --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM"
	ours 0 platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM"
	mkdir -p "$SRV"
	mkfifo "$SRV/go"
	git remote add platform "http://olga:geheim-remote@$AT/platform.git"
	git config remote.pushDefault platform
	has geheim-upstream "$CONFIG"
	chmod -R go= ../platform.git/info
	clean "$PWD" "$WORK_PLATFORM"
'

story 'hooks: pushed, refused, failed, asked about' '
	cd prod
	ours 0 push
	reports
	ours 0 merge --no-edit v1.1.0
	ours 0 push
	# A release that the platform has to ask upstream about
	git -C ../upstream checkout -q release/1.1
	echo 1.1.9 >../upstream/VERSION
	commit "Release 1.1.9" -C ../upstream
	git -C ../upstream tag -a -m v1.1.9 v1.1.9
	ours 0 fetch
	ours 0 merge --no-edit v1.1.9
	ours 0 push
	# One that upstream does not have
	git switch -q -c odd
	write_record v1.1.0
	sed -i "s/^release .*/release v7.7.7/" .gitupgrade.adopted
	commit "Odd"
	ours any push production
	git push -q platform HEAD:production >"$SAYS/plain" 2>&1 || :
	git switch -q -f production
	sed -i "s|echo \"building|echo \"password: geheim-step\"; echo \"at https://me:geheim-url@x/y?api_token=geheim-query\"; test ! -e loud \\|\\| { echo \"secret=geheim-last\"; exit 4; }; &|" \
		"$CONFIG"
	change one
	ours 0 push
	git push platform production >"$SAYS/plain" 2>&1
	put loud
	change two
	ours 3 push
	ours 3 push --retry
	reports
	git rm -q loud
	put sick
	sed -i "s|echo said 502|echo api_key=geheim-health|" "$CONFIG"
	change three
	ours 3 push
	reports
	git rm -q sick
	change four
	ours 0 push
	ours any platform status ../platform.git
	ours any platform status --json ../platform.git
	ours any platform repair ../platform.git
	wait_for 20 test -s ../told
	cp ../told "$SAYS/told"
	# What its steps print is in its own log, which is for its owner.
	find ../platform.git/upgrade/logs -type f -perm /007 >../open
	same /dev/null ../open
	rm -r ../platform.git/upgrade/logs
	clean "$PWD" "$WORK_PLATFORM"
'

story 'hooks: reasons' '
	cd prod
	ours 0 lock --reason="see https://eve:geheim-why@x/ password=geheim-why2"
	reports
	cp -R . ../other
	rm -rf ../other/.git/upgrade
	cd ../other
	ours 0 unlock --reason="api_token: geheim-unlock"
	cd ../prod
	reports
	ours any unlock
	ours 0 rollback --reason="secret=geheim-rollback" production
	git pull -q --no-rebase --no-edit platform production \
		>../pulled 2>&1
	reports
	cp ../told "$SAYS/told"
	rm -rf ../other ../platform.git/upgrade/logs
	clean "$PWD" "$WORK_PLATFORM"
'

story 'hooks: a check that asks with a secret, and gets it back' '
	cd prod
	sed -i "/^  health:/,/^    interval/d" "$CONFIG"
	sed -i "s|^verify:|&\n  health: {http: {url: \"$ANSWERS_URL/health?api_key=geheim-in-url\", json: {/status: up}}, interval: 0, polls: 1, timeout: 1}|" \
		"$CONFIG"
	says health "200 - {\"status\":\"no api_key=geheim-in-url here\"}"
	change five
	ours 3 push
	says health "to 302 http://x:geheim-probe@localhost:1/?api_key=geheim-in-url"
	ours 3 push --retry
	says health "200 - api_key=geheim-in-url"
	ours 3 push --retry
	says health "200 - {\"status\":\"up\"}"
	ours 0 push --retry
	reports
	rm -r ../platform.git/upgrade/logs
	clean "$PWD" "$WORK_PLATFORM"
'

# A fresh place for an engine
engine_place()
{
	cd "$WORK"
	rm -rf prod plain.git engine upstream says/*
	draw_engine
	cd prod
	git remote set-url fork "http://olga:geheim-remote@$AT/plain.git"
	git -C "$WORK/plain.git" config http.receivepack true
	DEPLOY_TOKEN=geheim-token
	export DEPLOY_TOKEN
}

story 'command: a program that tells all it knows' '
	engine_place
	DRIVER="command"
	drives "ours:" "  command:" "    deploy:" \
		"      run: [$WORK/deployer, deploy, \"--password={api_password}\"]" \
		"    status:" \
		"      run: [$WORK/deployer, status]" \
		"      output: {\"^done\": success, \"^bad\": failure}"
	sed -i "s|^    deploy: command|&\n    variables: {api_password: geheim-variable}|" \
		../profile.yaml
	cat >../deployer <<-\EOT
	#!/bin/sh
	case $1 in
	status)
		cat "$ENGINE/state"
		echo "with $DEPLOY_TOKEN"
		;;
	*)
		echo "using $DEPLOY_TOKEN and ${2#*=} for it"
		echo "no: $DEPLOY_TOKEN, ${2#*=}"
		;;
	esac
	EOT
	echo done >"$ENGINE/state"
	ours any trust --yes
	ours 0 push
	reports
	change one
	echo "bad: geheim-token geheim-variable" >"$ENGINE/state"
	ours 3 push
	ours 3 push --retry
	reports
	change two
	echo "what geheim-token geheim-variable" >"$ENGINE/state"
	ours 4 push --timeout=1s
	ours 4 verify
	echo "done" >"$ENGINE/state"
	ours 0 push
	clean "$PWD" "$WORK/plain.git"
'

story 'http: a service that echoes whatever it is sent' '
	engine_place
	mkdir -p "$ANSWERS/deploys/d1"
	DRIVER=http
	drives "api:" "  http:" \
		"    token:" \
		"      env: DEPLOY_TOKEN" \
		"      exchange: {url: \"$ANSWERS_URL/token?api_key=geheim-in-url\", form: {client_secret: geheim-exchange, token: \"{token}\"}, at: /access_token}" \
		"    headers: {X-Auth-Key: geheim-header}" \
		"    trigger:" \
		"      url: \"$ANSWERS_URL/start?api_key=geheim-in-url\"" \
		"      json: {commit: \"{commit}\", password: \"{api_password}\"}" \
		"      id: /id" \
		"    status:" \
		"      url: \"$ANSWERS_URL/deploys/{id}/status\"" \
		"      state: /state" "      text: /why" \
		"      states: {ok: success, bad: failure}" \
		"    log:" \
		"      url: \"$ANSWERS_URL/deploys/{id}/log\""
	sed -i "s|^    deploy: http|&\n    variables: {api_password: geheim-variable}|" \
		../profile.yaml
	all="geheim-token geheim-exchange geheim-access geheim-header geheim-variable geheim-in-url"
	says token "200 - {\"access_token\":\"geheim-access\"}"
	says start "201 - {\"id\":\"d1\"}"
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	says deploys/d1/log "200 - log of $all\\n"
	ours any trust --yes
	ours 0 push
	reports
	change one
	says deploys/d1/status "200 - {\"state\":\"bad\",\"why\":\"$all\"}"
	ours 3 push
	reports
	change two
	says token "400 - $all"
	ours any push
	says token "200 - {\"access_token\":\"geheim-access\"}"
	says start "403 - $all"
	ours any push
	says start "to 302 http://x:geheim-access@localhost:1/?api_key=geheim-in-url"
	ours any push
	says start "201 - {\"id\":\"d1\"}"
	says deploys/d1/status "500 - $all" \
		"200 - {\"state\":\"$all\"}" "200 - $all"
	ours any push --retry --timeout=2s
	ours any push --timeout=2s
	ours any verify
	says deploys/d1/status "200 - {\"state\":\"ok\"}"
	ours 0 push
	reports
	clean "$PWD" "$WORK/plain.git"
'

story 'http: credential helpers' '
	cd "$WORK/prod"
	sed -i "s|      env: DEPLOY_TOKEN|      credential: https://deploy.example|" \
		../profile.yaml
	git config credential.helper "!f() { echo username=x; echo password=geheim-cred; }; f"
	ours any trust --yes
	change three
	says deploys/d1/log "200 - with geheim-cred\\n"
	says deploys/d1/status \
		"200 - {\"state\":\"bad\",\"why\":\"geheim-cred\"}"
	ours 3 push
	says token "401 - geheim-cred"
	ours any push --retry
	reports
	git config --unset credential.helper
	clean "$PWD" "$WORK/plain.git"
'

story 'pull: steps that see the environment of the host' '
	cd "$WORK"
	rm -rf prod plain.git engine upstream says/* host
	API_TOKEN=geheim-env
	export API_TOKEN
	draw_clone prod
	write_profile profile.yaml
	sed -i "s|../../serving|$WORK/serving|; s|test ! -e blocks .*|echo using \$API_TOKEN|; s|^          test ! -e broken|          test ! -e broken \\|\\| { echo no: \$API_TOKEN; exit 3; }|; s|echo said 502|echo \$API_TOKEN is bad|" \
		profile.yaml
	printf "%s\n" "environments:" "  production:" "    deploy: pull" \
		"    prefix: [env, \"SECRET=geheim-prefix\"]" \
		"notify:" "  run: [$WORK/tell, \"--token=geheim-notify\"]" \
		>>profile.yaml
	git init -q --bare plain.git
	git -C plain.git config http.receivepack true
	git -C prod push -q ../plain.git production "refs/tags/*"
	git clone -q -b production plain.git host
	cd host
	git remote set-url origin "http://olga:geheim-remote@$AT/plain.git"
	git config upgrade.profile "$WORK/profile.yaml"
	git config upgrade.production.branch production
	ours any trust --yes
	ours 0 deploy
	reports
	put broken
	change broken
	git push -q --no-verify origin production
	ours 3 deploy
	ours 3 deploy --retry
	reports
	git rm -q broken
	put sick
	change sick
	git push -q --no-verify origin production
	ours 3 deploy
	reports
	git rm -q sick
	change well
	git push -q --no-verify origin production
	ours 0 deploy
	cat ../told >"$SAYS/told"
	find .git/upgrade/logs -type f -perm /007 >../open
	same /dev/null ../open
	rm -r .git/upgrade/logs
	clean "$PWD" "$WORK/plain.git"
'

story 'init: nothing of an upstream with a password gets into the tree' '
	cd "$WORK"
	rm -rf says/* fresh
	git clone -q upstream fresh
	cd fresh
	git switch -q -c production --no-track v1.0.0
	git remote set-url origin "http://up:geheim-upstream@$AT/upstream/.git"
	ours any init -n
	ours any init -n --json
	ours any init --profile=generic
	ours any show v1.1.0
	ours any plan v1.1.0
	ours any plan --json v1.1.0
	ours any diff v1.1.0
	ours any fetch
	clean "$PWD"
'

done_testing
