/*
 * Promoted trees: the source's, with what is the target's own.  Each case is
 * two lists of files and the list that must come out; a file's content is
 * behind the "=".
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
#include "model/promotion.h"
#include "model/record.h"

struct fixture {
	char *dir;
	struct repo repo;
	struct error err;
	struct profile profile;
	const struct environment *env;
};

static const char text[] =
	"format: 1\nname: x\nenvironments:\n"
	"  test: {}\n"
	"  live:\n"
	"    promotes_from: test\n"
	"    own: [.env, conf/live/, '**/*.key', x]\n"
	"  bare: {promotes_from: test}\n";

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->repo = (struct repo)REPO_INIT;
	f->profile = (struct profile)PROFILE_INIT;
	f->dir = make_temp_dir("/tmp/upgrade-promotion", &f->err);
	if (!f->dir ||
	    git_run(NULL, NULL, &f->err, "init", "-q", f->dir, NULL) < 0 ||
	    repo_open(&f->repo, f->dir, &f->err) < 0 ||
	    profile_parse(&f->profile, "f", text, strlen(text), &f->err) < 0)
		return -1;
	f->env = profile_environment(&f->profile, "live");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	repo_release(&f->repo);
	profile_release(&f->profile);
	ret = remove_tree(f->dir, &f->err);
	error_release(&f->err);
	free(f->dir);
	free(f);
	return ret;
}

/* "a=1 b/c=2"; "!a=1" is executable. */
static char *tree_of(struct fixture *f, const char *files)
{
	struct strvec words = STRVEC_INIT;
	struct tree_edit edits[16];
	char *tree;

	strvec_split(&words, files, ' ');
	assert_true(words.nr <= ARRAY_SIZE(edits));
	for (size_t i = 0; i < words.nr; i++) {
		char *path = words.v[i], *content = strchr(path, '=');
		int exec = *path == '!';

		*content++ = '\0';
		edits[i] = (struct tree_edit){
			path + exec, exec ? 0100755 : 0100644,
			object_write_blob(&f->repo, content, strlen(content),
					  &f->err)
		};
	}
	tree = tree_edit(&f->repo, NULL, edits, words.nr, &f->err);
	for (size_t i = 0; i < words.nr; i++)
		free((char *)edits[i].oid);
	strvec_release(&words);
	assert_non_null(tree);
	return tree;
}

static void gives(struct fixture *f, const char *target, const char *source,
		  const char *wanted)
{
	char *ours = target ? tree_of(f, target) : NULL;
	char *theirs = tree_of(f, source), *right = tree_of(f, wanted);
	char *tree = promotion_tree(&f->repo, f->env, ours, theirs, &f->err);
	char *path = NULL;

	if (!tree)
		fail_msg("%s", f->err.message);
	assert_string_equal(tree, right);
	/* What is made so is found true by whoever judges it. */
	assert_int_equal(1, promotion_is_true(&f->repo, f->env, tree, theirs,
					      &path, &f->err));
	free(ours);
	free(theirs);
	free(right);
	free(tree);
}

static void refuses(struct fixture *f, const char *target, const char *source,
		    const char *message)
{
	char *ours = tree_of(f, target), *theirs = tree_of(f, source);

	assert_null(promotion_tree(&f->repo, f->env, ours, theirs, &f->err));
	assert_int_equal(ERROR_REFUSED, f->err.kind);
	assert_string_equal(f->err.message, message);
	error_release(&f->err);
	f->err = (struct error)ERROR_INIT;
	free(ours);
	free(theirs);
}

static void own_paths(void **state)
{
	struct fixture *f = *state;

	gives(f, NULL, "a=1 .env=s", "a=1 .env=s");
	gives(f, "a=0", "a=1", "a=1");
	gives(f, "a=0 gone=1", "a=1 new=2", "a=1 new=2");
	gives(f, "a=0 .env=t", "a=1 .env=s", "a=1 .env=t");
	gives(f, "a=0 !.env=t", "a=1 .env=t", "a=1 !.env=t");
	gives(f, "a=0 .env=t", "a=1", "a=1 .env=t");
	gives(f, "a=0", "a=1 .env=s", "a=1");
	gives(f, "conf/live/a=t conf/b=t", "conf/live/c=s conf/b=s",
	      "conf/live/a=t conf/b=s");
	gives(f, "a=0", "a=1 conf/live/c=s", "a=1");
	gives(f, "d/e.key=t", "d/f.key=s d/g=s", "d/e.key=t d/g=s");
}

