#include "git/tree.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"

#include <stdint.h>
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

static void list_add(struct tree_list *list, unsigned mode, char *oid,
		     const char *path)
{
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct tree_entry){
		mode, oid, xstrdup(path)
	};
}

static void list_sort(struct tree_list *list)
{
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), by_entry_path);
}

int tree_list_parse(struct tree_list *list, const struct buf *out,
		    struct error *err)
{
	const char *at = out->s, *line;

	while ((line = next_piece(&at, out->s + out->len))) {
		const char *type = strchr(line, ' ');
		const char *oid = type ? strchr(type + 1, ' ') : NULL;
		const char *tab = oid ? strchr(oid, '\t') : NULL;

		if (!tab)
			return error_set(err, ERROR_FATAL, "git ls-tree said "
					 "something unexpected");
		list_add(list, (unsigned)strtoul(line, NULL, 8),
			 xmemdupz(oid + 1, (size_t)(tab - oid - 1)), tab + 1);
	}
	list_sort(list);
	return 0;
}

int tree_list_read(struct tree_list *list, const struct repo *r,
		   const char *treeish, struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "ls-tree", "-r", "-z", "--full-tree",
			  treeish, NULL);

	if (!ret)
		ret = tree_list_parse(list, &out, err);
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

int mode_is_file(unsigned mode)
{
	return (mode & 0170000) == 0100000;
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

/* Cuts "WORD " off the beginning of `*at`; NULL: there is no blank. */
static const char *next_word(const char **at, size_t *len)
{
	const char *word = *at, *blank = strchr(word, ' ');

	if (!blank)
		return NULL;
	*len = (size_t)(blank - word);
	*at = blank + 1;
	return word;
}

/* ":OLDMODE NEWMODE OLDOID NEWOID STATUS" */
static int parse_change(struct tree_change *c, const char *head,
			const char **at, const char *end)
{
	const char *word[4], *path;
	size_t len[4];

	if (*head++ != ':')
		return -1;
	for (int i = 0; i < 4; i++) {
		word[i] = next_word(&head, &len[i]);
		if (!word[i])
			return -1;
	}
	path = next_piece(at, end);
	if (!*head || !path)
		return -1;
	c->status = *head;
	c->old_mode = (unsigned)strtoul(word[0], NULL, 8);
	c->new_mode = (unsigned)strtoul(word[1], NULL, 8);
	c->old_oid = xmemdupz(word[2], len[2]);
	c->new_oid = xmemdupz(word[3], len[3]);
	c->old_path = xstrdup(path);
	if (c->status == 'R' || c->status == 'C')
		path = next_piece(at, end);
	c->path = xstrdup(path ? path : c->old_path);
	return 0;
}

int tree_diff_parse(struct tree_diff *d, const struct buf *out,
		    struct error *err)
{
	const char *at = out->s, *end = out->s + out->len, *head;

	while ((head = next_piece(&at, end))) {
		ALLOC_GROW(d->v, d->nr + 1, d->alloc);
		memset(&d->v[d->nr], 0, sizeof(*d->v));
		if (parse_change(&d->v[d->nr], head, &at, end) < 0)
			return error_set(err, ERROR_FATAL, "git diff-tree "
					 "said something unexpected");
		d->nr++;
	}
	if (d->nr)
		qsort(d->v, d->nr, sizeof(*d->v), by_change_path);
	return 0;
}

/*
 * A diff of trees would read the index, which may be large, for attributes;
 * those that count are read from the work tree.
 */
static void without_index(struct proc *p, const struct repo *r)
{
	strvec_pushf(&p->env, "GIT_INDEX_FILE=%s/upgrade/no-index",
		     r->git_dir);
}

/* Renames are a matter of a whole diff, and take a program for each. */
static int diff_moved(struct tree_diff *d, const struct repo *r,
		      const char *a, const char *b, unsigned flags,
		      struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, r, "diff-tree", "-r", "-z", "--raw", "--no-abbrev",
		 "--ignore-submodules=none", NULL);
	if (flags & TREE_DIFF_COPIES)
		strvec_pushl(&p.argv, "-C" COPY_LIKENESS,
			     "--find-copies-harder", "-l" COPY_LIMIT,
			     "--no-rename-empty", NULL);
	else
		strvec_push(&p.argv, "-M");
	strvec_pushl(&p.argv, a, b, "--", NULL);
	without_index(&p, r);
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		ret = tree_diff_parse(d, &out, err);
	proc_release(&p);
	buf_release(&out);
	return ret;
}

