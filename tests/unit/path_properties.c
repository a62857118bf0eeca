/*
 * What holds for every path, whatever the releases and the rules: tried on
 * products made up at random, and compared with a search that knows no
 * shortcuts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/path.h"
#include "model/release.h"

#define ROUNDS 400
#define MAX_RELEASES 40

struct product {
	struct profile profile;
	struct release_list list;
	struct edge edges[3];
	char texts[16][16];
	size_t nr_texts;
};

static unsigned pick(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % below;
}

/* "2", "2.1" or "2.1.3" */
static char *make_version(struct product *p, unsigned *seed, unsigned numbers)
{
	char *text = p->texts[p->nr_texts++];
	unsigned major = 1 + pick(seed, 3), minor = 1 + pick(seed, 4);

	if (numbers < 2)
		snprintf(text, sizeof(p->texts[0]), "%u", major);
	else if (numbers < 3)
		snprintf(text, sizeof(p->texts[0]), "%u.%u", major, minor);
	else
		snprintf(text, sizeof(p->texts[0]), "%u.%u.%u", major, minor,
			 pick(seed, 3));
	return text;
}

static void make_list(struct product *p, unsigned *seed)
{
	struct strvec names = STRVEC_INIT;

	for (unsigned major = 1; major <= 3; major++)
		for (unsigned minor = 1; minor <= 4; minor++)
			for (unsigned patch = 0; patch < 3; patch++)
				if (pick(seed, 3))
					strvec_pushf(&names, "%u.%u.%u%s",
						     major, minor, patch,
						     pick(seed, 8) ? "" :
						     "-rc1");
	release_list_of_names(&p->list, &p->profile, names.v);
	strvec_release(&names);
}

static void make_product(struct product *p, unsigned seed)
{
	struct profile *f = &p->profile;

	memset(p, 0, sizeof(*p));
	strvec_init(&f->stops);
	strvec_init(&f->avoid);
	strvec_init(&f->first_to);
	f->scheme = (enum version_scheme)pick(&seed, 3);
	f->rule = (enum path_rule)pick(&seed, 3);
	f->final_pattern = (char *)"^[0-9.]+$";
	f->pre_pattern = (char *)"-rc1$";
	for (unsigned n = pick(&seed, 3); n--;)
		strvec_push(&f->stops, make_version(p, &seed,
						    2 + pick(&seed, 2)));
	for (unsigned n = pick(&seed, 3); n--;)
		strvec_push(&f->avoid, make_version(p, &seed, 3));
	f->edges = p->edges;
	for (unsigned n = pick(&seed, 4); n--; f->nr_edges++) {
		struct edge *e = &p->edges[f->nr_edges];

		e->from = make_version(p, &seed, 1 + pick(&seed, 3));
		e->to = make_version(p, &seed, 1 + pick(&seed, 3));
	}
	if (!pick(&seed, 4))
		f->last = make_version(p, &seed, 2);
	if (!pick(&seed, 3)) {
		f->first = make_version(p, &seed, 2 + pick(&seed, 2));
		if (pick(&seed, 2))
			strvec_push(&f->first_to, make_version(p, &seed, 2));
	}
	make_list(p, &seed);
}

static void release_product(struct product *p)
{
	strvec_release(&p->profile.stops);
	strvec_release(&p->profile.avoid);
	strvec_release(&p->profile.first_to);
	release_list_release(&p->list);
}

/* As texts say it, without the code that is tried. */
static int is_at(const struct release *rel, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(rel->name, prefix, len) &&
	       (!rel->name[len] || strchr(".-", rel->name[len]));
}

static int is_before(const struct release *rel, const char *prefix)
{
	return !is_at(rel, prefix) && strcmp(rel->name, prefix) < 0;
}

static int is_behind(const struct release *rel, const char *prefix)
{
	return !is_at(rel, prefix) && strcmp(rel->name, prefix) > 0;
}

static void check_hop(const struct profile *p, const struct release *from,
		      const struct release *to)
{
	int edge = 0;

	assert_true(version_cmp(&from->version, &to->version) < 0);
	for (size_t i = 0; i < p->stops.nr; i++)
		if (is_before(from, p->stops.v[i]) &&
		    is_behind(to, p->stops.v[i]))
			fail_msg("%s -> %s skips %s", from->name, to->name,
				 p->stops.v[i]);
	for (size_t i = 0; i < p->avoid.nr; i++)
		assert_false(is_at(to, p->avoid.v[i]));
	if (p->last)
		assert_false(is_behind(to, p->last));
	if (p->first)
		assert_false(is_before(from, p->first));
	if (p->first && p->first_to.nr && is_at(from, p->first))
		assert_true(is_at(to, p->first) ||
			    is_at(to, p->first_to.v[0]));
	for (size_t i = 0; i < p->nr_edges; i++)
		edge |= is_at(from, p->edges[i].from) &&
			is_at(to, p->edges[i].to);
	if (p->rule == PATH_EDGES)
		assert_true(edge);
}

