#include "git/repo.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Each time another process has just removed the folder, as it was empty. */
#define TEMP_TRIES 1000

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

struct repo_settings {
	int read;
	struct proc git;		/* while it is being read */
	struct strvec keys, values;	/* all, in order */
	struct strmap last;		/* key to value, the one that counts */
};

/* Where we are, as the system calls it; free(). */
static char *current_folder(const char *dir)
{
	return realpath(dir ? dir : ".", NULL);
}

/*
 * The top is where we are without the prefix, which saves asking for it: git
 * refuses --show-toplevel outside of a work tree, together with the rest.
 */
static void set_work_tree(struct repo *r, const char *dir, int inside,
			  int bare, const char *prefix)
{
	const char *named = r->foreign ? NULL : getenv("GIT_WORK_TREE");
	char *here = current_folder(dir);
	size_t len;

	if (inside && here) {
		len = strlen(here);
		if (*prefix && len >= strlen(prefix))
			here[len - strlen(prefix)] = '\0';
		r->work_tree = here;
		here = NULL;
	} else if (!bare && named) {
		r->work_tree = realpath(named, NULL);
	} else if (!bare && ends_with(r->git_dir, "/.git")) {
		r->work_tree = path_dir(r->git_dir);
	}
	free(here);
}

int repo_open(struct repo *r, const char *dir, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	r->foreign = dir != NULL;
	strvec_pushl(&p.argv, "git", "rev-parse", "--path-format=absolute",
		     "--git-dir", "--git-common-dir", "--is-bare-repository",
		     "--show-object-format", "--is-inside-work-tree",
		     "--show-prefix", NULL);
	p.dir = dir;
	p.out = &out;
	p.err = &said;
	if (r->foreign)
		repo_clear_env(&p.env);
	if (proc_run(&p, err) < 0)
		goto out;
	strvec_split(&lines, out.s, '\n');
	/* The last one, the prefix, is empty at the top. */
	if (p.status || lines.nr < 5 || lines.nr > 6) {
		open_failed(dir, &said, err);
		goto out;
	}
	r->git_dir = xstrdup(lines.v[0]);
	r->common_dir = xstrdup(lines.v[1]);
	r->hexsz = !strcmp(lines.v[3], "sha256") ? 64 : 40;
	r->prefix = xstrdup(lines.nr > 5 ? lines.v[5] : "");
	set_work_tree(r, dir, !strcmp(lines.v[4], "true"),
		      !strcmp(lines.v[2], "true"), r->prefix);
	r->settings = xcalloc(1, sizeof(*r->settings));
	strvec_init(&r->settings->keys);
	strvec_init(&r->settings->values);
	r->settings->git = (struct proc)PROC_INIT;
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

void repo_disconnect(struct repo *r)
{
	conversation_finish(&r->objects);
	conversation_finish(&r->diffs);
	conversation_finish(&r->trees);
	conversation_finish(&r->blobs);
}

struct repo repo_derive(const struct repo *r)
{
	struct repo own = *r;

	own.objects = (struct conversation)CONVERSATION_INIT;
	own.diffs = own.trees = own.blobs = own.objects;
	own.answers = NULL;
	strvec_init(&own.env);
	strvec_pushv(&own.env, r->env.v);
	return own;
}

void repo_derived_release(struct repo *r)
{
	repo_disconnect(r);
	tree_answers_release(r->answers);
	strvec_release(&r->env);
}

void repo_release(struct repo *r)
{
	repo_disconnect(r);
	free(r->git_dir);
	free(r->common_dir);
	free(r->work_tree);
	free(r->prefix);
	strvec_release(&r->env);
	repo_config_forget(r);
	free(r->settings);
	tree_answers_release(r->answers);
	*r = (struct repo)REPO_INIT;
}

char *repo_path(const struct repo *r, const char *name)
{
	return path_join(r->git_dir, name);
}

/* Paths that follow from what is known; NULL: git is to say it. */
static char *known_path(const struct repo *r, const char *name)
{
	char *hooks;

	if (!strcmp(name, "index"))
		return getenv("GIT_INDEX_FILE") ? NULL : repo_path(r, name);
	if (!strcmp(name, "objects"))
		return getenv("GIT_OBJECT_DIRECTORY") ? NULL :
		       path_join(r->common_dir, name);
	if (strcmp(name, "hooks"))
		return NULL;
	hooks = repo_config(r, "core.hooksPath");
	if (!hooks)
		return path_join(r->common_dir, name);
	free(hooks);
	return NULL;
}

char *repo_git_path(const struct repo *r, const char *name,
		    struct error *err)
{
	char *path = known_path(r, name);

	return path ? path : git_line(r, err, "rev-parse",
				      "--path-format=absolute", "--git-path",
				      name, NULL);
}

void repo_sweep_temp(const struct repo *r)
{
	char *dir = repo_path(r, "upgrade");

	sweep_temp_dirs(dir);
	free(dir);
}

static char *try_temp_dir(const char *dir, const char *prefix,
			  struct error *err)
{
	errno = 0;
	/* Nothing between the two: that is when it may be removed. */
	return make_dirs(dir, err) < 0 ? NULL : make_temp_dir(prefix, err);
}

char *repo_temp_dir(const struct repo *r, struct error *err)
{
	char *dir = repo_path(r, "upgrade");
	char *prefix = xstrfmt("%s/tmp-%ld", dir, (long)getpid());
	char *name = NULL;
	int was_removed = 1;

	sweep_temp_dirs(dir);
	for (int i = 0; i < TEMP_TRIES && !name && was_removed; i++) {
		struct error ignored = ERROR_INIT;

		name = try_temp_dir(dir, prefix, &ignored);
		/* make_dirs() says ENOTDIR of what is gone by now. */
		was_removed = errno == ENOENT || errno == ENOTDIR;
		error_release(&ignored);
	}
	if (!name)
		name = try_temp_dir(dir, prefix, err);
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

/* "read-tree" of "git -c core.bare=false --literal-pathspecs read-tree" */
static const char *subcommand(const struct proc *p)
{
	size_t i = 1;

	while (i + 2 < p->argv.nr && *p->argv.v[i] == '-')
		i += strcmp(p->argv.v[i], "-c") ? 1 : 2;
	return i < p->argv.nr ? p->argv.v[i] : "";
}

/* git's wrapper.c, warn_if_unremovable(); without translations. */
char *git_unremoved(const char *line)
{
	const char *name = skip_prefix(line, "warning: unable to unlink '");
	const char *end = name ? strrchr(name, '\'') : NULL;

	return end ? xmemdupz(name, (size_t)(end - name)) : NULL;
}

/*
 * A lock in one of our git folders, and nothing else: what git says may come
 * from a remote, and people have files of that name.
 */
static int is_lock_of(const struct repo *r, const char *name)
{
	const char *const dirs[] = { r->git_dir, r->common_dir };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *rest = skip_prefix(name, dirs[i]);

		if (rest && *rest == '/' && path_is_inside(rest + 1) &&
		    ends_with(rest, ".lock"))
			return 1;
	}
	return 0;
}

void git_drop_locks(const struct repo *r, const char *said)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *name = git_unremoved(lines.v[i]);

		if (name && is_lock_of(r, name))
			unlink(name);
		free(name);
	}
	strvec_release(&lines);
}

