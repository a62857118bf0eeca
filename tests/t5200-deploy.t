#!/bin/sh
# Deploys: what a push sets going, what is left standing when it fails.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# push_commit MESSAGE: everything in the clone, to production
push_commit()
{
	commit "$1"
	git push platform production >"$WORK/out" 2>"$WORK/err"
}

story 'a push deploys, and says so' '
	draw_clone prod
	cd prod
	draw_platform
	git push platform production 2>../err
	has "^remote: production: v1.0.0 " ../err
	has "^remote: building v1.0.0 for production" ../err
	has "^remote:   step  *build 0:0" ../err
	has "^remote:   verify  *platform ok, log ok, version v1.0.0 ok, health 2/2" ../err
	has "^remote: Deployed and verified in" ../err
	lacks "^remote: # " ../err
	deployed v1.0.0
'

story 'deployed, verified and the event are there together' '
	cd prod
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is "" "$(ref failed/production)"
	is 1 "$(events)"
	is deployed "$(last_event event)"
	is ok "$(last_event outcome)"
	is server "$(last_event by)"
	is "$(git rev-parse "HEAD^{tree}")" "$(last_event tree)"
	is "Olga Operator <olga@ops.example>" "$(last_event who)"
	git -C ../platform.git log -1 --format=%s \
		refs/upgrade/ledger/production >../subject
	has "^deployed v1.0.0 $(git rev-parse --short=7 HEAD)" ../subject
	git -C ../platform.git fsck --strict
'

story 'the release is the exact tree, readable, without metadata' '
	cd prod
	git ls-tree -r --name-only HEAD >../want
	cd ../srv/current/
	find . -type f | sed "s|^./||" | LC_ALL=C sort >"$WORK/got"
	same "$WORK/want" "$WORK/got"
	missing .git
	find . -type f ! -perm -044 >"$WORK/unreadable"
	same /dev/null "$WORK/unreadable"
	is releases "$(dirname "$(readlink "$SRV/current")")"
'

story 'a pusher with a narrow umask makes a readable release' '
	cd prod
	put note.txt note
	commit Note
	(
		umask 077
		git push -q platform production 2>../err
	)
	find ../srv/current/ ! -type l ! -perm -044 >../unreadable
	same /dev/null ../unreadable
'

story 'shared paths outlive releases' '
	echo upload >srv/shared/data/files/one
	cd prod
	put another.txt x
	push_commit Another
	is upload "$(cat ../srv/current/data/files/one)"
	is 3 "$(events)"
'

story 'old releases are kept by count' '
	cd prod
	put third.txt x
	push_commit Third
	put fourth.txt x
	push_commit Fourth
	ls ../srv/releases >../kept
	is 3 "$(grep -c . ../kept)"
	find ../srv/releases -name ".*.building" >../markers
	same /dev/null ../markers
'

story 'steps see a clean environment' '
	cd prod
	put env.sh "grep SigIgn /proc/self/status >../../signals" \
		"env | sort >../../environment"
	sed "s|^    - name: build|    - name: env\n      run: [sh, env.sh]\n&|" \
		../profile.yaml >../with-env.yaml
	cp ../platform.git/info/gitupgrade.yaml ../saved
	sed -n "/^# Where releases/,\$p" ../saved >>../with-env.yaml
	cp ../with-env.yaml ../platform.git/info/gitupgrade.yaml
	commit Env
	(
		trap "" INT TERM
		HTTP_PROXY=evil SECRET=1 git push -q platform production \
			2>../err
	)
	# Signal 32 belongs to the C library, and nobody can reset it.
	has "^SigIgn:[[:space:]]*[0-9a-f]*[08]0000000\$" ../srv/signals
	lacks "evil" ../srv/environment
	lacks "SECRET" ../srv/environment
	lacks "^GIT_" ../srv/environment
	has "^UPGRADE_ENV=production" ../srv/environment
	has "^UPGRADE_RELEASE=v1.0.0" ../srv/environment
	has "^UPGRADE_COMMIT=$(git rev-parse HEAD)" ../srv/environment
	has "^UPGRADE_RELEASE_DIR=$WORK/srv/releases/" ../srv/environment
	has "^UPGRADE_DEPLOY=.*-$(git rev-parse --short=12 HEAD)" \
		../srv/environment
	has "^HOME=$HOME" ../srv/environment
	has "^PATH=" ../srv/environment
	cp ../saved ../platform.git/info/gitupgrade.yaml
