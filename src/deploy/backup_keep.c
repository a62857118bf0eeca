/*
 * How long backups stay: extended, deleted, and removed by rule.
 */
#include "deploy/backup_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/restore_mark.h"

#include <stdlib.h>
#include <string.h>

/* What there is, and where, after what was killed was seen to. */
static int open_all(struct backup_store *s, struct backup_list *list,
		    struct platform *p, const struct environment *env,
		    const struct reporter *say, struct error *err)
{
	if (backup_store_open(s, p, env, err) < 0 ||
	    backup_tidy_store(p, env, s, say, err) < 0 ||
	    backups_read(list, &p->repo, env->name, err) < 0)
		return -1;
	for (size_t i = 0; i < list->nr; i++)
		backup_store_locate(p, env, &list->v[i]);
	return 0;
}

struct backup *backup_find(const struct backup_list *list, const char *id,
			   const struct environment *env, struct error *err)
{
	struct backup *b = id ? backup_list_find(list, id) : NULL;
	struct buf shown = BUF_INIT;

	if (!b) {
		buf_add_line(&shown, id ? id : "");
		error_set(err, ERROR_REFUSED, "%s has no backup '%s'",
			  env->name, shown.s);
		error_hint(err, "see which there are with \"git upgrade backup "
			   "list %s\"", env->name);
	}
	buf_release(&shown);
	return b;
}

int backup_extend(struct platform *p, const struct environment *env,
		  const char *id, long span, const struct backup_asker *by,
		  const struct reporter *say, struct error *err)
{
	struct backup_store s = BACKUP_STORE_INIT;
	struct backup_list list = BACKUP_LIST_INIT;
	struct buf detail = BUF_INIT;
	struct backup_event what = { .event = "backup-extended",
				     .who = by->who };
	struct backup *b = NULL;
	int ret = open_all(&s, &list, p, env, say, err);

	if (!ret)
		b = backup_find(&list, id, env, err);
	if (!b || backup_check_extension(b, span, err) < 0) {
		ret = -1;
	} else {
		buf_adds(&detail, "from ");
		time_add_exact_span(&detail, b->keep);
		buf_adds(&detail, " to ");
		time_add_exact_span(&detail, span);
		if (by->why)
			buf_addf(&detail, ": %s", by->why);
		what.detail = detail.s;
		b->keep = span;
		ret = backup_recorded(p, env, b, &what, err);
	}
	buf_release(&detail);
	backup_list_release(&list);
	backup_store_release(&s);
	return ret;
}

int backup_check_here(const struct platform *p, const struct backup *b,
		      struct error *err)
{
	if (!p->place->is_client || dir_exists(b->folder))
		return 0;
	error_set(err, ERROR_REFUSED, "backup %s is in '%s' of where it was "
		  "made, and not here", b->id, b->folder);
	return error_hint(err, "repeat this there; a backup.store of commands "
			  "is the same everywhere");
}

static int record_gone(struct platform *p, const struct environment *env,
		       const struct backup *b,
		       const struct backup_event *what, struct error *err)
{
	int ret;

	notify_begin(p, env);
	ret = backup_record_gone(b, &p->repo, what, err);
	notify_tell(p, env, NULL);
	return ret;
}

/*
 * Of a store by commands: what can still be deleted is not good any more,
 * and what is not listed is deleted.
 */
static int take_from_commands(struct platform *p,
			      const struct environment *env,
			      const struct backup_store *s, struct backup *b,
			      const struct backup_event *what,
			      struct error *err)
{
	int was_good = b->state != BACKUP_FAILED;

	if (b->folder && b->nr_parts)
		return backup_is_elsewhere(env, b, err);
	if (was_good) {
		b->state = BACKUP_FAILED;
		free(b->detail);
		b->detail = xstrdup("it was deleted, and the store may still "
				    "have some of it");
		if (backup_recorded(p, env, b, what, err) < 0)
			return -1;
	}
	if (backup_store_delete(s, b, err) < 0) {
		err->changed |= was_good;
		return error_hint(err, "it is not good any more; \"git upgrade "
				  "backup prune %s\" goes on with that",
				  env->name);
	}
	return was_good ? backup_forget(b, &p->repo, err) :
			  record_gone(p, env, b, what, err);
}

/* Its own environment's data are half of it: its restore has not ended. */
static int is_half_restored(const struct platform *p,
			    const struct environment *env,
			    const struct backup *b)
{
	char *top = p->place->top(p, env);
	int is = b->state == BACKUP_GOOD &&
		 restore_mark_is_of(top, b->id, b->env);

	free(top);
	return is;
}

static int half_restored(const struct environment *env,
			 const struct backup *b, struct error *err)
{
	error_set(err, ERROR_REFUSED, "the data of %s are half restored from "
		  "backup %s", env->name, b->id);
	return error_hint(err, "end that first: \"git upgrade backup restore "
			  "%s %s\"", env->name, b->id);
}

