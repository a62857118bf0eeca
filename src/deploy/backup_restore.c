/*
 * Putting a backup back: all sums are checked before anything is touched, then
 * the data come, with the service stopped where steps can do that, and then
 * the code, by a commit forward.  From its beginning nothing counts as
 * verified, until it is again.
 */
#include "deploy/backup_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/data_mark.h"
#include "deploy/deploy_internal.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/prefix.h"
#include "deploy/restore_mark.h"
#include "deploy/rollback.h"
#include "deploy/sink.h"
#include "deploy/standstill.h"
#include "deploy/unsettled.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct restoring {
	struct platform *p;
	const struct environment *env;
	const struct backup_return *wish;
	const struct reporter *say;
	const struct backup *b;
	char *top, *tip, *release;
	struct env_state state;
	struct release_dir serving;
	struct step_context context;
	struct standstill service;
	int *in;			/* its artifacts, opened and checked */
	size_t nr_in;
	int damaged;			/* its files are not what they were */
	struct backup_store store;	/* of what commands keep */
	char *files;			/* where its artifacts are to be read */
};

/* Before anything is touched */

static const struct backup_artifact *artifact_of(const struct restoring *r,
						 const char *name)
{
	const struct profile *profile = &r->p->profile;

	for (size_t i = 0; i < profile->nr_artifacts; i++)
		if (!strcmp(profile->artifacts[i].name, name))
			return &profile->artifacts[i];
	return NULL;
}

static int no_way_back(const struct restoring *r, const char *name,
		       struct error *err)
{
	error_set(err, ERROR_REFUSED, "nothing says how artifact '%s' is put "
		  "back", name);
	return error_hint(err, "say so in %s: 'restore' of it, in "
			  "backup.artifacts", backup_config(r->p));
}

void backup_part_sum(const struct backup_part *part, struct sum *sum)
{
	sum->size = part->size;
	memset(sum->sha256, 0, sizeof(sum->sha256));
	memcpy(sum->sha256, part->sha256, SHA256_HEX);
}

/* A store that is not mounted has lost nothing. */
static int check_folder(const struct restoring *r, struct error *err)
{
	if (dir_exists(r->files))
		return 0;
	error_set(err, ERROR_REFUSED, "the files of backup %s are not there: "
		  "there is no folder '%s'", r->b->id, r->files);
	return error_hint(err, "nothing was touched; where its store is not "
			  "mounted, mount it, and type the same again");
}

/*
 * What commands keep is fetched first, all of it: it is to be checked before
 * anything is touched, and to be read again then a store may vanish.
 */
static int find_files(struct restoring *r, const struct environment *from,
		      struct error *err)
{
	int ret;

	if (r->b->folder) {
		r->files = xstrdup(r->b->folder);
		return r->wish->data ? check_folder(r, err) : 0;
	}
	if (!r->wish->data)
		return 0;
	if (backup_store_open(&r->store, r->p, from, err) < 0)
		return -1;
	if (!r->store.by)
		return backup_is_elsewhere(from, r->b, err);
	r->files = backup_store_fetched(r->p, r->env, err);
	ret = r->files ? remove_tree(r->files, err) : -1;
	if (!ret && mkdir(r->files, 0700) < 0)
		ret = error_errno(err, "cannot create '%s'", r->files);
	return ret;
}

/* What was fetched is nobody else's to read, and of no more use. */
static void drop_files(struct restoring *r)
{
	struct error ignored = ERROR_INIT;

	if (r->files && !r->b->folder)
		remove_tree(r->files, &ignored);
	error_release(&ignored);
	free(r->files);
	backup_store_release(&r->store);
}

/*
 * It stays open: what was checked is what is put back.  Nothing else was needed
 * so far: a disk that is full is this one.
 */
static int open_part(struct restoring *r, const struct backup_part *part,
		     struct sum *sum, struct error *err)
{
	struct progress progress = PROGRESS_INIT(r->say, "fetch", part->name);
	char *path = path_join(r->files, part->name);
	struct buf size = BUF_INIT;
	int fd = -1;

