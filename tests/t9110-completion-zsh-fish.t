#!/bin/sh
#
# What zsh and fish complete after `git upgrade` and after `git-upgrade`: the
# same as bash (t9002). Where a shell is missing its stories are skipped.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

folder=$TESTS_DIR/../contrib/completion

cat >offer.zsh <<'EOT'
source $1/_git-upgrade || exit 1
shift
typeset -a reply
__git_upgrade_words "$@" || reply=()
print -rl -- $reply
EOT
# What the cursor is on comes last. To offer nothing is no failure.
cat >offer.fish <<'EOT'
source $argv[1]/git-upgrade.fish; or exit 1
set -l words $argv[2..-1]
set -l current $words[-1]
set -e words[-1]
__git_upgrade_offer "$current" $words
true
EOT

# zsh_offers, fish_offers WORD...: candidates for the last word that begin
# with it, sorted, into out; fish leaves that choice to itself
zsh_offers()
{
	zsh -f "$WORK/offer.zsh" "$folder" "$@" >"$WORK/all"
	begin "$@"
}

fish_offers()
{
	fish --no-config "$WORK/offer.fish" "$folder" "$@" >"$WORK/all"
	begin "$@"
}

begin()
{
	for word
	do
		:
	done
	awk -v begin="$word" 'index($0, begin) == 1 && $0 != ""' \
		"$WORK/all" | sort -u >"$WORK/out"
}

# offered [WORD...]: exactly these
offered()
{
	: >"$WORK/expected"
	[ $# -eq 0 ] || printf '%s\n' "$@" | sort >"$WORK/expected"
	same "$WORK/expected" "$WORK/out"
}

story 'set-up: a product, environments' '
	draw_generic product
	git -C product config upgrade.staging.branch stage
	git -C product update-ref refs/upgrade/deployed/production HEAD
	git -C product tag "3.\$(touch\${IFS}pwned)"
'

for shell in zsh fish
do
	if ! command -v "$shell" >/dev/null
	then
		skip "$shell completes" "no $shell"
		continue
	fi
	story "$shell: commands, each first word once" '
		cd product
		"${shell}_offers" ""
		git upgrade --list-commands >commands
		sed "s/ .*//" commands | sort -u | same - "$WORK/out"
		"${shell}_offers" mer
		offered merge
		"${shell}_offers" hooks in
		offered install
		"${shell}_offers" nonsense ""
		offered
	'
	story "$shell: the options of every command" '
		cd product
		git upgrade --list-commands >commands
		while read -r command
		do
			# shellcheck disable=SC2086
			git upgrade $command --git-completion-helper >options
			tr " " "\n" <options | sed "/^\$/d" | sort >"$WORK/want"
			# shellcheck disable=SC2086
			"${shell}_offers" $command --
			same "$WORK/want" "$WORK/out"
		done <commands
		"${shell}_offers" merge -- --con
		offered
	'
	story "$shell: releases, where one is expected" '
		cd product
		"${shell}_offers" merge v1.1
		offered v1.1.0 v1.1.1
		"${shell}_offers" merge v1.1.1 v1
		offered
		"${shell}_offers" merge --from v1.0.
		offered v1.0.0 v1.0.1
		"${shell}_offers" merge --from=v1.0.
		offered --from=v1.0.0 --from=v1.0.1
		"${shell}_offers" merge --from v1.0.0 v2
		offered v2.0.0 v2.0.0-rc.1
	'
	story "$shell: what migrations ask for, by name" '
		cd product
		cat >.git/info/gitupgrade.yaml <<-\EOT
		format: 1
		migrations:
		  m:
		    since: "1"
		    files: [a.yml]
		    values: {host: {description: a}, hour: {default: c}}
		    edits: [{set: a, value: "{host}{hour}"}]
		EOT
		"${shell}_offers" merge --set ho
		offered host= hour=
		"${shell}_offers" plan --set=hos
		offered --set=host=
		rm .git/info/gitupgrade.yaml
	'
	story "$shell: environments, and no name a shell would run" '
		cd product
		for command in push verify log status
		do
			"${shell}_offers" "$command" ""
			offered production staging
		done
		"${shell}_offers" merge 3
		offered
		missing pwned
	'
	story "$shell: outside of a repository nothing, in silence" '
		mkdir -p nowhere
		cd nowhere
		"${shell}_offers" merge "" 2>err
		offered
		test ! -s err
	'
done

if command -v zsh >/dev/null
then
	# A whole zsh with its completion system, at a terminal of its own.
	story 'zsh finds it by itself' '
		mkdir -p functions
		cp "$folder/_git-upgrade" functions
		zsh -f -c "fpath=($WORK/functions \$fpath)
			autoload -Uz compinit && compinit -u -D
			print -r -- \$_comps[git-upgrade]" >out
		is _git-upgrade "$(cat out)"
	'
fi
if command -v fish >/dev/null
then
	story 'fish completes the words of a line' '
		cd product
		fish --no-config -c "source $folder/git-upgrade.fish
			complete -C \"git-upgrade merge v1.1\"" >out
		printf "%s\n" v1.1.0 v1.1.1 | same - out
		fish --no-config -c "source $folder/git-upgrade.fish
			complete -C \"git upgrade plan v1.1\"" >out
		printf "%s\n" v1.1.0 v1.1.1 | same - out
	'
fi

done_testing
