#!/bin/sh
#
# What is said of replacements: those that do nothing, and wrong ones.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/mirror.sh"

# rule FILES FROM TO
rule()
{
	mirror_say "replacements:" "  - files: $1" "    from: $2" "    to: $3"
}

# refused LINE: what is said of the configuration
refused()
{
	expect_code 128 git upgrade plan 1.1.0 >../out 2>../err
	is "fatal: HEAD:.gitupgrade.yaml:$1" "$(sed -n 1p ../err)"
}

story 'upstream has its images elsewhere: a warning' '
	draw_mirror
	mirror_production
	mirror_rule
	git upgrade merge --no-edit 1.2.0 >../out 2>../err
	git upgrade plan 2.0.0 >../plan
	has "^  attention$" ../plan
	has "^      docker.io/shop/ occurs nowhere in 2.0.0: see whether up" \
		../plan
	git upgrade plan --json 2.0.0 >../plan.json
	is "docker.io/shop/ occurs nowhere in 2.0.0: see whether upstream ren" \
		"$(jq -r ".warnings[0][:65]" ../plan.json)"
	git upgrade merge --no-edit 2.0.0 >../out 2>../err
	has "^      docker.io/shop/ occurs nowhere in 2.0.0" ../err
'

story 'only some of them are: a warning that names the file' '
	mirror_production
	mirror_say "replacements:" "  - files: [\"**/*.yml\", \"**/*.yaml\"]" \
		"    from: docker.io/" "    to: oci.acme.example/"
	edit "s,acme.example/mirror,acme.example/shop," compose.yml
	git commit -qam "Its name there"
	edit "s,acme.example/mirror,acme.example/shop," helm/shop/values.yaml
	git commit -qam "Its name there, too"
	git upgrade plan 2.0.0 >../plan
	lacks "occurs nowhere" ../plan
	has "^      docker.io/ is gone from cli.yml and 2 more files in 2.0.0: " \
		../plan
	git rm -q cli.yml helm/shop/values.yaml template/prod.yml
	commit "Not ours"
	git upgrade plan 2.0.0 >../plan || :
	lacks "is gone from" ../plan
'

story 'for files that there are none of: a warning' '
	mirror_production
	rule "[charts/**]" docker.io/shop/ oci.acme.example/mirror/
	git upgrade plan 1.1.0 >../plan
	has "^      docker.io/shop/ is replaced nowhere: no file of 1.1.0 is o" \
		../plan
	lacks "^  replaced" ../plan
'

story 'in files that upstream left alone it still is: no warning' '
	mirror_production
	rule "[cli.yml]" docker.io/shop/ oci.acme.example/mirror/
	git upgrade plan 1.1.0 >../plan
	lacks "docker.io/shop/ " ../plan
'

story 'what cannot be is an error of the configuration' '
	mirror_production
	rule "[compose.yml]" "\"\"" b
	refused "5:11: replacements.from: expected a text that is not empty"
	rule "[compose.yml]" a a
	refused "6:9: replacements: '"'a' is what 'from'"' is already"
	rule "[compose.yml]" "\"a\\nb\"" c
	refused "5:11: replacements.from: expected a text of one line"
	rule "[compose.yml]" a "\"b\\rc\""
	refused "6:9: replacements.to: expected a text of one line"
	rule "[]" a b
	refused "4:5: replacements: the key '"'files'"' is missing, or names none"
	rule "[.gitmodules]" a b
	refused "4:13: replacements.files: replacements leave alone what begin"\
"s with .git: '"'.gitmodules'"'"
	mirror_say "replacement: []"
	expect_code 128 git upgrade plan 1.1.0 >../out 2>../err
	has "did you mean .replacements.?$" ../err
'

story 'git upgrade config shows them, and who said so' '
	mirror_production
	mirror_rule
	git upgrade config replacements >../out
	same - ../out <<-\EOT
	replacements:                               # HEAD:.gitupgrade.yaml:4
	  - {files: ["*.yml", "helm/**/*.yaml"], from: docker.io/shop/, to: oci.acme.example/mirror/}
	EOT
	git upgrade config --json replacements >../json
	is docker.io/shop/ "$(jq -r ".[0].value[0].from" ../json)"
'

story 'they need no trust' '
	mirror_production
	mirror_rule
	git upgrade trust >../out 2>&1
	lacks "replace" ../out
	git upgrade merge --no-edit --yes 1.1.0 >../out 2>../err </dev/null
	has "mirror/queue" compose.yml
'

done_testing
