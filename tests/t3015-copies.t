#!/bin/sh
#
# Copies that the operator made from upstream's templates, through merges.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

fresh()
{
	rm -rf prod
	draw_production prod "$1"
	cd prod
}

story 'upstream is drawn' '
	draw_upstream upstream
'

story 'the copy gets what its template got, and keeps what is its own' '
	fresh 2.4.1
	cp production/config/prod.yml ../copy
	git show 2.4.1:production/config/prod.yml.template >../base
	git show 2.5.1:production/config/prod.yml.template >../theirs
	git merge-file -p ../copy ../base ../theirs >../expected
	git upgrade merge --no-edit 2.5.1
	same ../expected production/config/prod.yml
'

story 'an edited template that nobody copied is no business of copies' '
	fresh 2.4.1
	test ! -e production/config/enterprise.yml
	git upgrade merge --no-edit 2.5.1
	test ! -e production/config/enterprise.yml
	lacks "enterprise.yml$" .gitupgrade.adopted
'

story 'a copy forgotten for releases is merged from where it was made' '
	fresh 2.4.1
	git show 2.2.0:production/config/prod.yml.template >../base
	sed "s/my-gateway-dns-name/gw.example.org/" ../base \
		>production/config/prod.yml
	git add production/config/prod.yml
	commit "the copy is of 2.2.0"
	cp production/config/prod.yml ../copy
	git show 2.5.1:production/config/prod.yml.template >../theirs
	git merge-file -p ../copy ../base ../theirs >../expected
	git upgrade merge --no-edit 2.5.1
	same ../expected production/config/prod.yml
'

story 'the base is what was recorded, even after an upgrade in between' '
	fresh 2.4.1
	git upgrade merge --no-edit 2.5.1
	git show 2.5.1:production/config/prod.yml.template >../base
	git show 2.6.2:production/config/prod.yml.template >../theirs
	git merge-file -p production/config/prod.yml ../base ../theirs \
		>../expected
	git upgrade merge --no-edit 2.6.2
	same ../expected production/config/prod.yml
	has " production/config/prod.yml$" .gitupgrade.adopted
'

story 'a new placeholder and new keys are listed' '
	fresh 2.6.2
	git upgrade plan --no-fetch 2.7.2 >../out
	# A migration looks after the other one.
	lacks "placeholder .*set-my-alias-here.com" ../out
	has "prod.yml  *new: services.mender-api-gateway.networks" ../out
	echo "migrations: {gateway-alias: ~}" >.git/info/gitupgrade.yaml
	echo "format: 1" >>.git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 2.7.2 >../out
	has "prod.yml:[0-9]*  placeholder .*set-my-alias-here.com" ../out
	git upgrade plan --no-fetch --json 2.7.2 >../json
	has "\"new_keys\"" ../json
	has "set-my-alias-here.com" ../json
'

story 'a secret beside a placeholder is shown by nothing' '
	fresh 2.6.2
	sed "s/^\( *\)ALLOWED_HOSTS:.*/&\\
\1API_TOKEN: s3same-my-gateway-dns-name/" production/config/prod.yml >../new
	cat ../new >production/config/prod.yml
	has "API_TOKEN: s3same" production/config/prod.yml
	git add production/config/prod.yml
	commit "a token"
	git upgrade plan --no-fetch 2.7.2 >../out
	has "placeholder .*API_TOKEN" ../out
	lacks s3same ../out
	git upgrade plan --no-fetch --json 2.7.2 >../json
	has "API_TOKEN" ../json
	lacks s3same ../json
	git upgrade diff --json 2.7.2 >../json
	has "API_TOKEN" ../json
	lacks s3same ../json
	git upgrade merge --no-edit --json "$draw_set" 2.7.2 >../json 2>../err
	lacks s3same ../json
	lacks s3same ../err
'

