/*
 * Following a log (deploy/log.h).  A follower is a courtesy: whoever waits
 * at the other end of the connection may be gone, in which case a write
 * could block for ever and keep a server process with it.
 */
#include "deploy/log.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/redact.h"
#include "base/time.h"
#include "deploy/lock.h"
#include "deploy/place.h"
#include "state/ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define READER_PATIENCE_MS 30000
/* Without a worker at work for so long, nothing will come. */
#define START_PATIENCE 3.0
/* A wait worth a word: a worker needs a moment to open its log. */
#define WORTH_A_WORD 1.0
/* More of a line is for whoever reads the log on the server. */
#define LONGEST_LINE 4096
/* More of a log nobody sends over a network. */
#define LONGEST_LOG (4 << 20)
/* Web servers have few processes to give away. */
#define MAX_FOLLOWERS 24

struct follower {
	struct platform *p;
	const struct environment *env;
	const char *commit;
	const char *after;
	int out;
	int gone;		/* the reader is */
	int stopped;		/* by an interrupt */
	int said_waiting;
	struct strvec passed;	/* logs looked at: not ours */
	/* A log as it is: its lines for programs, and all behind its end. */
	int whole;
	int still;		/* as far as it goes now */
	const struct reporter *say;	/* gets lines, instead of `out` */
	struct buf line;		/* that is not at its end yet */
};

/* Whoever holds interrupts (base/interrupt.h) is not kept here by them. */
static void nap(struct follower *f)
{
	if (!interrupt_wait(0.04))
		return;
	f->stopped = 1;
	f->gone = 1;
}

static void put_lines(struct follower *f, const char *s, size_t len)
{
	for (; len; s++, len--) {
		if (*s != '\n') {
			buf_addc(&f->line, *s);
			continue;
		}
		report(f->say, REPORT_LOG, "%s", f->line.s);
		buf_reset(&f->line);
	}
}

/* A pipe that polls writable takes PIPE_BUF bytes without blocking. */
static void put(struct follower *f, const char *s, size_t len)
{
	if (f->say) {
		put_lines(f, s, len);
		return;
	}
	while (len && !f->gone) {
		struct pollfd fd = { f->out, POLLOUT, 0 };
		size_t n = len < PIPE_BUF ? len : PIPE_BUF;

		if (poll(&fd, 1, READER_PATIENCE_MS) <= 0 ||
		    !(fd.revents & POLLOUT) || write_full(f->out, s, n) < 0)
			f->gone = 1;
		s += n;
		len -= n;
	}
}

static void put_text(struct follower *f, const char *s)
{
	put(f, s, strlen(s));
}

