#!/bin/sh
#
# Somebody has just cloned, or is nowhere in particular: what is said, and
# that the command that is named next works.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# next_command: the one in the last hint of ../err that names one to begin with
next_command()
{
	sed -n "s/^hint: begin .* on a release: //p" "$WORK/err"
}

story 'a fresh clone is on a branch of upstream: how to begin' '
	draw_upstream upstream
	git clone -q upstream fresh
	cd fresh
	expect_code 0 git upgrade >../out 2>../err
	has "^On no known release (mender), upstream .origin.$" ../out
	same - ../err <<-\EOT
	warning: '\''master'\'' is upstream'\''s own branch, and on no release
	hint: begin one of yours on a release: git switch -c production 3.2.1
	EOT
	expect_code 0 git upgrade list >../out 2>../err
	has "^hint: begin one of yours on a release: git switch -c prod" ../err
	lacks "from=RELEASE" ../err
	expect_code 2 git upgrade merge 3.2.1 >../out 2>../err
	has "^error: .master. is upstream.s own branch, and on no release$" \
		../err
	lacks "from=" ../err
	has "^Nothing was changed.$" ../err
	next_command >../command
	sh -e ../command >../out 2>&1
	git upgrade >../out 2>../err
	has "^On 3.2.1 (mender" ../out
'

story 'init names it, too' '
	cd fresh
	git switch -q master
	git upgrade init -n >../out 2>../err
	has "^  environment  *none: .master. is upstream.s own branch; begin \
yours with .git switch -c production 3.2.1.$" ../err
'

story 'the release it names is one an upgrade could go to' '
	draw_release upstream 3.9.x 3.9.0
	git clone -q upstream newer
	cd newer
	git upgrade >../out 2>../err
	has "git switch -c production 3.2.1$" ../err
'

story 'a copy without a history: which release may it be' '
	git clone -q upstream copied
	cd copied
	git switch -q --no-track -c production 2.4.1
	git checkout -q --orphan copy
	git commit -q -m "All at once"
	expect_code 0 git upgrade >../out 2>../err
	has "^warning: no release is merged into this branch, and it has" ../err
	has "^hint: .* See .git upgrade init --dry-run.$" ../err
	has "git upgrade merge --from=RELEASE 3.2.1.$" ../err
	git upgrade init --dry-run >../out 2>../err
	has "the files are nearest to 2.4.1 " ../err
'

story 'on no branch, the merge is not what comes next' '
	draw_production prod 2.4.1
	cd prod
	git switch -q --detach
	expect_code 0 git upgrade >../out 2>../err
	has "^Next is 2.5.1 " ../out
	has "^hint: you are not on a branch: before you do it, .git switch" \
		../err
	lacks "git upgrade merge" ../err
'

story 'in a bare repository there is none to merge into' '
	git clone -q --bare prod bare.git
	cd bare.git
	git symbolic-ref HEAD refs/heads/production
	expect_code 0 git upgrade >../out 2>../err
	has "^Next is 2.5.1 " ../out
	has "^hint: this repository is bare: do it in a clone of it$" ../err
	lacks "git upgrade merge" ../err
'

story 'nothing at all yet: each step to the first release' '
	git init -q begun
	cd begun
	for command in "" init "list"
	do
		# shellcheck disable=SC2086
		not git upgrade $command >../out 2>../err
		has "git remote add upstream URL" ../err
	done
	expect_code 2 git upgrade >../out 2>../err
	same - ../err <<-\EOT
	error: this branch has no commit yet
	hint: name upstream with "git remote add upstream URL"
	hint: get its releases with "git upgrade fetch"
	hint: begin it on a release: git switch -c production RELEASE
	EOT
	git remote add upstream ../upstream
	git upgrade fetch >../out 2>&1
	expect_code 2 git upgrade >../out 2>../err
	sed -n "s/^hint: begin it on a release: //p" ../err >../command
	sh -e ../command >../out 2>&1
	# What product it is nobody can see before there are files.
	git upgrade >../out 2>../err
	has "^On 3.9.0 " ../out
'

done_testing
