#include "git/repo.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * `git rev-parse --local-env-vars` of git 2.39, and what hooks leak besides:
 * a repository that is not ours must see none of them.
 */
static const char *const local_variables[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG",
	"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_OBJECT_DIRECTORY",
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE",
	"GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
	"GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
	"GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX",
	"GIT_QUARANTINE_PATH", "GIT_REFLOG_ACTION", "GIT_PUSH_OPTION_COUNT",
	"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE",
	"GIT_COMMITTER_DATE",
};

void repo_clear_env(struct strvec *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(local_variables); i++)
		strvec_push(env, local_variables[i]);
}

static int open_failed(const char *dir, const struct buf *said,
		       struct error *err)
{
	const char *text = said->s;
	const char *rest = skip_prefix(text, "fatal: ");

	error_set(err, ERROR_FATAL, "%.*s",
		  (int)strcspn(rest ? rest : text, "\n"), rest ? rest : text);
	if (dir && !dir_exists(dir))
		error_set(err, ERROR_FATAL, "'%s' is not a folder", dir);
	return -1;
}

static void keep_absolute(const char *name, const char *value)
{
	if (getenv(name))
		setenv(name, value, 1);
}

int repo_open(struct repo *r, const char *dir, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int bare, ret = -1;

	r->foreign = dir != NULL;
	strvec_pushl(&p.argv, "git", "rev-parse", "--path-format=absolute",
		     "--git-dir", "--git-common-dir", "--is-bare-repository",
		     "--show-object-format", "--is-inside-work-tree", NULL);
	p.dir = dir;
	p.out = &out;
	p.err = &said;
	if (r->foreign)
		repo_clear_env(&p.env);
	if (proc_run(&p, err) < 0)
		goto out;
	strvec_split(&lines, out.s, '\n');
	if (p.status || lines.nr != 5) {
		open_failed(dir, &said, err);
		goto out;
	}
	r->git_dir = xstrdup(lines.v[0]);
	r->common_dir = xstrdup(lines.v[1]);
	bare = !strcmp(lines.v[2], "true");
	r->hexsz = !strcmp(lines.v[3], "sha256") ? 64 : 40;
	r->prefix = xstrdup("");
	if (!strcmp(lines.v[4], "true")) {
		strvec_release(&p.argv);
		strvec_pushl(&p.argv, "git", "rev-parse", "--show-toplevel",
			     "--show-prefix", NULL);
		buf_reset(&out);
		if (proc_run(&p, err) < 0)
			goto out;
		if (p.status) {
			open_failed(dir, &said, err);
			goto out;
		}
		r->work_tree = xmemdupz(out.s, strcspn(out.s, "\n"));
		free(r->prefix);
		r->prefix = xmemdupz(out.s + strlen(r->work_tree) + 1,
				     strcspn(out.s + strlen(r->work_tree) + 1,
					     "\n"));
	} else if (!bare && getenv("GIT_WORK_TREE") && !r->foreign) {
		r->work_tree = realpath(getenv("GIT_WORK_TREE"), NULL);
	} else if (!bare && ends_with(r->git_dir, "/.git")) {
		r->work_tree = path_dir(r->git_dir);
	}
	if (!r->foreign) {
		keep_absolute("GIT_DIR", r->git_dir);
		if (r->work_tree)
			keep_absolute("GIT_WORK_TREE", r->work_tree);
	}
	ret = 0;
out:
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
	strvec_release(&lines);
	return ret;
}

void repo_release(struct repo *r)
{
	conversation_finish(&r->objects);
	free(r->git_dir);
	free(r->common_dir);
	free(r->work_tree);
	free(r->prefix);
	strvec_release(&r->env);
	*r = (struct repo)REPO_INIT;
}

char *repo_path(const struct repo *r, const char *name)
{
	return path_join(r->git_dir, name);
}

char *repo_git_path(const struct repo *r, const char *name,
		    struct error *err)
{
	return git_line(r, err, "rev-parse", "--path-format=absolute",
			"--git-path", name, NULL);
}

/* Remove the temporary folders of processes that are no more. */
static void sweep_temp(const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		const char *rest = skip_prefix(entry->d_name, "tmp-");
		long pid = rest ? atol(rest) : 0;
		char *path;

		if (pid <= 0 || !kill((pid_t)pid, 0) || errno != ESRCH)
			continue;
		path = path_join(dir, entry->d_name);
		remove_tree(path, &ignored);
		free(path);
	}
	if (d)
		closedir(d);
	error_release(&ignored);
}

char *repo_temp_dir(const struct repo *r, struct error *err)
{
	char *dir = repo_path(r, "upgrade");
	char *prefix = xstrfmt("%s/tmp-%ld", dir, (long)getpid());
	char *name = NULL;

	if (!make_dirs(dir, err)) {
		sweep_temp(dir);
		name = make_temp_dir(prefix, err);
	}
	free(dir);
	free(prefix);
	return name;
}

