/*
 * Trees, in a repository of their own: tree_edit() writes them, and what
 * tree_list_pick() finds in them is held against what git lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/tree.h"

/* Sorted, a folder's paths may have others' between them and its name. */
static const struct {
	unsigned mode;
	const char *path;
} files[] = {
	{ 0100644, ".gitattributes" },
	{ 0100755, "a" },
	{ 0100644, "b-b" },
	{ 0100644, "b.b" },
	{ 0100644, "b/.gitattributes" },
	{ 0100644, "b/c-c" },
	{ 0120000, "b/c/.gitattributes" },
	{ 0100644, "b/c/d" },
	{ 0100644, "b/c0" },
	{ 0100644, "bb/c/d" },
	{ 0100644, "line\nfeed/\"quote\" \\ \t" },
	{ 0100644, "line\nfeed/\xff\xfe" },
	{ 0160000, "module" },
	{ 0100644, "x/y/z/deep" },
};

/* A submodule's commit is not in this repository. */
#define ELSEWHERE "1111111111111111111111111111111111111111"

static const char *const absent[] = {
	"A", "a/b", "b/c/d/e", "b/c/", "b//c", "/a", "", "bb/c/dd", "line",
	"module/inside", "x/y/z/deepe", "zz/y",
};

struct fixture {
	char *dir, *tree;
	struct repo repo;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct tree_edit edits[ARRAY_SIZE(files)];
	char *blob;

	f->repo = (struct repo)REPO_INIT;
	f->dir = make_temp_dir("/tmp/upgrade-tree", &f->err);
	if (!f->dir ||
	    git_run(NULL, NULL, &f->err, "init", "-q", f->dir, NULL) < 0 ||
	    repo_open(&f->repo, f->dir, &f->err) < 0)
		return -1;
	blob = object_write_blob(&f->repo, "text", 4, &f->err);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		edits[i] = (struct tree_edit){
			files[i].path, files[i].mode,
			files[i].mode == 0160000 ? ELSEWHERE : blob
		};
	f->tree = tree_edit(&f->repo, NULL, edits, ARRAY_SIZE(files),
			    &f->err);
	free(blob);
	*state = f;
	return f->tree ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	repo_release(&f->repo);
	ret = remove_tree(f->dir, &f->err);
	error_release(&f->err);
	free(f->dir);
	free(f->tree);
	free(f);
	return ret;
}

static void same_entry(const struct tree_entry *got,
		       const struct tree_entry *wanted)
{
	assert_non_null(wanted);
	assert_string_equal(wanted->path, got->path);
	assert_string_equal(wanted->oid, got->oid);
	assert_int_equal(wanted->mode, got->mode);
}

static void written_as_asked(void **state)
{
	struct fixture *f = *state;
	struct tree_list all = TREE_LIST_INIT;

	assert_int_equal(0, tree_list_read(&all, &f->repo, f->tree, &f->err));
	assert_int_equal(ARRAY_SIZE(files), all.nr);
	for (size_t i = 0; i < all.nr; i++) {
		assert_string_equal(files[i].path, all.v[i].path);
		assert_int_equal(files[i].mode, all.v[i].mode);
	}
	tree_list_release(&all);
}

/* Every set of files that a pattern of bits gives, with what is not there. */
static void picked_as_listed(void **state)
{
	struct fixture *f = *state;
	struct tree_list all = TREE_LIST_INIT;

	assert_int_equal(0, tree_list_read(&all, &f->repo, f->tree, &f->err));
	for (unsigned bits = 0; bits < 1u << ARRAY_SIZE(files); bits += 13) {
		struct tree_list list = TREE_LIST_INIT;
		struct strvec paths = STRVEC_INIT;
		size_t nr = 0;

		for (size_t i = ARRAY_SIZE(files); i-- > 0;)
			if (bits & 1u << i) {
				strvec_push(&paths, files[i].path);
				nr++;
			}
		strvec_push(&paths, absent[bits % ARRAY_SIZE(absent)]);
		assert_int_equal(0, tree_list_pick(&list, &f->repo, f->tree,
						   &paths, &f->err));
		assert_int_equal(nr, list.nr);
		for (size_t i = 0; i < nr; i++)
			same_entry(&list.v[i],
				   tree_list_find(&all, list.v[i].path));
		strvec_release(&paths);
		tree_list_release(&list);
	}
	tree_list_release(&all);
}

