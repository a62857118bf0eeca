#include "state/backup.h"

#include "base/mem.h"
#include "git/object.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* Events among which that a release was verified is looked for. */
#define EVENTS_READ 2000

char *backup_refs(const char *env)
{
	return xstrfmt(BACKUP_REFS "%s/", env);
}

char *backup_ref(const char *env, const char *id)
{
	return xstrfmt(BACKUP_REFS "%s/%s", env, id);
}

/* "OID refs/upgrade/backups/ENV/ID" and the manifest. */
static void take(struct backup_list *list, const char *head, const char *body)
{
	const char *name = strrchr(head, '/');
	struct error ignored = ERROR_INIT;
	struct backup b = BACKUP_INIT;

	if (name && strchr(head, ' ') &&
	    !backup_parse(&b, body, strlen(body), &ignored) &&
	    !strcmp(b.id, name + 1)) {
		b.oid = xstrndup(head, strcspn(head, " "));
		ALLOC_GROW(list->v, list->nr + 1, list->alloc);
		list->v[list->nr++] = b;
	} else {
		backup_release(&b);
	}
	error_release(&ignored);
}

void backups_parse(struct backup_list *list, const struct buf *text)
{
	for (size_t at = 0; at < text->len;) {
		const char *head = text->s + at;
		const char *body = head + strlen(head) + 1;

		if (body >= text->s + text->len)
			break;
		take(list, head + (*head == '\n'), body);
		at = (size_t)(body - text->s) + strlen(body) + 1;
	}
}

/*
 * When what it was made before was verified.  Of one that others came after
 * any other release will do: what it protects from is over.
 */
static time_t verified_after(const struct event_list *events,
			     const struct backup *b, int is_newest)
{
	time_t when = 0;

	for (size_t i = 0; i < events->nr; i++) {
		const struct event *e = &events->v[i];

		if (e->when < b->when)
			break;
		if (event_is_good(e) && e->release &&
		    (is_newest ? b->to && event_is_of(e, b->to) :
		     !b->release || !event_is_of(e, b->release)))
			when = e->when;
	}
	return when;
}

static int note_verified(struct backup_list *list, struct repo *r,
			 const char *env, struct error *err)
{
	struct event_list events = EVENT_LIST_INIT;
	int is_newest = 1, ret = 0;

	for (size_t i = 0; !ret && i < list->nr; i++) {
		struct backup *b = &list->v[i];

		if (b->kind != BACKUP_UPGRADE || b->state != BACKUP_GOOD)
			continue;
		if (!events.nr)
			ret = ledger_read(&events, r, env, EVENTS_READ, err);
		if (!ret)
			b->verified = verified_after(&events, b, is_newest);
		is_newest = 0;
	}
	event_list_release(&events);
	return ret;
}

int backups_read(struct backup_list *list, struct repo *r, const char *env,
		 struct error *err)
{
	char *prefix = backup_refs(env);
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "for-each-ref",
			  "--format=%(objectname) %(refname)%00"
			  "%(contents:body)%00", prefix, NULL);

	if (!ret) {
		backups_parse(list, &out);
		backup_list_sort(list);
		ret = note_verified(list, r, env, err);
	}
	buf_release(&out);
	free(prefix);
	return ret;
}

static void message(const struct backup *b, struct buf *out)
{
	struct json *j = json_new();

	buf_addf(out, "Backup %s of %s (%s)\n\n", b->id, b->env,
		 backup_state_name(b->state));
	json_object(j, NULL);
	backup_write(b, j);
	json_end(j);
	json_write(j, out, JSON_INDENT);
	json_free(j);
}

/* The commit that says what `b` says; free(). */
static char *write_commit(const struct backup *b, struct repo *r,
			  struct error *err)
{
	char *tree = object_tree(r, b->commit), *oid = NULL;
	struct buf text = BUF_INIT;

	message(b, &text);
	if (tree)
		oid = object_write_message(r, tree, b->commit, &text, err);
	else
		error_set(err, ERROR_FATAL, "commit %.7s is not here any "
			  "more", b->commit);
	buf_release(&text);
	free(tree);
	return oid;
}

int backup_begin(struct backup *b, struct repo *r, struct error *err)
{
	char *ref = backup_ref(b->env, b->id);
	char *zeroes = xmemdupz("00000000000000000000000000000000"
				"00000000000000000000000000000000", r->hexsz);
	int ret = -1;

	b->state = BACKUP_RUNNING;
	b->oid = write_commit(b, r, err);
	if (b->oid)
		ret = git_run(r, NULL, err, "-c", "core.fsync=committed",
			      "update-ref", ref, b->oid, zeroes, NULL);
	free(zeroes);
	free(ref);
	return ret;
}

static int record(const struct backup *b, struct repo *r, const char *new,
		  const struct backup_event *what, struct error *err)
{
	char *ref = backup_ref(b->env, b->id);
	struct ref_move move = { ref, new, b->oid };
	struct buf detail = BUF_INIT;
	struct event e = EVENT_INIT;
	int ret;

	buf_adds(&detail, b->id);
	if (what->detail)
		buf_addf(&detail, ": %s", what->detail);
	/* Borrowed: never released. */
	e.event = (char *)what->event;
	e.env = b->env;
	e.release = b->release;
	e.who = (char *)what->who;
	e.outcome = (char *)(what->outcome ? what->outcome : "ok");
	e.detail = detail.s;
	e.seconds = b->seconds;
	ret = ledger_append(r, &e, &move, 1, NULL, NULL, err);
	buf_release(&detail);
	free(ref);
	return ret;
}

int backup_record(struct backup *b, struct repo *r,
		  const struct backup_event *what, struct error *err)
{
	char *new = write_commit(b, r, err);
	int ret = new ? record(b, r, new, what, err) : -1;

	if (ret < 0) {
		free(new);
		return -1;
	}
	free(b->oid);
	b->oid = new;
	return 0;
}

int backup_record_gone(const struct backup *b, struct repo *r,
		       const struct backup_event *what, struct error *err)
{
	return record(b, r, NULL, what, err);
}

int backup_forget(const struct backup *b, struct repo *r, struct error *err)
{
	char *ref = backup_ref(b->env, b->id);
	int ret = git_run(r, NULL, err, "update-ref", "-d", ref, b->oid,
			  NULL);

	free(ref);
	return ret;
}
