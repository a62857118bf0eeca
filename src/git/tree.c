#include "git/tree.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* From here on git calls a new file a copy; and its limit of work. */
#define COPY_LIKENESS "60%"
#define COPY_LIMIT "1000"

/* Splits output of `-z` commands: the next piece, or NULL at the end. */
static const char *next_piece(const char **at, const char *end)
{
	const char *piece = *at;

	if (piece >= end)
		return NULL;
	*at = piece + strlen(piece) + 1;
	return piece;
}

static int by_entry_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_entry *)a)->path,
		      ((const struct tree_entry *)b)->path);
}

int tree_list_read(struct tree_list *list, const struct repo *r,
		   const char *treeish, struct error *err)
{
	struct buf out = BUF_INIT;
	const char *at, *line;
	int ret = -1;

	if (git_run(r, &out, err, "ls-tree", "-r", "-z", "--full-tree",
		    treeish, NULL) < 0)
		goto out;
	at = out.s;
	while ((line = next_piece(&at, out.s + out.len))) {
		struct tree_entry *e;
		const char *type = strchr(line, ' ');
		const char *oid = type ? strchr(type + 1, ' ') : NULL;
		const char *tab = oid ? strchr(oid, '\t') : NULL;

		if (!tab) {
			error_set(err, ERROR_FATAL,
				  "git ls-tree said something unexpected");
			goto out;
		}
		ALLOC_GROW(list->v, list->nr + 1, list->alloc);
		e = &list->v[list->nr++];
		e->mode = (unsigned)strtoul(line, NULL, 8);
		e->oid = xmemdupz(oid + 1, (size_t)(tab - oid - 1));
		e->path = xstrdup(tab + 1);
	}
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), by_entry_path);
	ret = 0;
out:
	buf_release(&out);
	return ret;
}

void tree_list_release(struct tree_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].oid);
		free(list->v[i].path);
	}
	free(list->v);
	*list = (struct tree_list)TREE_LIST_INIT;
}

const struct tree_entry *tree_list_find(const struct tree_list *list,
					const char *path)
{
	struct tree_entry key = { 0, NULL, (char *)path };

	if (!list->nr)
		return NULL;
	return bsearch(&key, list->v, list->nr, sizeof(*list->v),
		       by_entry_path);
}

static int by_change_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_change *)a)->path,
		      ((const struct tree_change *)b)->path);
}

/* ":OLDMODE NEWMODE OLDOID NEWOID STATUS" */
static int parse_change(struct tree_change *c, const char *head,
			const char **at, const char *end)
{
	char oids[2][65], status[8];
	const char *path;
	unsigned modes[2];
	char *p;

	if (*head != ':')
		return -1;
	modes[0] = (unsigned)strtoul(head + 1, &p, 8);
	modes[1] = (unsigned)strtoul(p, &p, 8);
	for (int i = 0; i < 2; i++) {
		size_t len = strcspn(++p, " ");

		if (len > 64)
			return -1;
		memcpy(oids[i], p, len);
		oids[i][len] = '\0';
		p += len;
	}
	if (strlen(++p) >= sizeof(status))
		return -1;
	memcpy(status, p, strlen(p) + 1);
	path = next_piece(at, end);
	if (!path)
		return -1;
	c->status = status[0];
	c->old_mode = modes[0];
	c->new_mode = modes[1];
	c->old_path = xstrdup(path);
	if (status[0] == 'R' || status[0] == 'C')
		path = next_piece(at, end);
	c->path = xstrdup(path ? path : c->old_path);
	c->old_oid = xstrdup(oids[0]);
	c->new_oid = xstrdup(oids[1]);
	return 0;
}

int tree_diff_read(struct tree_diff *d, const struct repo *r,
		   const char *a, const char *b, unsigned flags,
		   struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	const char *at, *head;
	int ret = -1;

	git_proc(&p, r, "diff-tree", "-r", "-z", "--raw", "--no-abbrev",
		 "--ignore-submodules=none", NULL);
	if (flags & TREE_DIFF_COPIES)
		strvec_pushl(&p.argv, "-C" COPY_LIKENESS,
			     "--find-copies-harder", "-l" COPY_LIMIT,
			     "--no-rename-empty", NULL);
	else
		strvec_push(&p.argv, flags & TREE_DIFF_RENAMES ?
			    "-M" : "--no-renames");
	strvec_pushl(&p.argv, a, b, "--", NULL);
	p.out = &out;
	if (git_check(&p, err) < 0)
		goto out;
	at = out.s;
	while ((head = next_piece(&at, out.s + out.len))) {
		ALLOC_GROW(d->v, d->nr + 1, d->alloc);
		memset(&d->v[d->nr], 0, sizeof(*d->v));
		if (parse_change(&d->v[d->nr], head, &at,
				 out.s + out.len) < 0) {
			error_set(err, ERROR_FATAL,
				  "git diff-tree said something unexpected");
			goto out;
		}
		d->nr++;
	}
	if (d->nr)
		qsort(d->v, d->nr, sizeof(*d->v), by_change_path);
	ret = 0;
out:
	proc_release(&p);
	buf_release(&out);
	return ret;
}

void tree_diff_release(struct tree_diff *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		free(d->v[i].old_oid);
		free(d->v[i].new_oid);
		free(d->v[i].old_path);
		free(d->v[i].path);
	}
	free(d->v);
	*d = (struct tree_diff)TREE_DIFF_INIT;
}

const struct tree_change *tree_diff_find(const struct tree_diff *d,
					 const char *path)
{
	struct tree_change key = { .path = (char *)path };

	if (!d->nr)
		return NULL;
	return bsearch(&key, d->v, d->nr, sizeof(*d->v), by_change_path);
}

char *tree_edit(const struct repo *r, const char *treeish,
		const struct tree_edit *edits, size_t nr, struct error *err)
{
	struct buf in = BUF_INIT;
	struct error ignored = ERROR_INIT;
	char *dir = repo_temp_dir(r, err);
	char *index = NULL, *tree = NULL;
	struct repo own = *r;

	if (!dir)
		goto out;
	index = path_join(dir, "index");
	strvec_init(&own.env);
	strvec_pushv(&own.env, r->env.v);
	strvec_pushf(&own.env, "GIT_INDEX_FILE=%s", index);
	if (git_run(&own, NULL, err, "read-tree", treeish, NULL) < 0)
		goto done;
	for (size_t i = 0; i < nr; i++) {
		if (edits[i].mode)
			buf_addf(&in, "%06o %s 0\t%s", edits[i].mode,
				 edits[i].oid, edits[i].path);
		else
			buf_addf(&in, "0 %0*d\t%s", (int)r->hexsz, 0,
				 edits[i].path);
		buf_addc(&in, '\0');
	}
	if (in.len && git_feed(&own, &in, NULL, err, "update-index", "-z",
			       "--index-info", NULL) < 0)
		goto done;
	tree = git_line(&own, err, "write-tree", NULL);
done:
	strvec_release(&own.env);
	remove_tree(dir, &ignored);
out:
	error_release(&ignored);
	buf_release(&in);
	free(dir);
	free(index);
	return tree;
}
