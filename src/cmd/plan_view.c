#include "cmd/plan_view.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/term.h"
#include "cmd/migration_view.h"

#include <stdlib.h>
#include <string.h>

void plan_view_add_conflicts(struct buf *out, size_t nr)
{
	if (nr)
		buf_addf(out, "%zu conflict%s", nr, nr == 1 ? "" : "s");
	else
		buf_adds(out, "no conflicts");
}

static void add_files(struct buf *out, const char *label, size_t nr)
{
	buf_addf(out, "  %-12s %zu file%s", label, nr, nr == 1 ? "" : "s");
}

static void add_pair(struct buf *out, const char *path, const char *what)
{
	struct buf name = BUF_INIT;

	buf_add_path(&name, path);
	buf_adds(out, "      ");
	term_add_padded(out, name.s, 34);
	buf_adds(out, "  ");
	buf_add_clean(out, what, strlen(what));
	buf_addc(out, '\n');
	buf_release(&name);
}

static void add_path(struct buf *out, const char *path)
{
	buf_adds(out, "      ");
	buf_add_path(out, path);
	buf_addc(out, '\n');
}

/* The value of a key, without a secret. */
static void add_value(struct buf *out, const char *path, const char *value)
{
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;

	if (redact_is_secret_name(name, strlen(name)))
		buf_adds(out, REDACTED);
	else
		redact_add(out, value, strlen(value));
}

/* What a side says; NULL: nothing any more. */
static void add_side(struct buf *out, const char *whose, const char *path,
		     const char *value)
{
	buf_addf(out, "%s %s", whose, value ? "" : "gone");
	if (value)
		add_value(out, path, value);
}

void plan_view_keys(struct strvec *lines, const struct resolution *r)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; r && i < r->nr; i++) {
		const struct node_conflict *c = &r->conflicts[i];

		buf_reset(&line);
		buf_addf(&line, "%s: ", c->path);
		add_side(&line, "yours", c->path, c->ours);
		buf_adds(&line, ", ");
		add_side(&line, "theirs", c->path, c->theirs);
		strvec_push(lines, line.s);
	}
	buf_release(&line);
}

/* The keys that conflict, where it is known. */
static void add_keys(struct buf *out, const struct resolution *r)
{
	struct strvec lines = STRVEC_INIT;

	plan_view_keys(&lines, r);
	for (size_t i = 0; i < lines.nr; i++) {
		buf_adds(out, "        ");
		buf_add_line(out, lines.v[i]);
		buf_addc(out, '\n');
	}
	strvec_release(&lines);
}

static int wants(const struct plan_view_filter *f, const char *path)
{
	return !f || f->wants(f->data, path);
}

void plan_view_conflicts(struct strvec *paths, const struct plan *p,
			 const struct plan_view_filter *f)
{
	struct strvec all = STRVEC_INIT;

	plan_conflicts(p, &all);
	for (size_t i = 0; i < all.nr; i++)
		if (wants(f, all.v[i]))
			strvec_push(paths, all.v[i]);
	strvec_release(&all);
}

/* Of a copy, or of a file that was merged. */
static const struct resolution *resolution_of(const struct plan *p,
					      const char *path)
{
	const struct structured *s = structured_find(&p->structured, path);

	for (size_t i = 0; i < p->copies.nr; i++)
		if (p->copies.v[i].outcome == COPY_CONFLICT &&
		    !strcmp(p->copies.v[i].new_path, path))
			return &p->copies.v[i].resolution;
	return s ? &s->resolution : NULL;
}

/* What to run for a lock file that no step brings up to date. */
static void add_command(struct buf *out, const struct plan *p,
			const char *path)
{
	for (size_t i = 0; i < p->locks.nr; i++) {
		const struct lock *l = &p->locks.v[i];

		if (!lock_is_open(l) || strcmp(l->path, path))
			continue;
		if (l->missing) {
			buf_adds(out, "        not installed here: ");
			buf_add_line(out, l->missing);
			buf_addf(out, ", for step %s\n", l->step);
		}
		if (l->command) {
			buf_adds(out, "        bring it up to date with: ");
			buf_add_line(out, l->command);
			buf_addc(out, '\n');
		}
	}
}

