#include "base/redact.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern char **environ;

/* Parts of names, in lower case; "key" only as a whole word. */
static const char *const telling[] = {
	"secret", "passw", "token", "credential", "apikey", "privatekey",
	"authkey", "accesskey", "authorization",
};

/* Names that end so say where something is, or how much of it. */
static const char *const harmless[] = {
	"path", "file", "dir", "name", "url", "expiration", "ttl", "timeout",
	"length", "size", "count", "enabled",
};

static int ends_in(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !strncasecmp(name + len - n, end, n);
}

static int contains(const char *name, size_t len, const char *part)
{
	size_t n = strlen(part), at = 0;

	/* Words may be joined by marks: api_key, api-key, apiKey. */
	for (size_t start = 0; start < len; start++) {
		size_t i = start;

		for (at = 0; at < n && i < len; i++) {
			if (strchr("_-.", name[i]) && at)
				continue;
			if (tolower((unsigned char)name[i]) != part[at])
				break;
			at++;
		}
		if (at == n)
			return 1;
	}
	return 0;
}

/* "key" as the last word of several: MINIO_ACCESS_KEY, not "monkey". */
static int ends_in_key(const char *name, size_t len)
{
	return len > 3 && ends_in(name, len, "key") &&
	       (strchr("_-.", name[len - 4]) || name[len - 3] == 'K');
}

int redact_is_secret_name(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (ends_in(name, len, harmless[i]))
			return 0;
	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++)
		if (contains(name, len, telling[i]))
			return 1;
	return ends_in_key(name, len);
}

static int is_name(char c)
{
	return c && (isalnum((unsigned char)c) || strchr("_-.", c));
}

/* The value of "NAME: VALUE" in a line, where NAME tells; or NULL. */
static const char *secret_value(const char *line, const char *end)
{
	const char *name, *name_end;
	int quoted = 0;

	if (line < end && strchr("+- ", *line))
		line++;
	while (line < end && (isblank((unsigned char)*line) || *line == '#'))
		line++;
	while (end - line > 1 && *line == '-' && line[1] == ' ')
		for (line++; line < end && *line == ' '; line++)
			;
	if (end - line > 7 && !strncmp(line, "export ", 7))
		line += 7;
	if (line < end && (*line == '"' || *line == '\''))
		quoted = (unsigned char)*line++;
	for (name = line; line < end && is_name(*line); line++)
		;
	name_end = line;
	if (quoted && line < end && *line == quoted)
		line++;
	while (line < end && isblank((unsigned char)*line))
		line++;
	if (line >= end || (*line != ':' && *line != '=') ||
	    name == name_end ||
	    !redact_is_secret_name(name, (size_t)(name_end - name)))
		return NULL;
	for (line++; line < end && isblank((unsigned char)*line); line++)
		;
	return line;
}

/* Nothing, a path, a variable, or the beginning of something nested. */
static int is_no_secret(const char *value, const char *end)
{
	if (value < end && (*value == '"' || *value == '\''))
		value++;
	return value >= end || strchr("/.$#{[|>&*\"'\r", *value) ||
	       (end - value > 1 && !strncmp(value, "~/", 2));
}

/* Passwords in URLs: scheme://user:PASSWORD@host */
static void add_urls_masked(struct buf *out, const char *at, const char *end)
{
	const char *sep;

	while ((sep = memmem(at, (size_t)(end - at), "://", 3))) {
		const char *p = sep + 3, *colon = NULL;

		for (; p < end && !isspace((unsigned char)*p) &&
		       !strchr("/@\"'", *p); p++)
			if (*p == ':' && !colon)
				colon = p;
		if (p < end && *p == '@' && colon) {
			buf_add(out, at, (size_t)(colon + 1 - at));
			buf_adds(out, REDACTED);
		} else {
			buf_add(out, at, (size_t)(p - at));
		}
		at = p;
	}
	buf_add(out, at, (size_t)(end - at));
}

/* Where a value ends that stands in the middle of a line. */
static const char *value_end(const char *value, const char *end)
{
	const char *close;

	if (*value == '"' || *value == '\'') {
		close = memchr(value + 1, *value, (size_t)(end - value - 1));
		return close ? close + 1 : end;
	}
	while (value < end && !strchr(" \t\r\"'`&;,)]}<>", *value))
		value++;
	return value;
}

