#!/bin/sh
#
# hooks and trust write files that others read. Killed at any instant, or with
# a disk that fails there, the same command finishes the work afterwards, and
# what an operator had of his own is never lost.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/kills.sh"

have_killat || skip_all 'processes cannot be traced here'

no_locks()
{
	find . -name "*.lock" >../locks
	same /dev/null ../locks
}

# The hook runs ours, and the operator's own after it.
whole()
{
	git upgrade hooks status >../status 2>&1
	has "pre-push .*installed" ../status
	[ ! -e "$WORK/own" ] ||
	same "$WORK/own" .git/hooks/pre-push.before-upgrade
	no_locks
}

of_install()
{
	git upgrade hooks install >../out 2>&1
	whole
}

of_remove()
{
	git upgrade hooks remove >../out 2>&1
	if [ -e "$WORK/own" ]
	then
		same "$WORK/own" .git/hooks/pre-push
	else
		missing .git/hooks/pre-push
	fi
	missing .git/hooks/pre-push.before-upgrade
	no_locks
}

# It says so, and afterwards the same works.
of_failure()
{
	case $code in
	0 | 126)
		;;
	2 | 128)
		has "^error: \|^fatal: " ../said
		;;
	*)
		tap_say "ended with $code"
		return 1
		;;
	esac
	of_install
}

story 'set-up' '
	draw_production seed 2.4.1
	rm -f seed/.git/hooks/*
'

story 'hooks install' '
	sweep seed of_install git-upgrade hooks install
'

for error in ENOSPC EIO EROFS
do
	story "hooks install, with a disk that fails with $error" '
		sweep seed -e $error of_failure git-upgrade hooks install
	'
done

story 'hooks remove' '
	cp -a seed installed
	git -C installed upgrade hooks install
	sweep installed of_remove git-upgrade hooks remove
'

story 'hooks install over a hook of the operator' '
	put own "#!/bin/sh" "exit 0"
	chmod +x own
	cp -a seed owned
	cp -a own owned/.git/hooks/pre-push
	sweep owned of_install git-upgrade hooks install
'

for error in ENOSPC EIO EROFS
do
	story "the same, with a disk that fails with $error" '
		sweep owned -e $error of_failure git-upgrade hooks install
	'
done

story 'and remove, which gives it back' '
	cp -a owned both
	git -C both upgrade hooks install
	sweep both of_remove git-upgrade hooks remove
'

done_testing
