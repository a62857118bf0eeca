#include "gate/gate.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "model/promotion.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* In the order people read them: the plainest mistake first. */
static const struct gate *const gates[] = {
	&gate_deletion,
	&gate_lock,
	&gate_freeze,
	&gate_fast_forward,
	&gate_promotion,
	&gate_record,
	&gate_legal_hop,
	&gate_extensions,
	&gate_soak,
	&gate_backup,
	&gate_required_files,
	&gate_markers,
	&gate_checks,
};

static int fill(struct verdict *v, enum verdict_kind kind, const char *fmt,
		va_list ap)
{
	struct buf b = BUF_INIT;

	buf_vaddf(&b, fmt, ap);
	free(v->reason);
	v->kind = kind;
	v->reason = buf_detach(&b);
	return 0;
}

int verdict_ok(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(v, VERDICT_OK, fmt, ap);
	va_end(ap);
	return 0;
}

int verdict_refuse(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(v, VERDICT_REFUSED, fmt, ap);
	va_end(ap);
	return 0;
}

int verdict_unknown(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(v, VERDICT_UNKNOWN, fmt, ap);
	va_end(ap);
	return 0;
}

void verdict_hint(struct verdict *v, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	strvec_push_nodup(&v->hints, buf_detach(&b));
}

const char *verdict_word(const struct verdict *v)
{
	static const char *const words[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_REFUSED] = "refused",
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_OVERRIDDEN] = "overridden",
	};

	return words[v->kind];
}

void verdict_add_list(struct buf *out, const struct verdict_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		buf_addf(out, "%s%s %s", i ? ", " : "", v->gate,
			 verdict_word(v));
		if (v->kind == VERDICT_OK && v->is_telling)
			buf_addf(out, " (%s)", v->reason);
	}
}

void verdict_hint_fetch(struct verdict *v, const struct move *m)
{
	verdict_hint(v, "ask upstream for its releases with \"git upgrade "
		     "fetch\", then %s", move_again(m));
}

static struct verdict *add(struct verdict_list *list, const char *gate)
{
	struct verdict *v;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	v = &list->v[list->nr++];
	*v = (struct verdict){ .kind = VERDICT_OK, .gate = gate,
			       .overridden = STRVEC_INIT,
			       .hints = STRVEC_INIT };
	return v;
}

struct move_facts {
	struct adopted from, to;
	int has_from, has_to;
	char *promotion;		/* the command; NULL: it is none */
	int has_promotion;
};

/* The command that promotes what `s` is of: not the newest, it may be. */
static char *command_of(const struct move *m, const struct step_of_line *s)
{
	const char *tip = m->source ? m->source->tip : NULL;
	char *release = tip && strcmp(tip, s->source_commit) ?
			adopted_name_at(m->repo, m->releases,
					s->source_commit) : NULL;
	char *command = xstrfmt("\"git upgrade promote %s%s%s%s %s\"",
				release ? "--release=" : "",
				release ? release : "", release ? " " : "",
				s->source, m->env);

	free(release);
	return command;
}

/* NULL: what comes, in the end, is no promotion from there. */
static char *find_promotion(const struct move *m, const char *from)
{
	struct error ignored = ERROR_INIT;
	struct line line = LINE_INIT;
	char *command = NULL;

	if (!line_read(&line, m->repo, m->new, NULL, 1, &ignored) && line.nr &&
	    step_is_promotion(&line.v[0]) && !strcmp(line.v[0].source, from))
		command = command_of(m, &line.v[0]);
	error_release(&ignored);
	line_release(&line);
	return command;
}

const char *move_promotion(const struct move *m)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);
	const char *from = env ? env->promotes_from : NULL;
	struct move_facts *facts = m->facts;

	if (!from || !m->new || m->here || !facts)
		return NULL;
	if (!facts->has_promotion++)
		facts->promotion = find_promotion(m, from);
	return facts->promotion;
}

const char *move_again(const struct move *m)
{
	const char *promotion = move_promotion(m);

	return m->here ? "deploy again" : promotion ? promotion : "push again";
}

