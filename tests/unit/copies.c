/*
 * Copies of templates, followed through small histories: each release is a
 * tree of a few files, drawn with git in a folder of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/text.h"
#include "git/tree.h"
#include "upgrade/copies.h"
#include "upgrade/template.h"

#define OLD_TEMPLATE \
	"services:\n" \
	"  gui:\n" \
	"    key: /template/keys/gui\n" \
	"    host: set-me\n" \
	"  db:\n" \
	"    size: 10\n"
#define OLD_COPY \
	"services:\n" \
	"  gui:\n" \
	"    key: /production/keys/gui\n" \
	"    host: example.com\n" \
	"  db:\n" \
	"    size: 10\n"

/* Where it is since 2.2; a line more. */
#define MOVED_TEMPLATE \
	"services:\n" \
	"  gui:\n" \
	"    key: /production/keys/gui\n" \
	"    host: set-me\n" \
	"  db:\n" \
	"    size: 10\n" \
	"    more: 1\n"

static struct copy_rule rules[] = {
	{ (char *)"template/*", (char *)"production/*", NULL,
	  (char *)"2.1", (char *)"/template/", (char *)"/production/" },
	{ (char *)"conf/*.yml.template", (char *)"conf/*.yml",
	  (char *)"2.2", NULL, NULL, NULL },
};

struct fixture {
	char *dir;
	struct repo repo;
	struct profile profile;
	struct release_list releases;
	struct record record;
	struct strvec confirmed;
	struct copy_list list;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->repo = (struct repo)REPO_INIT;
	f->dir = make_temp_dir("/tmp/upgrade-copies", &f->err);
	assert_non_null(f->dir);
	assert_int_equal(0, git_run(NULL, NULL, &f->err, "init", "-q",
				    f->dir, NULL));
	assert_int_equal(0, repo_open(&f->repo, f->dir, &f->err));
	strvec_push(&f->repo.env, "GIT_AUTHOR_NAME=A U Thor");
	strvec_push(&f->repo.env, "GIT_AUTHOR_EMAIL=author@example.com");
	strvec_push(&f->repo.env, "GIT_COMMITTER_NAME=A U Thor");
	strvec_push(&f->repo.env, "GIT_COMMITTER_EMAIL=author@example.com");
	f->profile.copies = rules;
	f->profile.nr_copies = ARRAY_SIZE(rules);
	strvec_push(&f->profile.placeholders, "set-me");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->releases.nr; i++) {
		free(f->releases.v[i].name);
		free(f->releases.v[i].commit);
	}
	free(f->releases.v);
	repo_release(&f->repo);
	assert_int_equal(0, remove_tree(f->dir, &f->err));
	strvec_release(&f->profile.placeholders);
	strvec_release(&f->confirmed);
	record_release(&f->record);
	copy_list_release(&f->list);
	error_release(&f->err);
	free(f->dir);
	free(f);
	return 0;
}

/*
 * A commit with the files of `base` (NULL: none) changed by pairs of path
 * and text up to NULL.  A path that begins with `x:` is executable, with
 * `l:` a link; a NULL text removes it.
 */
static char *draw_va(struct fixture *f, const char *base, va_list ap)
{
	struct tree_edit edits[8];
	const char *path;
	char *tree, *commit, *start;
	size_t nr = 0;
	struct buf none = BUF_INIT;

	while ((path = va_arg(ap, const char *))) {
		const char *text = va_arg(ap, const char *);
		struct tree_edit *e = &edits[nr++];

		e->mode = !text ? 0 : *path == 'l' && path[1] == ':' ?
			  0120000 : *path == 'x' && path[1] == ':' ?
			  0100755 : 0100644;
		e->path = path[1] == ':' ? path + 2 : path;
		e->oid = !text ? NULL :
			 object_write_blob(&f->repo, text, strlen(text),
					   &f->err);
	}
	start = base ? xstrdup(base) :
		git_line(&f->repo, &f->err, "hash-object", "-w", "-t", "tree",
			 "/dev/null", NULL);
	tree = tree_edit(&f->repo, start, edits, nr, &f->err);
	assert_non_null(tree);
	commit = git_line(&f->repo, &f->err, "commit-tree", "-m", "drawn",
			  tree, NULL);
	assert_non_null(commit);
	for (size_t i = 0; i < nr; i++)
		free((char *)edits[i].oid);
	free(start);
	free(tree);
	buf_release(&none);
	return commit;
}

