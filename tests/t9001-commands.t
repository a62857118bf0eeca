#!/bin/sh
#
# Every command is all there: it explains itself, refuses what it does not
# know, has its section in the manual, a story, and its completion.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

top=$TESTS_DIR/..
manual=$top/Documentation/git-upgrade.1
git upgrade --list-commands >commands || exit 1
git init -q repo

# each COMMAND...: run it for every command, with $command and, as one word,
# $name set
each()
{
	while read -r command
	do
		name=$(echo "$command" | tr ' ' -)
		"$@" || {
			tap_say "for git upgrade $command"
			return 1
		}
	done <"$WORK/commands"
}

# section: the manual's text about $command
section()
{
	awk -v command="$command" '
	/^\.S[sh] / {
		on = $0 == ".Ss " command
	}
	on' "$manual" >"$WORK/$name.section"
	test -s "$WORK/$name.section"
}

story 'there are commands, each once' '
	test -s commands
	sort commands | uniq -d >twice
	same /dev/null twice
	git upgrade -h >out 2>err
	test ! -s err
	listed()
	{
		has "^    $command  *[a-z]" out
	}
	each listed
'

story '-h is short help, on stdout, in 80 columns' '
	cd repo
	help()
	{
		# shellcheck disable=SC2086
		expect_code 0 git upgrade $command -h >"$WORK/$name.help" \
			2>"$WORK/err"
		test ! -s "$WORK/err"
		head -n 1 "$WORK/$name.help" >"$WORK/first"
		has "^usage: git upgrade $command" "$WORK/first"
		awk "length > 80" "$WORK/$name.help" >"$WORK/long"
		same /dev/null "$WORK/long"
	}
	each help
'

story 'help needs no repository' '
	mkdir nowhere
	cd nowhere
	anywhere()
	{
		# shellcheck disable=SC2086
		expect_code 0 git upgrade $command -h >"$WORK/out"
	}
	each anywhere
'

story 'an unknown option is answered with the usage, and 129' '
	cd repo
	refused()
	{
		# shellcheck disable=SC2086
		expect_code 129 git upgrade $command --no-such-option \
			>"$WORK/out" 2>"$WORK/err"
		test ! -s "$WORK/out"
		has "^error: unknown option .--no-such-option" "$WORK/err"
		sed -n "/^usage: /,\$p" "$WORK/err" |
		same "$WORK/$name.help" -
	}
	each refused
'

story 'too many arguments are answered with the usage, and 129' '
	cd repo
	refused()
	{
		case $command in
		diff)
			# Its arguments after the first are paths.
			return 0
			;;
		esac
		# shellcheck disable=SC2086
		expect_code 129 git upgrade $command one two three four \
			>"$WORK/out" 2>"$WORK/err"
		has "^usage: git upgrade $command" "$WORK/err"
	}
	each refused
'

story 'an unknown command is answered with the list, and 129' '
	expect_code 129 git upgrade no-such-command >out 2>err
	test ! -s out
	has "^error: .no-such-command. is no command" err
	has "^    merge " err
'

story 'a typo: what is meant, and not much besides' '
	draw_generic typos
	cd typos
	expect_code 129 git upgrade lst >out 2>err
	same - err <<-\EOT
	error: '\''lst'\'' is no command of git upgrade
	hint: did you mean "git upgrade list"?
	hint: all there are: git upgrade -h
	EOT
	expect_code 129 git upgrade hooks instal >out 2>err
	has "^error: .hooks instal. is no command of git upgrade$" err
	has "^hint: did you mean .git upgrade hooks install.?$" err
	has "^usage: git upgrade hooks install" err
	expect_code 129 git upgrade hooks >out 2>err
	lacks "^error" err
	expect_code 129 git upgrade merge --form=v1.0.0 v1.1.0 >out 2>err
	has "^error: unknown option .--form=v1.0.0.$" err
	has "^hint: did you mean --from?$" err
	expect_code 129 git upgrade merge --nothing-like-it v1.1.0 >out 2>err
	lacks "did you mean" err
'

story 'what is missing is named' '
	cd typos
	for command in merge plan show diff
	do
		expect_code 129 git upgrade "$command" >out 2>err
		has "^error: git upgrade $command: <release> is missing$" err
		has "^hint: see which there are with .git upgrade list.$" err
	done
	expect_code 129 git upgrade platform init >out 2>err
	has "^error: git upgrade platform init: <dir> is missing$" err
	expect_code 129 git upgrade merge-file 2>err
	has "^error: git upgrade merge-file: <base> is missing$" err
	expect_code 129 git upgrade merge-file a 2>err
	has "^error: git upgrade merge-file: <ours> is missing$" err
	expect_code 129 git upgrade merge --from >out 2>err
	has "^error: option .--from. requires a value$" err
