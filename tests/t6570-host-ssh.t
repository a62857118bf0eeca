#!/bin/sh
# The whole way over a real sshd: a client delivers, the host pulls, deploys
# by its hook and publishes, and the client reads how it went.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/host.sh"
. "$TESTS_DIR/lib/servers.sh"

have_ssh || skip_all 'no sshd'
start_ssh || exit 1

# on_host COMMAND: as somebody who has logged in there
on_host()
{
	ssh -F "$TRASH/ssh/config" git.example "cd '$WORK/host' && $1"
}

story 'a repository, a client and a host, all by ssh' '
	draw_host
	cd prod
	git remote rename plain fork
	git remote set-url fork "$SSH_URL$WORK/plain.git"
	git config upgrade.upstream origin
	put .gitupgrade.yaml "format: 1" "profile: generic" \
		"path:" "  rule: connected-minor" \
		"environments:" "  production:" "    deploy: pull"
	commit "Our host pulls"
	git -C ../host remote set-url origin "$SSH_URL$WORK/plain.git"
	git -C ../host config --unset upgrade.production.branch
	expect_code 4 git upgrade push >../out 2>../err
	has "^production: v1.0.0 (.*) to ssh://git.example/" ../err
	has "^Delivered to .fork." ../err
	on_host "git pull -q --ff-only"
	on_host "git upgrade hooks install --deploy" >../out 2>&1
	has "^Installed post-merge" ../out
	on_host "git upgrade deploy -q" >../out 2>&1
	is "" "$(cat ../out)"
	serves v1.0.0
	expect_code 0 git upgrade verify >../out 2>../err
	has "v1.0.0 (.*) is verified, as its host said" ../err
'

story 'a release: merged here, pulled there, verified here' '
	cd prod
	adopt v1.1.1
	git checkout -q HEAD~1 -- .gitupgrade.yaml
	git commit -q --amend --no-edit
	expect_code 4 git upgrade push >../out 2>../err
	has "^production: v1.0.0 -> v1.1.1 (.*) to ssh://git.example/" ../err
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: what was delivered since, .*, is not deployed there" \
		../err
	on_host "git pull -q --ff-only" >../pulled 2>&1
	has "^Deployed and verified in" ../pulled
	has "^  publish    origin 0:" ../pulled
	serves v1.1.1
	expect_code 0 git upgrade verify >../out 2>../err
	has "^production: v1.1.1 (.*) is verified, as its host said" ../err
	lacks "warning" ../err
	expect_code 0 git upgrade status >../out 2>../err
	has "^production runs on its host: v1.1.1 " ../out
	expect_code 0 on_host "git upgrade status" >../out 2>../err
	has "^production runs here: v1.1.1 " ../out
	expect_code 0 git upgrade push >../out 2>../err
	has "^Up to date: deployed and verified" ../err
'

story 'whoever pulled is cut off in the middle: deployed and published' '
	cd prod
	put blocks
	commit Blocks
	expect_code 4 git upgrade push >../out 2>../err
	on_host "git pull -q --ff-only" >../pulled 2>&1 &
	login=$!
	wait_for 20 running
	kill -KILL "$login"
	wait "$login" || :
	git rm -q blocks
	rm -f ../err
	git-upgrade push --timeout 2m >../out 2>../err &
	pusher=$!
	wait_for 20 grep -q "^Waiting for the host of production" ../err
	go
	ended "$pusher" 0
	has "^Up to date: deployed and verified" ../err
	serves v1.1.1
'

story 'a host that may only read: deployed, and told what to do' '
	cd prod
	commit Unblocked
	expect_code 4 git upgrade push >../out 2>../err
	put ../plain.git/hooks/pre-receive "#!/bin/sh" \
		"echo \"this key may only read\" >&2" "exit 1"
	chmod +x ../plain.git/hooks/pre-receive
	on_host "git pull -q --ff-only" >../pulled 2>&1
	has "^Deployed and verified in" ../pulled
	has "^warning: what happened to production is not published to" \
		../pulled
	has "^hint: publish elsewhere with .git config upgrade.stateRemote" \
		../pulled
	serves v1.1.1
	expect_code 0 git upgrade verify >../out 2>../err
	has "^warning: what was delivered since" ../err
	rm ../plain.git/hooks/pre-receive
	on_host "git upgrade deploy -q"
	expect_code 0 git upgrade verify >../out 2>../err
	lacks "warning" ../err
'

done_testing
