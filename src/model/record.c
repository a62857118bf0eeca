#include "model/record.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/object.h"
#include "model/profile.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "1"
/* Ten thousand copies fit; more is no record. */
#define MAX_BYTES (4 * 1024 * 1024)

static void copy_release(struct record_copy *copy)
{
	free(copy->blob);
	free(copy->template);
	free(copy->path);
}

void record_release(struct record *rec)
{
	free(rec->profile);
	free(rec->release);
	free(rec->commit);
	free(rec->tree);
	for (size_t i = 0; i < rec->nr_copies; i++)
		copy_release(&rec->copies[i]);
	free(rec->copies);
	*rec = (struct record)RECORD_INIT;
}

static const char *path_of(const void *copies, size_t i)
{
	return ((const struct record_copy *)copies)[i].path;
}

static size_t place_of(const struct record *rec, const char *path)
{
	return sorted_place(rec->copies, rec->nr_copies, path, path_of);
}

const struct record_copy *record_copy_of(const struct record *rec,
					 const char *path)
{
	size_t i = place_of(rec, path);

	return i < rec->nr_copies && !strcmp(rec->copies[i].path, path) ?
	       &rec->copies[i] : NULL;
}

/* Arguments may belong to the line that is replaced. */
void record_remove_copy(struct record *rec, size_t i)
{
	copy_release(&rec->copies[i]);
	rec->nr_copies--;
	memmove(&rec->copies[i], &rec->copies[i + 1],
		(rec->nr_copies - i) * sizeof(*rec->copies));
}

void record_set_copy(struct record *rec, const char *blob,
		     const char *template, const char *path)
{
	struct record_copy copy = { xstrdup(blob), xstrdup(template),
				    xstrdup(path) };
	size_t i = place_of(rec, path);

	if (i < rec->nr_copies && !strcmp(rec->copies[i].path, path)) {
		copy_release(&rec->copies[i]);
	} else {
		ALLOC_GROW(rec->copies, rec->nr_copies + 1,
			   rec->alloc_copies);
		memmove(rec->copies + i + 1, rec->copies + i,
			(rec->nr_copies++ - i) * sizeof(*rec->copies));
	}
	rec->copies[i] = copy;
}

/* Reading */

struct parser {
	struct record *rec;
	const char *origin;
	size_t line;
	struct error *err;
};

static int bad(struct parser *p, const char *what)
{
	return error_set(p->err, ERROR_FATAL, "%s:%zu: %s", p->origin,
			 p->line, what);
}

static int is_word(const char *s)
{
	if (!*s || strlen(s) > 255)
		return 0;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return 0;
	return 1;
}

static int set(struct parser *p, char **to, const char *value, int good,
	       const char *what)
{
	char *message;

	if (!*to && good) {
		*to = xstrdup(value);
		return 0;
	}
	message = *to ? xstrfmt("%s is there twice", what) :
			xstrfmt("this is no %s", what);
	bad(p, message);
	free(message);
	return -1;
}

/* Cuts a path, quoted or not, off the beginning of a line. */
static int take_path(char **line, struct buf *out)
{
	char *end = *line, after;
	int broken;

	if (*end == '"') {
		for (end++; *end && *end != '"'; end++)
			if (*end == '\\' && end[1])
				end++;
		end += *end == '"';
	} else {
		end += strcspn(end, " ");
	}
	after = *end;
	*end = '\0';
	broken = buf_add_unquoted(out, *line) < 0 || !path_is_inside(out->s) ||
		 strlen(out->s) != out->len;
	*line = end + (after == ' ');
	return broken || (after && after != ' ') ? -1 : 0;
}

static int read_copy(struct parser *p, char *line)
{
	struct buf template = BUF_INIT, path = BUF_INIT;
	struct record *rec = p->rec;
	char *blank = strchr(line, ' ');
	const char *what = NULL;

	if (blank)
		*blank = '\0';
	if (!blank || !oid_is_valid(line))
		what = "this is no copy: expected copy BLOB TEMPLATE COPY";
	else if (blank++, take_path(&blank, &template) < 0 ||
		 take_path(&blank, &path) < 0 || *blank)
		what = "this is no copy: the paths cannot be read";
	else if (rec->nr_copies &&
		 strcmp(rec->copies[rec->nr_copies - 1].path, path.s) >= 0)
		what = "the copies are not sorted, or one is there twice";
	else
		record_set_copy(rec, line, template.s, path.s);
	buf_release(&template);
	buf_release(&path);
	return what ? bad(p, what) : 0;
}

