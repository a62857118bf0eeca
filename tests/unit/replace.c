/* One text for another: once, and then no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/replace.h"

static void becomes(const char *text, const char *from, const char *to,
		    const char *want, size_t nr)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, text);
	assert_int_equal(replace_all(&b, from, to), nr);
	assert_string_equal(b.s, want);
	assert_int_equal(b.len, strlen(want));
	assert_int_equal(replace_all(&b, from, to), 0);
	buf_release(&b);
}

static void replaces(void **state)
{
	(void)state;
	becomes("", "a", "b", "", 0);
	becomes("aXa", "a", "bb", "bbXbb", 2);
	becomes("aaa", "aa", "b", "ba", 1);
	becomes("x/gui x/web", "x/", "here/y/", "here/y/gui here/y/web", 2);
}

static void keeps_what_is_so(void **state)
{
	(void)state;
	becomes("registry/mender/gui, mender/web", "mender/",
		"registry/mender/", "registry/mender/gui, "
		"registry/mender/web", 1);
	becomes("acme/m/acme/x acme/x", "acme/", "acme/m/acme/",
		"acme/m/acme/x acme/m/acme/x", 1);
	/* They share a slash. */
	becomes("/opt/app/opt/app/", "/opt/app/", "/srv/", "/srv/opt/app/",
		1);
}

static void strips(void **state)
{
	(void)state;
	becomes("docker.io/x/y x/z", "docker.io/x/", "x/", "x/y x/z", 1);
	becomes("abbb", "ab", "a", "a", 3);
}

static void keeps_nuls(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add(&b, "a\0a", 3);
	assert_int_equal(replace_all(&b, "a", "bc"), 2);
	assert_memory_equal(b.s, "bc\0bc", 5);
	buf_release(&b);
}

/* A text of two letters, so that everything meets everything. */
static void draw(char *text, size_t most, unsigned *seed)
{
	size_t len = 1 + (size_t)rand_r(seed) % most;

	for (size_t i = 0; i < len; i++)
		text[i] = rand_r(seed) & 16 ? 'a' : 'b';
	text[len] = '\0';
}

static void is_done_once(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char from[6], to[8], text[24];
		struct buf b = BUF_INIT;

		draw(from, sizeof(from) - 1, &seed);
		draw(to, sizeof(to) - 1, &seed);
		draw(text, sizeof(text) - 1, &seed);
		buf_adds(&b, text);
		if (strcmp(from, to))
			replace_all(&b, from, to);
		if (strcmp(from, to) && replace_all(&b, from, to))
			fail_msg("%s: %s is %s", text, from, to);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces),
		cmocka_unit_test(keeps_what_is_so),
		cmocka_unit_test(strips),
		cmocka_unit_test(keeps_nuls),
		cmocka_unit_test(is_done_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
