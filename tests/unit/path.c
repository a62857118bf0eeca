/* Versions, releases by name, and the legal ways between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/path.h"
#include "model/release.h"

/* The final releases of the Mender server that could be merged. */
static char *const mender[] = {
	"1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.1.2", "1.1.3", "1.2.0",
	"1.2.1", "1.2.2", "1.3.0", "1.3.1", "1.4.0", "1.4.1", "1.4.2",
	"1.5.0", "1.5.1", "1.6.0", "1.6.1", "1.7.0", "1.7.1", "2.0.0",
	"2.0.1", "2.1.0", "2.1.1", "2.2.0", "2.2.1", "2.2.2", "2.3.0",
	"2.3.1", "2.4.0", "2.4.1", "2.4.2", "2.4.3", "2.5.0", "2.5.1",
	"2.6.0", "2.6.1", "2.6.2", "2.6.3", "2.6.4", "2.7.0", "2.7.1",
	"2.7.2", "3.0.0", "3.0.1", "3.0.2", "3.1.0", "3.1.1", "3.2.0",
	"3.2.1", "3.2.2", "3.3.0", "3.3.1", "3.3.2", "3.4.0", "3.5.0",
	"3.5.1", "3.6.0", "3.6.1", "3.6.2", "3.6.3", "3.6.4", "3.6.5",
	"3.7.0", "3.7.1", "3.7.2", "3.7.3", "3.7.4", "3.7.5", "3.7.6",
	"3.7.7", "3.7.8", "3.7.9", "3.7.10", "3.7.11", "3.8.0", "3.8.1",
	"3.8.2", "3.8.3", "3.8.4", "3.8.5", NULL
};

/* What else is tagged there. */
static char *const others[] = {
	"2.0.0b1", "2.4.0b1", "3.0.3-build3", "3.4.1-build1", "3.4.1-build2",
	"saas-v2020.07.09", "internal-v2020.02", "integration-0.1", "latest",
	"", NULL
};

struct fixture {
	struct profile profile;
	struct release_list list;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct strvec names = STRVEC_INIT;

	f->profile.rule = PATH_CONNECTED_MINOR;
	f->profile.final_pattern = xstrdup("^[0-9]+\\.[0-9]+\\.[0-9]+$");
	f->profile.pre_pattern =
		xstrdup("^[0-9]+\\.[0-9]+\\.[0-9]+(b|-build)[0-9]+$");
	f->profile.origin = xstrdup("profile mender");
	strvec_init(&f->profile.avoid);
	/* Upside down, to see them sorted. */
	for (size_t i = ARRAY_SIZE(mender) - 1; i-- > 0;)
		strvec_push(&names, mender[i]);
	strvec_pushv(&names, others);
	release_list_of_names(&f->list, &f->profile, names.v);
	strvec_release(&names);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->profile.final_pattern);
	free(f->profile.pre_pattern);
	free(f->profile.origin);
	strvec_release(&f->profile.avoid);
	release_list_release(&f->list);
	free(f);
	return 0;
}

static const struct release *get(const struct fixture *f, const char *name)
{
	const struct release *rel = release_find(&f->list, name);

	if (!rel)
		fail_msg("no %s", name);
	return rel;
}

static int legal(const struct fixture *f, const char *from, const char *to)
{
	return path_is_legal(&f->profile, get(f, from), get(f, to));
}

static void check_path(const struct fixture *f, const char *from,
		       const char *to, const char *expected)
{
	struct path path = PATH_INIT;
	struct buf b = BUF_INIT;
	int found = path_find(&path, &f->list, &f->profile, get(f, from),
			      get(f, to));

	for (size_t i = 0; i < path.nr; i++)
		buf_addf(&b, "%s%s", i ? " " : "", path.v[i]->name);
	assert_string_equal(b.s, expected);
	assert_int_equal(found, *expected != '\0');
	buf_release(&b);
	path_release(&path);
}

