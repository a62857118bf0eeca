#include "git/object.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int connect_objects(struct repo *r, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	if (r->objects.pid > 0)
		return 0;
	git_proc(&p, r, "cat-file", "--batch-command", NULL);
	p.in = "";
	ret = conversation_start(&r->objects, &p, err);
	proc_release(&p);
	return ret;
}

/* Ask, and split the answer's header; 0 when there is no such object. */
static int ask(struct repo *r, const char *verb, const char *name,
	       char **type, char **oid, size_t *size, struct error *err)
{
	struct buf b = BUF_INIT;
	char *kind, *len;
	int ret = -1;

	if (strchr(name, '\n'))
		return error_set(err, ERROR_FATAL,
				 "an object name cannot hold a line feed");
	if (connect_objects(r, err) < 0)
		return -1;
	buf_addf(&b, "%s %s\n", verb, name);
	if (conversation_write(&r->objects, b.s, b.len, err) < 0 ||
	    conversation_line(&r->objects, &b, err) < 0)
		goto out;
	kind = strchr(b.s, ' ');
	len = kind ? strchr(kind + 1, ' ') : NULL;
	if (ends_with(b.s, " missing") || ends_with(b.s, " ambiguous") ||
	    !len || strspn(b.s, "0123456789abcdef") != r->hexsz) {
		ret = 0;
		goto out;
	}
	*kind++ = '\0';
	*len++ = '\0';
	if (oid)
		*oid = xstrdup(b.s);
	if (type)
		*type = xstrdup(kind);
	*size = strtoul(len, NULL, 10);
	ret = 1;
out:
	buf_release(&b);
	return ret;
}

int object_find(struct repo *r, const char *name, char **type, char **oid,
		struct error *err)
{
	size_t size;

	return ask(r, "info", name, type, oid, &size, err);
}

int object_size(struct repo *r, const char *name, char **type, size_t *size,
		struct error *err)
{
	return ask(r, "info", name, type, NULL, size, err);
}

int object_read_if(struct repo *r, const char *name, struct buf *out,
		   struct error *err)
{
	struct buf end = BUF_INIT;
	size_t size = 0;
	int ret = ask(r, "contents", name, NULL, NULL, &size, err);

	if (ret <= 0)
		return ret;
	if (conversation_read(&r->objects, out, size, err) < 0 ||
	    conversation_read(&r->objects, &end, 1, err) < 0)
		ret = -1;
	buf_release(&end);
	return ret;
}

int object_read(struct repo *r, const char *name, struct buf *out,
		struct error *err)
{
	int ret = object_read_if(r, name, out, err);

	if (!ret)
		return error_set(err, ERROR_FATAL, "there is no object '%s'",
				 name);
	return ret < 0 ? -1 : 0;
}

static char *peel(struct repo *r, const char *name, const char *type)
{
	struct error err = ERROR_INIT;
	char *expr = xstrfmt("%s^{%s}", name, type), *oid = NULL;

	if (object_find(r, expr, NULL, &oid, &err) <= 0)
		FREE_AND_NULL(oid);
	error_release(&err);
	free(expr);
	return oid;
}

char *object_commit(struct repo *r, const char *name)
{
	return peel(r, name, "commit");
}

int object_read_ref(struct repo *r, const char *ref, char **oid,
		    struct buf *text, struct error *err)
{
	char *type = NULL;
	int found = object_find(r, ref, &type, oid, err);

	if (found > 0 && are_same(type, "blob") &&
	    object_read(r, *oid, text, err) < 0)
		found = -1;
	free(type);
	return found;
}

char *object_tree(struct repo *r, const char *name)
{
	return peel(r, name, "tree");
}

char *object_written(struct proc *p, struct error *err)
{
	struct buf out = BUF_INIT;
	char *oid = NULL;

	p->out = &out;
	if (!git_check(p, err)) {
		buf_rtrim(&out);
		oid = buf_detach(&out);
	}
	proc_release(p);
	buf_release(&out);
	return oid;
}

char *object_write_commit(struct repo *r, const char *tree,
			  const char *const *parents, const char *date,
			  struct error *err)
{
	struct proc p = PROC_INIT;

	git_proc(&p, r, "commit-tree", "-m", "upgrade", NULL);
	for (; *parents; parents++)
		strvec_pushl(&p.argv, "-p", *parents, NULL);
	strvec_push(&p.argv, tree);
	/* Nobody need have a name for it. */
	strvec_pushl(&p.env, "GIT_AUTHOR_NAME=git-upgrade",
		     "GIT_AUTHOR_EMAIL=git-upgrade@localhost",
		     "GIT_COMMITTER_NAME=git-upgrade",
		     "GIT_COMMITTER_EMAIL=git-upgrade@localhost", NULL);
	if (date) {
		strvec_pushf(&p.env, "GIT_AUTHOR_DATE=%s", date);
		strvec_pushf(&p.env, "GIT_COMMITTER_DATE=%s", date);
	}
	return object_written(&p, err);
}

char *object_write_message(struct repo *r, const char *tree,
			   const char *parent, const struct buf *message,
			   struct error *err)
{
	static const char *const identity[] = {
		"GIT_AUTHOR_NAME=git upgrade",
		"GIT_AUTHOR_EMAIL=git-upgrade@localhost",
		"GIT_COMMITTER_NAME=git upgrade",
		"GIT_COMMITTER_EMAIL=git-upgrade@localhost",
		"GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE",
	};
	struct proc p = PROC_INIT;

	git_proc(&p, r, "-c", "core.fsync=committed", "-c",
		 "commit.gpgSign=false", "-c", "i18n.commitEncoding=UTF-8",
		 "commit-tree", tree, "-p", parent, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(identity); i++)
		strvec_push(&p.env, identity[i]);
	p.in = message->s;
	p.in_len = message->len;
	return object_written(&p, err);
}

static int connect_blobs(struct repo *r, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	if (r->blobs.pid > 0)
		return 0;
	git_proc(&p, r, "hash-object", "-w", "--no-filters", "--stdin-paths",
		 NULL);
	p.in = "";
	p.err_to_out = 1;
	ret = conversation_start(&r->blobs, &p, err);
	proc_release(&p);
	return ret;
}

/* The answer is a name; what is said before it, or instead, are troubles. */
static char *ask_blob(struct repo *r, const char *path, struct error *err)
{
	struct error gone = ERROR_INIT;
	struct buf b = BUF_INIT, said = BUF_INIT;
	char *oid = NULL;

	buf_add_path(&b, path);
	buf_addc(&b, '\n');
	conversation_write(&r->blobs, b.s, b.len, &gone);
	while (!oid && !conversation_line(&r->blobs, &b, &gone)) {
		if (oid_is_valid(b.s))
			oid = buf_detach(&b);
		else
			buf_addf(&said, "%s\n", b.s);
	}
	if (!oid)
		git_failed("hash-object", conversation_finish(&r->blobs),
			   &said, err);
	error_release(&gone);
	buf_release(&b);
	buf_release(&said);
	return oid;
}

char *object_write_blob(struct repo *r, const void *data, size_t len,
			struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *dir = repo_temp_dir(r, err), *path = NULL, *oid = NULL;

	if (!dir)
		return NULL;
	path = path_join(dir, "blob");
	if (!file_create(path, data ? data : "", len, 0666, err) &&
	    !connect_blobs(r, err))
		oid = ask_blob(r, path, err);
	remove_tree(dir, &ignored);
	error_release(&ignored);
	free(dir);
	free(path);
	return oid;
}