	progress_begin(&progress);
	progress.whole = part->size;
	if (!r->store.by || !backup_get(&r->store, r->b->id, part->name, path,
					&progress, sum, err)) {
		progress.what = "check";
		fd = file_sum_open(path, &progress, sum, err);
	} else {
		backup_add_size(&size, backup_size(r->b));
		err->kind = ERROR_REFUSED;
		error_wrap(err, "artifact '%s' of backup %s cannot be fetched",
			   part->name, r->b->id);
		error_hint(err, "all of it is fetched before anything is "
			   "touched, %s, into '%s'", size.s, r->files);
	}
	buf_release(&size);
	free(path);
	return fd;
}

static int check_part(struct restoring *r, const struct backup_part *part,
		      struct error *err)
{
	const struct backup_artifact *a = artifact_of(r, part->name);
	struct sum sum;
	int fd;

	if (!a || !a->restore.argv.nr)
		return no_way_back(r, part->name, err);
	fd = open_part(r, part, &sum, err);
	if (fd >= 0)
		r->in[r->nr_in++] = fd;
	if (fd >= 0 && (sum.size != part->size ||
			strcmp(sum.sha256, part->sha256) != 0)) {
		error_set(err, ERROR_REFUSED, "artifact '%s' of backup %s is "
			  "not what it was: %lld bytes of SHA-256 %.12s..., "
			  "and not %lld of %.12s...", part->name, r->b->id,
			  sum.size, sum.sha256, part->size, part->sha256);
		error_hint(err, "should the store have that again, repeat "
			   "this: it is checked each time");
		r->damaged = 1;
	}
	return fd < 0 || r->damaged ? -1 : 0;
}

static int check_parts(struct restoring *r, struct error *err)
{
	r->in = xcalloc(r->b->nr_parts + 1, sizeof(*r->in));
	for (size_t i = 0; r->wish->data && i < r->b->nr_parts; i++)
		if (check_part(r, &r->b->parts[i], err) < 0)
			return error_hint(err, "nothing was touched; see "
					  "which others there are with \"git "
					  "upgrade backup list %s\"",
					  r->b->env);
	return 0;
}

static int has_its_files(struct restoring *r)
{
	struct error ignored = ERROR_INIT;
	int has = rollback_is_at(r->p, r->tip, r->b->commit, &ignored) > 0;

	error_release(&ignored);
	return has;
}

/* A host has what it pulls, and makes no commits. */
static int refuse_code(const struct restoring *r, struct error *err)
{
	const struct backup *b = r->b;
	int is_client = r->p->place->is_client;

	error_set(err, ERROR_REFUSED, "the code of %s is what is %s, and that "
		  "is not the code of backup %s", r->env->name, is_client ?
		  "pushed" : "pulled", b->id);
	error_hint(err, "%s'%s'%s: \"git restore --source=%.12s --staged "
		   "--worktree :/\", commit and push that%s, and repeat this",
		   is_client ? "on branch " : "where ", r->env->branch,
		   is_client ? "" : " is pushed from", b->commit,
		   is_client ? "" : "; pull it here");
	return error_hint(err, "or put back the data alone, with "
			  "--data-only");
}

/* The branch of a client is there, and what was pushed may not be deployed. */
static char *tip_of(struct restoring *r)
{
	return r->p->place->is_client ? xstrdup_or_null(r->state.deployed) :
					platform_tip(r->p, r->env);
}

static int find_place(struct restoring *r, struct error *err)
{
	r->top = r->p->place->top(r->p, r->env);
	if (env_state_read(&r->state, &r->p->repo, r->env->name, err) < 0)
		return -1;
	r->tip = tip_of(r);
	if (!r->tip || !r->state.deployed ||
	    (!r->p->place->is_one_folder &&
	     !r->p->place->serving(&r->serving, r->top)))
		return error_set(err, ERROR_REFUSED, "nothing is deployed to "
				 "%s", r->env->name);
	r->release = platform_release_of(r->p, r->state.deployed);
	r->context = (struct step_context){
		.platform = r->p, .env = r->env->name, .release = r->release,
		.commit = r->state.deployed, .at = r->env, .backup = r->b->id,
		.dir = r->serving.path ? r->serving.path :
					 repo_top(&r->p->repo),
	};
	r->service = (struct standstill){ r->p, &r->context, r->top, r->say };
	return r->wish->code && r->p->place->is_one_folder &&
	       !has_its_files(r) ? refuse_code(r, err) : 0;
}

