/*
 * The log of one deploy: a file a deploy, upgrade/logs/ENV/ID.log, and
 * `latest`, a link to the newest.
 *
 * It holds what people should see, line by line: our own words and whatever
 * the steps print.  Two lines are for programs and begin with "# ID": the
 * first, "# ID deploys COMMIT", and the last, "# ID end OUTCOME", by which
 * a follower knows that nothing comes any more.  The ID is in both, so that
 * a step cannot end its log by accident.  Behind the end stands at most what
 * deploy/notify.h has to say.
 */
#ifndef DEPLOY_LOG_H
#define DEPLOY_LOG_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"

struct deploy_log {
	char *id;
	char *path;
	int fd;			/* appends; steps inherit it */
};

#define DEPLOY_LOG_INIT { NULL, NULL, -1 }

/* A new log; `id` is made from the time and the commit. */
int deploy_log_open(struct deploy_log *log, struct platform *p,
		    const char *env, const char *commit, struct error *err);
/* One that is there, to say something in. */
int deploy_log_reopen(struct deploy_log *log, const char *path,
		      struct error *err);
/* One that was begun before. */
int deploy_log_resume(struct deploy_log *log, struct platform *p,
		      const char *env, const char *id, struct error *err);
/* Go on with one that was begun; -1: it is not there any more. */
int deploy_log_open_id(struct deploy_log *log, struct platform *p,
		       const char *env, const char *id);
void deploy_log_say(struct deploy_log *log, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void deploy_log_error(struct deploy_log *log, const struct error *err);
/* The same as "warning: ", of what is no reason to fail. */
void deploy_log_warning(struct deploy_log *log, const struct error *err);
void deploy_log_end(struct deploy_log *log, const char *outcome);
/* How long it is; 0: nobody knows. */
long long deploy_log_size(const struct deploy_log *log);
/*
 * Take back what was said since it was that long; 1: it is shorter than that,
 * so that something is lost.
 */
int deploy_log_cut(struct deploy_log *log, long long size);
void deploy_log_release(struct deploy_log *log);
/* The worker that wrote it is gone: end it, unless it has an end. */
int deploy_log_close_dead(struct platform *p, const char *env,
			  const char *id, const char *outcome);
/* The newest log's ID; NULL: none.  free(). */
char *deploy_log_latest(struct platform *p, const char *env);
/* The newest of a deploy that failed, or was killed. */
char *deploy_log_failed(struct platform *p, const char *env);
/*
 * The path of the newest log of a deploy of that commit that ended well; NULL:
 * there is none any more.  free().
 */
char *deploy_log_of(struct platform *p, const char *env, const char *commit);
/* Remove all but the newest `keep`. */
void deploy_log_prune(struct platform *p, const char *env, size_t keep);

/*
 * Copy to `fd`, as it comes, the log of the deploy that `commit` is part of:
 * the commit's own, or that of a later one which took its place.  Logs up to
 * `after` (an ID, or NULL) are old.  Returns when the deploy has ended, when
 * nothing happens any more, or when the reader has taken nothing for 30
 * seconds; nobody depends on the reader.  1: an interrupt that is held
 * (base/interrupt.h) ended it, else 0.
 */
int deploy_log_follow(struct platform *p, const struct environment *env,
		      const char *commit, const char *after, int fd);

/*
 * One log from its beginning, or the last 4 MiB of it: to `say` line by line,
 * else to `fd`.  That of a deploy that is under way is followed.  The lines
 * for programs are among them, with "# ID shown" as the last.  1: as above.
 */
int deploy_log_show(struct platform *p, const struct environment *env,
		    const char *id, int fd, const struct reporter *say);
/* The same to `say`, as far as it goes now. */
void deploy_log_read(struct platform *p, const struct environment *env,
		     const char *id, const struct reporter *say);

#endif