static void clashes(void **state)
{
	struct fixture *f = *state;

	refuses(f, "x=t", "x/a=s", "x is live's own, and what is promoted has "
		"x/a: one of them is a folder where the other is a file");
	refuses(f, "x=t", "x/a.key=s x/b=s", "x is live's own, and what is "
		"promoted has x/b: one of them is a folder where the other is "
		"a file");
	refuses(f, "conf/live/a=t", "conf=s", "conf/live/a is live's own, and "
		"what is promoted has conf: one of them is a folder where the "
		"other is a file");
	/* What is the target's own on both sides has room. */
	gives(f, "x=t", "a=1 x/a.key=s", "a=1 x=t");
	gives(f, "x/a.key=t", "a=1 x=s", "a=1 x/a.key=t");
}

static void no_own_paths(void **state)
{
	struct fixture *f = *state;

	f->env = profile_environment(&f->profile, "bare");
	gives(f, "a=0 .env=t", "a=1 .env=s", "a=1 .env=s");
	f->env = profile_environment(&f->profile, "live");
}

static void is_false(struct fixture *f, const char *tree, const char *source,
		     const char *wanted)
{
	char *ours = tree_of(f, tree), *theirs = tree_of(f, source);
	char *path = NULL;

	assert_int_equal(0, promotion_is_true(&f->repo, f->env, ours, theirs,
					      &path, &f->err));
	assert_string_equal(wanted, path);
	free(path);
	free(ours);
	free(theirs);
}

static void untrue(void **state)
{
	struct fixture *f = *state;

	is_false(f, "a=1 b=2", "a=1", "b");
	is_false(f, "a=1", "a=1 b=2", "b");
	is_false(f, "a=1 .env=t", "a=2 .env=s", "a");
	is_false(f, "!a=1", "a=1", "a");
	is_false(f, "x=t", "x/a=s", "x/a");
	is_false(f, "a=1", "a=1 .gitupgrade.adopted=y", ".gitupgrade.adopted");
}

#define OID "1111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222"

/* A tree with a record, whose copies are `copies`. */
static char *recorded(struct fixture *f, const char *release,
		      const char *copies)
{
	char *record = xstrfmt("format 1\nprofile generic\nrelease %s\n"
			       "tree " OID "\n%s", release, copies);
	char *blob = object_write_blob(&f->repo, record, strlen(record),
				       &f->err);
	struct tree_edit edit = { RECORD_PATH, 0100644, blob };
	char *tree = tree_edit(&f->repo, NULL, &edit, 1, &f->err);

	free(record);
	free(blob);
	return tree;
}

static void records(void **state)
{
	struct fixture *f = *state;
	char *ours = recorded(f, "1.0.0", "copy " OID " t .env\n"
			      "copy " OID " t b\n");
	char *theirs = recorded(f, "1.1.0", "copy " OTHER " t .env\n"
				"copy " OTHER " t b\ncopy " OTHER " t d.key\n");
	char *right = recorded(f, "1.1.0", "copy " OID " t .env\n"
			       "copy " OTHER " t b\n");
	char *wrong = recorded(f, "1.1.0", "copy " OID " t .env\n"
			       "copy " OID " t b\n");
	char *tree = promotion_tree(&f->repo, f->env, ours, theirs, &f->err);
	char *path = NULL;

	assert_string_equal(tree, right);
	assert_int_equal(1, promotion_is_true(&f->repo, f->env, tree, theirs,
					      &path, &f->err));
	assert_int_equal(0, promotion_is_true(&f->repo, f->env, wrong, theirs,
					      &path, &f->err));
	assert_string_equal(path, RECORD_PATH);
	free(path);
	free(ours);
	free(theirs);
	free(right);
	free(wrong);
	free(tree);
}

