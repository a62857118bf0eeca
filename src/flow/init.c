#include "flow/init_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "doc/yaml.h"
#include "flow/standing.h"
#include "git/checkout.h"
#include "git/mergetree.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/remotes.h"
#include "git/tree.h"
#include "model/fetch.h"

#include <stdlib.h>
#include <string.h>

/* Where we are */

static int check_place(struct init_plan *p, struct repo *r,
		       const struct product *now, struct error *err)
{
	const char *doing = checkout_in_progress(r);

	p->branch = head_branch(r);
	p->head = head_commit(r);
	if (doing) {
		error_set(err, ERROR_REFUSED, "a %s is in progress", doing);
		return error_hint(err, "finish it, or go back with \"git %s "
				  "--abort\"", doing);
	}
	if (!p->branch) {
		error_set(err, ERROR_REFUSED, "you are not on a branch");
		return error_hint(err, "go to your production branch with "
				  "\"git switch BRANCH\", or make one here "
				  "with \"git switch -c production\"");
	}
	if (p->head)
		return 0;
	return standing_refuse_unborn(now, err);
}

/* The file */

static void render_environment(struct buf *out, const struct environment *e)
{
	buf_addf(out, "  %s:\n    branch: ", e->name);
	yaml_add_text(out, e->branch);
	buf_addc(out, '\n');
	if (e->deploy == DEPLOY_BY_PULL)
		buf_adds(out, "    # A host comes and gets it: git pull, git "
			 "upgrade deploy.\n    deploy: pull\n");
	else if (e->deploy != DEPLOY_BY_HOOKS)
		buf_addf(out, "    # A driver says how: gitupgrade-profile(5)."
			 "\n    deploy: %s\n", deploy_driver_name(e->deploy));
	if (e->driver)
		buf_addf(out, "    driver: %s\n", e->driver);
	if (e->promotes_from)
		buf_addf(out, "    # It gets what that one has verified: git "
			 "upgrade promote.\n    promotes_from: %s\n",
			 e->promotes_from);
}

static void render(struct init_plan *p, const char *profile,
		   const char *upstream)
{
	struct buf *out = &p->config;

	buf_adds(out, "# What git upgrade shall know about this repository "
		 "beyond the profile.\n"
		 "# It is read from the commit, never from the work tree. "
		 "gitupgrade-profile(5)\n"
		 "# describes the keys; \"git upgrade config\" shows what "
		 "holds, and why.\n"
		 "format: 1\n");
	if (profile)
		buf_addf(out, "profile: %s\n", profile);
	if (upstream) {
		buf_adds(out, "\n# Whose tags are the releases.\n"
			 "upstream:\n  remote: ");
		yaml_add_text(out, upstream);
		buf_addc(out, '\n');
	}
	if (p->environments.nr)
		buf_adds(out, "\n# Branches that are deployed: what is pushed "
			 "to them is judged.\nenvironments:\n");
	for (size_t i = 0; i < p->environments.nr; i++)
		render_environment(out, &p->environments.v[i]);
}

static int has_secret(const char *url)
{
	struct buf shown = BUF_INIT;
	int has;

	buf_add_url(&shown, url);
	has = strcmp(shown.s, url) != 0;
	buf_release(&shown);
	return has;
}

/* A path is good for this machine only. */
static int is_for_everybody(const char *url)
{
	const char *colon = strchr(url, ':'), *slash = strchr(url, '/');

	return !has_secret(url) && colon && (!slash || colon < slash) &&
	       !starts_with(url, "file:");
}

/* --upstream: a remote's URL, or a URL. */
static int named_upstream(char **url, const struct init_request *req,
			  struct error *err)
{
	struct remote_list remotes = REMOTE_LIST_INIT;
	int ret = remote_list_read(&remotes, req->repo, err);

	for (size_t i = 0; !ret && !*url && i < remotes.nr; i++)
		if (!strcmp(remotes.v[i].remote, req->upstream))
			*url = xstrdup(remotes.v[i].url);
	remote_list_release(&remotes);
	if (ret < 0)
		return -1;
	if (!*url && strpbrk(req->upstream, "/:"))
		*url = xstrdup(req->upstream);
	if (!*url) {
		error_set(err, ERROR_REFUSED, "'%s' is no remote and no URL",
			  req->upstream);
		return error_hint(err, "add it with \"git remote add %s "
				  "URL\"", req->upstream);
	}
	if (!has_secret(*url))
		return 0;
	error_set(err, ERROR_REFUSED, "there is a password in the URL of "
		  "upstream, and it would be committed");
	error_hint(err, "leave it out, and let git ask for it: see "
		   "gitcredentials(7)");
	return -1;
}

