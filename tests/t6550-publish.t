#!/bin/sh
# A host publishes what happened to it, and is none the worse when it cannot.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# there NAME: what refs/upgrade/NAME is at plain.git, or nothing
there()
{
	git -C "$WORK/plain.git" rev-parse -q --verify "refs/upgrade/$1" || :
}

# published: what is there is what is here
published()
{
	for kind in ledger deployed verified failed
	do
		is "$(here $kind/production)" "$(there $kind/production)" ||
		return 1
	done
}

# change TEXT: one more commit, pulled
change()
{
	(
		cd "$WORK/prod"
		put note.txt "$1"
		publish "Change $1"
	)
	git -C "$WORK/host" pull -q --rebase=false
}

story 'nobody said so: nothing is published' '
	draw_host
	cd host
	git upgrade deploy >../out 2>../err
	lacks "publish" ../err
	is "" "$(there ledger/production)"
'

story 'told where, the next run publishes what there is' '
	cd host
	git config upgrade.stateRemote origin
	expect_code 0 git upgrade deploy >../out 2>../err
	has "deployed and verified already" ../err
	published
	is "$(git rev-parse HEAD)" "$(there verified/production)"
	git -C ../plain.git fsck --strict
'

story 'each deploy is published before it ends, and said' '
	change one
	cd host
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^  publish    origin 0:0" ../err
	published
	is "$(git rev-parse HEAD)" "$(there deployed/production)"
	git config --unset upgrade.stateRemote
	git config upgrade.environments.production.deploy pull
	change two
	expect_code 0 git upgrade deploy -q >../out 2>../err
	is "" "$(cat ../out ../err)"
	published
	expect_code 0 git upgrade deploy --json >../out 2>../err
	has "\"published\": true" ../out
	expect_code 0 git -c upgrade.stateRemote=. upgrade deploy --json \
		>../out 2>../err
	has "\"published\": null" ../out
'

story 'a failure is published, too, and goes with the next success' '
	cd prod
	put broken
	publish Broken
	cd ../host
	git pull -q
	expect_code 3 git upgrade deploy >../out 2>../err
	published
	is "$(git rev-parse HEAD)" "$(there failed/production)"
	cd ../prod
	git rm -q broken
	publish Mended
	cd ../host
	git pull -q
	expect_code 0 git upgrade deploy -q >../out 2>../err
	published
	is "" "$(there failed/production)"
'

story 'verify publishes what it finds' '
	cd host
	touch sick
	expect_code 3 git upgrade verify >../out 2>../err
	published
	is "" "$(there verified/production)"
	rm sick
	expect_code 0 git upgrade verify >../out 2>../err
	published
	is "$(git rev-parse HEAD)" "$(there verified/production)"
'

story 'no secret that a program printed goes there' '
	cd host
	sed "s/said 502/db_password=hunter2/" ../profile.yaml >../leaks.yaml
	touch sick
	expect_code 3 git -c upgrade.profile="$WORK/leaks.yaml" upgrade verify \
		>../out 2>../err
	git -C ../plain.git log refs/upgrade/ledger/production >../ledger
	has "db_password=[*][*][*]" ../ledger
	lacks "hunter2" ../ledger
	rm sick
	git upgrade verify 2>../err
'

story 'no hook of the user runs, and no setting of push gets in the way' '
	cd host
	put .git/hooks/pre-push "#!/bin/sh" "touch \"$WORK/ran\"" "exit 1"
	chmod +x .git/hooks/pre-push
	git config push.followTags true
	git config remote.origin.push refs/heads/production
	change three
	expect_code 0 git upgrade deploy -q >../out 2>../err
	published
	missing ../ran
	rm .git/hooks/pre-push
	git config --unset push.followTags
	git config --unset remote.origin.push
'

story 'it cannot be reached: a warning with the next command, no failure' '
	change four
	cd host
	mv ../plain.git ../gone.git
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^warning: what happened to production is not published to" ../err
	has "^hint: try that again with .git upgrade deploy production." ../err
	has "git config upgrade.stateRemote [.]" ../err
	has "^Deployed and verified in" ../err
	serves v1.0.0
	expect_code 0 git upgrade status >../out 2>../err
	has "^production: not published to .origin.: " ../out
	lacks "warning" ../err
	expect_code 0 git upgrade deploy -q >../out 2>../err
	has "^warning: what happened to production is not published" ../err
	mv ../gone.git ../plain.git
	expect_code 0 git upgrade deploy -q >../out 2>../err
	is "" "$(cat ../out ../err)"
	published
	git upgrade status --no-fetch >../out 2>../err
	lacks "published" ../out
'

story 'it is not reached while nobody looks: said all the same' '
	change five
	cd host
	mv ../plain.git ../gone.git
	expect_code 0 git upgrade deploy -q >../out 2>../err
	has "^warning: what happened to production is not published to" ../err
	mv ../gone.git ../plain.git
	git upgrade deploy -q
	published
'

