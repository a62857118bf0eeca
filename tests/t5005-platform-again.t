#!/bin/sh
# `platform init` on a platform that serves: pushes come while it runs, and it
# may be killed. At no time does the gate leave a branch, or what only the
# server writes, to pushers.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

# settings KEY FILE
settings()
{
	git config --local --get-all "receive.$1" >"$2"
}

# What was guarded is guarded, whoever was killed.
guarded()
{
	settings procReceiveRefs ../guarded
	has "^refs/heads/production$" ../guarded
	has "^refs/upgrade/request$" ../guarded
	settings hideRefs ../hidden
	sed -n "/refs.upgrade$/p" ../hidden >../last
	is refs/upgrade "$(tail -n 1 ../last)"
}

all_there()
{
	guarded
	has "^refs/heads/staging$" ../guarded
	lacks "old" ../guarded
	tail -n 3 ../hidden >../last
	printf "%s\n" refs/replace refs/upgrade "!refs/upgrade/request" |
	same - ../last
	is refs/heads/production "$(git symbolic-ref HEAD)"
	git cat-file blob refs/upgrade/platform >../known
	has "\"staging\"" ../known
}

judge()
{
	guarded
	git upgrade platform init . >../again 2>&1
	all_there
	missing config.lock HEAD.lock refs/upgrade/platform.lock upgrade/setup
	# A push that comes now is judged.
	expect_code 1 git push -q . HEAD:refs/upgrade/verified/staging \
		2>../refused
}

story 'a platform that is to have one more environment' '
	draw_clone prod
	cd prod
	draw_platform >../out 2>../err
	git push -q platform production
	platform_idle
	cd ../platform.git
	cat >>info/gitupgrade.yaml <<-EOT
	  staging:
	    branch: staging
	    deploy_to: $WORK/staging
	EOT
	git config --local --add receive.procReceiveRefs refs/heads/old
	git config --local --unset-all receive.hideRefs request
	git config --local --add receive.hideRefs refs/mine
'

story 'killed at each change, the gate holds, and init ends it' '
	sweep platform.git judge git-upgrade platform init .
'

story 'what is right is not written again' '
	cd platform.git
	git upgrade platform init . >../out 2>../err
	all_there
	has "^refs/mine$" ../hidden
	cp config ../config
	git upgrade platform init . >../out 2>../err
	same config ../config
	settings hideRefs ../hidden
	is 6 "$(grep -c . ../hidden)"
'

done_testing
