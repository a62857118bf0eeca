#!/bin/sh
#
# What migrations ask for: given, asked, found, or refused before anything
# moves; and kept through conflicts, paths and aborts.

# shellcheck disable=SC1091,SC2016,SC2317,SC2154
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/migrations.sh"

# site [BRANCH]: production, whose 2.0.0 wants a host, and 3.0.0 a port
site()
{
	production "$@"
	migrations <<-\EOT
	host:
	  description: the site has a name
	  since: "2"
	  files: [ours/site.yml]
	  values:
	    host: {description: what people type}
	  edits: [{set: site.name, value: "{host}", if: [{lacks: site.name}]}]
	port:
	  since: "3"
	  files: [ours/site.yml]
	  values: {port: {default: "443"}, tls-name: }
	  edits:
	    - {append: site.hosts, value: "{tls-name}:{port}"}
	EOT
}

# clash: what 2.0.0 changes in plant.yml is changed here as well
clash()
{
	sed "s/^version: .*/version: ours/" plant.yml >../new
	cat ../new >plant.yml
	git commit -q -a -m "Our version"
}

resolve()
{
	git checkout -q --theirs plant.yml
	git add plant.yml
}

story 'a product is drawn' '
	draw_plant
'

story 'plan asks nothing, and says what is still to be given' '
	site
	git upgrade plan --no-fetch 2.0.0 >../out 2>../err </dev/null
	has "^        host: {host}, still to be given: --set host=...$" ../out
	has "^+  name: \"{host}\"$" ../out
	has "git upgrade merge 2.0.0 --set host=..." ../err
	git upgrade plan --no-fetch --set host=a.org 2.0.0 >../out 2>../err
	has "^+  name: a.org$" ../out
	lacks "still to be given" ../out
	lacks "[-]-set" ../err
	git upgrade plan --no-fetch --json 2.0.0 >../json
	has "\"source\": \"missing\"" ../json
	has "\"text\": null" ../json
'

story 'without a terminal a missing value is refused, with what to type' '
	site
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "^error: migration host needs the value host, which only you know$" \
		../err
	has "^hint: give it with --set host=...: what people type$" ../err
	has "^Nothing was changed.$" ../err
	expect_code 2 git upgrade merge --no-fetch --yes 2.0.0 2>../err
	snapshot >../after
	same ../before ../after
'

story 'a name that no migration has is refused with the nearest' '
	cd prod
	expect_code 2 git upgrade merge --no-fetch --set hsot=a 2.0.0 2>../err
	has "no migration has a value .hsot." ../err
	has "did you mean --set host=...?" ../err
	expect_code 2 git upgrade plan --no-fetch --set port.hots=a 2.0.0 \
		2>../err
	has "no migration has a value .port.hots." ../err
	expect_code 129 git upgrade merge --no-fetch --set host 2.0.0 2>../err
	has "[-]-set expects NAME=TEXT, not .host." ../err
	snapshot >../after
	same ../before ../after
'

story 'given, it is written as the text it is' '
	site
	odd=$(printf "a: \"b\" #c\n- {d}")
	git upgrade merge --no-fetch --no-edit --set "host.host=$odd" 2.0.0
	perl -ne "print if s/^  name: //" ours/site.yml >../name
	is "\"a: \\\"b\\\" #c\\n- {d}\"" "$(cat ../name)"
	cd ..
	site
	git upgrade merge --no-fetch --no-edit --set host=a --set host=b 2.0.0
	has "^  name: b$" ours/site.yml
'

story 'where nothing is to be done nothing is asked' '
	site
	sed "s/  port: /  name: mine\n&/" ours/site.yml >../new
	cat ../new >ours/site.yml
	git commit -q -a -m "It has one"
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "host  *does not apply: ours/site.yml has site.name$" ../err
	git rm -q ours/site.yml
	git commit -q -m "It has gone"
	git upgrade merge --no-fetch --no-edit 3.0.0 2>../err
	has "port  *does not apply: there is no ours/site.yml" ../err
'

