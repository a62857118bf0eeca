#!/bin/sh
#
# Replacements in copies of upstream's templates.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/mirror.sh"

# rule PATTERN [LINE...]: the replacement in those files, and the copies
rule()
{
	rule_pattern=$1
	shift
	mirror_say "placeholders: [set-me.example.com]" \
		"copies:" "  - template: template/*.yml" \
		"    copy: config/*.yml" "replacements:" \
		"  - files: [\"$rule_pattern\"]" \
		"    from: docker.io/shop/" \
		"    to: oci.acme.example/mirror/" "$@"
}

# copy REGISTRY: what the operator made of the template
copy()
{
	mirror_production
	mkdir config
	sed "s,docker.io/shop,$1,; s/set-me/shop.acme/" template/prod.yml \
		>config/prod.yml
	git add config
	commit 'A copy'
}

# expect TAG
expect()
{
	cat >../expect <<-EOT
	web:
	  image: oci.acme.example/mirror/web:$1
	  host: shop.acme.example.com
	EOT
	same ../expect config/prod.yml
}

story 'a copy has the conflicts of files without one' '
	draw_mirror
	copy oci.acme.example/mirror
	rule "*.none"
	git upgrade plan 1.1.0 >../plan
	has "      config/prod.yml  (copy)" ../plan
'

story 'the path of the copy counts' '
	copy oci.acme.example/mirror
	rule "config/*.yml"
	git upgrade plan 1.1.0 >../plan
	lacks "config/prod.yml  (copy)" ../plan
	lacks "see whether upstream" ../plan
	has "^  replaced     1 file: docker.io/shop/ is oci.acme" ../plan
	git upgrade merge --no-edit 1.1.0 >../out 2>../err || :
	expect 1.1.0
	# The template is upstream'"'"'s.
	is "$(git rev-parse 1.1.0:template/prod.yml)" \
		"$(git rev-parse :template/prod.yml)"
	git upgrade merge --abort 2>../err
'

story 'the record has what upstream has, so the next hop finds its base' '
	copy oci.acme.example/mirror
	rule "**/*.yml"
	git rm -q -r helm
	commit "No helm"
	git upgrade plan 1.1.0 >../plan
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	git checkout -q HEAD -- helm 2>/dev/null || git rm -q -r --cached helm
	git clean -qfd helm
	git upgrade merge --continue 2>../err
	has "^copy $(git rev-parse 1.1.0:template/prod.yml)" \
		.gitupgrade.adopted
	expect 1.1.0
	git upgrade merge --no-edit 1.2.0 >../out 2>../err
	expect 1.2.0
	is "" "$(git status --porcelain)"
'

story 'a copy that says what upstream says is brought up to date' '
	copy docker.io/shop
	rule "**/*.yml" "  - files: [helm/**]" "    from: docker.io/" \
		"    to: oci.acme.example/"
	edit "s,acme.example/mirror,acme.example/shop," \
		helm/shop/values.yaml
	git commit -qam "Of the library"
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	expect 1.1.0
	git upgrade diff 1.2.0 config/prod.yml >../diff
	lacks "docker.io/shop/web" ../diff
	has "^+  image: oci.acme.example/mirror/web:1.2.0$" ../diff
'

story 'a copy whose template did not change stays as it is' '
	copy docker.io/shop
	cp config/prod.yml ../before
	cd ../shop
	git checkout -q -b same 1.0.0
	edit "s/replicas: 1/replicas: 2/" helm/shop/values.yaml
	git commit -qam "Replicas"
	git tag -m 1.0.1 1.0.1
	git checkout -q main
	cd ../prod
	rule "**/*.yml"
	git fetch -q --tags upstream
	git upgrade merge --no-edit 1.0.1 >../out 2>../err
	same ../before config/prod.yml
	has "^replicas: 2$" helm/shop/values.yaml
	lacks "replaced" ../err
	lacks "see whether" ../err
'

done_testing
