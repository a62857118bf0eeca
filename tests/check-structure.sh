#!/bin/sh
#
# How much of what conflicts is a disagreement? The histories of real products,
# upgraded hop by hop with what operators changed (lib/overrides.sh), each hop
# four times: by plain `git merge`, by lines with the right base, by structure,
# and by structure with what can be declared once and for all: what the
# operators' own registries replace, and which of upstream's files they do
# without. The tables at the end compare the four.
#
#	make check-real \
#		MENDER_INTEGRATION=PATH		mendersoftware/integration
#		OROCOMMERCE_APPLICATION=PATH	oroinc/orocommerce-application
#		SENTRY_SELF_HOSTED=PATH		getsentry/self-hosted
#		MAGENTO_CLOUD=PATH		magento/magento-cloud
#
# Each PATH is a clone, bare or not; it is only read. STRUCTURE_HOPS is how many
# hops of each kind are made, 60 where it is not set; more than there are is all
# of them.
#
# A conflict counts as many hunks as it has markers, and as one when it has
# none (a file removed here and changed there). What structure resolved is
# judged by check-structure.py, which shares no code with it. A hop fails when
# anything is lost in it, or when structure leaves more files in conflict, or
# declarations do. (In one of them may be more hunks: each is about less.) With
# replacements all files are judged that they were made in, and against what
# upstream has with the same texts replaced.

# shellcheck disable=SC1091,SC2016,SC2154,SC2164,SC2317

if [ -z "${MENDER_INTEGRATION-}${OROCOMMERCE_APPLICATION-}" ] &&
   [ -z "${SENTRY_SELF_HOSTED-}${MAGENTO_CLOUD-}" ]
then
	echo '1..0 # SKIP none of MENDER_INTEGRATION,' \
		'OROCOMMERCE_APPLICATION, SENTRY_SELF_HOSTED and' \
		'MAGENTO_CLOUD is set: nothing was merged'
	exit 0
fi
began=$(date +%s)

TESTS_DIR=$(cd "$(dirname "$0")" && pwd -P)
. "$TESTS_DIR/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/overrides.sh"

git config --global core.quotePath false
git config --global advice.detachedHead false
: "${STRUCTURE_HOPS:=60}"
OVERRIDES=$WORK/overrides
: >"$OVERRIDES"
: >counts
: >verdicts
: >verdicts.declared

if ! git upgrade --version >/dev/null
then
	echo 'Bail out! git-upgrade is not built'
	exit 1
fi

# Which python3 is there may depend on the folder one is in.
python=
if (cd / && python3 -c '') 2>/dev/null
then
	python=python3
	if ! (cd / && python3 -c 'import yaml') 2>/dev/null
	then
		echo '# PyYAML is not installed: no YAML file is judged'
	fi
else
	echo '# python3 is not installed: no result is judged'
fi

# variable_of PRODUCT: what says where its clone is
variable_of()
{
	case $1 in
	mender | mender-installed)
		echo MENDER_INTEGRATION
		;;
	oro)
		echo OROCOMMERCE_APPLICATION
		;;
	sentry)
		echo SENTRY_SELF_HOSTED
		;;
	magento)
		echo MAGENTO_CLOUD
		;;
	esac
}

# source_of PRODUCT: the path of its clone, or nothing
source_of()
{
	eval "echo \"\${$(variable_of "$1")-}\""
}

# releases PRODUCT: oldest first
releases()
{
	if [ "$1" = magento ]
	then
		git -C clone branch -r --format='%(refname:lstrip=3)' |
		grep -E '^[0-9]+\.[0-9]+\.[0-9]+$' | sort -V
	else
		git -C clone tag | grep -E '^[0-9]+\.[0-9]+\.[0-9]+$' |
		sort -V
	fi
}

