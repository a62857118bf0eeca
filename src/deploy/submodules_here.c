#include "deploy/submodules.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/ref.h"
#include "git/submodule.h"

#include <stdlib.h>

/* So many are named. */
#define NAMED 5

static int look(const struct platform *p, const struct repo *r,
		const char *commit, const char *prefix, struct strvec *wrong,
		struct error *err);

/* "lib (empty)", "lib (1234567, not 89abcde)"; or what is inside it. */
static int look_at(const struct platform *p, const struct repo *r,
		   const struct submodule *s, const char *path,
		   struct strvec *wrong, struct error *err)
{
	char *dir = path_join(repo_top(r), s->path);
	char *git = path_join(dir, ".git"), *head = NULL;
	struct repo inner = REPO_INIT;
	struct error ignored = ERROR_INIT;
	int ret = 0;

	if (file_exists(git) && !repo_open(&inner, dir, &ignored))
		head = head_commit(&inner);
	if (!head)
		strvec_pushf(wrong, "%s (nothing is checked out)", path);
	else if (!are_same(head, s->oid))
		strvec_pushf(wrong, "%s (%.7s, not %.7s)", path, head, s->oid);
	else
		ret = look(p, &inner, s->oid, path, wrong, err);
	error_release(&ignored);
	repo_release(&inner);
	free(head);
	free(git);
	free(dir);
	return ret;
}

static int is_kept_out(const struct repo *r, const struct submodule *s)
{
	char *why = s->name ? submodule_kept_out(r, s) : NULL;
	int is = why != NULL;

	free(why);
	return is;
}

static int look(const struct platform *p, const struct repo *r,
		const char *commit, const char *prefix, struct strvec *wrong,
		struct error *err)
{
	struct submodule_list list = SUBMODULE_LIST_INIT;
	int ret = submodule_list_read(&list, r, commit, err);

	for (size_t i = 0; !ret && i < list.nr; i++) {
		char *path = xstrfmt("%s%s%s", prefix, *prefix ? "/" : "",
				     list.v[i].path);

		if (!submodule_is_optional(p, path) &&
		    !is_kept_out(r, &list.v[i]))
			ret = look_at(p, r, &list.v[i], path, wrong, err);
		free(path);
	}
	submodule_list_release(&list);
	return ret;
}

int submodules_check_here(struct platform *p, const char *commit,
			  const struct environment *env, struct error *err)
{
	struct strvec wrong = STRVEC_INIT;
	struct buf names = BUF_INIT;
	int ret = look(p, &p->repo, commit, "", &wrong, err);

	for (size_t i = 0; i < wrong.nr && i < NAMED; i++) {
		buf_adds(&names, i ? ", " : "");
		buf_add_line(&names, wrong.v[i]);
	}
	if (wrong.nr > NAMED)
		buf_addf(&names, " and %zu more", wrong.nr - NAMED);
	if (!ret && wrong.nr) {
		ret = error_set(err, ERROR_REFUSED, "submodules are not on "
				"the commits that %.7s has: %s", commit,
				names.s);
		error_hint(err, "bring them there with \"git submodule "
			   "update --init --recursive\", then \"git upgrade "
			   "deploy %s\"", env->name);
		error_hint(err, "one that it runs without is named with "
			   "\"git config --add "
			   "upgrade.deploy.optional-submodules PATH\"");
	}
	strvec_release(&wrong);
	buf_release(&names);
	return ret;
}
