# Small histories drawn with plain git, with the topology of real products.
# Source it after tap.sh (elsewhere: nothing is cached then, and `tick` may be
# defined to date the operator's commits).
#
#	draw_upstream DIR		a product with release branches
#	draw_production DIR RELEASE [UPSTREAM]
#					an operator's clone of it
#	draw_generic DIR		a product nobody has a profile for
#	draw_blob_tag DIR [TAG]		a release tag that is no commit
#	draw_release DIR BRANCH TAG [PATH LINE...]
#					one more release on a branch
#	draw_same_tree COMMIT COMMIT [-- PATHSPEC...]
#					assert it, in the repository here
#
# What draw_upstream draws, and where to find what in it:
#
#   master       development; images are tagged mender-master, two commits
#                a minor
#   2.0.x ...    one branch a minor: 2.0 to 2.7 (the last minor of 2), then
#                3.0 to 3.2. Its first commit pins the images, so a release is
#                never an ancestor of another minor's, and a plain merge of
#                the next minor conflicts with no change of one's own
#   tags         DRAW_RELEASES below; no releases: 2.0.0b1, 3.0.3-build3,
#                saas-v2020.07.09, integration-0.1. Annotated, as a rule
#   two bases    2.4.0 and 2.5.0 have two merge bases
#   dates        2.4.1 is older than 2.3.1, and 3.2.0 older than 3.1.1
#   templates    to 2.1 template/{prod.yml,run}, with /template/ in them; since
#                2.2 production/run, production/config/{prod,enterprise}.yml
#                .template. prod.yml changes in each minor but 2.3, and in the
#                patch 3.0.1
#   placeholders my-gateway-dns-name and my-storage-dns-name always; 2.7 brings
#                set-my-alias-here.com
#   new keys     DEPLOYMENTS_STORAGE_BUCKET in 2.2, USERADM_TOKEN_EXPIRATION
#                in 2.5, DEPLOYMENTS_PRESIGN_SECRET in 3.2
#   changes      2.3: keygen becomes executable, compose.yml arrives as a
#                symlink. 2.4: wait-for is renamed to extra/wait-for, and
#                changed. 2.5: the folder tests/ is renamed to testing/.
#                3.0: logo.png, binary, changes. 3.1: legacy.conf is deleted
#
# Against the edits of draw_production, with the right base: the copy merges
# without conflict on every hop but 3.0 -> 3.1 (both sides change
# DEPLOYMENTS_AWS_URI); 2.1 -> 2.2 is an add/add on production/run, and the
# copy moves from production/prod.yml to production/config/prod.yml; 2.6 ->
# 2.7 merges and leaves a placeholder. Nothing else meets an edit.

# shellcheck disable=SC2016,SC2034
DRAW_RELEASES='2.0.0 2.0.1 2.1.0 2.1.1 2.2.0 2.2.1 2.2.2 2.3.0 2.3.1
	2.4.0 2.4.1 2.5.0 2.5.1 2.6.0 2.6.1 2.6.2 2.7.0 2.7.1 2.7.2
	3.0.0 3.0.1 3.1.0 3.1.1 3.2.0 3.2.1'
DRAW_CACHE=${tap_dir:+$TRASH_ROOT/.cache}

command -v tick >/dev/null || tick() { :; }

# The stream for fast-import. Text ends with a line of its own, so that sh
# need not count bytes.

# draw_commit BRANCH DAY MESSAGE [PARENT [MERGED]]: parents are marks; without
# one the branch goes on. Leaves the commit's mark in draw_mark.
draw_commit()
{
	draw_mark=$((draw_mark + 1))
	printf 'commit refs/heads/%s\nmark :%s\n' "$1" "$draw_mark"
	printf 'committer Dana Developer <dana@upstream.example> %s +0000\n' \
		$((1556668800 + $2 * 86400))
	printf 'data <<END-OF-DATA\n%s\nEND-OF-DATA\n' "$3"
	[ -z "${4-}" ] || printf 'from :%s\n' "$4"
	[ -z "${5-}" ] || printf 'merge :%s\n' "$5"
}

