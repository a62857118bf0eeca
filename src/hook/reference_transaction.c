/*
 * reference-transaction: starts a worker when an environment's branch was
 * moved on the server itself, where no gate is asked.  It must never fail:
 * in other phases that would abort the transaction.
 */
#include "hook/hook.h"

#include "deploy/platform.h"
#include "deploy/worker.h"
#include "hook/input.h"

#include <string.h>

int hook_reference_transaction(const struct hook *h, struct error *err)
{
	struct worker_wait nothing = { NULL, 0 };
	struct platform p = PLATFORM_INIT;
	struct strvec lines = STRVEC_INIT;

	if (h->argc < 1 || strcmp(h->argv[0], "committed"))
		return 0;
	if (hook_read_lines(h->in, &lines, err) < 0 ||
	    platform_open(&p, ".", err) < 0)
		goto out;
	for (size_t i = 0; i < lines.nr; i++) {
		const struct environment *env = NULL;
		struct ref_update u;

		if (!ref_update_parse(&u, lines.v[i]) && !oid_is_null(u.new))
			env = platform_environment_of(&p, u.ref);
		if (env && worker_start(&p, env->name, &nothing, err) < 0)
			report(h->say, REPORT_WARNING, "%s: %s", env->name,
			       err->message);
	}
out:
	strvec_release(&lines);
	platform_release(&p);
	return 0;
}