/* The commit of a log's first line; NULL while it is not written. */
static char *log_commit(struct follower *f, const char *id)
{
	char *path = xstrfmt("%s/upgrade/logs/%s/%s.log", f->p->repo.common_dir,
			     f->env->name, id);
	char line[512], *commit = NULL, *word;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (n > 0) {
		line[n] = '\0';
		word = strstr(line, " deploys ");
		if (word && strchr(word, '\n'))
			commit = xmemdupz(word + 9, strcspn(word + 9, "\n"));
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return commit;
}

/* Is it the deploy of our commit, or of one that contains it? */
static int is_ours(struct follower *f, const char *id)
{
	struct error err = ERROR_INIT;
	char *commit;
	int ours;

	if (strvec_has(&f->passed, id))
		return 0;
	commit = log_commit(f, id);
	if (!commit)
		return 0;
	ours = !strcmp(commit, f->commit) ||
	       !git_try(&f->p->repo, NULL, &err, "merge-base",
			"--is-ancestor", f->commit, commit, NULL);
	if (!ours)
		strvec_push(&f->passed, id);
	error_release(&err);
	free(commit);
	return ours;
}

/* The newest log that is ours; NULL: none yet. */
static char *find_log(struct follower *f)
{
	char *dir = xstrfmt("%s/upgrade/logs/%s", f->p->repo.common_dir,
			    f->env->name);
	struct strvec ids = STRVEC_INIT;
	struct dirent *entry;
	DIR *d = opendir(dir);
	char *found = NULL;

	while (d && (entry = readdir(d)))
		if (ends_with(entry->d_name, ".log") &&
		    strchr(entry->d_name, '-'))
			strvec_push_nodup(&ids,
					  xstrndup(entry->d_name,
						   strlen(entry->d_name) -
						   4));
	if (d)
		closedir(d);
	strvec_sort(&ids, 0);
	for (size_t i = ids.nr; i-- && !found;) {
		if (f->after && strcmp(ids.v[i], f->after) <= 0)
			break;
		if (is_ours(f, ids.v[i]))
			found = xstrdup(ids.v[i]);
		/* Older ones than that of the running deploy are history. */
		else if (ids.nr - i >= 8)
			break;
	}
	strvec_release(&ids);
	free(dir);
	return found;
}

static char *wait_for_log(struct follower *f)
{
	double start = time_monotonic(), idle_since = start;
	char *id;

	while (!(id = find_log(f)) && !f->gone) {
		if (worker_lock_is_held(&f->p->repo, f->env->name)) {
			idle_since = time_monotonic();
			if (!f->said_waiting &&
			    idle_since - start > WORTH_A_WORD) {
				put_text(f, "waiting for the deploy that is "
					 "under way\n");
				f->said_waiting = 1;
			}
		} else if (time_monotonic() - idle_since > START_PATIENCE) {
			put_text(f, "warning: no deploy has started\nhint: ");
			put_text(f, f->p->place->mend);
			put_text(f, "\n");
			break;
		}
		nap(f);
	}
	return id;
}

/* Pass on a line; 1 at the end of the log. */
static int pass_line(struct follower *f, const char *id, const char *line,
		     size_t len)
{
	struct buf clean = BUF_INIT, shown = BUF_INIT;
	const char *rest = len > 2 && line[0] == '#' ? line + 2 : NULL;
	size_t id_len = strlen(id);

	int is_ours = rest && len > 2 + id_len && !strncmp(rest, id, id_len);

	if (is_ours && !f->whole)
		return !strncmp(rest + id_len, " end ", 5);
	redact_add(&shown, line, len);
	buf_add_clean(&clean, shown.s, shown.len);
	if (!ends_with(clean.s, "\n"))
		buf_addc(&clean, '\n');
	put(f, clean.s, clean.len);
	buf_release(&clean);
	buf_release(&shown);
	return is_ours && !strncmp(rest + id_len, " end ", 5);
}

/*
 * Pass on and take away what is whole in `text`; 1 at the end of the log.  A
 * line without an end is cut, else it would be looked through again and
 * again while it grows: `cut` says that its rest is to be left out.
 */
static int pass_lines(struct follower *f, const char *id, struct buf *text,
		      int *cut)
{
	size_t at = 0;
	int ended = 0;

	while (!ended && !f->gone && at < text->len) {
		const char *line = text->s + at;
		size_t left = text->len - at;
		const char *end = memchr(line, '\n', left);
		size_t len = end ? (size_t)(end - line) : left;

		if (!end && len < LONGEST_LINE && !*cut)
			break;
		if (!*cut)
			ended = pass_line(f, id, line, len < LONGEST_LINE ?
					  len : LONGEST_LINE);
		if (!*cut && (!end || len > LONGEST_LINE))
			put_text(f, "(that line is longer)\n");
		*cut = !end;
		at += len + (end != NULL);
	}
	buf_splice(text, 0, at, NULL, 0);
	return ended;
}

/* What stands behind the end of a log, and is whole. */
static void copy_rest(struct follower *f, const char *id, int fd,
		      struct buf *text)
{
	ssize_t n;
	int cut = 0;

	do {
		while (pass_lines(f, id, text, &cut))
			;
		buf_grow(text, 16384);
		n = read(fd, text->s + text->len, 16384);
		if (n > 0)
			buf_setlen(text, text->len + (size_t)n);
	} while (n > 0 && !f->gone);
}

/* Its end alone, where it is long; its first line is needed all the same. */
static void skip_beginning(struct follower *f, const char *id, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *commit, *line;

	if (size <= LONGEST_LOG) {
		lseek(fd, 0, SEEK_SET);
		return;
	}
	commit = log_commit(f, id);
	line = xstrfmt("# %s deploys %s\n(what stands before the last %d MiB "
		       "is left out)\n", id, commit ? commit : "",
		       LONGEST_LOG >> 20);
	put_text(f, line);
	lseek(fd, size - LONGEST_LOG, SEEK_SET);
	free(commit);
	free(line);
}

static void copy_log(struct follower *f, const char *id)
{
	char *path = xstrfmt("%s/upgrade/logs/%s/%s.log", f->p->repo.common_dir,
			     f->env->name, id);
	int fd = open(path, O_RDONLY | O_CLOEXEC), ended = fd < 0;
	double idle_since = time_monotonic();
	struct buf text = BUF_INIT;
	int cut = 0;

	if (!ended && f->whole)
		skip_beginning(f, id, fd);
	while (!ended && !f->gone) {
		ssize_t n;

		buf_grow(&text, 16384);
		n = read(fd, text.s + text.len, 16384);
		if (n > 0) {
			buf_setlen(&text, text.len + (size_t)n);
			idle_since = time_monotonic();
		} else if (f->still) {
			break;
		} else if (worker_lock_is_held(&f->p->repo, f->env->name)) {
			idle_since = time_monotonic();
			nap(f);
		} else if (time_monotonic() - idle_since > 1.0) {
			put_text(f, "warning: the worker is gone; ");
			put_text(f, f->p->place->mend);
			put_text(f, "\n");
			break;
		} else {
			nap(f);
		}
		ended = pass_lines(f, id, &text, &cut);
	}
	if (f->whole && fd >= 0)
		copy_rest(f, id, fd, &text);
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	free(path);
}

/* A place among the followers; -1: all are taken. */
static int take_place(struct platform *p)
{
	struct error err = ERROR_INIT;
	char *dir = platform_dir(p, "locks", "followers", &err);
	int fd = -1;

	error_release(&err);
	for (int i = 0; dir && fd < 0 && i < MAX_FOLLOWERS; i++) {
		char *path = xstrfmt("%s/%d", dir, i);

		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
			close(fd);
			fd = -1;
		}
		free(path);
	}
	free(dir);
	return fd;
}

