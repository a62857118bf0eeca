#include "upgrade/without.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

struct sieve {
	struct left_out *left_out;
	const struct without_request *req;
};

static int is_unwanted(const struct profile *p, const char *path)
{
	for (size_t i = 0; i < p->without.nr; i++)
		if (path_match(p->without.v[i], path))
			return 1;
	return 0;
}

/* `c` is what upstream did to it: without a change of ours it is as in A. */
static int is_here(const struct tree_diff *ours, const struct tree_change *c)
{
	const struct tree_change *own = tree_diff_find(ours, c->path);

	return (own ? own->new_mode : c->old_mode) != 0;
}

static int comes(const struct tree_change *c, void *data)
{
	const struct sieve *s = data;

	if (!is_unwanted(s->req->profile, c->path) ||
	    is_here(s->req->our_changes, c))
		return 1;
	strvec_push(&s->left_out->paths, c->path);
	return 0;
}

int without_trees(struct left_out *l, const struct without_request *req,
		  struct error *err)
{
	struct sieve s = { l, req };
	struct tree_edit *edits;

	if (req->profile->without.nr)
		tree_diff_filter(req->their_changes, comes, &s);
	if (!l->paths.nr)
		return 0;
	edits = xcalloc(l->paths.nr, sizeof(*edits));
	for (size_t i = 0; i < l->paths.nr; i++)
		edits[i] = (struct tree_edit){ l->paths.v[i], 0, NULL };
	l->base = tree_edit(req->repo, req->base, edits, l->paths.nr, err);
	if (l->base)
		l->theirs = tree_edit(req->repo, req->theirs, edits,
				      l->paths.nr, err);
	free(edits);
	return l->theirs ? 0 : -1;
}

void left_out_release(struct left_out *l)
{
	strvec_release(&l->paths);
	free(l->base);
	free(l->theirs);
	*l = (struct left_out)LEFT_OUT_INIT;
}
