#!/bin/sh
#
# Steps whose program is not here: what becomes of lock files, and what does
# not.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

draw_app()
{
	product app
	put app.txt one
	put deps.lock "locked 1.0.0"
	release 1.0.0
	put app.txt two
	put deps.lock "locked 1.1.0"
	release 1.1.0
	cd ..
}

# ours [FILE LINE]...: with changes of its own
ours()
{
	production app
	git config upgrade.profile "$WORK/profile.yaml"
	put own.txt mine
	while test $# -gt 1
	do
		put "$1" "$2"
		shift 2
	done
	git add .
	commit Ours
}

# profile PROGRAM [COMMAND]: a step that makes the lock file with it, and
# another one; and what the rule says
profile()
{
	put "$WORK/profile.yaml" "format: 1" "profile: generic" "steps:" \
		"  - {name: note, run: [sh, -c, echo noted >note.txt]," \
		"     produces: [note.txt]}" \
		"  - {name: deps, run: [$1, update, --all]," \
		"     produces: [deps.lock]}" \
		"locks:" "  - files: \"*.lock\"" ${2+"    command: $2"}
}

# installed: deps-tool, in a folder that is looked in
installed()
{
	mkdir -p "$WORK/tools"
	put "$WORK/tools/deps-tool" "#!/bin/sh" \
		"echo \"locked by deps-tool \$*\" >deps.lock"
	chmod +x "$WORK/tools/deps-tool"
	PATH=$WORK/tools:$PATH
}

story 'a product is drawn' '
	draw_app
'

story 'not installed: the lock file stays in conflict, with what to run' '
	profile deps-tool
	ours deps.lock "locked ours"
	git upgrade plan 1.1.0 >../plan
	has "would merge with 1 conflict$" ../plan
	has "^      deps.lock  (lock file)$" ../plan
	has "^        not installed here: deps-tool, for step deps$" ../plan
	has "^        bring it up to date with: deps-tool update --all$" ../plan
	lacks "and needed" ../plan
	git upgrade plan --json 1.1.0 >../plan.json
	is "deps.lock deps deps-tool deps-tool update --all" "$(jq -r ".locks[] |
		.path + \" \" + .step + \" \" + .missing + \" \" + .command" \
		../plan.json)"
	expect_code 1 git upgrade merge --json --no-edit 1.1.0 >../merge.json \
		2>../err
	has "^CONFLICT (lock file): deps.lock is that of 1.1.0, and .deps-tool. \
of step deps is not installed; bring it up to date with: deps-tool update \
--all$" ../err
	jq -S ".locks, .conflicts" ../plan.json >../a
	jq -S ".locks, .conflicts" ../merge.json >../b
	same ../a ../b
	is "locked 1.1.0" "$(cat deps.lock)"
	is "locked ours" "$(git show :2:deps.lock)"
	test ! -e note.txt
'

story 'brought up to date by hand: its step is skipped, the others run' '
	cd prod
	put deps.lock "locked by hand"
	git add deps.lock
	git upgrade merge --continue >../out 2>../err
	has "^  step note: done$" ../err
	has "^  step deps: skipped, as its lock file was brought up" ../err
	is "locked by hand" "$(git show HEAD:deps.lock)"
	is "noted" "$(git show HEAD:note.txt)"
	is "" "$(git status --porcelain)"
'

story 'what the rule says is what to run' '
	profile deps-tool "deps-tool lock"
	ours deps.lock "locked ours"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "not installed; bring it up to date with: deps-tool lock$" ../err
'

story 'installed meanwhile, it runs' '
	installed
	cd prod
	git add deps.lock
	git upgrade merge --continue >../out 2>../err
	has "^  step deps: done$" ../err
	is "locked by deps-tool update --all" "$(git show HEAD:deps.lock)"
'

story 'and installed from the first, there is no conflict' '
	installed
	ours deps.lock "locked ours"
	git upgrade plan 1.1.0 >../plan
	has "^  lock files   1 file of 1.1.0, brought up to date by st" ../plan
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "locked by deps-tool update --all" "$(git show HEAD:deps.lock)"
'

story 'no lock file at stake: an error, with nothing changed; plan knows' '
	profile deps-tool
	ours
	git upgrade plan 1.1.0 >../plan
	has "would merge with no conflicts$" ../plan
	has "^      not installed here, and needed: deps: deps-tool$" ../plan
	is "deps: deps-tool" "$(git upgrade plan --json 1.1.0 |
		jq -r ".missing_programs[]")"
	expect_code 128 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^fatal: step deps: .deps-tool. is not installed$" ../err
	has "^Nothing was changed.$" ../err
	is "Ours" "$(git log -1 --format=%s)"
	is "" "$(git status --porcelain)"
'

story 'a conflict elsewhere is not its settlement' '
	ours app.txt ours
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	put app.txt both
	git add app.txt
	expect_code 128 git upgrade merge --continue >../out 2>../err
	has "^fatal: step deps: .deps-tool. is not installed$" ../err
	installed
	git upgrade merge --continue >../out 2>../err
	is "locked by deps-tool update --all" "$(git show HEAD:deps.lock)"
'

story 'a program of the tree is there or not, as the merge has it' '
	put profile.yaml "format: 1" "profile: generic" "steps:" \
		"  - {name: deps, run: [./bin/deps, \"{release}\", a b]," \
		"     produces: [deps.lock]}" \
		"locks:" "  - files: \"*.lock\""
	ours deps.lock "locked ours"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "and ...bin/deps. of step deps is not in.*: ./bin/deps 1.1.0 .a b.$" \
		../err
	git upgrade merge --abort 2>../err
	mkdir bin
	put bin/deps "#!/bin/sh" "echo by the tree >deps.lock"
	chmod +x bin/deps
	git add bin
	commit Tool
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "by the tree" "$(git show HEAD:deps.lock)"
'

story 'what an earlier step may make is awaited' '
	put profile.yaml "format: 1" "profile: generic" "steps:" \
		"  - name: fetch" \
		"    run: [sh, -c, mkdir vendor && \
printf \"#!/bin/sh\\\\necho fetched >deps.lock\\\\n\" >vendor/deps && \
chmod +x vendor/deps]" \
		"  - {name: deps, run: [vendor/deps], produces: [deps.lock]}" \
		"locks:" "  - files: \"*.lock\""
	ours deps.lock "locked ours"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "fetched" "$(git show HEAD:deps.lock)"
'

done_testing
