#include "state/ledger.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "git/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Appends that lost a race are repeated; so many in a row mean a fault. */
#define MAX_ATTEMPTS 50
/* Seconds that a writer waits for the others before he tries all the same. */
#define QUEUE_LIMIT 30.0

static const char *const identity[] = {
	"GIT_AUTHOR_NAME=git upgrade", "GIT_AUTHOR_EMAIL=git-upgrade@localhost",
	"GIT_COMMITTER_NAME=git upgrade",
	"GIT_COMMITTER_EMAIL=git-upgrade@localhost",
};

void event_release(struct event *e)
{
	free(e->id);
	free(e->event);
	free(e->env);
	free(e->commit);
	free(e->tree);
	free(e->release);
	free(e->from);
	free(e->undoes);
	free(e->restores);
	free(e->who);
	free(e->by);
	free(e->outcome);
	free(e->migrated);
	free(e->detail);
	strvec_release(&e->gates);
	free(e->said);
	free(e->reason);
	point_list_release(&e->points);
	*e = (struct event)EVENT_INIT;
}

int event_is_ending(const struct event *e)
{
	static const char *const endings[] = {
		"deployed", "verified", "failed", "restored"
	};

	for (size_t i = 0; e->event && i < ARRAY_SIZE(endings); i++)
		if (!strcmp(e->event, endings[i]))
			return 1;
	return 0;
}

/* What was only said to run, when the platform was made, nobody verified. */
int event_is_good(const struct event *e)
{
	return e->tree && e->who && are_same(e->outcome, "ok") &&
	       (are_same(e->event, "deployed") ||
		are_same(e->event, "verified"));
}

const struct event *event_before(const struct event_list *list,
				 const struct event *e)
{
	size_t i = e ? (size_t)(e - list->v) + 1 : 0;

	while (i < list->nr && are_same(list->v[i].event, "overridden"))
		i++;
	return i < list->nr ? &list->v[i] : NULL;
}

int event_is_of(const struct event *e, const char *release)
{
	const char *own = e->release;

	return own && !strcmp(own + (*own == 'v'),
			      release + (*release == 'v'));
}

void event_list_release(struct event_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		event_release(&list->v[i]);
	free(list->v);
	*list = (struct event_list)EVENT_LIST_INIT;
}

/* Whoever reads it relies on this. */
static int is_event(const struct value *v)
{
	const char *commit = value_text(v, "commit");

	return value_text(v, "event") && (!commit || oid_is_valid(commit));
}

static void take_texts(struct strvec *texts, const struct value *v)
{
	for (size_t i = 0; v && v->type == VALUE_LIST && i < v->nr; i++)
		if (v->items[i]->type == VALUE_SCALAR)
			strvec_push(texts, v->items[i]->text);
}

static void take_body(struct event *e, const struct value *v)
{
	const char *seconds = value_text(v, "seconds");

	e->event = value_text_copy(v, "event");
	e->env = value_text_copy(v, "env");
	e->commit = value_text_copy(v, "commit");
	e->tree = value_text_copy(v, "tree");
	e->release = value_text_copy(v, "release");
	e->from = value_text_copy(v, "from");
	e->undoes = value_text_copy(v, "undoes");
	e->restores = value_text_copy(v, "restores");
	e->who = value_text_copy(v, "who");
	e->by = value_text_copy(v, "by");
	e->outcome = value_text_copy(v, "outcome");
	e->migrated = value_text_copy(v, "migrated");
	e->detail = value_text_copy(v, "detail");
	e->said = value_text_copy(v, "said");
	e->reason = value_text_copy(v, "reason");
	take_texts(&e->gates, value_get(v, "gates"));
	points_read(&e->points, value_get(v, "points"));
	e->seconds = seconds ? strtol(seconds, NULL, 10) : 0;
}

/* "OID TIME\nBODY"; entries that are not ours are passed over. */
static void take_entry(struct event_list *list, const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	const char *end = memchr(text, '\n', len);
	const char *blank = memchr(text, ' ', len);
	struct value *v;
	struct event *e;

	if (!end || !blank || blank > end)
		return;
	v = json_parse("ledger", end + 1, len - (size_t)(end + 1 - text),
		       &err);
	error_release(&err);
	if (!v || !is_event(v)) {
		value_free(v);
		return;
	}
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	e = &list->v[list->nr++];
	*e = (struct event)EVENT_INIT;
	take_body(e, v);
	e->id = xmemdupz(text, (size_t)(blank - text));
	e->when = (time_t)strtoll(blank + 1, NULL, 10);
	value_free(v);
}

