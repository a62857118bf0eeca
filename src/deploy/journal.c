#include "deploy/journal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void journal_release(struct journal *j)
{
	free(j->new_id);
	free(j->new_commit);
	free(j->old_id);
	free(j->old_commit);
	for (size_t i = 0; i < NR_PHASES; i++)
		strvec_release(&j->ran[i]);
	*j = (struct journal)JOURNAL_INIT;
}

static char *journal_path(const char *top)
{
	return path_join(top, ".steps");
}

/* "ID COMMIT" */
static int read_release(const char *text, char **id, char **commit)
{
	const char *space = strchr(text, ' ');

	if (!space || space == text || strchr(text, '/') || *id)
		return -1;
	*id = xmemdupz(text, (size_t)(space - text));
	*commit = xstrdup(space + 1);
	return 0;
}

/* "PHASE NAME" */
static int read_ran(struct journal *j, const char *text)
{
	for (int i = 0; i < NR_PHASES; i++) {
		const char *rest = skip_prefix(text, deploy_phase_name(
						(enum deploy_phase)i));

		if (!rest || *rest != ' ')
			continue;
		strvec_push(&j->ran[i], rest + 1);
		return 0;
	}
	return -1;
}

static int read_line(struct journal *j, const char *line)
{
	const char *rest;
	int mode;

	if ((rest = skip_prefix(line, "mode "))) {
		mode = deploy_mode_named(rest);
		j->mode = mode < 0 ? MODE_NONE : (enum deploy_mode)mode;
		return mode <= MODE_NONE ? -1 : 0;
	}
	if ((rest = skip_prefix(line, "new ")))
		return read_release(rest, &j->new_id, &j->new_commit);
	if ((rest = skip_prefix(line, "old ")))
		return read_release(rest, &j->old_id, &j->old_commit);
	rest = skip_prefix(line, "ran ");
	return rest ? read_ran(j, rest) : -1;
}

static int read_all(struct journal *j, struct buf *text)
{
	char *line = text->s, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (read_line(j, line) < 0)
			return -1;
	}
	return j->mode && j->new_id ? 0 : -1;
}

int journal_read(struct journal *j, const char *top, struct error *err)
{
	char *path = journal_path(top);
	struct buf text = BUF_INIT;
	int ret = 0;

	if (!file_exists(path))
		goto out;
	ret = file_read(path, &text, err);
	if (!ret && read_all(j, &text) < 0) {
		ret = error_set(err, ERROR_FATAL, "'%s', which says what a "
				"deploy did, cannot be read", path);
		error_hint(err, "see to it that the release serves and no "
			   "maintenance page is up, then remove that file");
	}
	if (ret < 0)
		journal_release(j);
out:
	buf_release(&text);
	free(path);
	return ret;
}

static void add_ran(struct buf *out, enum deploy_phase phase,
		    const char *name)
{
	buf_addf(out, "ran %s %s\n", deploy_phase_name(phase), name);
}

int journal_begin(const struct journal *j, const char *top,
		  struct error *err)
{
	char *path = journal_path(top);
	struct buf text = BUF_INIT;
	int ret;

	buf_addf(&text, "mode %s\nnew %s %s\n", deploy_mode_name(j->mode),
		 j->new_id, j->new_commit);
	if (j->old_id)
		buf_addf(&text, "old %s %s\n", j->old_id,
			 j->old_commit ? j->old_commit : "");
	for (int i = 0; i < NR_PHASES; i++)
		for (size_t k = 0; k < j->ran[i].nr; k++)
			add_ran(&text, (enum deploy_phase)i, j->ran[i].v[k]);
	ret = file_replace(path, text.s, text.len, 0644, err);
	buf_release(&text);
	free(path);
	return ret;
}

/*
 * At the end of the file; what a full disk cut off goes again, as the next
 * line would be part of it.
 */
int journal_add(struct journal *j, const char *top, enum deploy_phase phase,
		const char *name, struct error *err)
{
	char *path = journal_path(top);
	struct buf line = BUF_INIT;
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC), ret = 0;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	add_ran(&line, phase, name);
	if (fd < 0 || write_full(fd, line.s, line.len) < 0 || fsync(fd) < 0) {
		ret = error_errno(err, "cannot write '%s'", path);
		if (fd >= 0)
			(void)!ftruncate(fd, size);
	} else {
		strvec_push(&j->ran[phase], name);
	}
	if (fd >= 0)
		close(fd);
	buf_release(&line);
	free(path);
	return ret;
}

int journal_end(struct journal *j, const char *top, struct error *err)
{
	char *path = journal_path(top);
	int ret = file_remove(path, err);

	if (!ret)
		journal_release(j);
	free(path);
	return ret;
}

int journal_has(const struct journal *j, const char *name)
{
	for (size_t i = 0; i < NR_PHASES; i++)
		if (strvec_has(&j->ran[i], name))
			return 1;
	return 0;
}
