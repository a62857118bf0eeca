#!/bin/sh
#
# Completion as it is installed, in a shell at a terminal: somebody types the
# beginning of a word and the Tab key.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL TMUX
top=$TESTS_DIR/..
command -v tmux >/dev/null || skip_all 'no tmux'
command -v make >/dev/null || skip_all 'no make'
[ -x "$top/git-upgrade" ] || skip_all 'not built at the top'

# The path of a socket may not be long.
sockets=$(mktemp -d /tmp/git-upgrade.XXXXXX) || exit 1
at_end "tmux -S '$sockets/s' kill-server 2>/dev/null; rm -rf '$sockets'"
theirs=$(pkg-config --variable=completionsdir bash-completion 2>/dev/null)
theirs=${theirs:-/usr/share/bash-completion/completions}/git

# at COMMAND...: a terminal with it, in the clone
at()
{
	tmux -S "$sockets/s" -f /dev/null new-session -d -x 100 -y 30 \
		-c "$WORK/product" "$@"
}

# screen: what the terminal shows, without what is empty
screen()
{
	tmux -S "$sockets/s" capture-pane -p >"$WORK/screen" || return 1
	sed "/^ *$/d; s/ *$//" "$WORK/screen"
}

# shows PATTERN: a line of it
shows()
{
	screen | grep -q -e "$1"
}

# seen PATTERN: now, or before long
seen()
{
	wait_for 20 shows "$1" || {
		screen >&7
		return 1
	}
}

# type_tab TEXT PATTERN: on a line of its own; completed it shows PATTERN
type_tab()
{
	tmux -S "$sockets/s" send-keys C-u
	tmux -S "$sockets/s" send-keys -l "$1"
	seen "> $1"
	tmux -S "$sockets/s" send-keys Tab
	seen "$2"
}

# The beginning of a command, of an option and of a release; a name there is
# only one of is there in full, and behind it a space.
everything()
{
	seen "^>"
	type_tab "git upgrade mer" "> git upgrade merge$"
	tmux -S "$sockets/s" send-keys -l "2x"
	seen "> git upgrade merge 2x$"
	type_tab "git upgrade merge --cont" "> git upgrade merge --continue$"
	type_tab "git upgrade plan v2.0.0-" "> git upgrade plan v2.0.0-rc.1$"
	type_tab "git upgrade hooks ins" "> git upgrade hooks install$"
	type_tab "git-upgrade sho" "> git-upgrade show$"
	type_tab "git-upgrade show v2.0.0-" "> git-upgrade show v2.0.0-rc.1$"
	tmux -S "$sockets/s" kill-server
}

story 'set-up: installed, a product' '
	make -s -C "$top" -o all install prefix="$WORK/opt" >out 2>&1
	draw_generic product
'

if [ -f "$theirs" ] && command -v bash >/dev/null
then
	story 'bash, beside the completion of git' '
		cat >rc <<-EOT
		PS1="> "
		PATH=$WORK/opt/bin:$PATH
		. $theirs
		. $WORK/opt/share/bash-completion/completions/git-upgrade
		EOT
		at env TERM=screen bash --noprofile --rcfile "$WORK/rc" -i
		everything
	'
else
	skip 'bash, beside the completion of git' 'that is not here'
fi

# It loads each by itself, git's among them.
loader=/usr/share/bash-completion/bash_completion
if [ -f "$theirs" ] && [ -f "$loader" ]
then
	story 'bash-completion finds it' '
		cat >rc <<-EOT
		PS1="> "
		PATH=$WORK/opt/bin:$PATH
		. $loader
		EOT
		at env TERM=screen XDG_DATA_DIRS="$WORK/opt/share:/usr/share" \
			bash --noprofile --rcfile "$WORK/rc" -i
		everything
	'
else
	skip 'bash-completion finds it' 'that is not here'
fi

if command -v zsh >/dev/null
then
	story 'zsh' '
		mkdir zdotdir
		cat >zdotdir/.zshrc <<-EOT
		PS1="> "
		PATH=$WORK/opt/bin:$PATH
		fpath=($WORK/opt/share/zsh/site-functions \$fpath)
		autoload -Uz compinit && compinit -u -D
		EOT
		at env TERM=screen ZDOTDIR="$WORK/zdotdir" zsh -d -i
		everything
	'
else
	skip 'zsh' 'it is not here'
fi

if command -v fish >/dev/null
then
	story 'fish' '
		mkdir -p "$HOME/.config/fish"
		cat >"$HOME/.config/fish/config.fish" <<-\EOT
		set -g fish_greeting
		set -g fish_autosuggestion_enabled 0
		function fish_prompt
		    echo "> "
		end
		EOT
		at env TERM=screen XDG_DATA_DIRS="$WORK/opt/share:/usr/share" \
			PATH="$WORK/opt/bin:$PATH" fish -i
		everything
	'
else
	skip 'fish' 'it is not here'
fi

done_testing
