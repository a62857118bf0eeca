/*
 * git upgrade trust: allow the commands of this repository's configuration.
 */
#include "cmd/commands.h"

#include <string.h>

#include "cmd/upstream.h"
#include "flow/trust.h"

struct trust_options {
	int yes, list, revoke;
};

static const char *const synopsis[] = {
	"trust [--yes]",
	"trust --list",
	"trust --revoke [<hash>]",
	NULL
};

static const struct opt options[] = {
	OPTION_FLAG('y', "yes", struct trust_options, yes,
		    "do not ask questions"),
	OPTION_FLAG(0, "list", struct trust_options, list,
		    "what you trust, and where you said so"),
	OPTION_FLAG(0, "revoke", struct trust_options, revoke,
		    "trust it no more"),
	OPTION_END
};

static int list(struct cmd *cmd)
{
	struct strvec lines = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = trust_list(&lines, &cmd->err);

	for (size_t i = 0; i < lines.nr; i++) {
		buf_add_clean(&out, lines.v[i], strlen(lines.v[i]));
		buf_addc(&out, '\n');
	}
	if (!ret)
		cmd_page(cmd, &out);
	strvec_release(&lines);
	buf_release(&out);
	return ret < 0 ? -1 : EXIT_OK;
}

static int revoke(struct cmd *cmd, const char *hash)
{
	if (trust_revoke(hash, &cmd->err) < 0)
		return -1;
	cmd_say(cmd, "%.12s is trusted no more.", hash);
	return EXIT_OK;
}

static int grant(struct cmd *cmd, const struct trust *t, int yes)
{
	int said = 1;

	cmd_say(cmd, "The configuration in the tree (HEAD) runs");
	for (size_t i = 0; i < t->commands.nr; i++)
		cmd_say(cmd, "  %s", t->commands.v[i]);
	cmd_hint(cmd, "Trust", "this is not about what these programs run in "
		 "turn: upstream's scripts and plugins");
	if (!yes)
		said = cmd_ask(cmd, "--yes", "Do you trust these commands?");
	if (said < 0 || (said && trust_grant(t, &cmd->repo, &cmd->err) < 0))
		return -1;
	cmd_say(cmd, said ? "Trusted: %s" : "Not trusted: %s", t->hash);
	return said ? EXIT_OK : EXIT_REFUSED;
}

static int of_head(struct cmd *cmd, const struct trust_options *o)
{
	struct product pr = PRODUCT_INIT;
	struct trust t = TRUST_INIT;
	int code = -1;

	if (product_open_warning(cmd, &pr) < 0 ||
	    trust_read(&t, &cmd->repo, &pr.profile, pr.tree, NULL,
		       &cmd->err) < 0)
		goto out;
	code = EXIT_OK;
	if (!t.hash)
		cmd_say(cmd, "The configuration in the tree (HEAD) runs no "
			"commands: there is nothing to trust.");
	else if (o->revoke)
		code = revoke(cmd, t.hash);
	else if (t.trusted)
		cmd_say(cmd, "Trusted already: %s", t.hash);
	else
		code = grant(cmd, &t, o->yes);
out:
	trust_release(&t);
	product_release(&pr);
	return code;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct trust_options *o = opts;

	if (o->list && o->revoke)
		return error_set(&cmd->err, ERROR_USAGE,
				 "--list and --revoke exclude each other");
	if (cmd_args(cmd, argc, 0, o->revoke ? 1 : 0) < 0)
		return -1;
	if (o->list)
		return list(cmd);
	if (argc)
		return revoke(cmd, argv[0]);
	return of_head(cmd, o);
}

const struct command cmd_trust = {
	.name = "trust",
	.summary = "allow the commands of a configuration in the tree",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct trust_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
