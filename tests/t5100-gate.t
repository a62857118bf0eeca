#!/bin/sh
# The gate: what a platform does not let in, and how it says so.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# refused SPEC... -- PATTERN: the push is refused with that reason, and says
# a way out; the environment stays where it is
refused()
{
	refused_specs=
	while [ "$1" != -- ]
	do
		refused_specs="$refused_specs $1"
		shift
	done
	refused_tip=$(git -C "$WORK_PLATFORM" rev-parse -q --verify \
		refs/heads/production || :)
	# shellcheck disable=SC2086
	expect_code 1 git push --no-verify --porcelain platform \
		$refused_specs >../out 2>../err || return 1
	has "\[remote rejected\] ($2" ../out || return 1
	has '^remote: error: ' ../err || return 1
	has '^remote: hint: ' ../err || return 1
	is "$refused_tip" "$(git -C "$WORK_PLATFORM" rev-parse -q --verify \
		refs/heads/production || :)"
}

story 'a first push must say which release it is' '
	draw_clone prod
	cd prod
	draw_platform
	git checkout -q --orphan stray
	git rm -rfq .
	echo x >x
	commit Stray
	refused stray:production -- "record: which release"
	git checkout -q -f production
	is "" "$(ref ledger/production)"
'

story 'a good first push is let in' '
	cd prod
	git push platform production >../out 2>../err
	has "gates .*deletion ok, .*fast-forward ok, promotion ok, record ok" ../err
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'an illegal hop is refused with the legal path' '
	cd prod
	git checkout -q -b jump
	adopt v2.0.0
	refused HEAD:production -- "legal-hop: .*v1.0.0.*v2.0.0"
	has "the path is v1.0.0 -> v1.1.1 -> v2.0.0; take back what jumps" ../err
	has "  git revert -m 1 $(git rev-parse --short=12 HEAD)" ../err
	has "  git upgrade merge --path v2.0.0" ../err
	git checkout -q production
'

story 'several hops in one push are refused: there is a command for it' '
	cd prod
	git checkout -q -b hops
	adopt v1.1.1
	adopt v2.0.0
	refused HEAD:production -- "legal-hop: .*v1.0.0.*v2.0.0"
	has "it has each hop, v1.1.1, v2.0.0; to have them deployed" ../err
	has "  git upgrade push production" ../err
	git checkout -q production
	git branch -q -D hops
'

story 'the same release as a topic branch passes untouched' '
	cd prod
	git push --porcelain platform jump >../out 2>../err
	has "^\*.*refs/heads/jump" ../out
	lacks "^remote:   gates" ../err
	is "$(git rev-parse jump)" "$(git -C ../platform.git rev-parse jump)"
'

story 'of one push the bad ref is refused and the others pass' '
	cd prod
	git branch topic
	refused jump:production topic -- "legal-hop: "
	has "^\*.*refs/heads/topic" ../out
	is "$(git rev-parse topic)" "$(git -C ../platform.git rev-parse topic)"
'

story 'with --atomic all are refused' '
	cd prod
	expect_code 1 git push --atomic platform jump:production jump:other \
		2>../err
	expect_code 128 git -C ../platform.git rev-parse -q --verify other \
		2>/dev/null ||
	expect_code 1 git -C ../platform.git rev-parse -q --verify other
'

story 'a deletion is refused' '
	cd prod
	refused :production -- "deletion: "
'

story 'a push that is no fast-forward is refused, forced or not' '
	cd prod
	git checkout -q -b other production
	git commit -q --amend -m "Rewritten"
	refused +other:production -- "fast-forward: "
	git checkout -q production
'

story 'a legal hop passes, and a downgrade is refused' '
	cd prod
	adopt v1.1.0
	git push platform production 2>../err
	deployed v1.1.0
	git checkout -q -b back
	write_record v1.0.0
	git checkout v1.0.0 -- VERSION settings.ini
	commit "Back to v1.0.0"
	refused back:production -- "legal-hop: v1.1.0 -> v1.0.0 goes backwards"
	has "v1.1.0 was deployed and may have changed the data" ../err
	has "bring it in again with .git upgrade merge v1.1.0., mend" ../err
	git checkout -q production
'

story 'a record that disappears is refused' '
	cd prod
	git checkout -q -b recordless
	git rm -q .gitupgrade.adopted
	commit "Clean up"
	refused recordless:production -- "record: .*disappeared"
	has "git checkout .* -- .gitupgrade.adopted" ../err
	git checkout -q production
'

story 'an upgrade merged by hand is unfinished' '
	cd prod
	git checkout -q -b by-hand
	tick
	git merge -q -s ours -m "Merge v1.1.1" v1.1.1
	refused by-hand:production -- "record: .*v1.1.1 is unfinished"
	has "git upgrade merge v1.1.1" ../err
	git checkout -q production
'

story 'a record that lies about its release is refused' '
	cd prod
	git checkout -q -b liar
	sed -i "s/^commit .*/commit $(git rev-parse "v1.0.0^{commit}")/" \
		.gitupgrade.adopted
	commit "Lie"
	refused liar:production -- "record: "
	git checkout -q production
