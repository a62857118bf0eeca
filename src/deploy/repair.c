#include "deploy/repair.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/backup.h"
#include "deploy/lock.h"
#include "deploy/worker.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A lock younger than this may belong to somebody we did not see start. */
#define STALE_SECONDS 2

/* The parent of a process; 0 when it cannot be told. */
static long parent_of(const char *pid)
{
	char *path = xstrfmt("/proc/%s/stat", pid);
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	const char *end = NULL;
	long parent = 0;

	if (!file_read(path, &b, &err))
		end = strrchr(b.s, ')');
	if (end && strlen(end) > 4)
		parent = strtol(end + 4, NULL, 10);
	error_release(&err);
	buf_release(&b);
	free(path);
	return parent;
}

/* "git upgrade" that runs us, and what we have started ourselves. */
static int is_family(const char *pid)
{
	return strtol(pid, NULL, 10) == (long)getppid() ||
	       parent_of(pid) == (long)getpid();
}

static int is_called_with(const char *pid, const char *word)
{
	char *path = xstrfmt("/proc/%s/cmdline", pid);
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	int is = !file_read(path, &b, &err) &&
		 memmem(b.s, b.len, word, strlen(word));

	error_release(&err);
	buf_release(&b);
	free(path);
	return is;
}

/*
 * A push that shows its deploy has moved its refs, and keeps no lock any
 * more; that may take long, and nobody need wait for it.
 */
static int only_follows(const char *pid)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && !found && (entry = readdir(proc)))
		found = isdigit((unsigned char)*entry->d_name) &&
			parent_of(entry->d_name) == strtol(pid, NULL, 10) &&
			is_called_with(entry->d_name, "post-receive");
	if (proc)
		closedir(proc);
	return found;
}

/* Does a git process of somebody else work in the repository now? */
static int git_is_at_work(struct platform *p)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		char path[300], cwd[PATH_MAX], name[32] = "";
		struct buf b = BUF_INIT;
		struct error err = ERROR_INIT;
		ssize_t len;

		if (!isdigit((unsigned char)*entry->d_name) ||
		    is_family(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cwd", entry->d_name);
		len = readlink(path, cwd, sizeof(cwd) - 1);
		if (len <= 0)
			continue;
		cwd[len] = '\0';
		if (strcmp(cwd, p->repo.git_dir))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (!file_read(path, &b, &err))
			snprintf(name, sizeof(name), "%s", b.s);
		/*
		 * "git", "git-receive-pac"; not our own, nor the web
		 * server's end of a push, which moves nothing itself, nor
		 * what a worker has look at objects for as long as it lives.
		 */
		found = starts_with(name, "git") &&
			!starts_with(name, "git-upgrade") &&
			!starts_with(name, "git-http-") &&
			!is_called_with(entry->d_name, "cat-file") &&
			!only_follows(entry->d_name);
		error_release(&err);
		buf_release(&b);
	}
	if (proc)
		closedir(proc);
	return found;
}

static int is_old(const char *path)
{
	struct stat st;

	return !stat(path, &st) && time(NULL) - st.st_mtime >= STALE_SECONDS;
}

/*
 * One that is young yet is given the time to go or to become old: whoever
 * needs the ref would wait for it much longer.
 */
static int is_stale(const char *path)
{
	const struct timespec nap = { 0, 100 * 1000 * 1000 };

	for (int i = 0; i < (STALE_SECONDS + 1) * 10; i++) {
		if (is_old(path))
			return 1;
		if (!file_exists(path))
			return 0;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static void remove_stale(struct platform *p, const char *name,
			 const struct reporter *say)
{
	char *path = repo_path(&p->repo, name);

	if (file_exists(path) && is_stale(path) && !git_is_at_work(p) &&
	    !unlink(path))
		report(say, REPORT_NOTE, "removed the stale %s", name);
	free(path);
}

/* Of an environment's backups, which are as many as there are. */
static void backup_locks(const struct platform *p, const char *env,
			 struct strvec *names)
{
	char *dir = xstrfmt("%s/refs/upgrade/backups/%s", p->repo.common_dir,
			    env);
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (ends_with(entry->d_name, ".lock"))
			strvec_pushf(names, "refs/upgrade/backups/%s/%s", env,
				     entry->d_name);
	if (d)
		closedir(d);
	free(dir);
}

/* Where a push leaves its locks, and a worker whose power was cut. */
static void lock_names(const struct platform *p, struct strvec *names)
{
	static const char *const kinds[] = {
		"ledger", "deployed", "verified", "failed", "locks", "held",
	};

	strvec_pushl(names, "HEAD.lock", "packed-refs.lock", NULL);
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];

		strvec_pushf(names, "refs/heads/%s.lock", env->branch);
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			strvec_pushf(names, "refs/upgrade/%s/%s.lock",
				     kinds[k], env->name);
		backup_locks(p, env->name, names);
	}
}

