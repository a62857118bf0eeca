#!/bin/sh
# A platform made from a clone knows the product as that clone knows it.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# facts DIR FILE: every value of the product there, without who said so
facts()
{
	git -C "$1" upgrade config --json >"$TRASH/tmp/facts"
	awk '
	/"key": *"profile"/ { skip = 1 }
	/^  {$/ {
		text = ""
		skip = 0
	}
	/"key": *"(environments|upstream.remote)/ { skip = 1 }
	/"origin":/ { next }
	{ text = text $0 "\n" }
	/^  },*$/ {
		sub(/},\n$/, "}\n", text)
		if (!skip)
			printf "%s", text
	}' "$TRASH/tmp/facts" >"$2"
	test -s "$2"
}

# make_platform [OPTION...]
make_platform()
{
	rm -rf ../platform.git ../srv
	git upgrade platform init --env=production "$@" ../platform.git \
		>../out 2>../err
}

story 'a product with a name of its own, described in the tree' '
	draw_clone prod
	cd prod
	cat >.gitupgrade.yaml <<-\EOT
	format: 1
	name: shop
	description: "The shop: \"ours\", \\ all of it"
	upstream:
	  urls: ["*[/:]example/shop", "*/upstream"]
	releases:
	  pre: "^v[0-9.]+-rc[.][0-9]+$"
	path:
	  rule: connected-minor
	  edges: [{from: "1.0", to: "2.0"}]
	  avoid: ["1.0.1"]
	  last: {release: "9.9", reason: "no one knows: nothing # more"}
	copies:
	  - {template: settings.ini, copy: my.ini, since: "1.0"}
	  - template: "dist/*"
	    copy: "conf/*"
	    replace: {from: "@host@", to: "shop.example.com"}
	placeholders: [CHANGE-ME, "~", "no", "- x", "tab\there"]
	deploy:
	  keep: 7
	  metadata: true
	  shared: [var/uploads]
	  steps:
	    - name: start
	      timeout: 90s
	      interrupts: true
	      restores: true
	      run:
	        - sh
	        - -c
	        - |
	          # starts
	          cp VERSION ../../serving

	          true
	    - {name: odd, run: [printf, " \n lead", "trail \n", "x\r\n"]}
	verify:
	  health:
	    run: [test, -s, ../../serving]
	    polls: 2
	    interval: 0
	EOT
	commit "Describe the shop"
	git upgrade trust --yes
	make_platform --deploy-to="$SRV"
	has "^  profile  *shop, as it is configured here" ../err
	has "^# .*copy" ../platform.git/info/gitupgrade.yaml
	facts . ../here
	facts ../platform.git ../there
	same ../here ../there
	has "\"shop\"" ../there
'

story 'and that platform deploys it' '
	cd prod
	git remote add platform ../platform.git
	mkdir -p "$SRV"
	expect_code 0 git upgrade push >../out 2>../err
	has "^Deployed and verified in" ../err
	is 1.0.0 "$(cat "$SRV/serving")"
	git remote remove platform
'

story 'the same without a file of its own would be a plain profile' '
	cd prod
	git checkout -q -b bare HEAD~1
	make_platform
	has "^profile: generic$" ../platform.git/info/gitupgrade.yaml
	lacks "^path:" ../platform.git/info/gitupgrade.yaml
	git checkout -q production
'

story 'a configuration of environments alone changes no product' '
	cd prod
	git checkout -q -b envs HEAD~1
	put .gitupgrade.yaml "format: 1" "profile: generic" "environments:" \
		"  production:" "    branch: envs"
	commit "Only environments"
	make_platform
	has "^profile: generic$" ../platform.git/info/gitupgrade.yaml
	lacks "^path:" ../platform.git/info/gitupgrade.yaml
	git checkout -q production
'

story 'commands of the tree go there only when they are trusted' '
	cd prod
	git upgrade trust --revoke
	expect_code 2 make_platform
	has "has commands that you do not trust yet" ../err
	has "^hint: allow them with .git upgrade trust." ../err
	has "^Nothing was changed.$" ../err
	missing ../platform.git
	hash=$(sed -n "s/.*--trust=//p" ../err)
	expect_code 0 make_platform --trust="$hash"
	exists ../platform.git
	cp ../platform.git/info/gitupgrade.yaml ../before.yaml
	expect_code 0 git upgrade platform init ../platform.git \
		>../out 2>../err
	has "is a platform already; its hooks" ../err
	same ../before.yaml ../platform.git/info/gitupgrade.yaml
'