story 'a default is taken from the file as it was, but no placeholder' '
	production
	migrations <<-\EOT
	host:
	  since: "2"
	  files: [ours/site.yml]
	  values:
	    host:
	      default: fallback
	      default_from: [site.none, "site.hosts[1]", site.host]
	  edits:
	    - {remove: site.hosts, value: two.example.com}
	    - {set: site.name, value: "{host}"}
	EOT
	git upgrade plan --no-fetch 2.0.0 >../out
	has "host: two.example.com, from ours/site.yml as it was$" ../out
	echo "placeholders: [two.]" >>.git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 2.0.0 >../out
	has "host: old.example.com, from ours/site.yml as it was$" ../out
	echo "# old." >>.git/info/gitupgrade.yaml
	sed -i "s/\[two.\]/[example.com]/" .git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 2.0.0 >../out
	has "host: fallback, the default$" ../out
	git upgrade merge --no-fetch --no-edit 2.0.0
	has "^  name: fallback$" ours/site.yml
'

story 'for everybody it is given by configuration' '
	site
	git config upgrade.migrations.host.values.host.default conf.org
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "^  name: conf.org$" ours/site.yml
	git upgrade config >../out
	has "^migrations.host.values.host.default: conf.org  *# git config" \
		../out
'

story '... which does no harm where there is no such migration' '
	cd prod
	rm .git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 3.0.0 >../out 2>../err
	has "^warning: git config upgrade.migrations.host.values.host.default is about something that profile generic has not$" ../err
'

if have_terminal
then
	story 'on a terminal it is asked for, with description and default' '
		site
		git config advice.upgrade false
		printf "a.org\n" |
		script -qec "git upgrade merge --no-fetch --no-edit 2.0.0" \
			/dev/null >../out
		has "Migration host: the site has a name" ../out
		has "host: what people type: " ../out
		has "^  name: a.org$" ours/site.yml
		printf "\nb.org\n" |
		script -qec "git upgrade merge --no-fetch --no-edit 3.0.0" \
			/dev/null >../out
		has "port \[443\]: " ../out
		has "tls-name: " ../out
		has "^    - \"b.org:443\"$" ours/site.yml
	'

	story '... and of no answer nothing comes' '
		site
		snapshot >../before
		for answer in "\n" "\004"
		do
			rc=0
			printf "$answer" |
			script -qec "git upgrade merge --no-fetch 2.0.0" \
				/dev/null >../out || rc=$?
			is 2 "$rc"
			has "migration host needs the value host" ../out
			has "Nothing was changed" ../out
		done
		snapshot >../after
		same ../before ../after
	'

	story '... --yes takes what has a default' '
		site
		printf "" |
		script -qec "git upgrade merge --no-fetch -y --set host=a \
			--set tls-name=b 3.0.0" /dev/null >../out
		lacks "443\]:" ../out
		has "^    - \"b:443\"$" ours/site.yml
	'
else
	skip 'on a terminal it is asked for, with description and default' \
		'no terminal'
	skip '... and of no answer nothing comes' 'no terminal'
	skip '... --yes takes what has a default' 'no terminal'
fi

story 'conflicts first: they follow with --continue, with what was said' '
	site
	clash
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "give it with --set host=..." ../err
	has "^Nothing was changed.$" ../err
	git upgrade plan --no-fetch --set host=a.org 2.0.0 >../plan
	has "migrations   1 file, when the conflicts are resolved$" ../plan
	expect_code 1 git upgrade merge --no-fetch --no-edit --set host=a.org \
		2.0.0 2>../err
	lacks "name: a.org" ours/site.yml
	has "^value .*host=a.org$" .git/upgrade/state
	is 600 "$(stat -c %a .git/upgrade/state)"
	resolve
	git upgrade merge --continue --no-edit 2>../err
	has "ours/site.yml  *host$" ../err
	has "^  name: a.org$" ours/site.yml
	test -z "$(git status --porcelain)"
	git log -1 --format=%B >../message
	has "^Migrated: ours/site.yml (host)$" ../message
	git interpret-trailers --parse ../message >../trailers
	is 2 "$(wc -l <../trailers)"
	missing .git/upgrade/state
'

story 'a file in conflict is edited once it is resolved' '
	site
	migrations <<-\EOT
	m:
	  since: "2"
	  files: [plant.yml]
	  values: {name: {default_from: [name]}}
	  edits: [{set: called, value: "{name}"}]
	EOT
	sed "s/upstream-name/our-name/" plant.yml >../new
	cat ../new >plant.yml
	clash
	expect_code 1 git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "m  *waits for the conflicts$" ../err
	has "name: our-name, from plant.yml as it was$" ../err
	echo "version: 2" >plant.yml
	git add plant.yml
	expect_code 2 git upgrade merge --continue --set nmae=x 2>../err
	git upgrade merge --continue --no-edit 2>../err
	has "^called: our-name$" plant.yml
