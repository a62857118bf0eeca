#include "cmd/backup_view.h"

#include "base/mem.h"
#include "base/term.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

/* A line of the list, in its parts; the last is as long as it is. */
enum { ID, KIND, RELEASE, SIZE, STATE, STAYS, PARTS };

struct row {
	struct buf part[PARTS];
};

static const char *const heads[PARTS] = {
	"BACKUP", "KIND", "RELEASE", "SIZE", "STATE", "STAYS (UTC)"
};

static void fill_row(struct row *row, const struct backup *b,
		     const struct backup_fate *fate)
{
	static const char zone[] = " UTC";

	for (size_t i = 0; i < PARTS; i++)
		buf_init(&row->part[i]);
	buf_adds(&row->part[ID], b->id);
	buf_adds(&row->part[KIND], backup_kind_name(b->kind));
	backup_add_release(&row->part[RELEASE], b);
	backup_add_size(&row->part[SIZE], backup_size(b));
	buf_adds(&row->part[STATE], backup_state_name(b->state));
	if (fate->goes)
		buf_adds(&row->part[STAYS], "no: ");
	buf_add_line(&row->part[STAYS], fate->why.s);
	/* Of the column, and so of no line. */
	if (ends_with(fate->why.s, zone))
		buf_setlen(&row->part[STAYS],
			   row->part[STAYS].len - strlen(zone));
}

static void add_row(struct buf *out, const struct row *row,
		    const int *widths)
{
	for (size_t i = 0; i < STAYS; i++) {
		const char *text = row ? row->part[i].s : heads[i];

		if (i == SIZE)
			buf_addf(out, "%*s", widths[i] - term_width(text), "");
		term_add_padded(out, text, i == SIZE ? 0 : widths[i]);
		buf_adds(out, "  ");
	}
	buf_addf(out, "%s\n", row ? row->part[STAYS].s : heads[STAYS]);
}

static void widen(int *widths, const struct row *row)
{
	for (size_t i = 0; i < STAYS; i++) {
		int width = term_width(row ? row->part[i].s : heads[i]);

		if (widths[i] < width)
			widths[i] = width;
	}
}

void backup_view_list(const struct backups *b, struct buf *out)
{
	struct row *rows = xcalloc(b->list.nr + 1, sizeof(*rows));
	int widths[STAYS] = { 0 };

	widen(widths, NULL);
	for (size_t i = 0; i < b->list.nr; i++) {
		fill_row(&rows[i], &b->list.v[i], &b->fates[i]);
		widen(widths, &rows[i]);
	}
	add_row(out, NULL, widths);
	for (size_t i = 0; i < b->list.nr; i++) {
		add_row(out, &rows[i], widths);
		if (b->list.v[i].label) {
			buf_addf(out, "%*s", widths[ID] + 2, "");
			buf_add_line(out, b->list.v[i].label);
			buf_addc(out, '\n');
		}
		for (size_t k = 0; k < PARTS; k++)
			buf_release(&rows[i].part[k]);
	}
	free(rows);
}

static void add_text(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_addf(out, "%-10s ", name);
	buf_add_line(out, text);
	buf_addc(out, '\n');
}

static void add_parts(struct buf *out, const struct backup *b)
{
	for (size_t i = 0; i < b->nr_parts; i++) {
		const struct backup_part *part = &b->parts[i];

		buf_addf(out, "  %-12s %lld bytes, ", part->name, part->size);
		time_add_clock(out, part->seconds);
		buf_addf(out, "\n    sha256   %s\n", part->sha256);
		if (!part->version)
			continue;
		buf_adds(out, "    made by  ");
		buf_add_line(out, part->version);
		buf_addc(out, '\n');
	}
}

void backup_view_one(const struct backup *b, const struct backup_fate *fate,
		     struct buf *out)
{
	struct buf when = BUF_INIT, release = BUF_INIT;

