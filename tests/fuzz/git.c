/* What git prints, attributes, and addresses. */
#include "fuzz.h"

#include <string.h>

#include "flow/driver.h"
#include "git/checkout.h"
#include "git/driver.h"
#include "git/fetch.h"
#include "git/mergetree.h"
#include "git/tree.h"
#include "git/url.h"

static struct buf borrowed(const char *text, size_t len)
{
	struct buf b = { (char *)text, len, 0 };

	return b;
}

void fuzz_merge_tree(const char *text, size_t len)
{
	struct merge_result m = MERGE_RESULT_INIT;
	struct buf out = borrowed(text, len);
	struct strvec paths = STRVEC_INIT;
	struct error err = ERROR_INIT;
	int ret = mergetree_parse(&m, &out, 40, &err);

	merge_result_paths(&m, &paths);
	for (size_t i = 0; i < m.nr_stages; i++)
		MUST(m.stages[i].stage >= 1 && m.stages[i].stage <= 3 &&
		     *m.stages[i].path);
	for (size_t i = 0; i < paths.nr; i++)
		merge_result_resolve(&m, paths.v[i]);
	MUST(!m.nr_stages);
	must_match(&err, ret < 0);
	strvec_release(&paths);
	merge_result_release(&m);
}

/* Without our driver nothing else changes, and what is repeated are lines. */
void fuzz_attributes(const char *text, size_t len)
{
	struct buf in = borrowed(text, len);
	struct buf hidden = BUF_INIT, again = BUF_INIT, lines = BUF_INIT;
	struct driver_repeat r = { .out = &lines, .dir = "a [b]",
				   .macros = STRMAP_INIT };

	driver_hide(&hidden, &in);
	MUST(hidden.len <= len);
	if (!memmem(text, len, "merge=upgrade", 13))
		MUST(hidden.len == len && !memcmp(hidden.s, text, len));
	driver_hide(&again, &hidden);
	MUST(again.len == hidden.len &&
	     !memcmp(again.s, hidden.s, hidden.len));
	driver_repeat(&r, &in);
	MUST(!lines.len || lines.s[lines.len - 1] == '\n');
	for (const char *s = lines.s; *s; s = strchr(s, '\n') + 1)
		MUST(starts_with(s, "a \\[b]/") || *s == '"');
	driver_repeat_release(&r);
	buf_release(&hidden);
	buf_release(&again);
	buf_release(&lines);
}

void fuzz_ls_tree(const char *text, size_t len)
{
	struct tree_list list = TREE_LIST_INIT;
	struct buf out = borrowed(text, len);
	struct error err = ERROR_INIT;
	int ret = tree_list_parse(&list, &out, &err);

	for (size_t i = 0; !ret && i < list.nr; i++)
		MUST(tree_list_find(&list, list.v[i].path));
	must_match(&err, ret < 0);
	tree_list_release(&list);
}

void fuzz_diff_tree(const char *text, size_t len)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	struct buf out = borrowed(text, len);
	struct error err = ERROR_INIT;
	int ret = tree_diff_parse(&diff, &out, &err);

	for (size_t i = 0; !ret && i < diff.nr; i++) {
		MUST(diff.v[i].status && diff.v[i].old_path);
		MUST(tree_diff_find(&diff, diff.v[i].path));
	}
	must_match(&err, ret < 0);
	tree_diff_release(&diff);
}

/* What is read of a tree object writes the same again. */
void fuzz_tree_object(const char *text, size_t len)
{
	struct tree_items items = TREE_ITEMS_INIT;
	struct buf raw = borrowed(text, len);
	size_t size = 0;

	if (!tree_items_parse(&items, &raw, 20)) {
		for (size_t i = 0; i < items.nr; i++) {
			const struct tree_item *item = &items.v[i];

			MUST(item->mode && *item->name);
			MUST(strlen(item->oid) == 40);
			size += strlen(item->name) + 22;
		}
		MUST(size <= len);
	}
	tree_items_release(&items);
	/* The same bytes, where objects have longer names. */
	tree_items_parse(&items, &raw, 32);
	tree_items_release(&items);
}

/* A journal that reads names commits and trees, and nothing else. */
void fuzz_journal(const char *text, size_t len)
{
	struct checkout_move m = { .message = "" };
	struct strvec lines = STRVEC_INIT;
	struct buf b = borrowed(text, len);

	if (!checkout_journal_parse(&m, &lines, &b)) {
		const char *oids[] = { m.head, m.tree, m.commit, m.from };

		for (size_t i = 0; i < 4; i++)
			MUST((!oids[i] && i >= 2) || (strlen(oids[i]) >= 40 &&
			     strspn(oids[i], "0123456789abcdef") ==
				strlen(oids[i])));
	}
	strvec_release(&lines);
}

void fuzz_url(const char *text, size_t len)
{
	struct buf shown = BUF_INIT, again = BUF_INIT;
	struct buf said = borrowed(text, len);
	struct lines lines;

	lines_cut(&lines, text, len);
	MUST(url_same(lines.v[0], lines.v[0]));
	MUST(url_same(lines.v[0], lines.v[1]) ==
	     url_same(lines.v[1], lines.v[0]));
	buf_add_url(&shown, lines.v[0]);
	buf_add_url(&again, shown.s);
	MUST(!strcmp(shown.s, again.s));
	buf_reset(&shown);
	remote_add_reason(&shown, &said);
	MUST(!strchr(shown.s, '\n'));
	buf_release(&shown);
	buf_release(&again);
	lines_release(&lines);
}