/* What differs, as "OWN | OTHERS". */
static void differ(struct fixture *f, const char *tree, const char *source,
		   const char *expected)
{
	struct strvec own = STRVEC_INIT, others = STRVEC_INIT;
	struct buf all = BUF_INIT;

	assert_int_equal(0, promotion_compare(&f->repo, f->env, tree, source,
					      &own, &others, &f->err));
	for (size_t i = 0; i < own.nr; i++)
		buf_addf(&all, "%s ", own.v[i]);
	buf_addc(&all, '|');
	for (size_t i = 0; i < others.nr; i++)
		buf_addf(&all, " %s", others.v[i]);
	assert_string_equal(expected, all.s);
	buf_release(&all);
	strvec_release(&own);
	strvec_release(&others);
}

static void differences(void **state)
{
	struct fixture *f = *state;
	char *plain = tree_of(f, "a=1 b=2 .env=s conf/live/x=s");
	char *same = tree_of(f, "a=1 b=2 .env=t conf/live/y=t");
	char *fixed = tree_of(f, "a=1 b=3 .env=t c=4 .gitupgrade.adopted=y");
	char *ours = recorded(f, "1.1.0", "copy " OID " t .env\n");
	char *theirs = recorded(f, "1.1.0", "copy " OTHER " t .env\n");
	char *wrong = recorded(f, "1.0.0", "copy " OTHER " t .env\n");

	differ(f, plain, plain, "|");
	differ(f, same, plain, ".env conf/live/x conf/live/y |");
	differ(f, fixed, plain, ".env conf/live/x | .gitupgrade.adopted b c");
	differ(f, ours, theirs, "|");
	differ(f, wrong, theirs, "| .gitupgrade.adopted");
	free(plain);
	free(same);
	free(fixed);
	free(ours);
	free(theirs);
	free(wrong);
}

static char *commit_of(struct fixture *f, const char *message,
		       const char *parent)
{
	char *tree = tree_of(f, "a=1"), *commit;

	commit = git_line(&f->repo, &f->err, "-c", "user.name=x", "-c",
			  "user.email=x", "commit-tree", "-m", message, tree,
			  parent ? "-p" : NULL, parent, NULL);
	if (!commit)
		fail_msg("%s", f->err.message);
	free(tree);
	return commit;
}

static void lines(void **state)
{
	struct fixture *f = *state;
	struct line line = LINE_INIT;
	char *a = commit_of(f, "First", NULL);
	char *b = commit_of(f, "Promote\n\nPromoted-From: test " OID "\n", a);
	char *c = commit_of(f, "Back\n\nRolled-Back: " OID "\n"
			    "Restores: " OTHER "\n", b);
	char *d = commit_of(f, "Odd\n\nPromoted-From: test\n", c);
	char *e = commit_of(f, "Twice\n\nPromoted-From: test " OID "\n"
			    "Promoted-From: live " OID "\n", d);

	assert_int_equal(0, line_read(&line, &f->repo, e, a, 0, &f->err));
	assert_int_equal(4, line.nr);
	assert_string_equal("", line.v[0].source);
	assert_string_equal("", line.v[1].source);
	assert_string_equal("Odd", line.v[1].subject);
	assert_null(line.v[2].source);
	assert_string_equal(OID, line.v[2].undoes);
	assert_string_equal(OTHER, line.v[2].restores);
	assert_string_equal("test", line.v[3].source);
	assert_string_equal(OID, line.v[3].source_commit);
	assert_string_equal(a, line.v[3].parents.v[0]);
	line_release(&line);
	assert_int_equal(0, line_read(&line, &f->repo, a, NULL, 0, &f->err));
	assert_int_equal(1, line.nr);
	assert_int_equal(0, line.v[0].parents.nr);
	line_release(&line);
	assert_int_equal(0, line_read(&line, &f->repo, e, NULL, 2, &f->err));
	assert_int_equal(2, line.nr);
	line_release(&line);
	free(a);
	free(b);
	free(c);
	free(d);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_paths),
		cmocka_unit_test(clashes),
		cmocka_unit_test(no_own_paths),
		cmocka_unit_test(untrue),
		cmocka_unit_test(records),
		cmocka_unit_test(differences),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
