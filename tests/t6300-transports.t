#!/bin/sh
# Pushed to a real platform, over every transport: one operator, from the
# first deploy to a failure, a retry and a connection that is cut.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/servers.sh"

# draw_platform NAME: upstream, a shop whose health is what the file `health`
# in it says, and a platform, all in the folder NAME
draw_platform()
{
	mkdir "$1"
	git init -q "$1/upstream"
	for release in 1.0.0 1.1.0 1.2.0 1.3.0
	do
		put "$1/upstream/app" "$release"
		commit "Release $release" -C "$1/upstream"
		git -C "$1/upstream" tag "$release"
	done
	git clone -q "$1/upstream" "$1/shop"
	git -C "$1/shop" checkout -q --no-track -b production 1.0.0
	printf 'out\nerr\n' >>"$1/shop/.git/info/exclude"
	put "$1/shop/health" 'exit 0'
	adopt "$1/shop" 1.0.0
	put "$1/profile.yaml" 'format: 1' 'profile: generic' \
		'path:' '  rule: connected-minor' \
		'verify:' '  health:' '    run: [sh, health]' '    timeout: 30s' '    polls: 1'
	(
		cd "$1/shop" || exit 1
		git config upgrade.path connected-minor
		git upgrade platform init --env production \
			--profile ../profile.yaml --deploy-to ../site \
			../platform.git >out 2>&1
	)
}

# adopt DIR RELEASE
adopt()
{
	put "$1/.gitupgrade.adopted" 'format 1' 'profile generic' \
		"release $2" "commit $(git -C "$1" rev-parse "$2^{commit}")" \
		"tree $(git -C "$1" rev-parse "$2^{tree}")"
	put "$1/app" "$2"
	commit "Adopt $2" -C "$1"
}

# go_through NAME: the stories, in NAME/shop, whose remote is set
go_through()
{
	story "$1: the first deploy is verified: 0" "
		cd $1/shop"'
		expect_code 0 git upgrade push >out 2>err
		has "^production: 1.0.0 (.......) to " err
		has "^Deployed and verified in " err
		is 1 "$(grep -c "^production: " err)"
		is 1 "$(grep -c "gates  " err)"
		is 1.0.0 "$(cat ../site/current/app)"
		expect_code 0 git upgrade status >out 2>err
		has "^production *1.0.0 *1.0.0 *1.0.0 .*ago *1.1.0, newest 1.3.0$" out
	'
	story "$1: a hop that skips is refused here and there: 2" "
		cd $1/shop"'
		adopt . 1.2.0
		expect_code 2 git upgrade push >out 2>err
		has "^error: legal-hop: " err
		has "^Nothing was changed.$" err
		not git push -q platform production
		is 1.0.0 "$(cat ../site/current/app)"
		git reset -q --hard HEAD~1
	'
	story "$1: a deploy that is not healthy: 3, the old one serves" "
		cd $1/shop"'
		put health "echo out of order; exit 1"
		adopt . 1.1.0
		expect_code 3 git upgrade push >out 2>err
		has "^production: 1.0.0 -> 1.1.0 (.......) to " err
		has "^error: production: the deploy of 1.1.0 (.*) failed: " err
		has "out of order" err
		has "1.0.0 (.*) " err
		is 1 "$(grep -c "^error: " err)"
		is 1.0.0 "$(cat ../site/current/app)"
		expect_code 3 git upgrade push >out 2>err
		has "git upgrade push --retry production" err
		expect_code 0 git upgrade log >out 2>err
		has "failed .*1.0.0 -> 1.1.0" out
	'
	story "$1: a retry fails again: 3" "
		cd $1/shop"'
		expect_code 3 git upgrade push --retry >out 2>err
		has "out of order" err
		git upgrade log >out 2>err
		is 2 "$(grep -c " failed " out)"
		# A quick deploy may be over when the evidence is looked at.
		rc=0
		git upgrade push --retry --no-wait >out 2>err || rc=$?
		[ "$rc" -eq 3 ] || is 4 "$rc"
		lacks "^  verify" err
		expect_code 3 git upgrade push >out 2>err
	'
	story "$1: a fix is deployed and verified: 0, no failure is left" "
		cd $1/shop"'
		put health "exit 0"
		commit "Fix the health check"
		expect_code 0 git upgrade push >out 2>err
		is 1.1.0 "$(cat ../site/current/app)"
		not git rev-parse -q --verify refs/upgrade/failed/production
		expect_code 0 git upgrade push >out 2>err
		has "^Up to date: deployed and verified" err
	'
	story "$1: verify: 0" "
		cd $1/shop"'
		expect_code 0 git upgrade verify >out 2>err
		has "^production: 1.1.0 (.......) is verified.$" err
	'
	story "$1: not waited for: 4, and the evidence comes" "
		cd $1/shop"'
		mkfifo ../later
		put health "read -r line <$PWD/../later"
		commit "Slow"
		expect_code 4 git upgrade push --no-wait >out 2>err
		lacks "^  verify " err
		echo healthy >../later
		put health "exit 0"
		commit "Quick"
		expect_code 0 git upgrade push --timeout=60s >out 2>err
	'
}

