#include "cmd/upstream.h"

#include "model/asked.h"
#include "model/fetch.h"
#include "model/history.h"

/* Milliseconds after which waiting deserves a word. */
#define PATIENCE 500

/* A release that `fetch` brought; refs/tags/ may hold anybody's tags. */
static int is_here(const struct product *product, const char *name)
{
	const struct release *rel = release_find(&product->releases, name);

	return rel && starts_with(rel->ref, RELEASE_REFS);
}

/*
 * A tag that was asked about just now.  Branches go on all the time, and what
 * moved may be back.
 */
static int is_known(struct cmd *cmd, const struct product *product,
		    const char *name)
{
	return product->profile.source != RELEASES_ARE_BRANCHES &&
	       !release_find(&product->releases, name)->moved &&
	       asked_is_fresh(&cmd->repo, product);
}

void product_warn(struct cmd *cmd, const struct product *product)
{
	for (size_t i = 0; i < product->warnings.nr; i++)
		cmd_warn(cmd, "%s", product->warnings.v[i]);
}

int product_begin_warning(struct cmd *cmd, struct product *product)
{
	if (product_begin(product, &cmd->repo, NULL, &cmd->err) < 0)
		return -1;
	product_warn(cmd, product);
	return 0;
}

int product_open_warning(struct cmd *cmd, struct product *product)
{
	if (product_begin_warning(cmd, product) < 0)
		return -1;
	return product_finish(product, &cmd->repo, &cmd->err);
}

int upstream_refresh(struct cmd *cmd, struct product *product)
{
	struct reporter reporter = cmd_reporter(cmd);

	return release_fetch(NULL, &cmd->repo, product, NULL, 0, &reporter,
			     &cmd->err);
}

static int deepen(struct cmd *cmd, const struct product *product)
{
	struct reporter reporter = cmd_reporter(cmd);

	return history_deepen(&cmd->repo, product, &reporter, &cmd->err);
}

int upstream_open(struct cmd *cmd, struct product *product, int fetch)
{
	if (!fetch)
		return product_open_warning(cmd, product);
	if (product_begin_warning(cmd, product) < 0)
		return -1;
	return upstream_refresh(cmd, product) < 0 ? -1 : deepen(cmd, product);
}

int upstream_open_for(struct cmd *cmd, struct product *product,
		      struct inquiry *q, const char *release, int fetch)
{
	if (product_open_warning(cmd, product) < 0)
		return -1;
	if (!fetch)
		return 0;
	if (is_here(product, release)) {
		if (!is_known(cmd, product, release) &&
		    inquiry_begin(q, &cmd->repo, product, &cmd->err) < 0)
			return -1;
	} else if (upstream_refresh(cmd, product) < 0) {
		return -1;
	}
	return deepen(cmd, product);
}

/* Who sits at a terminal and waits is told for what. */
static void say_waiting(struct cmd *cmd, const struct product *product,
			const struct inquiry *q)
{
	struct reporter reporter = cmd_reporter(cmd);

	if (cmd->term.err_tty && inquiry_is_slow(q, PATIENCE))
		report(&reporter, REPORT_STEP, "Waiting for upstream '%s' "
		       "(--no-fetch does not ask it)",
		       product->upstream_shown);
}

int upstream_has_changed(struct cmd *cmd, const struct product *product,
			 struct inquiry *q, const char *release, int all)
{
	const struct release_list *list = &product->releases;
	struct error why = ERROR_INIT;
	enum inquiry_answer answer;

	say_waiting(cmd, product, q);
	answer = inquiry_answer(q, list, all ? NULL :
				release_find(list, release), &why);
	if (answer == INQUIRY_FAILED) {
		cmd_warn(cmd, "%s; releases are taken as they were fetched",
			 why.message);
		cmd_hint(cmd, "Fetch", "--no-fetch asks nobody");
	}
	error_release(&why);
	return answer == INQUIRY_DIFFERENT;
}
