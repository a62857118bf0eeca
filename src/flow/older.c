#include "flow/older.h"

#include "base/buf.h"
#include "base/time.h"
#include "git/ref.h"
#include "git/shallow.h"

#include <stdlib.h>
#include <string.h>

/* Commits that `base` has and B has not; -1: a shallow clone cannot tell. */
static int count_lacking(long *count, struct repo *r, const char *base,
			 const struct release *to, struct error *err)
{
	struct buf range = BUF_INIT;
	char *line;
	int cut = shallow_cuts(r, base, NULL, err);

	if (!cut)
		cut = shallow_cuts(r, to->commit, NULL, err);
	*count = -1;
	if (cut)
		return cut < 0 ? -1 : 0;
	buf_addf(&range, "%s..%s", to->commit, base);
	line = git_line(r, err, "rev-list", "--count", range.s, "--", NULL);
	buf_release(&range);
	if (line)
		*count = strtol(line, NULL, 10);
	free(line);
	return line ? 0 : -1;
}

static void add_lacking(struct buf *out, long lacking, const char *base,
			const struct release *from, const struct release *to)
{
	buf_addf(out, " and lacks %ld commit%s of it, fixes perhaps: git log "
		 "%s..", lacking, lacking == 1 ? "" : "s", to->ref);
	if (from->commit && !strcmp(base, from->commit))
		buf_adds(out, from->ref);
	else
		buf_addf(out, "%.12s", base);
}

int older_warning(char **warning, struct repo *r, const char *base,
		  const struct release *from, const struct release *to,
		  struct error *err)
{
	struct buf b = BUF_INIT;
	time_t when, theirs;
	long lacking;

	if (!base || !to->commit || from == to)
		return 0;
	/* Not from's: a branch may be on from where we are. */
	when = commit_date(r, base);
	theirs = commit_date(r, to->commit);
	if (theirs >= when)
		return 0;
	if (count_lacking(&lacking, r, base, to, err) < 0)
		return -1;
	if (!lacking)
		return 0;
	buf_addf(&b, "%s is ", to->name);
	time_add_long_span(&b, when - theirs);
	buf_addf(&b, " older than %s", from->name);
	if (lacking < 0)
		buf_adds(&b, " and may lack fixes of it");
	else
		add_lacking(&b, lacking, base, from, to);
	*warning = buf_detach(&b);
	return 0;
}
