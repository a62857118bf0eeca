#include "git/marker.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/attribute.h"

#include <stdlib.h>
#include <string.h>

size_t marker_length(const char *line, size_t len)
{
	size_t n = 0;

	if (!len || !strchr("<|>", *line))
		return 0;
	while (n < len && line[n] == *line)
		n++;
	return n == len || line[n] == ' ' || line[n] == '\r' ? n : 0;
}

size_t marker_size_of(const char *value)
{
	long size = strtol(value, NULL, 10);

	return size > 0 ? (size_t)size : MARKER_SIZE;
}

int marker_sizes(size_t *sizes, const struct repo *r, const char *commit,
		 const struct strvec *paths, struct error *err)
{
	static const char *const names[] = { MARKER_ATTRIBUTE, NULL };
	struct strvec values = STRVEC_INIT;
	int ret = attributes_read(&values, r, commit, paths, names, err);

	for (size_t i = 0; i < values.nr && !ret; i++)
		sizes[i] = marker_size_of(values.v[i]);
	strvec_release(&values);
	return ret;
}

/* Of the paths with this size; they are marked as looked at. */
static int find_sized(char **found, const struct repo *r, size_t size,
		      size_t *sizes, const struct strvec *paths,
		      struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, r, "grep", "--cached", "--no-color", "-I", "-l", "-z",
		 "-E", NULL);
	strvec_pushf(&p.argv, "^(<{%zu}|>{%zu}|[|]{%zu}) ", size, size, size);
	strvec_push(&p.argv, "--");
	for (size_t i = 0; i < paths->nr; i++) {
		if (sizes[i] != size)
			continue;
		sizes[i] = 0;
		strvec_pushf(&p.argv, ":(top,literal)%s", paths->v[i]);
	}
	p.out = &out;
	p.quiet_err = 1;
	ret = proc_run(&p, err);
	if (!ret && !p.status && out.len) {
		*found = xstrdup(out.s);
		ret = 1;
	}
	proc_release(&p);
	buf_release(&out);
	return ret;
}

int marker_find(char **found, const struct repo *r, const char *commit,
		const struct strvec *paths, struct error *err)
{
	size_t *sizes = xcalloc(paths->nr + 1, sizeof(*sizes));
	int ret = marker_sizes(sizes, r, commit, paths, err);

	for (size_t i = 0; !ret && i < paths->nr; i++)
		if (sizes[i])
			ret = find_sized(found, r, sizes[i], sizes, paths,
					 err);
	free(sizes);
	return ret;
}
