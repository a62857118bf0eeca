#!/bin/sh
#
# What files are, where their names do not say.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# Releases change the theme; the list of modules gets one more at its end.
draw_app()
{
	product app
	mkdir template
	printf 'theme: plain\nmodules:\n- core\n' >app.neon
	printf 'web:\n  image: web:1\n' >compose.yml
	cp app.neon template/copy.yml
	release 1.0.0
	printf 'theme: dark\nmodules:\n- core\n- news\n' >app.neon
	printf 'web:\n  image: web:2\n' >compose.yml
	cp app.neon template/copy.yml
	release 1.1.0
	cd ..
}

# ours: a module of our own, a setting next to the image, and a copy
ours()
{
	production app
	printf 'debug: no\ntheme: plain\nmodules:\n- core\n- mine\n' >app.neon
	printf 'web:\n  image: web:1\n  restart: always\n' >compose.yml
	cp app.neon copy.yml
	git add .
	commit Ours
}

# say LINE...: what this clone says besides
say()
{
	printf '%s\n' 'format: 1' 'profile: generic' "$@" \
		>.git/info/gitupgrade.yaml
}

# both FILE: the theme of upstream, and the modules of both sides
both()
{
	printf 'debug: no\ntheme: dark\nmodules:\n- core\n- mine\n- news\n' \
		>"$WORK/expect"
	same "$WORK/expect" "$1"
}

story 'a product is drawn' '
	draw_app
'

story 'a file of no known name: lines' '
	ours
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "app.neon" "$(git diff --name-only --diff-filter=U)"
	has "^<<<<<<< " app.neon
	git upgrade merge --abort 2>../err
'

story 'what it is, and which of its lists are sets' '
	cd prod
	say "files:" "  \"**/*.neon\":" "    as: yaml" "    sets: [modules]"
	git upgrade plan --json 1.1.0 >../plan.json
	is "app.neon yaml resolved" "$(jq -r ".structured[] |
		select(.path == \"app.neon\") |
		.path + \" \" + .type + \" \" + .outcome" ../plan.json)"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	both app.neon
	is "" "$(git status --porcelain)"
'

story 'known as YAML alone, its list is one whose order counts' '
	ours
	say "files: {\"**/*.neon\": {as: yaml}}"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^theme: dark$" app.neon
	has "^<<<<<<< " app.neon
	git upgrade merge --abort 2>../err
'

story 'a name that says more than it should: lines' '
	cd prod
	git show 1.0.0:app.neon >app.neon
	git commit -qam "As it was"
	git upgrade plan 1.1.0 >../plan
	has "would merge with no conflicts$" ../plan
	say "files:" "  \"*.yml\": {as: lines}"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "compose.yml" "$(git diff --name-only --diff-filter=U)"
	printf "%s\n" "web:" "<<<<<<< production" "  image: web:1" \
		"  restart: always" "=======" "  image: web:2" \
		">>>>>>> 1.1.0" >../expect
	same ../expect compose.yml
	git upgrade merge --abort 2>../err
'

story 'the last pattern that says so counts, and the sets of all' '
	ours
	say "files:" "  \"**\": {as: lines}" "  \"**/*.neon\": {as: yaml}" \
		"  \"app.*\": {sets: [modules]}"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "compose.yml" "$(git diff --name-only --diff-filter=U)"
	both app.neon
	git upgrade merge --abort 2>../err
'

story 'copies are files, too' '
	cd prod
	say "copies: [{template: template/*.yml, copy: \"*.yml\"}]" \
		"files: {copy.yml: {sets: [modules]}, \"*.neon\": {as: yaml,
		  sets: [modules]}}"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	both copy.yml
	both app.neon
'

story 'texts are laid over each other, pattern by pattern' '
	ours
	cat >.gitupgrade.yaml <<-\EOT
	format: 1
	profile: generic
	files:
	  "**/*.neon": {as: yaml, sets: [modules]}
	  "*.yml": {as: lines}
	EOT
	git add .gitupgrade.yaml
	git commit -qm Configured
	say "files:" "  \"*.yml\": ~" "  \".npmrc\": {as: dotenv}"
	git upgrade config files >../out
	has "^files.\*\*/\*.neon.as: yaml  *# HEAD:.gitupgrade.yaml:4$" ../out
	has "^files.\*\*/\*.neon.sets:  *# HEAD:.gitupgrade.yaml:4$" ../out
	has "^files..npmrc.as: dotenv  *# .git/info/gitupgrade.yaml:5$" ../out
	lacks "yml" ../out
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	both app.neon
	is "" "$(git status --porcelain)"
'

story 'git config has a say as well' '
	cd prod
	git config "upgrade.files.**/*.neon.as" lines
	git upgrade config "files.**/*.neon.as" >../out
	has "^files.\*\*/\*.neon.as: lines  *# git config " ../out
'

story 'what no file can be is told, with its line' '
	cd prod
	say "files:" "  \"../*.yml\": {as: yaml}"
	expect_code 128 git upgrade plan 1.1.0 2>../err
	has "gitupgrade.yaml:4:3: files.../\*.yml: expected a pattern of" ../err
	say "files:" "  \"*.yml\": {as: xml}"
	expect_code 128 git upgrade plan 1.1.0 2>../err
	has "gitupgrade.yaml:4:17: files.\*.yml.as: expected name or yaml " ../err
'

# file_sides: three versions of a file of ours
file_sides()
{
	git show 1.0.0:app.neon >base
	git show HEAD:app.neon >app.neon
	git show 1.1.0:app.neon >theirs
}

story 'merge-file asks the repository it is in, by the path in it' '
	ours
	git config --unset upgrade.files.**/*.neon.as || true
	say "files: {\"sub/*.neon\": {as: yaml, sets: [modules]}}"
	file_sides
	expect_code 1 git upgrade merge-file base app.neon theirs 2>../err
	file_sides
	git upgrade merge-file base app.neon theirs 7 sub/app.neon 2>../err
	both app.neon
	file_sides
	mkdir sub
	mv app.neon sub
	cd sub
	git upgrade merge-file ../base app.neon ../theirs 2>../../err
	both app.neon
'

story 'a profile that does not read is no reason to leave a file' '
	cd prod
	say "files: [1]"
	git show 1.0.0:compose.yml >base
	git show 1.1.0:compose.yml >theirs
	git upgrade merge-file base compose.yml theirs 2>../err
	has "^warning: files are told by their names alone: .*files: " ../err
	printf "web:\n  image: web:2\n  restart: always\n" >../expect
	same ../expect compose.yml
'

story 'what the profile of a product knows' '
	git init -q other
	cd other
	git config upgrade.profile mender
	printf "services:\n  gui:\n    networks:\n    - mender\n" >base
	sed "s/- mender/&\n    - backup/" base >common.yml
	sed "s/- mender/&\n    - metrics/" base >theirs
	git upgrade merge-file base common.yml theirs 2>../err
	printf "    - %s\n" mender backup metrics >../expect
	sed -n "4,\$p" common.yml >../lists
	same ../expect ../lists
	git config upgrade.profile magento-cloud
	printf "runtime:\n    extensions:\n        - newrelic\n" >base
	sed "s/newrelic/xsl/" base >.magento.app.yaml
	sed "s/- newrelic/&\n        - blackfire/" base >theirs
	git upgrade merge-file base .magento.app.yaml theirs 2>../err
	lacks newrelic .magento.app.yaml
	has xsl .magento.app.yaml
	has blackfire .magento.app.yaml
'

done_testing
