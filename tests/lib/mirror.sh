# A product of images, and a production that has them from a registry of its
# own. Source it behind tap.sh and draw.sh.

# shellcheck disable=SC2103,SC2164,SC2317

# mirror_files RELEASE DB: all but what is particular to a release
mirror_files()
{
	mkdir -p helm/shop template
	cat >compose.yml <<-EOT
	services:
	  web:
	    image: docker.io/shop/web:$1
	    environment:
	      LOG_LEVEL: info
	  db:
	    image: docker.io/library/mariadb:$2
	EOT
	printf 'image: docker.io/shop/worker:%s\nreplicas: 1\n' "$1" \
		>helm/shop/values.yaml
	printf 'See docker.io/shop/web:%s.\n' "$1" >notes.txt
	printf 'cli:\n  image: docker.io/shop/cli:1\n' >cli.yml
	printf 'docker.io/shop/\0%s\n' "$1" >image.yml
	printf 'version https://git-lfs.github.com/spec/v1\noid %s\n%s\n' \
		"$1" 'ext docker.io/shop/' >pointer.yml
	cat >template/prod.yml <<-EOT
	web:
	  image: docker.io/shop/web:$1
	  host: set-me.example.com
	EOT
}

# draw_mirror: 1.0.0, 1.1.0 with another service, 1.2.0, and 2.0.0, whose
# images are elsewhere
draw_mirror()
{
	git init -q -b main shop
	cd shop
	mirror_files 1.0.0 10.6
	ln -s docker.io/shop/web link.yml
	git add .
	commit 'First'
	git tag -a -m 1.0.0 1.0.0
	mirror_files 1.1.0 10.11
	cat >>compose.yml <<-EOT
	  queue:
	    image: docker.io/shop/queue:1.1.0
	EOT
	rm link.yml
	ln -s docker.io/shop/queue link.yml
	git add .
	commit 'Second'
	git tag -a -m 1.1.0 1.1.0
	edit 's/1\.1\.0/1.2.0/' compose.yml
	edit 's/1\.1\.0/1.2.0/' template/prod.yml
	edit 's/shop.cli:1/shop\/cli:2/' cli.yml
	git add .
	commit 'Third'
	git tag -a -m 1.2.0 1.2.0
	for file in compose.yml helm/shop/values.yaml cli.yml template/prod.yml
	do
		edit 's/docker\.io.shop.\([a-z]*\):.*/ghcr.io\/shop\/\1:2/' \
			"$file"
	done
	git add .
	commit 'Fourth'
	git tag -a -m 2.0.0 2.0.0
	cd ..
}

# edit SED-SCRIPT FILE
edit()
{
	sed "$1" "$2" >../edited
	cat ../edited >"$2"
}

# mirror_production: a clone on 1.0.0, whose images are those of the mirror
mirror_production()
{
	rm -rf prod
	git clone -q -o upstream shop prod 2>/dev/null
	cd prod
	git checkout -q -b production 1.0.0
	git config upgrade.upstream upstream
	for file in compose.yml helm/shop/values.yaml
	do
		edit 's/docker\.io.shop/oci.acme.example\/mirror/' "$file"
	done
	edit 's/LOG_LEVEL: info/LOG_LEVEL: debug/' compose.yml
	git commit -qam 'Our registry'
}

# mirror_say LINE...: .gitupgrade.yaml says this besides
mirror_say()
{
	printf '%s\n' 'format: 1' 'profile: generic' "$@" >.gitupgrade.yaml
	git add .gitupgrade.yaml
	commit 'Say so'
}

# mirror_rule: the replacement that all of this is about
mirror_rule()
{
	mirror_say 'replacements:' \
		'  - files: ["*.yml", "helm/**/*.yaml"]' \
		'    from: docker.io/shop/' \
		'    to: oci.acme.example/mirror/'
}
