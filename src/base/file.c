#include "base/file.h"

#include "base/mem.h"
#include "base/proc.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a live writer is waited for, in milliseconds. */
#define LOCK_PATIENCE 1000
#define LOCK_PAUSE 20
/* Each time its folder was removed, just then. */
#define PUT_TRIES 1000

int file_read(const char *path, struct buf *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd < 0)
		return error_errno(err, "cannot read '%s'", path);
	for (;;) {
		buf_grow(out, 16384);
		n = read_full(fd, out->s + out->len, 16384);
		if (n <= 0)
			break;
		buf_setlen(out, out->len + (size_t)n);
	}
	if (n < 0)
		error_errno(err, "cannot read '%s'", path);
	close(fd);
	return n < 0 ? -1 : 0;
}

int file_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

int dir_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int dir_is_empty(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int empty = dir != NULL;

	while (dir && empty && (entry = readdir(dir)))
		empty = !strcmp(entry->d_name, ".") ||
			!strcmp(entry->d_name, "..");
	if (dir)
		closedir(dir);
	return empty;
}

int fsync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);
	return ret;
}

int file_is_named(int fd, const char *path)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !lstat(path, &named) &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int file_remove(const char *path, struct error *err)
{
	int saved;

	if (!unlink(path) || errno == ENOENT)
		return 0;
	saved = errno;
	if (!file_exists(path))
		return 0;
	errno = saved;
	return error_errno(err, "cannot remove '%s'", path);
}

int file_create(const char *path, const void *data, size_t len,
		unsigned mode, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int bad = fd < 0 || write_full(fd, data, len) < 0, saved = errno;

	if (fd >= 0 && close(fd) < 0 && !bad) {
		saved = errno;
		bad = 1;
	}
	if (fd >= 0 && bad)
		unlink(path);
	errno = saved;
	return bad ? error_errno(err, "cannot write '%s'", path) : 0;
}

/*
 * Who writes a PATH.lock has it locked, too.  So one that can be locked is of
 * somebody who was killed, and goes; but it must still be the one that has the
 * name.  0: it is gone, or a pause was made; -1 with EEXIST: it stays.
 */
static int wait_for_lock(const char *lock, int *patience)
{
	int fd = open(lock, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int gone = fd < 0 && errno == ENOENT, alive = 0;

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		gone = !file_is_named(fd, lock) || !unlink(lock);
	else if (fd >= 0)
		alive = errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	if (gone)
		return 0;
	*patience -= LOCK_PAUSE;
	if (alive && *patience > 0) {
		time_pause(LOCK_PAUSE);
		return 0;
	}
	errno = EEXIST;
	return -1;
}

static int open_lock(const char *lock, unsigned mode)
{
	int patience = LOCK_PATIENCE;

	for (;;) {
		int fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			      mode);

		if (fd >= 0) {
			/* Between the two somebody may have thought us dead. */
			flock(fd, LOCK_EX);
			if (file_is_named(fd, lock))
				return fd;
			close(fd);
		} else if (errno != EEXIST ||
			   wait_for_lock(lock, &patience) < 0) {
			return -1;
		}
	}
}

/* Closed last: until the file has its name nobody may think us dead. */
static int write_lock(int fd, const char *lock, const char *path,
		      const void *data, size_t len)
{
	int bad = write_full(fd, data, len) < 0 || fsync(fd) < 0 ||
		  rename(lock, path) < 0;
	int saved = errno;

	if (bad)
		unlink(lock);
	close(fd);
	errno = saved;
	return bad ? -1 : 0;
}

int file_replace(const char *path, const void *data, size_t len,
		 unsigned mode, struct error *err)
{
	char *lock = xstrfmt("%s.lock", path);
	char *dir = path_dir(path);
	int fd = open_lock(lock, mode), ret = -1;

	if (fd < 0 && errno == EEXIST) {
		error_set(err, ERROR_FATAL, "'%s' exists", lock);
		error_hint(err, "another git upgrade is writing; if none is "
			   "running, remove that file");
	} else if (fd < 0) {
		error_errno(err, "cannot write '%s'", lock);
	} else if (write_lock(fd, lock, path, data, len) < 0) {
		error_errno(err, "cannot write '%s'", path);
	} else {
		fsync_dir(dir);
		ret = 0;
	}
	free(lock);
	free(dir);
	return ret;
}

int make_dirs(const char *path, struct error *err)
{
	char *copy;
	int ret = 0;

	if (dir_exists(path))
		return 0;
	copy = xstrdup(path);
	for (char *p = copy + 1; *copy; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			ret = error_errno(err, "cannot create '%s'", copy);
		*p = c;
		if (!c || ret)
			break;
	}
	if (!ret && *copy && !dir_exists(copy)) {
		errno = ENOTDIR;
		ret = error_errno(err, "cannot create '%s'", copy);
	}
	free(copy);
	return ret;
}

