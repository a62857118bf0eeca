/*
 * The commits that come to an environment, and which of them are reverted
 * among themselves.
 */
#include "model/extensions_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/shallow.h"

#include <stdlib.h>
#include <string.h>

void extension_push_range(struct strvec *args,
			  const struct extension_search *s,
			  const struct stretch *stretch)
{
	strvec_push(args, stretch->tip);
	if (stretch->without)
		strvec_pushf(args, "^%s", stretch->without);
	strvec_pushv(args, s->without.v);
	strvec_push(args, "--");
}

/* "OID LF PARENTS LF MESSAGE" */
static void take(struct extension_search *s, const char *entry)
{
	size_t oid = strcspn(entry, "\n"), parents;
	const char *at = entry + oid + (entry[oid] == '\n');
	struct coming c = { .oid = xstrndup(entry, oid),
			    .parents = STRVEC_INIT };
	char *list;

	parents = strcspn(at, "\n");
	list = xstrndup(at, parents);
	strvec_split(&c.parents, list, ' ');
	free(list);
	at += parents + (at[parents] == '\n');
	c.message = xstrdup(at);
	ALLOC_GROW(s->v, s->nr + 1, s->alloc);
	s->v[s->nr++] = c;
}

static int read_stretch(struct extension_search *s,
			const struct stretch *stretch, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, s->repo, "log", "-z", "--topo-order",
		 "--no-show-signature", "--no-color", "--no-decorate",
		 "--encoding=UTF-8", "--format=%H%n%P%n%B", NULL);
	extension_push_range(&p.argv, s, stretch);
	p.out = &out;
	ret = git_check(&p, err);
	for (size_t at = 0; !ret && at < out.len;
	     at += strlen(out.s + at) + 1)
		if (out.s[at])
			take(s, out.s + at);
	proc_release(&p);
	buf_release(&out);
	return ret;
}

static void map_list(struct strmap *map, const struct strvec *list)
{
	for (size_t i = 0; i < list->nr; i++)
		strmap_put(map, list->v[i], NULL);
}

/* What is there already: the end of its lineage, and what came on top. */
static int read_base(struct extension_search *s, const char *commit,
		     struct lineage *base, struct error *err)
{
	if (lineage_read(base, s->repo, commit, err) < 0)
		return -1;
	strvec_pushf(&s->without, "^%s", lineage_end(base));
	return 0;
}

static int read_tops(struct extension_search *s, const struct lineage *base,
		     struct error *err)
{
	struct strvec oids = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i + 1 < base->nr; i++) {
		char *without = xstrfmt("^%s", base->v[i].without);

		ret = rev_list(s->repo, &oids, err, base->v[i].tip, without,
			       "--", NULL);
		free(without);
	}
	map_list(&s->had, &oids);
	strvec_release(&oids);
	return ret;
}

/* What is upstream's in any release is nobody's work here. */
static void read_releases(struct extension_search *s)
{
	const struct strvec *releases = s->q->releases;

	if (s->q->upstream)
		strvec_pushf(&s->without, "^%s", s->q->upstream);
	for (size_t i = 0; i < releases->nr; i++)
		strvec_pushf(&s->without, "^%s", releases->v[i]);
}

static int read_bases(struct extension_search *s, struct error *err)
{
	const struct strvec *has = s->q->has;
	int ret = 0;

	for (size_t i = 0; !ret && i < has->nr; i++) {
		struct lineage base = LINEAGE_INIT;

		ret = read_base(s, has->v[i], &base, err);
		if (!ret)
			ret = read_tops(s, &base, err);
		lineage_release(&base);
	}
	if (!ret)
		read_releases(s);
	return ret;
}

/* Now that they do not move any more. */
static void make_index(struct extension_search *s)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++) {
		struct coming c = s->v[i];

		if (strmap_has(&s->had, c.oid) ||
		    strmap_has(&s->index, c.oid)) {
			free(c.oid);
			free(c.message);
			strvec_release(&c.parents);
			continue;
		}
		s->v[nr] = c;
		strmap_put(&s->index, c.oid, &s->v[nr++]);
	}
	s->nr = nr;
}