'

story 'colour: for a pipe only where git is told to' '
	cd typos
	git switch -q -c production v1.0.0
	escape=$(printf "\\033")
	git upgrade list >out
	lacks "$escape" out
	git -c color.ui=always upgrade list >out
	has "$escape" out
	git -c color.ui=always upgrade list --json >out
	lacks "$escape" out
	if have_terminal
	then
		unset NO_COLOR
		TERM=xterm GIT_PAGER=cat script -qec "git upgrade list" \
			/dev/null >out
		has "$escape" out
		TERM=xterm GIT_PAGER=cat NO_COLOR= script -qec \
			"git upgrade list" /dev/null >out
		has "$escape" out
		TERM=xterm GIT_PAGER=cat NO_COLOR=1 script -qec \
			"git upgrade list" /dev/null >out
		lacks "$escape" out
		TERM=dumb GIT_PAGER=cat script -qec "git upgrade list" \
			/dev/null >out
		lacks "$escape" out
	fi
'

story 'half of a command is answered with its other half' '
	grep " " commands | cut -d " " -f 1 | uniq >words
	while read -r word
	do
		expect_code 129 git upgrade "$word" >out 2>err
		test ! -s out
		has "git upgrade $word [a-z]" err
		expect_code 0 git upgrade "$word" -h >out 2>err
		has "^usage: git upgrade $word [a-z]" out
		test ! -s err
	done <words
'

story 'outside of a repository it says what git says' '
	cd nowhere
	expect_code 128 git upgrade status >out 2>err
	has "^fatal: not a git repository" err
'

story 'every command has its row in src/cmd' '
	row()
	{
		grep -lE "(\\.name = |^	)\"$command\"," "$top"/src/cmd/*.c
	}
	each row
'

story 'every command has a story' '
	cat "$top"/tests/t[0-8]*.t >stories
	told()
	{
		grep -q "upgrade $command" stories
	}
	each told
'

story 'the manual has a section for each, with the usage of -h' '
	documented()
	{
		section
		sed -n "/^\\.Bd -literal/,/^\\.Ed/{/^\\./d;p;}" \
			"$WORK/$name.section" >"$WORK/all"
		sed "s/\\\\-/-/g" "$WORK/all" >"$WORK/synopsis"
		sed -e "/^\$/,\$d" -e "s/^usage: //" -e "s/^   or: //" \
			"$WORK/$name.help" >"$WORK/usage"
		same "$WORK/usage" "$WORK/synopsis"
	}
	each documented
'

# Also the other way round: no option that is gone is still explained.
story 'the manual explains every option, and no others' '
	explained()
	{
		# shellcheck disable=SC2086
		git upgrade $command --git-completion-helper >"$WORK/helper"
		tr " " "\n" <"$WORK/helper" |
			sed "/^\$/d; s/=\$//; s/^--//" | sort >"$WORK/options"
		grep "^\\.It Fl" "$WORK/$name.section" >"$WORK/items" || :
		grep -o "Fl -[a-z-]*" "$WORK/items" >"$WORK/flags" || :
		sed "s/^Fl -//" "$WORK/flags" | sort >"$WORK/documented"
		same "$WORK/options" "$WORK/documented"
	}
	each explained
'

story 'the manual has no sections for commands that are gone' '
	sed -n "/^\\.Sh COMMANDS/,/^\\.Sh [^C]/s/^\\.Ss //p" "$manual" |
		sort >sections
	sort commands | same - sections
'

story 'the manual knows every kind of hint' '
	cat "$top"/src/cmd/*.c >code
	grep -oE "cmd_hint\(cmd, \"[A-Z][A-Za-z]*" code >hints
	sed "s/.*\"//" hints | sort -u >kinds
	test -s kinds
	grep -oE "advice\.upgrade[A-Z][A-Za-z]*" "$manual" >advice
	sed "s/advice.upgrade//" advice | sort -u | same kinds -
'

if command -v mandoc >/dev/null
then
	# Whether the pages it refers to are installed is not ours to say.
	story 'mandoc finds nothing wrong with the manual' '
		cd "$top/Documentation"
		mandoc -T lint ./*.[0-9] >"$WORK/lint" || :
		grep -v "referenced manual not found" "$WORK/lint" \
			>"$WORK/out" || :
		same /dev/null "$WORK/out"
	'
else
	skip 'mandoc finds nothing wrong with the manual' 'no mandoc'
fi

done_testing