# draw_tag NAME DAY [MARK]
draw_tag()
{
	printf 'tag %s\nfrom :%s\n' "$1" "${3-$draw_mark}"
	printf 'tagger Dana Developer <dana@upstream.example> %s +0000\n' \
		$((1556668800 + $2 * 86400))
	printf 'data <<END-OF-DATA\nRelease %s\nEND-OF-DATA\n' "$1"
}

# draw_file MODE PATH <CONTENT
draw_file()
{
	printf 'M %s inline %s\ndata <<END-OF-DATA\n' "$1" "$2"
	cat
	printf 'END-OF-DATA\n'
}

# draw_line MODE PATH LINE...
draw_line()
{
	printf 'M %s inline %s\ndata <<END-OF-DATA\n' "$1" "$2"
	shift 2
	printf '%s\n' "$@"
	printf 'END-OF-DATA\n'
}

# The files that name component versions: TAG is the images' tag, ERA counts
# minors from 2.0.
draw_pins()
{
	draw_file 100644 docker-compose.yml <<-EOT
	version: '2.3'
	services:

	    # the web interface
	    mender-gui:
	        image: mendersoftware/gui:$1
	        environment:
	            - GATEWAY_IP
	            - INTEGRATION_VERSION
	        networks:
	            - mender

	    # stores and serves updates
	    mender-deployments:
	        image: mendersoftware/deployments:$1
	        networks:
	            - mender
	        depends_on:
	            - mender-mongo

	    # who is who
	    mender-useradm:
	        image: mendersoftware/useradm:$1
	        networks:
	            - mender

	    # what devices say about themselves
	    mender-inventory:
	        image: mendersoftware/inventory:$1
	        networks:
	            - mender
	$(draw_services "$1" "$2")

	    # the way in
	    mender-api-gateway:
	        image: mendersoftware/api-gateway:$1
	        networks:
	            - mender

	    # the database; its version is not ours
	    mender-mongo:
	        image: mongo:4.2
	        networks:
	            mender:
	                aliases:
	                    - mongo-useradm
	                    - mongo-inventory

	# one network for all of them
	networks:
	    mender:
	        driver: bridge
	EOT
	draw_line 100644 docker-compose.client.yml \
		"version: '2.3'" \
		'services:' \
		'    mender-client:' \
		"        image: mendersoftware/mender-client:$1" \
		'        privileged: true'
	draw_line 100644 other-components.yml \
		'services:' \
		'    mender-cli:' \
		"        image: mendersoftware/mender-cli:$1" \
		'    mender-artifact:' \
		"        image: mendersoftware/mender-artifact:$1"
}

draw_services()
{
	[ "$2" -lt 3 ] || cat <<-EOT

	    # makes updates out of single files
	    mender-create-artifact-worker:
	        image: mendersoftware/create-artifact-worker:$1
	        networks:
	            - mender
	EOT
	[ "$2" -lt 6 ] || cat <<-EOT

	    # a terminal on the device
	    mender-deviceconnect:
	        image: mendersoftware/deviceconnect:$1
	        networks:
	            - mender
	EOT
	[ "$2" -lt 8 ] || cat <<-EOT

	    # other people's clouds
	    mender-iot-manager:
	        image: mendersoftware/iot-manager:$1
	        networks:
	            - mender
	EOT
}

