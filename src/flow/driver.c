#include "flow/driver.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/driver.h"
#include "git/stale.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * git hands %P over in quotes for the shell.  What merges where we are not is
 * what merged there before.
 */
#define COMMAND \
	"if command -v git-upgrade >/dev/null; " \
	"then git upgrade merge-file %O %A %B %L %P; " \
	"else echo git-upgrade is not installed, merging by lines: %P >&2; " \
	"git merge-file --marker-size=%L -L ours -L base -L theirs " \
	"%A %O %B; fi"
#define NAME "by what files are, see git-upgrade(1)"

static enum hook_state judge(const struct merge_driver *d)
{
	int ours = d->command && !strcmp(d->command, COMMAND);

	if (d->command && !driver_runs_us(d->command))
		return HOOK_FOREIGN;
	if (ours && d->len == d->block.len &&
	    !memcmp(d->text.s + d->at, d->block.s, d->len))
		return HOOK_INSTALLED;
	if (ours || d->len)
		return HOOK_OUTDATED;
	return d->command ? HOOK_REGISTERED : HOOK_ABSENT;
}

/* Where a link leads: it is to stay one. */
static char *attributes_path(const struct repo *r)
{
	char *path = path_join(r->common_dir, INFO_ATTRIBUTES);
	char *real = realpath(path, NULL);

	if (!real)
		return path;
	free(path);
	return real;
}

int merge_driver_read(struct merge_driver *d, struct repo *r,
		      const struct profile *profile, struct error *err)
{
	d->path = attributes_path(r);
	d->command = repo_config(r, MERGE_DRIVER_KEY);
	if ((file_exists(d->path) && file_read(d->path, &d->text, err) < 0) ||
	    driver_block_make(&d->block, r, profile, err) < 0)
		return -1;
	driver_block_find(&d->text, &d->at, &d->len);
	d->state = judge(d);
	return 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0666 : st.st_mode & 0777;
}

/* Our block, or nothing, where it is; a new one before everything else. */
static int put_block(struct merge_driver *d, const struct buf *block,
		     struct error *err)
{
	buf_splice(&d->text, d->at, d->len, block->s, block->len);
	d->len = block->len;
	if (!d->text.len)
		return file_remove(d->path, err);
	if (make_parent_dirs(d->path, err) < 0)
		return -1;
	return file_replace(d->path, d->text.s, d->text.len,
			    mode_of(d->path), err);
}

/* NULL: it is not to be set any more. */
static int configure(struct repo *r, const char *name, const char *command,
		     struct error *err)
{
	/* What git config leaves when it is killed. */
	static const char *const places[] = { "config.lock", NULL };
	struct stale_note note = STALE_NOTE_INIT;
	int ret = stale_note_begin(&note, r, "configuring", places, err);

	if (!ret && command)
		ret = git_run(r, NULL, err, "config", "--local",
			      "--replace-all", MERGE_DRIVER_NAME_KEY, name,
			      NULL);
	if (!ret && command)
		ret = git_run(r, NULL, err, "config", "--local",
			      "--replace-all", MERGE_DRIVER_KEY, command,
			      NULL);
	if (!ret && !command)
		ret = git_run(r, NULL, err, "config", "--local",
			      "--unset-all", MERGE_DRIVER_KEY, NULL);
	/* Without the other it means nothing; it may be gone. */
	if (!ret && !command)
		git_try(r, NULL, err, "config", "--local", "--unset-all",
			MERGE_DRIVER_NAME_KEY, NULL);
	stale_note_end(&note);
	repo_config_forget(r);
	return ret;
}

int merge_driver_install(struct merge_driver *d, struct repo *r,
			 struct error *err)
{
	if (d->state == HOOK_INSTALLED)
		return 0;
	if (d->state == HOOK_FOREIGN) {
		error_set(err, ERROR_REFUSED, "the merge driver '%s' is "
			  "somebody else's: %s", MERGE_DRIVER, d->command);
		return error_hint(err, "take it out with \"git config "
				  "--unset " MERGE_DRIVER_KEY "\", or give it "
				  "another name");
	}
	if (configure(r, NAME, COMMAND, err) < 0 ||
	    put_block(d, &d->block, err) < 0)
		return -1;
	free(d->command);
	d->command = xstrdup(COMMAND);
	d->state = judge(d);
	err->changed = 1;
	return 0;
}

/* In the repository's own configuration, as it was written. */
static int is_configured_here(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *now = git_line(r, &ignored, "config", "--local", "--get",
			     MERGE_DRIVER_KEY, NULL);
	int is = now && !strcmp(now, COMMAND);

	error_release(&ignored);
	free(now);
	return is;
}

int merge_driver_is_there(const struct merge_driver *d)
{
	return d->len || (d->command && !strcmp(d->command, COMMAND));
}

/* The attributes first: without a command, their word means nothing. */
int merge_driver_remove(struct merge_driver *d, struct repo *r,
			struct error *err)
{
	const struct buf nothing = BUF_INIT;
	int removed = d->len > 0;

	if (removed && put_block(d, &nothing, err) < 0)
		return -1;
	err->changed |= removed;
	if (is_configured_here(r)) {
		if (configure(r, NULL, NULL, err) < 0)
			return -1;
		removed = err->changed = 1;
	}
	free(d->command);
	d->command = repo_config(r, MERGE_DRIVER_KEY);
	d->state = judge(d);
	return removed;
}

void merge_driver_release(struct merge_driver *d)
{
	buf_release(&d->text);
	buf_release(&d->block);
	free(d->path);
	free(d->command);
	*d = (struct merge_driver)MERGE_DRIVER_INIT;
}
