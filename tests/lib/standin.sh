# A stand-in for a platform, so that stories about the client decide what the
# far end does, and when. Source it after tap.sh.
#
#	standin DIR [ENV=BRANCH...]	a bare repository that looks like a
#					platform (production=production)
#	standin_does DIR WHAT		what it makes of the next pushes:
#		verified failed restored	evidence of that, at once
#		pending				nothing
#		cut				verified, but receive-pack dies
#						before it can report
#		lost				receive-pack dies before the
#						branch moves
#		refused				"legal-hop: no"
#	standin_event DIR ENV WHAT COMMIT [DETAIL]
#					evidence, whenever the story wants it
#
# Requests (refs/upgrade/request/VERB/ENV) are answered the same way: retry by
# what DIR/does says, verify by DIR/verifies ("verified" or "failed").

standin()
{
	standin_dir=$1
	shift
	[ $# -gt 0 ] || set -- production=production
	git init -q --bare "$standin_dir" || return 1
	standin_envs=
	for standin_env
	do
		standin_one="{\"name\":\"${standin_env%%=*}\",\"branch\":"
		standin_one="$standin_one\"${standin_env#*=}\"}"
		standin_envs="${standin_envs:+$standin_envs,}$standin_one"
		echo "${standin_env#*=} ${standin_env%%=*}" \
			>>"$standin_dir/envs"
	done
	git -C "$standin_dir" config receive.advertisePushOptions true
	standin_oid=$(printf '{"protocol":1,"environments":[%s]}\n' \
		"$standin_envs" |
		git -C "$standin_dir" hash-object -w --stdin) &&
	git -C "$standin_dir" update-ref refs/upgrade/platform "$standin_oid" ||
	return 1
	standin_does "$standin_dir" verified
	echo verified >"$standin_dir/verifies"
	cp "$TESTS_DIR/lib/standin-event" "$standin_dir/event"
	cat >"$standin_dir/hooks/pre-receive" <<-\EOT
	#!/bin/sh
	while read -r old new ref
	do
		case $ref,$(cat does) in
		refs/heads/*,lost)
			kill -9 $PPID
			;;
		refs/heads/*,refused)
			echo 'error: no'
			echo 'hint: see "git upgrade list"'
			exit 1
			;;
		esac
	done
	EOT
	cat >"$standin_dir/hooks/post-receive" <<-\EOT
	#!/bin/sh
	while read -r old new ref
	do
		what=$(cat does)
		case $ref in
		refs/heads/*)
			env=$(sed -n "s|^${ref#refs/heads/} ||p" envs)
			commit=$new
			;;
		refs/upgrade/request/retry/*)
			env=${ref##*/}
			git cat-file blob "$new" >request
			git update-ref -d "$ref"
			commit=$(git rev-parse "refs/upgrade/failed/$env")
			git update-ref -d "refs/upgrade/failed/$env"
			;;
		refs/upgrade/request/verify/*)
			env=${ref##*/}
			what=$(cat verifies)
			git update-ref -d "$ref"
			commit=$(git rev-parse "refs/upgrade/deployed/$env")
			[ "$what" = verified ] || what=unverified
			;;
		esac
		[ -n "$env" ] || continue
		echo "$env: old -> new"
		echo "  gates      all ok"
		echo "  step       up 0:04"
		case $what in
		cut | pending)
			;;
		*)
			sh ./event "$env" "$what" "$commit" "health 5/5"
			;;
		esac
	done
	EOT
	cat >"$standin_dir/hooks/reference-transaction" <<-\EOT
	#!/bin/sh
	[ "$1,$(cat does)" = committed,cut ] || exit 0
	while read -r old new ref
	do
		env=$(sed -n "s|^${ref#refs/heads/} ||p" envs)
		case $ref in
		refs/heads/*)
			echo pending >does
			sh ./event "$env" verified "$new"
			kill -9 $PPID
			;;
		esac
	done
	EOT
	chmod +x "$standin_dir/hooks/pre-receive" \
		"$standin_dir/hooks/post-receive" \
		"$standin_dir/hooks/reference-transaction"
}

standin_does()
{
	echo "$2" >"$1/does"
}

standin_event()
{
	standin_dir=$1
	shift
	(cd "$standin_dir" && GIT_DIR=. sh ./event "$@")
}