# draw_prod PATH ERA KEYS SIZE: the template of the operator's settings. KEYS
# is the folder of the keys as it is written in it, SIZE that of log files.
draw_prod()
{
	draw_server='server --automigrate'
	[ "$2" -lt 4 ] || draw_server='server --automigrate --wait'
	draw_storage='https://my-storage-dns-name:9000'
	[ "$2" -lt 9 ] || draw_storage='https://my-storage-dns-name'
	draw_file 100644 "$1" <<-EOT
	# The settings of a production server: copy this file and edit the
	# copy. Everything that has to be changed is explained in place.

	version: '2.3'
	services:

	    mender-useradm:
	        command: $draw_server
	        volumes:
	            - $3/keys/useradm/private.key:/etc/useradm/private.pem:ro
	$(draw_useradm "$2")
	        logging:
	            options:
	                max-file: "10"
	                max-size: "$4"

	    mender-inventory:
	        command: $draw_server
	        logging:
	            options:
	                max-file: "10"
	                max-size: "$4"

	    mender-api-gateway:
	        ports:
	            # where devices and people connect
	            - "443:443"
	$(draw_aliases "$2")
	        volumes:
	            - $3/certs/api-gateway/cert.crt:/certs/cert.crt:ro
	            - $3/certs/api-gateway/private.key:/certs/private.key:ro
	$(draw_command "$2")
	        environment:
	            # the name devices know the server by
	            ALLOWED_HOSTS: my-gateway-dns-name

	    mender-deployments:
	        command: $draw_server
	        volumes:
	            - $3/certs/storage-proxy/cert.crt:/etc/ssl/storage.crt:ro
	        environment:
	            STORAGE_BACKEND_CERT: /etc/ssl/storage.crt
	$(draw_deployments "$2")
	            # the same values as below
	            DEPLOYMENTS_AWS_AUTH_KEY:
	            DEPLOYMENTS_AWS_AUTH_SECRET:

	            # where devices fetch updates from
	            DEPLOYMENTS_AWS_URI: $draw_storage
	        logging:
	            options:
	                max-file: "10"
	                max-size: "$4"

	    minio:
	        environment:
	            MINIO_ACCESS_KEY:
	            MINIO_SECRET_KEY:
	        volumes:
	            - mender-artifacts:/export:rw
	$(draw_minio "$2")

	volumes:
	    mender-artifacts:
	        external: true
	EOT
}

draw_minio()
{
	[ "$1" -lt 1 ] || echo '        restart: on-failure'
}

draw_useradm()
{
	[ "$1" -lt 5 ] || cat <<-EOT
	        environment:
	            # seconds until people must log in again
	            USERADM_TOKEN_EXPIRATION: 604800
	EOT
	[ "$1" -lt 6 ] || echo '        restart: on-failure'
}

draw_aliases()
{
	[ "$1" -lt 7 ] || cat <<-EOT
	        networks:
	            mender:
	                aliases:
	                    # the storage's name, as devices know it
	                    - set-my-alias-here.com
	EOT
}

draw_command()
{
	[ "$1" -lt 8 ] || cat <<-EOT
	        command:
	            - --accesslog=true
	            - --entrypoints.https.address=:443
	EOT
}

draw_deployments()
{
	[ "$1" -lt 2 ] || echo '            DEPLOYMENTS_STORAGE_BUCKET: mender'
	[ "$1" -lt 10 ] || cat <<-EOT
	            # signs links, 32 random bytes in base64
	            DEPLOYMENTS_PRESIGN_SECRET:
	EOT
}

# draw_run PATH ERA FOLDER: the program that starts a production server from
# its folder
draw_run()
{
	draw_config=./config/prod.yml
	[ "$2" -ge 2 ] || draw_config=./prod.yml
	draw_file 100755 "$1" <<-EOT
	#!/bin/sh
	# Starts and stops the server; see $3 for its settings.
	set -e

	INTEGRATION_VERSION=\$(git describe --tags --abbrev=0)
	export INTEGRATION_VERSION
	$(draw_enterprise "$2")
	exec docker-compose -p menderproduction \\
	    -f ../docker-compose.yml \\
	    -f ../docker-compose.storage.minio.yml \\
	    -f $draw_config \$ENTERPRISE \\
	    "\$@"
	EOT
}

draw_enterprise()
{
	if [ "$1" -lt 2 ]
	then
		echo ENTERPRISE=
		return
	fi
	cat <<-\EOT

	ENTERPRISE=
	if [ -f ./config/enterprise.yml ]
	then
	    ENTERPRISE="-f ./config/enterprise.yml"
	fi

	EOT
}

