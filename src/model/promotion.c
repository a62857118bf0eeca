#include "model/promotion.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/* The line */

#define TRAILER(name) \
	"%(trailers:key=" name ",valueonly,unfold,separator=%x2C)%n"

static void step_release(struct step_of_line *s)
{
	free(s->commit);
	free(s->tree);
	free(s->subject);
	free(s->source);
	free(s->source_commit);
	free(s->undoes);
	free(s->restores);
	strvec_release(&s->parents);
}

void line_release(struct line *line)
{
	for (size_t i = 0; i < line->nr; i++)
		step_release(&line->v[i]);
	free(line->v);
	*line = (struct line)LINE_INIT;
}

/* A whole commit, or nothing. */
static char *take_commit(const char *text)
{
	return oid_is_valid(text) ? xstrdup(text) : NULL;
}

/* "staging 5d1f0c2..."; a message that says so twice says nothing. */
static void take_source(struct step_of_line *s, const char *text)
{
	const char *blank = strchr(text, ' ');

	if (!*text)
		return;
	if (blank && oid_is_valid(blank + 1)) {
		s->source = xstrndup(text, (size_t)(blank - text));
		s->source_commit = xstrdup(blank + 1);
	} else {
		s->source = xstrdup("");
		s->source_commit = xstrdup("");
	}
}

int step_is_promotion(const struct step_of_line *s)
{
	return s->source && *s->source_commit &&
	       (!s->parents.nr ||
		!strcmp(s->parents.v[s->parents.nr - 1], s->source_commit));
}

int step_is_way_back(const struct step_of_line *s, struct repo *r,
		     struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	int is = 1;

	if (!s->undoes || !s->restores)
		return s->undoes != NULL;
	is = object_find(r, s->restores, NULL, NULL, err);
	if (is <= 0)
		return is < 0 ? -1 : 1;
	if (tree_diff_read(&diff, r, s->restores, s->tree, 0, err) < 0)
		is = -1;
	for (size_t i = 0; is > 0 && i < diff.nr; i++)
		is = !strcmp(diff.v[i].path, RECORD_PATH);
	tree_diff_release(&diff);
	return is;
}

/* The next line of an entry; the last one ends with it. */
static const char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	*at = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

static void add_step(struct line *line, char *entry)
{
	struct step_of_line s = { .parents = STRVEC_INIT };

	s.commit = xstrdup(next_line(&entry));
	s.tree = xstrdup(next_line(&entry));
	strvec_split(&s.parents, next_line(&entry), ' ');
	take_source(&s, next_line(&entry));
	s.undoes = take_commit(next_line(&entry));
	s.restores = take_commit(next_line(&entry));
	s.subject = xstrdup(next_line(&entry));
	ALLOC_GROW(line->v, line->nr + 1, line->alloc);
	line->v[line->nr++] = s;
}

void line_parse(struct line *line, struct buf *out)
{
	for (size_t at = 0, len; at < out->len; at += len + 1) {
		len = strlen(out->s + at);
		if (len)
			add_step(line, out->s + at);
	}
}

int line_read(struct line *line, const struct repo *r, const char *tip,
	      const char *without, size_t max, struct error *err)
{
	struct buf out = BUF_INIT;
	char *range = without ? xstrfmt("^%s", without) : NULL;
	char *limit = xstrfmt("--max-count=%ld", max ? (long)max : -1L);
	int ret = git_run(r, &out, err, "log", "-z", "--first-parent", limit,
			  "--no-show-signature", "--no-color",
			  "--no-decorate", "--encoding=UTF-8", "--format="
			  "%H%n%T%n%P%n" TRAILER(PROMOTED_TRAILER)
			  TRAILER("Rolled-Back") TRAILER("Restores") "%s",
			  tip, range ? range : "--", range ? "--" : NULL,
			  NULL);

	if (!ret)
		line_parse(line, &out);
	free(limit);
	free(range);
	buf_release(&out);
	return ret;
}

/* The tree */

/* A file that is not the environment's own, where `path` needs a folder. */
static const struct tree_entry *file_above(const struct environment *env,
					   const struct tree_list *list,
					   const char *path)
{
	const struct tree_entry *found = NULL;
	char *folder = xstrdup(path), *slash;

	while (!found && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		found = tree_list_find(list, folder);
		if (found && profile_is_own(env, found->path))
			found = NULL;
	}
	free(folder);
	return found;
}

static const char *path_of(const void *entries, size_t i)
{
	return ((const struct tree_entry *)entries)[i].path;
}

/* The same where `path` is a folder there. */
static const struct tree_entry *file_below(const struct environment *env,
					   const struct tree_list *list,
					   const char *path)
{
	const struct tree_entry *found = NULL;
	char *folder = xstrfmt("%s/", path);

	for (size_t i = sorted_place(list->v, list->nr, folder, path_of);
	     !found && i < list->nr && starts_with(list->v[i].path, folder);
	     i++)
		if (!profile_is_own(env, list->v[i].path))
			found = &list->v[i];
	free(folder);
	return found;
}

/* What is the target's own must find room in the source's tree. */
static int check_room(const struct environment *env,
		      const struct tree_list *source, const char *path,
		      struct error *err)
{
	const struct tree_entry *e = file_above(env, source, path);
	struct buf own = BUF_INIT, other = BUF_INIT;

	if (!e)
		e = file_below(env, source, path);
	if (!e)
		return 0;
	buf_add_path(&own, path);
	buf_add_path(&other, e->path);
	error_set(err, ERROR_REFUSED, "%s is %s's own, and what is promoted "
		  "has %s: one of them is a folder where the other is a file",
		  own.s, env->name, other.s);
	error_hint(err, "give one of them another name, or change "
		   "environments.%s.own", env->name);
	buf_release(&own);
	buf_release(&other);
	return -1;
}