/* The data */

static int load(struct restoring *r, size_t nr, struct error *err)
{
	const struct backup_part *part = &r->b->parts[nr];
	const struct backup_artifact *a = artifact_of(r, part->name);
	struct progress progress = PROGRESS_INIT(r->say, "restore", part->name);
	struct step_result result = { 0, 0, 0 };
	struct buf said = BUF_INIT, why = BUF_INIT;
	int ret;

	progress_begin(&progress);
	progress.from = r->in[nr];
	progress.whole = part->size;
	r->context.artifact = part->name;
	ret = step_stream(&r->context, &a->restore, r->in[nr], -1, &said,
			  &progress, &result, err);
	if (!ret && result.status) {
		step_describe(&result, a->restore.timeout, &why);
		step_add_excerpt(&why, &said);
		ret = error_set(err, ERROR_DEPLOY, "%s", why.s);
		prefix_explain(&r->context, &result, err);
	}
	if (ret < 0)
		error_wrap(err, "artifact '%s'", part->name);
	else
		report(r->say, REPORT_LOG, "  %-10s %s", "restored",
		       part->name);
	buf_release(&said);
	buf_release(&why);
	return ret;
}

static int record(const struct restoring *r, const char *outcome,
		  const char *detail, struct error *err)
{
	struct buf text = BUF_INIT;
	struct event e = EVENT_INIT;
	int ret;

	buf_adds(&text, r->b->id);
	if (strcmp(r->b->env, r->env->name) != 0)
		buf_addf(&text, " of %s", r->b->env);
	if (detail)
		buf_addf(&text, ": %s", detail);
	/* Borrowed: never released. */
	e.event = (char *)"backup-restored";
	e.env = r->env->name;
	e.release = r->b->release;
	e.who = (char *)r->wish->by.who;
	e.outcome = (char *)outcome;
	e.detail = text.s;
	notify_begin(r->p, r->env);
	ret = ledger_append(&r->p->repo, &e, NULL, 0, NULL, NULL, err);
	notify_tell(r->p, r->env, NULL);
	buf_release(&text);
	return ret;
}

/* Whatever comes of that is recorded. */
static void verify_quietly(struct restoring *r)
{
	struct verification v = VERIFICATION_INIT;
	struct error ignored = ERROR_INIT;

	deploy_verify(r->p, r->env, &v, &ignored);
	error_release(&ignored);
	verification_release(&v);
}

/* That it does not serve as it should is said wherever one looks. */
static int half_restored(struct restoring *r, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *text = xmemdupz(err->message, strcspn(err->message, "\n"));
	char *command = restore_command(r->env->name, r->b->id, r->b->env);

	record(r, "failed", text, &ignored);
	error_release(&ignored);
	verify_quietly(r);
	error_wrap(err, "the data of %s are half restored", r->env->name);
	error_hint(err, "mend that, and repeat it: \"%s\"", command);
	free(command);
	free(text);
	return -1;
}

/* The data are what they were: it serves again, if it can. */
static int not_begun(struct restoring *r, struct error *err)
{
	struct error failed = ERROR_INIT;
	int down = standstill_end(&r->service, &failed) < 0;

	verify_quietly(r);
	error_wrap(err, "nothing was put back to %s", r->env->name);
	if (down) {
		error_hint(err, "nor was it started again: %s",
			   failed.message);
		error_hint(err, "mend that, then: \"git upgrade verify %s\"",
			   r->env->name);
	}
	error_release(&failed);
	return -1;
}

