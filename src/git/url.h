/*
 * URLs of remotes: fit to be shown, and compared.
 *
 * What git accepts as an address is wider than a URL: paths,
 * `host:path`, `helper::address`.
 */
#ifndef GIT_URL_H
#define GIT_URL_H

#include "base/buf.h"

/*
 * Add text that may hold URLs, without their secrets: whatever stands before
 * the `@` of an http or ftp URL (the user name alone may be a token), and
 * the password of any other.
 */
void url_add_masked(struct buf *out, const char *text);
/*
 * True when both lead to the same repository as far as one can tell by
 * looking: transport, user, default port, a trailing `/` and `.git` do not
 * count, paths are resolved.
 */
int url_same(const char *a, const char *b);

#endif