/* The least number of hops, over all releases there are; 0: no way. */
static size_t least_hops(const struct product *p, size_t from, size_t to)
{
	const struct release *v = p->list.v;
	size_t hops[3 * 4 * 3 + 1] = { 0 };

	for (size_t i = from + 1; i <= to; i++) {
		if (i != to && v[i].prerelease)
			continue;
		for (size_t j = from; j < i; j++)
			if ((j == from || hops[j]) &&
			    path_is_legal(&p->profile, &v[j], &v[i]) &&
			    (!hops[i] || hops[j] + 1 < hops[i]))
				hops[i] = hops[j] + 1;
	}
	return hops[to];
}

static size_t check_path(const struct product *p, size_t i, size_t j)
{
	const struct release *from = &p->list.v[i], *to = &p->list.v[j];
	struct path path = PATH_INIT;
	int found = path_find(&path, &p->list, &p->profile, from, to);
	size_t hops = path.nr;

	assert_int_equal(found, path.nr > 0);
	for (size_t k = 0; k < path.nr; k++) {
		check_hop(&p->profile, from, path.v[k]);
		from = path.v[k];
		assert_false(from->prerelease && from != to);
	}
	if (found)
		assert_ptr_equal(from, to);
	path_release(&path);
	return hops;
}

static void paths_keep_the_rules(void **state)
{
	size_t found = 0, none = 0, several = 0;

	(void)state;
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct product p;

		make_product(&p, seed);
		for (size_t i = 0; i < p.list.nr; i++)
			for (size_t j = 0; j < p.list.nr; j++) {
				size_t hops = check_path(&p, i, j);

				found += hops > 0;
				none += j > i && !hops;
				several += hops > 2;
			}
		release_product(&p);
	}
	/* The products are not such that there is nothing to see. */
	assert_true(found > 1000 && none > 1000 && several > 1000);
}

static void paths_are_the_shortest(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct product p;

		make_product(&p, seed);
		for (size_t i = 0; i < p.list.nr; i++)
			for (size_t j = i + 1; j < p.list.nr; j++) {
				size_t hops = check_path(&p, i, j);
				size_t least = least_hops(&p, i, j);

				if (hops != least)
					fail_msg("seed %u: %s -> %s: %zu, "
						 "not %zu", seed,
						 p.list.v[i].name,
						 p.list.v[j].name, hops,
						 least);
			}
		release_product(&p);
	}
}

/* What a way says of itself is what its stops say. */
static void check_way(const struct path_map *map, const struct path *path,
		      const struct release *from, const struct release *to)
{
	struct path_way way = path_map_way(map, to);

	assert_int_equal(way.hops, path->nr);
	if (!path->nr)
		return;
	assert_ptr_equal(way.first, path->nr > 1 ? path->v[0] : from);
	assert_ptr_equal(way.last, path->nr > 1 ? path->v[path->nr - 2] :
			 from);
}

/* Asked one by one or all at once: the same answers. */
static void maps_say_the_same(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct product p;

		make_product(&p, seed);
		for (size_t i = 0; i < p.list.nr; i++) {
			struct path_map map = PATH_MAP_INIT;

			path_map_make(&map, &p.list, &p.profile,
				      &p.list.v[i]);
			for (size_t j = 0; j < p.list.nr; j++) {
				struct path one = PATH_INIT, two = PATH_INIT;

				path_find(&one, &p.list, &p.profile,
					  &p.list.v[i], &p.list.v[j]);
				path_map_find(&map, &two, &p.list.v[j]);
				check_way(&map, &two, &p.list.v[i],
					  &p.list.v[j]);
				assert_int_equal(one.nr, two.nr);
				if (one.nr)
					assert_memory_equal(one.v, two.v,
							    one.nr *
							    sizeof(*one.v));
				path_release(&one);
				path_release(&two);
			}
			path_map_release(&map);
		}
		release_product(&p);
	}
}

static int is_backwards(const struct release *from, const struct release *to)
{
	return version_cmp(&from->version, &to->version) > 0;
}

/*
 * A refusal is said exactly where there is no legal hop, and what to type
 * wherever that does not depend on the branch.
 */
static void checks_say_the_same(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct product p;

		make_product(&p, seed);
		for (size_t i = 0; i < p.list.nr; i++)
			for (size_t j = 0; j < p.list.nr; j++) {
				struct error err = ERROR_INIT;
				int legal = path_is_legal(&p.profile,
							  &p.list.v[i],
							  &p.list.v[j]);
				int ret = path_check(&p.list, &p.profile,
						     &p.list.v[i],
						     &p.list.v[j], &err);

				assert_int_equal(ret, legal ? 0 : -1);
				if (!legal && !is_backwards(&p.list.v[i],
							    &p.list.v[j]))
					assert_true(err.hints.nr > 0);
				error_release(&err);
			}
		release_product(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_keep_the_rules),
		cmocka_unit_test(paths_are_the_shortest),
		cmocka_unit_test(maps_say_the_same),
		cmocka_unit_test(checks_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
