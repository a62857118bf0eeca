#include "git/pktline.h"

#include "base/proc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PKT_HEADER 4
#define PKT_MAX 65520

static int hex_length(const char *s)
{
	int len = 0;

	for (int i = 0; i < PKT_HEADER; i++) {
		static const char digits[] = "0123456789abcdef";
		int c = s[i] >= 'A' && s[i] <= 'F' ? s[i] + 32 : s[i];
		const char *at = c ? strchr(digits, c) : NULL;

		if (!at)
			return -1;
		len = len * 16 + (int)(at - digits);
	}
	return len;
}

int pkt_read(int fd, struct buf *line, struct error *err)
{
	char header[PKT_HEADER];
	ssize_t n = read_full(fd, header, sizeof(header));
	int len;

	buf_reset(line);
	if (n != PKT_HEADER)
		return error_set(err, ERROR_FATAL, n ? "a packet is cut off" :
				 "git hung up");
	len = hex_length(header);
	if (!len)
		return 0;
	if (len < PKT_HEADER || len > PKT_MAX)
		return error_set(err, ERROR_FATAL, "a packet begins with "
				 "something that is no length");
	len -= PKT_HEADER;
	buf_grow(line, (size_t)len);
	if (read_full(fd, line->s, (size_t)len) != len)
		return error_set(err, ERROR_FATAL, "a packet is cut off");
	if (len && line->s[len - 1] == '\n')
		len--;
	buf_setlen(line, (size_t)len);
	return 1;
}

int pkt_write(int fd, struct error *err, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	char header[16];
	va_list ap;
	int ret = 0;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (b.len > PKT_MAX - PKT_HEADER)
		buf_setlen(&b, PKT_MAX - PKT_HEADER);
	snprintf(header, sizeof(header), "%04zx", b.len + PKT_HEADER);
	buf_splice(&b, 0, 0, header, PKT_HEADER);
	if (write_full(fd, b.s, b.len) < 0)
		ret = error_errno(err, "cannot answer git");
	buf_release(&b);
	return ret;
}

int pkt_flush(int fd, struct error *err)
{
	if (write_full(fd, "0000", 4) < 0)
		return error_errno(err, "cannot answer git");
	return 0;
}
