#include "deploy/log.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *log_path(struct platform *p, const char *env, const char *id)
{
	return xstrfmt("%s/upgrade/logs/%s/%s.log", p->repo.common_dir, env,
		       id);
}

/* Sorts by time; the commit and a counter make it unique. */
static char *make_id(const char *commit)
{
	struct timespec now;
	char when[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
	return xstrfmt("%s.%03ld-%.12s", when, now.tv_nsec / 1000000, commit);
}

static void point_latest(const char *dir, const char *id)
{
	char *link = path_join(dir, "latest"), *fresh = NULL, *to = NULL;

	fresh = xstrfmt("%s/latest.%s", dir, id);
	to = xstrfmt("%s.log", id);
	if (!symlink(to, fresh) && rename(fresh, link) < 0)
		unlink(fresh);
	free(link);
	free(fresh);
	free(to);
}

int deploy_log_open(struct deploy_log *log, struct platform *p,
		    const char *env, const char *commit, struct error *err)
{
	char *dir = platform_dir(p, "logs", env, err);

	if (!dir)
		return -1;
	do {
		free(log->id);
		free(log->path);
		log->id = make_id(commit);
		log->path = log_path(p, env, log->id);
		log->fd = open(log->path, O_RDWR | O_APPEND | O_CREAT |
			       O_EXCL | O_CLOEXEC, 0640);
	} while (log->fd < 0 && errno == EEXIST);
	if (log->fd < 0) {
		free(dir);
		return error_errno(err, "cannot create the log '%s'",
				   log->path);
	}
	deploy_log_say(log, "# %s deploys %s", log->id, commit);
	point_latest(dir, log->id);
	free(dir);
	return 0;
}

int deploy_log_reopen(struct deploy_log *log, const char *path,
		      struct error *err)
{
	log->path = xstrdup(path);
	log->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	return log->fd < 0 ? error_errno(err, "cannot open '%s'", path) : 0;
}

int deploy_log_resume(struct deploy_log *log, struct platform *p,
		      const char *env, const char *id, struct error *err)
{
	log->id = xstrdup(id);
	log->path = log_path(p, env, id);
	log->fd = open(log->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC,
		       0640);
	return log->fd < 0 ? error_errno(err, "cannot open the log '%s'",
					 log->path) : 0;
}

int deploy_log_open_id(struct deploy_log *log, struct platform *p,
		       const char *env, const char *id)
{
	log->id = xstrdup(id);
	log->path = log_path(p, env, id);
	log->fd = open(log->path, O_RDWR | O_APPEND | O_CLOEXEC);
	return log->fd < 0 ? -1 : 0;
}

/* A step may have left its last line open. */
static int needs_line_end(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';

	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

void deploy_log_say(struct deploy_log *log, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	if (log->fd < 0)
		return;
	if (needs_line_end(log->fd))
		buf_addc(&b, '\n');
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	buf_addc(&b, '\n');
	/* A log that cannot be written stops no deploy. */
	(void)!write_full(log->fd, b.s, b.len);
	buf_release(&b);
}

static void say_error(struct deploy_log *log, const char *label,
		      const struct error *err)
{
	if (err->message)
		deploy_log_say(log, "%s: %s", label, err->message);
	for (size_t i = 0; i < err->hints.nr; i++)
		deploy_log_say(log, "hint: %s", err->hints.v[i]);
}

void deploy_log_error(struct deploy_log *log, const struct error *err)
{
	say_error(log, "error", err);
}

void deploy_log_warning(struct deploy_log *log, const struct error *err)
{
	say_error(log, "warning", err);
}

void deploy_log_end(struct deploy_log *log, const char *outcome)
{
	deploy_log_say(log, "# %s end %s", log->id, outcome);
}

long long deploy_log_size(const struct deploy_log *log)
{
	struct stat st;

	return log->fd < 0 || fstat(log->fd, &st) < 0 ? 0 : st.st_size;
}

int deploy_log_cut(struct deploy_log *log, long long size)
{
	long long is = deploy_log_size(log);

	/* What cannot be taken back is there twice. */
	if (is > size)
		(void)!ftruncate(log->fd, (off_t)size);
	return is < size;
}

void deploy_log_release(struct deploy_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	free(log->id);
	free(log->path);
	*log = (struct deploy_log)DEPLOY_LOG_INIT;
}

int deploy_log_close_dead(struct platform *p, const char *env,
			  const char *id, const char *outcome)
{
	struct deploy_log log = DEPLOY_LOG_INIT;
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT, end = BUF_INIT;
	int ret = -1;

	log.id = xstrdup(id);
	log.path = log_path(p, env, id);
	if (file_read(log.path, &text, &err) < 0)
		goto out;
	buf_addf(&end, "\n# %s end ", id);
	ret = 0;
	if (strstr(text.s, end.s))
		goto out;
	log.fd = open(log.path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (!strcmp(outcome, "killed"))
		deploy_log_say(&log, "error: the worker was killed; what it "
			       "left is cleaned up");
	deploy_log_end(&log, outcome);
out:
	deploy_log_release(&log);
	error_release(&err);
	buf_release(&text);
	buf_release(&end);
	return ret;
}

char *deploy_log_latest(struct platform *p, const char *env)
{
	char *link = xstrfmt("%s/upgrade/logs/%s/latest", p->repo.common_dir,
			     env);
	char target[256];
	ssize_t len = readlink(link, target, sizeof(target));

	free(link);
	if (len <= 4 || len == sizeof(target))
		return NULL;
	return xstrndup(target, (size_t)len - 4);
}

/* Their names whose ends are that, oldest first. */
static void list_logs(const char *dir, const char *end, struct strvec *names)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		if (ends_with(entry->d_name, end) &&
		    strchr(entry->d_name, '-'))
			strvec_push(names, entry->d_name);
	if (d)
		closedir(d);
	strvec_sort(names, 0);
}

/* Is the log at `path`, named ID.log, of a good deploy of that commit? */
static int is_good_log(const char *path, const char *name, const char *commit)
{
	char *id = xstrndup(name, strlen(name) - strlen(".log"));
	char *begin = xstrfmt("# %s deploys %s\n", id, commit);
	char *end = xstrfmt("\n# %s end ok\n", id);
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;
	int is = !file_read(path, &text, &err) &&
		 starts_with(text.s, begin) && strstr(text.s, end);

	error_release(&err);
	buf_release(&text);
	free(id);
	free(begin);
	free(end);
	return is;
}

char *deploy_log_of(struct platform *p, const char *env, const char *commit)
{
	char *dir = xstrfmt("%s/upgrade/logs/%s", p->repo.common_dir, env);
	char *end = xstrfmt("-%.12s.log", commit), *path = NULL;
	struct strvec names = STRVEC_INIT;

	list_logs(dir, end, &names);
	for (size_t i = names.nr; !path && i-- > 0;) {
		path = path_join(dir, names.v[i]);
		if (!is_good_log(path, names.v[i], commit))
			FREE_AND_NULL(path);
	}
	strvec_release(&names);
	free(end);
	free(dir);
	return path;
}

/* Its last 64 KiB, which hold its end. */
static void read_tail(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t at = size > 65536 ? size - 65536 : 0;
	ssize_t n;

	buf_grow(out, 65536);
	n = fd < 0 ? -1 : pread(fd, out->s, 65536, at);
	if (n > 0)
		buf_setlen(out, (size_t)n);
	if (fd >= 0)
		close(fd);
}

static int is_failed_log(const char *path, const char *id)
{
	char *end = xstrfmt("# %s end ", id);
	struct buf text = BUF_INIT;
	const char *outcome;
	int is;

	read_tail(path, &text);
	outcome = strstr(text.s, end);
	is = outcome && !starts_with(outcome + strlen(end), "ok\n");
	buf_release(&text);
	free(end);
	return is;
}

char *deploy_log_failed(struct platform *p, const char *env)
{
	char *dir = xstrfmt("%s/upgrade/logs/%s", p->repo.common_dir, env);
	struct strvec names = STRVEC_INIT;
	char *id = NULL;

	list_logs(dir, ".log", &names);
	for (size_t i = names.nr; !id && i-- > 0;) {
		char *path = path_join(dir, names.v[i]);

		id = xstrndup(names.v[i], strlen(names.v[i]) - strlen(".log"));
		if (!is_failed_log(path, id))
			FREE_AND_NULL(id);
		free(path);
	}
	strvec_release(&names);
	free(dir);
	return id;
}

static void unlink_in(const char *dir, const char *name)
{
	char *path = path_join(dir, name);

	unlink(path);
	free(path);
}

void deploy_log_prune(struct platform *p, const char *env, size_t keep)
{
	char *dir = xstrfmt("%s/upgrade/logs/%s", p->repo.common_dir, env);
	struct strvec names = STRVEC_INIT, all = STRVEC_INIT;

	list_logs(dir, ".log", &names);
	for (size_t i = 0; i + keep < names.nr; i++)
		unlink_in(dir, names.v[i]);
	list_logs(dir, "", &all);
	for (size_t i = 0; i < all.nr; i++)
		if (starts_with(all.v[i], "latest."))
			unlink_in(dir, all.v[i]);
	strvec_release(&names);
	strvec_release(&all);
	free(dir);
}
