#!/bin/sh
#
# Replacements where plain git merges: one file, by hand and as a driver.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/mirror.sh"

story 'a file is merged by hand' '
	draw_mirror
	mirror_production
	mirror_rule
	git show 1.0.0:compose.yml >../base
	git show 1.1.0:compose.yml >../theirs
	git upgrade merge-file ../base compose.yml ../theirs
	cp compose.yml ../by-hand
	has "^    image: oci.acme.example/mirror/web:1.1.0$" compose.yml
	has "^    image: oci.acme.example/mirror/queue:1.1.0$" compose.yml
	has "LOG_LEVEL: debug" compose.yml
	git checkout -q compose.yml
'

story 'in a file that none is for it is a conflict as ever' '
	cd prod
	cp compose.yml ../ours.txt
	expect_code 1 git upgrade merge-file ../base ../ours.txt ../theirs \
		2>../err
'

story 'git merge and cherry-pick run the driver, and agree' '
	cd prod
	git upgrade hooks install --merge-driver >../out 2>&1
	git branch before
	git merge -q --no-edit 1.1.0 2>../err
	same ../by-hand compose.yml
	has "^image: oci.acme.example/mirror/worker:1.1.0$" \
		helm/shop/values.yaml
	git reset -q --hard before
	git cherry-pick 1.1.0 >../out 2>../err
	same ../by-hand compose.yml
'

story 'the driver is for their files, of any kind, and not for others' '
	cd prod
	git reset -q --hard before
	mirror_say "replacements:" "  - files: [Dockerfile]" \
		"    from: docker.io/shop/" "    to: oci.acme.example/mirror/"
	git upgrade hooks install --merge-driver >../out 2>&1
	git check-attr merge -- Dockerfile notes.txt >../out
	same - ../out <<-\EOT
	Dockerfile: merge: upgrade
	notes.txt: merge: unspecified
	EOT
'

story 'a merge of ours makes of it what it makes without the driver' '
	mirror_production
	mirror_rule
	git branch before
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	git branch ours
	git reset -q --hard before
	git upgrade hooks install --merge-driver >../out 2>&1
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "$(git rev-parse "ours^{tree}")" "$(git rev-parse "HEAD^{tree}")"
'

done_testing