/* It cannot be stopped, and who had it begin may be gone for good. */
static int warn_unsettled(struct restoring *r, struct error *err)
{
	struct unsettled u = UNSETTLED_INIT;
	int ret = unsettled_find(&u, r->p, r->env, err);

	if (u.commit && !u.failed)
		report(r->say, REPORT_LOG, "warning: the deploy of %.7s was "
		       "begun, and nobody has seen its end: it may change the "
		       "data again", u.commit);
	unsettled_release(&u);
	return ret;
}

static int stand_still(struct restoring *r, struct error *err)
{
	char *why = xstrfmt("backup %s is being put back", r->b->id);
	int ret = r->p->place->is_client ? warn_unsettled(r, err) : 0;

	if (!ret)
		ret = deploy_unverify(r->p, r->env, why, err);
	free(why);
	if (!ret && standstill_begin(&r->service, err) < 0)
		ret = not_begun(r, err);
	return ret;
}

/* From here on there is a mark. */
static int begin(struct restoring *r, struct error *err)
{
	int ret = stand_still(r, err);

	if (!ret && restore_mark_begin(r->top, r->b->id, r->b->env, err) < 0)
		ret = restore_mark_is_there(r->top) ? half_restored(r, err) :
						      not_begun(r, err);
	return ret;
}

static int put_data_back(struct restoring *r, struct error *err)
{
	int ret = 0;

	if (begin(r, err) < 0)
		return -1;
	for (size_t i = 0; !ret && i < r->b->nr_parts; i++)
		ret = load(r, i, err);
	/* They are of one release again, the one they were made of. */
	if (!ret)
		ret = data_mark_end(r->top, err);
	if (!ret)
		ret = record(r, "ok", r->wish->by.why, err);
	return ret < 0 ? half_restored(r, err) : 0;
}

/* The code */

static int is_verified(struct restoring *r, const char *commit,
		       struct error *err)
{
	struct env_state now = ENV_STATE_INIT;
	int ret = env_state_read(&now, &r->p->repo, r->env->name, err);

	if (!ret && !are_same(now.verified, commit)) {
		error_set(err, ERROR_DEPLOY, "backup %s was put back, but %s "
			  "does not serve it", r->b->id, r->env->name);
		ret = error_hint(err, "what happened: git upgrade log %s "
				 "--output", r->env->name);
	}
	env_state_release(&now);
	return ret;
}

/* A commit that was tried before is tried again. */
static int deploy_again(struct restoring *r, const char *commit,
			struct error *err)
{
	if (are_same(r->state.failed, commit) &&
	    deploy_forget_failure(r->p, r->env, commit, r->wish->by.who,
				  err) < 0)
		return -1;
	report(r->say, REPORT_LOG, "  %-10s %.7s", "deploy", commit);
	if (deploy_commit(r->p, r->env, commit, err) < 0)
		return -1;
	return is_verified(r, commit, err);
}

static int not_started(struct restoring *r, struct error *err)
{
	verify_quietly(r);
	error_wrap(err, "backup %s was put back, but %s was not started again",
		   r->b->id, r->env->name);
	return error_hint(err, "mend that, then: \"git upgrade verify %s\"",
			  r->env->name);
}

static int verify_again(struct restoring *r, struct error *err)
{
	struct verification v = VERIFICATION_INIT;
	int ret;

	/* The client sees to that itself. */
	if (r->p->place->is_client)
		return 0;
	if (r->wish->data && standstill_end(&r->service, err) < 0)
		return not_started(r, err);
	ret = deploy_verify(r->p, r->env, &v, err);
	if (!ret)
		report(r->say, REPORT_LOG, "  %-10s %s", "verify",
		       v.summary.s);
	if (!ret && !v.ok)
		ret = error_set(err, ERROR_DEPLOY, "backup %s was put back, "
				"but %s is not verified: %s", r->b->id,
				r->env->name, v.reason.s);
	verification_release(&v);
	return ret;
}

/* The commit forward; NULL: error.  free(). */
static char *go_back(struct restoring *r, struct error *err)
{
	struct rollback_request q = {
		.expected = r->tip, .wanted = r->b->commit,
		.restores = r->b->commit, .who = r->wish->by.who,
		.why = r->wish->by.why, .is_worker = 1, .is_given = 1,
	};

	return rollback_make(r->p, r->env, &q, err);
}

