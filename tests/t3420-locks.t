#!/bin/sh
#
# Lock files are never merged.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# lock TOP MIDDLE BOTTOM FILE: lines far enough apart to merge
lock()
{
	{
		printf '{ "top": "%s",\n' "$1"
		printf '"%s": 1,\n' 1 2 3 4
		printf '"middle": "%s",\n' "$2"
		printf '"%s": 1,\n' 5 6 7 8
		printf '"bottom": "%s" }\n' "$3"
	} >"$4"
}

draw_app()
{
	product app
	mkdir web
	lock a a a composer.lock
	lock a a a web/package-lock.json
	lock a a a other.lock
	lock a a a Cargo.lock
	release 1.0.0
	lock b a a composer.lock
	lock b a a web/package-lock.json
	lock b a a other.lock
	release 1.1.0
	cd ..
}

# ours: lines of its own in all of them, which no line conflicts with
ours()
{
	production app
	lock a a c composer.lock
	lock a a c other.lock
	lock a a c Cargo.lock
	git add .
	commit Ours
}

story 'a product is drawn' '
	draw_app
'

story 'lines would merge, and yet it is a conflict, with what to run' '
	ours
	git merge-tree --write-tree HEAD 1.1.0 >../tree
	git upgrade plan 1.1.0 >../plan 2>../err
	has "would merge with 1 conflict$" ../plan
	has "^      composer.lock  (lock file)$" ../plan
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^CONFLICT (lock file): composer.lock is that of 1.1.0; bring it u\
p to date with: composer update --lock$" ../err
	git show 1.1.0:composer.lock >../expect
	same ../expect composer.lock
	git ls-files -u >../stages
	is 3 "$(wc -l <../stages)"
	git show :2:composer.lock >../ours
	lock a a c ../expect
	same ../expect ../ours
'

story 'what only one side changed, and what is no lock file, is merged' '
	cd prod
	git show 1.1.0:web/package-lock.json >../expect
	same ../expect web/package-lock.json
	lock a a c ../expect
	same ../expect Cargo.lock
	lock b a c ../expect
	same ../expect other.lock
'

story 'brought up to date by hand, it goes on' '
	cd prod
	lock b a c composer.lock
	git add composer.lock
	git upgrade merge --continue >../out 2>../err
	has "Upgrade to 1.1.0$" ../out
	is "" "$(git status --porcelain)"
'

story 'a step that produces it brings it up to date' '
	ours
	cat >../profile.yaml <<-\EOT
	format: 1
	profile: generic
	steps:
	  - name: composer
	    run: [sh, -c, "sed -i s/middle.*/updated:1,/ composer.lock"]
	    produces: [composer.lock]
	EOT
	git config upgrade.profile "$WORK/profile.yaml"
	git upgrade plan --json 1.1.0 >../plan.json
	is "composer.lock composer" "$(jq -r \
		".locks[] | .path + \" \" + .step" ../plan.json)"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^  lock files   1 file of 1.1.0, brought up to date by steps$" \
		../err
	has "updated:1" composer.lock
	has "\"top\": \"b\"" composer.lock
	has "\"bottom\": \"a\"" composer.lock
	is "" "$(git status --porcelain)"
'

story 'a step that does not apply produces nothing' '
	ours
	cat >../profile.yaml <<-\EOT
	format: 1
	profile: generic
	steps:
	  - name: composer
	    run: [false]
	    if_exists: composer.json
	    produces: [composer.lock]
	EOT
	git config upgrade.profile "$WORK/profile.yaml"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^CONFLICT (lock file): composer.lock" ../err
	git upgrade merge --abort 2>../err
'

story 'lists of ones own; and none' '
	cd prod
	cat >../profile.yaml <<-\EOT
	format: 1
	profile: generic
	locks:
	  - files: other.lock
	EOT
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^CONFLICT (lock file): other.lock is that of 1.1.0$" ../err
	lacks "composer.lock" ../err
	git upgrade merge --abort 2>../err
	cat >../profile.yaml <<-\EOT
	format: 1
	profile: generic
	locks: []
	EOT
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "" "$(git status --porcelain)"
'

done_testing
