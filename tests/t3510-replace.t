#!/bin/sh
#
# Texts of upstream's that are other texts here, such as the name of a
# registry: a merge reads them so.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/mirror.sh"

# upgrade RELEASE: by git upgrade merge
upgrade()
{
	git upgrade merge --no-fetch --no-edit "$@" >../out 2>../err
}

story 'without a replacement each tag is a conflict' '
	draw_mirror
	mirror_production
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	git diff --name-only --diff-filter=U >../conflicts
	same - ../conflicts <<-\EOT
	compose.yml
	helm/shop/values.yaml
	EOT
	has "^    image: docker.io/shop/queue:1.1.0$" compose.yml
	git upgrade merge --abort 2>../err
'

story 'with one there is none, and what is new arrives as it is here' '
	cd prod
	mirror_rule
	git branch before
	upgrade 1.1.0
	has "^  replaced     2 files: docker.io/shop/ is oci.acme.example/m.* h" \
		../err
	cat >../expect <<-\EOT
	services:
	  web:
	    image: oci.acme.example/mirror/web:1.1.0
	    environment:
	      LOG_LEVEL: debug
	  db:
	    image: docker.io/library/mariadb:10.11
	  queue:
	    image: oci.acme.example/mirror/queue:1.1.0
	EOT
	same ../expect compose.yml
	has "^image: oci.acme.example/mirror/worker:1.1.0$" \
		helm/shop/values.yaml
	is "" "$(git status --porcelain)"
'

story 'parents and record are those of a merge of the release' '
	cd prod
	is "$(git rev-parse before "1.1.0^{commit}")" \
		"$(git rev-parse HEAD^1 HEAD^2)"
	has "^commit $(git rev-parse "1.1.0^{commit}")$" .gitupgrade.adopted
	has "^tree $(git rev-parse "1.1.0^{tree}")$" .gitupgrade.adopted
	git log -1 --format=%b >../message
	has "^Replaced: docker.io/shop/ by oci.acme.example/mirror/ in 2 files$" \
		../message
	git upgrade list >../out 2>&1
	has "^On 1.1.0" ../out
'

story 'all else is as upstream has it, or as it was, byte for byte' '
	cd prod
	for file in notes.txt image.yml pointer.yml link.yml template/prod.yml
	do
		is "$(git rev-parse "1.1.0:$file")" \
			"$(git rev-parse "HEAD:$file")"
	done
	# Upstream has not changed it.
	is "$(git rev-parse 1.0.0:cli.yml)" "$(git rev-parse HEAD:cli.yml)"
'

story 'what still says what upstream says is brought up to date' '
	mirror_production
	git checkout -q --detach 1.0.0
	git checkout -q -B production
	edit "s/debug/info/" compose.yml
	behind="    mem_limit: 1g"
	awk -v line="$behind" "{ print } /shop.web/ { print line }" \
		compose.yml >../edited
	cat ../edited >compose.yml
	git commit -qam "A limit"
	mirror_rule
	upgrade 1.1.0
	has "^    image: oci.acme.example/mirror/web:1.1.0$" compose.yml
	has "^    mem_limit: 1g$" compose.yml
	has "^image: oci.acme.example/mirror/worker:1.1.0$" \
		helm/shop/values.yaml
	lacks "docker.io/shop" compose.yml
	is "" "$(git status --porcelain)"
'

story 'files of production alone are left' '
	mirror_production
	printf "image: docker.io/shop/own:1\n" >own.yml
	git add own.yml
	mirror_rule
	upgrade 1.1.0
	is "image: docker.io/shop/own:1" "$(cat own.yml)"
'

story 'a name that is part of what replaces it' '
	mirror_production
	edit "s,oci.acme.example/mirror,oci.acme.example/docker.io/shop," \
		compose.yml
	git commit -qam "Another name"
	mirror_say "replacements:" "  - files: [\"*.yml\"]" \
		"    from: docker.io/shop/" \
		"    to: oci.acme.example/docker.io/shop/"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is "helm/shop/values.yaml" "$(git diff --name-only --diff-filter=U)"
	has "^    image: oci.acme.example/docker.io/shop/web:1.1.0$" \
		compose.yml
	has "^    image: oci.acme.example/docker.io/shop/queue:1" compose.yml
	git checkout -q --ours helm/shop/values.yaml
	git add helm
	git upgrade merge --continue 2>../err
	upgrade 1.2.0
	has "^    image: oci.acme.example/docker.io/shop/web:1.2.0$" \
		compose.yml
	lacks "oci.*oci" compose.yml
'

story 'several, in order' '
	mirror_production
	edit "s,docker.io/library,oci.acme.example/library," compose.yml
	git commit -qam "The database, too"
	mirror_say "replacements:" "  - files: [\"*.yml\", helm/**]" \
		"    from: docker.io/" "    to: oci.acme.example/" \
		"  - files: [compose.yml, helm/**]" \
		"    from: oci.acme.example/shop/" \
		"    to: oci.acme.example/mirror/"
	upgrade 1.1.0
	has "^    image: oci.acme.example/mirror/queue:1.1.0$" compose.yml
	has "^    image: oci.acme.example/library/mariadb:10.11$" compose.yml
	has "^  replaced     2 files: docker.io/ is oci.acme.example/ h" ../err
	has "^  replaced     2 files: oci.acme.example/shop/ is " ../err
