#!/bin/sh
#
# git upgrade show: the age of a release, and what its changelog says of it.

# shellcheck disable=SC1091,SC2016,SC2317
. "$(dirname "$0")/lib/tap.sh"

# release VERSION: of what is in upstream, tagged; and known to prod
release()
{
	git -C upstream add -A
	git -C upstream commit -q -m "Release $1"
	git -C upstream tag "$1"
	git -C prod upgrade fetch >fetched
}

story 'upstream writes a changelog' '
	git init -q upstream
	echo one >upstream/file
	git -C upstream add -A
	git -C upstream commit -q -m "The beginning"
	git -C upstream tag v1.0.0
	git clone -q upstream prod
	git -C prod checkout -q -b production
	cat >upstream/CHANGELOG.md <<-\EOT
	# Changelog
	## [1.1.0] - 2024-01-01
	### Fixed
	- What 1.0.0 broke

	## [1.0.0] - 2023-12-01
	- The first
	EOT
	release v1.1.0
'

story 'the section of the release stands below its message' '
	cd prod
	git upgrade show v1.1.0 >../out 2>../err
	sed -n "/^CHANGELOG/,/^1 commit/p" ../out >../section
	same - ../section <<-\EOT
	CHANGELOG.md:

	    ### Fixed
	    - What 1.0.0 broke

	1 commit would come in:
	EOT
	git upgrade show 1.1.0 --json >../json
	perl -MJSON::PP - ../json <<-\EOT
	local $/;
	open my $f, "<", shift or die;
	my $d = decode_json(<$f>);
	my $c = $d->{changelog};
	die unless $c->{file} eq "CHANGELOG.md" && !$c->{truncated};
	die unless $c->{text} eq "### Fixed\n- What 1.0.0 broke";
	die unless $d->{hops} == 1 && $d->{state} eq "next";
	die if defined $d->{tagged};
	EOT
'

story 'a release without one, and one that its changelog lacks' '
	cd prod
	git upgrade show 1.0.0 >../out 2>../err
	lacks "CHANGELOG" ../out
	cd ..
	echo two >upstream/file
	release v1.2.0
	cd prod
	git upgrade show 1.2.0 >../out 2>../err
	lacks "CHANGELOG" ../out
	git upgrade show 1.2.0 --json >../json
	has "\"changelog\": null" ../json
'

story 'how old it is' '
	now=$(date +%s)
	for days in 20 2 400
	do
		when=$((now - days * 86400))
		GIT_COMMITTER_DATE="@$when +0000" git -C upstream commit -q \
			--allow-empty -m "$days"
		git -C upstream tag "v1.3.$days"
	done
	cd prod
	git upgrade fetch
	git upgrade show 1.3.20 >../out 2>../err
	has "^v1.3.20 (generic), 20..-..-.., 3 weeks ago$" ../out
	git upgrade show 1.3.2 >../out 2>../err
	has ", 2 days ago$" ../out
	git upgrade show 1.3.400 >../out 2>../err
	has ", 13 months ago$" ../out
'

story 'a long one is cut, and says how to see the rest' '
	rm upstream/CHANGELOG.md
	{
		printf "Product 2.0.0\n=============\n\nNews\n----\n"
		i=0
		while [ $i -lt 200 ]
		do
			i=$((i + 1))
			echo "* Change $i"
		done
		printf "\nProduct 1.9.0\n=============\n\n* Old\n"
	} >upstream/ChangeLog.rst
	release v2.0.0
	cd prod
	git upgrade show 2.0.0 >../out 2>../err
	has "^    \* Change 98$" ../out
	lacks "Change 99" ../out
	has "^    ... and more: git show refs/upgrade/releases/v2.0.0:Ch" \
		../out
	more=$(sed -n "s/^.*and more: //p" ../out)
	$more >../rest
	has "^\* Old$" ../rest
	git upgrade show 2.0.0 --json >../json
	has "Change 200" ../json
	lacks "Old" ../json
'

story 'what is hostile in it does no harm' '
	esc=$(printf "\033")
	rm upstream/ChangeLog.rst
	{
		printf "# 3.0.0\n"
		echo "- ${esc}[31mred ${esc}]0;title"
		printf "%70000s\n" "" | tr " " x
		echo "- last"
	} >upstream/CHANGELOG
	release v3.0.0
	git -C prod upgrade show 3.0.0 >out 2>err
	has "^    - ?.31mred ?.0;title$" out
	lacks "$esc" out
	lacks "xxxx" out
	has "and more: git show" out
	# A link leads out of the tree; a folder is no file.
	rm upstream/CHANGELOG
	echo "# 3.0.1" >outside
	ln -s "$WORK/outside" upstream/CHANGELOG.md
	mkdir upstream/CHANGELOG
	echo "# 3.0.1" >upstream/CHANGELOG/file
	release v3.0.1
	git -C prod upgrade show 3.0.1 >out 2>err
	lacks "CHANGELOG" out
'

story 'a partial clone that is offline shows the rest' '
	git init -q -b main new
	git -C new commit -q --allow-empty -m "The beginning"
	git -C new tag v1.0.0
	printf "# 1.1.0\n- News\n" >new/CHANGELOG.md
	git -C new add -A
	git -C new commit -q -m "Release 1.1.0"
	git -C new tag v1.1.0
	git -C new config uploadpack.allowFilter true
	git clone -q --no-checkout --filter=blob:none "file://$WORK/new" part
	git -C part checkout -q -b production v1.0.0
	git -C part upgrade fetch
	mv new gone
	git -C part upgrade show 1.1.0 >out 2>err
	has "^v1.1.0 (generic)" out
	lacks "CHANGELOG" out
	mv gone new
	git -C part upgrade show 1.1.0 >out 2>err
	has "^    - News$" out
'

done_testing
