#!/bin/sh
#
# git merge -s upgrade where migrations have work: done with the rest, or left
# to --continue, and never claimed to be done when they are not.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/migrations.sh"

site()
{
	production
	git tag 2.0.0 upstream/main~1 2>/dev/null || :
	migrations <<-\EOT
	host:
	  since: "2"
	  files: [ours/site.yml]
	  values: {host: }
	  edits: [{set: site.name, value: "{host}"}]
	EOT
	git branch before
}

# Both sides have another version in plant.yml
clash()
{
	sed "s/^version: .*/version: ours/" plant.yml >../new
	cat ../new >plant.yml
	git commit -q -a -m "Our version"
}

story 'a product is drawn, and upgraded by ours' '
	draw_plant
	site
	git upgrade merge --no-edit --set host=a.org 2.0.0 2>../err
	git rev-parse HEAD^{tree} >../ours
'

story 'with its values it is a whole upgrade' '
	cd prod
	git reset -q --hard before
	git merge --no-edit -s upgrade -X set=host=a.org 2.0.0 >../out 2>../err
	has "name: a.org" ours/site.yml
	git rev-parse HEAD^{tree} >../theirs
	same ../ours ../theirs
	missing .git/upgrade .git/MERGE_HEAD
'

story 'a value that is missing is left to --continue' '
	cd prod
	git reset -q --hard before
	expect_code 1 git merge --no-edit -s upgrade 2.0.0 >../out 2>../err
	has "^hint: there are no conflicts, but values that migrations need: f\
inish it with .git upgrade merge --continue.$" ../err
	lacks "name:" ours/site.yml
	expect_code 2 git upgrade merge --continue </dev/null 2>../err
	has "[-]-set host=" ../err
	git upgrade merge --continue --no-edit --set host=a.org >../out 2>../err
	git rev-parse HEAD^{tree} >../theirs
	same ../ours ../theirs
	is "$(git rev-parse before 2.0.0^{})" "$(git rev-parse HEAD^1 HEAD^2)"
'

story '... and committed without it is unfinished' '
	cd prod
	git reset -q --hard before
	expect_code 1 git merge --no-edit -s upgrade 2.0.0 >../out 2>../err
	git commit -q --no-edit
	git upgrade list >../out 2>../err || :
	has "2.0.0 was merged by hand" ../out ../err
	git upgrade merge --no-edit --set host=a.org 2.0.0 >../out 2>../err
	git rev-parse HEAD^{tree} >../theirs
	same ../ours ../theirs
'

story 'a conflict comes first, with the value given already' '
	cd prod
	git reset -q --hard before
	clash
	expect_code 1 git merge --no-edit -s upgrade -X set=host=a.org 2.0.0 \
		>../out 2>../err
	has "git upgrade merge --continue., which migrates and commits" ../err
	git checkout -q --theirs plant.yml
	git add plant.yml
	git upgrade merge --continue --no-edit >../out 2>../err
	git rev-parse HEAD^{tree} >../theirs
	same ../ours ../theirs
'

story 'a name that no migration has' '
	cd prod
	git reset -q --hard before
	expect_code 2 git merge --no-edit -s upgrade -X set=hots=a.org 2.0.0 \
		>../out 2>../err
	has "hots" ../err
	is "$(git rev-parse before)" "$(git rev-parse HEAD)"
	is "" "$(git status --porcelain)"
'

done_testing
