#include "base/report.h"

#include "base/buf.h"

#include <stdarg.h>

void report(const struct reporter *r, enum report_kind kind,
	    const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	if (!r || !r->line)
		return;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	r->line(r->data, kind, b.s);
	buf_release(&b);
}
