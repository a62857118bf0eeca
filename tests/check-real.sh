#!/bin/sh
#
# The whole history of a real product, upgraded hop by hop:
#
#	MENDER_INTEGRATION=PATH make check-real
#
# PATH is a clone of mendersoftware/integration, bare or not; it is only read.
# Every hop is made in a throw-away clone that borrows its objects, and beside
# it plain `git merge` is asked about the same hop. The table at the end
# compares both. A conflict counts as many hunks as it has markers, and as one
# when it has none (a file deleted here and changed there).

# shellcheck disable=SC1091,SC2016,SC2317

if [ -z "${MENDER_INTEGRATION-}" ]
then
	echo '1..0 # SKIP MENDER_INTEGRATION is not set:' \
		'nothing was replayed'
	exit 0
fi
real=$(cd "$MENDER_INTEGRATION" && pwd -P) || exit 1
began=$(date +%s)

TESTS_DIR=$(cd "$(dirname "$0")" && pwd -P)
. "$TESTS_DIR/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# The clone may belong to somebody else.
git config --global --add safe.directory "$real"
git config --global --add safe.directory "$real/.git"
git config --global core.quotePath false

if ! git upgrade --version >/dev/null
then
	echo 'Bail out! git-upgrade is not built'
	exit 1
fi
if ! git clone -q --shared --no-checkout "$real" seed
then
	echo "Bail out! $real cannot be cloned"
	exit 1
fi
git -C seed pack-refs --all

# Later releases are left out, so that the numbers can be compared.
releases=$(git -C seed tag | grep -E '^[0-9]+\.[0-9]+\.[0-9]+$' | sort -V |
	sed '/^3\.8\.5$/q')

# pairs WHICH: hops A:B. first: x.y.0 to the next minor's; last: latest patch
# to the next minor's latest; patch: from patch to patch.
pairs()
{
	echo "$releases" | awk -F. -v which="$1" '
	{
		minor = $1 "." $2
		if (minor != before) {
			if (which == "first") {
				if (first != "")
					print first ":" $0
				first = $0
			} else if (which == "last") {
				if (last != "")
					print last ":" newest
				last = newest
			}
		} else if (which == "patch") {
			print newest ":" $0
		}
		before = minor
		newest = $0
	}
	END {
		if (which == "last")
			print last ":" newest
	}'
}

# since_2_2 RELEASE: the templates have moved
since_2_2()
{
	case $1 in
	1.* | 2.0.* | 2.1.*)
		return 1
		;;
	esac
}

# template RELEASE, copy RELEASE: where they are
template()
{
	if since_2_2 "$1"
	then
		echo production/config/prod.yml.template
	else
		echo template/prod.yml
	fi
}

copy()
{
	if since_2_2 "$1"
	then
		echo production/config/prod.yml
	else
		echo production/prod.yml
	fi
}

# The template as the operator is told to copy it
template_text()
{
	git show "$1:$(template "$1")" >template.raw
	sed 's|/template/|/production/|g' template.raw
	rm template.raw
}

# enter RELEASE: into a fresh clone with the branch production made from it
enter()
{
	rm -rf hop
	cp -R seed hop
	cd hop
	git checkout -q --no-track -b production "$1"
}

# own_lines WHERE: what the operator has in docker-compose.yml. Line by line,
# no hop that begins before 3.7 touches what is right below "services:"; 3.8
# indents the whole file anew (and what is there as well, when it is merged by
# key) and touches only what is above "networks:" not.
own_lines()
{
	case $1 in
	services)
		echo '    acme-backup:'
		echo '        image: acme/backup:1'
		echo '        restart: always'
		;;
	indented)
		echo '  acme-backup:'
		echo '      image: acme/backup:1'
		echo '      restart: always'
		;;
	networks)
		echo 'volumes:'
		echo '    acme-backup:'
		echo
		;;
	esac
}

own_place()
{
	case $1 in
	3.7.* | 3.8.*)
		echo networks
		;;
	*)
		echo services
		;;
	esac
}