'

story 'so is one that lies about the tree' '
	cd prod
	git checkout -q -b tree-liar
	sed -i "s/^tree .*/tree $(git rev-parse "HEAD^{tree}")/" \
		.gitupgrade.adopted
	commit "Lie about the tree"
	refused tree-liar:production -- "record: the record says the tree of"
	git checkout -q production
'

story 'conflict markers are refused, with the place' '
	cd prod
	git checkout -q -b marked
	printf "%s\n" "[server]" "<<<<<<< HEAD" "port = 8080" "=======" \
		"port = 80" ">>>>>>> v1.1.0" >settings.ini
	printf "%s\n" "a file" "with markers" "<<<<<<< HEAD" >"odd \"name"
	commit "Resolve, or so they thought"
	refused marked:production -- "markers: conflict markers in .*:[23]"
	git checkout -q production
'

story 'attributes that are pushed hide no markers, here or there' '
	cd prod
	git checkout -q -b hidden production
	put .gitattributes "*.lock -diff"
	printf "%s\n" "<<<<<<< HEAD" >a.lock
	commit "A lock file nobody looks at"
	refused hidden:production -- "markers: conflict markers in a.lock:1"
	git checkout -q -B production hidden
	expect_code 2 git upgrade push -n >../out 2>../err
	has "^error: markers: conflict markers in a.lock:1" ../err
	git checkout -q -B production HEAD^
'

story 'a name with a line end makes no second message' '
	cd prod
	git checkout -q -b lines production
	printf "%s\n" "<<<<<<< HEAD" >"a
hint: b"
	commit "An odd name"
	refused lines:production -- "markers: .* in .a.nhint: b.:1"
	lacks "^remote: hint: b" ../err
	git checkout -q production
'

story 'markers that upstream ships, and quotations, are no conflict' '
	cd prod
	git checkout -q -b upstreams production
	put docs/merging.txt "like this:" "    <<<<<<< HEAD" "=======" \
		"text >>>>>>> x" "<<<<<<<<<< ten"
	printf "\0<<<<<<< HEAD\n" >binary
	commit "Explain merging"
	git push platform HEAD:production 2>../err
	git checkout -q production
	git merge -q --ff-only upstreams
'

story 'markers are as long as the attributes of their file say' '
	cd prod
	git checkout -q -b lengths production
	put .gitattributes "*.long conflict-marker-size=12" \
		"docs/* conflict-marker-size=32"
	put settings.long "<<<<<<<<<<<< HEAD" a "============" b \
		">>>>>>>>>>>> v1.1.0"
	commit "Twelve"
	refused lengths:production -- \
		"markers: conflict markers in settings.long:1"
	git checkout -q -B production lengths
	expect_code 2 git upgrade push -n >../out 2>../err
	has "^error: markers: conflict markers in settings.long:1" ../err
	has "git grep -nE .^(<{12}|>{12})(" ../err
	git checkout -q -B production HEAD^
	git checkout -q -B lengths production
	mkdir -p sub
	put sub/.gitattributes "*.short conflict-marker-size=3"
	put sub/settings.short "<<< HEAD" a "===" b ">>> v1.1.0"
	commit "Three"
	refused lengths:production -- \
		"markers: conflict markers in sub/settings.short:1"
	git checkout -q production
'

story 'and a file about markers of the usual length may have them' '
	cd prod
	git checkout -q -B lengths production
	put .gitattributes "*.long conflict-marker-size=12" \
		"docs/* conflict-marker-size=32"
	put docs/usual.txt "<<<<<<< HEAD" yours "=======" theirs ">>>>>>> x"
	put prompts.txt ">>> print(1)" "| a | b |" "> quoted"
	commit "About merging"
	git push platform HEAD:production 2>../err
	git checkout -q production
	git merge -q --ff-only lengths
'

story 'what already runs is not judged again' '
	cd prod
	cd ../platform.git
	mv hooks/proc-receive off
	git config --unset-all receive.procReceiveRefs
	cd ../prod
	put old.txt "<<<<<<< HEAD"
	commit "Slipped through"
	git push -q platform production
	cd ../platform.git
	mv off hooks/proc-receive
	cd ../prod
	git upgrade platform init ../platform.git
	put new.txt "fine"
	commit "Go on"
	git push platform production 2>../err
	has "markers ok" ../err
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'hidden refs cannot be pushed, but are fetched' '
	cd prod
	for name in deployed verified failed ledger
	do
		expect_code 1 git push --porcelain platform \
			HEAD:refs/upgrade/$name/production >../out 2>../err
		has "deny updating a hidden ref" ../out
		expect_code 1 git push --porcelain platform \
			:refs/upgrade/$name/production >../out 2>../err
	done
	expect_code 1 git push --porcelain platform \
		HEAD:refs/upgrade/releases/v9.9.9 >../out 2>../err
	expect_code 1 git push --porcelain platform \
		HEAD:refs/replace/$(git rev-parse HEAD) >../out 2>../err
	git fetch -q platform "+refs/upgrade/*:refs/platform/*"
	is "$(git rev-parse HEAD)" \
		"$(git rev-parse refs/platform/verified/production)"
