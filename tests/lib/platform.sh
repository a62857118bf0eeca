# Platforms for stories. Source it after tap.sh and draw.sh.
#
#	draw_clone DIR		an operator's clone of `upstream` (draw_generic,
#				made if need be): branch production on v1.0.0,
#				its record, one file of its own
#	adopt RELEASE		in a clone: what a merge of RELEASE leaves, a
#				commit with both parents and the record
#	write_profile FILE	a product that is "started" by writing into
#				TOP/serving; see below
#	draw_platform [ARG...]	in a clone: `platform init` of ../platform.git
#				that deploys to ../srv, as remote `platform`
#	configure KEY ITEM...	a list in the configuration of the platform's
#				last environment, in place of all it said there
#				besides since the first time
#	ref NAME		in a clone: what refs/upgrade/NAME of the
#				platform is, or nothing
#	last_event FIELD [ARG...]
#				a field of production's newest event (ARG: of
#				those git log shows)
#	deployed RELEASE	assert that `current` is on it and serves
#	platform_idle		wait until all is deployed or failed
#	events			how many there are of production
#	building COMMIT		true when its step `build` has begun
#	worker_pids		who deploys or repairs there now, keepers of
#				steps included; repair gets its whole path
#	kill_workers		all of them
#	no_workers		true when none is left
#	let_go			let a `build` go on that blocks (see below)
#
# The product's steps look at files of the tree, so that a commit decides what
# happens: `broken` makes the step `build` fail, `hangs` makes `settle` and a
# daemon of it outlast its time, `breaks-start` fails the interrupting step
# `start`, `sick` fails health, `blocks` makes `build` read the fifo TOP/go.

WORK_PLATFORM=$WORK/platform.git
SRV=$WORK/srv

draw_clone()
{
	[ -d "$WORK/upstream" ] || draw_generic "$WORK/upstream" || return 1
	git clone -q --no-checkout "$WORK/upstream" "$1" &&
	git -C "$1" checkout -q --no-track -b production v1.0.0 || return 1
	(
		cd "$1" || exit 1
		echo 'our own' >own.txt
		write_record v1.0.0
		git add -A &&
		git commit -q -m 'Adopt v1.0.0'
	)
}

write_record()
{
	printf 'format 1\nprofile generic\nrelease %s\ncommit %s\ntree %s\n' \
		"$1" "$(git rev-parse "$1^{commit}")" \
		"$(git rev-parse "$1^{tree}")" >.gitupgrade.adopted
}

adopt()
{
	tick
	git read-tree -m -u HEAD "$1" || return 1
	git checkout -q HEAD -- own.txt || return 1
	write_record "$1"
	git add .gitupgrade.adopted own.txt &&
	adopt_tree=$(git write-tree) &&
	adopt_commit=$(git commit-tree "$adopt_tree" -p HEAD \
		-p "$1^{commit}" -m "Upgrade to $1") &&
	git reset -q --hard "$adopt_commit"
}

write_profile()
{
	cat >"$1" <<-\EOT
	format: 1
	profile: generic
	path:
	  rule: connected-minor
	deploy:
	  keep: 2
	  shared: [data/files]
	  optional_submodules: [extra/*]
	  steps:
	    - name: build
	      run:
	        - sh
	        - -c
	        - |
	          echo "building $UPGRADE_RELEASE for $UPGRADE_ENV"
	          test ! -e blocks || cat ../../go
	          test ! -e broken
	    - name: settle
	      timeout: 10s
	      run:
	        - sh
	        - -c
	        - |
	          test ! -e hangs || { setsid tail -f /dev/null & wait; }
	    - name: start
	      interrupts: true
	      restores: true
	      run:
	        - sh
	        - -c
	        - test ! -e breaks-start && cp VERSION ../../serving
	verify:
	  version:
	    run: [sh, -c, 'echo "v$(cat ../../serving)"']
	    expect: "{release}"
	  health:
	    run: [sh, -c, 'if test -e sick; then echo said 502; exit 1; fi']
	    polls: 2
	    interval: 0
	  log_failures: ['known trouble [0-9]+']
	EOT
}

draw_platform()
{
	write_profile "$WORK/profile.yaml" &&
	git upgrade platform init --profile="$WORK/profile.yaml" \
		--deploy-to="$SRV" "$@" "$WORK_PLATFORM" &&
	git remote add platform "$WORK_PLATFORM" &&
	mkdir -p "$SRV" &&
	mkfifo "$SRV/go"
}

configure()
{
	[ -e "$WORK/configured.yaml" ] ||
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" "$WORK/configured.yaml"
	{
		cat "$WORK/configured.yaml"
		printf '    %s:\n' "$1"
		shift
		[ $# -eq 0 ] || printf '      - %s\n' "$@"
	} >"$WORK_PLATFORM/info/gitupgrade.yaml"
}

ref()
{
	git -C "$WORK_PLATFORM" rev-parse -q --verify "refs/upgrade/$1" || :
}

# The body is JSON with a field a line.
last_event()
{
	last_field=$1
	shift
	git -C "$WORK_PLATFORM" log -1 --format=%b "$@" \
		refs/upgrade/ledger/production >"$TRASH/tmp/event"
	sed -n "s/^[[:space:]]*\"$last_field\":[[:space:]]*//p" \
		"$TRASH/tmp/event" |
	sed 's/,$//; s/^"//; s/"$//'
}

events()
{
	git -C "$WORK_PLATFORM" rev-list --count refs/upgrade/ledger/production
}

deployed()
{
	is "${1#v}" "$(cat "$SRV/current/VERSION")" &&
	is "${1#v}" "$(cat "$SRV/serving")" &&
	is "$1" "$(last_event release --invert-grep --grep=^locked \
		--grep=^unlocked)"
}

platform_is_idle()
{
	git upgrade platform status --json "$WORK_PLATFORM" \
		>"$TRASH/tmp/status" || return 1
	! grep -q -e '"deploying"' -e '"not deployed yet"' "$TRASH/tmp/status"
}

platform_idle()
{
	wait_for 20 platform_is_idle
}

# Those that have both words, each a whole argument: in one look, as it is
# asked again and again
worker_pids()
{
	grep -z -l -x -e worker -e repair /proc/[0-9]*/cmdline 2>/dev/null |
	xargs -r grep -z -l -x -e "$WORK_PLATFORM" 2>/dev/null |
	sed 's|/proc/||; s|/cmdline||'
}

kill_workers()
{
	# At once: one may wait for the end of the other.
	# shellcheck disable=SC2046
	kill -KILL $(worker_pids) 2>/dev/null || :
}

no_workers()
{
	[ -z "$(worker_pids)" ]
}

# building COMMIT: its step `build` has begun
building()
{
	grep -q "deploys $1" "$WORK_PLATFORM/upgrade/logs/production/latest" &&
	grep -q "^building" "$WORK_PLATFORM/upgrade/logs/production/latest"
}

# Let a `build` that blocks go on. It meets the reader at the fifo.
let_go()
{
	timeout 20 sh -c ": >'$SRV/go'"
}
