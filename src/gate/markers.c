/*
 * Conflict markers that this push brings.
 *
 * A combined diff of the pushed tree against both the one before and the
 * adopted release marks with `++` exactly the lines neither of them has, and
 * leaves out every path that equals one of them: upstream's own text about
 * conflicts is no mistake of the operator, nor is what already runs.  A marker
 * is as long as the attributes of what is pushed say: where they say another
 * length, lines of the usual one are what that file is about.
 */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/marker.h"

#include <stdlib.h>
#include <string.h>

/* git knows the empty tree without having it. */
#define EMPTY_TREE_SHA1 "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define EMPTY_TREE_SHA256 \
	"6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"

/* Shorter ones nobody has, but many texts a quotation or a table. */
#define SHORTEST 3
/* In so many files at most others than those of the usual length count. */
#define MAX_PATHS 10000

/* Lines of a file that may be markers, if they are as long as these there. */
struct suspect {
	size_t path;		/* in `paths` */
	size_t length;
	long line;		/* the first */
	size_t nr;
};

struct scan {
	size_t columns;		/* '+' signs in front of an added line */
	struct buf path;
	long line;		/* of the next line in the new file */
	int in_hunk;
	struct strvec paths;	/* of suspects */
	struct suspect *v;
	size_t nr, alloc;
};

/* Those of one path come one after the other. */
static void suspect(struct scan *s, size_t length)
{
	size_t path = s->paths.nr - 1, i = s->nr;

	if (!s->paths.nr || strcmp(s->paths.v[path], s->path.s)) {
		if (s->paths.nr >= MAX_PATHS && length != MARKER_SIZE)
			return;
		strvec_push(&s->paths, s->path.s);
		path = s->paths.nr - 1;
	}
	while (i && s->v[i - 1].path == path && s->v[i - 1].length != length)
		i--;
	if (i && s->v[i - 1].path == path) {
		s->v[i - 1].nr++;
		return;
	}
	ALLOC_GROW(s->v, s->nr + 1, s->alloc);
	s->v[s->nr++] = (struct suspect){ path, length, s->line, 1 };
}

static void scan_content(struct scan *s, const char *line, size_t len)
{
	size_t plus = 0, length;

	if (len < s->columns)
		return;
	if (memchr(line, '-', s->columns))
		return;
	while (plus < s->columns && line[plus] == '+')
		plus++;
	length = marker_length(line + s->columns, len - s->columns);
	if (plus == s->columns && length >= SHORTEST)
		suspect(s, length);
	s->line++;
}

static void scan_line(void *data, const char *line, size_t len)
{
	struct scan *s = data;
	const char *plus;
	char *text;

	if (len && line[0] == '@' && line[1] == '@') {
		text = xmemdupz(line, len);
		plus = strchr(text, '+');
		s->line = plus ? strtol(plus + 1, NULL, 10) : 0;
		s->in_hunk = 1;
		free(text);
	} else if (len > 5 && !memcmp(line, "diff ", 5)) {
		s->in_hunk = 0;
	} else if (s->in_hunk) {
		scan_content(s, line, len);
	} else if (len > 4 && !memcmp(line, "+++ ", 4)) {
		text = xmemdupz(line + 4, len - 4);
		buf_reset(&s->path);
		/* As it is where it is not quoted, or badly. */
		if (buf_add_unquoted(&s->path, text) < 0) {
			buf_reset(&s->path);
			buf_adds(&s->path, text);
		}
		/* A path with a blank is followed by a tab. */
		if (*text != '"' && ends_with(s->path.s, "\t"))
			buf_setlen(&s->path, s->path.len - 1);
		if (starts_with(s->path.s, "b/"))
			buf_splice(&s->path, 0, 2, NULL, 0);
		free(text);
	}
}

/*
 * What is pushed must not say how it is looked at: with "*.lock -diff" in
 * its attributes nothing would be seen of a lock file.  No work tree, no
 * index, and for newer gits the empty tree: no attributes.
 */
