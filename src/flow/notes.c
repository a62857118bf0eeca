#include "flow/notes.h"

#include "base/buf.h"
#include "base/mem.h"
#include "doc/changelog.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/shallow.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A larger file is not read; of a longer section the rest is left out. */
#define MAX_CHANGELOG (16L << 20)
#define MAX_SECTION (64 << 10)

/* "tagger NAME <MAIL> SECONDS ZONE" among the headers. */
static void parse_tagger(struct notes *n, const char *headers)
{
	const char *line = strstr(headers, "\ntagger "), *mail;

	if (!line)
		return;
	line += strlen("\ntagger ");
	mail = memchr(line, '>', strcspn(line, "\n"));
	if (!mail)
		return;
	n->tagger = xmemdupz(line, (size_t)(mail + 1 - line));
	n->tagged = (time_t)strtoll(mail + 1, NULL, 10);
}

static int read_tag(struct notes *n, struct repo *r, struct error *err)
{
	struct buf text = BUF_INIT;
	char *type = NULL, *body, *signature;
	int ret = -1;

	if (object_find(r, n->release->object, &type, NULL, err) < 0)
		goto out;
	n->annotated = type && !strcmp(type, "tag");
	if (object_read(r, n->release->object, &text, err) < 0)
		goto out;
	body = strstr(text.s, "\n\n");
	if (body) {
		*body = '\0';
		body += 2;
	}
	if (n->annotated)
		parse_tagger(n, text.s);
	signature = n->annotated && body ? signature_in_tag(body) : NULL;
	if (signature)
		*signature = '\0';
	n->message = xstrdup(body ? body : "");
	ret = signature_read(&n->signature, r, n->release, err);
out:
	buf_release(&text);
	free(type);
	return ret;
}

/* Is it a name of release notes?  In the order of how well we read them. */
static int changelog_rank(const struct tree_entry *e)
{
	static const char *const names[] = {
		"CHANGELOG.md", "CHANGELOG.rst", "CHANGELOG", "CHANGELOG.txt",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mode_is_file(e->mode) && !strcasecmp(e->path, names[i]))
			return (int)i + 1;
	return 0;
}

static const struct tree_entry *changelog_of(const struct tree_list *top)
{
	const struct tree_entry *found = NULL;

	for (size_t i = 0; i < top->nr; i++) {
		int rank = changelog_rank(&top->v[i]);

		if (rank && (!found || rank < changelog_rank(found)))
			found = &top->v[i];
	}
	return found;
}

static void take_section(struct notes *n, const char *file,
			 const struct buf *text)
{
	enum markup markup = ends_with(file, "md") ? MARKUP_MARKDOWN :
			     ends_with(file, "rst") ? MARKUP_RST : MARKUP_ANY;
	struct section found;

	if (!changelog_find(&found, markup, text->s, text->len,
			    n->release->name))
		return;
	if (found.len > MAX_SECTION) {
		n->changelog_cut = 1;
		found.len = MAX_SECTION;
		while (found.len && found.text[found.len - 1] != '\n')
			found.len--;
	}
	n->changelog = xmemdupz(found.text, found.len);
	n->changelog_file = xstrdup(file);
}

/*
 * Reading it is an extra: in a partial clone that is offline it cannot be had,
 * and the rest is shown all the same.
 */
static void read_section(struct notes *n, struct repo *r,
			 const struct tree_entry *file)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *size = git_line(r, &ignored, "cat-file", "-s", file->oid, NULL);

	if (size && strtoll(size, NULL, 10) <= MAX_CHANGELOG &&
	    object_read_if(r, file->oid, &text, &ignored) > 0)
		take_section(n, file->path, &text);
	error_release(&ignored);
	buf_release(&text);
	free(size);
}

static int read_changelog(struct notes *n, struct repo *r, struct error *err)
{
	struct tree_list top = TREE_LIST_INIT;
	const struct tree_entry *file;
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "ls-tree", "-z", "--full-tree",
			  n->release->commit, NULL);

	if (!ret)
		ret = tree_list_parse(&top, &out, err);
	file = ret ? NULL : changelog_of(&top);
	if (file)
		read_section(n, r, file);
	tree_list_release(&top);
	buf_release(&out);
	return ret;
}

static int read_commits(struct notes *n, struct repo *r, const char *head,
			struct error *err)
{
	char *range = xstrfmt("%s..%s", head, n->release->commit);
	struct buf out = BUF_INIT;
	int ret = shallow_cuts(r, head, NULL, err);

	n->cut = ret > 0;
	if (!ret)
		ret = git_run(r, &out, err, "log", "--no-color",
			      "--no-decorate", "--no-show-signature",
			      "--format=%h %s", range, "--", NULL);
	if (!ret)
		strvec_split(&n->commits, out.s, '\n');
	buf_release(&out);
	free(range);
	return ret < 0 ? -1 : 0;
}

static int is_template(const struct profile *p, const char *release,
		       const char *path)
{
	return template_rule(p, release, path, NULL) != NULL;
}

static int read_files(struct notes *n, struct repo *r,
		      const struct standing *s, const char *base,
		      struct error *err)
{
	const struct profile *p = &s->product->profile;
	struct tree_diff moved = TREE_DIFF_INIT;
	int ret = -1;

	if (tree_diff_read(&n->files, r, base, n->release->commit, 0,
			   err) < 0 ||
	    tree_diff_read(&moved, r, base, n->release->commit,
			   TREE_DIFF_RENAMES, err) < 0)
		goto out;
	for (size_t i = 0; i < moved.nr; i++) {
		const struct tree_change *c = &moved.v[i];
		int was = c->status != 'A' &&
			  is_template(p, s->release->name, c->old_path);
		int is = c->status != 'D' &&
			 is_template(p, n->release->name, c->path);
		struct buf line = BUF_INIT;

		if (!was && !is)
			continue;
		buf_addf(&line, "%c ", c->status);
		buf_add_path(&line, c->old_path);
		if (c->status == 'R') {
			buf_adds(&line, " -> ");
			buf_add_path(&line, c->path);
		}
		strvec_push_nodup(&n->templates, buf_detach(&line));
	}
	ret = 0;
out:
	tree_diff_release(&moved);
	return ret;
}

int notes_read(struct notes *n, struct repo *r, const struct standing *s,
	       const struct release *release, struct error *err)
{
	char *base = standing_base(s, r);
	int ret = -1;

	n->release = release;
	n->date = commit_date(r, release->commit);
	if (read_tag(n, r, err) < 0 || read_changelog(n, r, err) < 0 ||
	    read_commits(n, r, s->head, err) < 0 ||
	    (base && s->release && read_files(n, r, s, base, err) < 0))
		goto out;
	ret = 0;
out:
	free(base);
	return ret;
}

void notes_release(struct notes *n)
{
	free(n->tagger);
	signature_release(&n->signature);
	free(n->message);
	free(n->changelog);
	free(n->changelog_file);
	strvec_release(&n->commits);
	tree_diff_release(&n->files);
	strvec_release(&n->templates);
	*n = (struct notes)NOTES_INIT;
}