story 'a dry run shows what would be written' '
	cd prod
	rm -rf ../platform.git
	git upgrade trust --yes
	expect_code 0 git upgrade platform init -n ../platform.git \
		>../out 2>../err
	has "^name: shop$" ../out
	has "^      run:" ../out
	has "^  production:$" ../out
	missing ../platform.git
'

story 'a profile in a file of the user, with a name of its own' '
	cd prod
	git checkout -q bare
	write_profile ../mine.yaml
	sed -i "s/^profile: generic/name: mine/" ../mine.yaml
	git config upgrade.profile "$WORK/mine.yaml"
	make_platform
	facts . ../here
	facts ../platform.git ../there
	same ../here ../there
	has "\"mine\"" ../there
	git config --unset upgrade.profile
'

story 'what settings of git say of the product goes along' '
	cd prod
	git config upgrade.path connected-minor
	git config upgrade.deploy.keep 9
	make_platform
	facts . ../here
	facts ../platform.git ../there
	same ../here ../there
	git config --unset upgrade.path
	git config --unset upgrade.deploy.keep
'

story 'an embedded profile with one line changed is whole there' '
	cd prod
	git config upgrade.profile mender
	git config upgrade.releases.pre "^[0-9.]+x$"
	make_platform
	facts . ../here
	facts ../platform.git ../there
	same ../here ../there
	has "\"mender\"" ../there
	git config --unset upgrade.releases.pre
	make_platform
	has "^profile: mender$" ../platform.git/info/gitupgrade.yaml
'

# said DIR FILE: what it says of its environments, without who said so
said()
{
	git -C "$1" upgrade config --json >"$TRASH/tmp/facts"
	awk '
	/^  {$/ {
		text = ""
		ours = 0
	}
	/"key": *"environments/ { ours = 1 }
	/"key": *"environments.*[.](deploy_to|deploy)"/ { ours = 0 }
	/"origin":/ { next }
	{ text = text $0 "\n" }
	/^  },*$/ {
		sub(/},\n$/, "}\n", text)
		if (ours)
			printf "%s", text
	}' "$TRASH/tmp/facts" >"$2"
	test -s "$2"
}

story 'what a clone says of its environments goes along, all of them' '
	cd prod
	git config --unset upgrade.profile
	git checkout -q -b settings HEAD~1
	cat >.gitupgrade.yaml <<-\EOT
	format: 1
	profile: generic
	environments:
	  staging:
	    branch: next
	    mode: rolling
	    on_failure: rollback
	    prefix: [sh, -c]
	    prefix_shell: true
	    prefix_dir: "/srv/{release}"
	    deploy_to: /srv/some where
	  production:
	    branch: settings
	    notify:
	      run: [logger, "it'"'"'s done"]
	      on: [failed]
	    freeze:
	    - {from: fri 16:00, to: mon 08:00,
	       reason: "weekend: quiet"}
	    - {from: 2026-12-24, to: 2026-12-27}
	  far: {branch: far, deploy: pull}
	EOT
	commit "Say how"
	rm -rf ../platform.git
	expect_code 2 git upgrade platform init ../platform.git 2>../err
	has "has commands that you do not trust yet" ../err
	missing ../platform.git
	git upgrade trust --yes
	git upgrade platform init ../platform.git 2>../err
	has "^  environment  staging: branch next, deploys to /srv/some where" \
		../err
	has "^  environment  production: branch settings, deploys to .*/pro" \
		../err
	lacks "far" ../err
	has "^profile: generic$" ../platform.git/info/gitupgrade.yaml
	lacks "^deploy:" ../platform.git/info/gitupgrade.yaml
	said ../platform.git ../there
	git config upgrade.environments.production.deploy hooks
	sed -i "/^  far:/d" .gitupgrade.yaml
	git commit -q -a -m "Without far"
	said . ../here
	same ../here ../there
	git config --get-all --file=../platform.git/config \
		receive.procReceiveRefs >../guarded
	has "^refs/heads/next$" ../guarded
	has "^refs/heads/settings$" ../guarded
'

story 'those that are named, and a folder or a branch that is' '
	cd prod
	git upgrade trust --yes
	git upgrade platform init -n --env=staging --deploy-to="$SRV" \
		../platform2.git >../out 2>../err
	has "^    branch: next" ../out
	has "^    deploy_to: \"$SRV\"" ../out
	has "^    mode: rolling" ../out
	lacks "production" ../out
	git upgrade platform init -n --env=staging=trunk ../platform2.git \
		>../out 2>../err
	has "^    branch: trunk" ../out
	has "^    mode: rolling" ../out
	git upgrade platform init -n --profile=generic ../platform2.git \
		>../out 2>../err
	has "^    branch: next" ../out
	has "^    branch: settings" ../out
	lacks "^    mode:" ../out
'

done_testing
