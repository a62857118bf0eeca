#include "git/checkout_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int index_copy(const char *from, const char *to, struct error *err)
{
	struct buf b = BUF_INIT;
	struct stat st;
	int ret = -1;

	if (file_remove(to, err) < 0)
		return -1;
	/* An absent index is an empty one. */
	if (!file_exists(from) || !link(from, to)) {
		ret = 0;
	} else if (!file_read(from, &b, err) && !stat(from, &st)) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		ret = file_create(to, b.s, b.len, 0666, err);
		if (!ret && utimensat(AT_FDCWD, to, times, 0) < 0)
			ret = error_errno(err, "cannot write '%s'", to);
	}
	buf_release(&b);
	return ret;
}

struct repo repo_on_index(const struct repo *r, const char *index)
{
	struct repo own = repo_derive(r);

	strvec_pushf(&own.env, "GIT_INDEX_FILE=%s", index);
	return own;
}

void index_refresh(struct repo *r, struct error *err)
{
	git_try(r, NULL, err, "update-index", "-q", "--refresh", NULL);
}

int index_skipped(struct strmap *skipped, struct repo *r, struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = 0;

	if (!repo_config_bool(r, "core.sparseCheckout", 0))
		return 0;
	ret = git_run(r, &out, err, "ls-files", "-t", "-z", NULL);
	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1)
		if (*at == 'S')
			strmap_put(skipped, at + 2, NULL);
	buf_release(&out);
	return ret;
}

int apply_init(struct apply *a, struct repo *r, const char *dir,
	       const struct checkout_move *m, struct error *err)
{
	memset(a, 0, sizeof(*a));
	a->refs = (struct ref_mover)REF_MOVER_INIT;
	a->r = r;
	a->m = m;
	a->journal = path_join(dir, "journal");
	a->index = path_join(dir, "index");
	a->index_lock = path_join(dir, "index.lock");
	a->old = path_join(dir, "index.old");
	a->mylock = path_join(dir, "mylock");
	a->real = repo_git_path(r, "index", err);
	if (!a->real)
		return -1;
	a->real_lock = xstrfmt("%s.lock", a->real);
	a->with_index = repo_on_index(r, a->index);
	return 0;
}

void apply_release(struct apply *a)
{
	if (a->real)
		repo_derived_release(&a->with_index);
	ref_mover_release(&a->refs);
	free(a->journal);
	free(a->index);
	free(a->index_lock);
	free(a->old);
	free(a->mylock);
	free(a->real);
	free(a->real_lock);
}

int apply_take_lock(struct apply *a, struct error *err)
{
	unlink(a->mylock);
	if (file_create(a->mylock, "", 0, 0666, err) < 0)
		return -1;
	if (!link(a->mylock, a->real_lock))
		return 0;
	if (errno == EEXIST) {
		error_set(err, ERROR_FATAL, "'%s' exists", a->real_lock);
		error_hint(err, "another git process is at work in this "
			   "repository; if none is, remove that file");
		return -1;
	}
	return error_errno(err, "cannot lock the index");
}

int apply_owns_lock(const struct apply *a)
{
	struct stat mine, theirs;

	return !stat(a->mylock, &mine) && !stat(a->real_lock, &theirs) &&
	       mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev;
}

int apply_unlock(const struct apply *a, struct error *err)
{
	return apply_owns_lock(a) ? file_remove(a->real_lock, err) : 0;
}

int apply_index_is_current(const struct apply *a)
{
	struct stat ours, real;
	int have = !stat(a->old, &ours);

	if (stat(a->real, &real) < 0)
		return !have;
	/* A copy is another file, of the same time and size. */
	return have && ours.st_size == real.st_size &&
	       ours.st_mtim.tv_sec == real.st_mtim.tv_sec &&
	       ours.st_mtim.tv_nsec == real.st_mtim.tv_nsec;
}

int apply_take_index(struct apply *a, struct error *err)
{
	if (file_exists(a->index) && apply_index_is_current(a))
		return 0;
	a->is_retaken = 1;
	if (index_copy(a->real, a->old, err) < 0 ||
	    index_copy(a->old, a->index, err) < 0)
		return -1;
	index_refresh(&a->with_index, err);
	return 0;
}

int apply_install(struct apply *a, struct error *err)
{
	struct stat st;
	int fd = open(a->index, O_RDWR | O_CLOEXEC), ret = 0;

	/* In a shared repository others must be able to read it. */
	if (fd < 0 || fsync(fd) < 0 ||
	    (!stat(a->real, &st) && fchmod(fd, st.st_mode & 0777) < 0) ||
	    rename(a->index, a->real) < 0)
		ret = error_errno(err, "cannot write the index");
	else
		fsync_dir(a->r->git_dir);
	if (fd >= 0)
		close(fd);
	return ret;
}
