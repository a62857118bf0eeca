# Environments that an engine deploys, for stories. Source it after draw.sh.
#
#	draw_engine		`prod`, an operator's clone of `upstream` on
#				v1.0.0 with its record, and plain.git, a bare
#				repository that nobody set up for us, as remote
#				`fork`
#	drives LINE...		the profile of prod: these lines are below
#				`drivers`, and production is deployed by them
#	programs		drives, with the program below
#	behave WORD...		what the deploy program does, a line each
#	short COMMIT
#	told [FIELD]		a field of production's newest event in prod
#	events			how many there are
#	state KIND		refs/upgrade/KIND/production in prod, or nothing
#	field NAME		the last value of that name in ../out, JSON
#
# The program, `deployer`, is asked with `deploy COMMIT`, `status ID` or
# `log ID`, keeps a line of each in $ENGINE/asked, and does as $ENGINE/does
# says: `ok`, `fail`, `block` (until somebody writes into $ENGINE/go), `id`
# (only begins a deploy, 42, whose state is in $ENGINE/state), `no-id`.

ENGINE=$WORK/engine

draw_engine()
{
	draw_generic "$WORK/upstream" &&
	git clone -q --no-checkout upstream prod &&
	git -C prod checkout -q --no-track -b production v1.0.0 &&
	git init -q --bare plain.git &&
	git -C prod remote add fork "$WORK/plain.git" &&
	git -C prod config upgrade.upstream origin &&
	git -C prod config upgrade.profile "$WORK/profile.yaml" &&
	mkdir -p "$ENGINE" &&
	mkfifo "$ENGINE/go" &&
	(
		cd prod || exit 1
		printf 'format 1\nprofile generic\nrelease %s\ncommit %s\n' \
			v1.0.0 "$(git rev-parse 'v1.0.0^{commit}')" \
			>.gitupgrade.adopted
		printf 'tree %s\n' "$(git rev-parse 'v1.0.0^{tree}')" \
			>>.gitupgrade.adopted
		git add -A &&
		tick &&
		git commit -q -m 'Adopt v1.0.0'
	) || return 1
	cat >deployer <<-\EOT
	#!/bin/sh
	echo "$*" >>"$ENGINE/asked"
	does=$(cat "$ENGINE/does")
	case $1 in
	deploy)
		echo "deploying $UPGRADE_RELEASE to $UPGRADE_ENV"
		case $does in
		block) cat "$ENGINE/go" ;;
		fail)
			echo 'error: disk full'
			echo 'no space left there'
			exit 3
			;;
		id) echo 'Deployment: 42' ;;
		esac
		echo 'that was it'
		;;
	status)
		cat "$ENGINE/state"
		;;
	log)
		cat "$ENGINE/log"
		;;
	esac
	EOT
	chmod +x deployer
}

drives()
{
	{
		printf '%s\n' 'format: 1' 'profile: generic' \
			'path:' '  rule: connected-minor' \
			'environments:' '  production:' "    deploy: $DRIVER" \
			'verify:' '  version:' \
			"    run: [cat, '$ENGINE/version']" \
			'    expect: "{release}"' \
			'  health:' \
			"    run: [test, '!', -e, '$ENGINE/sick']" \
			'    polls: 2' '    interval: 0' \
			"  log_failures: ['known trouble']" 'drivers:'
		printf '  %s\n' "$@"
	} >"$WORK/profile.yaml"
	echo v1.0.0 >"$ENGINE/version"
}

programs()
{
	DRIVER='command'
	drives 'ours:' '  command:' '    deploy:' \
		"      run: ['$WORK/deployer', deploy, '{commit}']" "$@"
}

behave()
{
	printf '%s\n' "$@" >"$ENGINE/does"
}

short()
{
	git -C "$WORK/prod" rev-parse --short=7 "$1"
}

told()
{
	git -C "$WORK/prod" log -1 --format=%b \
		refs/upgrade/ledger/production >"$TRASH/tmp/event"
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*//p" "$TRASH/tmp/event" |
	sed 's/,$//; s/^"//; s/"$//' | head -n 1
}

events()
{
	git -C "$WORK/prod" rev-list --count refs/upgrade/ledger/production
}

state()
{
	git -C "$WORK/prod" rev-parse -q --verify \
		"refs/upgrade/$1/production" || :
}

field()
{
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*//p" "$WORK/out" |
	sed 's/,$//; s/^"//; s/"$//' | tail -n 1
}

export ENGINE
