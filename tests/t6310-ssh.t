#!/bin/sh
#
# What a command asks a server over ssh goes through one connection, unless
# the user has a say about that himself.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/servers.sh"

have_ssh && start_ssh || skip_all 'no sshd or ssh'

# The names of sockets are short; that of the trash may not be.
XDG_RUNTIME_DIR=$(mktemp -d /tmp/XXXXXX)
export XDG_RUNTIME_DIR
at_end 'rm -rf "$XDG_RUNTIME_DIR"'
FOLDER=$XDG_RUNTIME_DIR/git-upgrade-$(id -u)
SSH="ssh -F '$PWD/config'"

# counted: each connection writes a line to $WORK/connections
counted()
{
	sed -n 's/^[ 	]*ProxyCommand /exec /p' "$TRASH/ssh/config" >counted
	sed -i.orig '1i\
echo >>connections' counted
	sed "s|ProxyCommand .*|ProxyCommand sh -c 'cd \"$WORK\" \&\& . ./counted'|" \
		"$TRASH/ssh/config" >config
	git config --global core.sshCommand "$SSH"
}

# connects N COMMAND...: so often, and nothing is left
connects()
{
	connects_nr=$1
	shift
	: >"$WORK/connections"
	"$@"
	is "$connects_nr" "$(grep -c '' "$WORK/connections")"
}

# Its number, and a release of it that is fetched
release()
{
	draw_release ../upstream 3.2.x "$1"
	connects "$2" git upgrade fetch >out
	has "^  new  $1 " out
	rm out
}

# A commit that is pushed, to where nothing deploys it
push()
{
	put note "$1"
	git add note
	git commit -q -m "$1"
	connects "$2" expect_code 3 git upgrade push 2>err
	has "pushed to .platform., which is no platform" err
	is "$(git rev-parse HEAD)" "$(git -C ../platform rev-parse production)"
	rm err
}

story 'a clone of an upstream that is reached by ssh' '
	draw_upstream upstream
	draw_production prod 2.4.1
	git init -q --bare platform
	cd prod
	git config remote.origin.url "$SSH_URL$WORK/upstream"
	git remote add platform "$SSH_URL$WORK/platform"
	git config remote.pushDefault platform
	git upgrade fetch
	cd ..
	counted
'

story 'to fetch and to push takes one connection, and none is left' '
	cd prod
	release 3.2.91 1
	push one 1
	missing "$FOLDER"
'

story 'as does an address without a scheme' '
	cd prod
	git config remote.origin.url "git.example:$WORK/upstream"
	release 3.2.92 1
	git config remote.origin.url "$SSH_URL$WORK/upstream"
'

story 'what a killed command left is taken away' '
	cd prod
	dead=$(sh -c "echo \$\$")
	mkdir -m 700 "$FOLDER" "$FOLDER/tmp-$dead.abcdef"
	release 3.2.93 1
	missing "$FOLDER"
'

story 'a folder that others made is left alone' '
	cd prod
	mkdir "$WORK/theirs"
	ln -s "$WORK/theirs" "$FOLDER"
	push two 1
	is "$WORK/theirs" "$(readlink "$FOLDER")"
	is "" "$(ls -A "$WORK/theirs")"
	rm "$FOLDER"
	mkdir -m 777 "$FOLDER"
	chmod 777 "$FOLDER"
	push three 1
	is "" "$(ls -A "$FOLDER")"
	rmdir "$FOLDER"
'

story 'who says how to connect is obeyed' '
	cd prod
	git config core.sshCommand "$SSH -o ControlMaster=no"
	release 3.2.94 2
	git config core.sshCommand "$SSH -S none"
	push four 2
	git config core.sshCommand "$SSH"
	export GIT_SSH_VARIANT=simple
	connects 1 git upgrade fetch
	unset GIT_SSH_VARIANT
	echo "	ControlPath $WORK/his-own" >>../config
	push five 2
	printf "%s\n" "#!/bin/sh" "exec $SSH \"\$@\"" >../wrapper
	chmod +x ../wrapper
	git config --unset core.sshCommand
	git config core.sshCommand "$WORK/wrapper"
	GIT_SSH_VARIANT=ssh release 3.2.95 2
	missing "$FOLDER"
'

done_testing
