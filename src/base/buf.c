#include "base/buf.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buf_empty[1];

void buf_init(struct buf *b)
{
	b->s = buf_empty;
	b->len = 0;
	b->alloc = 0;
}

void buf_release(struct buf *b)
{
	if (b->alloc)
		free(b->s);
	buf_init(b);
}

void buf_reset(struct buf *b)
{
	buf_setlen(b, 0);
}

void buf_grow(struct buf *b, size_t extra)
{
	size_t need = b->len + extra + 1;

	if (need <= b->alloc)
		return;
	if (need < b->alloc * 3 / 2)
		need = b->alloc * 3 / 2;
	if (need < 64)
		need = 64;
	if (!b->alloc)
		b->s = NULL;
	b->s = xrealloc(b->s, need);
	b->alloc = need;
	b->s[b->len] = '\0';
}

void buf_setlen(struct buf *b, size_t len)
{
	b->len = len;
	if (b->alloc)
		b->s[len] = '\0';
}

char *buf_detach(struct buf *b)
{
	char *s;

	buf_grow(b, 0);
	s = b->s;
	buf_init(b);
	return s;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!len)
		return;
	buf_grow(b, len);
	memcpy(b->s + b->len, data, len);
	buf_setlen(b, b->len + len);
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, int c)
{
	buf_grow(b, 1);
	b->s[b->len] = (char)c;
	buf_setlen(b, b->len + 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	buf_grow(b, 64);
	n = vsnprintf(b->s + b->len, b->alloc - b->len, fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= b->alloc - b->len) {
		buf_grow(b, (size_t)n);
		vsnprintf(b->s + b->len, b->alloc - b->len, fmt, again);
	}
	va_end(again);
	buf_setlen(b, b->len + (size_t)n);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_splice(struct buf *b, size_t pos, size_t len,
		const void *data, size_t data_len)
{
	if (data_len > len)
		buf_grow(b, data_len - len);
	memmove(b->s + pos + data_len, b->s + pos + len, b->len - pos - len);
	if (data_len)
		memcpy(b->s + pos, data, data_len);
	buf_setlen(b, b->len - len + data_len);
}

void buf_rtrim(struct buf *b)
{
	while (b->len && isspace((unsigned char)b->s[b->len - 1]))
		b->len--;
	buf_setlen(b, b->len);
}

static const char escapes[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";

static int escape_of(unsigned char c)
{
	for (const char *e = escapes; *e; e += 2)
		if ((unsigned char)e[0] == c)
			return e[1];
	return 0;
}

/*
 * Characters that do something to a terminal, or to the order of what stands
 * beside them: with an override a file's name reads as another one.
 */
static int is_control(uint32_t c)
{
	return c < 0x20 ||
	       (c >= 0x7f && c <= 0x9f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/*
 * Bytes of the character at `text`, and whether it is a control.  What is no
 * UTF-8 may be Latin-1, which has controls of its own.
 */
static size_t look(const char *text, size_t len, int *control)
{
	uint32_t c = (unsigned char)*text;
	size_t n = utf8_decode(text, len, &c);

	*control = is_control(c);
	return n ? n : 1;
}

static int is_plain(const char *path)
{
	size_t len = strlen(path), n;
	int control;

	for (; len; path += n, len -= n) {
		n = look(path, len, &control);
		if (control || *path == '"' || *path == '\\')
			return 0;
	}
	return 1;
}

void buf_add_path(struct buf *b, const char *path)
{
	size_t len = strlen(path), n;
	int control, e;

	if (is_plain(path)) {
		buf_adds(b, path);
		return;
	}
	buf_addc(b, '"');
	for (; len; path += n, len -= n) {
		n = look(path, len, &control);
		e = escape_of((unsigned char)*path);
		if (e)
			buf_addf(b, "\\%c", e);
		else if (!control)
			buf_add(b, path, n);
		else
			for (size_t i = 0; i < n; i++)
				buf_addf(b, "\\%03o",
					 (unsigned char)path[i]);
	}
	buf_addc(b, '"');
}

int buf_add_unquoted(struct buf *b, const char *quoted)
{
	const char *p = quoted;

	if (*p != '"') {
		buf_adds(b, quoted);
		return 0;
	}
	for (p++; *p && *p != '"'; p++) {
		const char *e;

		if (*p != '\\') {
			buf_addc(b, *p);
			continue;
		}
		p++;
		if (p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' &&
		    p[2] >= '0' && p[2] <= '7') {
			buf_addc(b, (p[0] - '0') << 6 | (p[1] - '0') << 3 |
				    (p[2] - '0'));
			p += 2;
			continue;
		}
		for (e = escapes; *e; e += 2)
			if (e[1] == *p)
				break;
		if (!*e)
			return -1;
		buf_addc(b, e[0]);
	}
	return p[0] == '"' && !p[1] ? 0 : -1;
}

void buf_add_quoted(struct buf *b, const char *text)
{
	buf_addc(b, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *text);
	}
	buf_addc(b, '"');
}

void buf_add_shell(struct buf *b, const char *word)
{
	const char *safe = "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789@%+=:,./_-";

	/* zsh takes "=ls" for the path of ls. */
	if (*word && *word != '=' && !word[strspn(word, safe)]) {
		buf_adds(b, word);
		return;
	}
	buf_addc(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *word);
	}
	buf_addc(b, '\'');
}

void buf_add_clean(struct buf *b, const char *text, size_t len)
{
	while (len) {
		int control;
		size_t n = look(text, len, &control);

		if (control && *text != '\n' && *text != '\t')
			buf_addc(b, '?');
		else
			buf_add(b, text, n);
		text += n;
		len -= n;
	}
}

void buf_add_line(struct buf *b, const char *text)
{
	size_t start = b->len;

	buf_add_clean(b, text, strlen(text));
	for (; start < b->len; start++)
		if (b->s[start] == '\n' || b->s[start] == '\t')
			b->s[start] = '?';
}

void buf_add_url(struct buf *b, const char *url)
{
	const char *host = strstr(url, "://");
	const char *at = NULL, *colon;
	size_t len;

	if (!host) {
		buf_adds(b, url);
		return;
	}
	host += 3;
	buf_add(b, url, (size_t)(host - url));
	/* The last one: passwords are not always escaped as they should. */
	len = strcspn(host, "/?#");
	for (size_t i = 0; i < len; i++)
		if (host[i] == '@')
			at = host + i;
	colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (colon)
		buf_add(b, host, (size_t)(colon + 1 - host));
	if (colon || (at && starts_with(url, "http")))
		buf_adds(b, "***");
	else if (at)
		buf_add(b, host, (size_t)(at - host));
	if (at)
		host = at;
	len = strcspn(host, "?");
	buf_add(b, host, len);
	if (host[len])
		buf_adds(b, "?***");
}

static void add_url(struct buf *b, const char *url, size_t len)
{
	char *copy = xmemdupz(url, len);

	buf_add_url(b, copy);
	free(copy);
}

/* Escapes are taken out last: a `?` put into a URL would begin its query. */
void buf_add_masked(struct buf *b, const char *text, size_t len)
{
	struct buf masked = BUF_INIT;
	char *copy = xmemdupz(text, len), *rest = copy, *colon;

	for (size_t i = 0; i < len; i++)
		if (!copy[i])
			copy[i] = 1;
	while ((colon = strstr(rest, "://"))) {
		char *start = colon;
		size_t n;

		while (start > rest && (isalnum((unsigned char)start[-1]) ||
					strchr("+-.", start[-1])))
			start--;
		n = strcspn(start, " \t\n'\"<>");
		buf_add(&masked, rest, (size_t)(start - rest));
		add_url(&masked, start, n);
		rest = start + n;
	}
	buf_adds(&masked, rest);
	buf_add_clean(b, masked.s, masked.len);
	buf_release(&masked);
	free(copy);
}

int are_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

int starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

int ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !memcmp(s + n - m, suffix, m);
}

const char *skip_prefix(const char *s, const char *prefix)
{
	return starts_with(s, prefix) ? s + strlen(prefix) : NULL;
}
