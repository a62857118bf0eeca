#include "deploy/repair.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/procfs.h"
#include "base/time.h"
#include "deploy/backup.h"
#include "deploy/lock.h"
#include "deploy/removing.h"
#include "deploy/worker.h"
#include "state/backup.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A lock younger than this may belong to somebody we did not see start. */
#define STALE_SECONDS 2

/* "git upgrade" that runs us, and what we have started ourselves. */
static int is_family(const struct process *p)
{
	return p->pid == getppid() || p->parent == getpid();
}

static int is_called_with(const struct process *p, const char *word)
{
	struct buf line = BUF_INIT;
	int is = !procfs_read(&line, p->pid, "cmdline") &&
		 memmem(line.s, line.len, word, strlen(word));

	buf_release(&line);
	return is;
}

static int is_follower_of(const struct process *p, void *pusher)
{
	return p->parent == *(const pid_t *)pusher &&
	       is_called_with(p, "post-receive");
}

/*
 * A push that shows its deploy has moved its refs, and keeps no lock any
 * more; that may take long, and nobody need wait for it.
 */
static int only_follows(const struct process *p)
{
	pid_t pid = p->pid;

	return procfs_find(is_follower_of, &pid);
}

/*
 * "git", "git-receive-pac"; not our own, nor the web server's end of a push,
 * which moves nothing itself, nor what a worker has look at objects for as
 * long as it lives.
 */
static int is_at_work(const struct process *p, void *data)
{
	const struct platform *platform = data;
	char *folder;
	int is;

	if (!starts_with(p->name, "git") ||
	    starts_with(p->name, "git-upgrade") ||
	    starts_with(p->name, "git-http-") || is_family(p))
		return 0;
	folder = procfs_folder(p->pid);
	is = folder && !strcmp(folder, platform->repo.git_dir) &&
	     !is_called_with(p, "cat-file") && !only_follows(p);
	free(folder);
	return is;
}

/* Does a git process of somebody else work in the repository now? */
static int git_is_at_work(struct platform *p)
{
	return procfs_find(is_at_work, p);
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
	for (int i = 0; i < (STALE_SECONDS + 1) * 10; i++) {
		if (is_old(path))
			return 1;
		if (!file_exists(path))
			return 0;
		time_pause(100);
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
	char *refs = backup_refs(env), *dir = repo_path(&p->repo, refs);
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (ends_with(entry->d_name, ".lock"))
			strvec_pushf(names, "%s%s", refs, entry->d_name);
	if (d)
		closedir(d);
	free(refs);
	free(dir);
}

/* Where a push leaves its locks, and a worker whose power was cut. */
static void lock_names(const struct platform *p, struct strvec *names)
{
	static const char *const kinds[] = {
		"ledger", "deployed", "verified", "failed", "locks", "held",
	};

	strvec_pushl(names, "HEAD.lock", "packed-refs.new",
		     "packed-refs.lock", NULL);
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

/* What is being torn down is nobody's to deploy. */
static void find_workers(const struct platform *p, struct strvec *names,
			 const struct reporter *say)
{
	struct strvec going = STRVEC_INIT;

	removing_list(&p->repo, &going);
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const char *env = p->profile.environments[i].name;

		if (!strvec_has(&going, env))
			strvec_push(names, env);
	}
	for (size_t i = 0; i < going.nr; i++)
		report(say, REPORT_WARNING, "%s is being removed; that is "
		       "ended with \"git upgrade platform remove --env=%s "
		       "%s\"", going.v[i], going.v[i], p->repo.git_dir);
	strvec_release(&going);
}

/* All but the first on their own: none waits for what another takes. */
static void start_others(struct platform *p, const struct strvec *names,
			 const struct reporter *say)
{
	struct worker_wait nothing = { NULL, 0 };
	struct error err = ERROR_INIT;

	for (size_t i = 1; i < names->nr; i++) {
		/* It has its turn all the same. */
		if (worker_start(p, names->v[i], &nothing, &err) < 0)
			report(say, REPORT_WARNING, "%s: %s", names->v[i],
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
	find_workers(p, &names, say);
	start_others(p, &names, say);
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