/* `expected`: message and hints, a line each; "" when it is legal. */
static void check_words(const struct fixture *f, const char *from,
			const char *to, const char *expected)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	int ret = path_check(&f->list, &f->profile, get(f, from), get(f, to),
			     &err);

	if (ret) {
		assert_int_equal(err.kind, ERROR_REFUSED);
		buf_adds(&b, err.message);
		for (size_t i = 0; i < err.hints.nr; i++)
			buf_addf(&b, "\n%s", err.hints.v[i]);
	}
	assert_string_equal(b.s, expected);
	buf_release(&b);
	error_release(&err);
}

static int cmp(const char *a, const char *b)
{
	int one = version_cmp_text(VERSION_SEMVER, a, b);
	int two = version_cmp_text(VERSION_SEMVER, b, a);

	assert_int_equal((one > 0) - (one < 0), (two < 0) - (two > 0));
	return (one > 0) - (one < 0);
}

static void versions_order(void **state)
{
	/* Semantic Versioning 2.0.0, section 11, and what others write. */
	static const char *const rising[] = {
		"latest", "0.9.9", "1.0.0-0", "1.0.0-2", "1.0.0-11",
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
		"1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
		"1.0.0-beta.99999999999999999999",
		"1.0.0-beta.100000000000000000000", "1.0.0-rc.1", "1.0.0",
		"1.0.1", "1.2", "1.10.0", "2.0.0b1", "2.0.0", "v2.0.1",
		"10.0.0"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++)
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++)
			if (cmp(rising[i], rising[j]) != (i > j) - (i < j))
				fail_msg("%s, %s", rising[i], rising[j]);
	assert_int_equal(cmp("1.0.0+5", "1.0.0+6"), 0);
	assert_int_equal(cmp("1.0.0-rc1+5", "1.0.0-rc1"), 0);
	assert_int_equal(cmp("v1.2.3", "1.2.3"), 0);
	assert_int_equal(cmp("1.2", "1.2.0"), 0);
	assert_int_equal(cmp("1.0.0-007", "1.0.0-7"), 0);
}

static void versions_refused(void **state)
{
	static const char *const texts[] = {
		"", "v", "vv1.0.0", "1.", ".1", "1..2", "1.2.3.4", "1.2.3-",
		"1.2.3-a..b", "1.2.3-a.", "1.2.3+", "1.2.3 ", " 1.2.3",
		"-1.2.3", "1.-2.3", "1.2.3-a_b", "1.2.3\n",
		"99999999999999999999999.0.0", "saas-v2020.07.09",
	};
	struct version v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!version_parse(&v, VERSION_SEMVER, texts[i]))
			fail_msg("'%s' was read", texts[i]);
}

static int prefix(const char *text, const char *limit)
{
	struct version v;

	assert_int_equal(version_parse(&v, VERSION_SEMVER, text), 0);
	return version_cmp_prefix(&v, VERSION_SEMVER, limit);
}

static void versions_prefixes(void **state)
{
	(void)state;
	assert_int_equal(prefix("2.1.1", "2.1"), 0);
	assert_int_equal(prefix("2.1.0b1", "2.1"), 0);
	assert_true(prefix("2.2.0b1", "2.1") > 0);
	assert_true(prefix("2.10.0", "2.9") > 0);
	assert_true(prefix("2.0.9", "2.1") < 0);
	assert_int_equal(prefix("2.9.0", "2"), 0);
	assert_int_equal(prefix("2.1.1", "2.1.1"), 0);
	assert_true(prefix("2.1.1", "2.1.0") > 0);
	assert_true(prefix("2.1.0", "2.1.0-rc1") > 0);
}

