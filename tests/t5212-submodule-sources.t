#!/bin/sh
# Where submodules come from: servers, servers that hang or go away, workers
# that are killed meanwhile, and .gitmodules that means ill.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/submodules.sh"

# hostile NAME URL: production with a submodule called so
hostile()
{
	rm -f .gitmodules
	git config -f .gitmodules "submodule.$1.path" vendor/lib
	git config -f .gitmodules "submodule.$1.url" "$2"
	git add .gitmodules
	update_lib vendor/lib lib
	pushed "Means ill"
	is failed "$(last_event outcome)"
	missing ../pwned
}

story 'set-up: a platform and a library' '
	draw_lib lib
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	on_server protocol.file.allow always
'

story 'a name that leads elsewhere is none' '
	cd prod
	for name in .. ../hooks a/../../../b /etc "a\\..\\b" lib/.git
	do
		hostile "$name" "$LIBS/lib.git"
		has "is a submodule, and its name leads out" ../err
		has "v1.0.0 keeps serving" ../err
	done
	missing ../platform.git/modules
'

story 'a URL that is an option is none, nor is one that runs something' '
	cd prod
	for url in "-u../../pwn" "--upload-pack=touch $WORK/pwned"
	do
		hostile lib "$url"
		has "its URL begins with .-., as options do" ../err
	done
	for url in "ext::sh -c touch% $WORK/pwned" "fd::17" "odd::x"
	do
		hostile lib "$url"
		has "transport .[a-z]*. not allowed" ../err
	done
	hostile lib "ssh://-oProxyCommand=touch $WORK/pwned/x"
	has "cannot be fetched: strange hostname" ../err
	hostile lib "$(printf "https://127.0.0.1:1/\033[2Jx")"
	has "control characters" ../err
'

story 'a command in .gitmodules is not run, which is said' '
	cd prod
	git config -f .gitmodules submodule.lib.url "$LIBS/lib.git"
	git config -f .gitmodules submodule.lib.update "!touch $WORK/pwned"
	git add .gitmodules
	pushed "A command"
	has "warning: the command that .gitmodules names for submodule" ../err
	missing ../pwned
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
'

story 'nor is one submodule put into the repository of another' '
	cd prod
	git config -f .gitmodules submodule.lib/hooks.path evil
	git config -f .gitmodules submodule.lib/hooks.url "$LIBS/lib.git"
	git add .gitmodules
	update_lib evil lib
	pushed "Into another"
	has "submodule .lib/hooks. would be inside of submodule .lib." ../err
	is failed "$(last_event outcome)"
	missing ../platform.git/modules/lib/hooks/HEAD
	git config -f .gitmodules --remove-section submodule.lib/hooks
	git config -f .gitmodules submodule.a/objects.path evil
	git config -f .gitmodules submodule.a/objects.url "$LIBS/lib.git"
	git config -f .gitmodules submodule.a.path more
	git config -f .gitmodules submodule.a.url "$LIBS/lib.git"
	git add .gitmodules
	update_lib more lib
	pushed "Around another"
	has "modules/a. is in the way of submodule .a." ../err
	git rm -q --cached evil more
	git config -f .gitmodules --remove-section submodule.a/objects
	git config -f .gitmodules --remove-section submodule.a
	git add .gitmodules
	pushed "Clean again"
	deployed v1.0.0
'

story 'a .gitmodules that does not read, or is a link' '
	cd prod
	cp .gitmodules ../saved
	echo "[submodule" >.gitmodules
	git add .gitmodules
	pushed "Broken"
	has "..gitmodules. cannot be read: .*bad config line 1" ../err
	ln -sf ../../../saved .gitmodules
	git add .gitmodules
	pushed "A link"
	has "invalid path ..gitmodules." ../err
	rm .gitmodules
	cp ../saved .gitmodules
	git add .gitmodules
	pushed "Whole"
	deployed v1.0.0
'

story 'passwords in URLs are shown nowhere' '
	cd prod
	on_server submodule.lib.url \
		"http://olga:hunter2@127.0.0.1:1/lib.git?token=hunter2"
	rm -rf ../platform.git/modules
	put secret.txt x
	git add secret.txt
	pushed "A secret"
	has "submodule .vendor/lib. (http://.*127.0.0.1:1/lib.*) cannot be" ../err
	lacks hunter2 ../err
	lacks hunter2 ../platform.git/upgrade/logs/production/latest
	git -C ../platform.git log --format=%B \
		refs/upgrade/ledger/production >../ledger
	lacks hunter2 ../ledger
	lacks hunter2 ../platform.git/modules/lib/config
	on_server --unset submodule.lib.url
	again
	deployed v1.0.0
'

story 'a server that hangs is given up, and the next try goes on' '
	cat >slow <<-EOT
	#!/bin/sh
	test ! -e "$WORK/hangs" || { : >"$WORK/asked"; cat "$WORK/fifo"; }
	exec "\$@"
	EOT
	chmod +x slow
	mkfifo fifo
	git config --global uploadpack.packObjectsHook "$WORK/slow"
	: >hangs
	cp platform.git/info/gitupgrade.yaml saved
	sed "s|^  keep: 2|  keep: 2\n  submodule_timeout: 1s|" saved \
		>platform.git/info/gitupgrade.yaml
	more lib
	cd prod
	update_lib vendor/lib lib
	pushed "Hangs"
	has "cannot be fetched: it took longer than 1 s" ../err
	has "v1.0.0 keeps serving" ../err
	is failed "$(last_event outcome)"
	cp ../saved ../platform.git/info/gitupgrade.yaml
	rm ../hangs
	again
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
'

