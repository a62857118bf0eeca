/* Texts of upstream, of operators, of any kind: templates, migrations. */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "git/text.h"
#include "upgrade/migrate_internal.h"
#include "upgrade/template.h"

/* Three texts, merged; and what a person is told to look at in them. */
void fuzz_template(const char *text, size_t len)
{
	static const struct text_labels labels = { "A", "ours", "B", 0 };
	struct buf texts[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct buf out = BUF_INIT;
	struct strvec found = STRVEC_INIT;
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	size_t third = len / 3;

	if (len > 8192)
		return;
	MUST(!profile_load(&p, "mender", &err));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		buf_add(&texts[i], text + i * third, third);
	template_new_keys(&found, &texts[0], &texts[1], &texts[2]);
	template_placeholders(&found, &p, &texts[1]);
	for (size_t i = 0; i < p.nr_copies; i++)
		template_substitute(&p.copies[i], &texts[0]);
	must_match(&err, text_merge(&out, &texts[0], &texts[1], &texts[2],
				    &labels, TEXT_STYLE_DIFF3, &err) < 0);
	buf_reset(&out);
	/* Who changed nothing gets what the other side has. */
	if (!text_merge(&out, &texts[0], &texts[0], &texts[2], &labels,
			TEXT_STYLE_MERGE, &err))
		MUST(out.len == texts[2].len &&
		     !memcmp(out.s, texts[2].s, out.len));
	else
		MUST(text_is_binary(&texts[0]) || text_is_binary(&texts[2]));
	error_release(&err);
	MUST(template_distance(&texts[1], &texts[1]) == 0);
	MUST(template_distance(&texts[0], &texts[1]) <=
	     2 * texts[1].len + texts[0].len);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		buf_release(&texts[i]);
	buf_release(&out);
	strvec_release(&found);
	profile_release(&p);
}

/* One edit: what cannot be leaves no trace, what was made is made for good. */
static void check_migration(struct buf *text, const char *path,
			    const struct migration_edit *e,
			    const struct filling *f)
{
	struct buf before = BUF_INIT, once = BUF_INIT;
	struct error err = ERROR_INIT;
	int ret;

	buf_add(&before, text->s, text->len);
	ret = migrate_text(text, path, e, f, &err);
	must_match(&err, ret < 0);
	if (ret <= 0)
		MUST(text->len == before.len &&
		     !memcmp(text->s, before.s, before.len));
	buf_add(&once, text->s, text->len);
	if (ret >= 0) {
		ret = migrate_text(text, path, e, f, &err);
		MUST(!ret);
		MUST(text->len == once.len &&
		     !memcmp(text->s, once.s, once.len));
	}
	buf_release(&before);
	buf_release(&once);
}

/* What takes time without end is the library's to know. */
static int is_tame(const struct migration_edit *e)
{
	return !e->replace || (strlen(e->replace) <= 16 &&
			       !strpbrk(e->replace, "\\{*+"));
}

/* "KIND VALUE", edits as in a profile, and behind a separator the text. */
void fuzz_migrate(const char *text, size_t len)
{
	static const char *const paths[] = {
		"a.yml", "a.json", "a.env", "a.txt"
	};
	const char *lf = memchr(text, '\n', len), *end = text + len;
	const char *cut = lf ? memmem(lf, (size_t)(end - lf), "%%%%", 4) :
			  NULL;
	struct buf profile = BUF_INIT, file = BUF_INIT;
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct migrated_value v = { .name = (char *)"v" };
	struct filling f = { "1.0", "2.0", &v, 1, NULL };

	if (!cut || lf == text || len > 2048)
		return;
	v.text = xmemdupz(text + 1, (size_t)(lf - text) - 1);
	buf_adds(&profile, "format: 1\nname: x\nmigrations:\n  m:\n"
		 "    since: '2'\n    files: [f]\n    edits:\n");
	buf_add(&profile, lf + 1, cut > lf ? (size_t)(cut - lf) - 1 : 0);
	buf_add(&file, cut + 4, (size_t)(end - cut) - 4);
	if (!profile_parse(&p, "f", profile.s, profile.len, &err))
		for (size_t i = 0; i < p.migrations[0].nr_edits; i++) {
			const struct migration_edit *e =
				&p.migrations[0].edits[i];

			if (!e->move && is_tame(e))
				check_migration(&file, paths[*text & 3], e,
						&f);
		}
	error_release(&err);
	profile_release(&p);
	buf_release(&profile);
	buf_release(&file);
	free(v.text);
}
