/* Patterns for paths: what they mean, and that none of them takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"

#define MATCHES(pattern, path) assert_true(path_match(pattern, path))
#define DIFFERS(pattern, path) assert_false(path_match(pattern, path))

static void names(void **state)
{
	(void)state;
	MATCHES("a", "a");
	DIFFERS("a", "b");
	DIFFERS("a", "ab");
	MATCHES("a*", "a");
	MATCHES("*a*b*", "xaxxbx");
	DIFFERS("*a*b", "bbaa");
	MATCHES("a?c", "abc");
	DIFFERS("a?c", "ac");
	MATCHES("*", ".hidden");
	DIFFERS("*", "a/b");
	DIFFERS("a?b", "a/b");
	/* These are letters like any other. */
	MATCHES("[a]", "[a]");
	DIFFERS("[a]", "a");
	MATCHES("a\\b", "a\\b");
}

static void folders(void **state)
{
	(void)state;
	MATCHES("a/*/c", "a/b/c");
	DIFFERS("a/*/c", "a/c");
	DIFFERS("a/b", "a");
	DIFFERS("a", "a/b");
	MATCHES("**", "a/b/c");
	MATCHES("**/c", "c");
	MATCHES("**/c", "a/b/c");
	DIFFERS("**/c", "a/c/b");
	MATCHES("a/**", "a/b/c");
	DIFFERS("a/**", "a");
	MATCHES("a/**/b", "a/b");
	MATCHES("a/**/b", "a/x/y/b");
	MATCHES("**/a/**/b", "a/a/x/b");
	MATCHES("**/a/b/**/c", "a/a/b/b/c");
	DIFFERS("**/a/b/**/c", "a/x/b/c");
}

/* By trying everything these would not end in our time. */
static void hostile(void **state)
{
	struct buf pattern = BUF_INIT, path = BUF_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buf_adds(&pattern, "**/a/");
		buf_adds(&path, "a/");
	}
	buf_addc(&pattern, 'x');
	buf_addc(&path, 'b');
	DIFFERS(pattern.s, path.s);
	buf_reset(&pattern);
	buf_reset(&path);
	for (int i = 0; i < 1000; i++) {
		buf_adds(&pattern, "*a");
		buf_adds(&path, "aa");
	}
	buf_addc(&path, 'b');
	DIFFERS(pattern.s, path.s);
	buf_release(&pattern);
	buf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(folders),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
