#include "model/fetch.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/fetch.h"
#include "git/ref.h"
#include "git/ssh.h"
#include "git/stale.h"
#include "model/asked.h"

#include <stdlib.h>
#include <string.h>

#define TAG_REFS "refs/tags/"

struct fetch {
	struct repo *repo;
	struct product *product;
	const struct strvec *accept;
	const struct reporter *reporter;
	unsigned flags;
	int hopeless;			/* a second try would be no better */
	int by_name;			/* as objects they were not to be had */
	int mend;			/* an earlier try ended half-way */
	struct release_filter filter;
	int branches;			/* and not tags */
	/* The prefix of releases at upstream, and of the same refs here. */
	const char *theirs;
	char *ours;
	struct remote_asking asking;
	struct remote_refs remote;
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

static const char *skip_v(const char *name)
{
	return *name == 'v' ? name + 1 : name;
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
			  RELEASE_MOVED_REFS, f->ours, NULL);

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
		       const char *name, const struct remote_ref *ref,
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

/*
 * What is new and what moved; `there` gets all releases upstream has.  Of
 * branches, classify() will find those that do not just go on.
 */
static void compare_with_upstream(struct fetch *f, struct strmap *there)
{
	struct version version;

	for (size_t i = 0; i < f->remote.nr; i++) {
		const struct remote_ref *ref = &f->remote.v[i];
		const char *name = skip_prefix(ref->name, f->theirs);
		const char *kept;

		if (!name || !release_filter_match(&f->filter, name, &version))
			continue;
		strmap_put(there, name, NULL);
		kept = local_oid(f, RELEASE_REFS, name);
		if (!kept)
			add_change(f, RELEASE_NEW, name, ref, NULL);
		else if (strcmp(kept, ref->oid))
			add_change(f, f->branches ? RELEASE_UPDATED :
				   RELEASE_MOVED, name, ref, kept);
	}
}

static void compare(struct fetch *f)
{
	struct strmap there = STRMAP_INIT;
	struct version version;

	release_changes_release(f->changes);
	compare_with_upstream(f, &there);
	if (!there.nr)
		report(f->reporter, REPORT_WARNING, "upstream has no %s that "
		       "is a release of %s", f->branches ? "branch" : "tag",
		       f->product->profile.name);
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
		       "%s anew, on the same commit; the old tag is kept\n"
		       "to accept the new one: git upgrade fetch "
		       "--accept=%s", c->name, c->name);
	else
		report(f->reporter, REPORT_WARNING, "upstream %s release "
		       "%s from %.7s to %.7s; the old one is kept\n"
		       "to look at it: git diff " RELEASE_REFS "%s "
		       RELEASE_MOVED_REFS "%s\n"
		       "to accept it: git upgrade fetch --accept=%s",
		       f->branches ? "rewrote the branch of" : "moved",
		       c->name, old ? old : c->kept, c->commit, c->name,
		       c->name, c->name);
	free(old);
}

/* Only tags have names that an operator may have used himself. */
static void warn_own(struct fetch *f, const struct release_change *c)
{
	const char *own = f->branches ? NULL :
			  local_oid(f, TAG_REFS, c->name);

	if (own && strcmp(own, c->object) &&
	    !(c->kept && !strcmp(own, c->kept)))
		report(f->reporter, REPORT_WARNING, "the tag %s here is not "
		       "upstream's and stays as it is; the release is "
		       RELEASE_REFS "%s", c->name, c->name);
}

static void warn(struct fetch *f)
{
	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];

		if (c->kind == RELEASE_DELETED)
			report(f->reporter, REPORT_WARNING, "upstream deleted "
			       "release %s; it is kept here", c->name);
		else if (c->kind == RELEASE_MOVED && !c->accepted)
			warn_moved(f, c);
		else
			warn_own(f, c);
	}
}

/* Is what upstream has here already, whole, under a ref? */
static int have(const struct fetch *f, const struct release_change *c)
{
	const char *ours = local_oid(f, f->ours, c->name);
	const char *moved = local_oid(f, RELEASE_MOVED_REFS, c->name);

	return (ours && !strcmp(ours, c->object)) ||
	       (moved && !strcmp(moved, c->object));
}

