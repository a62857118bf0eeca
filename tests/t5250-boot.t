#!/bin/sh
#
# After a reboot: what systemd is told to start finishes what was interrupted.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

unit=$TESTS_DIR/../contrib/systemd/git-upgrade-platform@.service

# boot DIR: what the unit starts for the platform DIR, with our program
boot()
{
	command=$(sed -n 's/^ExecStart=//p' "$unit")
	printf '%s\n' "$command" >line
	has "^/usr/local/bin/git-upgrade .* %f\$" line || return 1
	command=${command#/usr/local/bin/}
	dir=$1
	# shellcheck disable=SC2086
	set -- ${command% %f}
	"$@" "$dir"
}

# What a power cut leaves: the branch has moved, and nobody is at work.
story 'what is still to be deployed is, when the machine is up again' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production 2>../err
	platform_idle
	deployed v1.0.0
	adopt v1.1.0
	commit=$(git rev-parse HEAD)
	git -C "$WORK_PLATFORM" fetch -q "$PWD" production
	git -C "$WORK_PLATFORM" -c core.hooksPath=/dev/null \
		update-ref refs/heads/production "$commit"
	is v1.0.0 "$(last_event release)"
	cd ..
	boot "$WORK_PLATFORM" >out 2>err
	cd prod
	is "$commit" "$(ref verified/production)"
	deployed v1.1.0
'

story 'where all is deployed it does nothing' '
	cd prod
	before=$(events)
	cd ..
	boot "$WORK_PLATFORM" >out 2>err
	cd prod
	is "$before" "$(events)"
'

story 'systemd takes it for a unit' '
	command -v systemd-analyze >/dev/null || {
		echo "# no systemd-analyze" >&2
		return 0
	}
	mkdir unit
	sed "s,/usr/local/bin/git-upgrade,$(command -v true)," "$unit" \
		>"unit/${unit##*/}"
	instance=$(systemd-escape --path --template="${unit##*/}" "$WORK/unit")
	systemd-analyze verify --man=no "unit/$instance" >out 2>&1
	same /dev/null out
'

done_testing
