#include "upgrade/preflight.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct problems {
	struct strvec what;		/* messages */
	struct strvec hints;
};

static void check_operation(struct problems *p, const struct repo *r)
{
	const char *name = checkout_in_progress(r);

	if (!name)
		return;
	strvec_pushf(&p->what, "a %s is in progress", name);
	strvec_pushf(&p->hints, "finish it, or go back with \"git %s "
		     "--abort\"", name);
}

/* Staged and unstaged changes of tracked files, submodules left alone. */
static int check_clean(struct problems *p, struct checkout_look *look,
		       int *changes, struct repo *r, const char *dir,
		       struct error *err)
{
	struct buf out = BUF_INIT;
	size_t nr = 0;

	if (checkout_changes(look, &out, r, dir, err) < 0) {
		buf_release(&out);
		return -1;
	}
	if (changes) {
		*changes = out.len > 0;
		buf_release(&out);
		return 0;
	}
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1) {
		struct buf path = BUF_INIT;

		if (!nr++)
			strvec_push(&p->what, "there are changes that are not "
				    "committed");
		if (nr > 10)
			continue;
		buf_add_path(&path, at + 3);
		strvec_pushf(&p->hints, "  %.2s %s", at, path.s);
		buf_release(&path);
	}
	if (nr > 10)
		strvec_pushf(&p->hints, "  and %zu more", nr - 10);
	if (nr)
		strvec_push(&p->hints, "commit them, or take them along with "
			    "--autostash");
	buf_release(&out);
	return 0;
}

/* `name` or `email`, from where git takes it first; with a letter in it. */
static int has_identity(const struct repo *r, const char *part,
			const char *variable)
{
	char *own = xstrfmt("committer.%s", part);
	char *users = xstrfmt("user.%s", part);
	const char *given = getenv(variable);
	char *value = given ? xstrdup(given) : repo_config(r, own);
	int has = 0;

	if (!value)
		value = repo_config(r, users);
	for (const char *s = value; s && *s; s++)
		has |= isalnum((unsigned char)*s) != 0;
	free(own);
	free(users);
	free(value);
	return has;
}

/* git is asked where it may have to guess, or to refuse. */
static void check_identity(struct problems *p, struct repo *r)
{
	struct error said = ERROR_INIT;
	char *ident;

	if (!getenv("GIT_COMMITTER_DATE") &&
	    has_identity(r, "name", "GIT_COMMITTER_NAME") &&
	    has_identity(r, "email", "GIT_COMMITTER_EMAIL"))
		return;
	ident = git_line(r, &said, "var", "GIT_COMMITTER_IDENT", NULL);
	if (!ident) {
		strvec_push(&p->what, "git does not know who commits");
		strvec_push(&p->hints, "git config user.name \"Your Name\"");
		strvec_push(&p->hints, "git config user.email you@example.com");
	}
	free(ident);
	error_release(&said);
}

static void check_writable(struct problems *p, const struct repo *r)
{
	if (access(r->work_tree, W_OK | X_OK))
		strvec_pushf(&p->what, "'%s' cannot be written",
			     r->work_tree);
	if (access(r->git_dir, W_OK | X_OK))
		strvec_pushf(&p->what, "'%s' cannot be written", r->git_dir);
}

void preflight_begin(struct preflight *p, struct repo *r, const char *dir)
{
	checkout_look(&p->look, r, dir);
}

void preflight_end(struct preflight *p)
{
	checkout_look_end(&p->look);
}

int preflight_check(struct preflight *pre, int *changes, struct repo *r,
		    const char *dir, struct error *err)
{
	struct problems p = { STRVEC_INIT, STRVEC_INIT };
	struct buf all = BUF_INIT;
	int ret = -1;

	check_operation(&p, r);
	check_writable(&p, r);
	check_identity(&p, r);
	if (!p.what.nr || strcmp(p.what.v[0], "a merge is in progress"))
		if (check_clean(&p, &pre->look, changes, r, dir, err) < 0)
			goto out;
	if (!p.what.nr) {
		ret = 0;
		goto out;
	}
	for (size_t i = 0; i < p.what.nr; i++)
		buf_addf(&all, "%s%s", i ? "; " : "", p.what.v[i]);
	error_set(err, ERROR_REFUSED, "%s", all.s);
	for (size_t i = 0; i < p.hints.nr; i++)
		error_hint(err, "%s", p.hints.v[i]);
out:
	strvec_release(&p.what);
	strvec_release(&p.hints);
	buf_release(&all);
	return ret;
}
