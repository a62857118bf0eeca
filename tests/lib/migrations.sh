# A product for stories about migrations. Source it after tap.sh and draw.sh.
#
#	draw_plant	upstream "plant", releases 1.0.0, 2.0.0 and 3.0.0, each
#			a line of plant.txt and a version in plant.yml
#	production [BRANCH]	a clone on 1.0.0, in the folder prod, with files
#			of its own; here from then on
#	migrations	stdin is the configuration out of the tree, but for its
#			first lines

# plant_release VERSION
plant_release()
{
	sed "s/^version: .*/version: $1/" plant.yml >new
	cat new >plant.yml
	rm new
	echo "$1" >>plant.txt
	git add .
	commit "Release $1"
	git tag -m "$1" "$1"
}

draw_plant()
{
	mkdir plant
	cd plant || return 1
	git init -q -b main
	cat >plant.yml <<-\EOT
	# The plant.
	version: 0
	name: upstream-name
	ports: [80]
	EOT
	mkdir app
	echo '<?php require __DIR__ . "/../lib.php";' >app/register.php
	plant_release 1.0.0
	plant_release 2.0.0
	plant_release 3.0.0
	cd ..
}

production()
{
	rm -rf prod
	git clone -q -o upstream plant prod 2>/dev/null
	cd prod || return 1
	git checkout -q -b "${1:-production}" 1.0.0
	git config upgrade.upstream upstream
	mkdir ours
	cat >ours/site.yml <<-\EOT
	# Ours, with care.
	site:
	  host: old.example.com   # since 2019
	  hosts:
	    - one.example.com
	    # the second
	    - two.example.com
	  port: 8080
	EOT
	printf '{"name": "site", "keep": [1, 2]}\n' >ours/site.json
	printf '# mail\nMAIL_HOST=mail.example.com\n' >ours/site.env
	printf 'plain text of host old.example.com\r\n' >ours/notes.txt
	git add .
	commit 'Ours'
}

migrations()
{
	{
		printf 'format: 1\nmigrations:\n'
		sed 's/^/  /'
	} >.git/info/gitupgrade.yaml
}

# Files and refs; the tree of what is checked out.
snapshot()
{
	git for-each-ref --format='%(refname) %(objectname)' |
	grep -v ' refs/upgrade/releases/' || :
	git status --porcelain --untracked-files=all
	git rev-parse 'HEAD^{tree}'
	find .git/upgrade -type f 2>/dev/null || :
}