draw_platform file
git -C file/shop remote add platform "$PWD/file/platform.git"
go_through file

if command -v perl >/dev/null
then
	story 'file: cut after the push was sent: the truth all the same' '
		cd file/shop
		git config remote.platform.receivepack \
			"$TESTS_DIR/lib/deaf-receive-pack"
		put note cut
		commit "Cut"
		expect_code 0 git upgrade push --timeout=60s >out 2>err
		has "^warning: the connection was lost, but production has arrived$" err
		has "^Deployed and verified in " err
		put health "exit 1"
		commit "Cut and failing"
		expect_code 3 git upgrade push --timeout=60s >out 2>err
		has "has arrived" err
		put health "exit 0"
		commit "Fixed"
		expect_code 0 git upgrade push --timeout=60s >out 2>err
		git config --unset remote.platform.receivepack
	'
else
	skip 'file: cut after the push was sent' 'no perl'
fi

# To the whole group, as a terminal does for Ctrl-C
story 'file: interrupted while the deploy runs: 4, and it goes on' '
	cd file/shop
	mkfifo ../gate
	put health "read -r line <$PWD/../gate"
	commit "Slow"
	setsid git-upgrade push --timeout=60s >out 2>err &
	push=$!
	wait_for 20 git -C ../platform.git merge-base --is-ancestor \
		"$(git rev-parse HEAD)" production
	kill -TERM "-$push"
	rc=0
	wait "$push" || rc=$?
	is 4 "$rc"
	has "^Detached; the deploy of production goes on.$" err
	lacks "^error" err
	lacks "^warning" err
	echo healthy >../gate
	wait_for 20 git -C ../platform.git merge-base --is-ancestor \
		"$(git rev-parse HEAD)" refs/upgrade/verified/production
	put health "exit 0"
	commit "Quick"
	expect_code 0 git upgrade push >out 2>err
'

story 'file: in a linked work tree, and below its top' '
	cd file/shop
	git worktree add -q ../linked -b other
	mkdir ../linked/deep
	put note linked
	commit "From a linked work tree"
	cd ../linked/deep
	expect_code 0 git upgrade push production >../../out 2>../../err
	has "^Deployed and verified" ../../err
'

if have_ssh && start_ssh
then
	draw_platform ssh
	git -C ssh/shop remote add platform "$SSH_URL$PWD/ssh/platform.git"
	go_through ssh
	story 'ssh: cut after the push was sent: the truth all the same' '
		cd ssh/shop
		git config remote.platform.receivepack \
			"$TESTS_DIR/lib/deaf-receive-pack"
		put note cut
		commit "Cut"
		expect_code 0 git upgrade push --timeout=60s >out 2>err
		has "^warning: the connection was lost, but production has arrived$" err
	'
else
	skip 'ssh' 'no sshd or ssh'
fi

if have_http && start_http "$PWD"
then
	draw_platform http
	git -C http/shop remote add platform "$HTTP_URL/http/platform.git"
	go_through http
else
	skip 'http' 'no nginx, fcgiwrap, perl or setsid'
fi

done_testing
