#include "state/publish.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "git/fetch.h"
#include "git/lsremote.h"
#include "git/object.h"
#include "git/push.h"
#include "git/ref.h"
#include "state/host.h"
#include "state/ledger.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds for one talk with the remote. */
#define TALK_LIMIT 60
/* Others who publish there at the same moment make us try again. */
#define MAX_TRIES 5
#define PAUSE 0.3

static const char *const kinds[] = {
	"ledger", "deployed", "verified", "failed"
};

enum { NR_KINDS = ARRAY_SIZE(kinds), LEDGER = 0 };

/* Where */

static int is_upstream(const struct repo *r, const struct profile *p,
		       const char *remote)
{
	char *key = xstrfmt("remote.%s.url", remote);
	char *url = repo_config(r, key);
	int is = profile_fits_url(p, url ? url : remote) ||
		 (p->upstream && (!strcmp(p->upstream, remote) ||
				  (url && !strcmp(p->upstream, url))));

	free(key);
	free(url);
	return is;
}

char *state_remote(const struct repo *r, const struct profile *p,
		   const struct environment *env, const char *remote)
{
	char *name = repo_config(r, "upgrade.stateRemote");

	if (!name && env->deploy != DEPLOY_BY_HOOKS && remote &&
	    !is_upstream(r, p, remote))
		name = xstrdup(remote);
	if (name && !strcmp(name, "."))
		FREE_AND_NULL(name);
	return name;
}

char *state_remote_of_host(const struct repo *r, const struct profile *p,
			   const struct environment *env)
{
	char *key = xstrfmt("branch.%s.remote", env->branch);
	char *pulls_from = repo_config(r, key);
	char *name = state_remote(r, p, env, pulls_from);

	free(key);
	free(pulls_from);
	return name;
}

/* The note */

static char *note_path(const struct repo *r, const char *env)
{
	char *folder = host_folder(r, env);
	char *path = host_is_here(r, env) ? path_join(folder, ".published") :
		xstrfmt("%s/upgrade/deploys/%s/published", r->common_dir, env);

	free(folder);
	return path;
}

static void take_fact(struct publication *p, const char *line)
{
	const char *rest;

	if ((rest = skip_prefix(line, "remote ")) && !p->remote)
		p->remote = xstrdup(rest);
	else if ((rest = skip_prefix(line, "ledger ")) && !p->ledger)
		p->ledger = xstrdup(rest);
	else if ((rest = skip_prefix(line, "trouble ")) && !p->trouble)
		p->trouble = xstrdup(rest);
}

