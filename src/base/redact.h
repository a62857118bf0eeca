/*
 * Values that look like secrets, kept out of what is shown: the one place
 * every output of file contents goes through.
 *
 * Masked are the values of settings whose name says so (MINIO_SECRET_KEY:
 * x, password = y, "apiToken": "z") at the beginning of a line, and NAME=VALUE
 * anywhere in it; passwords in URLs, private keys in PEM, and, wherever it
 * stands, what a variable of our environment holds whose name says so.  An
 * empty value, a path and a reference to a variable are no secrets.  It errs
 * on the side of masking; the name of the setting always stays.
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/vec.h"

#define REDACTED "***"

/*
 * Add `text`, line by line.  A line may begin with the marks of a unified
 * diff.
 */
void redact_add(struct buf *out, const char *text, size_t len);
/* All of a text, without its secrets; NULL of NULL.  free() */
char *redact_text(const char *text);
/*
 * The same as one line that is fit to be shown, of at most `max` bytes (0: all
 * of it); NULL: nothing is left.  free()
 */
char *redact_line(const char *text, size_t max);
/*
 * For who knows more secrets than that: note them, each line of one by itself,
 * and mask them in `text`.
 */
void redact_note(struct strvec *secrets, const char *value);
void redact_note_environment(struct strvec *secrets);
void redact_known(struct buf *text, size_t from, const struct strvec *secrets);
/* True when a setting of that name holds a secret. */
int redact_is_secret_name(const char *name, size_t len);

#endif
