/*
 * Making a backup, and what one that was killed has left.
 */
#include "deploy/backup_internal.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/time.h"
#include "deploy/data_mark.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/prefix.h"
#include "deploy/restore_mark.h"
#include "deploy/sink.h"
#include "deploy/steps.h"
#include "deploy/unsettled.h"
#include "git/object.h"
#include "state/backup.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One that is being made. */
struct making {
	struct platform *p;
	const struct environment *env;
	const struct backup_wish *wish;
	const struct reporter *say;
	struct backup_store store;
	struct backup b;
	struct release_dir serving;
	struct step_context context;
	double start;
	int is_updated;			/* by an upgrade that failed */
	struct unsettled unsettled;	/* what an engine may be about */
};

#define MAKING_INIT(p_, env_, wish_, say_) { .p = (p_), .env = (env_), \
	.wish = (wish_), .say = (say_), .store = BACKUP_STORE_INIT, \
	.b = BACKUP_INIT, .serving = RELEASE_DIR_INIT, \
	.unsettled = UNSETTLED_INIT }

int backup_recorded(struct platform *p, const struct environment *env,
		    struct backup *b, const struct backup_event *what,
		    struct error *err)
{
	int ret;

	notify_begin(p, env);
	ret = backup_record(b, &p->repo, what, err);
	notify_tell(p, env, NULL);
	return ret;
}

/* What was killed */

/* Its files have their name, and only the ref did not say so yet. */
static int is_whole(const struct backup_store *s, struct backup *b)
{
	char *folder = backup_store_folder(s, b->id);
	char *path = path_join(folder, MANIFEST);
	struct error ignored = ERROR_INIT;
	struct backup there = BACKUP_INIT;
	struct buf text = BUF_INIT;
	int is = file_exists(path) && !file_read(path, &text, &ignored) &&
		 !backup_parse(&there, text.s, text.len, &ignored) &&
		 !strcmp(there.id, b->id) && there.state == BACKUP_GOOD &&
		 are_same(there.commit, b->commit);

	if (is) {
		there.oid = b->oid;
		b->oid = NULL;
		backup_release(b);
		*b = there;
	} else {
		backup_release(&there);
	}
	error_release(&ignored);
	buf_release(&text);
	free(path);
	free(folder);
	return is;
}

static int end_running(struct platform *p, const struct environment *env,
		       const struct backup_store *s, struct backup *b,
		       const struct reporter *say, struct error *err)
{
	/* That may read it anew: only then are its texts there to be lent. */
	int is_good = is_whole(s, b);
	const struct backup_event good = {
		.event = "backup", .who = b->who, .detail = b->label
	};
	const struct backup_event bad = {
		.event = "backup-failed", .who = b->who, .outcome = "failed",
		.detail = "it was killed"
	};

	if (is_good)
		return backup_recorded(p, env, b, &good, err);
	b->state = BACKUP_FAILED;
	free(b->detail);
	b->detail = xstrdup(bad.detail);
	report(say, REPORT_NOTE, "  %-10s %s was killed while it was made",
	       "backup", b->id);
	return backup_recorded(p, env, b, &bad, err);
}

/* That it cannot go now keeps nobody from making another one. */
static void drop(const struct backup_store *s, const char *id,
		 const struct reporter *say)
{
	struct error err = ERROR_INIT;

	if (backup_store_drop(s, id, &err) < 0)
		report(say, REPORT_LOG, "  %-10s not deleted yet: %s",
		       "backup", err.message);
	error_release(&err);
}

int backup_tidy_store(struct platform *p, const struct environment *env,
		      const struct backup_store *s,
		      const struct reporter *say, struct error *err)
{
	struct strvec partial = STRVEC_INIT, going = STRVEC_INIT;
	struct backup_list list = BACKUP_LIST_INIT;
	char *fetched = backup_store_fetched(p, env, err);
	int ret = fetched ? remove_tree(fetched, err) : -1;

	if (!ret)
		ret = backups_read(&list, &p->repo, env->name, err);
	backup_store_leftovers(s, &partial, &going);
	for (size_t i = 0; !ret && i < going.nr; i++)
		ret = backup_store_gone(s, going.v[i],
					backup_list_find(&list, going.v[i]) !=
					NULL, err);
	for (size_t i = 0; !ret && i < partial.nr; i++)
		drop(s, partial.v[i], say);
	for (size_t i = 0; !ret && i < list.nr; i++)
		if (list.v[i].state == BACKUP_RUNNING)
			ret = end_running(p, env, s, &list.v[i], say, err);
	free(fetched);
	strvec_release(&partial);
	strvec_release(&going);
	backup_list_release(&list);
	return ret;
}

