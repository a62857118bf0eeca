/*
 * The record must be there once it was, say something we can check, and not
 * belong to an upgrade that was begun and not finished.  It may go with the
 * upgrade that brought it.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

static int judge_state(const struct move *m, const struct adopted *a,
		       struct verdict *v)
{
	switch (a->state) {
	case ADOPTED_UNFINISHED:
		if (adopted_is_newer_commits(a))
			verdict_refuse(v, "newer commits of %s were merged by "
				       "hand, and are unfinished: the record "
				       "does not know of them",
				       a->later->name);
		else
			verdict_refuse(v, "the upgrade to %s is unfinished: "
				       "it was merged by hand, the record "
				       "still says %s", a->later->name,
				       a->record.release ?
				       a->record.release : "nothing");
		verdict_hint(v, "finish it on %s with \"git upgrade merge "
			     "%s\", then %s", m->branch, a->later->name,
			     move_again(m));
		break;
	case ADOPTED_REVERTED:
		verdict_refuse(v, "%s was merged by hand and reverted; what "
			       "is in the tree cannot be told",
			       a->later ? a->later->name : "a release");
		verdict_hint(v, "say what it is on with \"git upgrade merge "
			     "--from=RELEASE %s\"",
			     a->later ? a->later->name : "RELEASE");
		break;
	case ADOPTED_NONE:
		if (m->old)
			break;
		verdict_refuse(v, "which release %s is on cannot be told: "
			       "there is no record and no release in its "
			       "history", m->branch);
		verdict_hint(v, "write the record with \"git upgrade merge "
			     "--from=RELEASE RELEASE\", then %s",
			     move_again(m));
		break;
	case ADOPTED_KNOWN:
		break;
	}
	return 0;
}

/* Of a release that is a branch, any commit will do. */
static int is_of(const struct move *m, const struct release *known,
		 const char *commit)
{
	struct error ignored = ERROR_INIT;
	int is = !strcmp(commit, known->commit);

	if (!is && m->releases->source == RELEASES_ARE_BRANCHES)
		is = commit_contains(m->repo, known->commit, commit,
				     &ignored) > 0;
	error_release(&ignored);
	return is;
}

static void refuse_commit(const struct move *m, const struct record *rec,
			  const struct release *known, struct verdict *v)
{
	int branches = m->releases->source == RELEASES_ARE_BRANCHES;

	verdict_refuse(v, "the record says %s is commit %.7s, the release "
		       "list says %.7s%s", rec->release, rec->commit,
		       known->commit, branches ?
		       ", which does not have it" : "");
	verdict_hint(v, branches ? "a branch that was rewritten, or a list "
		     "that is behind? compare with upstream" :
		     "a moved tag? compare with upstream before trusting "
		     "either");
}

/* What the record claims, against the list of this side. */
static int judge_claim(const struct move *m, const struct adopted *a,
		       struct verdict *v)
{
	const struct record *rec = &a->record;
	const struct release *known = rec->release ?
		release_find(m->releases, rec->release) : NULL;
	const char *commit;
	char *tree;

	if (!known) {
		verdict_refuse(v, "the record says release %s, which is not "
			       "in the release list",
			       rec->release ? rec->release : "(none)");
		verdict_hint(v, "is it published upstream? see \"git upgrade "
			     "list\"");
		return 0;
	}
	if (rec->commit && known->commit && !is_of(m, known, rec->commit)) {
		refuse_commit(m, rec, known, v);
		return 0;
	}
	commit = rec->commit ? rec->commit : known->commit;
	tree = commit ? object_tree(m->repo, commit) : NULL;
	if (tree && strcmp(rec->tree, tree)) {
		verdict_refuse(v, "the record says the tree of %s is %.7s, "
			       "the release list says %.7s", rec->release,
			       rec->tree, tree);
		verdict_hint(v, "it is written by git upgrade alone; take it "
			     "back from a good commit with \"git checkout "
			     "COMMIT -- " RECORD_PATH "\"");
	}
	free(tree);
	return 0;
}

/* What it claims cannot be checked; it is all there is to tell. */
static void say_unchecked(const struct move *m, const struct adopted *a,
			  struct verdict *v)
{
	const struct record *rec = &a->record;

	if (!a->recorded)
		verdict_unknown(v, "no release of upstream is known here, and "
				"there is no record");
	else if (rec->commit)
		verdict_unknown(v, "no release of upstream is known here to "
				"check the record by: it says %s, commit "
				"%.7s", rec->release, rec->commit);
	else
		verdict_unknown(v, "no release of upstream is known here to "
				"check the record by: it says %s",
				rec->release);
	verdict_hint_fetch(v, m);
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct adopted *a = NULL;
	struct record before = RECORD_INIT;
	int had = 0, ret = -1;

	if (!m->new)
		return 0;
	if (m->old)
		had = record_read(&before, m->repo, m->old, err);
	if (had >= 0)
		a = move_to(m, err);
	if (!a)
		goto out;
	ret = 0;
	if (had && !a->recorded && !a->taken_back) {
		verdict_refuse(v, "the record " RECORD_PATH " disappeared; "
			       "it said %s", before.release ?
			       before.release : "nothing");
		verdict_hint(v, "bring it back with \"git checkout %.12s -- "
			     RECORD_PATH "\", commit, and %s", m->old,
			     move_again(m));
	} else if (!m->releases->nr) {
		say_unchecked(m, a, v);
	} else if (judge_state(m, a, v) == 0 && v->kind == VERDICT_OK &&
		   a->recorded) {
		judge_claim(m, a, v);
	}
out:
	record_release(&before);
	return ret;
}

const struct gate gate_record = { "record", judge };
