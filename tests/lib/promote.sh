# A platform whose production promotes from its staging, for stories. Source it
# after platform.sh.
#
#	draw_promotion DIR	an operator's clone, and a cd into it; both
#				environments run v1.0.0, production has own
#				paths, and staging is checked out
#	promoting LINE...	what the platform's configuration says of
#				production besides, in place of what it learnt
#				from the clone
#	stage FILE TEXT...	a change of staging, deployed and verified there
#	promoted [COMMIT]	the commit a promotion of COMMIT (staging's tip)
#				makes, by plain git; its tree is COMMIT's but
#				for what is in ../own (an index), if anything
#	plain_push COMMIT	to production, past the gates of this clone
#	at ENV [REV]		the commit ENV's branch is on at the platform
#	serves ENV		what the release that serves there says it is
#	ledger ENV		the subjects of its events, newest first
#	as NAME			go to that one's clone, WORK/NAME, and be it
#	colleague NAME REMOTE ENV
#				another operator's clone, which has the remotes
#				and settings of the current one, with the
#				REMOTE's ENV as HEAD; and go to it
#	aged ENV SECONDS [NR]	its events happened so much earlier; a clock
#				that stories can set.  Of less than 0: the
#				newest NR happened so much later

draw_promotion()
{
	draw_clone "$1" &&
	cd "$1" &&
	git config push.default nothing &&
	write_promotion .gitupgrade.yaml &&
	put .env.production 'HOST=live' &&
	put config/prod/db 'db=live' &&
	put config/app 'level=info' &&
	commit 'Environments' &&
	draw_platform --env staging --env production &&
	git config remote.pushDefault platform &&
	git upgrade push production &&
	git checkout -q -b staging &&
	put .env.production 'HOST=stage' &&
	put config/prod/db 'db=stage' &&
	commit 'Staging is elsewhere' &&
	git upgrade push staging
}

write_promotion()
{
	put "$1" 'format: 1' 'profile: generic' 'environments:' \
		'  staging: {}' '  production:' '    promotes_from: staging' \
		'    own: [.env.production, config/prod/]'
}

promoting()
{
	[ -e "$WORK/platform.yaml" ] ||
	sed '/^    promotes_from:/,$d' "$WORK_PLATFORM/info/gitupgrade.yaml" \
		>"$WORK/platform.yaml"
	cp "$WORK/platform.yaml" "$WORK_PLATFORM/info/gitupgrade.yaml" &&
	printf '    %s\n' "$@" >>"$WORK_PLATFORM/info/gitupgrade.yaml"
}

stage()
{
	put "$@" &&
	commit "Change $1" &&
	git upgrade push staging
}

plain_push()
{
	git push --no-verify --porcelain platform "$1:refs/heads/production" \
		>../out 2>../err
}

at()
{
	git -C "$WORK_PLATFORM" rev-parse "$1${2-}"
}

promoted()
{
	promoted_from=$(git rev-parse "${1-staging}")
	tick
	(
		GIT_INDEX_FILE=$WORK/promoted.index
		export GIT_INDEX_FILE
		git read-tree "$promoted_from" &&
		git rm -q -r -f --cached .env.production config/prod &&
		git ls-tree -r platform/production -- .env.production \
			config/prod >"$WORK/own" &&
		git update-index --index-info <"$WORK/own" &&
		git write-tree >"$WORK/promoted.tree"
	) &&
	git commit-tree "$(cat "$WORK/promoted.tree")" \
		-p platform/production -p "$promoted_from" \
		-m 'Promote it' -m "Promoted-From: staging $promoted_from"
}

serves()
{
	cat "$SRV/$1/current/VERSION"
}

as()
{
	cd "$WORK/$1" || return 1
	GIT_AUTHOR_NAME=$1 GIT_COMMITTER_NAME=$1
	export GIT_AUTHOR_NAME GIT_COMMITTER_NAME
}

colleague()
{
	git config --get-regexp '^(remote[.]|branch[.]|upgrade[.]upstream)' \
		>"$WORK/settings" &&
	git init -q "$WORK/$1" &&
	as "$1" &&
	while read -r colleague_key colleague_value
	do
		git config --add "$colleague_key" "$colleague_value" ||
			return 1
	done <"$WORK/settings" &&
	git fetch -q --all &&
	git update-ref --no-deref HEAD "$(git rev-parse "$2/$3")"
}

aged()
{
	aged_ref=refs/upgrade/ledger/$1
	aged_range=$aged_ref
	aged_new=
	# What is older came before it, and does so by its time as well.
	if [ -n "${3-}" ] && [ "$2" -lt 0 ]
	then
		aged_range="$aged_ref~$3..$aged_ref"
		aged_new=$(git -C "$WORK_PLATFORM" rev-parse "$aged_ref~$3")
	fi
	git -C "$WORK_PLATFORM" rev-list --reverse --timestamp "$aged_range" \
		>"$TRASH/tmp/aged" || return 1
	while read -r aged_when aged_one
	do
		git -C "$WORK_PLATFORM" log -1 --format=%B "$aged_one" \
			>"$TRASH/tmp/aged-event" &&
		aged_new=$(
			GIT_COMMITTER_DATE="@$((aged_when - $2)) +0000" \
			git -C "$WORK_PLATFORM" commit-tree \
			"$aged_one^{tree}" ${aged_new:+-p "$aged_new"} \
			<"$TRASH/tmp/aged-event"
		) || return 1
	done <"$TRASH/tmp/aged"
	git -C "$WORK_PLATFORM" update-ref "$aged_ref" "$aged_new"
}

ledger()
{
	git -C "$WORK_PLATFORM" log --format=%s "refs/upgrade/ledger/$1"
}
