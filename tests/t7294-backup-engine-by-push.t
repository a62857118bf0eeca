#!/bin/sh
#
# Where a service deploys by itself what is pushed: what somebody has pushed by
# plain git may be deployed by now, and no backup of before is made of it.

# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/engine.sh"
. "$TESTS_DIR/lib/answers.sh"

start_answers || exit 1
mkdir -p "$ANSWERS/deploys/d1"
DB=$WORK/db

# The service has deployed HEAD.
deploys_head()
{
	says list "200 - [{\"commit\":\"$(git rev-parse HEAD)\",\"id\":\"d1\"}]"
	says deploys/d1/status '200 - {"state":"ok"}'
}

set_up()
{
	draw_engine
	DRIVER=http
	drives 'api:' '  http:' '    find:' "      url: '$ANSWERS_URL/list'" \
		'      commit: /commit' '      id: /id' '    status:' \
		"      url: '$ANSWERS_URL/deploys/{id}/status'" \
		'      state: /state' '      states: {ok: success}'
	sed -i "s/^    deploy: .*/&\n    backup: {before_upgrade: true}/" \
		"$WORK/profile.yaml"
	mkdir "$WORK/store"
	cat >>"$WORK/profile.yaml" <<-EOT
	backup:
	  store: $WORK/store
	  artifacts:
	    - name: database
	      run: [cat, $DB]
	EOT
	echo "rows 1" >"$DB"
}

story 'pushed by plain git: said, and none is made' '
	set_up
	cd prod
	put own.txt ours
	commit "Our own"
	deploys_head
	git upgrade push
	adopt v1.1.0
	git push -q --no-verify fork production
	echo "migrated" >"$DB"
	echo v1.1.0 >"$ENGINE/version"
	deploys_head
	expect_code 0 git upgrade push >../out 2>../err
	has "^warning: production: $(short HEAD) was pushed without a backup of before, and its deploy may have begun: none is made any more$" ../err
	git upgrade backup list >../out
	lacks "good" ../out
'

story 'and by git upgrade push there is one' '
	cd prod
	adopt v1.1.1
	echo v1.1.1 >"$ENGINE/version"
	deploys_head
	expect_code 0 git upgrade push >../out 2>../err
	lacks "^warning" ../err
	git upgrade backup list >../out
	has "upgrade  *v1.1.0 -> v1.1.1 .* good" ../out
'

done_testing
