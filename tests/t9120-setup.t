#!/bin/sh
#
# What the set-up says where it does not install: on systems that are told
# here by a made-up /etc/os-release, with none of the libraries there.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

setup=$TESTS_DIR/../contrib/setup

# on ID [ID_LIKE]: a system with the plain tools, git and a pkg-config that
# knows nothing; what could install would leave a file behind
on()
{
	rm -rf root bin
	mkdir -p root/etc bin
	printf 'ID=%s\nID_LIKE="%s"\n' "$1" "${2-}" >root/etc/os-release
	for tool in sh awk sed sort tr grep cat git cc env ls
	do
		ln -s "$(command -v "$tool")" "bin/$tool"
	done
	for tool in apt-get dnf apk pacman brew sudo
	do
		printf '#!/bin/sh\n: >"%s/ran"\n' "$WORK" >"bin/$tool"
		chmod +x "bin/$tool"
	done
	printf '#!/bin/sh\nexit 1\n' >bin/pkg-config
	printf '#!/bin/sh\necho %s\n' "${3-Linux}" >bin/uname
	chmod +x bin/pkg-config bin/uname
	ln -s "$(command -v make)" bin/make
	expect_code 1 env PATH="$WORK/bin" SETUP_ROOT="$WORK/root" \
		sh "$setup" build >out 2>err
	test ! -s out
	has "libgit2 (library, pkg-config name libgit2)" err
	missing ran
}

story 'Fedora and its kin: dnf, by its names, and only said' '
	for like in fedora rhel
	do
		on "$like"
		has "untested" err
		has "^	sudo dnf install cjson-devel libcurl-devel libgit2-devel libyaml-devel openssl-devel" err
	done
	on rocky "rhel centos fedora"
	has "^	sudo dnf install " err
'

story 'Alpine, Arch, macOS' '
	on alpine
	has "^	sudo apk add cjson-dev curl-dev libgit2-dev openssl-dev yaml-dev$" err
	on manjaro arch
	has "^	sudo pacman -S --needed cjson curl libgit2 libyaml openssl$" err
	on "" "" Darwin
	has "^	brew install cjson curl libgit2 libyaml openssl$" err
'

story 'somewhere else: what is missing, and no guess' '
	on plan9
	lacks "install\\b.*cjson" err
	has "^setup: install them with the means of this system" err
'

story 'every requirement has its name everywhere, or none' '
	sed -n "/^build=/,/^services=/p" "$setup" >tables
	awk "\$1 ~ /^(program|server|library|loader|headers|runtime)\$/ { print \$2 }" \
		tables | sort >wanted
	sed -n "/^elsewhere=/,/^.\$/p" "$setup" >table
	awk "NF == 5 { print \$1 }" table | sort | same wanted -
	awk "NF != 5 && NF > 1" table | same /dev/null -
'

story 'usage' '
	expect_code 129 sh "$setup" >out 2>err
	has "^usage: contrib/setup" err
'

done_testing
