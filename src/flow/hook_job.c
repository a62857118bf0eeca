#include "flow/hook_job.h"

#include "base/buf.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOB_BEGIN "# git-upgrade job "
#define JOB_END "# git-upgrade job end\n"
#define SCRIPT_HEAD "#!/usr/bin/env sh\n"

static const char *const templates[] = {
	[JOB_SCRIPT] = "hooks/job-script",
	[JOB_LEFTHOOK] = "hooks/job-lefthook",
};

/* The lines of the job of that hook. */
static void add_text(struct buf *out, enum job_format format,
		     const char *hook)
{
	static const char mark[] = "@HOOK@";
	const struct embedded *e = embedded_find(templates[format]);
	const char *text = e ? e->data : "", *at;

	while ((at = strstr(text, mark))) {
		buf_add(out, text, (size_t)(at - text));
		buf_adds(out, hook);
		text = at + strlen(mark);
	}
	buf_adds(out, text);
}

struct span {
	size_t at, len;
};

/* A file may hold jobs of several hooks; each names its own. */
static int find_job(const struct buf *text, const char *hook,
		    struct span *job)
{
	char *name = xstrfmt("/upgrade/hooks/%s", hook);
	const char *at = text->s;
	int found = 0;

	while (!found && (at = strstr(at, JOB_BEGIN))) {
		const char *end = strstr(at, JOB_END);
		const char *call = strstr(at, name);

		if (!end)
			break;
		end += strlen(JOB_END);
		found = call && call < end;
		job->at = (size_t)(at - text->s);
		job->len = (size_t)(end - at);
		at = end;
	}
	free(name);
	return found;
}

static int calls_us(const struct buf *text, const char *hook)
{
	char *call = xstrfmt("git upgrade hook %s", hook);
	int found = strstr(text->s, call) != NULL;

	free(call);
	return found;
}

/* An absent file is an empty one. */
static int read_file(const char *path, struct buf *text, struct error *err)
{
	struct error why = ERROR_INIT;
	int ret = 0;

	if (file_read(path, text, &why) < 0 && errno != ENOENT)
		ret = error_move(err, &why);
	error_release(&why);
	return ret;
}

enum job_state job_judge(const char *path, enum job_format format,
			 const char *hook)
{
	struct buf text = BUF_INIT, job = BUF_INIT;
	struct error ignored = ERROR_INIT;
	enum job_state state = JOB_ABSENT;
	struct span found;

	read_file(path, &text, &ignored);
	add_text(&job, format, hook);
	if (find_job(&text, hook, &found))
		state = found.len == job.len &&
			!memcmp(text.s + found.at, job.s, job.len) ?
			JOB_OURS : JOB_OUTDATED;
	else if (calls_us(&text, hook))
		state = JOB_BY_HAND;
	error_release(&ignored);
	buf_release(&text);
	buf_release(&job);
	return state;
}

/* Where the line after the one at `at` begins. */
static size_t next_line(const struct buf *text, size_t at)
{
	const char *end = memchr(text->s + at, '\n', text->len - at);

	return end ? (size_t)(end - text->s) + 1 : text->len;
}

/*
 * What judges a push comes before what may send something, but after husky's
 * own beginning, which runs the file a second time.  A deploy is the last
 * thing that happens after a merge.
 */
static size_t place_in_script(const struct buf *text, const char *hook)
{
	const char *husky = strstr(text->s, "husky.sh");

	if (strcmp(hook, "pre-push"))
		return text->len;
	if (husky)
		return next_line(text, (size_t)(husky - text->s));
	return starts_with(text->s, "#!") ? next_line(text, 0) : 0;
}

static int has_top_key(const struct buf *text, const char *key)
{
	size_t len = strlen(key);

	for (size_t at = 0; at < text->len; at = next_line(text, at)) {
		const char *line = text->s + at;

		if (*line == '"' || *line == '\'')
			line++;
		if (!strncmp(line, key, len) && strchr(":\"' ", line[len]))
			return 1;
	}
	return 0;
}

/* A block mapping in one document: there a key more goes to the end. */
static int takes_keys(const struct buf *text)
{
	return !strstr(text->s, "\n---") && !strstr(text->s, "\n...") &&
	       text->s[strspn(text->s, " \t\n")] != '{';
}

int job_check(const char *path, enum job_format format, const char *hook,
	      struct error *err)
{
	struct buf text = BUF_INIT, job = BUF_INIT;
	struct span found;
	int ret = -1;

	if (read_file(path, &text, err) < 0)
		goto out;
	ret = 0;
	if (format != JOB_LEFTHOOK || find_job(&text, hook, &found) ||
	    (!has_top_key(&text, hook) && takes_keys(&text)))
		goto out;
	add_text(&job, format, hook);
	error_set(err, ERROR_REFUSED, "'%s' has a '%s' of its own", path,
		  hook);
	error_hint(err, "join this with it by hand, and run \"git upgrade "
		   "hooks install\" again:");
	for (size_t at = 0; at < job.len; at = next_line(&job, at))
		error_hint(err, "%.*s",
			   (int)(next_line(&job, at) - at - 1), job.s + at);
	ret = -1;
out:
	buf_release(&text);
	buf_release(&job);
	return ret;
}

static unsigned mode_of(const char *path, enum job_format format)
{
	struct stat st;

	if (!stat(path, &st))
		return st.st_mode & 0777;
	return format == JOB_SCRIPT ? 0777 : 0666;
}

int job_add(const char *path, enum job_format format, const char *hook,
	    struct error *err)
{
	struct buf text = BUF_INIT, job = BUF_INIT;
	struct span found = { 0, 0 };
	int ret = -1;

	if (job_check(path, format, hook, err) < 0 ||
	    read_file(path, &text, err) < 0)
		goto out;
	if (!text.len && format == JOB_SCRIPT)
		buf_adds(&text, SCRIPT_HEAD);
	if (text.len && text.s[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	add_text(&job, format, hook);
	if (!find_job(&text, hook, &found))
		found.at = format == JOB_SCRIPT ?
			   place_in_script(&text, hook) : text.len;
	buf_splice(&text, found.at, found.len, job.s, job.len);
	if (!make_parent_dirs(path, err))
		ret = file_replace(path, text.s, text.len,
				   mode_of(path, format), err);
out:
	buf_release(&text);
	buf_release(&job);
	return ret;
}

int job_remove(const char *path, const char *hook, struct error *err)
{
	struct buf text = BUF_INIT;
	struct span job;
	int ret = -1;

	if (read_file(path, &text, err) < 0)
		goto out;
	ret = 0;
	if (!find_job(&text, hook, &job))
		goto out;
	buf_splice(&text, job.at, job.len, "", 0);
	if (!text.len || !strcmp(text.s, SCRIPT_HEAD))
		ret = unlink(path) < 0 ?
		      error_errno(err, "cannot remove '%s'", path) : 0;
	else
		ret = file_replace(path, text.s, text.len,
				   mode_of(path, JOB_SCRIPT), err);
out:
	buf_release(&text);
	return ret;
}
