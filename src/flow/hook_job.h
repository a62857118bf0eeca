/*
 * A job: what makes a hook manager run our hook.
 *
 * Hook managers own the folder git looks in, and put their own files there
 * again and again.  What lasts is their configuration, so that is where we
 * are called from, by lines between "# git-upgrade job N" and "# git-upgrade
 * job end"; whatever else is in the file is not touched.  The hook itself is
 * the clone's own, COMMON-DIR/upgrade/hooks/NAME: a job that is under
 * version control does nothing in the clones that have none.
 *
 *	husky 5 to 8	hooks in .husky/, which source .husky/_/husky.sh
 *	husky 9		hooks in .husky/, run by what is in .husky/_/
 *	lefthook	lefthook-local.yml, the configuration of one clone,
 *			which it joins with lefthook.yml
 */
#ifndef FLOW_HOOK_JOB_H
#define FLOW_HOOK_JOB_H

#include "base/error.h"

enum job_format {
	JOB_SCRIPT,		/* a hook of husky's, in sh */
	JOB_LEFTHOOK		/* lefthook-local.yml */
};

enum job_state {
	JOB_ABSENT,
	JOB_OURS,
	JOB_OUTDATED,		/* ours, of another version */
	JOB_BY_HAND		/* somebody wrote a call of ours */
};

enum job_state job_judge(const char *path, enum job_format format,
			 const char *hook);
/*
 * ERROR_REFUSED, with what to write by hand, where there is no place that
 * could be told to be right.
 */
int job_check(const char *path, enum job_format format, const char *hook,
	      struct error *err);
/* Put it in, or renew it. */
int job_add(const char *path, enum job_format format, const char *hook,
	    struct error *err);
/* Take it out; a file that holds nothing else goes with it. */
int job_remove(const char *path, const char *hook, struct error *err);

#endif
