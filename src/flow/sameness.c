#include "flow/sameness.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "model/adopted.h"
#include "model/config.h"
#include "model/promotion.h"

#include <stdlib.h>
#include <string.h>

/* So many commits are looked back, and so many rollbacks followed. */
#define MAX_STEPS 500
#define MAX_ROLLBACKS 20

/* Who says what is its own: the commit that is there, as for a promotion. */
static const struct environment *
find_environment(struct config *c, struct repo *r, const struct product *pr,
		 const struct env_status *e)
{
	const struct environment *here, *there = NULL;
	struct error ignored = ERROR_INIT;

	here = profile_environment(&pr->profile, e->name);
	if (!here || !here->promotes_from)
		return NULL;
	if (!config_read(c, r, e->state.deployed, &ignored))
		there = profile_environment(&c->profile, e->name);
	error_release(&ignored);
	return there && there->promotes_from ? there : here;
}

/*
 * The newest promotion of the line: 1 with the commit it was of; 0 there is
 * none; or where a rollback went back to is to be looked at.
 */
static int find_on_line(const struct line *line, const char *source,
			char **commit, char **restores)
{
	for (size_t i = 0; i < line->nr; i++) {
		const struct step_of_line *s = &line->v[i];

		if (s->restores) {
			*restores = xstrdup(s->restores);
			return 0;
		}
		if (are_same(s->source, source) && *s->source_commit) {
			*commit = xstrdup(s->source_commit);
			return 1;
		}
	}
	return 0;
}

/* What was promoted last of what is in `tip`; NULL: nothing.  free() */
static char *find_promoted(struct repo *r, const char *tip,
			   const char *source, struct error *err)
{
	char *at = xstrdup(tip), *commit = NULL;

	for (int i = 0; at && !commit && i < MAX_ROLLBACKS; i++) {
		struct line line = LINE_INIT;
		char *restores = NULL;

		if (!line_read(&line, r, at, NULL, MAX_STEPS, err))
			find_on_line(&line, source, &commit, &restores);
		line_release(&line);
		free(at);
		at = restores;
	}
	free(at);
	return commit;
}

static int compare(struct sameness *s, struct repo *r,
		   const struct product *pr, const struct environment *env,
		   const char *deployed, struct error *err)
{
	char *commit = find_promoted(r, deployed, env->promotes_from, err);
	char *tree = commit ? object_tree(r, deployed) : NULL;
	int ret = -1;

	if (!tree || object_find(r, commit, NULL, NULL, err) <= 0 ||
	    promotion_compare(r, env, tree, commit, &s->own, &s->differs,
			      err) < 0 ||
	    proof_read(&s->proof, r, env->promotes_from, commit, err) < 0)
		goto out;
	s->source = xstrdup(env->promotes_from);
	s->commit = xstrdup(commit);
	s->release = adopted_name_at(r, &pr->releases, commit);
	ret = 0;
out:
	free(commit);
	free(tree);
	return ret;
}

void sameness_read(struct sameness *s, struct repo *r,
		   const struct product *pr, const struct env_status *e)
{
	struct config c = CONFIG_INIT;
	struct error ignored = ERROR_INIT;
	const struct environment *env;

	if (!e->state.deployed)
		return;
	env = find_environment(&c, r, pr, e);
	if (env && compare(s, r, pr, env, e->state.deployed, &ignored) < 0)
		sameness_release(s);
	error_release(&ignored);
	config_release(&c);
}

void sameness_release(struct sameness *s)
{
	free(s->source);
	free(s->commit);
	free(s->release);
	proof_release(&s->proof);
	strvec_release(&s->own);
	strvec_release(&s->differs);
	*s = (struct sameness)SAMENESS_INIT;
}
