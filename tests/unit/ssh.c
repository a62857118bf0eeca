/* What git reaches by ssh, and where that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "git/ssh.h"

static void by_ssh(void **state)
{
	static const struct {
		const char *url, *host, *port;
	} cases[] = {
		{ "ssh://host/a/b", "host", NULL },
		{ "ssh://git@host:2222/a", "git@host", "2222" },
		{ "git+ssh://host/a", "host", NULL },
		{ "ssh+git://a.b-c/d", "a.b-c", NULL },
		{ "host:a/b", "host", NULL },
		{ "me@host:/a:b", "me@host", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *port, *host = ssh_destination(cases[i].url, &port);

		assert_non_null(host);
		assert_string_equal(cases[i].host, host);
		if (cases[i].port)
			assert_string_equal(cases[i].port, port);
		else
			assert_null(port);
		free(host);
		free(port);
	}
}

static void by_others_or_odd(void **state)
{
	static const char *const urls[] = {
		"", "/a/b", "./a:b", "a/b:c", "https://host/a", "ext::ssh a",
		"git://host/a", "file:///a", "ssh://", "ssh:///a", ":a",
		"ssh://-oProxyCommand=x/a", "-host:a", "ssh://a b/c",
		"ssh://$(x)/a", "ssh://host:/a", "ssh://host:22x/a",
		"ssh://[::1]/a", "[host:22]:a", "ssh://u:p@host/a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char *port, *host = ssh_destination(urls[i], &port);

		if (host || port)
			fail_msg("%s: %s", urls[i], host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_ssh),
		cmocka_unit_test(by_others_or_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
