#!/bin/sh
# Several hops to an environment that an engine deploys: one by one.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"

story 'each is deployed and verified before the next; a failure stops it' '
	draw_engine
	rm -rf prod
	draw_clone prod
	programs
	behave ok
	cd prod
	git remote add fork ../plain.git
	git config upgrade.upstream origin
	git config upgrade.profile ../profile.yaml
	expect_code 0 git upgrade push >../out 2>../err
	adopt v1.1.0
	first=$(git rev-parse HEAD)
	adopt v1.1.1
	put more.txt more
	commit More
	adopt v2.0.0
	last=$(git rev-parse HEAD)
	expect_code 2 git upgrade push --no-wait >../out 2>../err
	echo v1.1.0 >"$ENGINE/version"
	expect_code 3 git upgrade push >../out 2>../err
	has "^production: [0-9] hops, each verified before the next: v1.1.0 " \
		../err
	has "^  verify     platform ok, log ok, version v1.1.0 ok" ../err
	has "version probe: it does not say" ../err
	has "v1.1.0 ($(short "$first")) was deployed and verified before" ../err
	cat "$ENGINE/asked" >../asked
	lacks "$last" ../asked
	cat >../deployer <<-\EOT
	#!/bin/sh
	echo "$*" >>"$ENGINE/asked"
	echo "$UPGRADE_RELEASE" >"$ENGINE/version"
	EOT
	expect_code 0 git upgrade push --retry >../out 2>../err
	is "$last" "$(state verified)"
	has "^Deployed and verified in" ../err
	is "deploy $last" "$(tail -n 1 "$ENGINE/asked")"
'

story 'a gate refuses before anything is deployed' '
	cd prod
	git reset -q --hard HEAD~1
	put note.txt note
	commit Note
	cp "$ENGINE/asked" ../before
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: .*: " ../err
	same ../before "$ENGINE/asked"
'
done_testing
