#include "model/profile_write.h"

#include "base/mem.h"
#include "doc/yaml.h"

#include <stdlib.h>
#include <string.h>

static int is_of_product(const char *key)
{
	return !starts_with(key, "environments.") &&
	       strcmp(key, "upstream.remote") != 0;
}

/* Said by somebody; what nobody said is the same everywhere. */
static int is_said(const struct profile *p, const char *key)
{
	return strcmp(profile_origin(p, key), "default") != 0;
}

int profile_is_embedded(const struct profile *p)
{
	struct value *all = profile_values(p);
	int is = 1;

	for (size_t i = 0; is && i < all->nr; i++)
		is = !is_of_product(all->keys[i]) ||
		     !is_said(p, all->keys[i]) ||
		     starts_with(profile_origin(p, all->keys[i]), "profile ");
	value_free(all);
	return is;
}

/* What is in the map `from`, which it takes, over what is there. */
static void merge_in(struct value *map, struct value *from)
{
	for (size_t i = 0; i < from->nr; i++) {
		struct value *there = value_get(map, from->keys[i]);
		struct value *item = from->items[i];

		from->items[i] = NULL;
		if (there)
			merge_in(there, item);
		else
			value_add(map, from->keys[i], item);
	}
	value_free(from);
}

/* "path.last.release": in the maps that lead there. */
static void place(struct value *root, const char *key, struct value *item)
{
	merge_in(root, profile_place(key, item));
}

static struct value *quoted(const char *text)
{
	struct value *v = value_scalar(text);

	v->quoted = 1;
	return v;
}

void profile_write(struct buf *out, const struct profile *p,
		   const char *upstream)
{
	struct value *all = profile_values(p), *root = value_new(VALUE_MAP);

	value_add(root, "format", value_scalar("1"));
	for (size_t i = 0; i < all->nr; i++) {
		const char *key = all->keys[i];

		if (!is_of_product(key) || !is_said(p, key))
			continue;
		place(root, key, all->items[i]);
		all->items[i] = value_new(VALUE_NULL);
	}
	if (upstream)
		place(root, "upstream.remote", quoted(upstream));
	yaml_write(out, root);
	value_free(all);
	value_free(root);
}

/* Whose own it is: of a platform, or of what else deploys. */
static int goes_along(const char *key)
{
	static const char *const stay[] = {
		"branch", "deploy_to", "deploy", "driver", "variables"
	};

	for (size_t i = 0; i < ARRAY_SIZE(stay); i++)
		if (!strcmp(key, stay[i]))
			return 0;
	return 1;
}

/* What `p` says of that environment, into `root`; how much it is. */
static size_t place_said(struct value *root, const struct profile *p,
			 const char *name)
{
	struct value *all = profile_values(p);
	char *prefix = xstrfmt("environments.%s.", name);
	size_t nr = 0;

	for (size_t i = 0; i < all->nr; i++) {
		const char *rest = skip_prefix(all->keys[i], prefix);

		if (!rest || !goes_along(rest) || !is_said(p, all->keys[i]))
			continue;
		nr++;
		if (!root)
			continue;
		place(root, all->keys[i], all->items[i]);
		all->items[i] = value_new(VALUE_NULL);
	}
	value_free(all);
	free(prefix);
	return nr;
}

static void place_text(struct value *root, const char *name, const char *key,
		       const char *text)
{
	char *whole = xstrfmt("environments.%s.%s", name, key);

	if (text)
		place(root, whole, quoted(text));
	free(whole);
}

/* Where it says nothing else of the environment. */
static void place_promotion(struct value *root, const struct environment *env)
{
	char *key = xstrfmt("environments.%s.own", env->name);
	struct value *own = value_new(VALUE_LIST);

	place_text(root, env->name, "promotes_from", env->promotes_from);
	for (size_t i = 0; i < env->own.nr; i++)
		value_append(own, quoted(env->own.v[i]));
	if (own->nr)
		place(root, key, own);
	else
		value_free(own);
	free(key);
}

void profile_write_environments(struct buf *out, const struct profile *p,
				const struct environment *environments,
				size_t nr)
{
	struct value *root = value_new(VALUE_MAP);

	for (size_t i = 0; i < nr; i++) {
		const struct environment *env = &environments[i];

		place_text(root, env->name, "branch", env->branch);
		place_text(root, env->name, "deploy_to", env->deploy_to);
		if (p)
			place_said(root, p, env->name);
		else
			place_promotion(root, env);
	}
	yaml_write(out, root);
	value_free(root);
}

int profile_says_of_environment(const struct profile *p, const char *name)
{
	return place_said(NULL, p, name) > 0;
}
