#!/bin/sh
#
# What a value that is asked for is in the file: a text, a number or a boolean,
# as the profile says; and what is neither is refused before anything moves.

# shellcheck disable=SC1091,SC2016,SC2317,SC2154
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/migrations.sh"

# site [KEYS]: production, whose 2.0.0 wants a port, with these keys
site()
{
	production
	migrations <<-EOT
	limits:
	  since: "2"
	  files: [ours/site.yml]
	  values:
	    limit: {${1-}}
	    tls: {type: boolean, default: "true"}
	  edits:
	    - {set: site.limit, value: "{limit}"}
	    - {set: site.tls, value: "{tls}"}
	    - {set: limit, value: "{limit}", in: [ours/site.json]}
	    - {set: site.url, value: "http://a.org:{limit}"}
	EOT
}

# merge TEXT: and what site.yml says then of the limit
merge()
{
	git upgrade merge --no-fetch --no-edit --set "limit=$1" 2.0.0 \
		>../out 2>../err
	grep -o "limit: .*" ours/site.yml
}

story 'a product is drawn' '
	draw_plant
'

story 'what is given is a text, unless the profile says otherwise' '
	site
	is "limit: \"8080\"" "$(merge 8080)"
	is 8080string "$(jq -r ".limit | \"\\(.)\\(type)\"" ours/site.json)"
	cd ..
	site "type: text"
	is "limit: \"8080\"" "$(merge 8080)"
'

story 'a number is one, where it is all of the value' '
	site "type: number"
	is "limit: 8080" "$(merge 8080)"
	has "^  url: \"http://a.org:8080\"$" ours/site.yml
	has "^  tls: true$" ours/site.yml
	is 8080number "$(jq -r ".limit | \"\\(.)\\(type)\"" ours/site.json)"
	cd ..
	site "type: number"
	is "limit: -0.5" "$(merge -0.5)"
'

for text in abc 08 0x10 1e3 1_000 .5 5. true
do
	story "no number: $text" '
		site "type: number"
		snapshot >../before
		expect_code 2 git upgrade merge --no-fetch --no-edit \
			--set "limit=$text" 2.0.0 2>../err
		has "^error: the value limit of migration limits is to be a number, not .$text.$" ../err
		has "^hint: give another with --set limits.limit=" ../err
		has "^Nothing was changed.$" ../err
		expect_code 2 git upgrade plan --no-fetch \
			--set "limit=$text" 2.0.0 2>../err
		snapshot >../after
		same ../before ../after
	'
done

story 'a boolean is true or false' '
	site "type: number"
	expect_code 2 git upgrade merge --no-fetch --no-edit --set limit=1 \
		--set tls=yes 2.0.0 2>../err
	has "tls of migration limits is to be true or false, not .yes.$" ../err
	git upgrade merge --no-fetch --no-edit --set limit=1 --set tls=false \
		2.0.0
	has "^  tls: false$" ours/site.yml
'

story 'what is found and does not fit is no default' '
	site "type: number, default_from: [site.host, site.port], default: \"7\""
	git upgrade plan --no-fetch 2.0.0 >../out
	lacks "limit: old.example.com" ../out
	has "^+  limit: 8080$" ../out
'

story 'a default that does not fit is an error of the profile' '
	site "type: number, default: many"
	expect_code 128 git upgrade plan --no-fetch 2.0.0 2>../err
	has "its default is to be a number, not .many.$" ../err
	cd ..
	site "type: word"
	expect_code 128 git upgrade plan --no-fetch 2.0.0 2>../err
	has "text or number or boolean" ../err
'

done_testing