# draw_templates ERA SIZE
draw_templates()
{
	if [ "$1" -lt 2 ]
	then
		draw_prod template/prod.yml "$1" ./template/keys-generated "$2"
		draw_run template/run "$1" ../template/prod.yml
	else
		draw_prod production/config/prod.yml.template "$1" \
			./production/keys-generated "$2"
		draw_run production/run "$1" ./config
	fi
}

# What is there from the beginning and seldom changes
draw_first()
{
	draw_line 100644 .gitignore '*.log' '*.pyc' '/artifacts'
	draw_line 100644 common.yml "version: '2.3'" 'services:' \
		'    mender-base:' '        restart: on-failure'
	draw_line 100644 docker-compose.storage.minio.yml "version: '2.3'" \
		'services:' '    minio:' '        image: minio/minio:stable' \
		'        networks:' '            - mender'
	draw_line 100644 keygen '#!/bin/sh' '# Makes keys and certificates.' \
		'mkdir -p keys-generated' 'echo key >keys-generated/key'
	draw_line 100755 wait-for '#!/bin/sh' '# Waits for a service.' \
		'until nc -z "$1" "$2"' 'do' '    sleep 1' 'done'
	draw_line 100644 legacy.conf 'compat = yes' 'since = 1.0'
	draw_line 100644 tests/test_boot.py 'def test_boot():' \
		'    """The server starts."""' '    assert start() == 0'
	draw_line 100644 tests/test_login.py 'def test_login():' \
		'    """A user can log in."""' '    assert login("a", "b")'
	draw_line 100644 tests/conftest.py 'import pytest' '' \
		'# shared by all tests'
	draw_logo one
}

draw_logo()
{
	printf 'M 100644 inline logo.png\ndata <<END-OF-DATA\n'
	printf '\211PNG\r\n\032\n\000\000\000\001%s\000\377\n' "$1"
	printf 'END-OF-DATA\n'
}

# draw_era ERA MINOR: what development changes for a minor
draw_era()
{
	draw_line 100644 README.md '# The server' '' \
		"Work on $2 goes on here." '' 'See production for production.'
	draw_pins mender-master "$1"
	case $1 in
	0)
		draw_first
		;;
	2)
		echo 'D template'
		draw_line 100644 production/config/enterprise.yml.template \
			"version: '2.3'" 'services:' \
			'    mender-tenantadm:' \
			'        command: server --automigrate'
		;;
	3)
		draw_line 100755 keygen '#!/bin/sh' \
			'# Makes keys and certificates.' \
			'mkdir -p keys-generated' 'echo key >keys-generated/key'
		printf 'M 120000 inline compose.yml\n'
		printf 'data 18\ndocker-compose.yml\n'
		;;
	4)
		echo 'D wait-for'
		draw_line 100755 extra/wait-for '#!/bin/sh' \
			'# Waits for a service.' 'until nc -z "$1" "$2"' 'do' \
			'    sleep 2' 'done'
		;;
	5)
		echo 'R tests testing'
		draw_line 100644 testing/test_token.py 'def test_token():' \
			'    """A token expires."""' '    assert expired()'
		;;
	8)
		draw_logo two
		;;
	9)
		echo 'D legacy.conf'
		;;
	esac
	draw_size=50m
	[ "$1" -lt 9 ] || draw_size=60m
	draw_templates "$1" "$draw_size"
}