/*
 * What to ask upstream for.  Of a tag the object it is known to be on: then
 * upstream need not list all its refs once more, and what comes is what was
 * compared.  A branch may have gone on since.
 */
static char *source_of(const struct fetch *f, const struct release_change *c)
{
	return f->branches || f->by_name ? xstrfmt("%s%s", f->theirs, c->name) :
					   xstrdup(c->object);
}

static void add_new(const struct fetch *f, const struct release_change *c,
		    struct strvec *refspecs)
{
	char *source = source_of(f, c);

	strvec_pushf(refspecs, "%s:" RELEASE_REFS "%s", source, c->name);
	if (!f->branches && !local_oid(f, TAG_REFS, c->name))
		strvec_pushf(refspecs, "%s:" TAG_REFS "%s", source, c->name);
	free(source);
}

/*
 * What has to be downloaded.  New releases come with their refs; of what
 * changed only the objects, as what they are decides about the refs.
 */
static void add_refspecs(const struct fetch *f, struct strvec *refspecs)
{
	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];
		int dry_run = f->flags & FETCH_DRY_RUN;

		if (c->kind == RELEASE_DELETED || have(f, c))
			continue;
		if (c->kind != RELEASE_NEW && (f->branches || !dry_run))
			strvec_push_nodup(refspecs, source_of(f, c));
		else if (c->kind == RELEASE_NEW && !dry_run)
			add_new(f, c, refspecs);
	}
}

static int download(struct fetch *f, struct error *err)
{
	const struct product *pr = f->product;
	struct strvec refspecs = STRVEC_INIT;
	int ret = 0;

	add_refspecs(f, &refspecs);
	if (refspecs.nr) {
		report(f->reporter, REPORT_STEP, "Fetching releases from %s",
		       pr->upstream_shown);
		ret = remote_fetch(f->repo, pr->upstream, pr->upstream_url,
				   &refspecs, err);
	}
	strvec_release(&refspecs);
	return ret;
}

static int is_accepted(const struct fetch *f, const char *name)
{
	const struct release *rel;

	for (size_t i = 0; f->accept && i < f->accept->nr; i++) {
		if (!strcmp(f->accept->v[i], name))
			return 1;
		rel = release_find(&f->product->releases, f->accept->v[i]);
		if (rel && !strcmp(rel->name, name))
			return 1;
	}
	return 0;
}

/* Branches that went on from where they were are no longer in question. */
static int classify(struct fetch *f, struct error *err)
{
	for (size_t i = 0; i < f->changes->nr; i++) {
		struct release_change *c = &f->changes->v[i];
		int goes_on = 1;

		if (c->kind == RELEASE_UPDATED)
			goes_on = commit_contains(f->repo, c->object, c->kept,
						  err);
		if (goes_on < 0)
			return -1;
		if (!goes_on)
			c->kind = RELEASE_MOVED;
		c->accepted = c->kind == RELEASE_MOVED &&
			      is_accepted(f, c->name);
	}
	return 0;
}

/* Every release that was to be accepted has to be one that moved. */
static int check_accepted(const struct fetch *f, struct error *err)
{
	size_t nr = 0;

	for (size_t i = 0; i < f->changes->nr; i++)
		nr += (size_t)f->changes->v[i].accepted;
	if (!f->accept || nr >= f->accept->nr)
		return 0;
	for (size_t i = 0; i < f->accept->nr; i++) {
		const char *name = f->accept->v[i];
		size_t j = 0;

		while (j < f->changes->nr &&
		       (!f->changes->v[j].accepted ||
			strcmp(skip_v(f->changes->v[j].name), skip_v(name))))
			j++;
		if (j < f->changes->nr)
			continue;
		error_set(err, ERROR_REFUSED, "there is nothing to accept: "
			  "upstream did not move a release '%s'", name);
		return error_hint(err, "see what it did with \"git upgrade "
				  "fetch\"");
	}
	return 0;
}

