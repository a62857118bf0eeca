#include "upgrade/steps.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "doc/json.h"
#include "doc/value.h"
#include "doc/yaml.h"
#include "git/object.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

/* The scratch work tree, with an index of its own beside it. */
struct scratch {
	struct repo repo;		/* borrowed but for `env` */
	char *tree;			/* the folder */
};

static int is_in_tree(const struct steps_request *req, const char *path)
{
	struct error ignored = ERROR_INIT;
	char *name = xstrfmt("%s:%s", req->tree, path);
	int there = object_find(req->repo, name, NULL, NULL, &ignored) > 0;

	free(name);
	error_release(&ignored);
	return there;
}

static int applies(const struct steps_request *req,
		   const struct merge_step *step)
{
	return !step->if_exists || is_in_tree(req, step->if_exists);
}

int steps_wanted(const struct steps_request *req)
{
	for (size_t i = 0; i < req->profile->nr_steps; i++)
		if (applies(req, &req->profile->steps[i]))
			return 1;
	return 0;
}

static int produces(const struct merge_step *step, const char *path)
{
	for (size_t i = 0; i < step->produces.nr; i++)
		if (path_match(step->produces.v[i], path))
			return 1;
	return 0;
}

const struct merge_step *steps_owner(const struct steps_request *req,
				     const char *path)
{
	for (size_t i = 0; i < req->profile->nr_steps; i++) {
		const struct merge_step *step = &req->profile->steps[i];

		if (produces(step, path) && applies(req, step))
			return step;
	}
	return NULL;
}

static int is_first(const struct steps_request *req,
		    const struct merge_step *step)
{
	const struct merge_step *first = req->profile->steps;

	while (first < step && !applies(req, first))
		first++;
	return first == step;
}

const char *step_missing(const struct steps_request *req,
			 const struct merge_step *step)
{
	const char *program = step->run.argv.v[0], *path = program;

	if (*program == '/' || !strchr(program, '/'))
		return proc_exists(program) ? NULL : program;
	while (starts_with(path, "./"))
		path += 2;
	/* Such a name is a release's business. */
	if (strchr(program, '{') || !path_is_inside(path))
		return NULL;
	return is_in_tree(req, path) || !is_first(req, step) ? NULL : program;
}

/* Has somebody done its work, as it could not be run? */
static int is_settled(const struct steps_request *req,
		      const struct merge_step *step)
{
	for (size_t i = 0; req->settled && i < req->settled->nr; i++)
		if (produces(step, req->settled->v[i]) &&
		    profile_lock_of(req->profile, req->settled->v[i]))
			return 1;
	return 0;
}

void steps_missing(const struct steps_request *req, struct strvec *missing)
{
	for (size_t i = 0; i < req->profile->nr_steps; i++) {
		const struct merge_step *step = &req->profile->steps[i];
		const char *program = applies(req, step) ?
				      step_missing(req, step) : NULL;

		if (program && !is_settled(req, step))
			strvec_pushf(missing, "%s: %s", step->name, program);
	}
}

static int scratch_open(struct scratch *s, const struct steps_request *req,
			struct error *err)
{
	char *index = path_join(req->dir, "index");

	s->tree = path_join(req->dir, "tree");
	s->repo = repo_derive(req->repo);
	strvec_pushf(&s->repo.env, "GIT_INDEX_FILE=%s", index);
	strvec_pushf(&s->repo.env, "GIT_DIR=%s", req->repo->git_dir);
	strvec_pushf(&s->repo.env, "GIT_WORK_TREE=%s", s->tree);
	s->repo.work_tree = s->tree;
	free(index);
	if (remove_tree(req->dir, err) < 0 || make_dirs(s->tree, err) < 0)
		return -1;
	return git_run(&s->repo, NULL, err, "read-tree", "-m", "-u",
		       "--no-recurse-submodules", req->tree, NULL);
}

static void scratch_close(struct scratch *s, const struct steps_request *req)
{
	struct error ignored = ERROR_INIT;

	if (s->tree)
		repo_derived_release(&s->repo);
	remove_tree(req->dir, &ignored);
	error_release(&ignored);
	free(s->tree);
}

/* "{release}" and "{from}" in an argument. */
static char *fill(const char *arg, const struct steps_request *req)
{
	struct buf b = BUF_INIT;

	while (*arg) {
		const char *rest;

		if ((rest = skip_prefix(arg, "{release}"))) {
			buf_adds(&b, req->to);
			arg = rest;
		} else if ((rest = skip_prefix(arg, "{from}"))) {
			buf_adds(&b, req->from);
			arg = rest;
		} else {
			buf_addc(&b, *arg++);
		}
	}
	return buf_detach(&b);
}