/*
 * What others cannot find by themselves: not what the profile tells by its
 * URL, not a path.  NULL: none.
 */
static char *upstream_to_write(const struct product *now)
{
	if (now->tree && now->profile.upstream)
		return xstrdup(now->profile.upstream);
	if (!now->upstream_url || !is_for_everybody(now->upstream_url) ||
	    profile_fits_url(&now->profile, now->upstream_url))
		return NULL;
	return xstrdup(now->upstream_url);
}

/* The text */

static int make_text(struct init_plan *p, const struct init_request *req,
		     const struct product *now, struct error *err)
{
	const char *profile = now->profile.base;
	char *upstream = NULL;
	int ret = 0;

	if (req->profile)
		profile = req->profile;
	/* A file of the user's is not what others have. */
	if (profile && strchr(profile, '/'))
		profile = NULL;
	if (req->upstream)
		ret = named_upstream(&upstream, req, err);
	else
		upstream = upstream_to_write(now);
	if (!ret)
		render(p, profile, upstream);
	free(upstream);
	return ret;
}

/* What stands there already */

static int same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

/*
 * The file as it is staged, else in the work tree, else in HEAD: `old`.
 * 0: there is none; 1: it is `text`; 2: it is another.
 */
static int look_there(struct repo *r, const char *name,
		      const struct buf *text, struct buf *old,
		      struct error *err)
{
	struct error absent = ERROR_INIT;
	char *staged = xstrfmt(":%s", name), *head = xstrfmt("HEAD:%s", name);
	char *path = path_join(repo_top(r), name);
	int found = object_read_if(r, staged, old, err);

	if (!found && !file_read(path, old, &absent))
		found = 1;
	if (!found)
		found = object_read_if(r, head, old, err);
	if (found > 0)
		found = same_text(old, text) ? 1 : 2;
	error_release(&absent);
	free(staged);
	free(head);
	free(path);
	return found;
}

static int is_in_head(struct repo *r, const char *name, struct error *err)
{
	char *head = xstrfmt("HEAD:%s", name);
	int found = object_find(r, head, NULL, NULL, err);

	free(head);
	return found;
}

static int look_around(struct init_plan *p, struct repo *r, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int in_head = is_in_head(r, CONFIG_FILE, err);

	p->config_there = look_there(r, CONFIG_FILE, &p->config, &p->old, err);
	p->ignored = !in_head && !git_try(r, NULL, &ignored, "check-ignore",
					  "--quiet", "--no-index",
					  CONFIG_FILE, NULL);
	error_release(&ignored);
	p->writes_config = !(in_head > 0 && p->config_there == 1);
	return in_head < 0 || p->config_there < 0 ? -1 : 0;
}

/* The release */

/*
 * History may say less than the files: who squashed or copied a release in
 * left no trace in it.  Then neither is certain.
 */
static int compare_files(struct init_plan *p, struct repo *r,
			 struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	int ret = 0;

	p->near = adopted_nearest(r, &p->product.releases, p->head,
				  &p->near_files, err);
	if (err->kind != ERROR_NONE)
		return -1;
	if (p->release)
		ret = tree_diff_read(&diff, r, p->release->commit, p->head, 0,
				     err);
	p->files = diff.nr;
	tree_diff_release(&diff);
	if (!ret && p->how == INIT_MERGED && p->near &&
	    p->near_files < p->files)
		p->how = INIT_DOUBTFUL;
	return ret;
}

static int find_release(struct init_plan *p, const struct init_request *req,
			struct error *err)
{
	static const enum init_release how[] = {
		[ADOPTED_NONE] = INIT_UNKNOWN,
		[ADOPTED_KNOWN] = INIT_MERGED,
		[ADOPTED_UNFINISHED] = INIT_UNFINISHED,
		[ADOPTED_REVERTED] = INIT_REVERTED,
	};
	struct adopted *a = &p->adopted;

