#!/bin/sh
#
# git upgrade init: what it finds, what it commits, and what it leaves alone.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# state FILE: all that init must leave as it was when it does nothing
state()
{
	{
		git rev-parse HEAD
		git ls-files -s
		git status --porcelain=v1 --ignored
		git config --list --local
		ls .git/hooks
	} >"$1"
}

# fresh: the drawn clone as it was
fresh()
{
	rm -rf "$WORK/prod"
	cp -R "$WORK/drawn" "$WORK/prod"
	cd "$WORK/prod"
	git update-index -q --refresh
}

story '-n explains, prints the file, and changes nothing' '
	draw_upstream upstream
	draw_production drawn 2.4.1
	fresh
	state ../before
	git upgrade init -n >../out 2>../err
	state ../after
	same ../before ../after
	not git rev-parse -q --verify refs/upgrade/releases/2.4.1
	has "^  profile  *mender: common.yml, .* and 2 more are here" ../err
	has "^  upstream  *origin (.*/upstream): detected" ../err
	has "^  release  *2.4.1: the newest that is merged; 7 files differ" \
		../err
	has "^  copy  *production/config/prod.yml is a copy of production/config/prod.yml.template" \
		../err
	has "^  environment  *production: branch production" ../err
	has "^Nothing was changed.$" ../err
	has "^format: 1" ../out
	has "^profile: mender" ../out
	has "^    branch: production" ../out
	# Short: nothing that holds anyway.
	test "$(wc -l <../out)" -lt 15
'

story 'it asks nobody who is not there, and names the answer' '
	fresh
	state ../before
	expect_code 2 git upgrade init 2>../err
	has "cannot be asked here" ../err
	has "^hint: answer it with --yes" ../err
	has "^Nothing was changed." ../err
	state ../after
	same ../before ../after
'

story 'one commit of two files, the hook, and how to undo it' '
	fresh
	head=$(git rev-parse HEAD)
	git upgrade init --yes >../out 2>../err
	has "^.production [0-9a-f]*. Set up git upgrade" ../out
	is "$head" "$(git rev-parse HEAD^)"
	git diff-tree --no-commit-id --name-only -r HEAD >../files
	same ../files - <<-\EOT
	.gitupgrade.adopted
	.gitupgrade.yaml
	EOT
	is "" "$(git status --porcelain)"
	has "^release 2.4.1" .gitupgrade.adopted
	has "^profile: mender" .gitupgrade.yaml
	git upgrade hooks status >../out
	has "^pre-push *installed" ../out
	has "git reset --keep" ../err
	git upgrade list >../out 2>../err
	has "^On 2.4.1 (mender, adopted " ../out
	test ! -e .git/index.lock
	git reset -q --keep "$head"
	test ! -e .gitupgrade.yaml
'

story 'again there is nothing to do' '
	fresh
	git upgrade init --yes
	head=$(git rev-parse HEAD)
	git upgrade init 2>../err
	has "^Everything is committed already" ../err
	is "$head" "$(git rev-parse HEAD)"
'

story 'the rest of the work stays where it was, staged or not' '
	fresh
	echo staged >>ops/README
	git add ops/README
	echo more >>ops/README
	echo new >new
	git add new
	git mv keygen keygen.old
	git diff --cached >../staged
	git diff >../unstaged
	git upgrade init --yes
	git diff-tree --no-commit-id --name-only -r HEAD >../files
	is 2 "$(wc -l <../files)"
	git diff --cached >../after
	same ../staged ../after
	git diff >../after
	same ../unstaged ../after
'

story 'an allow-list in .gitignore lets it through, and it says so' '
	fresh
	printf "%s\n" "*" "!/docker-compose.yml" >.gitignore
	git commit -q -a -m "Allow what we know"
	git upgrade init --yes 2>../err
	has "although .gitignore ignores it" ../err
	git ls-files --error-unmatch .gitupgrade.yaml .gitupgrade.adopted
	is 2 "$(git diff-tree --no-commit-id --name-only -r HEAD | wc -l)" # tap: ok
'

story 'hooks are honoured' '
	fresh
	printf "%s\n" "#!/bin/sh" "git diff --cached --name-only >seen" \
		"mv seen ../seen" >.git/hooks/pre-commit
	printf "%s\n" "#!/bin/sh" "echo TICKET-1 >>\"\$1\"" \
		>.git/hooks/commit-msg
	chmod +x .git/hooks/pre-commit .git/hooks/commit-msg
	git upgrade init --yes
	same ../seen - <<-\EOT
	.gitupgrade.adopted
	.gitupgrade.yaml
	EOT
	git log -1 --format=%B >../message
	has "^TICKET-1" ../message
