#!/bin/sh
#
# A clone that was never asked to fetch, of a product whose releases are
# branches: what its gates cannot judge they say, with what they do know.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

unjudged='cannot judge: no release of upstream is known here'

story 'a production, and a fresh clone of it' '
	git init -q -b main upstream
	echo base >upstream/app.yaml
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	release_branch 2.4.6
	release_commit 2.4.6 "Fix 1 of 2.4.6"
	release_branch 2.4.7
	git clone -q upstream first
	cd first
	branches
	git switch -q -c production --no-track origin/2.4.6~1
	git upgrade merge --no-edit 2.4.6
	git clone -q --bare . ../site.git
	git upgrade merge --no-edit 2.4.7
	cd ..
	git clone -q first second
	cd second
	git switch -q production
	git remote add site ../site.git
	git config upgrade.profile "$WORK/template.yaml"
	git config upgrade.upstream "$WORK/upstream"
	git config remote.pushDefault site
	git config upgrade.production.branch production
	git upgrade hooks install
'

story 'push says what is not known, what is, and what to do' '
	cd second
	git upgrade push -n >../out 2>../err
	has "^  gates .*record unknown, legal-hop unknown, .*markers ok" ../err
	has "^warning: record: $unjudged to check the record by: it says 2" \
		../err
	has "it says 2.4.7, commit $(git rev-parse --short=7 HEAD^2)$" ../err
	has "^warning: legal-hop: $unjudged; by the records it goes from 2" \
		../err
	has "goes from 2.4.6 to 2.4.7$" ../err
	grep "^hint: " ../err >../hints
	same - ../hints <<-\EOT
	hint: ask upstream for its releases with "git upgrade fetch", then push again
	EOT
	git upgrade push -n --json >../json 2>../err
	has "by the records it goes from 2.4.6 to 2.4.7" ../json
'

story 'so does the hook, and lets it pass' '
	cd second
	git push site production 2>../err
	has "^upgrade: production: record: $unjudged to check" ../err
	has "^upgrade: production: legal-hop: $unjudged; by the records" ../err
	has "^upgrade: hint: ask upstream for its releases with" ../err
	is "$(git rev-parse HEAD)" "$(git -C ../site.git rev-parse production)"
'

story 'a change that is no hop needs no list to be no hop' '
	cd second
	echo ours >>app.yaml
	git commit -q -a -m "Ours"
	git upgrade push -n >../out 2>../err
	has "record unknown, legal-hop ok" ../err
	lacks "legal-hop: cannot" ../err
'

story 'what was advised helps' '
	cd second
	git upgrade fetch
	git upgrade push -n >../out 2>../err
	has "record ok, legal-hop ok" ../err
	lacks "cannot judge" ../err
	git push site production 2>../err
	lacks "upgrade:" ../err
'

done_testing