static void picked_folders(void **state)
{
	static const char *const folders[] = { "b", "b/c", "line\nfeed", "x" };
	struct fixture *f = *state;
	struct tree_list list = TREE_LIST_INIT;
	struct strvec paths = STRVEC_INIT;

	/* With something below one, and one twice. */
	strvec_pushl(&paths, "b/c/d", "x", "line\nfeed", "b", "b/c", "x",
		     NULL);
	assert_int_equal(0, tree_list_pick(&list, &f->repo, f->tree, &paths,
					   &f->err));
	assert_int_equal(5, list.nr);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *name = xstrfmt("%s:%s", f->tree, folders[i]);
		const struct tree_entry *e = tree_list_find(&list,
							    folders[i]);

		assert_non_null(e);
		assert_int_equal(040000, e->mode);
		if (!strchr(name, '\n')) {
			char *tree = NULL;

			assert_int_equal(1, object_find(&f->repo, name, NULL,
							&tree, &f->err));
			assert_string_equal(tree, e->oid);
			free(tree);
		}
		free(name);
	}
	strvec_release(&paths);
	tree_list_release(&list);
}

/* `to` is `tree` with another text at `path`. */
static char *changed_at(struct fixture *f, const char *path)
{
	char *blob = object_write_blob(&f->repo, path, strlen(path), &f->err);
	char *tree = tree_edit(&f->repo, f->tree, &(struct tree_edit){
		path, 0100644, blob }, 1, &f->err);

	free(blob);
	assert_non_null(tree);
	return tree;
}

static void same_diff(struct fixture *f, const char *to, const char *path)
{
	struct tree_diff d = TREE_DIFF_INIT;

	assert_int_equal(0, tree_diff_read(&d, &f->repo, f->tree, to, 0,
					   &f->err));
	assert_int_equal(1, d.nr);
	assert_string_equal(path, d.v[0].path);
	tree_diff_release(&d);
}

/* More questions than are remembered, each of them again and again. */
static void compared_again(void **state)
{
	static const char *const paths[] = {
		"a", "b/c/d", "bb/c/d", "line\nfeed/\xff\xfe", "b-b",
		"x/y/z/deep",
	};
	struct fixture *f = *state;
	char *trees[ARRAY_SIZE(paths)];
	size_t nr = ARRAY_SIZE(paths);

	for (size_t i = 0; i < nr; i++)
		trees[i] = changed_at(f, paths[i]);
	for (size_t i = 0; i < nr * nr * 2; i++) {
		size_t at = i % nr * (i / nr + 1) % nr;

		same_diff(f, trees[at], paths[at]);
	}
	/* Nobody is asked for what was asked last. */
	repo_disconnect(&f->repo);
	same_diff(f, trees[0], paths[0]);
	same_diff(f, trees[1], paths[1]);
	repo_disconnect(&f->repo);
	same_diff(f, trees[1], paths[1]);
	assert_true(f->repo.diffs.pid <= 0);
	for (size_t i = 0; i < nr; i++)
		free(trees[i]);
}

static void nothing_to_pick_from(void **state)
{
	struct fixture *f = *state;
	struct tree_list list = TREE_LIST_INIT;
	struct strvec paths = STRVEC_INIT;

	assert_int_equal(0, tree_list_pick(&list, &f->repo, f->tree, &paths,
					   &f->err));
	assert_int_equal(0, list.nr);
	strvec_push(&paths, "a");
	assert_int_equal(-1, tree_list_pick(&list, &f->repo, "no-tree",
					    &paths, &f->err));
	assert_non_null(strstr(f->err.message, "'no-tree' is no tree"));
	strvec_release(&paths);
	tree_list_release(&list);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(written_as_asked),
		TEST(picked_as_listed),
		TEST(picked_folders),
		TEST(compared_again),
		TEST(nothing_to_pick_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
