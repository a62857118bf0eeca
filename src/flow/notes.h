/*
 * What there is to know of one release before taking it: its tag and
 * signature, the commits and files that come in, templates among them.
 * Reads only.
 */
#ifndef FLOW_NOTES_H
#define FLOW_NOTES_H

#include <time.h>

#include "base/error.h"
#include "base/vec.h"
#include "flow/standing.h"
#include "git/repo.h"
#include "git/tree.h"
#include "model/release.h"
#include "model/signature.h"

struct notes {
	const struct release *release;	/* borrowed */
	time_t date;			/* of its commit */
	int annotated;			/* a tag object */
	char *tagger;			/* "Name <mail>"; NULL */
	time_t tagged;			/* 0: no tagger */
	struct signature signature;
	char *message;			/* without the signature; may be "" */
	/*
	 * What the release's own CHANGELOG, in its top folder, says of this
	 * version, and the file's name; both NULL where there is no such
	 * section.  Of a very long one the beginning.
	 */
	char *changelog, *changelog_file;
	int changelog_cut;
	/* "SHORT-OID SUBJECT", newest first: HEAD..B. */
	struct strvec commits;
	int cut;		/* a shallow clone: nobody knows which */
	/* A..B; without renames.  Empty where A is unknown. */
	struct tree_diff files;
	struct strvec templates;	/* of those: "M PATH", "R OLD -> NEW" */
};

#define NOTES_INIT { .signature = SIGNATURE_INIT, \
		     .commits = STRVEC_INIT, .files = TREE_DIFF_INIT, \
		     .templates = STRVEC_INIT }

int notes_read(struct notes *n, struct repo *r, const struct standing *s,
	       const struct release *release, struct error *err);
void notes_release(struct notes *n);

#endif
