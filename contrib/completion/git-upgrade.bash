# Completion in bash for `git upgrade` and `git-upgrade`.
#
# `make install` puts it where bash-completion finds it. By hand: source it
# from ~/.bashrc, after git's own completion.
#
# Commands and options are asked of the program itself. The names of releases
# and environments come from the refs here; no remote is asked.

__git_upgrade_git ()
{
	git ${__git_C_args[@]+"${__git_C_args[@]}"} \
		${__git_dir:+--git-dir="$__git_dir"} "$@" 2>/dev/null
}

# __git_upgrade_offer PREFIX CUR <WORDS: those that begin with CUR, PREFIX put
# before them. By hand, as `compgen -W` expands words, and without what a
# shell would make something of: a tag is allowed to be named $(reboot). A
# space ends what cannot go on.
__git_upgrade_offer ()
{
	local word

	COMPREPLY=()
	while IFS= read -r word
	do
		case $word in
		'' | *[!A-Za-z0-9._+@/=-]*)
			;;
		"$2"*=)
			COMPREPLY+=("$1$word")
			;;
		"$2"*)
			COMPREPLY+=("$1$word ")
			;;
		esac
	done
}

__git_upgrade_releases ()
{
	local names

	names=$(__git_upgrade_git for-each-ref \
		--format='%(refname:lstrip=3)' refs/upgrade/releases/)
	if [ -z "$names" ]
	then
		names=$(__git_upgrade_git for-each-ref \
			--format='%(refname:lstrip=2)' refs/tags/ |
			grep '[0-9]')
	fi
	printf '%s\n' "$names"
}

__git_upgrade_environments ()
{
	{
		__git_upgrade_git for-each-ref \
			--format='%(refname:lstrip=3)' refs/upgrade/deployed/ \
			refs/upgrade/failed/ refs/upgrade/ledger/
		__git_upgrade_git config --get-regexp \
			'^upgrade\..*\.branch$' |
		sed 's/^upgrade\.\(.*\)\.branch .*/\1/'
	} | sort -u
}

__git_upgrade_branches ()
{
	__git_upgrade_git for-each-ref --format='%(refname:lstrip=2)' \
		refs/heads/
}

# What migrations ask for, "NAME="
__git_upgrade_values ()
{
	__git_upgrade_git upgrade config |
	sed -n 's/^migrations\.[^.]*\.values\.\([^.]*\)\..*/\1=/p' | sort -u
}

# __git_upgrade_value OPTION PREFIX CUR. What is no case here is a file's name
# or free text, and bash's own to complete.
__git_upgrade_value ()
{
	case $1 in
	--from | --running)
		__git_upgrade_offer "$2" "$3" < <(__git_upgrade_releases)
		;;
	--branch)
		__git_upgrade_offer "$2" "$3" < <(__git_upgrade_branches)
		;;
	--set)
		__git_upgrade_offer "$2" "$3" < <(__git_upgrade_values)
		;;
	esac
}

# __git_upgrade_argument COMMAND CUR: the first that is no option
__git_upgrade_argument ()
{
	case $1 in
	merge | plan | show | diff)
		__git_upgrade_offer '' "$2" < <(__git_upgrade_releases)
		;;
	push | verify | promote | rollback | log | lock | unlock | diagnose | \
	status | backup\ *)
		__git_upgrade_offer '' "$2" < <(__git_upgrade_environments)
		;;
	esac
}

# Called by git's completion, and below, with cur, prev, words and cword set;
# __git_cmd_idx is where "upgrade" is among the words.
_git_upgrade ()
{
	local first=$((${__git_cmd_idx:-1} + 1))
	local i=$first arguments=0 command='' commands options option prefix=

	COMPREPLY=()
	commands=$(__git_upgrade_git upgrade --list-commands)
	if ((cword == first))
	then
		case $cur in
		-*)
			__git_upgrade_offer '' "$cur" < <(
				printf '%s\n' --help --version)
			;;
		*)
			__git_upgrade_offer '' "$cur" < <(
				cut -d ' ' -f 1 <<<"$commands" | uniq)
			;;
		esac
		return
	fi

	command=${words[i++]}
	if ((i == cword)) && grep -q "^$command " <<<"$commands"
	then
		__git_upgrade_offer '' "$cur" < <(
			sed -n "s/^$command //p" <<<"$commands")
		return
	fi
	if ((i < cword)) && grep -Fqx -- "$command ${words[i]}" <<<"$commands"
	then
		command="$command ${words[i++]}"
	fi
	grep -Fqx -- "$command" <<<"$commands" || return

	# shellcheck disable=SC2086
	options=$(__git_upgrade_git upgrade $command --git-completion-helper |
		tr ' ' '\n')
	while ((i < cword))
	do
		case ${words[i]} in
		--)
			return
			;;
		-*)
			if grep -Fqx -- "${words[i]}=" <<<"$options"
			then
				((i++))
			fi
			;;
		*)
			((arguments++))
			;;
		esac
		((i++))
	done

	case $cur in
	--*=*)
		option=${cur%%=*}
		# Where "=" ends a word, only what follows is replaced.
		[[ $COMP_WORDBREAKS == *=* ]] || prefix=$option=
		__git_upgrade_value "$option" "$prefix" "${cur#*=}"
		;;
	-*)
		__git_upgrade_offer '' "$cur" <<<"$options"
		;;
	*)
		if ((i > cword))
		then
			__git_upgrade_value "$prev" '' "$cur"
		elif ((arguments == 0))
		then
			__git_upgrade_argument "$command" "$cur"
		fi
		;;
	esac
}

# Without git's completion: bash has split words at "=" and ":".
__git_upgrade_main ()
{
	local cur prev word glue='' words=() cword=0 __git_cmd_idx=0
	local __git_dir='' __git_C_args=()

	for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"
	do
		if ((${#words[@]} > 1)) && [[ $word == [=:]* || -n $glue ]]
		then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		glue=
		[[ $word != *[=:] ]] || glue=yes
	done
	cword=$((${#words[@]} - 1))
	cur=${words[cword]}
	prev=
	((cword == 0)) || prev=${words[cword - 1]}
	_git_upgrade
}

complete -o bashdefault -o default -o nospace -F __git_upgrade_main git-upgrade
