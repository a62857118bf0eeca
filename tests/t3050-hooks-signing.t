#!/bin/sh
#
# The commit is git's: hooks, signing and templates are honoured, and a hook
# that refuses loses nothing.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# hook NAME LINE...: write a hook of prod
hook()
{
	hook_name=$1
	shift
	put "prod/.git/hooks/$hook_name" '#!/bin/sh' "$@"
	chmod +x "prod/.git/hooks/$hook_name"
}

back()
{
	git -C prod reset -q --hard "$(cat old)"
}

story 'a production branch is drawn' '
	draw_upstream upstream
	draw_production prod 2.4.1
	git -C prod rev-parse HEAD >old
	rm -f prod/.git/hooks/*
'

story 'a clean merge runs the hooks git merge runs' '
	for name in pre-commit pre-merge-commit prepare-commit-msg commit-msg \
		post-commit post-merge
	do
		hook $name "echo $name \$# \$2 >>\"$WORK/ran\""
	done
	cd prod
	git upgrade merge --no-edit 2.5.1
	printf "%s\n" "pre-merge-commit 0" "prepare-commit-msg 2 merge" \
		"commit-msg 1" "post-merge 1" >../expected
	sed "s/ *$//" ../ran >../actual
	same ../expected ../actual
	test ! -e .git/upgrade
'

story 'pre-merge-commit sees the merged index and files' '
	back
	hook pre-merge-commit "git diff --cached --quiet 2.4.1 && exit 1" \
		"git show :.gitupgrade.adopted >\"$WORK/seen\"" \
		"git -C \"$WORK/upstream\" rev-parse HEAD >\"$WORK/other\""
	cd prod
	git upgrade merge --no-edit 2.5.1
	has "^release 2.5.1$" ../seen
	is "$(git -C ../upstream rev-parse HEAD)" "$(cat ../other)"
'

story 'a hook that refuses leaves the merge in progress' '
	back
	hook commit-msg "echo no such message >&2" "exit 1"
	cd prod
	snapshot >../before
	expect_code 1 git upgrade merge --no-edit 2.5.1 2>../err
	has "no such message" ../err
	has "git upgrade merge --continue" ../err
	lacks "Nothing was changed" ../err
	test -e .git/MERGE_HEAD
'

story '... and both ways out work' '
	cd prod
	git upgrade merge --abort
	snapshot >../after
	same ../before ../after
	expect_code 1 git upgrade merge --no-edit 2.5.1
	rm .git/hooks/commit-msg
	git upgrade merge --continue --no-edit
	is 2.5.1 "$(sed -n "s/^release //p" .gitupgrade.adopted)"
	is "$(git rev-parse "2.5.1^{commit}")" "$(git rev-parse HEAD^2)"
'

story 'a hook that rewrites the message keeps the trailers' '
	back
	hook prepare-commit-msg "sed \"1s/^/[ops] /\" \"\$1\" >m && cat m >\"\$1\" && rm m"
	cd prod
	git upgrade merge --no-edit 2.5.1
	is "[ops] Upgrade to 2.5.1" "$(git log -1 --format=%s)"
	git log -1 --format=%B >../message
	has "^Upgrade-To: 2.5.1$" ../message
'

story 'hooks in core.hooksPath run, with their own folder about them' '
	back
	rm -f prod/.git/hooks/*
	mkdir prod/.git/mine
	put prod/.git/mine/helper "ok"
	put prod/.git/mine/commit-msg "#!/bin/sh" \
		"cat \"\$(dirname \"\$0\")/helper\" >\"$WORK/helped\""
	chmod +x prod/.git/mine/commit-msg
	cd prod
	git config core.hooksPath .git/mine
	git upgrade merge --no-edit 2.5.1
	is ok "$(cat ../helped)"
	git config --unset core.hooksPath
'

story 'files named as a lock are safe from what a hook says about them' '
	back
	rm -f prod/.git/hooks/*
	put composer.lock locked
	printf "warning: unable to unlink '\''%s'\'': No\\n" \
		"$WORK/composer.lock" \
		"$WORK/prod/.git/../../composer.lock" >warnings
	hook reference-transaction "cat \"$WORK/warnings\" >&2" \
		"echo x >>\"$WORK/said\""
	cd prod
	git upgrade merge --no-edit 2.5.1
	exists ../said
	is locked "$(cat ../composer.lock)"
	rm .git/hooks/reference-transaction
'

if command -v ssh-keygen >/dev/null
then
	story 'commit.gpgSign signs the commit' '
		back
		ssh-keygen -q -t ed25519 -N "" -f key
		echo "olga@ops.example $(cat key.pub)" >allowed
		cd prod
		git config gpg.format ssh
		git config user.signingKey "$WORK/key.pub"
		git config gpg.ssh.allowedSignersFile "$WORK/allowed"
		git config commit.gpgSign true
		git upgrade merge --no-edit 2.5.1
		git verify-commit HEAD
	'
else
	skip 'commit.gpgSign signs the commit' 'no ssh-keygen'
fi

if have_terminal
then
	story 'the editor opens for the message, on a terminal' '
		back
		cd prod
		git config --unset commit.gpgSign || :
		put "$WORK/editor" "#!/bin/sh" \
			"sed \"1s/.*/Edited by hand/\" \"\$1\" >\"\$1.n\"" \
			"mv \"\$1.n\" \"\$1\""
		chmod +x "$WORK/editor"
		GIT_EDITOR="$WORK/editor" script -qec "git upgrade merge 2.5.1" \
			/dev/null >../typescript 2>&1 </dev/null
		is "Edited by hand" "$(git log -1 --format=%s)"
	'
else
	skip 'the editor opens for the message, on a terminal' 'no terminal'
fi

done_testing
