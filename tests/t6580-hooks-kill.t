#!/bin/sh
#
# hooks and trust write files that others read. Killed at any instant, or with
# a disk that fails there, the same command finishes the work afterwards, and
# what an operator had of his own is never lost. Trust is there or not, as the
# command said. Here it is every 3rd change, or every KILL_STEPth; `make
# check-all` takes all of them.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
: "${KILL_STEP:=3}"
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

# Trust is kept outside of the repository; here each copy has its own.
trust='XDG_STATE_HOME=$PWD/.git/state exec git-upgrade trust'

is_trusted()
{
	sh -c "$trust --list" >../list 2>../err
	[ -s ../list ]
}

of_trust()
{
	sh -c "$trust --yes" >../out 2>&1
	has "^Trusted" ../out
	is_trusted
	no_locks
}

of_revoke()
{
	sh -c "$trust --revoke" >../out 2>&1 || has "is not trusted" ../out
	not is_trusted
	no_locks
}

# of_disk JUDGE WHEN-IT-WORKED: what it says is true, and the same works then
of_disk()
{
	case $code in
	0 | 126)
		"$2"
		;;
	*)
		has "^error: \|^fatal: " ../said
		has "^Nothing was changed" ../said
		not "$2"
		;;
	esac
	"$1"
}
not_trusted() { not is_trusted; }
of_trust_disk() { of_disk of_trust is_trusted; }
of_revoke_disk() { of_disk of_revoke not_trusted; }

story 'trust' '
	cp -a seed strange
	put strange/.gitupgrade.yaml "format: 1" "profile: mender" "steps:" \
		"  - name: stamp" "    run: [./stamp]" "    produces: [stamp]"
	git -C strange add -A
	git -C strange commit -q -m "It runs something"
	sweep strange of_trust sh -c "$trust --yes"
	for error in ENOSPC EIO EROFS
	do
		sweep strange -e $error of_trust_disk sh -c "$trust --yes"
	done
'

story 'trust --revoke' '
	cp -a strange trusted
	cd trusted
	sh -c "$trust --yes"
	cd ..
	sweep trusted of_revoke sh -c "$trust --revoke"
	for error in ENOSPC EIO EROFS
	do
		sweep trusted -e $error of_revoke_disk sh -c "$trust --revoke"
	done
'

done_testing
