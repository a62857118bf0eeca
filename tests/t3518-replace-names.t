#!/bin/sh
#
# Replacements where files move, go or meet others; and what a conflict calls
# its sides then.

# shellcheck disable=SC1091,SC2016,SC2164,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/mirror.sh"

# release NAME COMMAND...: one more, after 1.0.0
release()
{
	release_name=$1
	shift
	cd ../shop
	git checkout -q --detach 1.0.0
	"$@"
	git add .
	git commit -qam "$release_name"
	git tag -a -m "$release_name" "$release_name"
	cd ../prod
	git fetch -q --tags upstream
}

# no_oids FILE...: nothing is called by the name of an object
no_oids()
{
	lacks "[0-9a-f]\{40\}" "$@"
}

# diff3: conflicts as git alone marks them, with the base
diff3()
{
	git config merge.conflictStyle diff3
	expect_code 1 git upgrade merge --no-structure --no-edit "$@" \
		>../out 2>../err
	no_oids ../err
}

renames()
{
	git mv cli.yml cli.txt
	git mv helm/shop/values.yaml helm/shop/defaults.yaml
	edit 's/worker:1\.0\.0/worker:1.0.1/' helm/shop/defaults.yaml
}

story 'a file that is renamed, by either of its names' '
	draw_mirror
	mirror_production
	release 1.0.1 renames
	edit "s/docker.io.shop/oci.acme.example\/mirror/" cli.yml
	git commit -qam "The rest of it"
	mirror_rule
	git upgrade merge --no-edit 1.0.1 >../out 2>../err
	has "^  image: oci.acme.example/mirror/cli:1$" cli.txt
	has "^image: oci.acme.example/mirror/worker:1.0.1$" \
		helm/shop/defaults.yaml
	missing cli.yml helm/shop/values.yaml
	is "" "$(git status --porcelain)"
'

removes()
{
	git rm -q helm/shop/values.yaml
}

story 'a file that goes, of which nothing else was changed here, goes' '
	mirror_production
	release 1.0.2 removes
	git upgrade plan 1.0.2 >../plan
	has "would merge with 1 conflict$" ../plan
	mirror_rule
	git upgrade merge --no-edit 1.0.2 >../out 2>../err
	missing helm/shop/values.yaml
	is "" "$(git status --porcelain)"
'

story 'one that was changed is a conflict, between two that have names' '
	mirror_production
	edit "s,oci.acme.example/mirror,docker.io/shop,; s/: 1$/: 2/" \
		helm/shop/values.yaml
	git commit -qam "Two of them"
	mirror_rule
	diff3 1.0.2
	has "^CONFLICT (modify/delete): helm/shop/values.yaml deleted in 1.0.2"\
" and modified in production" ../err
	has "^image: oci.acme.example/mirror/worker:1.0.0$" \
		helm/shop/values.yaml
	git upgrade merge --abort 2>../err
	is "" "$(git status --porcelain)"
	has "^image: docker.io/shop/worker:1.0.0$" helm/shop/values.yaml
'

makes_folder()
{
	mkdir conf.yml
	echo 'image: docker.io/shop/conf:1' >conf.yml/a.yml
	edit 's/web:1\.0\.0/web:1.0.3/' compose.yml
}

story 'a file where a folder is to be gets the name of the branch' '
	mirror_production
	git branch -m release/prod
	echo own >conf.yml
	git add conf.yml
	edit "s,mirror/web:1,mirror/web:2," compose.yml
	mirror_rule
	git branch before
	release 1.0.3 makes_folder
	diff3 1.0.3
	is own "$(cat conf.yml~release_prod)"
	git ls-files -u >../stages
	has "	conf.yml~release_prod$" ../stages
	no_oids conf.yml~release_prod compose.yml
	has "^<<<<<<< release/prod$" compose.yml
	has "^||||||| 1.0.0$" compose.yml
	has "^>>>>>>> 1.0.3$" compose.yml
	git upgrade merge --abort 2>../err
	# There is one of that name.
	echo other >conf.yml~release_prod
	git add .
	commit "Another"
	diff3 1.0.3
	is other "$(cat conf.yml~release_prod)"
	is own "$(cat conf.yml~release_prod_0)"
	git upgrade merge --abort 2>../err
'

story 'the same where what is ours says what upstream says' '
	cd prod
	git reset -q --hard before
	edit "s,oci.acme.example/mirror,docker.io/shop," compose.yml
	git commit -qam "As upstream calls it"
	diff3 1.0.3
	is own "$(cat conf.yml~release_prod)"
	git ls-files -u >../stages
	has "	conf.yml~release_prod$" ../stages
	no_oids conf.yml~release_prod compose.yml
	has "^<<<<<<< release/prod$" compose.yml
	has "^    image: oci.acme.example/mirror/web:2.0.0$" compose.yml
	has "^>>>>>>> 1.0.3$" compose.yml
	git upgrade merge --abort 2>../err
	git upgrade plan --json 1.0.3 >../json
	is "compose.yml conf.yml~release_prod" \
		"$(jq -r ".conflicts | join(\" \")" ../json)"
'

bumps()
{
	edit 's/worker:1\.0\.0/worker:1.0.7/' helm/shop/values.yaml
}

story 'a file that was renamed here' '
	mirror_production
	release 1.0.7 bumps
	git checkout -q HEAD^ -- helm/shop/values.yaml
	mkdir charts
	git mv helm/shop/values.yaml charts/values.yaml
	git commit -qam "Our folder, and upstream says where from"
	mirror_rule
	git upgrade merge --no-edit 1.0.7 >../out 2>../err
	has "^image: oci.acme.example/mirror/worker:1.0.7$" charts/values.yaml
	missing helm/shop/values.yaml
'

leaves_gitlab()
{
	git mv .gitlab/ci.yml ci.yml
}

story 'a file that leaves a folder in which nothing is replaced' '
	cd shop
	git checkout -q --detach 1.0.0
	mkdir .gitlab
	{
		seq 1 20
		echo "image: docker.io/shop/ci:1"
	} >.gitlab/ci.yml
	git add .
	git commit -qm "CI"
	git tag -f -a -m 1.0.0 1.0.0 >../out
	cd ..
	mirror_production
	release 1.0.8 leaves_gitlab
	mirror_rule
	git upgrade merge --no-edit 1.0.8 >../out 2>../err
	has "^image: oci.acme.example/mirror/ci:1$" ci.yml
'

locks()
{
	edit 's/1\.0\.0/1.0.9/' package-lock.json
}

story 'a lock file in conflict: all three versions say the same' '
	cd shop
	git checkout -q --detach 1.0.0
	printf "{ \"a\": \"docker.io/shop/a\",\n\"v\": \"1.0.0\" }\n" \
		>package-lock.json
	git add .
	git commit -qm "Lock"
	git tag -f -a -m 1.0.0 1.0.0 >../out
	cd ..
	mirror_production
	release 1.0.9 locks
	edit "s/docker.io.shop/oci.acme.example\/mirror/" package-lock.json
	echo >>package-lock.json
	git commit -qam "Our lock"
	mirror_say "replacements:" "  - files: [\"*.json\"]" \
		"    from: docker.io/shop/" "    to: oci.acme.example/mirror/"
	expect_code 1 git upgrade merge --no-edit 1.0.9 >../out 2>../err
	for stage in 1 2 3
	do
		git show ":$stage:package-lock.json" >../version
		has "oci.acme.example/mirror/a" ../version
		lacks docker.io ../version
	done
'

done_testing
