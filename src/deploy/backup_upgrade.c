/*
 * The backup that is made before another release is deployed.
 *
 * One is made of each upgrade, whoever pushes it, and as often as it is pushed:
 * a fix is deployed with the one that is there, as what has failed before may
 * have updated half of the data.  A push of several hops, which holds the
 * environment's lock, is one upgrade.
 */
#include "deploy/backup_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EVENTS_READ 50

/* What commands keep is read: there is no other way to know. */
static int is_kept(struct platform *p, const struct environment *env,
		   const struct backup *b, const struct reporter *say,
		   struct error *err)
{
	struct backup_store s = BACKUP_STORE_INIT;
	int is = backup_store_open(&s, p, env, err) < 0 ? -1 : s.by != NULL;

	for (size_t i = 0; is > 0 && i < b->nr_parts; i++) {
		const struct backup_part *part = &b->parts[i];
		struct sum was;

		backup_part_sum(part, &was);
		is = backup_is_kept(&s, b->id, part->name, &was, say, err);
	}
	if (!is)
		error_release(err);
	if (is < 0)
		error_wrap(err, "whether backup %s is good", b->id);
	backup_store_release(&s);
	return is;
}

int backup_is_whole(struct platform *p, const struct environment *env,
		    const struct backup *b, const struct reporter *say,
		    struct error *err)
{
	int is = 1;

	if (!b->folder)
		return is_kept(p, env, b, say, err);
	if (backup_check_here(p, b, err) < 0)
		return -1;
	for (size_t i = 0; is && i < b->nr_parts; i++) {
		char *path = path_join(b->folder, b->parts[i].name);
		struct stat st;

		is = !stat(path, &st) && st.st_size == b->parts[i].size;
		free(path);
	}
	return is;
}

/* The data that are there were just put back from a backup. */
static int is_of_restore(const struct event *e)
{
	return are_same(e->event, "backup-restored") &&
	       are_same(e->outcome, "ok");
}

/* A way back waits for nothing, and nothing keeps it from being gone. */
static int is_way_back(struct platform *p, const struct environment *env,
		       const char *commit, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int is = ledger_read(&list, &p->repo, env->name, EVENTS_READ, err);

	if (!is)
		is = list.nr && is_of_restore(&list.v[0]);
	for (size_t i = 0; !is && i < list.nr; i++)
		is = are_same(list.v[i].event, "rolledback") &&
		     are_same(list.v[i].commit, commit);
	event_list_release(&list);
	return is;
}

/* May what is there serve for this hop as well? */
static int fits(const struct backup *b, const struct backup_hop *hop,
		const char *path)
{
	if (b->kind != BACKUP_UPGRADE || !backup_is_trusted(b, time_now()))
		return 0;
	/* Only under a lock nobody can have gone the same way before. */
	if (path != hop->end && are_same(b->path, path))
		return 1;
	if (!are_same(b->commit, hop->before) || b->verified)
		return 0;
	/* Whatever it was tried with, it may have left its marks. */
	return are_same(b->to, hop->to) || !are_same(hop->data, "no");
}

int backup_note_damaged(struct platform *p, const struct environment *env,
			struct backup *b, struct error *err)
{
	const struct backup_event what = {
		.event = "backup-damaged", .outcome = "failed",
		.detail = "its files are not what they were",
	};

	b->state = BACKUP_DAMAGED;
	free(b->detail);
	b->detail = xstrdup(what.detail);
	return backup_recorded(p, env, b, &what, err);
}

static int reuse(struct platform *p, const struct environment *env,
		 struct backup *b, const struct backup_hop *hop,
		 const char *path, const struct reporter *say,
		 struct error *err)
{
	char *detail = xstrfmt("reused for %s", hop->to ? hop->to :
			       "what comes");
	const struct backup_event what = { .event = "backup-reused",
					   .who = "git upgrade",
					   .detail = detail };
	int same = are_same(b->to, hop->to) &&
		   (!path || are_same(b->path, path)), ret = 0;

	report(say, REPORT_LOG, "  %-10s %s, of before this upgrade, stands "
	       "for it", "backup", b->id);
	if (!same) {
		free(b->to);
		free(b->path);
		b->to = xstrdup_or_null(hop->to);
		b->path = xstrdup_or_null(path);
		ret = backup_recorded(p, env, b, &what, err);
	}
	free(detail);
	return ret;
}

