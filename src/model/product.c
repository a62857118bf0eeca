#include "model/product.h"

#include "base/buf.h"
#include "base/mem.h"
#include "doc/json.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/remotes.h"
#include "git/url.h"

#include <stdlib.h>
#include <string.h>

/* What git knows that we need, read in few calls and owned here. */
struct facts {
	/* git config upgrade.*; the last value of a key counts. */
	struct strvec keys, values;
	/* Remotes in the order of their names, and their URLs. */
	struct strvec remotes, urls;
	/* Remotes with a platform of ours, and the blobs that say so. */
	struct strvec platforms, platform_blobs;
};

#define FACTS_INIT { STRVEC_INIT, STRVEC_INIT, STRVEC_INIT, STRVEC_INIT, \
		     STRVEC_INIT, STRVEC_INIT }

static void facts_release(struct facts *f)
{
	strvec_release(&f->keys);
	strvec_release(&f->values);
	strvec_release(&f->remotes);
	strvec_release(&f->urls);
	strvec_release(&f->platforms);
	strvec_release(&f->platform_blobs);
}

static const char *fact(const struct strvec *names,
			const struct strvec *values, const char *name)
{
	for (size_t i = names->nr; i-- > 0;)
		if (!strcmp(names->v[i], name))
			return values->v[i];
	return NULL;
}

static const char *setting(const struct facts *f, const char *key)
{
	return fact(&f->keys, &f->values, key);
}

/* Of each remote the URL it fetches from. */
static int read_remotes(struct facts *f, struct repo *r, struct error *err)
{
	struct remote_list list = REMOTE_LIST_INIT;
	int ret = remote_list_read(&list, r, err);

	for (size_t i = 0; !ret && i < list.nr; i++) {
		const struct remote_url *u = &list.v[i];

		if (u->push || strvec_has(&f->remotes, u->remote))
			continue;
		strvec_push(&f->remotes, u->remote);
		strvec_push(&f->urls, u->url);
	}
	remote_list_release(&list);
	return ret;
}

/* Who is a remote no more is no platform either. */
static int find_platforms(struct facts *f, struct repo *r, struct error *err)
{
	int found = 0;

	for (size_t i = 0; found >= 0 && i < f->remotes.nr; i++) {
		char *ref = xstrfmt(PLATFORM_REFS "%s", f->remotes.v[i]);
		char *blob = NULL;

		found = object_find(r, ref, NULL, &blob, err);
		if (found > 0) {
			strvec_push(&f->platforms, f->remotes.v[i]);
			strvec_push(&f->platform_blobs, blob);
		}
		free(blob);
		free(ref);
	}
	return found < 0 ? -1 : 0;
}

/* Upstream */

static void set_upstream(struct product *pr, const char *name,
			 const char *url)
{
	struct buf shown = BUF_INIT;

	buf_add_url(&shown, name);
	pr->upstream = xstrdup(name);
	pr->upstream_url = xstrdup(url);
	pr->upstream_shown = buf_detach(&shown);
}

/*
 * A remote's name or a URL; 0 when it is neither.  A URL that everybody's
 * configuration has may be a remote here.
 */
static int name_upstream(struct product *pr, const struct facts *f,
			 const char *name)
{
	const char *url = fact(&f->remotes, &f->urls, name);

	for (size_t i = 0; !url && i < f->remotes.nr; i++)
		if (url_same(f->urls.v[i], name)) {
			url = f->urls.v[i];
			name = f->remotes.v[i];
		}
	if (!url && strpbrk(name, "/:"))
		url = name;
	if (url)
		set_upstream(pr, name, url);
	return url != NULL;
}

/* `upstream`, then `origin`, then the only one or, with `any`, the first. */
static const char *choose(const struct strvec *remotes, int any)
{
	if (strvec_has(remotes, "upstream"))
		return "upstream";
	if (strvec_has(remotes, "origin"))
		return "origin";
	return remotes->nr == 1 || (any && remotes->nr) ? remotes->v[0] : NULL;
}

/*
 * Who has a host that pulls has a repository for it to pull from; who has an
 * engine, one to push to.
 */
static int has_host(const struct profile *p)
{
	for (size_t i = 0; i < p->nr_environments; i++)
		if (p->environments[i].deploy != DEPLOY_BY_HOOKS)
			return 1;
	return 0;
}

