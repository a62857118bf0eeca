#include "deploy/submodules.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "git/export.h"
#include "git/module.h"
#include "git/ref.h"
#include "git/submodule.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One in the other; a commit cannot be inside itself, but who knows. */
#define MAX_DEPTH 10

/* What is the same for all of a release. */
struct making {
	struct platform *p;
	const char *index;
	struct deploy_log *log;
	struct module_settings settings;
	char *mark;			/* by which programs are found */
};

/* What submodules are in: the release, or one of them. */
struct outer {
	const struct repo *repo;
	const char *commit, *dir, *prefix;
	const char *url;		/* NULL: unknown */
	int depth;
};

int submodule_is_optional(const struct platform *p, const char *path)
{
	const struct strvec *patterns = &p->profile.optional_submodules;

	for (size_t i = 0; i < patterns->nr; i++)
		if (path_match(patterns->v[i], path))
			return 1;
	return 0;
}

/* "'vendor/lib'", whatever characters there are in it */
static void add_name(struct buf *out, const char *path)
{
	buf_addc(out, '\'');
	buf_add_line(out, path);
	buf_addc(out, '\'');
}

static int hint_optional(struct error *err)
{
	return error_hint(err, "if the release runs without it, name it in "
			  "deploy.optional_submodules of " PLATFORM_CONFIG
			  " on the server");
}

static int refuse(const char *path, const char *why, struct error *err)
{
	struct buf name = BUF_INIT;

	add_name(&name, path);
	error_set(err, ERROR_REFUSED, "%s is a submodule, and %s", name.s,
		  why);
	buf_release(&name);
	return hint_optional(err);
}

/* "on the server: git -C DIR config KEY VALUE", to be typed as it is */
static void hint_config(struct error *err, const char *why,
			const struct repo *r, const char *key,
			const char *value)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s, on the server: git -C ", why);
	buf_add_shell(&b, r->git_dir);
	buf_adds(&b, " config ");
	buf_add_shell(&b, key);
	buf_addf(&b, " %s", value);
	error_hint(err, "%s", b.s);
	buf_release(&b);
}

static char *url_key(const struct submodule *s)
{
	return xstrfmt("submodule.%s.url", s->name);
}

/*
 * A path that is relative leads on from the repository whose owner says it:
 * git is run in others.  Takes `url`, NULL or not.
 */
static char *settle(const struct repo *r, char *url)
{
	char *path, *real;

	/* As in git, a colon before any slash ends a host or a scheme. */
	if (!url || !*url || *url == '/' ||
	    url[strcspn(url, ":/")] == ':')
		return url;
	path = path_join(r->git_dir, url);
	real = realpath(path, NULL);
	free(url);
	if (real)
		free(path);
	return real ? real : path;
}

/* Where it comes from; NULL with an error.  free(). */
static char *find_url(const struct outer *o, const struct submodule *s,
		      const char *path, struct error *err)
{
	char *key = url_key(s);
	char *url = settle(o->repo, repo_config(o->repo, key));
	const char *trouble;

	if (!url && !s->url) {
		refuse(path, ".gitmodules does not say where it comes from",
		       err);
		hint_config(err, "say so there, or", o->repo, key, "URL");
		goto out;
	}
	if (!url)
		url = submodule_url(o->url, s->url);
	if (!url) {
		refuse(path, o->url ? "its URL leads out of the server it is "
		       "relative to" : "its URL is relative to what nobody "
		       "has said", err);
		if (!o->url)
			hint_config(err, "say what to", o->repo,
				    "upgrade.submoduleBase", "URL");
		hint_config(err, "or where it is", o->repo, key, "URL");
		goto out;
	}
	trouble = submodule_url_trouble(url);
	if (trouble) {
		refuse(path, trouble, err);
		hint_config(err, "give it another", o->repo, key, "URL");
		FREE_AND_NULL(url);
	}
out:
	free(key);
	return url;
}

/* "transport 'file' not allowed": git's word for protocol.allow. */
static char *forbidden_protocol(const char *message)
{
	const char *at = strstr(message, "transport '");
	const char *name = at ? at + strlen("transport '") : NULL;
	size_t len = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz"
				   "0123456789-") : 0;

	return len && starts_with(name + len, "' not allowed") ?
	       xmemdupz(name, len) : NULL;
}