static void add_conflicts(struct buf *out, const struct plan *p,
			  const struct plan_view_filter *f, int color)
{
	struct strvec paths = STRVEC_INIT;

	plan_view_conflicts(&paths, p, f);
	if (paths.nr) {
		buf_adds(out, "  ");
		term_add(out, color, TERM_RED, "conflict    ");
		buf_addf(out, " %zu file%s\n", paths.nr,
			 paths.nr == 1 ? "" : "s");
	}
	for (size_t i = 0; i < paths.nr; i++) {
		const char *why = "content";

		for (size_t j = 0; j < p->merge.nr_messages; j++) {
			const struct merge_message *m = &p->merge.messages[j];
			const char *rest = skip_prefix(m->type, "CONFLICT");

			/* Some have a blank before the parenthesis. */
			rest = rest ? strchr(rest, '(') : NULL;
			if (rest && strvec_has(&m->paths, paths.v[i])) {
				why = rest + 1;
				break;
			}
		}
		buf_adds(out, "      ");
		buf_add_path(out, paths.v[i]);
		buf_addf(out, "  (%.*s)\n", (int)strcspn(why, ")"), why);
		add_keys(out, resolution_of(p, paths.v[i]));
		add_command(out, p, paths.v[i]);
	}
	strvec_release(&paths);
}

/* More keys than these are counted. */
#define MAX_KEYS 2

/* "services.gui.image from 3.7.11", or "12 keys from 3.7.11" */
static void add_taken(struct buf *out, const struct strvec *paths,
		      const char *whose)
{
	if (!paths->nr)
		return;
	if (out->len)
		buf_adds(out, ", ");
	if (paths->nr > MAX_KEYS)
		buf_addf(out, "%zu keys", paths->nr);
	for (size_t i = 0; paths->nr <= MAX_KEYS && i < paths->nr; i++) {
		buf_adds(out, i ? " and " : "");
		buf_add_line(out, paths->v[i]);
	}
	buf_addf(out, " %s", whose);
}

/* Files that lines conflict in, and what they are does not. */
static void add_resolved(struct buf *all, const struct plan *p,
			 const struct plan_view_filter *f)
{
	char *whose = xstrfmt("from %s", p->to->name);
	struct buf out = BUF_INIT, what = BUF_INIT;
	size_t nr = 0;

	for (size_t i = 0; i < p->structured.nr; i++) {
		const struct structured *s = &p->structured.v[i];

		if (s->outcome != STRUCTURED_RESOLVED || !wants(f, s->path))
			continue;
		nr++;
		buf_reset(&what);
		add_taken(&what, &s->resolution.theirs, whose);
		add_taken(&what, &s->resolution.ours, "of yours");
		add_pair(&out, s->path, what.s);
	}
	if (nr) {
		add_files(all, "resolved", nr);
		buf_adds(all, " by key\n");
		buf_add(all, out.s, out.len);
	}
	free(whose);
	buf_release(&out);
	buf_release(&what);
}

static size_t count_wanted(const struct strvec *paths,
			   const struct plan_view_filter *f)
{
	size_t nr = 0;

	for (size_t i = 0; i < paths->nr; i++)
		nr += wants(f, paths->v[i]);
	return nr;
}

/* A text of the configuration, which may be the URL of something. */
static void add_plain(struct buf *out, const char *text)
{
	struct buf shown = BUF_INIT;

	redact_add(&shown, text, strlen(text));
	buf_add_line(out, shown.s);
	buf_release(&shown);
}

/* What upstream calls otherwise; those that did nothing are warned of. */
static void add_replaced(struct buf *out, const struct plan *p,
			 const struct plan_view_filter *f)
{
	for (size_t i = 0; i < p->replaced.nr; i++) {
		const struct replaced *r = &p->replaced.v[i];
		size_t nr = count_wanted(&r->files, f);

		if (!nr)
			continue;
		add_files(out, "replaced", nr);
		buf_adds(out, ": ");
		add_plain(out, r->from);
		buf_adds(out, " is ");
		add_plain(out, r->to);
		buf_adds(out, " here\n");
	}
}

/* Whose turn it is with each lock file. */
static void add_locks(struct buf *all, const struct plan *p,
		      const struct plan_view_filter *f)
{
	struct buf out = BUF_INIT;
	size_t nr = 0;

	for (size_t i = 0; i < p->locks.nr; i++) {
		const struct lock *lock = &p->locks.v[i];

		if (lock_is_open(lock) || !wants(f, lock->path))
			continue;
		nr++;
		add_pair(&out, lock->path, lock->step);
	}
	if (nr) {
		add_files(all, "lock files", nr);
		buf_addf(all, " of %s, brought up to date by steps\n",
			 p->to->name);
		buf_add(all, out.s, out.len);
	}
	buf_release(&out);
}

