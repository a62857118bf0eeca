#!/bin/sh
# Probes over TLS: who is trusted, and what is said of who is not.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/servers.sh"

[ -n "$SERVERS_NGINX" ] || skip_all 'no nginx'
command -v openssl >/dev/null || skip_all 'no openssl to make a certificate'

# What this machine trusts is not the question.
unset CURL_CA_BUNDLE SSL_CERT_DIR SSL_CERT_FILE

# In a folder of its own, for tests/lib/servers.sh to stop.
start_tls()
{
	mkdir -p "$TRASH/http/tmp" && cd "$TRASH/http" || return 1
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem \
		-out cert.pem -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 2>openssl.log || return 1
	TLS_URL=
	for tls_try in 1 2 3
	do
		tls_port=$(servers_free_port) || return 1
		cat >nginx.conf <<-EOT
		worker_processes 1;
		pid nginx.pid;
		error_log error.log;
		events {
			worker_connections 64;
		}
		http {
			access_log off;
			client_body_temp_path tmp/body;
			proxy_temp_path tmp/proxy;
			fastcgi_temp_path tmp/fastcgi;
			uwsgi_temp_path tmp/uwsgi;
			scgi_temp_path tmp/scgi;
			server {
				listen 127.0.0.1:$tls_port ssl;
				ssl_certificate cert.pem;
				ssl_certificate_key key.pem;
				location / {
					return 200 "up";
				}
			}
		}
		EOT
		if "$SERVERS_NGINX" -e error.log -p "$PWD" \
			-c "$PWD/nginx.conf" </dev/null >nginx.log 2>&1 7>&1
		then
			TLS_URL=https://127.0.0.1:$tls_port
			break
		fi
	done
	at_end stop_http
	cd "$WORK" && [ -n "$TLS_URL" ]
}

start_tls || exit 1

story 'a certificate nobody vouches for' '
	draw_host
	cd host
	git upgrade deploy -q
	sed -i "/^verify:/,\$d" ../profile.yaml
	cat >>../profile.yaml <<-EOT
	verify:
	  health:
	    http: {url: "$TLS_URL/health", body: up}
	EOT
	expect_code 3 git upgrade verify >../out 2>../err
	has "health 0/1: $TLS_URL/health: SSL certificate problem: self.signed certificate$" \
		../err
'

story 'on a host its environment may vouch, as for curl' '
	cd host
	expect_code 0 env CURL_CA_BUNDLE="$TRASH/http/cert.pem" \
		git upgrade verify >../out 2>../err
	has "health 1/1$" ../err
	expect_code 0 env SSL_CERT_FILE="$TRASH/http/cert.pem" \
		git upgrade verify >../out 2>../err
	expect_code 3 env CURL_CA_BUNDLE="$WORK/nothing.pem" \
		git upgrade verify >../out 2>../err
	has "health 0/1: $TLS_URL/health: .*nothing.pem" ../err
'

story 'plain HTTP to who speaks TLS' '
	cd host
	sed -i "s|url: \"https:|url: \"http:|" ../profile.yaml
	expect_code 3 git upgrade verify >../out 2>../err
	has "http://.*/health answered 400 Bad Request$" ../err
'

done_testing
