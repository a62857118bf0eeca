#!/bin/sh
#
# Three operators bring releases from integration over staging to production,
# each from a clone of her own, over three platforms: every gate says no once,
# and yes when it is answered; and production goes back, with its data.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/promote.sh"

# platform ENV: of its own, as a remote of that name
platform()
{
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$WORK/srv-$1" --env="$1" "$WORK/$1.git" &&
	git remote add "$1" "$WORK/$1.git" &&
	git config "branch.$1.pushRemote" "$1"
}

serves()
{
	cat "$WORK/srv-$1/current/VERSION"
}

there()
{
	git -C "$WORK/$1.git" rev-parse "$1"
}

# older ENV SECONDS [NR]: its newest events, as if so much time had gone by
older()
{
	(WORK_PLATFORM=$WORK/$1.git && aged "$1" "$2" "${3-1}")
}

# refused PATTERN FROM TO [OPTION...]: nothing moves, and that is why
refused()
{
	refused_why=$1
	refused_from=$2
	refused_to=$3
	shift 3
	refused_was=$(there "$refused_to")
	expect_code 2 git upgrade promote "$@" "$refused_from" "$refused_to" \
		>"$WORK/out" 2>"$WORK/err" &&
	has "$refused_why" "$WORK/err" &&
	has "^Nothing was changed" "$WORK/err" &&
	is "$refused_was" "$(there "$refused_to")"
}

promotes()
{
	git upgrade promote "$@" >"$WORK/out" 2>"$WORK/err" &&
	has "^Deployed and verified" "$WORK/err"
}

# production_has LINE...: in the configuration of its platform
production_has()
{
	[ -e "$WORK/production.yaml" ] ||
	cp "$WORK/production.git/info/gitupgrade.yaml" "$WORK/production.yaml"
	cp "$WORK/production.yaml" "$WORK/production.git/info/gitupgrade.yaml"
	[ $# -eq 0 ] ||
	printf '%s\n' "$@" >>"$WORK/production.git/info/gitupgrade.yaml"
}

backs_up()
{
	production_has '    backup: {before_upgrade: true, blocks: true}' \
		"$@" 'backup:' "  store: $WORK/store" '  artifacts:' \
		'    - name: database' "      run: [cat, $WORK/db]" \
		"      restore: {run: [cp, /dev/stdin, $WORK/db]}"
}

story 'set-up: three platforms, three clones' '
	mkdir store
	echo "rows of 1.0" >db
	draw_clone olga
	cd olga
	write_profile "$WORK/profile.yaml"
	put .gitupgrade.yaml "format: 1" "profile: generic" \
		"path: {rule: connected-minor}" "environments:" \
		"  integration: {}" \
		"  staging: {promotes_from: integration, own: [.env]}" \
		"  production:" "    promotes_from: staging" \
		"    own: [.env]" "    soak: 1h" "    gates:" \
		"      - {name: approved, run: [test, -e, $WORK/approved]}"
	put .env HOST=live
	commit "Environments"
	for env in production staging integration
	do
		platform "$env"
		git checkout -q -B "$env"
		put .env "HOST=$env"
		commit "Host of $env"
		git push -q --no-verify "$env" "$env"
	done
	git upgrade trust --yes
	git fetch -q --all
	colleague anna production production
	git upgrade trust --yes
	colleague bert production production
	git upgrade trust --yes
	backs_up
'

story 'what is not verified is not promoted' '
	as olga
	git upgrade merge --no-edit v1.1.0
	as anna
	# All of it is there already, but the release.
	refused "integration is at .*, which" integration staging \
		--release=v1.1.0 || has "integration has verified nothing of v1.1.0" ../err
	as olga
	git upgrade push integration
	as anna
	promotes integration staging
	is 1.1.0 "$(serves staging)"
'

story 'production: not yet, not approved, not now; and then it is' '
	as bert
	refused "^error: soak: staging has verified .* for [0-9]*s, and production needs 60m" \
		staging production
	older staging 7200
	refused "^error: checks: approved" staging production
	: >"$WORK/approved"
	today=$(date -u +%Y-%m-%d)
	backs_up "    freeze:" "      - {from: $today, to: 2099-01-01, reason: sale}"
	refused "freeze: production is frozen until .*: sale" staging production
	backs_up
	promotes staging production
	has "  backup  *database" ../err
	is 1.1.0 "$(serves production)"
	git upgrade backup list production >../out
	has " upgrade  v1.0.0 -> v1.1.0 .* good " ../out
	git upgrade status production >../out
	has "^production: same as staging.s v1.1.0" ../out
'

story 'a hotfix of production comes back before anything else goes there' '
	as bert
	git fetch -q --all
	git checkout -q -B production production/production
	put app hotfix
	commit "Hotfix"
	fix=$(git rev-parse HEAD)
	git upgrade push production
	as olga
	put work more
	commit "Work"
	git upgrade push integration
	as anna
	promotes integration staging
	older staging 7200
	as bert
	refused "git cherry-pick -x $(echo "$fix" | cut -c1-12)" \
		staging production
	as olga
	git fetch -q production
	git cherry-pick -x "$fix" >out
	git upgrade push integration
	as anna
	promotes integration staging
	older staging 7200
	as bert
	promotes staging production
	is hotfix "$(git -C ../production.git show production:app)"
	is more "$(git -C ../production.git show production:work)"
'

story 'two hops behind: the backup of the last upgrade, then the path' '
	(
		cd upstream
		git checkout -q -b release/2.1 v2.0.0
		put VERSION 2.1.0
		commit "Version 2.1.0"
		git tag -m v2.1.0 v2.1.0
	)
	as olga
	for release in v2.0.0 v2.1.0
	do
		git upgrade merge --no-edit "$release"
		git upgrade push integration
	done
	as anna
	git upgrade fetch
	refused "^error: legal-hop: " integration staging
	git upgrade promote --path integration staging >../out 2>../err
	is 2.1.0 "$(serves staging)"
	# Two deploys between a lock and its end
	older staging 7200 4
	as bert
	git upgrade fetch
	refused "^error: legal-hop: " staging production
	refused "backup: backup .* of the upgrade v1.0.0 -> v1.1.0 is kept until" \
		staging production --release=v2.0.0
	echo "rows of 1.1" >../db
	# Two days later its time is over, and both hops are one upgrade.
	export UPGRADE_CLOCK=+49h
	git upgrade promote --path staging production >../out 2>../err
	unset UPGRADE_CLOCK
	is 2.1.0 "$(serves production)"
	echo "rows of 2.1" >../db
'

story 'production goes back, with its data, and is held' '
	as bert
	git upgrade backup list production >../out 2>../err
	has "v1.1.0 -> v2" ../out
	id=$(sed -n "/v1.1.0 -> v2/s/ .*//p" ../out)
	expect_code 2 git upgrade backup restore production "$id" \
		</dev/null 2>../err
	git upgrade backup restore --yes --reason="too slow" production "$id" \
		>../out 2>../err
	is 1.1.0 "$(serves production)"
	is "rows of 1.1" "$(cat ../db)"
	as anna
	refused "production is held since" staging production
'

done_testing