int git_failed(const char *command, int status, struct buf *said,
	       struct error *err)
{
	const char *rest;

	buf_rtrim(said);
	if (!said->len)
		return error_set(err, ERROR_FATAL, "git %s failed (exit %d)",
				 command, status);
	rest = skip_prefix(said->s, "fatal: ");
	if (!rest)
		rest = skip_prefix(said->s, "error: ");
	return error_set(err, ERROR_FATAL, "git %s: %s", command,
			 rest ? rest : said->s);
}

static int check(const struct proc *p, struct buf *said, struct error *err)
{
	return p->status ? git_failed(subcommand(p), p->status, said, err) : 0;
}

/* `r` (NULL: none) is where locks may be left. */
static int run_and_check(struct proc *p, const struct repo *r,
			 struct error *err)
{
	struct buf said = BUF_INIT;
	int ret;

	if (!p->err && !p->err_line)
		p->err = &said;
	ret = proc_run(p, err);
	if (!ret && r && said.len)
		git_drop_locks(r, said.s);
	if (!ret)
		ret = check(p, &said, err);
	if (p->err == &said)
		p->err = NULL;
	buf_release(&said);
	return ret;
}

int git_check(struct proc *p, struct error *err)
{
	return run_and_check(p, NULL, err);
}

int git_begin(struct proc *p, struct error *err)
{
	struct buf later = BUF_INIT;
	int ret;

	/* They are there to make pipes; git_finish() has its own. */
	p->out = p->err = &later;
	ret = proc_begin(p, err);
	p->out = p->err = NULL;
	return ret;
}

int git_finish(struct proc *p, struct buf *out, struct error *err)
{
	struct buf said = BUF_INIT;
	int ret;

	p->out = out;
	p->err = &said;
	proc_finish(p);
	p->out = p->err = NULL;
	ret = check(p, &said, err);
	buf_release(&said);
	return ret;
}

static int run_checked(const struct repo *r, const struct buf *in,
		       struct buf *out, struct error *err, va_list ap)
{
	struct proc p = PROC_INIT;
	int ret;

