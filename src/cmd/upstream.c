#include "cmd/upstream.h"

#include "model/fetch.h"
#include "model/history.h"

/* A release that `fetch` brought; refs/tags/ may hold anybody's tags. */
static int is_here(const struct product *product, const char *name)
{
	const struct release *rel = release_find(&product->releases, name);

	return rel && starts_with(rel->ref, RELEASE_REFS);
}

void product_warn(struct cmd *cmd, const struct product *product)
{
	for (size_t i = 0; i < product->warnings.nr; i++)
		cmd_warn(cmd, "%s", product->warnings.v[i]);
}

int product_open_warning(struct cmd *cmd, struct product *product)
{
	if (product_open(product, &cmd->repo, NULL, &cmd->err) < 0)
		return -1;
	product_warn(cmd, product);
	return 0;
}

int upstream_open(struct cmd *cmd, struct product *product,
		  const char *release, int fetch)
{
	struct reporter reporter = cmd_reporter(cmd);

	if (product_open_warning(cmd, product) < 0)
		return -1;
	if (!fetch)
		return 0;
	if (!(release && is_here(product, release)) &&
	    release_fetch(NULL, &cmd->repo, product, NULL, 0, &reporter,
			  &cmd->err) < 0)
		return -1;
	return history_deepen(&cmd->repo, product, &reporter, &cmd->err);
}
