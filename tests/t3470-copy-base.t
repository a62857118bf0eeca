#!/bin/sh
#
# From which release's template was a copy made?  Nobody wrote it down, so the
# lines tell that the operator left as they were.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"

# release VERSION LINE...: the template, and a release of it
release()
{
	release=$1
	shift
	put template.yml "$@"
	git add template.yml
	commit "$release"
	git tag -a -m "$release" "$release"
}

# draw: each release has some more in its template
draw()
{
	git init -q -b main shop
	cd shop
	release 1.0.0 'web:' '  image: shop/web' '  ports:' '    - "443:443"' \
		'log:' '  size: 50m'
	release 1.1.0 'web:' '  image: shop/web' '  ports:' '    - "443:443"' \
		'  command: server --migrate' 'log:' '  size: 50m'
	release 1.2.0 'web:' '  image: shop/web' '  ports:' '    - "443:443"' \
		'  command: server --migrate' 'log:' '  size: 50m' \
		'  driver: json' 'mail: none'
	release 1.3.0 'web:' '  image: shop/web' '  ports:' '    - "443:443"' \
		'  command: server --migrate --new' 'log:' '  size: 50m' \
		'  driver: json' 'mail: none'
	put ../own.yaml "format: 1" "profile: generic" "copies:" \
		"  - {template: template.yml, copy: own.yml}"
	cd ..
}

# production VERSION TEMPLATE SED-SCRIPT: on VERSION, with our copy, which was
# made from the template of the release TEMPLATE
production()
{
	rm -rf prod
	git clone -q -o upstream shop prod 2>/dev/null
	cd prod
	git checkout -q -b production "$1"
	git config upgrade.upstream upstream
	git config upgrade.profile "$WORK/own.yaml"
	git show "$2:template.yml" >../template
	sed "$3" ../template >own.yml
	git add own.yml
	commit 'Our copy'
}

# is_base RELEASE: that is what the copy is merged from
is_base()
{
	git upgrade plan --no-fetch --json 1.3.0 >../json || test $? -eq 1
	has "\"base_release\": *\"$1\"" ../json
}

story 'upstream is drawn' '
	draw
'

story 'a line that was edited is no sign that there was none' '
	production 1.1.0 1.1.0 \
		"s/50m/200m/; s/--migrate/& --debug/; s/443:/8443:/"
	is_base 1.1.0
'

story '... so what upstream does to it later is a conflict there' '
	cd prod
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.3.0 2>../err
	has "^<<<<<<< " own.yml
	is 1 "$(grep -c "^<<<<<<< " own.yml)"
	has "^  driver: json" own.yml
	has "8443:443" own.yml
'

story 'what the copy never got tells that it is older' '
	production 1.2.0 1.0.0 "s/50m/200m/; s/443:/8443:/"
	is_base 1.0.0
	git upgrade merge --no-fetch --no-edit 1.3.0
	has "^  command: server --migrate --new" own.yml
	has "^  driver: json" own.yml
	has "^  size: 200m" own.yml
'

story 'one line that is left as it was tells more than two removed ones' '
	production 1.2.0 1.2.0 "/driver/d; /command/d"
	is_base 1.2.0
'

done_testing