'

story 'requests cannot be blocked by a ref in their place' '
	cd prod
	expect_code 1 git push --porcelain platform \
		HEAD:refs/upgrade/request >../out 2>../err
	has "remote rejected.*a request is pushed to" ../out
	is "" "$(ref request)"
'

story 'a branch below the environment would block it' '
	cd prod
	git -C ../platform.git update-ref -d refs/heads/production
	expect_code 1 git push --porcelain platform HEAD:production/x \
		>../out 2>../err
	has "would be in the way" ../out
	git push -q platform production
'

story 'a release newer than the list is looked up at upstream' '
	cd prod
	adopt v1.1.1
	git push -q platform production
	git -C ../upstream checkout -q release/1.1
	put ../upstream/VERSION 1.1.2
	commit "Version 1.1.2" -C ../upstream
	git -C ../upstream tag v1.1.2
	git fetch -q --tags origin
	is "" "$(ref releases/v1.1.2)"
	adopt v1.1.2
	git push platform production 2>../err
	is "$(git rev-parse "v1.1.2^{commit}")" "$(ref releases/v1.1.2)"
	deployed v1.1.2
'

story 'a release that upstream does not have is refused' '
	cd prod
	git checkout -q -b made-up
	git tag v1.1.9 v1.1.1^{commit}
	write_record v1.1.9
	commit "A release of our own"
	refused made-up:production -- "the record says release v1.1.9"
	mv ../upstream ../away
	refused made-up:production -- "cannot judge: "
	mv ../away ../upstream
	git tag -d v1.1.9
	git checkout -q production
'

story 'hops are judged from what was deployed, not from what was pushed' '
	cd prod
	git -C ../platform.git update-ref refs/upgrade/deployed/production \
		"$(git rev-parse "v1.0.0^{commit}")"
	adopt v2.0.0
	refused production -- "legal-hop: .*v1.0.0.*v2.0.0"
'

story 'a configuration that cannot be read lets nothing in' '
	cd prod
	git reset -q --hard platform/production
	put config.txt x
	commit Config
	cp ../platform.git/info/gitupgrade.yaml ../saved
	echo "nonsense: [" >>../platform.git/info/gitupgrade.yaml
	expect_code 1 git push --porcelain platform production >../out 2>../err
	has "remote rejected\] (.*gitupgrade.yaml:[0-9]*:" ../out
	cp ../saved ../platform.git/info/gitupgrade.yaml
	git push -q platform production
'

story 'an environment that no gate guards is not deployed' '
	cd prod
	cp ../platform.git/info/gitupgrade.yaml ../saved
	printf "  staging:\n    deploy_to: %s\n" "$SRV" \
		>>../platform.git/info/gitupgrade.yaml
	expect_code 2 git upgrade platform status ../platform.git 2>../err
	has "production and staging deploy to the same folder" ../err
	cp ../saved ../platform.git/info/gitupgrade.yaml
	printf "  staging:\n    deploy_to: %s\n" "$WORK/staging" \
		>>../platform.git/info/gitupgrade.yaml
	git push -q platform production:staging 2>../err
	wait_for 20 grep -q "does not guard" \
		../platform.git/upgrade/logs/staging/worker.log
	is "" "$(ref deployed/staging)"
	git upgrade platform status ../platform.git 2>../err
	has "warning: the gate does not guard branch .staging." ../err
	git upgrade platform init ../platform.git
	put staging.txt x
	commit Staging
	git push platform production:staging 2>../err
	has "^remote:   gates" ../err
	is "$(git rev-parse HEAD)" "$(ref deployed/staging)"
	exists ../staging/current/staging.txt
	git -C ../platform.git cat-file -p refs/upgrade/platform >../blob
	has staging ../blob
	cp ../saved ../platform.git/info/gitupgrade.yaml
	git upgrade platform init ../platform.git
'

story 'a stale lock of a killed push is in nobodys way' '
	cd prod
	put lock.txt x
	commit Lock
	touch -d "1 minute ago" ../platform.git/refs/heads/production.lock
	git push platform production 2>../err
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
'

story 'a platform without its program refuses, others do not suffer' '
	cd prod
	sed -i "s|^upgrade=.*|upgrade=/gone/git-upgrade|" \
		../platform.git/hooks/*
	git reset -q --hard platform/production
	put more.txt "more"
	commit "More"
	git branch -f topic
	expect_code 1 git push --porcelain platform production topic \
		>../out 2>../err
	has "^!.*refs/heads/production" ../out
	has "^ *.*refs/heads/topic" ../out
	has "cannot judge pushes: /gone/git-upgrade is missing" ../err
	git -C ../platform.git update-ref refs/heads/side HEAD
	git upgrade platform init ../platform.git
	git push -q platform production
'

done_testing
