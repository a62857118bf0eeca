/*
 * killat: kill a command right before its Nth change to a file system, or let
 * the disk fail there.
 *
 *	killat [-a | -g] N COMMAND [ARG...]
 *					killed at the Nth; exit 137
 *	killat -e ERROR N COMMAND [ARG...]
 *					the Nth fails; exit as the command
 *	killat -c FILE COMMAND [ARG...]	how many there are, into FILE
 *
 *	-p PATTERN	only those whose file fits it, fnmatch(3), count
 *	-u		of those only the ones that take a name away: unlink,
 *			rmdir and rename
 *	-w FILE		write there what was hit: call, file, and other file
 *
 * What counts is every system call that can change a file or a folder, or that
 * waits until a file is on the disk, made by the command or by any process it
 * starts, in the order they come.  A write to a pipe or a terminal does not
 * count.  Killed are all processes at once; with -a the command alone, with -g
 * its process group, as when a terminal goes away, while what else it started
 * goes on.  Where there are fewer than N, killat exits as the command did.
 *
 * Errors are EIO: the Nth change fails, and no other; ENOSPC: from the Nth on
 * all fail that need space; EROFS: from the Nth on all fail.  Exit code 126
 * says that there were fewer than N.
 *
 * Linux only: a seccomp filter (seccomp(2)) stops a process at the calls
 * that matter, ptrace(2) tells which one it is, and makes it fail.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum kind {
	ALWAYS,			/* it changes something */
	FREES,			/* the same, and needs no space */
	BY_FD,			/* where the first argument is a file */
	BY_FLAGS_2, BY_FLAGS_3	/* where the flags of an open say so */
};

/* Which arguments name its files, from 0; NONE: there is no such. */
#define NONE 6

struct call {
	long nr;
	const char *name;
	enum kind kind;
	int path, other;
	int takes;			/* a name is gone afterwards */
};

static const struct call calls[] = {
	{ SYS_write, "write", BY_FD, NONE, NONE, 0 },
	{ SYS_pwrite64, "write", BY_FD, NONE, NONE, 0 },
	{ SYS_writev, "write", BY_FD, NONE, NONE, 0 },
	{ SYS_pwritev, "write", BY_FD, NONE, NONE, 0 },
	{ SYS_ftruncate, "truncate", BY_FD, NONE, NONE, 0 },
	{ SYS_fsync, "fsync", BY_FD, NONE, NONE, 0 },
	{ SYS_fdatasync, "fsync", BY_FD, NONE, NONE, 0 },
	{ SYS_copy_file_range, "write", ALWAYS, NONE, NONE, 0 },
	{ SYS_openat, "open", BY_FLAGS_3, 1, NONE, 0 },
	{ SYS_renameat2, "rename", FREES, 1, 3, 1 },
	{ SYS_linkat, "link", ALWAYS, 1, 3, 0 },
	{ SYS_symlinkat, "symlink", ALWAYS, 2, NONE, 0 },
	{ SYS_unlinkat, "unlink", FREES, 1, NONE, 1 },
	{ SYS_mkdirat, "mkdir", ALWAYS, 1, NONE, 0 },
	{ SYS_truncate, "truncate", FREES, 0, NONE, 0 },
	{ SYS_fchmod, "chmod", FREES, NONE, NONE, 0 },
	{ SYS_fchmodat, "chmod", FREES, 1, NONE, 0 },
	{ SYS_utimensat, "utimens", FREES, 1, NONE, 0 },
	{ SYS_fallocate, "fallocate", ALWAYS, NONE, NONE, 0 },
#ifdef SYS_open
	{ SYS_open, "open", BY_FLAGS_2, 0, NONE, 0 },
	{ SYS_creat, "open", ALWAYS, 0, NONE, 0 },
	{ SYS_rename, "rename", FREES, 0, 1, 1 },
	{ SYS_link, "link", ALWAYS, 0, 1, 0 },
	{ SYS_symlink, "symlink", ALWAYS, 1, NONE, 0 },
	{ SYS_unlink, "unlink", FREES, 0, NONE, 1 },
	{ SYS_mkdir, "mkdir", ALWAYS, 0, NONE, 0 },
	{ SYS_rmdir, "rmdir", FREES, 0, NONE, 1 },
	{ SYS_chmod, "chmod", FREES, 0, NONE, 0 },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, "rename", FREES, 1, 3, 1 },
#endif
};

#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))
#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | \
		 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* Stop at the calls above; everything else goes on at full speed. */
