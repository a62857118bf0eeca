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

int restore_mark_begin(const char *top, const char *id, struct error *err)
{
	char *path = mark_path(top);
	int ret = file_replace(path, id, strlen(id), 0644, err);

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

char *restore_mark_read(const char *top)
{
	char *path = mark_path(top), *id = NULL;
	struct error unreadable = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (file_exists(path)) {
		file_read(path, &text, &unreadable);
		buf_rtrim(&text);
		id = xstrdup(text.len ? text.s : "ID");
	}
	error_release(&unreadable);
	buf_release(&text);
	free(path);
	return id;
}

int restore_mark_check(const char *top, const char *env, struct error *err)
{
	char *id = restore_mark_read(top);

	if (!id)
		return 0;
	error_set(err, ERROR_DEPLOY, "the data of %s are half restored from "
		  "backup %s", env, id);
	error_hint(err, "restore it again, or another one: \"git upgrade "
		   "backup restore %s %s\"", env, id);
	free(id);
	return -1;
}
