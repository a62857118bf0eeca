#include "doc/node_names.h"

#include <stdint.h>

static int find_broken(const struct node *n, struct strmap *given,
		       struct strmap *broken)
{
	int is_new = 0;

	if (n->type == NODE_ALIAS && !strmap_has(given, n->data))
		is_new |= strmap_put(broken, n->data, NULL);
	if (n->anchor && !strmap_put(given, n->anchor, NULL))
		is_new |= strmap_put(broken, n->anchor, NULL);
	for (size_t i = 0; i < n->nr; i++)
		is_new |= find_broken(n->entries[i].value, given, broken);
	return is_new;
}

int names_find_broken(const struct node *document, struct strmap *broken)
{
	struct strmap given = STRMAP_INIT;
	int is_new = find_broken(document, &given, broken);

	strmap_release(&given);
	return is_new;
}

static void add(struct strmap *counts, const char *name, int nr)
{
	intptr_t was = (intptr_t)strmap_get(counts, name);

	strmap_put(counts, name, (void *)(was + nr));
}

/* How often each of them is given, and is used. */
struct counting {
	const struct strmap *names;
	struct strmap given, used;
};

static void count(struct counting *c, const struct node *n, int nr)
{
	if (n->type == NODE_ALIAS && strmap_has(c->names, n->data))
		add(&c->used, n->data, nr);
	if (n->anchor && strmap_has(c->names, n->anchor))
		add(&c->given, n->anchor, nr);
	for (size_t i = 0; i < n->nr; i++)
		count(c, n->entries[i].value, nr);
}

static int has_any(const struct strmap *counts)
{
	for (size_t i = 0; i < counts->nr; i++)
		if (counts->values[i])
			return 1;
	return 0;
}

int names_differ(const struct node *a, const struct node *b,
		 const struct strmap *names)
{
	struct counting c = { names, STRMAP_INIT, STRMAP_INIT };
	int differ;

	count(&c, a, 1);
	if (b)
		count(&c, b, -1);
	differ = has_any(&c.given) || has_any(&c.used);
	strmap_release(&c.given);
	strmap_release(&c.used);
	return differ;
}
