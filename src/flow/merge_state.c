/* Reading and writing what is in progress; see flow/merge.h. */
#include "flow/merge_state.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

char *merge_dir(const struct repo *r)
{
	return repo_path(r, "upgrade");
}

int merge_holder(struct buf *who, const struct repo *r)
{
	char *dir = merge_dir(r), *path = path_join(dir, "lock");
	int is = holder_lives(who, path);

	free(path);
	free(dir);
	return is;
}

void merge_state_release(struct merge_state *s)
{
	free(s->head);
	free(s->branch);
	free(s->created);
	free(s->release);
	free(s->from);
	free(s->base);
	free(s->commit);
	free(s->advance);
	free(s->start);
	free(s->autostash);
	strvec_release(&s->confirmed);
	strvec_release(&s->conflicts);
	strvec_release(&s->hops);
	strvec_release(&s->values);
	*s = (struct merge_state)MERGE_STATE_INIT;
}

static void add_fact(struct buf *b, const char *name, const char *value)
{
	if (value)
		buf_addf(b, "%s %s\n", name, value);
}

int merge_state_write(const struct merge_state *s, const struct repo *r,
		      struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, "state");
	struct buf b = BUF_INIT;
	int ret;

	buf_adds(&b, "format 1\n");
	add_fact(&b, "head", s->head);
	add_fact(&b, "branch", s->branch);
	add_fact(&b, "created", s->created);
	add_fact(&b, "release", s->release);
	add_fact(&b, "from", s->from);
	add_fact(&b, "base", s->base);
	add_fact(&b, "commit", s->commit);
	add_fact(&b, "advance", s->advance);
	add_fact(&b, "start", s->start);
	add_fact(&b, "autostash", s->autostash);
	for (size_t i = 0; i < s->hops.nr; i++)
		add_fact(&b, "hop", s->hops.v[i]);
	for (size_t i = 0; i < s->confirmed.nr; i++)
		add_fact(&b, "confirm", s->confirmed.v[i]);
	for (size_t i = 0; i < s->conflicts.nr; i++) {
		buf_adds(&b, "conflict ");
		buf_add_path(&b, s->conflicts.v[i]);
		buf_addc(&b, '\n');
	}
	for (size_t i = 0; i < s->values.nr; i++) {
		buf_adds(&b, "value ");
		buf_add_path(&b, s->values.v[i]);
		buf_addc(&b, '\n');
	}
	if (s->lines_only)
		buf_adds(&b, "lines\n");
	if (s->aside)
		buf_adds(&b, "aside\n");
	if (s->ended)
		buf_adds(&b, "ended\n");
	if (s->clean)
		buf_adds(&b, "clean\n");
	if (s->moved)
		buf_adds(&b, "moved\n");
	if (s->busy)
		buf_adds(&b, "busy\n");
	if (s->back)
		buf_adds(&b, "back\n");
	/* What was given may be nobody else's business. */
	ret = file_replace(path, b.s, b.len, s->values.nr ? 0600 : 0666, err);
	free(dir);
	free(path);
	buf_release(&b);
	return ret;
}

static int read_quoted(struct strvec *v, const char *text)
{
	struct buf b = BUF_INIT;

	if (buf_add_unquoted(&b, text) < 0) {
		buf_release(&b);
		return -1;
	}
	strvec_push_nodup(v, buf_detach(&b));
	return 0;
}

static int read_fact(struct merge_state *s, const char *line)
{
	const struct {
		const char *name;
		char **to;
	} facts[] = {
		{ "head ", &s->head }, { "branch ", &s->branch },
		{ "created ", &s->created }, { "release ", &s->release },
		{ "from ", &s->from }, { "base ", &s->base },
		{ "commit ", &s->commit }, { "start ", &s->start },
		{ "advance ", &s->advance }, { "autostash ", &s->autostash },
	};
	const char *rest;

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		rest = skip_prefix(line, facts[i].name);
		if (!rest)
			continue;
		free(*facts[i].to);
		*facts[i].to = xstrdup(rest);
		return 0;
	}
	if ((rest = skip_prefix(line, "confirm "))) {
		strvec_push(&s->confirmed, rest);
	} else if ((rest = skip_prefix(line, "hop "))) {
		strvec_push(&s->hops, rest);
	} else if ((rest = skip_prefix(line, "conflict "))) {
		return read_quoted(&s->conflicts, rest);
	} else if ((rest = skip_prefix(line, "value "))) {
		return read_quoted(&s->values, rest);
	} else if (!strcmp(line, "lines")) {
		s->lines_only = 1;
	} else if (!strcmp(line, "aside")) {
		s->aside = 1;
	} else if (!strcmp(line, "ended")) {
		s->ended = 1;
	} else if (!strcmp(line, "clean")) {
		s->clean = 1;
	} else if (!strcmp(line, "moved")) {
		s->moved = 1;
	} else if (!strcmp(line, "busy")) {
		s->busy = 1;
	} else if (!strcmp(line, "back")) {
		s->back = 1;
	} else {
		return -1;
	}
	return 0;
}

int merge_state_parse(struct merge_state *s, const struct buf *text)
{
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	strvec_split(&lines, text->s, '\n');
	if (!lines.nr || strcmp(lines.v[0], "format 1"))
		goto out;
	for (size_t i = 1; i < lines.nr; i++)
		if (read_fact(s, lines.v[i]) < 0)
			goto out;
	if (s->head && s->release && (s->commit || s->start || s->autostash) &&
	    !(s->aside && !s->autostash))
		ret = 0;
out:
	strvec_release(&lines);
	return ret;
}

