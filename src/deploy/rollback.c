#include "deploy/rollback.h"

#include "base/buf.h"
#include "base/mem.h"
#include "deploy/notify.h"
#include "deploy/worker.h"
#include "git/object.h"
#include "git/tree.h"
#include "model/adopted.h"
#include "model/record.h"
#include "state/former.h"
#include "state/held.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Events among which those about a commit are looked for. */
#define EVENTS_READ 2000

static int check_tip(struct platform *p, const struct environment *env,
		     const char *expected, struct error *err)
{
	char *tip = platform_tip(p, env);
	int ret = 0;

	if (!tip)
		ret = error_set(err, ERROR_REFUSED, "there is no branch '%s'",
				env->branch);
	else if (!expected)
		ret = error_set(err, ERROR_REFUSED, "a rollback says which "
				"commit is to be taken back");
	else if (strcmp(tip, expected))
		ret = error_set(err, ERROR_REFUSED, "'%s' is at %.7s now, and "
				"not at %.7s", env->branch, tip, expected);
	if (ret < 0)
		error_hint(err, "look with \"git upgrade status\", and try "
			   "again");
	free(tip);
	return ret;
}

/* Of the record that goes back to before there was one; NULL: error. */
static char *record_blob(struct platform *p, const struct adopted *a,
			 struct error *err)
{
	const char *commit = a->base ? a->base : a->release->commit;
	struct record rec = RECORD_INIT;
	struct buf text = BUF_INIT;
	char *blob;

	rec.profile = xstrdup(p->profile.name);
	rec.release = xstrdup(a->release->name);
	rec.commit = xstrdup(commit);
	rec.tree = object_tree(&p->repo, commit);
	record_write(&rec, &text);
	blob = object_write_blob(&p->repo, text.s, text.len, err);
	record_release(&rec);
	buf_release(&text);
	return blob;
}

static char *add_record(struct platform *p, const struct former *f,
			struct error *err)
{
	struct adopted a = ADOPTED_INIT;
	char *blob = NULL, *tree = NULL;

	if (adopted_read(&a, &p->repo, &p->releases, f->commit, err) < 0)
		goto out;
	if (a.state != ADOPTED_KNOWN || !a.release) {
		error_set(err, ERROR_REFUSED, "nobody can tell which release "
			  "%.7s is on, and a record that is there cannot go "
			  "without another one", f->commit);
		goto out;
	}
	blob = record_blob(p, &a, err);
	if (blob) {
		struct tree_edit edit = { RECORD_PATH, 0100644, blob };

		tree = tree_edit(&p->repo, f->commit, &edit, 1, err);
	}
out:
	adopted_release(&a);
	free(blob);
	return tree;
}

static int has_record(struct platform *p, const char *commit,
		      struct error *err)
{
	struct record rec = RECORD_INIT;
	int has = record_read(&rec, &p->repo, commit, err);

	record_release(&rec);
	return has;
}

/*
 * Its files; where the record came after it, with one: a record that went
 * away again would read as an upgrade that was taken back by hand.
 */
static char *tree_after(struct platform *p, const struct former *f,
			const char *tip, struct error *err)
{
	int before = has_record(p, f->commit, err);
	int now = before < 0 ? -1 : has_record(p, tip, err);

	if (now < 0)
		return NULL;
	return now && !before ? add_record(p, f, err) : xstrdup(f->tree);
}

static char *tree_to_be(struct platform *p, const struct former *f,
			const char *tip, struct error *err)
{
	char *tree = tree_after(p, f, tip, err);
	char *was = object_tree(&p->repo, tip);

	if (tree && are_same(tree, was)) {
		error_set(err, ERROR_REFUSED, "the files of %.7s are there "
			  "already", f->commit);
		FREE_AND_NULL(tree);
	}
	free(was);
	return tree;
}

