#include "git/module.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/time.h"
#include "git/fetch.h"
#include "git/object.h"
#include "git/ssh.h"
#include "git/stale.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What holds a commit that is here with all it needs. */
#define PIN "refs/upgrade/submodule/"

/*
 * The name by which git is told the URL: no argument of ours that others could
 * read.  (Over HTTP git hands it to its helper as one.)
 */
#define REMOTE "submodule"

/* Its server may talk for as long as there is time; this much is heard. */
#define MUCH (64 << 10)

/*
 * A server over HTTP that sends less than so many bytes for so many seconds
 * hangs.  One that works on a large pack sends five every five seconds, which
 * a web server may keep back until there are more; so this is only for those
 * that nothing comes from any more, and the time of the wish for the others.
 */
#define SLOW_BYTES "http.lowSpeedLimit=1"
#define SLOW_SECONDS "http.lowSpeedTime=600"

static int is_pinned(struct module *m, const char *oid)
{
	char *ref = xstrfmt(PIN "%s", oid);
	char *commit = object_commit(&m->repo, ref);
	int is = are_same(commit, oid);

	free(commit);
	free(ref);
	return is;
}

/*
 * A commit may be here already, of a branch that was fetched.  That its object
 * is says nothing: of a fetch that was killed only some may be.
 */
static int pin(struct module *m, const char *oid, struct error *err)
{
	char *ref = xstrfmt(PIN "%s", oid);
	char *commit = object_commit(&m->repo, oid);
	int ret = 0;

	if (commit && !git_try(&m->repo, NULL, err, "rev-list", "--objects",
			       "--quiet", oid, "--not", "--all", "--", NULL))
		ret = git_run(&m->repo, NULL, err, "update-ref", ref, oid,
			      NULL) < 0 ? -1 : 1;
	free(commit);
	free(ref);
	return ret;
}

static long seconds_left(double deadline)
{
	double left = deadline - time_monotonic();

	return left < 1.0 ? 1 : (long)left;
}

static void ask_nobody(struct proc *git, const struct module *m,
		       const struct module_wish *w)
{
	strvec_pushf(&git->env, "GIT_CONFIG_KEY_%zu=remote." REMOTE ".url",
		     m->nr_settings);
	strvec_pushf(&git->env, "GIT_CONFIG_VALUE_%zu=%s", m->nr_settings,
		     w->url);
	strvec_pushf(&git->env, "GIT_CONFIG_COUNT=%zu", m->nr_settings + 1);
	/* As git does for submodules: a URL that was pushed, not typed. */
	strvec_push(&git->env, "GIT_PROTOCOL_FROM_USER=0");
	strvec_push(&git->env, "GIT_TERMINAL_PROMPT=0");
	strvec_push(&git->env, "SSH_ASKPASS_REQUIRE=never");
}

static int explain(const struct proc *git, const struct module_wish *w,
		   const struct buf *said, struct error *err)
{
	struct buf why = BUF_INIT;

	if (git->timed_out)
		buf_addf(&why, "it took longer than %ld s", w->timeout);
	else
		remote_add_reason(&why, said);
	error_set(err, ERROR_FATAL, "cannot be fetched: %s",
		  why.len ? why.s : "git fetch failed");
	buf_release(&why);
	return git->timed_out ? -2 : -1;
}

/* `what` ends the command line.  -2: the time is up. */
static int fetch(struct module *m, const struct module_wish *w,
		 double deadline, const struct strvec *what,
		 struct error *err)
{
	char *own_limit = repo_config(&m->repo, "http.lowSpeedLimit");
	struct proc git = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret;

	git_proc(&git, &m->repo, NULL);
	if (!own_limit)
		strvec_pushl(&git.argv, "-c", SLOW_BYTES, "-c", SLOW_SECONDS,
			     NULL);
	strvec_pushl(&git.argv, "fetch", "--quiet", "--no-auto-maintenance",
		     "--no-prune-tags", "--no-recurse-submodules",
		     "--no-write-fetch-head", "--refmap=", NULL);
	strvec_pushv(&git.argv, what->v);
	ask_nobody(&git, m, w);
	git.quiet_out = 1;
	git.err = &said;
	git.err_max = MUCH;
	git.timeout = seconds_left(deadline);
	ret = proc_run(&git, err);
	if (!ret && (git.status || git.timed_out))
		ret = explain(&git, w, &said, err);
	proc_release(&git);
	buf_release(&said);
	free(own_limit);
	return ret;
}

/* By name; not every server hands out a commit that is no branch's. */
static int fetch_commit(struct module *m, const struct module_wish *w,
			double deadline, struct error *err)
{
	struct strvec what = STRVEC_INIT;
	int ret;

	strvec_pushl(&what, "--no-prune", "--", REMOTE, NULL);
	strvec_pushf(&what, "%s:" PIN "%s", w->oid, w->oid);
	ret = fetch(m, w, deadline, &what, err);
	strvec_release(&what);
	repo_disconnect(&m->repo);
	/* A tag may have failed to come, or another deploy been faster. */
	return is_pinned(m, w->oid) ? 1 : ret < 0 ? ret : 0;
}