'

story 'a file that was touched meanwhile is no other' '
	site
	clash
	expect_code 1 git upgrade merge --no-fetch --no-edit --set host=a.org \
		2.0.0 2>../err
	resolve
	cp ours/site.yml ../site.yml
	rm ours/site.yml
	cp ../site.yml ours/site.yml
	touch -d "2001-01-01" ours/site.yml
	git upgrade merge --continue --no-edit 2>../err
	has "^  name: a.org$" ours/site.yml
'

story '--set counts with --continue as well' '
	site
	clash
	expect_code 1 git upgrade merge --no-fetch --no-edit --set host=a.org \
		2.0.0 2>../err
	resolve
	git upgrade merge --continue --no-edit --set host=b.org 2>../err
	has "^  name: b.org$" ours/site.yml
'

story 'resolved into what cannot be edited, it is said and nothing lost' '
	site
	clash
	expect_code 1 git upgrade merge --no-fetch --no-edit --set host=a.org \
		2.0.0 2>../err
	resolve
	printf "site: [\n" >ours/site.yml
	git add ours/site.yml
	expect_code 2 git upgrade merge --continue --no-edit 2>../err
	has "migration host, edit 1 .set site.name.: ours/site.yml:2:" ../err
	printf "site: {a: 1}\n" >ours/site.yml
	git add ours/site.yml
	git upgrade merge --continue --no-edit 2>../err
	echo "site: {a: 1, \"name\": a.org}" >../expected
	git show HEAD:ours/site.yml >../out
	has "a.org" ../out
'

story '--abort takes it back, and forgets what was said' '
	site
	clash
	snapshot >../before
	expect_code 1 git upgrade merge --no-fetch --no-edit --set host=a.org \
		2.0.0 2>../err
	git upgrade merge --abort
	snapshot >../after
	same ../before ../after
	missing .git/upgrade/state
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
'

story '--branch migrates there' '
	site
	git upgrade merge --no-fetch --no-edit --set host=a.org -b next 2.0.0
	is refs/heads/next "$(git symbolic-ref HEAD)"
	has "^  name: a.org$" ours/site.yml
	git show production:ours/site.yml >../out
	lacks a.org ../out
'

story 'all hops of a path are asked for before the first' '
	site
	echo "path: {rule: edges, edges: [{from: \"1\", to: \"2\"}, {from: \"2\", to: \"3\"}]}" \
		>>.git/info/gitupgrade.yaml
	snapshot >../before
	expect_code 2 git upgrade merge --no-fetch --path --set host=a.org \
		3.0.0 2>../err
	has "^error: migration port needs the value tls-name" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	git upgrade plan --no-fetch --path 3.0.0 >../out 2>../err
	has "merge --path 3.0.0 --set host=... --set tls-name=..." ../err
	git upgrade plan --no-fetch --path --set tls-name=t --set host=a.org \
		3.0.0 >../out
	has "^+    - \"t:443\"$" ../out
	git upgrade merge --no-fetch --no-edit --path --set tls-name=t \
		--set host=a.org 3.0.0 2>../err
	git show HEAD^:ours/site.yml >../out
	has "^  name: a.org$" ../out
	lacks "t:443" ../out
	has "^    - \"t:443\"$" ours/site.yml
	test -z "$(git status --porcelain)"
'

story '... and are kept through a conflict in the middle' '
	site
	clash
	echo "path: {rule: edges, edges: [{from: \"1\", to: \"2\"}, {from: \"2\", to: \"3\"}]}" \
		>>.git/info/gitupgrade.yaml
	expect_code 1 git upgrade merge --no-fetch --no-edit --path \
		--set tls-name=t --set host=a.org 3.0.0 2>../err
	resolve
	git upgrade merge --continue --no-edit 2>../err
	has "^  name: a.org$" ours/site.yml
	has "^    - \"t:443\"$" ours/site.yml
	has "^release 3.0.0$" .gitupgrade.adopted
'

story 'a merge by hand is finished with its migrations' '
	site
	git merge -q --no-edit 2.0.0
	git upgrade merge --no-fetch --no-edit --set host=a.org --from=1.0.0 \
		2.0.0
	has "^  name: a.org$" ours/site.yml
'

done_testing
