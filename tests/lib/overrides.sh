# What operators of real products have changed in their files, for
# tests/check-structure.sh. Written for the files of the whole history, so each
# override does something where its line or file is, and nothing elsewhere;
# $OVERRIDES gets a line for each that was tried, and whether it did.
#
# These are here as evidence. They are not to be changed so that a merge goes
# better; a new one is welcome.

# override_note NAME FILE: FILE.new is FILE now, if that is a change
override_note()
{
	if cmp -s "$2" "$2.new"
	then
		echo "$1 0" >>"$OVERRIDES"
		rm "$2.new"
	else
		echo "$1 1" >>"$OVERRIDES"
		cat "$2.new" >"$2"
		rm "$2.new"
	fi
}

# override_has NAME FILE: there is one; else it is noted that there is not
override_has()
{
	[ ! -f "$2" ] || return 0
	echo "$1 0" >>"$OVERRIDES"
	return 1
}

# edit NAME FILE SED-SCRIPT
edit()
{
	override_has "$1" "$2" || return 0
	sed "$3" "$2" >"$2.new"
	override_note "$1" "$2"
}

# insert WHERE NAME FILE REGEX LINE...: beside the first line that matches, and
# indented like it
insert()
{
	insert_where=$1
	insert_name=$2
	insert_file=$3
	insert_regex=$4
	shift 4
	override_has "$insert_name" "$insert_file" || return 0
	printf '%s\n' "$@" >"$insert_file.lines"
	awk -v regex="$insert_regex" -v where="$insert_where" \
		-v lines="$insert_file.lines" '
	function put_lines(like,   indent, line)
	{
		match(like, /^[ \t]*/)
		indent = substr(like, 1, RLENGTH)
		while ((getline line <lines) > 0)
			print (line == "" ? "" : indent line)
	}
	!done && $0 ~ regex {
		done = 1
		if (where == "ahead")
			put_lines($0)
		print
		if (where == "behind")
			put_lines($0)
		next
	}
	{ print }' "$insert_file" >"$insert_file.new"
	rm "$insert_file.lines"
	override_note "$insert_name" "$insert_file"
}

# behind NAME FILE REGEX LINE...
behind()
{
	insert behind "$@"
}

# ahead NAME FILE REGEX LINE...
ahead()
{
	insert ahead "$@"
}

# append NAME FILE LINE...
append()
{
	append_name=$1
	append_file=$2
	shift 2
	override_has "$append_name" "$append_file" || return 0
	{
		sed '' "$append_file"
		printf '%s\n' "$@"
	} >"$append_file.new"
	override_note "$append_name" "$append_file"
}

# lose NAME PATH
lose()
{
	if [ -e "$2" ]
	then
		echo "$1 1" >>"$OVERRIDES"
		rm -r "$2"
	else
		echo "$1 0" >>"$OVERRIDES"
	fi
}

# require NAME FILE PACKAGE VERSION: as the last entry of composer.json's
# "require", behind a comma that is new
require()
{
	override_has "$1" "$2" || return 0
	awk -v package="$3" -v version="$4" '
	/^ *"require": *[{]/ {
		inside = 1
	}
	inside && /^ *},?$/ {
		match(last, /^ */)
		print last ","
		printf "%s\"%s\": \"%s\"\n", substr(last, 1, RLENGTH), package,
		       version
		last = $0
		inside = 0
		next
	}
	inside && /^ *$/ {
		next
	}
	NR > 1 {
		print last
	}
	{
		last = $0
	}
	END {
		print last
	}' "$2" >"$2.new"
	override_note "$1" "$2"
}

# override_replacements PRODUCT: what its operator would declare of the
# registries below, a line "FILE TAB FROM TAB TO" each; nothing of a product
# whose images are upstream's. Each FROM is what an override is about, and TO
# what it makes of it.
override_replacements()
{
	case $1 in
	mender)
		printf '%s\t%s\t%s\n' \
			docker-compose.yml mendersoftware/gui: \
			registry.acme.example/mendersoftware/gui: \
			docker-compose.storage.minio.yml minio/minio: \
			registry.acme.example/minio/minio: \
			other-components.yml mendersoftware/mender-cli: \
			registry.acme.example/mender-cli:
		;;
	sentry)
		printf '%s\t%s\t%s\n' \
			.env SNUBA_IMAGE= SNUBA_IMAGE=registry.acme.example/
		for override_quote in '' '"' "'"
		do
			override_from="image: $override_quote"
			override_to="${override_from}registry.acme.example/"
			printf '%s\t%s\t%s\n' docker-compose.yml \
				"${override_from}postgres:" \
				"${override_to}postgres:" docker-compose.yml \
				"${override_from}nginx:" "${override_to}nginx:"
		done
		;;
	oro)
		printf '%s\t%s\t%s\n' docker-compose.yml \
			'image: oroinc/pgsql' \
			'image: registry.acme.example/pgsql'
		;;
	esac
}