static int connect_diffs(struct repo *r, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	if (r->diffs.pid > 0)
		return 0;
	git_proc(&p, r, "diff-tree", "--stdin", "-r", "-z", "--raw",
		 "--no-abbrev", "--no-renames", "--ignore-submodules=none",
		 NULL);
	without_index(&p, r);
	p.in = "";
	ret = conversation_start(&r->diffs, &p, err);
	proc_release(&p);
	return ret;
}

/*
 * A merge asks the same of the same trees several times: to plan, to find
 * the attributes, for what is in the way, for filters.
 */
struct tree_answers {
	struct answer {
		char *question;		/* "TREE TREE"; NULL: none yet */
		struct buf text;	/* for tree_diff_parse() */
	} v[4];
	size_t next;			/* the one to be forgotten */
};

/* A longer answer is rather had again than kept. */
#define MAX_ANSWER (4 << 20)

void tree_answers_release(struct tree_answers *answers)
{
	for (size_t i = 0; answers && i < ARRAY_SIZE(answers->v); i++) {
		free(answers->v[i].question);
		buf_release(&answers->v[i].text);
	}
	free(answers);
}

static const struct buf *recall(const struct repo *r, const char *question)
{
	const struct tree_answers *a = r->answers;

	for (size_t i = 0; a && i < ARRAY_SIZE(a->v); i++)
		if (a->v[i].question && !strcmp(a->v[i].question, question))
			return &a->v[i].text;
	return NULL;
}

/* `text` is empty afterwards. */
static void remember(struct repo *r, const char *question, struct buf *text)
{
	struct answer *a;

	if (text->len > MAX_ANSWER)
		return;
	if (!r->answers) {
		r->answers = xcalloc(1, sizeof(*r->answers));
		for (size_t i = 0; i < ARRAY_SIZE(r->answers->v); i++)
			buf_init(&r->answers->v[i].text);
	}
	a = &r->answers->v[r->answers->next++];
	r->answers->next %= ARRAY_SIZE(r->answers->v);
	free(a->question);
	a->question = xstrdup(question);
	buf_release(&a->text);
	a->text = *text;
	buf_init(text);
}

/*
 * "TREE TREE" is answered by that line and changes.  Anything that is no
 * object, as an empty line, comes back as it is, at once: the end.
 */
static int ask_diff(struct buf *answer, struct repo *r, const char *question,
		    struct error *err)
{
	struct buf piece = BUF_INIT;
	struct conversation *c = &r->diffs;
	int ret = -1;

	buf_addf(&piece, "%s\n\n", question);
	if (connect_diffs(r, err) < 0 ||
	    conversation_write(c, piece.s, piece.len, err) < 0 ||
	    conversation_line(c, &piece, err) < 0)
		goto out;
	while (!conversation_read(c, answer, 1, err)) {
		if (answer->s[answer->len - 1] == '\n') {
			buf_setlen(answer, answer->len - 1);
			ret = 0;
			break;
		}
		/* What changed, and its path. */
		for (int i = 0; i < 2; i++) {
			if (conversation_until(c, &piece, '\0', err) < 0)
				goto out;
			buf_add(answer, piece.s, piece.len + 1);
		}
	}
out:
	if (ret < 0)
		conversation_finish(c);
	buf_release(&piece);
	return ret;
}

static int diff_two(struct tree_diff *d, struct repo *r, const char *a,
		    const char *b, struct error *err)
{
	char *question = xstrfmt("%s %s", a, b);
	const struct buf *known = recall(r, question);
	struct buf answer = BUF_INIT;
	int ret = known ? 0 : ask_diff(&answer, r, question, err);

	if (!ret)
		ret = tree_diff_parse(d, known ? known : &answer, err);
	if (!ret && !known)
		remember(r, question, &answer);
	buf_release(&answer);
	free(question);
	return ret;
}

static char *demand_tree(struct repo *r, const char *treeish,
			 struct error *err)
{
	char *tree = object_tree(r, treeish);

	if (!tree)
		error_set(err, ERROR_FATAL, "'%s' is no tree", treeish);
	return tree;
}