static void install_filter(void)
{
	struct sock_filter code[2 * NR_CALLS + 2];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < NR_CALLS; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].nr, 0,
			1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
			SECCOMP_RET_TRACE);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_ALLOW);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("killat: seccomp");
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("killat: fork");
	if (pid)
		return pid;
	setsid();
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		die("killat: ptrace");
	raise(SIGSTOP);
	install_filter();
	execvp(argv[0], argv);
	die(argv[0]);
	return 0;
}

static int is_regular(pid_t pid, unsigned long long fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld/fd/%llu", (long)pid, fd);
	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* The call a process is about to make, and what it would do. */
struct hit {
	const struct call *call;	/* NULL: none that counts */
	int change;			/* 2: it needs space, 1: it does not */
	char path[PATH_MAX], other[PATH_MAX];
};

static int change_of(pid_t pid, const struct call *c,
		     const unsigned long long *args)
{
	if (c->kind == FREES)
		return 1;
	if (c->kind == ALWAYS)
		return 2;
	if (c->kind == BY_FD)
		return is_regular(pid, args[0]) ? 2 : 0;
	return args[c->kind == BY_FLAGS_2 ? 1 : 2] & (O_CREAT | O_TRUNC) ?
	       2 : 0;
}

/* A string of another process, as far as it can be read. */
static void read_string(char *to, pid_t pid, unsigned long long from)
{
	char mem[64];
	int fd;
	ssize_t len = -1;

	snprintf(mem, sizeof(mem), "/proc/%ld/mem", (long)pid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = pread(fd, to, PATH_MAX - 1, (off_t)from);
		close(fd);
	}
	to[len > 0 ? len : 0] = '\0';
}

/* Of a call that has no name for its file, the one it was opened by. */
static void read_paths(struct hit *h, pid_t pid,
		       const unsigned long long *args)
{
	char link[64];
	ssize_t len;

	h->other[0] = '\0';
	if (h->call->other != NONE)
		read_string(h->other, pid, args[h->call->other]);
	if (h->call->path != NONE) {
		read_string(h->path, pid, args[h->call->path]);
		return;
	}
	snprintf(link, sizeof(link), "/proc/%ld/fd/%llu", (long)pid, args[0]);
	len = readlink(link, h->path, sizeof(h->path) - 1);
	h->path[len > 0 ? len : 0] = '\0';
}

static void look(struct hit *h, pid_t pid)
{
	struct ptrace_syscall_info info;
	unsigned long long args[NONE];

	h->call = NULL;
	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info),
		   &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	for (size_t i = 0; i < NONE; i++)
		args[i] = info.seccomp.args[i];
	for (size_t i = 0; i < NR_CALLS && !h->call; i++)
		if (info.seccomp.nr == (unsigned long long)calls[i].nr)
			h->call = &calls[i];
	h->change = h->call ? change_of(pid, h->call, args) : 0;
	if (!h->change)
		h->call = NULL;
	else
		read_paths(h, pid, args);
}

/* Who was ever seen; the dead are not worth telling apart. */
struct pids {
	pid_t *v;
	size_t nr;
};

static void remember(struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->v[i] == pid)
			return;
	p->v = realloc(p->v, (p->nr + 1) * sizeof(*p->v));
	if (!p->v)
		die("killat");
	p->v[p->nr++] = pid;
}

static void forget(struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->v[i] == pid)
			p->v[i] = p->v[--p->nr];
}

/*
 * Also those that left the group, and those just forked: nobody has seen them
 * yet, and each waits, stopped, to be.
 */
static void kill_all(const struct pids *p)
{
	pid_t pid;
	int status;

	for (size_t i = 0; i < p->nr; i++)
		kill(p->v[i], SIGKILL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
		if (pid > 0 && WIFSTOPPED(status))
			kill(pid, SIGKILL);
}

/*
 * The leader, or all of its group; when they have ended, the number may be
 * anybody's.  As long as we have not waited for one of them it is theirs.
 */
static void kill_some(const struct pids *p, pid_t leader, int group)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->v[i] == leader ||
		    (group && getpgid(p->v[i]) == leader)) {
			kill(group ? -leader : leader, SIGKILL);
			return;
		}
}

/* The call is not made, and answers -code. */
static void fail(pid_t pid, int code)
{
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io) < 0)
		return;
#if defined(__x86_64__)
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)-code;
#elif defined(__aarch64__)
	int none = -1;
	struct iovec nr = { &none, sizeof(none) };

	regs.regs[0] = (unsigned long long)-code;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &nr);
