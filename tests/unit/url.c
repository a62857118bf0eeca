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

/* A remote may say anything, also in what looks like a URL. */
static void escapes(void **state)
{
	const char text[] = "see https://a/\033]0;x\007 and\0 ssh://u:p\033@h";
	struct buf b = BUF_INIT;

	(void)state;
	buf_add_masked(&b, text, sizeof(text) - 1);
	assert_string_equal(b.s, "see https://a/?]0;x? and? ssh://u:***@h");
	buf_release(&b);
}

static void check_clean(const char *text, const char *expected)
{
	struct buf b = BUF_INIT;

	buf_add_clean(&b, text, strlen(text));
	assert_string_equal(b.s, expected);
	buf_release(&b);
}

static void controls(void **state)
{
	(void)state;
	check_clean("a\tb\n", "a\tb\n");
	check_clean("\033[2J\r\b\x7f", "?[2J???");
	/* C1, as UTF-8 and as it is: both begin a sequence somewhere. */
	check_clean("\xc2\x9b""2J", "?2J");
	check_clean("\x9b""2J", "?2J");
	check_clean("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	/* Latin-1 stays: file names are of any encoding. */
	check_clean("caf\xe9", "caf\xe9");
	/* "exe.yml" to the eye */
	check_clean("\xe2\x80\xae""lmy.exe", "?lmy.exe");
	check_clean("a\xe2\x81\xa6z", "a?z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(texts),
		cmocka_unit_test(escapes),
		cmocka_unit_test(controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
