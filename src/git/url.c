#include "git/url.h"

#include "base/buf.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_default_port(const char *port, size_t len)
{
	static const char *const ports[] = { "22", "80", "443", "9418" };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (strlen(ports[i]) == len && !strncmp(port, ports[i], len))
			return 1;
	return len == 0;
}

/* "host[:port]" in lower case, without user and default port */
static void add_host(struct buf *out, const char *authority, size_t len)
{
	const char *end = authority + len;
	const char *host = authority;
	const char *colon = NULL;

	for (const char *p = authority; p < end; p++)
		if (*p == '@')
			host = p + 1;
	for (const char *p = host; p < end; p++)
		if (*p == ':')
			colon = p;
		else if (*p == ']')
			colon = NULL;
	if (colon && is_default_port(colon + 1, (size_t)(end - colon - 1)))
		end = colon;
	/* "example.com." is the same host, said to be complete. */
	if (end > host && end[-1] == '.')
		end--;
	for (const char *p = host; p < end; p++)
		buf_addc(out, tolower((unsigned char)*p));
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/*
 * In lower case: the hosts most people use do not tell the difference, and
 * to take two for one is the safer mistake here.  Of an http URL also
 * without %XX, and without a query.
 */
static void add_remote_path(struct buf *out, const char *path, int is_url)
{
	size_t len = is_url ? strcspn(path, "?#") : strlen(path);

	buf_addc(out, '/');
	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)path[i];

		if (is_url && c == '%' && hex_digit(path[i + 1]) >= 0 &&
		    hex_digit(path[i + 2]) >= 0) {
			c = hex_digit(path[i + 1]) * 16 +
			    hex_digit(path[i + 2]);
			i += 2;
		}
		/* "//" and "/./" lead nowhere else. */
		if (c == '/' && ends_with(out->s, "/."))
			buf_setlen(out, out->len - 1);
		else if (c != '/' || !ends_with(out->s, "/"))
			buf_addc(out, tolower(c));
	}
}

static void add_local_path(struct buf *out, const char *path)
{
	char *real = realpath(path, NULL);

	buf_adds(out, real ? real : path);
	free(real);
}

/* One spelling for every way to name a repository. */
static void normalize(struct buf *out, const char *url)
{
	const char *sep = strstr(url, "://");
	const char *slash = strchr(url, '/');
	const char *colon = strchr(url, ':');

	if (sep && !strncasecmp(url, "file://", 7)) {
		/* git does not look at a host in there. */
		add_local_path(out, url + 7 + strcspn(url + 7, "/"));
	} else if (sep) {
		size_t len = strcspn(sep + 3, "/");

		buf_adds(out, "//");
		add_host(out, sep + 3, len);
		add_remote_path(out, sep + 3 + len, 1);
	} else if (colon && colon[1] != ':' && (!slash || colon < slash)) {
		buf_adds(out, "//");
		add_host(out, url, (size_t)(colon - url));
		add_remote_path(out, colon + 1, 0);
	} else {
		add_local_path(out, url);
	}
	while (out->len > 1 && out->s[out->len - 1] == '/')
		buf_setlen(out, out->len - 1);
	if (ends_with(out->s, "/.git"))
		buf_setlen(out, out->len - 5);
	else if (ends_with(out->s, ".git"))
		buf_setlen(out, out->len - 4);
}

int url_same(const char *a, const char *b)
{
	struct buf one = BUF_INIT, two = BUF_INIT;
	int same;

	normalize(&one, a);
	normalize(&two, b);
	same = !strcmp(one.s, two.s);
	buf_release(&one);
	buf_release(&two);
	return same;
}