story 'a file that only looks like a copy is reported and left alone' '
	fresh 2.4.1
	cp docker-compose.yml compose.ours.yml
	echo "# ours" >>compose.ours.yml
	git add compose.ours.yml
	commit "a copy nobody told us of"
	git upgrade merge --no-edit 2.5.1 2>../err
	has "compose.ours.yml  looks like a copy of docker-compose.yml" ../err
	has "gui:2.4.1" compose.ours.yml
	has "[-]-confirm-copy=compose.ours.yml" ../err
	lacks "compose.ours.yml" .gitupgrade.adopted
'

story '... confirmed, it follows its template from then on' '
	cd prod
	git upgrade merge --no-edit \
		--confirm-copy=docker-compose.yml:compose.ours.yml 2.6.2
	has " docker-compose.yml compose.ours.yml$" .gitupgrade.adopted
	has "gui:2.6.2" compose.ours.yml
	has "^# ours$" compose.ours.yml
	git upgrade merge --no-edit "$draw_set" 2.7.2
	has "gui:2.7.2" compose.ours.yml
'

story 'a merge by hand that kept old files is told when it is finished' '
	fresh 2.4.1
	git upgrade merge --no-edit 2.5.1
	git merge -q -X ours --no-edit 2.6.2
	git upgrade plan --no-fetch 2.6.2 >../out
	has "docker-compose.client.yml  *not changed by you, and not as in" \
		../out
	has USERADM_TOKEN_EXPIRATION production/config/prod.yml
	git show 2.6.2:production/config/prod.yml.template >../theirs
	git upgrade merge --no-edit 2.6.2 2>../err
	has "not changed by you" ../err
	has "^copy $(git rev-parse 2.6.2:production/config/prod.yml.template) " \
		.gitupgrade.adopted
'

story 'escapes in the names of templates do no harm' '
	esc=$(printf "\033")
	git init -q hostile
	cd hostile
	mkdir tpl
	put "tpl/a${esc}[31mb" 1 2 3 4 5 6 7 8
	git add -A
	commit "release 1.0.0"
	git tag -m 1 1.0.0
	git switch -q -c production
	mkdir cfg
	sed "s/8/eight/" "tpl/a${esc}[31mb" >"cfg/a${esc}[31mb"
	git add -A
	commit "our copy"
	git switch -q -
	put "tpl/a${esc}[31mb" one 2 3 4 5 6 7 8
	git add -A
	commit "release 1.1.0"
	git tag -m 1 1.1.0
	git switch -q production
	put ../own.yaml "format: 1" "profile: generic" "copies:" \
		"  - {template: tpl/*, copy: cfg/*}"
	git config upgrade.profile "$WORK/own.yaml"
	git upgrade plan --no-fetch 1.1.0 >../out 2>&1
	has "from tpl/a?.31mb" ../out
	lacks "$esc" ../out
	git upgrade merge --no-fetch --no-edit 1.1.0 >../out 2>&1
	lacks "$esc" ../out
	has "^one$" "cfg/a${esc}[31mb"
	has "^eight$" "cfg/a${esc}[31mb"
'

story 'markers in a copy are as long as its attributes say' '
	git init -q sized
	cd sized
	put tpl.conf 1 2 3 4 5 6 7 8
	put .gitattributes "*.conf conflict-marker-size=11"
	git add -A
	commit "release 1.0.0"
	git tag -m 1 1.0.0
	git switch -q -c production
	sed "s/5/ours/" tpl.conf >own.conf
	git add -A
	commit "our copy"
	git switch -q -
	put tpl.conf 1 2 3 4 theirs 6 7 8
	commit "release 1.1.0"
	git tag -m 1 1.1.0
	git switch -q production
	put ../own.yaml "format: 1" "profile: generic" "copies:" \
		"  - {template: tpl.conf, copy: own.conf}"
	git config upgrade.profile "$WORK/own.yaml"
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0 \
		>../out 2>&1
	has "^<<<<<<<<<<< production" own.conf
	has "^>>>>>>>>>>> 1.1.0" own.conf
	git add own.conf
	expect_code 1 git upgrade merge --continue --no-edit 2>../err
	has "conflict markers are left in .own.conf." ../err
'

done_testing
