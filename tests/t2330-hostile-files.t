#!/bin/sh
#
# Files of ours in a tree, as no version of ours would write them: a
# configuration and a record that are broken, huge, or no files at all.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# committed FILE: what stands there now becomes the newest commit
committed()
{
	tick
	git add -A -f
	git commit -q --allow-empty -m "Try $1"
}

# refused PATTERN: every command that needs the file says so in order, in
# text, at once, and leaves all as it was
refused()
{
	snapshot >../before
	for command in list "plan 3.1.1" "merge --no-edit 3.1.1"
	do
		# shellcheck disable=SC2086
		not timeout 20 git upgrade $command >../out 2>../err
		has "^\(fatal\|error\): .*$1" ../err
		lacks "$(printf "\033")" ../out ../err
	done
	snapshot >../after
	same ../before ../after
	git reset -q --hard start
	git clean -q -ffdx
}

story 'set-up: a production' '
	draw_upstream upstream
	draw_production prod 3.1.0
	cd prod
	git tag start
'

story 'a configuration that is broken in every way' '
	cd prod
	config=.gitupgrade.yaml
	good="format: 1\nprofile: generic\n"
	for text in \
		"{" \
		"$good\tx: 1" \
		"${good}profile: mender" \
		"${good}path: &a {rule: any}\ncopies: *a" \
		"${good}description: !!binary aGk=" \
		"${good}description: \"a\\\\0b\"" \
		"${good}description: a\0b" \
		"${good}nonsense\033[2J: 1" \
		"format: 2\n" \
		"\055 1\n\055 2\n" \
		"$good---\nformat: 1\n" \
		"\377\376f\0o\0" \
		"\211PNG\r\n\032\n\0\0\0\rIHDR" \
		"${good}releases: {final: \"(((x{255}){255}){255})\"}"
	do
		# shellcheck disable=SC2059
		printf "$text\n" >"$config"
		committed "$config"
		refused "gitupgrade.yaml:[0-9]*:[0-9]*: "
	done
'

story 'one that is made to take long, or all there is' '
	cd prod
	{
		printf "format: 1\nprofile: generic\nplaceholders:\n"
		awk "BEGIN { for (i = 0; i < 100000; i++) print \"- abcdefghi\" i }"
	} >.gitupgrade.yaml
	committed huge
	refused "larger than 1 MiB"
	{
		printf "format: 1\nprofile: generic\ndescription: "
		awk "BEGIN { while (i++ < 100000) printf \"[\" }"
	} >.gitupgrade.yaml
	committed deep
	refused "nested too deeply"
	{
		printf "format: 1\na: &a [x, x, x, x, x, x, x, x, x]\n"
		for n in b c d e f g h i
		do
			echo "$n: &$n [*a, *a, *a, *a, *a, *a, *a, *a, *a]"
		done
	} >.gitupgrade.yaml
	committed bomb
	refused "anchors and aliases are not allowed"
'

story 'a configuration that is no file' '
	cd prod
	mkdir .gitupgrade.yaml
	put .gitupgrade.yaml/x x
	committed folder
	refused gitupgrade.yaml
	ln -s ../secret .gitupgrade.yaml
	printf "format: 1\nprofile: generic\n" >../secret
	committed link
	refused gitupgrade.yaml
	git update-index --add --cacheinfo \
		"160000,$(git rev-parse HEAD),.gitupgrade.yaml"
	git commit -q -m submodule
	mkdir .gitupgrade.yaml
	refused gitupgrade.yaml
'

story 'a record that is broken, newer, or huge' '
	cd prod
	record=.gitupgrade.adopted
	oid=$(git rev-parse "3.1.0^{commit}")
	tree=$(git rev-parse "3.1.0^{tree}")
	head="format 1\nprofile mender\nrelease 3.1.0\n"
	for text in "" "garbage" "\0" "format 1\r" "$head" \
		"${head}tree ${tree}x" \
		"${head}tree $tree\ntree $tree" \
		"${head}tree $tree\ncopy $oid ../../etc/passwd a" \
		"${head}tree $tree\ncopy $oid a .git/config" \
		"${head}tree $tree\ncopy $oid a \"b" \
		"format 1\nprofile ../x\nrelease 3.1.0\ntree $tree" \
		"format 1\nprofile mender\nrelease \033[2J\ntree $tree" \
		"<<<<<<< HEAD\n${head}tree $tree"
	do
		# shellcheck disable=SC2059
		printf "$text\n" >$record
		committed "a record"
		refused "$record:[0-9]*: "
	done
	echo "format 2" >$record
	committed newer
	not git upgrade merge --no-edit 3.1.1 >../out 2>../err
	has "written by a newer git-upgrade" ../err
	has "^hint: install the version" ../err
	refused "written by a newer git-upgrade"
	awk "BEGIN { while (i++ < 500000) print \"copy 0123456789\" }" >$record
	committed huge
	refused "larger than 4 MiB"
'

story 'a record that is no file' '
	cd prod
	ln -s /etc/passwd .gitupgrade.adopted
	committed link
	refused gitupgrade.adopted
	mkdir .gitupgrade.adopted
	put .gitupgrade.adopted/x x
	committed folder
	refused gitupgrade.adopted
'

done_testing
