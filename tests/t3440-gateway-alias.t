#!/bin/sh
#
# Mender's way over 2.7, where the gateway gets the name of the storage.

# shellcheck disable=SC1091,SC2016,SC2317,SC2154
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

copy=production/config/prod.yml

fresh()
{
	rm -rf prod
	draw_production prod 2.6.2
	cd prod
}

# change SED-SCRIPT [FILE]: and commit that
change()
{
	sed "$1" "${2-$copy}" >../new
	cat ../new >"${2-$copy}"
	git add -f "${2-$copy}"
	commit "Ours"
}

upgrade()
{
	git upgrade merge --no-fetch --no-edit "$@" 2.7.2 2>../err
	git show "HEAD:$copy" >../copy
	git rev-parse "HEAD^{tree}" >../tree
	# Nothing is left to be done, or asked.
	git upgrade merge --no-fetch --no-edit --from=2.6.2 2.7.2 2>../again
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
}

story 'upstream is drawn' '
	draw_upstream upstream
'

story 'the placeholder of the template gives way to the name' '
	fresh
	upgrade "$draw_set"
	has "^                    - s3.acme.example$" ../copy
	# The comment above it stays, and so does everything else.
	has "# the storage.s name, as devices know it" ../copy
	lacks "set-my-alias" ../copy
	has "$copy  *gateway-alias$" ../err
	has "note: clients older than 1.7.1" ../err
	has "gateway-alias  *it is so already$" ../again
	git show 2.7.2:production/config/prod.yml.template >../template
	has "set-my-alias" ../template
'

story 'it is found at the proxy of old' '
	fresh
	awk "{ print } /^services:/ {
		print \"    storage-proxy:\"
		print \"        networks:\"
		print \"            mender:\"
		print \"                aliases:\"
		print \"                    - s3.old.example\"
	}" "$copy" >../new
	cat ../new >"$copy"
	git add -f "$copy"
	commit "As the template of old had it"
	git upgrade plan --no-fetch 2.7.2 >../plan
	has "storage-name: s3.old.example, from $copy as it was$" ../plan
	has "^+                    - s3.old.example$" ../plan
	upgrade
	has "^                    - s3.old.example$" ../copy
	lacks "set-my-alias" ../copy
'

story '... where it was not set it is no name' '
	fresh
	awk "{ print } /^services:/ {
		print \"    storage-proxy:\"
		print \"        networks: {mender: {aliases: [set-my-alias-here.com]}}\"
	}" "$copy" >../new
	cat ../new >"$copy"
	git add -f "$copy"
	commit "Never used"
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.7.2 2>../err
	has "needs the value storage-name" ../err
	has "the DNS name of the storage" ../err
	has "^Nothing was changed.$" ../err
'

story 'an alias of ones own is enough' '
	fresh
	change "s/^            - \"443:443\"/&\\
        networks: {mender: {aliases: [mine.example]}}/"
	expect_code 1 git upgrade merge --no-fetch --no-edit "$draw_set" 2.7.2 \
		2>../err
	git checkout -q --ours "$copy"
	git add -f "$copy"
	git upgrade merge --continue --no-edit 2>../err
	has "gateway-alias  *it is so already" ../err
	git show "HEAD:$copy" >../copy
	has "aliases: \[mine.example\]" ../copy
	lacks "- s3.acme.example$" ../copy
'

story 'what 2.6 had becomes what 2.7 wants' '
	fresh
	change "s/^            - \"443:443\"/&\\
        networks:\\
            - mender/"
	expect_code 1 git upgrade merge --no-fetch --no-edit "$draw_set" 2.7.2 \
		2>../err
	git checkout -q --ours "$copy"
	git add -f "$copy"
	git upgrade merge --continue --no-edit 2>../err
	git show "HEAD:$copy" >../copy
	has "- s3.acme.example" ../copy
	has "mender:" ../copy
	lacks "^            - mender$" ../copy
'

story 'where the list is missing it is made, in one of the files' '
	fresh
	printf "services:\n    mender-api-gateway:\n        restart: always\n" \
		>production/config/enterprise.yml
	git add -f production/config/enterprise.yml
	commit "Enterprise"
	git upgrade merge --no-fetch --no-edit "$draw_set" 2.7.2 2>../err
	git show HEAD:production/config/enterprise.yml >../enterprise
	lacks s3.acme ../enterprise
	git show "HEAD:$copy" >../copy
	has s3.acme.example ../copy
	# With no copy that has the gateway the other file is the one.
	cd ..
	fresh
	printf "services:\n    mender-api-gateway:\n        restart: always\n" \
		>production/config/enterprise.yml
	git rm -q --cached "$copy"
	rm "$copy"
	git add -f production/config/enterprise.yml
	commit "Enterprise alone"
	git upgrade merge --no-fetch --no-edit "$draw_set" 2.7.2 2>../err
	git show HEAD:production/config/enterprise.yml >../enterprise
	has "^ *- s3.acme.example$" ../enterprise
'

story 'who has no copy is asked for nothing' '
	rm -rf prod
	git clone -q upstream prod
	cd prod
	git switch -q -c production 2.6.2
	git upgrade merge --no-fetch --no-edit 2.7.2 2>../err
	has "gateway-alias  *does not apply: there is no $copy" ../err
'

story 'a hop within 2.7, or behind it, has no need of it' '
	fresh
	git upgrade merge --no-fetch --no-edit "$draw_set" 2.7.0
	git upgrade plan --no-fetch 2.7.2 >../plan
	lacks migrations ../plan
'

done_testing
