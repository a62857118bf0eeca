#include "upgrade/copies_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/text.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

void source_release(struct source *s)
{
	buf_release(&s->text);
	free(s->blob);
	free(s->template);
	free(s->replaced);
	*s = (struct source)SOURCE_INIT;
}

int source_replace(struct buf *text, size_t **made, const struct work *w,
		   const struct pair *pair)
{
	const struct profile *p = w->req->profile;
	int moves = pair->new_path && strcmp(pair->path, pair->new_path);
	struct replace_text how = {
		p, pair->path, moves ? pair->new_path : NULL, NULL
	};

	if (!p->nr_replacements)
		return 0;
	*made = how.made = xcalloc(p->nr_replacements, sizeof(*how.made));
	return replace_in_text(text, &how);
}

int source_read(struct source *s, struct work *w, const struct pair *pair,
		const char *blob, const char *template, const char *release,
		const struct copy_rule *rule, struct error *err)
{
	int found = object_read_if(w->req->repo, blob, &s->text, err);

	if (found <= 0)
		return found;
	s->blob = xstrdup(blob);
	s->template = xstrdup(template);
	s->release = release;
	s->substituted = rule && rule->replace_from;
	if (s->substituted && !text_is_binary(&s->text))
		template_substitute(rule, &s->text);
	s->substituted |= source_replace(&s->text, &s->replaced, w, pair);
	return 1;
}

/* The OID of TREEISH:PATH where that is a blob; NULL.  free() */
static char *blob_at(struct work *w, const char *treeish, const char *path)
{
	char *name = xstrfmt("%s:%s", treeish, path), *type = NULL;
	char *oid = NULL;
	struct error ignored = ERROR_INIT;

	if (!strchr(path, '\n') &&
	    object_find(w->req->repo, name, &type, &oid, &ignored) > 0 &&
	    strcmp(type, "blob"))
		FREE_AND_NULL(oid);
	error_release(&ignored);
	free(type);
	free(name);
	return oid;
}

/* The latest release before A that may be a base, from index `*i` down. */
static const struct release *release_before(const struct work *w, size_t *i)
{
	const struct release_list *list = w->req->releases;

	while (*i > 0) {
		const struct release *rel = &list->v[--*i];

		if (rel->commit && !rel->prerelease &&
		    version_cmp(&rel->version, &w->req->from->version) < 0)
			return rel;
	}
	return NULL;
}

/* The latest release up to A that has the recorded template; or NULL. */
static const char *place_blob(struct work *w, const struct record_copy *rc)
{
	const struct release *rel = w->req->from;
	const char *treeish = w->req->from_tree;
	size_t i = w->req->releases->nr;

	while (rel) {
		char *oid = blob_at(w, treeish, rc->template);
		int same = oid && !strcmp(oid, rc->blob);

		free(oid);
		if (same)
			return rel->name;
		rel = release_before(w, &i);
		treeish = rel ? rel->commit : NULL;
	}
	return NULL;
}

/* 1 read, 0 not recorded or not here any more, -1. */
static int recorded_base(struct source *base, struct work *w,
			 const struct pair *pair, struct error *err)
{
	const struct record_copy *rc = pair->recorded;
	const struct copy_rule *rule;
	const char *release;

	if (!rc)
		return 0;
	release = place_blob(w, rc);
	rule = template_rule(w->req->profile,
			     release ? release : w->req->from->name,
			     rc->template, pair->path);
	return source_read(base, w, pair, rc->blob, rc->template, release,
			   rule, err);
}

struct search {
	const struct pair *pair;
	const struct buf *ours;
	struct source *best;
	size_t distance;
	struct strmap seen;	/* "BLOB RULE" */
};

/* Is the template of this release nearer than the best so far? */
static int try_template(struct work *w, struct search *s,
			const char *release, const char *treeish,
			const char *template, struct error *err)
{
	const struct copy_rule *rule;
	struct source found = SOURCE_INIT;
	char *oid = blob_at(w, treeish, template), *key = NULL;
	size_t distance;
	int ret = 0;

	if (!oid)
		return 0;
	rule = template_rule(w->req->profile, release, template,
			     s->pair->path);
	key = xstrfmt("%s %p", oid, (const void *)rule);
	if (!strmap_put(&s->seen, key, NULL))
		goto out;
	ret = source_read(&found, w, s->pair, oid, template, release, rule,
			  err);
	if (ret <= 0)
		goto out;
	distance = template_distance(&found.text, s->ours);
	/* The first is the latest: it wins a tie. */
	if (!s->best->blob || distance < s->distance) {
		source_release(s->best);
		*s->best = found;
		found = (struct source)SOURCE_INIT;
		s->distance = distance;
	}
out:
	source_release(&found);
	free(oid);
	free(key);
	return ret < 0 ? -1 : 0;
}

/* All templates of one release the copy may have been made from. */
static int try_release(struct work *w, struct search *s, const char *release,
		       const char *treeish, struct error *err)
{
	const struct profile *p = w->req->profile;
	int ret = try_template(w, s, release, treeish, s->pair->template, err);

	for (size_t i = 0; i < p->nr_copies && !ret; i++) {
		char *template;

		if (!template_rule_holds(p, &p->copies[i], release))
			continue;
		template = template_of_copy(&p->copies[i], s->pair->path);
		if (template && strcmp(template, s->pair->template))
			ret = try_template(w, s, release, treeish, template,
					   err);
		free(template);
	}
	return ret;
}

static int nearest_base(struct source *base, struct work *w,
			const struct pair *pair, const struct buf *ours,
			struct error *err)
{
	struct search s = { .pair = pair, .ours = ours, .best = base,
			    .seen = STRMAP_INIT };
	const struct release *rel = w->req->from;
	const char *treeish = w->req->from_tree;
	size_t i = w->req->releases->nr;
	int ret = 0;

	while (rel && !ret && (!base->blob || s.distance)) {
		ret = try_release(w, &s, rel->name, treeish, err);
		rel = release_before(w, &i);
		treeish = rel ? rel->commit : NULL;
	}
	strmap_release(&s.seen);
	return ret;
}

int copy_find_base(struct source *base, struct work *w,
		   const struct pair *pair, const struct buf *ours,
		   struct error *err)
{
	int found = recorded_base(base, w, pair, err);

	if (found)
		return found < 0 ? -1 : 0;
	return nearest_base(base, w, pair, ours, err);
}
