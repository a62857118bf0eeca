#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/object.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

/* A filter that writes files, and the files it would have to write. */
struct filter {
	char *name;
	struct buf objects;		/* "OID PATH\0" each */
	struct buf attributes;		/* "PATH filter=NAME\n" each */
	struct strvec paths;
};

struct filters {
	struct filter *v;
	size_t nr, alloc;
};

static void filters_release(struct filters *f)
{
	for (size_t i = 0; i < f->nr; i++) {
		free(f->v[i].name);
		buf_release(&f->v[i].objects);
		buf_release(&f->v[i].attributes);
		strvec_release(&f->v[i].paths);
	}
	free(f->v);
}

static struct filter *find_filter(struct filters *f, const char *name,
				  size_t len)
{
	for (size_t i = 0; i < f->nr; i++)
		if (strlen(f->v[i].name) == len &&
		    !memcmp(f->v[i].name, name, len))
			return &f->v[i];
	return NULL;
}

/* filter.NAME.smudge and filter.NAME.process */
static int read_filters(struct filters *f, const struct repo *r,
			struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	int ret = repo_config_list(r, "filter.", &keys, &values, err);

	for (size_t i = 0; i < keys.nr; i++) {
		const char *name = keys.v[i] + strlen("filter.");
		const char *dot = strrchr(name, '.');

		if (!dot || (strcmp(dot, ".smudge") && strcmp(dot, ".process")))
			continue;
		if (find_filter(f, name, (size_t)(dot - name)))
			continue;
		ALLOC_GROW(f->v, f->nr + 1, f->alloc);
		f->v[f->nr++] = (struct filter){
			.name = xmemdupz(name, (size_t)(dot - name)),
			.objects = BUF_INIT, .attributes = BUF_INIT,
			.paths = STRVEC_INIT,
		};
	}
	strvec_release(&keys);
	strvec_release(&values);
	return ret;
}

static int is_written(const struct tree_change *c)
{
	return (c->new_mode & 0170000) == 0100000;
}

/* "MODE OID\tPATH\0" for the .gitattributes of `folder`, if it has one. */
static int add_attributes(struct buf *out, struct repo *r, const char *tree,
			  const char *folder, struct error *err)
{
	char *path = *folder ? path_join(folder, ".gitattributes") :
			       xstrdup(".gitattributes");
	char *name = xstrfmt("%s:%s", tree, path), *oid = NULL;
	int found = strchr(name, '\n') ? 0 :
		    object_find(r, name, NULL, &oid, err);

	if (found > 0) {
		buf_addf(out, "100644 %s\t%s", oid, path);
		buf_addc(out, '\0');
	}
	free(path);
	free(name);
	free(oid);
	return found < 0 ? -1 : 0;
}

/* The attributes of the new tree that may concern what is written. */
static int list_attributes(struct buf *out, struct repo *r, const char *tree,
			   const struct tree_diff *d, struct error *err)
{
	struct strmap seen = STRMAP_INIT;
	int ret = add_attributes(out, r, tree, "", err);

	for (size_t i = 0; i < d->nr && !ret; i++) {
		char *folder = is_written(&d->v[i]) ? xstrdup(d->v[i].path) :
						      NULL;
		char *slash = folder ? strrchr(folder, '/') : NULL;

		for (; slash && !ret; slash = strrchr(folder, '/')) {
			*slash = '\0';
			if (!strmap_put(&seen, folder, NULL))
				break;
			ret = add_attributes(out, r, tree, folder, err);
		}
		free(folder);
	}
	strmap_release(&seen);
	return ret;
}

/* A pattern that matches this path alone. */
static void add_pattern(struct buf *out, const char *path)
{
	struct buf escaped = BUF_INIT, quoted = BUF_INIT;

	buf_addc(&escaped, '/');
	for (; *path; path++) {
		if (strchr("*?[\\", *path))
			buf_addc(&escaped, '\\');
		buf_addc(&escaped, *path);
	}
	buf_add_path(&quoted, escaped.s);
	buf_addf(out, *quoted.s == '"' ? "%s" : "\"%s\"", quoted.s);
	buf_release(&escaped);
	buf_release(&quoted);
}

/* "PATH\0filter\0NAME\0" each */
static void take_answers(struct filters *f, const struct tree_diff *d,
			 const struct buf *out)
{
	const char *at = out->s, *end = out->s + out->len;

	while (at < end) {
		const char *path = at;
		const char *name = path + strlen(path) + sizeof(" filter");
		const struct tree_change *c = tree_diff_find(d, path);
		struct filter *wanted = find_filter(f, name, strlen(name));

		at = name + strlen(name) + 1;
		if (!c || !wanted)
			continue;
		buf_addf(&wanted->objects, "%s %s", c->new_oid, path);
		buf_addc(&wanted->objects, '\0');
		add_pattern(&wanted->attributes, path);
		buf_addf(&wanted->attributes, " filter=%s\n", name);
		strvec_push(&wanted->paths, path);
	}
}

