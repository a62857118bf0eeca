#include "deploy/restore_mark.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char *mark_path(const char *top)
{
	return path_join(top, ".restoring");
}

/* "ID ENVIRONMENT" */
int restore_mark_begin(const char *top, const char *id, const char *from,
		       struct error *err)
{
	char *path = mark_path(top), *text = xstrfmt("%s %s\n", id, from);
	int ret = file_replace(path, text, strlen(text), 0644, err);

	free(text);
	free(path);
	return ret;
}

int restore_mark_end(const char *top, struct error *err)
{
	char *path = mark_path(top);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

int restore_mark_is_there(const char *top)
{
	char *path = mark_path(top);
	int is = file_exists(path);

	free(path);
	return is;
}

int restore_mark_is_of(const char *top, const char *id, const char *from)
{
	char *path = mark_path(top), *line = xstrfmt("%s %s", id, from);
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	int is = 0;

	if (file_exists(path) && !file_read(path, &text, &ignored)) {
		buf_rtrim(&text);
		is = !strcmp(text.s, line);
	}
	error_release(&ignored);
	buf_release(&text);
	free(line);
	free(path);
	return is;
}

char *restore_command(const char *env, const char *id, const char *from)
{
	if (from && strcmp(from, env) != 0)
		return xstrfmt("git upgrade backup restore --to=%s %s %s", env,
			       from, id);
	return xstrfmt("git upgrade backup restore %s %s", env, id);
}

int restore_mark_check(const char *top, const char *env, struct error *err)
{
	char *path = mark_path(top), *from, *command;
	struct error unreadable = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (!file_exists(path)) {
		free(path);
		return 0;
	}
	file_read(path, &text, &unreadable);
	buf_rtrim(&text);
	if (!text.len)
		buf_adds(&text, "ID");
	from = strchr(text.s, ' ');
	if (from)
		*from++ = '\0';
	command = restore_command(env, text.s, from);
	error_set(err, ERROR_DEPLOY, "the data of %s are half restored from "
		  "backup %s", env, text.s);
	error_hint(err, "restore it again, or another one: \"%s\"", command);
	error_release(&unreadable);
	buf_release(&text);
	free(command);
	free(path);
	return -1;
}
