#!/bin/sh
#
# What is in the folder of an environment that is torn down, and is not ours:
# links in the place of folders, what is mounted there, and odd names.

# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2034,SC2317
. "$(dirname "$0")/lib/tap.sh"
. "$TESTS_DIR/lib/draw.sh"
. "$TESTS_DIR/lib/platform.sh"

# draw_served NAME: a clone NAME, and a cd into it; a platform of that name,
# which serves
draw_served()
{
	WORK_PLATFORM=$WORK/$1.git
	SRV=$WORK/$1-srv
	draw_clone "$1" &&
	cd "$1" &&
	draw_platform &&
	git upgrade push &&
	platform_idle &&
	mkdir -p "$SRV/shared/data/files" &&
	echo upload >"$SRV/shared/data/files/photo"
}

remove()
{
	git upgrade platform remove "$@" "$WORK_PLATFORM"
}

# elsewhere NAME: that folder is on another disk, behind a link
elsewhere()
{
	mkdir -p "$WORK/disk"
	mv "$SRV/$1" "$WORK/disk/"
	ln -s "$WORK/disk/$1" "$SRV/$1"
}

story 'where a link leads in the place of shared/, nothing goes' '
	draw_served link
	elsewhere shared
	elsewhere releases
	expect_code 0 remove -n --with-shared >../out 2>../err
	has "^  stays      $SRV/shared: no platform made it$" ../err
	has "^  stays      $SRV/releases: no platform made it$" ../err
	lacks "goes .*shared" ../err
	expect_code 0 remove --yes --with-shared >../out 2>../err
	is upload "$(cat "$SRV/shared/data/files/photo")"
	is "" "$(find ../disk/releases -mindepth 1)"
	[ -L "$SRV/releases" ]
	missing "$SRV/current" "$SRV/.platform"
'

story 'a name is shown in one line, without what a terminal obeys' '
	draw_served odd
	name=$(printf "odd\n  goes       nothing\033[31m\377")
	: >"$SRV/$name"
	: >"$SRV/releases/$name"
	expect_code 0 remove -n >../out 2>../err
	has "^  stays      $SRV/odd.  goes  *nothing.\[31m.: no platform" ../err
	has "^  stays      $SRV/releases/odd.  goes  *nothing" ../err
	lacks "^  goes       nothing" ../err
	expect_code 0 remove --yes --json >../out 2>../err
	exists "$SRV/$name" "$SRV/releases/$name"
	missing "$SRV/current" "$SRV/.platform"
'

story 'many releases, and a name of ours that another made' '
	draw_served many
	release=$(readlink -f "$SRV/current")
	for n in $(seq 100 350)
	do
		mkdir "$SRV/releases/20200101T000000.$n-0123456789ab"
	done
	mkdir "$SRV/releases/by-hand"
	expect_code 0 remove --yes >../out 2>../err
	has "^  goes       $SRV/releases: 252$" ../err
	missing "$release"
	is by-hand "$(ls "$SRV/releases")"
'

story 'a folder that is not there now is named' '
	draw_served away
	mv "$SRV" "$SRV.away"
	expect_code 0 remove -n >../out 2>../err
	has "^  stays      what was deployed to $SRV: that is not there now, mount it if it is to go$" \
		../err
	mkdir "$SRV"
	expect_code 0 remove -n >../out 2>../err
	has "^  stays      $SRV: nothing in it is this platform.s, mount it if that should be$" \
		../err
	rmdir "$SRV"
	expect_code 0 remove --yes >../out 2>../err
	exists "$SRV.away/current/VERSION"
	mv "$SRV.away" "$SRV"
	cp "$WORK_PLATFORM/info/removed-production.yaml" \
		"$WORK_PLATFORM/info/gitupgrade.yaml"
	git upgrade platform init "$WORK_PLATFORM"
	expect_code 0 remove --yes >../out 2>../err
	missing "$SRV/current" "$SRV/releases"
'

if unshare -m mount --bind "$WORK" "$WORK" 2>/dev/null
then
	story 'what is mounted in a release is left alone' '
		draw_served mount
		release=$(readlink -f "$SRV/current")
		mkdir ../media "$release/media"
		echo photo >../media/photo
		cat >../mounted <<-EOT
		mount --bind "$WORK/media" "$release/media" || exit 99
		git upgrade platform remove --yes "$WORK_PLATFORM"
		EOT
		expect_code 2 unshare -m sh ../mounted >../out 2>../err
		has "something is mounted at .$release/media., and was left alone$" ../err
		has "^hint: when it may go, type \"umount .$release/media.\"$" \
			../err
		is photo "$(cat ../media/photo)"
		expect_code 0 remove --yes >../out 2>../err
		is photo "$(cat ../media/photo)"
		missing "$SRV/releases"
	'
else
	skip 'what is mounted in a release is left alone' 'nothing to mount'
fi

done_testing
