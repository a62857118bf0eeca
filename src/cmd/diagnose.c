/*
 * git upgrade diagnose: recognise a known failure, say what to do.
 */
#include "cmd/commands.h"
#include "cmd/diagnosis_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "flow/output.h"

struct diagnose_options {
	int json;
};

static const char *const synopsis[] = {
	"diagnose [--json] [<file> | - | <env>]", NULL
};

static const struct opt options[] = {
	OPTION_FLAG(0, "json", struct diagnose_options, json, "print JSON"),
	OPTION_END
};

/* What was looked at. */
struct source {
	char *name;			/* for people */
	const char *env;		/* borrowed; NULL: a file */
	struct output output;		/* of the environment's deploy */
};

static void add_line(void *data, enum report_kind kind, const char *text)
{
	(void)kind;
	diagnosis_add(data, text, strlen(text));
	diagnosis_add(data, "\n", 1);
}

static int look_at_file(struct cmd *cmd, struct source *source,
			struct diagnosis *d, const char *path)
{
	int is_input = !strcmp(path, "-"), ret = -1;
	int fd = is_input ? 0 : open(path, O_RDONLY | O_CLOEXEC);
	char data[16384];
	ssize_t n = -1;

	source->name = xstrdup(is_input ? "standard input" : path);
	if (fd < 0)
		goto out;
	while ((n = read(fd, data, sizeof(data))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0)
			diagnosis_add(d, data, (size_t)n);
	ret = n < 0 ? -1 : 0;
out:
	if (ret < 0)
		error_errno(&cmd->err, "cannot read '%s'", source->name);
	if (fd > 0)
		close(fd);
	return ret;
}

static int look_at_deploy(struct cmd *cmd, struct source *source,
			  struct diagnosis *d, const struct env_status *e)
{
	struct reporter take = { add_line, d };

	source->env = e->name;
	if (output_read(&source->output, &cmd->repo, e, OUTPUT_FAILED, &take,
			&cmd->err) < 0) {
		if (cmd->err.kind == ERROR_REFUSED && !cmd->err.hints.nr)
			error_hint(&cmd->err, "look at the newest with \"git "
				   "upgrade log --output %s\"", e->name);
		return -1;
	}
	source->name = xstrfmt("the log of the deploy of %.7s to %s",
			       source->output.commit, e->name);
	return 0;
}

static int has_environment(const struct status *s, const char *name)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->v[i].name, name))
			return 1;
	return 0;
}

/* A file by its path; a bare name is an environment's, where there is one. */
static int is_file(const char *what)
{
	return !strcmp(what, "-") || strchr(what, '/') ||
	       (file_exists(what) && !env_name_is_valid(what));
}

static int look(struct cmd *cmd, struct source *source, struct status *s,
		struct diagnosis *d, const char *what)
{
	struct reporter say = cmd_reporter(cmd);
	int file = what && is_file(what);
	const struct env_status *e;

	if ((file ? product_open(&s->product, &cmd->repo, NULL, &cmd->err) :
	     status_read(s, &cmd->repo, 0, &say, &cmd->err)) < 0 ||
	    diagnosis_begin(d, &s->product.profile, &cmd->err) < 0)
		return -1;
	if (file || (what && !has_environment(s, what) && file_exists(what)))
		return look_at_file(cmd, source, d, what);
	e = status_choose(s, what, &cmd->err);
	if (!e && what)
		error_hint(&cmd->err, "nor is there a file of that name; "
			   "standard input is \"-\"");
	return e ? look_at_deploy(cmd, source, d, e) : -1;
}

static void print_json(struct cmd *cmd, const struct source *source,
		       const struct diagnosis *d)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "file", source->env ? NULL : source->name);
	json_string(j, "environment", source->env);
	json_string(j, "commit", source->output.commit);
	json_string(j, "outcome", source->output.outcome);
	diagnosis_view_json(j, d);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static void print(struct cmd *cmd, const struct source *source,
		  const struct diagnosis *d)
{
	struct buf out = BUF_INIT, name = BUF_INIT;

	buf_add_line(&name, source->name);
	if (d->nr) {
		if (source->env)
			cmd_say(cmd, "In %s (%s):", name.s,
				source->output.outcome ?
				source->output.outcome : "under way");
		diagnosis_view_add(&out, d, cmd->term.out_color);
		cmd_page(cmd, &out);
	} else {
		cmd_say(cmd, "Nothing known was recognised in %s (%zu line%s).",
			name.s, d->lines, d->lines == 1 ? "" : "s");
		if (source->env)
			cmd_hint(cmd, "Diagnose", "read it with \"git upgrade "
				 "log --output --failed %s\"", source->env);
		cmd_hint(cmd, "Diagnose", "teach it what you find with the "
			 "key \"failures\" of .gitupgrade.yaml; see "
			 "gitupgrade-profile(5)");
	}
	buf_release(&out);
	buf_release(&name);
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct diagnose_options *o = opts;
	struct source source = { .output = OUTPUT_INIT };
	struct diagnosis d = DIAGNOSIS_INIT;
	struct status s = STATUS_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 ||
	    look(cmd, &source, &s, &d, argc ? argv[0] : NULL) < 0)
		goto out;
	diagnosis_end(&d);
	if (o->json)
		print_json(cmd, &source, &d);
	else
		print(cmd, &source, &d);
	/* As grep(1) has it. */
	ret = d.nr ? EXIT_OK : EXIT_CONFLICT;
out:
	free(source.name);
	output_release(&source.output);
	diagnosis_release(&d);
	status_release(&s);
	return ret;
}

const struct command cmd_diagnose = {
	.name = "diagnose",
	.summary = "recognise a known failure, say what to do",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct diagnose_options),
	.needs = NEED_REPO,
	.run = run,
};