static void look_without_attributes(struct proc *p, const struct repo *r)
{
	strvec_pushf(&p->env, "GIT_DIR=%s", r->git_dir);
	strvec_pushf(&p->env, "GIT_INDEX_FILE=%s/upgrade/none", r->git_dir);
	strvec_pushf(&p->env, "GIT_ATTR_SOURCE=%s", r->hexsz == 64 ?
		     EMPTY_TREE_SHA256 : EMPTY_TREE_SHA1);
	strvec_push(&p->env, "GIT_IMPLICIT_WORK_TREE=0");
	strvec_push(&p->env, "GIT_WORK_TREE");
	p->dir = r->git_dir;
}

static int scan_diff(const struct move *m, const char *before,
		     const char *release, struct scan *s, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	s->columns = before && release ? 2 : 1;
	/*
	 * Without a look at the index git walks all three trees at a time,
	 * and skips what equals one of the two at once.
	 */
	git_proc(&p, m->repo, "-c", "core.quotePath=false",
		 "-c", "diff.autoRefreshIndex=false", "diff", "-U0",
		 "--no-color", "--no-ext-diff", "--no-textconv",
		 "--no-renames", "--no-indent-heuristic",
		 "--src-prefix=a/", "--dst-prefix=b/",
		 "--ignore-submodules=all", NULL);
	if (s->columns == 2)
		strvec_pushl(&p.argv, "--cc", m->new, before, release, NULL);
	else
		strvec_pushl(&p.argv, before ? before : release, m->new,
			     NULL);
	strvec_push(&p.argv, "--");
	look_without_attributes(&p, m->repo);
	p.out_line = scan_line;
	p.data = s;
	ret = git_check(&p, err);
	proc_release(&p);
	return ret;
}

static void refuse(const struct scan *s, const struct suspect *first,
		   size_t found, const struct move *m, struct verdict *v)
{
	struct buf path = BUF_INIT;

	/* It ends up in one line, whatever its name. */
	buf_add_path(&path, s->paths.v[first->path]);
	verdict_refuse(v, "conflict markers in %s:%ld%s", path.s, first->line,
		       found > 1 ? " and elsewhere" : "");
	verdict_hint(v, "resolve them, \"git commit\" and %s; all of "
		     "them: git grep -nE '^(<{%zu}|>{%zu})( |$)'",
		     move_again(m), first->length, first->length);
	buf_release(&path);
}

/* Which of the suspects are markers. */
static int judge_suspects(const struct scan *s, const struct move *m,
			  struct verdict *v, struct error *err)
{
	size_t *sizes = xcalloc(s->paths.nr + 1, sizeof(*sizes));
	int ret = marker_sizes(sizes, m->repo, m->new, &s->paths, err);
	const struct suspect *first = NULL;
	size_t found = 0;

	for (size_t i = 0; !ret && i < s->nr; i++) {
		if (s->v[i].length != sizes[s->v[i].path])
			continue;
		first = first ? first : &s->v[i];
		found += s->v[i].nr;
	}
	if (first)
		refuse(s, first, found, m, v);
	free(sizes);
	return ret;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct adopted *a;
	struct scan s = { .path = BUF_INIT, .paths = STRVEC_INIT };
	const char *before = m->old ? m->old : m->deployed;
	const char *release;
	int ret = -1;

	if (!m->new)
		return 0;
	/* Of a client: somebody pushed what is not here yet. */
	if (before && !object_find(m->repo, before, NULL, NULL, err))
		return verdict_unknown(v, "the commit before, %.7s, is not "
				       "here", before);
	a = move_to(m, err);
	if (!a)
		goto out;
	release = a->release ? a->release->commit : NULL;
	if (!before && !release) {
		ret = verdict_unknown(v, "there is nothing to compare with");
		goto out;
	}
	if (scan_diff(m, before, release, &s, err) < 0)
		goto out;
	ret = s.nr ? judge_suspects(&s, m, v, err) : 0;
out:
	free(s.v);
	strvec_release(&s.paths);
	buf_release(&s.path);
	return ret;
}

const struct gate gate_markers = { "markers", judge };
