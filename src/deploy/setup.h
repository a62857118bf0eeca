/*
 * Making a platform, and bringing one that exists up to date.
 *
 * What is to be made is a value (struct platform_setup) that the caller
 * fills and may show; platform_setup_run() does it, in an order in which a
 * kill leaves something that the same call completes.
 */
#ifndef DEPLOY_SETUP_H
#define DEPLOY_SETUP_H

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/release.h"

struct platform_setup {
	char *dir;			/* absolute */
	/* Owned; `deploy_to` is absolute. */
	struct environment *environments;
	size_t nr, alloc;
	char *profile;			/* name of an embedded one */
	/*
	 * Or a text of its own; NULL.  With a name beside it, it is what the
	 * clone knows.
	 */
	char *profile_text;
	/* What the clone says of environments of these names; NULL. */
	const struct profile *known;	/* borrowed */
	char *upstream;			/* URL; NULL: unknown */
	const char *running;		/* release that runs already; NULL */
	/* Where the release list comes from; NULL: nowhere.  Borrowed. */
	const struct repo *clone;
	const struct release_list *releases;
	/* Filled by platform_setup_check(). */
	int exists;			/* it is a platform of ours already */
};

#define PLATFORM_SETUP_INIT { .dir = NULL }

void platform_setup_release(struct platform_setup *s);
/*
 * "NAME=BRANCH" or "NAME", its branch as the clone knows it, or else of the
 * same name.
 */
int platform_setup_add(struct platform_setup *s, const char *text,
		       struct error *err);
/* From where they are promoted, and what is their own, as a clone knows it. */
void platform_setup_promotions(struct platform_setup *s,
			       const struct profile *p);
/* Where they deploy to; `path` NULL: as it is known, or beside `dir`. */
void platform_setup_deploy_to(struct platform_setup *s, const char *path);
/* May it be made here?  Touches nothing. */
int platform_setup_check(struct platform_setup *s, struct error *err);
/* What info/gitupgrade.yaml of a new platform says. */
void platform_setup_config(const struct platform_setup *s, struct buf *out);
int platform_setup_run(const struct platform_setup *s,
		       const struct reporter *say, struct error *err);

#endif
