/*
 * Templates: what a rule of the profile makes of a template's path and text,
 * and what a person should look at in it.
 *
 * Everything returned is the caller's; texts are changed in place.
 */
#ifndef UPGRADE_TEMPLATE_H
#define UPGRADE_TEMPLATE_H

#include "base/buf.h"
#include "base/vec.h"
#include "model/profile.h"

/* Where the rule puts the copy of a template; NULL: it is not for it. */
char *template_copy_path(const struct copy_rule *rule, const char *template);
/* The other way round. */
char *template_of_copy(const struct copy_rule *rule, const char *copy);
/* True when the rule holds for a release. */
int template_rule_holds(const struct profile *p, const struct copy_rule *rule,
			const char *release);
/*
 * The rule that holds for a template in a release; of several the one that
 * gives `copy` (may be NULL).  NULL: none.
 */
const struct copy_rule *template_rule(const struct profile *p,
				      const char *release,
				      const char *template, const char *copy);
/*
 * How unlikely it is that somebody made the copy of that template, to choose
 * among several; 0: it is the same.
 *
 * Operators change, add and remove lines, and leave the others as they were.
 * So a line of the copy that the template lacks speaks most against it: of
 * the template that it was made from it would stand there.  A line that the
 * copy lacks may have been removed, and speaks against it half as much.  One
 * that became another one says nothing: what was edited may have been another
 * line in another release, or none.
 */
size_t template_distance(const struct buf *template, const struct buf *copy);
/* Replay the rule's replacement; a NULL rule has none. */
void template_substitute(const struct copy_rule *rule, struct buf *text);

/*
 * Keys of mappings that `new` has and neither `old` nor `ours`, as dotted
 * paths; of a mapping that is new as a whole only its own key.  None when a
 * text is no YAML.
 */
void template_new_keys(struct strvec *keys, const struct buf *old,
		       const struct buf *new, const struct buf *ours);
/*
 * "LINE TEXT" for lines that hold one of the profile's placeholders.  Lines
 * that are comments only are not counted.
 */
void template_placeholders(struct strvec *lines, const struct profile *p,
			   const struct buf *text);

/*
 * The same for lines that still name the release `from`, `mender-3.6.5` in a
 * file that is at 3.7 now, and do not stand in the new template just so.
 */
void template_pins(struct strvec *lines, const char *from,
		   const struct buf *text, const struct buf *new);

#endif
