#!/bin/sh
#
# What lines conflict in, and keys do not, is resolved by key; what is left is
# marked around the key.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

story 'a product is drawn' '
	draw_shop
'

story 'every kind of file: git conflicts in all, and we in none' '
	production
	override
	expect_code 1 git merge -q --no-edit 1.1.0 >../out 2>../err
	git diff --name-only --diff-filter=U >../conflicts
	is 4 "$(wc -l <../conflicts)"
	git merge --abort
	git upgrade plan 1.1.0 >../plan 2>../err
	has "^1.0.0 -> 1.1.0, 1 hop: would merge with no conflicts$" ../plan
	has "^  resolved     4 files by key$" ../plan
	git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "Upgrade to 1.1.0$" ../out
	has "^  resolved     4 files by key$" ../err
	has "^      docker-compose.yml  *services.web.image and services.db.ima" \
		../err
	is "" "$(git status --porcelain)"
	cat >../expect <<-\EOT
	# The shop.

	services:
	  web:
	    image: shop/web:1.1.0
	    restart: unless-stopped
	    environment:
	      # where it is
	      PUBLIC_URI: https://set-me.example.com
	      LOG_LEVEL: info
	  db:
	    image: mariadb:10.11
	    mem_limit: 2g
	EOT
	same ../expect docker-compose.yml
	cat >../expect <<-\EOT
	{
	    "require": {
	        "shop/core": "1.1.*",
	        "shop/theme": "1.1.*",
	        "acme/erp": "^1.2"
	    }
	}
	EOT
	same ../expect composer.json
	printf "SHOP_IMAGE=shop:1.1.0\nSHOP_MAIL=mail.acme.example\n" >../expect
	same ../expect .env
	printf "/var\n/vendor\n/dumps\n/cache\n" >../expect
	same ../expect .gitignore
'

story 'the prediction is the merge' '
	cd prod
	git reset -q --hard HEAD^
	git upgrade plan --json 1.1.0 >../plan.json
	git upgrade merge --json --no-edit 1.1.0 >../merge.json 2>../err
	jq -S .structured ../plan.json >../a
	jq -S .structured ../merge.json >../b
	same ../a ../b
	jq -r ".structured[] | .path + \" \" + .type + \" \" + .outcome" \
		../plan.json >../out
	printf "%s\n" ".env dotenv resolved" ".gitignore ignore resolved" \
		"composer.json json resolved" \
		"docker-compose.yml yaml resolved" >../expect
	same ../expect ../out
	is services.web.restart "$(jq -r ".structured[3].ours[0]" ../plan.json)"
'

story 'a real disagreement: marked around the key alone' '
	production
	edit "s,https://set-me.*,https://shop.acme.example," docker-compose.yml
	edit "s,shop/web:1.0.0,registry.acme.example/web:1.0.0," \
		docker-compose.yml
	behind mariadb "    mem_limit: 2g" docker-compose.yml
	git add .
	commit "Our registry"
	git upgrade plan 1.1.0 >../plan 2>../err
	has "^        services.web.image: yours registry.acme.example/web:1.0.0, th\
eirs shop/web:1.1.0$" ../plan
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^CONFLICT (content): Merge conflict in docker-compose.yml$" ../err
	cat >../expect <<-\EOT
	# The shop.

	services:
	  web:
	<<<<<<< production
	    image: registry.acme.example/web:1.0.0
	=======
	    image: shop/web:1.1.0
	>>>>>>> 1.1.0
	    environment:
	      # where it is
	      PUBLIC_URI: https://shop.acme.example
	      LOG_LEVEL: info
	  db:
	    image: mariadb:10.11
	    mem_limit: 2g
	EOT
	same ../expect docker-compose.yml
	git ls-files -u >../stages
	is 3 "$(wc -l <../stages)"
	git upgrade merge --abort 2>../err
	is "" "$(git status --porcelain)"
'

story 'with the base, where merge.conflictStyle asks for it' '
	cd prod
	git -c merge.conflictStyle=diff3 upgrade merge --no-edit 1.1.0 \
		>../out 2>../err || :
	has "^||||||| 1.0.0$" docker-compose.yml
	has "^    image: shop/web:1.0.0$" docker-compose.yml
	git upgrade merge --abort 2>../err
'

story 'markers as long as the attribute says' '
	cd prod
	echo "*.yml conflict-marker-size=11" >.git/info/attributes
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	has "^<<<<<<<<<<< production$" docker-compose.yml
	has "^===========$" docker-compose.yml
	git upgrade merge --abort 2>../err
	rm .git/info/attributes
'

story '--no-structure and upgrade.structure: lines, as git gives them' '
	production
	override
	expect_code 1 git merge -q --no-edit 1.1.0 >../out 2>../err
	mkdir -p ../by-git
	for file in docker-compose.yml composer.json .env .gitignore
	do
		sed "s/^<<<<<<< HEAD/<<<<<<< production/" $file \
			>../by-git/$file
	done
	git merge --abort
	for way in option setting
	do
		set -- --no-structure
		if [ $way = setting ]
		then
			git config upgrade.structure false
			set --
		fi
		expect_code 1 git upgrade merge --no-edit "$@" 1.1.0 \
			>../out 2>../err
		lacks "resolved" ../err
		for file in docker-compose.yml composer.json .env .gitignore
		do
			same "../by-git/$file" "$file"
		done
		git upgrade merge --abort 2>../err
	done
	git upgrade config >../out 2>../err
	lacks "upgrade.structure" ../err
	git upgrade plan --structure 1.1.0 >../out
	has "^  resolved     4 files by key$" ../out