static void add_left_out(struct buf *out, const struct plan *p,
			 const struct plan_view_filter *f)
{
	size_t nr = count_wanted(&p->left_out, f);

	if (!nr)
		return;
	add_files(out, "left out", nr);
	buf_adds(out, ", which you do without\n");
	for (size_t i = 0; i < p->left_out.nr; i++)
		if (wants(f, p->left_out.v[i]))
			add_path(out, p->left_out.v[i]);
}

static size_t count_copies(const struct plan *p, enum copy_outcome outcome)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->copies.nr; i++)
		nr += p->copies.v[i].outcome == outcome;
	return nr;
}

/* Said too, so that nobody wonders whether copies were forgotten. */
static void add_current(struct buf *out, const struct plan *p)
{
	size_t nr = count_copies(p, COPY_CURRENT);

	if (!nr)
		return;
	add_files(out, "copies", nr);
	buf_adds(out, nr == 1 ? " as it is: its template did not change\n" :
				" as they are: their templates did not "
				"change\n");
}

static void add_updated(struct buf *out, const struct plan *p)
{
	size_t nr = count_copies(p, COPY_UPDATED);

	if (!nr)
		return;
	add_files(out, "copies", nr);
	buf_adds(out, nr == 1 ? " brought along with its template\n" :
				" brought along with their templates\n");
	for (size_t i = 0; i < p->copies.nr; i++) {
		const struct copy *c = &p->copies.v[i];
		struct buf what = BUF_INIT;

		if (c->outcome != COPY_UPDATED)
			continue;
		if (strcmp(c->path, c->new_path))
			buf_addf(&what, "was %s", c->path);
		else if (c->landed)
			buf_addf(&what, "is upstream's own file now");
		else
			buf_addf(&what, "from %s", c->new_template);
		if (c->resolution.ours.nr || c->resolution.theirs.nr)
			buf_addf(&what, ", %zu by key",
				 c->resolution.ours.nr +
				 c->resolution.theirs.nr);
		if (c->new_keys.nr)
			buf_addf(&what, ", %zu new key%s", c->new_keys.nr,
				 c->new_keys.nr == 1 ? "" : "s");
		add_pair(out, c->new_path, what.s);
		buf_release(&what);
	}
}

static void add_orphan(struct buf *out, const struct copy *c)
{
	struct buf what = BUF_INIT;

	if (c->new_template) {
		buf_adds(&what, "belongs at ");
		buf_add_path(&what, c->new_path);
		buf_adds(&what, " now, where there is a file: left as it is");
	} else {
		buf_adds(&what, "its template is gone: left as it is");
	}
	add_pair(out, c->path, what.s);
	buf_release(&what);
}

static void add_new_key(struct buf *out, const struct copy *c,
			const char *key)
{
	struct buf what = BUF_INIT;

	buf_addf(&what, "new: %s", key);
	add_pair(out, c->new_path, what.s);
	buf_release(&what);
}

/* "LINE TEXT" each, in a copy */
static void add_lines(struct buf *out, const struct copy *c, const char *what,
		      const struct strvec *lines)
{
	for (size_t i = 0; i < lines->nr; i++) {
		const char *text = lines->v[i];
		size_t len = strcspn(text, " ");

		buf_adds(out, "      ");
		buf_add_path(out, c->new_path);
		buf_addf(out, ":%.*s  %s", (int)len, text, what);
		redact_add(out, text + len, strlen(text + len));
		buf_addc(out, '\n');
	}
}

