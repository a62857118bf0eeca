#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/stale.h"
#include "git/object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* What an apply works with in `dir`, beside its journal. */
static const char *const apply_files[] = {
	"index", "index.old", "mylock", NULL
};

static void remove_files(const char *dir, const char *const *names)
{
	for (; *names; names++) {
		char *path = path_join(dir, *names);

		unlink(path);
		free(path);
	}
}

/* With the lock in our hands, nobody alive holds or needs these. */
static void sweep(struct repo *r, const char *dir)
{
	static const char *const locks[] = {
		"journal.lock", "state.lock", "record.lock", "index.lock",
		NULL
	};
	struct error ignored = ERROR_INIT;
	char *lock = repo_path(r, KEEP_REF ".lock");
	char *stash_lock = repo_path(r, AUTOSTASH_REF ".lock");
	char *told_lock = repo_path(r, "MERGE_AUTOSTASH.lock");
	char *kept = repo_path(r, KEEP_REF);
	char *scratch = path_join(dir, "scratch");

	remove_files(dir, locks);
	unlink(lock);
	unlink(stash_lock);
	/* git writes that file without one. */
	if (file_exists(told_lock))
		unlink(told_lock);
	remove_tree(scratch, &ignored);
	repo_sweep_temp(r);
	if (!checkout_interrupted(dir)) {
		remove_files(dir, apply_files);
		/* With a full disk it could not be deleted. */
		if (file_exists(kept))
			git_run(r, NULL, &ignored, "update-ref", "-d",
				KEEP_REF, NULL);
	}
	error_release(&ignored);
	free(kept);
	free(lock);
	free(stash_lock);
	free(told_lock);
	free(scratch);
}

static void at_work(const char *path, struct error *err)
{
	struct buf who = BUF_INIT;

	holder_add(&who, path);
	error_set(err, ERROR_REFUSED, "another git upgrade is at work in this "
		  "work tree: %s", who.s);
	error_hint(err, "wait until it is done and try again");
	buf_release(&who);
}

int checkout_lock(int *fd, struct repo *r, const char *dir,
		  const char *command, struct error *err)
{
	char *path = path_join(dir, "lock");
	int ret = -1;

	/* git children that outlive us are to hold it too. */
	*fd = holder_lock(path, 0);
	if (*fd < 0 && errno == EWOULDBLOCK) {
		at_work(path, err);
	} else if (*fd < 0) {
		error_errno(err, "cannot lock '%s'", path);
	} else {
		holder_sign(*fd, command);
		sweep(r, dir);
		ret = 0;
	}
	free(path);
	return ret;
}

void checkout_unlock(int *fd, const char *dir)
{
	char *path = path_join(dir, "lock");

	if (!checkout_interrupted(dir))
		remove_files(dir, apply_files);
	unlink(path);
	rmdir(dir);
	close(*fd);
	*fd = -1;
	free(path);
}

/* What is left of it is swept by who finds no journal. */
static void drop_tree(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *kept = NULL;

	/* Asked is a program that runs already. */
	if (object_find(r, KEEP_REF, NULL, &kept, &ignored) > 0)
		git_run(r, NULL, &ignored, "update-ref", "-d", KEEP_REF, kept,
			NULL);
	error_release(&ignored);
	free(kept);
}

int checkout_forget(struct repo *r, const char *dir, struct error *err)
{
	struct apply a;
	int ret = -1;

	/* Without a journal nobody would know whose lock it is. */
	if (!apply_init(&a, r, dir, NULL, err) &&
	    !apply_unlock(&a, err) && !file_remove(a.journal, err))
		ret = 0;
	apply_release(&a);
	if (ret < 0)
		return -1;
	fsync_dir(dir);
	remove_files(dir, apply_files);
	drop_tree(r);
	return 0;
}

static void list_locks(struct strvec *locks, const struct repo *r,
		       const char *dir, const char *branch)
{
	static const char *const names[] = {
		"HEAD.lock", "ORIG_HEAD.lock", "MERGE_RR.lock",
		"MERGE_MSG.lock",
	};
	struct error ignored = ERROR_INIT;
	char *index = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		strvec_push_nodup(locks, repo_path(r, names[i]));
	strvec_pushf(locks, "%s/packed-refs.lock", r->common_dir);
	strvec_pushf(locks, "%s/refs/stash.lock", r->common_dir);
	if (branch)
		strvec_pushf(locks, "%s/refs/heads/%s.lock", r->common_dir,
			     branch);
	if (!checkout_interrupted(dir))
		index = repo_git_path(r, "index", &ignored);
	if (index)
		strvec_pushf(locks, "%s.lock", index);
	error_release(&ignored);
	free(index);
}

int checkout_break_locks(const struct repo *r, const char *dir,
			 const char *branch, struct error *err)
{
	struct strvec locks = STRVEC_INIT;
	int ret;

	list_locks(&locks, r, dir, branch);
	ret = stale_break(r, &locks, err);
	strvec_release(&locks);
	return ret;
}
