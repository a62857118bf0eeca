/* Opening the product and its releases, as every command does it. */
#ifndef CMD_UPSTREAM_H
#define CMD_UPSTREAM_H

#include "cmd/cmd.h"
#include "model/inquiry.h"
#include "model/product.h"

/* product_open() of HEAD, with what it warns of. */
int product_open_warning(struct cmd *cmd, struct product *product);
/* The same, begun: who reads the releases finishes it. */
int product_begin_warning(struct cmd *cmd, struct product *product);
/* What a product that was opened warns of. */
void product_warn(struct cmd *cmd, const struct product *product);
/* Open the product; with `fetch`, ask upstream for releases first. */
int upstream_open(struct cmd *cmd, struct product *product, int fetch);
/*
 * The same for who wants one release.  Where that is here already, `q` has
 * asked upstream whether it still is there: see upstream_has_changed().
 */
int upstream_open_for(struct cmd *cmd, struct product *product,
		      struct inquiry *q, const char *release, int fetch);
/*
 * 1 when upstream has the release, or with `all` any one, elsewhere than it is
 * here, 0 when not.  Where upstream cannot be asked that is a warning, and 0.
 */
int upstream_has_changed(struct cmd *cmd, const struct product *product,
			 struct inquiry *q, const char *release, int all);
/* Fetch what is different, and read the releases again. */
int upstream_refresh(struct cmd *cmd, struct product *product);

#endif
