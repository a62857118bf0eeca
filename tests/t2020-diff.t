#!/bin/sh
#
# git upgrade diff: template changes beside what production made of its copies.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

story 'upstream and a production are drawn' '
	draw_upstream upstream
	draw_production prod 2.1.0
'

story '2.1 -> 2.2: the template moves, and the copy with it' '
	cd prod
	snapshot >../before
	expect_code 0 git upgrade diff 2.2.2 >../out 2>../err
	snapshot >../after
	same ../before ../after
	same /dev/null ../err
	sed -n "1,5p" ../out >../head
	same - ../head <<-\EOT
	2.1.0 -> 2.2.2

	template template/prod.yml -> production/config/prod.yml.template
	  copy         production/prod.yml, moves to production/config/prod.yml
	  merge        clean
	EOT
	has "^  new keys     services.*.DEPLOYMENTS_STORAGE_BUCKET$" \
		../out
	has "^--- template/prod.yml (2.1.0)$" ../out
	has "^+++ production/config/prod.yml.template (2.2.2)$" ../out
	has "^+            DEPLOYMENTS_STORAGE_BUCKET: mender$" ../out
	has "^+++ production/prod.yml$" ../out
	has "^+            ALLOWED_HOSTS: mender.acme.example$" ../out
	has "^template template/run -> production/run$" ../out
	has "^  copy         production/run, where the template is from" ../out
	has "^you did not change your copy$" ../out
	has "^  A  production/config/enterprise.yml.template  (to be" ../out
	has "^  docker-compose.yml  *upstream +5 -5, you +2 -0$" ../out
'

story 'secrets are masked, in JSON as well' '
	cd prod
	has "^+  *MINIO_SECRET_KEY: \*\*\*$" ../out
	lacks "acme-storage-secret" ../out
	lacks "acme-access" ../out
	git upgrade diff --json 2.2.2 >../json 2>../err
	lacks "acme-storage-secret" ../json
	perl -MJSON::PP - ../json <<-\EOT
	local $/;
	open my $f, "<", shift or die;
	my $d = decode_json(<$f>);
	sub holds { $_[0] or die "$_[1] does not hold\n" }
	my %c = map { $_->{path} => $_ } @{$d->{copies}};
	my $prod = $c{"production/prod.yml"};
	my ($both) = @{$d->{both_changed}};
	holds "$d->{from} $d->{to}" eq "2.1.0 2.2.2", "from, to";
	holds $prod->{new_path} eq "production/config/prod.yml", "new_path";
	holds $prod->{outcome} eq "updated", "outcome";
	holds $prod->{base_release} eq "2.1.0", "base_release";
	holds $prod->{our_diff} =~ /^\+ +ALLOWED_HOSTS: mender/m, "our_diff";
	holds $c{"production/run"}{landed}, "landed";
	holds $both->{path} eq "docker-compose.yml", "both_changed";
	holds $both->{ours}{added} == 2, "added";
	EOT
'

story 'a template that did not change: said, and the copy shown all the same' '
	draw_production same 2.2.2
	cd same
	git upgrade diff 2.3.1 >../out 2>../err
	has "^template production/config/prod.yml.template$" ../out
	has "^  merge        nothing to do$" ../out
	has "^upstream did not change the template$" ../out
	has "^+            ALLOWED_HOSTS: mender.acme.example$" ../out
'

story 'a placeholder that would be left, unless a migration replaces it' '
	draw_production left 2.6.2
	cd left
	git upgrade diff 2.7.2 >../out 2>../err
	has "^  new keys     services.mender-api-gateway.networks$" ../out
	has "^        storage-name: {storage-name}, still to be given" ../out
	lacks "^  placeholders" ../out
	printf "%s\n" "format: 1" "profile: mender" \
		"migrations: {gateway-alias: ~}" >.git/info/gitupgrade.yaml
	git upgrade diff 2.7.2 >../out 2>../err
	has "^  placeholders line 35: - set-my-alias-here.com$" ../out
'

