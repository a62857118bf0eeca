#include "cmd/upstream.h"

int upstream_open(struct cmd *cmd, struct product *product,
		  const char *release, int fetch)
{
	(void)release;
	(void)fetch;
	return product_open(product, &cmd->repo, NULL, &cmd->err);
}
