#include "model/fetch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/fetch.h"

#include <stdlib.h>
#include <string.h>

#define TAG_REFS "refs/tags/"

struct fetch {
	struct repo *repo;
	struct product *product;
	const struct reporter *reporter;
	struct release_filter filter;
	struct remote_tags remote;
	/* Names of refs here, "refs/tags/1.0", and what they are on. */
	struct strmap local;
	struct strvec oids;
	struct release_changes *changes;
};

void release_changes_release(struct release_changes *changes)
{
	for (size_t i = 0; i < changes->nr; i++) {
		free(changes->v[i].name);
		free(changes->v[i].object);
		free(changes->v[i].commit);
		free(changes->v[i].kept);
	}
	free(changes->v);
	*changes = (struct release_changes)RELEASE_CHANGES_INIT;
}

static void local_release(struct fetch *f)
{
	strmap_release(&f->local);
	strvec_release(&f->oids);
}

static int read_local(struct fetch *f, struct error *err)
{
	struct strvec lines = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = git_run(f->repo, &out, err, "for-each-ref",
			  "--format=%(objectname) %(refname)", RELEASE_REFS,
			  TAG_REFS, NULL);

	local_release(f);
	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; !ret && i < lines.nr; i++) {
		char *blank = strchr(lines.v[i], ' ');

		if (!blank)
			continue;
		*blank = '\0';
		strvec_push(&f->oids, lines.v[i]);
		strmap_put(&f->local, blank + 1, f->oids.v[f->oids.nr - 1]);
	}
	strvec_release(&lines);
	buf_release(&out);
	return ret;
}

static const char *local_oid(const struct fetch *f, const char *folder,
			     const char *name)
{
	char *ref = xstrfmt("%s%s", folder, name);
	const char *oid = strmap_get(&f->local, ref);

	free(ref);
	return oid;
}

static void add_change(struct fetch *f, enum release_change_kind kind,
		       const char *name, const struct remote_tag *ref,
		       const char *kept)
{
	struct release_changes *changes = f->changes;

	ALLOC_GROW(changes->v, changes->nr + 1, changes->alloc);
	changes->v[changes->nr++] = (struct release_change){
		.kind = kind,
		.scheme = f->filter.scheme,
		.name = xstrdup(name),
		.object = xstrdup_or_null(ref ? ref->oid : NULL),
		.commit = xstrdup_or_null(!ref ? NULL : ref->peeled ?
					  ref->peeled : ref->oid),
		.kept = xstrdup_or_null(kept),
	};
}

static int by_version(const void *a, const void *b)
{
	const struct release_change *ca = a, *cb = b;

	int cmp = version_cmp_text(ca->scheme, ca->name, cb->name);

	return cmp ? cmp : strcmp(ca->name, cb->name);
}

/* What is new and what moved; `there` gets all releases upstream has. */
static void compare_with_upstream(struct fetch *f, struct strmap *there)
{
	struct version version;

	for (size_t i = 0; i < f->remote.nr; i++) {
		const struct remote_tag *ref = &f->remote.v[i];
		const char *name = skip_prefix(ref->name, TAG_REFS);
		const char *kept;

		if (!name || !release_filter_match(&f->filter, name, &version))
			continue;
		strmap_put(there, name, NULL);
		kept = local_oid(f, RELEASE_REFS, name);
		if (!kept)
			add_change(f, RELEASE_NEW, name, ref, NULL);
		else if (strcmp(kept, ref->oid))
			add_change(f, RELEASE_MOVED, name, ref, kept);
	}
}

static void compare(struct fetch *f)
{
	struct strmap there = STRMAP_INIT;
	struct version version;

	release_changes_release(f->changes);
	compare_with_upstream(f, &there);
	if (!there.nr)
		report(f->reporter, REPORT_WARNING, "upstream has no tag that "
		       "is a release of %s", f->product->profile.name);
	/* Where it has none it is the wrong upstream: nothing was deleted. */
	for (size_t i = 0; there.nr && i < f->local.nr; i++) {
		const char *name = skip_prefix(f->local.keys[i], RELEASE_REFS);

		if (name && !strmap_has(&there, name) &&
		    release_filter_match(&f->filter, name, &version))
			add_change(f, RELEASE_DELETED, name, NULL,
				   f->local.values[i]);
	}
	strmap_release(&there);
	if (f->changes->nr)
		qsort(f->changes->v, f->changes->nr, sizeof(*f->changes->v),
		      by_version);
}