static int read_format(struct parser *p, const char *line)
{
	const char *format = skip_prefix(line, "format ");

	if (format && !strcmp(format, FORMAT))
		return 0;
	if (!format || !*format || format[strspn(format, "0123456789")])
		return bad(p, "expected 'format " FORMAT "'");
	error_set(p->err, ERROR_FATAL, "%s: format %s was written by a newer "
		  "git-upgrade; this one reads format " FORMAT, p->origin,
		  format);
	return error_hint(p->err, "install the version of git-upgrade your "
			  "colleagues use");
}

static int read_line(struct parser *p, char *line)
{
	struct record *rec = p->rec;
	char *value = strchr(line, ' ');

	if (p->line == 1)
		return read_format(p, line);
	if (value)
		*value++ = '\0';
	else
		value = line + strlen(line);
	if (!strcmp(line, "profile"))
		return set(p, &rec->profile, value, profile_is_name(value),
			   "profile");
	if (!strcmp(line, "release"))
		return set(p, &rec->release, value, is_word(value),
			   "release");
	if (!strcmp(line, "commit"))
		return set(p, &rec->commit, value, oid_is_valid(value),
			   "commit");
	if (!strcmp(line, "tree"))
		return set(p, &rec->tree, value, oid_is_valid(value), "tree");
	if (!strcmp(line, "copy"))
		return read_copy(p, value);
	return bad(p, "expected profile, release, commit, tree or copy");
}

static int read_lines(struct parser *p, char *text, size_t len)
{
	if (len > MAX_BYTES)
		return error_set(p->err, ERROR_FATAL, "%s: larger than 4 MiB, "
				 "which no record is", p->origin);
	p->line = 1;
	if (strlen(text) != len)
		return bad(p, "a NUL byte is not allowed");
	for (; *text; p->line++) {
		char *end = strchr(text, '\n');

		if (!end)
			return bad(p, "the last line is cut off");
		*end = '\0';
		if (read_line(p, text) < 0)
			return -1;
		text = end + 1;
	}
	if (!p->rec->profile || !p->rec->release || !p->rec->tree)
		return bad(p, p->line == 1 ? "expected 'format " FORMAT "'" :
			   "expected profile, release and tree before the "
			   "end");
	return 0;
}

int record_parse(struct record *rec, const char *origin, const char *text,
		 size_t len, struct error *err)
{
	struct parser p = { .rec = rec, .origin = origin, .err = err };
	char *copy = xmemdupz(text, len);
	int ret = read_lines(&p, copy, len);

	if (ret < 0) {
		record_release(rec);
		error_hint(err, "it is written by git upgrade alone; take it "
			   "back from a good commit with \"git checkout "
			   "COMMIT -- " RECORD_PATH "\"");
	}
	free(copy);
	return ret;
}

int record_read(struct record *rec, struct repo *r, const char *treeish,
		struct error *err)
{
	char *name = xstrfmt("%s:" RECORD_PATH, treeish), *type = NULL;
	struct buf text = BUF_INIT;
	int ret = object_find(r, name, &type, NULL, err);

	if (ret <= 0)
		goto out;
	if (strcmp(type, "blob"))
		ret = error_set(err, ERROR_FATAL, "%s is a %s, not a file",
				name, type);
	else if (object_read(r, name, &text, err) < 0 ||
		 record_parse(rec, name, text.s, text.len, err) < 0)
		ret = -1;
out:
	free(name);
	free(type);
	buf_release(&text);
	return ret;
}

/* Writing */

/* As git quotes it; a blank would end the path, so it is quoted, too. */
static void add_path(struct buf *out, const char *path)
{
	size_t start = out->len;

	buf_add_path(out, path);
	if (out->s[start] == '"' || !strchr(path, ' '))
		return;
	buf_splice(out, start, 0, "\"", 1);
	buf_addc(out, '"');
}

void record_write(const struct record *rec, struct buf *out)
{
	buf_addf(out, "format " FORMAT "\nprofile %s\nrelease %s\n",
		 rec->profile, rec->release);
	if (rec->commit)
		buf_addf(out, "commit %s\n", rec->commit);
	buf_addf(out, "tree %s\n", rec->tree);
	for (size_t i = 0; i < rec->nr_copies; i++) {
		buf_addf(out, "copy %s ", rec->copies[i].blob);
		add_path(out, rec->copies[i].template);
		buf_addc(out, ' ');
		add_path(out, rec->copies[i].path);
		buf_addc(out, '\n');
	}
}