# hops_of PRODUCT <RELEASES: lines "A B". Of Mender, whose rule is minor by
# minor, from first to first and from latest to latest.
hops_of()
{
	case $1 in
	mender*)
		awk -F. '
		{
			minor = $1 "." $2
			if (minor != before) {
				if (first != "")
					print first, $0
				if (last != "")
					print last, newest
				first = $0
				last = newest
			}
			before = minor
			newest = $0
		}
		END {
			if (last != "")
				print last, newest
		}'
		;;
	*)
		awk 'NR > 1 { print last, $0 } { last = $0 }'
		;;
	esac
}

# some_of N: as many lines, from all over the input
some_of()
{
	awk -v n="$1" '
	{
		line[NR] = $0
	}
	END {
		if (n > NR)
			n = NR
		for (i = 0; i < n; i++)
			print line[1 + int(i * NR / n)]
	}'
}

# prepare PRODUCT: its clone
prepare()
{
	rm -rf clone
	real=$(cd "$(source_of "$1")" && pwd -P) || return 1
	# The clone may belong to somebody else.
	git config --global --replace-all safe.directory '*'
	git clone -q --shared --no-checkout "$real" clone 2>/dev/null ||
	return 1
	git -C clone pack-refs --all
	mkdir -p clone/.git/info
	override_replacements "$1" >replacements
	override_without "$1" >without
	configure >clone/.git/info/gitupgrade.yaml
}

# configure [declared]: what the clone says. What migrations edit is no
# business of a merge's.
configure()
{
	printf 'format: 1\nmigrations: {gateway-alias: ~}\n'
	[ -n "${1-}" ] || return 0
	sed "s/'/''/g" ../replacements |
	awk -F '\t' '
	NR == 1 {
		print "replacements:"
	}
	{
		printf "- {files: [\047%s\047], from: \047%s\047, ", $1, $2
		printf "to: \047%s\047}\n", $3
	}'
	echo 'without:'
	sed "s/.*/- '&'/" ../without
}

# change PRODUCT: what its operator changed, in the release that is here
change()
{
	case $1 in
	mender)
		mender_in_place
		;;
	mender-installed)
		draw_installation
		mender_copy "$draw_copy"
		;;
	*)
		"$1_overrides"
		;;
	esac
	draw_operator_commit 'Make it ours'
}

# enter PRODUCT RELEASE: the branch production, as the operator has it
enter()
{
	if [ -f ../unclean ]
	then
		cd ..
		rm -f unclean
		prepare "$1"
		cd clone
	fi
	: >../unclean
	git remote set-head -d origin 2>/dev/null || :
	start=$2
	if [ "$1" = magento ]
	then
		start=origin/$2
	fi
	git checkout -q -f --no-track -B production "$start"
	git clean -q -ffdx
	change "$1"
	start=$(git rev-parse HEAD)
}

# hunks [TREE]: "COUNT PATH" of each path in the file paths
hunks()
{
	while IFS= read -r path
	do
		count=$(git cat-file blob "$1:$path" 2>/dev/null |
			grep -a -c '^<<<<<<< ' || :) # tap: ok
		if [ "$count" -eq 0 ]
		then
			count=1
		fi
		echo "$count $path"
	done <../paths
}

# hunks_here: of the files in conflict here
hunks_here()
{
	git diff --name-only --diff-filter=U >../paths
	while IFS= read -r path
	do
		count=0
		if [ -f "$path" ]
		then
			count=$(grep -a -c '^<<<<<<< ' "$path" || :)
		fi
		if [ "$count" -eq 0 ]
		then
			count=1
		fi
		echo "$count $path"
	done <../paths
}

# count WAY SET: hunks from stdin to the table
count()
{
	sed "s/^/$1 $2 /" >>../counts.hop
}

# by_git TARGET
by_git()
{
	plain_code=0
	git merge-tree --write-tree --name-only --no-messages HEAD "$1" \
		>../tree || plain_code=$?
	test "$plain_code" -le 1
	sed '1d; /^$/,$d' ../tree >../paths
	hunks "$(sed 1q ../tree)"
}