/* What only this one's other parents bring. */
static void mark(const struct extension_search *s, struct coming *by)
{
	struct strvec todo = STRVEC_INIT;

	by->brought_by = by;
	for (size_t i = 1; i < by->parents.nr; i++)
		strvec_push(&todo, by->parents.v[i]);
	while (todo.nr) {
		char *oid = todo.v[--todo.nr];
		struct coming *c = strmap_get(&s->index, oid);

		todo.v[todo.nr] = NULL;
		free(oid);
		if (!c || c->brought_by || strmap_has(&s->on_line, c->oid))
			continue;
		c->brought_by = by;
		strvec_pushv(&todo, c->parents.v);
	}
	strvec_release(&todo);
}

/* The lines: first parents from each tip on. */
static void follow_lines(struct extension_search *s)
{
	struct strvec line = STRVEC_INIT;

	for (size_t i = 0; i < s->lineage.nr; i++) {
		const char *at = s->lineage.v[i].tip;
		const struct coming *c;

		while ((c = strmap_get(&s->index, at)) &&
		       strmap_put(&s->on_line, at, NULL)) {
			strvec_push(&line, c->oid);
			at = c->parents.nr ? c->parents.v[0] : "";
		}
	}
	/* The oldest first: it was it that brought them. */
	for (size_t i = line.nr; i-- > 0;)
		mark(s, strmap_get(&s->index, line.v[i]));
	strvec_release(&line);
}

/* As `git revert` says it. */
#define REVERTS "This reverts commit "
#define REVERSING ", reversing\nchanges made to "

/* The commit that a text begins with; free().  NULL: none. */
static char *take_oid(const char **text)
{
	size_t len = strspn(*text, "0123456789abcdef");
	char *oid = xstrndup(*text, len);

	*text += len;
	if (oid_is_valid(oid))
		return oid;
	free(oid);
	return NULL;
}

/* All that a merge brought: what it has, and its first parent lacks. */
static int cancel_merged(struct extension_search *s, const char *merge,
			 const char *before, struct error *err)
{
	char *without = xstrfmt("^%s", before);
	struct strvec oids = STRVEC_INIT;
	int ret = object_find(s->repo, before, NULL, NULL, err);

	if (ret > 0)
		ret = rev_list(s->repo, &oids, err, merge, without, "--",
			       NULL);
	map_list(&s->cancelled, &oids);
	strvec_release(&oids);
	free(without);
	return ret < 0 ? -1 : 0;
}

static int cancel_by(struct extension_search *s, const char *message,
		     struct error *err)
{
	int ret = 0;

	while (!ret && (message = strstr(message, REVERTS))) {
		char *oid, *before = NULL;

		message += strlen(REVERTS);
		oid = take_oid(&message);
		if (oid && strmap_has(&s->index, oid)) {
			strmap_put(&s->cancelled, oid, NULL);
			if (starts_with(message, REVERSING)) {
				message += strlen(REVERSING);
				before = take_oid(&message);
			}
			if (before)
				ret = cancel_merged(s, oid, before, err);
		}
		free(oid);
		free(before);
	}
	return ret;
}

/* The newest first, so that what is reverted itself reverts nothing. */
static int cancel(struct extension_search *s, struct error *err)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strmap_has(&s->cancelled, s->v[i].oid) &&
		    cancel_by(s, s->v[i].message, err) < 0)
			return -1;
	return 0;
}

static int find_edges(struct extension_search *s, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret >= 0 && !s->list->is_cut && i < s->nr; i++) {
		if (s->v[i].parents.nr)
			continue;
		ret = shallow_edge(s->repo, s->v[i].oid, err);
		s->list->is_cut = ret > 0;
	}
	return ret < 0 ? -1 : 0;
}

int extension_commits_read(struct extension_search *s, struct error *err)
{
	if (read_bases(s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->lineage.nr; i++)
		if (read_stretch(s, &s->lineage.v[i], err) < 0)
			return -1;
	make_index(s);
	follow_lines(s);
	return find_edges(s, err) < 0 ? -1 : cancel(s, err);
}

const struct coming *extension_coming(const struct extension_search *s,
				      const char *oid)
{
	return strmap_has(&s->cancelled, oid) ? NULL :
	       strmap_get(&s->index, oid);
}

void extension_commits_release(struct extension_search *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		free(s->v[i].oid);
		free(s->v[i].message);
		strvec_release(&s->v[i].parents);
	}
	free(s->v);
	lineage_release(&s->lineage);
	strvec_release(&s->without);
	strmap_release(&s->had);
	strmap_release(&s->index);
	strmap_release(&s->on_line);
	strmap_release(&s->cancelled);
}
