/* Looking at processes, and signalling those that are meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/procfs.h"

/* A child in a session of its own, whose name is hard to read. */
static pid_t start(void)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(0, pipe(ready));
	pid = fork();
	if (!pid) {
		setsid();
		prctl(PR_SET_NAME, "a) R 1 1 (1");
		(void)!write(ready[1], "", 1);
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(1, read(ready[0], &c, 1));
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(pid, waitpid(pid, NULL, 0));
}

static void looked_at(void **state)
{
	pid_t pid = start();
	struct process p;
	char here[4096], *folder;

	(void)state;
	assert_int_equal(0, procfs_look(&p, pid));
	assert_int_equal(pid, p.pid);
	assert_int_equal(getpid(), p.parent);
	assert_int_equal(pid, p.session);
	assert_string_equal("a) R 1 1 (1", p.name);
	folder = procfs_folder(pid);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_string_equal(here, folder);
	free(folder);
	end(pid);
	assert_int_equal(-1, procfs_look(&p, pid));
	assert_null(procfs_folder(pid));
}

static int is_it(const struct process *p, void *pid)
{
	return p->pid == *(pid_t *)pid ? 7 : 0;
}

static void found(void **state)
{
	pid_t pid = start(), none = -1;

	(void)state;
	assert_int_equal(7, procfs_find(is_it, &pid));
	assert_int_equal(0, procfs_find(is_it, &none));
	end(pid);
	assert_int_equal(0, procfs_find(is_it, &pid));
}

/* True of it once; then it could be another that got its number. */
static int is_it_once(const struct process *p, void *pid)
{
	pid_t *wanted = pid;

	if (p->pid != *wanted)
		return 0;
	*wanted = -1;
	return 1;
}

static void signalled(void **state)
{
	pid_t pid = start(), wanted = pid;
	int status;

	(void)state;
	assert_int_equal(0, procfs_signal(is_it_once, &wanted, SIGKILL));
	assert_int_equal(-1, wanted);
	assert_int_equal(0, waitpid(pid, &status, WNOHANG));
	assert_int_equal(1, procfs_signal(is_it, &pid, SIGUSR1));
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(SIGUSR1, WTERMSIG(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looked_at),
		cmocka_unit_test(found),
		cmocka_unit_test(signalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
