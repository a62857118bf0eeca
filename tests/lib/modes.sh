# Deploys in a mode, for stories. Source it after platform.sh.
#
#	draw_modes MODE		a clone `prod`, its platform in that mode, one
#				release deployed
#	next [MESSAGE]		in prod: a commit, the next release
#	push_next		that, and push it; out and err are written
#	traced LINE...		assert what ran since `next`, and where: "stop
#				old" ran in the folder of the release before
#	fault [STEP...]		these steps fail: "stop old", "start new"
#	hold STEP		this one writes no end until it is killed
#	held			true when it has begun
#	runs NAME...		assert which releases run: old, new
#	page up|down		is the maintenance page there?
#	repaired		`platform repair` has deployed the newest
#
# A release runs when RUN/NUMBER is there, and its NUMBER is a file in it.

RUN=$WORK/run
STEP=$WORK/step

write_step()
{
	cat >"$STEP" <<-EOT
	#!/bin/sh
	# Of the product: writes down that it runs, then does so
	top=$WORK
	EOT
	cat >>"$STEP" <<-'EOT'
	number=$(cat number)
	who=old
	[ "$number" != "$(cat "$top/new")" ] || who=new
	echo "$1 $who" >>"$top/trace"
	if grep -q -x "$1 $who" "$top/hold" 2>/dev/null
	then
		: >"$top/held"
		exec tail -f /dev/null
	fi
	if grep -q -x "$1 $who" "$top/fault" 2>/dev/null
	then
		echo "trouble in $1"
		exit 3
	fi
	case $1 in
	on)	: >"$top/page" ;;
	off)	rm -f "$top/page" ;;
	start)	: >"$top/run/$number" ;;
	stop)	rm -f "$top/run/$number" ;;
	health)	test -e "$top/run/$number" ;;
	esac
	EOT
	chmod +x "$STEP"
}

# Not in the order in which they run
write_modes_profile()
{
	cat >"$WORK/profile.yaml" <<-EOT
	format: 1
	profile: generic
	deploy:
	  mode: $1
	  keep: 5
	  steps:
	    - {name: go, as: start, run: [$STEP, start]}
	    - {name: page off, as: maintenance_off, run: [$STEP, "off"]}
	    - {name: data, run: [$STEP, update]}
	    - {name: halt, as: stop, run: [$STEP, stop]}
	    - {name: page on, as: maintenance_on, run: [$STEP, "on"]}
	    - {name: traffic, as: switch, run: [$STEP, switch]}
	    - {name: caches, as: warm, run: [$STEP, warm]}
	    - {name: smoke, as: health, run: [$STEP, smoke]}
	verify:
	  health:
	    run: [$STEP, health]
	    interval: 0
	EOT
}

draw_modes()
{
	mkdir "$RUN"
	write_step
	draw_clone prod || return 1
	cd prod || return 1
	echo 1 >number
	write_modes_profile "$1"
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$WORK_PLATFORM" || return 1
	git remote add platform "$WORK_PLATFORM"
	next
	git push -q platform production || return 1
	cd ..
}

next()
{
	next_number=$(cat number)
	next_number=$((next_number + 1))
	echo "$next_number" >number
	echo "$next_number" >"$WORK/new"
	: >"$WORK/trace"
	git add -A &&
	tick &&
	git commit -q -m "Number $next_number"
}

# The worker looks around once more when the pusher has been told.
push_next()
{
	next &&
	git push platform production >"$WORK/out" 2>"$WORK/err" &&
	wait_for 20 no_workers
}

# A comma is as good as another argument.
lines()
{
	printf '%s\n' "$@" | tr , '\n' | sed '/^$/d'
}

traced()
{
	lines "$@" >"$TRASH/tmp/traced"
	same "$TRASH/tmp/traced" "$WORK/trace"
}

fault()
{
	[ "$#" = 0 ] || printf '%s\n' "$@" >"$WORK/fault"
	[ "$#" != 0 ] || rm -f "$WORK/fault"
}

hold()
{
	rm -f "$WORK/held"
	echo "$1" >"$WORK/hold"
}

held()
{
	[ -e "$WORK/held" ]
}

runs()
{
	runs_new=$(cat "$WORK/new")
	for runs_name in "$@"
	do
		case $runs_name in
		new)	echo "$runs_new" ;;
		old)	basename "$(cat "$WORK/old")" ;;
		esac
	done | sort >"$TRASH/tmp/runs"
	find "$RUN" -type f -printf "%f\n" | sort >"$TRASH/tmp/running"
	same "$TRASH/tmp/runs" "$TRASH/tmp/running"
}

page()
{
	if [ "$1" = up ]
	then
		exists "$WORK/page"
	else
		missing "$WORK/page"
	fi
}

repaired()
{
	rm -f "$WORK/hold"
	timeout 60 git upgrade platform repair "$WORK_PLATFORM" \
		>"$WORK/out" 2>"$WORK/err"
	is "$(cat "$WORK/new")" "$(cat "$SRV/current/number")"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	missing "$SRV/.steps"
	missing "$SRV/.interrupted"
	page down
	runs new
}
