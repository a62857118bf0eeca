#include "git/export.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line of git's own in what filters say before it, or the first one. */
static const char *find_reason(const char *said)
{
	const char *error = NULL;

	if (starts_with(said, "fatal: ") || starts_with(said, "error: "))
		return said;
	for (const char *line = said; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (starts_with(line, "fatal: "))
			return line;
		if (!error && starts_with(line, "error: "))
			error = line;
	}
	return error ? error : said;
}

/* The reason first, then all that led to it.  Filters may tell secrets. */
static int explain(int status, const struct buf *said, struct error *err)
{
	const char *reason = find_reason(said->s);
	size_t before = (size_t)(reason - said->s);
	size_t len = strcspn(reason, "\n");
	struct buf text = BUF_INIT, shown = BUF_INIT, clean = BUF_INIT;

	buf_add(&text, reason, len);
	if (before)
		buf_addf(&text, "\n%.*s", (int)before - 1, said->s);
	buf_adds(&text, reason + len);
	redact_add(&shown, text.s, text.len);
	buf_add_masked(&clean, shown.s, shown.len);
	git_failed("read-tree", status, &clean, err);
	buf_release(&text);
	buf_release(&shown);
	buf_release(&clean);
	return -1;
}

int export_tree(const struct repo *r, const char *commit, const char *dir,
		const char *index, long seconds, struct error *err)
{
	struct proc git = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret;

	/*
	 * Whoever has set one of these was thinking of clones: the first puts
	 * submodules into it by itself, the other half of the index beside `r`.
	 */
	git_proc(&git, r, "-c", "core.bare=false", "-c",
		 "core.splitIndex=false", "read-tree", "-m", "-u",
		 "--no-recurse-submodules", commit, NULL);
	strvec_pushf(&git.env, "GIT_DIR=%s", r->git_dir);
	strvec_pushf(&git.env, "GIT_WORK_TREE=%s", dir);
	strvec_pushf(&git.env, "GIT_INDEX_FILE=%s", index);
	git.dir = dir;
	git.quiet_out = 1;
	git.err = &said;
	git.timeout = seconds;
	ret = proc_run(&git, err);
	if (!ret && git.timed_out)
		ret = error_set(err, ERROR_FATAL, "its files were not checked "
				"out in %ld s; a filter may hang", seconds);
	else if (!ret && git.status)
		ret = explain(git.status, &said, err);
	proc_release(&git);
	buf_release(&said);
	return ret;
}

static int borrow_objects(const struct repo *r, const char *git,
			  struct error *err)
{
	char *alternates = path_join(git, "objects/info/alternates");
	char *line = xstrfmt("%s/objects\n", r->common_dir);
	int ret = make_parent_dirs(alternates, err);

	if (!ret)
		ret = file_create(alternates, line, strlen(line), 0644, err);
	free(alternates);
	free(line);
	return ret;
}

static int has_submodules(const char *dir)
{
	char *path = path_join(dir, ".gitmodules");
	int has = file_exists(path);

	free(path);
	return has;
}

int export_metadata(const struct repo *r, const char *commit, const char *dir,
		    const char *index, const struct buf *refs,
		    struct error *err)
{
	char *git = path_join(dir, ".git"), *new_index = NULL;
	struct repo inner = REPO_INIT;
	struct buf b = BUF_INIT;
	int ret = -1;

	if (git_run(r, NULL, err, "init", "--quiet", "--template=",
		    r->hexsz == 64 ? "--object-format=sha256" :
		    "--object-format=sha1", "--", dir, NULL) < 0 ||
	    borrow_objects(r, git, err) < 0 ||
	    repo_open(&inner, dir, err) < 0)
		goto out;
	buf_addf(&b, "option no-deref\nupdate HEAD %s\n", commit);
	buf_add(&b, refs->s, refs->len);
	new_index = path_join(git, "index");
	if (git_feed(&inner, &b, NULL, err, "update-ref", "--stdin",
		     NULL) < 0 ||
	    git_run(&inner, NULL, err, "pack-refs", "--all", NULL) < 0)
		goto out;
	/* They were checked out, and git is to know that they are its. */
	if (has_submodules(dir) &&
	    git_run(&inner, NULL, err, "config", "submodule.active", ".",
		    NULL) < 0)
		goto out;
	if (rename(index, new_index) < 0) {
		error_errno(err, "cannot move the index into '%s'", git);
		goto out;
	}
	ret = 0;
out:
	repo_release(&inner);
	buf_release(&b);
	free(git);
	free(new_index);
	return ret;
}
