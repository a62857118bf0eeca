#include "cmd/diagnosis_view.h"

#include <stdlib.h>
#include <string.h>

/* More of them would hide the error they are hints of. */
#define MAX_CAUSES 3

static void add_finding(struct buf *out, const struct finding *f, int color)
{
	term_add(out, color, TERM_BOLD, f->name);
	buf_addf(out, ": %s\n  line %zu: %s", f->means, f->line, f->text);
	if (f->count > 1)
		buf_addf(out, " (and %zu more like it)", f->count - 1);
	buf_addc(out, '\n');
	for (size_t i = 0; i < f->items.nr; i++)
		buf_addf(out, "    %s\n", f->items.v[i]);
	for (size_t i = 0; i < f->hints.nr; i++) {
		buf_adds(out, "  ");
		term_add(out, color, TERM_YELLOW, "hint:");
		buf_addf(out, " %s\n", f->hints.v[i]);
	}
}

void diagnosis_view_add(struct buf *out, const struct diagnosis *d,
			int color)
{
	for (size_t i = 0; i < d->nr; i++)
		add_finding(out, &d->v[i], color);
}

void diagnosis_view_json(struct json *j, const struct diagnosis *d)
{
	json_number(j, "lines", (double)d->lines);
	json_list(j, "failures");
	for (size_t i = 0; i < d->nr; i++) {
		const struct finding *f = &d->v[i];

		json_object(j, NULL);
		json_string(j, "name", f->name);
		json_string(j, "means", f->means);
		json_number(j, "line", (double)f->line);
		json_number(j, "count", (double)f->count);
		json_string(j, "text", f->text);
		json_strings(j, "items", &f->items);
		json_strings(j, "hints", &f->hints);
		json_end(j);
	}
	json_end(j);
}

void diagnosis_view_hint(struct error *err, const struct profile *p,
			 const struct buf *log, const char *env)
{
	struct diagnosis d = DIAGNOSIS_INIT;
	struct error ignored = ERROR_INIT;

	if (!log->len || diagnosis_begin(&d, p, &ignored) < 0)
		goto out;
	diagnosis_add(&d, log->s, log->len);
	diagnosis_end(&d);
	for (size_t i = 0; i < d.nr && i < MAX_CAUSES; i++)
		error_hint(err, "known cause: %s", d.v[i].means);
	if (d.nr)
		error_hint(err, "what to do about it: git upgrade diagnose %s",
			   env);
out:
	error_release(&ignored);
	diagnosis_release(&d);
}
