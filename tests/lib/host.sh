# A host that pulls, for stories. Source it after platform.sh.
#
#	draw_host [ARG...]	plain.git, a bare repository nobody set up for
#				us; `prod`, an operator's clone with it as
#				remote `plain`; `host`, a clone of it with
#				production checked out and a profile like the
#				one of platform.sh. It is "started" by writing
#				into $SERVING
#	publish MESSAGE		in prod: all that changed becomes a commit, and
#				goes to plain.git
#	here NAME		in host: what refs/upgrade/NAME is, or nothing
#	said [FIELD]		a field of the host's newest event
#	hops			how many events the host has
#	serves RELEASE		assert that it is started, deployed, verified
#	running			true when the step `build` of HEAD has begun
#	worker			the number of the process that deploys
#	go			let a `build` that blocks go on
#	ended PID CODE		wait for a child; assert how it ended

SERVING=$WORK/serving

draw_host()
{
	draw_clone prod || return 1
	write_profile "$WORK/profile.yaml" &&
	sed -i "s|../../serving|$SERVING|; s|../../go|$WORK/go|" \
		"$WORK/profile.yaml" &&
	mkfifo "$WORK/go" &&
	git init -q --bare plain.git &&
	git -C prod remote add plain "$WORK/plain.git" &&
	git -C prod push -q plain production 'refs/tags/*' &&
	git clone -q -b production plain.git host &&
	git -C host config upgrade.profile "$WORK/profile.yaml" &&
	git -C host config upgrade.production.branch production
}

publish()
{
	git add -A &&
	tick &&
	git commit -q -m "$1" &&
	git push -q --no-verify plain production
}

here()
{
	git -C "$WORK/host" rev-parse -q --verify "refs/upgrade/$1" || :
}

said()
{
	git -C "$WORK/host" log -1 --format=%b \
		refs/upgrade/ledger/production >"$TRASH/tmp/event"
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*//p" "$TRASH/tmp/event" |
	sed 's/,$//; s/^"//; s/"$//'
}

hops()
{
	git -C "$WORK/host" rev-list --count refs/upgrade/ledger/production
}

serves()
{
	is "${1#v}" "$(cat "$SERVING")" &&
	is "$(git -C "$WORK/host" rev-parse HEAD)" \
		"$(here deployed/production)" &&
	is "$(here deployed/production)" "$(here verified/production)" &&
	is "" "$(here failed/production)" &&
	find "$WORK/host/.git/upgrade/here" -name '.*.building' \
		>"$TRASH/tmp/markers" &&
	same /dev/null "$TRASH/tmp/markers"
}

running()
{
	running_log=$WORK/host/.git/upgrade/logs/production/latest
	grep -q "deploys $(git -C "$WORK/host" rev-parse HEAD)" \
		"$running_log" 2>/dev/null &&
	grep -q "^building" "$running_log"
}

worker()
{
	cut -d ' ' -f 1 "$WORK/host/.git/upgrade/locks/production/run"
}

# It meets the reader at the fifo.
go()
{
	timeout 20 sh -c ": >'$WORK/go'"
}

ended()
{
	ended_code=0
	wait "$1" || ended_code=$?
	[ "$ended_code" = "$2" ] || {
		tap_show_out
		is "$2" "$ended_code"
	}
}
