#!/bin/sh
#
# One release goes from integration over staging to production, over two
# platforms, promoted from clones that have nothing of it checked out.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# platform DIR ENV...: with the product of lib/platform.sh, as remote DIR
platform()
{
	platform_name=$1
	shift
	# shellcheck disable=SC2046
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$WORK/srv-$platform_name" \
		$(printf -- '--env=%s ' "$@") "$WORK/$platform_name.git" &&
	git remote add "$platform_name" "$WORK/$platform_name.git"
}

serves()
{
	cat "$WORK/srv-$1/current/VERSION"
}

idle()
{
	git upgrade platform status --json "$WORK/$1.git" >"$WORK/status" &&
	! grep -q -e deploying -e "not deployed yet" "$WORK/status"
}

story 'set-up: three environments at two platforms' '
	draw_clone prod
	cd prod
	write_profile "$WORK/profile.yaml"
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  integration: {}" \
		"  staging: {promotes_from: integration, own: [.env]}" \
		"  production: {promotes_from: staging, own: [.env]}"
	put .env HOST=live
	commit "Environments"
	platform test integration staging
	platform live production
	git config remote.pushDefault test
	git config branch.production.pushRemote live
	git upgrade push production
	put .env HOST=test
	commit "Another host"
	git push -q test production:staging
	wait_for 20 idle test
	git checkout -q -b integration
	put app one
	commit "Work"
	git upgrade push integration
	git upgrade promote staging
	git upgrade promote production
	is 1.0.0 "$(serves live)"
'

story 'a release goes all the way' '
	cd prod
	git upgrade merge --no-edit v1.1.0
	git upgrade push integration
	tip=$(git rev-parse HEAD)
	colleague anna live production
	git upgrade promote integration staging >../out 2>../err
	has "^staging: v1.0.0 -> v1.1.0 (.*) of integration, verified there" \
		../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves test/staging)"
	colleague bert live production
	git upgrade promote -n staging production >../out 2>../err
	has "^  evidence   promotion: .* of staging was verified there" ../err
	git upgrade promote staging production >../out 2>../err
	has "^production: v1.0.0 -> v1.1.0 (.*) of staging, verified there" ../err
	# The platform of production cannot look into that of staging.
	has "promotion: cannot judge: nothing is known here of staging" ../err
	has "^Deployed and verified" ../err
	is 1.1.0 "$(serves live)"
	is HOST=live "$(git -C ../live.git show production:.env)"
	is HOST=test "$(git -C ../test.git show staging:.env)"
	is "$(git -C ../test.git rev-parse "integration:app")" \
		"$(git -C ../live.git rev-parse "production:app")"
	is "$tip" "$(git -C ../test.git rev-parse staging^2)"
	is "$(git -C ../test.git rev-parse staging)" \
		"$(git -C ../live.git rev-parse production^2)"
	git -C ../live.git log -1 --format="%an: %s" production >../subject
	has "^bert: Promote v1.1.0 from staging to production$" ../subject
'

story 'one cannot be left out' '
	cd prod
	put app two
	commit "More work"
	git upgrade push integration
	expect_code 2 git upgrade promote integration production \
		>../out 2>../err
	has "^error: production is promoted from staging, not from integration" \
		../err
	expect_code 0 git upgrade promote staging production >../out 2>../err
	has "^Nothing to promote" ../err
'

story 'production rolls back, and is held for everybody' '
	as anna
	git upgrade promote staging
	git upgrade promote production
	git upgrade rollback --reason="too slow" production
	is one "$(git -C ../live.git show production:app)"
	as bert
	expect_code 2 git upgrade promote production >../out 2>../err
	has "production is held since its rollback of v1.1.0 by anna.*: too slow" \
		../err
	git upgrade unlock --reason="it was the network" production
	git upgrade promote production >../out 2>../err
	has "^Deployed and verified" ../err
	is two "$(git -C ../live.git show production:app)"
'

done_testing
