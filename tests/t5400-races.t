#!/bin/sh
# Kills and races: whoever dies at whatever instant, the branch is deployed
# in the end, once, and what is recorded is what runs.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# What must hold whenever nobody is at work.
consistent()
{
	consistent_tip=$(git -C "$WORK_PLATFORM" rev-parse refs/heads/production)
	is "$consistent_tip" "$(ref deployed/production)"
	is "$consistent_tip" "$(ref verified/production)"
	is "$consistent_tip" "$(last_event commit)"
	git -C "$WORK_PLATFORM" ls-tree -r --name-only "$consistent_tip" \
		>"$TRASH/tmp/want"
	( cd "$SRV/current/" && find . -type f ) | sed 's|^./||' |
		LC_ALL=C sort >"$TRASH/tmp/got"
	same "$TRASH/tmp/want" "$TRASH/tmp/got"
	find "$SRV/releases" -maxdepth 1 -name '.*' -type f >"$TRASH/tmp/markers"
	same /dev/null "$TRASH/tmp/markers"
	git -C "$WORK_PLATFORM" log --format=%s \
		refs/upgrade/ledger/production >"$TRASH/tmp/ledger"
	is 1 "$(grep -c "^deployed.* $(echo "$consistent_tip" | cut -c1-7)" \
		"$TRASH/tmp/ledger")"
}

# building_again COMMIT: in a second try
building_again()
{
	[ "$(grep -l "deploys $1" \
		"$WORK_PLATFORM"/upgrade/logs/production/2*.log |
		grep -c .)" = 2 ] &&
	building "$1"
}

on_platform()
{
	[ "$(git -C "$WORK_PLATFORM" rev-parse production)" = "$1" ]
}

story 'pushes in a row end with the newest, none at once' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	for n in 1 2 3 4 5 6 7 8
	do
		put "n/$n" "$n"
		commit "Number $n"
		git push -q platform production 2>../err &
		# The next may not overtake it on the way.
		wait_for 20 on_platform "$(git rev-parse HEAD)"
	done
	wait
	platform_idle
	consistent
	exists ../srv/current/n/8
'

story 'of many pushers at once one wins, and is deployed' '
	for n in 1 2 3 4 5 6
	do
		git clone -q platform.git "clone$n"
		put "clone$n/by" "$n"
		git -C "clone$n" add by
		git -C "clone$n" commit -q -m "By $n"
	done
	for n in 1 2 3 4 5 6
	do
		git -C "clone$n" push --porcelain >"won$n" 2>&1 &
	done
	wait
	cat won? >won
	is 1 "$(grep -c "^ .*refs/heads/production:refs/heads/production" won)"
	platform_idle
	consistent
'

story 'a pusher that is killed in the middle loses nothing' '
	cd prod
	git pull -q platform production
	put blocks
	commit "Blocks"
	setsid git push platform production >../out 2>../err &
	pusher=$!
	wait_for 20 building "$(git rev-parse HEAD)"
	# It and all of its kin, the hooks and git on the far side included.
	kill -KILL "-$pusher"
	let_go
	platform_idle
	consistent
'

story 'a follower nobody reads from holds nothing up' '
	cd prod
	put stopped.txt x
	commit Stopped
	mkfifo ../fifo
	git push platform production >../fifo 2>&1 &
	exec 9<../fifo
	let_go
	platform_idle
	consistent
	exec 9<&-
	wait
'

story 'what is configured while a worker waits holds for what it deploys' '
	cd prod
	put first.txt x
	commit First
	git push platform production >../out 2>../err &
	wait_for 20 building "$(git rev-parse HEAD)"
	put second.txt x
	commit Second
	# It sees nothing but that somebody waits already, or that one begins.
	git push platform production >../out2 2>../err2 &
	tip=$(git rev-parse HEAD)
	wait_for 20 eval "[ \$(git -C ../platform.git rev-parse production) = $tip ]"
	cp ../platform.git/info/gitupgrade.yaml ../kept.yaml
	sed -i "s/echo .building /&anew /" \
		../platform.git/info/gitupgrade.yaml
	let_go
	wait_for 20 building "$tip"
	let_go
	wait
	platform_idle
	has "^remote: building v1.0.0" ../err
	has "^remote: building anew v1.0.0" ../err2
	lacks "building v1.0.0" ../err2
	mv ../kept.yaml ../platform.git/info/gitupgrade.yaml
	consistent
