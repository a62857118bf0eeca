# Products whose releases are branches, drawn with plain git in the folder
# `upstream`. Source it after tap.sh.
#
#	release_branch NAME [FROM]	a branch with a commit of its own
#	release_commit BRANCH MESSAGE	one more on it
#	tip BRANCH			its commit
#	profile <YAML			the profile of the repository here
#	branches			the one of what these stories draw

release_branch()
{
	git -C upstream switch -q -c "$1" ${2:+"$2"}
	release_commit "$1" "Release $1"
}

release_commit()
{
	git -C upstream switch -q "$1"
	tick
	echo "$2" >>upstream/composer.lock
	echo "$1" >upstream/version
	git -C upstream add -A
	git -C upstream commit -q -m "$2"
}

tip()
{
	git -C "$WORK/upstream" rev-parse "$1"
}

profile()
{
	cat >"$WORK/template.yaml"
	git config upgrade.profile "$WORK/template.yaml"
}

branches()
{
	profile <<-\EOT
	format: 1
	name: template
	releases:
	  scheme: composer
	  from: branches
	  final: '^[0-9.]+$'
	  pre: '^[0-9.]+-(alpha|beta)$'
	EOT
}
