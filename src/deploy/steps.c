#include "deploy/steps.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/procfs.h"
#include "base/redact.h"
#include "base/time.h"
#include "deploy/place.h"
#include "deploy/prefix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a program may take to end itself after SIGTERM. */
#define GRACE_SECONDS 5.0
/* Of a check that prints more than this, its end is read as well. */
#define MAX_OUTPUT (1 << 20)
#define MAX_END 4096
/* Bytes of a line that are shown. */
#define MAX_EXCERPT 200
/* Who prints more is ended: it would fill the disk, or for a check the
 * memory.  Looked at so often, in seconds. */
#define OUTPUT_LIMIT_MIB 256
#define OUTPUT_POLL 0.2

/* As many as there are; 255 is how ssh ends when it cannot connect. */
#define SIGNALS 64

extern char **environ;

char *step_fill(const struct step_context *c, const char *text)
{
	struct buf b = BUF_INIT;

	while (*text) {
		const char *rest;

		if ((rest = skip_prefix(text, "{release}"))) {
			buf_adds(&b, c->release ? c->release : "");
			text = rest;
		} else if ((rest = skip_prefix(text, "{env}"))) {
			buf_adds(&b, c->env);
			text = rest;
		} else if (c->backup &&
			   (rest = skip_prefix(text, "{backup}"))) {
			buf_adds(&b, c->backup);
			text = rest;
		} else if (c->artifact &&
			   (rest = skip_prefix(text, "{artifact}"))) {
			buf_adds(&b, c->artifact);
			text = rest;
		} else {
			buf_addc(&b, *text++);
		}
	}
	return buf_detach(&b);
}

/* What git says about a repository is not about what is deployed. */
static int is_own(const char *entry)
{
	return !starts_with(entry, "GIT_") && !starts_with(entry, "UPGRADE_");
}

/*
 * On a platform nothing of a pusher's reaches a step.  Here it was the host's
 * owner who started us, or his cron, and what reaches his services may be in
 * his environment: where the container engine listens, his locale.
 */
static void add_environment(struct strvec *env, const struct step_context *c)
{
	if (c->platform->place->is_one_folder) {
		for (char **e = environ; *e; e++)
			if (is_own(*e))
				strvec_push(env, *e);
		return;
	}
	strvec_pushf(env, "PATH=%s", c->platform->path);
	if (c->platform->home)
		strvec_pushf(env, "HOME=%s", c->platform->home);
	strvec_push(env, "LANG=C.UTF-8");
}

void step_variables(struct strvec *out, const struct step_context *c,
		    const char *dir)
{
	strvec_pushf(out, "UPGRADE_ENV=%s", c->env);
	strvec_pushf(out, "UPGRADE_RELEASE=%s", c->release ? c->release : "");
	strvec_pushf(out, "UPGRADE_COMMIT=%s", c->commit);
	if (dir)
		strvec_pushf(out, "UPGRADE_RELEASE_DIR=%s", dir);
	if (c->from)
		strvec_pushf(out, "UPGRADE_FROM=%s", c->from);
	if (c->id)
		strvec_pushf(out, "UPGRADE_DEPLOY=%s", c->id);
	if (c->backup)
		strvec_pushf(out, "UPGRADE_BACKUP=%s", c->backup);
	if (c->artifact)
		strvec_pushf(out, "UPGRADE_ARTIFACT=%s", c->artifact);
}

static int is_child(const struct process *p, void *of)
{
	return p->parent == *(pid_t *)of;
}

/* Its leader himself is not one. */
static int is_in_session(const struct process *p, void *of)
{
	return p->session == *(pid_t *)of && p->pid != p->session;
}

static void signal_children(int sig)
{
	pid_t us = getpid();

	procfs_signal(is_child, &us, sig);
}

/* Until a whole round finds nobody: they may be forking. */
static void kill_session(pid_t session)
{
	for (int round = 0; round < 100; round++)
		if (!procfs_signal(is_in_session, &session, SIGKILL))
			break;
}

/* Wait for SIGCHLD or SIGTERM, at most until `deadline` (0: no limit). */
static int wait_signal(double deadline)
{
	double left = deadline ? deadline - time_monotonic() : 3600.0;
	struct timespec t;
	sigset_t set;

	if (left < 0.0)
		return 0;
	t.tv_sec = (time_t)left;
	t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	return sigtimedwait(&set, NULL, &t);
}

/*
 * We are the subreaper: whoever loses its parent becomes our child, so in
 * the end everything the program started passes through here.
 */
static void end_all(pid_t group)
{
	double deadline = time_monotonic() + GRACE_SECONDS;
	pid_t pid;

	kill(-group, SIGTERM);
	while (time_monotonic() < deadline) {
		/* Again each time: orphans have become ours meanwhile. */
		signal_children(SIGTERM);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return;
		wait_signal(deadline);
	}
	for (;;) {
		signal_children(SIGKILL);
		if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
			return;
	}
}