# override_without PRODUCT: what its operator would declare of the files that
# overrides below remove, a pattern a line
override_without()
{
	case $1 in
	mender)
		printf '%s\n' .travis.yml .gitlab-ci.yml \
			docker-compose.client-dev.yml
		;;
	sentry)
		printf '%s\n' .travis.yml '.github/**' .craft.yml
		;;
	oro)
		printf '%s\n' behat.yml.dist pdepend.xml.dist \
			karma.conf.js.dist
		;;
	magento)
		printf '%s\n' README.md '.github/**'
		;;
	esac
}

# Mender: in place, in what the containers are made of
mender_in_place()
{
	file=docker-compose.yml
	edit gui-registry $file \
		'/image:/s|mendersoftware/gui:|registry.acme.example/&|'
	behind deployments-restart $file 'image: .*/deployments:' \
		'restart: unless-stopped'
	behind deviceauth-limit $file 'image: .*/deviceauth:' \
		'mem_limit: 512m' 'cpus: 0.5'
	behind inventory-variable $file INVENTORY_ORCHESTRATOR_ADDR: \
		'INVENTORY_MIDDLEWARE: prod'
	behind workflows-variable $file 'WORKFLOWS_MONGO_URL: ' \
		'ACME_ZONE: internal'
	behind mongo-limit $file 'image: mongo:' \
		'# The DBA wants it this way: OPS-12' 'mem_limit: 2g'
	edit orchestrator $file \
		's|\(DEVICEAUTH_.*_ADDR:\).*|\1 http://workflows.acme:8080/|'
	edit gateway-accesslog $file 's/--accesslog=true/--accesslog=false/'
	edit gateway-timeouts $file 's/idleTimeout=7200/idleTimeout=3600/'
	behind gateway-loglevel $file '--providers.file.directory=' \
		'- --log.level=ERROR'
	edit gui-no-artifact $file '/^ *- MENDER_ARTIFACT_VERSION$/d'
	behind gui-have $file '^ *- MENDER_DEB_PACKAGE_VERSION$' \
		'- ACME_BRANDING=1'
	edit worker-excludes $file \
		's/--excluded-workflows generate_artifact/&,acme_nightly/'
	ahead own-volume $file '^networks:' 'volumes:' '    acme-backup:' ''
	ahead own-service $file '^ +#$' 'acme-backup:' \
		'    image: acme/backup:1' '    restart: always' ''
	edit restart-policy common.yml 's/restart: on-failure/restart: always/'
	behind base-logging common.yml 'tty: false' 'logging:' \
		'    driver: journald'
	file=docker-compose.storage.minio.yml
	edit minio-registry $file \
		'/image:/s|minio/minio:|registry.acme.example/&|'
	edit minio-export $file 's|command: .*server /export|& --address :9001|'
	behind minio-volume $file 'command: .*server ' 'volumes:' \
		'    - mender-artifacts:/export:rw'
	edit storage-url $file 's/s3\.docker\.mender\.io/s3.acme.example/'
	file=config/traefik/traefik.yaml
	edit traefik-priority $file 's/priority: 999/priority: 1999/'
	edit traefik-compress $file '/^ *- compression$/d'
	append traefik-own $file '    acme-status:' '      loadBalancer:' \
		'        servers:' '          - url: http://acme-status:8080'
	edit cli-version other-components.yml \
		'/image:/s|mendersoftware/\(.*-cli:\)|registry.acme.example/\1|'
	ahead demo-service docker-compose.demo.yml '^ +mender-[a-z-]+:$' \
		'# Catches what the demo sends' 'acme-mail:' \
		'    image: acme/mail:1' ''
	edit demo-host docker-compose.demo.yml \
		's/docker\.mender\.io/demo.acme.example/'
	edit server-tag .env \
		's/^\(MENDER_SERVER_REGISTRY=\).*/\1registry.acme.example/'
	edit legacy-image .env 's/^# \(MENDER_LEGACY_IMAGE=.*\)/\1/'
	append own-variable .env 'ACME_BACKUP_TARGET=s3://acme-backup'
	append ignored .gitignore '/ops/*.tmp' '*.bak'
	edit kept-logs .gitignore '/^\*\.log$/d'
	lose no-travis .travis.yml
	lose no-gitlab .gitlab-ci.yml
	lose no-client docker-compose.client-dev.yml
}