# upgrade OPTION RELEASE: merges, and sets upgrade_code
upgrade()
{
	upgrade_code=0
	git upgrade merge --no-fetch --yes --no-edit --json "$1" "$2" \
		>../report 2>../said || upgrade_code=$?
	if [ "$upgrade_code" -gt 1 ]
	then
		tap_say "git upgrade merge $1 $2 said $upgrade_code:"
		tap_say "$(cat ../said)"
		return 1
	fi
}

go_back()
{
	if [ "$upgrade_code" -eq 1 ]
	then
		git upgrade merge --abort 2>../said
	else
		git reset -q --hard "$start"
	fi
	is "$start" "$(git rev-parse HEAD)"
}

# judge NAME [REPLACEMENTS]
judge()
{
	[ -n "$python" ] || return 0
	here=$(pwd -P)
	verdicts=verdicts${2:+.declared}
	set -- "$1" "$here/../stages" "$here/../report" "$here" ${2:+"$2"}
	(cd / && "$python" "$TESTS_DIR/check-structure.py" "$@") >../verdict
	cat ../verdict >>"../$verdicts"
	grep '^lost' ../verdict >../lost || :
	same /dev/null ../lost
}

# stages_of_replaced START TARGET RELEASE: of the files in the report, besides
# what is in stages, the three versions
stages_of_replaced()
{
	base=$3
	git rev-parse -q --verify "$base^{tree}" >../rev || base=origin/$3
	jq -r '.replaced[].files[]' ../report | sort -u >../paths
	while IFS= read -r path
	do
		if grep -q -F "	$path" ../stages
		then
			continue
		fi
		number=0
		for tree in "$base" "$1" "$2"
		do
			number=$((number + 1))
			git ls-tree "$tree" -- "$path" >../entry
			sed -n "s/^\([0-9]*\) blob \([^	]*\)/\1 \2 $number/p" \
				../entry >>../stages
		done
	done <../paths
}

# with_declarations SET A B TARGET: once more
with_declarations()
{
	configure declared >.git/info/gitupgrade.yaml
	upgrade --structure "$3"
	configure >.git/info/gitupgrade.yaml
	hunks_here >../declared
	count declared "$1" <../declared
	# What is left out was not here, and has not come.
	jq -r '.without[]' ../report >../left.out
	while IFS= read -r path
	do
		missing "$path"
	done <../left.out
	stages_of_replaced "$start" "$4" "$2"
	judge "$1:$2:$3" "$(cd .. && pwd -P)/replacements"
	go_back
}

# hop SET A B
hop()
{
	cd clone
	enter "$1" "$2"
	target=$3
	if [ "$1" = magento ]
	then
		target=origin/$3
	fi
	: >../counts.hop
	by_git "$target" | count git "$1" # tap: ok
	upgrade --no-structure "$3"
	git ls-files -u >../stages
	hunks_here >../lines
	count lines "$1" <../lines
	go_back
	upgrade --structure "$3"
	hunks_here >../structure
	count structure "$1" <../structure
	judge "$1:$2:$3"
	go_back
	with_declarations "$1" "$2" "$3" "$target"
	echo "hop $1 0 $2:$3" >>../counts.hop
	cat ../counts.hop >>../counts
	rm ../unclean
	test "$(wc -l <../structure)" -le "$(wc -l <../lines)"
	test "$(wc -l <../declared)" -le "$(wc -l <../structure)"
}

# stage N LINE...: that version of the file compose.yml
stage()
{
	stage_number=$1
	shift
	stage_blob=$(printf '%s\n' "$@" | git hash-object -w --stdin)
	printf '100644 %s %s\tcompose.yml\n' "$stage_blob" \
		"$stage_number" >>../stages
}

# verdict LINE...: of a result
verdict()
{
	printf '%s\n' "$@" >compose.yml
	judge small || :
	cut -f1,4 ../verdict | tr '\t' ' ' | sort
}

