# A web server that says what it is told, for stories. Source it after tap.sh.
#
#	start_answers		sets ANSWERS, its folder, and ANSWERS_URL; call
#				it at the top level of the file
#	says NAME LINE...	what it answers to /NAME, an answer a line; see
#				tests/lib/answers
#	questions NAME		how many there were for it
#	free_url		sets FREE_URL, where nobody listens
#	with_http FILE		a profile of platform.sh there, whose checks ask
#				over HTTP: /version, of which the step `say`
#				has the server tell what VERSION tells, or
#				0.9.0 where there is a file `stale`; and
#				/health, which is for the story to say

ANSWERS=$TRASH/answers

start_answers()
{
	mkdir -p "$ANSWERS" || return 1
	at_end stop_answers
	env -u http_proxy perl "$TESTS_DIR/lib/answers" "$ANSWERS" \
		</dev/null >"$ANSWERS/log" 2>&1 7>&1 &
	echo "$!" >"$ANSWERS/pid"
	wait_for 10 test -s "$ANSWERS/port" || return 1
	read -r answers_port <"$ANSWERS/port"
	# shellcheck disable=SC2034
	ANSWERS_URL=http://127.0.0.1:$answers_port
}

stop_answers()
{
	read -r answers_pid <"$ANSWERS/pid"
	kill "$answers_pid"
}

says()
{
	answers_name=$1
	shift
	printf '%s\n' "$@" >"$ANSWERS/new" &&
	mv "$ANSWERS/new" "$ANSWERS/$answers_name"
}

questions()
{
	grep -c "^[A-Z]* $1 " "$ANSWERS/asked" || :
}

free_url()
{
	# shellcheck disable=SC2034
	FREE_URL=http://127.0.0.1:$(perl -MIO::Socket::INET -e '
		print IO::Socket::INET->new(LocalAddr => "127.0.0.1",
			Listen => 1)->sockport')
}

with_http()
{
	sed -i '/^verify:/,$d' "$1" &&
	cat >>"$1" <<-EOT
	    - name: say
	      restores: true
	      run:
	        - sh
	        - -c
	        - |
	          v=\$(cat VERSION)
	          test ! -e stale || v=0.9.0
	          printf '200 application/json {"version":"v%s"}\n' "\$v" \\
	                  >$ANSWERS/said && mv $ANSWERS/said $ANSWERS/version
	verify:
	  version:
	    http:
	      url: $ANSWERS_URL/version
	      json: {/version: "{release}"}
	    timeout: 5
	  health:
	    http: {url: $ANSWERS_URL/health, json: {/status: up}}
	    timeout: 5
	    polls: 2
	    interval: 0
	EOT
}