static void remove_locks(struct platform *p, const struct reporter *say)
{
	struct strvec names = STRVEC_INIT;

	if (git_is_at_work(p))
		return;
	lock_names(p, &names);
	for (size_t i = 0; i < names.nr; i++)
		remove_stale(p, names.v[i], say);
	strvec_release(&names);
}

int platform_stale_locks(struct platform *p, struct strvec *names)
{
	struct strvec all = STRVEC_INIT;

	lock_names(p, &all);
	for (size_t i = 0; i < all.nr; i++) {
		char *path = repo_path(&p->repo, all.v[i]);

		if (is_old(path))
			strvec_push(names, all.v[i]);
		free(path);
	}
	strvec_release(&all);
	return names->nr && git_is_at_work(p);
}

/* "receive-pack PID on HOST": gc never touches such packs. */
static void remove_keeps(struct platform *p, const struct reporter *say)
{
	char *dir = repo_path(&p->repo, "objects/pack");
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char *path = path_join(dir, entry->d_name);
		struct error err = ERROR_INIT;
		struct buf b = BUF_INIT;
		const char *pid = NULL;

		if (ends_with(path, ".keep") && !file_read(path, &b, &err))
			pid = skip_prefix(b.s, "receive-pack ");
		if (pid && kill((pid_t)strtol(pid, NULL, 10), 0) < 0 &&
		    errno == ESRCH && !unlink(path))
			report(say, REPORT_NOTE, "removed the stale %s",
			       entry->d_name);
		error_release(&err);
		buf_release(&b);
		free(path);
	}
	if (d)
		closedir(d);
	free(dir);
}

void platform_remove_stale(struct platform *p, const struct reporter *say)
{
	remove_locks(p, say);
	remove_keeps(p, say);
}

int platform_bypasses(struct platform *p, struct strvec *refs,
		      struct error *err)
{
	struct strvec lines = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	ret = git_run(&p->repo, &out, err, "for-each-ref",
		      "--format=%(refname) %(symref)", NULL);
	if (!ret)
		strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *to = strchr(lines.v[i], ' ');

		if (!to)
			continue;
		*to++ = '\0';
		if (*to && platform_environment_of(p, to))
			strvec_push(refs, lines.v[i]);
	}
	strvec_release(&lines);
	buf_release(&out);
	return ret;
}

/* All but the first on their own: none waits for what another takes. */
static void start_others(struct platform *p, const struct reporter *say)
{
	struct worker_wait nothing = { NULL, 0 };
	struct error err = ERROR_INIT;

	for (size_t i = 1; i < p->profile.nr_environments; i++) {
		const char *env = p->profile.environments[i].name;

		/* It has its turn all the same. */
		if (worker_start(p, env, &nothing, &err) < 0)
			report(say, REPORT_WARNING, "%s: %s", env,
			       err.message);
		error_release(&err);
	}
}

/* While somebody makes one he sees to it himself. */
static void tidy_backups(struct platform *p, const struct reporter *say)
{
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];
		struct error err = ERROR_INIT;
		int lock = worker_trylock(p, env->name, &err);

		if (lock >= 0 && backup_tidy(p, env, say, &err) < 0)
			report(say, REPORT_WARNING, "%s: %s", env->name,
			       err.message);
		if (lock >= 0)
			close(lock);
		error_release(&err);
	}
}

int platform_repair(struct platform *p, const struct reporter *say,
		    struct error *err)
{
	struct worker_wait nothing = { NULL, 0 };
	struct strvec names = STRVEC_INIT;
	struct error now = ERROR_INIT;
	int ret = 0;

	platform_remove_stale(p, say);
	tidy_backups(p, say);
	start_others(p, say);
	for (size_t i = 0; i < p->profile.nr_environments; i++)
		strvec_push(&names, p->profile.environments[i].name);
	for (size_t i = 0; i < names.nr; i++) {
		if (worker_run(p, names.v[i], &nothing, &now) == 0)
			continue;
		error_wrap(&now, "%s", names.v[i]);
		if (!ret)
			ret = error_move(err, &now);
		else
			report(say, REPORT_WARNING, "%s", now.message);
		error_release(&now);
	}
	strvec_release(&names);
	return ret;
}
