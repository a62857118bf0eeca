/*
 * URLs of remotes, compared.  (base/buf.h shows them without their secrets.)
 *
 * What git accepts as an address is wider than a URL: paths,
 * `host:path`, `helper::address`.
 */
#ifndef GIT_URL_H
#define GIT_URL_H

/*
 * True when both lead to the same repository as far as one can tell by
 * looking: transport, user, default port, case, a trailing `/` and `.git` do
 * not count, paths are resolved.  For whom two that are taken for one is the
 * safer mistake.
 */
int url_same(const char *a, const char *b);

#endif
