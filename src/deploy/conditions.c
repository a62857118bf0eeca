#include "deploy/conditions.h"

#include "base/mem.h"
#include "deploy/probe.h"
#include "deploy/verify.h"

#include <stdlib.h>

static int ask(const struct step_context *c, const struct check *check,
	       struct buf *said)
{
	struct error err = ERROR_INIT;
	int good;

	if (check->http.url) {
		good = probe_ask(&check->http, c, check->run.timeout, said);
		if (good) {
			char *url = step_fill(c, check->http.url);

			http_add_url(said, url);
			buf_adds(said, " answered as it should");
			free(url);
		}
		return good;
	}
	good = verify_program(check, c, check->run.timeout, said, &err);
	if (good < 0) {
		buf_reset(said);
		buf_adds(said, err.message);
	}
	error_release(&err);
	return good > 0;
}

void conditions_ask(struct condition_answers *a, const struct platform *p,
		    const struct environment *env, const char *commit,
		    const char *release, const char *from)
{
	struct step_context c = {
		.platform = p, .env = env->name, .release = release,
		.commit = commit, .dir = repo_top(&p->repo),
		.from = from ? from : "",
	};

	a->v = xcalloc(env->nr_gates + 1, sizeof(*a->v));
	for (size_t i = 0; i < env->nr_gates; i++) {
		struct buf said = BUF_INIT, line = BUF_INIT;

		a->v[i].good = ask(&c, &env->gates[i].check, &said);
		buf_add_line(&line, said.s);
		a->v[i].evidence = buf_detach(&line);
		a->nr++;
		buf_release(&said);
	}
}
