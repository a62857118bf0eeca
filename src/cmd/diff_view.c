#include "cmd/diff_view.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char *read_color(struct cmd *cmd, const char *key,
			const char *fallback)
{
	char *seq = NULL;

	if (cmd->term.out_color)
		seq = git_line(&cmd->repo, &cmd->err, "config", "--get-color",
			       key, fallback, NULL);
	error_release(&cmd->err);
	return seq ? seq : xstrdup("");
}

void diff_colors_read(struct cmd *cmd, struct diff_colors *c)
{
	c->meta = read_color(cmd, "color.diff.meta", "bold");
	c->frag = read_color(cmd, "color.diff.frag", "cyan");
	c->old = read_color(cmd, "color.diff.old", "red");
	c->new = read_color(cmd, "color.diff.new", "green");
	c->reset = cmd->term.out_color ? "\033[m" : "";
}

void diff_colors_release(struct diff_colors *c)
{
	free(c->meta);
	free(c->frag);
	free(c->old);
	free(c->new);
}

void diff_view_colored(struct buf *out, const struct diff_colors *c,
		       const char *color, const char *text, size_t len)
{
	if (!*color) {
		buf_add(out, text, len);
		return;
	}
	buf_adds(out, color);
	buf_add(out, text, len);
	buf_adds(out, c->reset);
}

void diff_view_hunks(struct buf *out, const struct diff_colors *c,
		     const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *color = *text == '@' ? c->frag :
				    *text == '-' ? c->old :
				    *text == '+' ? c->new : "";

		diff_view_colored(out, c, color, text, len);
		buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
}

void diff_view_side(struct buf *out, const struct diff_colors *c,
		    const char *mark, const char *path, const char *release)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s ", mark);
	buf_add_path(&b, path);
	if (release)
		buf_addf(&b, " (%s)", release);
	diff_view_colored(out, c, c->meta, b.s, b.len);
	buf_addc(out, '\n');
	buf_release(&b);
}