static void find_upstream(struct product *pr, const struct facts *f)
{
	struct strvec fit = STRVEC_INIT, rest = STRVEC_INIT;
	const char *name;

	for (size_t i = 0; i < f->remotes.nr; i++) {
		if (strvec_has(&f->platforms, f->remotes.v[i]))
			continue;
		strvec_push(&rest, f->remotes.v[i]);
		if (profile_fits_url(&pr->profile, f->urls.v[i]))
			strvec_push(&fit, f->remotes.v[i]);
	}
	name = choose(&fit, 1);
	if (!name && !(rest.nr == 1 && has_host(&pr->profile)))
		name = choose(&rest, 0);
	if (name)
		set_upstream(pr, name, fact(&f->remotes, &f->urls, name));
	strvec_release(&fit);
	strvec_release(&rest);
}

static int read_upstream(struct product *pr, const struct facts *f,
			 struct error *err)
{
	const char *name = setting(f, "upgrade.upstream");

	if (name)
		origins_set(&pr->profile.origins, "upstream.remote",
			    "git config upgrade.upstream");
	if (name && !name_upstream(pr, f, name)) {
		error_set(err, ERROR_FATAL, "git config upgrade.upstream: "
			  "'%s' is no remote and no URL", name);
		return error_hint(err, "add it with \"git remote add %s "
				  "URL\"", name);
	}
	if (!pr->upstream && pr->profile.upstream)
		name_upstream(pr, f, pr->profile.upstream);
	if (!pr->upstream) {
		find_upstream(pr, f);
		origins_set(&pr->profile.origins, "upstream.remote",
			    "detected");
	}
	return 0;
}

/* Environments */

char *environment_of_setting(const char *key)
{
	const char *name = skip_prefix(key, "upgrade."), *whole;
	size_t len;

	whole = name ? skip_prefix(name, "environments.") : NULL;
	/* An environment may be called that. */
	if (whole && strcmp(whole, "branch"))
		name = whole;
	len = name ? strlen(name) : 0;
	if (len <= strlen(".branch") || !ends_with(name, ".branch"))
		return NULL;
	return xmemdupz(name, len - strlen(".branch"));
}

static void note_branch(struct profile *p, const char *env,
			const char *origin)
{
	char *key = xstrfmt("environments.%s.branch", env);

	origins_set(&p->origins, key, origin);
	free(key);
}

static int configure_environment(struct profile *p, const char *name,
				 const char *branch, struct error *err)
{
	const struct environment *other;
	char *origin;

	if (!profile_is_name(name)) {
		error_set(err, ERROR_FATAL, "git config upgrade.%s.branch: "
			  "'%s' cannot be the name of an environment", name,
			  name);
		return error_hint(err, "names are made of a-z, 0-9, '.', '_' "
				  "and '-'");
	}
	if (!profile_is_branch(branch))
		return error_set(err, ERROR_FATAL, "git config "
				 "upgrade.%s.branch: '%s' cannot be the name "
				 "of a branch", name, branch);
	other = profile_environment_of(p, branch);
	if (other && strcmp(other->name, name))
		return error_set(err, ERROR_FATAL, "git config "
				 "upgrade.%s.branch: '%s' is the branch of %s "
				 "already", name, branch, other->name);
	profile_add_environment(p, name, branch);
	origin = xstrfmt("git config upgrade.%s.branch", name);
	note_branch(p, name, origin);
	free(origin);
	return 0;
}

/*
 * What a platform said: {"environments": [{"name": ..., "branch": ...}]}.
 * What we cannot read of it, or know better, is left out; the platform
 * guards its branches whether we know them or not.
 */
static void add_from_platform(struct profile *p, const char *remote,
			      const struct value *said)
{
	const char *protocol = value_text(said, "protocol");
	const struct value *list = value_get(said, "environments");
	char *origin;

	if (!protocol || strcmp(protocol, "1") || !list)
		return;
	origin = xstrfmt("the platform '%s'", remote);
	for (size_t i = 0; i < list->nr; i++) {
		const char *name = value_text(list->items[i], "name");
		const char *branch = value_text(list->items[i], "branch");

		if (name && branch && profile_is_name(name) &&
		    profile_is_branch(branch) &&
		    !profile_environment(p, name) &&
		    !profile_environment_of(p, branch)) {
			profile_add_environment(p, name, branch);
			note_branch(p, name, origin);
		}
	}
	free(origin);
}

static void ask_platforms(struct profile *p, struct repo *r,
			  const struct facts *f)
{
	for (size_t i = 0; i < f->platforms.nr; i++) {
		struct error ignored = ERROR_INIT;
		struct buf text = BUF_INIT;
		struct value *said = NULL;

		if (object_read_if(r, f->platform_blobs.v[i], &text,
				   &ignored) > 0)
			said = json_parse(f->platforms.v[i], text.s, text.len,
					  &ignored);
		if (said)
			add_from_platform(p, f->platforms.v[i], said);
		value_free(said);
		buf_release(&text);
		error_release(&ignored);
	}
}

