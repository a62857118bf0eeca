#!/bin/sh
#
# Where a repository says what is particular about it, and which place wins:
# the profile, .gitupgrade.yaml in the tree, a file out of it, git config.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# in_tree LINE...: commit them as .gitupgrade.yaml
in_tree()
{
	printf '%s\n' "$@" >.gitupgrade.yaml
	git add -f .gitupgrade.yaml
	tick
	git commit -q -m 'Configure the upgrade'
}

# skips TEXT: that 2.7.0 cannot follow 2.4.1 is said, and whose rule that is
skips()
{
	expect_code 2 git upgrade plan --no-fetch 2.7.0 2>"$WORK/err"
	has "skips a minor release (rule connected-minor, from $1)" "$WORK/err"
	has "^Nothing was changed.$" "$WORK/err"
}

story 'without a configuration the profile rules' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cd prod
	git upgrade fetch
	skips "profile mender"
'

story 'the file in the tree is laid over it, key by key' '
	cd prod
	in_tree "format: 1" "path:" "  avoid: [2.5.0]"
	# The rule beside it stays.
	skips "profile mender"
	in_tree "format: 1" "profile: generic" "path:" \
		"  rule: connected-minor"
	skips "HEAD:.gitupgrade.yaml:4"
	in_tree "format: 1" "profile: mender" "path:" "  rule: any"
	git upgrade plan --no-fetch 2.7.0 >../out
	has "^2.4.1 -> 2.7.0" ../out
'

story 'the file out of the tree goes before the one in it' '
	cd prod
	printf "%s\n" "format: 1" "path: {rule: connected-minor}" \
		>.git/info/gitupgrade.yaml
	skips ".git/info/gitupgrade.yaml:2"
'

story 'it may be elsewhere, and must then be there' '
	cd prod
	git config upgrade.config ../own.yaml
	expect_code 128 git upgrade plan --no-fetch 2.7.0 2>../err
	has "own.yaml.: No such file" ../err
	has "git config upgrade.config" ../err
	printf "%s\n" "format: 1" "path: {rule: any}" >../own.yaml
	git upgrade plan --no-fetch 2.7.0
	git config --unset upgrade.config
	rm .git/info/gitupgrade.yaml
'

story 'a linked work tree has the same file out of the tree' '
	cd prod
	printf "%s\n" "format: 1" "path: {rule: connected-minor}" \
		>.git/info/gitupgrade.yaml
	git worktree add -q ../linked
	cd ../linked
	skips ".*/info/gitupgrade.yaml:2"
	cd ../prod
	git worktree remove ../linked
	rm .git/info/gitupgrade.yaml
'

story 'single values of git config go before all files' '
	cd prod
	git config upgrade.path connected-minor
	skips "git config upgrade.path"
	git config --unset upgrade.path
	git config upgrade.path.rule connected-minor
	skips "git config upgrade.path.rule"
	git config upgrade.path.rule sometimes
	expect_code 128 git upgrade list 2>../err
	has "^fatal: git config upgrade.path.rule: expected any or" ../err
	git config --unset upgrade.path.rule
	git config upgrade.path.avoid 2.7.0
	git config --add upgrade.path.avoid 2.6.0
	expect_code 2 git upgrade plan --no-fetch 2.6.0 2>../err
	has "2.6.0 is a release to avoid (git config upgrade.path.avoid)" ../err
	expect_code 2 git upgrade plan --no-fetch 2.7.0
	git config --unset-all upgrade.path.avoid
'

story 'a setting that means nothing is warned of, with the nearest' '
	cd prod
	git config upgrade.pth any
	git upgrade list >../out 2>../err
	has "^warning: git config upgrade.pth means nothing; did you mean upgrade.path?" \
		../err
	git config --unset upgrade.pth
	git config upgrade.steps composer
	git upgrade list >../out 2>../err
	has "^warning: git config upgrade.steps means nothing" ../err
	git config --unset upgrade.steps
	git upgrade list >../out 2>../err
	lacks warning ../err