int rollback_is_at(struct platform *p, const char *tip, const char *commit,
		   struct error *err)
{
	char *was = object_tree(&p->repo, tip);
	struct former f = FORMER_INIT;
	char *tree = NULL;
	int is = -1;

	f.commit = xstrdup(commit);
	f.tree = object_tree(&p->repo, commit);
	if (f.tree)
		tree = tree_after(p, &f, tip, err);
	else
		error_set(err, ERROR_FATAL, "commit %.7s is not here", commit);
	if (tree)
		is = are_same(tree, was);
	former_release(&f);
	free(tree);
	free(was);
	return is;
}

static void describe(struct buf *out, const struct former *f,
		     const char *from, const struct rollback_request *q)
{
	buf_addf(out, "Roll back to %s\n\n", f->release ? f->release :
		 "what was verified before");
	buf_addf(out, "%s (%.7s) is taken back; %.7s was verified before it.\n",
		 from ? from : "What was deployed", q->expected, f->commit);
	if (q->why)
		buf_addf(out, "\n%s\n", q->why);
	buf_addc(out, '\n');
	if (from && f->release)
		buf_addf(out, "Upgrade-From: %s\nUpgrade-To: %s\n", from,
			 f->release);
	buf_addf(out, "Rolled-Back: %s\nRestores: %s\n", q->expected,
		 f->commit);
}

/*
 * What an environment is promoted from is not promoted to it again until
 * somebody says so: the blob that holds it, free(); NULL: it is not held, or
 * an error.
 */
static char *make_hold(struct platform *p, const struct environment *env,
		       const char *from, const struct rollback_request *q,
		       struct error *err)
{
	/* Borrowed: never released. */
	struct env_hold hold = {
		.who = (char *)q->who, .why = (char *)q->why,
		.undone = (char *)q->expected, .release = (char *)from,
		.when = time(NULL),
	};

	return env->promotes_from ? env_hold_write(&hold, &p->repo, err) :
				    NULL;
}

/* The branch, from where it is expected, and the event. */
static int move_branch(struct platform *p, const struct environment *env,
		       const struct former *f, const char *commit,
		       const char *from, const struct rollback_request *q,
		       struct error *err)
{
	char *ref = xstrfmt("refs/heads/%s", env->branch);
	char *held = env_hold_ref(env->name);
	char *hold = make_hold(p, env, from, q, err);
	struct ref_move moves[] = {
		{ ref, commit, q->expected }, { held, hold, "" },
	};
	struct event e = EVENT_INIT;
	int ret = -1;

	/* Borrowed but for the tree: never released. */
	e.event = (char *)"rolledback";
	e.env = env->name;
	e.commit = (char *)commit;
	e.tree = object_tree(&p->repo, commit);
	e.release = f->release;
	e.from = (char *)from;
	e.who = (char *)q->who;
	e.undoes = (char *)q->expected;
	e.restores = f->commit;
	e.detail = (char *)q->why;
	if (err->kind)
		goto out;
	notify_begin(p, env);
	ret = ledger_append(&p->repo, &e, moves, hold ? 2 : 1, NULL, NULL,
			    err);
	if (!ret)
		notify_tell(p, env, NULL);
out:
	free(e.tree);
	free(held);
	free(hold);
	free(ref);
	return ret;
}

/* Has the ledger another answer by now than whoever asks has seen? */
static int check_former(const struct former *f,
			const struct rollback_request *q, struct error *err)
{
	if (!q->restores || !strcmp(q->restores, f->commit))
		return 0;
	error_set(err, ERROR_REFUSED, "it would go back to %.7s now, and not "
		  "to %.7s", f->commit, q->restores);
	return error_hint(err, "look again with \"git upgrade rollback -n\"");
}

/* It waits until the branch has moved, or we are gone. */
static int begin_worker(struct platform *p, const struct environment *env,
			const char *commit, const struct rollback_request *q,
			struct error *err)
{
	struct worker_wait wait = { commit, getpid() };

