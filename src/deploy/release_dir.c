#include "deploy/release_dir.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "deploy/submodules.h"
#include "git/export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void release_dir_release(struct release_dir *d)
{
	free(d->top);
	free(d->id);
	free(d->path);
	*d = (struct release_dir)RELEASE_DIR_INIT;
}

void release_dir_set(struct release_dir *d, const char *top, const char *id)
{
	release_dir_release(d);
	d->top = xstrdup(top);
	d->id = xstrdup(id);
	d->path = xstrfmt("%s/releases/%s", top, id);
}

/* As deploy/log.c gives them. */
static const char id_form[] = "ddddddddTdddddd.ddd-xxxxxxxxxxxx";

const char *release_dir_skip_id(const char *name)
{
	for (const char *form = id_form; *form; form++, name++) {
		const char *fits = *form == 'd' ? "0123456789" :
				   *form == 'x' ? "0123456789abcdef" : NULL;

		if (!*name || (fits ? !strchr(fits, *name) : *name != *form))
			return NULL;
	}
	return name;
}

int release_dir_is_id(const char *name)
{
	const char *end = release_dir_skip_id(name);

	return end && !*end;
}

static char *marker_path(const struct release_dir *d, const char *state)
{
	return xstrfmt("%s/releases/.%s.%s", d->top, d->id, state);
}

/* The releases as tags, for who asks git (git/export.h). */
static int add_metadata(const struct release_dir *d, const struct platform *p,
			const struct repo *r, const char *commit,
			const char *index, struct error *err)
{
	struct buf refs = BUF_INIT;
	int ret;

	for (size_t i = 0; i < p->releases.nr; i++)
		buf_addf(&refs, "create refs/tags/%s %s\n",
			 p->releases.v[i].name, p->releases.v[i].object);
	ret = export_metadata(r, commit, d->path, index, &refs, err);
	buf_release(&refs);
	return ret;
}

/*
 * The folder `path` is in, opened component by component below `dir` and
 * made where it is missing.  Never through a link: a tracked link on the way
 * would lead a write out of the release.
 */
