#include "git/stale.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/procfs.h"
#include "base/time.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a lock may be slow rather than left behind, in milliseconds. */
#define LOCK_PATIENCE 1000

static int is_below(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && !strncmp(path, dir, len) &&
	       (!path[len] || path[len] == '/');
}

static int is_ancestor(pid_t pid)
{
	struct process p = { .parent = getppid() };

	while (p.parent > 1 && p.parent != pid)
		if (procfs_look(&p, p.parent) < 0)
			return 0;
	return p.parent == pid;
}

/* Started by us, or by what we started. */
static int is_descendant(const struct process *of)
{
	struct process p = *of;

	while (p.pid > 1 && p.pid != getpid())
		if (procfs_look(&p, p.parent) < 0)
			return 0;
	return p.pid == getpid();
}

/* A git in this repository that we neither started nor were started by. */
static int is_foreign_git(const struct process *p, void *data)
{
	const struct repo *r = *(const struct repo *const *)data;
	char *here;
	int is;

	if (!starts_with(p->name, "git") || p->pid == getpid())
		return 0;
	here = procfs_folder(p->pid);
	is = here && (is_below(here, r->work_tree) ||
		      is_below(here, r->common_dir)) &&
	     !is_descendant(p) && !is_ancestor(p->pid);
	free(here);
	return is;
}

/*
 * Where the system shows processes, see whether a lock may be somebody's:
 * children of ours would have kept us from our own lock.
 */
static int others_at_work(const struct repo *r)
{
	return procfs_find(is_foreign_git, &r);
}

/* Wait for whoever holds it, as long as there is patience left, in ms. */
static int break_lock(const char *path, int *patience, struct error *err)
{
	for (; file_exists(path) && *patience > 0; *patience -= 20)
		time_pause(20);
	return file_remove(path, err);
}

/* Under this one git writes a file first that it wants not to be there. */
static void add_lock(struct strvec *locks, const char *path)
{
	if (ends_with(path, "/packed-refs.lock"))
		strvec_pushf(locks, "%.*snew", (int)(strlen(path) - 4), path);
	strvec_push(locks, path);
}

static int break_all(const struct repo *r, const struct strvec *locks,
		     struct error *err)
{
	int patience = LOCK_PATIENCE;

	for (size_t i = 0; i < locks->nr; i++) {
		if (!file_exists(locks->v[i]))
			continue;
		if (!others_at_work(r)) {
			if (break_lock(locks->v[i], &patience, err) < 0)
				return -1;
			continue;
		}
		error_set(err, ERROR_REFUSED, "'%s' exists, and another git "
			  "is at work in this repository", locks->v[i]);
		return error_hint(err, "wait until that is done, and try the "
				  "same again");
	}
	return 0;
}

int stale_break(const struct repo *r, const struct strvec *locks,
		struct error *err)
{
	struct strvec all = STRVEC_INIT;
	int ret;

	for (size_t i = 0; i < locks->nr; i++)
		add_lock(&all, locks->v[i]);
	ret = break_all(r, &all, err);
	strvec_release(&all);
	return ret;
}

/* Takes `dir`. */
static void find_locks(struct strvec *locks, char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char *path = path_join(dir, entry->d_name);

		if (*entry->d_name != '.' && dir_exists(path)) {
			find_locks(locks, path);
			continue;
		}
		if (ends_with(path, ".lock"))
			strvec_push(locks, path);
		free(path);
	}
	if (d)
		closedir(d);
	free(dir);
}

int stale_break_places(const struct repo *r, const char *const *places,
		       struct error *err)
{
	struct strvec locks = STRVEC_INIT;
	int ret;

	for (; *places; places++) {
		char *path = **places == '/' ? xstrdup(*places) :
			path_join(r->common_dir, *places);

		if (ends_with(path, "/"))
			find_locks(&locks, path);
		else
			strvec_push_nodup(&locks, path);
	}
	ret = stale_break(r, &locks, err);
	strvec_release(&locks);
	return ret;
}

int stale_note_begin(struct stale_note *n, const struct repo *r,
		     const char *name, const char *const *places,
		     struct error *err)
{
	struct stat st;

	n->path = xstrfmt("%s/upgrade/%s", r->common_dir, name);
	/* Programs we start are to hold the lock too. */
	n->fd = holder_lock(n->path, 0);
	if (n->fd < 0) {
		FREE_AND_NULL(n->path);
		return 0;
	}
	/* One that was ours before it was written on has left nothing. */
	n->left = !fstat(n->fd, &st) && st.st_size;
	holder_sign(n->fd, NULL);
	if (n->left && stale_break_places(r, places, err) < 0) {
		/* It is still true. */
		stale_note_leave(n);
		return -1;
	}
	return 0;
}

void stale_note_leave(struct stale_note *n)
{
	FREE_AND_NULL(n->path);
	stale_note_end(n);
}

void stale_note_end(struct stale_note *n)
{
	if (n->path) {
		char *dir = path_dir(n->path);

		unlink(n->path);
		rmdir(dir);
		free(dir);
		FREE_AND_NULL(n->path);
	}
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
