/* Addresses of remotes, compared as repositories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/url.h"

static void the_same_repository(void **state)
{
	static const char *const same[][2] = {
		{ "https://github.com/a/b", "https://github.com/a/b.git/" },
		{ "https://GitHub.com/a/b", "git@github.com:a/b.git" },
		{ "ssh://git@github.com:22/a/b", "http://x:y@github.com/a/b" },
		{ "git://host/a", "https://host:443/a" },
		{ "/tmp", "file:///tmp/" },
		{ "/tmp/../tmp", "/tmp/.git" },
		{ "host:/srv/a", "ssh://host/srv/a" },
		{ "file://localhost/tmp", "/tmp" },
		{ "https://github.com/a/B", "https://github.com/A/b" },
		{ "https://github.com/a//./b", "https://github.com/a/b" },
		{ "https://github.com./%61/b?x", "https://github.com/a/b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!url_same(same[i][0], same[i][1]))
			fail_msg("%s and %s", same[i][0], same[i][1]);
}

static void other_repositories(void **state)
{
	static const char *const other[][2] = {
		{ "https://github.com/a/b", "https://github.com/a/c" },
		{ "https://github.com/a/b", "https://gitlab.com/a/b" },
		{ "http://host:8080/a", "http://host:8081/a" },
		{ "/tmp/a", "host:/tmp/a" },
		{ "./a:b", "a:b" },
		{ "host:a%61", "host:aa" },
		{ "https://host/a.b/c", "https://host/a/b/c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (url_same(other[i][0], other[i][1]))
			fail_msg("%s and %s", other[i][0], other[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_repository),
		cmocka_unit_test(other_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
