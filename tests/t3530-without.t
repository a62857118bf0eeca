#!/bin/sh
#
# Files of upstream's that production does without: deleted once, they stay
# away, whatever upstream makes of them.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# upstream changes its CI files in each release, has a new one in 1.1.0, and
# moves one to where nobody would look for it in 1.2.0
draw_app()
{
	mkdir app
	cd app
	git init -q -b main
	mkdir -p .github/workflows docs
	seq 1 20 >.github/workflows/test.yml
	seq 31 50 >.github/workflows/lint.yml
	echo 1 >.travis.yml
	echo 1 >docs/guide.md
	echo 1 >app.txt
	git add .
	commit First
	git tag -m 1.0.0 1.0.0
	seq 2 21 >.github/workflows/test.yml
	echo 2 >.github/workflows/new.yml
	echo 2 >.travis.yml
	echo 2 >docs/guide.md
	echo 2 >app.txt
	git add .
	commit Second
	git tag -m 1.1.0 1.1.0
	mkdir ci
	git mv .github/workflows/lint.yml ci/lint.yml
	echo 52 >>ci/lint.yml
	echo 3 >.github/workflows/new.yml
	git rm -q .travis.yml
	echo 3 >app.txt
	git add .
	commit Third
	git tag -m 1.2.0 1.2.0
	cd ..
}

# production: without upstream's CI, and with a file of its own
production()
{
	rm -rf prod
	git clone -q -o upstream app prod 2>/dev/null
	cd prod
	git checkout -q -b production 1.0.0
	git config upgrade.upstream upstream
	git rm -q -r .github .travis.yml
	echo ours >own.txt
	git add .
	commit Ours
}

# without PATTERN...: said in the configuration
without()
{
	{
		printf 'format: 1\nprofile: generic\nwithout:\n'
		printf '  - "%s"\n' "$@"
	} >.gitupgrade.yaml
	git add .
	commit "Without $*"
}

story 'a product is drawn, whose CI is nothing to others' '
	draw_app
'

story 'deleted here and changed there is a conflict, and new ones come' '
	production
	expect_code 1 git upgrade merge 1.1.0 >../out 2>../err
	git status --porcelain >../status
	same - ../status <<-\EOT
	A  .github/workflows/new.yml
	DU .github/workflows/test.yml
	DU .travis.yml
	M  app.txt
	M  docs/guide.md
	EOT
'

story 'named, they stay away: plan says so, and so does merge' '
	production
	without ".github/**" .travis.yml
	git upgrade plan 1.1.0 >../plan
	has "  left out     3 files, which you do without" ../plan
	has "no conflicts" ../plan
	git upgrade merge 1.1.0 >../out 2>../err
	has "  left out     3 files, which you do without" ../err
	git ls-files >../files
	same - ../files <<-\EOT
	.gitupgrade.adopted
	.gitupgrade.yaml
	app.txt
	docs/guide.md
	own.txt
	EOT
	is "2 2" "$(echo $(cat app.txt docs/guide.md))"
	git rev-parse HEAD^2 >../got
	git rev-parse 1.1.0^{} >../wanted
	same ../wanted ../got
'

story '--json names them; what diff foresees is what merge does' '
	production
	without ".github/**" .travis.yml
	git upgrade plan --json 1.1.0 >../plan
	git upgrade diff --json 1.1.0 >../diff
	git upgrade merge --json 1.1.0 >../merge
	for said in plan diff merge
	do
		tr -d " \n" <"../$said" >../flat
		has "\"without\":\[\".github/workflows/new.yml\",\
\".github/workflows/test.yml\",\".travis.yml\"\]" ../flat
	done
'

story 'what is here is merged like any other file' '
	production
	git checkout -q HEAD^ -- .travis.yml
	commit "Travis, after all"
	without ".github/**" .travis.yml docs/guide.md
	git upgrade merge 1.1.0 >../out 2>../err
	has "  left out     2 files, which you do without" ../err
	is "2 2" "$(echo $(cat .travis.yml docs/guide.md))"
	missing .github
'

