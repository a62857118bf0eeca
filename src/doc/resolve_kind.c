#include "doc/resolve_kind.h"

#include "base/file.h"
#include "base/mem.h"

#include <fnmatch.h>
#include <string.h>

static const struct {
	const char *pattern;		/* of the file's own name */
	enum resolve_kind kind;
} kinds[] = {
	{ "*.yml", RESOLVE_YAML },
	{ "*.yaml", RESOLVE_YAML },
	{ "*.yml.*", RESOLVE_YAML },	/* .template, .dist, .example */
	{ "*.yaml.*", RESOLVE_YAML },
	{ "*.json", RESOLVE_JSON },
	{ ".env", RESOLVE_DOTENV },
	{ ".env.*", RESOLVE_DOTENV },
	{ ".env-*", RESOLVE_DOTENV },
	{ "*.env", RESOLVE_DOTENV },
	{ "*.env.*", RESOLVE_DOTENV },
	{ ".gitignore", RESOLVE_IGNORE },
	{ ".dockerignore", RESOLVE_IGNORE },
	{ ".helmignore", RESOLVE_IGNORE },
	{ ".npmignore", RESOLVE_IGNORE },
	{ ".eslintignore", RESOLVE_IGNORE },
	{ ".prettierignore", RESOLVE_IGNORE },
};

static const char *const kind_names[] = {
	[RESOLVE_NONE] = "none",
	[RESOLVE_YAML] = "yaml",
	[RESOLVE_JSON] = "json",
	[RESOLVE_DOTENV] = "dotenv",
	[RESOLVE_IGNORE] = "ignore",
};

enum resolve_kind resolve_kind_of(const char *path)
{
	const char *name = path_base(path);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!fnmatch(kinds[i].pattern, name, 0))
			return kinds[i].kind;
	return RESOLVE_NONE;
}

enum resolve_kind resolve_kind_named(const char *name)
{
	for (size_t i = RESOLVE_YAML; i < ARRAY_SIZE(kind_names); i++)
		if (!strcmp(name, kind_names[i]))
			return (enum resolve_kind)i;
	return RESOLVE_NONE;
}

const char *resolve_kind_name(enum resolve_kind kind)
{
	return kind_names[kind];
}