int merge_state_load(struct merge_state *s, struct repo *r,
		     struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, "state");
	struct buf b = BUF_INIT;
	int ret = 0;

	if (!file_exists(path))
		goto out;
	ret = -1;
	if (file_read(path, &b, err) < 0)
		goto out;
	ret = 1;
	if (merge_state_parse(s, &b) < 0) {
		ret = error_set(err, ERROR_FATAL,
				"'%s' does not read", path);
		error_hint(err, "it was written by another version of git "
			   "upgrade, or damaged; \"git merge --abort\" goes "
			   "back, then remove that file");
	}
out:
	free(dir);
	free(path);
	buf_release(&b);
	return ret;
}

/* The state last: without it nobody would look for the others. */
int merge_state_drop(struct repo *r, struct error *err)
{
	char *dir = merge_dir(r), *record = path_join(dir, "record");
	char *state = path_join(dir, "state");
	int ret = 0;

	if (checkout_interrupted(dir))
		ret = checkout_forget(r, dir, err);
	if (!ret)
		ret = file_remove(record, err);
	if (!ret)
		ret = file_remove(state, err);
	fsync_dir(dir);
	free(dir);
	free(record);
	free(state);
	return ret;
}

/* The next hop of the path, which begins where this one ended. */
static void shift_hop(struct merge_state *s, const char *head)
{
	struct merge_state next = MERGE_STATE_INIT;

	next.head = xstrdup(head);
	next.branch = xstrdup(s->branch);
	next.created = xstrdup_or_null(s->created);
	next.start = xstrdup(s->start);
	next.autostash = xstrdup_or_null(s->autostash);
	next.aside = s->aside;
	next.lines_only = s->lines_only;
	next.release = xstrdup(s->hops.v[0]);
	strvec_pushv(&next.values, s->values.v);
	strvec_pushv(&next.hops, s->hops.v + 1);
	merge_state_release(s);
	*s = next;
}

int merge_state_end(struct merge_state *s, struct repo *r, const char *head,
		    struct error *err)
{
	if (s->hops.nr) {
		shift_hop(s, head);
		return merge_state_write(s, r, err);
	}
	if (!s->aside)
		return merge_state_drop(r, err);
	free(s->head);
	s->head = xstrdup(head);
	s->ended = s->busy = 1;
	return merge_state_write(s, r, err);
}

int merge_state_unbegin(struct merge_state *s, struct repo *r,
			struct error *err)
{
	if (merge_state_is_first(s) && !s->aside)
		return merge_state_drop(r, err);
	FREE_AND_NULL(s->commit);
	FREE_AND_NULL(s->advance);
	strvec_release(&s->conflicts);
	s->clean = s->moved = s->busy = s->back = s->ended = 0;
	return merge_state_write(s, r, err);
}

int merge_state_is_first(const struct merge_state *s)
{
	return !s->start || !s->head || !strcmp(s->start, s->head);
}

const char *merge_state_goal(const struct merge_state *s)
{
	return s->hops.nr ? s->hops.v[s->hops.nr - 1] : s->release;
}

/* On another branch than the one a path is on, though at the same commit. */
static int on_other_branch(const struct merge_state *s, struct repo *r)
{
	char *on = s->start ? head_branch(r) : NULL;
	int other = on && strcmp(on, s->branch) &&
		    !(s->created && !strcmp(on, s->created));

	free(on);
	return other;
}

enum merge_phase merge_phase(const struct merge_state *s, struct repo *r)
{
	char *dir = merge_dir(r), *head = head_commit(r);
	int same = head && !strcmp(head, s->head);
	enum merge_phase phase = PHASE_LEFT;
	struct error ignored = ERROR_INIT;

	if (s->ended)
		phase = PHASE_ENDED;
	else if (checkout_interrupted(dir) &&
		 (same || !checkout_superseded(r, dir)))
		phase = PHASE_INTERRUPTED;
	else if (on_other_branch(s, r))
		phase = PHASE_LEFT;
	else if (same && s->commit && checkout_merges(r, s->commit))
		phase = PHASE_MERGING;
	else if (same)
		phase = s->moved ? PHASE_TAKEN_BACK : PHASE_PREPARED;
	else if (head && s->commit &&
		 commit_contains(r, head, s->head, &ignored) > 0 &&
		 commit_contains(r, head, s->commit, &ignored) > 0)
		phase = PHASE_COMMITTED;
	error_release(&ignored);
	free(dir);
	free(head);
	return phase;
}

int merge_state_read(struct merge_state *s, struct repo *r,
		     struct error *err)
{
	int ret = merge_state_load(s, r, err);

	if (ret > 0 && !s->back && merge_phase(s, r) >= PHASE_TAKEN_BACK) {
		merge_state_release(s);
		ret = 0;
	}
	return ret;
}

int merge_state_is_cut(const struct merge_state *s, struct repo *r)
{
	return s->back || merge_phase(s, r) <= PHASE_INTERRUPTED;
}

int merge_unmerged(struct strvec *paths, const struct repo *r,
		   struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "ls-files", "--unmerged", "-z", NULL);

	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1)
		strvec_push(paths, strchr(at, '\t') + 1);
	strvec_sort(paths, 1);
	buf_release(&out);
	return ret;
}