int backup_tidy(struct platform *p, const struct environment *env,
		const struct reporter *say, struct error *err)
{
	struct backup_store s = BACKUP_STORE_INIT;
	int ret = 0;

	if (p->profile.nr_artifacts && !backup_store_is_missing(p, env))
		ret = backup_store_open(&s, p, env, err);
	if (!ret && s.dir)
		ret = backup_tidy_store(p, env, &s, say, err);
	backup_store_release(&s);
	return ret;
}

/* Making one */

static int no_artifact(const struct platform *p, const char *name,
		       struct error *err)
{
	struct buf names = BUF_INIT, shown = BUF_INIT;

	for (size_t i = 0; i < p->profile.nr_artifacts; i++)
		if (p->profile.artifacts[i].optional)
			buf_addf(&names, "%s%s", names.len ? ", " : "",
				 p->profile.artifacts[i].name);
	buf_add_line(&shown, name);
	error_set(err, ERROR_REFUSED, "there is no optional artifact '%s' "
		  "here", shown.s);
	error_hint(err, "there are: %s", names.len ? names.s : "none");
	buf_release(&names);
	buf_release(&shown);
	return -1;
}

static int check_wish(const struct making *m, struct error *err)
{
	const struct profile *profile = &m->p->profile;

	if (!profile->nr_artifacts) {
		error_set(err, ERROR_REFUSED, "nothing says what a backup is "
			  "made of here");
		return error_hint(err, "say so in %s: backup.artifacts, see "
				  "gitupgrade-profile(5)",
				  backup_config(m->p));
	}
	for (size_t i = 0; i < m->wish->with.nr; i++) {
		const char *name = m->wish->with.v[i];
		int found = 0;

		for (size_t k = 0; k < profile->nr_artifacts; k++)
			found |= profile->artifacts[k].optional &&
				 !strcmp(profile->artifacts[k].name, name);
		if (!found)
			return no_artifact(m->p, name, err);
	}
	return 0;
}

/* Half of one and half of another is nothing to keep. */
static int check_data(struct making *m, struct error *err)
{
	const struct platform *p = m->p;
	char *top = p->place->top(p, m->env);
	int ret = restore_mark_check(top, m->env->name, err);
	const char *updated = data_mark_word(top, &p->profile,
					     profile_mode(&p->profile,
							  m->env));

	if (ret < 0)
		err->kind = ERROR_REFUSED;
	m->is_updated = are_same(updated, "yes");
	free(top);
	return ret;
}

/* What serves is what is backed up. */
static int find_serving(struct making *m, struct error *err)
{
	struct env_state s = ENV_STATE_INIT;
	char *top = m->p->place->top(m->p, m->env);
	int ret = env_state_read(&s, &m->p->repo, m->env->name, err);

	if (!ret && (!s.deployed ||
		     (!m->p->place->is_one_folder &&
		      !m->p->place->serving(&m->serving, top)))) {
		error_set(err, ERROR_REFUSED, "nothing is deployed to %s",
			  m->env->name);
		ret = error_hint(err, "push to '%s' first", m->env->branch);
	}
	if (!ret) {
		m->b.commit = xstrdup(s.deployed);
		m->b.release = platform_release_of(m->p, s.deployed);
	}
	env_state_release(&s);
	free(top);
	return ret;
}

/* Two may be made in one second. */
static char *new_id(const struct making *m, time_t now, int ms)
{
	char *base = backup_id_at(now), *id;

	/*
	 * Other clones may make one in this second, and see no others: so the
	 * millisecond, by which they are in order, and some of the process.
	 */
	if (m->p->place->is_client) {
		id = xstrfmt("%s-%03d%02d", base, ms, (int)(getpid() % 100));
		free(base);
		base = id;
	}
	id = xstrdup(base);

	for (int n = 2;; n++) {
		char *folder = backup_store_folder(&m->store, id);
		char *partial = backup_store_partial(&m->store, id);
		char *ref = backup_ref(m->env->name, id);
		struct error ignored = ERROR_INIT;
		int taken = file_exists(folder) || file_exists(partial) ||
			    object_find(&m->p->repo, ref, NULL, NULL,
					&ignored);

		free(folder);
		free(partial);
		free(ref);
		error_release(&ignored);
		if (!taken)
			break;
		free(id);
		id = xstrfmt("%s-%d", base, n);
	}
	free(base);
	return id;
}