struct edits {
	struct tree_edit *v;
	size_t nr, alloc;
};

static void add_edit(struct edits *edits, const char *path, unsigned mode,
		     const char *oid)
{
	ALLOC_GROW(edits->v, edits->nr + 1, edits->alloc);
	edits->v[edits->nr++] = (struct tree_edit){ path, mode, oid };
}

static int keep_own(struct edits *edits, const struct environment *env,
		    const struct tree_list *target,
		    const struct tree_list *source, struct error *err)
{
	for (size_t i = 0; i < source->nr; i++) {
		const char *path = source->v[i].path;

		if (profile_is_own(env, path) && !tree_list_find(target, path))
			add_edit(edits, path, 0, NULL);
	}
	for (size_t i = 0; i < target->nr; i++) {
		const struct tree_entry *e = &target->v[i];

		if (!profile_is_own(env, e->path))
			continue;
		if (check_room(env, source, e->path, err) < 0)
			return -1;
		add_edit(edits, e->path, e->mode, e->oid);
	}
	return 0;
}

/* All that a record says but for the environment's own copies. */
static void without_own(struct record *rec, const struct environment *env)
{
	for (size_t i = rec->nr_copies; i-- > 0;)
		if (profile_is_own(env, rec->copies[i].path))
			record_remove_copy(rec, i);
}

/* The record's blob, where it is not the source's as it is; else NULL. */
static int promoted_record(char **blob, struct repo *r,
			   const struct environment *env, const char *target,
			   const char *source, struct error *err)
{
	struct record rec = RECORD_INIT, old = RECORD_INIT;
	struct buf was = BUF_INIT, is = BUF_INIT;
	int ret = record_read(&rec, r, source, err);

	if (ret > 0 && record_read(&old, r, target, err) < 0)
		ret = -1;
	if (ret <= 0)
		goto out;
	record_write(&rec, &was);
	without_own(&rec, env);
	for (size_t i = 0; i < old.nr_copies; i++)
		if (profile_is_own(env, old.copies[i].path))
			record_set_copy(&rec, old.copies[i].blob,
					old.copies[i].template,
					old.copies[i].path);
	record_write(&rec, &is);
	ret = 0;
	if (strcmp(was.s, is.s)) {
		*blob = object_write_blob(r, is.s, is.len, err);
		ret = *blob ? 0 : -1;
	}
out:
	record_release(&rec);
	record_release(&old);
	buf_release(&was);
	buf_release(&is);
	return ret;
}

char *promotion_tree(struct repo *r, const struct environment *env,
		     const char *target, const char *source,
		     struct error *err)
{
	struct tree_list ours = TREE_LIST_INIT, theirs = TREE_LIST_INIT;
	struct edits edits = { NULL, 0, 0 };
	char *tree = NULL, *record = NULL;

	if (!target || !env->own.nr)
		return object_tree(r, source);
	if (tree_list_read(&ours, r, target, err) < 0 ||
	    tree_list_read(&theirs, r, source, err) < 0 ||
	    keep_own(&edits, env, &ours, &theirs, err) < 0 ||
	    promoted_record(&record, r, env, target, source, err) < 0)
		goto out;
	if (record)
		add_edit(&edits, RECORD_PATH, 0100644, record);
	tree = tree_edit(r, source, edits.v, edits.nr, err);
out:
	free(edits.v);
	free(record);
	tree_list_release(&ours);
	tree_list_release(&theirs);
	return tree;
}

/* But for own copies: 1, 0, -1. */
static int same_record(struct repo *r, const struct environment *env,
		       const char *a, const char *b, struct error *err)
{
	const char *const trees[] = { a, b };
	struct buf text[] = { BUF_INIT, BUF_INIT };
	int same = 0;

	for (size_t i = 0; same >= 0 && i < ARRAY_SIZE(trees); i++) {
		struct record rec = RECORD_INIT;

		same = record_read(&rec, r, trees[i], err);
		if (same > 0) {
			without_own(&rec, env);
			record_write(&rec, &text[i]);
		}
		record_release(&rec);
	}
	if (same >= 0)
		same = !strcmp(text[0].s, text[1].s);
	buf_release(&text[0]);
	buf_release(&text[1]);
	return same;
}

int promotion_is_true(struct repo *r, const struct environment *env,
		      const char *tree, const char *source, char **path,
		      struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	int ret = tree_diff_read(&diff, r, source, tree, 0, err);

	ret = ret < 0 ? -1 : 1;
	for (size_t i = 0; ret > 0 && i < diff.nr; i++) {
		const char *name = diff.v[i].path;

		if (!strcmp(name, RECORD_PATH))
			ret = diff.v[i].status == 'M' ?
			      same_record(r, env, tree, source, err) : 0;
		else
			ret = profile_is_own(env, name);
		if (!ret)
			*path = xstrdup(name);
	}
	tree_diff_release(&diff);
	return ret;
}

int promotion_compare(struct repo *r, const struct environment *env,
		      const char *tree, const char *source,
		      struct strvec *own, struct strvec *others,
		      struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	int ret = tree_diff_read(&diff, r, source, tree, 0, err);

	/* A record that came or went is not the same. */
	ret = ret < 0 ? -1 : 0;
	for (size_t i = 0; ret >= 0 && i < diff.nr; i++) {
		const struct tree_change *c = &diff.v[i];
		int is_record = !strcmp(c->path, RECORD_PATH);

		if (is_record && c->status == 'M')
			ret = same_record(r, env, tree, source, err);
		if (!is_record || !ret)
			strvec_push(profile_is_own(env, c->path) ? own :
				    others, c->path);
	}
	tree_diff_release(&diff);
	return ret < 0 ? -1 : 0;
}
