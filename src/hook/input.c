#include "hook/input.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/proc.h"
#include "git/pktline.h"

#include <stdlib.h>
#include <string.h>

int hook_read_lines(int fd, struct strvec *lines, struct error *err)
{
	struct buf b = BUF_INIT;
	ssize_t n;
	int ret = 0;

	do {
		buf_grow(&b, 4096);
		n = read_full(fd, b.s + b.len, 4096);
		if (n > 0)
			buf_setlen(&b, b.len + (size_t)n);
	} while (n > 0);
	if (n < 0)
		ret = error_errno(err, "cannot read what git says");
	else if (strlen(b.s) != b.len)
		ret = error_set(err, ERROR_FATAL, "git said something with a "
				"NUL in it");
	else
		strvec_split(lines, b.s, '\n');
	buf_release(&b);
	return ret;
}

/* The last blank of the line, made its end; NULL: there is none. */
static char *cut_last(char *line)
{
	char *blank = strrchr(line, ' ');

	if (!blank || blank == line || !blank[1])
		return NULL;
	*blank = '\0';
	return blank + 1;
}

int push_update_parse(struct push_update *u, char *line, struct error *err)
{
	char *roid = cut_last(line);
	char *rref = roid ? cut_last(line) : NULL;
	char *loid = rref ? cut_last(line) : NULL;

	if (!loid || !starts_with(rref, "refs/")) {
		error_set(err, ERROR_FATAL, "what git says about this push "
			  "cannot be read, so nobody can judge it");
		return error_hint(err, "name what you push plainly, as in "
				  "\"git push REMOTE HEAD:BRANCH\"");
	}
	u->branch = skip_prefix(rref, "refs/heads/");
	u->local_oid = loid;
	u->remote_oid = roid;
	return 0;
}

int ref_update_parse(struct ref_update *u, char *line)
{
	char *ref = cut_last(line);
	char *new = ref ? cut_last(line) : NULL;

	if (!new || !*line || strchr(line, ' '))
		return -1;
	*u = (struct ref_update){ line, new, ref };
	return 0;
}

/* Capabilities follow behind a NUL. */
static void note_capabilities(struct command_list *list,
			      const struct buf *line)
{
	struct strvec words = STRVEC_INIT;

	if (strlen(line->s) < line->len)
		strvec_split(&words, line->s + strlen(line->s) + 1, ' ');
	list->push_options = strvec_has(&words, "push-options");
	list->is_atomic = strvec_has(&words, "atomic");
	strvec_release(&words);
}

static int greet(struct command_list *list, int in, int out,
		 struct error *err)
{
	struct buf line = BUF_INIT;
	int ret = -1, kind = pkt_read(in, &line, err);

	if (kind < 0)
		goto out;
	if (!kind || !starts_with(line.s, "version=1")) {
		error_set(err, ERROR_FATAL, "this git speaks another "
			  "proc-receive protocol");
		goto out;
	}
	note_capabilities(list, &line);
	while ((kind = pkt_read(in, &line, err)) > 0)
		;
	if (kind < 0 || pkt_write(out, err, "version=1%c%s\n", '\0',
				  list->push_options ? "push-options" :
						       "") < 0 ||
	    pkt_flush(out, err) < 0)
		goto out;
	ret = 0;
out:
	buf_release(&line);
	return ret;
}

static int add_command(struct command_list *list, const struct buf *line,
		       struct error *err)
{
	struct strvec words = STRVEC_INIT;
	int ret = 0;

	strvec_split(&words, line->s, ' ');
	if (words.nr == 3 && strlen(line->s) == line->len) {
		ALLOC_GROW(list->v, list->nr + 1, list->alloc);
		list->v[list->nr++] = (struct command){
			xstrdup(words.v[0]), xstrdup(words.v[1]),
			xstrdup(words.v[2])
		};
	} else {
		ret = error_set(err, ERROR_FATAL, "git said something "
				"unexpected about the push");
	}
	strvec_release(&words);
	return ret;
}

int command_list_read(struct command_list *list, int in, int out,
		      struct error *err)
{
	struct buf line = BUF_INIT;
	int kind = -1;

	if (greet(list, in, out, err) < 0)
		goto out;
	while ((kind = pkt_read(in, &line, err)) > 0)
		if (add_command(list, &line, err) < 0) {
			kind = -1;
			goto out;
		}
	if (!kind && list->push_options)
		while ((kind = pkt_read(in, &line, err)) > 0)
			strvec_push(&list->options, line.s);
out:
	buf_release(&line);
	return kind < 0 ? -1 : 0;
}

void command_list_release(struct command_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].old);
		free(list->v[i].new);
		free(list->v[i].ref);
	}
	free(list->v);
	strvec_release(&list->options);
	*list = (struct command_list)COMMAND_LIST_INIT;
}