static int diff_trees(struct tree_diff *d, struct repo *r, const char *a,
		      const char *b, struct error *err)
{
	char *from = demand_tree(r, a, err);
	char *to = from ? demand_tree(r, b, err) : NULL;
	int ret = -1;

	if (to)
		ret = strcmp(from, to) ? diff_two(d, r, from, to, err) : 0;
	free(from);
	free(to);
	return ret;
}

int tree_diff_read(struct tree_diff *d, struct repo *r, const char *a,
		   const char *b, unsigned flags, struct error *err)
{
	return flags ? diff_moved(d, r, a, b, flags, err) :
		       diff_trees(d, r, a, b, err);
}

int tree_diff_may_rename(const struct tree_diff *d)
{
	int come = 0, go = 0;

	for (size_t i = 0; i < d->nr; i++) {
		come |= !d->v[i].old_mode;
		go |= !d->v[i].new_mode;
	}
	return come && go;
}

static void change_release(struct tree_change *c)
{
	free(c->old_oid);
	free(c->new_oid);
	free(c->old_path);
	free(c->path);
}

void tree_diff_filter(struct tree_diff *d,
		      int (*keeps)(const struct tree_change *c, void *data),
		      void *data)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		if (keeps(&d->v[i], data))
			d->v[nr++] = d->v[i];
		else
			change_release(&d->v[i]);
	}
	d->nr = nr;
}