/* Also what only a platform knows can be promoted from. */
static int check_sources(const struct profile *p, struct repo *r,
			 const struct facts *f, struct error *err)
{
	struct profile others = PROFILE_INIT;
	int ret = profile_check_sources(p, NULL, err);

	if (ret < 0 && f->platforms.nr) {
		error_release(err);
		ask_platforms(&others, r, f);
		ret = profile_check_sources(p, &others, err);
	}
	profile_release(&others);
	return ret;
}

static int read_environments(struct product *pr, struct repo *r,
			     const struct facts *f, struct error *err)
{
	struct profile *p = &pr->profile;
	int configured = 0, ret = 0;

	for (size_t i = 0; !ret && i < f->keys.nr; i++) {
		char *name = environment_of_setting(f->keys.v[i]);

		/* Of a key that is there twice, only the last value. */
		if (name && setting(f, f->keys.v[i]) == f->values.v[i]) {
			configured = 1;
			ret = configure_environment(p, name, f->values.v[i],
						    err);
		}
		free(name);
	}
	pr->nr_configured = p->nr_environments;
	if (!configured)
		ask_platforms(p, r, f);
	return ret ? ret : check_sources(p, r, f, err);
}

/* All of it */

/* Where upstream's releases are as long as nothing was fetched; free(). */
static char *unfetched_refs(const struct product *pr)
{
	if (pr->profile.source != RELEASES_ARE_BRANCHES)
		return xstrdup("refs/tags/");
	return pr->upstream ? xstrfmt("refs/remotes/%s/", pr->upstream) :
			      NULL;
}

int product_read_releases(struct product *pr, struct repo *r,
			  struct error *err)
{
	char *unfetched = unfetched_refs(pr);
	int ret;

	release_list_release(&pr->releases);
	ret = release_list_read(&pr->releases, r, &pr->profile, unfetched,
				err);
	free(unfetched);
	return ret;
}

static void take_config(struct product *pr, struct config *c)
{
	pr->profile = c->profile;
	pr->tree = c->tree;
	pr->warnings = c->warnings;
	*c = (struct config)CONFIG_INIT;
}

/* Takes `c`. */
static int configure(struct product *pr, struct repo *r, struct config *c,
		     struct error *err)
{
	struct facts f = FACTS_INIT;
	int ret = -1;

	take_config(pr, c);
	if (!repo_config_list(r, "upgrade.", &f.keys, &f.values, err) &&
	    !read_remotes(&f, r, err) && !find_platforms(&f, r, err) &&
	    !read_upstream(pr, &f, err))
		ret = read_environments(pr, r, &f, err);
	facts_release(&f);
	return ret;
}

/* All that needs no configuration is begun first. */
static int begin_reading(struct product *pr, struct repo *r,
			 struct error *err)
{
	repo_config_begin(r);
	return ref_list_begin(&pr->refs, r, err, RELEASE_REFS,
			      RELEASE_MOVED_REFS, NULL);
}

int product_begin(struct product *pr, struct repo *r, const char *commit,
		  struct error *err)
{
	struct config c = CONFIG_INIT;

	if (begin_reading(pr, r, err) < 0)
		return -1;
	if (!config_read(&c, r, commit, err))
		return configure(pr, r, &c, err);
	config_release(&c);
	return -1;
}

int product_finish(struct product *pr, struct repo *r, struct error *err)
{
	struct ref_list refs = REF_LIST_INIT;
	char *unfetched;
	int ret;

	if (!pr->refs.git.is_running)
		return 0;
	unfetched = unfetched_refs(pr);
	ret = ref_list_finish(&pr->refs, &refs, err);
	if (!ret)
		ret = release_list_take(&pr->releases, r, &pr->profile, &refs,
					unfetched, err);
	ref_list_release(&refs);
	free(unfetched);
	return ret;
}

int product_open(struct product *pr, struct repo *r, const char *commit,
		 struct error *err)
{
	int ret = product_begin(pr, r, commit, err);

	return ret ? ret : product_finish(pr, r, err);
}

int product_try(struct product *pr, struct repo *r, const struct buf *tree,
		struct error *err)
{
	struct config c = CONFIG_INIT;

	if (begin_reading(pr, r, err) < 0)
		return -1;
	if (!config_try(&c, r, tree, err))
		return configure(pr, r, &c, err) ? -1 :
		       product_finish(pr, r, err);
	config_release(&c);
	return -1;
}

void product_release(struct product *pr)
{
	profile_release(&pr->profile);
	free(pr->tree);
	strvec_release(&pr->warnings);
	free(pr->upstream);
	free(pr->upstream_url);
	free(pr->upstream_shown);
	release_list_release(&pr->releases);
	ref_asking_release(&pr->refs);
	*pr = (struct product)PRODUCT_INIT;
}
