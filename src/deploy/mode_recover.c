#include "deploy/deploy_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "deploy/data_mark.h"
#include "deploy/place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* The deploy of the journal, as far as it can be told. */
static int find_deploy(struct deploy *d, struct error *err)
{
	struct journal *j = &d->journal;

	d->commit = j->new_commit;
	d->mode = j->mode;
	if (deploy_prepare(d, err) < 0)
		return -1;
	free(d->before);
	free(d->from);
	d->before = j->old_commit && *j->old_commit ?
		    xstrdup(j->old_commit) : NULL;
	d->from = d->before ? platform_release_of(d->p, d->before) : NULL;
	d->interrupted = release_dir_is_interrupted(d->top);
	release_dir_set(&d->new, d->top, j->new_id);
	if (d->p->place->is_one_folder) {
		free(d->new.path);
		d->new.path = xstrdup(repo_top(&d->p->repo));
	} else if (j->old_id) {
		release_dir_set(&d->old, d->top, j->old_id);
		d->has_old = dir_exists(d->old.path);
	}
	/* What steps print has to go somewhere. */
	if (deploy_log_open_id(&d->log, d->p, d->env->name, j->new_id) < 0)
		d->log.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}

/* Did it get as far as the switch? */
static int is_switched(const struct deploy *d)
{
	struct release_dir current = RELEASE_DIR_INIT;
	int is;

	if (d->p->place->is_one_folder)
		return d->state.deployed &&
		       !strcmp(d->state.deployed, d->commit);
	is = release_dir_current(&current, d->top) &&
	     !strcmp(current.id, d->new.id);
	release_dir_release(&current);
	return is;
}

int mode_recover(struct platform *p, const struct environment *env,
		 struct error *err)
{
	struct deploy d = DEPLOY_INIT(p, env, NULL);
	char *top = p->place->top(p, env);
	int ret = journal_read(&d.journal, top, err);

	if (!ret && d.journal.mode) {
		ret = find_deploy(&d, err);
		if (ret < 0)
			goto out;
		deploy_log_say(&d.log, "going on where the deploy was left");
		if (!is_switched(&d))
			mode_restore(&d);
		else if (!(ret = data_mark_end(top, err)) && !mode_finish(&d))
			ret = release_dir_resume(top, err);
	}
out:
	free(top);
	deploy_release(&d);
	return ret;
}

int mode_leaves_page(const char *top)
{
	struct journal j = JOURNAL_INIT;
	struct error ignored = ERROR_INIT;
	int leaves;

	leaves = journal_read(&j, top, &ignored) < 0 ||
		 j.ran[PHASE_MAINTENANCE_ON].nr;
	error_release(&ignored);
	journal_release(&j);
	return leaves;
}