static void warn_moved(struct fetch *f, const struct release_change *c)
{
	char *old = object_commit(f->repo, c->kept);

	if (old && !strcmp(old, c->commit))
		report(f->reporter, REPORT_WARNING, "upstream tagged release "
		       "%s anew, on the same commit; the old tag is kept",
		       c->name);
	else
		report(f->reporter, REPORT_WARNING, "upstream moved release "
		       "%s from %.7s to %.7s; the old one is kept\n"
		       "to take the new one: git update-ref -d " RELEASE_REFS
		       "%s && git upgrade fetch", c->name,
		       old ? old : c->kept, c->commit, c->name);
	free(old);
}

static void warn(struct fetch *f)
{
	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];
		const char *own = local_oid(f, TAG_REFS, c->name);

		if (c->kind == RELEASE_MOVED)
			warn_moved(f, c);
		else if (c->kind == RELEASE_DELETED)
			report(f->reporter, REPORT_WARNING, "upstream deleted "
			       "release %s; it is kept here", c->name);
		else if (own && strcmp(own, c->object))
			report(f->reporter, REPORT_WARNING, "the tag %s here "
			       "is not upstream's and stays as it is; the "
			       "release is " RELEASE_REFS "%s", c->name,
			       c->name);
	}
}

/*
 * New releases whose objects are here as a tag need no second connection:
 * in a fresh clone that is all of them.  They go first, in one transaction,
 * so that there is no moment at which the list lacks what it had.
 */
static int take(struct fetch *f, struct error *err)
{
	const struct product *pr = f->product;
	struct strvec refspecs = STRVEC_INIT;
	struct buf creates = BUF_INIT;
	int ret = 0;

	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];
		const char *tag = local_oid(f, TAG_REFS, c->name);

		if (c->kind != RELEASE_NEW)
			continue;
		if (tag && !strcmp(tag, c->object)) {
			buf_addf(&creates, "create " RELEASE_REFS "%s %s\n",
				 c->name, c->object);
			continue;
		}
		strvec_pushf(&refspecs, TAG_REFS "%s:" RELEASE_REFS "%s",
			     c->name, c->name);
		if (!tag)
			strvec_pushf(&refspecs, TAG_REFS "%s:" TAG_REFS "%s",
				     c->name, c->name);
	}
	if (creates.len)
		ret = git_feed(f->repo, &creates, NULL, err, "update-ref",
			       "--stdin", NULL);
	if (!ret && refspecs.nr) {
		report(f->reporter, REPORT_STEP, "Fetching releases from %s",
		       pr->upstream);
		ret = remote_fetch(f->repo, pr->upstream, pr->upstream_url,
				   &refspecs, err);
	}
	strvec_release(&refspecs);
	buf_release(&creates);
	return ret;
}

static int fetch(struct fetch *f, unsigned flags, struct error *err)
{
	if (read_local(f, err) < 0)
		return -1;
	compare(f);
	if ((flags & FETCH_DRY_RUN) || !take(f, err)) {
		warn(f);
		return 0;
	}
	/* Another git upgrade may have fetched the same meanwhile. */
	if (read_local(f, err) < 0)
		return -1;
	compare(f);
	if (take(f, err) < 0)
		return -1;
	warn(f);
	return 0;
}

static int ask_upstream(struct fetch *f, struct error *err)
{
	const struct product *pr = f->product;

	if (!pr->upstream) {
		error_set(err, ERROR_FATAL, "no upstream is known: there is "
			  "no remote its releases could come from");
		error_hint(err, "name it with \"git remote add upstream "
			   "URL\"");
		return error_hint(err, "or choose a remote with \"git config "
				  "upgrade.upstream NAME\"");
	}
	if (!remote_tags_read(&f->remote, f->repo, pr->upstream,
			      pr->upstream_url, err))
		return 0;
	error_hint(err, "merge and plan go on with the releases known here "
		   "when told --no-fetch");
	return error_hint(err, "if upstream is elsewhere: \"git config "
			  "upgrade.upstream URL\"");
}

int release_fetch(struct release_changes *changes, struct repo *r,
		  struct product *pr, unsigned flags,
		  const struct reporter *reporter, struct error *err)
{
	struct release_changes own = RELEASE_CHANGES_INIT;
	struct fetch f = {
		.repo = r, .product = pr, .reporter = reporter,
		.remote = REMOTE_TAGS_INIT, .local = STRMAP_INIT,
		.oids = STRVEC_INIT, .changes = changes ? changes : &own,
	};
	int ret = release_filter_init(&f.filter, &pr->profile, err);

	if (ret < 0)
		return -1;
	ret = ask_upstream(&f, err);
	if (!ret)
		ret = fetch(&f, flags, err);
	if (!ret && !(flags & FETCH_DRY_RUN))
		ret = product_read_releases(pr, r, err);
	release_filter_release(&f.filter);
	remote_tags_release(&f.remote);
	local_release(&f);
	release_changes_release(&own);
	return ret;
}