/* A release on top of the one before it. */
static const struct release *release(struct fixture *f, const char *name, ...)
{
	struct release_list *list = &f->releases;
	const char *base = list->nr ? list->v[list->nr - 1].commit : NULL;
	struct release *rel;
	va_list ap;

	/* Pointers to releases are handed out: no growing under them. */
	if (!list->alloc)
		ALLOC_GROW(list->v, 16, list->alloc);
	rel = &list->v[list->nr];
	memset(rel, 0, sizeof(*rel));
	rel->name = xstrdup(name);
	assert_int_equal(0, version_parse(&rel->version, VERSION_SEMVER,
					  rel->name));
	va_start(ap, name);
	rel->commit = draw_va(f, base, ap);
	va_end(ap);
	list->nr++;
	return rel;
}

static char *ours_on(struct fixture *f, const struct release *rel, ...)
{
	char *commit;
	va_list ap;

	va_start(ap, rel);
	commit = draw_va(f, rel->commit, ap);
	va_end(ap);
	return commit;
}

/* Takes `ours`. */
static int compute(struct fixture *f, const struct release *from,
		   const struct release *to, char *ours)
{
	struct copy_request req = {
		.repo = &f->repo, .profile = &f->profile,
		.releases = &f->releases, .from = from, .to = to,
		.from_tree = from->commit, .to_tree = to->commit,
		.our_tree = ours, .record = &f->record,
		.confirmed = &f->confirmed,
		.our_label = "production", .their_label = to->name,
	};
	int ret;

	copy_list_release(&f->list);
	ret = copies_compute(&f->list, &req, &f->err);
	free(ours);
	return ret;
}

static const struct copy *copy_of(struct fixture *f, const char *path)
{
	for (size_t i = 0; i < f->list.nr; i++)
		if (!strcmp(f->list.v[i].path, path))
			return &f->list.v[i];
	fail_msg("%s is no copy", path);
	return NULL;
}

static void assert_blob(struct fixture *f, const char *oid, const char *text)
{
	struct buf b = BUF_INIT;

	assert_non_null(oid);
	assert_int_equal(0, object_read(&f->repo, oid, &b, &f->err));
	assert_string_equal(text, b.s);
	buf_release(&b);
}

static void rule_paths(void **state)
{
	struct copy_rule one = { (char *)"a/b", (char *)"c", NULL, NULL,
				 NULL, NULL };
	char *s;

	(void)state;
	s = template_copy_path(&rules[0], "template/prod.yml");
	assert_string_equal("production/prod.yml", s);
	free(s);
	s = template_copy_path(&rules[1], "conf/prod.yml.template");
	assert_string_equal("conf/prod.yml", s);
	free(s);
	s = template_of_copy(&rules[1], "conf/prod.yml");
	assert_string_equal("conf/prod.yml.template", s);
	free(s);
	s = template_copy_path(&one, "a/b");
	assert_string_equal("c", s);
	free(s);
	assert_null(template_copy_path(&rules[0], "template/"));
	assert_null(template_copy_path(&rules[0], "template/a/b"));
	assert_null(template_copy_path(&rules[1], "conf/.yml.template"));
	assert_null(template_copy_path(&one, "a/bc"));
}

static void substitution(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "/template/a/template/b template/c /template//template/");
	template_substitute(&rules[0], &b);
	assert_string_equal("/production/a/production/b template/c "
			    "/production//production/", b.s);
	template_substitute(NULL, &b);
	template_substitute(&rules[1], &b);
	assert_int_equal('/', b.s[0]);
	buf_release(&b);
}