struct job {
	char *const *argv;
	char **env;
	const char *dir;
	int in;			/* standard input; -1: /dev/null */
	int out;		/* standard output */
	int err;		/* standard error, mostly the same */
	long timeout;
	pid_t worker;
};

static void run_program(const struct job *job, int report)
{
	int in = job->in >= 0 ? job->in :
				open("/dev/null", O_RDONLY | O_CLOEXEC), code;
	sigset_t none;

	setpgid(0, 0);
	dup2(in, 0);
	dup2(job->out, 1);
	dup2(job->err, 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	environ = job->env;
	if (!chdir(job->dir))
		execvp(job->argv[0], job->argv);
	code = errno;
	(void)!write(report, &code, sizeof(code));
	_exit(127);
}

static int decode(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static off_t output_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_size;
}

/* Time is up, or too much was printed: why it must end, or 0. */
static int must_end(const struct job *job, double deadline, off_t start,
		    struct step_result *r)
{
	r->timed_out = deadline > 0.0 && time_monotonic() >= deadline;
	r->too_long = output_size(job->err) - start >
		      (off_t)OUTPUT_LIMIT_MIB << 20;
	return r->timed_out || r->too_long;
}

/* The keeper: starts the program, watches the time, sees to its end. */
static void keep(const struct job *job, int report, int result)
{
	double deadline = job->timeout ?
		time_monotonic() + (double)job->timeout : 0.0;
	struct step_result r = { 0, 0, 0 };
	off_t start = output_size(job->err);
	int status = 0;
	sigset_t set;
	pid_t pid;

	setsid();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
#ifdef __linux__
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	if (getppid() != job->worker)
		_exit(126);
	pid = fork();
	if (!pid)
		run_program(job, report);
	close(report);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		double look = time_monotonic() + OUTPUT_POLL;
		int sig = wait_signal(deadline > 0.0 && deadline < look ?
				      deadline : look);

		if (sig == SIGTERM || must_end(job, deadline, start, &r)) {
			end_all(pid);
			status = SIGTERM;
			break;
		}
	}
	r.status = decode(status);
	(void)!write(result, &r, sizeof(r));
	_exit(0);
}

static int start_keeper(const struct job *job, struct progress *progress,
			struct step_result *result, struct error *err)
{
	int report[2] = { -1, -1 }, answer[2] = { -1, -1 };
	int code = 0, ret = -1;
	pid_t pid = -1;

	if (pipe_cloexec(report) < 0 || pipe_cloexec(answer) < 0) {
		error_errno(err, "cannot run '%s'", job->argv[0]);
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		error_errno(err, "cannot run '%s'", job->argv[0]);
		goto out;
	}
	if (!pid)
		keep(job, report[1], answer[1]);
	close(report[1]);
	close(answer[1]);
	report[1] = answer[1] = -1;
	if (read_full(report[0], &code, sizeof(code)) == sizeof(code)) {
		errno = code;
		error_errno(err, "cannot run '%s' in '%s'", job->argv[0],
			    job->dir);
		goto reap;
	}
	if (progress)
		progress_wait(progress, answer[0], pid);
	if (read_full(answer[0], result, sizeof(*result)) != sizeof(*result)) {
		error_set(err, ERROR_FATAL, "the keeper of '%s' was killed",
			  job->argv[0]);
		/* Nobody else ends it; its session has the keeper's number,
		 * which is not given away while we have not waited. */
		kill_session(pid);
	} else {
		ret = 0;
	}
reap:
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
out:
	for (int i = 0; i < 2; i++) {
		if (report[i] >= 0)
			close(report[i]);
		if (answer[i] >= 0)
			close(answer[i]);
	}
	return ret;
}

static void take_bytes(int fd, off_t from, size_t max, struct buf *out)
{
	size_t end = out->len + max;
	ssize_t n;

	lseek(fd, from, SEEK_SET);
	do {
		buf_grow(out, 16384);
		n = read(fd, out->s + out->len, 16384);
		if (n > 0)
			buf_setlen(out, out->len + (size_t)n);
	} while (n > 0 && out->len < end);
}

/* People are told the last line, however much is before it. */
static void take_output(int fd, struct buf *out)
{
	off_t size = output_size(fd), taken = (off_t)out->len;

	take_bytes(fd, 0, MAX_OUTPUT, out);
	taken = (off_t)out->len - taken;
	if (taken >= size)
		return;
	buf_addc(out, '\n');
	take_bytes(fd, size - taken > MAX_END ? size - MAX_END : taken,
		   MAX_END, out);
}