# Mender: the documented installation, whose copy is PATH
mender_copy()
{
	edit gateway-host "$1" 's|my-gateway-dns-name|mender.acme.example|'
	edit storage-host "$1" 's|set-my-alias-here.com|s3.acme.example|'
	edit auth-key "$1" 's|\(AWS_AUTH_KEY:\)$|\1 acme-access|'
	edit auth-secret "$1" 's|\(AWS_AUTH_SECRET:\)$|\1 acme-storage-secret|'
	edit minio-key "$1" 's|\(MINIO_ACCESS_KEY:\)$|\1 acme-access|'
	edit minio-secret "$1" \
		's|\(MINIO_SECRET_KEY:\)$|\1 acme-storage-secret|'
	edit gateway-port "$1" 's|"443:443"|"8443:443"|'
	edit log-size "$1" 's|max-size: "50m"|max-size: "200m"|'
	behind gateway-variable "$1" 'ALLOWED_HOSTS:' 'ACME_ZONE: dmz'
	behind copy-limit "$1" '^    mender-useradm:' '    mem_limit: 256m'
	edit copy-automigrate "$1" \
		'/command: server/s/--automigrate/& --debug/'
	behind copy-extra-host "$1" '^    mender-deployments:' \
		'    extra_hosts:' '        - "s3.acme.example:10.0.0.7"'
	append copy-own-service "$1" '' '    acme-backup:' \
		'        image: acme/backup:1'
}

sentry_dotenv()
{
	file=.env
	edit mail-host $file \
		's/^# SENTRY_MAIL_HOST=.*/SENTRY_MAIL_HOST=sentry.acme.example/'
	edit retention $file 's/^\(SENTRY_EVENT_RETENTION_DAYS\)=.*/\1=30/'
	edit bind $file 's/^\(SENTRY_BIND\)=.*/\1=127.0.0.1:9000/'
	edit snuba-registry $file \
		's|^SNUBA_IMAGE=|SNUBA_IMAGE=registry.acme.example/|'
	edit profiles $file 's/^\(COMPOSE_PROFILES\)=.*/\1=errors-only/'
	edit health-retries $file 's/^\(HEALTHCHECK_RETRIES\)=.*/\1=20/'
	edit connections $file 's/^\(POSTGRES_MAX_CONNECTIONS\)=.*/\1=400/'
	edit js-sdk $file 's/^# \(SETUP_JS_SDK_ASSETS=1\)/\1/'
	edit statsd $file 's/^# \(STATSD_ADDR\)=.*/\1=10.0.0.9:8125/'
	append own-dotenv $file '# Where the nightly backup goes' \
		'ACME_BACKUP_TARGET=s3://acme-sentry'
}

sentry_compose()
{
	file=docker-compose.yml
	behind redis-limit $file 'image: ["'\'']*redis:' 'mem_limit: 1g'
	edit postgres-registry $file \
		'/image:/s|postgres:|registry.acme.example/&|'
	edit kafka-retention $file \
		's/\(KAFKA_LOG_RETENTION_HOURS: \).*/\1"72"/'
	edit clickhouse-ratio $file 's/\(MAX_MEMORY_USAGE_RATIO: \).*/\10.5/'
	edit restart-policy $file \
		'/x-restart-policy/,/^x-sentry/s/unless-stopped/always/'
	edit uwsgi $file 's/\(UWSGI_MAX_REQUESTS: \).*/\1"2000"/'
	behind snuba-variable $file \
		'UWSGI_DISABLE_LOGGING' 'ACME_ZONE: internal'
	edit batch-time $file \
		'/storage e[a-z]*/s/\(--max-batch-time-ms\) 750/\1 1500/'
	edit no-smtp-dependency $file '/^    - smtp$/d'
	edit nginx-registry $file \
		's|\(image: ["'\'']*\)nginx:|\1registry.acme.example/nginx:|'
	edit nofile $file 's/hard: 10032/hard: 65536/'
	behind sentry-volume $file 'sentry-data:/data' \
		'- "/srv/acme/ca:/usr/local/share/acme-ca:ro"'
	behind web-limit $file '^  web:' '  mem_limit: 4g'
	edit no-geoip $file '/^  geoipupdate:/,/sentry["'\'']*$/d'
	ahead own-service $file '^volumes:' '  acme-backup:' \
		'    image: acme/backup:1' '    env_file: .env' \
		'    volumes:' '      - sentry-postgres:/backup:ro'
	ahead own-volume $file '^ +sentry-data:$' 'acme-backup:' \
		'  external: true'
	edit memcached-size $file 's/:-1M}/:-4M}/'
	edit worker-concurrency $file 's/command: run worker$/& -c 8/'
}