# draw_minor ERA MINOR DAY...: development, then a branch with a release for
# each DAY
draw_minor()
{
	draw_era=$1
	draw_minor=$2
	draw_from=
	draw_branch=$2.x
	[ "$draw_era" -eq 0 ] || draw_from=$draw_master
	draw_commit master $((draw_era * 90)) "Begin with $2" "$draw_from"
	draw_era "$draw_era" "$2"
	draw_commit master $((draw_era * 90 + 20)) "Describe $2"
	draw_line 100644 "docs/$2.md" "# $2" '' "What is new in $2."
	draw_master=$draw_mark
	shift 2

	draw_from=$draw_master
	draw_patch=0
	for draw_day
	do
		draw_version=$draw_minor.$draw_patch
		if [ "$draw_version" = 2.4.0 ]
		then
			draw_criss_cross
			draw_from=$draw_mark
		fi
		draw_commit "$draw_branch" "$draw_day" \
			"Pin components for $draw_version" "$draw_from"
		draw_from=
		draw_pins "$draw_version" "$draw_era"
		draw_line 100644 "docs/$draw_minor.md" "# $draw_minor" '' \
			"What is new in $draw_minor." "This is $draw_version."
		case $draw_version in
		3.0.1)
			draw_templates "$draw_era" 60m
			;;
		2.0.0)
			draw_tag 2.0.0b1 "$draw_day"
			draw_commit "$draw_branch" "$draw_day" 'Finish 2.0.0'
			draw_line 100644 docs/beta.md 'The beta is over.'
			;;
		esac
		draw_tag "$draw_version" "$draw_day"
		draw_patch=$((draw_patch + 1))
	done
}

# 2.4.x and master take over from each other before 2.4.0: commit one of the
# branch and commit two of master are both best common ancestors ever after.
draw_criss_cross()
{
	draw_commit 2.4.x 381 'Start the branch' "$draw_master"
	draw_one=$draw_mark
	draw_line 100644 docs/branch.md 'Fixes only.'
	draw_commit master 381 'Go on with development' "$draw_master"
	draw_two=$draw_mark
	draw_line 100644 docs/develop.md 'Anything goes.'
	draw_commit master 382 'Take over from 2.4.x' "$draw_two" "$draw_one"
	draw_line 100644 docs/branch.md 'Fixes only.'
	draw_master=$draw_mark
	draw_commit 2.4.x 382 'Take over from master' "$draw_one" "$draw_two"
	draw_line 100644 docs/develop.md 'Anything goes.'
}

draw_history()
{
	draw_mark=0
	echo 'feature done'
	draw_minor 0 2.0 30 75
	draw_tag integration-0.1 1 1
	draw_minor 1 2.1 120 160
	draw_minor 2 2.2 210 240 260
	draw_minor 3 2.3 300 420
	draw_minor 4 2.4 390 410
	draw_minor 5 2.5 480 520
	draw_tag saas-v2020.07.09 480 "$draw_master"
	draw_minor 6 2.6 570 600 620
	draw_minor 7 2.7 660 700 730
	draw_minor 8 3.0 750 800
	# A build on its way to a release that was not made
	draw_commit 3.0.x 830 'Pin components for 3.0.3-build3'
	draw_pins 3.0.3-build3 8
	printf 'reset refs/tags/3.0.3-build3\nfrom :%s\n\n' "$draw_mark"
	draw_minor 9 3.1 840 960
	draw_minor 10 3.2 930 980
	draw_commit master 990 'Begin with 3.3'
	draw_line 100644 docs/3.3.md '# 3.3'
	echo 'done'
}

# draw_repository DIR BRANCH <STREAM
draw_repository()
{
	git init -q -b "$2" "$1" &&
	git -C "$1" fast-import --quiet --date-format=raw &&
	git -C "$1" pack-refs --all &&
	git -C "$1" checkout -q "$2"
}

# draw_cached NAME DIR COMMAND...: COMMAND makes the repository given to it as
# last argument; a copy of what it made goes to DIR. A finished drawing is
# moved into its place whole, so that files told at the same time see it or
# do not.
draw_cached()
{
	draw_name=$1
	draw_dir=$2
	shift 2
	if [ -e "$draw_dir" ]
	then
		echo "draw: $draw_dir exists" >&2
		return 1
	fi
	if [ -z "$DRAW_CACHE" ]
	then
		"$@" "$draw_dir"
		return
	fi
	draw_key=$(cksum <"$TESTS_DIR/lib/draw.sh") || return 1
	draw_key=$DRAW_CACHE/$draw_name-${draw_key%% *}
	if [ ! -d "$draw_key" ]
	then
		mkdir -p "$DRAW_CACHE" || return 1
		draw_new=$(mktemp -d "$DRAW_CACHE/new.XXXXXX") || return 1
		"$@" "$draw_new/repo" || return 1
		mv "$draw_new" "$draw_key" || return 1
	fi
	# Copied files have new times, which the copied index must learn.
	cp -R "$draw_key/repo" "$draw_dir" &&
	git -C "$draw_dir" update-index -q --refresh
}