# insert_own PLACE
insert_own()
{
	own_lines "$1" >../own
	awk -v place="$1" '
	place == "services" || $0 !~ "^" place ":" { print }
	$0 ~ "^" place ":" {
		while ((getline line <"../own") > 0)
			print line
		if (place != "services")
			print
	}' docker-compose.yml >../edited
	not cmp -s ../edited docker-compose.yml
	cat ../edited >docker-compose.yml
}

# override RELEASE: three commits an operator makes: names and secrets in the
# copy, a service or volume, a note
override()
{
	draw_edit "$(copy "$1")" '
		s|my-gateway-dns-name|mender.acme.example|
		s|set-my-alias-here.com|s3.acme.example|
		s|\(AWS_AUTH_KEY:\)$|\1 acme-access|
		s|\(AWS_AUTH_SECRET:\)$|\1 acme-storage-secret|
		s|\(MINIO_ACCESS_KEY:\)$|\1 acme-access|
		s|\(MINIO_SECRET_KEY:\)$|\1 acme-storage-secret|
	'
	draw_operator_commit 'Name hosts and keys'
	insert_own "$(own_place "$1")"
	draw_operator_commit 'Add the backup'
	put ops/README 'Call Olga before you touch this.'
	draw_operator_commit 'Keep a note beside the server'
}

# Counts "files hunks" of a tree with conflict markers, from the conflicted
# paths in the file paths.
count_hunks()
{
	git grep -a -c -e '^<<<<<<< ' "$@" >markers || :
	awk -F: '
	NR == FNR {
		# TREE:PATH:COUNT or PATH:COUNT
		path = $0
		sub(/:[0-9]*$/, "", path)
		sub(/^[0-9a-f]+:/, "", path)
		count[path] = $NF
		next
	}
	{
		files++
		hunks += ($0 in count) ? count[$0] : 1
	}
	END {
		print files + 0, hunks + 0
	}' markers paths
	rm markers paths
}

# What plain git would make of this merge, as "files hunks"
plain()
{
	set +e
	git merge-tree --write-tree --name-only --no-messages HEAD "$1" >tree
	plain_code=$?
	set -e
	test "$plain_code" -le 1
	plain_tree=$(sed 1q tree)
	sed '1d; /^$/,$d' tree >paths
	rm tree
	count_hunks "$plain_tree"
}

# The same of the conflicts we left in the checkout
ours()
{
	git diff --name-only --diff-filter=U >paths
	cp paths ../conflicts
	count_hunks
}

# For the hop to 2.7, where nobody had set it before
alias=--set=storage-name=s3.acme.example

# upgrade RELEASE: sets upgrade_code
upgrade()
{
	set +e
	git upgrade merge --no-fetch --yes --no-edit "$alias" "$1"
	upgrade_code=$?
	set -e
	case $upgrade_code in
	0 | 1)
		;;
	*)
		tap_say "git upgrade merge $1 said $upgrade_code"
		return 1
		;;
	esac
}

# record SET PLAIN OURS: a line of the table, where the checks that follow
# cannot keep it from being counted
record()
{
	echo "$1 $2 $3" >>"$WORK/results"
}

finished()
{
	is 0 "$upgrade_code"
	git rev-parse "$1^{commit}" >expected
	git rev-parse HEAD^2 >parent
	same expected parent
	rm expected parent
	git status --porcelain >../status
	same /dev/null ../status
	has "^release $1$" .gitupgrade.adopted
}

# untouched SET A B: nobody changed anything, so B must come out
untouched()
{
	enter "$2"
	theirs=$(plain "$3")
	upgrade "$3"
	record "$1" "$theirs" "$(ours)"
	finished "$3"
	git diff --name-only "$3" HEAD >../changed
	put ../expected .gitupgrade.adopted
	same ../expected ../changed
}

