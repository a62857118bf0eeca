/*
 * Who signed a release, as git itself verifies it: `git verify-tag`, and
 * where releases are branches `git verify-commit` of the commit they are at.
 * Which keys are good is git's configuration (gpg.format, gpg.minTrustLevel,
 * gpg.ssh.allowedSignersFile): see git-config(1).
 */
#ifndef MODEL_SIGNATURE_H
#define MODEL_SIGNATURE_H

#include "base/error.h"
#include "git/repo.h"
#include "model/release.h"

enum signature_state {
	SIGNATURE_NONE,
	SIGNATURE_GOOD,
	SIGNATURE_BAD,
	/* There is one; nothing here can tell (no key, no program). */
	SIGNATURE_UNCHECKED
};

struct signature {
	enum signature_state state;
	int is_tag;			/* an annotated one */
	char *signer;			/* of a good one, as git names it */
};

#define SIGNATURE_INIT { SIGNATURE_NONE, 0, NULL }

/* Verify what the release's ref is on, a tag or a commit. */
int signature_read(struct signature *s, struct repo *r,
		   const struct release *release, struct error *err);
void signature_release(struct signature *s);
/* Where the signature in the text of a tag begins, or NULL. */
char *signature_in_tag(char *text);
/*
 * -1 with a refusal in words, unless the release is signed and git says that
 * the signature is good.
 */
int signature_demand(struct repo *r, const struct release *release,
		     enum release_source source, struct error *err);

#endif
