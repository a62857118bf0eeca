#include "flow/notes.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/shallow.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

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
	if (read_tag(n, r, err) < 0 || read_commits(n, r, s->head, err) < 0 ||
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
	strvec_release(&n->commits);
	tree_diff_release(&n->files);
	strvec_release(&n->templates);
	*n = (struct notes)NOTES_INIT;
}