# The copy is what a merge with its template makes of it; where that merge
# conflicts, the copy may be in conflict or resolved, but never what it was.
copy_is_current()
{
	old_copy=$(copy "$1")
	new_copy=$(copy "$2")
	git show "$before:$old_copy" >../copy
	template_text "$1" >../base
	template_text "$2" >../new
	exists "$new_copy"
	if cmp -s ../base ../new
	then
		same ../copy "$new_copy"
	elif git merge-file -p -q ../copy ../base ../new >../merged
	then
		lacks "^$new_copy$" ../conflicts
		same ../merged "$new_copy"
	else
		not cmp -s ../copy "$new_copy"
	fi
}

# installed SET A B: with the documented installation
installed()
{
	enter "$2"
	draw_installation
	override "$2"
	before=$(git rev-parse HEAD)
	theirs=$(plain "$3")
	upgrade "$3"
	record "$1" "$theirs" "$(ours)"
	if [ "$upgrade_code" -eq 0 ]
	then
		finished "$3"
	else
		test -s ../conflicts
		is "$(git rev-parse "$3^{commit}")" \
			"$(git rev-parse 'MERGE_HEAD^{commit}')"
	fi
	grep -vx -e production/run -e production/prod.yml \
		-e production/config/prod.yml ../conflicts >../unexpected || :
	same /dev/null ../unexpected
	copy_is_current "$2" "$3"
}

# The operator's answer to what is left: the new program; of the copy all that
# merges, with the own side where both sides differ.
resolve()
{
	while read -r path
	do
		case $1,$path in
		*,production/run)
			git checkout -q --theirs -- "$path"
			;;
		*,"$(copy "$1")")
			git show ":2:$path" >../mine
			git show ":3:$path" >../theirs
			git show ":1:$path" >../base || : >../base
			git merge-file -p -q --ours ../mine ../base \
				../theirs >"$path"
			;;
		*)
			tap_say "unexpected conflict in $path"
			return 1
			;;
		esac
		git add -- "$path"
	done <../conflicts
}

# carried A B: the branch goes on where the hop before left it
carried()
{
	cd chain
	theirs=$(plain "$2")
	upgrade "$2"
	record chain "$theirs" "$(ours)"
	if [ "$upgrade_code" -eq 1 ]
	then
		resolve "$2"
		git upgrade merge --continue
		upgrade_code=0
	fi
	finished "$2"
	operators_own "$2" "$(copy "$2")"
}

# What differs from the release is what the operator made, and nothing else.
# (A copy that moved may stay behind at its old place.)
operators_own()
{
	git diff --name-only "$1" HEAD >../changed
	sed '/^production\/prod\.yml$/d' ../changed >../own
	{
		echo .gitupgrade.adopted
		echo docker-compose.yml
		echo ops/README
		echo production/keys-generated/certs/api-gateway/cert.crt
		echo production/keys-generated/certs/api-gateway/private.key
		echo production/keys-generated/keys/useradm/private.key
		if since_2_2 "$1"
		then
			echo production/config/prod.yml
		else
			echo production/run
		fi
	} | sort >../expected
	sort ../own >../sorted
	same ../expected ../sorted
	git diff "$1" HEAD -- docker-compose.yml >../diff
	sed -n '/^[-+][^-+]/p; /^[-+]$/p' ../diff >../lines
	case $1 in
	3.8.*)
		own_lines indented
		;;
	*)
		own_lines services
		;;
	esac >../own
	sed 's/^/+/' ../own >../expected
	same ../expected ../lines
	for value in s3.acme.example acme-access acme-storage-secret
	do
		has "$value" "$2"
	done
}

story 'the history has the releases it is known for' '
	is 81 "$(echo "$releases" | wc -l)"
	for which in first last patch
	do
		pairs "$which" | wc -l
	done >counts
	put expected 24 24 56
	same expected counts
'

for which in first last patch
do
	for hop in $(pairs "$which")
	do
		story "untouched: ${hop%:*} -> ${hop#*:}" \
			"untouched untouched-$which ${hop%:*} ${hop#*:}"
	done
done

for which in first last
do
	for hop in $(pairs "$which")
	do
		story "installed: ${hop%:*} -> ${hop#*:}" \
			"installed installed-$which ${hop%:*} ${hop#*:}"
	done
done

