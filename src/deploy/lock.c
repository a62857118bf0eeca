#include "deploy/lock.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Who has told that it is over may not have let go yet, and who was told may be
 * the next one: so often it is tried, at such a distance.
 */
#define TRIES 50
#define DISTANCE_MS 20

static int open_lock(struct platform *p, const char *env, const char *name,
		     struct error *err)
{
	char *dir = platform_dir(p, "locks", env, err), *path;
	int fd;

	if (!dir)
		return -1;
	path = path_join(dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		error_errno(err, "cannot open the lock '%s'", path);
	free(dir);
	free(path);
	return fd;
}

static int take(int fd, int how)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret;

	do {
		ret = fcntl(fd, how, &whole);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

static int take_soon(int fd)
{
	int ret = take(fd, F_OFD_SETLK);

	for (int i = 1; i < TRIES && ret < 0; i++) {
		time_pause(DISTANCE_MS);
		ret = take(fd, F_OFD_SETLK);
	}
	return ret;
}

static char *run_lock(const struct repo *r, const char *env)
{
	return xstrfmt("%s/upgrade/locks/%s/run", r->common_dir, env);
}

void worker_lock_add_holder(const struct repo *r, const char *env,
			    struct buf *out)
{
	char *path = run_lock(r, env);

	holder_add(out, path);
	free(path);
}

/* `waiting` is held by who waits, `name` by whose turn it is. */
static int take_turn(struct platform *p, const char *env, const char *waiting,
		     const char *name, struct error *err)
{
	int next = open_lock(p, env, waiting, err), lock;

	if (next < 0)
		return -1;
	if (take(next, F_OFD_SETLK) < 0) {
		int taken = errno == EAGAIN || errno == EACCES;

		if (!taken)
			error_errno(err, "cannot lock environment %s", env);
		close(next);
		return taken ? LOCK_NOT_NEEDED : -1;
	}
	lock = open_lock(p, env, name, err);
	if (lock >= 0 && take(lock, F_OFD_SETLKW) < 0) {
		error_errno(err, "cannot lock environment %s", env);
		close(lock);
		lock = -1;
	}
	if (lock >= 0)
		holder_sign(lock, NULL);
	/* From here on others wait again: we have not looked yet. */
	close(next);
	return lock;
}

int worker_lock(struct platform *p, const char *env, struct error *err)
{
	return take_turn(p, env, "next", "run", err);
}

int notify_lock(struct platform *p, const char *env, struct error *err)
{
	return take_turn(p, env, "notify-next", "notify", err);
}

static const char *what_is_done(const char *who)
{
	if (strstr(who, LOCK_REMOVAL))
		return "removal";
	return strstr(who, LOCK_BACKUP) ? "backup" : "deploy";
}

int worker_lock_refuse(const struct repo *r, const char *env,
		       struct error *err)
{
	struct buf who = BUF_INIT;

	worker_lock_add_holder(r, env, &who);
	error_set(err, ERROR_REFUSED, "a %s of %s is under way: %s",
		  what_is_done(who.s), env, who.s);
	buf_release(&who);
	return -1;
}

int worker_trylock(struct platform *p, const char *env, struct error *err)
{
	int lock = open_lock(p, env, "run", err);

	if (lock < 0)
		return -1;
	if (!take_soon(lock)) {
		holder_sign(lock, NULL);
		return lock;
	}
	close(lock);
	worker_lock_refuse(&p->repo, env, err);
	return error_hint(err, "try again when it has ended; see \"git "
			  "upgrade status\"");
}

int worker_lock_is_held(const struct repo *r, const char *env)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = run_lock(r, env);
	int fd = open(path, O_RDWR | O_CLOEXEC), held = 0;

	free(path);
	if (fd < 0)
		return 0;
	held = !fcntl(fd, F_OFD_GETLK, &whole) && whole.l_type != F_UNLCK;
	close(fd);
	return held;
}

int worker_lock_is_kept(const struct repo *r, const char *env)
{
	int held = worker_lock_is_held(r, env);

	for (int i = 1; i < TRIES && held; i++) {
		time_pause(DISTANCE_MS);
		held = worker_lock_is_held(r, env);
	}
	return held;
}