# other FILES COMMANDS: another upstream, of 1.0.0 that FILES draw, and 1.1.0
# that COMMANDS make of it; and a production on 1.0.0
other()
{
	rm -rf other prod
	git init -q -b main other
	cd other
	eval "$1"
	git add .
	commit First
	git tag -m 1.0.0 1.0.0
	eval "$2"
	git add .
	commit Second
	git tag -m 1.1.0 1.1.0
	cd ..
	git clone -q -o upstream other prod 2>/dev/null
	cd prod
	git checkout -q -b production 1.0.0
	git config upgrade.upstream upstream
}

story 'a folder is all that is in it' '
	production
	without .github .travis.yml
	git upgrade plan 1.1.0 >../plan
	has "  left out     3 files, which you do without" ../plan
	has "^      .github/workflows/new.yml$" ../plan
	has "no conflicts" ../plan
'

story 'what is like a file that is left out is not taken for it' '
	other "mkdir .github; seq 1 31 >.github/ci.yml; seq 1 30 >deploy.yml" \
		"git mv .github/ci.yml ci.yml; git rm -q deploy.yml"
	git rm -q -r .github
	echo ours >>deploy.yml
	git add .
	commit Ours
	without ".github/**"
	expect_code 1 git upgrade merge 1.1.0 >../out 2>../err
	git ls-files -u --format="%(path)" >../unmerged 2>/dev/null ||
	git diff --name-only --diff-filter=U >../unmerged
	sort -u ../unmerged >../conflicts
	same - ../conflicts <<-\EOT
	deploy.yml
	EOT
	has ours deploy.yml
	git diff --exit-code 1.1.0 -- ci.yml
'

story 'a file of ours that upstream moves there stays a file of ours' '
	other "seq 1 30 >deploy.yml; seq 41 70 >guide.md" \
		"mkdir .github; git mv deploy.yml guide.md .github/
		seq 1 29 >new.yml; echo new >.github/new.md"
	echo ours >>deploy.yml
	git add .
	commit Ours
	without ".github/**"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "  left out     1 file, which you do without" ../err
	has ours .github/deploy.yml
	exists .github/guide.md
	missing .github/new.md
	git diff --exit-code 1.1.0 -- new.yml .github/guide.md
'

story 'a file that we moved elsewhere goes on being brought up to date' '
	other "mkdir .github; seq 1 30 >.github/t.yml" \
		"sed -i s/^5$/FIX/ .github/t.yml"
	mkdir ci
	git mv .github/t.yml ci/t.yml
	commit Moved
	without ".github/**"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has FIX ci/t.yml
	missing .github/t.yml
'

story 'a file that becomes a folder, and a folder that becomes a file' '
	other "echo 1 >tool; mkdir kit; echo 1 >kit/a; echo 1 >kit/b" \
		"git rm -q -r tool kit; mkdir tool; echo 2 >tool/main.c
		echo 2 >kit"
	git rm -q tool
	commit Ours
	without tool kit
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	git ls-files >../files
	same - ../files <<-\EOT
	.gitupgrade.adopted
	.gitupgrade.yaml
	kit
	EOT
'

story 'hop after hop, and what moves to where nobody named it comes' '
	production
	without ".github/**" .travis.yml
	git upgrade merge --path 1.2.0 >../out
	git ls-files >../files
	same - ../files <<-\EOT
	.gitupgrade.adopted
	.gitupgrade.yaml
	app.txt
	ci/lint.yml
	docs/guide.md
	own.txt
	EOT
	git diff --exit-code 1.2.0:ci/lint.yml HEAD:ci/lint.yml
'

story 'git merge -s upgrade leaves out the same' '
	production
	without ".github/**" .travis.yml
	git branch other
	git upgrade merge --no-edit 1.1.0 >../out
	git rev-parse "HEAD^{tree}" >../wanted
	git checkout -q other
	git merge -q -s upgrade 1.1.0 >../out 2>&1
	git rev-parse "HEAD^{tree}" >../got
	same ../wanted ../got
'

story 'an upgrade that was merged by hand is finished without them' '
	production
	without ".github/**" .travis.yml
	git upgrade merge --no-edit 1.1.0
	expect_code 1 git merge -q 1.2.0 >../out 2>../err
	git rm -q -r -f .github ci >../out 2>../err
	commit "By hand"
	git upgrade merge --no-edit 1.2.0 >../out 2>../err
	lacks "left out" ../err
	git ls-files >../files
	lacks "^.github" ../files
	lacks "^ci/" ../files
	has "^release 1.2.0" .gitupgrade.adopted
'

done_testing
