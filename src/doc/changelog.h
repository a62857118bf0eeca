/*
 * What a file of release notes says of one version: the text below the
 * heading that names it, up to the next heading of that level or above.
 *
 * Headings are those of Markdown (https://spec.commonmark.org/0.31.2/, ATX
 * and setext) and of reStructuredText, where the order in which the lines
 * below (and above) titles first occur makes their levels (see "Sections" in
 * https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html).
 * A text that says not what it is may have either.
 *
 * A heading names the first version that stands in it: "[3.7.0] - 2024-01-17"
 * and "mender v3.7.0 (from 3.6.4)" are about 3.7.0.
 */
#ifndef DOC_CHANGELOG_H
#define DOC_CHANGELOG_H

#include <stddef.h>

enum markup { MARKUP_ANY, MARKUP_MARKDOWN, MARKUP_RST };

/* Within the text that was searched, blank lines around it left out. */
struct section {
	const char *text;
	size_t len;
};

/*
 * 1 found, 0 there is none, or nothing stands in it.  A leading `v` of
 * `version` means nothing.
 */
int changelog_find(struct section *found, enum markup markup,
		   const char *text, size_t len, const char *version);

#endif
