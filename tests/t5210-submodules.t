#!/bin/sh
# Submodules of what is deployed: each release has the exact trees of all of
# them, or is not deployed and the old one serves on.
# shellcheck disable=SC1091,SC2016,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"
. "$TESTS_DIR/lib/submodules.sh"

story 'file is no protocol for submodules until somebody allows it' '
	draw_lib lib
	draw_clone prod
	cd prod
	draw_platform
	git push -q platform production
	readlink ../srv/current >../before
	add_lib "$LIBS/lib.git" vendor/lib
	pushed "A library"
	has "submodule .vendor/lib. (.*/libs/lib.git) cannot be fetched" ../err
	has "transport .file. not allowed" ../err
	has "config protocol.file.allow always" ../err
	has "config submodule.vendor/lib.url URL" ../err
	has "optional_submodules" ../err
	has "v1.0.0 keeps serving" ../err
	is failed "$(last_event outcome)"
	is "$(cat ../before)" "$(readlink ../srv/current)"
'

story 'what the hint says makes it go' '
	cd prod
	sed -n "s/.*on the server: \(git -C .* always\)/\1/p" ../err >../typed
	sh -e ../typed
	again
	has "fetch  *vendor/lib (.......) 0:0" ../err
	deployed v1.0.0
'

story 'the release has the exact tree of it, without metadata' '
	cd prod
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
	is "a" "$(head -n 1 ../srv/current/vendor/lib/crlf.txt | tr -d "\r")"
	has "a." ../srv/current/vendor/lib/crlf.txt
	[ -x ../srv/current/vendor/lib/bin/run ]
	[ -L ../srv/current/vendor/lib/link ]
	missing ../srv/current/vendor/lib/.git
	missing ../srv/current/.git
	find ../srv/releases -maxdepth 1 -name ".*" -type f >../markers
	same /dev/null ../markers
'

story 'it is kept where plain git looks, and fetched once' '
	cd prod
	git -C ../platform.git/modules/vendor/lib fsck --strict
	is "$LIBS/lib.git" "$(git -C ../platform.git/modules/vendor/lib \
		config remote.origin.url)"
	mv "$LIBS" "$LIBS.away"
	put more.txt x
	git add more.txt
	pushed More
	lacks "  fetch " ../err
	deployed v1.0.0
	mv "$LIBS.away" "$LIBS"
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
'

story 'another commit of it comes with the commit that names it' '
	more lib
	cd prod
	update_lib vendor/lib lib
	pushed "Newer library"
	has "fetch  *vendor/lib" ../err
	same_tree "$LIBS/lib.git" HEAD "$SRV/current/vendor/lib"
'

story 'a commit that is nowhere deploys nothing' '
	cd prod
	readlink ../srv/current >../before
	git update-index --cacheinfo \
		160000,1234567890123456789012345678901234567890,vendor/lib
	pushed "Not pushed"
	has "submodule .vendor/lib. (.*/lib.git) commit 1234567 is not" ../err
	has "hint: push it to where the submodule is from" ../err
	is failed "$(last_event outcome)"
	is "$(cat ../before)" "$(readlink ../srv/current)"
	update_lib vendor/lib lib
	pushed "Pushed"
	deployed v1.0.0
'

story 'servers that hand out no commit by name hand out branches' '
	on_server protocol.version 0
	git -C "$LIBS/lib" switch -q -c side
	more lib
	git -C "$LIBS/lib" rev-parse HEAD >old
	more lib
	cd prod
	git update-index --cacheinfo "160000,$(cat ../old),vendor/lib"
	pushed "No tip of it"
	same_tree "$LIBS/lib.git" "$(cat ../old)" "$SRV/current/vendor/lib"
	on_server --unset protocol.version
'

story 'submodules inside of submodules, URLs relative to theirs' '
	draw_lib inner
	(
		cd libs/lib
		git switch -q -
		add_lib ../inner.git deep/inner
		commit "An inner one"
		git push -q ../lib.git HEAD
	)
	cd prod
	update_lib vendor/lib lib
	pushed "Three floors"
	has "fetch  *vendor/lib " ../err
	has "fetch  *vendor/lib/deep/inner " ../err
	same_tree "$LIBS/inner.git" HEAD "$SRV/current/vendor/lib/deep/inner"
	exists ../platform.git/modules/vendor/lib/modules/deep/inner/HEAD
'

story 'two, and a URL relative to what nobody has said' '
	draw_lib other
	cp platform.git/info/gitupgrade.yaml saved
	sed -i "/^upstream:/,/remote:/d" platform.git/info/gitupgrade.yaml
	cd prod
	git -c protocol.file.allow=always clone -q "$LIBS/other.git" other
	git submodule --quiet add ../other.git other
	pushed "A relative one"
	has "other. is a submodule, and its URL is relative to what nobody" \
		../err
	has "config upgrade.submoduleBase URL" ../err
	is failed "$(last_event outcome)"
	cp ../saved ../platform.git/info/gitupgrade.yaml
	expect_code 3 again
	has "submodule .other. (.*/work/other.git) cannot be fetched" ../err
	has "^hint: .*relative to another, .*upgrade.submoduleBase URL$" ../err
	lacks "mend it and push again" ../err
	on_server upgrade.submoduleBase "$LIBS/shop.git"
	again
	deployed v1.0.0
	same_tree "$LIBS/other.git" HEAD "$SRV/current/other"
	same_tree "$LIBS/inner.git" HEAD "$SRV/current/vendor/lib/deep/inner"
'

