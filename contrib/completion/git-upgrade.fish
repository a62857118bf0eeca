# Completion in fish for `git upgrade` and `git-upgrade`.
#
# `make install` puts it where fish finds it, and git-upgrade.conf.fish beside
# it loads it for `git upgrade`. By hand: this one into
# ~/.config/fish/completions, and that one into ~/.config/fish/conf.d.
#
# Commands and options are asked of the program itself. The names of releases
# and environments come from the refs here; no remote is asked. fish quotes
# what a shell would make something of.

function __git_upgrade_releases
    set -l names (git for-each-ref --format='%(refname:lstrip=3)' \
        refs/upgrade/releases/ 2>/dev/null)
    if not set -q names[1]
        set names (git for-each-ref --format='%(refname:lstrip=2)' \
            refs/tags/ 2>/dev/null | string match -r '.*[0-9].*')
    end
    string match -r '^[A-Za-z0-9._+@/=-]+$' -- $names
end

function __git_upgrade_environments
    begin
        git for-each-ref --format='%(refname:lstrip=3)' \
            refs/upgrade/deployed/ refs/upgrade/failed/ \
            refs/upgrade/ledger/
        git config --get-regexp '^upgrade\..*\.branch$' |
            string replace -r '^upgrade\.(.*)\.branch .*' '$1'
    end 2>/dev/null | sort -u
end

# What migrations ask for, "NAME="
function __git_upgrade_values
    git upgrade config 2>/dev/null | string replace -f -r \
        '^migrations\.[^.]*\.values\.([^.]*)\..*' '$1=' | sort -u
end

function __git_upgrade_branches
    git for-each-ref --format='%(refname:lstrip=2)' refs/heads/ 2>/dev/null
end

# The words behind "upgrade", up to the cursor.
function __git_upgrade_typed
    set -l words (commandline -opc)
    if test (string replace -r '.*/' '' -- $words[1]) = git
        set -l at (contains -i -- upgrade $words)
        or return 1
        set words $words[$at..-1]
    end
    set -e words[1]
    if set -q words[1]
        printf '%s\n' $words
    end
end

# __git_upgrade_offer CURRENT WORD...: a candidate a line
function __git_upgrade_offer
    set -l current $argv[1]
    set -l words $argv[2..-1]
    set -l commands (git upgrade --list-commands 2>/dev/null)
    if not set -q words[1]
        string match -r '^[^ ]+' -- $commands | uniq
        return
    end
    set -l command $words[1]
    set -e words[1]
    if set -q words[1]; and contains -- "$command $words[1]" $commands
        set command "$command $words[1]"
        set -e words[1]
    else if not set -q words[1]
        string replace -f -r "^$command " '' -- $commands
    end
    contains -- "$command" $commands
    or return
    set -l options (git upgrade (string split ' ' -- $command) \
        --git-completion-helper | string split ' ')
    set -l arguments 0
    set -l value
    for word in $words
        if test -n "$value"
            set value
        else if test "$word" = --
            return
        else if string match -q -- '-*' $word
            contains -- "$word=" $options
            and set value $word
        else
            set arguments (math $arguments + 1)
        end
    end
    set -l prefix
    if test -z "$value"; and string match -q -- '--*=*' $current
        set value (string replace -r '=.*' '' -- $current)
        set prefix "$value="
    end
    if test -n "$value"
        switch $value
            case --from --running
                printf "$prefix%s\n" (__git_upgrade_releases)
            case --branch
                printf "$prefix%s\n" (__git_upgrade_branches)
            case --set
                printf "$prefix%s\n" (__git_upgrade_values)
        end
        return
    end
    if string match -q -- '-*' $current
        printf '%s\n' $options
        return
    end
    test $arguments -eq 0
    or return
    switch $command
        case merge plan show diff
            __git_upgrade_releases
        case push verify promote rollback log lock unlock diagnose status \
            'backup *'
            __git_upgrade_environments
    end
end

function __git_upgrade_complete
    set -l words (__git_upgrade_typed)
    or return
    __git_upgrade_offer (commandline -ct | string collect; or echo) $words
end

complete -c git-upgrade -f -a '(__git_upgrade_complete)'
complete -c git -f -n '__git_upgrade_typed >/dev/null' \
    -a '(__git_upgrade_complete)'
complete -c git -f -n '__fish_use_subcommand' -a upgrade \
    -d 'upgrade to a release of upstream'