small_file()
{
	rm -rf small
	git init -q small
	cd small
	: >../stages
	echo '{}' >../report
	stage 1 '# the shop' 'image: a:1' 'list: [x, y]' 'old: 1'
	stage 2 '# the shop' '# ours' 'image: b:1' 'list: [x, z, y]' 'old: 1'
	stage 3 '# the shop' 'image: a:1' 'list: [x, y]' 'new: 2'
	verdict "$@"
}

if [ -n "$python" ] && (cd / && python3 -c 'import yaml') 2>/dev/null
then
	story 'the judge finds nothing where all is there' '
		small_file "# the shop" "# ours" "image: b:1" \
			"list: [x, z, y]" "new: 2" >found
		is "same yaml" "$(cat ../found)"
	'

	story 'the judge finds what is lost' '
		small_file "# the shop" "image: a:1" "list: [x, y, z]" \
			"old: 1" >found
		has "^lost lacks comment # ours$" ../found
		has "^lost lacks image = b:1$" ../found
		has "^lost still has image = a:1$" ../found
		has "^lost lacks new = 2$" ../found
		has "^lost still has old = 1$" ../found
		has "^lost list: .* before " ../found
	'

	story 'the judge lets nobody choose between two' '
		rm -rf small
		git init -q small
		cd small
		: >../stages
		echo "{}" >../report
		stage 1 "image: a:1"
		stage 2 "image: b:1"
		stage 3 "image: a:2"
		verdict "image: b:1" >../found
		has "^lost lacks image = a:2$" ../found
		verdict "image: a:2" >../found
		has "^lost lacks image = b:1$" ../found
	'
	: >verdicts
fi

for product in mender mender-installed oro sentry magento
do
	if [ -z "$(source_of "$product")" ]
	then
		echo "# $(variable_of "$product") is not set:" \
			"$product is left out"
		continue
	fi
	if ! prepare "$product"
	then
		echo "Bail out! the clone of $product cannot be cloned"
		exit 1
	fi
	for pair in $(releases "$product" | hops_of "$product" |
		some_of "$STRUCTURE_HOPS" | tr ' ' :)
	do
		story "$product: ${pair%:*} -> ${pair#*:}" \
			"hop $product ${pair%:*} ${pair#*:}"
	done
done

in_tables='
	function is_lock(path)
	{
		return path ~ /(^|\/)(composer|dev|yarn|uv|Gemfile)\.lock$/ ||
		       path ~ /(^|\/)(package-lock\.json|pnpm-lock\.yaml)$/
	}
	function row(set)
	{
		printf "# %-16s %4d   %5d %5d   %5d %5d   %5d %5d", set,
		       hops[set], f["git", set], h["git", set],
		       f["lines", set], h["lines", set],
		       f["structure", set], h["structure", set]
		printf "   %5d %5d\n", f["declared", set], h["declared", set]
	}
'

# The table of files and hunks; with LOCKS=0 without lock files
table()
{
	awk -v locks="$1" "$in_tables"'
	{
		path = $0
		sub(/^[^ ]* [^ ]* [^ ]* /, "", path)
	}
	$1 == "hop" {
		if (!($2 in hops))
			sets[++nr] = $2
		hops[$2]++
		hops["in sum"]++
		next
	}
	locks || !is_lock(path) {
		f[$1, $2]++
		f[$1, "in sum"]++
		h[$1, $2] += $3
		h[$1, "in sum"] += $3
	}
	END {
		for (i = 1; i <= nr; i++)
			row(sets[i])
		row("in sum")
	}' counts
}

