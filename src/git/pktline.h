/*
 * git's packet lines: four hex digits that count themselves and the payload,
 * then the payload; "0000" is a flush.
 */
#ifndef GIT_PKTLINE_H
#define GIT_PKTLINE_H

#include "base/buf.h"
#include "base/error.h"

/*
 * 1: a packet in `line`, without a line feed at its end; 0: a flush; -1: a
 * broken packet or the end of the stream.
 */
int pkt_read(int fd, struct buf *line, struct error *err);
/* Write one; at most 65516 bytes. */
int pkt_write(int fd, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int pkt_flush(int fd, struct error *err);

#endif