'

story 'a failing step leaves the old release serving' '
	cd prod
	before=$(readlink ../srv/current)
	git rev-parse HEAD >../good
	put broken
	push_commit Broken
	has "error: v1.0.0 was not deployed: step .build.: exit code 1" ../err
	has "v1.0.0 keeps serving" ../err
	has "hint: .*git upgrade push --retry" ../err
	is "$before" "$(readlink ../srv/current)"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	is "$(cat ../good)" "$(ref deployed/production)"
	is failed "$(last_event event)"
	is failed "$(last_event outcome)"
	has "step .build.: exit code 1" ../platform.git/upgrade/logs/production/latest
	has "^# .* end failed" ../platform.git/upgrade/logs/production/latest
'

story 'a failure is not tried again by itself' '
	cd prod
	count=$(events)
	git -C ../platform.git update-ref refs/heads/topic HEAD
	git upgrade platform repair ../platform.git >../out
	has "failed" ../out
	is "$count" "$(events)"
'

story 'the failed directory is kept until the next try' '
	cd prod
	find ../srv/releases -name ".*.failed" >../failed
	is 1 "$(grep -c . ../failed)"
	git rm -q broken
	push_commit Mended
	find ../srv/releases -name ".*.failed" >../failed
	same /dev/null ../failed
	is "" "$(ref failed/production)"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'failing health after the interruption brings the old one back' '
	cd prod
	git rev-parse HEAD >../good
	adopt v1.1.0
	put sick
	push_commit Sick
	has "verify .*health 0/2" ../err
	has "error: v1.1.0 was not deployed: health 0/2: exit code 1: said 502" ../err
	has "step *start\|restore  *start" ../err
	has "v1.0.0 was restored and serves again" ../err
	is restored "$(last_event outcome)"
	is v1.1.0 "$(last_event release)"
	is v1.0.0 "$(last_event from)"
	is 1.0.0 "$(cat ../srv/current/VERSION)"
	is 1.0.0 "$(cat ../srv/serving)"
	is "$(cat ../good)" "$(ref deployed/production)"
	is "$(cat ../good)" "$(ref verified/production)"
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
'

story 'mended, the next push deploys' '
	cd prod
	git rm -q sick
	push_commit Healthy
	deployed v1.1.0
	is v1.0.0 "$(last_event from)"
	has "production: v1.0.0 -> v1.1.0" ../err
'

story 'a step at its time limit is ended with all it started' '
	cd prod
	put hangs
	push_commit Hangs
	has "step .settle.: no end after 10 s" ../err
	is failed "$(last_event outcome)"
	for pid in /proc/[0-9]*
	do
		if tr "\0" "\n" <"$pid/environ" 2>/dev/null >"$TRASH/tmp/e"
		then
			lacks "^UPGRADE_RELEASE_DIR=$WORK/srv/" "$TRASH/tmp/e"
		fi
	done
	git rm -q hangs
'

# with_build LINE: the platform's build step does that first
with_build()
{
	cp ../platform.git/info/gitupgrade.yaml ../saved
	sed "s#^          echo \"building#          $1\\n&#" ../saved \
		>../platform.git/info/gitupgrade.yaml
}

