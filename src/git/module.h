/*
 * The repository of a submodule, kept in modules/NAME of what it is in: git's
 * own place for it, so that plain git finds its way there.
 *
 * It is bare, made in one rename, and only ever gets more: each commit that
 * was asked for is held by a ref, which is written when all that it needs is
 * there.  So a kill at any instant leaves what the next try goes on with.
 */
#ifndef GIT_MODULE_H
#define GIT_MODULE_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/*
 * Settings of the outermost repository that are about reaching others, about
 * filters, and about what survives a power cut: whoever looks after it sets
 * them there, and submodules are not to need them again.  They go by the
 * environment, as some are secrets.
 */
struct module_settings {
	struct strvec keys, values;
};

#define MODULE_SETTINGS_INIT { STRVEC_INIT, STRVEC_INIT }

int module_settings_read(struct module_settings *s, const struct repo *r,
			 struct error *err);
void module_settings_release(struct module_settings *s);

struct module {
	struct repo repo;
	size_t nr_settings;
};

#define MODULE_INIT { REPO_INIT, 0 }

/*
 * The repository of the submodule `name` of `r`, made if need be.  A name
 * that leads into another submodule's is refused.
 */
int module_open(struct module *m, const struct repo *r, const char *name,
		const struct module_settings *s, struct error *err);
void module_release(struct module *m);
/*
 * From now on whoever asks where it is from, as Git LFS does to check it out,
 * is told that; whatever was written down when it was fetched.
 */
void module_say_origin(struct module *m, const char *url);
/* Where it is, or would be; free(). */
char *module_path(const struct repo *r, const char *name);

struct module_wish {
	const char *url, *oid;
	long timeout;			/* seconds, of all of it */
};

/*
 * Have that commit here, with all it needs: 1 it was fetched, 0 it was here.
 * The protocols are those that git lets submodules use (protocol.allow in
 * git-config(1)), and nobody is asked anything.  ERROR_REFUSED: it is not
 * there; ERROR_FATAL: it cannot be had.
 */
int module_fetch(struct module *m, const struct module_wish *w,
		 struct error *err);

#endif