static void fill(struct making *m)
{
	const struct backup_policy *policy = &m->env->backup;
	struct backup *b = &m->b;
	int ms;

	b->when = time_now_ms(&ms);
	b->id = new_id(m, b->when, ms);
	b->env = xstrdup(m->env->name);
	b->kind = m->wish->kind;
	b->to = xstrdup_or_null(m->wish->to);
	b->path = xstrdup_or_null(m->wish->path);
	b->nonce = xstrdup_or_null(m->wish->nonce);
	b->label = xstrdup_or_null(m->wish->label);
	b->who = xstrdup_or_null(m->wish->who);
	if (!m->store.by)
		b->folder = backup_store_folder(&m->store, b->id);
	b->keep = policy->keep;
	b->at_most = policy->at_most;
	b->blocks = policy->blocks;
	b->rules = m->p->profile.backup_keep;
	if (m->is_updated)
		b->detail = xstrdup("an upgrade that failed had begun to "
				    "update the data before it was made");
	else if (m->unsettled.commit)
		b->detail = xstrfmt("the deploy of %.7s was begun before it "
				    "was made, and had not ended well: the "
				    "data may be half updated",
				    m->unsettled.commit);
	m->context = (struct step_context){
		.platform = m->p, .env = m->env->name, .release = b->release,
		.commit = b->commit, .dir = m->serving.path ?
			m->serving.path : repo_top(&m->p->repo),
		.at = m->env, .backup = b->id,
	};
}

/* The first line that says which it was; that it does not is no failure. */
static char *find_version(struct making *m,
			  const struct backup_artifact *a)
{
	struct step_result result = { 0, 0, 0 };
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	char *line = NULL;

	if (a->version.argv.nr &&
	    !step_run(&m->context, &a->version, NULL, -1, &out, &result,
		      &ignored) && !result.status) {
		buf_setlen(&out, strcspn(out.s, "\n"));
		line = redact_line(out.s, 0);
	}
	error_release(&ignored);
	buf_release(&out);
	return line;
}

/* How the program ended, where that was not well. */
static int check_result(struct making *m, const struct backup_artifact *a,
			const struct step_result *result,
			const struct buf *said, struct error *err)
{
	struct buf why = BUF_INIT;

	if (!result->status)
		return 0;
	step_describe(result, a->run.timeout, &why);
	step_add_excerpt(&why, said);
	error_set(err, ERROR_DEPLOY, "%s", why.s);
	prefix_explain(&m->context, result, err);
	buf_release(&why);
	return -1;
}

/* Into the store's folder, or to what puts it there. */
static int open_sink(struct making *m, const struct backup_artifact *a,
		     struct sink *sink, struct backup_put *put,
		     const char *path, struct error *err)
{
	int ret;

	if (!m->store.by)
		return sink_open(sink, path, err);
	if (backup_store_note(&m->store, m->b.id, a->name, err) < 0 ||
	    backup_put_begin(put, &m->store, m->b.id, a->name, err) < 0)
		return -1;
	ret = sink_open_to(sink, put->to, a->name, err);
	backup_put_hand_over(put);
	return ret;
}

/* What `put` says of itself says more than that nothing could be written. */
static int close_sink(struct sink *sink, struct backup_put *put,
		      struct progress *progress, struct sum *sum,
		      struct error *err)
{
	struct error ended = ERROR_INIT;
	int by_command = put->pid > 0;
	int kept = sink_close(sink, progress, sum, err);

	progress->done = &sum->size;
	if (backup_put_end(put, progress, &ended) < 0) {
		error_release(err);
		error_move(err, &ended);
		kept = kept ? kept : -1;
	} else if (kept > 0 && by_command) {
		error_release(err);
		error_set(err, ERROR_DEPLOY, "backup.store, put: it ended "
			  "before it had read all that there was");
	}
	error_release(&ended);
	return kept;
}

