#!/bin/sh
# Making a platform, and making it again.
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

story 'platform commands explain themselves' '
	git upgrade platform init -h >out
	has "^usage: git upgrade platform init" out
	has "deploy-to" out
	git upgrade platform status -h >out
	has "^usage: git upgrade platform status" out
	git upgrade platform repair -h >out
	has "^usage: git upgrade platform repair" out
	expect_code 129 git upgrade platform init 2>err
	has "<dir> is missing" err
	expect_code 129 git upgrade platform init --nonsense x 2>err
	expect_code 129 git upgrade platform status a b 2>err
	expect_code 129 git upgrade platform repair a b 2>err
	expect_code 129 git upgrade hook no-such-hook 2>err
	has "no-such-hook" err
'

story 'a dry run shows the platform and makes nothing' '
	draw_clone prod
	cd prod
	snapshot >../before
	git upgrade platform init -n --profile=generic ../platform.git \
		>out 2>err
	has "^Would make the platform" err
	has "^profile: generic" out
	has "^    branch: production" out
	has "platform-deploy" out
	rm out err
	snapshot >../after
	same ../before ../after
	missing ../platform.git ../platform-deploy
'

story 'init makes a platform out of what the clone knows' '
	cd prod
	draw_platform >../out 2>../err
	has "^Made the platform $WORK/platform.git" ../err
	has "profile " ../err
	has "upstream .*$WORK/upstream" ../err
	has "releases .*6 known" ../err
	has "production: branch production, deploys to $SRV" ../err
	has "git upgrade push" ../err
'

story 'the platform is a bare repository that guards its refs' '
	cd platform.git
	is true "$(git rev-parse --is-bare-repository)"
	is refs/heads/production "$(git symbolic-ref HEAD)"
	is hooks "$(git config core.hooksPath)"
	is true "$(git config receive.advertisePushOptions)"
	is false "$(git config core.useReplaceRefs)"
	is committed "$(git config core.fsync)"
	is hooks "$(git config core.hooksPath)"
	is batch "$(git config core.fsyncMethod)"
	git config --get-all receive.procReceiveRefs >out
	printf "%s\n" refs/heads/production refs/upgrade/request | same - out
	git config --get-all receive.hideRefs >out
	printf "%s\n" refs/replace refs/upgrade "!refs/upgrade/request" |
	same - out
	git cat-file blob refs/upgrade/platform >out
	has "\"protocol\":[[:space:]]*1" out
	has "\"branch\":[[:space:]]*\"production\"" out
	is "$(git -C ../upstream rev-parse v1.1.0)" \
		"$(git rev-parse refs/upgrade/releases/v1.1.0)"
	for hook in proc-receive post-receive reference-transaction
	do
		has "^# git-upgrade hook, version 1" hooks/$hook
		has "^upgrade=.*/git-upgrade" hooks/$hook
		[ -x hooks/$hook ]
	done
	git upgrade platform status . >out
	has "^production  *-  *-  *nothing pushed yet" out
'

story 'init again brings hooks up to date and keeps the configuration' '
	cd prod
	echo "# mine" >>../platform.git/info/gitupgrade.yaml
	cp ../platform.git/info/gitupgrade.yaml ../kept
	sed -i "s|^upgrade=.*|upgrade=/gone|" \
		../platform.git/hooks/proc-receive
	git upgrade platform init ../platform.git 2>../err
	has "updated hooks/proc-receive" ../err
	has "is a platform already" ../err
	same ../kept ../platform.git/info/gitupgrade.yaml
	lacks "/gone" ../platform.git/hooks/proc-receive
	git upgrade platform init ../platform.git 2>../err
	lacks "updated" ../err
'

story 'a hook of somebody else is not replaced' '
	cd prod
	printf "#!/bin/sh\nexit 0\n" >../platform.git/hooks/post-receive
	expect_code 2 git upgrade platform init ../platform.git 2>../err
	has "hook of somebody else" ../err
	has "^#!/bin/sh" ../platform.git/hooks/post-receive
	rm ../platform.git/hooks/post-receive
	git upgrade platform init ../platform.git
'

story 'a folder with something else in it is refused' '
	mkdir full
	echo mine >full/file
	cd prod
	expect_code 2 git upgrade platform init ../full 2>../err
	has "not empty" ../err
	has "Nothing was changed" ../err
	expect_code 2 git upgrade platform status ../full 2>../err ||
	expect_code 128 git upgrade platform status ../full 2>../err
	git init -q --bare ../theirs.git
	expect_code 2 git upgrade platform init ../theirs.git 2>../err
	expect_code 2 git upgrade platform status ../theirs.git 2>../err
	has "is no platform" ../err
	has "platform init" ../err
'

story 'several environments get a folder each' '
	cd prod
	git upgrade platform init -n --env staging --env prod=production \
		--deploy-to=../apps ../two.git >../out 2>../err
	has "deploy_to: \"$WORK/apps/staging\"" ../out
	has "deploy_to: \"$WORK/apps/prod\"" ../out
	has "branch: production" ../out
	expect_code 129 git upgrade platform init --env a --env a=b \
		../two.git 2>../err
	expect_code 129 git upgrade platform init --env BAD ../two.git 2>../err
	has "no name for an environment" ../err
	expect_code 129 git upgrade platform init --env a=..b ../two.git \
		2>../err
	missing ../two.git
'

