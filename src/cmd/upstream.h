/* Opening the product and its releases, as every command does it. */
#ifndef CMD_UPSTREAM_H
#define CMD_UPSTREAM_H

#include "cmd/cmd.h"
#include "model/product.h"

/* product_open() of HEAD, with what it warns of. */
int product_open_warning(struct cmd *cmd, struct product *product);
/* What a product that was opened warns of. */
void product_warn(struct cmd *cmd, const struct product *product);
/*
 * Open the product; with `fetch`, ask upstream for releases first, unless
 * `release` is here already.  `release` may be NULL.
 */
int upstream_open(struct cmd *cmd, struct product *product,
		  const char *release, int fetch);

#endif
