/*
 * git upgrade init: look at a clone, say what it is, and commit that.
 *
 *	init_compute()	what there is, and what would be written; a value
 *	init_commit()	write it: one commit of at most two files
 *
 * The two files are `.gitupgrade.yaml` and, where the release the branch is
 * on is certain, the record `.gitupgrade.adopted`.  Nothing is guessed: what
 * only looks like something is suggested, with what to type.
 *
 * init_commit() goes through states each of which is one of plain git's, so
 * that whoever was killed in one can go on by hand, or by the same command
 * again: the files staged; the files in the work tree; the commit, made by
 * git itself, with its hooks and signature, of HEAD and these files alone.
 * What the user had staged stays staged.
 */
#ifndef FLOW_INIT_H
#define FLOW_INIT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/report.h"
#include "git/repo.h"
#include "model/adopted.h"
#include "model/product.h"
#include "model/record.h"
#include "state/remote.h"
#include "upgrade/copies.h"

struct init_request {
	struct repo *repo;
	const char *profile;		/* --profile, or NULL */
	const char *upstream;		/* --upstream: URL or remote, or NULL */
	const char *from;		/* --from, or NULL */
	const char *deploy;		/* --deploy: a way, a driver; NULL */
	const struct strvec *confirmed;	/* --confirm-copy */
	int fetch;			/* ask upstream for its releases */
};

enum init_release {
	INIT_UNKNOWN,			/* `near` may be a guess */
	INIT_DOUBTFUL,			/* by history `release`, else `near` */
	INIT_UNFINISHED,		/* `later` was merged by hand */
	INIT_REVERTED,			/* and that merge was reverted */
	INIT_MERGED,			/* certain by history */
	INIT_NAMED,			/* by --from */
	INIT_RECORDED			/* the record is there already */
};

struct init_plan {
	char *head, *branch;
	struct product product;		/* as it will be */
	/* "detected", "git config upgrade.profile" ...: why it is this one. */
	char *profile_why, *upstream_why;
	struct buf config;		/* the text of the file */
	/* What is there: 0 nothing, 1 the same, 2 another; `old` its text. */
	int config_there;
	struct buf old;
	int is_upstreams;		/* upstream publishes the branch */
	int ignored;			/* our files: added all the same */
	struct env_list environments;	/* that the file has */
	struct strvec suggested;	/* branches that look like one */
	enum init_release how;
	struct adopted adopted;
	const struct release *release;	/* A; NULL: unknown */
	const struct release *near;	/* the one the files are nearest to */
	size_t files, near_files;	/* that differ from either */
	struct copy_list copies;
	struct record record;
	int writes_record, writes_config;
};

#define INIT_PLAN_INIT { .product = PRODUCT_INIT, .config = BUF_INIT, \
			 .old = BUF_INIT, .environments = ENV_LIST_INIT, \
			 .suggested = STRVEC_INIT, \
			 .adopted = ADOPTED_INIT, .copies = COPY_LIST_INIT, \
			 .record = RECORD_INIT }

/*
 * Refuses (ERROR_REFUSED) where there is no branch or no commit, while an
 * operation is in progress, and a driver for what is no environment.  Writes
 * nothing but the releases it fetches; `say` gets warnings.
 */
int init_compute(struct init_plan *p, const struct init_request *req,
		 const struct reporter *say, struct error *err);
/*
 * The user confirmed `near`: the same as --from of it.
 */
int init_confirm(struct init_plan *p, const struct init_request *req,
		 struct error *err);
/*
 * The new commit; NULL without an error when there was nothing to write.
 * When git makes no commit (a hook refused), all is as it was before.
 */
int init_commit(char **commit, const struct init_plan *p, struct repo *r,
		struct error *err);
void init_plan_release(struct init_plan *p);

#endif