sentry_config()
{
	file=sentry/config.example.yml
	edit config-mail $file \
		"s/^mail.host: .*/mail.host: 'mail.acme.example'/"
	edit config-mail-port $file 's/^# mail.port: .*/mail.port: 587/'
	edit config-mail-tls $file 's/^# mail.use-tls: .*/mail.use-tls: true/'
	edit config-filestore $file \
		"s/^filestore.backend: .*/filestore.backend: 's3'/"
	edit config-prefix $file \
		"s|^\(system.internal-url-.*:\) .*|\1 'http://web.acme:9000'|"
	append config-slack $file '' "slack.client-id: 'acme'" \
		'slack.legacy-app: false'
	edit relay-level relay/config.example.yml 's/level: WARN/level: INFO/'
	append relay-cache relay/config.example.yml 'cache:' \
		'  project_expiry: 120'
	append symbolicator-own symbolicator/config.example.yml 'metrics:' \
		'  statsd: "10.0.0.9:8125"'
	edit clickhouse-level clickhouse/config.xml \
		's|<level>.*</level>|<level>information</level>|'
	for file in nginx.conf nginx/nginx.conf
	do
		edit "body-size $file" \
			$file 's/\(client_max_body_size\) .*/\1 250m;/'
	done
	for file in sentry.conf.py sentry/sentry.conf.example.py
	do
		edit "single-organization $file" $file \
			's/^\(SENTRY_SINGLE_ORGANIZATION = \).*/\1False/'
		append "own-python $file" $file '' 'ACME_ZONE = "internal"'
	done
	append ignored .gitignore '/ops/*.tmp'
	edit tracked-config .gitignore '/^sentry\/config.yml$/d'
	edit tracked-override .gitignore '/^docker-compose.override.yml$/d'
	append docker-ignored .dockerignore 'ops'
	edit pre-commit .pre-commit-config.yaml \
		's/stages: \[.*\]/stages: [manual]/'
	lose no-travis .travis.yml
	lose no-workflow .github/workflows/test.yml
	lose no-craft .craft.yml
}

sentry_overrides()
{
	sentry_dotenv
	sentry_compose
	sentry_config
}

oro_composer()
{
	file=composer.json
	require erp $file acme/erp-connector '^1.2'
	ahead payment $file '"oro/platform-serialised-fields"' \
		'"acme/payment": "~2.0.3",'
	behind own-repository $file '"repositories": [{]' \
		'  "acme": {' '    "type": "vcs",' \
		'    "url": "git@git.acme.example:erp.git"' '  },'
	edit no-hangouts $file '/"oro\/crm-hangouts-call-bundle"/d'
	edit no-speedtrap $file '/"johnkary\/phpunit-speedtrap"/d'
	edit no-zendesk $file '/"oro\/crm-zendesk"/d'
	behind process-timeout $file \
		'^ *"config": [{]' '  "process-timeout": 1200,'
	behind warm-up $file '"post-install-cmd": [[]' '  "Acme\\Warm::caches",'
	edit stability $file \
		's/"minimum-stability": "dev"/"minimum-stability": "stable"/'
	edit php $file 's/"php": "[^"]*"/"php": ">=8.1"/'
	edit commerce-patch $file 's/\("oro\/commerce": "[0-9.]*\)\.\*"/\1.4"/'
	file=composer.lock
	edit lock-hash $file \
		's/\("\(content-\)\{0,1\}hash": "\)[0-9a-f]*/\10123456789abcd/'
	behind lock-package $file '^    "packages": [[]' '    {' \
		'        "name": "acme/erp-connector",' \
		'        "version": "1.2.4"' '    },'
	edit development dev.json \
		's/"minimum-stability": "dev"/"minimum-stability": "beta"/'
	file=package.json
	behind own-script $file '"scripts": [{]' '    "acme": "acme-build",'
	ahead own-module $file '"@oroinc/autobahnjs"' '"@acme/theme": "1.0.3",'
	edit node-engine $file 's/"node": "[^"]*"/"node": ">=18"/'
}