'

story 'plan, diff and merge say the same, as text and as JSON' '
	mirror_production
	mirror_rule
	git upgrade plan 1.1.0 >../plan
	has "would merge with no conflicts$" ../plan
	has "^  replaced     2 files: docker.io/shop/ is oci.acme" ../plan
	git upgrade diff 1.1.0 >../diff
	has "would merge with no conflicts$" ../diff
	has "^  replaced     2 files: docker.io/shop/ is oci.acme" ../diff
	git upgrade diff 1.1.0 compose.yml >../diff
	has "^  replaced     1 file: docker.io/shop/ is oci.acme" ../diff
	has "^-    image: oci.acme.example/mirror/web:1.0.0$" ../diff
	has "^+    image: oci.acme.example/mirror/web:1.1.0$" ../diff
	lacks "docker.io/shop/web" ../diff
	git upgrade plan --json 1.1.0 >../plan.json
	git upgrade diff --json 1.1.0 >../diff.json
	git upgrade merge --no-edit --json 1.1.0 >../merge.json 2>../err
	jq -c .replaced ../plan.json >../one
	same - ../one <<-\EOT
	[{"from":"docker.io/shop/","to":"oci.acme.example/mirror/","count":2,"files":["compose.yml","helm/shop/values.yaml"]}]
	EOT
	for file in diff merge
	do
		jq -c .replaced "../$file.json" >../two
		same ../one ../two
	done
'

story 'a conflict that is one is told and marked as ever' '
	mirror_production
	edit "s,web:1.0.0,web:1.0.0-acme," compose.yml
	git commit -qam "A build of ours"
	mirror_rule
	git config merge.conflictStyle diff3
	git upgrade plan 1.1.0 >../plan
	has "^  conflict     1 file$" ../plan
	expect_code 1 git upgrade merge --no-structure --no-edit 1.1.0 \
		>../out 2>../err
	has "^CONFLICT (content): Merge conflict in compose.yml$" ../err
	cat >../expect <<-\EOT
	services:
	  web:
	<<<<<<< production
	    image: oci.acme.example/mirror/web:1.0.0-acme
	||||||| 1.0.0
	    image: oci.acme.example/mirror/web:1.0.0
	=======
	    image: oci.acme.example/mirror/web:1.1.0
	>>>>>>> 1.1.0
	EOT
	head -n 9 compose.yml >../marked
	same ../expect ../marked
	git checkout -q --theirs compose.yml
	git add compose.yml
	git upgrade merge --continue 2>../err
	has "oci.acme.example/mirror/queue:1.1.0$" compose.yml
	is "" "$(git status --porcelain)"
	git upgrade list >../out 2>&1
	has "^On 1.1.0" ../out
'

story 'a path of several hops, and its forecast' '
	mirror_production
	mirror_rule
	mirror_say "path: {stops: [\"1.1\"]}" "$(sed 1,2d .gitupgrade.yaml)"
	git upgrade plan --path 1.2.0 >../plan
	has "2 hops: would merge with no conflicts$" ../plan
	is 2 "$(grep -c "^  replaced     2 files: " ../plan)"
	upgrade --path 1.2.0
	has "^    image: oci.acme.example/mirror/web:1.2.0$" compose.yml
	# It is changed by the second.
	has "^  image: oci.acme.example/mirror/cli:2$" cli.yml
	has "^image: oci.acme.example/mirror/worker:1.1.0$" \
		helm/shop/values.yaml
	is "Upgrade to 1.1.0" "$(git log -1 --format=%s HEAD^1)"
'

story 'git merge -s upgrade makes the same' '
	mirror_production
	mirror_rule
	git branch before
	upgrade 1.1.0
	git branch ours
	git reset -q --hard before
	git merge --no-edit -s upgrade 1.1.0 >../out 2>../err
	has "^  replaced     2 files: docker.io/shop/ is oci.acme" ../err
	is "$(git rev-parse "ours^{tree}")" "$(git rev-parse "HEAD^{tree}")"
'

story 'a merge by hand is finished with them' '
	mirror_production
	mirror_rule
	upgrade 1.1.0
	git branch before
	upgrade 1.2.0
	git branch ours
	git reset -q --hard before
	git merge -q --no-edit -X theirs 1.2.0 2>../err
	has "docker.io/shop/cli:2" cli.yml
	git upgrade plan 1.2.0 >../plan
	has "would finish with no conflicts$" ../plan
	has "^  replaced     2 files: docker.io/shop/ is oci.acme" ../plan
	upgrade 1.2.0
	has "^  image: oci.acme.example/mirror/cli:2$" cli.yml
	is "$(git rev-parse "ours^{tree}")" "$(git rev-parse "HEAD^{tree}")"
'

story 'no replacement: nothing more is run' '
	mirror_production
	git upgrade fetch 2>../err
	mirror_say "replacements: []"
	GIT_TRACE2_EVENT="$WORK/empty" git upgrade plan 1.1.0 >../plan
	grep -c "\"event\":\"start\"" ../empty >../two
	lacks "replaced" ../plan
	# All that a configuration of the tree costs.
	mirror_say "placeholders: [x]"
	GIT_TRACE2_EVENT="$WORK/other" git upgrade plan 1.1.0 >../plan
	grep -c "\"event\":\"start\"" ../other >../nr
	same ../nr ../two
'

done_testing
