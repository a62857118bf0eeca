#!/bin/sh
#
# Backups of an environment whose commands run elsewhere: what comes and goes
# through the prefix arrives to the byte, over a real sshd and through what
# hands arguments on as they are.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/servers.sh"
. "$TESTS_DIR/lib/backup.sh"

have_ssh && start_ssh || skip_all 'no sshd or ssh'

FAR=$WORK/far

# Both look where they are; the time limit has timeout(1) run them there.
backup_artifacts()
{
	cat <<-EOT
	backup:
	  store: $STORE
	  artifacts:
	    - name: data
	      run: [sh, -c, 'pwd >&2; test ! -e gone || exit 9; cat data']
	      timeout: 1h
	      restore:
	        run: [sh, -c, 'test ! -e full || exit 8; cat >data']
	        timeout: 1h
	      version: {run: [sh, -c, 'echo "here: \$(pwd)"']}
	EOT
}

# through PREFIX: there and back
through()
{
	backups_are '{}'
	sed -i "s|^    backup: {}|    prefix: $1\n    prefix_dir: $FAR|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	head -c 300000 /dev/urandom >"$FAR/data"
	cp "$FAR/data" ../data
	expect_code 0 git upgrade backup create >../out 2>../err
	through_id=$(newest_backup)
	same ../data "$STORE/production/$through_id/data"
	git upgrade backup show production "$through_id" >../out
	has "made by  here: $FAR$" ../out
	: >"$FAR/data"
	expect_code 0 git upgrade backup restore --yes --data-only \
		production "$through_id" >../out 2>../err
	same ../data "$FAR/data"
	: >"$FAR/gone"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .data.: exit code 9" ../err
	rm "$FAR/gone"
	: >"$FAR/full"
	expect_code 3 git upgrade backup restore --yes --data-only \
		production "$through_id" >../out 2>../err
	has "half restored: artifact .data.: exit code 8" ../err
	rm "$FAR/full"
	expect_code 0 git upgrade backup restore --yes --data-only \
		production "$through_id" >../out 2>../err
	same ../data "$FAR/data"
	is "$(git rev-parse HEAD)" "$(ref verified/production)"
}

# The steps and checks of the profile look for files of the release.
story 'set-up' '
	mkdir -p "$FAR/x/y" "$STORE"
	draw_clone prod
	cd prod
	draw_platform
	cat >"$WORK_PLATFORM/info/gitupgrade.yaml" <<-EOT
	format: 1
	profile: generic
	verify:
	  health: {run: ["true"]}
	environments:
	  production:
	    deploy_to: $SRV
	EOT
	git upgrade push
	printf "#!/bin/sh\n[ \"\$1\" = shop ] || exit 125\nshift\nexec \"\$@\"\n" \
		>../exec
	chmod +x ../exec
'

story 'over ssh' '
	cd prod
	through "[ssh, -F, $TRASH/ssh/config, git.example]"
'

story 'through what hands arguments on' '
	cd prod
	through "[$WORK/exec, shop]"
'

story 'the way there fails: said, and nothing is there that is not whole' '
	cd prod
	backups_are "{}"
	sed -i "s|^    backup: {}|    prefix: [$WORK/exec, shut]|" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	expect_code 3 git upgrade backup create >../out 2>../err
	has "artifact .data.: exit code 125" ../err
	has "^hint: it may be the way there that fails; try it as" ../err
	find "$STORE" -name ".*.partial" >../left
	same /dev/null ../left
'

done_testing
