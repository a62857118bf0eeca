#include "flow/backup_internal.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/time.h"
#include "flow/ask.h"
#include "state/backup.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int judge(struct backups *b)
{
	const struct backup_rules none = { 0, 0, 0, 0 }, *rules = &none;

	/* The newest knows them best. */
	for (size_t i = b->list.nr; i-- > 0;)
		rules = &b->list.v[i].rules;
	b->fates = backup_fates_new(b->list.nr);
	backups_judge(&b->list, rules, time_now(), b->fates);
	return 0;
}

static void forget(struct backups *b)
{
	backup_fates_free(b->fates, b->list.nr);
	b->fates = NULL;
	backup_list_release(&b->list);
}

/* Of a platform, or where its host publishes; clients have done so. */
static int fetch_list(struct backups *b, struct repo *r, struct error *err)
{
	struct destination *d = &b->to;
	int is_elsewhere = d->is_pulled &&
			   strcmp(d->state_remote, d->remote) != 0;

	if (!d->is_driven &&
	    state_fetch_backups(r, d->is_pulled ? d->state_remote : d->remote,
				is_elsewhere ? &d->state : &d->refs, d->env,
				err) < 0)
		return -1;
	return backups_read(&b->list, r, d->env, err);
}

static int read_list(struct backups *b, struct repo *r, struct error *err)
{
	forget(b);
	if ((b->here ? backups_read_here(b, err) :
		       fetch_list(b, r, err)) < 0)
		return -1;
	return judge(b);
}

static int hint_host(const struct destination *d, struct error *err)
{
	return error_hint(err, "on that host, in the folder where it pulls: "
			  "\"git upgrade backup ... %s\"", d->env);
}

/* Nothing here can make one, or say which there are. */
static int no_platform(const struct destination *d, struct error *err)
{
	if (d->is_pulled) {
		error_set(err, ERROR_REFUSED, "the host of %s makes its "
			  "backups, and publishes nowhere which there are",
			  d->env);
		return hint_host(d, err);
	}
	error_set(err, ERROR_REFUSED, "nothing at '%s' makes backups: it is no "
		  "platform of git upgrade", d->remote);
	return error_hint(err, "make one with \"git upgrade platform init "
			  "DIR\" on the server");
}

int backups_find(struct backups *b, struct repo *r, const char *env,
		 struct error *err)
{
	const struct environment *own = host_environment(r, &b->product, env);
	struct env_lock lock = ENV_LOCK_INIT;
	int held;

	if (own)
		return backups_open_here(b, r, own->name, err) < 0 ? -1 :
		       read_list(b, r, err);
	if (destination_find(&b->to, r, &b->product, env, err) < 0)
		return -1;
	if (b->to.is_driven || (b->to.is_pulled && b->to.state_remote))
		return read_list(b, r, err);
	if (!b->to.is_platform)
		return no_platform(&b->to, err);
	held = env_lock_read(&lock, r, b->to.env, err);
	if (held > 0)
		hold_find(&b->hold, r, &lock);
	env_lock_release(&lock);
	return held < 0 ? -1 : read_list(b, r, err);
}

int backups_find_to_change(struct backups *b, struct repo *r,
			   const char *env, struct error *err)
{
	if (backups_find(b, r, env, err) < 0)
		return -1;
	if (!b->to.is_pulled)
		return 0;
	error_set(err, ERROR_REFUSED, "the host of %s makes its backups, and "
		  "nobody else can see to them", b->to.env);
	return hint_host(&b->to, err);
}

int backups_look(struct backups *b, struct repo *r, struct error *err)
{
	if (b->here)
		return read_list(b, r, err);
	if (destination_refresh(&b->to, r, err) < 0 ||
	    destination_fetch_state(&b->to, r, err) < 0)
		return -1;
	return read_list(b, r, err);
}

struct backup *backups_get(const struct backups *b, const char *id,
			   struct error *err)
{
	struct backup *found = backup_list_find(&b->list, id);
	struct buf shown = BUF_INIT;

	if (!found) {
		buf_add_line(&shown, id);
		error_set(err, ERROR_REFUSED, "%s has no backup '%s'",
			  b->to.env, shown.s);
		error_hint(err, "see which there are with \"git upgrade backup "
			   "list %s\"", b->to.env);
	}
	buf_release(&shown);
	return found;
}

/* An object; value_free(). */
static struct value *fields_of(const char *const *texts)
{
	struct value *fields = value_new(VALUE_MAP);

	for (; *texts; texts += 2)
		if (texts[1])
			value_add(fields, texts[0], value_scalar(texts[1]));
	return fields;
}

int backups_act(struct platform *p, const struct environment *env,
		const struct value *fields, int lock,
		const struct backup_around *around, const struct reporter *say,
		struct error *err)
{
	const struct backup_act *act = backup_act_find(fields, err);
	char *who = own_name(&p->repo);
	char *why = redact_line(value_text(fields, "reason"), 0);
	const struct backup_asked asked = {
		.p = p, .env = env, .fields = fields, .by = { who, why },
	};
	int ret = -1;

