#include "base/procfs.h"

#include "base/file.h"
#include "base/mem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int procfs_read(struct buf *out, pid_t pid, const char *file)
{
	char *path = xstrfmt("/proc/%ld/%s", (long)pid, file);
	struct error ignored = ERROR_INIT;
	int ret = file_read(path, out, &ignored);

	error_release(&ignored);
	free(path);
	return ret;
}

/* "PID (NAME) STATE PPID PGRP SESSION ...", and NAME may hold anything. */
static int parse_stat(struct process *p, const char *text)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	long parent, group, session;

	if (!name || !end || end < name || strlen(end) < 4 ||
	    sscanf(end + 4, "%ld %ld %ld", &parent, &group, &session) != 3)
		return -1;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(end - name - 1),
		 name + 1);
	p->parent = (pid_t)parent;
	p->session = (pid_t)session;
	return 0;
}

int procfs_look(struct process *p, pid_t pid)
{
	struct buf text = BUF_INIT;
	int ret = procfs_read(&text, pid, "stat");

	p->pid = pid;
	if (!ret)
		ret = parse_stat(p, text.s);
	buf_release(&text);
	return ret;
}

char *procfs_folder(pid_t pid)
{
	char *path = xstrfmt("/proc/%ld/cwd", (long)pid);
	char folder[PATH_MAX];
	ssize_t len = readlink(path, folder, sizeof(folder) - 1);

	free(path);
	if (len <= 0)
		return NULL;
	folder[len] = '\0';
	return xstrdup(folder);
}

int procfs_find(int (*fn)(const struct process *p, void *data), void *data)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		struct process p;

		if (isdigit((unsigned char)*entry->d_name) &&
		    !procfs_look(&p, (pid_t)strtol(entry->d_name, NULL, 10)))
			found = fn(&p, data);
	}
	if (proc)
		closedir(proc);
	return found;
}

struct signalling {
	int (*fn)(const struct process *p, void *data);
	void *data;
	int sig;
	int nr;
};

/* -1: it is gone, or this is a kernel before 5.3: ENOSYS. */
static int hold(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

static int send_signal(int fd, pid_t pid, int sig)
{
#ifdef SYS_pidfd_send_signal
	if (fd >= 0)
		return (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
#endif
	return kill(pid, sig);
}

static int signal_if(const struct process *p, void *data)
{
	struct signalling *s = data;
	struct process again;
	int fd;

	if (!s->fn(p, s->data))
		return 0;
	fd = hold(p->pid);
	if ((fd >= 0 || errno == ENOSYS) && !procfs_look(&again, p->pid) &&
	    s->fn(&again, s->data))
		s->nr += !send_signal(fd, p->pid, s->sig);
	if (fd >= 0)
		close(fd);
	return 0;
}

int procfs_signal(int (*fn)(const struct process *p, void *data), void *data,
		  int sig)
{
	struct signalling s = { fn, data, sig, 0 };

	procfs_find(signal_if, &s);
	return s.nr;
}