void publication_read(struct publication *p, const struct repo *r,
		      const char *env)
{
	struct error ignored = ERROR_INIT;
	struct strvec lines = STRVEC_INIT;
	struct buf text = BUF_INIT;
	char *path = note_path(r, env);

	if (!file_read(path, &text, &ignored))
		strvec_split(&lines, text.s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		take_fact(p, lines.v[i]);
	error_release(&ignored);
	strvec_release(&lines);
	buf_release(&text);
	free(path);
}

static int write_note(const struct publication *p, const struct repo *r,
		      const char *env, struct error *err)
{
	struct buf text = BUF_INIT;
	char *path = note_path(r, env);
	int ret;

	buf_addf(&text, "remote %s\n", p->remote);
	if (p->ledger)
		buf_addf(&text, "ledger %s\n", p->ledger);
	if (p->trouble) {
		buf_adds(&text, "trouble ");
		buf_add_line(&text, p->trouble);
		buf_addc(&text, '\n');
	}
	/* A URL may hold a password. */
	ret = file_put(path, text.s, text.len, 0600, err);
	buf_release(&text);
	free(path);
	return ret;
}

static char *state_ref(const char *kind, const char *env)
{
	return xstrfmt("refs/upgrade/%s/%s", kind, env);
}

static int same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int publication_is_complete(const struct publication *p, struct repo *r,
			    const char *env, const char *remote)
{
	char *ref = state_ref("ledger", env);
	char *tip = object_commit(r, ref);
	int is = !tip || (same(p->remote, remote) && same(p->ledger, tip));

	free(ref);
	free(tip);
	return is;
}

void publication_release(struct publication *p)
{
	free(p->remote);
	free(p->ledger);
	free(p->trouble);
	*p = (struct publication)PUBLICATION_INIT;
}

/* One try */

struct attempt {
	struct repo *r;
	const char *env, *remote;
	struct ls_remote theirs;
	char *refs[NR_KINDS];
	char *ours[NR_KINDS];		/* NULL: there is none */
	int is_one_of_many;
	int is_behind;			/* others saw one end later */
	size_t strange;
};

static void attempt_release(struct attempt *a)
{
	ls_remote_release(&a->theirs);
	for (size_t i = 0; i < NR_KINDS; i++) {
		free(a->refs[i]);
		free(a->ours[i]);
	}
}

static int attempt_read(struct attempt *a, struct error *err)
{
	for (size_t i = 0; i < NR_KINDS; i++) {
		a->refs[i] = state_ref(kinds[i], a->env);
		a->ours[i] = object_commit(a->r, a->refs[i]);
	}
	return ls_remote_read_below(&a->theirs, a->r, a->remote,
				    "refs/upgrade/", TALK_LIMIT, err);
}

static const char *theirs(const struct attempt *a, size_t kind)
{
	return ls_remote_get(&a->theirs, a->refs[kind]);
}

static int fetch_ledger(const struct attempt *a, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT, why = BUF_INIT;
	int ret;

	git_proc(&p, a->r, "fetch", "--quiet", "--no-tags", "--no-prune",
		 "--refmap=", "--no-write-fetch-head",
		 "--no-auto-maintenance", "--no-recurse-submodules", "--",
		 a->remote, a->refs[LEDGER], NULL);
	p.err = &said;
	p.timeout = TALK_LIMIT;
	ret = proc_run(&p, err);
	if (!ret && p.status) {
		remote_add_reason(&why, &said);
		ret = error_set(err, ERROR_FATAL, "what is published there "
				"cannot be fetched: %s", why.s);
	}
	proc_release(&p);
	buf_release(&said);
	buf_release(&why);
	return ret;
}

/* The same event with another one before it; free(). */
static char *replant(struct repo *r, const char *event, const char *parent,
		     struct error *err)
{
	struct buf old = BUF_INIT, new = BUF_INIT, out = BUF_INIT;
	const char *rest;
	char *oid = NULL;

	if (object_read(r, event, &old, err) < 0)
		goto out;
	/* "tree OID", perhaps "parent OID", then all that stays. */
	rest = old.s + strcspn(old.s, "\n");
	buf_add(&new, old.s, (size_t)(rest - old.s));
	buf_addf(&new, "\nparent %s", parent);
	if (starts_with(rest, "\nparent "))
		rest += 1 + strcspn(rest + 1, "\n");
	buf_add(&new, rest, old.len - (size_t)(rest - old.s));
	if (git_feed(r, &new, &out, err, "-c", "core.fsync=committed",
		     "hash-object", "-t", "commit", "-w", "--stdin",
		     NULL) < 0)
		goto out;
	buf_rtrim(&out);
	oid = buf_detach(&out);
out:
	buf_release(&old);
	buf_release(&new);
	buf_release(&out);
	return oid;
}

/* Our events that they lack, on top of theirs. */
static int replant_all(struct attempt *a, const char *tip, struct error *err)
{
	struct strvec mine = STRVEC_INIT;
	char *without = xstrfmt("^%s", tip), *top = xstrdup(tip);
	int ret = rev_list(a->r, &mine, err, "--reverse", "--first-parent",
			   a->ours[LEDGER], without, "--", NULL);

	for (size_t i = 0; !ret && i < mine.nr; i++) {
		char *next = replant(a->r, mine.v[i], top, err);

		ret = next ? 0 : -1;
		if (next) {
			free(top);
			top = next;
		}
	}
	if (!ret)
		ret = git_run(a->r, NULL, err, "-c", "core.fsync=committed",
			      "update-ref", "-m", "git upgrade",
			      a->refs[LEDGER], top, a->ours[LEDGER], NULL);
	if (!ret) {
		free(a->ours[LEDGER]);
		a->ours[LEDGER] = top;
		top = NULL;
	}
	strvec_release(&mine);
	free(without);
	free(top);
	return ret;
}

/* What they have had since the two ledgers were one; else nothing. */
static void count_strange(struct attempt *a, const char *tip)
{
	struct error ignored = ERROR_INIT;
	char *range = xstrfmt("%s..%s", a->ours[LEDGER], tip);
	char *base = git_line(a->r, &ignored, "merge-base", a->ours[LEDGER],
			      tip, NULL);
	char *count = base ? git_line(a->r, &ignored, "rev-list", "--count",
				      range, "--", NULL) : NULL;

	if (count)
		a->strange += (size_t)strtoul(count, NULL, 10);
	error_release(&ignored);
	free(range);
	free(base);
	free(count);
}

static int is_ancestor(const struct attempt *a, const char *tip)
{
	struct error ignored = ERROR_INIT;
	int is = commit_contains(a->r, a->ours[LEDGER], tip, &ignored) == 1;

	error_release(&ignored);
	return is;
}

/* When something ended last, by the newest events up to `tip`; 0: never. */
static time_t last_ending(struct repo *r, const char *tip, const char *without)
{
	struct error ignored = ERROR_INIT;
	struct event_list list = EVENT_LIST_INIT;
	struct buf out = BUF_INIT;
	time_t when = 0;

	if (!git_run(r, &out, &ignored, "log", "-z", "--no-show-signature",
		     "--no-notes", "--no-color", "--encoding=UTF-8",
		     "--format=%H %ct%n%b", "-50", tip, "--not", without,
		     "--", NULL))
		ledger_parse(&list, &out);
	for (size_t i = 0; !when && i < list.nr; i++)
		if (event_is_ending(&list.v[i]))
			when = list.v[i].when;
	error_release(&ignored);
	event_list_release(&list);
	buf_release(&out);
	return when;
}

/* Of all that the two do not share, what ended last is theirs. */
static int is_behind(const struct attempt *a, const char *tip)
{
	const char *ours = a->ours[LEDGER];
	time_t mine = last_ending(a->r, ours, tip);

	return !mine || mine < last_ending(a->r, tip, ours);
}

static int join_ledgers(struct attempt *a, struct error *err)
{
	const char *tip = theirs(a, LEDGER);

	if (!tip || is_ancestor(a, tip))
		return 0;
	if (fetch_ledger(a, err) < 0)
		return -1;
	if (is_ancestor(a, tip))
		return 0;
	a->is_behind = a->is_one_of_many && is_behind(a, tip);
	count_strange(a, tip);
	return replant_all(a, tip, err);
}

/* 0 done, 1 somebody was faster, -1. */
static int push_all(struct attempt *a, struct error *err)
{
	struct push_report rep = PUSH_REPORT_INIT;
	struct leased_ref v[NR_KINDS];
	size_t nr = 0;
	int ret = 0;

	for (size_t i = 0; i < NR_KINDS; i++)
		if (!same(a->ours[i], theirs(a, i)) &&
		    (i == LEDGER || !a->is_behind))
			v[nr++] = (struct leased_ref){ a->refs[i], a->ours[i],
						       theirs(a, i) };
	if (nr)
		ret = git_push_leased(&rep, a->r, a->remote, v, nr,
				      TALK_LIMIT, err);
	if (!ret && nr && rep.said != PUSH_SAID_DONE) {
		error_set(err, ERROR_FATAL, "%s", rep.reason ? rep.reason :
			  rep.last ? rep.last : "no answer");
		ret = 1;
	}
	push_report_release(&rep);
	return ret;
}

/* Did anything there change while we pushed?  Else the refusal stands. */
static int has_moved(const struct attempt *a)
{
	struct error ignored = ERROR_INIT;
	struct ls_remote now = LS_REMOTE_INIT;
	int moved = 0;

	if (!ls_remote_read_below(&now, a->r, a->remote, "refs/upgrade/",
				  TALK_LIMIT, &ignored))
		for (size_t i = 0; i < NR_KINDS; i++)
			moved |= !same(ls_remote_get(&now, a->refs[i]),
				       theirs(a, i));
	error_release(&ignored);
	ls_remote_release(&now);
	return moved;
}

/*
 * A ref that a push may not see is never where the lease says: to git it is
 * not there at all.
 */
static int explain_hidden(struct error *err)
{
	if (strcmp(err->message, "stale info"))
		return -1;
	return error_set(err, ERROR_FATAL, "refs/upgrade/ is closed to pushes "
			 "there (receive.hideRefs), as on a platform");
}

/* 0 done, 1 try again, -1; with 1 the error is set, too. */
static int try_once(struct repo *r, const char *env, const char *remote,
		    char **ledger, size_t *strange, struct error *err)
{
	struct attempt a = { .r = r, .env = env, .remote = remote,
			     .theirs = LS_REMOTE_INIT,
			     .is_one_of_many = !strange };
	int ret = -1;

	if (attempt_read(&a, err) < 0 || join_ledgers(&a, err) < 0)
		goto out;
	ret = push_all(&a, err);
	if (ret == 1 && !has_moved(&a))
		ret = explain_hidden(err);
	if (!ret)
		*ledger = xstrdup_or_null(a.ours[LEDGER]);
	if (strange)
		*strange += a.strange;
out:
	attempt_release(&a);
	return ret;
}

static int publish(struct publication *p, struct repo *r, const char *env,
		   const char *remote, size_t *strange, struct error *err)
{
	int ret = 1;

	/* Not in step with whoever was faster. */
	double pause = PAUSE * (0.5 + (double)(getpid() % 64) / 64);

	for (int i = 0; ret == 1 && i < MAX_TRIES; i++) {
		if (i)
			interrupt_wait(pause * i);
		ret = try_once(r, env, remote, &p->ledger, strange, err);
	}
	if (!ret) {
		error_release(err);
		*err = (struct error)ERROR_INIT;
	}
	return ret ? -1 : 0;
}

int evidence_publish(struct repo *r, const char *env, const char *remote,
		     size_t *strange, struct error *err)
{
	struct publication was = PUBLICATION_INIT;
	struct publication now = { xstrdup(remote), NULL, NULL };
	struct error unwritten = ERROR_INIT;
	int ret;

	publication_read(&was, r, env);
	ret = publish(&now, r, env, remote, strange, err);
	if (ret < 0) {
		now.trouble = xstrdup(err->message);
		if (same(was.remote, remote))
			now.ledger = xstrdup_or_null(was.ledger);
	}
	if (write_note(&now, r, env, ret ? &unwritten : err) < 0)
		ret = -1;
	error_release(&unwritten);
	publication_release(&was);
	publication_release(&now);
	return ret;
}

int evidence_is_unpublished(struct repo *r, const char *env,
			    const char *remote)
{
	struct publication note = PUBLICATION_INIT;
	int is;

	publication_read(&note, r, env);
	is = !publication_is_complete(&note, r, env, remote);
	publication_release(&note);
	return is;
}

int evidence_fetch(struct repo *r, const char *env, const char *remote,
		   const struct ls_remote *refs, struct error *err)
{
	const char *ledger = state_shown(refs, "ledger", env);
	struct publication note = PUBLICATION_INIT;
	int ret = 0;

	if (!ledger || evidence_is_unpublished(r, env, remote))
		return 0;
	if (state_fetch_published(r, remote, refs, env, err) < 0)
		return -1;
	publication_read(&note, r, env);
	if (!same(note.ledger, ledger) || !same(note.remote, remote)) {
		publication_release(&note);
		note.remote = xstrdup(remote);
		note.ledger = xstrdup(ledger);
		ret = write_note(&note, r, env, err);
	}
	publication_release(&note);
	return ret;
}
