/*
 * Version numbers and their order, by one of three schemes.
 *
 * `semver`: MAJOR.MINOR.PATCH, compared by the rules of Semantic Versioning
 * 2.0.0, section 11 (https://semver.org/#spec-item-11).  `2.0.0b1` (no
 * hyphen) is read as a pre-release of 2.0.0, as Mender and Python write it.
 * Missing numbers count as 0: "2.1" is 2.1.0, "2" is 2.0.0.
 *
 * `calendar`: YEAR.MONTH, up to two more numbers, and a modifier
 * (https://calver.org/#scheme: YYYY or YY, MM or 0M, MICRO, modifier).  A
 * year of less than four digits counts from 2000, as calver.org has it, so
 * 24.1.0 and 2024.1.0 are the same.  The month is 1 to 12.  calver.org gives
 * modifiers no order; they have that of `composer`, where a word nobody
 * knows comes before all others.
 *
 * `composer`: up to four numbers and a stability, as
 * Composer\Semver\VersionParser::normalize() reads them and PHP's
 * version_compare() orders what that makes of them
 * (https://getcomposer.org/doc/articles/versions.md#stability-constraints,
 * https://www.php.net/manual/en/function.version-compare.php):
 *
 *	dev < alpha = a < beta = b < RC < (none) < patch = pl = p
 *
 * in letters of any case, with or without one of `.`, `_`, `-` before it, a
 * number behind it, and `-dev` behind that, which comes before the same
 * without.  So 2.4.7-p1 is after 2.4.7, which is what Magento means by it,
 * and p10 is after p9.  `-stable` is the same as nothing.  Branches
 * ("dev-main", "2.x-dev") are no versions.
 *
 * In all of them a leading `v` and what follows a `+` mean nothing.
 */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

enum version_scheme { VERSION_SEMVER, VERSION_CALENDAR, VERSION_COMPOSER };

struct version {
	enum version_scheme scheme;
	unsigned long major, minor, patch, revision;
	/*
	 * What follows the numbers, pointing into the parsed text; "" for a
	 * plain release.  By `composer` it may be a patch of one.
	 */
	const char *pre;
};

/* 0, or -1 when `text` is no version of the scheme. */
int version_parse(struct version *v, enum version_scheme scheme,
		  const char *text);
/* <0, 0, >0, for two of one scheme. */
int version_cmp(const struct version *a, const struct version *b);
/* Texts that parse; unparsable ones sort first, by bytes. */
int version_cmp_text(enum version_scheme scheme, const char *a,
		     const char *b);
/* The same major and minor: of one line of patches. */
int version_same_minor(const struct version *a, const struct version *b);
/*
 * Compare with a prefix: as many numbers as `prefix` has.  2.1.1 and 2.1.0b1
 * are equal to "2.1" and later than "2.0".  A prefix that names a pre-release
 * is that version, and so is one that ends in "-stable" by `composer`:
 * "2.4.7" is 2.4.7 and all its patches, "2.4.7-stable" is 2.4.7 alone.
 */
int version_cmp_prefix(const struct version *v, enum version_scheme scheme,
		       const char *prefix);
/* The same of the first version that the prefix `a` stands for. */
int version_cmp_prefixes(enum version_scheme scheme, const char *a,
			 const char *b);
/* Is `text` a version, or the beginning of one ("2.1", "2024")? */
int version_is_prefix(enum version_scheme scheme, const char *text);

#endif
