#include "gate/judge.h"

#include "base/mem.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

/* What is pushed must be fit to judge the next push. */
static int read_pushed(struct config *c, struct repo *r, const char *new,
		       struct error *err)
{
	if (!config_read(c, r, new, err))
		return 0;
	/* It may be the user's own file as well. */
	if (c->tree && starts_with(err->message, c->tree)) {
		err->kind = ERROR_REFUSED;
		error_hint(err, "this is what would be pushed: correct it, "
			   "and commit");
	}
	return -1;
}

/* 1: `old` judges; 0: it is not here, knows nothing, or cannot be read. */
static int read_old(struct judge *j, struct repo *r, const char *old,
		    struct error *err)
{
	struct error why = ERROR_INIT;
	int found = old ? object_find(r, old, NULL, NULL, err) : 0;

	if (found > 0 && config_read(&j->config, r, old, &why) < 0) {
		j->warning = xstrfmt("%s; what is pushed is judged by its own "
				     "configuration", why.message);
		found = 0;
	} else if (found > 0 && j->config.is_guess) {
		found = 0;
	}
	if (!found)
		config_release(&j->config);
	error_release(&why);
	return found;
}

static int read_releases(struct judge *j, struct repo *r,
			 const struct release_list *known, struct error *err)
{
	const struct profile *p = &j->config.profile;
	/*
	 * Which remote is upstream is not asked: branches are no list.  What
	 * gates then cannot judge they say, with what the records tell.
	 */
	const char *tags = p->source == RELEASES_ARE_TAGS ? "refs/tags/" :
			   NULL;

	j->releases = &j->own;
	if (!p->name)
		return 0;
	if (!known || !release_list_fits(known, p, tags))
		return release_list_read(&j->own, r, p, tags, err);
	j->releases = known;
	return 0;
}

int judge_open(struct judge *j, struct repo *r, const char *old,
	       const char *new, const struct release_list *known,
	       struct error *err)
{
	struct config pushed = CONFIG_INIT;
	int found = -1;

	if (new && read_pushed(&pushed, r, new, err) < 0)
		goto out;
	found = read_old(j, r, old, err);
	if (found < 0)
		goto out;
	if (!found && new) {
		j->config = pushed;
		pushed = (struct config)CONFIG_INIT;
	}
	if (read_releases(j, r, known, err) < 0)
		found = -1;
out:
	config_release(&pushed);
	return found < 0 ? -1 : 0;
}

int judge_move(const struct judge *j, struct move *m,
	       struct verdict_list *list, struct error *err)
{
	m->profile = &j->config.profile;
	m->releases = j->releases;
	return gates_judge(m, list, err);
}

void judge_release(struct judge *j)
{
	config_release(&j->config);
	release_list_release(&j->own);
	free(j->warning);
	*j = (struct judge)JUDGE_INIT;
}
