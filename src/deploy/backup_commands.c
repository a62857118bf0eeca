/*
 * A store that is no folder: commands put artifacts there, get them back and
 * delete them.
 *
 * `put` runs in a process of its own, which ends it when whoever makes the
 * backup is killed: who comes next deletes what it has put.
 */
#include "deploy/backup_store.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ANSWER 4096

static struct step_context context_of(const struct backup_store *s,
				      const char *id, const char *artifact)
{
	struct step_context c = s->context;

	c.backup = id;
	c.artifact = artifact;
	return c;
}

/* How a command of the store ended, where that was not well. */
static int check_end(const struct command_line *cmd, const char *name,
		     const struct step_result *result, const struct buf *said,
		     struct error *err)
{
	struct buf why = BUF_INIT;

	if (!result->status)
		return 0;
	step_describe(result, cmd->timeout, &why);
	step_add_excerpt(&why, said);
	error_set(err, ERROR_DEPLOY, "backup.store, %s: %s", name, why.s);
	buf_release(&why);
	return -1;
}

/* Runs in the child; never returns.  Nothing is said where it went well. */
static void be_put(const struct backup_store *s, const char *id,
		   const char *artifact, int in, int answer, pid_t parent)
{
	struct step_context c = context_of(s, id, artifact);
	struct progress progress = PROGRESS_INIT(NULL, "put", artifact);
	struct step_result result = { 0, 0, 0 };
	struct error err = ERROR_INIT;
	struct buf said = BUF_INIT;

	/* Whoever waits for it has it end; it says nothing itself. */
	progress_begin(&progress);
	progress.can_end = 1;
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(126);
	if (!step_stream(&c, &s->by->put, in, -1, &said, &progress, &result,
			 &err))
		check_end(&s->by->put, "put", &result, &said, &err);
	if (err.message)
		(void)!write_full(answer, err.message, strlen(err.message));
	(void)!write_full(answer, "", 1);
	_exit(0);
}

int backup_put_begin(struct backup_put *put, const struct backup_store *s,
		     const char *id, const char *artifact, struct error *err)
{
	int data[2] = { -1, -1 }, answer[2] = { -1, -1 };
	pid_t us = getpid();

	if (pipe_cloexec(data) < 0 || pipe_cloexec(answer) < 0) {
		error_errno(err, "cannot start a process");
	} else {
		put->pid = fork();
		if (!put->pid) {
			close(data[1]);
			close(answer[0]);
			be_put(s, id, artifact, data[0], answer[1], us);
		}
		if (put->pid < 0)
			error_errno(err, "cannot start a process");
	}
	if (data[0] >= 0)
		close(data[0]);
	if (answer[1] >= 0)
		close(answer[1]);
	put->to = data[1];
	put->answer = answer[0];
	return put->pid > 0 ? 0 : -1;
}

void backup_put_hand_over(struct backup_put *put)
{
	if (put->to >= 0)
		close(put->to);
	put->to = -1;
}

int backup_put_end(struct backup_put *put, struct progress *progress,
		   struct error *err)
{
	char text[MAX_ANSWER];
	ssize_t n = -1;
	int ret = 0;

	backup_put_hand_over(put);
	if (put->answer >= 0) {
		progress_wait(progress, put->answer, 0);
		n = read_full(put->answer, text, sizeof(text) - 1);
		close(put->answer);
	}
	while (put->pid > 0 && waitpid(put->pid, NULL, 0) < 0 &&
	       errno == EINTR)
		;
	if (n > 0) {
		text[n] = '\0';
		if (*text)
			ret = error_set(err, ERROR_DEPLOY, "%s", text);
	} else if (put->pid > 0) {
		ret = error_set(err, ERROR_FATAL, "backup.store, put: who ran "
				"it was killed");
	}
	*put = (struct backup_put)BACKUP_PUT_INIT;
	return ret;
}

int backup_get(const struct backup_store *s, const char *id,
	       const char *artifact, const char *path,
	       struct progress *progress, struct sum *sum, struct error *err)
{
	struct step_context c = context_of(s, id, artifact);
	struct step_result result = { 0, 0, 0 };
	struct error disk = ERROR_INIT;
	struct sink sink = SINK_INIT;
	struct buf said = BUF_INIT;
	int ret = path ? sink_open(&sink, path, err) :
			 sink_open_to(&sink, -1, artifact, err), kept;

	if (!ret) {
		progress->done = sink_done(&sink);
		ret = step_stream(&c, &s->by->get, -1, sink.to, &said,
				  progress, &result, err);
	}
	kept = sink_close(&sink, progress, sum, &disk);
	progress->done = NULL;
	/* A full disk ends the program as well; that is not its fault. */
	if (kept) {
		error_release(err);
		ret = error_move(err, &disk);
	} else if (!ret) {
		ret = check_end(&s->by->get, "get", &result, &said, err);
	}
	buf_release(&said);
	error_release(&disk);
	return ret;
}

int backup_remove(const struct backup_store *s, const char *id,
		  const char *artifact, struct error *err)
{
	struct step_context c = context_of(s, id, artifact);
	struct step_result result = { 0, 0, 0 };
	struct buf said = BUF_INIT;
	int ret = step_run(&c, &s->by->remove, NULL, -1, &said, &result, err);

	if (!ret)
		ret = check_end(&s->by->remove, "delete", &result, &said,
				err);
	if (ret < 0)
		error_wrap(err, "artifact '%s' of backup %s", artifact, id);
	buf_release(&said);
	return ret;
}

int backup_is_kept(const struct backup_store *s, const char *id,
		   const char *artifact, const struct sum *was,
		   const struct reporter *say, struct error *err)
{
	struct progress progress = PROGRESS_INIT(say, "check", artifact);
	struct sum is;

	progress_begin(&progress);
	progress.can_end = 1;
	progress.whole = was->size;
	if (backup_get(s, id, artifact, NULL, &progress, &is, err) < 0)
		return progress_failed(&progress, err);
	if (is.size == was->size && !strcmp(is.sha256, was->sha256))
		return 1;
	error_set(err, ERROR_DEPLOY, "backup.store, get: %lld bytes of SHA-256 "
		  "%.12s... come back, and not the %lld of %.12s... that were "
		  "put", is.size, is.sha256, was->size, was->sha256);
	return 0;
}