/* NAME=VALUE anywhere in a line, and --NAME=VALUE: what programs are given. */
static void add_masked(struct buf *out, const char *at, const char *end)
{
	const char *from = at, *eq;

	while ((eq = memchr(at, '=', (size_t)(end - at)))) {
		const char *name = eq, *value = eq + 1;

		while (name > from && is_name(name[-1]))
			name--;
		at = value;
		if (value >= end || strchr("= \t\r&;,)]}<>", *value) ||
		    is_no_secret(value, end) ||
		    !redact_is_secret_name(name, (size_t)(eq - name)))
			continue;
		add_urls_masked(out, from, value);
		buf_adds(out, REDACTED);
		from = at = value_end(value, end);
	}
	add_urls_masked(out, from, end);
}

static int holds(const char *line, const char *end, const char *text)
{
	return memmem(line, (size_t)(end - line), text, strlen(text)) != NULL;
}

/* Shorter ones would mask words. */
#define SHORTEST_SECRET 6

/* The longest first: one may be the beginning of another. */
static void note_line(struct strvec *secrets, char *secret)
{
	size_t at, len = strlen(secret);

	if (len < SHORTEST_SECRET || strvec_has(secrets, secret)) {
		free(secret);
		return;
	}
	strvec_push_nodup(secrets, secret);
	for (at = secrets->nr - 1;
	     at && strlen(secrets->v[at - 1]) < len; at--)
		secrets->v[at] = secrets->v[at - 1];
	secrets->v[at] = secret;
}

void redact_note(struct strvec *secrets, const char *value)
{
	while (*value) {
		size_t len = strcspn(value, "\r\n");

		note_line(secrets, xstrndup(value, len));
		value += len + (value[len] != '\0');
	}
}

void redact_note_environment(struct strvec *secrets)
{
	for (char **entry = environ; *entry; entry++) {
		const char *value = strchr(*entry, '=');

		if (value && *value && value[1] != '/' &&
		    redact_is_secret_name(*entry, (size_t)(value - *entry)))
			redact_note(secrets, value + 1);
	}
}

void redact_known(struct buf *text, size_t from, const struct strvec *secrets)
{
	for (size_t i = 0; i < secrets->nr; i++) {
		const char *secret = secrets->v[i], *at;
		size_t len = strlen(secret), start = from;

		while ((at = memmem(text->s + start, text->len - start,
				    secret, len))) {
			start = (size_t)(at - text->s);
			buf_splice(text, start, len, REDACTED,
				   strlen(REDACTED));
			start += strlen(REDACTED);
		}
	}
}

static void add_lines(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len;
	int in_key = 0;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = lf ? lf : end;
		const char *value = secret_value(text, line_end);
		int key_ends = holds(text, line_end, "-----END ");

		if (in_key && !key_ends) {
			if (strchr("+- ", *text))
				buf_addc(out, *text);
			buf_adds(out, REDACTED);
		} else if (value && !is_no_secret(value, line_end)) {
			buf_add(out, text, (size_t)(value - text));
			buf_adds(out, REDACTED);
		} else {
			add_masked(out, text, line_end);
		}
		if (holds(text, line_end, "-----BEGIN ") &&
		    holds(text, line_end, "PRIVATE KEY-----"))
			in_key = 1;
		if (key_ends)
			in_key = 0;
		if (lf)
			buf_addc(out, '\n');
		text = lf ? lf + 1 : end;
	}
}

void redact_add(struct buf *out, const char *text, size_t len)
{
	struct strvec secrets = STRVEC_INIT;
	size_t from = out->len;

	add_lines(out, text, len);
	/* What a program is given by the environment, it may print. */
	redact_note_environment(&secrets);
	redact_known(out, from, &secrets);
	strvec_release(&secrets);
}

char *redact_text(const char *text)
{
	struct buf out = BUF_INIT;

	if (!text)
		return NULL;
	redact_add(&out, text, strlen(text));
	return buf_detach(&out);
}

/* Not in the middle of a character. */
static void cut(struct buf *line, size_t max)
{
	size_t len = max;

	while (len && ((unsigned char)line->s[len] & 0xc0) == 0x80)
		len--;
	buf_setlen(line, len);
	buf_rtrim(line);
}

char *redact_line(const char *text, size_t max)
{
	struct buf all = BUF_INIT, line = BUF_INIT;

	if (text)
		redact_add(&all, text, strlen(text));
	for (size_t i = 0; i < all.len; i++)
		if (all.s[i] == '\n' || all.s[i] == '\t')
			all.s[i] = ' ';
	buf_add_line(&line, all.s);
	buf_rtrim(&line);
	if (max && line.len > max)
		cut(&line, max);
	buf_release(&all);
	if (line.len)
		return buf_detach(&line);
	buf_release(&line);
	return NULL;
}
