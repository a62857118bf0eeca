#!/bin/sh
#
# Steps: programs of the profile that run in a scratch work tree. What they
# map or are said to produce is staged, everything else is left alone.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# A package manager in miniature: reads `packages`, writes vendor/NAME with a
# map, copies what the map says to the top, writes a lock file and a log.
story 'a product that is put together from packages is drawn' '
	git init -q up
	cd up
	put packages base
	put index.html "release 1.0.0"
	mkdir bin
	put bin/assemble "#!/bin/sh" \
		"set -e" \
		"for p in \$(cat packages)" \
		"do" \
		"	mkdir -p vendor/acme/\$p/web" \
		"	echo \"\$p for \$1\" >vendor/acme/\$p/web/\$p.php" \
		"	echo \"\$p for \$1\" >vendor/acme/\$p/\$p.ini" \
		"	echo \"{\\\"extra\\\": {\\\"map\\\": [[\\\"web\\\", \\\"pub\\\"], [\\\"\$p.ini\\\", \\\"etc/\$p.ini\\\"]]}}\" >vendor/acme/\$p/package.json" \
		"	mkdir -p pub etc" \
		"	cp vendor/acme/\$p/web/\$p.php pub/" \
		"	cp vendor/acme/\$p/\$p.ini etc/" \
		"done" \
		"echo \"locked \$1\" >packages.lock" \
		"echo noise >assemble.log" \
		"echo \"assembled \$1\""
	chmod +x bin/assemble
	put .gitignore /vendor/
	bin/assemble 1.0.0
	rm assemble.log
	git add -A
	commit "release 1.0.0"
	git tag -m 1 1.0.0
	put packages base extra
	put index.html "release 1.1.0"
	git add packages index.html
	commit "release 1.1.0"
	git tag -m 1 1.1.0
	cd ..
	put profile.yaml "format: 1" "name: assembled" \
		"releases:" "  scheme: semver" \
		"  final: \"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+\$\"" \
		"path:" "  rule: any" \
		"steps:" \
		"  - name: assemble" \
		"    run: [bin/assemble, \"{release}\"]" \
		"    if_exists: packages" \
		"    marshal: {files: vendor/*/*/package.json, map: /extra/map}" \
		"    produces: [packages.lock]"
	git clone -q up prod
	cd prod
	git switch -q -c production 1.0.0
	put own mine
	git add own
	commit "ours"
	git config upgrade.profile "$WORK/profile.yaml"
'

story 'mapped and produced files are part of the commit, nothing else is' '
	cd prod
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	git diff --name-only HEAD^ HEAD >../changed
	printf "%s\n" .gitupgrade.adopted etc/base.ini etc/extra.ini \
		index.html packages packages.lock pub/base.php pub/extra.php \
		>../expected
	same ../expected ../changed
	is "extra for 1.1.0" "$(cat pub/extra.php)"
	is "locked 1.1.0" "$(cat packages.lock)"
	test -z "$(git status --porcelain)"
'

story 'what was left out is listed' '
	has "left out: assemble.log" err
	has "left out: vendor/ (ignored)\|left out: vendor/.*(ignored)" err
	test ! -e prod/assemble.log
	test ! -e prod/.git/upgrade/scratch
	lacks "forecast" err
'

story 'plan says that a step would run' '
	cd prod
	git reset -q --hard HEAD^
	git upgrade plan 1.1.0 >../out
	has "^  steps  *run after the merge; .* not part of this forecast$" \
		../out
'

story 'with conflicts it waits for them, and that is said' '
	cd prod
	git switch -q -c conflict
	put index.html "ours"
	git commit -q -a -m "Ours"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^  steps  *run when the conflicts are resolved$" ../err
	git upgrade merge --abort >../out 2>../err
	git switch -q production
'

story 'a step that fails: nothing was changed' '
	cd prod
	sed "s/{release}/--/; s/bin.assemble/false/" ../profile.yaml \
		>../failing.yaml
	git config upgrade.profile "$WORK/failing.yaml"
	snapshot >../before
	expect_code 2 git upgrade merge --no-edit 1.1.0 2>../err
	has "step assemble failed" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	test ! -e .git/upgrade/scratch
'

# A step that is the program ../step, in ../step.yaml
step_is()
{
	put ../step "#!/bin/sh" "$@"
	chmod +x ../step
	sed "s#run:.*#run: [\"$WORK/step\"]#" ../profile.yaml >../step.yaml
	git config upgrade.profile "$WORK/step.yaml"
}

story 'a daemon the step leaves behind is not waited for' '
	cd prod
	step_is "tail -f /dev/null & echo \$! >\"$WORK/daemon\"" \
		"echo from the step >packages.lock"
	expect_code 0 timeout 60 git upgrade merge --no-edit 1.1.0
	kill "$(cat ../daemon)"
	is "from the step" "$(git show HEAD:packages.lock)"
	git reset -q --hard HEAD^
'

story 'git in a step does not find the repository around it' '
	cd prod
	step_is "git config hostile.was here" "echo \$? >packages.lock"
	git upgrade merge --no-edit 1.1.0
	expect_code 1 git config hostile.was
	git reset -q --hard HEAD^
'

story 'after a conflict the step runs at --continue' '
	cd prod
	git config upgrade.profile "$WORK/profile.yaml"
	put index.html "ours"
	git add index.html
	commit "index of our own"
	expect_code 1 git upgrade merge --no-edit 1.1.0
	test ! -e pub/extra.php
	put index.html "ours for 1.1.0"
	git add index.html
	git upgrade merge --continue --no-edit
	is "extra for 1.1.0" "$(git show HEAD:pub/extra.php)"
	is "extra for 1.1.0" "$(cat pub/extra.php)"
	is "ours for 1.1.0" "$(cat index.html)"
	test -z "$(git status --porcelain)"
'

story 'a map cannot lead out of the tree' '
	cd prod
	git reset -q --hard HEAD^
	git switch -q -c hostile 1.1.0
	sed "s#etc/\$p.ini#../../escaped#" bin/assemble >x
	cat x >bin/assemble
	rm x
	git add -A
	commit "release 1.2.0"
	git tag -m 1 1.2.0
	git update-ref refs/upgrade/releases/1.2.0 1.2.0
	git switch -q production
	git reset -q --hard HEAD^
	git upgrade merge --no-fetch --no-edit 1.2.0
	test ! -e ../escaped
	test ! -e ../../escaped
'

story 'what a step makes of a file that upstream changed too' '
	git init -q -b main up2
	cd up2
	put packages.lock "as in 1.0.0" end
	put other "as in 1.0.0" end
	git add .
	commit "release 1.0.0"
	git tag -m 1 1.0.0
	put packages.lock "as in 1.1.0" end
	put other "as in 1.1.0" end
	git add .
	commit "release 1.1.0"
	git tag -m 1 1.1.0
	cd ..
	put profile2.yaml "format: 1" "profile: generic" "steps:" \
		"  - name: refresh" \
		"    run: [sed, -i, s/end/refreshed/, packages.lock, other]" \
		"    produces: [packages.lock]"
	git clone -q up2 prod2
	cd prod2
	git switch -q -c production 1.0.0
	put own mine
	git add own
	commit "ours"
	git config upgrade.profile "$WORK/profile2.yaml"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	printf "%s\n" "as in 1.1.0" refreshed >../expected
	same ../expected packages.lock
	printf "%s\n" "as in 1.1.0" end >../expected
	same ../expected other
	has "left out: other$" ../err
	is "" "$(git status --porcelain)"
'

done_testing
