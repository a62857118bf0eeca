/* Addresses of remotes: shown without secrets, compared as repositories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/url.h"

static void shows(const char *text, const char *expected)
{
	struct buf out = BUF_INIT;

	url_add_masked(&out, text);
	assert_string_equal(out.s, expected);
	buf_release(&out);
}

static void secrets_are_masked(void **state)
{
	(void)state;
	shows("https://olga:s3cret@host/x.git", "https://host/x.git");
	shows("https://ghp_token@host/x.git", "https://host/x.git");
	shows("https://olga:p@ss@host/x", "https://host/x");
	shows("ssh://olga:s3cret@host:22/x", "ssh://olga:***@host:22/x");
	shows("fatal: 'http://a:b@c/' and 'http://d:e@f/' failed",
	      "fatal: 'http://c/' and 'http://f/' failed");
}

static void the_rest_stays(void **state)
{
	(void)state;
	shows("", "");
	shows("ssh://ops@host/x", "ssh://ops@host/x");
	shows("ops@host:x.git", "ops@host:x.git");
	shows("https://host/a@b:c", "https://host/a@b:c");
	shows("/srv/x.git", "/srv/x.git");
	shows("://x", "://x");
	shows("a://", "a://");
	shows("see https://host?q=a@b", "see https://host?q=a@b");
}

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
		{ "https://github.com/a/B", "https://github.com/a/b" },
		{ "./a:b", "a:b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (url_same(other[i][0], other[i][1]))
			fail_msg("%s and %s", other[i][0], other[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(the_rest_stays),
		cmocka_unit_test(the_same_repository),
		cmocka_unit_test(other_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
