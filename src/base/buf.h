/*
 * A growing byte string.
 *
 * Invariant: `s` is never NULL and always ends in a NUL that `len` does not
 * count, so it can be handed to anything that takes a C string.  It may hold
 * NUL bytes; `len` is the truth.  BUF_INIT allocates nothing.
 *
 * Ownership: the buffer owns `s`.  buf_detach() gives it to the caller (free
 * with free()) and leaves the buffer empty; buf_release() frees it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *s;
	size_t len;
	size_t alloc;
};

extern char buf_empty[];
#define BUF_INIT { buf_empty, 0, 0 }

void buf_init(struct buf *b);
void buf_release(struct buf *b);
/* Make it empty, keep the memory. */
void buf_reset(struct buf *b);
/* Make room for `extra` more bytes and the NUL. */
void buf_grow(struct buf *b, size_t extra);
/* Cut to `len` bytes; `len` must not exceed what is there. */
void buf_setlen(struct buf *b, size_t len);
char *buf_detach(struct buf *b);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, int c);
void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
/* Replace `len` bytes at `pos` by `data`. */
void buf_splice(struct buf *b, size_t pos, size_t len,
		const void *data, size_t data_len);
/* Remove white space at the end. */
void buf_rtrim(struct buf *b);

/*
 * Add a path as git prints it with core.quotePath=false: as it is, or in
 * double quotes with C escapes where it holds a quote, a backslash or a
 * control character; and unlike git also where it holds one that changes the
 * direction of text.
 */
void buf_add_path(struct buf *b, const char *path);
/* Undo buf_add_path(); -1 when the quoting is broken. */
int buf_add_unquoted(struct buf *b, const char *quoted);
/* Add text between double quotes, with backslashes before " and \ in it. */
void buf_add_quoted(struct buf *b, const char *text);
/* Add one shell word: 'it'\''s'. */
void buf_add_shell(struct buf *b, const char *word);
/*
 * Add text from outside for people to read: control characters, and with
 * them escape sequences, become `?`, and so do characters that change the
 * direction of the text around them.  Line feeds, tabs and what is no UTF-8
 * stay.
 */
void buf_add_clean(struct buf *b, const char *text, size_t len);
/* As buf_add_clean(), without line feeds and tabs: a name, in a sentence. */
void buf_add_line(struct buf *b, const char *text);

/*
 * Add a URL for people to read: passwords, tokens and queries in it become
 * `***`.
 */
void buf_add_url(struct buf *b, const char *url);
/* As buf_add_clean(), with the URLs in the text made harmless. */
void buf_add_masked(struct buf *b, const char *text, size_t len);

/* Are both there, and the same?  Two that are absent are not. */
int are_same(const char *a, const char *b);
int starts_with(const char *s, const char *prefix);
int ends_with(const char *s, const char *suffix);
/* What follows `prefix` in `s`, or NULL. */
const char *skip_prefix(const char *s, const char *prefix);

#endif
