#!/bin/sh
#
# Everything that reads text from outside, fed with anything: the seeds, what
# once broke something, and mutations of both, the same ones every time.
# `make check-all` goes on from there with libFuzzer and sanitizers.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"

if [ -z "${FUZZ-}" ]
then
	FUZZ=$BUILD_DIR/fuzz
	[ -x "$FUZZ" ] || FUZZ=$BUILD_DIR/build/fuzz
fi
[ -x "$FUZZ" ] || skip_all 'no fuzz program; make fuzz builds it'
: "${FUZZ_RUNS:=1500}"

story 'set-up: the seeds, and the targets' '
	"$FUZZ" >targets
	test "$(wc -l <targets)" -gt 10
	"$TESTS_DIR/fuzz/seeds" seeds >out 2>err
	is "" "$(cat out err)"
'

story 'every target has seeds, and every folder a target' '
	ls seeds | same targets -
	ls "$TESTS_DIR/fuzz/found" >found
	comm -13 targets found >strangers
	same /dev/null strangers
'

story 'the driver reports what dies, and can do it again' '
	expect_code 129 env FUZZ_TARGET=nonsense "$FUZZ" seeds/url 2>err
	has "is none of" err
	FUZZ_TARGET=url "$FUZZ" -s 7 -r 42 -w seeds/url >one
	FUZZ_TARGET=url "$FUZZ" -s 7 -r 42 -w seeds/url >two
	test -s one
	same one two
	FUZZ_TARGET=url "$FUZZ" -s 8 -r 42 -w seeds/url >two
	not cmp -s one two
'

for target in $("$FUZZ")
do
	# shellcheck disable=SC2097,SC2098
	story "$target" '
		set -- "seeds/$target"
		if [ -d "$TESTS_DIR/fuzz/found/$target" ]
		then
			set -- "$@" "$TESTS_DIR/fuzz/found/$target"
		fi
		FUZZ_TARGET=$target "$FUZZ" -n "$FUZZ_RUNS" "$@"
	'
done

done_testing