draw_upstream_here()
{
	draw_history | draw_repository "$1" master
}

draw_upstream()
{
	draw_cached upstream "$1" draw_upstream_here
}

draw_generic_history()
{
	draw_mark=0
	echo 'feature done'
	draw_commit main 0 'Begin'
	draw_line 100644 README 'A program.'
	draw_line 100644 VERSION dev
	draw_line 100644 src/main.py 'print("hello")'
	draw_line 100644 settings.ini '[server]' 'port = 80' \
		'' '[log]' 'level = info'
	draw_main=$draw_mark
	draw_generic_release 1.0 1 1.0.0 1.0.1
	draw_commit main 100 'Log more' "$draw_main"
	draw_line 100644 settings.ini '[server]' 'port = 80' \
		'' '[log]' 'level = debug'
	draw_main=$draw_mark
	draw_generic_release 1.1 101 1.1.0 1.1.1
	draw_commit main 200 'Say goodbye' "$draw_main"
	draw_line 100644 src/main.py 'print("hello")' 'print("bye")'
	draw_main=$draw_mark
	draw_generic_release 2.0 201 2.0.0-rc.1 2.0.0
	echo 'done'
}

draw_generic_here()
{
	draw_generic_history | draw_repository "$1" main
}

# draw_generic_release MINOR DAY VERSION...
draw_generic_release()
{
	draw_branch=release/$1
	draw_day=$2
	draw_from=$draw_main
	shift 2
	for draw_version
	do
		draw_commit "$draw_branch" "$draw_day" \
			"Version $draw_version" "$draw_from"
		draw_line 100644 VERSION "$draw_version"
		draw_tag "v$draw_version" "$draw_day"
		draw_from=
		draw_day=$((draw_day + 10))
	done
}

# v1.0.0 v1.0.1 v1.1.0 v1.1.1 v2.0.0-rc.1 v2.0.0 from branches that pin VERSION
draw_generic()
{
	draw_cached generic "$1" draw_generic_here
}

# A final release by its name (default 3.3.0), and a file by its type
draw_blob_tag()
{
	draw_blob=$(echo 'no commit' | git -C "$1" hash-object -w --stdin) &&
	git -C "$1" tag "${2-3.3.0}" "$draw_blob"
}

