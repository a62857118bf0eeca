#!/bin/sh
# Submodules of releases, where the settings of the account and of the platform
# have a say, and names and addresses that were others in an earlier release.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/submodules.sh"

story 'submodule.recurse is about clones, a release has its own way' '
	draw_lib lib
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	on_server protocol.file.allow always
	on_server submodule.vendor/lib.url "$LIBS/lib.git"
	git config submodule.recurse false
	git config --global submodule.recurse true
	add_lib "$LIBS/lib.git" vendor/lib
	pushed "A library"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	put more.txt x
	git add more.txt
	pushed "The same again"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	missing ../srv/current/vendor/lib/.git
	is "" "$(git -C ../platform.git/modules/vendor/lib config core.worktree)"
	missing ../platform.git/modules/vendor/lib/index
'
git config --global --unset submodule.recurse

story 'nor is an index split where the release is to have one of its own' '
	cp platform.git/info/gitupgrade.yaml saved
	sed "s|^  keep: 2|  keep: 2\n  metadata: true|" saved \
		>platform.git/info/gitupgrade.yaml
	git config --global core.splitIndex true
	cd prod
	put asked.txt x
	git add asked.txt
	pushed Ask
	cp ../saved ../platform.git/info/gitupgrade.yaml
	find ../platform.git -name "sharedindex.*" >../shared
	same /dev/null ../shared
	cd ../srv/current
	is "$(git -C "$WORK/prod" rev-parse HEAD)" "$(git rev-parse HEAD)"
	git ls-files >"$WORK/out"
	has "^asked.txt$" "$WORK/out"
	git -C vendor/lib ls-files >"$WORK/out"
	has "^lib.txt$" "$WORK/out"
'
git config --global --unset core.splitIndex

is_gone()
{
	! kill -0 "$1" 2>/dev/null
}

# killed FILE: the worker, while that one goes through the filter
killed()
{
	: >"$WORK/hangs"
	rm -f "$WORK/asked"
	tick
	git commit -q -m "$1"
	git push platform HEAD:production 2>"$WORK/err" &
	wait_for 20 test -e "$WORK/asked"
	# One that waits for its turn would have it at once.
	rm "$WORK/hangs"
	kill_workers
	wait
	git upgrade platform repair ../platform.git >../out 2>&1
	wait_for 20 is_gone "$(cat "$WORK/asked")"
	platform_idle
	is "$(git rev-parse HEAD)" "$(ref deployed/production)"
	is "$1" "$(cat "../srv/current/$1")"
}

story 'who checks out for a worker that was killed goes with it' '
	mkfifo fifo
	cat >filter <<-EOT
	#!/bin/sh
	if test -e "$WORK/hangs"
	then
		echo \$PPID >"$WORK/asked.new"
		mv "$WORK/asked.new" "$WORK/asked"
		cat "$WORK/fifo"
	fi
	exec cat
	EOT
	chmod +x filter
	on_server filter.slow.smudge "$WORK/filter"
	cd prod
	put .gitattributes "*.slow filter=slow"
	put own.slow own.slow
	git add .gitattributes own.slow
	killed own.slow
	(
		cd "$LIBS/lib"
		put .gitattributes "*.slow filter=slow"
		put its.slow vendor/lib/its.slow
		commit "Slow"
		git push -q "$LIBS/lib.git" HEAD
	)
	update_lib vendor/lib lib
	git rm -q own.slow
	killed vendor/lib/its.slow
'

# How many broken packs there are
broken()
{
	find ../platform.git/modules -name "tmp_pack_*" | wc -l
}

story 'a fetch that breaks off leaves nothing that fills the disk' '
	cat >cut <<-EOT
	#!/bin/sh
	test -e "$WORK/cuts" || exec "\$@"
	"\$@" | head -c 60000
	exit 1
	EOT
	chmod +x cut
	: >cuts
	git config --global uploadpack.packObjectsHook "$WORK/cut"
	git config --global fetch.unpackLimit 1
	(
		cd "$LIBS/lib"
		head -c 300000 /dev/urandom >large.bin
		commit "Large"
		git push -q "$LIBS/lib.git" HEAD
	)
	cd prod
	update_lib vendor/lib lib
	pushed "Broken off"
	has "cannot be fetched: error: git upload-pack" ../err
	is failed "$(last_event outcome)"
	is 0 "$(broken)"
'

story 'nor does one that was killed, when the next begins' '
	cd prod
	: >../platform.git/modules/vendor/lib/objects/pack/tmp_pack_killed
	rm ../cuts
	again
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	is 0 "$(broken)"
	# Of somebody who packs by hand
	: >../platform.git/modules/vendor/lib/objects/pack/tmp_pack_other
	more lib
	update_lib vendor/lib lib
	pushed "Another"
	deployed v1.0.0
	is 1 "$(broken)"
'

story 'a filter that fails is the reason, whatever it says before' '
	cat >filter <<-\EOT
	#!/bin/sh
	echo >&2 Looking for large files
	printf "no answer of https://olga:hunter2@127.0.0.1/x\033[2J\n" >&2
	echo >&2 API_TOKEN=hunter2
	exit 1
	EOT
	on_server filter.slow.required true
	cd prod
	more lib
	update_lib vendor/lib lib
	pushed "Fails"
	is failed "$(last_event outcome)"
	last_event detail >../detail
	has "^submodule .vendor/lib.: .*its.slow: smudge filter slow fail" \
		../detail
	has "no answer of https://.*127.0.0.1/x" ../err
	cp ../platform.git/upgrade/logs/production/latest ../log
	has "Looking for large files" ../log
	lacks hunter2 ../log
	lacks "$(printf "\033")" ../log
	put own.slow x
	git add own.slow
	pushed "Fails, too"
	last_event detail >../detail
	has "own.slow: smudge filter slow failed" ../detail
	on_server filter.slow.smudge cat
