#!/bin/sh
# A host that pulled more than one hop: which they are, and what it can do.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"

story 'several hops at once are refused: each is named, with its command' '
	draw_host
	git -C host upgrade deploy -q
	cd prod
	adopt v1.1.1
	put note.txt "a fix of that hop"
	git add note.txt
	git commit -q -m "Mend 1.1.1"
	adopt v2.0.0
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: legal-hop: v1.0.0 -> v2.0.0 skips a " ../err
	has "^hint: what was pulled has each hop, v1.1.1, v2.0.0; deploy them" \
		../err
	first=$(git rev-parse --short=12 HEAD^)
	second=$(git rev-parse --short=12 HEAD)
	has "^hint:   git reset --keep $first && git upgrade deploy production$" \
		../err
	has "^hint:   git reset --keep $second && git upgrade deploy production$" \
		../err
	lacks "git upgrade merge" ../err
	has "^Nothing was changed.$" ../err
	is 1.0.0 "$(cat "$SERVING")"
'

story 'typed as they are, the commands deploy hop after hop' '
	cd host
	sed -n "s/^hint:   \(git reset\)/\1/p" ../err >../commands
	is 2 "$(wc -l <../commands)"
	head -n 1 ../commands >../command
	sh -e ../command >../out 2>&1
	serves v1.1.1
	exists note.txt
	tail -n 1 ../commands >../command
	sh -e ../command >../out 2>&1
	serves v2.0.0
	git status --short --branch >../out
	same - ../out <<-\EOT
	## production...origin/production
	EOT
'

story 'back from what was deployed: refused, and what to do instead' '
	cd prod
	git revert --no-edit -m 1 HEAD
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^error: production: legal-hop: v2.0.0 -> v1.1.1 goes backwards$" \
		../err
	has "^hint: v2.0.0 was deployed and may have changed the data, so it" \
		../err
	has "^hint: in the clone where that was merged, bring it in again with \
.git upgrade merge v2.0.0., mend there" ../err
	lacks "git log --first-parent" ../err
	is 2.0.0 "$(cat "$SERVING")"
'

story 'a branch that jumps: how the jump is taken back where it was made' '
	rm -rf prod host plain.git go "$SERVING" profile.yaml
	draw_host
	git -C host upgrade deploy -q
	cd prod
	git config upgrade.path connected-minor
	adopt v2.0.0
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^hint: the path is v1.0.0 -> v1.1.1 -> v2.0.0; in the clone where" \
		../err
	has "^hint:   git revert -m 1 $(git rev-parse --short=12 HEAD)$" ../err
	has "^hint:   git upgrade merge --path v2.0.0$" ../err
	has "^hint: push it from there, and pull it here$" ../err
	cd ../prod
	sed -n "s/^hint:   \(git [a-z]* [a-z-]\)/\1/p" ../err >../commands
	is 2 "$(wc -l <../commands)"
	GIT_EDITOR=: sh -e ../commands >../out 2>&1
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^hint: what was pulled has each hop, v1.1.1, v2.0.0; " ../err
	sed -n "s/^hint:   \(git reset\)/\1/p" ../err >../commands
	sh -e ../commands >../out 2>&1
	serves v2.0.0
'

story 'or how its operator lets it pass, for this once' '
	rm -rf prod host plain.git go "$SERVING" profile.yaml
	draw_host
	git -C host upgrade deploy -q
	cd prod
	adopt v2.0.0
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "^hint: or, where the product does support this jump: git -c" ../err
	sed -n "s/^hint: or.* jump: //p" ../err >../command
	sh -e ../command >../out 2>&1
	serves v2.0.0
'

story 'a stop that was passed by is not let pass' '
	rm -rf prod host plain.git go "$SERVING" profile.yaml
	draw_host
	git -C host upgrade deploy -q
	sed -i "s/^  rule: connected-minor/&\n  stops: [v1.1]/" profile.yaml
	cd prod
	adopt v2.0.0
	git push -q plain production
	cd ../host
	git pull -q --ff-only
	expect_code 2 git upgrade deploy >../out 2>../err
	has "skips .*1.1, where every upgrade must stop" ../err
	lacks "upgrade.path=any" ../err
	expect_code 2 git -c upgrade.path=any upgrade deploy >../out 2>../err
'

done_testing