static void texts(void **state)
{
	static const struct text_labels names = { "base", "ours", "theirs", 0 };
	struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT, out = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	buf_adds(&a, "1\n2\n3\n4\n5\n");
	buf_adds(&b, "one\n2\n3\n4\n5\n");
	buf_adds(&c, "1\n2\n3\n4\nfive\n");
	assert_int_equal(0, text_merge(&out, &a, &b, &c, &names,
				       TEXT_STYLE_MERGE, &err));
	assert_string_equal("one\n2\n3\n4\nfive\n", out.s);
	buf_reset(&out);
	buf_adds(&c, "6\n");
	buf_splice(&c, 0, 1, "uno", 3);
	assert_int_equal(1, text_merge(&out, &a, &b, &c, &names,
				       TEXT_STYLE_MERGE, &err));
	assert_string_equal("<<<<<<< ours\none\n=======\nuno\n"
			    ">>>>>>> theirs\n2\n3\n4\nfive\n6\n", out.s);
	buf_reset(&out);
	assert_int_equal(1, text_merge(&out, &a, &b, &c, &names,
				       text_style_named("diff3"), &err));
	assert_string_equal("<<<<<<< ours\none\n||||||| base\n1\n=======\nuno\n"
			    ">>>>>>> theirs\n2\n3\n4\nfive\n6\n", out.s);
	assert_int_equal(TEXT_STYLE_MERGE, text_style_named(NULL));
	assert_false(text_is_binary(&a));
	buf_add(&a, "\0", 1);
	assert_true(text_is_binary(&a));
	buf_release(&a);
	buf_release(&b);
	buf_release(&c);
	buf_release(&out);
}

static size_t distance(const char *template, const char *copy)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	size_t found;

	buf_adds(&a, template);
	buf_adds(&b, copy);
	found = template_distance(&a, &b);
	buf_release(&a);
	buf_release(&b);
	return found;
}

static void distances(void **state)
{
	static const char copy[] = "a: 1\nimage: own\ncommand: x --debug\n";

	(void)state;
	assert_int_equal(0, distance(copy, copy));
	assert_int_equal(0, distance("", ""));
	/* A line that is not in it, and one that is not there any more. */
	assert_int_equal(2, distance("a: 1\nb: 2\n", "a: 1\nb: 2\nc: 3\n"));
	assert_int_equal(1, distance("a: 1\nb: 2\n", "a: 1\n"));
	assert_int_equal(2, distance("a: 1\n", "  a: 2\n"));
	assert_int_equal(3, distance("a: 1\n", "b: 2\n"));
	/* One that was edited is no sign that there was none. */
	assert_int_equal(distance("a: 1\nimage: own\ncommand: x\n", copy),
			 distance("a: 1\nimage: own\n", copy));
	assert_int_equal(2, distance("- \"443:443\"\n", "- \"8443:443\"\n"));
	/* What was left as it was tells. */
	assert_true(distance("a: 1\nimage: b\ncommand: x\n", copy) <
		    distance("image: b\n", copy));
	/* Without a line end behind the last, and with others. */
	assert_int_equal(2, distance("a: 1", "a: 2"));
	assert_int_equal(4, distance("a: 1\nb: 2", "a: 1\r\nb: 2\r\n"));
}

static void updated(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.0.0", "template/prod.yml", OLD_TEMPLATE, NULL);
	b = release(f, "2.1.0", "template/prod.yml", OLD_TEMPLATE
		    "    alias: set-me\n"
		    "  web:\n"
		    "    key: /template/web\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "x:production/prod.yml", OLD_COPY, NULL)));
	assert_int_equal(1, f->list.nr);
	c = copy_of(f, "production/prod.yml");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_string_equal("production/prod.yml", c->new_path);
	assert_string_equal("template/prod.yml", c->old_template);
	assert_string_equal("template/prod.yml", c->new_template);
	assert_string_equal("2.0.0", c->base_release);
	assert_int_equal(0100755, c->mode);
	assert_false(c->landed);
	assert_blob(f, c->result, OLD_COPY
		    "    alias: set-me\n"
		    "  web:\n"
		    "    key: /production/web\n");
	assert_blob(f, c->template_blob, OLD_TEMPLATE
		    "    alias: set-me\n"
		    "  web:\n"
		    "    key: /template/web\n");
	assert_int_equal(2, c->new_keys.nr);
	assert_string_equal("services.db.alias", c->new_keys.v[0]);
	assert_string_equal("services.web", c->new_keys.v[1]);
	assert_int_equal(1, c->placeholders.nr);
	assert_string_equal("7 alias: set-me", c->placeholders.v[0]);
}

static void current(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.0.0", "template/prod.yml", OLD_TEMPLATE, NULL);
	b = release(f, "2.1.0", "other", "changed\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "production/prod.yml", OLD_COPY, NULL)));
	c = copy_of(f, "production/prod.yml");
	assert_int_equal(COPY_CURRENT, c->outcome);
	assert_null(c->result);
	/* Nobody copied the template: nothing to say. */
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, NULL)));
	assert_int_equal(0, f->list.nr);
}