static int fetch_all(struct module *m, const struct module_wish *w,
		     double deadline, struct error *err)
{
	struct strvec what = STRVEC_INIT;
	struct error ignored = ERROR_INIT;
	int fetched, ret;

	/* What is gone there may be in the way; commits have refs of ours. */
	strvec_pushl(&what, "--prune", "--", REMOTE,
		     "+refs/heads/*:refs/remotes/origin/*",
		     "+refs/tags/*:refs/tags/*", NULL);
	fetched = fetch(m, w, deadline, &what, err);
	strvec_release(&what);
	repo_disconnect(&m->repo);
	/* It may have come although something else could not be written. */
	ret = pin(m, w->oid, fetched < 0 ? &ignored : err);
	error_release(&ignored);
	if (fetched < 0 && ret <= 0)
		return -1;
	return ret ? ret : error_set(err, ERROR_REFUSED, "commit %.7s is not "
				     "there", w->oid);
}

/*
 * For plain git, and what else asks where a repository is from, as Git LFS
 * does.  What has a password in it is not written anywhere.
 */
static int name_origin(struct module *m, const char *url, struct error *err)
{
	char *now = repo_config(&m->repo, "remote.origin.url");
	struct buf shown = BUF_INIT;
	int ret = 0;

	buf_add_url(&shown, url);
	if (!are_same(now, url) && !strcmp(shown.s, url)) {
		ret = git_run(&m->repo, NULL, err, "config", "--replace-all",
			      "remote.origin.url", url, NULL);
		if (!ret)
			ret = git_run(&m->repo, NULL, err, "config",
				      "--replace-all", "remote.origin.fetch",
				      "+refs/heads/*:refs/remotes/origin/*",
				      NULL);
		repo_config_forget(&m->repo);
	}
	buf_release(&shown);
	free(now);
	return ret;
}

/*
 * What a fetch leaves that breaks off: all that had come, maybe what fills the
 * disk.  git itself takes it away after two weeks, if ever.
 */
static void sweep_packs(struct module *m, const struct stale_note *note)
{
	char *dir = path_join(m->repo.common_dir, "objects/pack");
	struct error ignored = ERROR_INIT;
	struct strvec left = STRVEC_INIT;
	struct dirent *entry;
	/* Without the note somebody else's git may be fetching. */
	DIR *d = note->fd >= 0 ? opendir(dir) : NULL;

	while (d && (entry = readdir(d)))
		if (starts_with(entry->d_name, "tmp_"))
			strvec_push_nodup(&left, path_join(dir,
							   entry->d_name));
	if (d)
		closedir(d);
	stale_break(&m->repo, &left, &ignored);
	error_release(&ignored);
	strvec_release(&left);
	free(dir);
}

static int fetch_locked(struct module *m, const struct module_wish *w,
			double deadline, struct error *err)
{
	static const char *const places[] = {
		"config.lock", "packed-refs.lock", "shallow.lock", "refs/",
		NULL
	};
	struct stale_note note = STALE_NOTE_INIT;
	struct error first = ERROR_INIT;
	int ret = stale_note_begin(&note, &m->repo, "fetching", places, err);

	if (note.left)
		sweep_packs(m, &note);
	if (!ret)
		ret = name_origin(m, w->url, err);
	if (!ret)
		ret = pin(m, w->oid, err);
	if (!ret && (ret = fetch_commit(m, w, deadline, &first)) <= 0)
		ret = ret == -2 ? error_move(err, &first) :
				  fetch_all(m, w, deadline, err);
	if (ret < 0 || first.message)
		sweep_packs(m, &note);
	if (ret > 0)
		git_try(&m->repo, NULL, &first, "-c", "gc.autoDetach=false",
			"gc", "--auto", "--quiet", NULL);
	/* A git that outlives its time limit may leave locks. */
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	error_release(&first);
	return ret;
}

/* Another environment may be fetching the same. */
static int lock(const struct module *m, const struct module_wish *w,
		double deadline, struct error *err)
{
	char *path = xstrfmt("%s/upgrade.lock", m->repo.git_dir);
	struct buf who = BUF_INIT;
	int fd;

	while ((fd = holder_lock(path, O_CLOEXEC)) < 0 &&
	       errno == EWOULDBLOCK && time_monotonic() < deadline)
		time_pause(50);
	if (fd >= 0) {
		holder_sign(fd, NULL);
	} else if (errno == EWOULDBLOCK) {
		holder_add(&who, path);
		error_set(err, ERROR_FATAL, "cannot be fetched: it is being "
			  "fetched by %s, for longer than %ld s", who.s,
			  w->timeout);
	} else {
		error_errno(err, "cannot lock '%s'", path);
	}
	buf_release(&who);
	free(path);
	return fd;
}

int module_fetch(struct module *m, const struct module_wish *w,
		 struct error *err)
{
	double deadline = time_monotonic() + (double)w->timeout;
	int fd, ret = 0;

	if (is_pinned(m, w->oid))
		return 0;
	fd = lock(m, w, deadline, err);
	if (fd < 0)
		return -1;
	if (!is_pinned(m, w->oid)) {
		ssh_ask_nobody(&m->repo);
		ret = fetch_locked(m, w, deadline, err);
	}
	close(fd);
	return ret;
}