	if (adopted_read(a, req->repo, &p->product.releases, p->head,
			 err) < 0)
		return -1;
	p->how = how[a->state];
	p->release = a->release;
	if (a->recorded) {
		p->how = INIT_RECORDED;
		return 0;
	}
	if (req->from) {
		p->release = release_named(&p->product.releases, req->from,
					   err);
		p->how = INIT_NAMED;
		return p->release ? 0 : -1;
	}
	return compare_files(p, req->repo, err);
}

static int is_certain(enum init_release how)
{
	return how == INIT_MERGED || how == INIT_NAMED;
}

/* Copies */

static const struct release *newest(const struct release_list *list,
				    const struct release *a)
{
	for (size_t i = list->nr; i-- > 0 && &list->v[i] != a;)
		if (!list->v[i].prerelease && list->v[i].commit)
			return &list->v[i];
	return a;
}

static int compute_copies(struct copy_list *list, const struct init_plan *p,
			  const struct init_request *req,
			  const struct release *to, struct error *err)
{
	struct strvec none = STRVEC_INIT;
	struct copy_request cr = {
		.repo = req->repo, .profile = &p->product.profile,
		.releases = &p->product.releases,
		.from = p->release, .to = to,
		.from_tree = p->release->commit, .to_tree = to->commit,
		.our_tree = p->head, .record = &p->adopted.record,
		.confirmed = req->confirmed ? req->confirmed : &none,
		.our_label = p->branch, .their_label = to->name,
	};

	return copies_compute(list, &cr, err);
}

/*
 * What is only like a template is looked for among those that change on the
 * way to the newest release: theirs are the copies that matter.
 */
static int find_likely(struct init_plan *p, const struct init_request *req,
		       struct error *err)
{
	const struct release *to = newest(&p->product.releases, p->release);
	struct copy_list ahead = COPY_LIST_INIT;
	int ret = compute_copies(&ahead, p, req, to, err);

	for (size_t i = 0; !ret && i < ahead.nr; i++) {
		if (ahead.v[i].outcome != COPY_UNCONFIRMED)
			continue;
		ALLOC_GROW(p->copies.v, p->copies.nr + 1, p->copies.alloc);
		p->copies.v[p->copies.nr++] = ahead.v[i];
		ahead.v[i] = (struct copy){ .new_keys = STRVEC_INIT,
					    .placeholders = STRVEC_INIT };
	}
	copy_list_release(&ahead);
	return ret;
}

/* Those there are by the rules, and likely ones.  Nothing is kept of it. */
static int find_copies(struct init_plan *p, const struct init_request *req,
		       struct error *err)
{
	struct quarantine q = QUARANTINE_INIT;
	int ret = quarantine_begin(&q, req->repo, err);

	if (!ret)
		ret = compute_copies(&p->copies, p, req, p->release, err);
	if (!ret)
		ret = find_likely(p, req, err);
	quarantine_end(&q, req->repo);
	return ret;
}

/* "TEMPLATE:COPY" or "COPY" among those that were confirmed. */
static int is_confirmed(const struct strvec *confirmed, const char *path)
{
	for (size_t i = 0; confirmed && i < confirmed->nr; i++) {
		const char *colon = strrchr(confirmed->v[i], ':');

		if (!strcmp(colon ? colon + 1 : confirmed->v[i], path))
			return 1;
	}
	return 0;
}

/*
 * The line of a confirmed copy names the template it was last brought up to
 * date with, so that the next merge begins there; without a trace of an
 * older one that is the release's own.
 */
static int record_copy(struct init_plan *p, struct repo *r,
		       const struct copy *c, struct error *err)
{
	const struct release *rel = c->base_release ?
		release_find(&p->product.releases, c->base_release) :
		p->release;
	const char *template = c->base_template ? c->base_template :
						  c->old_template;
	char *name, *blob = NULL;
	int found;

	if (!rel || !template)
		return 0;
	name = xstrfmt("%s:%s", rel->commit, template);
	found = object_find(r, name, NULL, &blob, err);
	if (found > 0)
		record_set_copy(&p->record, blob, c->old_template ?
				c->old_template : template, c->path);
	free(name);
	free(blob);
	return found < 0 ? -1 : 0;
}

