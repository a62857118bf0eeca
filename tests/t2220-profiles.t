#!/bin/sh
#
# The profiles of Magento Commerce Cloud and OroCommerce: detection, upstream,
# which refs are releases, and the way between them. The trees are drawn with
# the files, branches and tags that magento/magento-cloud and
# oroinc/orocommerce-application have.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/branches.sh"

# add FILE...: to upstream
add()
{
	for add_file
	do
		mkdir -p "upstream/$(dirname "$add_file")"
		echo "$add_file" >"upstream/$add_file"
	done
}

# releases: those that `list` shows, without what it says about them
releases()
{
	git upgrade list --all >"$WORK/all" 2>/dev/null
	sed -n 's/^  \([0-9][^ ]*\) .*/\1/p' "$WORK/all"
}

story 'the cloud template: branches, some of them other editions' '
	git init -q -b master upstream
	add .magento.app.yaml .magento/routes.yaml .magento/services.yaml \
		magento-vars.php composer.json composer.lock php.ini
	git -C upstream add -A
	git -C upstream commit -q -m "The template"
	for release in 2.4.4 2.4.5 2.4.6 2.4.7 2.4.8
	do
		release_branch "$release"
		release_commit "$release" "Fix 1 of $release"
	done
	release_branch 2.4.9-alpha
	release_branch 2.4.9-beta
	release_branch 2.4.10 2.4.8
	release_branch 2.4.4-p1-p8 2.4.4
	release_branch 2.4.7-appserver 2.4.7
	release_branch 2.4.8-php8.3 2.4.8
	release_commit 2.4.6 "Fix 2 of 2.4.6"
	git -C upstream tag 9.9.9
	git -C upstream switch -q master
	git clone -q upstream shop
'

story 'a clone is recognised, and only releases are releases' '
	cd shop
	git switch -q -c production --no-track origin/2.4.6~1
	releases >../releases
	same - ../releases <<-\EOT
	2.4.4
	2.4.5
	2.4.6
	2.4.7
	2.4.8
	2.4.9-alpha
	2.4.9-beta
	2.4.10
	EOT
	git upgrade fetch >../out
	has "^8 new releases" ../out
	git for-each-ref --format="%(refname)" refs/upgrade/releases >../out
	lacks "appserver" ../out
	lacks "php8.3" ../out
	lacks "p1-p8" ../out
	git upgrade list >../out
	has "^On 2.4.6 (magento-cloud, " ../out
	has "^  2.4.6  *updated  .* 1 newer commit of the release" ../out
	has "^  2.4.7  *next " ../out
	has "^  2.4.8  *next " ../out
	has "^  2.4.10  *next " ../out
	lacks "2.4.9" ../out
	git upgrade show 2.4.7 >../out
	has "^  branch     at $(git rev-parse --short=7 origin/2.4.7)$" ../out
	lacks "tagger" ../out
'

story 'what a project keeps out of its repository is not looked for' '
	cd shop
	git switch -q -c without-ini
	git rm -q php.ini
	git commit -q -m "Without php.ini"
	git upgrade list >../out
	has "^On 2.4.6 (magento-cloud, " ../out
	git rm -q magento-vars.php
	git commit -q -m "Something else"
	git upgrade list >../out 2>../err || :
	lacks "magento-cloud" ../out
	git switch -q production
'

story 'a hop to another branch, and one to a pre-release by its name' '
	cd shop
	echo "# ours" >>php.ini
	git commit -q -a -m "Ours"
	git upgrade merge --no-edit 2.4.8
	git diff --quiet HEAD origin/2.4.8 -- composer.lock version
	has "^# ours$" php.ini
	has "^profile magento-cloud$" .gitupgrade.adopted
	git upgrade merge --no-edit 2.4.9-beta
	has "^release 2.4.9-beta$" .gitupgrade.adopted
	expect_code 2 git upgrade merge --no-edit 2.4.8-php8.3 2>../err
	has "there is no release .2.4.8-php8.3." ../err
'

story 'the remote whose URL is upstream'"'"'s is upstream' '
	cd shop
	git remote rename origin shop
	git remote add template https://github.com/magento/magento-cloud.git
	git upgrade config upstream.remote >../out
	has "detected" ../out
	git upgrade list >../out
	has "upstream .template.$" ../out
'

story '2.0.4 is not upgraded from as if it were any other' '
	for release in 2.0.4 2.0.5 2.1.0
	do
		release_branch "$release" master
	done
	git clone -q upstream old
	cd old
	git switch -q -c production --no-track origin/2.0.4
	git upgrade fetch
	expect_code 2 git upgrade merge 2.1.0 2>../err
	has "no path from 2.0.4 to 2.1.0: 2.0.4 has to be brought on by h" \
		../err
	git switch -q -c later --no-track origin/2.0.5
	git upgrade plan 2.1.0 >../out
	has "^2.0.5 -> 2.1.0, 1 hop" ../out
'

# oro RELEASE: tagged, on what is checked out
oro()
{
	git -C upstream add -A
	git -C upstream commit -q -m "Release $1"
	git -C upstream tag "$1"
}

story 'OroCommerce: tags, and branches that are none' '
	rm -rf upstream
	git init -q -b master upstream
	add composer.json composer.lock dev.json dev.lock app/AppKernel.php
	oro 1.6.39
	git -C upstream mv app src
	for release in 3.0.0-beta 3.0.0-rc 3.0.0 4.1.0-rc2 4.1.0 \
		5.0.0-alpha.1 6.0.0 6.1.0-rc.2 6.1.0 6.1.1
	do
		echo "$release" >upstream/composer.lock
		oro "$release"
	done
	git -C upstream tag 6.1.0_fix_image
	git -C upstream tag saas-6.1
	git -C upstream tag 6.1-lts
	git -C upstream branch 6.1
	git clone -q upstream oro
	cd oro
	git switch -q -c production 6.0.0
	git upgrade list >../out
	has "^On 6.0.0 (orocloud, " ../out
	has "^  6.1.1  *next " ../out
	lacks "6.1.0" ../out
	releases >../releases
	same - ../releases <<-\EOT
	1.6.39
	3.0.0-beta
	3.0.0-rc
	3.0.0
	4.1.0-rc2
	4.1.0
	5.0.0-alpha.1
	6.0.0
	6.1.0-rc.2
	6.1.0
	6.1.1
	EOT
	git upgrade list --all >../out
	has "^  4.1.0-rc2 .*pre-release$" ../out
	git switch -q -c before-3 1.6.39
	git upgrade list >../out
	has "^On 1.6.39 (orocloud, " ../out
	git upgrade merge --no-edit 6.1.1
	has "^profile orocloud$" .gitupgrade.adopted
'

story 'the descriptions say what is not done yet' '
	cd oro
	for name in magento-cloud orocloud
	do
		git config upgrade.profile $name
		git upgrade config description >../out
		has "does not run Composer.* yet" ../out
	done
'

done_testing