# oro_config DIR
oro_config()
{
	file=$1/config.yml
	edit session-life "$file" 's/gc_maxlifetime: .*/gc_maxlifetime: 14400/'
	edit session-name "$file" 's/\(name: *\)BAPID/\1ACMEID/'
	behind esi "$file" '^framework:' '    ide: ~'
	edit twig-layout "$file" 's/\(active_theme: *\)oro$/\1acme/'
	edit esi-on "$file" 's/#esi: /esi:  /'
	edit locales "$file" 's/locales: \[en, fr\]/locales: [en, de]/'
	edit no-gif "$file" '/^ *- image\/gif$/d'
	behind own-mime "$file" '^ *- application/zip' '- application/x-acme'
	edit maintenance-ips "$file" \
		's/^#\( *\)ips: .*/\1ips: ["10.0.0.1"]/'
	append own-bundle "$file" '' 'acme_erp:' \
		'    endpoint: https://erp.acme.example' '    timeout: 30'
	edit building-timeout "$file" \
		's/building_timeout: .*/building_timeout: 600/'
	edit secret-key "$file" "s/\(env(ORO_SECRET): \).*/\1acme-secret/"
	edit log-stack "$file" \
		"s/\(env(ORO_LOG_STACKTRACE_LEVEL): \).*/\1'critical'/"
	behind own-parameter "$file" '^parameters:' "    acme_zone: 'internal'"
	file=$1/parameters.yml.dist
	edit database-host "$file" \
		's/\(database_host: *\).*/\1db.acme.internal/'
	edit database-name "$file" 's/\(database_name: *\).*/\1acme_shop/'
	edit mailer "$file" 's/\(mailer_host: *\).*/\1mail.acme.example/'
	edit mailer-driver "$file" 's/\(mailer_transport: *\).*/\1smtp/'
	edit websocket-port "$file" \
		's/\(websocket_frontend_port: *\)[^ ]*/\1443/'
	edit backend-prefix "$file" \
		"s|\(web_backend_prefix: *\).*|\1'/backoffice'|"
	append own-parameters "$file" '    acme_erp_key: ~'
	file=$1/security.yml
	append own-access "$file" '' 'security:' '    access_control:' \
		'        - { path: ^/acme, roles: ROLE_ADMIN }'
	behind dev-toolbar "$1/config_dev.yml" '^web_profiler:' \
		'    excluded_ajax_paths: ^/acme'
	edit prod-log "$1/config_prod.yml" \
		's/action_level: .*/action_level: critical/'
	behind prod-handler "$1/config_prod.yml" '^ *handlers:' '    acme:' \
		'        type: syslog'
	append own-route "$1/routing.yml" '' 'acme_erp:' \
		'    resource: "@AcmeErpBundle/Resources/config/routing.yml"'
}

oro_rest()
{
	file=.env-app
	edit app-database $file \
		's|^\(ORO_DB_URL=\).*|\1postgres://acme:acme@db.acme/shop|'
	edit app-mailer $file \
		's|^ORO_MAILER_DSN=.*|ORO_MAILER_DSN=smtp://mail.acme.example|'
	edit app-session $file \
		'/^ORO_SESSION_DSN=native/d; s/^# \(ORO_SESSION_DSN=\)/\1/'
	edit app-binary $file \
		's|^\(ORO_JPEGOPTIM_BINARY=\).*|\1/usr/bin/jpegoptim|'
	append app-own $file 'ACME_ERP_URL=https://erp.acme.example'
	file=docker-compose.yml
	edit pgsql-registry $file \
		's|image: oroinc/pgsql|image: registry.acme.example/pgsql|'
	behind redis-restart $file 'image: redis:' 'restart: unless-stopped'
	edit pgsql-password $file 's/\(POSTGRES_PASSWORD: \).*/\1acme/'
	edit no-mailcatcher $file '/^  mailcatcher:/,/MAILER$/d'
	edit locked .gitignore '/^\/*composer.lock$/d'
	append ignored .gitignore '/ops/*.tmp'
	behind ignored-build .gitignore '^/*[.]idea' '/.vscode'
	lose no-behat behat.yml.dist
	lose no-pdepend pdepend.xml.dist
	lose no-karma karma.conf.js.dist
}