char *step_command(const struct steps_request *req,
		   const struct merge_step *step)
{
	struct buf line = BUF_INIT, masked = BUF_INIT, shown = BUF_INIT;

	for (size_t i = 0; i < step->run.argv.nr; i++) {
		char *arg = fill(step->run.argv.v[i], req);

		buf_adds(&line, i ? " " : "");
		buf_add_shell(&line, arg);
		free(arg);
	}
	redact_add(&masked, line.s, line.len);
	buf_add_line(&shown, masked.s);
	buf_release(&line);
	buf_release(&masked);
	return buf_detach(&shown);
}

static void log_line(void *data, const char *line, size_t len)
{
	report(data, REPORT_LOG, "  %.*s", (int)len, line);
}

static int run_step(const struct merge_step *step, const struct scratch *s,
		    const struct steps_request *req, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret = -1;

	report(req->reporter, REPORT_STEP, "Running step %s", step->name);
	for (size_t i = 0; i < step->run.argv.nr; i++)
		strvec_push_nodup(&p.argv, fill(step->run.argv.v[i], req));
	/* The program is no git command: it must not see our index. */
	repo_clear_env(&p.env);
	/* Nor find the repository whose folder the scratch tree is in. */
	strvec_pushf(&p.env, "GIT_CEILING_DIRECTORIES=%s", req->dir);
	strvec_pushf(&p.env, "UPGRADE_RELEASE=%s", req->to);
	strvec_pushf(&p.env, "UPGRADE_FROM=%s", req->from);
	p.dir = s->tree;
	p.out_line = p.err_line = log_line;
	p.data = (void *)req->reporter;
	p.timeout = step->run.timeout;
	if (proc_run(&p, err) < 0) {
		error_wrap(err, "step %s", step->name);
		goto out;
	}
	if (p.timed_out)
		error_set(err, ERROR_REFUSED, "step %s was still running after "
			  "%ld seconds", step->name, p.timeout);
	else if (p.status)
		error_set(err, ERROR_REFUSED, "step %s failed: '%s' exited "
			  "with %d", step->name, p.argv.v[0], p.status);
	else
		ret = 0;
	if (ret < 0)
		error_hint(err, "its output stands above; mend the cause and "
			   "run the same command again");
out:
	proc_release(&p);
	return ret;
}

/*
 * One pair of a map.  A source folder maps everything below it, so what it
 * holds is looked up among the files the step left.
 */
static void map_pair(struct strmap *wanted, const struct strvec *files,
		     const char *folder, const char *from, const char *to)
{
	char *source = strcmp(folder, ".") ? xstrfmt("%s/%s", folder, from) :
					     xstrdup(from);
	size_t len = strlen(source);

	while (len && source[len - 1] == '/')
		source[--len] = '\0';
	for (size_t i = 0; i < files->nr; i++) {
		const char *file = files->v[i];
		char *target;

		if (!strcmp(file, source) || path_match(source, file))
			target = ends_with(to, "/") || !*to ||
				 (strchr(from, '*') && strcmp(file, source)) ?
				path_join(to, path_base(file)) : xstrdup(to);
		else if (!strncmp(file, source, len) && file[len] == '/')
			target = path_join(to, file + len + 1);
		else
			continue;
		while (starts_with(target, "./"))
			memmove(target, target + 2, strlen(target + 2) + 1);
		if (path_is_inside(target))
			strmap_put(wanted, target, NULL);
		free(target);
	}
	free(source);
}

static int read_map(struct strmap *wanted, const struct merge_step *step,
		    const struct scratch *s, const struct strvec *files,
		    const char *path, struct error *err)
{
	char *full = path_join(s->tree, path), *folder = path_dir(path);
	struct buf text = BUF_INIT;
	struct value *doc = NULL, *pairs;
	int ret = -1;

	if (file_read(full, &text, err) < 0)
		goto out;
	doc = ends_with(path, ".json") ?
		json_parse(path, text.s, text.len, err) :
		yaml_parse(path, text.s, text.len, err);
	if (!doc)
		goto out;
	ret = 0;
	pairs = value_at(doc, step->marshal_map);
	for (size_t i = 0; pairs && i < pairs->nr; i++) {
		const struct value *pair = pairs->items[i];

		if (pairs->type != VALUE_LIST || pair->type != VALUE_LIST ||
		    pair->nr != 2 || pair->items[0]->type != VALUE_SCALAR ||
		    pair->items[1]->type != VALUE_SCALAR) {
			ret = error_set(err, ERROR_REFUSED, "%s: %s is no list "
					"of [source, destination] pairs", path,
					step->marshal_map);
			break;
		}
		map_pair(wanted, files, folder, pair->items[0]->text,
			 pair->items[1]->text);
	}
out:
	free(full);
	free(folder);
	buf_release(&text);
	value_free(doc);
	return ret;
}

