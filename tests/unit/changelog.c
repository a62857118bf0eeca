/* Release notes: the section of one version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "doc/changelog.h"

static char *find(enum markup markup, const char *text, const char *version)
{
	struct section found = { NULL, 0 };

	if (!changelog_find(&found, markup, text, strlen(text), version))
		return NULL;
	return xmemdupz(found.text, found.len);
}

static void expect(enum markup markup, const char *text, const char *version,
		   const char *want)
{
	char *got = find(markup, text, version);

	if (!got != !want || (got && strcmp(got, want)))
		fail_msg("%s: got '%s', want '%s' of\n%s", version,
			 got ? got : "(none)", want ? want : "(none)", text);
	free(got);
}

/* https://keepachangelog.com/en/1.1.0/ */
static const char keep[] =
	"# Changelog\n"
	"\n"
	"## [Unreleased]\n"
	"\n"
	"## [1.1.0] - 2019-02-15\n"
	"\n"
	"### Added\n"
	"\n"
	"- Danish translation.\n"
	"\n"
	"### Fixed\n"
	"- What 1.0.0 broke\n"
	"\n"
	"## [1.0.0](https://example.com/compare/0.3.0...1.0.0) - 2017-06-20\n"
	"\n"
	"- The first\n"
	"\n"
	"[1.1.0]: https://example.com/compare/1.0.0...1.1.0\n";

static void markdown(void **state)
{
	(void)state;
	expect(MARKUP_MARKDOWN, keep, "1.1.0",
	       "### Added\n\n- Danish translation.\n\n### Fixed\n"
	       "- What 1.0.0 broke");
	expect(MARKUP_MARKDOWN, keep, "v1.0.0",
	       "- The first\n\n"
	       "[1.1.0]: https://example.com/compare/1.0.0...1.1.0");
	expect(MARKUP_MARKDOWN, keep, "0.3.0", NULL);
	expect(MARKUP_MARKDOWN, keep, "1.1", NULL);
	/* Magento's, with lines below the titles. */
	expect(MARKUP_MARKDOWN,
	       "2.0.0\n=============\n* Fixed:\n    * x\n\n"
	       "2.0.0-rc2\n=============\n* y\n", "2.0.0", "* Fixed:\n    * x");
	expect(MARKUP_MARKDOWN, "Title\n---\ntext\n", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "1.0.0\r\n---\r\ntext\r\n\r\n1.0\r\n===\r\n",
	       "1.0.0", "text");
}

static void what_is_no_heading(void **state)
{
	(void)state;
	expect(MARKUP_MARKDOWN,
	       "# 1.0.0\n```sh\n# 0.9.0\n```\nrest\n# 0.8.0\n", "1.0.0",
	       "```sh\n# 0.9.0\n```\nrest");
	expect(MARKUP_MARKDOWN, "~~~\n# 1.0.0\n```\n~~~\n", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "#1.0.0\ntext\n", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "####### 1.0.0\ntext\n", "1.0.0", NULL);
	expect(MARKUP_RST, "# 1.0.0\ntext\n", "1.0.0", NULL);
	expect(MARKUP_RST, "Version 1.0.0\n---\ntext\n", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "# 1.0.0\n\n\n", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "", "1.0.0", NULL);
	expect(MARKUP_MARKDOWN, "1.0.0", "1.0.0", NULL);
}

static void which_version_a_heading_names(void **state)
{
	static const struct {
		const char *title, *version;
		int named;
	} cases[] = {
		{ "mender v3.7.0 (from 3.6.4)", "3.7.0", 1 },
		{ "mender v3.7.0 (from 3.6.4)", "3.6.4", 0 },
		{ "Upgrade of 2.4.6 to 2.4.7", "2.4.7", 0 },
		{ "2024-01-17: 3.7.0", "3.7.0", 1 },
		{ "3.7.0-rc1", "3.7.0", 0 },
		{ "13.7.0", "3.7.0", 0 },
		{ "3.7.01", "3.7.0", 0 },
		{ "3.7.0.1", "3.7.0", 0 },
		{ "3.7.0.", "3.7.0", 1 },
		{ "3.7.0: a name", "3.7.0", 1 },
		{ "2.4.7-p1", "2.4.7-p1", 1 },
		{ "2.4.7-p1", "2.4.7", 0 },
		{ "mender-3.7.0, 2024-01-17", "3.7.0", 1 },
		{ "dev3.7.0", "3.7.0", 0 },
		{ "Release 24", "24", 1 },
		{ "v", "3.7.0", 0 },
		{ "Version 3.7.0", "v3.7.0", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "## %s\ntext\n",
			 cases[i].title);
		expect(MARKUP_MARKDOWN, text, cases[i].version,
		       cases[i].named ? "text" : NULL);
	}
}

static void restructured_text(void **state)
{
	static const char text[] =
		"=========\nChangelog\n=========\n\n"
		"Version 2.0\n-----------\n\nFixes\n~~~~~\n\n* one\n\n"
		"Version 1.0\n-----------\n\n* zero\n";

	(void)state;
	expect(MARKUP_RST, text, "2.0", "Fixes\n~~~~~\n\n* one");
	expect(MARKUP_RST, text, "1.0", "* zero");
	expect(MARKUP_ANY, text, "2.0", "Fixes\n~~~~~\n\n* one");
	/* Columns count, not bytes. */
	expect(MARKUP_RST, "Ä 2.0\n=====\nyes\n", "2.0", "yes");
	expect(MARKUP_ANY, "# 2.0\nyes\n\n# 1.0\n", "2.0", "yes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown),
		cmocka_unit_test(what_is_no_heading),
		cmocka_unit_test(which_version_a_heading_names),
		cmocka_unit_test(restructured_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
