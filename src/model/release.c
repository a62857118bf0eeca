#include "model/release.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

static int compile(regex_t *re, const char *pattern, struct error *err)
{
	char why[128];
	int code = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);

	if (!code)
		return 0;
	regerror(code, re, why, sizeof(why));
	return error_set(err, ERROR_FATAL, "the pattern '%s' is wrong: %s",
			 pattern, why);
}

int release_filter_init(struct release_filter *f, const struct profile *p,
			struct error *err)
{
	f->scheme = p->scheme;
	f->has_pre = p->pre_pattern != NULL;
	if (compile(&f->final, p->final_pattern ? p->final_pattern :
		    PROFILE_FINAL, err) < 0)
		return -1;
	if (f->has_pre && compile(&f->pre, p->pre_pattern, err) < 0) {
		regfree(&f->final);
		return -1;
	}
	return 0;
}

void release_filter_release(struct release_filter *f)
{
	regfree(&f->final);
	if (f->has_pre)
		regfree(&f->pre);
}

int release_filter_match(const struct release_filter *f, const char *name,
			 struct version *version)
{
	if (version_parse(version, f->scheme, name) < 0)
		return 0;
	if (!regexec(&f->final, name, 0, NULL, 0))
		return 1;
	return f->has_pre && !regexec(&f->pre, name, 0, NULL, 0) ? 2 : 0;
}

static void release_clear(struct release *rel)
{
	free(rel->name);
	free(rel->ref);
	free(rel->object);
	free(rel->commit);
	free(rel->type);
	free(rel->moved);
}

void release_list_release(struct release_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		release_clear(&list->v[i]);
	free(list->v);
	free(list->refs);
	free(list->final_pattern);
	free(list->pre_pattern);
	*list = (struct release_list)RELEASE_LIST_INIT;
}

/* The new release at the end of the list, or NULL when `name` is none. */
static struct release *add(struct release_list *list,
			   const struct release_filter *f, const char *name)
{
	struct version version;
	int kind = release_filter_match(f, name, &version);
	struct release *rel;

	if (!kind)
		return NULL;
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	rel = &list->v[list->nr++];
	*rel = (struct release){ .name = xstrdup(name), .version = version,
				 .prerelease = kind == 2 };
	rel->version.pre = rel->name + (version.pre - name);
	if (!*version.pre)
		rel->version.pre = "";
	return rel;
}

static int by_version(const void *a, const void *b)
{
	const struct release *ra = a, *rb = b;
	int cmp = version_cmp(&ra->version, &rb->version);

	return cmp ? cmp : strcmp(ra->name, rb->name);
}

/* From `i` on: the first release of another minor. */
static size_t minor_end(const struct release_list *list, size_t i)
{
	size_t end = i;

	while (end < list->nr && version_same_minor(&list->v[i].version,
						    &list->v[end].version))
		end++;
	return end;
}

/* One pass, so that no rule has to go over the list for each of it. */
static void place_minors(struct release_list *list)
{
	size_t before = 0, last = 0, end;

	for (size_t i = 0; i < list->nr; i = end) {
		struct release *rel = &list->v[i];
		int first = !i || list->v[i - 1].version.major !=
				  rel->version.major;
		int final = 0;

		end = minor_end(list, i);
		for (size_t j = i; j < end; j++)
			final |= !list->v[j].prerelease;
		/* Whatever was taken for the last of its major is not. */
		for (size_t j = first ? i : last; final && j < i; j++)
			list->v[j].last_minor = 0;
		if (final || first)
			last = i;
		for (size_t j = i; j < end; j++) {
			list->v[j].minors_before = before;
			list->v[j].final_minor = final;
			list->v[j].first_minor = first;
			list->v[j].last_minor = 1;
		}
		before += (size_t)final;
	}
}

static void sort(struct release_list *list)
{
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), by_version);
	place_minors(list);
}

void release_list_of_names(struct release_list *list,
			   const struct profile *p, char *const *names)
{
	struct error err = ERROR_INIT;
	struct release_filter f;

	if (release_filter_init(&f, p, &err) < 0) {
		error_release(&err);
		return;
	}
	for (; *names; names++)
		add(list, &f, *names);
	sort(list);
	release_filter_release(&f);
}