story 'a very long line is cut for whoever follows, not in the log' '
	cd prod
	with_build "head -c 2000000 /dev/zero | tr \"\\\\0\" x; echo"
	put long.txt 1
	push_commit "A long line"
	has "(that line is longer)" ../err
	has "^remote: building" ../err
	cp ../saved ../platform.git/info/gitupgrade.yaml
	[ "$(wc -c <../err)" -lt 10000 ]
	[ "$(wc -c <../platform.git/upgrade/logs/production/latest)" -gt \
		2000000 ]
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'a step that prints without end is ended' '
	cd prod
	with_build "head -c 270000000 /dev/zero; cat ../../go"
	put long.txt 2
	push_commit "Print without end"
	has "step .build.: more than 256 MiB of output" ../err
	cp ../saved ../platform.git/info/gitupgrade.yaml
	: >../platform.git/upgrade/logs/production/latest
	put long.txt 3
	push_commit "Print less"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'the ledger gets one line of what git said, the log all' '
	cd prod
	mkdir -p ../platform.git/info
	echo "big*.txt filter=fails" >../platform.git/info/attributes
	git -C ../platform.git config filter.fails.smudge false
	git -C ../platform.git config filter.fails.required true
	put big1.txt x
	push_commit "A file that cannot be checked out"
	has "was not deployed: git read-tree: " ../err
	has "git read-tree: " ../platform.git/upgrade/logs/production/latest
	git -C ../platform.git log -1 --format=%b \
		refs/upgrade/ledger/production >../body
	has "detail.*git read-tree: [^\\\\]*\"" ../body
	rm ../platform.git/info/attributes
	git rm -q big1.txt
	commit "Without it"
	git push -q platform production
'

story 'a known failure in the log is one' '
	cd prod
	put env.sh "echo known trouble 7"
	cp ../with-env.yaml ../platform.git/info/gitupgrade.yaml
	push_commit Trouble
	has "verify .*log failed" ../err
	has "known trouble \[0-9\]+" ../err
	is restored "$(last_event outcome)"
	cp ../saved ../platform.git/info/gitupgrade.yaml
	put env.sh ":"
	push_commit Quiet
	deployed v1.1.0
'

story 'when nothing can be started again the record says down' '
	git -C upstream checkout -q release/1.1
	cd prod
	put breaks-start
	commit "Cannot start"
	# The running release as well: nothing to go back to.
	current=$(readlink ../srv/current)
	: >"../srv/$current/breaks-start"
	git push platform production 2>../err
	has "nothing serves now" ../err
	is down "$(last_event outcome)"
	git rm -q breaks-start
	push_commit "Start again"
	deployed v1.1.0
'

story 'a submodule is an error, not an empty folder' '
	cd prod
	git update-index --add --cacheinfo \
		"160000,$(git rev-parse HEAD),vendor/lib"
	tick
	git commit -q -m Submodule
	git push platform production 2>../err
	has "vendor/lib. is a submodule" ../err
	has "optional_submodules" ../err
	is failed "$(last_event outcome)"
	git rm -q --cached vendor/lib
	commit "No submodule"
'

story 'but for those the profile says a release runs without' '
	cd prod
	git update-index --add --cacheinfo \
		"160000,$(git rev-parse HEAD),extra/statistics"
	tick
	git commit -q -m "A submodule nobody needs"
	git push -q platform production
	deployed v1.1.0
	is ok "$(last_event outcome)"
	git rm -q --cached extra/statistics
	commit "No submodule"
'

story 'a tracked link on the way to a shared path is refused' '
	cd prod
	mkdir ../outside
	ln -s ../../../outside data
	push_commit Link
	has "leads through .data." ../err
	is failed "$(last_event outcome)"
	missing ../outside/files
	git rm -q data
	push_commit "No link"
	deployed v1.1.0
'