# The same without lock files and without what has to be in conflict: what both
# changed to something else, or one removed and the other changed. What a hop
# merges by lines or by git has no fewer hunks of that than are left at last.
table_of_rest()
{
	awk -F '\t' "$in_tables"'
	function take(way, set, hunks, has_to)
	{
		hunks -= has_to
		f[way, set] += !has_to
		h[way, set] += hunks > 0 ? hunks : 0
	}
	function end_hop(set, hop,   i, has_to)
	{
		for (i = 1; i <= nr; i++) {
			has_to = wanted[way[i] == "declared", set ":" hop,
					path[i]]
			if (is_lock(path[i]))
				continue
			take(way[i], set, hunks[i], has_to)
			take(way[i], "in sum", hunks[i], has_to)
		}
		nr = 0
		if (!(set in hops))
			sets[++nr_sets] = set
		hops[set]++
		hops["in sum"]++
	}
	FILENAME != "counts" {
		if ($1 == "left" && ($4 ~ /(chang|remov)ed by us/ ||
		    $4 ~ /^both changed one scalar|^an image|^its type/))
			wanted[FILENAME == "verdicts.declared", $2, $3]++
		next
	}
	{
		split($0, word, " ")
		if (word[1] == "hop") {
			end_hop(word[2], word[4])
			next
		}
		way[++nr] = word[1]
		hunks[nr] = word[3]
		path[nr] = $0
		sub(/^[^ ]* [^ ]* [^ ]* /, "", path[nr])
	}
	END {
		for (i = 1; i <= nr_sets; i++)
			row(sets[i])
		row("in sum")
	}' verdicts verdicts.declared counts
}

heading()
{
	echo '#'
	echo "# $1:"
	echo '#'
	printf '# %-16s %4s   %-11s   %-11s   %-11s   %-11s\n' '' '' \
		'  git merge' '  base A' ' structure' ' declared'
	printf '# %-16s %4s   %5s %5s   %5s %5s   %5s %5s   %5s %5s\n' '' \
		hops files hunks files hunks files hunks files hunks
}

heading 'Files in conflict, and their hunks'
table 1
heading 'The same without lock files, which are to be made anew'
table 0

if [ -n "$python" ]
then
	heading 'The same without lock files and what has to be in conflict'
	table_of_rest
fi

# classes WORD COLUMN [VERDICTS]: how many, of each value of the column
classes()
{
	awk -F '\t' -v word="$1" -v column="$2" '
	$1 == word { n[$column]++ }
	END { for (c in n) printf "# %6d  %s\n", n[c], c }' "${3-verdicts}" |
	sort -k2,2nr -k3
}

if [ -n "$python" ]
then
	printf '#\n# Files that were judged, and nothing is lost:\n'
	classes same 4
	printf '#\n# Lost:\n'
	classes lost 3
	printf '#\n# Could not be judged:\n'
	classes unread 4
	printf '#\n# What is left in conflict:\n'
	classes left 4
	printf '#\n# With declarations, files that were judged, and nothing is '
	printf 'lost:\n'
	classes same 4 verdicts.declared
	printf '#\n# Lost:\n'
	classes lost 3 verdicts.declared
	printf '#\n# What is left in conflict:\n'
	classes left 4 verdicts.declared
	printf '#\n# In a conflict, and only one side changed it: %d\n' \
		"$(grep -c '^dragged' verdicts)"
	printf '# Comments that a side removed, and are there: %d\n' \
		"$(grep -c '^back' verdicts)"
	printf '# Keys of maps that changed places: %d\n' \
		"$(grep -c '^order' verdicts)"
fi
echo '#'
echo '# Overrides that were never there to make:'
awk '
{
	name = $0
	sub(/ [01]$/, "", name)
	n[name] += $NF
	all += $NF
}
END {
	for (name in n) {
		kinds++
		if (!n[name])
			print "#   " name
	}
	printf "# %d were made, of %d kinds\n", all, kinds
}' "$OVERRIDES"
if [ -n "${STRUCTURE_KEEP-}" ]
then
	cp counts verdicts verdicts.declared "$OVERRIDES" "$STRUCTURE_KEEP"
fi
echo "# $(($(date +%s) - began)) seconds"

done_testing
