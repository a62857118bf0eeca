#!/bin/sh
#
# Repositories that are not plain: another hash, objects that are elsewhere or
# not here yet, history that was replaced.

# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/fidelity.sh"

story 'a SHA-256 repository' '
	fidelity_repo sha256 --object-format=sha256
	cd sha256
	fidelity_row mixed "$mixed"
	fidelity_row mixed_clean clean
	has "^commit $(git rev-parse 1.1.0)$" .gitupgrade.adopted
'

story 'objects in a repository beside this one, by an odd name' '
	fidelity_repo source
	cd source
	fidelity_draw mixed
	cd ..
	mv source "a:source \"quoted\""
	fidelity_repo borrower
	printf "%s\n" "\"$PWD/a:source \\\"quoted\\\"/.git/objects\"" \
		>borrower/.git/objects/info/alternates
	cd borrower
	git cat-file -e "$(git -C "../a:source \"quoted\"" rev-parse HEAD)"
	fidelity_row mixed "$mixed"
	fidelity_draw mixed_clean
	git upgrade plan --no-fetch 1.1.0 >../out
	has "no conflicts" ../out
'

story 'a separate git folder' '
	git init -q --separate-git-dir=apart.git apart
	git -C apart remote add origin https://upstream.example/product.git
	git -C apart config core.warnAmbiguousRefs false
	git -C apart symbolic-ref HEAD refs/heads/HEAD
	mkdir apart.fidelity
	cd apart
	fidelity_row mixed "$mixed"
'

# The operator has replaced what the release has in one file
special_replaced()
{
	git replace -f "$(git rev-parse refs/fidelity/true:dir/new)" \
		"$(echo replaced | git hash-object -w --stdin)"
}

story 'replaced objects count' '
	fidelity_repo replaced
	cd replaced
	# They are not what the index says.
	fidelity_touch=yes
	fidelity_row mixed_clean clean special_replaced
	is replaced "$(cat dir/new)"
'

# Grafts of the user: A is an ancestor of the release after all
grafted()
{
	echo "$(git rev-parse refs/fidelity/pinned) $(git rev-parse 1.0.0)" \
		>.git/info/grafts
}

story 'grafts of the user do not get in the way, and stay' '
	fidelity_repo grafts
	cd grafts
	git config advice.graftFileDeprecated false
	fidelity_row mixed "$mixed" grafted
	fidelity_row mixed_clean clean grafted
	has "$(git rev-parse 1.0.0)" .git/info/grafts
'

# partial OPTION...: a clone without contents, of what was drawn in full
partial()
{
	rm -rf part
	git clone -q --no-checkout --filter=blob:none "$@" \
		"file://$WORK/full" part
	git -C part config core.warnAmbiguousRefs false
	git -C part symbolic-ref HEAD refs/heads/production
	git -C part reset -q --hard
}

story 'a partial clone gets what it needs in few fetches' '
	fidelity_repo full
	cd full
	git config uploadpack.allowFilter true
	git config uploadpack.allowAnySHA1InWant true
	cp .git/config ../full.fidelity/config
	fidelity_draw mixed
	git branch production HEAD
	git symbolic-ref HEAD refs/heads/production
	cd ..
	partial
	cd part
	expect_code 1 env GIT_TRACE2_EVENT="$WORK/trace" \
		git upgrade merge --no-fetch --no-edit 1.1.0
	git ls-files -u >../stages
	is 5 "$(wc -l <../stages)"
	# A fetch of objects is an upload-pack each at the other side.
	grep -c "\"child_start\".*upload-pack" ../trace >../count ||
		has "^0" ../count
	cat ../count
	test "$(cat ../count)" -le 2
	git upgrade merge --abort
	is "" "$(git status --porcelain)"
'

story '... and what it makes is what the full one makes' '
	rm -rf whole
	cp -R full whole
	partial
	for r in whole part
	do
		expect_code 1 git -C $r upgrade merge --no-fetch --no-edit \
			1.1.0
		git -C $r ls-files -s >$r.index
		git -C $r status --porcelain=v2 >$r.status
	done
	same whole.index part.index
	same whole.status part.status
'

story 'when the rest of a partial clone cannot be had: as before' '
	partial
	cd part
	snapshot >../before
	mv ../full ../away
	code=0
	git upgrade merge --no-fetch --no-edit 1.1.0 2>../err || code=$?
	mv ../away ../full
	is 128 "$code"
	has "^Nothing was changed.$" ../err
	snapshot >../after
	same ../before ../after
	expect_code 1 git upgrade merge --no-fetch --no-edit 1.1.0
'

done_testing