void ledger_parse(struct event_list *list, const struct buf *log)
{
	for (size_t pos = 0; pos < log->len;) {
		size_t len = strlen(log->s + pos);

		take_entry(list, log->s + pos, len);
		pos += len + 1;
	}
}

int ledger_read(struct event_list *list, struct repo *r, const char *env,
		size_t max, struct error *err)
{
	char *ref = xstrfmt("refs/upgrade/ledger/%s", env);
	char *limit = max ? xstrfmt("-%zu", max) : NULL;
	struct buf out = BUF_INIT;
	int ret = -1, found = object_find(r, ref, NULL, NULL, err);

	if (found <= 0) {
		ret = found;
		goto out;
	}
	if (git_run(r, &out, err, "log", "-z", "--no-show-signature",
		    "--no-notes", "--no-color", "--encoding=UTF-8",
		    "--format=%H %ct%n%b", ref, limit ? limit : "--",
		    limit ? "--" : NULL, NULL) < 0)
		goto out;
	ledger_parse(list, &out);
	ret = 0;
out:
	free(ref);
	free(limit);
	buf_release(&out);
	return ret;
}

int ledger_read_present(struct event_list *list, struct repo *r,
			const char *env, size_t max, struct error *err)
{
	int ret = ledger_read(list, r, env, max, err);
	size_t nr = 0;

	while (nr < list->nr && !are_same(list->v[nr].event, "removed"))
		nr++;
	while (list->nr > nr)
		event_release(&list->v[--list->nr]);
	return ret;
}

static void event_subject(const struct event *e, struct buf *out)
{
	buf_adds(out, e->event);
	if (e->outcome && strcmp(e->outcome, "ok") &&
	    strcmp(e->outcome, e->event))
		buf_addf(out, " (%s)", e->outcome);
	if (e->release)
		buf_addf(out, " %s", e->release);
	if (e->commit)
		buf_addf(out, " %.7s", e->commit);
	if (e->from && e->release && strcmp(e->from, e->release))
		buf_addf(out, ", was %s", e->from);
}

void event_json(const struct event *e, struct buf *out)
{
	struct json *j = json_new();
	struct buf when = BUF_INIT;

	json_object(j, NULL);
	/* In the ledger the commit itself says these. */
	if (e->id) {
		time_add_rfc3339(&when, e->when);
		json_string(j, "id", e->id);
		json_string(j, "when", when.s);
	}
	json_string(j, "event", e->event);
	json_string(j, "env", e->env);
	json_string(j, "commit", e->commit);
	json_string(j, "tree", e->tree);
	json_string(j, "release", e->release);
	json_string(j, "from", e->from);
	if (e->undoes)
		json_string(j, "undoes", e->undoes);
	if (e->restores)
		json_string(j, "restores", e->restores);
	json_string(j, "who", e->who);
	json_string(j, "by", e->by ? e->by : "server");
	json_string(j, "outcome", e->outcome);
	json_number(j, "seconds", (double)e->seconds);
	if (e->migrated)
		json_string(j, "migrated", e->migrated);
	json_string(j, "detail", e->detail);
	if (e->gates.nr) {
		json_strings(j, "gates", &e->gates);
		json_string(j, "said", e->said);
		json_string(j, "reason", e->reason);
	}
	if (e->points.nr)
		points_json(&e->points, j, "points");
	json_end(j);
	json_write(j, out, JSON_INDENT);
	json_free(j);
	buf_release(&when);
}

static char *one_line(struct proc *p, struct error *err)
{
	struct buf out = BUF_INIT;
	char *line = NULL;

	p->out = &out;
	if (!git_check(p, err)) {
		buf_rtrim(&out);
		line = buf_detach(&out);
	}
	buf_release(&out);
	return line;
}

static char *empty_tree(struct repo *r, struct error *err)
{
	struct proc p = PROC_INIT;
	char *oid;

	git_proc(&p, r, "mktree", NULL);
	p.in = "";
	oid = one_line(&p, err);
	proc_release(&p);
	return oid;
}

