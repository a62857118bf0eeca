#include "cmd/migration_view.h"

#include "base/redact.h"
#include "base/term.h"
#include "cmd/diff_view.h"
#include "flow/compare.h"

#include <string.h>

void migration_view_value(struct buf *out, const struct migrated_value *v)
{
	if (!v->text)
		buf_addf(out, "{%s}", v->name);
	else if (redact_is_secret_name(v->name, strlen(v->name)))
		buf_adds(out, REDACTED);
	else
		redact_add(out, v->text, strlen(v->text));
}

/* Where it is from; or how to give it. */
static void add_source(struct buf *out, const struct migrated_value *v)
{
	switch (v->source) {
	case VALUE_IS_MISSING:
		buf_addf(out, ", still to be given: --set %s=...", v->name);
		break;
	case VALUE_IS_FOUND:
		buf_adds(out, ", from ");
		buf_add_path(out, v->where);
		buf_adds(out, " as it was");
		break;
	case VALUE_IS_DEFAULT:
		buf_adds(out, ", the default");
		break;
	case VALUE_IS_GIVEN:
		break;
	}
}

static void add_values(struct buf *out, const struct migrated *m)
{
	for (size_t i = 0; i < m->nr_values; i++) {
		const struct migrated_value *v = &m->values[i];
		struct buf line = BUF_INIT;

		if (!v->is_used)
			continue;
		buf_addf(&line, "%s: ", v->name);
		migration_view_value(&line, v);
		add_source(&line, v);
		buf_adds(out, "        ");
		buf_add_line(out, line.s);
		buf_addc(out, '\n');
		buf_release(&line);
	}
}

static void add_pair(struct buf *out, const char *left, const char *right)
{
	buf_adds(out, "      ");
	term_add_padded(out, left, 34);
	buf_adds(out, "  ");
	buf_add_line(out, right);
	buf_addc(out, '\n');
}

static void add_files(struct buf *out, const struct migrated *m)
{
	for (size_t i = 0; i < m->nr_files; i++) {
		const struct migrated_file *f = &m->files[i];
		struct buf path = BUF_INIT, what = BUF_INIT;

		buf_add_path(&path, f->new_path);
		buf_adds(&what, m->name);
		if (strcmp(f->path, f->new_path)) {
			buf_adds(&what, ", was ");
			buf_add_path(&what, f->path);
		}
		add_pair(out, path.s, what.s);
		buf_release(&path);
		buf_release(&what);
	}
}

static void add_note(struct buf *out, const struct migrated *m)
{
	if (!m->note)
		return;
	buf_adds(out, "        note: ");
	buf_add_line(out, m->note);
	buf_addc(out, '\n');
}

static void add_one(struct buf *out, const struct migrated *m)
{
	struct buf what = BUF_INIT;

	switch (m->state) {
	case MIGRATION_CHANGED:
		add_files(out, m);
		break;
	case MIGRATION_SO_ALREADY:
		add_pair(out, m->name, "it is so already");
		break;
	case MIGRATION_NOT_HERE:
		buf_addf(&what, "does not apply: %s", m->reason);
		add_pair(out, m->name, what.s);
		break;
	case MIGRATION_WAITING:
		add_pair(out, m->name, "waits for the conflicts");
		break;
	}
	buf_release(&what);
	add_values(out, m);
	if (m->state == MIGRATION_CHANGED || m->state == MIGRATION_WAITING)
		add_note(out, m);
}

void migration_view_text(struct buf *out, const struct migration_list *list,
			 int forecast)
{
	size_t nr = 0;

	if (!list->nr)
		return;
	for (size_t i = 0; i < list->nr; i++)
		nr += list->v[i].nr_files;
	buf_addf(out, "  %-12s ", "migrations");
	if (nr)
		buf_addf(out, "%zu file%s%s", nr, nr == 1 ? "" : "s",
			 forecast ? ", " : "");
	buf_adds(out, forecast ? "when the conflicts are resolved" :
		 nr ? "" : "nothing to do");
	buf_addc(out, '\n');
	for (size_t i = 0; i < list->nr; i++)
		add_one(out, &list->v[i]);
}

/* "migration NAME: DESCRIPTION", and the diff of one file. */
static int add_diff(struct buf *out, struct cmd *cmd,
		    const struct diff_colors *colors,
		    const struct migrated_file *f)
{
	struct buf diff = BUF_INIT;
	int ret = compare_blobs(&diff, &cmd->repo, f->old_blob, f->new_blob,
				&cmd->err);

	if (!ret) {
		diff_view_side(out, colors, "---", f->path, NULL);
		diff_view_side(out, colors, "+++", f->new_path, NULL);
		diff_view_hunks(out, colors, diff.s);
	}
	buf_release(&diff);
	return ret;
}

int migration_view_diffs(struct buf *out, struct cmd *cmd,
			 const struct migration_list *list)
{
	struct diff_colors colors;
	int ret = 0;

	diff_colors_read(cmd, &colors);
	for (size_t i = 0; !ret && i < list->nr; i++) {
		const struct migrated *m = &list->v[i];

		if (!m->nr_files)
			continue;
		buf_addf(out, "\nmigration %s%s", m->name,
			 m->description ? ": " : "");
		buf_add_line(out, m->description ? m->description : "");
		buf_addc(out, '\n');
		for (size_t j = 0; !ret && j < m->nr_files; j++)
			ret = add_diff(out, cmd, &colors, &m->files[j]);
	}
	diff_colors_release(&colors);
	return ret;
}

static void values_json(struct json *j, const struct migrated *m)
{
	json_list(j, "values");
	for (size_t i = 0; i < m->nr_values; i++) {
		const struct migrated_value *v = &m->values[i];
		struct buf text = BUF_INIT;

		if (!v->is_used)
			continue;
		migration_view_value(&text, v);
		json_object(j, NULL);
		json_string(j, "name", v->name);
		json_string(j, "description", v->description);
		json_string(j, "source", value_source_name(v->source));
		json_string(j, "text", v->text ? text.s : NULL);
		json_string(j, "where", v->where);
		json_end(j);
		buf_release(&text);
	}
	json_end(j);
}

static int files_json(struct json *j, struct cmd *cmd,
		      const struct migrated *m)
{
	int ret = 0;

	json_list(j, "files");
	for (size_t i = 0; !ret && i < m->nr_files; i++) {
		const struct migrated_file *f = &m->files[i];
		struct buf diff = BUF_INIT;

		ret = compare_blobs(&diff, &cmd->repo, f->old_blob,
				    f->new_blob, &cmd->err);
		json_object(j, NULL);
		json_string(j, "path", f->path);
		json_string(j, "new_path", f->new_path);
		json_string(j, "diff", diff.s);
		json_end(j);
		buf_release(&diff);
	}
	json_end(j);
	return ret;
}

int migration_view_json(struct json *j, struct cmd *cmd,
			const struct migration_list *list)
{
	int ret = 0;

	json_list(j, "migrations");
	for (size_t i = 0; !ret && i < list->nr; i++) {
		const struct migrated *m = &list->v[i];

		json_object(j, NULL);
		json_string(j, "name", m->name);
		json_string(j, "description", m->description);
		json_string(j, "note", m->note);
		json_string(j, "state", migrated_state_name(m->state));
		json_string(j, "reason", m->reason);
		values_json(j, m);
		ret = files_json(j, cmd, m);
		json_end(j);
	}
	json_end(j);
	return ret;
}
