/*
 * git upgrade verify: have the platform check again what it runs.
 */
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/destination.h"

struct verify_options {
	int json;
};

struct verification {
	struct product product;
	struct destination to;
	const char *deployed;	/* borrowed from to.refs */
	int verified;
	char *release;
	struct event_list events;
};

static const char *const synopsis[] = { "verify [--json] [<env>]", NULL };

static const struct opt options[] = {
	OPTION_FLAG(0, "json", struct verify_options, json,
		    "print the result as JSON"),
	OPTION_END
};

static int ask(struct cmd *cmd, struct verification *v)
{
	struct reporter say = cmd_reporter(cmd);
	struct env_list list = ENV_LIST_INIT;
	char *json = xstrfmt("{\"nonce\":\"%.9f\"}\n", time_monotonic());
	int ret = -1;

	if (!state_shown(&v->to.refs, "deployed", v->to.env)) {
		error_set(&cmd->err, ERROR_REFUSED,
			  "nothing is deployed to %s yet", v->to.env);
		error_hint(&cmd->err, "deploy it with \"git upgrade push "
			   "%s\"", v->to.env);
		goto out;
	}
	if (request_send(&cmd->repo, v->to.remote, "verify", v->to.env, json,
			 &say, &cmd->err) < 0 ||
	    destination_refresh(&v->to, &cmd->repo, &cmd->err) < 0 ||
	    state_fetch(&list, &cmd->repo, v->to.remote, &v->to.refs,
			&cmd->err) < 0 ||
	    ledger_read(&v->events, &cmd->repo, v->to.env, 1,
			&cmd->err) < 0)
		goto out;
	ret = 0;
out:
	free(json);
	env_list_release(&list);
	return ret;
}

static void judge(struct verification *v, struct repo *r)
{
	const char *verified = state_shown(&v->to.refs, "verified",
					   v->to.env);

	v->deployed = state_shown(&v->to.refs, "deployed", v->to.env);
	v->verified = v->deployed && verified &&
		      !strcmp(v->deployed, verified);
	v->release = commit_release_name(r, &v->product, v->deployed);
}

static const char *detail_of(const struct verification *v)
{
	return v->events.nr ? v->events.v[0].detail : NULL;
}

static void print_json(struct cmd *cmd, const struct verification *v)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "environment", v->to.env);
	json_string(j, "deployed", v->deployed);
	json_string(j, "release", v->release);
	json_bool(j, "verified", v->verified);
	json_string(j, "detail", detail_of(v));
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static int tell(struct cmd *cmd, const struct verification *v)
{
	const char *detail = detail_of(v);
	const char *oid = v->deployed ? v->deployed : "nothing";

	if (v->verified) {
		cmd_say(cmd, "%s: %s%s%.7s%s is verified.", v->to.env,
			v->release ? v->release : "",
			v->release ? " (" : "", oid, v->release ? ")" : "");
		return EXIT_OK;
	}
	error_set(&cmd->err, ERROR_DEPLOY, "%s: %s%s%.7s%s is deployed, but "
		  "not verified%s%s", v->to.env, v->release ? v->release : "",
		  v->release ? " (" : "", oid, v->release ? ")" : "",
		  detail ? ": " : "", detail ? detail : "");
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   v->to.env);
	return -1;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct verify_options *o = opts;
	struct verification v = { .product = PRODUCT_INIT,
				  .to = DESTINATION_INIT };
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (product_open_warning(cmd, &v.product) < 0 ||
	    destination_find(&v.to, &cmd->repo, &v.product,
			     argc ? argv[0] : NULL, &cmd->err) < 0)
		goto out;
	if (!v.to.is_platform) {
		error_set(&cmd->err, ERROR_REFUSED, "'%s' is no platform of "
			  "git upgrade: nothing there can be verified",
			  v.to.remote);
		goto out;
	}
	if (ask(cmd, &v) < 0)
		goto out;
	judge(&v, &cmd->repo);
	if (o->json)
		print_json(cmd, &v);
	ret = tell(cmd, &v);
out:
	free(v.release);
	event_list_release(&v.events);
	destination_release(&v.to);
	product_release(&v.product);
	return ret;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check again what an environment runs",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct verify_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