/* The ledger commit on top of `tip` (NULL: the first). */
static char *write_event(struct repo *r, const struct event *e,
			 const char *tree, const char *tip,
			 struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf text = BUF_INIT;
	char *oid;

	event_subject(e, &text);
	buf_adds(&text, "\n\n");
	event_json(e, &text);
	git_proc(&p, r, "-c", "core.fsync=committed", "-c",
		 "commit.gpgSign=false", "-c", "i18n.commitEncoding=UTF-8",
		 "commit-tree", tree, NULL);
	if (tip)
		strvec_pushl(&p.argv, "-p", tip, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(identity); i++)
		strvec_push(&p.env, identity[i]);
	strvec_push(&p.env, "GIT_AUTHOR_DATE");
	strvec_push(&p.env, "GIT_COMMITTER_DATE");
	if (e->when) {
		strvec_pushf(&p.env, "GIT_AUTHOR_DATE=@%lld +0000",
			     (long long)e->when);
		strvec_pushf(&p.env, "GIT_COMMITTER_DATE=@%lld +0000",
			     (long long)e->when);
	}
	p.in = text.s;
	p.in_len = text.len;
	oid = one_line(&p, err);
	proc_release(&p);
	buf_release(&text);
	return oid;
}

static char *ref_value(struct repo *r, const char *ref)
{
	struct error ignored = ERROR_INIT;
	char *oid = NULL;

	object_find(r, ref, NULL, &oid, &ignored);
	error_release(&ignored);
	return oid;
}

static int same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void add_command(struct buf *b, const struct repo *r,
			const struct ref_move *m)
{
	char zeroes[65];

	memset(zeroes, '0', sizeof(zeroes));
	zeroes[r->hexsz] = '\0';
	if (m->new)
		buf_addf(b, "update %s %s", m->ref, m->new);
	else
		buf_addf(b, "delete %s", m->ref);
	/* A deletion of what must not exist has nothing to expect. */
	if (m->old && *m->old)
		buf_addf(b, " %s", m->old);
	else if (!m->old && m->new)
		buf_addf(b, " %s", zeroes);
	buf_addc(b, '\n');
}

static int expect(struct conversation *c, const char *answer,
		  struct error *err)
{
	struct buf line = BUF_INIT;
	int ret = conversation_line(c, &line, err);

	if (!ret && strcmp(line.s, answer))
		ret = error_set(err, ERROR_FATAL, "git update-ref said '%s'",
				line.s);
	buf_release(&line);
	return ret;
}

static int start_transaction(struct conversation *c, struct repo *r,
			     struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	git_proc(&p, r, "-c", "core.fsync=committed", "-c",
		 "core.filesRefLockTimeout=2000", "-c",
		 "core.packedRefsTimeout=5000", "update-ref", "-m",
		 "git upgrade", "--stdin", NULL);
	p.in = "";
	p.quiet_err = 1;
	ret = conversation_start(c, &p, err);
	proc_release(&p);
	return ret;
}

struct append {
	const struct ref_move *moves;
	size_t nr_moves;
	int (*between)(void *data, struct error *err);
	void *data;
};

/* Everything up to the answer to `prepare`. */
static void add_transaction(struct buf *b, const struct repo *r,
			    const struct append *a,
			    const struct ref_move *ledger)
{
	buf_adds(b, "start\n");
	add_command(b, r, ledger);
	for (size_t i = 0; i < a->nr_moves; i++)
		if (a->moves[i].new || a->moves[i].old)
			add_command(b, r, &a->moves[i]);
	buf_adds(b, "prepare\n");
}

/* Ask git once more, for its reason: a full disk is no rival. */
static int explain(struct repo *r, const struct append *a,
		   const struct ref_move *ledger, struct error *err)
{
	struct buf b = BUF_INIT;

	add_transaction(&b, r, a, ledger);
	buf_adds(&b, "abort\n");
	if (!git_feed(r, &b, NULL, err, "update-ref", "--stdin", NULL))
		error_set(err, ERROR_FATAL, "its refs could not be locked");
	buf_release(&b);
	return error_wrap(err, "cannot append to the ledger");
}

/* 0 done, 1 the refs could not be locked at their values, -1. */
static int transact(struct repo *r, const struct append *a,
		    const struct ref_move *ledger, struct error *err)
{
	struct conversation c = CONVERSATION_INIT;
	struct error lost = ERROR_INIT;
	struct buf b = BUF_INIT;
	int ret = -1;

	add_transaction(&b, r, a, ledger);
	if (start_transaction(&c, r, err) < 0)
		goto out;
	if (conversation_write(&c, b.s, b.len, &lost) < 0 ||
	    expect(&c, "start: ok", &lost) < 0 ||
	    expect(&c, "prepare: ok", &lost) < 0) {
		ret = 1;
		goto out;
	}
	/* Nothing of the transaction is visible until `commit`. */
	if (a->between && a->between(a->data, err) < 0)
		goto out;
	if (conversation_write(&c, "commit\n", 7, err) < 0 ||
	    expect(&c, "commit: ok", err) < 0) {
		error_wrap(err, "the refs could not be moved");
		goto out;
	}
	ret = 0;
out:
	conversation_finish(&c);
	error_release(&lost);
	buf_release(&b);
	return ret;
}