/* What nobody can decide but the operator. */
static void add_attention(struct buf *all, const struct plan *p, int color)
{
	char *pinned = xstrfmt("still %s", p->from->name);
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < p->warnings.nr; i++)
		buf_addf(&out, "      %s\n", p->warnings.v[i]);
	for (size_t i = 0; i < p->copies.nr; i++) {
		const struct copy *c = &p->copies.v[i];

		if (c->outcome == COPY_ORPHAN)
			add_orphan(&out, c);
		if (c->outcome == COPY_BINARY)
			add_pair(&out, c->path, "cannot be merged: left as "
				 "it is");
		if (c->outcome == COPY_UNCONFIRMED) {
			buf_adds(&out, "      ");
			buf_add_path(&out, c->path);
			buf_adds(&out, "  looks like a copy of ");
			buf_add_path(&out, c->old_template);
			buf_adds(&out, ", which changes: left as it is, unless "
				 "you say\n        --confirm-copy=");
			buf_add_path(&out, c->path);
			buf_addc(&out, '\n');
		}
		for (size_t j = 0; j < c->new_keys.nr; j++)
			add_new_key(&out, c, c->new_keys.v[j]);
		add_lines(&out, c, "placeholder", &c->placeholders);
		add_lines(&out, c, pinned, &c->pins);
	}
	for (size_t i = 0; i < p->stale.nr; i++)
		add_pair(&out, p->stale.v[i], "not changed by you, and not "
			 "as in the release");
	if (out.len) {
		buf_adds(all, "  ");
		term_add(all, color, TERM_YELLOW, "attention");
		buf_addc(all, '\n');
		buf_add_clean(all, out.s, out.len);
	}
	free(pinned);
	buf_release(&out);
}

void plan_view_outcome(struct buf *out, const struct plan *p,
		       const struct plan_view_filter *f, int color)
{
	add_left_out(out, p, f);
	add_replaced(out, p, f);
	add_resolved(out, p, f);
	add_locks(out, p, f);
	add_conflicts(out, p, f, color);
}

void plan_view_text(struct buf *out, const struct plan *p, int color)
{
	add_files(out, "upstream", p->upstream_files);
	buf_addc(out, '\n');
	add_files(out, "overrides", p->override_files);
	buf_adds(out, " kept");
	if (p->both_files)
		buf_addf(out, ", %zu of them changed upstream too",
			 p->both_files);
	buf_addc(out, '\n');
	add_left_out(out, p, NULL);
	add_replaced(out, p, NULL);
	add_resolved(out, p, NULL);
	add_locks(out, p, NULL);
	add_updated(out, p);
	add_current(out, p);
	migration_view_text(out, &p->migrations, !p->merge.clean);
	add_conflicts(out, p, NULL, color);
	add_attention(out, p, color);
}

void plan_view_steps(struct buf *out, const struct plan *p)
{
	if (p->steps)
		buf_adds(out, "  steps        run after the merge; their "
			 "files are not part of this forecast\n");
	for (size_t i = 0; i < p->missing.nr; i++) {
		buf_adds(out, "      not installed here, and needed: ");
		buf_add_line(out, p->missing.v[i]);
		buf_addc(out, '\n');
	}
}

/*
 * "LINE TEXT" each.  The text alone is masked: with the number in front no
 * name of a setting would be found in it.
 */
static void json_masked_lines(struct json *j, const char *key,
			      const struct strvec *v)
{
	struct buf b = BUF_INIT;

	json_list(j, key);
	for (size_t i = 0; i < v->nr; i++) {
		const char *line = v->v[i];
		size_t len = strcspn(line, " ");

		buf_reset(&b);
		buf_add(&b, line, len + (line[len] != '\0'));
		redact_add(&b, line + b.len, strlen(line + b.len));
		json_string(j, NULL, b.s);
	}
	json_end(j);
	buf_release(&b);
}

static void side_json(struct json *j, const char *key, const char *path,
		      const char *value)
{
	struct buf b = BUF_INIT;

	if (value)
		add_value(&b, path, value);
	json_string(j, key, value ? b.s : NULL);
	buf_release(&b);
}

static void resolution_json(struct json *j, const char *conflicts,
			    const struct resolution *r)
{
	json_strings(j, "ours", &r->ours);
	json_strings(j, "theirs", &r->theirs);
	json_list(j, conflicts);
	for (size_t i = 0; i < r->nr; i++) {
		const struct node_conflict *c = &r->conflicts[i];

		json_object(j, NULL);
		json_string(j, "path", c->path);
		side_json(j, "ours", c->path, c->ours);
		side_json(j, "theirs", c->path, c->theirs);
		json_end(j);
	}
	json_end(j);
}

