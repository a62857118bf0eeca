/* What lies ahead of a release. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/outlook.h"

static char *const names[] = {
	"2.6.0", "2.6.1", "2.7.0", "2.7.1", "3.0.0b1", "3.0.0", "3.0.1",
	"3.1.0", "4.0.0", "4.1.0", NULL
};

struct fixture {
	struct profile profile;
	struct release_list list;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->profile.rule = PATH_CONNECTED_MINOR;
	f->profile.final_pattern = xstrdup("^[0-9]+\\.[0-9]+\\.[0-9]+$");
	f->profile.pre_pattern = xstrdup("^[0-9]+\\.[0-9]+\\.[0-9]+b[0-9]+$");
	f->profile.last = xstrdup("4.0");
	f->profile.last_reason = xstrdup("4.0 is the last one");
	release_list_of_names(&f->list, &f->profile, names);
	/* As if they were read from a repository. */
	for (size_t i = 0; i < f->list.nr; i++)
		f->list.v[i].commit = xstrdup("commit");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	release_list_release(&f->list);
	profile_release(&f->profile);
	free(f);
	return 0;
}

/* "NAME STATE HOPS[ REASON]" a row. */
static void check(struct fixture *f, const char *from, unsigned flags,
		  const char *expected, const char *next)
{
	struct outlook o = OUTLOOK_INIT;
	struct buf b = BUF_INIT;

	outlook_make(&o, &f->list, &f->profile,
		     from ? release_find(&f->list, from) : NULL, flags);
	for (size_t i = 0; i < o.nr; i++)
		buf_addf(&b, "%s %s %zu%s%s\n", o.v[i].release->name,
			 outlook_state_name(o.v[i].state), o.v[i].way.hops,
			 o.v[i].reason ? " " : "",
			 o.v[i].reason ? o.v[i].reason : "");
	assert_string_equal(expected, b.s);
	if (next)
		assert_string_equal(next, o.next->release->name);
	else
		assert_null(o.next);
	buf_release(&b);
	outlook_release(&o);
}

static void newest_of_each_minor(void **state)
{
	check(*state, "2.6.0", 0,
	      "2.6.1 next 1\n2.7.1 next 1\n3.0.1 later 2\n3.1.0 later 3\n"
	      "4.0.0 later 4\n4.1.0 no path 0 4.0 is the last one\n",
	      "2.7.1");
}

static void at_the_end(void **state)
{
	check(*state, "4.0.0", 0, "4.1.0 no path 0 4.0 is the last one\n",
	      NULL);
	check(*state, "4.1.0", 0, "", NULL);
}

static void everything(void **state)
{
	check(*state, "3.0.0", OUTLOOK_ALL,
	      "2.6.0 past 0\n2.6.1 past 0\n2.7.0 past 0\n2.7.1 past 0\n"
	      "3.0.0b1 past 0\n3.0.0 adopted 0\n3.0.1 next 1\n"
	      "3.1.0 next 1\n4.0.0 later 2\n"
	      "4.1.0 no path 0 4.0 is the last one\n", "3.1.0");
}

static void nothing_known(void **state)
{
	check(*state, NULL, 0,
	      "2.6.1 unknown 0\n2.7.1 unknown 0\n3.0.1 unknown 0\n"
	      "3.1.0 unknown 0\n4.0.0 unknown 0\n4.1.0 unknown 0\n", NULL);
}

/* A tag on no commit leads nowhere, and supersedes nothing. */
static void tag_on_a_blob(void **state)
{
	struct fixture *f = *state;
	struct release *rel = (struct release *)release_find(&f->list,
							     "3.0.1");

	FREE_AND_NULL(rel->commit);
	rel->type = xstrdup("blob");
	check(f, "2.7.1", 0,
	      "3.0.0 next 1\n"
	      "3.0.1 no path 0 its tag is on a blob, not on a commit\n"
	      "3.1.0 later 2\n4.0.0 later 3\n"
	      "4.1.0 no path 0 4.0 is the last one\n", "3.0.0");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(newest_of_each_minor),
		TEST(at_the_end),
		TEST(everything),
		TEST(nothing_known),
		TEST(tag_on_a_blob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