oro_overrides()
{
	oro_composer
	for dir in app/config config
	do
		if [ -f "$dir/config.yml" ]
		then
			oro_config "$dir"
		fi
	done
	oro_rest
}

magento_composer()
{
	file=composer.json
	require zopim $file zopim/chat '^2.1'
	behind erp $file '^    "require": [{]' '    "acme/module-erp": "^1.2",'
	behind own-repository $file '^    "repositories": [{]' '    "acme": {' \
		'        "type": "vcs",' \
		'        "url": "git@git.acme.example:erp.git"' '    },'
	edit no-discovery $file \
		's|"php-http/discovery": true|"php-http/discovery": false|'
	behind own-plugin $file '"allow-plugins": [{]' '    "acme/*": true,'
	edit stability $file \
		's/"minimum-stability": "alpha"/"minimum-stability": "stable"/'
	edit metapackage $file \
		's/\("magento.*-metapackage": "\)>=\([0-9.]*\) <.*"/\1\2-p1"/'
	behind warm-up $file '"post-install-cmd": [[]' '    "@acme-warm",'
	edit lock-hash composer.lock \
		's/\("content-hash": "\)[0-9a-f]*/\10123456789abcdef/'
	behind lock-package composer.lock '^    "packages": [[]' '    {' \
		'        "name": "acme/module-erp",' \
		'        "version": "1.2.4"' '    },'
}

magento_app()
{
	file=.magento.app.yaml
	edit app-name $file 's/^name: .*/name: acmeshop/'
	edit no-newrelic $file '/^ *- newrelic$/d'
	behind blackfire $file '^ *- xsl$' '- blackfire' '- redis'
	edit app-disk $file 's/^disk: .*/disk: 51200/'
	behind php-dependency $file 'composer/composer:' "acme/tool: '^1.0'"
	behind queue $file '^    opensearch: ' 'rabbitmq: "rabbitmq:rabbitmq"'
	behind own-mount $file '"var": ' '"acme": "shared:files/acme"'
	edit expires $file 's/expires: 1y/expires: 2w/'
	behind build-hook $file 'composer install' 'php ./bin/acme-check'
	behind own-cron $file '^crons:' '    acme_export:' \
		'        spec: "15 3 * * *"' \
		'        cmd: "php bin/magento acme:export"'
	append own-variable $file \
		"        CONFIG__DEFAULT__ACME__ZONE: 'internal'"
	edit paypal $file "s/\(MIDDLEMAN_DOMAIN: \).*/\1'broker.acme.example'/"
	behind workers $file '^disk: ' '' 'workers:' '    consumer:' \
		'        size: S'
}

magento_rest()
{
	file=.magento/services.yaml
	edit mysql-disk $file '/^mysql:/,/^$/s/disk: .*/disk: 51200/'
	edit search-disk $file '/^opensearch:/,/^$/s/disk: .*/disk: 4096/'
	edit redis-version $file 's/type: redis:.*/type: redis:7.0/'
	append queue-service $file '' 'rabbitmq:' '    type: rabbitmq:3.13' \
		'    disk: 1024'
	behind mysql-size $file 'type: mysql:' 'size: L'
	file=.magento/routes.yaml
	edit route-app $file 's/"mymagento:http"/"acmeshop:http"/'
	append route-own $file '' '"http://www.{default}/":' \
		'    type: redirect' '    to: "http://{default}/"'
	edit memory php.ini 's/^memory_limit = .*/memory_limit = 4G/'
	append own-ini php.ini 'session.gc_maxlifetime = 14400'
	append shop-code magento-vars.php '// acme: one shop'
	append ignored .gitignore '!/acme' '!/acme/**' '/acme/tmp'
	edit no-update .gitignore '/^!\/update$/d'
	append op-exclude op-exclude.txt '/app/acme/generated/*'
	lose no-readme README.md
	lose no-codeowners .github
}

magento_overrides()
{
	magento_composer
	magento_app
	magento_rest
}
