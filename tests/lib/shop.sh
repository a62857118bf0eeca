# A product whose files are of every kind that is merged by what it is, and
# what any other takes. Source it behind tap.sh and draw.sh.

# shellcheck disable=SC2103,SC2164,SC2317

# product NAME: one without releases; here from then on
product()
{
	mkdir "$1"
	cd "$1"
	git init -q -b main
}

# release VERSION: what is in the files here
release()
{
	git add .
	commit "Release $1"
	git tag -a -m "$1" "$1"
}

# draw_shop: a product whose files are of every kind, in 1.0.0 and 1.1.0
draw_shop()
{
	product shop
	cat >docker-compose.yml <<-\EOT
	# The shop.

	services:
	  web:
	    image: shop/web:1.0.0
	    environment:
	      # where it is
	      PUBLIC_URI: https://set-me.example.com
	      LOG_LEVEL: info
	  db:
	    image: mariadb:10.6
	EOT
	cat >composer.json <<-\EOT
	{
	    "require": {
	        "shop/core": "1.0.*",
	        "shop/theme": "1.0.*"
	    }
	}
	EOT
	printf 'SHOP_IMAGE=shop:1.0.0\n# SHOP_MAIL=mail.example.com\n' >.env
	printf '/var\n/vendor\n' >.gitignore
	printf 'one\ntwo\nthree\n' >notes.txt
	release 1.0.0
	sed 's/web:1\.0\.0/web:1.1.0/; s/mariadb:10\.6/mariadb:10.11/' \
		docker-compose.yml >new
	cat new >docker-compose.yml
	sed 's/1\.0\.\*/1.1.*/' composer.json >new
	cat new >composer.json
	printf 'SHOP_IMAGE=shop:1.1.0\n# SHOP_MAIL=mail.example.com\n' >.env
	printf '/var\n/vendor\n/cache\n' >.gitignore
	rm new
	release 1.1.0
	cd ..
}

# production [PRODUCT [RELEASE]]: a clone on it, ours; the shop's, on 1.0.0
production()
{
	rm -rf prod
	git clone -q -o upstream "${1-shop}" prod 2>/dev/null
	cd prod
	git checkout -q -b production "${2-1.0.0}"
	git config upgrade.upstream upstream
}

# edit SED-SCRIPT FILE
edit()
{
	sed "$1" "$2" >../edited
	cat ../edited >"$2"
}

# behind REGEX LINE FILE
behind()
{
	awk -v line="$2" "{ print } /$1/ { print line }" "$3" >../edited
	cat ../edited >"$3"
}

# Changes beside those of 1.1.0, none of which is one of them.
override()
{
	behind shop.web:1 '    restart: unless-stopped' docker-compose.yml
	behind mariadb '    mem_limit: 2g' docker-compose.yml
	edit 's/"shop.theme.*/&,/; s/,,/,/' composer.json
	behind shop.theme '        "acme/erp": "^1.2"' composer.json
	edit "s/^# SHOP_MAIL=.*/SHOP_MAIL=mail.acme.example/" .env
	echo /dumps >>.gitignore
	git add .
	commit 'Overrides'
}