static int run_artifact(struct making *m, const struct backup_artifact *a,
			const char *path, struct sum *sum, struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	struct backup_put put = BACKUP_PUT_INIT;
	struct error disk = ERROR_INIT;
	struct progress progress = PROGRESS_INIT(m->say, "backup", a->name);
	struct sink sink = SINK_INIT;
	struct buf said = BUF_INIT;
	int ret = open_sink(m, a, &sink, &put, path, err), kept;

	progress_begin(&progress);
	progress.can_end = 1;
	progress.partner = put.pid > 0 ? put.pid : 0;
	if (!ret) {
		progress.done = sink_done(&sink);
		ret = step_stream(&m->context, &a->run, -1, sink.to, &said,
				  &progress, &result, err);
	}
	kept = close_sink(&sink, &put, &progress, sum, &disk);
	/* A full disk ends the program as well; that is not its fault. */
	if (kept > 0 && (ret < 0 || result.status)) {
		error_release(err);
		ret = error_move(err, &disk);
	} else if (!ret) {
		ret = check_result(m, a, &result, &said, err);
	}
	if (!ret && kept)
		ret = error_move(err, &disk);
	if (ret)
		progress_failed(&progress, err);
	error_release(&disk);
	buf_release(&said);
	return ret;
}

/* Is it in the store what came out of the program? */
static int check_written(const struct making *m, const char *artifact,
			 const char *path, const struct sum *sum,
			 struct error *err)
{
	struct progress progress = PROGRESS_INIT(m->say, "check", artifact);
	struct sum again;

	if (m->store.by)
		return backup_is_kept(&m->store, m->b.id, artifact, sum,
				      m->say, err) > 0 ? 0 : -1;
	progress_begin(&progress);
	progress.can_end = 1;
	progress.whole = sum->size;
	if (file_sum(path, &progress, &again, err) < 0)
		return progress_failed(&progress, err);
	if (again.size == sum->size && !strcmp(again.sha256, sum->sha256))
		return 0;
	return error_set(err, ERROR_FATAL, "'%s' does not hold what was "
			 "written to it", path);
}

static int make_artifact(struct making *m, const struct backup_artifact *a,
			 struct error *err)
{
	char *partial = backup_store_partial(&m->store, m->b.id);
	char *path = path_join(partial, a->name);
	double start = time_monotonic();
	struct buf size = BUF_INIT, took = BUF_INIT;
	struct backup_part *part;
	struct sum sum;
	int ret;

	m->context.artifact = a->name;
	ret = run_artifact(m, a, path, &sum, err);
	if (!ret && !sum.size && !a->empty)
		ret = error_set(err, ERROR_DEPLOY, "it printed nothing");
	if (!ret)
		ret = check_written(m, a->name, path, &sum, err);
	if (!ret) {
		part = backup_add_part(&m->b, a->name);
		part->size = sum.size;
		part->sha256 = xstrdup(sum.sha256);
		part->seconds = (long)(time_monotonic() - start + 0.5);
		part->version = find_version(m, a);
		backup_add_size(&size, sum.size);
		time_add_clock(&took, part->seconds);
		report(m->say, REPORT_LOG, "  %-10s %s, %s %s", "backup",
		       a->name, size.s, took.s);
	} else {
		error_wrap(err, "artifact '%s'", a->name);
	}
	buf_release(&size);
	buf_release(&took);
	free(path);
	free(partial);
	return ret;
}

static int is_wanted(const struct making *m, const struct backup_artifact *a)
{
	return !a->optional || strvec_has(&m->wish->with, a->name);
}

static int make_all(struct making *m, struct error *err)
{
	const struct profile *profile = &m->p->profile;

	if (backup_store_begin(&m->store, m->b.id, err) < 0)
		return -1;
	for (size_t i = 0; i < profile->nr_artifacts; i++) {
		const struct backup_artifact *a = &profile->artifacts[i];

		if (is_wanted(m, a) && make_artifact(m, a, err) < 0)
			return -1;
	}
	return 0;
}

static int commit_files(struct making *m, struct error *err)
{
	struct json *j = json_new();
	struct buf text = BUF_INIT;
	int ret;

	m->b.seconds = (long)(time_monotonic() - m->start + 0.5);
	m->b.state = BACKUP_GOOD;
	json_object(j, NULL);
	backup_write(&m->b, j);
	json_end(j);
	json_write(j, &text, JSON_INDENT);
	ret = backup_store_commit(&m->store, m->b.id, text.s, text.len, err);
	json_free(j);
	buf_release(&text);
	return ret;
}

