/* The commit of git upgrade init: see the states in flow/init.h. */
#include "flow/init.h"

#include "base/file.h"
#include "base/mem.h"
#include "flow/turn.h"
#include "git/stale.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files that are written, and which of them HEAD lacks. */
struct files {
	struct strvec paths;
	struct strvec oids;
	struct strvec fresh;
};

static void files_release(struct files *f)
{
	strvec_release(&f->paths);
	strvec_release(&f->oids);
	strvec_release(&f->fresh);
}

static int add_file(struct files *f, struct repo *r, const char *path,
		    const struct buf *text, struct error *err)
{
	char *head = xstrfmt("HEAD:%s", path);
	char *oid = object_write_blob(r, text->s, text->len, err);
	int found = oid ? object_find(r, head, NULL, NULL, err) : -1;

	if (found >= 0) {
		strvec_push(&f->paths, path);
		strvec_push(&f->oids, oid);
		if (!found)
			strvec_push(&f->fresh, path);
	}
	free(head);
	free(oid);
	return found < 0 ? -1 : 0;
}

static int list_files(struct files *f, const struct init_plan *p,
		      struct repo *r, struct error *err)
{
	struct buf text = BUF_INIT;
	int ret = 0;

	if (p->writes_config)
		ret = add_file(f, r, CONFIG_FILE, &p->config, err);
	if (!ret && p->writes_record) {
		record_write(&p->record, &text);
		ret = add_file(f, r, RECORD_PATH, &text, err);
	}
	buf_release(&text);
	return ret;
}

/* All at once, past any .gitignore. */
static int add_to_index(const struct files *f, struct repo *r,
			struct error *err)
{
	struct buf in = BUF_INIT;
	int ret;

	for (size_t i = 0; i < f->paths.nr; i++)
		buf_addf(&in, "100644 %s\t%s\n", f->oids.v[i],
			 f->paths.v[i]);
	ret = git_feed(r, &in, NULL, err, "update-index", "--add",
		       "--index-info", NULL);
	buf_release(&in);
	return ret;
}

/* As files, too, with the line ends this clone wants. */
static int stage(const struct files *f, struct repo *r, struct error *err)
{
	struct proc git = PROC_INIT;
	int ret;

	if (add_to_index(f, r, err) < 0)
		return -1;
	git_proc(&git, r, "checkout-index", "--force", "--index", "--", NULL);
	strvec_pushv(&git.argv, f->paths.v);
	ret = git_check(&git, err);
	proc_release(&git);
	return ret;
}

/* As it was before; only ever what HEAD lacks. */
static int take_back(const struct files *f, struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct proc git = PROC_INIT;
	int ret = 0;

	git_proc(&git, r, "update-index", "--force-remove", "--", NULL);
	strvec_pushv(&git.argv, f->fresh.v);
	if (f->fresh.nr)
		ret = git_check(&git, &ignored);
	for (size_t i = 0; !ret && i < f->fresh.nr; i++) {
		char *path = path_join(repo_top(r), f->fresh.v[i]);

		if (unlink(path) < 0 && file_exists(path))
			ret = -1;
		free(path);
	}
	error_release(&ignored);
	proc_release(&git);
	return ret;
}

/* The disk that kept us from the commit may keep us from going back, too. */
static void undo(const struct files *f, struct repo *r, struct error *err)
{
	if (!take_back(f, r))
		return;
	err->changed = 1;
	error_hint(err, "what it would have committed is in the index still; "
		   "when the cause is mended, \"git upgrade init\" goes on, or "
		   "\"git reset\" takes it out");
}

static char *message_of(const struct init_plan *p)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, p->writes_config ? "Set up git upgrade\n\n" :
		 "Record the release for git upgrade\n\n");
	buf_addf(&b, "Profile %s", p->product.profile.name);
	if (p->writes_record)
		buf_addf(&b, ", release %s", p->release->name);
	buf_adds(&b, ".\n");
	return buf_detach(&b);
}

/*
 * An index of our own with HEAD and these files: what else the user staged
 * stays out of it, and who kills us while a hook runs finds no lock of the
 * real one.  It begins as a copy, so that git knows which files it need not
 * read.
 */
static int fill_index(const char *index, const struct files *f,
		      struct repo *r, struct error *err)
{
	char *real = repo_git_path(r, "index", err);
	struct buf text = BUF_INIT;
	int ret = -1;

	if (!real)
		return -1;
	if (file_read(real, &text, err) < 0 ||
	    file_create(index, text.s, text.len, 0600, err) < 0)
		goto out;
	strvec_pushf(&r->env, "GIT_INDEX_FILE=%s", index);
	ret = git_run(r, NULL, err, "read-tree", "--reset", "HEAD", NULL);
	if (!ret)
		ret = add_to_index(f, r, err);
	free(r->env.v[--r->env.nr]);
	r->env.v[r->env.nr] = NULL;
out:
	free(real);
	buf_release(&text);
	return ret;
}

/* Hooks and signing are git's. */
static int commit_index(const char *index, struct repo *r,
			const char *message, struct error *err)
{
	struct proc git = PROC_INIT;
	int ret;

	git_proc(&git, r, "commit", "--quiet", "-m", message, NULL);
	strvec_pushf(&git.env, "GIT_INDEX_FILE=%s", index);
	git.out_to_err = 1;
	ret = proc_run(&git, err);
	if (!ret && git.status) {
		ret = error_set(err, ERROR_REFUSED, "git did not make the "
				"commit (its reason stands above)");
		error_hint(err, "mend the cause, then \"git upgrade init\" "
			   "again");
	}
	proc_release(&git);
	return ret;
}

static int run_commit(const struct files *f, struct repo *r,
		      const char *message, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *dir = repo_temp_dir(r, err);
	char *index = dir ? path_join(dir, "index") : NULL;
	int ret = -1;

	if (index && !fill_index(index, f, r, err))
		ret = commit_index(index, r, message, err);
	if (dir)
		remove_tree(dir, &ignored);
	error_release(&ignored);
	free(index);
	free(dir);
	return ret;
}

/* A killed init leaves git's locks on the index and the branch. */
static int begin_note(struct stale_note *note, struct repo *r,
		      struct error *err)
{
	char *index = repo_git_path(r, "index.lock", err);
	char *head = repo_path(r, "HEAD.lock");
	const char *const places[] = {
		index, head, "refs/heads/", "packed-refs.lock", NULL
	};
	int ret = index ? stale_note_begin(note, r, "init", places, err) : -1;

	free(index);
	free(head);
	return ret;
}

int init_commit(char **commit, const struct init_plan *p, struct repo *r,
		struct error *err)
{
	struct files f = { STRVEC_INIT, STRVEC_INIT, STRVEC_INIT };
	struct stale_note note = STALE_NOTE_INIT;
	struct turn turn = TURN_INIT;
	char *branch = head_branch(r), *message = message_of(p);
	int ret = list_files(&f, p, r, err);

	*commit = NULL;
	if (ret < 0)
		goto out;
	if (!f.paths.nr) {
		/* One that was killed may have come so far, and no further. */
		ret = begin_note(&note, r, err);
		goto out;
	}
	ret = turn_begin(&turn, r, branch, "git upgrade init", err);
	if (!ret)
		ret = begin_note(&note, r, err);
	if (ret < 0)
		goto out;
	ret = stage(&f, r, err);
	if (!ret)
		ret = run_commit(&f, r, message, err);
	if (ret < 0)
		undo(&f, r, err);
	else
		*commit = head_commit(r);
out:
	stale_note_end(&note);
	turn_end(&turn);
	free(branch);
	free(message);
	files_release(&f);
	return ret;
}
