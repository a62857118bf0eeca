/*
 * The schema of work on extensions: how it is told from all else.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What is left of it, where a star is a letter, is the name of one. */
static int check_branches(struct reader *r, const struct value *v,
			  const char *text)
{
	char *name = xstrdup(text);
	int ret = 0;

	for (char *s = name; *s; s++)
		if (strchr("*?", *s))
			*s = 'x';
	if (!profile_is_branch(name))
		ret = schema_fail(r, v, "expected the name of a branch, or a "
				  "pattern of such (extension/*), not '%s'",
				  text);
	free(name);
	return ret;
}

static int check_trailer(struct reader *r, const struct value *v,
			 const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (strchr(letters, *text) &&
	    !text[strspn(text, "-0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return 0;
	return schema_fail(r, v, "expected the key of a trailer (Extension), "
			   "not '%s'", text);
}

const struct field profile_extensions_fields[] = {
	{ FIELD(TEXTS, "branches", extension_rules, branches),
	  .check = check_branches },
	{ FIELD(TEXTS, "trailers", extension_rules, trailers),
	  .check = check_trailer },
	{ FIELD(TEXTS, "paths", extension_rules, paths),
	  .check = check_paths },
	FIELD_END
};

int profile_has_extensions(const struct environment *env)
{
	const struct extension_rules *rules = &env->extensions;

	return rules->branches.nr || rules->trailers.nr || rules->paths.nr;
}

/*
 * What lies in a folder that it matches is meant as well, and a submodule is
 * one, however that is written: a rule that sees nothing lets everything in.
 */
static int matches(const char *pattern, const char *path)
{
	size_t len = strlen(pattern);
	char *bare = xstrndup(pattern, ends_with(pattern, "/") ? len - 1 : len);
	char *at = xstrdup(path), *slash;
	int ret = path_match(bare, at);

	while (!ret && (slash = strrchr(at, '/'))) {
		*slash = '\0';
		ret = path_match(bare, at);
	}
	free(at);
	free(bare);
	return ret;
}

static const char *find_match(const struct strvec *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->nr; i++)
		if (matches(patterns->v[i], path))
			return patterns->v[i];
	return NULL;
}

const char *profile_extension_path(const struct environment *env,
				   const char *path)
{
	return find_match(&env->extensions.paths, path);
}

const char *profile_extension_branch(const struct environment *env,
				     const char *branch)
{
	return find_match(&env->extensions.branches, branch);
}