/* The new place of an accepted tag; the operator's own stays. */
static void add_accepted(const struct fetch *f, struct buf *edits,
			 const struct release_change *c)
{
	const char *own = f->branches ? NULL :
			  local_oid(f, TAG_REFS, c->name);

	buf_addf(edits, "update " RELEASE_REFS "%s %s %s\n", c->name,
		 c->object, c->kept);
	if (own && !strcmp(own, c->kept))
		buf_addf(edits, "update " TAG_REFS "%s %s %s\n", c->name,
			 c->object, c->kept);
}

/* What was moved and is not any more: accepted, or taken back. */
static void drop_moved(const struct fetch *f, struct buf *edits,
		       const struct strmap *moved)
{
	for (size_t i = 0; i < f->local.nr; i++) {
		const char *name = skip_prefix(f->local.keys[i],
					       RELEASE_MOVED_REFS);

		if (name && !strmap_has(moved, name))
			buf_addf(edits, "delete %s %s\n", f->local.keys[i],
				 (const char *)f->local.values[i]);
	}
}

static int move_refs(struct fetch *f, struct error *err)
{
	struct strmap moved = STRMAP_INIT;
	struct buf edits = BUF_INIT;
	int ret = 0;

	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];

		if (c->kind == RELEASE_UPDATED) {
			buf_addf(&edits, "update " RELEASE_REFS "%s %s %s\n",
				 c->name, c->object, c->kept);
		} else if (c->accepted) {
			add_accepted(f, &edits, c);
		} else if (c->kind == RELEASE_MOVED) {
			strmap_put(&moved, c->name, NULL);
			buf_addf(&edits, "update " RELEASE_MOVED_REFS
				 "%s %s\n", c->name, c->object);
		}
	}
	drop_moved(f, &edits, &moved);
	if (edits.len)
		ret = git_feed(f->repo, &edits, NULL, err, "update-ref",
			       "--stdin", NULL);
	strmap_release(&moved);
	buf_release(&edits);
	return ret;
}

/*
 * A try that ended half-way may have taken a release and not its tag.  Only
 * then: otherwise it was the operator who deleted the tag.
 */
static void add_lost_tags(const struct fetch *f, struct buf *creates)
{
	struct version version;

	for (size_t i = 0; !f->branches && i < f->remote.nr; i++) {
		const struct remote_ref *ref = &f->remote.v[i];
		const char *name = skip_prefix(ref->name, f->theirs);
		const char *kept;

		if (!name || local_oid(f, TAG_REFS, name) ||
		    !release_filter_match(&f->filter, name, &version))
			continue;
		kept = local_oid(f, RELEASE_REFS, name);
		if (kept && !strcmp(kept, ref->oid))
			buf_addf(creates, "create " TAG_REFS "%s %s\n", name,
				 kept);
	}
}

/*
 * New releases whose objects are here under a ref need no second connection:
 * in a fresh clone that is all of them.  They go first, in one transaction,
 * so that there is no moment at which the list lacks what it had.
 */
static int create_refs(struct fetch *f, struct error *err)
{
	struct buf creates = BUF_INIT;
	int ret = 0;

	for (size_t i = 0; i < f->changes->nr; i++) {
		const struct release_change *c = &f->changes->v[i];

		if (c->kind == RELEASE_NEW && have(f, c))
			buf_addf(&creates, "create " RELEASE_REFS "%s %s\n",
				 c->name, c->object);
	}
	if (f->mend)
		add_lost_tags(f, &creates);
	if (creates.len)
		ret = git_feed(f->repo, &creates, NULL, err, "update-ref",
			       "--stdin", NULL);
	buf_release(&creates);
	return ret;
}

static int take(struct fetch *f, struct error *err)
{
	int dry_run = f->flags & FETCH_DRY_RUN;

	if ((!dry_run && create_refs(f, err) < 0) || download(f, err) < 0 ||
	    classify(f, err) < 0)
		return -1;
	if (check_accepted(f, err) < 0) {
		f->hopeless = 1;
		return -1;
	}
	return dry_run ? 0 : move_refs(f, err);
}

