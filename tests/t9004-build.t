#!/bin/sh
#
# Building and installing, as a packager or somebody in a hurry does it.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL
top=$TESTS_DIR/..
command -v make >/dev/null || skip_all 'no make'
[ -x "$top/git-upgrade" ] || skip_all 'not built at the top'

# The program is taken as it is: whether it is up to date is not asked here.
story 'make install heeds prefix and DESTDIR' '
	make -s -C "$top" -o all install prefix=/opt/up \
		DESTDIR="$WORK/root" >out 2>err
	(cd root; find . -type f) >installed
	has "^./opt/up/bin/git-upgrade$" installed
	is git-upgrade "$(readlink root/opt/up/bin/git-merge-upgrade)"
	has "^./opt/up/share/man/man1/git-upgrade.1$" installed
	has "^./opt/up/share/bash-completion/completions/git-upgrade$" \
		installed
	has "^./opt/up/share/zsh/site-functions/_git-upgrade$" installed
	has "^./opt/up/share/fish/vendor_completions.d/git-upgrade.fish$" \
		installed
	has "^./opt/up/share/fish/vendor_conf.d/git-upgrade.fish$" installed
	test -x root/opt/up/bin/git-upgrade
	for dir in lib/systemd/system share/systemd/user
	do
		has "^ExecStart=/opt/up/bin/git-upgrade platform repair " \
			"root/opt/up/$dir/git-upgrade-platform@.service"
	done
	for page in "$top"/Documentation/*.[1-9]
	do
		exists "root/opt/up/share/man/man${page##*.}/${page##*/}"
	done
'

story 'git finds what is installed, and its manual' '
	PATH=$WORK/root/opt/up/bin:$PATH
	git upgrade --version >out
	has "^git-upgrade version [0-9]" out
	git merge-upgrade -h >out
	has "^usage: git upgrade merge-strategy" out
	if command -v man >/dev/null
	then
		MANPATH=$WORK/root/opt/up/share/man
		export MANPATH
		man -w git-upgrade >out
		has "/opt/up/" out
	fi
'

story 'make uninstall takes away what install brought' '
	make -s -C "$top" uninstall prefix=/opt/up DESTDIR="$WORK/root"
	find root ! -type d >files
	same /dev/null files
'

story 'without the libraries, make says what to do' '
	mkdir empty
	not make -s -C "$top" BUILD="$WORK/build" PKG_CONFIG=false >out 2>err
	has "make setup" err
	test "$(wc -l <err)" -le 4
	missing build/git-upgrade
'

story 'a build elsewhere keeps its program to itself' '
	make -s -n -C "$top" BUILD=build-elsewhere >out
	has "-o build-elsewhere/git-upgrade " out
	lacks "-o git-upgrade " out
'

story 'continuous integration runs the suite, and only that' '
	test -x "$top/.ci/run"
	has "^exec make check$" "$top/.ci/run"
	make -n -C "$top" check >out
	has "contrib/setup check" out
	has "prove " out
'

done_testing