void plan_view_copy_json(struct json *j, const struct copy *c)
{
	json_string(j, "path", c->path);
	json_string(j, "new_path", c->new_path);
	json_string(j, "old_template", c->old_template);
	json_string(j, "new_template", c->new_template);
	json_string(j, "base_template", c->base_template);
	json_string(j, "base_release", c->base_release);
	json_bool(j, "landed", c->landed);
	json_string(j, "outcome", copy_outcome_name(c->outcome));
	json_number(j, "conflicts", c->conflicts);
	resolution_json(j, "conflicting", &c->resolution);
	json_strings(j, "new_keys", &c->new_keys);
	json_masked_lines(j, "placeholders", &c->placeholders);
	json_masked_lines(j, "pins", &c->pins);
}

static void copies_json(struct json *j, const struct plan *p)
{
	json_list(j, "copies");
	for (size_t i = 0; i < p->copies.nr; i++) {
		json_object(j, NULL);
		plan_view_copy_json(j, &p->copies.v[i]);
		json_end(j);
	}
	json_end(j);
}

static void structured_json(struct json *j, const struct structured *s)
{
	json_object(j, NULL);
	json_string(j, "path", s->path);
	json_string(j, "type", resolve_kind_name(s->kind));
	json_string(j, "outcome", structured_outcome_name(s->outcome));
	json_string(j, "reason", s->reason);
	resolution_json(j, "conflicts", &s->resolution);
	json_end(j);
}

static void wanted_json(struct json *j, const char *key,
			const struct strvec *paths,
			const struct plan_view_filter *f)
{
	json_list(j, key);
	for (size_t i = 0; i < paths->nr; i++)
		if (wants(f, paths->v[i]))
			json_string(j, NULL, paths->v[i]);
	json_end(j);
}

static void replaced_json(struct json *j, const struct plan *p,
			  const struct plan_view_filter *f)
{
	struct buf text = BUF_INIT;

	json_list(j, "replaced");
	for (size_t i = 0; i < p->replaced.nr; i++) {
		const struct replaced *r = &p->replaced.v[i];

		json_object(j, NULL);
		buf_reset(&text);
		add_plain(&text, r->from);
		json_string(j, "from", text.s);
		buf_reset(&text);
		add_plain(&text, r->to);
		json_string(j, "to", text.s);
		json_number(j, "count", (double)count_wanted(&r->files, f));
		wanted_json(j, "files", &r->files, f);
		json_end(j);
	}
	json_end(j);
	buf_release(&text);
}

static void locks_json(struct json *j, const struct plan *p,
		       const struct plan_view_filter *f)
{
	json_list(j, "locks");
	for (size_t i = 0; i < p->locks.nr; i++) {
		if (!wants(f, p->locks.v[i].path))
			continue;
		json_object(j, NULL);
		json_string(j, "path", p->locks.v[i].path);
		json_string(j, "step", p->locks.v[i].step);
		if (p->locks.v[i].missing)
			json_string(j, "missing", p->locks.v[i].missing);
		json_string(j, "command", p->locks.v[i].command);
		json_end(j);
	}
	json_end(j);
}

void plan_view_outcome_json(struct json *j, const struct plan *p,
			    const struct plan_view_filter *f)
{
	struct strvec conflicts = STRVEC_INIT;

	plan_view_conflicts(&conflicts, p, f);
	json_bool(j, "clean", f ? !conflicts.nr : p->merge.clean);
	json_strings(j, "conflicts", &conflicts);
	wanted_json(j, "resolved", &p->resolved, f);
	wanted_json(j, "without", &p->left_out, f);
	replaced_json(j, p, f);
	locks_json(j, p, f);
	json_list(j, "structured");
	for (size_t i = 0; i < p->structured.nr; i++)
		if (wants(f, p->structured.v[i].path))
			structured_json(j, &p->structured.v[i]);
	json_end(j);
	json_bool(j, "steps", p->steps);
	json_strings(j, "missing_programs", &p->missing);
	strvec_release(&conflicts);
}

void plan_view_json(struct json *j, const struct plan *p)
{
	json_string(j, "from", p->from->name);
	json_string(j, "to", p->to->name);
	json_string(j, "head", p->head);
	json_string(j, "base", p->base);
	json_string(j, "commit", p->to->commit);
	json_bool(j, "finishing", p->finishing);
	json_number(j, "upstream_files", (double)p->upstream_files);
	json_number(j, "override_files", (double)p->override_files);
	json_number(j, "both_files", (double)p->both_files);
	plan_view_outcome_json(j, p, NULL);
	copies_json(j, p);
	json_strings(j, "stale", &p->stale);
	json_strings(j, "warnings", &p->warnings);
}
