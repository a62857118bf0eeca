/*
 * Values that look like secrets, kept out of what is shown: the one place
 * every output of file contents goes through.
 *
 * Masked are the values of settings whose name says so (MINIO_SECRET_KEY:
 * x, password = y, "apiToken": "z"), passwords in URLs, and private keys in
 * PEM.  An empty value, a path and a reference to a variable are no secrets.
 * It errs on the side of masking; the name of the setting always stays.
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stddef.h>

#include "base/buf.h"

#define REDACTED "***"

/*
 * Add `text`, line by line.  A line may begin with the marks of a unified
 * diff.
 */
void redact_add(struct buf *out, const char *text, size_t len);
/* True when a setting of that name holds a secret. */
int redact_is_secret_name(const char *name, size_t len);

#endif