story 'what the tree has at a shared path is its first content' '
	cd prod
	git switch -q -c seeded
	put data/files/seed seed
	sed "s|data/files|data/files, etc/conf|" ../saved \
		>../platform.git/info/gitupgrade.yaml
	put etc/conf "a=1"
	commit Seed
	git push -q platform HEAD:production 2>../err
	is upload "$(cat ../srv/current/data/files/one)"
	is "a=1" "$(cat ../srv/shared/etc/conf)"
	is "a=1" "$(cat ../srv/current/etc/conf)"
	[ -L ../srv/current/etc/conf ]
	cp ../saved ../platform.git/info/gitupgrade.yaml
	git switch -q production
	git merge -q --ff-only seeded
'

story 'with metadata the release can be asked for its version' '
	cd prod
	sed "s|^  keep: 2|  keep: 2\n  metadata: true|" ../saved \
		>../platform.git/info/gitupgrade.yaml
	git tag v9.9.9 HEAD
	git push -q platform v9.9.9
	put asked.txt x
	push_commit Ask
	cd ../srv/current/
	is v1.1.0 "$(git describe --tags --abbrev=0)"
	is "$(git -C "$WORK/prod" rev-parse HEAD)" "$(git rev-parse HEAD)"
	git diff --exit-code HEAD -- VERSION own.txt
	cd "$WORK/prod"
	cp ../saved ../platform.git/info/gitupgrade.yaml
'

story 'a branch moved on the server itself is deployed too' '
	cd prod
	put local.txt x
	commit Local
	git push -q platform HEAD:refs/heads/elsewhere
	git -C ../platform.git update-ref refs/heads/production \
		refs/heads/elsewhere
	wait_for 20 platform_is_idle
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'a folder where the link should be is not touched' '
	cd prod
	mv ../srv/current ../link
	mkdir ../srv/current
	put folder.txt x
	push_commit Folder
	has "is a folder, no link" ../err
	is failed "$(last_event event)"
	rmdir ../srv/current
	mv ../link ../srv/current
'

story 'status says what stands' '
	cd prod
	platform_idle
	git upgrade platform status ../platform.git >../out
	has "^production  *v1.1.0  *v1.1.0  *failed" ../out
	has "failed  *v1.1.0" ../out
	git upgrade platform status --json ../platform.git >../out
	has "\"state\":[[:space:]]*\"failed\"" ../out
	git -C ../platform.git symbolic-ref refs/heads/alias \
		refs/heads/production
	git upgrade platform status ../platform.git 2>../err
	has "refs/heads/alias is a symbolic ref" ../err
'

story 'a folder that another platform deploys to is not touched' '
	draw_clone second
	cd second
	releases=$(find "$SRV/releases" | sort)
	expect_code 2 git upgrade platform init --deploy-to="$SRV" \
		../second.git 2>../err
	has "^error: .$SRV. is where the platform .$WORK_PLATFORM. deploys to" \
		../err
	has "^hint: give another folder with --deploy-to" ../err
	missing ../second.git
	# By hand
	git upgrade platform init --deploy-to="$WORK/own" ../second.git
	sed -i "s|$WORK/own|$SRV|" ../second.git/info/gitupgrade.yaml
	expect_code 1 git push ../second.git production >../out 2>../err
	has "error: .$SRV. is where the platform .$WORK_PLATFORM. deploys to" \
		../err
	git -C ../second.git -c core.hooksPath=/dev/null fetch -q ../second \
		production:production
	expect_code 2 git upgrade platform repair ../second.git >../out 2>../err
	has "production: .$SRV. is where the platform" ../err
	is "$releases" "$(find "$SRV/releases" | sort)"
	is "$WORK_PLATFORM" "$(cat "$SRV/.platform")"
	# Who has moved away has given it up.
	sed -i "s|deploy_to: .*|deploy_to: $WORK/elsewhere|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git commit -q --allow-empty -m "Once more"
	git push ../second.git production >../out 2>../err
	is "$WORK/second.git" "$(cat "$SRV/.platform")"
	has "Deployed and verified" ../err
'

done_testing
