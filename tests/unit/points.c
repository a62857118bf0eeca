/* What was verified, in words and in JSON and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "state/points.h"

static void a_line(void **state)
{
	struct point_list list = POINT_LIST_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	points_add_line(&list, &b);
	assert_string_equal(b.s, "");
	point_add(&list, "platform", 1, "ok", NULL);
	point_add(&list, "version", 1, "3.7 ok", "3.7");
	point_add(&list, "health", 0, "1/3", "1/3: no");
	points_add_line(&list, &b);
	assert_string_equal(b.s, "platform ok, version 3.7 ok, health 1/3");
	point_list_release(&list);
	buf_release(&b);
}

static void there_and_back(void **state)
{
	const char *text =
		"{\"points\":[{\"point\":\"platform\",\"ok\":true,"
		"\"evidence\":null},{\"point\":\"health\",\"ok\":false,"
		"\"evidence\":\"1/3: \\\"no\\\"\"}]}";
	struct point_list list = POINT_LIST_INIT;
	struct error err = ERROR_INIT;
	struct value *v = json_parse("x", text, strlen(text), &err);
	struct json *j = json_new();
	struct buf b = BUF_INIT;

	(void)state;
	points_read(&list, value_get(v, "points"));
	assert_int_equal(list.nr, 2);
	assert_true(list.v[0].ok);
	assert_null(list.v[0].evidence);
	assert_false(list.v[1].ok);
	assert_string_equal(list.v[1].evidence, "1/3: \"no\"");
	json_object(j, NULL);
	points_json(&list, j, "points");
	json_end(j);
	json_write(j, &b, JSON_ONE_LINE);
	assert_string_equal(b.s, text);
	json_free(j);
	value_free(v);
	point_list_release(&list);
	buf_release(&b);
	error_release(&err);
}

static void what_is_none(void **state)
{
	const char *text = "[1, [], {}, {\"point\": []}, {\"point\": \"a\"},"
			   "{\"ok\": true}]";
	struct point_list list = POINT_LIST_INIT;
	struct error err = ERROR_INIT;
	struct value *v = json_parse("x", text, strlen(text), &err);

	(void)state;
	points_read(&list, NULL);
	points_read(&list, v);
	points_read(&list, v->items[0]);
	assert_int_equal(list.nr, 0);
	value_free(v);
	point_list_release(&list);
	error_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
