/*
 * As much history as it takes to tell which release HEAD is on.
 *
 * A shallow clone has less, and adopted_read() refuses to guess there. More
 * is fetched in growing steps from where the branch comes from, and no more
 * than it takes: mostly that ends at the last upgrade.
 */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include "base/error.h"
#include "base/report.h"
#include "git/repo.h"
#include "model/product.h"

/* Reads pr->releases; free of cost where the repository is not shallow. */
int history_deepen(struct repo *r, const struct product *pr,
		   const struct reporter *reporter, struct error *err);

#endif
