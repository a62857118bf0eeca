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

# Each build waits for the other one to begin: in turn, none would end.
story 'several environments are deployed at the same time' '
	cd prod
	cat >../both.yaml <<-\EOT
	format: 1
	profile: generic
	deploy:
	  steps:
	    - name: build
	      timeout: 2m
	      run:
	        - sh
	        - -c
	        - |
	          : >"../../../began.$UPGRADE_ENV"
	          until test -e ../../../began.staging &&
	                test -e ../../../began.live
	          do :
	          done
	EOT
	git upgrade platform init --profile=../both.yaml --env=staging \
		--env=live --deploy-to="$WORK/both" "$WORK/both.git"
	git -C "$WORK/both.git" fetch -q "$PWD" production
	for branch in staging live
	do
		git -C "$WORK/both.git" -c core.hooksPath=/dev/null update-ref \
			"refs/heads/$branch" FETCH_HEAD || return 1
	done
	(cd ..; boot "$WORK/both.git" >out 2>err)
	for env in staging live
	do
		is "$(git rev-parse HEAD)" "$(git -C "$WORK/both.git" \
			rev-parse "refs/upgrade/verified/$env")"
	done
'

# live comes second.
story 'one that cannot be deployed stops no other, and is the error' '
	cd prod
	rm -f ../both/began.*
	git commit -q --allow-empty -m More
	git -C ../both.git fetch -q "$PWD" production
	for branch in staging live
	do
		git -C ../both.git -c core.hooksPath=/dev/null update-ref \
			"refs/heads/$branch" FETCH_HEAD || return 1
	done
	: >../both/began.staging
	rm -f ../both.git/upgrade/locks/staging/run
	mkdir ../both.git/upgrade/locks/staging/run
	expect_code 128 git upgrade platform repair ../both.git >../out 2>../err
	has "^fatal: staging: " ../err
	is "$(git rev-parse HEAD)" \
		"$(git -C ../both.git rev-parse refs/upgrade/verified/live)"
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