static void releases_are_found(void **state)
{
	struct fixture *f = *state;

	/* 81 final ones, five pre-releases, and nothing else. */
	assert_int_equal(f->list.nr, 81 + 5);
	for (size_t i = 1; i < f->list.nr; i++)
		assert_true(version_cmp(&f->list.v[i - 1].version,
					&f->list.v[i].version) < 0);
	assert_true(get(f, "2.0.0b1")->prerelease);
	assert_ptr_equal(get(f, "2.0.0b1") + 1, get(f, "2.0.0"));
	assert_true(get(f, "3.4.1-build1")->prerelease);
	assert_string_equal(get(f, "3.4.1-build1")->version.pre, "build1");
	assert_false(get(f, "3.7.11")->prerelease);
	assert_string_equal(get(f, "v3.7.11")->name, "3.7.11");
	assert_null(release_find(&f->list, "latest"));
	assert_null(release_find(&f->list, "3.7"));
}

static void check_nearest(const struct fixture *f, const char *name,
			  const char *expected)
{
	const struct release *rel = release_nearest_name(&f->list, name);

	assert_string_equal(rel ? rel->name : "", expected);
}

static void releases_are_suggested(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;

	check_nearest(f, "3.7.12", "3.7.11");
	check_nearest(f, "3.9.0", "3.8.0");
	check_nearest(f, "32.0", "3.2.0");
	check_nearest(f, "3,2,0", "3.2.0");
	check_nearest(f, "v3.4.1", "3.4.0");
	check_nearest(f, "2.0.0b1", "2.0.0");
	check_nearest(f, "master", "");
	check_nearest(f, "", "");
	assert_null(release_named(&f->list, "3.7.12", &err));
	assert_string_equal(err.message, "there is no release '3.7.12'");
	assert_string_equal(err.hints.v[0], "the nearest one is 3.7.11");
	error_release(&err);
}

static void hops_are_counted(void **state)
{
	struct fixture *f = *state;
	int pairs = 0, patch = 0, minor = 0, major = 0;

	for (size_t i = 0; mender[i]; i++) {
		const struct release *from = get(f, mender[i]);

		for (size_t j = 0; mender[j]; j++) {
			const struct release *to = get(f, mender[j]);
			int ok = path_is_legal(&f->profile, from, to);

			assert_false(ok && j <= i);
			pairs += j > i;
			if (!ok)
				continue;
			if (from->version.major != to->version.major)
				major++;
			else if (from->version.minor != to->version.minor)
				minor++;
			else
				patch++;
		}
	}
	assert_int_equal(pairs, 3240);
	assert_int_equal(patch, 150);
	assert_int_equal(minor, 285);
	assert_int_equal(major, 13);
}

static void hops_by_rule(void **state)
{
	struct fixture *f = *state;

	assert_true(legal(f, "3.6.4", "3.6.5"));
	assert_true(legal(f, "3.6.4", "3.7.0"));
	assert_true(legal(f, "3.6.0", "3.7.11"));
	assert_false(legal(f, "3.6.4", "3.8.5"));
	assert_true(legal(f, "1.7.0", "2.0.1"));
	assert_false(legal(f, "1.6.1", "2.0.0"));
	assert_false(legal(f, "1.7.1", "2.1.0"));
	assert_false(legal(f, "1.7.1", "3.0.0"));
	assert_false(legal(f, "3.6.4", "3.6.3"));
	assert_false(legal(f, "3.6.4", "3.6.4"));
	f->profile.rule = PATH_ANY;
	assert_true(legal(f, "1.0.0", "3.8.5"));
	assert_false(legal(f, "3.8.5", "1.0.0"));
}

static void prereleases_by_name_only(void **state)
{
	struct fixture *f = *state;

	assert_true(legal(f, "1.7.1", "2.0.0b1"));
	assert_true(legal(f, "2.0.0b1", "2.0.0"));
	assert_false(legal(f, "2.0.0", "2.0.0b1"));
	assert_true(legal(f, "3.4.0", "3.4.1-build1"));
	check_path(f, "3.3.2", "3.5.1", "3.4.0 3.5.1");
	check_path(f, "3.3.2", "3.4.1-build2", "3.4.1-build2");
	/* One of the next minor is no reason against the last minor. */
	check_path(f, "2.3.1", "2.5.0", "2.4.3 2.5.0");
}