	if (act)
		ret = backup_act_apart(act, &asked, lock, around, say, err);
	else
		close(lock);
	free(who);
	free(why);
	return ret;
}

static int ask_ourselves(struct backups *b, struct repo *r,
			 const char *const *texts, const struct reporter *say,
			 struct error *err)
{
	struct value *fields = fields_of(texts);
	int ret = (b->here ? backups_ask_here : backups_ask_driven)
		(b, r, fields, say, err);

	value_free(fields);
	return ret;
}

/* The reason comes again as the answer; its hints do not. */
struct filter {
	const struct reporter *say;
	struct strvec hints;
	int failed;
};

static void take_line(void *data, enum report_kind kind, const char *text)
{
	struct filter *f = data;
	const char *hint = skip_prefix(text, "hint: ");

	if (kind == REPORT_LOG && starts_with(text, "error: "))
		f->failed = 1;
	else if (kind == REPORT_LOG && f->failed && hint)
		strvec_push(&f->hints, hint);
	else
		report(f->say, kind, "%s", text);
}

/* Ctrl-C ends the connection, and nothing else. */
static int ask_there(struct backups *b, struct repo *r,
		     const char *const *texts, const struct reporter *say,
		     struct error *err)
{
	struct interrupt held;
	int ret, interrupted;

	interrupt_hold(&held);
	ret = ask_platform(r, &b->to, "backup", texts, say, err);
	interrupted = interrupt_forget();
	interrupt_release(&held);
	if (interrupted)
		repo_disconnect(r);
	if (!interrupted || !ret || err->kind != ERROR_PENDING)
		return ret;
	error_release(err);
	error_set(err, ERROR_PENDING, "interrupted; what the platform has "
		  "begun goes on");
	err->changed = 1;
	return error_hint(err, "see how it goes with \"git upgrade backup "
			  "list %s\"", b->to.env);
}

int backups_ledger_grew(const char *before, const char *after)
{
	return after && !are_same(before, after);
}

int backups_ask(struct backups *b, struct repo *r, const char *const *texts,
		const struct reporter *say, struct error *err)
{
	struct filter f = { say, STRVEC_INIT, 0 };
	struct reporter filtered = { take_line, &f };
	struct error lost = ERROR_INIT;
	char *before;
	int ret;

	if (b->here || b->to.is_driven)
		return ask_ourselves(b, r, texts, say, err);
	before = xstrdup_or_null(destination_state(&b->to, "ledger"));
	ret = ask_there(b, r, texts, &filtered, err);
	/* Something happened there before it was refused. */
	if (ret < 0 && err->kind == ERROR_REFUSED &&
	    !destination_refresh(&b->to, r, &lost) &&
	    backups_ledger_grew(before,
				destination_state(&b->to, "ledger"))) {
		err->kind = ERROR_DEPLOY;
		err->changed = 1;
	}
	error_release(&lost);
	free(before);
	for (size_t i = 0; ret < 0 && i < f.hints.nr; i++)
		error_hint(err, "%s", f.hints.v[i]);
	strvec_release(&f.hints);
	return ret;
}

/* What is there is what counts, whether an answer came or not. */
static int find_made(struct backups *b, struct repo *r, const char *nonce,
		     const struct backup **made, struct error *err)
{
	if (backups_look(b, r, err) < 0)
		return -1;
	for (size_t i = 0; i < b->list.nr; i++)
		if (are_same(b->list.v[i].nonce, nonce))
			*made = &b->list.v[i];
	return 0;
}

int backups_create(struct backups *b, struct repo *r, const char *with,
		   const char *label, const struct reporter *say,
		   const struct backup **made, struct error *err)
{
	char *nonce = lock_nonce_new(err);
	const char *const texts[] = {
		"do", "create", "nonce", nonce, "with", with, "label", label,
		NULL
	};
	struct error unknown = ERROR_INIT;
	int ret = nonce ? backups_ask(b, r, texts, say, err) : -1;

	*made = NULL;
	if (!ret || (nonce && err->kind == ERROR_PENDING)) {
		if (find_made(b, r, nonce, made, &unknown) < 0 && !ret)
			ret = error_move(err, &unknown);
		if (ret < 0 && *made && (*made)->state == BACKUP_GOOD) {
			error_release(err);
			ret = 0;
		}
		if (!ret && !*made)
			ret = error_set(err, ERROR_PENDING, "the platform says "
					"that it was made, and does not list "
					"it");
	}
	error_release(&unknown);
	free(nonce);
	return ret;
}

void backups_release(struct backups *b)
{
	forget(b);
	if (b->here)
		host_release(b->here);
	free(b->here);
	hold_release(&b->hold);
	destination_release(&b->to);
	product_release(&b->product);
	*b = (struct backups)BACKUPS_INIT;
}