/* All files in the scratch work tree, ignored ones too. */
static int list_files(struct strvec *files, const struct scratch *s,
		      struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(&s->repo, &out, err, "ls-files", "-z", "--cached",
			  "--others", NULL);

	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1)
		strvec_push(files, at);
	strvec_sort(files, 1);
	buf_release(&out);
	return ret;
}

static int wanted_paths(struct strmap *wanted, const struct scratch *s,
			const struct steps_request *req,
			const struct strvec *ran, struct error *err)
{
	struct strvec files = STRVEC_INIT;
	int ret = list_files(&files, s, err);

	for (size_t i = 0; !ret && i < req->profile->nr_steps; i++) {
		const struct merge_step *step = &req->profile->steps[i];

		if (!strvec_has(ran, step->name))
			continue;
		for (size_t j = 0; !ret && j < files.nr; j++) {
			for (size_t k = 0; k < step->produces.nr; k++)
				if (path_match(step->produces.v[k],
					       files.v[j]))
					strmap_put(wanted, files.v[j], NULL);
			if (step->marshal_files &&
			    path_match(step->marshal_files, files.v[j]))
				ret = read_map(wanted, step, s, &files,
					       files.v[j], err);
		}
	}
	strvec_release(&files);
	return ret;
}

/*
 * What changed in the scratch work tree, split into what the profile wants
 * and what it does not.  Wanted but ignored files are not forced in.
 */
static int sort_changes(struct steps_result *res, struct buf *stage,
			const struct scratch *s, const struct strmap *wanted,
			struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(&s->repo, &out, err, "status", "--porcelain=v1",
			  "-z", "--no-renames", "--untracked-files=all",
			  "--ignored=traditional", NULL);

	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1) {
		const char *path = at + 3;
		int ignored = !strncmp(at, "!!", 2);

		/*
		 * The index is the tree; what HEAD had is of no interest: `
		 * M`, `MM`, ` D`, `??` or `!!`, but not `M `.
		 */
		if (at[1] == ' ')
			continue;
		if (strmap_has(wanted, path) && !ignored) {
			strvec_push(&res->staged, path);
			buf_add(stage, path, strlen(path) + 1);
		} else {
			strvec_pushf(&res->left_out, "%s%s", path,
				     ignored ? " (ignored)" : "");
		}
	}
	buf_release(&out);
	return ret;
}

int steps_run(struct steps_result *res, const struct steps_request *req,
	      struct error *err)
{
	struct scratch s = { .tree = NULL };
	struct strmap wanted = STRMAP_INIT;
	struct buf stage = BUF_INIT;
	int ret = -1;

	if (scratch_open(&s, req, err) < 0)
		goto out;
	for (size_t i = 0; i < req->profile->nr_steps; i++) {
		const struct merge_step *step = &req->profile->steps[i];

		if (!applies(req, step))
			continue;
		if (is_settled(req, step) && step_missing(req, step)) {
			strvec_push(&res->skipped, step->name);
			continue;
		}
		if (run_step(step, &s, req, err) < 0)
			goto out;
		strvec_push(&res->ran, step->name);
	}
	if (wanted_paths(&wanted, &s, req, &res->ran, err) < 0 ||
	    sort_changes(res, &stage, &s, &wanted, err) < 0)
		goto out;
	if (stage.len && git_feed(&s.repo, &stage, NULL, err, "update-index",
				  "--add", "--remove", "-z", "--stdin",
				  NULL) < 0)
		goto out;
	res->tree = git_line(&s.repo, err, "write-tree", NULL);
	ret = res->tree ? 0 : -1;
out:
	scratch_close(&s, req);
	strmap_release(&wanted);
	buf_release(&stage);
	return ret;
}

void steps_result_release(struct steps_result *res)
{
	free(res->tree);
	strvec_release(&res->staged);
	strvec_release(&res->left_out);
	strvec_release(&res->ran);
	strvec_release(&res->skipped);
	*res = (struct steps_result)STEPS_RESULT_INIT;
}