static void paths(void **state)
{
	struct fixture *f = *state;

	check_path(f, "3.6.4", "3.6.5", "3.6.5");
	check_path(f, "3.6.4", "3.7.0", "3.7.0");
	check_path(f, "3.6.4", "3.8.5", "3.7.11 3.8.5");
	check_path(f, "1.6.0", "2.1.0", "1.7.1 2.0.1 2.1.0");
	check_path(f, "1.0.0", "3.8.5",
		   "1.1.3 1.2.2 1.3.1 1.4.2 1.5.1 1.6.1 1.7.1 2.0.1 2.1.1 "
		   "2.2.2 2.3.1 2.4.3 2.5.1 2.6.4 2.7.2 3.0.2 3.1.1 3.2.2 "
		   "3.3.2 3.4.0 3.5.1 3.6.5 3.7.11 3.8.5");
	check_path(f, "3.8.5", "3.6.4", "");
	check_path(f, "3.8.5", "3.8.5", "");
	f->profile.rule = PATH_ANY;
	check_path(f, "1.0.0", "3.8.5", "3.8.5");
}

static void paths_avoid(void **state)
{
	struct fixture *f = *state;

	strvec_push(&f->profile.avoid, "3.7.11");
	check_path(f, "3.6.4", "3.8.5", "3.7.10 3.8.5");
	check_path(f, "3.6.4", "3.7.11", "");
	check_words(f, "3.6.4", "3.7.11",
		    "3.7.11 is a release to avoid (profile mender)\n"
		    "see the others with \"git upgrade list\"");
	strvec_push(&f->profile.avoid, "3.7");
	check_path(f, "3.6.4", "3.8.5", "");
	check_words(f, "3.6.4", "3.8.5",
		    "3.6.4 -> 3.8.5 skips a minor release "
		    "(rule connected-minor, from profile mender)\n"
		    "no path leads there; see what can be reached with "
		    "\"git upgrade list\"");
}

static void paths_edges(void **state)
{
	struct fixture *f = *state;
	struct edge edges[] = {
		{ (char *)"3.3", (char *)"3.6" },
		{ (char *)"3.4", (char *)"3.6" },
		{ (char *)"1.4.1", (char *)"1.6.0" },
	};

	f->profile.edges = edges;
	f->profile.nr_edges = ARRAY_SIZE(edges);
	assert_true(legal(f, "3.3.0", "3.6.5"));
	assert_true(legal(f, "3.4.1-build1", "3.6.0"));
	assert_false(legal(f, "3.6.0", "3.3.0"));
	assert_false(legal(f, "3.2.2", "3.6.0"));
	check_path(f, "3.3.0", "3.7.11", "3.6.5 3.7.11");
	check_path(f, "3.2.0", "3.6.1", "3.3.2 3.6.1");
	/* An edge that names patches: these become stops. */
	check_path(f, "1.3.0", "1.6.0", "1.4.1 1.6.0");
	check_path(f, "1.3.0", "1.7.1", "1.4.1 1.6.0 1.7.1");
}

static void words(void **state)
{
	struct fixture *f = *state;

	check_words(f, "3.6.4", "3.7.11", "");
	check_words(f, "3.6.4", "3.8.5",
		    "3.6.4 -> 3.8.5 skips a minor release "
		    "(rule connected-minor, from profile mender)\n"
		    "the path is 3.6.4 -> 3.7.11 -> 3.8.5; take the first hop "
		    "with\n"
		    "  git upgrade merge 3.7.11\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 3.8.5");
	check_words(f, "1.7.1", "3.0.0",
		    "1.7.1 -> 3.0.0 skips a major release "
		    "(rule connected-minor, from profile mender)\n"
		    "the path is 1.7.1 -> 2.0.1 -> 2.1.1 -> 2.2.2 -> 2.3.1 -> "
		    "2.4.3 -> 2.5.1 -> 2.6.4 -> 2.7.2 -> 3.0.0; take the "
		    "first hop with\n"
		    "  git upgrade merge 2.0.1\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 3.0.0");
	check_words(f, "3.6.4", "3.6.4",
		    "3.6.4 is adopted already\n"
		    "see what is newer with \"git upgrade list\"");
	check_words(f, "3.6.4", "3.5.1",
		    "3.6.4 -> 3.5.1 goes backwards, and a merge cannot");
}