	git_proc_base(&p, r);
	push_all(&p.argv, ap);
	if (in) {
		p.in = in->s;
		p.in_len = in->len;
	}
	p.out = out;
	p.quiet_out = !out;
	ret = run_and_check(&p, r, err);
	proc_release(&p);
	return ret;
}

int git_run(const struct repo *r, struct buf *out, struct error *err, ...)
{
	va_list ap;
	int ret;

	va_start(ap, err);
	ret = run_checked(r, NULL, out, err, ap);
	va_end(ap);
	return ret;
}

int git_feed(const struct repo *r, const struct buf *in, struct buf *out,
	     struct error *err, ...)
{
	va_list ap;
	int ret;

	va_start(ap, err);
	ret = run_checked(r, in, out, err, ap);
	va_end(ap);
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
	struct buf out = BUF_INIT;
	va_list ap;
	int ret;

	va_start(ap, err);
	ret = run_checked(r, NULL, &out, err, ap);
	va_end(ap);
	if (ret < 0) {
		buf_release(&out);
		return NULL;
	}
	while (out.len && out.s[out.len - 1] == '\n')
		buf_setlen(&out, out.len - 1);
	return buf_detach(&out);
}

static int begin_settings(const struct repo *r, struct repo_settings *s,
			  struct error *err)
{
	if (s->git.is_running)
		return 0;
	proc_release(&s->git);
	git_proc(&s->git, r, "config", "--null", "--list", NULL);
	return git_begin(&s->git, err);
}

void repo_config_begin(const struct repo *r)
{
	struct error ignored = ERROR_INIT;

	/* Whoever asks for a value tries again, and hears what is wrong. */
	if (!r->settings->read)
		begin_settings(r, r->settings, &ignored);
	error_release(&ignored);
}

static int read_settings(const struct repo *r, struct repo_settings *s,
			 struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = begin_settings(r, s, err);

	if (!ret)
		ret = git_finish(&s->git, &out, err);
	if (ret < 0) {
		buf_release(&out);
		return error_hint(err, "see \"git config --list\"");
	}
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1) {
		size_t len = strcspn(at, "\n");

		strvec_push_nodup(&s->keys, xmemdupz(at, len));
		strvec_push(&s->values, at[len] ? at + len + 1 : "true");
		strmap_put(&s->last, s->keys.v[s->keys.nr - 1],
			   s->values.v[s->values.nr - 1]);
	}
	s->read = 1;
	buf_release(&out);
	return 0;
}

static struct repo_settings *settings(const struct repo *r,
				      struct error *err)
{
	struct repo_settings *s = r->settings;

	if (!s->read && read_settings(r, s, err) < 0)
		return NULL;
	return s;
}

void repo_config_forget(const struct repo *r)
{
	struct repo_settings *s = r->settings;

	if (!s)
		return;
	proc_release(&s->git);
	strvec_release(&s->keys);
	strvec_release(&s->values);
	strmap_release(&s->last);
	s->read = 0;
}

/* As `git config --list` writes keys: all but the middle in lower case. */
static char *canonical_key(const char *key)
{
	char *copy = xstrdup(key), *last = strrchr(copy, '.');

	for (char *p = copy; *p && *p != '.'; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = last; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

static const char *look_up(const struct repo *r, const char *key)
{
	struct error ignored = ERROR_INIT;
	struct repo_settings *s = settings(r, &ignored);
	char *canonical = canonical_key(key);
	const char *value = s ? strmap_get(&s->last, canonical) : NULL;

	free(canonical);
	error_release(&ignored);
	return value;
}

char *repo_config(const struct repo *r, const char *key)
{
	return xstrdup_or_null(look_up(r, key));
}

int git_bool(const char *value)
{
	static const char *const no[] = { "false", "no", "off", "0", "" };

	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcasecmp(value, no[i]))
			return 0;
	return 1;
}

int repo_config_bool(const struct repo *r, const char *key, int fallback)
{
	const char *value = look_up(r, key);

	return value ? git_bool(value) : fallback;
}

int repo_config_list(const struct repo *r, const char *prefix,
		     struct strvec *keys, struct strvec *values,
		     struct error *err)
{
	struct repo_settings *s = settings(r, err);

	for (size_t i = 0; s && i < s->keys.nr; i++) {
		if (!starts_with(s->keys.v[i], prefix))
			continue;
		strvec_push(keys, s->keys.v[i]);
		strvec_push(values, s->values.v[i]);
	}
	return s ? 0 : -1;
}

int oid_is_valid(const char *oid)
{
	size_t len = strlen(oid);

	return (len == 40 || len == 64) &&
	       strspn(oid, "0123456789abcdef") == len;
}

int oid_is_null(const char *oid)
{
	return !oid[strspn(oid, "0")];
}