/* -1 when one of the refs is not where the caller believes it is. */
static int check_moves(struct repo *r, const struct append *a,
		       struct error *err)
{
	for (size_t i = 0; i < a->nr_moves; i++) {
		const struct ref_move *m = &a->moves[i];
		char *now;

		if (m->old && !*m->old)
			continue;
		now = ref_value(r, m->ref);
		if (!same(now, m->old))
			error_set(err, ERROR_REFUSED,
				  "somebody else moved %s meanwhile", m->ref);
		free(now);
		if (err->kind)
			return -1;
	}
	return 0;
}

static int append_once(struct repo *r, const struct event *e,
		       const struct append *a, const char *tree, int last,
		       struct error *err)
{
	struct ref_move ledger = { NULL, NULL, NULL };
	char *ref = xstrfmt("refs/upgrade/ledger/%s", e->env);
	char *tip = ref_value(r, ref), *commit;
	int ret = -1;

	commit = write_event(r, e, tree, tip, err);
	if (commit) {
		ledger = (struct ref_move){ ref, commit, tip };
		ret = transact(r, a, &ledger, err);
		if (ret == 1 && check_moves(r, a, err) < 0)
			ret = -1;
		if (ret == 1 && last)
			ret = explain(r, a, &ledger, err);
	}
	free(commit);
	free(tip);
	free(ref);
	return ret;
}

/*
 * One writer at a time in this repository, as long as that is not too long:
 * a descriptor to close, or -1.  What makes an append right is that its refs
 * are where they were; this only keeps many writers from trying in vain, over
 * and over.  It locks the folder, so it leaves nothing behind.
 */
static int queue_up(const struct repo *r)
{
	int fd = open(r->common_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	double end = time_monotonic() + QUEUE_LIMIT;
	long ms = 1 + getpid() % 10;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 &&
	       errno == EWOULDBLOCK && time_monotonic() < end)
		time_pause(ms);
	return fd;
}

int ledger_append(struct repo *r, const struct event *e,
		  const struct ref_move *moves, size_t nr_moves,
		  int (*between)(void *data, struct error *err), void *data,
		  struct error *err)
{
	struct append a = { moves, nr_moves, between, data };
	char *tree = empty_tree(r, err);
	int ret = tree ? 1 : -1, turn = tree ? queue_up(r) : -1;

	for (int i = 0; ret == 1 && i < MAX_ATTEMPTS; i++) {
		if (i)
			time_pause(i + getpid() % 10);
		ret = append_once(r, e, &a, tree, i == MAX_ATTEMPTS - 1, err);
	}
	if (turn >= 0)
		close(turn);
	free(tree);
	return ret;
}

int env_state_read(struct env_state *s, struct repo *r, const char *env,
		   struct error *err)
{
	static const char *const kinds[] = { "deployed", "verified",
					     "failed" };
	char **slots[] = { &s->deployed, &s->verified, &s->failed };
	struct strvec refs = STRVEC_INIT, lines = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	for (size_t i = 0; i < 3; i++)
		strvec_pushf(&refs, "refs/upgrade/%s/%s", kinds[i], env);
	if (git_run(r, &out, err, "for-each-ref",
		    "--format=%(objectname) %(refname)", refs.v[0],
		    refs.v[1], refs.v[2], NULL) < 0)
		goto out;
	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *ref = strchr(lines.v[i], ' ');

		if (!ref)
			continue;
		*ref++ = '\0';
		for (size_t k = 0; k < 3; k++)
			if (!strcmp(ref, refs.v[k])) {
				free(*slots[k]);
				*slots[k] = xstrdup(lines.v[i]);
			}
	}
	ret = 0;
out:
	strvec_release(&refs);
	strvec_release(&lines);
	buf_release(&out);
	return ret;
}

void env_state_release(struct env_state *s)
{
	free(s->deployed);
	free(s->verified);
	free(s->failed);
	*s = (struct env_state)ENV_STATE_INIT;
}
