/*
 * The plan of an upgrade: everything it would do, as a value.
 *
 * `git upgrade plan` prints it and `git upgrade merge` carries it out, so a
 * prediction is the merge.  Computing it writes objects at most (into a
 * quarantine, when only predicting) and touches neither refs, index nor
 * files.
 */
#ifndef FLOW_PLAN_H
#define FLOW_PLAN_H

#include "base/error.h"
#include "flow/standing.h"
#include "git/mergetree.h"
#include "git/repo.h"
#include "model/product.h"
#include "model/record.h"
#include "upgrade/copies.h"
#include "upgrade/locks.h"
#include "upgrade/migrate.h"
#include "upgrade/replace.h"
#include "upgrade/structure.h"
#include "upgrade/without.h"

struct plan_request {
	struct repo *repo;
	const struct product *product;
	const char *release;		/* as the user named it */
	const char *from;		/* --from, or NULL */
	const struct strvec *confirmed;	/* --confirm-copy, may be NULL */
	const char *branch;		/* what markers call our side */
	const char *commit;		/* to merge into; NULL: HEAD */
	int lines_only;			/* leave conflicts as lines give them */
	const struct strvec *values;	/* --set, may be NULL */
};

/* Why something deserves a look; `text` is for people. */
struct plan {
	const struct release *from;	/* A; NULL never */
	const struct release *to;	/* B */
	struct standing standing;
	const char *head;		/* commit we are on; of `standing` */
	char *base;			/* what A's tree is read from */
	char *merge_base;		/* mostly `base`; not to finish */
	int finishing;			/* B was merged by hand already */
	struct replaced_list replaced;	/* before anything is merged */
	struct merge_result merge;	/* resolved, with copies worked in */
	struct strvec left_out;		/* as production does without it */
	struct lock_list locks;		/* both sides changed */
	struct structured_list structured;
	struct copy_list copies;
	struct migration_list migrations;	/* on top of `merge` */
	struct record record;		/* to be written */
	size_t upstream_files;		/* changed from A to B */
	size_t override_files;		/* changed from A to HEAD */
	size_t both_files;		/* changed by both */
	struct strvec resolved;		/* conflicts a copy rule answered */
	/*
	 * Paths nobody here touched that are not B's after all.  Empty
	 * unless git or a hand-made merge went wrong.
	 */
	struct strvec stale;
	struct strvec warnings;
	int steps;			/* steps would run */
	/* "NAME: PROGRAM": what is not here, so that they would not. */
	struct strvec missing;
};

#define PLAN_INIT { .standing = STANDING_INIT, .merge = MERGE_RESULT_INIT, \
		    .replaced = REPLACED_LIST_INIT, \
		    .left_out = STRVEC_INIT, \
		    .locks = LOCK_LIST_INIT, \
		    .structured = STRUCTURED_LIST_INIT, \
		    .copies = COPY_LIST_INIT, \
		    .migrations = MIGRATION_LIST_INIT, \
		    .record = RECORD_INIT, \
		    .resolved = STRVEC_INIT, .stale = STRVEC_INIT, \
		    .warnings = STRVEC_INIT, .missing = STRVEC_INIT }

/*
 * Find A, check the path, merge in memory, bring copies along, migrate.
 * Refuses (ERROR_REFUSED) an unknown release, an illegal hop, a downgrade, a
 * release adopted already, and where A is not known.
 */
int plan_compute(struct plan *p, const struct plan_request *req,
		 struct error *err);
/*
 * The same for who only looks: what a merge of `to` would make of what `s` is
 * about, whether or not it is a legal hop.  `s` is taken over; of `req` its
 * release, `from` and `commit` are not asked for.
 */
int plan_foresee(struct plan *p, const struct plan_request *req,
		 struct standing *s, const struct release *to,
		 struct error *err);
void plan_release(struct plan *p);
/*
 * The migrations once more, with other values than those plan_compute() knew.
 * Where there are conflicts they are a forecast: what waits for those is made
 * when they are resolved.
 */
int plan_migrate(struct plan *p, const struct plan_request *req,
		 struct error *err);
/* What the steps begin with: merged and migrated. */
const char *plan_tree(const struct plan *p);
/*
 * A, ours and B as they are merged, with their replacements; to be compared.
 * Where B was merged by hand, as they are.
 */
const char *plan_base(const struct plan *p);
const char *plan_ours(const struct plan *p);
const char *plan_theirs(const struct plan *p);
/*
 * The names of the hops from A to the release, itself last: one where that
 * is a legal hop.  A release that was merged by hand is finished first.
 * Refuses as plan_compute() does, but where there is a path.
 */
int plan_hops(struct strvec *hops, const struct plan_request *req,
	      struct error *err);
/* Conflicted paths, sorted. */
void plan_conflicts(const struct plan *p, struct strvec *paths);

#endif
