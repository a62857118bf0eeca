/*
 * Refs and history: what is asked of them in bulk.
 */
#ifndef GIT_REF_H
#define GIT_REF_H

#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "git/repo.h"

struct ref {
	char *name;		/* full */
	char *oid;
	char *type;		/* of that object: "commit", "tag", ... */
	/*
	 * What a tag object is on, one layer down in older gits; NULL where
	 * it is none.
	 */
	char *peeled;
	char *peeled_type;
};

struct ref_list {
	struct ref *v;
	size_t nr, alloc;
};

#define REF_LIST_INIT { NULL, 0, 0 }

/*
 * All refs below the prefixes (with a slash at the end), in one go and in
 * the order of their names.  The last argument is NULL.
 */
int ref_list_read(struct ref_list *list, const struct repo *r,
		  struct error *err, ...) __attribute__((sentinel));
void ref_list_release(struct ref_list *list);

/*
 * The same while one does other things: begin, and finish when they are
 * needed, or release when they are not.
 */
struct ref_asking {
	struct proc git;
};

#define REF_ASKING_INIT { PROC_INIT }

int ref_list_begin(struct ref_asking *a, const struct repo *r,
		   struct error *err, ...) __attribute__((sentinel));
int ref_list_finish(struct ref_asking *a, struct ref_list *list,
		    struct error *err);
void ref_asking_release(struct ref_asking *a);

/* The branch that is checked out, short; NULL when detached.  free(). */
char *head_branch(struct repo *r);
/* HEAD's commit; NULL when unborn.  free(). */
char *head_commit(struct repo *r);
/* 1 when `ancestor` is reachable from `commit`, 0 when not, -1. */
int commit_contains(const struct repo *r, const char *commit,
		    const char *ancestor, struct error *err);
/* Parents of a commit, in order; none where there is no such commit. */
int commit_parents(struct repo *r, const char *commit,
		   struct strvec *parents, struct error *err);
/* When it was committed; 0 of NULL and where there is no such commit. */
time_t commit_date(struct repo *r, const char *commit);
/* Shortest unique name of at least 7 digits; free(). */
char *commit_short(const struct repo *r, const char *commit);
/*
 * "1234567 by Olga Operator (Fix the gateway)", for people; as much of it as
 * can be told.  free().
 */
char *commit_described(const struct repo *r, const char *commit);
/* Lines of `git rev-list ARGS...`, the arguments up to NULL. */
int rev_list(const struct repo *r, struct strvec *lines, struct error *err,
	     ...) __attribute__((sentinel));
/* The same of a list of arguments. */
int rev_list_of(const struct repo *r, struct strvec *lines,
		const struct strvec *args, struct error *err);

#endif
