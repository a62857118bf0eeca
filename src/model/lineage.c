#include "model/lineage.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "model/promotion.h"

#include <stdlib.h>

/*
 * So far along first parents: since something was promoted to an environment
 * it has a few fixes, and of other branches nobody wants to read all.
 */
#define STEPS_READ 1000

static void add(struct lineage *l, const char *tip, const char *without)
{
	/* Nothing was made since. */
	if (are_same(tip, without))
		return;
	ALLOC_GROW(l->v, l->nr + 1, l->alloc);
	l->v[l->nr++] = (struct stretch){ xstrdup(tip),
					  xstrdup_or_null(without) };
}

/* Where the line goes on elsewhere: 1, 0, -1. */
static int find_turn(struct lineage *l, struct repo *r,
		     const struct step_of_line *s, char **next,
		     struct error *err)
{
	const char *to = step_is_promotion(s) ? s->source_commit : NULL;
	int ret = 0;

	if (!to && s->restores) {
		ret = step_is_way_back(s, r, err);
		to = ret > 0 ? s->restores : NULL;
	}
	if (ret < 0 || !to)
		return ret;
	ret = object_find(r, to, NULL, NULL, err);
	if (ret <= 0)
		return ret;
	if (step_is_promotion(s))
		strvec_push(&l->promoted, to);
	*next = xstrdup(to);
	return 1;
}

/* One stretch, and where the next one begins; NULL: it was the last. */
static int read_stretch(struct lineage *l, struct repo *r, const char *tip,
			char **next, struct error *err)
{
	struct line line = LINE_INIT;
	int ret = line_read(&line, r, tip, NULL, STEPS_READ, err);
	size_t at = 0;

	while (!ret && at < line.nr) {
		ret = find_turn(l, r, &line.v[at], next, err);
		if (!ret)
			at++;
	}
	if (ret >= 0)
		add(l, tip, *next ? line.v[at].commit : NULL);
	line_release(&line);
	return ret < 0 ? -1 : 0;
}

int lineage_read(struct lineage *l, struct repo *r, const char *commit,
		 struct error *err)
{
	char *at = xstrdup(commit), *next;
	int ret = 0;

	while (!ret && at) {
		next = NULL;
		ret = read_stretch(l, r, at, &next, err);
		free(at);
		at = next;
	}
	free(at);
	return ret;
}

const char *lineage_end(const struct lineage *l)
{
	return l->nr ? l->v[l->nr - 1].tip : NULL;
}

void lineage_release(struct lineage *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		free(l->v[i].tip);
		free(l->v[i].without);
	}
	free(l->v);
	strvec_release(&l->promoted);
	*l = (struct lineage)LINEAGE_INIT;
}
