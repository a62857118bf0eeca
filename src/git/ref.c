#include "git/ref.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * HEAD as a file says it at once.  Where it does not, or is but a stand-in
 * for another way to store refs, git is asked.
 */
static char *head_file_branch(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *path = repo_path(r, "HEAD"), *branch = NULL;
	const char *name;

	if (!file_read(path, &text, &ignored)) {
		buf_rtrim(&text);
		name = skip_prefix(text.s, "ref: refs/heads/");
		if (name && strcmp(name, ".invalid"))
			branch = xstrdup(name);
	}
	error_release(&ignored);
	buf_release(&text);
	free(path);
	return branch;
}

char *head_branch(struct repo *r)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	const char *name;
	char *branch = head_file_branch(r);

	if (branch)
		return branch;
	if (!git_try(r, &out, &err, "symbolic-ref", "-q", "HEAD", NULL)) {
		buf_rtrim(&out);
		name = skip_prefix(out.s, "refs/heads/");
		branch = xstrdup_or_null(name);
	}
	error_release(&err);
	buf_release(&out);
	return branch;
}

char *head_commit(struct repo *r)
{
	return object_commit(r, "HEAD");
}

int commit_contains(const struct repo *r, const char *commit,
		    const char *ancestor, struct error *err)
{
	int code = git_try(r, NULL, err, "merge-base", "--is-ancestor",
			   ancestor, commit, NULL);

	if (code < 0 || code > 1)
		return code < 0 ? -1 :
		       error_set(err, ERROR_FATAL,
				 "cannot compare %s with %s: the history is "
				 "not all here", ancestor, commit);
	return !code;
}

int commit_parents(struct repo *r, const char *commit,
		   struct strvec *parents, struct error *err)
{
	struct buf arg = BUF_INIT;
	char *line;
	int ret = -1;

	buf_addf(&arg, "%s^@", commit);
	line = git_line(r, err, "rev-parse", arg.s, NULL);
	if (line) {
		strvec_split(parents, line, '\n');
		ret = 0;
	}
	free(line);
	buf_release(&arg);
	return ret;
}

time_t commit_date(struct repo *r, const char *commit)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	const char *line, *end;
	time_t when = 0;

	if (object_read_if(r, commit, &b, &err) > 0 &&
	    (line = strstr(b.s, "\ncommitter ")) &&
	    (end = strpbrk(line + 1, ">\n")) && *end == '>')
		when = (time_t)strtoll(end + 1, NULL, 10);
	error_release(&err);
	buf_release(&b);
	return when;
}

char *commit_short(const struct repo *r, const char *commit)
{
	struct error err = ERROR_INIT;
	char *name = git_line(r, &err, "rev-parse", "--short", commit, NULL);

	error_release(&err);
	return name ? name : xstrdup(commit);
}

int rev_list(const struct repo *r, struct strvec *lines, struct error *err,
	     ...)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	const char *arg;
	va_list ap;
	int ret;

	git_proc(&p, r, "rev-list", NULL);
	va_start(ap, err);
	while ((arg = va_arg(ap, const char *)))
		strvec_push(&p.argv, arg);
	va_end(ap);
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		strvec_split(lines, out.s, '\n');
	proc_release(&p);
	buf_release(&out);
	return ret;
}
