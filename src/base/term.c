#include "base/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The first of them that says anything decides, as for setlocale(3). */
static int is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") ||
			       strcasestr(value, "utf8");
	}
	return 0;
}

void term_init(struct term *t, const char *color)
{
	const char *name = getenv("TERM");
	const char *columns = getenv("COLUMNS");
	/* https://no-color.org: "when present and not an empty string" */
	const char *without = getenv("NO_COLOR");
	int able = name && strcmp(name, "dumb") && !(without && *without);
	struct winsize size;

	t->in_tty = isatty(0);
	t->out_tty = isatty(1);
	t->err_tty = isatty(2);
	t->out_color = able && t->out_tty;
	t->err_color = able && t->err_tty;
	if (!strcmp(color, "always"))
		t->out_color = t->err_color = 1;
	else if (!strcmp(color, "never") || !strcmp(color, "false"))
		t->out_color = t->err_color = 0;
	t->width = columns ? atoi(columns) : 0;
	if (t->width <= 0 && !ioctl(1, TIOCGWINSZ, &size) && size.ws_col)
		t->width = size.ws_col;
	if (t->width <= 0)
		t->width = 80;
	t->utf8 = is_utf8();
}

void term_add(struct buf *out, int on, enum term_color color,
	      const char *text)
{
	static const char *const codes[] = {
		[TERM_PLAIN] = "", [TERM_RED] = "\033[31m",
		[TERM_GREEN] = "\033[32m", [TERM_YELLOW] = "\033[33m",
		[TERM_CYAN] = "\033[36m", [TERM_BOLD] = "\033[1m",
	};

	if (on && color != TERM_PLAIN)
		buf_addf(out, "%s%s\033[m", codes[color], text);
	else
		buf_adds(out, text);
}

int term_width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void term_add_padded(struct buf *out, const char *text, int width)
{
	buf_adds(out, text);
	for (int n = term_width(text); n < width; n++)
		buf_addc(out, ' ');
}

void term_add_cut(struct buf *out, const char *text, int width)
{
	int left = width > 3 ? width - 3 : 0;

	if (term_width(text) <= width) {
		buf_adds(out, text);
		return;
	}
	while (*text && left) {
		buf_addc(out, *text++);
		while (((unsigned char)*text & 0xc0) == 0x80)
			buf_addc(out, *text++);
		left--;
	}
	buf_adds(out, "...");
}