'

story 'what the platform says of power cuts holds for submodules, too' '
	cat >filter <<-EOT
	#!/bin/sh
	git config core.fsync >"$WORK/fsync"
	git config core.fsyncMethod >>"$WORK/fsync"
	exec cat
	EOT
	on_server filter.slow.smudge "$WORK/filter"
	cd prod
	more lib
	update_lib vendor/lib lib
	pushed "Safe"
	deployed v1.0.0
	git -C ../platform.git config core.fsync >../want
	git -C ../platform.git config core.fsyncMethod >>../want
	has committed ../want
	same ../want ../fsync
	on_server filter.slow.smudge cat
'

story 'a repository that is damaged can be found and fetched again' '
	cd prod
	more lib
	update_lib vendor/lib lib
	git config --global fetch.unpackLimit 100
	pushed "Whole"
	git -C "$LIBS/lib.git" rev-parse HEAD:lib.txt >../blob
	rm -f ../platform.git/modules/vendor/lib/objects/"$(
		sed "s|^..|&/|" ../blob)"
	put damaged.txt x
	git add damaged.txt
	pushed "Damaged"
	is failed "$(last_event outcome)"
	sed -n "s/.*whether its repository is damaged: \(.*fsck\).*/\1/p" \
		../err >../typed
	not sh -e ../typed
	has "if it is, remove it: it is fetched again" ../err
	rm -rf ../platform.git/modules/vendor/lib
	again
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
'

story 'of two names for a path the last counts, as in git' '
	cd prod
	git rm -q -f own.slow
	more lib
	update_lib vendor/lib lib
	git config -f .gitmodules submodule.renamed.path vendor/lib
	git config -f .gitmodules submodule.renamed.url "$LIBS/lib.git"
	git add .gitmodules
	pushed "Renamed"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	exists ../platform.git/modules/renamed/HEAD
	git config -f .gitmodules --remove-section submodule.renamed
	git add .gitmodules
	pushed "And back"
	deployed v1.0.0
'

story 'one that is inside of where another was, says what to do' '
	cd prod
	git rm -q -f .gitmodules
	git rm -q --cached vendor/lib
	git config -f .gitmodules submodule.vendor/lib/a.path vendor/lib/a
	git config -f .gitmodules submodule.vendor/lib/a.url "$LIBS/lib.git"
	git add .gitmodules
	update_lib vendor/lib/a lib
	pushed "Deeper"
	has "submodule .vendor/lib/a. would be inside of submodule" ../err
	has "hint: .*remove .*/platform.git/modules/vendor/lib. on" ../err
	is failed "$(last_event outcome)"
	sed -n "s/.*hint: .*remove \(.*\) on the server.*/\1/p" ../err >../typed
	sh -c "rm -rf $(cat ../typed)"
	again
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib/a"
'

story 'paths that are relative are so to the platform' '
	cd prod
	git config -f .gitmodules submodule.vendor/lib/a.url ../lib.git
	git add .gitmodules
	more lib
	update_lib vendor/lib/a lib
	on_server upgrade.submoduleBase ../libs/shop.git
	pushed "By a relative base"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib/a"
	more lib
	update_lib vendor/lib/a lib
	mv "$LIBS/lib.git" "$LIBS/moved.git"
	on_server submodule.vendor/lib/a.url ../libs/moved.git
	pushed "By a relative path"
	mv "$LIBS/moved.git" "$LIBS/lib.git"
	deployed v1.0.0
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib/a"
	on_server --unset submodule.vendor/lib/a.url
	on_server --unset upgrade.submoduleBase
'

if ! command -v git-lfs >/dev/null
then
	skip 'Git LFS asks where the submodule is from' 'no git-lfs'
else
	# large TEXT: big has a new large file, and production that of big
	large()
	{
		(
			cd "$LIBS/big" || exit 1
			put large.bin "$1"
			commit "$1"
			git push -q origin HEAD
		)
		update_lib big big
	}

	story 'Git LFS asks where the submodule is from, not the platform' '
		draw_lib big
		(
			cd libs/big
			git lfs install --local >/dev/null
			put .gitattributes "*.bin filter=lfs diff=lfs -text"
			git remote add origin "$LIBS/big.git"
		)
		git -C platform.git lfs install --local --skip-repo
		on_server lfs.url "file://$WORK/platform.git"
		cd prod
		add_lib "$LIBS/big.git" big
		large large
		pushed "Large files"
		deployed v1.0.0
		is large "$(cat ../srv/current/big/large.bin)"
	'

	story 'where it is by now, though its commit is here already' '
		cd prod
		large larger
		mv "$LIBS/big.git/lfs" ../lfs
		pushed "Without its objects"
		is failed "$(last_event outcome)"
		git clone -q --bare "$LIBS/big.git" ../moved.git
		mv ../lfs ../moved.git/lfs
		on_server submodule.big.url "$WORK/moved.git"
		again
		deployed v1.0.0
		is larger "$(cat ../srv/current/big/large.bin)"
		rm -rf "$LIBS/big.git"
		mv ../moved.git "$LIBS/big.git"
	'

	story 'also where its URL has a password, which is told to nobody' '
		cd prod
		large largest
		on_server submodule.big.url \
			"file://olga:hunter2@$LIBS/big.git"
		pushed "A password"
		deployed v1.0.0
		is largest "$(cat ../srv/current/big/large.bin)"
		lacks hunter2 ../platform.git/modules/big/config
		lacks hunter2 ../err
		on_server --unset submodule.big.url
	'
fi

done_testing
