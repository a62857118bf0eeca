/*
 * How work on extensions is told by what messages say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/extensions.h"

static void has(const char *message, const char *line)
{
	const char *found = extension_trailer(message, "Extension");

	assert_non_null(found);
	assert_memory_equal(found, line, strlen(line));
}

static void lacks(const char *message)
{
	assert_null(extension_trailer(message, "Extension"));
}

static void trailers(void **state)
{
	(void)state;
	has("Add it\n\nExtension: shop\n", "Extension: shop\n");
	has("Add it\n\nextension: shop", "extension: shop");
	has("Squashed\n\n    One\n    \n    Extension:shop\n", "Extension:s");
	has("All (#3)\n\n* One\n\n* Extension: shop\n\nmore", "Extension: s");
	has("x\r\n\r\nExtension: shop\r\n", "Extension: shop\r\n");
	has("Folded\n\nExtension:\n shop\n", "Extension:\n");
	has("Folded\r\n\r\nExtension: \r\n\tshop", "Extension: \r\n");
	lacks("Add it\n\nExtension:\n  \nshop\n");
	lacks("Add it\n\nExtension:\n ");
	has("All\n\n    Extension:\n     shop", "Extension:\n");
	lacks("All\n\n    Extension:\n    No Extension: shop");
	lacks("Extension: shop");
	lacks("");
	lacks("Add it\n\nExtension:\n");
	lacks("Add it\n\nExtension: \t\r\nshop\n");
	lacks("Add it\n\nMy Extension: shop\nExtensions: shop\nExtension");
	lacks("Add it\n\n> Extension: shop\n");
}

static void merges(void **state)
{
	static const char *const subjects[][2] = {
		{ "Merge branch 'ext/a'", "ext/a " },
		{ "Merge branch 'ext/a' into main\n\nof 'it'", "ext/a " },
		{ "Merge branch 'main' into 'ext/a'", "main " },
		{ "Merge branch 'ext/a' of host:x into y", "ext/a " },
		{ "Merge branches 'a', 'b' and 'c'", "a b c " },
		{ "Merge remote-tracking branch 'origin/ext/a'", "ext/a " },
		{ "Merge pull request #1 from olga/ext/a\n\nx", "ext/a " },
		{ "Merged in ext/a (pull request #5)", "ext/a " },
		{ "Merge branch 'a', remote-tracking branches 'origin/ext/b' "
		  "and 'up/c' into 'd'", "a ext/b c " },
		{ "Merge branch 'a' of h; branch 'b' of i", "a b " },
		{ "Merge pull request #12 in SHOP/prod from ext/a to staging",
		  "ext/a " },
		{ "Merge pull request #12 in SHOP/prod from ~olga/prod:ext/a "
		  "to staging", "ext/a " },
		{ "Pull request #12: Pay from here\n\nMerge in SHOP/prod from "
		  "ext/a to staging\n\n* commit 'x':\n  from b", "ext/a " },
		{ "Merge pull request 'Pay from a' (#3) from ext/a into main",
		  "ext/a " },
		{ "Merge pull request 'x' (!3) from olga/prod:ext/a into main",
		  "ext/a " },
		{ "Merge pull request 'x' (#3)", "" },
		{ "Merge pull request #12 in SHOP/prod", "" },
		{ "Merge pull request ", "" },
		{ "Pull request #12: Merge in x from y", "" },
		{ "Pull request #12: x\n\nMerge in y", "" },
		{ "Add it\n\nMerge in x from ext/a to b", "" },
		{ "Merge commit '1234567'", "" },
		{ "Merge pull request #1", "" },
		{ "Merge pull request #1 from here", "" },
		{ "Merge branch 'a", "" },
		{ "Merge branch", "" },
		{ "Add 'a'", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		struct strvec names = STRVEC_INIT;
		struct buf all = BUF_INIT;

		extension_merged(subjects[i][0], &names);
		for (size_t k = 0; k < names.nr; k++)
			buf_addf(&all, "%s ", names.v[k]);
		assert_string_equal(all.s, subjects[i][1]);
		buf_release(&all);
		strvec_release(&names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trailers),
		cmocka_unit_test(merges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
