#!/bin/sh
#
# Many clones push at once, with and without locks: one wins at a time, and
# each of the others is told who it was and what to do. RACE_CLONES says how
# many there are, by default 50.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

N=${RACE_CLONES:-50}
# So many take turns, one after the other.
FEW=5

# what: how often there is which event of production
what()
{
	git -C "$WORK_PLATFORM" log --format=%s \
		refs/upgrade/ledger/production >"$TRASH/tmp/subjects"
	sed 's/ .*//' "$TRASH/tmp/subjects" | sort | uniq -c |
	sed 's/^ *//' | tr '\n' ' ' | sed 's/ $//'
}

# each NR COMMAND...: run in clone/1 to clone/NR at once, with ID set; what
# they say and how they end is in out/ID, err/ID and rc/ID
each()
{
	each_nr=$1
	shift
	rm -rf "$WORK/out" "$WORK/err" "$WORK/rc"
	mkdir "$WORK/out" "$WORK/err" "$WORK/rc"
	for ID in $(seq "$each_nr")
	do
		(
			cd "$WORK/clone/$ID" || exit 1
			rc=0
			GIT_AUTHOR_NAME="Clone $ID" \
				GIT_COMMITTER_NAME="Clone $ID" \
				"$@" >"$WORK/out/$ID" 2>"$WORK/err/$ID" </dev/null ||
				rc=$?
			echo "$rc" >"$WORK/rc/$ID"
		) &
	done
	wait
}

# edit WORD: a commit of its own in every clone, on what the platform has
edit()
{
	for ID in $(seq "$N")
	do
		(
			cd "$WORK/clone/$ID" || exit 1
			git fetch -q platform production
			git reset -q --hard FETCH_HEAD
			echo "$1 $ID" >"clone-$ID.txt"
			git add "clone-$ID.txt"
			GIT_AUTHOR_NAME="Clone $ID" \
				git commit -q -m "$1 of clone $ID"
		)
	done
}

# those CODE: the clones that ended with it
those()
{
	grep -l -x "$1" "$WORK"/rc/* | sed 's|.*/||'
}

# won: by the branch there; the clone whose commit it is
won()
{
	git -C "$WORK_PLATFORM" log -1 --format=%an production |
	sed 's/^Clone //' # tap: ok
}

# told PATTERN FILE...: every file has such a line
told()
{
	told_pattern=$1
	shift
	for told_file
	do
		has "$told_pattern" "$told_file" || return 1
	done
}

story "set-up: a platform and $N clones of it" '
	draw_clone prod
	cd prod
	draw_platform
	expect_code 0 git upgrade push
	git upgrade status >/dev/null
	cd ..
	mkdir clone
	for ID in $(seq "$N")
	do
		cp -R prod "clone/$ID"
	done
'

story "$N push at once: one wins, and all others are told who and how" '
	edit First
	each "$N" git-upgrade push
	platform_idle
	winner=$(won)
	is "$winner" "$(those 0)"
	is "$((N - 1))" "$(those 2 | wc -l)"
	tip=$(git -C "$WORK_PLATFORM" rev-parse --short=7 production)
	rm "err/$winner"
	told "^error: .*$tip by Clone $winner (First of clone $winner)" err/*
	told "^hint: .*git pull --no-rebase [a-zA-Z]* production" err/*
	told "^Nothing was changed.$" err/*
	is "2 deployed" "$(what)"
'

story 'what they were told to type works' '
	loser=$(those 2 | head -n 1)
	cd "clone/$loser"
	typed=$(sed -n "s/^hint: .*\(git pull --no-rebase [A-Za-z]* production\).*/\1/p" "../../err/$loser" | sed "s/REMOTE/platform/")
	sh -c "GIT_EDITOR=: $typed" >../../out.pull 2>&1
	expect_code 0 git upgrade push
	is "3 deployed" "$(what)"
'

story "$N push by plain git: one wins, the platform tells the others" '
	edit Second
	# Their refs are read, and the winner is not there yet.
	each "$N" git push --no-verify -f -o upgrade-no-follow --porcelain \
		platform HEAD:production
	platform_idle
	winner=$(won)
	is "$((N - 1))" "$(those 1 | wc -l)"
	is "$winner" "$(those 0)"
	rm "out/$winner" "err/$winner"
	told "rejected\]" out/*
	# By the gate, or by git at the last moment
	grep -L "failed to update ref\|cannot lock ref\|incorrect old value" \
		out/* >late
	while read -r file
	do
		has "(fast-forward: production has ....... by Clone $winner (Second of clone $winner) now" \
			"$file"
		has "^remote: hint:   git pull --no-rebase" "err/${file#out/}"
	done <late
	is "4 deployed" "$(what)"
'

story "$N lock at once: one has it, and it is the only one recorded" '
	each "$N" git-upgrade lock --reason="a race"
	is 1 "$(those 0 | wc -l)"
	is "$((N - 1))" "$(those 2 | wc -l)"
	winner=$(those 0)
	rm "err/$winner"
	told "^error: production is locked by Clone $winner" err/*
	is "4 deployed 1 locked" "$(what)"
	find clone/*/.git/upgrade/held -type f >held
	has "^clone/$winner/" held
	is 1 "$(wc -l <held)"
	cp held lock
'

story "$N push while it is locked: who has the lock wins, always" '
	winner=$(cut -d / -f 2 lock)
	edit Third
	each "$N" git-upgrade push
	platform_idle
	is "$winner" "$(won)"
	is "$winner" "$(those 0)"
	is "$((N - 1))" "$(those 2 | wc -l)"
	rm "err/$winner"
	told "is locked by Clone $winner\|by Clone $winner (Third" err/*
	is "5 deployed 1 locked" "$(what)"
	git -C "clone/$winner" upgrade unlock
	is "5 deployed 1 locked 1 unlocked" "$(what)"
'

# Until it went through: whoever lost does as told, and waits for his turn.
by_turns()
{
	for i in $(seq 20)
	do
		git-upgrade push --lock-wait && return 0
		git pull -q --no-rebase --no-edit platform production ||
			return 1
	done
	return 1
}

story "$FEW wait for their turn: all get in, none in between" '
	edit Fourth
	each "$FEW" by_turns
	is "$FEW" "$(those 0 | wc -l)"
	for ID in $(seq "$FEW")
	do
		git -C "$WORK_PLATFORM" cat-file -e \
			"production:clone-$ID.txt"
		is "Fourth $ID" "$(git -C "$WORK_PLATFORM" cat-file -p \
			"production:clone-$ID.txt")"
	done
	is "$(ref verified/production)" \
		"$(git -C "$WORK_PLATFORM" rev-parse production)"
	is "" "$(ref locks/production)"
	git -C "$WORK_PLATFORM" log --reverse --format=%s \
		refs/upgrade/ledger/production >subjects
	# As often locked as unlocked, in turns; each deploy within
	sed -n "s/^\(locked\|unlocked\)$/\1/p" subjects | uniq -d >twice
	same /dev/null twice
	is "$(grep -c "^locked$" subjects)" "$(grep -c "^unlocked$" subjects)"
	is "$((5 + FEW))" "$(grep -c "^deployed" subjects)"
'

done_testing
