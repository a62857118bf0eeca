#include "git/text.h"

#include "base/mem.h"
#include "git/marker.h"

#include <git2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* git looks for a NUL in this many bytes at the front. */
#define BINARY_LOOK 8000

/*
 * libgit2 counts how often it was initialised and tears down at exit what
 * has to be; a second call costs nothing, so there is nothing to remember.
 */
static int start(struct error *err)
{
	if (git_libgit2_init() >= 0)
		return 0;
	return error_set(err, ERROR_FATAL, "libgit2 does not start");
}

static int failed(struct error *err, const char *what)
{
	const git_error *said = git_error_last();

	return error_set(err, ERROR_FATAL, "%s: %s", what,
			 said && said->message ? said->message :
			 "libgit2 does not say why");
}

/* How many lines are exactly `line`. */
static int count_lines(const char *text, size_t len, const char *line)
{
	size_t want = strlen(line);
	const char *end = text + len;
	int n = 0;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t have = (size_t)((lf ? lf : end) - text);

		if (have && text[have - 1] == '\r')
			have--;
		if (have == want && !memcmp(text, line, want))
			n++;
		text = lf ? lf + 1 : end;
	}
	return n;
}

/*
 * libgit2 says whether there are conflicts, not how many: each begins with
 * one marker line of ours.  A side may hold such lines already.
 */
static int count_conflicts(const git_merge_file_result *result,
			   const struct buf *ours,
			   const struct text_labels *labels)
{
	struct buf marker = BUF_INIT;
	int n;

	for (size_t i = labels->size ? labels->size : MARKER_SIZE; i; i--)
		buf_addc(&marker, '<');
	buf_addf(&marker, " %s", labels->ours);
	n = count_lines(result->ptr, result->len, marker.s) -
	    count_lines(ours->s, ours->len, marker.s);
	buf_release(&marker);
	return n > 0 ? n : 1;
}

enum text_style text_style_named(const char *name)
{
	if (name && !strcmp(name, "diff3"))
		return TEXT_STYLE_DIFF3;
	if (name && !strcmp(name, "zdiff3"))
		return TEXT_STYLE_ZDIFF3;
	return TEXT_STYLE_MERGE;
}

int text_merge(struct buf *out, const struct buf *base,
	       const struct buf *ours, const struct buf *theirs,
	       const struct text_labels *labels, enum text_style style,
	       struct error *err)
{
	static const uint32_t flags[] = {
		[TEXT_STYLE_MERGE] = GIT_MERGE_FILE_STYLE_MERGE,
		[TEXT_STYLE_DIFF3] = GIT_MERGE_FILE_STYLE_DIFF3,
		[TEXT_STYLE_ZDIFF3] = GIT_MERGE_FILE_STYLE_ZDIFF3,
		[TEXT_STYLE_OURS] = GIT_MERGE_FILE_STYLE_MERGE,
	};
	const struct buf *texts[3] = { base, ours, theirs };
	git_merge_file_input in[3];
	git_merge_file_options opts;
	git_merge_file_result result;
	int n = 0;

	if (start(err) < 0)
		return -1;
	git_merge_file_options_init(&opts, GIT_MERGE_FILE_OPTIONS_VERSION);
	for (int i = 0; i < 3; i++) {
		git_merge_file_input_init(&in[i],
					  GIT_MERGE_FILE_INPUT_VERSION);
		in[i].ptr = texts[i]->s;
		in[i].size = texts[i]->len;
	}
	opts.ancestor_label = labels->base;
	opts.our_label = labels->ours;
	opts.their_label = labels->theirs;
	opts.flags = flags[style];
	opts.marker_size = labels->size < UINT16_MAX ?
		(unsigned short)labels->size : UINT16_MAX;
	if (style == TEXT_STYLE_OURS)
		opts.favor = GIT_MERGE_FILE_FAVOR_OURS;
	memset(&result, 0, sizeof(result));
	if (git_merge_file(&result, &in[0], &in[1], &in[2], &opts) < 0)
		return failed(err, "cannot merge texts");
	/* Where a text is binary there is no result. */
	if (!result.automergeable)
		n = result.ptr ? count_conflicts(&result, ours, labels) : 1;
	if (result.ptr)
		buf_add(out, result.ptr, result.len);
	git_merge_file_result_free(&result);
	return n;
}

/* Without lines around it, and where there are none it is counted from 1. */
static void add_change(struct text_changes *c, const git_diff_hunk *h)
{
	ALLOC_GROW(c->v, c->nr + 1, c->alloc);
	c->v[c->nr++] = (struct text_change){
		.a = (size_t)h->old_start - (h->old_lines > 0),
		.a_nr = (size_t)h->old_lines,
		.b = (size_t)h->new_start - (h->new_lines > 0),
		.b_nr = (size_t)h->new_lines,
	};
}

int text_changes(struct text_changes *c, const struct buf *a,
		 const struct buf *b, struct error *err)
{
	git_diff_options opts;
	git_patch *patch = NULL;
	const git_diff_hunk *hunk;
	int ret = 0;

	if (a->len == b->len && !memcmp(a->s, b->s, a->len))
		return 0;
	git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION);
	opts.context_lines = 0;
	opts.flags = GIT_DIFF_FORCE_TEXT;
	if (start(err) < 0)
		return -1;
	if (git_patch_from_buffers(&patch, a->s, a->len, NULL, b->s, b->len,
				   NULL, &opts) < 0)
		return failed(err, "cannot compare texts");
	for (size_t i = 0; !ret && i < git_patch_num_hunks(patch); i++) {
		ret = git_patch_get_hunk(&hunk, NULL, patch, i);
		if (!ret)
			add_change(c, hunk);
	}
	git_patch_free(patch);
	return ret < 0 ? failed(err, "cannot compare texts") : 0;
}

void text_changes_release(struct text_changes *c)
{
	free(c->v);
	*c = (struct text_changes)TEXT_CHANGES_INIT;
}

int text_is_binary(const struct buf *b)
{
	size_t len = b->len < BINARY_LOOK ? b->len : BINARY_LOOK;

	return memchr(b->s, '\0', len) != NULL;
}