/* Which filter writes which file, by the attributes of the new tree. */
static int assign_files(struct filters *f, struct repo *r, const char *dir,
			const struct checkout_move *m, struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;
	char *index = path_join(dir, "attributes.index");
	struct repo own = repo_on_index(r, index);
	int ret = -1;

	if (tree_diff_read(&d, r, move_from(m), m->tree, 0, err) < 0 ||
	    index_skipped(&skipped, r, err) < 0 ||
	    list_attributes(&in, r, m->tree, &d, err) < 0 ||
	    (in.len && git_feed(&own, &in, NULL, err, "update-index", "-z",
				"--index-info", NULL) < 0))
		goto out;
	buf_reset(&in);
	for (size_t i = 0; i < d.nr; i++)
		if (is_written(&d.v[i]) && !strmap_has(&skipped, d.v[i].path))
			buf_add(&in, d.v[i].path, strlen(d.v[i].path) + 1);
	if (in.len && git_feed(&own, &in, &out, err, "check-attr", "--cached",
			       "-z", "--stdin", "filter", NULL) < 0)
		goto out;
	take_answers(f, &d, &out);
	ret = 0;
out:
	tree_diff_release(&d);
	strmap_release(&skipped);
	buf_release(&in);
	buf_release(&out);
	strvec_release(&own.env);
	free(index);
	return ret;
}

/* A filter that is not required fails with a line, and exit code 0. */
static int says_failure(const char *said)
{
	static const char *const lines[] = {
		"error: external filter ", "error: cannot fork to run ",
		"error: cannot run ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *at = strstr(said, lines[i]);

		if (at && (at == said || at[-1] == '\n'))
			return 1;
	}
	return 0;
}

static int filter_failed(const struct filter *f, const struct buf *said,
			 struct error *err)
{
	struct strvec lines = STRVEC_INIT;

	error_set(err, ERROR_REFUSED, "the filter '%s' fails, which %zu file%s "
		  "of the upgrade need%s", f->name, f->paths.nr,
		  f->paths.nr == 1 ? "" : "s", f->paths.nr == 1 ? "s" : "");
	for (size_t i = 0; i < f->paths.nr && i < 10; i++)
		error_hint(err, "  %s", f->paths.v[i]);
	if (f->paths.nr > 10)
		error_hint(err, "  and %zu more", f->paths.nr - 10);
	strvec_split(&lines, said->s, '\n');
	for (size_t i = 0; i < lines.nr && i < 3; i++)
		error_hint(err, "git says: %s", lines.v[i]);
	strvec_release(&lines);
	return error_hint(err, "mend it and try again; what it is: git config "
			  "--get-regexp '^filter\\.%s\\.'", f->name);
}

/*
 * In the work tree, where filters expect to run.  Its own .gitattributes may
 * not know the files yet; the file of ours has the last word, so it only
 * speaks where they say nothing.
 */
static int try_filter(const struct filter *f, struct repo *r, const char *dir,
		      struct error *err)
{
	char *attributes = path_join(dir, "attributes");
	char *config = xstrfmt("core.attributesFile=%s", attributes);
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret = file_replace(attributes, f->attributes.s, f->attributes.len,
			       0666, err);

	git_proc(&p, r, "-c", config, "cat-file", "--batch", "-z",
		 "--filters", NULL);
	/* Its words are read; the filter's locale stays as it is. */
	strvec_push(&p.env, "LANGUAGE=en");
	p.in = f->objects.s;
	p.in_len = f->objects.len;
	p.quiet_out = 1;
	p.err = &said;
	if (!ret)
		ret = proc_run(&p, err);
	if (!ret && (p.status || says_failure(said.s)))
		ret = filter_failed(f, &said, err);
	proc_release(&p);
	buf_release(&said);
	free(attributes);
	free(config);
	return ret;
}

int checkout_try_filters(struct repo *r, const struct checkout_move *m,
			 struct error *err)
{
	struct filters f = { NULL, 0, 0 };
	struct error ignored = ERROR_INIT;
	char *dir = NULL;
	int ret = read_filters(&f, r, err);

	if (ret < 0 || !f.nr)
		goto out;
	dir = repo_temp_dir(r, err);
	ret = dir ? assign_files(&f, r, dir, m, err) : -1;
	for (size_t i = 0; i < f.nr && !ret; i++)
		if (f.v[i].paths.nr)
			ret = try_filter(&f.v[i], r, dir, err);
out:
	if (dir)
		remove_tree(dir, &ignored);
	error_release(&ignored);
	filters_release(&f);
	free(dir);
	return ret;
}
