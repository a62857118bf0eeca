/*
 * Kinds of files whose structure is known.  What a name says holds where
 * nobody says anything else (profile_kind_of() in model/profile.h).
 */
#ifndef DOC_RESOLVE_KIND_H
#define DOC_RESOLVE_KIND_H

enum resolve_kind {
	RESOLVE_NONE,			/* no structure that we know */
	RESOLVE_YAML,
	RESOLVE_JSON,
	RESOLVE_DOTENV,			/* KEY=VALUE, docker's and a shell's */
	RESOLVE_IGNORE			/* gitignore(5) and its like */
};

/* By the name of the file; `path` may have folders. */
enum resolve_kind resolve_kind_of(const char *path);
/* "yaml", "json", "dotenv", "ignore"; RESOLVE_NONE for any other. */
enum resolve_kind resolve_kind_named(const char *name);
const char *resolve_kind_name(enum resolve_kind kind);

#endif