static int open_parent(const char *dir, const char *path, int make,
		       struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	const char *slash;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", dir);
	while ((slash = strchr(path, '/'))) {
		char *name = xmemdupz(path, (size_t)(slash - path));

		if (make && mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
			next = -1;
		else
			next = openat(fd, name, O_RDONLY | O_DIRECTORY |
				      O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && (errno == ELOOP || errno == ENOTDIR))
			error_set(err, ERROR_REFUSED,
				  "the way to a shared path leads through "
				  "'%s' in '%s', which is no folder", name,
				  dir);
		else if (next < 0)
			error_errno(err, "cannot open '%s' in '%s'", name,
				    dir);
		free(name);
		close(fd);
		if (next < 0)
			return -1;
		fd = next;
		path = slash + 1;
	}
	return fd;
}

/* The folder or file in shared/; seeded by what the release brings. */
static int seed_shared(int from, int shared, const char *name,
		       struct error *err)
{
	struct stat st;

	if (!fstatat(shared, name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (!fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))) {
		if (!renameat(from, name, shared, name))
			return 0;
	} else if (!mkdirat(shared, name, 0755)) {
		return 0;
	}
	return error_errno(err, "cannot make the shared '%s'", name);
}

static int link_shared(const struct release_dir *d, const char *path,
		       struct error *err)
{
	char *shared_dir = path_join(d->top, "shared");
	char *inside = path_join(d->path, path);
	const char *name = path_base(path);
	struct buf to = BUF_INIT;
	int from = -1, shared = -1, ret = -1;

	buf_adds(&to, "../../");
	for (const char *s = path; *s; s++)
		if (*s == '/')
			buf_adds(&to, "../");
	buf_addf(&to, "shared/%s", path);
	from = open_parent(d->path, path, 1, err);
	if (from < 0)
		goto out;
	shared = open_parent(shared_dir, path, 1, err);
	if (shared < 0 || seed_shared(from, shared, name, err) < 0)
		goto out;
	/* The way there was walked without links just now. */
	if (remove_tree(inside, err) < 0)
		goto out;
	if (symlinkat(to.s, from, name) < 0) {
		error_errno(err, "cannot link the shared '%s'", path);
		goto out;
	}
	ret = 0;
out:
	if (from >= 0)
		close(from);
	if (shared >= 0)
		close(shared);
	buf_release(&to);
	free(shared_dir);
	free(inside);
	return ret;
}

static int link_all_shared(const struct release_dir *d, struct platform *p,
			   struct error *err)
{
	for (size_t i = 0; i < p->profile.shared.nr; i++) {
		char *path = xstrdup(p->profile.shared.v[i]);
		size_t len = strlen(path);
		int ret = 0;

		while (len && path[len - 1] == '/')
			path[--len] = '\0';
		if (!path_is_inside(path))
			ret = error_set(err, ERROR_REFUSED,
					"'%s' cannot be shared: it is not "
					"inside a release",
					p->profile.shared.v[i]);
		else
			ret = link_shared(d, path, err);
		free(path);
		if (ret < 0)
			return -1;
	}
	return 0;
}

static int make_shared(const struct release_dir *d, struct error *err)
{
	char *dir = path_join(d->top, "shared");
	int ret = make_dirs(dir, err);

	free(dir);
	return ret;
}

int release_dir_begin(const struct release_dir *d, const char *commit,
		      struct error *err)
{
	char *marker = marker_path(d, "building");
	int ret = -1;

	if (!make_parent_dirs(marker, err))
		ret = file_replace(marker, commit, strlen(commit), 0644, err);
	free(marker);
	return ret;
}

int release_dir_make(struct release_dir *d, struct platform *p,
		     const char *commit, struct deploy_log *log,
		     struct error *err)
{
	char *index = xstrfmt("%s/releases/.%s.index", d->top, d->id);
	struct repo r = repo_derive(&p->repo);
	int ret = -1;

	/* By which what a dead worker has left is found, as with steps. */
	strvec_pushf(&r.env, "UPGRADE_DEPLOY=%s", d->id);
	if (make_shared(d, err) < 0 || release_dir_begin(d, commit, err) < 0)
		goto out;
	if (mkdir(d->path, 0755) < 0) {
		error_errno(err, "cannot make '%s'", d->path);
		goto out;
	}
	if (export_tree(&r, commit, d->path, index,
			p->profile.checkout_timeout, err) < 0 ||
	    (p->profile.metadata &&
	     add_metadata(d, p, &r, commit, index, err) < 0))
		goto out;
	/* That was the release's own. */
	unlink(index);
	if (submodules_make(d, p, &r, commit, index, log, err) < 0 ||
	    link_all_shared(d, p, err) < 0)
		goto out;
	ret = 0;
out:
	unlink(index);
	repo_derived_release(&r);
	free(index);
	return ret;
}

int release_dir_switch(const struct release_dir *d, struct error *err)
{
	char *current = path_join(d->top, "current");
	char *fresh = xstrfmt("%s/.current.%s", d->top, d->id);
	char *to = xstrfmt("releases/%s", d->id);
	int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = -1;

	/* The link must not survive a power cut that the files do not. */
	if (fd < 0 || syncfs(fd) < 0) {
		error_errno(err, "cannot write out '%s'", d->path);
		goto out;
	}
	if (file_exists(current) && dir_exists(current)) {
		struct stat st;

		if (!lstat(current, &st) && !S_ISLNK(st.st_mode)) {
			error_set(err, ERROR_REFUSED,
				  "'%s' is a folder, no link to a release",
				  current);
			error_hint(err, "move it away on the server");
			goto out;
		}
	}
	unlink(fresh);
	if (symlink(to, fresh) < 0 || rename(fresh, current) < 0) {
		error_errno(err, "cannot switch '%s'", current);
		unlink(fresh);
		goto out;
	}
	fsync_dir(d->top);
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	free(current);
	free(fresh);
	free(to);
	return ret;
}

int release_dir_current(struct release_dir *d, const char *top)
{
	char *current = path_join(top, "current"), target[512];
	ssize_t len = readlink(current, target, sizeof(target) - 1);
	const char *id;

	free(current);
	if (len <= 0)
		return 0;
	target[len] = '\0';
	id = skip_prefix(target, "releases/");
	if (!id || strchr(id, '/'))
		return 0;
	release_dir_set(d, top, id);
	return dir_exists(d->path);
}

int release_dir_mark(const struct release_dir *d, const char *state,
		     struct error *err)
{
	char *from = marker_path(d, "building");
	char *to = state ? marker_path(d, state) : NULL;
	int ret = 0;

	if (to ? rename(from, to) < 0 && errno != ENOENT :
		 unlink(from) < 0 && errno != ENOENT)
		ret = error_errno(err, "cannot mark '%s'", d->path);
	free(from);
	free(to);
	return ret;
}

/* The names in `dir` that begin and end so, `prefix` and `suffix` cut off. */
static void names_between(const char *dir, const char *prefix,
			  const char *suffix, struct strvec *names)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		const char *name = skip_prefix(entry->d_name, prefix);
		size_t len = name ? strlen(name) : 0;

		if (len > strlen(suffix) && ends_with(name, suffix))
			strvec_push_nodup(names, xstrndup(name, len -
							  strlen(suffix)));
	}
	if (d)
		closedir(d);
	strvec_sort(names, 0);
}