/* What was made is not kept; that there was a try is. */
static void record_failed(struct making *m, const struct error *why)
{
	const char *text = why->message ? why->message : "unknown";
	char *detail = xmemdupz(text, strcspn(text, "\n")), *both;
	struct backup_event what = {
		.event = "backup-failed", .who = m->b.who,
		.outcome = "failed",
	};
	struct error err = ERROR_INIT;

	if (backup_store_drop(&m->store, m->b.id, &err) < 0) {
		both = xstrfmt("%s; not deleted yet: %s", detail,
			       err.message);
		free(detail);
		detail = both;
	}
	error_release(&err);
	what.detail = detail;
	m->b.state = BACKUP_FAILED;
	backup_drop_parts(&m->b);
	free(m->b.detail);
	m->b.detail = detail;
	if (backup_recorded(m->p, m->env, &m->b, &what, &err) < 0)
		report(m->say, REPORT_WARNING, "that is not recorded: %s",
		       err.message);
	error_release(&err);
}

/* Ctrl-C has reached all our children, the one that reads objects too. */
static int make_files(struct making *m, struct error *err)
{
	int ret = make_all(m, err);

	if (interrupt_is_pending())
		repo_disconnect(&m->p->repo);
	return ret < 0 ? -1 : commit_files(m, err);
}

static int make(struct making *m, struct error *err)
{
	const struct backup_event what = {
		.event = "backup", .who = m->b.who, .detail = m->b.label,
	};

	m->start = time_monotonic();
	if (backup_begin(&m->b, &m->p->repo, err) < 0)
		return -1;
	report(m->say, REPORT_LOG, "%s: backup %s of %s", m->env->name,
	       m->b.id, m->b.release ? m->b.release : "what is deployed");
	if (m->b.detail)
		report(m->say, REPORT_LOG, "warning: %s", m->b.detail);
	if (make_files(m, err) < 0) {
		record_failed(m, err);
		error_wrap(err, "no backup of %s was made", m->env->name);
		err->kind = ERROR_DEPLOY;
		error_hint(err, "what was made before stays as it is; see "
			   "\"git upgrade backup list %s\"", m->env->name);
		return -1;
	}
	/* Files without their ref: who comes next finds them, and records. */
	return backup_recorded(m->p, m->env, &m->b, &what, err);
}

/* All that speaks against it before it is begun. */
static int prepare(struct making *m, struct error *err)
{
	if (check_wish(m, err) < 0 || check_data(m, err) < 0 ||
	    find_serving(m, err) < 0)
		return -1;
	if (unsettled_find(&m->unsettled, m->p, m->env, err) < 0)
		return -1;
	return backup_store_open(&m->store, m->p, m->env, err);
}

static void making_release(struct making *m)
{
	unsettled_release(&m->unsettled);
	release_dir_release(&m->serving);
	backup_store_release(&m->store);
}

int backup_create(struct platform *p, const struct environment *env,
		  const struct backup_wish *w, const struct reporter *say,
		  struct backup *made, struct error *err)
{
	struct making m = MAKING_INIT(p, env, w, say);
	int ret = prepare(&m, err);

	if (!ret)
		ret = backup_tidy_store(p, env, &m.store, say, err);
	if (!ret) {
		fill(&m);
		ret = make(&m, err);
	}
	if (made)
		*made = m.b;
	else
		backup_release(&m.b);
	making_release(&m);
	return ret;
}

int backup_check(struct platform *p, const struct environment *env,
		 const struct backup_wish *w, const struct reporter *say,
		 struct error *err)
{
	struct making m = MAKING_INIT(p, env, w, say);
	int ret = prepare(&m, err);

	for (size_t i = 0; !ret && i < p->profile.nr_artifacts; i++)
		if (is_wanted(&m, &p->profile.artifacts[i]))
			report(say, REPORT_LOG, "  %-10s %s", "backup",
			       p->profile.artifacts[i].name);
	if (!ret)
		report(say, REPORT_LOG, "  %-10s %s", "into", m.store.by ?
		       "what backup.store puts it into" : m.store.dir);
	backup_release(&m.b);
	making_release(&m);
	return ret;
}
