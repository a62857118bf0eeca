#include "model/asked.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *asked_path(const struct repo *r)
{
	return path_join(r->common_dir, "info/gitupgrade.asked");
}

int asked_is_fresh(const struct repo *r, const struct product *pr)
{
	struct error ignored = ERROR_INIT;
	struct buf b = BUF_INIT;
	char *path = asked_path(r), *end;
	long long age;
	int fresh = 0;

	if (file_exists(path) && !file_read(path, &b, &ignored)) {
		buf_rtrim(&b);
		age = (long long)time(NULL) - strtoll(b.s, &end, 10);
		fresh = age >= 0 && age < ASKED_FRESH && *end == ' ' &&
			!strcmp(end + 1, pr->upstream_shown);
	}
	error_release(&ignored);
	buf_release(&b);
	free(path);
	return fresh;
}

void asked_note(const struct repo *r, const struct product *pr)
{
	struct error ignored = ERROR_INIT;
	char *path = asked_path(r);
	char *line = xstrfmt("%lld %s\n", (long long)time(NULL),
			     pr->upstream_shown);

	/* Where it cannot be written upstream is asked once more. */
	if (!make_parent_dirs(path, &ignored))
		file_replace(path, line, strlen(line), 0666, &ignored);
	error_release(&ignored);
	free(path);
	free(line);
}
