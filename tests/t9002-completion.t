#!/bin/sh
#
# What bash completes after `git upgrade` and after `git-upgrade`.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

command -v bash >/dev/null || skip_all 'no bash'
completion=$TESTS_DIR/../contrib/completion/git-upgrade.bash
for theirs in /usr/share/bash-completion/completions/git \
	/usr/share/git/completion/git-completion.bash \
	/etc/bash_completion.d/git ''
do
	[ ! -f "$theirs" ] || break
done

# standalone WORD...: what is offered for the last one, a line each, into out;
# split at "=" as bash would
cat >standalone.bash <<'EOT'
source "$1" || exit 1
shift
COMP_WORDS=()
for word in "$@"
do
	case $word in
	--*=*)
		COMP_WORDS+=("${word%%=*}" =)
		[[ -z ${word#*=} ]] || COMP_WORDS+=("${word#*=}")
		[[ -n ${word#*=} ]] || COMP_WORDS+=('')
		;;
	*)
		COMP_WORDS+=("$word")
		;;
	esac
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
__git_upgrade_main
printf '%s|\n' "${COMPREPLY[@]}"
EOT
standalone()
{
	bash "$WORK/standalone.bash" "$completion" git-upgrade "$@" >"$WORK/out"
}

# with_git WORD...: the same through git's own completion
cat >with-git.bash <<'EOT'
source "$1" && source "$2" || exit 1
shift 2
COMP_WORDS=(git "$@")
COMP_CWORD=$#
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
__git_wrap__git_main
printf '%s|\n' "${COMPREPLY[@]}"
EOT
with_git()
{
	bash "$WORK/with-git.bash" "$theirs" "$completion" "$@" >"$WORK/out"
}

# offered [LINE...]: exactly these
offered()
{
	[ $# -gt 0 ] || set -- '|'
	printf '%s\n' "$@" >"$WORK/expected"
	same "$WORK/expected" "$WORK/out"
}

story 'set-up: a product, a configured environment' '
	draw_generic product
	git -C product config upgrade.staging.branch stage
	git -C product tag "3.\$(touch\${IFS}pwned)"
'

story 'commands are completed, each first word once' '
	cd product
	standalone ""
	git upgrade --list-commands >commands
	sed "s/ .*//; s/\$/ |/" commands | uniq | same - "$WORK/out"
	standalone mer
	offered "merge |"
	standalone hooks in
	offered "install |"
	standalone nonsense ""
	offered
'

story 'options are those of the command' '
	cd product
	standalone merge --con
	offered "--continue |" "--confirm-copy=|"
	standalone merge -- --con
	offered
	standalone hooks install --dry
	offered "--dry-run |"
	git upgrade --list-commands >commands
	while read -r command
	do
		git upgrade $command --git-completion-helper >options
		tr " " "\n" <options |
			sed "/^\$/d; /=\$/!s/\$/ /; s/\$/|/" >"$WORK/want"
		test -s "$WORK/want" || echo "|" >"$WORK/want"
		standalone $command --
		same "$WORK/want" "$WORK/out"
	done <commands
'

story 'releases are completed where one is expected' '
	cd product
	standalone merge v1.1
	offered "v1.1.0 |" "v1.1.1 |"
	standalone diff v1.1
	offered "v1.1.0 |" "v1.1.1 |"
	standalone merge v1.1.1 v1
	offered
	standalone merge --from v1.0.
	offered "v1.0.0 |" "v1.0.1 |"
	standalone merge --from=v1.0.
	offered "v1.0.0 |" "v1.0.1 |"
	standalone merge --from v1.0.0 v2
	offered "v2.0.0 |" "v2.0.0-rc.1 |"
'

story 'what migrations ask for is completed by name' '
	cd product
	cat >.git/info/gitupgrade.yaml <<-\EOT
	format: 1
	migrations:
	  m:
	    since: "1"
	    files: [a.yml]
	    values: {host: {description: a, default: b}, hour: {default: c}}
	    edits: [{set: a, value: "{host}{hour}"}]
	EOT
	standalone merge --set ho
	offered "host=|" "hour=|"
	standalone plan --set=hos
	offered "host=|"
	standalone plan --set host=a v2
	offered "v2.0.0 |" "v2.0.0-rc.1 |"
	rm .git/info/gitupgrade.yaml
'

story 'once fetched, only the releases of upstream' '
	cd product
	git update-ref refs/upgrade/releases/v2.0.0 v2.0.0
	git tag v2.our-own
	standalone plan v
	offered "v2.0.0 |"
	git update-ref -d refs/upgrade/releases/v2.0.0
'

story 'environments are completed, deployed or configured' '
	cd product
	git update-ref refs/upgrade/deployed/production HEAD
	for command in push verify log
	do
		standalone "$command" ""
		offered "production |" "staging |"
	done
	standalone push sta
	offered "staging |"
'

story 'a name that a shell would run is not offered' '
	cd product
	git tag >tags
	has "^3.*pwned" tags
	standalone merge 3
	offered
	missing pwned
'

story 'outside of a repository nothing is offered, nor said' '
	mkdir -p nowhere
	cd nowhere
	standalone merge "" 2>err
	offered
	test ! -s err
'

if [ -n "$theirs" ]
then
	story 'it works as part of the completion of git' '
		cd product
		with_git upgrade mer
		offered "merge |"
		with_git upgrade plan v1.1
		offered "v1.1.0 |" "v1.1.1 |"
		cd ..
		with_git -C product upgrade plan v1.1
		offered "v1.1.0 |" "v1.1.1 |"
		with_git -C product upgrade push ""
		offered "production |" "staging |"
	'
else
	skip 'it works as part of the completion of git' 'it is not here'
fi

done_testing
