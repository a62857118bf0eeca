#include "flow/conditions.h"

#include "base/mem.h"
#include "deploy/conditions.h"
#include "deploy/place.h"
#include "flow/trust.h"

#include <stdlib.h>

/* Programs run here, in the environment of whoever is here. */
static int ask(struct condition_answers *a, const struct move *m,
	       const struct judge *j, const struct environment *env,
	       struct error *err)
{
	struct platform p = PLATFORM_INIT;
	char *release, *from;

	if (repo_open(&p.repo, repo_top(m->repo), err) < 0)
		return -1;
	p.place = &place_here;
	release = adopted_name_at(m->repo, j->releases, m->new);
	from = adopted_name_at(m->repo, j->releases, m->deployed ?
			       m->deployed : m->old);
	conditions_ask(a, &p, env, m->new, release, from);
	free(release);
	free(from);
	platform_release(&p);
	return 0;
}

int conditions_ask_here(struct condition_answers *a, struct move *m,
			const struct judge *j, const char *trust,
			struct error *err)
{
	const struct environment *env =
		profile_environment(&j->config.profile, m->env);

	if (!env || !env->nr_gates || !m->new)
		return 0;
	if (trust_demand_profile(m->repo, &j->config.profile, j->config.tree,
				 trust, err) < 0 ||
	    ask(a, m, j, env, err) < 0)
		return -1;
	m->answers = a;
	return 0;
}