static void words_last(void **state)
{
	struct fixture *f = *state;

	f->profile.last = (char *)"3.7";
	f->profile.last_reason =
		(char *)"3.7 is the last release for Docker Compose";
	check_path(f, "3.5.0", "3.8.0", "");
	check_words(f, "3.5.0", "3.8.0",
		    "there is no path from 3.5.0 to 3.8.0: 3.7 is the last "
		    "release for Docker Compose\n"
		    "the way to the newest that can be reached is 3.5.0 -> "
		    "3.6.5 -> 3.7.11; take the first hop with\n"
		    "  git upgrade merge 3.6.5\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 3.7.11");
	check_words(f, "3.7.11", "3.8.0",
		    "there is no path from 3.7.11 to 3.8.0: 3.7 is the last "
		    "release for Docker Compose\n"
		    "3.7.11 is the newest that can be reached");
}

static void paths_stops(void **state)
{
	struct fixture *f = *state;

	f->profile.rule = PATH_ANY;
	strvec_init(&f->profile.stops);
	strvec_push(&f->profile.stops, "3.0");
	strvec_push(&f->profile.stops, "1.5.0");
	check_path(f, "1.0.0", "1.5.0", "1.5.0");
	check_path(f, "1.0.0", "1.5.1", "1.5.0 1.5.1");
	check_path(f, "1.0.0", "3.8.5", "1.5.0 3.0.2 3.8.5");
	check_path(f, "1.5.0", "3.8.5", "3.0.2 3.8.5");
	check_path(f, "3.0.0", "3.8.5", "3.8.5");
	check_words(f, "1.0.0", "3.8.5",
		    "1.0.0 -> 3.8.5 skips 1.5.0, where every upgrade must "
		    "stop (path.stops, from profile mender)\n"
		    "the path is 1.0.0 -> 1.5.0 -> 3.0.2 -> 3.8.5; take the "
		    "first hop with\n"
		    "  git upgrade merge 1.5.0\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 3.8.5");
	/* Edges do not lead over a stop. */
	f->profile.edges = &(struct edge){ (char *)"2.7", (char *)"3.1" };
	f->profile.nr_edges = 1;
	check_path(f, "2.7.2", "3.1.1", "3.0.2 3.1.1");
	strvec_push(&f->profile.stops, "3.1.7");
	check_path(f, "3.0.0", "3.8.5", "");
	check_words(f, "3.0.0", "3.8.5",
		    "3.0.0 -> 3.8.5 skips 3.1.7, where every upgrade must "
		    "stop (path.stops, from profile mender)\n"
		    "no release 3.1.7 is known here; ask upstream for it "
		    "with \"git upgrade fetch\"");
	strvec_release(&f->profile.stops);
}

static void paths_by_edges_alone(void **state)
{
	struct fixture *f = *state;
	struct edge edges[] = {
		{ (char *)"1", (char *)"2.0" }, { (char *)"2.0", (char *)"3" },
	};

	f->profile.rule = PATH_EDGES;
	f->profile.edges = edges;
	f->profile.nr_edges = ARRAY_SIZE(edges);
	assert_false(legal(f, "3.7.0", "3.7.1"));
	check_path(f, "1.7.1", "3.8.5", "2.0.1 3.8.5");
	check_path(f, "2.1.0", "3.8.5", "");
	check_words(f, "1.7.1", "3.8.5",
		    "1.7.1 -> 3.8.5 is not among the upgrades there are "
		    "(rule edges, from profile mender)\n"
		    "the path is 1.7.1 -> 2.0.1 -> 3.8.5; take the first hop "
		    "with\n"
		    "  git upgrade merge 2.0.1\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 3.8.5");
}

