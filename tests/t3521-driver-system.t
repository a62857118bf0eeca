#!/bin/sh
#
# The system's gitattributes give paths to our merge driver: a merge of ours is
# not run through it, and what else stands there holds.
#
# No setting tells git where that file is, so what is below /etc is ours, in a
# namespace of mounts of our own.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/shop.sh"

# system CMD...: with $WORK/etc as /etc
system()
{
	unshare --user --map-root-user --mount sh -c '
		mount --bind "$0" /etc
		unset GIT_ATTR_NOSYSTEM
		exec "$@"
	' "$WORK/etc" "$@"
}

mkdir etc
cp -RL /etc/. etc/ 2>/dev/null
if ! system true 2>err
then
	skip_all "no namespace of one's own: $(head -n 1 err)"
fi
echo '* merge=upgrade' >etc/gitattributes
if ! (git init -q probe && cd probe &&
	system git check-attr merge x | grep -q upgrade)
then
	skip_all 'this git has its attributes elsewhere'
fi

# telling_driver: one that tells that it ran, as ours does not
telling_driver()
{
	git config merge.upgrade.driver \
		"echo %P >>'$WORK/ran'; git upgrade merge-file %O %A %B %L %P"
}

story 'plain git runs the driver' '
	draw_shop
	production
	override
	telling_driver
	system git merge-tree --write-tree HEAD 1.1.0 >../out || is 1 $?
	has docker-compose.yml ../ran
	rm ../ran
'

story 'a merge of ours does not' '
	cd prod
	start=$(git rev-parse HEAD)
	system git upgrade plan --no-fetch 1.1.0 >../out
	has "docker-compose.yml" ../out
	missing ../ran
	system git upgrade merge --no-edit --no-fetch 1.1.0 2>../err
	has "docker-compose.yml" ../err
	missing ../ran
	git reset -q --hard "$start"
'

story 'what else stands there holds, and what the user has outranks it' '
	cd prod
	printf "* merge=upgrade\n*.yml -merge\n" >../etc/gitattributes
	mkdir -p "$HOME/.config/git"
	expect_code 1 system git upgrade merge --no-structure --no-edit \
		--no-fetch 1.1.0 >../out 2>../err
	lacks "^<<<<<<<" docker-compose.yml
	git upgrade merge --abort 2>../err
	echo "*.yml merge" >"$HOME/.config/git/attributes"
	expect_code 1 system git upgrade merge --no-structure --no-edit \
		--no-fetch 1.1.0 >../out 2>../err
	has "^<<<<<<<" docker-compose.yml
	git upgrade merge --abort 2>../err
	missing ../ran
'

done_testing
