#include "git/merge_label.h"

#include "base/mem.h"
#include "base/replace.h"
#include "git/marker.h"
#include "git/object.h"
#include "git/text.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

/* What an abbreviation has at least. */
#define MIN_ABBREV 4

struct work {
	struct merge_result *merge;
	struct repo *repo;
	const struct merge_label *labels;
	size_t nr_labels;
	struct strvec in_paths;		/* of each label, what paths have */
	struct strmap blobs;		/* by what they were, what they are */
	struct strvec names;		/* what `edits` borrow */
	struct tree_edit *edits;
	size_t nr, alloc;
};

static const char hex[] = "0123456789abcdef";

/* "||||||| 1234567" and "||||||| 1234567:path" */
static size_t label_base(struct buf *text, const struct merge_label *l)
{
	size_t nr = 0;

	for (size_t at = 0, len; at < text->len; at += len + 1) {
		const char *line = text->s + at;
		size_t bars, digits;

		len = strcspn(line, "\n");
		bars = *line == '|' ? marker_length(line, len) : 0;
		if (!bars || line[bars] != ' ')
			continue;
		digits = strspn(line + bars + 1, hex);
		if (digits < MIN_ABBREV ||
		    strncmp(line + bars + 1, l->commit, digits) ||
		    !strchr(":\r\n", line[bars + 1 + digits]))
			continue;
		buf_splice(text, at + bars + 1, digits, l->label,
			   strlen(l->label));
		len = strcspn(text->s + at, "\n");
		nr++;
	}
	return nr;
}

/* 1: something was. */
static int label_text(const struct work *w, struct buf *text)
{
	size_t nr = 0;

	for (size_t i = 0; i < w->nr_labels; i++) {
		const struct merge_label *l = &w->labels[i];

		if (l->commit)
			nr += l->is_base ? label_base(text, l) :
			      replace_all(text, l->commit, l->label);
	}
	return nr > 0;
}

static char *label_path(const struct work *w, const char *path)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, path);
	for (size_t i = 0; i < w->nr_labels; i++) {
		char *from = w->labels[i].commit ?
			     xstrfmt("~%s", w->labels[i].commit) : NULL;

		if (from)
			replace_all(&b, from, w->in_paths.v[i]);
		free(from);
	}
	return buf_detach(&b);
}

/* 1: with that for label `i` no path meets another file; 0, -1. */
static int is_free(struct work *w, size_t i, const struct strvec *paths,
		   struct error *err)
{
	struct tree_list list = TREE_LIST_INIT;
	struct strvec found = STRVEC_INIT;
	int ret = 0;

	for (size_t j = 0; j < paths->nr; j++)
		if (w->labels[i].commit &&
		    strstr(paths->v[j], w->labels[i].commit))
			strvec_push_nodup(&found, label_path(w, paths->v[j]));
	if (found.nr)
		ret = tree_list_pick(&list, w->repo, w->merge->tree, &found,
				     err);
	if (!ret)
		ret = !list.nr;
	tree_list_release(&list);
	strvec_release(&found);
	return ret;
}

/* As git does it: without slashes, and with a number where it has to be. */
static int choose_in_paths(struct work *w, const struct strvec *paths,
			   struct error *err)
{
	for (size_t i = 0; i < w->nr_labels; i++)
		strvec_pushf(&w->in_paths, "~%s", w->labels[i].label);
	for (size_t i = 0; i < w->nr_labels; i++) {
		char *base = w->in_paths.v[i];
		int is = 0;

		for (char *s = base; *s; s++)
			if (*s == '/')
				*s = '_';
		base = xstrdup(base);
		for (int n = 0; !(is = is_free(w, i, paths, err)); n++) {
			free(w->in_paths.v[i]);
			w->in_paths.v[i] = xstrfmt("%s_%d", base, n);
		}
		free(base);
		if (is < 0)
			return -1;
	}
	return 0;
}

static void label_string(const struct work *w, char **text)
{
	char *path = label_path(w, *text);
	struct buf b = BUF_INIT;

	buf_adds(&b, path);
	label_text(w, &b);
	free(path);
	free(*text);
	*text = buf_detach(&b);
}