# draw_release DIR BRANCH TAG [PATH LINE...]: upstream goes on: a commit on
# BRANCH (made from master where it is missing) that pins the images and may
# write one file more. DIR stays on the branch it is on.
draw_release()
{
	draw_dir=$1
	draw_branch=$2
	draw_version=$3
	shift 3
	draw_was=$(git -C "$draw_dir" symbolic-ref --short HEAD) || return 1
	git -C "$draw_dir" checkout -q "$draw_branch" 2>/dev/null ||
	git -C "$draw_dir" checkout -q -b "$draw_branch" master || return 1
	sed "s|\(image: mendersoftware/.*\):.*|\1:$draw_version|" \
		"$draw_dir/docker-compose.yml" >"$draw_dir/compose.new" &&
	mv "$draw_dir/compose.new" "$draw_dir/docker-compose.yml" || return 1
	if [ $# -gt 0 ]
	then
		draw_path=$draw_dir/$1
		shift
		mkdir -p "${draw_path%/*}" || return 1
		printf '%s\n' "$@" >"$draw_path"
	fi
	tick
	git -C "$draw_dir" add -A &&
	git -C "$draw_dir" commit -q -m "Pin components for $draw_version" &&
	git -C "$draw_dir" tag -m "Release $draw_version" "$draw_version" &&
	git -C "$draw_dir" checkout -q "$draw_was"
}

# draw_edit FILE SED-SCRIPT: keeps the mode, and fails when nothing changed
draw_edit()
{
	sed "$2" "$1" >draw-edit.new || return 1
	if cmp -s "$1" draw-edit.new
	then
		rm draw-edit.new
		echo "draw: nothing to edit in $1" >&2
		return 1
	fi
	cat draw-edit.new >"$1" && rm draw-edit.new
}

# For merges that cross 2.7: the storage name its gateway has to know.
# shellcheck disable=SC2034
draw_set=--set=storage-name=s3.acme.example

draw_operator_commit()
{
	tick
	git add -A && git commit -q -m "$1"
}

# The documented installation, in the clone here. RELEASE decides where the
# templates are.
draw_installation()
{
	draw_keys=production/keys-generated
	mkdir -p production "$draw_keys/keys/useradm" \
		"$draw_keys/certs/api-gateway" || return 1
	if [ -d template ]
	then
		draw_copy=production/prod.yml
		sed 's|/template/|/production/|g' template/prod.yml \
			>production/prod.yml &&
		sed 's|/template/|/production/|g' template/run \
			>production/run &&
		chmod +x production/run || return 1
	else
		draw_copy=production/config/prod.yml
		cp production/config/prod.yml.template "$draw_copy" || return 1
	fi
	# Not keys; they only have to look binary enough to be left alone.
	echo 'private key of useradm' \
		>"$draw_keys/keys/useradm/private.key"
	echo 'certificate of the gateway' \
		>"$draw_keys/certs/api-gateway/cert.crt"
	echo 'private key of the gateway' \
		>"$draw_keys/certs/api-gateway/private.key"
	draw_operator_commit 'Set up production'
}

# Three commits of overrides: names and secrets in the copy, a setting of the
# network, files of one's own.
draw_overrides()
{
	draw_edit "$draw_copy" '
		s|my-gateway-dns-name|mender.acme.example|
		s|https://my-storage-dns-name.*|https://s3.acme.example:9000|
		s|set-my-alias-here.com|s3.acme.example|
		s|\(AUTH_KEY:\)$|\1 acme-access|
		s|\(AUTH_SECRET:\)$|\1 acme-storage-secret|
		s|\(MINIO_ACCESS_KEY:\)$|\1 acme-access|
		s|\(MINIO_SECRET_KEY:\)$|\1 acme-storage-secret|
		s|\(PRESIGN_SECRET:\)$|\1 YWNtZS1wcmVzaWduLXNlY3JldA==|
	' &&
	draw_operator_commit 'Name hosts and keys' &&
	echo '        driver_opts:
            com.docker.network.driver.mtu: 1400' >>docker-compose.yml &&
	draw_operator_commit 'Fit the network of the data center' &&
	mkdir -p ops &&
	echo 'Call Olga before you touch this.' >ops/README &&
	echo '/ops/*.tmp' >>.gitignore &&
	draw_operator_commit 'Keep notes beside the server'
}

# draw_production DIR RELEASE [UPSTREAM]: UPSTREAM is the folder upstream here,
# drawn where it is missing
draw_production()
{
	draw_from=${3-upstream}
	[ -d "$draw_from" ] || draw_upstream "$draw_from" || return 1
	draw_from=$(cd "$draw_from" && pwd -P) || return 1
	git clone -q --no-checkout "$draw_from" "$1" &&
	git -C "$1" checkout -q --no-track -b production "$2" || return 1
	draw_top=$PWD
	cd "$1" || return 1
	draw_installation && draw_overrides
	draw_rc=$?
	cd "$draw_top" || return 1
	return "$draw_rc"
}

# draw_same_tree COMMIT COMMIT [-- PATHSPEC...]
draw_same_tree()
{
	draw_one=$1
	draw_two=$2
	shift 2
	git diff --exit-code --stat "$draw_one" "$draw_two" "$@"
}
