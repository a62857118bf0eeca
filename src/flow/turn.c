#include "flow/turn.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "turn-"
/* So long can the name of a file be everywhere. */
#define NAME_LIMIT 200

/*
 * Branches have slashes, and file systems may not tell case: two whose names
 * fall together wait for each other, which does no harm.
 */
static char *turn_path(const struct repo *r, const char *branch)
{
	struct buf name = BUF_INIT;
	char *path;

	for (const char *s = branch; *s && name.len < NAME_LIMIT; s++)
		if (*s == '/' || *s == '%')
			buf_addf(&name, "%%%02X", (unsigned char)*s);
		else
			buf_addc(&name, *s);
	path = xstrfmt("%s/upgrade/" PREFIX "%s", r->common_dir, name.s);
	buf_release(&name);
	return path;
}

/* Those that were killed left their files. */
static void sweep(const struct turn *own)
{
	char *dir = path_dir(own->path);
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char *path = path_join(dir, entry->d_name);
		int fd = -1;

		if (starts_with(entry->d_name, PREFIX) &&
		    strcmp(path, own->path))
			fd = holder_lock(path, O_CLOEXEC);
		if (fd >= 0) {
			unlink(path);
			close(fd);
		}
		free(path);
	}
	if (d)
		closedir(d);
	free(dir);
}

static int refuse(const char *branch, const char *path, struct error *err)
{
	struct buf who = BUF_INIT;

	holder_add(&who, path);
	error_set(err, ERROR_REFUSED, "another git upgrade is at work on %s: "
		  "%s", branch, who.s);
	buf_release(&who);
	return error_hint(err, "wait until it is done and try again");
}

/*
 * Whoever only sweeps has it for a moment.  A credential helper that stays
 * behind is not to hold it.
 */
static int lock_patiently(const char *path)
{
	int fd = -1;

	for (int i = 0; i < 10 && fd < 0; i++) {
		if (i)
			time_pause(10);
		fd = holder_lock(path, O_CLOEXEC);
		if (fd < 0 && errno != EWOULDBLOCK)
			break;
	}
	return fd;
}

int turn_begin(struct turn *t, const struct repo *r, const char *branch,
	       const char *command, struct error *err)
{
	if (!branch)
		return 0;
	t->path = turn_path(r, branch);
	t->fd = lock_patiently(t->path);
	if (t->fd >= 0) {
		holder_sign(t->fd, command);
		sweep(t);
		return 0;
	}
	if (errno == EWOULDBLOCK)
		refuse(branch, t->path, err);
	else
		error_errno(err, "cannot lock '%s'", t->path);
	FREE_AND_NULL(t->path);
	return -1;
}

void turn_end(struct turn *t)
{
	if (t->path) {
		char *dir = path_dir(t->path);

		unlink(t->path);
		rmdir(dir);
		free(dir);
		FREE_AND_NULL(t->path);
	}
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}
