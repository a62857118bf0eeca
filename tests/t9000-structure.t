#!/bin/sh
#
# What is promised about the sources is true: who may include whom, who may
# print, which functions are banned, and how they look.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

# files PATTERNS: those that there are, from the top
files()
{
	(
		cd "$TESTS_DIR/.." || exit 1
		for file in $1
		do
			[ ! -f "$file" ] || echo "$file"
		done
	)
}
library=$(files 'src/*/*.[ch]')
sources=$(files 'git-upgrade.c src/*/*.[ch] tests/unit/*.c tests/fuzz/*.[ch]')
scripts=$(files '.ci/run hooks/* contrib/* contrib/*/* tests/*.sh tests/lib/*
	tests/fuzz/seeds')
stories=$(files 'tests/*.t')
ln -s "$TESTS_DIR/.." top

# bare FILE...: code without comments and without what is in strings, each
# line after the name of its file and its number
bare()
{
	awk '
	FNR == 1 { comment = 0 }
	{
		line = $0
		out = ""
		while (line != "") {
			if (comment) {
				end = index(line, "*/")
				if (!end)
					break
				line = substr(line, end + 2)
				comment = 0
			} else if (line ~ /^\/\*/) {
				comment = 1
				line = substr(line, 3)
			} else if (match(line, /^"([^"\\]|\\.)*"/) ||
				   match(line, /^\047([^\047\\]|\\.)+\047/)) {
				out = out "\"\""
				line = substr(line, RLENGTH + 1)
			} else {
				out = out substr(line, 1, 1)
				line = substr(line, 2)
			}
		}
		if (out !~ /^[ \t]*$/)
			print FILENAME ":" FNR ":" out
	}' "$@"
}

# none PATTERN FILE: no line matches this extended expression
none()
{
	rc=0
	grep -nE -e "$1" -- "$2" >&7 || rc=$?
	is 1 "$rc"
}

story 'comments and strings are told from code' '
	cat >a.c <<-\EOT
	/* exit(1) */ a("exit(2) /* \" ", 3); /* and
	exit(4);
	so on */ exit(5); b("\"");
	EOT
	bare a.c >out
	sed "s/ *\$//" out >bare.out
	same - bare.out <<-\EOT
	a.c:1: a("", 3);
	a.c:3: exit(5); b("");
	EOT
'

# The layers from left to right; those of one line are siblings. A layer
# includes itself and whatever is on a line above.
cat >layers <<'EOT'
base
git doc
model
state
gate upgrade deploy
flow
hook cmd
EOT

# One exception: the command `hook` is how git calls the hooks.
story 'a layer includes only layers to its left' '
	(
		cd top
		grep -n "^#include \"" $library
	) >includes
	awk -F: "
	NR == FNR {
		split(\$0, names, \" \")
		for (i in names)
			rank[names[i]] = NR
		next
	}
	{
		split(\$1, from, \"/\")
		split(\$3, quoted, \"\\\"\")
		split(quoted[2], to, \"/\")
		if (!(from[2] in rank))
			print \"no layer: \" \$0
		else if (quoted[2] !~ /\\//)
			print \"name the layer: \" \$0
		else if (!(to[1] in rank))
			print \"includes no layer: \" \$0
		else if (from[2] != to[1] &&
			 rank[to[1]] >= rank[from[2]] &&
			 !(\$1 == \"src/cmd/hook.c\" && to[1] == \"hook\"))
			print \"against the rule: \" \$0
	}" layers includes >out
	test -s includes
	same /dev/null out
'

story 'every foreign library has one file that knows it' '
	(
		cd top
		grep -nE "^#include <(yaml|cJSON|curl|git2|openssl)" \
			git-upgrade.c $library || :
	) >out
	for library in yaml cJSON curl git2 openssl
	do
		grep -E "<$library(/[^>]*)?(\\.h)?>" out |
		cut -d: -f1 | sort -u >files
		sed "s/^/$library: /" files
		test "$(wc -l <files)" -eq 1
	done
'

story 'only commands print and exit' '
	(
		cd top
		bare $(echo "$library" | grep -v "^src/cmd/")
	) >code
	none "[^_a-z](printf|vprintf|puts|putchar|perror|exit)[(]" code
	# One line, when there is no memory.
	grep -v "^src/base/mem\\.c:" code >code.most
	none "[^_a-z](stdout|stderr)[^_a-z]" code.most
'

story 'functions that overrun, keep state or call a shell are banned' '
	(cd top; bare $sources) >code
	none "[^_a-z](strn?cpy|strn?cat|v?sprintf|strtok|gets)[(]" code
	none "[^_a-z](system|popen|alloca|asctime|ctime|tmpnam)[(]" code
'

# The two that strings and vectors point to while they are empty are never
# written to.
story 'there are no variables at file scope' '
	(cd top; bare $library) >code
	grep -E "^[^:]*:[0-9]*:(static )?[a-z][^()]*( =|;)" code >found || :
	grep -vE "const |:(extern|typedef|enum|struct [a-z_0-9]+;)" found |
	grep -vE "[a-z]_empty\\[1\\];" >out || :
	same /dev/null out
'

# But for stories, where expected output is as wide as it is.
story 'lines are no longer than 80 columns' '
	cd top
	for file in $sources $scripts Makefile
	do
		LC_ALL=C tr -d "\\200-\\277" <"$file" | expand |
		awk -v file="$file" "length > 80 {
			print file \":\" NR \": \" length
		}"
	done >"$WORK/out"
	same /dev/null "$WORK/out"
'

story 'code is indented with tabs, and lines end where they end' '
	cd top
	{
		# A space begins a line of a comment, or less than a tab.
		grep -nE "^        |	        +[^ ]|^ +[^ *]" $sources || :
		grep -nE "[ 	]\$" $sources $scripts $stories Makefile || :
		grep -nE "^[ 	]*//" $sources || :
	} >"$WORK/out"
	same /dev/null "$WORK/out"
'

story 'every header says what it is for, and is guarded' '
	cd top
	for file in $(echo "$library" | grep "\\.h\$")
	do
		guard=$(echo "${file#src/}" | tr a-z/. A-Z__)
		head -c 2 "$file" | grep -q "^/\\*" || echo "$file: no comment"
		grep -q "^#ifndef $guard\$" "$file" || echo "$file: no $guard"
	done >"$WORK/out"
	same /dev/null "$WORK/out"
'

story 'stories can be run, and are numbered once' '
	cd top/tests
	for file in *.t
	do
		test -x "$file" || echo "$file: not executable"
		head -n 1 "$file" | grep -q "^#!/bin/sh\$" ||
		echo "$file: not for sh"
	done >"$WORK/out"
	ls ./*.t | sed "s/-.*//" | sort | uniq -d >>"$WORK/out"
	same /dev/null "$WORK/out"
'

if command -v shellcheck >/dev/null
then
	story 'shellcheck has nothing to say' '
		cd top
		for file in $scripts
		do
			case $file,$(head -n 1 "$file") in
			*.bash,* | *,"#!"*bash)
				echo "bash $file"
				;;
			*.sh,* | *,"#!"*sh)
				echo "sh $file"
				;;
			esac
		done >"$WORK/list"
		for shell in sh bash
		do
			sed -n "s/^$shell //p" "$WORK/list" >"$WORK/files"
			xargs shellcheck -s "$shell" -e SC3043 \
				<"$WORK/files"
		done
		# Stories run under "set -e", and much of them is strings.
		shellcheck -s sh -S warning -e SC2034,SC2164,SC3043 $stories
	'
else
	skip 'shellcheck has nothing to say' 'no shellcheck'
fi

done_testing