'

story 'one that cannot be read stops it, and loses nothing' '
	cd prod
	put third.txt x
	commit Third
	git push platform production >../out 2>../err &
	wait_for 20 building "$(git rev-parse HEAD)"
	put fourth.txt x
	commit Fourth
	git push platform production >../out2 2>../err2 &
	tip=$(git rev-parse HEAD)
	wait_for 20 eval "[ \$(git -C ../platform.git rev-parse production) = $tip ]"
	cp ../platform.git/info/gitupgrade.yaml ../kept.yaml
	echo "nonsense: 1" >>../platform.git/info/gitupgrade.yaml
	let_go
	wait
	wait_for 20 no_workers
	is "$(git rev-parse HEAD~1)" "$(ref deployed/production)"
	has "nonsense" ../platform.git/upgrade/logs/production/worker.log
	mv ../kept.yaml ../platform.git/info/gitupgrade.yaml
	timeout 30 git upgrade platform repair "$WORK_PLATFORM" >../out &
	wait_for 20 building "$tip"
	let_go
	wait
	consistent
'

story 'a worker killed in a step is made good by repair' '
	cd prod
	put again.txt x
	commit Again
	git push platform production >../out 2>../err &
	wait_for 20 building "$(git rev-parse HEAD)"
	kill_workers
	wait
	wait_for 20 no_workers
	has "the worker is gone" ../err
	git upgrade platform status ../platform.git >../out 2>../err
	has "not deployed yet" ../out
	has "git upgrade platform repair" ../err
	timeout 30 git upgrade platform repair "$WORK_PLATFORM" >../out &
	wait_for 20 building_again "$(git rev-parse HEAD)"
	let_go
	wait
	has "^production .*up to date" ../out
	has "# .* end killed" ../platform.git/upgrade/logs/production/*.log
	consistent
'

story 'or by the next push' '
	cd prod
	put more.txt x
	commit More
	git push platform production >../out 2>../err &
	wait_for 20 building "$(git rev-parse HEAD)"
	kill_workers
	wait
	# The push may have had another one on its way.
	kill_workers
	wait_for 20 no_workers
	git rm -q blocks
	commit "No blocks"
	git push platform production 2>../err
	platform_idle
	consistent
	ls ../srv/releases >../left
	is 3 "$(grep -c . ../left)"
'

story 'switched and not recorded is recorded, once' '
	cd prod
	git rev-parse HEAD >../tip
	count=$(events)
	current=$(basename "$(readlink ../srv/current)")
	git rev-parse HEAD^ >../before
	# As a worker leaves it that dies between rename and commit.
	git -C ../platform.git update-ref refs/upgrade/deployed/production \
		"$(cat ../before)"
	git -C ../platform.git update-ref refs/upgrade/verified/production \
		"$(cat ../before)"
	git -C ../platform.git update-ref refs/upgrade/ledger/production \
		refs/upgrade/ledger/production^
	tr -d "\n" <../tip >"../srv/releases/.$current.building"
	timeout 60 git upgrade platform repair "$WORK_PLATFORM"
	is "$count" "$(events)"
	is "$current" "$(basename "$(readlink ../srv/current)")"
	consistent
	timeout 60 git upgrade platform repair "$WORK_PLATFORM"
	is "$count" "$(events)"
'

story 'kills at any instant leave a whole release' '
	cd prod
	for n in 1 2 3 4 5 6 7 8 9 10
	do
		put "kill/$n" "$n"
		commit "Kill $n"
		git push platform production >../out 2>../err &
		wait_for 20 on_platform "$(git rev-parse HEAD)"
		# Looking for them takes a while: a clock of a kind.
		for turn in 1 2 3 4 5 6 7 8 9 10
		do
			[ "$turn" -gt "$n" ] || worker_pids >../pids
		done
		kill_workers
		wait
		exists ../srv/current/VERSION ../srv/current/own.txt
		timeout 20 git upgrade platform repair "$WORK_PLATFORM" >../out
		consistent
	done
'

# keeper_pid: the process between the worker and the step that runs
keeper_pid()
{
	for keeper in $(worker_pids)
	do
		parent=$(sed "s/.*) . //; s/ .*//" "/proc/$keeper/stat")
		if worker_pids | grep -q -x "$parent"
		then
			echo "$keeper"
		fi
	done
}