# Of a worker, and of git that it has started
fetchers()
{
	grep -l -z -e "^UPGRADE_DEPLOY=" /proc/[0-9]*/environ 2>/dev/null |
	sed "s|/proc/||; s|/environ||" >"$TRASH/tmp/fetchers" || :
	while read -r fetcher
	do
		case $(readlink "/proc/$fetcher/cwd") in
		"$WORK"/*)
			echo "$fetcher"
			;;
		esac
	done <"$TRASH/tmp/fetchers"
}

none_fetches()
{
	[ -z "$(fetchers)" ]
}

story 'a worker that is killed meanwhile leaves what the next goes on with' '
	: >hangs
	rm -f asked
	more lib
	cd prod
	update_lib vendor/lib lib
	tick
	git commit -q -m Killed
	git push platform HEAD:production 2>../err &
	wait_for 20 test -e ../asked
	test -n "$(fetchers)"
	# As if git had been stopped in the middle of something
	: >../platform.git/modules/lib/config.lock
	: >../platform.git/modules/lib/packed-refs.lock
	rm ../hangs
	cut -d " " -f 1 ../platform.git/upgrade/locks/production/run >../pid
	kill -KILL "$(cat ../pid)"
	wait
	git upgrade platform repair ../platform.git >../out 2>&1
	platform_idle
	none_fetches
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	git -C ../platform.git/modules/lib fsck --strict
	find ../platform.git/modules -name "*.lock" ! -name upgrade.lock \
		>../locks
	same /dev/null ../locks
'

story 'of two environments one fetches, and the other waits for that' '
	printf "  staging:\n    deploy_to: %s\n" "$WORK/staging" \
		>>platform.git/info/gitupgrade.yaml
	: >hangs
	rm -f asked
	more lib
	cd prod
	git upgrade platform init ../platform.git
	update_lib vendor/lib lib
	tick
	git commit -q -m Both
	git push platform HEAD:production HEAD:staging 2>../err &
	wait_for 20 test -e ../asked
	for env in production staging
	do
		wait_for 20 grep -q "deploys $(git rev-parse HEAD)" \
			"../platform.git/upgrade/logs/$env/latest"
	done
	rm ../hangs
	timeout 20 sh -c ": >../fifo"
	wait
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is "$(git rev-parse HEAD)" "$(ref deployed/staging)"
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	same_tree "$LIBS/lib.git" HEAD "$WORK/staging/current/vendor/lib"
	cat ../platform.git/upgrade/logs/*/latest >../logs
	is 1 "$(grep -c "^  fetch  *vendor/lib" ../logs)"
	rm ../asked
'

if ! command -v git-lfs >/dev/null
then
	skip 'Git LFS in a submodule' 'no git-lfs'
else
	story 'Git LFS in a submodule, set up once in the platform' '
		draw_lib big
		(
			cd libs/big
			git lfs install --local >/dev/null
			put .gitattributes "*.bin filter=lfs diff=lfs -text"
			put large.bin large
			commit "A large file"
			git remote add origin "$LIBS/big.git"
			git push -q origin HEAD
			git show HEAD:large.bin >"$WORK/pointer"
		)
		has "^version https://git-lfs" pointer
		cd prod
		git -C ../platform.git lfs install --local --skip-repo
		add_lib "$LIBS/big.git" big
		pushed "Large files"
		deployed v1.0.0
		is large "$(cat ../srv/current/big/large.bin)"
	'
fi

if ! have_ssh
then
	skip 'over ssh' 'no sshd or ssh'
elif ! start_ssh
then
	skip 'over ssh' 'sshd does not let this user in'
else
	git config --global core.sshCommand >ssh.command
	git config --global --unset core.sshCommand

	story 'over ssh, by what the platform has been told of it' '
		draw_lib far
		cd prod
		on_server core.sshCommand "$(cat ../ssh.command)"
		git -c core.sshCommand="$(cat ../ssh.command)" submodule \
			--quiet add "$SSH_URL$LIBS/far.git" far
		pushed "Over ssh"
		deployed v1.0.0
		has "fetch  *far" ../err
		same_tree "$LIBS/far.git" HEAD "$SRV/current/far"
	'
fi

if ! have_http
then
	skip 'over HTTP' 'no nginx, fcgiwrap, perl or setsid'
elif ! start_http "$WORK"
then
	skip 'over HTTP' 'the servers do not start'
else
	story 'over HTTP, and then from nowhere' '
		draw_lib web
		cd prod
		git submodule --quiet add "$HTTP_URL/libs/web.git" web
		pushed "Over HTTP"
		deployed v1.0.0
		same_tree "$LIBS/web.git" HEAD "$SRV/current/web"
		stop_http
		put later.txt x
		git add later.txt
		pushed "From nowhere"
		lacks "  fetch " ../err
		deployed v1.0.0
		same_tree "$LIBS/web.git" HEAD "$SRV/current/web"
	'
fi

done_testing
