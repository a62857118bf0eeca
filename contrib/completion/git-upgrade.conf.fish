# fish loads completions by the name of the command, and `git upgrade` goes by
# the name of git: so these are loaded when an interactive shell starts.
#
# `make install` puts this into the vendor_conf.d of fish, as git-upgrade.fish.
if status is-interactive
    for folder in $fish_complete_path
        if test -e $folder/git-upgrade.fish
            source $folder/git-upgrade.fish
            break
        end
    end
    set -e folder
end