	return q->is_worker ? 0 : worker_start(p, env->name, &wait, err);
}

/* What it goes back to: by the ledger, or as it was told. */
static int find_former(struct former *f, struct platform *p,
		       const struct environment *env,
		       const struct rollback_request *q, struct error *err)
{
	if (!q->is_given)
		return former_find(f, &p->repo, env->name, q->expected,
				   q->wanted, err);
	f->commit = xstrdup(q->wanted);
	f->tree = object_tree(&p->repo, q->wanted);
	if (!f->tree)
		return error_set(err, ERROR_FATAL, "commit %.7s is not here",
				 q->wanted);
	f->release = platform_release_of(p, q->wanted);
	return 0;
}

char *rollback_make(struct platform *p, const struct environment *env,
		    const struct rollback_request *q, struct error *err)
{
	struct former f = FORMER_INIT;
	struct buf message = BUF_INIT;
	char *tree = NULL, *from = NULL, *commit = NULL;

	if (check_tip(p, env, q->expected, err) < 0 ||
	    find_former(&f, p, env, q, err) < 0 ||
	    check_former(&f, q, err) < 0)
		goto out;
	from = platform_release_of(p, q->expected);
	tree = tree_to_be(p, &f, q->expected, err);
	describe(&message, &f, from, q);
	if (tree)
		/* Who asked for it is in the ledger. */
		commit = object_write_message(&p->repo, tree, q->expected,
					      &message, err);
	if (commit && (begin_worker(p, env, commit, q, err) < 0 ||
		       move_branch(p, env, &f, commit, from, q, err) < 0))
		FREE_AND_NULL(commit);
out:
	former_release(&f);
	buf_release(&message);
	free(tree);
	free(from);
	return commit;
}

/*
 * Why it failed, by the ledger; NULL: it did not, or it was a way back.
 * free().
 */
static char *why_it_failed(const struct event_list *list, const char *commit)
{
	const struct event *last = NULL;

	for (size_t i = 0; i < list->nr; i++) {
		const struct event *e = &list->v[i];

		if (!are_same(e->commit, commit))
			continue;
		if (are_same(e->event, "rolledback"))
			return NULL;
		if (!last && event_is_ending(e))
			last = e;
	}
	if (!last || !are_same(last->event, "failed"))
		return NULL;
	return xstrfmt("Its deploy failed%s%s", last->detail ? ": " : "",
		       last->detail ? last->detail : "");
}

/* Why the branch is to go back; NULL: it is not.  free(). */
static char *reason_to_go_back(struct platform *p,
			       const struct environment *env,
			       const char *tip, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct env_state s = ENV_STATE_INIT;
	char *why = NULL;

	if (!env_state_read(&s, &p->repo, env->name, err) &&
	    are_same(tip, s.failed) &&
	    !ledger_read(&list, &p->repo, env->name, EVENTS_READ, err))
		why = why_it_failed(&list, tip);
	event_list_release(&list);
	env_state_release(&s);
	return why;
}

int rollback_failed(struct platform *p, const struct environment *env,
		    struct error *err)
{
	struct rollback_request q = { .who = "git upgrade",
				      .is_worker = 1 };
	struct error why_not = ERROR_INIT;
	char *tip = NULL, *why = NULL, *made = NULL;
	int ret;

	if (env->on_failure == ON_FAILURE_ROLLBACK)
		tip = platform_tip(p, env);
	if (tip)
		why = reason_to_go_back(p, env, tip, err);
	if (why) {
		q.expected = tip;
		q.why = why;
		made = rollback_make(p, env, &q, &why_not);
	}
	/* Somebody pushed meanwhile, or there is nothing to go back to. */
	if (why_not.kind && why_not.kind != ERROR_REFUSED)
		error_move(err, &why_not);
	error_release(&why_not);
	ret = err->kind ? -1 : made != NULL;
	free(why);
	free(tip);
	free(made);
	return ret;
}
