/*
 * Which release a commit is on: the one answer merge and every gate use.
 *
 * Where releases are branches, history tells a release by the newest commit
 * that both have: it is on the highest release whose share of it no earlier
 * release has.  (Release branches fork from each other, so what two of them
 * have in common is the earlier one's.)
 *
 * See "Finding A" in src/README.adoc for the reasons.  The record in the
 * tree decides; without one the highest final release merged into the
 * commit.  Tags of operators, `git describe` and guesses do not.
 */
#ifndef MODEL_ADOPTED_H
#define MODEL_ADOPTED_H

#include "base/error.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/record.h"
#include "model/release.h"

enum adopted_state {
	/* No record, no release merged. */
	ADOPTED_NONE,
	/* `release` is what the tree is on. */
	ADOPTED_KNOWN,
	/*
	 * `release` is the recorded one, but `later` was merged by hand:
	 * `git upgrade merge LATER` finishes it.  Both are the same where it
	 * was newer commits of that release.
	 */
	ADOPTED_UNFINISHED,
	/* The same, and that merge was reverted: only --from can tell. */
	ADOPTED_REVERTED
};

struct adopted {
	enum adopted_state state;
	int recorded;			/* there is a record */
	/*
	 * There was one, and it went with the first upgrade, which was
	 * reverted: the rest is what held before that.
	 */
	int taken_back;
	struct record record;
	/* Borrowed from the list.  NULL where the list lacks it. */
	const struct release *release;
	const struct release *later;
	/* The commit that brought `later`, or without a record `release`. */
	char *merge;
	/*
	 * Of that release what is merged, where it is a branch that may have
	 * gone on since; NULL: the release's own commit.
	 */
	char *base;
	/*
	 * The commit of `release` its files were on before `merge`, where
	 * there is no record and it is a branch; NULL: the release's own.
	 */
	char *before;
	/*
	 * Where the record began to say `release`, and which commit of it;
	 * NULL: none, unknown.
	 */
	char *start;
};

#define ADOPTED_INIT { .state = ADOPTED_NONE, .record = RECORD_INIT }

/*
 * Refuses (ERROR_REFUSED) where the history that tells is cut off, as in a
 * shallow clone: an answer could be wrong.
 */
int adopted_read(struct adopted *a, struct repo *r,
		 const struct release_list *list, const char *commit,
		 struct error *err);
/* 1 when adopted_read() would refuse for that reason, 0, -1. */
int adopted_is_cut(struct repo *r, const struct release_list *list,
		   const char *commit, struct error *err);
void adopted_release(struct adopted *a);
/* Unfinished or reverted: newer commits of the recorded release itself. */
int adopted_is_newer_commits(const struct adopted *a);
/* For people: what the record says, else the release; NULL.  free(). */
char *adopted_name(const struct adopted *a);
/* The same of a commit; NULL also when it is not here; free(). */
char *adopted_name_at(struct repo *r, const struct release_list *list,
		      const char *commit);
/* The same; of a release that is a branch, also which commit of it. */
char *adopted_shown_at(struct repo *r, const struct release_list *list,
		       const char *commit);
/*
 * The release whose tree is nearest to the commit's, for a message; NULL
 * when nothing is near.  `*files` gets the number of differing files.
 */
const struct release *adopted_nearest(struct repo *r,
				      const struct release_list *list,
				      const char *commit, size_t *files,
				      struct error *err);

#endif
