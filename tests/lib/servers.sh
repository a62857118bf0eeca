# Real transports for stories. Source it after tap.sh, and call what is below
# at the top level of the file, so that all its stories know the variables.
#
#	have_ssh, have_http	can it be had on this machine?
#	start_ssh		sets SSH_URL; SSH_URL/abs/path is a repository
#	start_sshd		the same with a server that listens, for who
#				kills clients: nothing of it is a client's child
#	stop_sshd		else done when the file ends
#	start_http DIR		sets HTTP_URL; HTTP_URL/path is one below DIR
#	stop_http		else done when the file ends
#	servers_idle PORT	true when nobody is connected to it
#
# The far end sees the environment a server would have: our PATH, HOME and
# configuration, and no identity or dates. Whoever asks over HTTP is taken for
# the user olga, and may push.
#
# ssh needs neither daemon nor port: the client starts a server of its own and
# talks to it through a pipe. nginx and start_sshd's server listen on a port of
# the loopback device.

SERVERS_SSHD=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
SERVERS_NGINX=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)
SERVERS_FCGIWRAP=$(PATH=$PATH:/usr/sbin:/sbin command -v fcgiwrap)

have_ssh()
{
	[ -n "$SERVERS_SSHD" ] && command -v ssh >/dev/null
}

have_http()
{
	[ -n "$SERVERS_NGINX" ] && [ -n "$SERVERS_FCGIWRAP" ] &&
	command -v perl >/dev/null && command -v setsid >/dev/null &&
	[ -x "$(git --exec-path)/git-http-backend" ]
}

start_ssh()
{
	servers_dir=$TRASH/ssh
	mkdir -p "$servers_dir" || return 1
	# The place sshd locks itself into; a package's start script makes it.
	if [ "$(id -u)" -eq 0 ] && [ ! -d /run/sshd ]
	then
		mkdir -m 0755 /run/sshd || return 1
	fi
	ssh-keygen -q -t ed25519 -N '' -C host -f "$servers_dir/host" &&
	ssh-keygen -q -t ed25519 -N '' -C user -f "$servers_dir/user" &&
	chmod 700 "$servers_dir" &&
	cp "$servers_dir/user.pub" "$servers_dir/authorized" &&
	sed 's/^/server /' "$servers_dir/host.pub" >"$servers_dir/known" ||
	return 1

	cat >"$servers_dir/sshd_config" <<-EOT
	HostKey "$servers_dir/host"
	AuthorizedKeysFile "$servers_dir/authorized"
	PidFile none
	StrictModes no
	UsePAM no
	PasswordAuthentication no
	PermitRootLogin yes
	PrintMotd no
	LogLevel ERROR
	SetEnv "HOME=$HOME" "PATH=$PATH" "TMPDIR=$TMPDIR" LC_ALL=C TZ=UTC \
	GIT_CONFIG_NOSYSTEM=1 "GIT_CONFIG_GLOBAL=$GIT_CONFIG_GLOBAL"
	EOT
	cat >"$servers_dir/config" <<-EOT
	Host *
		User $(id -un)
		HostKeyAlias server
		IdentityFile "$servers_dir/user"
		IdentitiesOnly yes
		IdentityAgent none
		UserKnownHostsFile "$servers_dir/known"
		GlobalKnownHostsFile /dev/null
		StrictHostKeyChecking yes
		BatchMode yes
		LogLevel ERROR
		ProxyCommand '$SERVERS_SSHD' -i -f '$servers_dir/sshd_config' \
	-E '$servers_dir/log'
	EOT

	# In the configuration, for git that is started with a cleaned
	# environment
	git config --global core.sshCommand "ssh -F '$servers_dir/config'" ||
	return 1
	# shellcheck disable=SC2034
	SSH_URL=ssh://git.example
	if ! ssh -F "$servers_dir/config" git.example true </dev/null
	then
		cat "$servers_dir/log" >&2
		return 1
	fi
}

start_sshd()
{
	start_ssh || return 1
	at_end stop_sshd
	servers_rc=1
	for servers_try in 1 2 3
	do
		servers_port=$(servers_free_port) || break
		sed -i '/^	\(ProxyCommand\|HostName\|Port\) /d' \
			"$servers_dir/config"
		printf '\tHostName 127.0.0.1\n\tPort %s\n' \
			"$servers_port" >>"$servers_dir/config"
		setsid "$SERVERS_SSHD" -D -f "$servers_dir/sshd_config" \
			-o ListenAddress=127.0.0.1 -o "Port=$servers_port" \
			-E "$servers_dir/log" </dev/null >/dev/null 2>&1 7>&1 &
		echo "$!" >"$servers_dir/pid"
		if wait_for 5 ssh -n -F "$servers_dir/config" git.example true
		then
			servers_rc=0
			break
		fi
	done
	return "$servers_rc"
}

# Can be called twice.
stop_sshd()
{
	[ -s "$TRASH/ssh/pid" ] || return 0
	read -r servers_pid <"$TRASH/ssh/pid"
	rm -f "$TRASH/ssh/pid"
	kill -TERM "$servers_pid"
}

