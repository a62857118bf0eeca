/* What HTTP is asked with, and refuses, before anybody has answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deploy/http.h"

static void refuses(const char *url, const char *why)
{
	struct http_request q = { .url = url, .timeout = 5 };
	struct http_answer a = HTTP_ANSWER_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(http_ask(&q, &a, &err), -1);
	assert_string_equal(err.message, why);
	assert_int_equal(a.status, 0);
	assert_false(a.is_passing);
	http_answer_release(&a);
	error_release(&err);
}

static void only_http_is_spoken(void **state)
{
	(void)state;
	refuses("file:///etc/passwd", "file:///etc/passwd: only http and "
		"https are spoken");
	refuses("ftp://u:secret@127.0.0.1/x", "ftp://u:***@127.0.0.1/x: only "
		"http and https are spoken");
}

static void a_secret_is_in_no_error(void **state)
{
	struct http_request q = { .timeout = 5,
		/* Port 0 is nobody's. */
		.url = "http://u:secret@127.0.0.1:0/x?key=secret" };
	struct http_answer a = HTTP_ANSWER_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(http_ask(&q, &a, &err), -1);
	assert_non_null(strstr(err.message,
			       "http://u:***@127.0.0.1:0/x?***: "));
	assert_null(strstr(err.message, "secret"));
	http_answer_release(&a);
	error_release(&err);
}

static void headers_by_name(void **state)
{
	(void)state;
	assert_string_equal(http_header_value("Content-Type: a/b",
					      "content-type"), "a/b");
	assert_string_equal(http_header_value("X:\ty", "x"), "y");
	assert_string_equal(http_header_value("X:", "X"), "");
	assert_null(http_header_value("X-Y: z", "X"));
	assert_null(http_header_value("X", "X"));
	assert_null(http_header_value("", "X"));
}

static void urls_for_people(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	http_add_url(&b, "https://u:p@h/x\n\033[2J?token=t");
	assert_string_equal(b.s, "https://u:***@h/x??[2J?***");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_http_is_spoken),
		cmocka_unit_test(a_secret_is_in_no_error),
		cmocka_unit_test(headers_by_name),
		cmocka_unit_test(urls_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
