#include "base/error.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void replace(struct error *err, enum error_kind kind, char *message)
{
	free(err->message);
	strvec_release(&err->hints);
	err->kind = kind;
	err->message = message;
}

int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	replace(err, kind, buf_detach(&b));
	return -1;
}

/* What one can do about it, where there is something. */
static void hint_errno(struct error *err, int code)
{
	const struct passwd *user;

	switch (code) {
	case EACCES:
	case EPERM:
		user = getpwuid(geteuid());
		error_hint(err, "you are '%s' here; do it as the user whom it "
			   "belongs to, or have that changed", user ?
			   user->pw_name : "?");
		break;
	case ENOSPC:
	case EDQUOT:
		error_hint(err, "make room there, then type the same again");
		break;
	case EROFS:
		error_hint(err, "that file system is mounted to be read only");
		break;
	}
}

int error_errno(struct error *err, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	buf_addf(&b, ": %s", strerror(saved));
	replace(err, ERROR_FATAL, buf_detach(&b));
	hint_errno(err, saved);
	errno = saved;
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	strvec_push_nodup(&err->hints, buf_detach(&b));
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (err->message)
		buf_addf(&b, ": %s", err->message);
	free(err->message);
	err->message = buf_detach(&b);
	return -1;
}

int error_move(struct error *to, struct error *from)
{
	error_release(to);
	*to = *from;
	*from = (struct error)ERROR_INIT;
	return -1;
}

void error_release(struct error *err)
{
	free(err->message);
	strvec_release(&err->hints);
	*err = (struct error)ERROR_INIT;
}

int error_exit_code(const struct error *err)
{
	switch (err->kind) {
	case ERROR_NONE:
		return EXIT_OK;
	case ERROR_CONFLICT:
		return EXIT_CONFLICT;
	case ERROR_REFUSED:
		return EXIT_REFUSED;
	case ERROR_DEPLOY:
		return EXIT_DEPLOY;
	case ERROR_PENDING:
		return EXIT_PENDING;
	case ERROR_USAGE:
		return EXIT_USAGE;
	case ERROR_FATAL:
		break;
	}
	return EXIT_FATAL;
}
