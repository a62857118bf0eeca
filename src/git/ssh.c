#include "git/ssh.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A socket's name is short by law: 104 bytes where that is least. ssh adds a
 * slash, 40 digits and, while it makes it, a dot and 16 more.
 */
#define LONGEST_FOLDER (103 - 1 - 40 - 17)

/* Where it begins, behind the scheme; NULL: not by ssh. */
static const char *behind_scheme(const char *url)
{
	static const char *const schemes[] = {
		"ssh://", "git+ssh://", "ssh+git://"
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (starts_with(url, schemes[i]))
			return url + strlen(schemes[i]);
	return NULL;
}

/* Not an option, nor anything a shell or ssh takes for more than a name. */
static int is_name(const char *host)
{
	for (const char *s = host; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("@._-", *s))
			return 0;
	return *host && *host != '-';
}

static int is_number(const char *port)
{
	return *port && !port[strspn(port, "0123456789")];
}

char *ssh_destination(const char *url, char **port)
{
	const char *from = behind_scheme(url);
	size_t len = strcspn(from ? from : url, from ? "/" : ":/");
	char *name, *colon;

	*port = NULL;
	/* HOST:PATH, but neither a path nor HELPER::ADDRESS nor a URL */
	if (!from && (url[len] != ':' || url[len + 1] == ':' ||
		      starts_with(url + len, "://")))
		return NULL;
	name = xmemdupz(from ? from : url, len);
	colon = strchr(name, ':');
	if (colon) {
		*colon++ = '\0';
		*port = xstrdup(colon);
	}
	if (is_name(name) && (!*port || is_number(*port)))
		return name;
	free(name);
	FREE_AND_NULL(*port);
	return NULL;
}

/* `ssh` or `/usr/bin/ssh`, and options that have to do with something else. */
static int is_plain_ssh(const char *command)
{
	size_t len = strcspn(command, " ");
	char *program = xmemdupz(command, len);
	int is = !strcmp(path_base(program), "ssh") &&
		 !command[strcspn(command, ";|&<>()`#\n")] &&
		 !strcasestr(command, "control") &&
		 !strstr(command, " -S") && !strstr(command, " -M");

	free(program);
	return is;
}

/* What git takes it for, if it was told. */
static int is_called_ssh(const struct repo *r)
{
	const char *given = getenv("GIT_SSH_VARIANT");
	char *variant = given ? xstrdup(given) : repo_config(r, "ssh.variant");
	int is = !variant || !strcmp(variant, "ssh") ||
		 !strcmp(variant, "auto");

	free(variant);
	return is;
}

/* The shell command git would run; NULL: no ssh, or with a will of its own. */
static char *find_command(const struct repo *r)
{
	const char *given = getenv("GIT_SSH_COMMAND");
	char *command = given ? xstrdup(given) :
			repo_config(r, "core.sshCommand");

	if (!command && !getenv("GIT_SSH"))
		command = xstrdup("ssh");
	if (command && (!is_plain_ssh(command) || !is_called_ssh(r)))
		FREE_AND_NULL(command);
	return command;
}

/* "COMMAND ARGS...", as git runs it. */
static void ssh_proc(struct proc *p, const char *command)
{
	strvec_pushl(&p->argv, "/bin/sh", "-c", NULL);
	strvec_pushf(&p->argv, "%s \"$@\"", command);
	strvec_push(&p->argv, command);
	p->quiet_err = 1;
}

/* Does his ssh_config share connections to that host already? */
static int user_shares(const char *command, const char *host,
		       const char *port)
{
	struct error ignored = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int shares;

	ssh_proc(&p, command);
	strvec_push(&p.argv, "-G");
	if (port)
		strvec_pushl(&p.argv, "-p", port, NULL);
	strvec_push(&p.argv, host);
	p.out = &out;
	/* Whether it is too old for -G, or whatever it is: hands off. */
	shares = proc_run(&p, &ignored) < 0 || p.status ||
		 strstr(out.s, "\ncontrolpath ") ||
		 !strstr(out.s, "\ncontrolmaster false");
	proc_release(&p);
	buf_release(&out);
	error_release(&ignored);
	return shares;
}

/* Nobody else's folder, nor one that others can enter. */
static int is_own(const char *dir)
{
	struct stat st;

	return !lstat(dir, &st) && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 077);
}

