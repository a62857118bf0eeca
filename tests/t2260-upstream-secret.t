#!/bin/sh
#
# An upstream that is a URL with a password in it: no command shows that.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# secretive COMMAND...: whatever comes of it
secretive()
{
	"$@" >../out 2>../err || :
	lacks "s3cret" ../out ../err
}

story 'commands that name upstream' '
	draw_upstream upstream
	draw_production prod 2.1.0
	cd prod
	git upgrade fetch
	git config upgrade.upstream "https://olga:s3cret@localhost:1/x.git"
	secretive git upgrade
	has "upstream .https://olga:...@localhost:1/x.git.$" ../out
	secretive git upgrade list
	has "^On 2.1.0 .*upstream .https://olga:...@localhost:1/x.git.$" ../out
	secretive git upgrade list --json
	has "\"upstream\":.*\"https://olga:...@localhost:1/x.git\"" ../out
	for command in "fetch" "init -n" "init -n --json" "config" "status" \
		"show 2.2.0" "plan 2.2.0" "merge --no-edit 2.2.0" \
		"config upstream.remote" "log"
	do
		secretive git upgrade $command
	done
	has "^release 2.2.0$" .gitupgrade.adopted
'

story 'and those that know no release yet' '
	git init -q -b main empty
	cd empty
	git commit -q --allow-empty -m "Nothing"
	git config upgrade.upstream "https://olga:s3cret@localhost:1/x.git"
	secretive git upgrade list
	has "ask .https://olga:...@localhost:1/x.git. for its tags" ../err
'

done_testing
