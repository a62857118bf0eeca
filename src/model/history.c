#include "model/history.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/ref.h"
#include "git/shallow.h"
#include "model/adopted.h"

#include <stdlib.h>
#include <string.h>

/* Commits more each time; 0 is all there are. */
static const unsigned steps[] = { 20, 100, 500, 0 };

/* The only remote there is, or NULL; free(). */
static char *only_remote(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct strvec names = STRVEC_INIT;
	struct buf out = BUF_INIT;
	char *name = NULL;

	if (!git_run(r, &out, &ignored, "remote", NULL))
		strvec_split(&names, out.s, '\n');
	if (names.nr == 1)
		name = xstrdup(names.v[0]);
	error_release(&ignored);
	strvec_release(&names);
	buf_release(&out);
	return name;
}

/*
 * Where the branch comes from, and its name there. CI systems check out no
 * branch at all; servers give out the commit itself then.
 */
static void find_source(struct repo *r, const char *head, char **remote,
			char **ref)
{
	char *branch = head_branch(r);
	struct buf key = BUF_INIT;

	if (branch) {
		buf_addf(&key, "branch.%s.remote", branch);
		*remote = repo_config(r, key.s);
		buf_reset(&key);
		buf_addf(&key, "branch.%s.merge", branch);
		*ref = repo_config(r, key.s);
		if (!*ref)
			*ref = xstrfmt("refs/heads/%s", branch);
	} else {
		*ref = xstrdup(head);
	}
	if (!*remote)
		*remote = only_remote(r);
	if (!*remote)
		*remote = xstrdup("origin");
	buf_release(&key);
	free(branch);
}

int history_deepen(struct repo *r, const struct product *pr,
		   const struct reporter *reporter, struct error *err)
{
	char *head = head_commit(r), *remote = NULL, *ref = NULL;
	int cut = head ? adopted_is_cut(r, &pr->releases, head, err) : 0;

	if (cut > 0) {
		find_source(r, head, &remote, &ref);
		report(reporter, REPORT_STEP, "Fetching more history from %s: "
		       "this clone is shallow", remote);
	}
	for (size_t i = 0; cut > 0 && i < ARRAY_SIZE(steps); i++) {
		if (shallow_deepen(r, remote, ref, steps[i], err) < 0) {
			cut = error_hint(err, "fetch it with \"git fetch "
					 "--unshallow REMOTE\"");
			break;
		}
		cut = adopted_is_cut(r, &pr->releases, head, err);
	}
	free(head);
	free(remote);
	free(ref);
	/* Cut at its source too: whoever asks for the release says so. */
	return cut < 0 ? -1 : 0;
}