story 'where the platform was cloned from is what they are relative to' '
	on_server --unset upgrade.submoduleBase
	on_server remote.origin.url "$LIBS/shop.git"
	more other
	cd prod
	update_lib other other
	pushed "By origin"
	same_tree "$LIBS/other.git" HEAD "$SRV/current/other"
	on_server --unset remote.origin.url
	on_server upgrade.submoduleBase "$LIBS/shop.git"
'

story 'one that has moved is named by the owner of the platform' '
	mkdir moved
	mv "$LIBS/other.git" moved/other.git
	git clone -q moved/other.git "$LIBS/other.new"
	(
		cd libs/other.new
		put moved.txt x
		commit Moved
		git push -q origin HEAD
	)
	cd prod
	git update-index --cacheinfo \
		"160000,$(git -C ../moved/other.git rev-parse HEAD),other"
	pushed Moved
	has "submodule .other. (.*/libs/other.git) cannot be fetched" ../err
	on_server submodule.other.url "$WORK/moved/other.git"
	again
	deployed v1.0.0
	same_tree "$WORK/moved/other.git" HEAD "$SRV/current/other"
	is "$WORK/moved/other.git" "$(git -C ../platform.git/modules/other \
		config remote.origin.url)"
'

story 'an inner one, too' '
	mv "$LIBS/inner.git" moved/inner.git
	more_inner=$(git -C moved/inner.git commit-tree -p HEAD -m Next \
		"HEAD^{tree}")
	git -C moved/inner.git update-ref HEAD "$more_inner"
	(
		cd libs/lib
		git update-index --cacheinfo "160000,$more_inner,deep/inner"
		tick
		git commit -q -m "Next inner"
		git push -q ../lib.git HEAD
	)
	cd prod
	update_lib vendor/lib lib
	pushed "Next inner"
	has "submodule .vendor/lib/deep/inner. (.*) cannot be fetched" ../err
	sed -n "s/.*elsewhere, on the server: \(git -C .*\) URL/\1/p" ../err \
		>../typed
	sh -e -c "$(cat ../typed) $WORK/moved/inner.git"
	again
	deployed v1.0.0
'

story 'the owner of the platform may leave some empty' '
	cd prod
	on_server submodule.other.update none
	on_server submodule.vendor/lib.active false
	put empty.txt x
	git add empty.txt
	pushed Empty
	has "left empty other: submodule.other.update" ../err
	has "left empty vendor/lib: submodule.vendor/lib.active" ../err
	deployed v1.0.0
	rmdir ../srv/current/other ../srv/current/vendor/lib
	on_server --unset submodule.other.update
	on_server --unset submodule.vendor/lib.active
'

story 'what .gitmodules says of that counts if he says nothing' '
	cd prod
	git config -f .gitmodules submodule.other.update none
	git add .gitmodules
	pushed "None"
	has "left empty other: update in .gitmodules" ../err
	deployed v1.0.0
	rmdir ../srv/current/other
	on_server submodule.other.update checkout
	put none.txt x
	git add none.txt
	pushed "All the same"
	lacks "left empty" ../err
	same_tree "$WORK/moved/other.git" HEAD "$SRV/current/other"
'

story 'with metadata each can be asked for its version' '
	cp platform.git/info/gitupgrade.yaml saved
	sed "s|^  keep: 2|  keep: 2\n  metadata: true|" saved \
		>platform.git/info/gitupgrade.yaml
	cd prod
	put asked.txt x
	git add asked.txt
	pushed Ask
	cd ../srv/current/
	is "$(git -C "$WORK/prod" rev-parse HEAD:vendor/lib)" \
		"$(git -C vendor/lib rev-parse HEAD)"
	is lib-1 "$(git -C vendor/lib describe --tags --abbrev=0)"
	is "$(git -C vendor/lib rev-parse HEAD:deep/inner)" \
		"$(git -C vendor/lib/deep/inner rev-parse HEAD)"
	git submodule status --recursive >"$WORK/out"
	lacks "^[-+U]" "$WORK/out"
	is "" "$(git status --porcelain vendor other)"
	cp "$WORK/saved" "$WORK/platform.git/info/gitupgrade.yaml"
'

story 'two environments deploy the same at the same time' '
	printf "  staging:\n    deploy_to: %s\n" "$WORK/staging" \
		>>platform.git/info/gitupgrade.yaml
	rm -rf platform.git/modules
	cd prod
	git upgrade platform init ../platform.git
	on_server upgrade.submoduleBase "$WORK/moved/shop.git"
	git -C ../libs/lib submodule --quiet set-url deep/inner \
		"$WORK/moved/inner.git"
	git -C ../libs/lib add .gitmodules
	git -C ../libs/lib commit -q -m "Moved inner"
	git -C ../libs/lib push -q ../lib.git HEAD
	update_lib vendor/lib lib
	put both.txt x
	git add both.txt
	tick
	git commit -q -m Both
	git push platform HEAD:production HEAD:staging 2>../err
	platform_idle
	for dir in "$SRV" "$WORK/staging"
	do
		same_tree "$LIBS/lib.git" HEAD "$dir/current/vendor/lib"
		same_tree "$WORK/moved/inner.git" HEAD \
			"$dir/current/vendor/lib/deep/inner"
		same_tree "$WORK/moved/other.git" HEAD "$dir/current/other"
	done
	git -C ../platform.git/modules/vendor/lib fsck --strict
	find ../platform.git/modules -name "*.lock" ! -name upgrade.lock \
		>../locks
	same /dev/null ../locks
'

done_testing
