#include "deploy/removing.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No environment is called so. */
#define TURN ".turn"

static const struct {
	const char *word;
	unsigned bit;
} words[] = {
	{ "with branch", REMOVE_BRANCH },
	{ "with backups", REMOVE_BACKUPS },
	{ "with shared", REMOVE_SHARED },
	{ "without stop", REMOVE_UNSTOPPED },
};

static char *mark_path(const struct repo *r, const char *env)
{
	return xstrfmt("%s/upgrade/removing/%s", r->common_dir, env);
}

static void take_line(struct removing *m, const char *line)
{
	const char *rest;

	if ((rest = skip_prefix(line, "since ")))
		m->since = (time_t)strtoll(rest, NULL, 10);
	else if ((rest = skip_prefix(line, "who ")) && !m->who)
		m->who = xstrdup(rest);
	else if ((rest = skip_prefix(line, "why ")) && !m->why)
		m->why = xstrdup(rest);
	else if (!strcmp(line, "stopped"))
		m->stopped = 1;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(line, words[i].word))
			m->what |= words[i].bit;
}

int removing_read(struct removing *m, const struct repo *r, const char *env,
		  struct error *err)
{
	char *path = mark_path(r, env);
	struct strvec lines = STRVEC_INIT;
	struct buf text = BUF_INIT;
	int found = file_exists(path);

	if (found && file_read(path, &text, err) < 0)
		found = -1;
	strvec_split(&lines, text.s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		take_line(m, lines.v[i]);
	strvec_release(&lines);
	buf_release(&text);
	free(path);
	return found;
}

int removing_write(const struct removing *m, const struct repo *r,
		   const char *env, struct error *err)
{
	char *path = mark_path(r, env);
	struct buf b = BUF_INIT;
	int ret;

	buf_addf(&b, "since %lld\n", (long long)m->since);
	if (m->who) {
		buf_adds(&b, "who ");
		buf_add_line(&b, m->who);
		buf_addc(&b, '\n');
	}
	if (m->why) {
		buf_adds(&b, "why ");
		buf_add_line(&b, m->why);
		buf_addc(&b, '\n');
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (m->what & words[i].bit)
			buf_addf(&b, "%s\n", words[i].word);
	if (m->stopped)
		buf_adds(&b, "stopped\n");
	ret = file_put(path, b.s, b.len, 0600, err);
	buf_release(&b);
	free(path);
	return ret;
}

int removing_end(const struct repo *r, const char *env, struct error *err)
{
	char *path = mark_path(r, env);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

void removing_release(struct removing *m)
{
	free(m->who);
	free(m->why);
	*m = (struct removing)REMOVING_INIT;
}

int removing_is(const struct repo *r, const char *env)
{
	char *path = mark_path(r, env);
	int is = file_exists(path);

	free(path);
	return is;
}

void removing_list(const struct repo *r, struct strvec *names)
{
	char *dir = mark_path(r, "");
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		if (environment_name_ok(entry->d_name))
			strvec_push(names, entry->d_name);
	if (d)
		closedir(d);
	strvec_sort(names, 0);
	free(dir);
}

static void refuse(const struct removing *m, const struct repo *r,
		   const char *env, struct error *err)
{
	struct buf about = BUF_INIT;

	if (m->since) {
		buf_adds(&about, " since ");
		time_add_rfc3339(&about, m->since);
	}
	if (m->who) {
		buf_adds(&about, " by ");
		buf_add_line(&about, m->who);
	}
	if (m->why) {
		buf_adds(&about, ": ");
		buf_add_line(&about, m->why);
	}
	error_set(err, ERROR_REFUSED, "%s is being removed%s", env, about.s);
	error_hint(err, "on the server, that is ended with \"git upgrade "
		   "platform remove --env=%s %s\"", env, r->git_dir);
	buf_release(&about);
}

int removing_check(const struct repo *r, const char *env, struct error *err)
{
	struct removing m = REMOVING_INIT;
	int is = removing_read(&m, r, env, err);

	if (is > 0)
		refuse(&m, r, env, err);
	removing_release(&m);
	return is ? -1 : 0;
}

int removing_lock(const struct repo *r, struct error *err)
{
	char *path = mark_path(r, TURN);
	int fd = holder_lock(path, O_CLOEXEC);
	struct buf who = BUF_INIT;

	if (fd >= 0) {
		holder_sign(fd, LOCK_REMOVAL);
	} else if (errno == EWOULDBLOCK) {
		holder_add(&who, path);
		error_set(err, ERROR_REFUSED, "somebody removes something "
			  "here already: %s", who.s);
		error_hint(err, "try again when that has ended");
	} else {
		error_errno(err, "cannot open the lock '%s'", path);
	}
	buf_release(&who);
	free(path);
	return fd;
}

void removing_unlock(const struct repo *r, int lock)
{
	char *path = mark_path(r, TURN), *dir = path_dir(path);

	unlink(path);
	rmdir(dir);
	close(lock);
	free(path);
	free(dir);
}