static void conflict(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.0.0", "template/a", "host: set-me\n", NULL);
	b = release(f, "2.1.0", "template/a", "name: set-me\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
					"host: example.com\n", NULL)));
	c = copy_of(f, "production/a");
	assert_int_equal(COPY_CONFLICT, c->outcome);
	assert_int_equal(1, c->conflicts);
	assert_blob(f, c->result,
		    "<<<<<<< production\nhost: example.com\n=======\n"
		    "name: set-me\n>>>>>>> 2.1.0\n");
}

/* What upstream itself leaves at the old release is not worth a word. */
static void pinned(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.0.0", "template/a",
		    "image: x:2.0.0\nother: y-2.0.0\nend: 1\n", NULL);
	b = release(f, "2.1.0", "template/a",
		    "image: x:2.1.0\nother: y-2.0.0\nend: 1\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
			"image: x:2.0.0\nother: y-2.0.0\nend: 1\n"
			"mine: z-2.0.0-p1\n# was 2.0.0\nno: 12.0.0\n"
			"nor: 2.0.0.1\n  token: 2.0.0\n", NULL)));
	c = copy_of(f, "production/a");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_int_equal(2, c->pins.nr);
	assert_string_equal("4 mine: z-2.0.0-p1", c->pins.v[0]);
	assert_string_equal("8 token: 2.0.0", c->pins.v[1]);
}

/* The real move: one template goes elsewhere, one onto the copy's path. */
static void moved_and_landed(void **state)
{
	struct fixture *f = *state;
	struct record rec = RECORD_INIT;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.1.0", "template/prod.yml", OLD_TEMPLATE,
		    "x:template/run", "#!/bin/sh\nset -e\nrun /template/a\n",
		    NULL);
	b = release(f, "2.2.0", "template/prod.yml", NULL,
		    "template/run", NULL,
		    "conf/prod.yml.template", MOVED_TEMPLATE,
		    "x:production/run",
		    "#!/bin/sh\nset -e\nrun /production/b\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "production/prod.yml", OLD_COPY,
			 "production/run", "#!/bin/sh\n# ours\nset -e\n"
			 "run /production/a\n", NULL)));
	assert_int_equal(2, f->list.nr);
	c = copy_of(f, "production/prod.yml");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_string_equal("conf/prod.yml", c->new_path);
	assert_string_equal("conf/prod.yml.template", c->new_template);
	assert_false(c->landed);
	assert_blob(f, c->result, OLD_COPY "    more: 1\n");
	c = copy_of(f, "production/run");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_true(c->landed);
	assert_int_equal(0100755, c->mode);
	assert_string_equal("production/run", c->new_path);
	assert_blob(f, c->result,
		    "#!/bin/sh\n# ours\nset -e\nrun /production/b\n");
	copies_record(&f->list, &f->record, &rec);
	assert_int_equal(1, rec.nr_copies);
	assert_string_equal("conf/prod.yml", rec.copies[0].path);
	assert_string_equal("conf/prod.yml.template", rec.copies[0].template);
	record_release(&rec);
}

/* A copy that only moves is an update, too. */
static void moved_unchanged(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.1.0", "template/prod.yml", OLD_COPY, NULL);
	b = release(f, "2.2.0", "template/prod.yml", NULL,
		    "conf/prod.yml.template", OLD_COPY, NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "production/prod.yml", OLD_COPY "mine: 1\n", NULL)));
	c = copy_of(f, "production/prod.yml");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_string_equal("conf/prod.yml", c->new_path);
	assert_blob(f, c->result, OLD_COPY "mine: 1\n");
}

