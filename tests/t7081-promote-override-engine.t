#!/bin/sh
#
# Overriding gates where an engine deploys: the client judges, and records it.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/engine.sh"

story 'where an engine deploys, the client records it before it sends' '
	draw_engine
	programs
	sed "s/^  production:/  staging:\\
    deploy: command\\
  production:\\
    freeze: [{from: 2001-01-01, to: 2999-12-31}]\\
    overrides: [freeze]\\
    promotes_from: staging/" profile.yaml >more.yaml
	cp more.yaml profile.yaml
	behave ok
	cd prod
	git checkout -q -b staging
	git branch -q -D production
	git upgrade push staging
	expect_code 2 git upgrade promote production >../out 2>../err
	has "^error: freeze: production is frozen until" ../err
	git upgrade promote --override=freeze --reason="a hotfix" production \
		>../out 2>../err
	has "^freeze overridden: a hotfix" ../err
	has "^Deployed and verified" ../err
	git log --format=%s refs/upgrade/ledger/production >../events
	is 1 "$(grep -c "^overridden" ../events)"
	is 3 "$(wc -l <../events)"
	has "^overridden" "$(tail -n 1 ../events >../first; echo ../first)"
	git upgrade status >../out
	has "^production: freeze overridden for what runs, by Olga Operator, .* ago: a hotfix" \
		../out
	is "$(git rev-parse refs/upgrade/ledger/production)" \
		"$(git -C ../plain.git rev-parse refs/upgrade/ledger/production)"
'

story 'a push that is tried again records it once' '
	cd prod
	git checkout -q -b production fork/production
	put own.txt more
	commit "A fix"
	put .git/hooks/pre-push "#!/bin/sh" "exit 1"
	chmod +x .git/hooks/pre-push
	expect_code 2 git upgrade push --override=freeze --reason="a fix" \
		>../out 2>../err
	git log --format=%s refs/upgrade/ledger/production >../events
	is 2 "$(grep -c "^overridden" ../events)"
	rm .git/hooks/pre-push
	behave fail
	expect_code 3 git upgrade push --override=freeze --reason="a fix" \
		>../out 2>../err
	behave ok
	git upgrade push --retry production >../out 2>../err
	git log --format=%s refs/upgrade/ledger/production >../events
	is 2 "$(grep -c "^overridden" ../events)"
	git upgrade status >../out
	has "^production: freeze overridden for what runs, .*: a fix" ../out
'

story 'what nobody refuses is said' '
	cd prod
	git checkout -q staging
	put own.txt staged
	commit "Staged"
	git upgrade push --override=freeze --reason=x staging >../out 2>../err
	has "^warning: freeze refuses nothing: there is nothing to override" ../err
	git log --format=%s refs/upgrade/ledger/staging >../events
	lacks overridden ../events
'

done_testing
