/*
 * The releases of upstream, read in one go.
 *
 * They come from refs/upgrade/releases/ (what `fetch` stored), or before the
 * first fetch from refs/tags/ (where releases are branches, from
 * refs/remotes/UPSTREAM/), filtered by the profile's patterns and sorted by
 * its version scheme, oldest first.  Pre-releases are in the list, marked;
 * nothing takes them unless they are named exactly.
 *
 * A release that is a branch goes on: its commit is where the branch was when
 * it was last fetched.  What a production is on is a commit of it, and that
 * the record or history tells, not the list.
 */
#ifndef MODEL_RELEASE_H
#define MODEL_RELEASE_H

#include <stddef.h>

#include "base/error.h"
#include "git/ref.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/version.h"

struct release {
	char *name;		/* of the tag or branch, as people type it */
	char *ref;		/* full name of the ref it was read from */
	char *object;		/* what the ref points to (a tag or commit) */
	char *commit;		/* peeled; NULL: the tag is on no commit */
	char *type;		/* what it peels to: "commit", "blob", ... */
	/*
	 * What upstream has under that name now, where it moved a tag or
	 * rewrote a branch; NULL as a rule.
	 */
	char *moved;
	struct version version;	/* its `pre` points into `name` */
	int prerelease;
	/*
	 * Its place among the minors of the list, for path rules: how many
	 * minors with a final release come before it, whether it has one
	 * itself, and whether it is the first or (of those with a final
	 * release) the last of its major.
	 */
	size_t minors_before;
	int final_minor, first_minor, last_minor;
};

struct release_list {
	struct release *v;
	size_t nr, alloc;
	char *refs;		/* the prefix of their refs */
	enum release_source source;
	/* What of the profile chose and sorted them. */
	enum version_scheme scheme;
	char *final_pattern, *pre_pattern;
};

#define RELEASE_LIST_INIT { .source = RELEASES_ARE_TAGS }

/*
 * `unfetched`: the prefix of the refs to read as long as nothing was fetched;
 * NULL: then there is none.
 */
int release_list_read(struct release_list *list, struct repo *r,
		      const struct profile *p, const char *unfetched,
		      struct error *err);
/*
 * The same by refs that were read already: at least those below the two
 * prefixes that follow.
 */
int release_list_take(struct release_list *list, struct repo *r,
		      const struct profile *p, const struct ref_list *refs,
		      const char *unfetched, struct error *err);
/*
 * For tests and for path rules without a repository: names only, no commits.
 * A name that is no release is left out.
 */
void release_list_of_names(struct release_list *list,
			   const struct profile *p, char *const *names);
void release_list_release(struct release_list *list);
/* Would reading the refs again with these two give the same? */
int release_list_fits(const struct release_list *list,
		      const struct profile *p, const char *unfetched);
/* The prefix under which `fetch` keeps upstream's releases ... */
#define RELEASE_REFS "refs/upgrade/releases/"
/* ... and those that upstream moved to elsewhere, and nobody accepted. */
#define RELEASE_MOVED_REFS "refs/upgrade/moved/"

/*
 * Whether a tag's name is a release by the profile's patterns; made once for
 * many names.
 */
struct release_filter {
	enum version_scheme scheme;
	regex_t final, pre;
	int has_pre;
};

int release_filter_init(struct release_filter *f, const struct profile *p,
			struct error *err);
void release_filter_release(struct release_filter *f);
/* 0: no release, 1: a final one, 2: a pre-release. */
int release_filter_match(const struct release_filter *f, const char *name,
			 struct version *version);

/* Exact name, with or without a leading `v`; NULL when there is none. */
const struct release *release_find(const struct release_list *list,
				   const char *name);
/* The final release whose name is nearest to a mistyped one, or NULL. */
const struct release *release_nearest_name(const struct release_list *list,
					   const char *name);
/*
 * -1 with a refusal that says how to look at it and how to accept it, when
 * upstream moved the release to elsewhere since it was fetched.
 */
int release_demand_unmoved(const struct release *release, struct error *err);
/*
 * The release a user named, fit to be merged: it exists, is on a commit.
 * The error suggests the nearest name and says what to type.
 */
const struct release *release_named(const struct release_list *list,
				    const char *name, struct error *err);

#endif