static void moved_onto_ours(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;

	a = release(f, "2.1.0", "template/prod.yml", OLD_TEMPLATE, NULL);
	b = release(f, "2.2.0", "template/prod.yml", NULL,
		    "conf/prod.yml.template", MOVED_TEMPLATE, NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "production/prod.yml", OLD_COPY,
			 "conf/prod.yml", OLD_COPY "# new\n", NULL)));
	assert_int_equal(2, f->list.nr);
	assert_int_equal(COPY_ORPHAN,
			 copy_of(f, "production/prod.yml")->outcome);
	assert_string_equal("conf/prod.yml",
			    copy_of(f, "production/prod.yml")->new_path);
	/* Both added lines at the end, but only one of them a key. */
	assert_int_equal(COPY_UPDATED, copy_of(f, "conf/prod.yml")->outcome);
	assert_blob(f, copy_of(f, "conf/prod.yml")->result,
		    OLD_COPY "    more: 1\n# new\n");
	assert_string_equal("2.1.0",
			    copy_of(f, "conf/prod.yml")->base_release);
}

/* A storage of their own now has the name ours had: only that is left. */
static void conflict_by_key(void **state)
{
	static const char *const before =
		"env:\n  URI: https://set-me\n  A: 1\n";
	static const char *const after =
		"env:\n  PUBLIC_URI: https://set-me\n"
		"  URI: http://minio:9000\n  A: 2\n";
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.0.0", "template/a.yml", before, NULL);
	b = release(f, "2.1.0", "template/a.yml", after, NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a.yml",
			 "env:\n  URI: https://s3.acme\n  A: 1\n", NULL)));
	c = copy_of(f, "production/a.yml");
	assert_int_equal(COPY_CONFLICT, c->outcome);
	assert_int_equal(1, c->conflicts);
	assert_string_equal("env.URI", c->resolution.conflicts[0].path);
	assert_blob(f, c->result, "env:\n  PUBLIC_URI: https://set-me\n"
		    "<<<<<<< production\n  URI: https://s3.acme\n"
		    "=======\n  URI: http://minio:9000\n>>>>>>> 2.1.0\n"
		    "  A: 2\n");
}

static void forgotten_for_years(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	release(f, "2.0.0", "template/a", "1\n2\n3\n4\n5\n", NULL);
	release(f, "2.0.1", "template/b", "1\n", NULL);
	release(f, "2.0.2", "template/a", "1\n2\n3\n4\n5\n6\n7\n8\n", NULL);
	a = release(f, "2.1.0", "template/a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
		    NULL);
	b = release(f, "2.1.1", "template/a", "1\n2\n3\n4\n5\n6\n7\n8\n10\n",
		    NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
					"one\n2\n3\n4\n5\n", NULL)));
	c = copy_of(f, "production/a");
	/* 2.0.1 has the same template as 2.0.0: the later one is named. */
	assert_string_equal("2.0.1", c->base_release);
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_blob(f, c->result, "one\n2\n3\n4\n5\n6\n7\n8\n10\n");
}

static void recorded(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b, *first;
	struct record rec = RECORD_INIT;
	const struct copy *c;
	char *blob, *name;

	first = release(f, "2.0.0", "template/a", "1\n2\n3\n4\n", NULL);
	a = release(f, "2.1.0", "template/a", "1\n2\n3\n5\n", NULL);
	b = release(f, "2.1.1", "template/a", "0\n2\n3\n5\n", NULL);
	name = xstrfmt("%s:template/a", first->commit);
	blob = git_line(&f->repo, &f->err, "rev-parse", name, NULL);
	/* By likeness it would be 2.1.0. */
	record_set_copy(&f->record, blob, "template/a", "production/a");
	record_set_copy(&f->record, blob, "gone", "mine");
	record_set_copy(&f->record, blob, "template/a", "deleted");
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
				"1\n2\n3\n5\n", "mine", "1\n", NULL)));
	assert_int_equal(2, f->list.nr);
	c = copy_of(f, "production/a");
	assert_string_equal("2.0.0", c->base_release);
	assert_int_equal(COPY_UPDATED, c->outcome);
	c = copy_of(f, "mine");
	assert_int_equal(COPY_ORPHAN, c->outcome);
	assert_null(c->old_template);
	assert_null(c->new_template);
	copies_record(&f->list, &f->record, &rec);
	assert_int_equal(2, rec.nr_copies);
	assert_string_equal("gone", record_copy_of(&rec, "mine")->template);
	record_release(&rec);
	free(name);
	free(blob);
}