servers_free_port()
{
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

# servers_nginx PORT ROOT: everything in the folder here; the socket's name is
# relative because such names are short by law
servers_nginx()
{
	servers_user=
	[ "$(id -u)" -ne 0 ] || servers_user='user root;'
	cat >nginx.conf <<-EOT
	$servers_user
	worker_processes 1;
	pid nginx.pid;
	error_log error.log;
	events {
		worker_connections 64;
	}
	http {
		access_log access.log;
		client_body_temp_path tmp/body;
		proxy_temp_path tmp/proxy;
		fastcgi_temp_path tmp/fastcgi;
		uwsgi_temp_path tmp/uwsgi;
		scgi_temp_path tmp/scgi;
		client_max_body_size 0;
		server {
			listen 127.0.0.1:$1;
			location / {
				fastcgi_pass unix:fcgi.sock;
				fastcgi_buffering off;
				fastcgi_read_timeout 600s;
				fastcgi_param SCRIPT_FILENAME
					"$(git --exec-path)/git-http-backend";
				fastcgi_param PATH_INFO \$uri;
				fastcgi_param GIT_PROJECT_ROOT "$2";
				fastcgi_param GIT_HTTP_EXPORT_ALL 1;
				fastcgi_param REMOTE_USER olga;
				fastcgi_param REMOTE_ADDR \$remote_addr;
				fastcgi_param QUERY_STRING \$query_string;
				fastcgi_param REQUEST_METHOD \$request_method;
				fastcgi_param CONTENT_TYPE \$content_type;
				fastcgi_param CONTENT_LENGTH \$content_length;
			}
		}
	}
	EOT
	"$SERVERS_NGINX" -e error.log -p "$PWD" -c "$PWD/nginx.conf" \
		</dev/null >nginx.log 2>&1 7>&1
}

# In a process group of its own, as stopping it means its children too. What
# it starts inherits its environment.
servers_fcgiwrap()
{
	env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL -u GIT_AUTHOR_DATE \
		-u GIT_COMMITTER_NAME -u GIT_COMMITTER_EMAIL \
		-u GIT_COMMITTER_DATE -u GIT_CEILING_DIRECTORIES \
		setsid sh -c 'echo $$ >fcgi.pid; exec "$@"' sh \
		"$SERVERS_FCGIWRAP" -c 8 -s unix:fcgi.sock \
		</dev/null >fcgi.log 2>&1 7>&1 &
}

start_http()
{
	servers_root=$(cd "$1" && pwd -P) || return 1
	servers_dir=$TRASH/http
	servers_top=$PWD
	rm -rf "$servers_dir"
	mkdir -p "$servers_dir/tmp" && cd "$servers_dir" || return 1
	at_end stop_http
	servers_fcgiwrap
	servers_rc=1
	# Somebody may take the port between our asking and nginx's taking it.
	for servers_try in 1 2 3
	do
		servers_port=$(servers_free_port) || break
		if servers_nginx "$servers_port" "$servers_root"
		then
			servers_rc=0
			break
		fi
		echo "port $servers_port, try $servers_try:" >&2
		cat nginx.log >&2
	done
	[ "$servers_rc" -ne 0 ] || wait_for 10 test -S fcgi.sock ||
	servers_rc=1
	cd "$servers_top" || return 1
	# shellcheck disable=SC2034
	HTTP_URL=http://127.0.0.1:$servers_port
	return "$servers_rc"
}

# Both lead process groups of their own. Can be called twice.
stop_http()
{
	for servers_name in nginx fcgi
	do
		servers_file=$TRASH/http/$servers_name.pid
		[ -s "$servers_file" ] || continue
		read -r servers_group <"$servers_file"
		rm -f "$servers_file"
		kill -TERM "-$servers_group" || continue
		wait_for 10 servers_gone "$servers_group" || return 1
	done
}

# servers_gone GROUP: asked of /proc, as `kill -0` still finds the dead whose
# new parent takes its time to bury them
servers_gone()
{
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$1" '
	{
		sub(/.*\) /, "")
		if ($3 == group && $1 != "Z")
			found = 1
	}
	END {
		exit found
	}'
}

# servers_idle PORT: the server there talks to nobody, and nothing that the web
# server has started runs
servers_idle()
{
	awk -v port="$(printf ':%04X' "$1")" '
	$2 ~ port "$" && ($4 == "01" || $4 == "08") {
		found = 1
	}
	END {
		exit found
	}' /proc/net/tcp || return 1
	[ -s "$TRASH/http/fcgi.pid" ] || return 0
	cat /proc/[0-9]*/stat 2>/dev/null |
	awk -v group="$(cat "$TRASH/http/fcgi.pid")" '
	/\(fcgiwrap\)/ { next }
	{
		sub(/.*\) /, "")
		if ($3 == group && $1 != "Z")
			found = 1
	}
	END {
		exit found
	}'
}