/* As Magento documents 2.0.4: nothing before it, and a hop of its own. */
static void paths_first(void **state)
{
	struct fixture *f = *state;

	f->profile.rule = PATH_ANY;
	f->profile.first = (char *)"1.4.2";
	strvec_init(&f->profile.first_to);
	check_path(f, "1.4.2", "3.8.5", "3.8.5");
	check_path(f, "1.4.1", "3.8.5", "");
	check_words(f, "1.4.1", "3.8.5",
		    "there is no path from 1.4.1 to 3.8.5: 1.4.2 is the first "
		    "release one can upgrade from (profile mender)\n"
		    "bring it to 1.4.2 by the means of the product, then say "
		    "so with\n"
		    "  git upgrade merge --from=1.4.2 RELEASE");
	strvec_push(&f->profile.first_to, "1.5");
	strvec_push(&f->profile.first_to, "2.0");
	check_path(f, "1.4.2", "3.8.5", "2.0.1 3.8.5");
	check_path(f, "1.4.2", "1.7.1", "1.5.1 1.7.1");
	check_path(f, "1.5.0", "3.8.5", "3.8.5");
	f->profile.first_reason = (char *)"its files lie elsewhere";
	check_words(f, "1.4.2", "1.7.1",
		    "1.4.2 -> 1.7.1 is no first hop, the way leads to 1.5 or "
		    "2.0 (path.first, from profile mender): its files lie "
		    "elsewhere\n"
		    "the path is 1.4.2 -> 1.5.1 -> 1.7.1; take the first hop "
		    "with\n"
		    "  git upgrade merge 1.5.1\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 1.7.1");
	strvec_release(&f->profile.first_to);
}

/* Months without a release are none to stop in, years end anywhere. */
static void paths_by_month(void **state)
{
	static char *const names[] = {
		"2023.11.0", "2023.11.2", "2024.2.0", "2024.2.1",
		"2024.3.0b1", "2024.5.0", "2025.1.0", NULL
	};
	struct fixture f = { .profile = {
		.scheme = VERSION_CALENDAR, .rule = PATH_CONNECTED_MINOR,
		.final_pattern = (char *)"^[0-9.]+$",
		.pre_pattern = (char *)"b[0-9]+$",
	} };

	(void)state;
	release_list_of_names(&f.list, &f.profile, names);
	assert_true(legal(&f, "2023.11.0", "2024.2.1"));
	assert_true(legal(&f, "2024.2.0", "2024.5.0"));
	assert_true(legal(&f, "2024.3.0b1", "2024.5.0"));
	assert_true(legal(&f, "2024.5.0", "2025.1.0"));
	assert_false(legal(&f, "2023.11.2", "2024.5.0"));
	check_path(&f, "2023.11.0", "2025.1.0", "2024.2.1 2024.5.0 2025.1.0");
	check_words(&f, "2023.11.0", "2024.5.0",
		    "2023.11.0 -> 2024.5.0 skips a month's release "
		    "(rule connected-minor, from the profile)\n"
		    "the path is 2023.11.0 -> 2024.2.1 -> 2024.5.0; take the "
		    "first hop with\n"
		    "  git upgrade merge 2024.2.1\n"
		    "or all of them, a commit each, with\n"
		    "  git upgrade merge --path 2024.5.0");
	release_list_release(&f.list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_order),
		cmocka_unit_test(versions_refused),
		cmocka_unit_test(versions_prefixes),
		TEST(releases_are_found),
		TEST(releases_are_suggested),
		TEST(hops_are_counted),
		TEST(hops_by_rule),
		TEST(prereleases_by_name_only),
		TEST(paths),
		TEST(paths_avoid),
		TEST(paths_edges),
		TEST(paths_stops),
		TEST(paths_by_edges_alone),
		TEST(paths_first),
		cmocka_unit_test(paths_by_month),
		TEST(words),
		TEST(words_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