/* What module_fetch() says, about which, and what to do about it. */
static int explain_fetch(const struct making *m, const struct outer *o,
			 const struct submodule *s, const char *path,
			 const char *url, struct error *err)
{
	char *key = url_key(s), *protocol = forbidden_protocol(err->message);
	int is_missing = err->kind == ERROR_REFUSED;
	struct buf who = BUF_INIT;

	buf_adds(&who, "submodule ");
	add_name(&who, path);
	buf_adds(&who, " (");
	buf_add_url(&who, url);
	buf_adds(&who, ") ");
	buf_adds(&who, err->message);
	error_set(err, err->kind, "%s", who.s);
	buf_release(&who);
	if (is_missing)
		error_hint(err, "push it to where the submodule is from");
	if (protocol) {
		char *allow = xstrfmt("protocol.%s.allow", protocol);

		hint_config(err, "if those who push may name such URLs",
			    &m->p->repo, allow, "always");
		free(allow);
	}
	if (!o->depth && s->url && submodule_url_is_relative(s->url))
		hint_config(err, "if such URLs are relative to another",
			    o->repo, "upgrade.submoduleBase", "URL");
	hint_config(err, "if it is elsewhere", o->repo, key, "URL");
	hint_optional(err);
	free(protocol);
	free(key);
	return -1;
}

static int fetch(const struct making *m, const struct outer *o,
		 const struct submodule *s, struct module *module,
		 const char *path, const char *url, struct error *err)
{
	long limit = m->p->profile.submodule_timeout;
	struct module_wish wish = { url, s->oid, limit > 0 ? limit :
				    SUBMODULE_TIMEOUT };
	double start = time_monotonic();
	struct buf line = BUF_INIT;
	int ret = module_fetch(module, &wish, err);

	if (ret < 0)
		return explain_fetch(m, o, s, path, url, err);
	if (ret > 0) {
		buf_add_line(&line, path);
		buf_addf(&line, " (%.7s) ", s->oid);
		time_add_clock(&line, (time_t)(time_monotonic() - start));
		deploy_log_say(m->log, "  %-10s %s", "fetch", line.s);
	}
	buf_release(&line);
	return 0;
}

/*
 * The folder git has made for it, on a way without links: in a tree that was
 * made by hand there may be one of the same name as a folder.
 */
static int check_folder(const struct outer *o, const struct submodule *s,
			const char *path, struct error *err)
{
	int is = path_is_inside(s->path);
	const char *slash = s->path;
	struct stat st;
	char *dir;

	while (is && slash) {
		slash = strchr(slash, '/');
		dir = xstrfmt("%s/%.*s", o->dir, slash ?
			      (int)(slash - s->path) : (int)strlen(s->path),
			      s->path);
		is = !lstat(dir, &st) && S_ISDIR(st.st_mode) &&
		     (slash || dir_is_empty(dir));
		slash += slash != NULL;
		free(dir);
	}
	return is ? 0 : refuse(path, "there is no empty folder for it", err);
}

/* The tags that came along, for `git describe` in there. */
static int add_metadata(const struct module *module, const char *oid,
			const char *dir, const char *index,
			struct error *err)
{
	struct ref_list tags = REF_LIST_INIT;
	struct buf refs = BUF_INIT;
	int ret = ref_list_read(&tags, &module->repo, err, "refs/tags/",
				NULL);

	for (size_t i = 0; !ret && i < tags.nr; i++)
		buf_addf(&refs, "create %s %s\n", tags.v[i].name,
			 tags.v[i].oid);
	if (!ret)
		ret = export_metadata(&module->repo, oid, dir, index, &refs,
				      err);
	ref_list_release(&tags);
	buf_release(&refs);
	return ret;
}

/* Nothing of ours leaves it so, but disks and people do. */
static void hint_fsck(struct error *err, const struct repo *r)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "see, on the server, whether its repository is damaged: "
		 "git -C ");
	buf_add_shell(&b, r->git_dir);
	error_hint(err, "%s fsck", b.s);
	buf_release(&b);
	error_hint(err, "if it is, remove it: it is fetched again");
}

static int make_all(const struct making *m, const struct outer *o,
		    struct error *err);

