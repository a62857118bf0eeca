/* Profiles, records, versions, releases and the ways between them. */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "model/diagnosis.h"
#include "model/extensions.h"
#include "model/outlook.h"
#include "model/path.h"
#include "model/profile.h"
#include "model/promotion.h"
#include "model/record.h"
#include "model/release.h"
#include "model/version.h"

static void check_profile(const struct profile *p)
{
	static char *const names[] = {
		(char *)"1.0.0", (char *)"v2.1", (char *)"3.0.0-rc.1", NULL
	};
	struct release_list list = RELEASE_LIST_INIT;

	MUST(p->name && profile_is_name(p->name));
	MUST(p->final_pattern && p->keep >= 1);
	for (size_t i = 0; i < p->nr_environments; i++) {
		const struct environment *e = &p->environments[i];

		MUST(profile_is_name(e->name));
		MUST(profile_is_branch(e->branch));
		MUST(profile_environment(p, e->name) == e);
		MUST(profile_environment_of(p, e->branch) == e);
	}
	for (size_t i = 0; i < p->nr_steps; i++)
		MUST(p->steps[i].name && p->steps[i].run.argv.nr);
	release_list_of_names(&list, p, names);
	release_list_release(&list);
}

void fuzz_profile(const char *text, size_t len)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	int ret = profile_parse(&p, "f.yaml", text, len, &err);

	if (!ret)
		check_profile(&p);
	else
		MUST(!p.name && !p.origin);
	must_match(&err, ret < 0);
	profile_release(&p);
}

static void check_finding(const struct diagnosis *d, const struct finding *f)
{
	MUST(f->line >= 1 && f->line <= d->lines);
	MUST(f->count >= 1 && f->count <= d->lines);
	MUST(strlen(f->text) <= 203 && !strchr(f->text, '\033'));
	MUST(!strchr(f->text, '\n') && !strchr(f->means, '\033'));
}

/* It comes in pieces, as from a pipe. */
void fuzz_diagnosis(const char *text, size_t len)
{
	size_t step = len ? 1 + (unsigned char)*text % 64 : 1;
	struct diagnosis d = DIAGNOSIS_INIT;
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	MUST(!profile_load(&p, "magento-cloud", &err));
	MUST(!diagnosis_begin(&d, &p, &err));
	for (size_t i = 0; i < len; i += step)
		diagnosis_add(&d, text + i, len - i < step ? len - i : step);
	diagnosis_end(&d);
	for (size_t i = 0; i < d.nr; i++)
		check_finding(&d, &d.v[i]);
	diagnosis_release(&d);
	profile_release(&p);
}

/* What reads is written back as it was. */
void fuzz_record(const char *text, size_t len)
{
	struct record rec = RECORD_INIT, again = RECORD_INIT;
	struct buf out = BUF_INIT, twice = BUF_INIT;
	struct error err = ERROR_INIT;
	int ret = record_parse(&rec, "r", text, len, &err);

	if (!ret) {
		MUST(rec.profile && rec.release && rec.tree);
		record_write(&rec, &out);
		MUST(!record_parse(&again, "r", out.s, out.len, &err));
		record_write(&again, &twice);
		MUST(!strcmp(out.s, twice.s));
		for (size_t i = 0; i < rec.nr_copies; i++)
			MUST(record_copy_of(&rec, rec.copies[i].path) ==
			     &rec.copies[i]);
	} else {
		MUST(!rec.profile && !rec.nr_copies);
	}
	must_match(&err, ret < 0);
	record_release(&rec);
	record_release(&again);
	buf_release(&out);
	buf_release(&twice);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* An order: else sorting releases is anybody's guess. */
static void check_order(enum version_scheme scheme, char *const *v)
{
	int ab = sign(version_cmp_text(scheme, v[0], v[1]));
	int bc = sign(version_cmp_text(scheme, v[1], v[2]));
	int ac = sign(version_cmp_text(scheme, v[0], v[2]));
	struct version version;

	MUST(ab == -sign(version_cmp_text(scheme, v[1], v[0])));
	MUST(version_cmp_text(scheme, v[0], v[0]) == 0);
	if (ab == bc)
		MUST(ac == ab);
	if (!ab)
		MUST(ac == bc);
	if (!bc)
		MUST(ac == ab);
	if (!version_parse(&version, scheme, v[0]))
		MUST(version_cmp_prefix(&version, scheme, v[0]) == 0);
}

void fuzz_version(const char *text, size_t len)
{
	struct lines lines;

	lines_cut(&lines, text, len);
	for (enum version_scheme s = VERSION_SEMVER; s <= VERSION_COMPOSER; s++)
		check_order(s, lines.v);
	lines_release(&lines);
}

void fuzz_release_filter(const char *text, size_t len)
{
	static const struct {
		const char *profile;
		enum version_scheme scheme;
	} cases[] = {
		{ "generic", VERSION_SEMVER }, { "mender", VERSION_SEMVER },
		{ "generic", VERSION_CALENDAR },
		{ "generic", VERSION_COMPOSER },
	};
	struct error err = ERROR_INIT;
	struct lines lines;

	/* regexec() of the C library is not ours to measure. */
	if (len > 1024)
		return;
	lines_cut(&lines, text, len);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct profile p = PROFILE_INIT;
		struct release_filter f;
		struct version v;

		MUST(!profile_load(&p, cases[i].profile, &err));
		p.scheme = cases[i].scheme;
		MUST(!release_filter_init(&f, &p, &err));
		for (size_t k = 0; k < ARRAY_SIZE(lines.v); k++)
			if (release_filter_match(&f, lines.v[k], &v))
				MUST(!version_parse(&v, p.scheme, lines.v[k]));
		release_filter_release(&f);
		profile_release(&p);
	}
	lines_release(&lines);
}

