/* Names and URLs in .gitmodules: where they lead, and which are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/submodule.h"

#include <stdlib.h>

/* The middle ones are what git makes of them. */
static void relative_urls_lead_on(void **state)
{
	static const char *const all[][3] = {
		{ "https://host/a/b.git", "../c.git", "https://host/a/c.git" },
		{ "https://host/a/b", "../../c", "https://host/c" },
		{ "https://host/a/b/", "../c/", "https://host/a/c" },
		{ "https://host/a", "./c", "https://host/a/c" },
		{ "https://host/a", "./../c", "https://host/c" },
		{ "ssh://me@host:22/a", "../c", "ssh://me@host:22/c" },
		{ "me@host:a/b", "../c", "me@host:a/c" },
		{ "me@host:a", "../c", "me@host:c" },
		{ "me@host:a/b", "../../c", "me@host:c" },
		{ "/srv/git/a.git", "../c.git", "/srv/git/c.git" },
		{ "file:///srv/a", "../c", "file:///srv/c" },
		{ "/srv/a", "https://host/x", "https://host/x" },
		{ NULL, "/srv/x", "/srv/x" },
		{ "https://host/a/b", "../..", "https://host/a/.." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *url = submodule_url(all[i][0], all[i][1]);

		assert_string_equal(url, all[i][2]);
		free(url);
	}
}

static void none_leads_to_another_host(void **state)
{
	static const char *const all[][2] = {
		{ "https://host/a/b", "../../../c" },
		{ "https://host/a", "../../../evil.example/c" },
		{ "https://host", "../c" },
		{ "me@host:a", "../../c" },
		{ "/srv", "../../c" },
		{ NULL, "../c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_null(submodule_url(all[i][0], all[i][1]));
}

static void names_stay_inside(void **state)
{
	static const char *const good[] = {
		"lib", "a/b", "..a", "a b", "-x", "a..b", "b\303\266se",
	};
	static const char *const bad[] = {
		"", "..", "../a", "a/../b", "a/..", "/a", "a//b", "..\\a",
		"a/.git", "a\nb", "a\033[2J",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(submodule_name_trouble(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(submodule_name_trouble(bad[i]));
}

static void urls_are_no_options(void **state)
{
	static const char *const bad[] = {
		"", "-u./payload", "--upload-pack=x", "https://host/\nx",
		"https://host%0aevil/x", "https://host%0Aevil/x",
	};

	(void)state;
	assert_null(submodule_url_trouble("https://host/a-b"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(submodule_url_trouble(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_urls_lead_on),
		cmocka_unit_test(none_leads_to_another_host),
		cmocka_unit_test(names_stay_inside),
		cmocka_unit_test(urls_are_no_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