/* The ref, then the files: what has a ref is whole. */
static int take_away(struct platform *p, const struct environment *env,
		     const struct backup_store *s, struct backup *b,
		     const struct backup_event *what, struct error *err)
{
	if (is_half_restored(p, env, b))
		return half_restored(env, b, err);
	if (s->by)
		return take_from_commands(p, env, s, b, what, err);
	if (!b->folder && b->nr_parts)
		return backup_is_elsewhere(env, b, err);
	if (b->nr_parts && backup_check_here(p, b, err) < 0)
		return -1;
	if (backup_store_going(s, b->id, err) < 0 ||
	    record_gone(p, env, b, what, err) < 0)
		return -1;
	return backup_store_gone(s, b->id, 0, err);
}

int backup_delete(struct platform *p, const struct environment *env,
		  const char *id, const struct backup_asker *by,
		  const struct reporter *say, struct error *err)
{
	const struct backup_event what = { .event = "backup-deleted",
					   .who = by->who, .detail = by->why };
	struct backup_store s = BACKUP_STORE_INIT;
	struct backup_list list = BACKUP_LIST_INIT;
	struct backup *b = NULL;
	int ret = open_all(&s, &list, p, env, say, err);

	if (!ret)
		b = backup_find(&list, id, env, err);
	ret = b ? take_away(p, env, &s, b, &what, err) : -1;
	if (!ret && backup_store_lacks(&s, b))
		report(say, REPORT_LOG, "warning: its files are in '%s', "
		       "outside the store, and stay: remove them by hand",
		       b->folder);
	backup_list_release(&list);
	backup_store_release(&s);
	return ret;
}

/*
 * What has lost its files keeps no other one from staying.  They are missed
 * where they should be; what is elsewhere may only not be mounted.
 */
static int note_lost(struct platform *p, const struct environment *env,
		     const struct backup_store *s,
		     const struct backup_list *list, int dry_run,
		     struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i < list->nr; i++) {
		struct backup *b = &list->v[i];

		/* What commands keep is not got for that. */
		if (b->state != BACKUP_GOOD || !b->folder ||
		    backup_store_lacks(s, b) ||
		    backup_check_here(p, b, &ignored) < 0 ||
		    backup_is_whole(p, env, b, NULL, &ignored))
			continue;
		if (dry_run)
			b->state = BACKUP_DAMAGED;
		else
			ret = backup_note_damaged(p, env, b, err);
	}
	error_release(&ignored);
	return ret;
}

static struct backup_fate *judge(struct platform *p,
				 const struct environment *env,
				 const struct backup_store *s,
				 const struct backup_list *list)
{
	struct backup_fate *fates = backup_fates_new(list->nr);

	backups_judge(list, &p->profile.backup_keep, time_now(), fates);
	for (size_t i = 0; i < list->nr; i++) {
		const struct backup *b = &list->v[i];

		int half = fates[i].goes && is_half_restored(p, env, b);

		if (!fates[i].goes || !b->nr_parts ||
		    (!half && !backup_store_lacks(s, b)))
			continue;
		fates[i].goes = 0;
		if (half)
			buf_adds(&fates[i].why, "; but its restore has not "
				 "ended");
		else if (b->folder)
			buf_addf(&fates[i].why, "; but its files are in '%s', "
				 "outside the store", b->folder);
		else
			buf_adds(&fates[i].why, "; but it is kept by "
				 "commands, and backup.store names none now");
	}
	return fates;
}

/* One that cannot go now keeps no other one from going; the first is told. */
static int prune(struct platform *p, const struct environment *env,
		 const struct backup_store *s, const struct backup_list *list,
		 const struct backup_fate *fates, const char *who,
		 const struct reporter *say, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < list->nr; i++) {
		const struct backup_event what = {
			.event = "backup-pruned", .who = who,
			.detail = fates[i].why.s,
		};
		const char *became = fates[i].goes ? "removed" : "kept";
		struct error failed = ERROR_INIT;

		if (fates[i].goes &&
		    take_away(p, env, s, &list->v[i], &what, &failed) < 0)
			became = "not yet";
		report(say, REPORT_LOG, "%-8s %-18s %s", became, list->v[i].id,
		       failed.message ? failed.message : fates[i].why.s);
		if (failed.kind && !ret)
			ret = error_move(err, &failed);
		error_release(&failed);
	}
	return ret;
}

int backup_prune(struct platform *p, const struct environment *env,
		 int dry_run, const struct backup_asker *by,
		 const struct reporter *say, struct error *err)
{
	struct backup_store s = BACKUP_STORE_INIT;
	struct backup_list list = BACKUP_LIST_INIT;
	struct backup_fate *fates = NULL;
	int ret = open_all(&s, &list, p, env, say, err);

	if (!ret)
		ret = note_lost(p, env, &s, &list, dry_run, err);
	if (!ret)
		fates = judge(p, env, &s, &list);
	for (size_t i = 0; !ret && dry_run && i < list.nr; i++)
		report(say, REPORT_LOG, "%-8s %-18s %s", fates[i].goes ?
		       "would go" : "stays", list.v[i].id, fates[i].why.s);
	if (!ret && !dry_run)
		ret = prune(p, env, &s, &list, fates, by->who, say, err);
	backup_fates_free(fates, list.nr);
	backup_list_release(&list);
	backup_store_release(&s);
	return ret;
}
