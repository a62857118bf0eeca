#include "git/promisor.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The remote that promised to have what is not here; NULL: none; free(). */
static char *promisor(const struct repo *r)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	struct error ignored = ERROR_INIT;
	char *name = repo_config(r, "extensions.partialClone");

	if (!name)
		repo_config_list(r, "remote.", &keys, &values, &ignored);
	for (size_t i = 0; i < keys.nr && !name; i++) {
		const char *key = keys.v[i] + strlen("remote.");

		if (ends_with(key, ".promisor") &&
		    repo_config_bool(r, keys.v[i], 0))
			name = xmemdupz(key, strlen(key) -
					     strlen(".promisor"));
	}
	error_release(&ignored);
	strvec_release(&keys);
	strvec_release(&values);
	return name;
}

void promisor_prefetch(const struct repo *r, const struct strvec *oids)
{
	char *remote = oids->nr ? promisor(r) : NULL;
	struct error ignored = ERROR_INIT;
	struct buf in = BUF_INIT;

	for (size_t i = 0; remote && i < oids->nr; i++)
		buf_addf(&in, "%s\n", oids->v[i]);
	/* As git does it itself. */
	if (remote)
		git_feed(r, &in, NULL, &ignored, "-c",
			 "fetch.negotiationAlgorithm=noop", "fetch", "--quiet",
			 "--no-tags", "--no-write-fetch-head",
			 "--no-auto-maintenance", "--recurse-submodules=no",
			 "--filter=blob:none", "--stdin", "--", remote, NULL);
	error_release(&ignored);
	buf_release(&in);
	free(remote);
}
