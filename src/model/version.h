/*
 * Version numbers and their order.
 *
 * Scheme `semver`: MAJOR.MINOR.PATCH, an optional leading `v`, compared by
 * the rules of Semantic Versioning 2.0.0 section 11; `2.0.0b1` (no hyphen)
 * is read as a pre-release of 2.0.0, as Mender and Python write it.  Missing
 * numbers count as 0: "2.1" is 2.1.0, "2" is 2.0.0.
 */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

enum version_scheme { VERSION_SEMVER };

struct version {
	unsigned long major, minor, patch;
	/* Points into the parsed text; "" for a final release. */
	const char *pre;
};

/* 0, or -1 when `text` is no version of the scheme. */
int version_parse(struct version *v, enum version_scheme scheme,
		  const char *text);
/* <0, 0, >0; build metadata (+...) is not compared. */
int version_cmp(const struct version *a, const struct version *b);
/* Both are texts that parse; unparsable ones sort first, by bytes. */
int version_cmp_text(enum version_scheme scheme, const char *a,
		     const char *b);
/*
 * Compare with a prefix: as many numbers as `prefix` has.  2.1.1 and 2.1.0b1
 * are equal to "2.1" and later than "2.0".  A prefix that names a pre-release
 * is that version.
 */
int version_cmp_prefix(const struct version *v, enum version_scheme scheme,
		       const char *prefix);

#endif
