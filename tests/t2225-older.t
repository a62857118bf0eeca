#!/bin/sh
#
# A release that is older than the one that is here, and lacks what it has.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

# at HOUR: the commits that follow are of 2023-03-01, so late
at()
{
	GIT_COMMITTER_DATE="2023-03-01T$1:00:00Z"
	GIT_AUTHOR_DATE=$GIT_COMMITTER_DATE
	export GIT_COMMITTER_DATE GIT_AUTHOR_DATE
}

# change BRANCH MESSAGE [TAG]
change()
{
	change_on=$(git -C upstream symbolic-ref --short HEAD)
	[ "$change_on" = "$1" ] || git -C upstream switch -q "$1"
	echo "$2" >>"upstream/$1.txt"
	git -C upstream add -A
	git -C upstream commit -q -m "$2"
	[ -z "${3-}" ] || git -C upstream tag "$3"
}

story 'patches of an old line come later than the next minor' '
	git init -q -b main upstream
	at 08
	change main "The beginning"
	git -C upstream branch 1.0
	git -C upstream branch 1.1
	at 10
	change 1.1 "New in 1.1" 1.1.0
	at 15
	change 1.0 "Fix" 1.0.1
	change 1.0 "Another fix" 1.0.2
	git clone -q upstream prod
	cd prod
	git upgrade fetch
	git switch -q -c production 1.0.2
	git config upgrade.path connected-minor
'

refs=refs/upgrade/releases
story 'one warning: by how much, what is missing, how to see it' '
	cd prod
	git upgrade list >../out 2>../err
	lacking="lacks 2 commits of it, fixes perhaps"
	same - ../err <<-EOT
	warning: 1.1.0 is 5 hours older than 1.0.2 and $lacking: \
git log $refs/1.1.0..$refs/1.0.2
	hint: see what 1.1.0 would do here with "git upgrade plan 1.1.0"
	EOT
	command=$(sed -n "s/^warning: .*: \(git log .*\)/\1/p" ../err)
	$command --format=%s >../lacking
	printf "Another fix\nFix\n" | same - ../lacking
	git upgrade show 1.1.0 >../out 2>../err
	has "^warning: 1.1.0 is 5 hours older than 1.0.2 and lacks" ../err
	git upgrade show 1.0.2 >../out 2>../err
	lacks "warning" ../err
	git upgrade plan 1.1.0 >../out 2>../err
	has "1.1.0 is 5 hours older than 1.0.2 and lacks 2 commits" ../out
	git upgrade plan --json 1.1.0 >../json
	has "\"1.1.0 is 5 hours older than 1.0.2 and lacks 2" ../json
'

story 'list and show say it in JSON as well' '
	cd prod
	for command in list "show 1.1.0"
	do
		# shellcheck disable=SC2086
		git upgrade $command >../out 2>../err
		words=$(sed -n "s/^warning: //p" ../err)
		# shellcheck disable=SC2086
		git upgrade $command --json >../json 2>../err
		grep -A 1 "\"warnings\": " ../json >../warnings
		has "\"$words\"" ../warnings
		is "" "$(cat ../err)"
	done
	git upgrade show --json 1.0.1 >../json
	has "\"warnings\": \[\]" ../json
'

story 'a younger one is fine, and so is one that has it all' '
	git -C upstream switch -q 1.1
	at 09
	git -C upstream merge -q --no-edit 1.0
	git -C upstream tag 1.1.1
	cd prod
	git upgrade fetch
	git upgrade list >../out 2>../err
	has "^  1.1.1  *next" ../out
	lacks "warning" ../err
	cd ..
	at 16
	change 1.1 "Later" 1.1.2
	cd prod
	git upgrade fetch
	git upgrade list >../out 2>../err
	has "^  1.1.2  *next" ../out
	lacks "warning" ../err
'

story 'a shallow clone cannot tell what is missing, and says less' '
	cd prod
	git switch -q -c old 1.0.1
	at 17
	git upgrade merge --no-edit 1.0.2
	git commit -q --allow-empty -m "Ours"
	cd ..
	git clone -q --depth 3 --branch old "file://$WORK/prod" ci
	cd ci
	git fetch -q --depth 1 "file://$WORK/upstream" "refs/tags/*:$refs/*"
	git upgrade list >../out 2>../err
	has "^On 1.0.2 " ../out
	git update-ref -d $refs/1.1.1
	git update-ref -d $refs/1.1.2
	git upgrade list >../out 2>../err
	has "^warning: 1.1.0 is 5 hours older than 1.0.2 and may lack fixes" \
		../err
'

story 'of branches the commit one is on counts, not where they are now' '
	rm -rf upstream prod
	git init -q -b main upstream
	at 08
	change main "The beginning"
	git -C upstream branch 2.4.6
	git -C upstream branch 2.4.7
	at 10
	change 2.4.6 "Fix 1 of 2.4.6"
	at 11
	change 2.4.7 "New in 2.4.7"
	at 15
	change 2.4.6 "Fix 2 of 2.4.6"
	git clone -q upstream prod
	cd prod
	branches
	git upgrade fetch
	git switch -q -c early origin/2.4.6~1 --no-track
	git upgrade plan 2.4.7 >../out 2>../err
	lacks "older" ../out
	git switch -q -c late origin/2.4.6 --no-track
	git upgrade plan 2.4.7 >../out 2>../err
	has "2.4.7 is 4 hours older than 2.4.6 and lacks 2 commits" ../out
'

done_testing