'

story 'a hook that refuses leaves everything as it was' '
	fresh
	echo staged >>ops/README
	git add ops/README
	printf "%s\n" "#!/bin/sh" "echo no such commits >&2" "exit 1" \
		>.git/hooks/pre-commit
	chmod +x .git/hooks/pre-commit
	state ../before
	expect_code 2 git upgrade init --yes 2>../err
	has "^no such commits" ../err
	has "^error: git did not make the commit" ../err
	has "^Nothing was changed" ../err
	state ../after
	same ../before ../after
	test ! -e .gitupgrade.yaml
'

story 'killed while a hook runs, the same command completes it' '
	fresh
	printf "%s\n" "#!/bin/sh" \
		"kill -9 \$(ps -o ppid= -p \$PPID) \$PPID" "exit 1" \
		>.git/hooks/pre-commit
	chmod +x .git/hooks/pre-commit
	head=$(git rev-parse HEAD)
	expect_code 137 git-upgrade init --yes
	is "$head" "$(git rev-parse HEAD)"
	test ! -e .git/index.lock
	rm .git/hooks/pre-commit
	git upgrade init --yes
	is "$head" "$(git rev-parse HEAD^)"
	is "" "$(git status --porcelain)"
	is 2 "$(git diff-tree --no-commit-id --name-only -r HEAD | wc -l)" # tap: ok
'

story 'killed, it can be gone on with by hand' '
	fresh
	printf "%s\n" "#!/bin/sh" \
		"kill -9 \$(ps -o ppid= -p \$PPID) \$PPID" "exit 1" \
		>.git/hooks/pre-commit
	chmod +x .git/hooks/pre-commit
	expect_code 137 git-upgrade init --yes
	rm .git/hooks/pre-commit
	git commit -q -m "By hand"
	git upgrade init 2>../err
	has "^Everything is committed already" ../err
'

story 'a file that is there is not overwritten; what it would make is shown' '
	fresh
	printf "%s\n" "format: 1" "profile: mender" "deploy: {keep: 9}" \
		>.gitupgrade.yaml
	state ../before
	expect_code 2 git upgrade init --yes >../out 2>../err
	has "^-deploy: {keep: 9}" ../out
	has "^+environments:" ../out
	has "^error: .gitupgrade.yaml is there already" ../err
	has "^Nothing was changed" ../err
	git add .gitupgrade.yaml
	git commit -q -m Configure
	expect_code 2 git upgrade init --yes >../out 2>../err
	has "^error: .gitupgrade.yaml is there already" ../err
	has "keep: 9" .gitupgrade.yaml
'

story 'refused where it makes no sense' '
	fresh
	git switch -q --detach
	expect_code 2 git upgrade init --yes 2>../err
	has "^error: you are not on a branch" ../err
	git switch -q production
	git merge -q --no-commit --no-ff -s ours 2.5.0
	expect_code 2 git upgrade init --yes 2>../err
	has "^error: a merge is in progress" ../err
	git merge --abort
	git init -q --bare ../bare.git
	cd ../bare.git
	expect_code 128 git upgrade init --yes 2>../err
	has "must be run in a work tree" ../err
	git init -q ../unborn
	cd ../unborn
	expect_code 2 git upgrade init --yes 2>../err
	has "^error: this branch has no commit yet" ../err
	cd ..
	mkdir none
	cd none
	GIT_CEILING_DIRECTORIES=$WORK expect_code 128 git upgrade init 2>../err
'

story 'a profile and an upstream that are named' '
	fresh
	git upgrade init -n --profile=generic \
		--upstream=https://git.example/shop.git >../out 2>../err
	has "^profile: generic" ../out
	has "^  remote: \"https://git.example/shop.git\"" ../out
	has "^  profile  *generic: --profile" ../err
	expect_code 128 git upgrade init -n --profile=mendr 2>../err
	has "there is no profile .mendr." ../err
	expect_code 2 git upgrade init -n --upstream=nobody 2>../err
	has "^error: .nobody. is no remote and no URL" ../err
	expect_code 2 git upgrade init -n \
		--upstream=https://me:hunter2@git.example/x 2>../err
	has "there is a password in the URL" ../err
	lacks hunter2 ../err
'

