#!/bin/sh
#
# Ctrl-C: it ends the command as ever, and says where to ask what that left.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

words="Interrupted. Where that leaves you, and the way on and back: git upgrade"

# interrupted CODE: the last command ended by the signal, and said so
interrupted()
{
	has "^$words\$" "$WORK/err"
	is 1 "$(grep -c "^Interrupted" "$WORK/err")"
}

story 'before anything moved: it is as if it had not begun' '
	draw_upstream upstream
	draw_production prod 2.4.1
	cat >profile.yaml <<-\EOT
	format: 1
	profile: mender
	steps:
	  - name: impatience
	    run: [sh, -c, "test $UPGRADE_FROM != $AT || kill -$SIGNAL $PPID"]
	EOT
	cd prod
	git config upgrade.profile "$WORK/profile.yaml"
	head=$(git rev-parse HEAD)
	code=0
	SIGNAL=INT AT=2.4.1 git-upgrade merge --no-edit 2.5.1 >../out 2>../err ||
		code=$?
	is 130 "$code"
	interrupted
	is "$head" "$(git rev-parse HEAD)"
	is "" "$(git status --porcelain)"
	git upgrade >../out 2>../err
	has "^Next is 2.5.1 " ../out
'

story 'in the second hop of a path: the overview knows' '
	cd prod
	code=0
	SIGNAL=TERM AT=2.5.1 git-upgrade merge --path --no-edit 2.6.2 \
		>../out 2>../err || code=$?
	is 143 "$code"
	interrupted
	git upgrade >../out 2>../err
	has "^On 2.5.1 " ../out
	has "^Upgrading production to 2.6.2: interrupted$" ../out
	has "git upgrade merge --continue" ../err
	has "git upgrade merge --abort" ../err
	code=0
	SIGNAL=INT AT=2.5.1 git-upgrade merge --continue >../out 2>../err ||
		code=$?
	is 130 "$code"
	interrupted
	AT=never git upgrade merge --continue >../out 2>../err
	lacks "Interrupted" ../err
	git upgrade >../out 2>../err
	has "^On 2.6.2 " ../out
'

story 'while a hook looks at the commit: a merge is in progress' '
	cd prod
	git config --unset upgrade.profile
	cat >.git/hooks/pre-merge-commit <<-\EOT
	#!/bin/sh
	kill -INT $(ps -o ppid= -p $PPID)
	exit 1
	EOT
	chmod +x .git/hooks/pre-merge-commit
	expect_code 130 git-upgrade merge --no-edit "$draw_set" 2.7.2 >../out 2>../err
	interrupted
	git upgrade >../out 2>../err
	has "^Upgrading production to 2.7.2: ready to be committed$" ../out
	rm .git/hooks/pre-merge-commit
	git upgrade merge --abort >../out 2>../err
	git upgrade >../out 2>../err
	has "^On 2.6.2 " ../out
'

story 'who ignores the signal goes on, and hears nothing' '
	cd prod
	git config upgrade.profile "$WORK/profile.yaml"
	SIGNAL=INT AT=2.6.2 sh -c "trap \"\" INT
		git-upgrade merge --no-edit $draw_set 2.7.2" >../out 2>../err
	lacks "Interrupted" ../err
	git upgrade >../out 2>../err
	has "^On 2.7.2 " ../out
'

done_testing