/* What was pushed while the data came is taken back as well. */
static int look_again(struct restoring *r, struct error *err)
{
	char *tip = tip_of(r);

	if (!tip)
		return error_set(err, ERROR_REFUSED, "there is no branch "
				 "'%s'", r->env->branch);
	free(r->tip);
	r->tip = tip;
	return 0;
}

static int put_code_back(struct restoring *r, struct error *err)
{
	char *commit = NULL, *command = NULL;
	int ret = look_again(r, err);

	if (!ret && has_its_files(r))
		commit = xstrdup(r->tip);
	else if (!ret && r->p->place->is_one_folder)
		refuse_code(r, err);
	else if (!ret)
		commit = go_back(r, err);
	ret = commit ? restore_mark_end(r->top, err) : -1;
	if (ret < 0) {
		command = restore_command(r->env->name, r->b->id, r->b->env);
		error_hint(err, "repeat it: \"%s\"", command);
	} else if (are_same(commit, r->state.deployed)) {
		ret = verify_again(r, err);
	} else {
		ret = deploy_again(r, commit, err);
	}
	free(command);
	free(commit);
	return ret;
}

static int put_back(struct restoring *r, struct error *err)
{
	if (r->wish->data ? put_data_back(r, err) < 0 :
	    restore_mark_check(r->top, r->env->name, err) < 0)
		return -1;
	if (r->wish->code)
		return put_code_back(r, err);
	return restore_mark_end(r->top, err) < 0 ? -1 : verify_again(r, err);
}

static int note_damaged(struct platform *p, struct backup *b,
			struct error *err)
{
	const struct environment *env = platform_environment(p, b->env, err);

	return env ? backup_note_damaged(p, env, b, err) : -1;
}

/* It was damaged, and all of it is what it was. */
static int note_good(struct platform *p, const struct environment *env,
		     struct backup *b, struct error *err)
{
	const struct backup_event what = {
		.event = "backup-good",
		.detail = "its files are what they were, again",
	};

	b->state = BACKUP_GOOD;
	FREE_AND_NULL(b->detail);
	return backup_recorded(p, env, b, &what, err);
}

int backup_restore(struct platform *p, const struct environment *env,
		   const struct backup_return *w, const struct reporter *say,
		   struct error *err)
{
	struct backup_list list = BACKUP_LIST_INIT;
	struct restoring r = { .p = p, .env = env, .wish = w, .say = say,
			       .store = BACKUP_STORE_INIT,
			       .state = ENV_STATE_INIT,
			       .serving = RELEASE_DIR_INIT };
	const struct environment *from = env;
	struct error ignored = ERROR_INIT;
	struct backup *b = NULL;
	int ret = -1;

	if (w->from)
		from = platform_environment(p, w->from, err);
	if (!from || backups_read(&list, &p->repo, from->name, err) < 0)
		goto out;
	r.b = b = backup_find(&list, w->id, from, err);
	if (!b || backup_check_restorable(b, err) < 0 ||
	    deploy_recover(p, env, err) < 0 ||
	    find_place(&r, err) < 0)
		goto out;
	backup_store_locate(p, from, b);
	if (find_files(&r, from, err) < 0)
		goto out;
	ret = check_parts(&r, err);
	if (ret < 0 && r.damaged && b->state == BACKUP_GOOD)
		note_damaged(p, b, &ignored);
	else if (!ret && w->data && b->state == BACKUP_DAMAGED)
		ret = note_good(p, from, b, err);
	report(say, REPORT_LOG, "%s: backup %s of %s", env->name, b->id,
	       b->release ? b->release : "what was deployed");
	if (!ret)
		ret = put_back(&r, err);
out:
	for (size_t i = 0; i < r.nr_in; i++)
		close(r.in[i]);
	free(r.in);
	drop_files(&r);
	error_release(&ignored);
	env_state_release(&r.state);
	release_dir_release(&r.serving);
	backup_list_release(&list);
	free(r.release);
	free(r.top);
	free(r.tip);
	return ret;
}