#else
#error "how does a call fail on this machine?"
#endif
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &io);
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

/* What a stopped process goes on with: a signal that was meant for it. */
static int signal_for(int status)
{
	int sig = WSTOPSIG(status);

	return status >> 16 || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

struct order {
	long at;		/* the Nth; 0: never */
	int alone;		/* kill the command only */
	int group;		/* or who is in its group */
	int error;		/* or let it fail with this; 0: kill */
	const char *pattern;	/* only such files count; NULL: all do */
	int takes;		/* and only what takes a name away */
	const char *what;	/* file that says what was hit, or NULL */
	long count;		/* changes so far */
};

static int counts(const struct order *o, const struct hit *h)
{
	if (!h->call || (o->takes && !h->call->takes))
		return 0;
	return !o->pattern || !fnmatch(o->pattern, h->path, 0) ||
	       (h->other[0] && !fnmatch(o->pattern, h->other, 0));
}

static int fails(const struct order *o, const struct hit *h)
{
	if (o->error == EIO)
		return o->count == o->at;
	return o->error && o->count >= o->at &&
	       (o->error == EROFS || h->change == 2);
}

static void write_what(const char *file, const struct hit *h)
{
	FILE *f = fopen(file, "w");

	if (!f || fprintf(f, "%s %s %s\n", h->call->name, h->path,
			  h->other) < 0 || fclose(f))
		die(file);
}

/* 1: all are dead now. */
static int carry_out(struct order *o, const struct pids *pids, pid_t leader,
		     pid_t pid)
{
	struct hit h;

	look(&h, pid);
	if (!counts(o, &h))
		return 0;
	if (++o->count == o->at && o->what)
		write_what(o->what, &h);
	if (fails(o, &h)) {
		fail(pid, o->error);
	} else if (!o->error && o->count == o->at) {
		if (!o->alone && !o->group) {
			kill_all(pids);
			return 1;
		}
		kill_some(pids, leader, o->group);
	}
	return 0;
}

/* Until nothing is left. */
static int trace(pid_t leader, struct order *o)
{
	struct pids pids = { NULL, 0 };
	int status, code = 0;
	pid_t pid;

	if (waitpid(leader, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, leader, NULL, (void *)OPTIONS) < 0)
		die("killat: trace");
	ptrace(PTRACE_CONT, leader, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			forget(&pids, pid);
			if (pid == leader)
				code = code_of(status);
			continue;
		}
		remember(&pids, pid);
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) &&
		    carry_out(o, &pids, leader, pid)) {
			code = 137;
			break;
		}
		ptrace(PTRACE_CONT, pid, NULL,
		       (void *)(long)signal_for(status));
	}
	free(pids.v);
	return code;
}

static int error_of(const char *name)
{
	if (!strcmp(name, "EIO"))
		return EIO;
	if (!strcmp(name, "ENOSPC"))
		return ENOSPC;
	return strcmp(name, "EROFS") ? -1 : EROFS;
}

static void write_count(const char *path, long count)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%ld\n", count) < 0 || fclose(f))
		die(path);
}

static int usage(void)
{
	fprintf(stderr, "usage: killat [-a | -g | -e ERROR] [-p PATTERN] [-u] "
		"[-w FILE] N COMMAND [ARG...]\n"
		"   or: killat -c FILE [-p PATTERN] [-u] COMMAND [ARG...]\n");
	return 125;
}

int main(int argc, char **argv)
{
	struct order o = { .at = 0 };
	const char *count_file = NULL;
	int opt, code;

	while ((opt = getopt(argc, argv, "+ac:e:gp:uw:")) != -1) {
		if (opt == 'a')
			o.alone = 1;
		else if (opt == 'c')
			count_file = optarg;
		else if (opt == 'e')
			o.error = error_of(optarg);
		else if (opt == 'g')
			o.group = 1;
		else if (opt == 'p')
			o.pattern = optarg;
		else if (opt == 'u')
			o.takes = 1;
		else if (opt == 'w')
			o.what = optarg;
		else
			return usage();
	}
	argv += optind;
	if (!count_file && *argv)
		o.at = strtol(*argv++, NULL, 10);
	if (!*argv || (!count_file && o.at < 1) || o.error < 0)
		return usage();
	code = trace(start(argv), &o);
	if (count_file)
		write_count(count_file, o.count);
	return o.error && o.count < o.at ? 126 : code;
}