story 'outside of a clone the environment must be named' '
	mkdir -p nowhere
	cd nowhere
	expect_code 129 git upgrade platform init ../alone.git 2>../err
	has "which environment" ../err
	missing ../alone.git
	git upgrade platform init --env production ../alone.git 2>../err
	has "upstream .*unknown" ../err
	exists ../alone.git/info/gitupgrade.yaml
'

story 'without a release list pushed tags are none' '
	git clone -q prod liar
	cd liar
	git tag v9.9.9
	git push -q ../alone.git v9.9.9
	write_record v9.9.9
	git commit -qam "A release of our own"
	expect_code 1 git push --porcelain ../alone.git HEAD:production \
		>../out 2>../err
	has "remote rejected.*v9.9.9 is not in the release list" ../out
'

story 'a folder is the same with a slash at its end' '
	cp alone.git/info/gitupgrade.yaml saved
	cat >>saved <<-EOT
	  other:
	    branch: other
	    deploy_to: $(sed -n "s/.*deploy_to: //p" saved)
	EOT
	sed "\$s|\"\$|//\"|" saved >alone.git/info/gitupgrade.yaml
	expect_code 2 git upgrade platform status alone.git >out 2>err
	has "deploy to the same folder" err
'

# same_folder DEPLOY_TO: of a second environment
same_folder()
{
	sed "\$s|deploy_to: .*|deploy_to: \"$1\"|" saved \
		>alone.git/info/gitupgrade.yaml
	expect_code 2 git upgrade platform status alone.git >out 2>err
	has "deploy to the same folder" err
}

story 'and so it is behind a link, and where nobody has named it' '
	ln -s "$WORK" linked
	same_folder "$WORK/linked/alone-deploy"
	same_folder "$WORK//./alone-deploy"
	same_folder "$WORK/linked/./alone-deploy/"
	mkdir -p alone-deploy
	same_folder "$WORK/linked/alone-deploy"
	rmdir alone-deploy
	cat >>alone.git/info/gitupgrade.yaml <<-EOT
	  third:
	    branch: third
	EOT
	sed -i "s|$WORK/linked/alone-deploy|$WORK/alone-deploy/third|" \
		alone.git/info/gitupgrade.yaml
	expect_code 2 git upgrade platform status alone.git >out 2>err
	has "other and third deploy to the same folder" err
'

story 'a folder that is not there is no platform' '
	expect_code 2 git upgrade platform status nowhere.git >out 2>err
	has "nowhere.git. is no platform" err
	expect_code 128 git upgrade platform init --env production \
		--deploy-to "$WORK/two
lines" two.git >out 2>err
	missing two.git
'

story '--running records what an existing installation is on' '
	cd prod
	expect_code 2 git upgrade platform init --running=v9.9.9 \
		--deploy-to=../r ../running.git 2>../err ||
	expect_code 128 git upgrade platform init --running=v9.9.9 \
		--deploy-to=../r ../running.git 2>../err
	has "v9.9.9" ../err
	git upgrade platform init --running=v1.0.0 --deploy-to=../r \
		../running.git
	is "$(git rev-parse "v1.0.0^{commit}")" \
		"$(git -C ../running.git rev-parse \
			refs/upgrade/deployed/production)"
	is 1 "$(git -C ../running.git rev-list --count \
		refs/upgrade/ledger/production)"
	git upgrade platform init --running=v1.0.0 ../running.git
	is 1 "$(git -C ../running.git rev-list --count \
		refs/upgrade/ledger/production)"
'

story 'a profile with environments has the say' '
	cd prod
	printf "format: 1\nprofile: generic\nenvironments:\n  live:\n" >../own.yaml
	printf "    {branch: main, deploy_to: $WORK/live}\n" >>../own.yaml
	expect_code 129 git upgrade platform init --profile=../own.yaml \
		--env=staging ../own.git 2>../err
	has "own.yaml. says which environments .*, and so does --env" ../err
	expect_code 129 git upgrade platform init --profile=../own.yaml \
		--deploy-to=../there ../own.git 2>../err
	has "hint: leave --deploy-to away" ../err
	missing ../own.git
	git upgrade platform init --profile=../own.yaml ../own.git 2>../err
	has "environment  live: branch main, deploys to $WORK/live" ../err
	lacks "production" ../err
	git upgrade platform status ../own.git >../out
	has "^live " ../out
	lacks "production" ../out
	# Where there is no clone, as well
	cd "$TRASH/tmp"
	git upgrade platform init --profile=../work/own.yaml other.git 2>err
	has "environment  live: branch main" err
'

story 'one without takes those the clone describes' '
	cd prod
	printf "format: 1\nprofile: generic\n" >../none.yaml
	cat >.git/info/gitupgrade.yaml <<-EOT
	format: 1
	environments:
	  staging: {}
	  live: {branch: main}
	EOT
	git upgrade platform init --profile=../none.yaml ../two.git 2>../err
	has "environment  staging: branch staging, .*/two-deploy/staging" ../err
	has "environment  live: branch main, .*/two-deploy/live" ../err
	rm .git/info/gitupgrade.yaml
	cd "$TRASH/tmp"
	expect_code 129 git upgrade platform init \
		--profile=../work/none.yaml none.git 2>err
	has "hint: name it: --env production" err
	missing none.git
'

story 'a profile that cannot be read makes no platform' '
	cd prod
	printf "format: 1\nprofile: generic\nnonsense: 1\n" >../bad.yaml
	expect_code 128 git upgrade platform init --profile=../bad.yaml \
		../bad.git 2>../err
	has "nonsense" ../err
	missing ../bad.git
'

done_testing
