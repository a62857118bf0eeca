/* Templates and copies: texts of upstream, of operators, of any kind. */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "git/text.h"
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
