#!/bin/sh
#
# Migrations: what a release needs edited, shown by plan, done by merge, once.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/migrations.sh"

# upgraded: the merge of 2.0.0 is what plan says, and what is so stays so
upgraded()
{
	snapshot >../before
	git upgrade plan --no-fetch 2.0.0 >../plan
	snapshot >../after
	same ../before ../after
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	test -z "$(git status --porcelain)"
	git rev-parse "HEAD^{tree}" >../tree
	git upgrade merge --no-fetch --no-edit --from=1.0.0 2.0.0 2>../again
	is "$(cat ../tree)" "$(git rev-parse "HEAD^{tree}")"
}

# refused CODE MESSAGE: and nothing changed; plan says the same
refused()
{
	snapshot >../before
	expect_code "$1" git upgrade plan --no-fetch 2.0.0 2>../err
	has "$2" ../err
	expect_code "$1" git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "$2" ../err
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
}

story 'a product is drawn' '
	draw_plant
'

story 'every operation, in order, and all else stays to the byte' '
	production
	chmod +x app/register.php
	git commit -q -a -m "It runs"
	migrations <<-\EOT
	all:
	  description: the site moves
	  note: clients have to be told
	  since: "2.0"
	  files: [ours/*.yml]
	  edits:
	    - {set: site.host, value: new.example.com}
	    - {append: site.hosts, value: three.example.com}
	    - {insert: site.hosts, value: zero.example.com}
	    - {rename: site.port, to: listen}
	    - {replace: "^two", with: second, below: site.hosts}
	    - {set: site.tls.names, value: ["{release}", 443]}
	    - {set: name, value: "site-{from}", in: [ours/site.json]}
	    - {remove: keep, in: [ours/site.json]}
	    - {set: MAIL_PORT, value: 25, in: [ours/site.env]}
	    - replace: "host ([a-z]+)[.]example"
	      with: "to \\1"
	      in: [ours/notes.txt]
	    - {move: app/register.php, to: app/etc/register.php}
	    - {replace: "/[.][.]/lib", with: /lib, in: [app/etc/*]}
	EOT
	upgraded
	same - ours/site.yml <<-\EOT
	# Ours, with care.
	site:
	  host: new.example.com   # since 2019
	  hosts:
	    - zero.example.com
	    - one.example.com
	    # the second
	    - second.example.com
	    - three.example.com
	  listen: 8080
	  tls:
	    names:
	      - "2.0.0"
	      - 443
	EOT
	echo "{\"name\": \"site-1.0.0\"}" >../expected
	same ../expected ours/site.json
	printf "# mail\nMAIL_HOST=mail.example.com\nMAIL_PORT=25\n" >../expected
	same ../expected ours/site.env
	printf "plain text of to old.com\r\n" >../expected
	same ../expected ours/notes.txt
	test ! -e app/register.php
	test -x app/etc/register.php
	has "__DIR__ . \"/lib.php\"" app/etc/register.php
	# What upstream changed came with it.
	has "^version: 2.0.0" plant.yml
'

story '... plan shows it as diffs, merge says so, and so does its commit' '
	cd prod
	has "^  migrations   5 files$" ../plan
	has "^      ours/site.yml  *all$" ../plan
	has "^      app/etc/register.php  *all, was app/register.php$" ../plan
	has "^        note: clients have to be told$" ../plan
	has "^migration all: the site moves$" ../plan
	has "^--- app/register.php$" ../plan
	has "^+++ app/etc/register.php$" ../plan
	has "^-  port: 8080$" ../plan
	has "^+  listen: 8080$" ../plan
	has "^      ours/site.yml  *all$" ../err
	has "note: clients have to be told" ../err
	git log -1 --format=%B HEAD^ >../message
	has "^Migrated: ours/site.yml (all)$" ../message
	has "^Migrated: app/etc/register.php (all, was app/register.php)$" \
		../message
	has "^Upgrade-To: 2.0.0$" ../message
	git interpret-trailers --parse ../message >../trailers
	is 2 "$(wc -l <../trailers)"
	has "^  migrations   nothing to do$" ../again
	has "all  *it is so already$" ../again
	lacks "clients" ../again
	git log -1 --format=%B >../message
	lacks Migrated ../message
'

story 'conditions decide by file and by edit' '
	production
	sed "s/host: .*/host: other/" ours/site.yml >ours/more.yml
	git add .
	git commit -q -m "More"
	migrations <<-\EOT
	each:
	  since: "2"
	  files: [ours/*.yml]
	  if: [{equals: site.host, value: old.example.com}]
	  edits: [{set: site.a, value: 1}]
	not-there:
	  since: "2"
	  files: [ours/*.yml]
	  if: [{exists: site.nothing}]
	  edits: [{set: site.b, value: 1}]
	by-edit:
	  since: "2"
	  files: [ours/site.yml, ours/more.yml]
	  edits:
	    - {set: c.exists, value: 1, if: [{exists: "site.hosts[1]"}]}
	    - {set: c.no, value: 1, if: [{exists: "site.hosts[2]"}]}
	    - {set: c.lacks, value: 1, if: [{lacks: site.x}]}
	    - {set: c.no, value: 1, if: [{lacks: site.host}]}
	    - {set: c.equals, value: 1, if: [{equals: site.port, value: 8080}]}
	    - {set: c.no, value: 1, if: [{equals: site.port, value: "8080"}]}
	    - {set: c.differs, value: 1, if: [{differs: site.y, value: 1}]}
	    - {set: c.no, value: 1, if: [{differs: site.port, value: 8080}]}
	    - {set: c.file, value: 1, if: [{file: plant.yml}]}
	    - {set: c.no, value: 1, if: [{file: plant.xml}]}
	    - {set: c.no_file, value: 1, if: [{no_file: plant.xml}]}
	    - {set: c.no, value: 1, if: [{no_file: plant.yml}]}
	    - {set: c.in, value: 1, if: [{exists: name, in: ours/site.json}]}
	    - {set: c.no, value: 1, if: [{exists: name, in: nowhere.json}]}
	    - {set: c.two, value: 1, if: [{file: plant.yml}, {exists: site}]}
	    - {set: c.no, value: 1, if: [{file: plant.yml}, {lacks: site}]}
	no-file:
	  since: "2"
	  if: [{file: plant.xml}]
	  edits: [{move: plant.txt, to: no.txt}]
	EOT
	upgraded
	for key in exists lacks equals differs file no_file in two
	do
		has "^  $key: 1$" ours/site.yml
		has "^  $key: 1$" ours/more.yml
	done
	lacks "  no: 1" ours/site.yml
	has "^  a: 1$" ours/site.yml
	lacks "^  [ab]: 1$" ours/more.yml
	has "not-there  *does not apply: ours/.*.yml has no site.nothing" \
		../plan
	has "no-file  *does not apply: there is no plant.xml" ../plan
	test -f plant.txt
'

story 'the release decides, whatever the hop leaves out' '
	production
	migrations <<-\EOT
	two:
	  since: "2.0"
	  files: [ours/site.yml]
	  edits: [{set: m.two, value: 1}, {append: m.order, value: two}]
	three:
	  since: "3"
	  files: [ours/site.yml]
	  edits: [{set: m.three, value: 1}, {append: m.order, value: three}]
	only-two:
	  since: "2"
	  until: "2.9"
	  files: [ours/site.yml]
	  edits: [{set: m.only_two, value: 1}]
	one:
	  since: "1.0"
	  files: [ours/site.yml]
	  edits: [{set: m.one, value: 1}]
	early:
	  since: "1.5"
	  files: [ours/site.yml]
	  edits: [{append: m.order, value: early}]
	EOT
	git branch far
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "^  two: 1" ours/site.yml
	has "^  only_two: 1" ours/site.yml
	lacks "^  three: 1" ours/site.yml
	lacks "^  one: 1" ours/site.yml
	git upgrade merge --no-fetch --no-edit 3.0.0 2>../err
	has "^  three: 1" ours/site.yml
	is "early two three " "$(sed -n "s/^    - \(early\|two\|three\)$/\1/p" \
		ours/site.yml | tr "\n" " ")" # tap: ok
	git checkout -q far
	git upgrade merge --no-fetch --no-edit 3.0.0 2>../err
	has "^  two: 1" ours/site.yml
	has "^  three: 1" ours/site.yml
	lacks "only_two" ours/site.yml
	is "early two three " "$(sed -n "s/^    - \(early\|two\|three\)$/\1/p" \
		ours/site.yml | tr "\n" " ")" # tap: ok
'

story 'what cannot be edited is named, with the ways out' '
	production
	migrations <<-\EOT
	mine:
	  since: "2"
	  files: [ours/site.yml]
	  edits: [{remove: no}, {set: site.hosts.x, value: 1}]
	EOT
	refused 2 "^error: migration mine, edit 2 (set site.hosts.x): ours/site.yml: .site.hosts.x. is below something that has no keys$"
	has "migrations: {mine: ~}" ../err
	printf "a: [\n" >ours/site.yml
	git commit -q -a -m "Broken"
	refused 2 "^error: migration mine, edit 1 (remove no): ours/site.yml:"
	sed "s/since: .*/&\n    if: [{file: no}]/" .git/info/gitupgrade.yaml \
		>../config
	cp ../config .git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 2.0.0 >../plan
	has "mine  *does not apply: there is no no$" ../plan
	printf "format: 1\nmigrations: {mine: ~}\n" >.git/info/gitupgrade.yaml
	git upgrade plan --no-fetch 2.0.0 >../plan
	lacks mine ../plan
'

story 'a move never covers another file' '
	production
	migrations <<-\EOT
	move:
	  since: "2"
	  edits: [{move: ours/notes.txt, to: there/notes.txt}]
	EOT
	mkdir there
	echo other >there/notes.txt
	git add .
	git commit -q -m "Another"
	refused 2 "^error: migration move, edit 1 (move ours/notes.txt): there are ours/notes.txt and there/notes.txt, and they differ"
	cp ours/notes.txt there/notes.txt
	git commit -q -a -m "The same"
	git branch same
	git rm -q ours/notes.txt
	git commit -q -m "It has moved"
	upgraded
	has "move  *it is so already" ../plan
	# There twice, it is at the new place afterwards.
	git checkout -q same
	upgraded
	test ! -e ours/notes.txt
	test -f there/notes.txt
'

story '... nor a folder, or stands where a folder would be' '
	production
	migrations <<-\EOT
	move:
	  since: "2"
	  edits: [{move: ours/notes.txt, to: there/notes.txt}]
	EOT
	echo file >there
	git add there
	git commit -q -m "A file where the folder would be"
	refused 2 "there is no folder"
	git rm -q there
	mkdir -p there/notes.txt
	echo file >there/notes.txt/file
	git add there
	git commit -q -m "A folder where the file would be"
	refused 2 "there are ours/notes.txt and there/notes.txt"
'

story 'links and submodules are left alone, and git its own files' '
	production
	ln -s site.yml ours/link.yml
	printf "a: 1\n" >.gitfoo.yml
	mkdir -p .github
	printf "a: 1\n" >.github/x.yml
	git -c protocol.file.allow=always submodule --quiet add \
		"$WORK/plant" ours/sub.yml
	git add .
	git commit -q -m "Other things"
	migrations <<-\EOT
	all:
	  since: "2"
	  files: ["**/*.yml", "*.yml", ours/link.yml, ours/sub.yml]
	  edits: [{set: migrated, value: 1}]
	link:
	  since: "2"
	  files: [ours/link.yml]
	  edits: [{set: migrated, value: 2}]
	EOT
	upgraded
	has "^migrated: 1" ours/site.yml
	has "^migrated: 1" plant.yml
	has "link  *does not apply: ours/link.yml is no file" ../plan
	is site.yml "$(readlink ours/link.yml)"
	git show HEAD:.gitfoo.yml >../out
	lacks migrated ../out
	git show HEAD:.github/x.yml >../out
	lacks migrated ../out
'

story 'files out of a sparse checkout are edited where they are' '
	production
	migrations <<-\EOT
	m:
	  since: "2"
	  files: [ours/site.yml]
	  edits: [{set: site.host, value: new}]
	EOT
	git sparse-checkout set --cone app
	test ! -e ours/site.yml
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "ours/site.yml  *m$" ../err
	test ! -e ours/site.yml
	test -z "$(git status --porcelain)"
	git show HEAD:ours/site.yml >../out
	has "host: new" ../out
'

story 'several migrations edit a file, each what the ones before left' '
	production
	migrations <<-\EOT
	b:
	  since: "2"
	  files: [ours/site.yml]
	  edits: [{rename: site.host, to: name}]
	a:
	  since: "2"
	  files: [ours/site.yml]
	  edits: [{set: site.name, value: x, if: [{exists: site.name}]}]
	EOT
	upgraded
	has "^  name: x   # since 2019" ours/site.yml
	has "^+  name: old.example.com   # since 2019$" ../plan
	has "^-  name: old.example.com   # since 2019$" ../plan
'

story 'JSON has all of it, and no secret is shown' '
	production
	printf "DB_PASSWORD=s3cret\nA=1\n" >ours/db.env
	git add .
	git commit -q -m "A password"
	migrations <<-\EOT
	m:
	  description: why
	  note: what else
	  since: "2"
	  files: [ours/db.env]
	  values: {api-token: {default: t0ken}}
	  edits:
	    - {set: A, value: 2}
	    - {set: API_TOKEN, value: "{api-token}"}
	not:
	  since: "2"
	  files: [ours/none.env]
	  edits: [{set: A, value: 2}]
	EOT
	git upgrade plan --no-fetch 2.0.0 >../out
	git upgrade plan --no-fetch --json 2.0.0 >../json
	git upgrade merge --no-fetch --no-edit --json 2.0.0 >../done 2>../err
	for file in ../out ../json ../done ../err
	do
		lacks s3cret "$file"
		lacks t0ken "$file"
	done
	has "DB_PASSWORD=\*\*\*" ../out
	git show HEAD:ours/db.env >../file
	has "^API_TOKEN=t0ken$" ../file
	for file in ../json ../done
	do
		perl -MJSON::PP -e "
			local \$/; my \$j = decode_json(<STDIN>);
			my (\$m, \$n) = @{\$j->{migrations}};
			print join(\"|\", \$m->{name}, \$m->{state},
				\$m->{description}, \$m->{note},
				\$m->{files}[0]{path}, \$m->{values}[0]{name},
				\$m->{values}[0]{source}, \$n->{state},
				\$n->{reason}), \"\n\"" <"$file" >../line
		is "m|changed|why|what else|ours/db.env|api-token|default|not applicable|there is no ours/none.env" \
			"$(cat ../line)"
	done
'

story 'they need no trust, and can touch nothing that runs' '
	production
	migrations <<-\EOT
	m:
	  since: "2"
	  files: [ours/site.yml]
	  edits: [{set: a, value: 1}]
	EOT
	mv .git/info/gitupgrade.yaml .gitupgrade.yaml
	git add .
	git commit -q -m "Ours to edit"
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "^a: 1$" ours/site.yml
	for file in .gitattributes .gitmodules .gitupgrade.yaml a/.GIT/config \
		../x /etc/x .gitlab-ci.yml
	do
		printf "m:\n  since: \"2\"\n  files: [%s]\n" "$file" |
		migrations
		echo "    edits: [{set: a, value: 1}]" \
			>>.git/info/gitupgrade.yaml
		expect_code 128 git upgrade plan --no-fetch 3.0.0 2>../err
		has "gitupgrade.yaml:5:.*migrations.m.files: " ../err
	done
'

story 'a file is what the profile says it is' '
	production
	echo "a: 1" >ours/site.conf
	git add ours
	git commit -q -m "A file of no known name"
	migrations <<-\EOT
	m: {since: "2", files: [ours/*.conf], edits: [{set: b, value: 2}]}
	EOT
	expect_code 2 git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	has "ours/site.conf: only YAML, JSON and dotenv have keys$" ../err
	echo "files: {ours/*.conf: {as: yaml}}" >>.git/info/gitupgrade.yaml
	git upgrade merge --no-fetch --no-edit 2.0.0 2>../err
	is "a: 1 b: 2" "$(echo $(cat ours/site.conf))"
'

done_testing