static void check_way(const struct release_list *list,
		      const struct profile *p, const struct release *from,
		      const struct release *to)
{
	struct path path = PATH_INIT;
	struct error err = ERROR_INIT;
	int legal = path_is_legal(p, from, to);
	int found = path_find(&path, list, p, from, to);

	if (legal)
		MUST(version_cmp(&from->version, &to->version) < 0);
	MUST(found || !legal);
	if (found) {
		const struct release *at = from;

		MUST(path.nr && path.v[path.nr - 1] == to);
		for (size_t i = 0; i < path.nr; at = path.v[i++])
			MUST(path_is_legal(p, at, path.v[i]));
	}
	must_match(&err, path_check(list, p, from, to, &err) < 0);
	path_release(&path);
}

/* "any" or "connected-minor", a release to avoid, and the names of others. */
void fuzz_path(const char *text, size_t len)
{
	struct release_list list = RELEASE_LIST_INIT;
	struct strvec names = STRVEC_INIT;
	struct profile p = PROFILE_INIT;
	struct outlook outlook = OUTLOOK_INIT;
	struct error err = ERROR_INIT;

	if (len > 512)
		return;
	MUST(!profile_load(&p, "generic", &err));
	strvec_split(&names, text, '\n');
	if (names.nr > 2) {
		p.rule = starts_with(names.v[0], "any") ? PATH_ANY :
			 PATH_CONNECTED_MINOR;
		strvec_push(&p.avoid, names.v[1]);
	}
	release_list_of_names(&list, &p, names.v);
	for (size_t i = 0; i < list.nr && i < 12; i++) {
		for (size_t k = 0; k < list.nr && k < 12; k++)
			check_way(&list, &p, &list.v[i], &list.v[k]);
		outlook_make(&outlook, &list, &p, &list.v[i], OUTLOOK_ALL);
		MUST(outlook.nr == list.nr);
		outlook_release(&outlook);
	}
	release_list_release(&list);
	profile_release(&p);
	strvec_release(&names);
}

void fuzz_extension(const char *text, size_t len)
{
	const char *found = extension_trailer(text, "Extension");
	struct strvec names = STRVEC_INIT;

	(void)len;
	MUST(!found || (found > text && strchr("\n\t *-", found[-1]) &&
			strlen(found) > strlen("Extension:")));
	extension_merged(text, &names);
	for (size_t i = 0; i < names.nr; i++)
		MUST(!strchr(names.v[i], '\n'));
	strvec_release(&names);
}

void fuzz_line(const char *text, size_t len)
{
	struct buf out = BUF_INIT;
	struct line line = LINE_INIT;

	buf_add(&out, text, len);
	line_parse(&line, &out);
	for (size_t i = 0; i < line.nr; i++) {
		const struct step_of_line *s = &line.v[i];

		MUST(!s->source == !s->source_commit);
		MUST(!s->source || !*s->source_commit ||
		     oid_is_valid(s->source_commit));
		MUST(!s->undoes || oid_is_valid(s->undoes));
	}
	line_release(&line);
	buf_release(&out);
}