/* What a blob is to be; borrowed, NULL on error. */
static const char *label_blob(struct work *w, const char *oid,
			      struct error *err)
{
	const char *known = strmap_get(&w->blobs, oid);
	struct buf text = BUF_INIT;
	char *blob = NULL;

	if (known)
		return known;
	if (object_read(w->repo, oid, &text, err) < 0)
		goto out;
	blob = text_is_binary(&text) || !label_text(w, &text) ?
	       xstrdup(oid) :
	       object_write_blob(w->repo, text.s, text.len, err);
	if (blob)
		strmap_put(&w->blobs, oid, blob);
out:
	buf_release(&text);
	return blob;
}

static void add_edit(struct work *w, const char *path, unsigned mode,
		     const char *oid)
{
	ALLOC_GROW(w->edits, w->nr + 1, w->alloc);
	w->edits[w->nr++] = (struct tree_edit){ path, mode, oid };
}

static int label_entry(struct work *w, const struct tree_entry *e,
		       struct error *err)
{
	const char *blob = mode_is_file(e->mode) ?
			   label_blob(w, e->oid, err) : e->oid;
	char *path;

	if (!blob)
		return -1;
	path = label_path(w, e->path);
	strvec_push_nodup(&w->names, path);
	if (strcmp(path, e->path)) {
		strvec_push(&w->names, e->path);
		add_edit(w, w->names.v[w->names.nr - 1], 0, NULL);
	}
	if (strcmp(path, e->path) || strcmp(blob, e->oid))
		add_edit(w, path, e->mode, blob);
	return 0;
}

static int label_tree(struct work *w, const struct strvec *paths,
		      struct error *err)
{
	struct tree_list list = TREE_LIST_INIT;
	int ret = tree_list_pick(&list, w->repo, w->merge->tree, paths, err);

	for (size_t i = 0; !ret && i < list.nr; i++)
		ret = label_entry(w, &list.v[i], err);
	if (!ret)
		ret = merge_result_edit(w->merge, w->repo, w->edits, w->nr,
					err);
	tree_list_release(&list);
	return ret;
}

static int label_stages(struct work *w, struct error *err)
{
	for (size_t i = 0; i < w->merge->nr_stages; i++) {
		struct merge_stage *s = &w->merge->stages[i];
		const char *blob = mode_is_file(s->mode) ?
				   label_blob(w, s->oid, err) : s->oid;

		if (!blob)
			return -1;
		if (blob != s->oid) {
			free(s->oid);
			s->oid = xstrdup(blob);
		}
		label_string(w, &s->path);
	}
	return 0;
}

static void label_messages(struct work *w)
{
	for (size_t i = 0; i < w->merge->nr_messages; i++) {
		struct merge_message *msg = &w->merge->messages[i];

		for (size_t j = 0; j < msg->paths.nr; j++)
			label_string(w, &msg->paths.v[j]);
		label_string(w, &msg->text);
	}
}

static int has_work(const struct merge_label *labels, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (labels[i].commit)
			return 1;
	return 0;
}

int merge_label_all(struct merge_result *m, struct repo *r,
		    const struct merge_label *labels, size_t nr,
		    struct error *err)
{
	struct work w = { .merge = m, .repo = r, .labels = labels,
			  .nr_labels = nr, .blobs = STRMAP_INIT,
			  .in_paths = STRVEC_INIT, .names = STRVEC_INIT };
	struct strvec paths = STRVEC_INIT;
	int ret = 0;

	if (!has_work(labels, nr))
		return 0;
	for (size_t i = 0; i < m->nr_stages; i++)
		strvec_push(&paths, m->stages[i].path);
	strvec_sort(&paths, 1);
	if (choose_in_paths(&w, &paths, err) < 0 ||
	    (paths.nr && (label_tree(&w, &paths, err) < 0 ||
			  label_stages(&w, err) < 0)))
		ret = -1;
	if (!ret)
		label_messages(&w);
	for (size_t i = 0; i < w.blobs.nr; i++)
		free(w.blobs.values[i]);
	strmap_release(&w.blobs);
	strvec_release(&w.in_paths);
	strvec_release(&w.names);
	strvec_release(&paths);
	free(w.edits);
	return ret;
}
