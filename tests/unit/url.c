/* URLs for people to read: no password, no token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void check(const char *url, const char *expected)
{
	struct buf b = BUF_INIT;

	buf_add_url(&b, url);
	assert_string_equal(b.s, expected);
	buf_release(&b);
}

static void urls(void **state)
{
	(void)state;
	check("https://example.com/a.git", "https://example.com/a.git");
	check("https://u:p@example.com/a", "https://u:***@example.com/a");
	check("https://u:p@q@example.com/a", "https://u:***@example.com/a");
	check("https://:p@example.com/a", "https://:***@example.com/a");
	check("https://token@example.com/a", "https://***@example.com/a");
	check("https://example.com/a@b:c", "https://example.com/a@b:c");
	check("https://example.com/a?token=x", "https://example.com/a?***");
	check("ssh://git@example.com:22/a", "ssh://git@example.com:22/a");
	check("ssh://git:p@example.com/a", "ssh://git:***@example.com/a");
	check("git@example.com:a/b.git", "git@example.com:a/b.git");
	check("/srv/git/a.git", "/srv/git/a.git");
	check("file:///srv/a", "file:///srv/a");
	check("https://", "https://");
	check("", "");
}

static void texts(void **state)
{
	const char *text = "cannot 'https://u:p@h/x?t=1': no\033[m "
			   "(see ssh://g@h/) ://";
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_masked(&b, text, strlen(text));
	assert_string_equal(b.s, "cannot 'https://u:***@h/x?***': no?[m "
			    "(see ssh://g@h/) ://");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