static void upstreams_own(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;

	a = release(f, "2.0.0", "template/a", "1\n", "production/a", "1\n",
		    NULL);
	b = release(f, "2.1.0", "template/a", "2\n", "production/a", "2\n",
		    NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
						     "mine\n", NULL)));
	assert_int_equal(0, f->list.nr);
	strvec_push(&f->confirmed, "template/a:production/a");
	assert_int_equal(-1, compute(f, a, b, ours_on(f, a, NULL)));
	assert_int_equal(ERROR_REFUSED, f->err.kind);
	assert_string_equal("'production/a' is a file of 2.0.0 itself, "
			    "not a copy", f->err.message);
}

static void orphan(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;

	a = release(f, "2.0.0", "template/a", OLD_TEMPLATE, "b", "1\n", NULL);
	b = release(f, "2.1.0", "template/a", NULL, NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "production/a",
						     OLD_COPY, NULL)));
	assert_int_equal(COPY_ORPHAN, copy_of(f, "production/a")->outcome);
	assert_null(copy_of(f, "production/a")->new_template);
}

static void found_and_confirmed(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;
	const struct copy *c;

	a = release(f, "2.2.0", "sample.conf", OLD_COPY, "still", "1\n2\n3\n",
		    NULL);
	b = release(f, "2.3.0", "sample.conf", OLD_COPY "    more: 1\n", NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "my.conf",
				OLD_COPY "mine: 1\n", "other", "new\n",
				"still.copy", "1\n2\n3\n", NULL)));
	assert_int_equal(1, f->list.nr);
	c = copy_of(f, "my.conf");
	assert_int_equal(COPY_UNCONFIRMED, c->outcome);
	assert_string_equal("sample.conf", c->old_template);
	assert_null(c->result);

	strvec_push(&f->confirmed, "my.conf");
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "my.conf",
				OLD_COPY, "other", "new\n", NULL)));
	assert_int_equal(1, f->list.nr);
	c = copy_of(f, "my.conf");
	assert_int_equal(COPY_UPDATED, c->outcome);
	assert_blob(f, c->result, OLD_COPY "    more: 1\n");

	strvec_push(&f->confirmed, "sample.conf:other");
	assert_int_equal(0, compute(f, a, b, ours_on(f, a, "my.conf",
				OLD_COPY, "other", "new\n", NULL)));
	assert_int_equal(COPY_CONFLICT, copy_of(f, "other")->outcome);

	strvec_push(&f->confirmed, "nowhere");
	assert_int_equal(-1, compute(f, a, b, ours_on(f, a, "my.conf",
				OLD_COPY, "other", "new\n", NULL)));
	assert_int_equal(ERROR_REFUSED, f->err.kind);
}

static void not_mergeable(void **state)
{
	struct fixture *f = *state;
	const struct release *a, *b;

	a = release(f, "2.0.0", "template/a", "1\n", "template/b", "1\n",
		    NULL);
	b = release(f, "2.1.0", "template/a", "2\n", "l:template/b", "2\n",
		    NULL);
	assert_int_equal(0, compute(f, a, b, ours_on(f, a,
			 "l:production/a", "elsewhere",
			 "production/b", "1\n", NULL)));
	assert_int_equal(COPY_BINARY, copy_of(f, "production/a")->outcome);
	assert_int_equal(COPY_BINARY, copy_of(f, "production/b")->outcome);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_paths),
		cmocka_unit_test(substitution),
		cmocka_unit_test(texts),
		cmocka_unit_test(distances),
		TEST(updated),
		TEST(current),
		TEST(conflict),
		TEST(moved_and_landed),
		TEST(moved_unchanged),
		TEST(moved_onto_ours),
		TEST(conflict_by_key),
		TEST(pinned),
		TEST(forgotten_for_years),
		TEST(recorded),
		TEST(upstreams_own),
		TEST(orphan),
		TEST(found_and_confirmed),
		TEST(not_mergeable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