int make_parent_dirs(const char *path, struct error *err)
{
	char *dir = path_dir(path);
	int ret = make_dirs(dir, err);

	free(dir);
	return ret;
}

int file_put(const char *path, const void *data, size_t len, unsigned mode,
	     struct error *err)
{
	int ret = -1;

	for (int i = 0; ret < 0 && i < PUT_TRIES; i++) {
		error_release(err);
		errno = 0;
		ret = make_parent_dirs(path, err);
		if (!ret)
			ret = file_replace(path, data, len, mode, err);
		/* make_dirs() says ENOTDIR of what is not there any more. */
		if (errno != ENOENT && errno != ENOTDIR)
			break;
	}
	return ret;
}

/* What is in there is somebody else's, and mostly the only copy of it. */
static int is_mounted(const char *path, struct error *err)
{
	error_set(err, ERROR_REFUSED, "something is mounted at '%s', and was "
		  "left alone", path);
	return error_hint(err, "when it may go, type \"umount '%s'\"", path);
}

int remove_tree(const char *path, struct error *err)
{
	struct dirent *entry;
	DIR *dir;
	int ret = 0;

	if (!unlink(path) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return error_errno(err, "cannot remove '%s'", path);
	if (!rmdir(path) || errno == ENOENT)
		return 0;
	if (errno == EBUSY)
		return is_mounted(path, err);
	dir = opendir(path);
	if (!dir && errno == EACCES && !chmod(path, 0700))
		dir = opendir(path);
	if (!dir)
		return error_errno(err, "cannot remove '%s'", path);
	while (!ret && (entry = readdir(dir))) {
		char *name;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		name = path_join(path, entry->d_name);
		ret = remove_tree(name, err);
		free(name);
	}
	closedir(dir);
	if (!ret && rmdir(path) < 0 && errno != ENOENT)
		ret = error_errno(err, "cannot remove '%s'", path);
	return ret;
}

void sweep_temp_dirs(const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		const char *rest = skip_prefix(entry->d_name, "tmp-");
		long pid = rest ? atol(rest) : 0;
		char *path;

		if (pid <= 0 || !kill((pid_t)pid, 0) || errno != ESRCH)
			continue;
		path = path_join(dir, entry->d_name);
		remove_tree(path, &ignored);
		free(path);
	}
	if (d)
		closedir(d);
	error_release(&ignored);
}

char *make_temp_dir(const char *prefix, struct error *err)
{
	char *name = xstrfmt("%s.XXXXXX", prefix);

	if (!mkdtemp(name)) {
		error_errno(err, "cannot create a folder '%s'", name);
		FREE_AND_NULL(name);
	}
	return name;
}

char *path_join(const char *dir, const char *name)
{
	if (!*dir || !strcmp(dir, "."))
		return xstrdup(name);
	return xstrfmt("%s%s%s", dir, ends_with(dir, "/") ? "" : "/", name);
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return xmemdupz(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int path_is_inside(const char *path)
{
	if (!*path || *path == '/')
		return 0;
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 1 && *path == '.') ||
		    (len == 2 && !strncmp(path, "..", 2)) ||
		    (len == 4 && !strncasecmp(path, ".git", 4)))
			return 0;
		if (!path[len])
			return 1;
		path += len + 1;
	}
}

int path_is_below(const char *path, const char *dir)
{
	char *real = realpath(path, NULL), *top = realpath(dir, NULL);
	const char *rest = real && top ? skip_prefix(real, top) : NULL;
	int is = rest && (!*rest || *rest == '/' || ends_with(top, "/"));

	free(real);
	free(top);
	return is;
}

/*
 * `*` and `?` in one component.  Only the last `*` is ever reconsidered, so
 * the time is the product of both lengths at worst.
 */
static int name_matches(const char *pattern, size_t plen, const char *name,
			size_t len)
{
	const char *pend = pattern + plen, *end = name + len;
	const char *star = NULL, *from = NULL;

	while (name < end) {
		if (pattern < pend && *pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (pattern < pend &&
			   (*pattern == '?' || *pattern == *name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return 0;
		}
	}
	while (pattern < pend && *pattern == '*')
		pattern++;
	return pattern == pend;
}

int path_match(const char *pattern, const char *path)
{
	const char *again = NULL, *from = NULL;	/* behind the last `**` */

	while (strcmp(pattern, "**")) {
		size_t plen = strcspn(pattern, "/"), len = strcspn(path, "/");

		if (starts_with(pattern, "**/")) {
			again = pattern += 3;
			from = path;
		} else if (!pattern[plen] == !path[len] &&
			   name_matches(pattern, plen, path, len)) {
			if (!pattern[plen])
				return 1;
			pattern += plen + 1;
			path += len + 1;
		} else {
			/* Let it stand for one folder more. */
			from = again ? strchr(from, '/') : NULL;
			if (!from)
				return 0;
			pattern = again;
			path = ++from;
		}
	}
	return 1;
}