# step_pids: what runs in release directories of this platform
step_pids()
{
	for step in /proc/[0-9]*
	do
		case $(readlink "$step/cwd" 2>/dev/null) in
		"$SRV"/releases/*) echo "${step#/proc/}" ;;
		esac
	done
}

no_steps()
{
	[ -z "$(step_pids)" ]
}

story 'a program whose keeper is killed does not stay behind' '
	cd prod
	put blocks
	commit "Block once more"
	git push -q platform production 2>../err &
	wait_for 20 building "$(git rev-parse HEAD)"
	kill -KILL "$(keeper_pid)"
	wait
	has "step .build.: the keeper of .sh. was killed" ../err
	wait_for 10 no_steps
	git rm -q blocks
	commit "Do not block"
	git push -q platform production 2>../err
	consistent
'

story 'what a killed deploy had stopped is started again' '
	cd prod
	config=../platform.git/info/gitupgrade.yaml
	cp "$config" ../saved
	sed "s|    - name: start|    - name: stop\n      interrupts: true\n      run: [sh, -c, \"rm ../../serving; test ! -e holds \|\| cat ../../go\"]\n&|" \
		../saved >"$config"
	put holds
	commit "Stop, and hang"
	git push -q platform production 2>../err &
	wait_for 20 test ! -e ../srv/serving
	kill_workers
	wait
	git rm -q holds
	put broken
	commit "Fail before anything is stopped"
	git push -q platform production 2>../err
	has "was restored and serves again" ../err
	is restored "$(last_event outcome)"
	exists ../srv/serving
	missing ../srv/.interrupted
	cp ../saved "$config"
	git rm -q broken
	commit "Whole again"
	git push -q platform production 2>../err
	consistent
'

# pkt TEXT: as a packet line
pkt()
{
	printf "%04x%s\n" "$((${#1} + 5))" "$1"
}

story 'a gate that lost its push leaves no worker waiting for ever' '
	cd prod
	put lost 1
	commit "Lost on the way"
	git push -q platform HEAD:topic
	{
		pkt version=1
		printf 0000
		pkt "$(git rev-parse HEAD^) $(git rev-parse HEAD) refs/heads/production"
		printf 0000
	} >../asked
	cd ../platform.git
	# Who asks is gone when the answer comes; our own parent is not.
	cat ../asked | git-upgrade hook proc-receive >../out 2>../err
	has "ok refs/heads/production" ../out
	wait_for 10 no_workers
	cd ../prod
	git push -q platform production 2>../err
	consistent
'

story 'stale locks of killed pushes are removed by repair' '
	wait_for 20 no_workers
	cd platform.git
	touch -d "1 minute ago" refs/heads/production.lock HEAD.lock
	mkdir -p objects/pack
	echo "receive-pack 4194999 on here" >objects/pack/pack-1.keep
	git upgrade platform repair . 2>../err
	has "removed the stale HEAD.lock" ../err
	missing refs/heads/production.lock HEAD.lock objects/pack/pack-1.keep
	for kind in ledger deployed verified failed
	do
		mkdir -p refs/upgrade/$kind
		touch -d "1 minute ago" refs/upgrade/$kind/production.lock
	done
	cd ../prod
	put after-power-cut x
	commit "After a power cut"
	git push -q platform production 2>../err
	consistent
'

story 'fsck and gc have nothing to complain of' '
	cd platform.git
	git fsck --strict
	git gc -q --prune=now
	git fsck --strict
	git upgrade platform status .
'

done_testing
