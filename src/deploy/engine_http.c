/* Engines that are asked over HTTP. */
#include "deploy/engine.h"

static int check(struct engine *e, struct error *err)
{
	return error_set(err, ERROR_REFUSED, "%s is deployed over HTTP, and "
			 "that is not known yet", e->env->name);
}

const struct engine_ops engine_http_ops = { .check = check };