	time_add_rfc3339(&when, b->when);
	backup_add_release(&release, b);
	add_text(out, "backup", b->id);
	add_text(out, "made", when.s);
	add_text(out, "kind", backup_kind_name(b->kind));
	add_text(out, "state", backup_state_name(b->state));
	add_text(out, "why", b->detail);
	add_text(out, "release", release.s);
	add_text(out, "commit", b->commit);
	add_text(out, "by", b->who);
	add_text(out, "label", b->label);
	add_text(out, "folder", b->folder);
	add_text(out, fate->goes ? "goes" : "stays", fate->why.s);
	add_parts(out, b);
	buf_release(&when);
	buf_release(&release);
}

void backup_view_json(const struct backup *b, const struct backup_fate *fate,
		      struct json *j)
{
	struct buf expires = BUF_INIT;

	json_object(j, NULL);
	backup_write(b, j);
	json_number(j, "size", (double)backup_size(b));
	if (backup_expires(b))
		time_add_rfc3339(&expires, backup_expires(b));
	json_string(j, "expires", expires.len ? expires.s : NULL);
	json_bool(j, "stays", !fate->goes);
	json_string(j, "reason", fate->why.s);
	json_end(j);
	buf_release(&expires);
}

static void add_age(struct buf *out, const struct backup *b)
{
	buf_adds(out, ", ");
	time_add_span(out, time_now() - b->when);
	buf_adds(out, " ago");
}

static void add_blocks(struct buf *out, const struct backup_outlook *o)
{
	const struct backup *b = o->blocks;
	time_t end = backup_expires(b);

	buf_adds(out, "; ");
	if (b == o->good) {
		buf_adds(out, "no other upgrade ");
	} else {
		/* One by hand is newer. */
		buf_addf(out, "%s of ", b->id);
		backup_add_release(out, b);
		buf_adds(out, " blocks other upgrades ");
	}
	if (end) {
		buf_adds(out, "until ");
		time_add_minute(out, end);
		buf_adds(out, " UTC");
	} else {
		buf_adds(out, "while it is there");
	}
}

void backup_view_status(const struct env_status *e, struct buf *out)
{
	struct backup_outlook o = backups_outlook(&e->backups, time_now());

	if (!o.good && !o.failed)
		return;
	buf_addf(out, "%s: ", e->name);
	if (o.good) {
		buf_addf(out, "backup %s of ", o.good->id);
		backup_add_release(out, o.good);
		add_age(out, o.good);
	} else {
		buf_adds(out, "no good backup");
	}
	if (o.blocks)
		add_blocks(out, &o);
	if (o.failed) {
		buf_addf(out, "; %s failed", o.failed->id);
		add_age(out, o.failed);
		if (o.failed->detail) {
			buf_adds(out, ": ");
			buf_add_line(out, o.failed->detail);
		}
	}
	buf_addc(out, '\n');
}

static void json_one(struct json *j, const char *key, const struct backup *b)
{
	struct buf made = BUF_INIT, until = BUF_INIT;

	if (!b) {
		json_string(j, key, NULL);
		return;
	}
	time_add_rfc3339(&made, b->when);
	if (backup_expires(b))
		time_add_rfc3339(&until, backup_expires(b));
	json_object(j, key);
	json_string(j, "id", b->id);
	json_string(j, "kind", backup_kind_name(b->kind));
	json_string(j, "release", b->release);
	json_string(j, "to", b->to);
	json_string(j, "made", made.s);
	json_string(j, "until", until.len ? until.s : NULL);
	json_string(j, "detail", b->detail);
	json_end(j);
	buf_release(&made);
	buf_release(&until);
}

void backup_view_status_json(const struct env_status *e, struct json *j)
{
	struct backup_outlook o = backups_outlook(&e->backups, time_now());

	if (!o.good && !o.failed) {
		json_string(j, "backup", NULL);
		return;
	}
	json_object(j, "backup");
	json_one(j, "newest", o.good);
	json_one(j, "blocks", o.blocks);
	json_one(j, "failed", o.failed);
	json_end(j);
}
