#include "deploy/repair.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
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

/* "git upgrade" that runs us, and what we have started ourselves. */
static int is_family(const char *pid)
{
	char *path = xstrfmt("/proc/%s/stat", pid);
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	const char *end = NULL;
	int ours = strtol(pid, NULL, 10) == (long)getppid();

	if (!ours && !file_read(path, &b, &err))
		end = strrchr(b.s, ')');
	if (end && strlen(end) > 4)
		ours = strtol(end + 4, NULL, 10) == (long)getpid();
	error_release(&err);
	buf_release(&b);
	free(path);
	return ours;
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
		 * server's end of a push, which moves nothing itself.
		 */
		found = starts_with(name, "git") &&
			!starts_with(name, "git-upgrade") &&
			!starts_with(name, "git-http-");
		error_release(&err);
		buf_release(&b);
	}
	if (proc)
		closedir(proc);
	return found;
}

/*
 * One that is young yet is given the time to go or to become old: whoever
 * needs the ref would wait for it much longer.
 */
static int is_stale(const char *path)
{
	const struct timespec nap = { 0, 100 * 1000 * 1000 };
	struct stat st;

	for (int i = 0; i < (STALE_SECONDS + 1) * 10; i++) {
		if (stat(path, &st) < 0)
			return 0;
		if (time(NULL) - st.st_mtime >= STALE_SECONDS)
			return 1;
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

/* Of a push, and of a worker whose transaction a power cut ended. */
static void remove_locks(struct platform *p, const struct reporter *say)
{
	static const char *const kinds[] = {
		"ledger", "deployed", "verified", "failed", "locks", "held",
	};

	if (git_is_at_work(p))
		return;
	remove_stale(p, "HEAD.lock", say);
	remove_stale(p, "packed-refs.lock", say);
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];
		char *name = xstrfmt("refs/heads/%s.lock", env->branch);

		remove_stale(p, name, say);
		free(name);
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			name = xstrfmt("refs/upgrade/%s/%s.lock", kinds[k],
				       env->name);
			remove_stale(p, name, say);
			free(name);
		}
	}
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

int platform_repair(struct platform *p, const struct reporter *say,
		    struct error *err)
{
	struct worker_wait nothing = { NULL, 0 };

	platform_remove_stale(p, say);
	for (size_t i = 0; i < p->profile.nr_environments; i++)
		if (worker_run(p, p->profile.environments[i].name, &nothing,
			       err) < 0)
			return error_wrap(err, "%s",
					  p->profile.environments[i].name);
	return 0;
}
