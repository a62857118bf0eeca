/*
 * A repository, and git run in it.
 *
 * repo_open() finds the repository as git does from a folder; with a NULL
 * folder from here, with the environment git gave us (GIT_DIR and friends).
 * With a folder named, the repository is another one: git's local variables
 * and those a hook leaks (GIT_QUARANTINE_PATH, author dates, push
 * options...) are removed from every git run in it.
 *
 * Every git process runs in the top of the work tree (in the git folder of a
 * bare repository), so paths given to it are relative to the top.
 */
#ifndef GIT_REPO_H
#define GIT_REPO_H

#include <stddef.h>

#include "base/error.h"
#include "base/proc.h"

struct repo {
	char *git_dir;		/* absolute; of a linked work tree its own */
	char *common_dir;	/* absolute */
	char *work_tree;	/* absolute; NULL when bare */
	char *prefix;		/* from the top to where we are, "" or "a/b/" */
	size_t hexsz;		/* 40 or 64 */
	int foreign;		/* opened by name: clear local variables */
	/* More environment for every git run here: "NAME=VALUE", "NAME". */
	struct strvec env;
	struct repo_settings *settings;	/* its configuration, once read */
	/*
	 * Of git, started when needed: cat-file, diff-tree, mktree and
	 * hash-object.
	 */
	struct conversation objects, diffs, trees, blobs;
	struct tree_answers *answers;	/* what diff-tree said: git/tree.h */
};

#define REPO_INIT { NULL, NULL, NULL, NULL, 40, 0, STRVEC_INIT, NULL, \
		    CONVERSATION_INIT, CONVERSATION_INIT, CONVERSATION_INIT, \
		    CONVERSATION_INIT, NULL }

int repo_open(struct repo *r, const char *dir, struct error *err);
void repo_release(struct repo *r);
/*
 * The same repository with more in its environment: `env` can be added to,
 * conversations are its own.  Names and settings are borrowed.
 */
struct repo repo_derive(const struct repo *r);
void repo_derived_release(struct repo *r);
/*
 * Forget the programs that are running, as after an interrupt that will have
 * killed them, or a change of `env`; the next question starts another.
 */
void repo_disconnect(struct repo *r);
/* An absolute path under the git folder; free(). */
char *repo_path(const struct repo *r, const char *name);
/* As `git rev-parse --git-path`: shared or per work tree; free(). */
char *repo_git_path(const struct repo *r, const char *name,
		    struct error *err);
const char *repo_top(const struct repo *r);
/*
 * A new folder $GIT_DIR/upgrade/tmp-PID-XXXXXX for a computation; remove it
 * with remove_tree().  What processes that were killed left there goes on
 * the way.  NULL on error; free().
 */
char *repo_temp_dir(const struct repo *r, struct error *err);
void repo_sweep_temp(const struct repo *r);

/* `env` gets what keeps another repository's git from seeing ours. */
void repo_clear_env(struct strvec *env);
/* "git" and the arguments up to NULL, set to run in `r`. */
void git_proc(struct proc *p, const struct repo *r, ...)
	__attribute__((sentinel));

/*
 * Run git and demand exit 0.  `out` collects the output (NULL: thrown away);
 * what git says on stderr becomes the error message.  The last argument is
 * NULL.
 */
int git_run(const struct repo *r, struct buf *out, struct error *err, ...)
	__attribute__((sentinel));
/* The same with input for git. */
int git_feed(const struct repo *r, const struct buf *in, struct buf *out,
	     struct error *err, ...) __attribute__((sentinel));
/* Exit code of git, output collected, stderr dropped; -1: could not run. */
int git_try(const struct repo *r, struct buf *out, struct error *err, ...)
	__attribute__((sentinel));
/* As git_run(), its output without the line end; free().  NULL on error. */
char *git_line(const struct repo *r, struct error *err, ...)
	__attribute__((sentinel));
/* Run a prepared git and turn a failure into an error. */
int git_check(struct proc *p, struct error *err);
/* The same in two steps; its output is collected. */
int git_begin(struct proc *p, struct error *err);
int git_finish(struct proc *p, struct buf *out, struct error *err);
/* The error of a git that has ended so, from what it `said`; -1. */
int git_failed(const char *command, int status, struct buf *said,
	       struct error *err);
/*
 * A lock of the repository that git says it could not remove is gone
 * afterwards, if it can be: of that git only warns, and every later git would
 * find it.  git_run() and its like do so; this is for who reads what git has
 * said himself.
 */
void git_drop_locks(const struct repo *r, const char *said);
/* "warning: unable to unlink 'NAME': REASON": NAME, or NULL; free(). */
char *git_unremoved(const char *line);

/*
 * git config.  All of it is read once, when the first value is asked for;
 * whoever changes it says so with repo_config_forget().
 */
/* Have git read it while one does something else. */
void repo_config_begin(const struct repo *r);
/* The value, "true" for a key without one; NULL when unset.  free(). */
char *repo_config(const struct repo *r, const char *key);
/* A value as git reads booleans; whatever it does not know is true. */
int git_bool(const char *value);
int repo_config_bool(const struct repo *r, const char *key, int fallback);
/*
 * All settings whose key begins with `prefix`, in the order of the files: of
 * equal keys the last one counts.  Section and variable are in lower case.
 */
int repo_config_list(const struct repo *r, const char *prefix,
		     struct strvec *keys, struct strvec *values,
		     struct error *err);
void repo_config_forget(const struct repo *r);

int oid_is_null(const char *oid);
/* All of an object's name, SHA-1 or SHA-256, in lower case. */
int oid_is_valid(const char *oid);

#endif