story 'chain: one production branch begins at 1.0.1' '
	rm -rf chain
	cp -R seed chain
	cd chain
	git checkout -q --no-track -b production 1.0.1
	draw_installation
	override 1.0.1
'

for hop in $(pairs last)
do
	story "chain: ${hop%:*} -> ${hop#*:}" "carried ${hop%:*} ${hop#*:}"
done

# begun_anew DIR: the chain once more, as it was before its first upgrade
begun_anew()
{
	rm -rf "$1"
	cp -R chain "$1"
	cd "$1"
	git update-index -q --refresh
	start=$(git log --first-parent --format=%H --diff-filter=A HEAD -- \
		.gitupgrade.adopted)
	git reset -q --hard "$start^1"
}

# through COMMAND...: an upgrade, and the operator's answer to each conflict
through()
{
	code=0
	"$@" || code=$?
	while [ "$code" -eq 1 ]
	do
		ours >>../path.conflicts
		resolve "$(git describe --exact-match MERGE_HEAD)"
		code=0
		git upgrade merge --continue --yes --no-edit || code=$?
	done
	is 0 "$code"
}

# hop_trees FILE: of the hops here, oldest first
hop_trees()
{
	git log --first-parent --reverse --format="%s %T" "$start^1..HEAD" \
		>"$1"
}

# The profile's own path to it, which may be shorter than the chain
story 'path: 1.0.1 to 3.8.5 in one go' '
	begun_anew path
	: >../path.conflicts
	through git upgrade merge --no-fetch --yes --no-edit --path "$alias" \
		3.8.5
	upgrade_code=$code
	hop_trees ../path.trees
	finished 3.8.5
'

story 'path: its trees are those of the single hops' '
	begun_anew alone
	mv ../path.conflicts ../path.stops
	sed "s/^Upgrade to \([^ ]*\) .*/\1/" ../path.trees >../path.hops
	while read -r hop
	do
		through git upgrade merge --no-fetch --yes --no-edit "$alias" \
			"$hop"
	done <../path.hops
	hop_trees ../alone.trees
	same ../alone.trees ../path.trees
	same ../path.conflicts ../path.stops
'

touch results
awk '
function row(title, name)
{
	printf "# %-34s %4d   %4d %5d %5d   %4d %5d %5d\n", title,
	       hops[name], gh[name], gf[name], gn[name],
	       oh[name], of[name], on[name]
}

{
	hops[$1]++
	gh[$1] += $2 > 0; gf[$1] += $2; gn[$1] += $3
	oh[$1] += $4 > 0; of[$1] += $4; on[$1] += $5
}

END {
	print "#"
	print "# Hops with conflicts, files in conflict, conflict hunks:"
	print "#"
	printf "# %-34s %4s   %-16s   %-16s\n", "", "", "    git merge",
	       "git upgrade merge"
	printf "# %-34s %4s   %4s %5s %5s   %4s %5s %5s\n", "", "hops",
	       "hops", "files", "hunks", "hops", "files", "hunks"
	row("no local change, x.y.0", "untouched-first")
	row("no local change, latest patch", "untouched-last")
	row("no local change, patches", "untouched-patch")
	row("documented installation, x.y.0", "installed-first")
	row("documented installation, latest", "installed-last")
	row("one branch, 1.0.1 to 3.8.5", "chain")
	print "#"
}' results
if [ -f chain/.gitupgrade.adopted ]
then
	echo "# The branch at $(sed -n 's/^release //p' \
		chain/.gitupgrade.adopted) differs from the release in"
	git -C chain diff --stat \
		"$(sed -n 's/^commit //p' chain/.gitupgrade.adopted)" HEAD |
	sed 's/^/#  /'
fi
if [ -f path.stops ]
then
	echo "# One branch with --path: $(wc -l <path.trees) hops," \
		"$(wc -l <path.stops) stops, files and hunks" \
		"$(awk '{ f += $1; n += $2 } END { print f + 0, n + 0 }' \
			path.stops)"
fi
echo "# $(($(date +%s) - began)) seconds"

done_testing
