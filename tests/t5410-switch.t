#!/bin/sh
#
# The switch is one rename: whoever reads the release that serves, however
# often and whatever is deployed meanwhile, reads the whole of one.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# So many deploys, and reads while they go on.
: "${SWITCHES:=50}" "${READS:=10000}"

REREAD=$BUILD_DIR/tools/reread
[ -x "$REREAD" ] || REREAD=$BUILD_DIR/build/tools/reread

# serial N: a commit whose files, first and last of the tree, are of N
serial()
{
	put 00first "$1" &&
	put middle/of/it "$1" &&
	put zzlast "$1" &&
	commit "Number $1"
}

story 'set-up: a platform with something to write' '
	draw_clone prod
	cd prod
	draw_platform
	n=0
	while [ $((n += 1)) -le 200 ]
	do
		put "bulk/$n" "$n"
	done
	serial 0
	git push -q platform production
	platform_idle
	is 0 "$(cat ../srv/current/zzlast)"
'

story 'the reader notices what it is there to notice' '
	mkdir whole half
	put whole/a 1
	put whole/b 1
	put half/a 1
	put half/b 2
	ln -s whole link
	is "3 1" "$("$REREAD" 3 link a b </dev/null)"
	ln -sfn half link
	expect_code 1 "$REREAD" 3 link a b </dev/null 2>said
	has "^b is of 2" said
	rm half/b
	expect_code 1 "$REREAD" 3 link a b </dev/null 2>said
	has "^b: No such file" said
	rm link
	expect_code 1 "$REREAD" 3 link a b </dev/null 2>said
	has "^link: No such file" said
'

story 'a reader never sees half a release' '
	cd prod
	mkfifo ../end
	"$REREAD" "$READS" ../srv/current 00first middle/of/it zzlast \
		<../end >../reads 2>../wrong &
	reader=$!
	exec 5>../end
	n=0
	while [ $((n += 1)) -le "$SWITCHES" ] && kill -0 "$reader"
	do
		serial "$n"
		git push -q platform production
		platform_idle
	done
	exec 5>&-
	code=0
	wait "$reader" || code=$?
	same /dev/null ../wrong
	is 0 "$code"
	is "$SWITCHES" "$(cat ../srv/current/zzlast)"
	read -r reads texts <../reads
	[ "$reads" -ge "$READS" ]
	is "$((SWITCHES + 1))" "$texts"
	is "$((SWITCHES + 1))" "$(events)"
'

done_testing