/* Neither a shell nor ssh finds anything in it to expand. */
static int is_plain_path(const char *path)
{
	for (const char *s = path; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("/._-", *s))
			return 0;
	return *path == '/';
}

/* A folder for the sockets, and those of the dead away; NULL: none. */
static char *make_folder(void)
{
	const char *const places[] = { getenv("XDG_RUNTIME_DIR"), "/tmp" };
	struct error ignored = ERROR_INIT;
	char *dir = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !dir; i++) {
		char *all = xstrfmt("%s/git-upgrade-%ld", places[i] ?
				    places[i] : "", (long)geteuid());
		char *prefix = xstrfmt("%s/tmp-%ld", all, (long)getpid());

		/* Where it is there already it is looked at all the same. */
		if (places[i] && is_plain_path(all) &&
		    strlen(prefix) + strlen(".XXXXXX") <= LONGEST_FOLDER &&
		    (!mkdir(all, 0700) || is_own(all))) {
			sweep_temp_dirs(all);
			dir = make_temp_dir(prefix, &ignored);
		}
		free(all);
		free(prefix);
	}
	error_release(&ignored);
	return dir;
}

void ssh_share_begin(struct ssh_share *s, struct repo *r, const char *url)
{
	char *port = NULL, *host = s->repo ? NULL : ssh_destination(url, &port);
	char *command = host ? find_command(r) : NULL;

	if (command && !user_shares(command, host, port))
		s->dir = make_folder();
	if (s->dir) {
		s->repo = r;
		s->command = command;
		command = NULL;
		strvec_pushf(&r->env, "GIT_SSH_COMMAND=%s "
			     "-o ControlMaster=auto -o ControlPath=%s/%%C "
			     "-o ControlPersist=%d",
			     s->command, s->dir, SSH_SHARE_IDLE);
	}
	free(command);
	free(host);
	free(port);
}

void ssh_ask_nobody(struct repo *r)
{
	char *command = find_command(r);

	if (command)
		strvec_pushf(&r->env, "GIT_SSH_COMMAND=%s -o BatchMode=yes "
			     "-o ConnectTimeout=30 -o ServerAliveInterval=15",
			     command);
	free(command);
}

/* The socket says where it leads; the name of a host is but a formality. */
static void close_connection(const char *command, const char *socket)
{
	struct error ignored = ERROR_INIT;
	struct proc p = PROC_INIT;

	ssh_proc(&p, command);
	strvec_push(&p.argv, "-o");
	strvec_pushf(&p.argv, "ControlPath=%s", socket);
	strvec_pushl(&p.argv, "-O", "exit", "none", NULL);
	p.quiet_out = 1;
	proc_run(&p, &ignored);
	proc_release(&p);
	error_release(&ignored);
}

static void close_all(const char *command, const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char *socket = path_join(dir, entry->d_name);

		if (*entry->d_name != '.')
			close_connection(command, socket);
		free(socket);
	}
	if (d)
		closedir(d);
}

static void forget_variable(struct strvec *env, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < env->nr; i++)
		if (starts_with(env->v[i], name))
			free(env->v[i]);
		else
			env->v[kept++] = env->v[i];
	env->nr = kept;
	env->v[kept] = NULL;
}

void ssh_share_end(struct ssh_share *s)
{
	struct error ignored = ERROR_INIT;
	char *all;

	if (!s->repo)
		return;
	forget_variable(&s->repo->env, "GIT_SSH_COMMAND=");
	close_all(s->command, s->dir);
	remove_tree(s->dir, &ignored);
	/* Unless another command is at work. */
	all = path_dir(s->dir);
	rmdir(all);
	error_release(&ignored);
	free(all);
	free(s->command);
	free(s->dir);
	*s = (struct ssh_share)SSH_SHARE_INIT;
}
