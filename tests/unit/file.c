/*
 * file_replace(): whole or not at all, whoever else writes or was killed; and
 * paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define WRITERS 4
#define ROUNDS 50

static int enter(void **state)
{
	struct error err = ERROR_INIT;
	char *dir = make_temp_dir("/tmp/unit-file", &err);

	if (!dir || chdir(dir) < 0)
		return -1;
	*state = dir;
	return 0;
}

static int leave(void **state)
{
	struct error err = ERROR_INIT;
	int ret = chdir("/") < 0 ? -1 : remove_tree(*state, &err);

	free(*state);
	return ret;
}

static void must_be(const char *want)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	assert_int_equal(file_read("f", &text, &err), 0);
	assert_string_equal(text.s, want);
	assert_false(file_exists("f.lock"));
	buf_release(&text);
}

static void replaces(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(file_replace("f", "one", 3, 0600, &err), 0);
	must_be("one");
	assert_int_equal(file_replace("f", "two", 3, 0600, &err), 0);
	must_be("two");
}

/* As a writer leaves it who is killed: half, and locked by nobody. */
static void takes_over(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(file_create("f.lock", "ha", 2, 0600, &err), 0);
	assert_int_equal(file_replace("f", "whole", 5, 0600, &err), 0);
	must_be("whole");
}

static void must_refuse(void)
{
	struct error err = ERROR_INIT;

	assert_int_equal(file_replace("f", "mine", 4, 0600, &err), -1);
	assert_non_null(strstr(err.message, "f.lock"));
	assert_int_equal(err.hints.nr, 1);
	error_release(&err);
}

static void leaves_the_living(void **state)
{
	struct error err = ERROR_INIT;
	int fd;

	(void)state;
	assert_int_equal(file_replace("f", "before", 6, 0600, &err), 0);
	fd = open("f.lock", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	must_refuse();
	assert_true(file_is_named(fd, "f.lock"));
	close(fd);
	assert_int_equal(file_replace("f", "after", 5, 0600, &err), 0);
	must_be("after");
}

/* What is no file is no lock of ours, and neither is what a link names. */
static void touches_nothing_else(void **state)
{
	struct error err = ERROR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("f.lock", 0700), 0);
	must_refuse();
	assert_int_equal(rmdir("f.lock"), 0);
	assert_int_equal(file_create("precious", "p", 1, 0600, &err), 0);
	assert_int_equal(symlink("precious", "f.lock"), 0);
	must_refuse();
	assert_int_equal(stat("f.lock", &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(unlink("f.lock"), 0);
}

static int write_many(int who)
{
	char text[4096];

	memset(text, 'a' + who, sizeof(text));
	for (int i = 0; i < ROUNDS; i++) {
		struct error err = ERROR_INIT;
		struct buf seen = BUF_INIT;
		int bad = file_replace("f", text, sizeof(text), 0600,
				       &err) < 0 ||
			  file_read("f", &seen, &err) < 0 ||
			  seen.len != sizeof(text) ||
			  strspn(seen.s, (char[]){ *seen.s, '\0' }) !=
				seen.len;

		buf_release(&seen);
		error_release(&err);
		if (bad)
			return 1;
	}
	return 0;
}

/* As whoever notes something does, and tidies up behind himself. */
static int put_many(int who)
{
	char *path = xstrfmt("deep/er/%d", who);
	struct error err = ERROR_INIT;
	int bad = 0;

	for (int i = 0; !bad && i < 12 * ROUNDS; i++) {
		bad = file_put(path, "x", 1, 0600, &err) < 0 ||
		      unlink(path) < 0;
		if (!rmdir("deep/er"))
			rmdir("deep");
	}
	if (bad && err.message)
		print_message("%s\n", err.message);
	error_release(&err);
	free(path);
	return bad;
}

static void all_of(int (*work)(int who))
{
	pid_t pids[WRITERS];
	int bad = 0;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(work(i));
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		bad |= status;
	}
	assert_int_equal(bad, 0);
}

static void many_at_once(void **state)
{
	(void)state;
	all_of(write_many);
	assert_false(file_exists("f.lock"));
}

static void puts_where_others_tidy_up(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	all_of(put_many);
	assert_false(file_exists("deep"));
	/* What is in the way for good is an error all the same. */
	assert_int_equal(file_create("deep", "x", 1, 0600, &err), 0);
	assert_int_equal(file_put("deep/er/f", "x", 1, 0600, &err), -1);
	assert_non_null(strstr(err.message, "deep"));
	error_release(&err);
	assert_int_equal(unlink("deep"), 0);
}

/* What is not there need not be removed; what stays is an error. */
static void removes(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(file_create("gone", "x", 1, 0600, &err), 0);
	assert_int_equal(file_remove("gone", &err), 0);
	assert_false(file_exists("gone"));
	assert_int_equal(file_remove("gone", &err), 0);
	assert_int_equal(file_remove("gone/deeper", &err), 0);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(file_remove("dir", &err), -1);
	assert_non_null(strstr(err.message, "cannot remove 'dir': "));
	error_release(&err);
	assert_int_equal(rmdir("dir"), 0);
}

static void is_below_past_links(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(make_dirs("a/b", &err), 0);
	assert_int_equal(make_dirs("ab", &err), 0);
	assert_int_equal(symlink("a/b", "to"), 0);
	assert_true(path_is_below("a/b", "a"));
	assert_true(path_is_below("a", "a"));
	assert_true(path_is_below("to", "a"));
	assert_true(path_is_below("a", "/"));
	assert_false(path_is_below("ab", "a"));
	assert_false(path_is_below("a", "to"));
	assert_false(path_is_below("absent", "a"));
	assert_false(path_is_below("a", "absent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces),
		cmocka_unit_test(removes),
		cmocka_unit_test(takes_over),
		cmocka_unit_test(leaves_the_living),
		cmocka_unit_test(touches_nothing_else),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(puts_where_others_tidy_up),
		cmocka_unit_test(is_below_past_links),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
