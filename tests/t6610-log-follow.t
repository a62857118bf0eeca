#!/bin/sh
# log --follow: what happens to an environment, as it happens.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

# follow FILE ARG...: in the background, its number in $follower
follow()
{
	follow_out=$1
	shift
	: >"$follow_out"
	: >"$follow_out.err"
	git-upgrade log --follow "$@" >"$follow_out" 2>"$follow_out.err" &
	follower=$!
}

# has_lines NR PATTERN FILE
has_lines()
{
	[ "$(grep -c -e "$2" "$3")" -ge "$1" ]
}

# stop CODE: Ctrl-C, and how it ends
stop()
{
	kill -INT "$follower"
	ended "$follower" "$1"
}

story 'the past first, oldest first, and then what comes' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	git upgrade verify production 2>../err
	follow ../out production
	wait_for 20 has_lines 2 "^20" ../out
	has "deployed" ../out
	is "deployed verified" "$(sed -n "s/^20[0-9: -]*  \([a-z]*\) .*/\1/p" \
		../out | xargs)"
	git clone -q -o platform -b production ../platform.git ../other
	git -C ../other remote add upstream "$WORK/upstream"
	put ../other/new
	commit New -C ../other
	git -C ../other push -q platform production
	wait_for 20 has_lines 3 "^20" ../out
	is "deployed verified deployed" \
		"$(sed -n "s/^20[0-9: -]*  \([a-z]*\) .*/\1/p" ../out | xargs)"
	has "$(git -C ../other rev-parse --short=7 HEAD)" ../out
	stop 0
	is "" "$(cat ../out.err)"
'

story 'JSON is an object on a line for each' '
	cd prod
	follow ../out production --json -n 1
	wait_for 20 has_lines 1 "^{" ../out
	git upgrade verify production 2>../err
	wait_for 20 has_lines 2 "^{.*}$" ../out
	stop 0
	is 2 "$(wc -l <../out)"
	has "\"event\":\"verified\"" ../out
	has "\"environment\":\"production\"" ../out
'

story 'a platform that is away for a while is said once, and nothing is lost' '
	cd prod
	follow ../out production -n 1
	wait_for 20 has_lines 1 "^20" ../out
	mv ../platform.git ../away.git
	wait_for 20 has_lines 1 "trying again until it answers" ../out.err
	mv ../away.git ../platform.git
	git upgrade verify production 2>../err
	wait_for 30 has_lines 2 "^20" ../out
	wait_for 20 has_lines 1 "is known again" ../out.err
	stop 0
	is 1 "$(grep -c "trying again" ../out.err)"
	has "^warning: .*trying again" ../out.err
	lacks "^hint:" ../out.err
'

story 'before anything happened it waits' '
	cd "$WORK"
	rm -rf platform.git srv other
	cd prod
	git for-each-ref --format="%(refname)" refs/upgrade >../refs
	while read -r name
	do
		git update-ref -d "$name"
	done <../refs
	git remote remove platform
	draw_platform
	follow ../out production
	wait_for 20 test -e ../out.err
	git push -q platform production
	wait_for 20 has_lines 1 "^20.*deployed" ../out
	stop 0
'

story 'other signals end it as well, and so does a reader that is gone' '
	cd prod
	follow ../out production
	wait_for 20 test -s ../out
	kill -TERM "$follower"
	ended "$follower" 0
	mkfifo ../pipe
	head -n 1 ../pipe >../first &
	git-upgrade log --follow production >../pipe 2>../err &
	follower=$!
	wait_for 20 test -s ../first
	git upgrade verify production 2>../verified
	ended "$follower" 141
'

story 'a host sees its own' '
	cd "$WORK"
	rm -rf upstream prod go profile.yaml
	draw_host
	cd host
	git upgrade deploy -q
	follow ../out
	wait_for 20 has_lines 1 "^20.*deployed" ../out
	git upgrade verify >../out2 2>../err
	wait_for 20 has_lines 2 "^20" ../out
	stop 0
'

story 'what does not go together' '
	cd prod
	expect_code 129 git upgrade log --follow --no-fetch 2>../err
	has "do not go together" ../err
	expect_code 128 git upgrade log --follow nowhere 2>../err
	has "there is no environment .nowhere." ../err
'

done_testing