/* A file, not a pipe: who reads none of it fails nobody's write. */
static int open_input(const struct buf *in)
{
	int fd = memfd_create("git-upgrade", MFD_CLOEXEC);

	if (fd >= 0 && (write_full(fd, in->s, in->len) < 0 ||
			lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* What a program reads and writes; a descriptor of -1 is none. */
struct streams {
	int in;
	int log;			/* what it prints and says, */
	struct buf *out;		/* or into a buffer, */
	int to;				/* but for what it prints */
	struct progress *progress;
};

static int run(const struct step_context *c, const struct command_line *cmd,
	       const char *subdir, const struct streams *s,
	       struct step_result *result, struct error *err)
{
	struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	int is_far = prefix_is_there(c);
	/* The folder of a step is at the far end. */
	char *dir = path_join(c->dir, subdir && !is_far ? subdir : "");
	struct job job = { .in = s->in, .timeout = cmd->timeout,
			   .worker = getpid() };
	int fd = s->log, ret = -1;

	if (is_far)
		prefix_argv(&argv, c, cmd, subdir);
	for (size_t i = 0; !is_far && i < cmd->argv.nr; i++)
		strvec_push_nodup(&argv, step_fill(c, cmd->argv.v[i]));
	add_environment(&env, c);
	step_variables(&env, c, c->dir);
	/* A file, not a pipe: daemons keep what they inherit open. */
	if (s->out)
		fd = memfd_create("git-upgrade", MFD_CLOEXEC);
	if (fd < 0) {
		error_errno(err, "cannot run '%s'", argv.v[0]);
		goto out;
	}
	job.argv = argv.v;
	job.env = env.v;
	job.dir = dir;
	job.out = s->to >= 0 ? s->to : fd;
	job.err = fd;
	ret = start_keeper(&job, s->progress, result, err);
	if (!ret && s->out)
		take_output(fd, s->out);
out:
	if (s->out && fd >= 0)
		close(fd);
	strvec_release(&argv);
	strvec_release(&env);
	free(dir);
	return ret;
}

int step_run(const struct step_context *c, const struct command_line *cmd,
	     const char *subdir, int log_fd, struct buf *out,
	     struct step_result *result, struct error *err)
{
	const struct streams s = {
		.in = -1, .log = log_fd, .out = out, .to = -1
	};

	return run(c, cmd, subdir, &s, result, err);
}

int step_feed(const struct step_context *c, const struct command_line *cmd,
	      const struct buf *in, struct buf *out,
	      struct step_result *result, struct error *err)
{
	int fd = open_input(in), ret;
	const struct streams s = {
		.in = fd, .log = -1, .out = out, .to = -1
	};

	if (fd < 0)
		return error_errno(err, "cannot run '%s'", cmd->argv.v[0]);
	ret = run(c, cmd, NULL, &s, result, err);
	close(fd);
	return ret;
}

int step_stream(const struct step_context *c, const struct command_line *cmd,
		int in, int to, struct buf *said, struct progress *progress,
		struct step_result *result, struct error *err)
{
	const struct streams s = {
		.in = in, .log = -1, .out = said, .to = to,
		.progress = progress
	};

	return run(c, cmd, NULL, &s, result, err);
}

/* Cut behind that: half a secret is not seen to be one. */
void step_add_excerpt(struct buf *out, const struct buf *text)
{
	size_t end = text->len, start;
	char *line, *shown;

	while (end && strchr("\r\n\t ", text->s[end - 1]))
		end--;
	start = end;
	while (start && text->s[start - 1] != '\n')
		start--;
	if (end - start > MAX_END)
		end = start + MAX_END;
	line = xmemdupz(text->s + start, end - start);
	for (size_t i = 0; i < end - start; i++)
		if (!line[i])
			line[i] = '?';
	shown = redact_line(line, MAX_EXCERPT);
	if (shown)
		buf_addf(out, ": %s", shown);
	free(shown);
	free(line);
}

static int is_signal(int status)
{
	return status > 128 && status <= 128 + SIGNALS;
}

int step_was_ended(const struct step_result *result)
{
	return result->timed_out || result->too_long ||
	       is_signal(result->status);
}

void step_describe(const struct step_result *result, long timeout,
		   struct buf *out)
{
	if (result->timed_out)
		buf_addf(out, "no end after %ld s", timeout);
	else if (result->too_long)
		buf_addf(out, "more than %d MiB of output", OUTPUT_LIMIT_MIB);
	else if (is_signal(result->status))
		buf_addf(out, "signal %d", result->status - 128);
	else
		buf_addf(out, "exit code %d", result->status);
}

static int has_environ(const struct process *p, void *entry)
{
	struct buf env = BUF_INIT;
	int found = 0;

	if (!procfs_read(&env, p->pid, "environ"))
		for (size_t at = 0; at < env.len && !found;
		     at += strlen(env.s + at) + 1)
			found = !strcmp(env.s + at, entry);
	buf_release(&env);
	return found;
}

void step_kill_leftovers(const char *id)
{
	char *entry = xstrfmt("UPGRADE_DEPLOY=%s", id);

	/* Until a whole round finds nobody: they may be forking. */
	for (int round = 0; round < 100; round++)
		if (!procfs_signal(has_environ, entry, SIGKILL))
			break;
	free(entry);
}
