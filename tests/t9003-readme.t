#!/bin/sh
#
# What the README tells people to type exists.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

top=$TESTS_DIR/..
git upgrade --list-commands >commands || exit 1

# Commands of the README: indented lines that begin with "$ ", and `code`.
{
	sed -n 's/^    \$ //p' "$top/README.md"
	grep -o '`[^`]*`' "$top/README.md" | tr -d '`'
} >typed

story 'its first two commands are make demo and make check' '
	sed -n "/^    /{s/^    \([a-z ]*[a-z]\) .*/\1/p;}" "$top/README.md" |
	head -n 2 | same - /dev/fd/3 3<<-\EOT
	make demo
	make check
	EOT
'

story 'every git upgrade command is one' '
	sed -n "s/^git upgrade *//p" typed >arguments
	test -s arguments
	while read -r first second rest
	do
		case $first in
		"" | CMD)
			continue
			;;
		esac
		grep -qx "$first" commands ||
		grep -qx "$first $second" commands || {
			tap_say "no command: $first"
			exit 1
		}
	done <arguments
'

story 'every option of them is one' '
	sed -n "s/^git upgrade *//p" typed >arguments
	while read -r first second rest
	do
		for word in $second $rest
		do
			case $word in
			--*)
				option=${word%%=*}
				;;
			*)
				continue
				;;
			esac
			command=$first
			grep -qx "$first" commands || command="$first $second"
			# shellcheck disable=SC2086
			git upgrade $command --git-completion-helper >options
			tr " =" "\n\n" <options | grep -qx -e "$option" || {
				tap_say "no option of $command: $option"
				exit 1
			}
		done
	done <arguments
'

story 'every make target is one' '
	grep -oE "make [a-z-]+" "$top/README.md" | sort -u >targets
	test -s targets
	while read -r make target
	do
		grep -q "^$target:" "$top/Makefile" || {
			tap_say "no target: $target"
			exit 1
		}
	done <targets
'

story 'every file it names exists' '
	sed -n "s/.*](\([^)]*\)).*/\1/p" "$top/README.md" >links
	while read -r link
	do
		exists "$top/$link"
	done <links
'

done_testing
