#!/bin/sh
#
# After a rollback nothing is promoted to an environment, until somebody says
# that it may go on.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

held()
{
	git -C "$WORK_PLATFORM" rev-parse -q --verify \
		refs/upgrade/held/production || :
}

story 'a rollback holds production, in the same step' '
	draw_promotion prod
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
	git upgrade promote production
	tip=$(at production)
	is "" "$(held)"
	git upgrade rollback --reason="orders are lost" production 2>../err
	has "^hint: nothing is promoted to production until you say so: .*unlock" \
		../err
	lacks "git upgrade merge" ../err
	is 1.0.0 "$(serves production)"
	git -C ../platform.git cat-file -p refs/upgrade/held/production >../held
	has "\"why\": *\"orders are lost\"" ../held
	has "\"undone\": *\"$tip\"" ../held
	has "\"release\": *\"v1.1.0\"" ../held
	git -C ../platform.git log -1 --format=%B production >../message
	has "^Restores: [0-9a-f]\{40\}$" ../message
'

story 'what is promoted is refused, with who, when, why and the way out' '
	cd prod
	was=$(at production)
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: promotion: production is held since its rollback of v1.1.0 by Olga Operator.*, .* ago: orders are lost" \
		../err
	has "^hint: when it may go on, say so: \"git upgrade unlock production --reason=TEXT\"" \
		../err
	has "^Nothing was changed" ../err
	# Nor does it by plain git.
	git fetch -q platform
	new=$(promoted)
	expect_code 1 git push --no-verify --porcelain platform \
		"$new:refs/heads/production" >../out 2>../err
	has "remote rejected\] (promotion: production is held since its rollback of v1.1.0" \
		../out
	is "$was" "$(at production)"
'

story 'status and platform status show it' '
	cd prod
	git upgrade status >../out 2>../err
	has "^production is held since its rollback of v1.1.0 by .*: orders are lost" \
		../out
	has "^hint: production: when it may go on, say so with \"git upgrade unlock production --reason=TEXT\"" \
		../err
	git upgrade status --json >../json
	has "\"held\": *{" ../json
	has "\"why\": *\"orders are lost\"" ../json
	has "\"held\": *null" ../json
	git upgrade platform status ../platform.git >../out
	has "^  held         since its rollback of v1.1.0 by .*: orders are lost" \
		../out
	git upgrade platform status --json ../platform.git >../json
	has "\"why\": *\"orders are lost\"" ../json
'

story 'another clone knows of it, and staging is not held' '
	cd prod
	git clone -q -o platform ../platform.git ../other
	cd ../other
	git remote add upstream ../upstream
	git fetch -q --tags upstream
	git config upgrade.upstream upstream
	git upgrade status >../out
	has "^production is held since its rollback" ../out
	lacks "^staging is held" ../out
	cd ../prod
	git upgrade rollback staging
	is "" "$(ref held/staging)"
	git pull -q --ff-only platform staging
	git upgrade merge --no-edit v1.1.0
	git upgrade push staging
'

story 'a fix is not held' '
	cd prod
	git fetch -q platform
	git checkout -q -B production platform/production
	put .env.production HOST=fixed
	commit "Its own"
	git upgrade push production >../out 2>../err
	has "^Deployed and verified" ../err
	git checkout -q staging
'

story 'it is released for a reason alone, and that is recorded' '
	cd prod
	hold=$(held)
	expect_code 2 git upgrade unlock production >../out 2>../err
	has "^error: production is held since its rollback of v1.1.0 by .*: orders are lost" \
		../err
	has "^hint: when it may go on, say why; it is recorded: \"git upgrade unlock production --reason=TEXT\"" \
		../err
	has "^Nothing was changed" ../err
	git upgrade unlock -n --reason=mended production >../out 2>../err
	has "^Would release production" ../err
	is "$hold" "$(held)"
	# Not by guessing.
	printf "{\"releases\":\"%s\",\"reason\":\"x\"}\n" \
		"$(git rev-parse HEAD)" >../request
	blob=$(git hash-object -w ../request)
	expect_code 1 git push platform \
		"$blob:refs/upgrade/request/unlock/production" 2>../err
	has "production was rolled back once more meanwhile" ../err
	printf "{\"releases\":\"%s\"}\n" "$hold" >../request
	blob=$(git hash-object -w ../request)
	expect_code 1 git push platform \
		"$blob:refs/upgrade/request/unlock/production" 2>../err
	has "a hold is released for a reason" ../err
	is "$hold" "$(held)"
	git upgrade unlock --reason="it was the database" production \
		>../out 2>../err
	has "^Released production, which was held since its rollback of v1.1.0" \
		../err
	is "" "$(held)"
	git upgrade log production >../out
	has "released  *Olga Operator" ../out
	has "^  *held since the rollback of v1.1.0: it was the database" ../out
	git upgrade unlock production >../out 2>../err
	has "^production is not locked" ../err
'

story 'then it is promoted again, and the rollback is no fix that is lost' '
	cd prod
	git upgrade promote -n production >../out 2>../err
	has "^Would be promoted" ../err
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves production)"
	is HOST=fixed "$(git -C ../platform.git show production:.env.production)"
	git upgrade status >../out
	lacks " is held " ../out
'

story 'a lock and a hold are opened together, and one without the other' '
	cd prod
	git upgrade rollback production
	git upgrade lock production
	git upgrade unlock production >../out 2>../err
	has "^Unlocked production" ../err
	test -n "$(held)"
	git upgrade lock production
	git upgrade unlock --reason="go on" production >../out 2>../err
	has "^Unlocked production" ../err
	has "^Released production" ../err
	is "" "$(held)"
	is "" "$(ref locks/production)"
'

story 'what the platform takes back by itself holds, too' '
	cd prod
	git upgrade promote production
	promoting "promotes_from: staging" "own: [.env.production, config/prod/]" \
		"on_failure: rollback"
	sed "s/test ! -e sick/test ! -e sick -o \$UPGRADE_ENV = staging/; s/if test -e sick;/if test -e sick -a \$UPGRADE_ENV = production;/" \
		../platform.git/info/gitupgrade.yaml >../changed.yaml
	cp ../changed.yaml ../platform.git/info/gitupgrade.yaml
	stage sick
	expect_code 3 git upgrade promote production >../out 2>../err
	platform_idle
	test -n "$(held)"
	expect_code 2 git upgrade promote production >../out 2>../err
	has "production is held since its rollback of v1.1.0 by git upgrade, .* ago: Its deploy failed" \
		../err
'

story 'where nothing is promoted from, a rollback holds nothing' '
	draw_clone plain
	cd plain
	rm -rf ../platform.git ../srv
	draw_platform
	git config remote.pushDefault platform
	git upgrade push
	git upgrade merge --no-edit v1.1.0
	git upgrade push
	git upgrade rollback
	is "" "$(held)"
'

done_testing