'

story 'a merge driver of ones own is heeded' '
	production
	override
	echo "*.yml merge=mine" >.git/info/attributes
	git config merge.mine.driver "exit 1"
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --abort 2>../err
	echo "*.json -merge" >.git/info/attributes
	expect_code 1 git upgrade merge --no-edit 1.1.0 >../out 2>../err
	is composer.json "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --abort 2>../err
'

story 'what does not parse stays with the lines, and JSON says why' '
	production
	override
	printf "broken: [\n" >>docker-compose.yml
	git commit -q -a -m "Broken"
	expect_code 1 git upgrade merge --json --no-edit 1.1.0 \
		>../out.json 2>../err
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	has "^<<<<<<< production$" docker-compose.yml
	is lines "$(jq -r ".structured[3].outcome" ../out.json)"
	jq -r ".structured[3].reason" ../out.json >../reason
	has "^docker-compose.yml:" ../reason
	git upgrade merge --abort 2>../err
'

story 'a path goes on by lines, if that was asked for' '
	cd shop
	edit "s/1\.1\./1.2./" docker-compose.yml
	git commit -q -a -m Third
	git tag -a -m 1.2.0 1.2.0
	cd ..
	production
	edit "s/LOG_LEVEL: info/LOG_LEVEL: warning/" docker-compose.yml
	edit "s/^three/drei/" notes.txt
	git commit -q -a -m Ours
	cd ../shop
	git checkout -q -B side 1.1.0
	edit "s/^three/troyes/" notes.txt
	git commit -q -a -m "Notes"
	git tag -a -m 1.1.1 1.1.1
	behind LOG_LEVEL "      COLOR: blue" docker-compose.yml
	git commit -q -a -m "A colour"
	git tag -a -m 1.3.0 1.3.0
	cd ../prod
	cat >../profile.yaml <<-\EOT
	format: 1
	profile: generic
	path:
	  stops: [1.1.1]
	EOT
	git config upgrade.profile "$WORK/profile.yaml"
	git upgrade fetch 2>../err
	expect_code 1 git upgrade merge --path --no-structure --no-edit 1.3.0 \
		>../out 2>../err
	git checkout -q --ours notes.txt
	git add notes.txt
	expect_code 1 git upgrade merge --continue >../out 2>../err
	is docker-compose.yml "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --abort 2>../err
'

story 'both added a file: what is in both, once' '
	cd shop
	git checkout -q -B added 1.0.0
	printf "cache: redis\nmail: on\n" >extra.yml
	git add extra.yml
	commit "Extra"
	git tag -a -m 1.0.1 1.0.1
	cd ..
	production
	printf "cache: redis\nerp: on\n" >extra.yml
	git add extra.yml
	commit "Extra of ours"
	git upgrade merge --no-edit 1.0.1 >../out 2>../err
	printf "cache: redis\nerp: on\nmail: on\n" >../expect
	same ../expect extra.yml
'

story 'secrets are not shown' '
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
	expect_code 1 git upgrade merge --no-edit 1.0.2 >../out 2>../err
	has "web.DB_PASSWORD: yours \*\*\*, theirs \*\*\*$" ../err
	lacks hunter2 ../err
	git upgrade merge --abort 2>../err
	git upgrade plan --json 1.0.2 >../plan.json
	lacks hunter2 ../plan.json
'

story 'variables of a list: both add theirs, with a value or passed on' '
	cd shop
	git checkout -q -B variables 1.0.0
	printf "environment:\n  - ZONE\n  - OLD\n" >gui.yml
	git add gui.yml
	commit "Variables"
	git tag -a -m 1.0.3 1.0.3
	printf "environment:\n  - ZONE\n  - OLD\n  - NEW=1\n  - HOST\n" >gui.yml
	git commit -q -a -m "More variables"
	git tag -a -m 1.0.4 1.0.4
	cd ..
	production
	git reset -q --hard 1.0.3
	printf "environment:\n  - ZONE\n  - OURS=yes\n" >gui.yml
	git commit -q -a -m "Variables of ours"
	git upgrade merge --no-edit 1.0.4 >../out 2>../err
	printf "environment:\n  - ZONE\n  - OURS=yes\n  - NEW=1\n  - HOST\n" \
		>../expect
	same ../expect gui.yml
'

story 'words of a list that are no variables clash' '
	cd shop
	git checkout -q -B words 1.0.3
	printf "steps:\n  - ZONE\n  - OLD\n" >gui.yml
	git commit -q -a -m "Words"
	git tag -a -m 1.0.5 1.0.5
	printf "steps:\n  - ZONE\n  - OLD\n  - NEW\n" >gui.yml
	git commit -q -a -m "A word"
	git tag -a -m 1.0.6 1.0.6
	cd ..
	production
	git reset -q --hard 1.0.5
	printf "steps:\n  - ZONE\n  - OLD\n  - OURS\n" >gui.yml
	git commit -q -a -m "A word of ours"
	expect_code 1 git upgrade merge --no-edit 1.0.6 >../out 2>../err
	is gui.yml "$(git diff --name-only --diff-filter=U)"
	git upgrade merge --abort 2>../err
'

done_testing
