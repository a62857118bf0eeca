#!/bin/sh
#
# What diff foresees is what plan foresees, and what merge then does.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# outcome FILE: what diff, plan and merge all say in JSON
outcome()
{
	jq -S '{clean, conflicts, resolved, locks, structured, steps,
		copies: [.copies[] | del(.upstream_diff, .our_diff)]}' "$1"
}

# foreseen CODE RELEASE [OPTION...]: exit code of the merge, which is undone
foreseen()
{
	want=$1
	release=$2
	shift 2
	git upgrade diff --json "$@" "$release" >../diff.json
	git upgrade plan --json "$@" "$release" >../plan.json
	git upgrade diff "$@" "$release" >../diff.txt 2>../err
	same /dev/null ../err
	git upgrade plan "$@" "$release" >../plan.txt 2>../err
	before=$(git rev-parse HEAD)
	expect_code "$want" git upgrade merge --json --no-edit --no-fetch "$@" \
		"$release" >../merge.json 2>../err
	git diff --name-only --diff-filter=U >../unmerged
	if [ "$want" = 1 ]
	then
		git upgrade merge --abort 2>../err
	else
		git reset -q --hard "$before"
	fi
	for name in diff plan merge
	do
		outcome "../$name.json" >"../$name"
	done
	same ../plan ../diff
	same ../merge ../diff
	jq -r ".conflicts[]" ../diff.json >../conflicts
	same ../unmerged ../conflicts
	sed -n "/^would /,\$p" ../diff.txt >../said
	sed "1s/.*: would/would/; /^  upstream /d; /^  overrides /d
		/^  copies /,/^  [a-z]/ { /^  copies /d; /^      /d; }
		/^  attention/,\$d" ../plan.txt >../expect
	same ../expect ../said
}

# says REGEX: a line of the forecast for people
says()
{
	has "$1" ../said
}

story 'a product, and releases with a copy, lock files and a step' '
	draw_shop
	cd shop
	git checkout -q 1.0.0
	printf "web:\n  image: a:1\n  host: set-me\n" >prod.yml.template
	printf "%s\n" "{" "\"a\": 1," "\"b\": 1" "}" >package-lock.json
	printf "%s\n" "{" "\"a\": 1," "\"b\": 1" "}" >composer.lock
	release 1.2.0
	printf "web:\n  image: a:2\n  host: set-me\n" >prod.yml.template
	sed "s/\"a\": 1/\"a\": 2/" composer.lock >new
	cp new composer.lock
	mv new package-lock.json
	edit "s/web:1\.0\.0/web:1.3.0/; s/mariadb:10\.6/mariadb:11/" \
		docker-compose.yml
	printf "SHOP_IMAGE=shop:1.3.0\n# SHOP_MAIL=mail.example.com\n" >.env
	release 1.3.0
	cat >"$WORK/profile.yaml" <<-\EOT
	format: 1
	profile: generic
	copies:
	  - template: "*.yml.template"
	    copy: "*.yml"
	steps:
	  - name: composer
	    run: [sh, -c, "echo updated >composer.lock"]
	    produces: [composer.lock]
	EOT
'

story 'all resolved by key' '
	production
	override
	foreseen 0 1.1.0
	says "^would merge with no conflicts$"
	says "^  resolved     4 files by key$"
	says "^      docker-compose.yml  *services.web.image and services.db.im"
'

story 'and by lines, where that is asked for' '
	cd prod
	foreseen 1 1.1.0 --no-structure
	says "^would merge with 4 conflicts$"
	git config upgrade.structure false
	foreseen 1 1.1.0
	says "^would merge with 4 conflicts$"
	foreseen 0 1.1.0 --structure
'

story 'a smaller conflict, and one that structure is no help with' '
	production
	override
	edit "s,shop/web:1.0.0,registry.acme.example/web:1.0.0," \
		docker-compose.yml
	echo "]" >>composer.json
	commit "A registry of ours"
	foreseen 1 1.1.0
	says "^would merge with 2 conflicts$"
	says "^        services.web.image: yours registry.acme.example/web:1.0.0"
	is "lines smaller" "$(jq -r "[.structured[].outcome] | map(select(
		. != \"resolved\")) | join(\" \")" ../diff.json)"
'

story 'limited to paths: of these alone' '
	cd prod
	git upgrade diff 1.1.0 docker-compose.yml >../out
	has "^would merge with 1 conflict$" ../out
	lacks "composer.json" ../out
	lacks "resolved" ../out
	git upgrade diff --json 1.1.0 .env >../out
	is "true 0 .env" "$(jq -r "[.clean, (.conflicts | length),
		.structured[].path] | map(tostring) | join(\" \")" ../out)"
'

story 'nothing that both changed' '
	production
	echo mine >mine
	git add mine
	commit "Mine"
	foreseen 0 1.1.0
	same - ../said <<-\EOT
	would merge with no conflicts
	EOT
'

# A production on 1.2.0 with a copy and lock files of its own.
with_copy()
{
	production shop 1.2.0
	git config upgrade.profile "$WORK/profile.yaml"
	sed "s/set-me/shop.acme.example/" prod.yml.template >prod.yml
	for file in composer.lock package-lock.json
	do
		edit "s/\"b\": 1/\"b\": 2/" "$file"
	done
	git add .
	commit "Ours"
}

story 'a copy by key, a lock file with a step, and one without' '
	with_copy
	foreseen 1 1.3.0
	says "^would merge with 1 conflict$"
	says "^  lock files   1 file of 1.3.0, brought up to date by steps$"
	says "^      package-lock.json  (lock file)$"
	says "^  steps        run after the merge"
	has "^  merge        clean, 2 by key$" ../diff.txt
'

story 'a copy that conflicts, with the key it is about' '
	cd prod
	edit "s/image: a:1/image: mine:1/" prod.yml
	git rm -q package-lock.json
	commit "An image of ours"
	foreseen 1 1.3.0
	says "^      prod.yml  (copy)$"
	says "^        web.image: yours mine:1, theirs a:2$"
	has "^  merge        1 conflict$" ../diff.txt
	has "^ *web.image: yours mine:1, theirs a:2$" ../diff.txt
	git upgrade diff 1.3.0 prod.yml.template >../out
	has "^      prod.yml  (copy)$" ../out
	lacks "lock file" ../out
'

story 'a release that is not the next hop is looked at as if it were' '
	production
	override
	git config upgrade.path connected-minor
	expect_code 2 git upgrade plan 1.3.0 >../out 2>../err
	git upgrade diff 1.3.0 >../out 2>../err
	has "^would merge with no conflicts$" ../out
'

story 'secrets are masked there, too' '
	cd shop
	git checkout -q -B secret 1.0.0
	printf "web:\n  DB_PASSWORD: upstreams\n" >secret.yml
	git add secret.yml
	commit "Secret"
	git tag -a -m 1.0.2 1.0.2
	cd ..
	production
	printf "web:\n  DB_PASSWORD: hunter2\n" >secret.yml
	git add secret.yml
	commit "Secret of ours"
	foreseen 1 1.0.2
	says "web.DB_PASSWORD: yours \*\*\*, theirs \*\*\*$"
	lacks hunter2 ../diff.txt ../diff.json
'

story 'nothing is left behind by looking' '
	cd prod
	snapshot >../before
	git upgrade diff 1.1.0 >../out
	snapshot >../after
	same ../before ../after
'

done_testing