/* What the data are by now nobody would want back. */
static int too_late(const struct environment *env, int lost,
		    struct error *err)
{
	if (lost)
		error_set(err, ERROR_DEPLOY, "the backup of %s from before "
			  "this upgrade is damaged, and the data may be half "
			  "updated by now", env->name);
	else
		error_set(err, ERROR_DEPLOY, "there is no backup of %s from "
			  "before its data were updated by an upgrade that "
			  "failed", env->name);
	return error_hint(err, "when the data are fit to go on with, make one "
			  "by hand, and take environments.%s.backup."
			  "before_upgrade out for this one", env->name);
}

/* `lost`: there was one, and its files are gone. */
static int make(struct platform *p, const struct environment *env,
		const struct backup_hop *hop, const char *path, int lost,
		const struct reporter *say, struct error *err)
{
	const struct backup_wish w = {
		.kind = BACKUP_UPGRADE, .with = STRVEC_INIT,
		.who = "git upgrade", .to = hop->to, .path = path,
	};

	lost &= !are_same(hop->data, "no");
	if (lost || are_same(hop->data, "yes"))
		return too_late(env, lost, err);
	return backup_create(p, env, &w, say, NULL, err);
}

/* What it was made for is not deployed then. */
static int is_elsewhere(const struct environment *env, const struct backup *b,
			struct error *err)
{
	backup_is_elsewhere(env, b, err);
	err->kind = ERROR_DEPLOY;
	return error_wrap(err, "the backup of before this upgrade");
}

/* Its files are where nobody can look now. */
static int is_out_of_reach(const struct backup_store *s,
			   const struct backup *b)
{
	return backup_store_lacks(s, b) &&
	       !(b->folder && dir_exists(b->folder));
}

/*
 * 1: it is there; 0: it is not, which is recorded; -1: nobody can tell, as the
 * store is not there.
 */
static int look_for(struct platform *p, const struct environment *env,
		    struct backup *b, const struct reporter *say,
		    struct error *err)
{
	struct backup_store s = BACKUP_STORE_INIT;
	int whole = backup_store_open(&s, p, env, err);

	if (!whole) {
		backup_store_locate(p, env, b);
		whole = is_out_of_reach(&s, b) ? is_elsewhere(env, b, err) :
			backup_is_whole(p, env, b, say, err);
		if (!whole && backup_note_damaged(p, env, b, err) < 0)
			whole = -1;
	}
	backup_store_release(&s);
	return whole;
}

/* The newest that fits, and is whole; NULL: none, or an error. */
static struct backup *find(struct platform *p, const struct environment *env,
			   struct backup_list *list,
			   const struct backup_hop *hop, const char *path,
			   int *lost, const struct reporter *say,
			   struct error *err)
{
	if (backups_read(list, &p->repo, env->name, err) < 0)
		return NULL;
	for (size_t i = 0; i < list->nr; i++) {
		struct backup *b = &list->v[i];
		int there;

		if (!fits(b, hop, path))
			continue;
		there = look_for(p, env, b, say, err);
		if (there)
			return there > 0 ? b : NULL;
		*lost = 1;
	}
	return NULL;
}

static int see_to(struct platform *p, const struct environment *env,
		  const struct backup_hop *hop, const struct reporter *say,
		  struct error *err)
{
	struct backup_list list = BACKUP_LIST_INIT;
	struct env_lock lock = ENV_LOCK_INIT;
	int held = env_lock_read(&lock, &p->repo, env->name, err), ret = -1;
	int lost = 0;
	const char *path = held > 0 ? lock.nonce : hop->end;
	struct backup *b;

	if (held < 0)
		return -1;
	b = find(p, env, &list, hop, path, &lost, say, err);
	if (b)
		ret = reuse(p, env, b, hop, path, say, err);
	else if (!err->kind)
		ret = make(p, env, hop, path, lost, say, err);
	env_lock_release(&lock);
	backup_list_release(&list);
	return ret;
}

int backup_before_upgrade(struct platform *p, const struct environment *env,
			  const struct backup_hop *hop,
			  const struct reporter *say, struct error *err)
{
	int back;

	if (!env->backup.before_upgrade || !hop->before ||
	    are_same(hop->from, hop->to) || (!hop->from && !hop->to))
		return 0;
	back = is_way_back(p, env, hop->commit, err);
	if (back)
		return back < 0 ? -1 : 0;
	return see_to(p, env, hop, say, err);
}
