#!/bin/sh
#
# One file, by hand and as a merge driver of git.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"

# three NAME: base, ours and theirs of a file whose lines conflict
three()
{
	printf 'web:\n  image: web:1\n  debug: no\n' >base
	printf 'web:\n  image: web:1\n  restart: always\n  debug: no\n' >"$1"
	printf 'web:\n  image: web:2\n  debug: no\n' >theirs
}

story 'by key where lines conflict' '
	three ours.yml
	chmod 640 ours.yml
	git upgrade merge-file base ours.yml theirs 2>err
	printf "web:\n  image: web:2\n  restart: always\n  debug: no\n" >expect
	same expect ours.yml
	is 640 "$(stat -c %a ours.yml)"
	test ! -s err
'

story 'by lines where these do not' '
	printf "%s\n" "b: 1" "c: 2" "d: 3" "[" >base
	printf "%s\n" "b: 0" "c: 2" "d: 3" "[" >ours.yml
	printf "%s\n" "b: 1" "c: 2" "d: 4" "[" >theirs
	git upgrade merge-file base ours.yml theirs
	printf "%s\n" "b: 0" "c: 2" "d: 4" "[" >expect
	same expect ours.yml
'

story 'what is left: 1, and markers around the key' '
	three ours.yml
	sed "s/web:1/web:mine/" ours.yml >new
	mv new ours.yml
	expect_code 1 git upgrade merge-file base ours.yml theirs 9 2>err
	is "CONFLICT: ours.yml, web.image" "$(cat err)"
	cat >expect <<-\EOT
	web:
	<<<<<<<<< ours
	  image: web:mine
	=========
	  image: web:2
	>>>>>>>>> theirs
	  restart: always
	  debug: no
	EOT
	same expect ours.yml
'

story 'what does not read, or is of no kind we know: the lines' '
	for name in ours.txt ours.yml
	do
		three "$name"
		echo "]" >>"$name"
		cp "$name" ours
		expect_code 1 git upgrade merge-file base "$name" theirs \
			2>err
		is "CONFLICT: $name, 1 of lines" "$(cat err)"
		git merge-file -p -L ours -L base -L theirs ours base theirs \
			>expect || :
		same expect "$name"
	done
'

story 'the type is told by the path, or by --type' '
	three ours.tmp
	git upgrade merge-file base ours.tmp theirs 7 config/web.yaml
	has "image: web:2" ours.tmp
	three ours.tmp
	git upgrade merge-file --type=yaml base ours.tmp theirs
	has "image: web:2" ours.tmp
	three ours.tmp
	expect_code 1 git upgrade merge-file base ours.tmp theirs 2>err
'

story 'more than 128: nothing was changed' '
	three ours.yml
	cp ours.yml before
	expect_code 128 git upgrade merge-file base ours.yml nowhere 2>err
	has "nowhere" err
	has "^Nothing was changed.$" err
	expect_code 129 git upgrade merge-file --type=xml base ours.yml theirs \
		2>err
	has "there are yaml, json, dotenv and ignore" err
	expect_code 129 git upgrade merge-file base ours.yml theirs seven 2>err
	expect_code 129 git upgrade merge-file base ours.yml 2>err
	printf "a\\0b" >theirs
	expect_code 128 git upgrade merge-file base ours.yml theirs 2>err
	has "is binary" err
	same before ours.yml
	three ours.yml
	mkdir -p sealed
	cp base ours.yml theirs sealed
	ulimit -f 0
	trap "" XFSZ
	expect_code 128 git upgrade merge-file sealed/base sealed/ours.yml \
		sealed/theirs 2>/dev/null
	ulimit -f unlimited || :
	same before sealed/ours.yml
'

story 'as a driver: merge, rebase and cherry-pick' '
	git init -q -b main repo
	cd repo
	cp ../base docker.yml
	git add docker.yml
	commit Base
	git checkout -q -b ours
	three docker.yml
	mv theirs base ..
	git commit -q -a -m Ours
	git checkout -q -b theirs main
	cp ../theirs docker.yml
	git commit -q -a -m Theirs
	git checkout -q ours
	git config merge.upgrade.driver \
		"git upgrade merge-file %O %A %B %L %P"
	echo "*.yml merge=upgrade" >.git/info/attributes
	printf "web:\n  image: web:2\n  restart: always\n  debug: no\n" \
		>../expect
	for way in "merge --no-edit" rebase cherry-pick
	do
		git checkout -q -B try ours
		git $way theirs >../out 2>&1
		same ../expect docker.yml
		is "" "$(git status --porcelain)"
	done
'

story 'the manual says what -h says' '
	git upgrade merge-file -h >help || :
	sed -n "s/^usage: //p" help >expect
	sed -n "/^.Sh MERGE DRIVER/,/^.Ed/p" \
		"$TESTS_DIR/../Documentation/git-upgrade.1" |
		sed -n "s/\\\\-/-/g; /^git upgrade/p" >manual
	same expect manual
'

done_testing
