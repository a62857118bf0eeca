#!/bin/sh
# Requests: what is asked of a platform by pushing a blob.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# request VERB/ENV [JSON]
request()
{
	request_blob=$(printf '%s' "${2-{\}}" | git hash-object -w --stdin)
	git push --porcelain platform \
		"$request_blob:refs/upgrade/request/$1" >"$WORK/out" 2>"$WORK/err"
}

story 'verify runs the verification again and records it' '
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	is 1 "$(events)"
	wait_for 20 no_workers
	request verify/production
	has "^\*.*refs/upgrade/request/verify/production" ../out
	has "verify  *platform ok, log ok, version v1.0.0 ok, health 2/2" ../err
	is 2 "$(events)"
	is verified "$(last_event event)"
	is ok "$(last_event outcome)"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	is "" "$(ref request/verify/production)"
'

story 'the same request works again' '
	cd prod
	request verify/production
	is 3 "$(events)"
'

story 'what no longer holds is no longer verified' '
	cd prod
	: >../srv/current/sick
	request verify/production
	has "error: production is not verified: health 0/2" ../err
	is failed "$(last_event outcome)"
	is "" "$(ref verified/production)"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	rm ../srv/current/sick
	request verify/production
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'the log of the deploy is a point, by what is known now' '
	cd prod
	cp ../platform.git/info/gitupgrade.yaml ../own.yaml
	sed -i "s/known trouble .0-9.+/^building v1/" \
		../platform.git/info/gitupgrade.yaml
	request verify/production
	has "verify  *platform ok, log failed" ../err
	has "the log has a known failure: ^building v1" ../err
	is "" "$(ref verified/production)"
	cp ../own.yaml ../platform.git/info/gitupgrade.yaml
	request verify/production
	has "verify  *platform ok, log ok, version" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'without its log that point is left out' '
	cd prod
	rm ../platform.git/upgrade/logs/production/*.log
	request verify/production
	has "verify  *platform ok, version v1.0.0 ok, health 2/2" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
'

story 'retry is refused when nothing failed' '
	cd prod
	expect_code 1 request retry/production
	has "remote rejected\] (nothing failed on production" ../out
'

story 'retry tries the failed commit again' '
	cd prod
	put blocks
	put broken
	commit Broken
	let_go &
	git push platform production 2>../err
	wait
	is "$(git rev-parse HEAD)" "$(ref failed/production)"
	sed -i "s/test ! -e broken/:/" ../platform.git/info/gitupgrade.yaml
	let_go &
	request retry/production
	wait
	has "remote: Deployed and verified" ../err
	is "" "$(ref failed/production)"
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is deployed "$(last_event event)"
	git -C ../platform.git log -3 --format=%s \
		refs/upgrade/ledger/production >../subjects
	has "^retried " ../subjects
'

story 'retry with the wrong expectation changes nothing' '
	cd prod
	git rm -q blocks
	put sick
	commit Sick
	git push platform production 2>../err
	failed=$(ref failed/production)
	is "$(git rev-parse HEAD)" "$failed"
	expect_code 1 request retry/production \
		"{\"failed\": \"$(git rev-parse HEAD^)\"}"
	has "what failed on production is" ../out
	is "$failed" "$(ref failed/production)"
	request retry/production "{\"failed\": \"$failed\"}"
	has "said 502" ../err
	is "$failed" "$(ref failed/production)"
'

story 'retry goes on where a worker was killed' '
	cd prod
	git rm -q sick
	put more.txt x
	commit More
	# As it is when the worker dies before it has begun.
	mv ../platform.git/hooks/reference-transaction ../off
	git push -q platform HEAD:refs/heads/side
	git -C ../platform.git update-ref -d refs/upgrade/failed/production
	git -C ../platform.git update-ref refs/heads/production \
		refs/heads/side
	mv ../off ../platform.git/hooks/reference-transaction
	request retry/production
	has "remote: Deployed and verified" ../err
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
	expect_code 1 request retry/production
'

story 'what is no request is refused by name' '
	cd prod
	expect_code 1 request dance/production
	has "knows no request .dance." ../out
	has "it knows: verify, retry" ../err
	expect_code 1 request verify/nowhere
	has "no environment .nowhere." ../out
	expect_code 1 request verify
	has "remote rejected" ../out
	expect_code 1 request verify/production "not json"
	has "remote rejected" ../out
	expect_code 1 git push --porcelain platform \
		HEAD:refs/upgrade/request/verify/production >../out 2>../err
	has "a request is a blob" ../out
	expect_code 1 git push --porcelain platform \
		:refs/upgrade/request/verify/production >../out 2>../err
'

done_testing