const char *repo_top(const struct repo *r)
{
	return r->work_tree ? r->work_tree : r->git_dir;
}

static void git_proc_base(struct proc *p, const struct repo *r)
{
	strvec_push(&p->argv, "git");
	if (!r)
		return;
	p->dir = repo_top(r);
	if (r->foreign)
		repo_clear_env(&p->env);
	strvec_pushv(&p->env, r->env.v);
}

static void push_all(struct strvec *argv, va_list ap)
{
	const char *arg;

	while ((arg = va_arg(ap, const char *)))
		strvec_push(argv, arg);
}

void git_proc(struct proc *p, const struct repo *r, ...)
{
	va_list ap;

	git_proc_base(p, r);
	va_start(ap, r);
	push_all(&p->argv, ap);
	va_end(ap);
}

/* "read-tree" of "git -c core.bare=false read-tree ..." */
static const char *subcommand(const struct proc *p)
{
	size_t i = 1;

	while (i + 2 < p->argv.nr && !strcmp(p->argv.v[i], "-c"))
		i += 2;
	return i < p->argv.nr ? p->argv.v[i] : "";
}

int git_check(struct proc *p, struct error *err)
{
	struct buf said = BUF_INIT;
	const char *text, *rest;
	int ret = -1;

	if (!p->err && !p->err_line)
		p->err = &said;
	if (proc_run(p, err) < 0)
		goto out;
	if (!p->status) {
		ret = 0;
		goto out;
	}
	buf_rtrim(&said);
	text = said.s;
	rest = skip_prefix(text, "fatal: ");
	if (!rest)
		rest = skip_prefix(text, "error: ");
	if (said.len)
		error_set(err, ERROR_FATAL, "git %s: %s",
			  subcommand(p), rest ? rest : text);
	else
		error_set(err, ERROR_FATAL, "git %s failed (exit %d)",
			  subcommand(p), p->status);
out:
	if (p->err == &said)
		p->err = NULL;
	buf_release(&said);
	return ret;
}

int git_run(const struct repo *r, struct buf *out, struct error *err, ...)
{
	struct proc p = PROC_INIT;
	va_list ap;
	int ret;

	git_proc_base(&p, r);
	va_start(ap, err);
	push_all(&p.argv, ap);
	va_end(ap);
	p.out = out;
	p.quiet_out = !out;
	ret = git_check(&p, err);
	proc_release(&p);
	return ret;
}

int git_feed(const struct repo *r, const struct buf *in, struct buf *out,
	     struct error *err, ...)
{
	struct proc p = PROC_INIT;
	va_list ap;
	int ret;

	git_proc_base(&p, r);
	va_start(ap, err);
	push_all(&p.argv, ap);
	va_end(ap);
	p.in = in->s;
	p.in_len = in->len;
	p.out = out;
	p.quiet_out = !out;
	ret = git_check(&p, err);
	proc_release(&p);
	return ret;
}

int git_try(const struct repo *r, struct buf *out, struct error *err, ...)
{
	struct proc p = PROC_INIT;
	va_list ap;
	int ret;

	git_proc_base(&p, r);
	va_start(ap, err);
	push_all(&p.argv, ap);
	va_end(ap);
	p.out = out;
	p.quiet_out = !out;
	p.quiet_err = 1;
	ret = proc_run(&p, err) < 0 ? -1 : p.status;
	proc_release(&p);
	return ret;
}

char *git_line(const struct repo *r, struct error *err, ...)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	va_list ap;
	int ret;

	git_proc_base(&p, r);
	va_start(ap, err);
	push_all(&p.argv, ap);
	va_end(ap);
	p.out = &out;
	ret = git_check(&p, err);
	proc_release(&p);
	if (ret < 0) {
		buf_release(&out);
		return NULL;
	}
	while (out.len && out.s[out.len - 1] == '\n')
		buf_setlen(&out, out.len - 1);
	return buf_detach(&out);
}

char *repo_config(const struct repo *r, const char *key)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	int code = git_try(r, &out, &err, "config", "--null", "--get", key,
			   NULL);

	error_release(&err);
	if (code) {
		buf_release(&out);
		return NULL;
	}
	return buf_detach(&out);
}

int repo_config_bool(const struct repo *r, const char *key, int fallback)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	int code = git_try(r, &out, &err, "config", "--type=bool", "--get",
			   key, NULL);

	if (!code)
		fallback = starts_with(out.s, "true");
	error_release(&err);
	buf_release(&out);
	return fallback;
}

int git_version(struct error *err)
{
	char *line = git_line(NULL, err, "version", NULL);
	int major, minor, ret = -1;

	if (!line)
		return -1;
	if (sscanf(line, "git version %d.%d", &major, &minor) == 2)
		ret = major * 100 + minor;
	else
		error_set(err, ERROR_FATAL, "'%s' is no git version", line);
	free(line);
	return ret;
}

int oid_is_null(const char *oid)
{
	return !oid[strspn(oid, "0")];
}
