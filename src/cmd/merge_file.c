/*
 * git upgrade merge-file: three versions of a file, merged by what it is; as
 * a merge driver of git, or by hand.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/marker.h"
#include "model/config.h"
#include "upgrade/replace.h"
#include "upgrade/structure.h"

struct merge_file_options {
	const char *type;
};

static const char *const synopsis[] = {
	"merge-file [--type=<type>] <base> <ours> <theirs> [<size> [<path>]]",
	NULL
};

static const struct opt options[] = {
	OPTION_STRING(0, "type", struct merge_file_options, type, "type",
		      "yaml, json, dotenv or ignore, whatever the name"),
	OPTION_END
};

/* What the repository we are in, if we are in one, says about files. */
struct around {
	struct repo repo;
	struct config config;
};

#define AROUND_INIT { REPO_INIT, CONFIG_INIT }

struct files {
	const char *name;		/* what tells the kind, in messages */
	char *path;			/* the same, from the top */
	const char *ours;		/* the file that gets the result */
	struct buf texts[3];		/* base, ours, theirs */
	mode_t mode;
	size_t size;
};

static int read_files(struct files *f, char **argv, struct error *err)
{
	struct stat st;

	for (int i = 0; i < 3; i++)
		if (file_read(argv[i], &f->texts[i], err) < 0)
			return -1;
	if (stat(f->ours, &st) < 0)
		return error_errno(err, "cannot look at '%s'", f->ours);
	f->mode = st.st_mode & 07777;
	return 0;
}

static int read_type(enum resolve_kind *kind, const char *type,
		     struct error *err)
{
	*kind = type ? resolve_kind_named(type) : RESOLVE_NONE;
	if (!type || *kind != RESOLVE_NONE)
		return 0;
	error_set(err, ERROR_USAGE, "no such type: '%s'", type);
	return error_hint(err, "there are yaml, json, dotenv and ignore");
}

/* What does not read is no reason to leave a file unmerged. */
static void look_around(struct cmd *cmd, struct around *a)
{
	struct error err = ERROR_INIT;

	if (!repo_open(&a->repo, NULL, &err) &&
	    config_read(&a->config, &a->repo, NULL, &err) < 0) {
		config_release(&a->config);
		cmd_warn(cmd, "files are told by their names alone: %s",
			 err.message);
	}
	error_release(&err);
}

static void around_release(struct around *a)
{
	config_release(&a->config);
	repo_release(&a->repo);
}

/* As in git; outside of a repository it is the default. */
static enum text_style read_style(const struct around *a)
{
	char *name = a->repo.git_dir ?
		     repo_config(&a->repo, "merge.conflictStyle") : NULL;
	enum text_style style = text_style_named(name);

	free(name);
	return style;
}

static void say_conflicts(struct cmd *cmd, const struct files *f,
			  const struct resolution *res, int left)
{
	for (size_t i = 0; i < res->nr; i++)
		cmd_say(cmd, "CONFLICT: %s, %s", f->name,
			res->conflicts[i].path);
	if (!res->nr)
		cmd_say(cmd, "CONFLICT: %s, %d of lines", f->name, left);
}

/* As a merge of a release reads them. */
static void replace(struct files *f, const struct around *a)
{
	const struct replace_text how = {
		.profile = &a->config.profile, .path = f->path,
	};

	for (int i = 0; i < 3; i++)
		replace_in_text(&f->texts[i], &how);
}

static int merge_files(struct cmd *cmd, const struct files *f,
		       enum resolve_kind kind, const struct around *a)
{
	enum text_style style = read_style(a);
	struct strvec sets = STRVEC_INIT;
	const struct node_markers markers = {
		"base", "ours", "theirs", f->size, style != TEXT_STYLE_MERGE
	};
	const struct structure_texts t = {
		.kind = kind, .name = f->name, .base = &f->texts[0],
		.ours = &f->texts[1], .theirs = &f->texts[2],
		.markers = &markers, .sets = &sets, .style = style,
	};
	struct resolution res = RESOLUTION_INIT;
	struct buf out = BUF_INIT;
	int left, code = -1;

	for (int i = 0; i < 3; i++)
		if (text_is_binary(&f->texts[i]))
			return error_set(&cmd->err, ERROR_FATAL, "'%s' is "
					 "binary: it cannot be merged",
					 f->name);
	profile_sets_of(&a->config.profile, f->path, &sets);
	left = structure_merge(&out, &res, &t, &cmd->err);
	if (left >= 0 && !file_replace(f->ours, out.s, out.len, f->mode,
				       &cmd->err))
		code = left ? EXIT_CONFLICT : EXIT_OK;
	if (code == EXIT_CONFLICT)
		say_conflicts(cmd, f, &res, left);
	strvec_release(&sets);
	resolution_release(&res);
	buf_release(&out);
	return code;
}

static int read_size(struct files *f, const char *text, struct error *err)
{
	char *end;
	long size = strtol(text, &end, 10);

	if (size < 1 || *end)
		return error_set(err, ERROR_USAGE, "'%s' is no number of "
				 "characters for a marker", text);
	f->size = (size_t)size;
	return 0;
}

static int run(struct cmd *cmd, void *values, int argc, char **argv)
{
	const struct merge_file_options *o = values;
	struct files f = { .texts = { BUF_INIT, BUF_INIT, BUF_INIT } };
	struct around a = AROUND_INIT;
	enum resolve_kind kind;
	int code = -1;

	if (cmd_args(cmd, argc, 3, 5) < 0)
		return -1;
	f.ours = argv[1];
	f.name = argc > 4 ? argv[4] : argv[1];
	f.size = MARKER_SIZE;
	if (read_type(&kind, o->type, &cmd->err) < 0 ||
	    (argc > 3 && read_size(&f, argv[3], &cmd->err) < 0) ||
	    read_files(&f, argv, &cmd->err) < 0)
		goto out;
	look_around(cmd, &a);
	/* git names it from the top. */
	f.path = argc > 4 || !a.repo.prefix ? xstrdup(f.name) :
		 path_join(a.repo.prefix, f.name);
	if (!o->type)
		kind = profile_kind_of(&a.config.profile, f.path);
	replace(&f, &a);
	code = merge_files(cmd, &f, kind, &a);
out:
	around_release(&a);
	free(f.path);
	for (int i = 0; i < 3; i++)
		buf_release(&f.texts[i]);
	return code;
}

const struct command cmd_merge_file = {
	"merge-file", "merge three versions of a file by what it is",
	synopsis, options, sizeof(struct merge_file_options),
	CHANGES | INTERNAL, run
};
