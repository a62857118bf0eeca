/*
 * Folders to compute in, which are made while other processes are done with
 * theirs and remove the folder around them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/repo.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 3000

static void remove_again_and_again(const char *dir)
{
	const struct timespec pause = { 0, 1000 };

	/* Again and again, and not all of the time: nobody would get in. */
	for (;;) {
		rmdir(dir);
		nanosleep(&pause, NULL);
	}
}

static void others_remove_the_folder_around_it(void **state)
{
	struct error err = ERROR_INIT;
	struct repo r = REPO_INIT;
	char *around;
	pid_t pid;

	(void)state;
	r.git_dir = make_temp_dir("/tmp/unit-temp-dir", &err);
	assert_non_null(r.git_dir);
	around = repo_path(&r, "upgrade");
	pid = fork();
	if (!pid)
		remove_again_and_again(around);
	assert_true(pid > 0);
	for (int i = 0; i < ROUNDS; i++) {
		char *dir = repo_temp_dir(&r, &err);

		if (!dir)
			kill(pid, SIGKILL);
		assert_non_null(dir);
		assert_int_equal(rmdir(dir), 0);
		free(dir);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(remove_tree(r.git_dir, &err), 0);
	free(around);
	repo_release(&r);
}

static void what_cannot_be_made_is_an_error(void **state)
{
	struct error err = ERROR_INIT;
	struct repo r = REPO_INIT;
	char *around;

	(void)state;
	r.git_dir = make_temp_dir("/tmp/unit-temp-dir", &err);
	around = repo_path(&r, "upgrade");
	assert_int_equal(close(open(around, O_WRONLY | O_CREAT, 0600)), 0);
	err.changed = 1;
	assert_null(repo_temp_dir(&r, &err));
	assert_non_null(err.message);
	assert_true(err.changed);
	error_release(&err);
	assert_int_equal(remove_tree(r.git_dir, &err), 0);
	free(around);
	repo_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_remove_the_folder_around_it),
		cmocka_unit_test(what_cannot_be_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