static int make_record(struct init_plan *p, const struct init_request *req,
		       struct error *err)
{
	record_release(&p->record);
	p->record.profile = xstrdup(p->product.profile.name);
	p->record.release = xstrdup(p->release->name);
	p->record.commit = xstrdup(p->release->commit);
	p->record.tree = object_tree(req->repo, p->release->commit);
	if (!p->record.tree)
		return error_set(err, ERROR_FATAL, "the tree of %s is not "
				 "here", p->release->name);
	p->writes_record = 1;
	for (size_t i = 0; i < p->copies.nr; i++)
		if (is_confirmed(req->confirmed, p->copies.v[i].path) &&
		    record_copy(p, req->repo, &p->copies.v[i], err) < 0)
			return -1;
	return 0;
}

/* A file of that name that is not what would be written. */
static int check_record(const struct init_plan *p, struct repo *r,
			struct error *err)
{
	struct buf text = BUF_INIT, old = BUF_INIT;
	int there;

	record_write(&p->record, &text);
	there = look_there(r, RECORD_PATH, &text, &old, err);
	if (there > 1) {
		there = -1;
		error_set(err, ERROR_REFUSED, RECORD_PATH " is there, is not "
			  "committed, and is not what would be written");
		error_hint(err, "commit it if it is right, else remove it: "
			   "git rm --cached --force --ignore-unmatch "
			   RECORD_PATH "; rm -f " RECORD_PATH);
	}
	buf_release(&text);
	buf_release(&old);
	return there < 0 ? -1 : 0;
}

/* All that follows from the release. */
static int use_release(struct init_plan *p, const struct init_request *req,
		       struct error *err)
{
	copy_list_release(&p->copies);
	if (p->release && find_copies(p, req, err) < 0)
		return -1;
	if (!is_certain(p->how))
		return 0;
	if (make_record(p, req, err) < 0)
		return -1;
	return check_record(p, req->repo, err);
}

int init_confirm(struct init_plan *p, const struct init_request *req,
		 struct error *err)
{
	p->release = p->near;
	p->files = p->near_files;
	p->how = INIT_NAMED;
	return use_release(p, req, err);
}

/* All of it */

/* An upstream that cannot be asked is no reason not to begin. */
static void fetch(struct product *pr, const struct init_request *req,
		  const struct reporter *say)
{
	struct error err = ERROR_INIT;

	if (req->fetch && release_fetch(NULL, req->repo, pr, NULL, 0, say,
					&err) < 0)
		report(say, REPORT_WARNING, "%s; going by what is here",
		       err.message);
	error_release(&err);
}

int init_compute(struct init_plan *p, const struct init_request *req,
		 const struct reporter *say, struct error *err)
{
	struct product now = PRODUCT_INIT;
	int ret = -1;

	if (product_open(&now, req->repo, NULL, err) < 0 ||
	    check_place(p, req->repo, &now, err) < 0)
		goto out;
	p->profile_why = xstrdup(req->profile ? "--profile" :
				 profile_origin(&now.profile, "profile"));
	p->upstream_why = xstrdup(req->upstream ? "--upstream" :
				  profile_origin(&now.profile,
						 "upstream.remote"));
	if (init_find_environments(p, req, &now, err) < 0 ||
	    init_suggest(p, req->repo, &now, err) < 0 ||
	    make_text(p, req, &now, err) < 0 ||
	    product_try(&p->product, req->repo, &p->config, err) < 0 ||
	    look_around(p, req->repo, err) < 0)
		goto out;
	fetch(&p->product, req, say);
	if (find_release(p, req, err) < 0)
		goto out;
	ret = use_release(p, req, err);
out:
	product_release(&now);
	return ret;
}

void init_plan_release(struct init_plan *p)
{
	free(p->head);
	free(p->branch);
	free(p->profile_why);
	free(p->upstream_why);
	product_release(&p->product);
	buf_release(&p->config);
	buf_release(&p->old);
	env_list_release(&p->environments);
	strvec_release(&p->suggested);
	adopted_release(&p->adopted);
	copy_list_release(&p->copies);
	record_release(&p->record);
	*p = (struct init_plan)INIT_PLAN_INIT;
}
