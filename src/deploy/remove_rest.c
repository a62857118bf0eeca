/*
 * The last environment of a platform is gone, and the platform goes: a plain
 * bare repository is left.
 *
 * The settings go first, and the hooks, then what is only known of releases and
 * environments, then the configuration, and last the setting by which it is
 * known that all of this is to be done.
 */
#include "deploy/remove_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/guard.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/stale.h"
#include "state/backup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The ledgers, and backups. */
static int has_state(const struct repo *r, struct error *err)
{
	struct ref_list refs = REF_LIST_INIT;
	int has = ref_list_read(&refs, r, err, "refs/upgrade/ledger/",
				BACKUP_REFS, NULL);

	if (!has)
		has = refs.nr > 0;
	ref_list_release(&refs);
	return has;
}

static int remove_refs(const struct repo *r, struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "for-each-ref",
			  "--format=delete %(refname)", "refs/upgrade/releases",
			  PLATFORM_REF, NULL);

	if (!ret && out.len)
		ret = git_feed(r, &out, NULL, err, "update-ref", "--stdin",
			       NULL);
	buf_release(&out);
	return ret;
}

static int keep_config(const struct repo *r, const char *last,
		       struct error *err)
{
	char *path = repo_path(r, PLATFORM_CONFIG);
	char *kept = removal_kept(r, last);
	int ret = 0;

	if (rename(path, kept) < 0 && errno != ENOENT)
		ret = error_errno(err, "cannot move '%s' away", path);
	free(path);
	free(kept);
	return ret;
}

/* All in upgrade/, but for the note of who is at it. */
static int remove_folders(const struct repo *r, struct error *err)
{
	char *dir = path_join(r->common_dir, "upgrade");
	char *modules = path_join(r->common_dir, "modules");
	char *top = platform_default_top(r->git_dir);
	struct dirent *entry;
	DIR *d = opendir(dir);
	int ret = remove_tree(modules, err);

	while (!ret && d && (entry = readdir(d))) {
		char *path = path_join(dir, entry->d_name);

		if (strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, "..") &&
		    strcmp(entry->d_name, REMOVAL_NOTE))
			ret = remove_tree(path, err);
		free(path);
	}
	if (d)
		closedir(d);
	/* What those of several environments were in. */
	rmdir(top);
	free(top);
	free(modules);
	free(dir);
	return ret;
}

static int forget_platform(const struct repo *r, struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	int ret;

	repo_config_forget(r);
	ret = repo_config_list(r, "upgradeplatform.", &keys, &values, err);
	if (!ret && keys.nr)
		ret = git_run(r, NULL, err, "config", "--local",
			      "--remove-section", "upgradeplatform", NULL);
	strvec_release(&keys);
	strvec_release(&values);
	return ret;
}

int removal_rest(struct repo *r, const char *last, struct error *err)
{
	int has = has_state(r, err), ret = has < 0 ? -1 : 0;

	if (!ret)
		ret = guard_remove(r, has, err);
	if (!ret)
		ret = remove_refs(r, err);
	if (!ret && last)
		ret = keep_config(r, last, err);
	if (!ret)
		ret = remove_folders(r, err);
	if (!ret)
		ret = forget_platform(r, err);
	err->changed |= ret < 0;
	return ret;
}

/* Nothing is configured, and no client would know it. */
static int is_half_gone(struct repo *r)
{
	char *config = repo_path(r, PLATFORM_CONFIG);
	char *path = repo_config(r, "upgradeplatform.path");
	struct error ignored = ERROR_INIT;
	int known = object_find(r, PLATFORM_REF, NULL, NULL, &ignored);
	int is = path && !known && !file_exists(config);

	error_release(&ignored);
	free(config);
	free(path);
	return is;
}

static int finish(struct repo *r, struct error *err)
{
	static const char *const places[] = { "config.lock", NULL };
	struct stale_note note = STALE_NOTE_INIT;
	int ret = stale_note_begin(&note, r, REMOVAL_NOTE, places, err);

	if (!ret)
		ret = removal_rest(r, NULL, err);
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	return ret;
}

int removal_finish(const char *dir, int dry_run, struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct repo r = REPO_INIT;
	int ret = dir_exists(dir) && !repo_open(&r, dir, &ignored) &&
		  is_half_gone(&r);

	if (ret && !dry_run && finish(&r, err) < 0)
		ret = -1;
	error_release(&ignored);
	repo_release(&r);
	return ret;
}