/* A tag of a tag: for-each-ref of this git peels one layer only. */
static int peel_deeply(struct release *rel, struct repo *r,
		       struct error *err)
{
	char *expr = xstrfmt("%s^{}", rel->object);
	int found = object_find(r, expr, &rel->type, NULL, err);

	free(expr);
	if (found < 0)
		return -1;
	if (!found) {
		rel->type = xstrdup("missing object");
		return 0;
	}
	rel->commit = object_commit(r, rel->object);
	return 0;
}

static int fill(struct release *rel, struct repo *r, const struct ref *ref,
		struct error *err)
{
	const char *type = ref->peeled ? ref->peeled_type : ref->type;

	rel->ref = xstrdup(ref->name);
	rel->object = xstrdup(ref->oid);
	if (!strcmp(type, "tag"))
		return peel_deeply(rel, r, err);
	rel->type = xstrdup(type);
	if (!strcmp(type, "commit"))
		rel->commit = xstrdup(ref->peeled ? ref->peeled : ref->oid);
	return 0;
}

static struct release *find_exactly(const struct release_list *list,
				    const char *name)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

/* Below refs/upgrade/moved/: of a release we have. */
static void note_moved(struct release_list *list, const struct ref *ref)
{
	const char *name = skip_prefix(ref->name, RELEASE_MOVED_REFS);
	struct release *rel = name ? find_exactly(list, name) : NULL;

	if (rel && !rel->moved)
		rel->moved = xstrdup(ref->oid);
}

/* 1 when there was any ref below `prefix`, release or not. */
static int take_refs(struct release_list *list, struct repo *r,
		     const struct release_filter *f,
		     const struct ref_list *refs, const char *prefix,
		     struct error *err)
{
	int any = 0, ret = 0;

	free(list->refs);
	list->refs = xstrdup(prefix);
	for (size_t i = 0; !ret && i < refs->nr; i++) {
		const char *name = skip_prefix(refs->v[i].name, prefix);
		struct release *rel = name ? add(list, f, name) : NULL;

		any |= name != NULL;
		if (rel)
			ret = fill(rel, r, &refs->v[i], err);
	}
	return ret < 0 ? -1 : any;
}

/* Nothing was fetched yet. */
static int take_unfetched(struct release_list *list, struct repo *r,
			  const struct release_filter *f, const char *prefix,
			  struct error *err)
{
	struct ref_list refs = REF_LIST_INIT;
	int ret = ref_list_read(&refs, r, err, prefix, NULL);

	if (!ret)
		ret = take_refs(list, r, f, &refs, prefix, err);
	ref_list_release(&refs);
	return ret;
}

static void note_choice(struct release_list *list, const struct profile *p)
{
	list->source = p->source;
	list->scheme = p->scheme;
	list->final_pattern = xstrdup_or_null(p->final_pattern);
	list->pre_pattern = xstrdup_or_null(p->pre_pattern);
}

static int same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int release_list_fits(const struct release_list *list,
		      const struct profile *p, const char *unfetched)
{
	return list->refs && list->source == p->source &&
	       list->scheme == p->scheme &&
	       same_text(list->final_pattern, p->final_pattern) &&
	       same_text(list->pre_pattern, p->pre_pattern) &&
	       (same_text(list->refs, unfetched) ||
		(list->nr && !strcmp(list->refs, RELEASE_REFS)));
}

int release_list_take(struct release_list *list, struct repo *r,
		      const struct profile *p, const struct ref_list *refs,
		      const char *unfetched, struct error *err)
{
	struct release_filter f;
	int any;

	if (release_filter_init(&f, p, err) < 0)
		return -1;
	note_choice(list, p);
	any = take_refs(list, r, &f, refs, RELEASE_REFS, err);
	if (!any && unfetched)
		any = take_unfetched(list, r, &f, unfetched, err);
	for (size_t i = 0; any > 0 && i < refs->nr; i++)
		note_moved(list, &refs->v[i]);
	release_filter_release(&f);
	sort(list);
	return any < 0 ? -1 : 0;
}

