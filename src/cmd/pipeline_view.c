#include "cmd/pipeline_view.h"

#include <stdlib.h>
#include <string.h>

#define INDENT 2
#define INDENT_MORE 4
#define DISC_FULL "\342\227\217"
#define DISC_EMPTY "\342\227\213"
#define ARROW_UTF8 "\342\224\200\342\224\200\342\226\266"

/* One environment, once in colour and once to be measured. */
struct cell {
	struct buf plain, colored;
	int color;
};

static void add(struct cell *c, enum term_color color, const char *text)
{
	struct buf clean = BUF_INIT;

	if (!*text)
		return;
	buf_add_line(&clean, text);
	buf_adds(&c->plain, clean.s);
	term_add(&c->colored, c->color, color, clean.s);
	buf_release(&clean);
}

static enum term_color color_of(enum env_standing standing)
{
	switch (standing) {
	case STANDING_OK:
		return TERM_GREEN;
	case STANDING_UNVERIFIED:
		return TERM_YELLOW;
	case STANDING_DOWN:
		return TERM_RED;
	case STANDING_EMPTY:
		break;
	}
	return TERM_PLAIN;
}

static void add_standing(struct cell *c, const struct env_status *e,
			 int utf8)
{
	enum term_color color = color_of(e->standing);
	struct buf what = BUF_INIT;

	if (utf8)
		add(c, color, e->standing == STANDING_OK ? DISC_FULL :
							   DISC_EMPTY);
	if (e->deployed_release)
		add(c, TERM_PLAIN, e->deployed_release);
	else if (e->state.deployed)
		buf_addf(&what, "%.7s", e->state.deployed);
	else if (!utf8)
		buf_addc(&what, '-');
	add(c, TERM_PLAIN, what.s);
	if (e->standing != STANDING_EMPTY &&
	    (!utf8 || e->standing != STANDING_OK)) {
		add(c, TERM_PLAIN, " ");
		add(c, color, env_standing_name(e->standing));
	}
	buf_release(&what);
}

/* What is on its way, or did not arrive. */
static void add_news(struct cell *c, const struct env_status *e)
{
	struct buf b = BUF_INIT;

	if (e->is_under_way)
		buf_addf(&b, ", %.7s %s", e->there, e->runner == RUNNER_HOST ?
			 "delivered" : "under way");
	else if (e->here.holder)
		buf_adds(&b, ", a deploy under way");
	add(c, TERM_CYAN, b.s);
	buf_reset(&b);
	if (e->state.failed)
		buf_addf(&b, ", %.7s failed", e->state.failed);
	add(c, TERM_RED, b.s);
	buf_reset(&b);
	if (e->behind > 0)
		buf_addf(&b, " (%ld hop%s behind)", e->behind,
			 e->behind == 1 ? "" : "s");
	add(c, TERM_YELLOW, b.s);
	buf_release(&b);
}

static void add_indent(struct buf *out, int width)
{
	while (width--)
		buf_addc(out, ' ');
}

/* `at` is the column where the line ends. */
static void add_cell(struct buf *out, const struct cell *c, int first,
		     const char *arrow, int width, int *at)
{
	int arrow_width = term_width(arrow) + 1;
	int own = term_width(c->plain.s), room;

	if (!first && *at + 1 + arrow_width + own > width) {
		buf_addc(out, '\n');
		add_indent(out, INDENT_MORE);
		*at = INDENT_MORE;
	} else if (!first) {
		buf_addc(out, ' ');
		*at += 1;
	}
	if (!first) {
		buf_addf(out, "%s ", arrow);
		*at += arrow_width;
	}
	room = width - *at;
	if (own <= room)
		buf_adds(out, c->colored.s);
	else
		term_add_cut(out, c->plain.s, room > 8 ? room : 8);
	*at += own;
}

void pipeline_view_add(struct buf *out, const struct status *s,
		       const struct term *term)
{
	const char *arrow = term->utf8 ? ARROW_UTF8 : "->";
	int at = INDENT;

	if (s->nr < 2)
		return;
	buf_addc(out, '\n');
	add_indent(out, INDENT);
	for (size_t i = 0; i < s->nr; i++) {
		struct cell c = { BUF_INIT, BUF_INIT, term->out_color };

		add(&c, TERM_PLAIN, s->v[i].name);
		add(&c, TERM_PLAIN, " ");
		add_standing(&c, &s->v[i], term->utf8);
		add_news(&c, &s->v[i]);
		add_cell(out, &c, !i, s->v[i].follows ? arrow : " ",
			 term->width, &at);
		buf_release(&c.plain);
		buf_release(&c.colored);
	}
	buf_addc(out, '\n');
}
