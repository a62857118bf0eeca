#!/bin/sh
#
# The gates `freeze` and `required-files`: what they refuse, in which words, and
# how one goes on.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# freeze LINE...: the platform's windows, in place of those before
freeze()
{
	cp ../platform.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	{
		echo '    freeze:'
		printf '      - %s\n' "$@"
	} >>"$WORK_PLATFORM/info/gitupgrade.yaml"
}

pushed()
{
	git push --no-verify --porcelain platform "${1-HEAD}:production" \
		>../out 2>../err
}

story 'a frozen environment: until when, why, and the way out' '
	draw_clone prod
	cd prod
	draw_platform
	cp "$WORK_PLATFORM/info/gitupgrade.yaml" ../platform.yaml
	git upgrade push
	put own.txt more
	commit "More"
	freeze "{from: 2001-01-01, to: 2999-12-31 08:30, reason: the holidays}"
	expect_code 1 pushed
	has "remote rejected\] (freeze: production is frozen until Tue 2999-12-31 08:30 UTC (from 2001-01-01 to 2999-12-31 08:30): the holidays)" ../out
	has "^remote: hint: wait until then, and push again" ../err
	line=$(grep -n from: "$WORK_PLATFORM/info/gitupgrade.yaml")
	has "^remote: hint: or have its owner take the window out: environments.production.freeze, in .*info/gitupgrade.yaml:${line%%:*}" ../err
	is "$(git rev-parse HEAD^)" "$(git -C "$WORK_PLATFORM" rev-parse production)"
'

story 'git upgrade push says the same' '
	cd prod
	expect_code 2 git upgrade push >../out 2>../err
	has "freeze: production is frozen until Tue 2999-12-31 08:30 UTC" ../err
	has "^Nothing was changed.$" ../err
'

story 'the time is that of whoever judges' '
	cd prod
	expect_code 1 env TZ=XYZ-9 git push --no-verify --porcelain \
		platform HEAD:production >../out 2>../err
	has "until Tue 2999-12-31 08:30 XYZ (" ../out
'

story 'a date without a time is all of the day' '
	cd prod
	freeze "{from: 2001-01-01, to: 2999-12-31}"
	expect_code 1 pushed
	has "frozen until Wed 3000-01-01 00:00 UTC (from 2001-01-01 to 2999-12-31))" ../out
'

story 'every week: whatever day it is, it is one half of it or the other' '
	cd prod
	freeze "{from: mon, to: thu 12:00}" "{from: Thursday 12:00, to: sun}"
	expect_code 1 pushed
	has "freeze: production is frozen until ... ....-..-.. ..:00 UTC (from " \
		../out
'

story 'of two windows the one that ends last is named' '
	cd prod
	freeze "{from: mon, to: sun, reason: always}" \
		"{from: 2001-01-01, to: 2999-12-30, reason: long}" \
		"{from: 2002-01-01, to: 2100-12-31}"
	expect_code 1 pushed
	has "until Tue 2999-12-31 00:00 UTC .*: long)" ../out
'

story 'outside of its windows it is open, and other branches always are' '
	cd prod
	freeze "{from: 2001-01-01, to: 2002-01-01}" \
		"{from: 2999-01-01, to: 2999-02-01}"
	expect_code 0 pushed
	has "freeze ok" ../err
	freeze "{from: mon, to: sun}"
	expect_code 0 git push -q platform HEAD:topic
	platform_idle
'

story 'a window that cannot be read lets nothing in, and says where it is' '
	cd prod
	put own.txt again
	commit "Again"
	freeze "{from: yesterday, to: 2999-01-01}"
	expect_code 1 pushed
	has "info/gitupgrade.yaml:[0-9]*:[0-9]*: environments.production.freeze.*from: expected a day (2026-12-18, fri) or a day and a time" ../out
	cp ../platform.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 pushed
	platform_idle
'

story 'on a client it is the configuration of what is there' '
	draw_clone own
	cd own
	git init -q --bare ../plain.git
	git remote add plain ../plain.git
	git config upgrade.production.branch production
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  production:" "    freeze:" \
		"      - {from: 2001-01-01, to: 2999-12-31, reason: audit}"
	commit "Freeze"
	git push -q --no-verify plain production
	put own.txt frozen
	commit "While it is frozen"
	expect_code 2 git upgrade push >../out 2>../err
	has "^error: freeze: production is frozen until .*: audit$" ../err
	has "in .*gitupgrade.yaml:6$" ../err
	expect_code 0 git upgrade config >../out
	has "freeze" ../out
'

story 'a required file that is gone: since when, and how to have it back' '
	cd prod
	put conf/prod.yml "a: 1"
	put conf/other.yml "b: 1"
	commit "Configure"
	cp ../platform.yaml "$WORK_PLATFORM/info/gitupgrade.yaml"
	echo "required_files: [\"conf/pro*.yml\", VERSION]" \
		>>"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 0 pushed
	has "required-files ok" ../err
	platform_idle
	git rm -q conf/prod.yml
	commit "Tidy up"
	culprit=$(git rev-parse --short HEAD)
	put own.txt behind
	commit "Behind it"
	expect_code 1 pushed
	has "remote rejected\] (required-files: conf/prod.yml is required, and gone since $culprit (Olga Operator: Tidy up))" ../out
	has "^remote: hint: bring it back with .git checkout $(git rev-parse --short=12 HEAD~2) -- conf/prod.yml., commit, and push again" ../err
	# As it says
	git checkout "$(git rev-parse --short=12 HEAD~2)" -- "conf/prod.yml"
	commit "Bring it back"
	expect_code 0 pushed
	platform_idle
'

story 'an empty file does not count' '
	cd prod
	: >conf/prod.yml
	commit "Empty it"
	culprit=$(git rev-parse --short HEAD)
	expect_code 1 pushed
	has "(required-files: conf/prod.yml is required, and empty since $culprit (Olga Operator: Empty it))" ../out
	git reset -q --hard HEAD^
'

story 'it may move within the pattern; another one may stand in for it' '
	cd prod
	git mv conf/prod.yml conf/production.yml
	commit "Rename it"
	expect_code 0 pushed
	platform_idle
'

story 'what was never there' '
	cd prod
	sed -i "/^required_files/d" "$WORK_PLATFORM/info/gitupgrade.yaml"
	echo "required_files: [\"secrets/**/*.env\", none, VERSION]" \
		>>"$WORK_PLATFORM/info/gitupgrade.yaml"
	put own.txt never
	commit "Never"
	expect_code 1 pushed
	has "(required-files: there is no file secrets/\*\*/\*.env, which is required)" ../out
	has "^remote: hint: add it, .git commit. and push again" ../err
	has "^remote: hint: 1 more required file is missing" ../err
	put secrets/a/b.env "x=1"
	put none x
	commit "Here they are"
	expect_code 0 pushed
	platform_idle
'

story 'a platform made in a clone takes its required files along' '
	cd own
	put .gitupgrade.yaml "format: 1" "profile: generic" \
		"required_files: [own.txt]"
	commit "Require a file"
	git upgrade platform init --env production ../made.git
	has "required_files" ../made.git/info/gitupgrade.yaml
	has "own.txt" ../made.git/info/gitupgrade.yaml
'

story 'a bad pattern is refused with its place' '
	cd prod
	put ../bad.yaml "format: 1" "profile: generic" \
		"required_files: [../outside]"
	expect_code 128 git -c upgrade.profile="$PWD/../bad.yaml" upgrade status \
		>../out 2>../err
	has "bad.yaml:3:18: required_files: expected a path inside the tree" \
		../err
'

done_testing