void release_dir_marked(const char *top, const char *state,
			struct strvec *ids)
{
	char *dir = path_join(top, "releases");
	char *suffix = xstrfmt(".%s", state);

	names_between(dir, ".", suffix, ids);
	free(dir);
	free(suffix);
}

/* What has another name than ours is somebody else's. */
static int remove_named(const char *before, const struct strvec *ids,
			const char *after, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < ids->nr; i++) {
		char *path = xstrfmt("%s%s%s", before, ids->v[i], after);

		if (release_dir_is_id(ids->v[i]))
			ret = file_remove(path, err);
		free(path);
	}
	return ret;
}

int release_dir_sweep(const char *top, struct error *err)
{
	struct strvec locks = STRVEC_INIT, links = STRVEC_INIT;
	char *marker = path_join(top, "releases/.");
	char *link = path_join(top, ".current.");
	int ret;

	release_dir_marked(top, "building.lock", &locks);
	names_between(top, ".current.", "", &links);
	ret = remove_named(marker, &locks, ".building.lock", err);
	if (!ret)
		ret = remove_named(link, &links, "", err);
	strvec_release(&locks);
	strvec_release(&links);
	free(marker);
	free(link);
	return ret;
}

char *release_dir_marked_commit(const struct release_dir *d,
				const char *state)
{
	char *marker = marker_path(d, state);
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	char *commit = NULL;

	if (!file_read(marker, &b, &err) && b.len)
		commit = buf_detach(&b);
	error_release(&err);
	buf_release(&b);
	free(marker);
	return commit;
}

static char *interrupted_path(const char *top)
{
	return path_join(top, ".interrupted");
}

int release_dir_is_interrupted(const char *top)
{
	char *path = interrupted_path(top);
	int is = file_exists(path);

	free(path);
	return is;
}

/* What the file says when it was no deploy. */
#define STOPPED "restore\n"

int release_dir_is_stopped(const char *top)
{
	char *path = interrupted_path(top);
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	int is = file_exists(path) && !file_read(path, &text, &ignored) &&
		 !strcmp(text.s, STOPPED);

	error_release(&ignored);
	buf_release(&text);
	free(path);
	return is;
}

static int interrupt(const char *top, const char *text, struct error *err)
{
	char *path = interrupted_path(top);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), ret = 0;

	/* Not by file_replace(): a lock that a kill leaves would stay. */
	if (fd < 0 || write_full(fd, text, strlen(text)) < 0 || fsync(fd) < 0)
		ret = error_errno(err, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	fsync_dir(top);
	free(path);
	return ret;
}

int release_dir_interrupt(const char *top, struct error *err)
{
	return interrupt(top, "", err);
}

int release_dir_stop(const char *top, struct error *err)
{
	return interrupt(top, STOPPED, err);
}

int release_dir_resume(const char *top, struct error *err)
{
	char *path = interrupted_path(top);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

int release_dir_remove(const struct release_dir *d, struct error *err)
{
	static const char *const states[] = { "building", "failed", "index",
					      "index.lock" };
	int ret = remove_tree(d->path, err);

	/* The marker last: a kill in between leaves work, not rubbish. */
	for (size_t i = ARRAY_SIZE(states); i-- > 0 && !ret;) {
		char *marker = marker_path(d, states[i]);

		ret = file_remove(marker, err);
		free(marker);
	}
	return ret;
}

int release_dir_prune(const char *top, long keep, struct error *err)
{
	char *dir = path_join(top, "releases");
	struct release_dir current = RELEASE_DIR_INIT;
	struct release_dir old = RELEASE_DIR_INIT;
	struct strvec ids = STRVEC_INIT, failed = STRVEC_INIT;
	struct dirent *entry;
	DIR *d = opendir(dir);
	int ret = 0;

	release_dir_current(&current, top);
	release_dir_marked(top, "failed", &failed);
	while (d && (entry = readdir(d)))
		if (*entry->d_name != '.' &&
		    !strvec_has(&failed, entry->d_name) &&
		    (!current.id || strcmp(entry->d_name, current.id)))
			strvec_push(&ids, entry->d_name);
	if (d)
		closedir(d);
	strvec_sort(&ids, 0);
	for (size_t i = 0; !ret && i + (size_t)keep < ids.nr; i++) {
		release_dir_set(&old, top, ids.v[i]);
		ret = release_dir_remove(&old, err);
	}
	release_dir_release(&current);
	release_dir_release(&old);
	strvec_release(&ids);
	strvec_release(&failed);
	free(dir);
	return ret;
}