void tree_diff_release(struct tree_diff *d)
{
	for (size_t i = 0; i < d->nr; i++)
		change_release(&d->v[i]);
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

static void add_oid(struct buf *out, const unsigned char *raw, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addf(out, "%02x", raw[i]);
}

/* The mode, and where its digits end; 0: none that an entry has. */
static unsigned parse_mode(const char *s, const char **end)
{
	unsigned mode = 0;

	for (*end = s; **end >= '0' && **end <= '7' && *end - s < 6; ++*end)
		mode = mode * 8 + (unsigned)(**end - '0');
	return **end == ' ' ? mode : 0;
}

int tree_items_parse(struct tree_items *items, const struct buf *raw,
		     size_t oid_size)
{
	const char *at = raw->s, *end = raw->s + raw->len;

	while (at < end) {
		struct buf hex = BUF_INIT;
		const char *name, *nul;
		unsigned mode = parse_mode(at, &name);

		nul = mode ? memchr(name, '\0', (size_t)(end - name)) : NULL;
		if (!nul || nul == name + 1 ||
		    (size_t)(end - nul) < 1 + oid_size)
			return -1;
		add_oid(&hex, (const unsigned char *)nul + 1, oid_size);
		ALLOC_GROW(items->v, items->nr + 1, items->alloc);
		items->v[items->nr++] = (struct tree_item){
			mode, buf_detach(&hex), xstrdup(name + 1)
		};
		at = nul + 1 + oid_size;
	}
	return 0;
}

static int items_read(struct tree_items *items, struct repo *r,
		      const char *oid, struct error *err)
{
	struct buf raw = BUF_INIT;
	int ret = object_read(r, oid, &raw, err);

	if (!ret && tree_items_parse(items, &raw, r->hexsz / 2) < 0)
		ret = error_set(err, ERROR_FATAL, "tree %s does not read",
				oid);
	buf_release(&raw);
	return ret;
}

void tree_items_release(struct tree_items *items)
{
	for (size_t i = 0; i < items->nr; i++) {
		free(items->v[i].oid);
		free(items->v[i].name);
	}
	free(items->v);
	*items = (struct tree_items)TREE_ITEMS_INIT;
}

/* A tree that is edited, and where in it the entries of a name are. */
struct level {
	struct tree_items items;
	struct strmap places;		/* from 1; 0: there is none any more */
};

#define LEVEL_INIT { TREE_ITEMS_INIT, STRMAP_INIT }

static void level_release(struct level *l)
{
	tree_items_release(&l->items);
	strmap_release(&l->places);
}

static void note_place(struct level *l, const char *name, size_t place)
{
	strmap_put(&l->places, name, (void *)(uintptr_t)place);
}

static int level_read(struct level *l, struct repo *r, const char *oid,
		      struct error *err)
{
	if (items_read(&l->items, r, oid, err) < 0)
		return -1;
	for (size_t i = 0; i < l->items.nr; i++)
		note_place(l, l->items.v[i].name, i + 1);
	return 0;
}

static struct tree_item *level_find(struct level *l, const char *name)
{
	size_t place = (size_t)(uintptr_t)strmap_get(&l->places, name);

	return place ? &l->items.v[place - 1] : NULL;
}

/* The last one takes its place. */
static void level_remove(struct level *l, struct tree_item *item)
{
	struct tree_item *last = &l->items.v[--l->items.nr];

	note_place(l, last->name, (size_t)(item - l->items.v) + 1);
	note_place(l, item->name, 0);
	free(item->oid);
	free(item->name);
	*item = *last;
}

static void level_add(struct level *l, const char *name, unsigned mode,
		      const char *oid)
{
	struct tree_items *items = &l->items;

	ALLOC_GROW(items->v, items->nr + 1, items->alloc);
	items->v[items->nr++] = (struct tree_item){
		mode, xstrdup(oid), xstrdup(name)
	};
	note_place(l, name, items->nr);
}

/* Put, replace or, with mode 0, remove. */
static void level_set(struct level *l, const char *name, unsigned mode,
		      const char *oid)
{
	struct tree_item *item = level_find(l, name);

	if (!mode) {
		if (item)
			level_remove(l, item);
	} else if (item) {
		free(item->oid);
		item->mode = mode;
		item->oid = xstrdup(oid);
	} else {
		level_add(l, name, mode, oid);
	}
}

/* Paths that are looked for, sorted, and where their entries go. */
struct picking {
	struct repo *r;
	char *const *paths;
	struct tree_list *list;
};

/* Those from..to, whose first `skip` bytes lead to that tree. */
static int pick_level(struct picking *p, size_t from, size_t to, size_t skip,
		      const char *oid, struct error *err)
{
	struct level l = LEVEL_INIT;
	int ret = level_read(&l, p->r, oid, err);
	size_t i, end;

	for (i = from; !ret && i < to; i = end) {
		const char *path = p->paths[i], *name = path + skip;
		size_t len = strcspn(name, "/");
		char *first = xmemdupz(name, len);
		const struct tree_item *item = level_find(&l, first);

		for (end = i + 1; name[len] && end < to; end++)
			if (strncmp(p->paths[end] + skip, name, len + 1))
				break;
		if (item && !name[len])
			list_add(p->list, item->mode, xstrdup(item->oid),
				 path);
		else if (item && item->mode == 040000)
			ret = pick_level(p, i, end, skip + len + 1, item->oid,
					 err);
		free(first);
	}
	level_release(&l);
	return ret;
}

int tree_list_pick(struct tree_list *list, struct repo *r,
		   const char *treeish, const struct strvec *paths,
		   struct error *err)
{
	struct strvec sorted = STRVEC_INIT;
	struct picking p = { .r = r, .list = list };
	char *tree = demand_tree(r, treeish, err);
	int ret = -1;

	strvec_pushv(&sorted, paths->v);
	strvec_sort(&sorted, 1);
	p.paths = sorted.v;
	if (tree)
		ret = pick_level(&p, 0, sorted.nr, 0, tree, err);
	list_sort(list);
	strvec_release(&sorted);
	free(tree);
	return ret;
}

/*
 * mktree names a tree also where it could not write it, and exits with 0: the
 * write_tree() of its builtin/mktree.c, of git 2.39 and others, does not look
 * whether it did.
 */
static char *written_tree(struct repo *r, const char *oid, struct error *err)
{
	int there = object_find(r, oid, NULL, NULL, err);

	if (there > 0)
		return xstrdup(oid);
	if (!there) {
		error_set(err, ERROR_FATAL, "git could not write tree %s",
			  oid);
		error_hint(err, "its reason stands above; is the disk full, "
			   "or broken?");
	}
	return NULL;
}

/* One `git mktree` writes all trees of an edit; it sorts their entries. */
static char *items_write(const struct tree_items *items, struct repo *r,
			 struct error *err)
{
	struct buf b = BUF_INIT, oid = BUF_INIT;
	char *tree = NULL;

	for (size_t i = 0; i < items->nr; i++) {
		const struct tree_item *item = &items->v[i];

		buf_addf(&b, "%06o %s %s\t%s", item->mode,
			 item->mode == 0160000 ? "commit" :
			 item->mode == 040000 ? "tree" : "blob",
			 item->oid, item->name);
		buf_addc(&b, '\0');
	}
	buf_addc(&b, '\0');
	if (!conversation_write(&r->trees, b.s, b.len, err) &&
	    !conversation_line(&r->trees, &oid, err))
		tree = written_tree(r, oid.s, err);
	buf_release(&b);
	buf_release(&oid);
	return tree;
}

static int connect_trees(struct repo *r, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	if (r->trees.pid > 0)
		return 0;
	git_proc(&p, r, "mktree", "-z", "--missing", "--batch", NULL);
	p.in = "";
	ret = conversation_start(&r->trees, &p, err);
	proc_release(&p);
	return ret;
}

struct editing {
	struct repo *r;
	const struct tree_edit **edits;	/* sorted by path */
	size_t nr;
};

static int edit_level(struct editing *e, size_t from, size_t to, size_t skip,
		      const char *oid, char **tree, struct error *err);

/* The edits below one folder, from..to, whose name is `len` long. */
static int edit_folder(struct editing *e, struct level *l, size_t from,
		       size_t to, size_t skip, size_t len, struct error *err)
{
	char *name = xmemdupz(e->edits[from]->path + skip, len);
	struct tree_item *item = level_find(l, name);
	int is_tree = item && item->mode == 040000;
	char *tree = NULL;
	int ret = edit_level(e, from, to, skip + len + 1,
			     is_tree ? item->oid : NULL, &tree, err);

	/* Taking away below something that is no folder takes nothing. */
	if (!ret && (tree || is_tree))
		level_set(l, name, tree ? 040000 : 0, tree);
	free(tree);
	free(name);
	return ret;
}

/*
 * One tree object: the edits from..to with the first `skip` bytes of their
 * paths done.  `*tree` stays NULL when nothing is left in it.
 */
static int edit_level(struct editing *e, size_t from, size_t to, size_t skip,
		      const char *oid, char **tree, struct error *err)
{
	struct level l = LEVEL_INIT;
	size_t i, end;
	int ret = oid ? level_read(&l, e->r, oid, err) : 0;

	/* What stands here itself first: folders then take its place. */
	for (i = from; !ret && i < to; i++) {
		const struct tree_edit *edit = e->edits[i];
		const char *name = edit->path + skip;

		if (!strchr(name, '/'))
			level_set(&l, name, edit->mode, edit->oid);
	}
	for (i = from; !ret && i < to; i = end) {
		const char *name = e->edits[i]->path + skip;
		size_t len = strcspn(name, "/");

		for (end = i + 1; name[len] && end < to; end++)
			if (strncmp(e->edits[end]->path + skip, name, len + 1))
				break;
		if (name[len])
			ret = edit_folder(e, &l, i, end, skip, len, err);
	}
	if (!ret && l.items.nr) {
		*tree = items_write(&l.items, e->r, err);
		ret = *tree ? 0 : -1;
	}
	level_release(&l);
	return ret;
}

static int by_edit_path(const void *a, const void *b)
{
	const struct tree_edit *const *x = a, *const *y = b;
	int order = strcmp((*x)->path, (*y)->path);

	/* Of the same path the later one is to win. */
	return order ? order : (*x > *y) - (*x < *y);
}

char *tree_edit(struct repo *r, const char *treeish,
		const struct tree_edit *edits, size_t nr, struct error *err)
{
	struct editing e = { .r = r, .nr = nr };
	struct tree_items none = TREE_ITEMS_INIT;
	char *oid = treeish ? demand_tree(r, treeish, err) : NULL;
	char *tree = NULL;

	if (treeish && !oid)
		return NULL;
	e.edits = xcalloc(nr + 1, sizeof(*e.edits));
	for (size_t i = 0; i < nr; i++)
		e.edits[i] = &edits[i];
	qsort(e.edits, nr, sizeof(*e.edits), by_edit_path);
	if (connect_trees(r, err) < 0)
		goto out;
	if (!edit_level(&e, 0, nr, 0, oid, &tree, err) && !tree)
		tree = items_write(&none, r, err);
out:
	if (!tree)
		conversation_finish(&r->trees);
	free(e.edits);
	free(oid);
	return tree;
}
