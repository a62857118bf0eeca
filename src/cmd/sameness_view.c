#include "cmd/sameness_view.h"

#include "base/time.h"

/* So many paths are named. */
#define PATHS_SHOWN 3

static void add_differs(struct buf *out, const struct strvec *paths)
{
	buf_addf(out, ", in %zu path%s: ", paths->nr,
		 paths->nr == 1 ? "" : "s");
	for (size_t i = 0; i < paths->nr && i < PATHS_SHOWN; i++) {
		buf_adds(out, i ? ", " : "");
		buf_add_path(out, paths->v[i]);
	}
	if (paths->nr > PATHS_SHOWN)
		buf_addf(out, " and %zu more", paths->nr - PATHS_SHOWN);
}

static void add_proof(struct buf *out, const struct proof *p)
{
	if (p->kind != PROOF_VERIFIED) {
		buf_adds(out, ", which ");
		if (p->kind == PROOF_NO_LEDGER)
			buf_adds(out, "nobody says was verified there");
		else
			proof_add(out, p);
		return;
	}
	buf_adds(out, ", verified");
	if (p->when) {
		buf_addc(out, ' ');
		time_add_span(out, time(NULL) - p->when);
		buf_adds(out, " ago");
	}
}

void sameness_view_add(struct buf *out, const struct sameness *s)
{
	if (!s->source)
		return;
	buf_adds(out, s->differs.nr ? "differs from " : "same as ");
	buf_addf(out, "%s's ", s->source);
	if (s->release)
		buf_add_line(out, s->release);
	else
		buf_addf(out, "%.7s", s->commit);
	add_proof(out, &s->proof);
	if (s->differs.nr)
		add_differs(out, &s->differs);
	if (s->own.nr)
		buf_addf(out, " (%zu own path%s)", s->own.nr,
			 s->own.nr == 1 ? "" : "s");
}

void sameness_view_json(struct json *j, const struct sameness *s)
{
	struct buf when = BUF_INIT;
	int verified = s->proof.kind == PROOF_VERIFIED;

	if (!s->source) {
		json_string(j, "same_as", NULL);
		return;
	}
	if (verified && s->proof.when)
		time_add_rfc3339(&when, s->proof.when);
	json_object(j, "same_as");
	json_string(j, "environment", s->source);
	json_string(j, "commit", s->commit);
	json_string(j, "release", s->release);
	json_bool(j, "same", !s->differs.nr);
	json_bool(j, "verified", verified);
	json_string(j, "verified_at", when.len ? when.s : NULL);
	json_strings(j, "differs", &s->differs);
	json_strings(j, "own", &s->own);
	json_end(j);
	buf_release(&when);
}