'

story 'the upper file chooses the profile, git config above all' '
	cd prod
	in_tree "format: 1" "profile: mender"
	printf "%s\n" "format: 1" "profile: generic" \
		>.git/info/gitupgrade.yaml
	git upgrade list >../out
	has "^On 2.4.1 (generic" ../out
	git config upgrade.profile mender
	git upgrade list >../out
	has "^On 2.4.1 (mender" ../out
	git config --unset upgrade.profile
	rm .git/info/gitupgrade.yaml
	in_tree "format: 1" "profile: mendr"
	expect_code 128 git upgrade list 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:2:10: there is no profile .mendr." \
		../err
'

story 'a file that cannot be read refuses, and says where and why' '
	cd prod
	in_tree "format: 1" "enviroments:" "  production: {}"
	expect_code 128 git upgrade list 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:2:1: there is no key .enviroments." \
		../err
	has "^hint: did you mean .environments.?" ../err
	in_tree "format: 1" "path: {rule: any" "x"
	expect_code 128 git upgrade merge 2.5.0 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:4:1: " ../err
	has "^Nothing was changed." ../err
	in_tree "format: 2"
	expect_code 128 git upgrade list 2>../err
	has "expected format 1, not .2." ../err
	rm .gitupgrade.yaml
	ln -s /etc/passwd .gitupgrade.yaml
	git add -f .gitupgrade.yaml
	git commit -q -m link
	expect_code 128 git upgrade list 2>../err
	has "HEAD:.gitupgrade.yaml:1:1: expected keys and values" ../err
	lacks root ../err
	rm .gitupgrade.yaml
	in_tree "format: 1" "profile: mender"
'

story 'corrected in the work tree alone, it is still the old one' '
	cd prod
	in_tree "format: 1" "pathh: {rule: any}"
	expect_code 128 git upgrade >../out 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:2:1: there is no key .pathh." ../err
	has "^hint: correct it and commit it: HEAD.s is the one that cou" ../err
	printf "%s\n" "format: 1" "path: {rule: any}" >.gitupgrade.yaml
	expect_code 128 git upgrade >../out 2>../err
	has "^hint: .gitupgrade.yaml in the work tree is another already: \
.git commit .gitupgrade.yaml.," ../err
	git commit -q -m "Correct it" .gitupgrade.yaml
	git upgrade >../out 2>../err
	git reset -q --hard HEAD~2
'

story 'a tab is called a tab' '
	cd prod
	in_tree "format: 1" "path:" "	rule: any"
	expect_code 128 git upgrade >../out 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:3:1: a tab in the indentation" ../err
	in_tree "format: 1" "path:" "  	rule: any"
	expect_code 128 git upgrade >../out 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:3:3: a tab in the indentation" ../err
	in_tree "format: 1" "path: %nonsense"
	expect_code 128 git upgrade >../out 2>../err
	has "^fatal: HEAD:.gitupgrade.yaml:2:7: found character that" ../err
	git reset -q --hard HEAD~3
'

story 'what is committed counts, and nobody is left to wonder' '
	cd prod
	git upgrade list >../out 2>../err
	lacks warning ../err
	echo "path: {rule: any}" >>.gitupgrade.yaml
	git upgrade list >../out 2>../err
	has "^warning: .gitupgrade.yaml in the work tree differs from HEAD.s" \
		../err
	skips "profile mender"
	git checkout -q .gitupgrade.yaml
	# Line ends that git converts are no difference.
	git config core.autocrlf true
	rm .gitupgrade.yaml
	git checkout -q .gitupgrade.yaml
	grep -q "$(printf "\r")" .gitupgrade.yaml
	git upgrade list >../out 2>../err
	lacks warning ../err
	git config --unset core.autocrlf
	git reset -q --hard HEAD
	git rm -q --cached .gitupgrade.yaml
	git commit -q -m "Not configured"
	git upgrade list >../out 2>../err
	has "^warning: .gitupgrade.yaml is not committed" ../err
'

done_testing
