/* The record: written, read back, and refused when it is not what we write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/record.h"

#define BLOB "0123456789abcdef0123456789abcdef01234567"
#define TREE "89abcdef0123456789abcdef0123456789abcdef"
#define SHA256 "0123456789abcdef0123456789abcdef" \
	       "0123456789abcdef0123456789abcdef"
#define HEAD_LINES "format 1\nprofile mender\nrelease 3.6.4\n"
#define GOOD HEAD_LINES "commit " BLOB "\ntree " TREE "\n"

static void parse(struct record *rec, const char *text)
{
	struct error err = ERROR_INIT;

	if (record_parse(rec, "r", text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
}

static void check_round(const char *text)
{
	struct record rec = RECORD_INIT;
	struct buf b = BUF_INIT;

	parse(&rec, text);
	record_write(&rec, &b);
	assert_string_equal(b.s, text);
	buf_release(&b);
	record_release(&rec);
}

static void refuses_bytes(const char *text, size_t len, const char *message)
{
	struct record rec = RECORD_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(record_parse(&rec, "r", text, len, &err), -1);
	assert_string_equal(err.message, message);
	assert_true(err.hints.nr > 0);
	assert_null(rec.profile);
	error_release(&err);
}

#define REFUSES(text, message) refuses_bytes(text, sizeof(text) - 1, message)

static void round_trip(void **state)
{
	(void)state;
	check_round(GOOD);
	check_round(HEAD_LINES "tree " SHA256 "\n");
	check_round(GOOD
		    "copy " TREE " t \"p/\\\"q\\\"\\n\\001\"\n"
		    "copy " BLOB " t/a.template p/a\n"
		    "copy " TREE " \"t/b c\" p/b\n"
		    "copy " TREE " t/\xc3\xa9 p/\xc3\xa9\n");
}

static void odd_paths(void **state)
{
	static const char *const paths[] = {
		"a b", " lead", "trail ", "a\"b", "a\\b", "a\tb", "a\nb",
		"a\rb", "\"", "\" \"", "\x01", "\x7f", "\xff\xfe", "-x",
		"a'b", "copy", "#", "a\\", "\\\\\"", "\xe2\x82\xac/\xf0\x9f",
	};
	struct record rec = RECORD_INIT, again = RECORD_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	parse(&rec, GOOD);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		for (size_t j = 0; j < ARRAY_SIZE(paths); j++) {
			char *path = xstrfmt("%s/%s", paths[i], paths[j]);

			record_set_copy(&rec, BLOB, paths[j], path);
			free(path);
		}
	record_write(&rec, &b);
	parse(&again, b.s);
	assert_int_equal(again.nr_copies,
			 ARRAY_SIZE(paths) * ARRAY_SIZE(paths));
	for (size_t i = 0; i < rec.nr_copies; i++) {
		assert_string_equal(rec.copies[i].path, again.copies[i].path);
		assert_string_equal(rec.copies[i].template,
				    again.copies[i].template);
	}
	buf_release(&b);
	record_release(&rec);
	record_release(&again);
}

static void copies_are_set(void **state)
{
	struct record rec = RECORD_INIT;

	(void)state;
	record_set_copy(&rec, BLOB, "t1", "b");
	record_set_copy(&rec, BLOB, "t2", "a");
	record_set_copy(&rec, BLOB, "t3", "c");
	record_set_copy(&rec, TREE, rec.copies[1].template,
			rec.copies[1].path);
	assert_int_equal(rec.nr_copies, 3);
	assert_string_equal(rec.copies[0].path, "a");
	assert_string_equal(record_copy_of(&rec, "b")->blob, TREE);
	assert_string_equal(record_copy_of(&rec, "b")->template, "t1");
	assert_null(record_copy_of(&rec, "d"));
	record_release(&rec);
}

static void refused(void **state)
{
	(void)state;
	REFUSES("", "r:1: expected 'format 1'");
	REFUSES("\n", "r:1: expected 'format 1'");
	REFUSES("format 2\nwhatever\n", "r: format 2 was written by a newer "
		"git-upgrade; this one reads format 1");
	REFUSES("format x\n", "r:1: expected 'format 1'");
	REFUSES("profile mender\n", "r:1: expected 'format 1'");
	REFUSES("format 1\r\n", "r:1: expected 'format 1'");
	REFUSES("format 1", "r:1: the last line is cut off");
	REFUSES("format 1\n", "r:2: expected profile, release and tree "
		"before the end");
	REFUSES(GOOD "tree " TREE "\n", "r:6: tree is there twice");
	REFUSES(GOOD "\n",
		"r:6: expected profile, release, commit, tree or copy");
	REFUSES(GOOD "note x\n",
		"r:6: expected profile, release, commit, tree or copy");
	REFUSES(GOOD "<<<<<<< HEAD\n",
		"r:6: expected profile, release, commit, tree or copy");
	REFUSES(HEAD_LINES "tree abc\n", "r:4: this is no tree");
	REFUSES(HEAD_LINES "tree\n", "r:4: this is no tree");
	REFUSES(HEAD_LINES "tree " TREE " \n", "r:4: this is no tree");
	REFUSES(HEAD_LINES "commit " TREE "g\n", "r:4: this is no commit");
	REFUSES("format 1\nprofile ../x\n", "r:2: this is no profile");
	REFUSES("format 1\nrelease 3 4\n", "r:2: this is no release");
	REFUSES("format 1\nrelease \033[2J\n", "r:2: this is no release");
	REFUSES("format 1\n\0", "r:1: a NUL byte is not allowed");
}

static void copies_refused(void **state)
{
	(void)state;
	REFUSES(GOOD "copy\n",
		"r:6: this is no copy: expected copy BLOB TEMPLATE COPY");
	REFUSES(GOOD "copy x a b\n",
		"r:6: this is no copy: expected copy BLOB TEMPLATE COPY");
	REFUSES(GOOD "copy " BLOB " a\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " a b c\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " \"a b\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " \"a\\\" b\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " \"a\"b c\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " \"a\\000\" b\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " a ../b\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " a .git/config\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " a /b\n",
		"r:6: this is no copy: the paths cannot be read");
	REFUSES(GOOD "copy " BLOB " a b\ncopy " BLOB " a a\n",
		"r:7: the copies are not sorted, or one is there twice");
	REFUSES(GOOD "copy " BLOB " a b\ncopy " BLOB " c b\n",
		"r:7: the copies are not sorted, or one is there twice");
}

static void too_large(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	while (b.len <= 4 * 1024 * 1024)
		buf_adds(&b, GOOD);
	refuses_bytes(b.s, b.len,
		      "r: larger than 4 MiB, which no record is");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(odd_paths),
		cmocka_unit_test(copies_are_set),
		cmocka_unit_test(refused),
		cmocka_unit_test(copies_refused),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