int deploy_log_follow(struct platform *p, const struct environment *env,
		      const char *commit, const char *after, int fd)
{
	struct follower f = { .p = p, .env = env, .commit = commit,
			      .after = after, .out = fd,
			      .passed = STRVEC_INIT };
	int place = take_place(p);
	char *id = NULL;

	if (place < 0) {
		put_text(&f, "the deploy is under way; too many follow deploys "
			 "here already\nhint: see it with \"git upgrade "
			 "status\"\n");
		return 0;
	}
	id = wait_for_log(&f);
	if (id)
		copy_log(&f, id);
	close(place);
	free(id);
	strvec_release(&f.passed);
	return f.stopped;
}

static void show(struct follower *f, const char *id)
{
	char *shown = xstrfmt("# %s shown\n", id);

	copy_log(f, id);
	put_text(f, shown);
	buf_release(&f->line);
	free(shown);
}

int deploy_log_show(struct platform *p, const struct environment *env,
		    const char *id, int fd, const struct reporter *say)
{
	struct follower f = { .p = p, .env = env, .out = fd, .whole = 1,
			      .passed = STRVEC_INIT, .say = say,
			      .line = BUF_INIT };
	int place = say ? -1 : take_place(p);

	if (place < 0 && !say)
		put_text(&f, "too many follow deploys here already\n");
	else
		show(&f, id);
	if (place >= 0)
		close(place);
	return f.stopped;
}

void deploy_log_read(struct platform *p, const struct environment *env,
		     const char *id, const struct reporter *say)
{
	struct follower f = { .p = p, .env = env, .out = -1, .whole = 1,
			      .still = 1, .passed = STRVEC_INIT, .say = say,
			      .line = BUF_INIT };

	show(&f, id);
}