story 'refused: the reason of the remote, and asked no second time' '
	change six
	cd host
	git -C ../plain.git config receive.hideRefs refs/upgrade
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^warning: .* to .origin.: refs/upgrade/ is closed to pushes" \
		../err
	git -C ../plain.git config --unset receive.hideRefs
	put ../plain.git/hooks/pre-receive "#!/bin/sh" "exit 1"
	chmod +x ../plain.git/hooks/pre-receive
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^warning: .* to .origin.: pre-receive hook declined" ../err
	rm ../plain.git/hooks/pre-receive
	git upgrade deploy -q
	published
'

story 'all or nothing: one ref that is refused keeps the others back' '
	change seven
	cd host
	before=$(there ledger/production)
	put ../plain.git/hooks/update "#!/bin/sh" \
		"case \$1 in */verified/*) echo no >&2; exit 1; esac"
	chmod +x ../plain.git/hooks/update
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^warning: .* is not published to .origin." ../err
	is "$before" "$(there ledger/production)"
	rm ../plain.git/hooks/update
	git upgrade deploy -q
	published
'

story 'elsewhere, by name or address; and nowhere' '
	cd host
	git init -q --bare ../state.git
	git config upgrade.stateRemote "$WORK/state.git"
	expect_code 0 git upgrade deploy -q >../out 2>../err
	is "$(here ledger/production)" "$(git -C ../state.git rev-parse \
		refs/upgrade/ledger/production)"
	git config upgrade.stateRemote .
	before=$(there ledger/production)
	change eight
	expect_code 0 git upgrade deploy >../out 2>../err
	lacks "publish" ../err
	is "$before" "$(there ledger/production)"
	git config --unset upgrade.stateRemote
	git upgrade deploy -q
	published
'

story 'never to upstream, unless somebody names it' '
	cd host
	sed "s|^path:|upstream:\n  urls: [\"*/plain\"]\n&|" \
		../profile.yaml >../up.yaml
	before=$(there ledger/production)
	change nine
	expect_code 0 git -c upgrade.profile="$WORK/up.yaml" upgrade deploy \
		>../out 2>../err
	lacks "publish" ../err
	is "$before" "$(there ledger/production)"
	git upgrade deploy -q
	published
'

story 'a host that is set up anew goes on with its ledger' '
	before=$(there ledger/production)
	mv host former
	git clone -q -b production plain.git host
	cd host
	git config upgrade.profile "$WORK/profile.yaml"
	git config upgrade.production.branch production
	git config upgrade.environments.production.deploy pull
	expect_code 0 git upgrade deploy >../out 2>../err
	has "^  publish    origin" ../err
	lacks "warning" ../err
	published
	git merge-base --is-ancestor "$before" refs/upgrade/ledger/production
	is "$(($(git rev-list --count "$before") + 1))" "$(hops)"
	git fsck --strict
'

story 'two hosts of one name: nothing is lost, and it is said' '
	cd former
	git pull -q
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: somebody else publishes production to .origin., too" \
		../err
	has "git config upgrade.NAME.branch production" ../err
	is verified "$(git log -1 --format=%s refs/upgrade/ledger/production |
		cut -d " " -f 1)"
	is "$(git rev-parse refs/upgrade/ledger/production)" \
		"$(there ledger/production)"
	cd ../host
	git -C ../plain.git merge-base --is-ancestor \
		"$(here ledger/production)" "$(there ledger/production)"
	rm -rf ../former
	change ten
	git upgrade deploy -q >../out 2>../err
	published
'

story 'where a platform deploys, nobody pulls' '
	git clone -q -b production plain.git fresh
	cd fresh
	git config upgrade.upstream ../upstream
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM" >../out 2>&1
	echo "    deploy: pull" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 2 git upgrade platform status "$WORK_PLATFORM" \
		>../out 2>../err
	has "environment production says .deploy: pull., and a platform" ../err
	has "^hint: take that line out" ../err
'

story 'killed before it could publish: the next run does' '
	change eleven
	cd host
	put ../plain.git/hooks/pre-receive "#!/bin/sh" \
		"touch \"$WORK/asked\"" "cat \"$WORK/go\""
	chmod +x ../plain.git/hooks/pre-receive
	git-upgrade deploy >../out 2>../err &
	first=$!
	wait_for 20 test -e ../asked
	kill -KILL "$(worker)"
	go
	ended "$first" 0
	serves v1.0.0
	rm ../plain.git/hooks/pre-receive
	expect_code 0 git upgrade deploy -q >../out 2>../err
	published
'

story 'several publish at once: nothing is lost' '
	before=$(git -C plain.git rev-list --count \
		refs/upgrade/ledger/production)
	pids=
	for n in 1 2 3 4
	do
		cp -a host "twin$n"
		# What is the same in the same second is one event.
		git -C "twin$n" config upgrade.verify.health.polls "$n"
	done
	for n in 1 2 3 4
	do
		git -C "twin$n" upgrade verify >"out$n" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids
	do
		ended "$pid" 0
	done
	# Whoever was never fast enough; the others have nothing to do.
	for n in 1 2 3 4
	do
		expect_code 0 git -C "twin$n" upgrade deploy -q >out 2>err
	done
	is "$((before + 4))" "$(git -C plain.git rev-list --count \
		refs/upgrade/ledger/production)"
	git -C plain.git fsck --strict
'

done_testing
