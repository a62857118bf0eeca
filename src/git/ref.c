#include "git/ref.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * One line of for-each-ref: ref names hold no blanks and neither do the
 * others; the last two are empty where it is no tag.
 */
#define FORMAT "--format=%(refname) %(objectname) %(objecttype) " \
	       "%(*objectname) %(*objecttype)"
#define NR_FIELDS 5

/* NULL: it is empty. */
static char *field_dup(const char *const *field, int i)
{
	size_t len = (size_t)(field[i + 1] - field[i]) - 1;

	return len ? xmemdupz(field[i], len) : NULL;
}

static void add_ref(struct ref_list *list, const char *line)
{
	const char *field[NR_FIELDS + 1] = { line };

	for (int i = 1; i <= NR_FIELDS; i++) {
		const char *end = field[i - 1] + strcspn(field[i - 1], " ");

		if (!*end != (i == NR_FIELDS))
			return;
		field[i] = end + 1;
	}
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct ref){
		.name = field_dup(field, 0), .oid = field_dup(field, 1),
		.type = field_dup(field, 2), .peeled = field_dup(field, 3),
		.peeled_type = field_dup(field, 4),
	};
}

static void set_up(struct proc *p, const struct repo *r, va_list prefixes)
{
	const char *prefix;

	git_proc(p, r, "for-each-ref", FORMAT, NULL);
	while ((prefix = va_arg(prefixes, const char *)))
		strvec_push(&p->argv, prefix);
}

static void add_refs(struct ref_list *list, const struct buf *out)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, out->s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		add_ref(list, lines.v[i]);
	strvec_release(&lines);
}

int ref_list_read(struct ref_list *list, const struct repo *r,
		  struct error *err, ...)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	va_list prefixes;
	int ret;

	va_start(prefixes, err);
	set_up(&p, r, prefixes);
	va_end(prefixes);
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		add_refs(list, &out);
	proc_release(&p);
	buf_release(&out);
	return ret;
}

int ref_list_begin(struct ref_asking *a, const struct repo *r,
		   struct error *err, ...)
{
	va_list prefixes;

	va_start(prefixes, err);
	set_up(&a->git, r, prefixes);
	va_end(prefixes);
	return git_begin(&a->git, err);
}

int ref_list_finish(struct ref_asking *a, struct ref_list *list,
		    struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_finish(&a->git, &out, err);

	if (!ret)
		add_refs(list, &out);
	proc_release(&a->git);
	buf_release(&out);
	return ret;
}

void ref_asking_release(struct ref_asking *a)
{
	proc_release(&a->git);
}

void ref_list_release(struct ref_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		struct ref *ref = &list->v[i];

		free(ref->name);
		free(ref->oid);
		free(ref->type);
		free(ref->peeled);
		free(ref->peeled_type);
	}
	free(list->v);
	*list = (struct ref_list)REF_LIST_INIT;
}

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
	int found = 1;

	for (int nr = 1; found > 0; nr++) {
		char *name = xstrfmt("%s^%d", commit, nr), *parent = NULL;

		found = object_find(r, name, NULL, &parent, err);
		if (found > 0)
			strvec_push_nodup(parents, parent);
		free(name);
	}
	return found;
}

time_t commit_date(struct repo *r, const char *commit)
{
	struct error ignored = ERROR_INIT;
	struct buf b = BUF_INIT;
	const char *line, *end;
	time_t when = 0;

	if (commit && object_read_if(r, commit, &b, &ignored) > 0 &&
	    (line = strstr(b.s, "\ncommitter ")) &&
	    (end = strpbrk(line + 1, ">\n")) && *end == '>')
		when = (time_t)strtoll(end + 1, NULL, 10);
	error_release(&ignored);
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

char *commit_described(const struct repo *r, const char *commit)
{
	struct error ignored = ERROR_INIT;
	struct buf b = BUF_INIT;
	char *line = git_line(r, &ignored, "log", "-1", "--no-show-signature",
			      "--no-color", "--format=by %an (%s)", commit,
			      "--", NULL);

	buf_addf(&b, "%.7s", commit);
	if (line) {
		buf_addc(&b, ' ');
		buf_add_line(&b, line);
	}
	error_release(&ignored);
	free(line);
	return buf_detach(&b);
}

int rev_list_of(const struct repo *r, struct strvec *lines,
		const struct strvec *args, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, r, "rev-list", NULL);
	strvec_pushv(&p.argv, args->v);
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		strvec_split(lines, out.s, '\n');
	proc_release(&p);
	buf_release(&out);
	return ret;
}

int rev_list(const struct repo *r, struct strvec *lines, struct error *err,
	     ...)
{
	struct strvec args = STRVEC_INIT;
	const char *arg;
	va_list ap;
	int ret;

	va_start(ap, err);
	while ((arg = va_arg(ap, const char *)))
		strvec_push(&args, arg);
	va_end(ap);
	ret = rev_list_of(r, lines, &args, err);
	strvec_release(&args);
	return ret;
}