story 'an upstream nobody else could find is written, if others can reach it' '
	draw_generic shop-up
	rm -rf shop
	git clone -q shop-up shop
	cd shop
	git switch -q --no-track -c live v1.1.0
	git remote set-url origin ssh://git@git.example/shop.git
	git upgrade init -n --no-fetch >../out
	has "^  remote: \"ssh://git@git.example/shop.git\"" ../out
	has "^    branch: live" ../out
	git remote set-url origin https://me:hunter2@git.example/shop.git
	git upgrade init -n --no-fetch >../out 2>../err
	lacks hunter2 ../out ../err
	lacks remote: ../out
'

story 'who deploys: a host that pulls is one option away, and it is said' '
	fresh
	git upgrade init -n >../out 2>../err
	has "^  environment  *production: .*if its host pulls it: --deploy=pull" \
		../err
	lacks "deploy:" ../out
	git upgrade init -n --deploy=hooks >../same 2>../err
	same ../out ../same
	expect_code 129 git upgrade init -n --deploy=pul >../out 2>../err
	has "^error: --deploy is hooks or pull, not .pul.$" ../err
	has "^hint: the profile has no driver: " ../err
	expect_code 2 git upgrade init -n --deploy=http >../out 2>../err
	has "says .deploy: http., and no driver describes how" ../err
	git upgrade init --yes --deploy=pull >../out 2>../err
	has "^  environment  *production: branch production, pulled by its" \
		../err
	has "^hint: on the host of production, .*git upgrade deploy" ../err
	git show HEAD:.gitupgrade.yaml >../yaml
	has "^    deploy: pull$" ../yaml
	git upgrade config environments.production.deploy >../out
	has "^environments.production.deploy: pull" ../out
	git upgrade init -n --json >../json 2>../err
	has "\"deploy\": \"pull\"" ../json
'

story 'what is configured about it stays, asked for again or not' '
	cd prod
	git upgrade init --yes >../out 2>../err
	has "^Everything is committed already.$" ../err
	expect_code 2 git upgrade init --yes --deploy=hooks >../out 2>../err
	has "^-    deploy: pull$" ../out
	fresh
	git config upgrade.environments.live.branch production
	git config upgrade.environments.live.deploy pull
	git upgrade init -n >../out 2>../err
	has "^  live:$" ../out
	has "^    deploy: pull$" ../out
	lacks "production:" ../out
'

story 'who deploys: a driver of the profile, by its name' '
	fresh
	git upgrade init -n --profile=platformsh >../out 2>../err
	has "; if platformsh deploys it: --deploy=platformsh$" ../err
	expect_code 129 git upgrade init -n --profile=platformsh \
		--deploy=platform >../out 2>../err
	has "^error: --deploy is hooks or pull or platformsh, not " ../err
	git upgrade init --yes --profile=platformsh --deploy=platformsh \
		>../out 2>../err
	has "production: branch production, deployed by platformsh$" ../err
	has "^hint: what platformsh has to know of it stands in .*variables" \
		../err
	git show HEAD:.gitupgrade.yaml >../yaml
	has "^    deploy: http$" ../yaml
	has "^    driver: platformsh$" ../yaml
	git upgrade init -n --json >../json 2>../err
	has "\"driver\": \"platformsh\"" ../json
	git upgrade init --yes >../out 2>../err
	has "^Everything is committed already.$" ../err
	git upgrade trust --yes >../out 2>../err
	has "^  environments.production.deploy: http$" ../err
	has "^  environments.production.driver: platformsh$" ../err
'

story 'of a branch that is none to deploy nobody does' '
	fresh
	git switch -q master
	expect_code 2 git upgrade init --yes --deploy=pull >../out 2>../err
	has "^error: branch .master. is the branch of no environment" ../err
	has "^Nothing was changed.$" ../err
	missing .gitupgrade.yaml
'

story 'an upstream that cannot be asked is a warning' '
	fresh
	git remote set-url origin "$WORK/nowhere"
	git upgrade init --yes 2>../err
	has "^warning: .*going by what is here" ../err
	has "^release 2.4.1" .gitupgrade.adopted
'

story 'JSON says the same' '
	fresh
	git upgrade init --json -n >../json 2>../err
	has "\"release_state\": \"merged\"" ../json
	has "\"commit\": null" ../json
	git upgrade init --json --yes >../json 2>../err
	has "\"commit\": \"$(git rev-parse HEAD)\"" ../json
	has "\"template\": \"production/config/prod.yml.template\"" ../json
'

done_testing
