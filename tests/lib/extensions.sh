# Work on extensions in stories: what a clone says of it, asked of production
# while v1.1.0 is on the way there from v1.0.0. Source it after promote.sh.
#
#	by RULE...		what production says of extensions; the clone
#				alone is asked
#	sees PATTERN		what is at staging now is refused, for that
#	sees_nothing		it is let in
#	short REV		as messages name it

by()
{
	by_where=upgrade.environments.production.extensions
	git config --remove-section "$by_where" 2>"$WORK/ignored" || :
	for by_rule
	do
		git config --add "$by_where.${by_rule%%=*}" "${by_rule#*=}" ||
			return 1
	done
}

sees()
{
	sees_what="and work on extensions comes with it: $1"
	git upgrade push staging >"$WORK/out" 2>"$WORK/err" || return 1
	expect_code 2 git upgrade promote -n production >"$WORK/out" \
		2>"$WORK/err" &&
	has "^error: extensions: .* v1.0.0 -> v1.1.0 yet, $sees_what" \
		"$WORK/err"
}

sees_nothing()
{
	sees_what="v1.0.0 -> v1.1.0 brings no work on extensions"
	git upgrade push staging >"$WORK/out" 2>"$WORK/err" || return 1
	git upgrade promote -n production >"$WORK/out" 2>"$WORK/err" &&
	has "^  gates .*extensions ok ($sees_what)" "$WORK/err"
}

short()
{
	git rev-parse --short=7 "$1"
}