story 'a conflict is foreseen' '
	draw_production both 3.0.0
	cd both
	git upgrade diff 3.1.1 >../out 2>../err
	has "^  merge        1 conflict$" ../out
	git upgrade plan --no-fetch 3.1.1 >../plan 2>../err || :
	has "production/config/prod.yml" ../plan
'

story 'paths: only these, and what both changed in full' '
	cd both
	git upgrade diff 3.1.1 -- docker-compose.yml >../out 2>../err
	has "^  docker-compose.yml  *upstream +8 -8, you +2 -0$" ../out
	has "^+        image: mendersoftware/gui:3.1.1$" ../out
	has "^+            com.docker.network.driver.mtu: 1400$" ../out
	lacks "prod.yml" ../out
	cd production
	git upgrade diff 3.1.1 config >../../out 2>../../err
	has "^template production/config/prod.yml.template$" ../../out
	lacks "docker-compose" ../../out
	git upgrade diff 3.1.1 -- ../keygen >../../out 2>../../err
	has "^nothing of that is a template" ../../out
	expect_code 128 git upgrade diff 3.1.1 ../../x >../../out 2>../../err
	has "is outside of the repository" ../../err
'

story 'a copy forgotten for releases is compared with what it was made of' '
	draw_production old 2.4.1
	cd old
	git show 2.2.0:production/config/prod.yml.template \
		>production/config/prod.yml
	sed -i "s/my-gateway-dns-name/mender.acme.example/" \
		production/config/prod.yml
	commit "A copy of long ago"
	git upgrade diff 2.5.1 >../out 2>../err
	has "^  base         2.3.1, not 2.4.1: the copy was not kept up" ../out
	has "^--- production/config/prod.yml.template (2.3.1)$" ../out
	has "^+        command: server --automigrate --wait$" ../out
'

story 'a file that looks like a copy is named, and how it becomes one' '
	cd both
	cp docker-compose.yml compose.staging.yml
	commit "Staging"
	git upgrade diff 3.1.1 compose.staging.yml >../out 2>../err
	has "^  merge        left alone: looks like a copy" ../out
	has "confirm-copy=docker-compose.yml:compose.staging.yml" ../out
'

story 'escapes in a template do no harm' '
	esc=$(printf "\033")
	draw_release upstream 3.1.x 3.1.2 production/config/prod.yml.template \
		"a: ${esc}]0;title"
	cd both
	git fetch -q --tags origin
	git upgrade diff 3.1.2 >../out 2>../err
	has "^+a: ?.0;title$" ../out
'

if have_terminal
then
	story 'on a terminal the colours are those of git diff' '
		cd same
		git config color.diff.new "bold blue"
		TERM=xterm script -qec "git upgrade diff 2.4.1" /dev/null \
			>../out
		sed "s/$(printf "\033")/ESC/g" ../out >../plain
		has "^ESC.1;34m+  *command: server --automigrate --wait" \
			../plain
		has "^ESC.36m@@ " ../plain
		has "^ESC.31m-" ../plain
	'
else
	skip 'on a terminal the colours are those of git diff' 'no terminal'
fi

story 'older releases, the adopted one, unknown ones are refused' '
	cd both
	expect_code 2 git upgrade diff 3.0.0 >../out 2>../err
	has "^error: 3.0.0 is adopted already$" ../err
	expect_code 2 git upgrade diff 2.7.2 >../out 2>../err
	has "^error: 2.7.2 is older than what is adopted$" ../err
	has "^hint: see what is newer with \"git upgrade list\"$" ../err
	expect_code 2 git upgrade diff 3.9.9 >../out 2>../err
	expect_code 129 git upgrade diff >../out 2>../err
'

story 'where it is not known what is adopted, it says how to say it' '
	git clone -q upstream squashed
	cd squashed
	git checkout -q --orphan production 2.4.1
	git commit -q -m "All at once"
	expect_code 2 git upgrade diff 2.5.1 >../out 2>../err
	has "^error: cannot tell which release this branch is on" ../err
	has "^hint: the nearest is 2.4.1, 0 files away" ../err
	has "^hint:   git upgrade merge --from=2.4.1 2.5.1$" ../err
'

done_testing
