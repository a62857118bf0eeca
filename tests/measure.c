/*
 * measure COMMAND ARGS...: run it, and print on descriptor 3 how long it took
 * in microseconds and, in KiB, the memory of the largest process there was,
 * itself and all it waited for.  Exits as that did.  For contrib/bench.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long long began = microseconds(), took;
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		return 129;
	pid = fork();
	if (pid < 0) {
		perror("measure: cannot fork");
		return 127;
	}
	if (!pid) {
		close(3);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0) {
		perror("measure: cannot wait");
		return 127;
	}
	took = microseconds() - began;
	getrusage(RUSAGE_CHILDREN, &usage);
	dprintf(3, "%lld %ld\n", took, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