int release_list_read(struct release_list *list, struct repo *r,
		      const struct profile *p, const char *unfetched,
		      struct error *err)
{
	struct ref_list refs = REF_LIST_INIT;
	int ret = ref_list_read(&refs, r, err, RELEASE_REFS,
				RELEASE_MOVED_REFS, NULL);

	if (!ret)
		ret = release_list_take(list, r, p, &refs, unfetched, err);
	ref_list_release(&refs);
	return ret;
}

static const char *bare_name(const char *name)
{
	return *name == 'v' ? name + 1 : name;
}

const struct release *release_find(const struct release_list *list,
				   const char *name)
{
	const struct release *found = NULL;

	for (size_t i = 0; i < list->nr; i++) {
		if (!strcmp(list->v[i].name, name))
			return &list->v[i];
		if (!strcmp(bare_name(list->v[i].name), bare_name(name)))
			found = &list->v[i];
	}
	return found;
}

/* From the newest down: a pre-release may be on the final one's commit. */
static unsigned long gap(unsigned long a, unsigned long b)
{
	return a > b ? a - b : b - a;
}

/* Is `a` numerically at least as near to `wanted` as `b`? */
static int is_nearer(const struct version *wanted, const struct version *a,
		     const struct version *b)
{
	const unsigned long gaps[][2] = {
		{ gap(a->major, wanted->major), gap(b->major, wanted->major) },
		{ gap(a->minor, wanted->minor), gap(b->minor, wanted->minor) },
		{ gap(a->patch, wanted->patch), gap(b->patch, wanted->patch) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++)
		if (gaps[i][0] != gaps[i][1])
			return gaps[i][0] < gaps[i][1];
	return 1;
}

const struct release *release_nearest_name(const struct release_list *list,
					   const char *name)
{
	const struct release *found = NULL;
	size_t best = edit_limit(name);
	struct version wanted;

	if (strlen(name) > 256)
		return NULL;
	if (!list->nr ||
	    version_parse(&wanted, list->v[0].version.scheme, name) < 0)
		wanted = (struct version){ .pre = "" };
	for (size_t i = 0; i < list->nr; i++) {
		const struct release *rel = &list->v[i];
		size_t d = edit_distance(bare_name(name), bare_name(rel->name));

		if (rel->prerelease || d > best)
			continue;
		if (d < best || !found ||
		    is_nearer(&wanted, &rel->version, &found->version))
			found = rel;
		best = d;
	}
	return found;
}

static void unknown_release(const struct release_list *list,
			    const char *name, struct error *err)
{
	const struct release *near = release_nearest_name(list, name);

	error_set(err, ERROR_REFUSED, "there is no release '%s'", name);
	if (near)
		error_hint(err, "the nearest one is %s", near->name);
	if (list->nr)
		error_hint(err, "see all of them with \"git upgrade list\"");
	error_hint(err, "get new ones from upstream with "
		   "\"git upgrade fetch\"");
}

int release_demand_unmoved(const struct release *release, struct error *err)
{
	if (!release->moved)
		return 0;
	error_set(err, ERROR_REFUSED, "upstream moved release %s since it was "
		  "fetched, to %.12s", release->name, release->moved);
	error_hint(err, "see what is different there with \"git diff %s "
		   RELEASE_MOVED_REFS "%s\"", release->ref, release->name);
	return error_hint(err, "if that is meant to be, accept it with \"git "
			  "upgrade fetch --accept=%s\"", release->name);
}

const struct release *release_named(const struct release_list *list,
				    const char *name, struct error *err)
{
	const struct release *rel = release_find(list, name);

	if (!rel) {
		unknown_release(list, name, err);
		return NULL;
	}
	if (rel->commit)
		return rel;
	error_set(err, ERROR_REFUSED, "release %s is on a %s, not on a commit: "
		  "there is nothing to merge", rel->name,
		  rel->type ? rel->type : "name");
	if (rel->ref)
		error_hint(err, "look at it with \"git show %s\"", rel->ref);
	error_hint(err, "see the other releases with \"git upgrade list\"");
	return NULL;
}