/* By what is here as it was read last. */
static int try_once(struct fetch *f, struct error *err)
{
	compare(f);
	return take(f, err);
}

/* Some of it may have come all the same. */
static void note_changed(struct fetch *f, size_t before, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (!read_local(f, &ignored)) {
		compare(f);
		err->changed |= f->changes->nr != before;
	}
	error_release(&ignored);
}

static int fetch(struct fetch *f, struct error *err)
{
	int ret = try_once(f, err);
	size_t before = f->changes->nr;

	if (ret < 0 && !f->hopeless) {
		/*
		 * Another git upgrade may have fetched the same meanwhile,
		 * or a helper (gitremote-helpers(7)) knows names only.
		 */
		error_release(err);
		f->by_name = 1;
		f->mend = !(f->flags & FETCH_DRY_RUN);
		ret = read_local(f, err);
		if (!ret)
			ret = try_once(f, err);
		if (ret < 0)
			note_changed(f, before, err);
	}
	if (!ret)
		warn(f);
	return ret;
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
	return remote_refs_begin(&f->asking, f->repo, pr->upstream,
				 pr->upstream_url,
				 f->branches ? "--heads" : "--tags", err);
}

static int hear_upstream(struct fetch *f, struct error *err)
{
	if (!remote_refs_finish(&f->asking, &f->remote, err))
		return 0;
	error_hint(err, "merge and plan go on with the releases known here "
		   "when told --no-fetch");
	return error_hint(err, "if upstream is elsewhere: \"git config "
			  "upgrade.upstream URL\"");
}

/* While upstream thinks about its answer, all is read that is here. */
static int compare_notes(struct fetch *f, struct error *err)
{
	if (ask_upstream(f, err) < 0 ||
	    product_finish(f->product, f->repo, err) < 0 ||
	    read_local(f, err) < 0)
		return -1;
	return hear_upstream(f, err);
}

/* Where git's locks are when a fetch is killed. */
static const char *const places[] = {
	"refs/upgrade/releases/", "refs/upgrade/moved/", "refs/tags/",
	"packed-refs.lock", "shallow.lock", NULL
};

int release_fetch(struct release_changes *changes, struct repo *r,
		  struct product *pr, const struct strvec *accept,
		  unsigned flags, const struct reporter *reporter,
		  struct error *err)
{
	struct release_changes own = RELEASE_CHANGES_INIT;
	int branches = pr->profile.source == RELEASES_ARE_BRANCHES;
	struct fetch f = {
		.repo = r, .product = pr, .accept = accept,
		.reporter = reporter, .flags = flags, .branches = branches,
		.theirs = branches ? "refs/heads/" : TAG_REFS,
		.asking = REMOTE_ASKING_INIT,
		.remote = REMOTE_REFS_INIT, .local = STRMAP_INIT,
		.oids = STRVEC_INIT, .changes = changes ? changes : &own,
	};
	struct stale_note note = STALE_NOTE_INIT;
	struct ssh_share share = SSH_SHARE_INIT;
	int ret = release_filter_init(&f.filter, &pr->profile, err);

	if (ret < 0)
		return -1;
	if (pr->upstream_url)
		ssh_share_begin(&share, r, pr->upstream_url);
	f.ours = branches && pr->upstream ?
		xstrfmt("refs/remotes/%s/", pr->upstream) : xstrdup(TAG_REFS);
	ret = compare_notes(&f, err);
	if (!ret && !(flags & FETCH_DRY_RUN))
		ret = stale_note_begin(&note, r, "fetching", places, err);
	f.mend = note.left;
	if (!ret)
		ret = fetch(&f, err);
	if (!ret && !(flags & FETCH_DRY_RUN))
		ret = product_read_releases(pr, r, err);
	if (!ret && !(flags & FETCH_DRY_RUN))
		asked_note(r, pr);
	ssh_share_end(&share);
	/* Of what ended half-way the next one has to know. */
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	release_filter_release(&f.filter);
	remote_asking_release(&f.asking);
	remote_refs_release(&f.remote);
	local_release(&f);
	free(f.ours);
	release_changes_release(&own);
	return ret;
}
