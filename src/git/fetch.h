/*
 * The tags or branches of a remote, and fetching exactly what one wants of
 * them.
 *
 * `remote` is a remote's name or a URL.  What git says when a remote cannot
 * be reached becomes one line of an error, without passwords.
 */
#ifndef GIT_FETCH_H
#define GIT_FETCH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/proc.h"
#include "base/vec.h"
#include "git/repo.h"

struct remote_ref {
	char *name;			/* full */
	char *oid;
	char *peeled;			/* of a tag object; NULL */
};

struct remote_refs {
	struct remote_ref *v;
	size_t nr, alloc;
};

#define REMOTE_REFS_INIT { NULL, 0, 0 }

void remote_refs_release(struct remote_refs *refs);

/*
 * Ask the remote, and do other things until the answer is needed; finish, or
 * release where it is not.  `kind` is "--tags" or "--heads".  The answer is in
 * the order of names.
 */
struct remote_asking {
	struct proc git;
	char *remote, *url;
};

#define REMOTE_ASKING_INIT { PROC_INIT, NULL, NULL }

int remote_refs_begin(struct remote_asking *a, const struct repo *r,
		      const char *remote, const char *url, const char *kind,
		      struct error *err);
int remote_refs_finish(struct remote_asking *a, struct remote_refs *refs,
		       struct error *err);
void remote_asking_release(struct remote_asking *a);

/*
 * Fetch by these refspecs and no others, all or nothing: whatever the
 * configuration says of pruning, tags, submodules and tracking does not
 * apply.  Of a refspec without a colon the objects come, and no ref.
 */
int remote_fetch(const struct repo *r, const char *remote, const char *url,
		 const struct strvec *refspecs, struct error *err);

/*
 * What to call a remote, or a URL, in the arguments of `p`: those can be read
 * by everybody on the machine, so a URL with a password in it is handed on in
 * the environment, as that of a remote.
 */
const char *remote_argument(struct proc *p, const struct repo *r,
			    const char *remote);

/*
 * From what git and its transport said on stderr, the first line that is
 * more than advice, without passwords.
 */
void remote_add_reason(struct buf *out, const struct buf *said);

#endif