static int check_out(const struct making *m, const struct outer *o,
		     const struct submodule *s, const struct module *module,
		     const char *path, const char *url, struct error *err)
{
	char *dir = path_join(o->dir, s->path);
	struct outer inner = { &module->repo, s->oid, dir, path, url,
			       o->depth + 1 };
	int ret = check_folder(o, s, path, err);

	if (!ret && export_tree(&module->repo, s->oid, dir, m->index,
				m->p->profile.checkout_timeout, err) < 0) {
		struct buf name = BUF_INIT;

		add_name(&name, path);
		ret = error_wrap(err, "submodule %s", name.s);
		buf_release(&name);
		if (!strstr(err->message, " filter "))
			hint_fsck(err, &module->repo);
	}
	if (!ret && m->p->profile.metadata)
		ret = add_metadata(module, s->oid, dir, m->index, err);
	unlink(m->index);
	if (!ret)
		ret = make_all(m, &inner, err);
	free(dir);
	return ret;
}

static void say_left_empty(const struct making *m, const char *path,
			   const char *why)
{
	struct buf line = BUF_INIT;

	buf_add_line(&line, path);
	buf_adds(&line, ": ");
	buf_add_line(&line, why);
	deploy_log_say(m->log, "  %-10s %s", "left empty", line.s);
	buf_release(&line);
}

/* git runs it for who has set it himself; here nobody did. */
static void say_not_run(const struct making *m, const struct submodule *s,
			const char *path)
{
	struct buf name = BUF_INIT;

	if (!s->update || *s->update != '!')
		return;
	add_name(&name, path);
	deploy_log_say(m->log, "warning: the command that .gitmodules names "
		       "for submodule %s is not run; the submodule is just "
		       "checked out", name.s);
	buf_release(&name);
}

static int make_known(const struct making *m, const struct outer *o,
		      const struct submodule *s, const char *path,
		      struct error *err)
{
	char *url = find_url(o, s, path, err);
	struct module module = MODULE_INIT;
	int ret = -1;

	if (!url || module_open(&module, o->repo, s->name, &m->settings,
				err) < 0)
		goto out;
	strvec_push(&module.repo.env, m->mark);
	if (fetch(m, o, s, &module, path, url, err) < 0)
		goto out;
	module_say_origin(&module, url);
	ret = check_out(m, o, s, &module, path, url, err);
out:
	module_release(&module);
	free(url);
	return ret;
}

static int make_one(const struct making *m, const struct outer *o,
		    const struct submodule *s, const char *path,
		    struct error *err)
{
	const char *trouble;
	char *kept_out;
	int ret = 0;

	if (submodule_is_optional(m->p, path))
		return 0;
	if (o->depth >= MAX_DEPTH)
		return refuse(path, "too many are inside of each other", err);
	if (!s->name)
		return refuse(path, ".gitmodules does not name it", err);
	trouble = submodule_name_trouble(s->name);
	if (trouble)
		return refuse(path, trouble, err);
	kept_out = submodule_kept_out(o->repo, s);
	if (kept_out) {
		say_left_empty(m, path, kept_out);
	} else {
		say_not_run(m, s, path);
		ret = make_known(m, o, s, path, err);
	}
	free(kept_out);
	return ret;
}

static int make_all(const struct making *m, const struct outer *o,
		    struct error *err)
{
	struct submodule_list list = SUBMODULE_LIST_INIT;
	int ret = submodule_list_read(&list, o->repo, o->commit, err);

	for (size_t i = 0; !ret && i < list.nr; i++) {
		char *path = xstrfmt("%s%s%s", o->prefix, *o->prefix ? "/" :
				     "", list.v[i].path);

		ret = make_one(m, o, &list.v[i], path, err);
		free(path);
	}
	submodule_list_release(&list);
	return ret;
}

/*
 * What relative URLs begin with.  A platform was not cloned from anywhere, but
 * what it deploys came from upstream.
 */
static char *find_base(const struct platform *p)
{
	char *base = repo_config(&p->repo, "upgrade.submoduleBase");

	if (!base)
		base = repo_config(&p->repo, "remote.origin.url");
	if (!base)
		base = xstrdup_or_null(p->profile.upstream);
	return settle(&p->repo, base);
}

int submodules_make(const struct release_dir *d, struct platform *p,
		    const struct repo *r, const char *commit,
		    const char *index, struct deploy_log *log,
		    struct error *err)
{
	struct making m = { p, index, log, MODULE_SETTINGS_INIT,
			    xstrfmt("UPGRADE_DEPLOY=%s", d->id) };
	char *base = find_base(p);
	struct outer o = { r, commit, d->path, "", base, 0 };
	int ret = module_settings_read(&m.settings, &p->repo, err);

	if (!ret)
		ret = make_all(&m, &o, err);
	module_settings_release(&m.settings);
	free(m.mark);
	free(base);
	return ret;
}
