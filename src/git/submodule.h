/*
 * Submodules as a commit has them: where they are in its tree, and what its
 * .gitmodules says of them.
 *
 * That file comes from whoever may push, and so does every name and URL in
 * it.  Nothing of it is ever run.
 */
#ifndef GIT_SUBMODULE_H
#define GIT_SUBMODULE_H

#include <stddef.h>

#include "base/error.h"
#include "git/repo.h"

struct submodule {
	char *path;
	char *oid;		/* of the commit it is to be on */
	/* What .gitmodules says; NULL: nothing. */
	char *name, *url, *update;
};

struct submodule_list {
	struct submodule *v;
	size_t nr, alloc;
};

#define SUBMODULE_LIST_INIT { NULL, 0, 0 }

/* All that are in the tree; by path. */
int submodule_list_read(struct submodule_list *list, const struct repo *r,
			const char *commit, struct error *err);
void submodule_list_release(struct submodule_list *list);

/* What keeps one from using it, in words, or NULL. */
const char *submodule_name_trouble(const char *name);
const char *submodule_url_trouble(const char *url);

/*
 * As git finds it: `./` and `../` lead on from `base`, the URL of what the
 * submodule is in (NULL: unknown).  free().  NULL where that leads nowhere.
 */
char *submodule_url(const char *base, const char *url);
int submodule_url_is_relative(const char *url);

/*
 * Whether the configuration of `r`, that is of its owner, keeps it from being
 * checked out: the setting ("submodule.NAME.update"), free(), or NULL.  What
 * .gitmodules says of that counts where the owner says nothing.
 */
char *submodule_kept_out(const struct repo *r, const struct submodule *s);

#endif