static const struct adopted *find_out(const struct move *m,
				      struct adopted *a, int *has,
				      const char *commit, struct error *err)
{
	if (!*has &&
	    adopted_read(a, m->repo, m->releases, commit, err) < 0) {
		adopted_release(a);
		return NULL;
	}
	*has = 1;
	return a;
}

const struct adopted *move_from(const struct move *m, struct error *err)
{
	if (m->known_from)
		return m->known_from;
	return find_out(m, &m->facts->from, &m->facts->has_from,
			m->deployed ? m->deployed : m->old, err);
}

const struct adopted *move_to(const struct move *m, struct error *err)
{
	return find_out(m, &m->facts->to, &m->facts->has_to, m->new, err);
}

static int is_allowed(const struct move *m, const char *name)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);

	return env && strvec_has(&env->overrides, name);
}

/* In the text that says something of the environment, if any does. */
static void hint_owner(struct verdict *v, const struct move *m,
		       const char *name)
{
	char *prefix = xstrfmt("environments.%s.", m->env);
	char *key = xstrfmt("%soverrides", prefix);
	const char *origin = profile_origin_below(m->profile, key, prefix);

	verdict_hint(v, "nobody may override '%s' unless %s's owner says so: "
		     "%s: [%s]%s%s", name, m->env, key, name,
		     origin ? ", in " : "", origin ? origin : "");
	free(prefix);
	free(key);
}

int verdict_override(struct verdict *v, const struct move *m,
		     const char *name)
{
	int is_wanted = m->overrides && strvec_has(&m->overrides->gates, name);

	if (!is_allowed(m, name)) {
		if (is_wanted)
			hint_owner(v, m, name);
		return 0;
	}
	if (overrides_have(m->overrides, name)) {
		strvec_push(&v->overridden, name);
		return 1;
	}
	if (!m->here)
		verdict_hint(v, "or override it: --override=%s --reason=TEXT",
			     name);
	return 0;
}

/* One that nobody may override says so where it is tried. */
static void override(const struct move *m, struct verdict *v)
{
	if (!profile_gate_is_fixed(v->gate)) {
		if (verdict_override(v, m, v->gate))
			v->kind = VERDICT_OVERRIDDEN;
	} else if (m->overrides && strvec_has(&m->overrides->gates, v->gate)) {
		verdict_hint(v, "nobody may override '%s'", v->gate);
	}
}

void verdicts_overridden(const struct verdict_list *list,
			 struct strvec *names, struct buf *said)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		if (v->kind != VERDICT_OVERRIDDEN)
			continue;
		strvec_pushv(names, v->overridden.v);
		buf_addf(said, "%s%s", said->len ? "; " : "", v->reason);
	}
}

static int judge_all(const struct move *m, struct verdict_list *list,
		     struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
		struct verdict *v = add(list, gates[i]->name);

		if (gates[i]->judge(m, v, err) < 0)
			return error_wrap(err, "%s", gates[i]->name);
		if (v->kind == VERDICT_REFUSED)
			override(m, v);
		if (v->kind == VERDICT_REFUSED)
			list->refused = 1;
		if (v->kind == VERDICT_OVERRIDDEN)
			list->overridden = 1;
		/* Nothing is left to look at. */
		if (!m->new)
			break;
	}
	return 0;
}

int gates_judge(const struct move *m, struct verdict_list *list,
		struct error *err)
{
	struct move_facts facts = { .from = ADOPTED_INIT,
				    .to = ADOPTED_INIT };
	struct move own = *m;
	int ret;

	own.facts = &facts;
	/* One moment for all of them. */
	own.now = own.now ? own.now : time_now();
	ret = judge_all(&own, list, err);
	adopted_release(&facts.from);
	adopted_release(&facts.to);
	free(facts.promotion);
	return ret;
}

void verdict_list_release(struct verdict_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].reason);
		strvec_release(&list->v[i].overridden);
		strvec_release(&list->v[i].hints);
	}
	free(list->v);
	*list = (struct verdict_list)VERDICT_LIST_INIT;
}
