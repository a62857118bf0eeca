/*
 * Work that is on a branch of its own: by what merges say they merged, and by
 * the branches that are here.
 *
 * A branch's own commits are those of its first parents, down to where it left
 * the line that is merged into: what was merged into it, as that line is now
 * and then, is not its own.
 *
 * One whose tip is on that line itself has come there without a merge
 * (fast-forward), or has no commit yet; nothing tells which.  Then all is taken
 * for its own down to the last upgrade or promotion.
 */
#include "model/extensions_internal.h"

#include "base/mem.h"
#include "git/ref.h"
#include "model/promotion.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/*
 * "Merge branch 'X' into Y", "Merge branches 'X' and 'Y'", "Merge branch 'X',
 * remote-tracking branch 'origin/Y'"
 */
static void add_quoted(const char *text, struct strvec *names)
{
	const char *end, *into = strstr(text, "' into ");
	const char *remote = strstr(text, "remote-tracking branch");

	while ((text = strchr(text, '\'')) && (!into || text < into)) {
		char *name;
		const char *slash;

		end = strchr(++text, '\'');
		if (!end)
			return;
		name = xmemdupz(text, (size_t)(end - text));
		slash = remote && remote < text ? strchr(name, '/') : NULL;
		strvec_push(names, slash ? slash + 1 : name);
		free(name);
		text = end + 1;
	}
}

/* Up to a blank, or the end; of a fork "REPOSITORY:BRANCH". */
static void add_word(const char *text, struct strvec *names)
{
	char *word = xstrndup(text, strcspn(text, " \n"));
	const char *colon = strrchr(word, ':');

	strvec_push(names, colon ? colon + 1 : word);
	free(word);
}

/* Behind the last " from ": titles may have that, too, and branches none. */
static void add_from(const char *line, struct strvec *names)
{
	const char *at, *last = NULL;

	for (at = line; (at = strstr(at, " from ")); at++)
		last = at;
	if (last)
		add_word(last + strlen(" from "), names);
}

/*
 * What is behind "Merge pull request ": "#1 from OWNER/X", "#1 in REPOSITORY
 * from X to Y", "'TITLE' (#1) from X into Y"
 */
static void add_request(const char *text, struct strvec *names)
{
	const char *behind = text + strcspn(text, " ");

	if (*text == '\'' || starts_with(behind, " in "))
		add_from(text, names);
	else if ((text = strstr(text, " from ")) && (text = strchr(text, '/')))
		add_word(text + 1, names);
}

/* "Pull request #1: TITLE", and below that "Merge in REPOSITORY from X to Y" */
static void add_below(const char *message, struct strvec *names)
{
	const char *at = strstr(message, "\nMerge in ");
	char *line;

	if (!at)
		return;
	line = xstrndup(at + 1, strcspn(at + 1, "\n"));
	add_from(line, names);
	free(line);
}

void extension_merged(const char *message, struct strvec *names)
{
	char *line = xstrndup(message, strcspn(message, "\n"));
	const char *text;

	if (starts_with(line, "Merge branch") ||
	    starts_with(line, "Merge remote-tracking branch"))
		add_quoted(line, names);
	else if ((text = skip_prefix(line, "Merged in ")))
		add_word(text, names);
	else if ((text = skip_prefix(line, "Merge pull request ")))
		add_request(text, names);
	else if (starts_with(line, "Pull request #"))
		add_below(message, names);
	free(line);
}

/* All that it brought was reverted, and it may have been so one by one. */
static int is_void(const struct extension_search *s,
		   const struct coming *merge)
{
	size_t brought = 0;

	for (size_t i = 0; i < s->nr; i++) {
		const struct coming *c = &s->v[i];

		if (c == merge || c->brought_by != merge)
			continue;
		if (extension_coming(s, c->oid))
			return 0;
		brought++;
	}
	return brought > 0;
}

static void find_merges(struct extension_search *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct coming *c = extension_coming(s, s->v[i].oid);
		struct strvec names = STRVEC_INIT;

		if (c && c->parents.nr > 1)
			extension_merged(c->message, &names);
		for (size_t k = 0; k < names.nr; k++)
			if (profile_extension_branch(s->q->env, names.v[k]) &&
			    !is_void(s, c))
				extension_add(s, EXTENSION_BRANCH, names.v[k],
					      c->oid);
		strvec_release(&names);
	}
}

/* Branches that are here */

struct branches {
	struct strvec names, tips;
	struct strmap before;		/* first parents, of the commits */
	struct strvec parents;		/* which own them */
	struct strmap upgrades;		/* where the record changes */
	struct strmap seen;		/* commits, by one of them */
};

/* "refs/heads/X", "refs/remotes/origin/X": X. */
static const char *name_of(const char *ref)
{
	const char *name = skip_prefix(ref, "refs/heads/");
	const char *slash;

	if (name)
		return name;
	slash = strchr(ref + strlen("refs/remotes/"), '/');
	return slash ? slash + 1 : NULL;
}

static int read_branches(struct branches *b, const struct extension_search *s,
			 struct error *err)
{
	const struct environment *env = s->q->env;
	struct ref_list refs = REF_LIST_INIT;
	int ret = ref_list_read(&refs, s->repo, err, "refs/heads/",
				"refs/remotes/", NULL);

	for (size_t i = 0; !ret && i < refs.nr; i++) {
		const char *name = name_of(refs.v[i].name);

		if (!name || strcmp(refs.v[i].type, "commit") != 0 ||
		    are_same(name, env->branch) ||
		    !profile_extension_branch(env, name))
			continue;
		strvec_push(&b->names, name);
		strvec_push(&b->tips, refs.v[i].oid);
	}
	ref_list_release(&refs);
	return ret;
}

/* Along first parents of all of them; `path`: those that change it. */
static int ask(const struct branches *b, const struct extension_search *s,
	       const char *path, struct strvec *lines, struct error *err)
{
	struct strvec args = STRVEC_INIT;
	int ret;

	strvec_push(&args, "--first-parent");
	if (!path)
		strvec_push(&args, "--parents");
	strvec_pushv(&args, b->tips.v);
	strvec_pushv(&args, s->without.v);
	strvec_push(&args, "--");
	if (path)
		strvec_push(&args, path);
	ret = rev_list_of(s->repo, lines, &args, err);
	strvec_release(&args);
	return ret;
}

/* "OID PARENT..." */
static void add_before(struct branches *b, char *line)
{
	char *parent = strchr(line, ' ');

	if (parent)
		*parent++ = '\0';
	else
		parent = line + strlen(line);
	strvec_push_nodup(&b->parents,
			  xstrndup(parent, strcspn(parent, " ")));
	strmap_put(&b->before, line, b->parents.v[b->parents.nr - 1]);
}

static int read_commits(struct branches *b, const struct extension_search *s,
			struct error *err)
{
	struct strvec lines = STRVEC_INIT;
	int ret = ask(b, s, NULL, &lines, err);

	for (size_t i = 0; i < lines.nr; i++)
		add_before(b, lines.v[i]);
	strvec_release(&lines);
	return ret;
}

static int read_upgrades(struct branches *b, const struct extension_search *s,
			 struct error *err)
{
	struct strvec lines = STRVEC_INIT;
	int ret = ask(b, s, RECORD_PATH, &lines, err);

	for (size_t i = 0; i < lines.nr; i++)
		strmap_put(&b->upgrades, lines.v[i], NULL);
	strvec_release(&lines);
	return ret;
}

/* Where is the end of what is its own, though the line goes on? */
static int is_beginning(const struct branches *b,
			const struct extension_search *s, const char *oid)
{
	const struct coming *c = strmap_get(&s->index, oid);

	return strmap_has(&b->upgrades, oid) ||
	       (c && extension_trailer(c->message, PROMOTED_TRAILER));
}

static void find_own(struct extension_search *s, struct branches *b,
		     size_t at)
{
	const char *oid = b->tips.v[at], *next;
	int is_on_line = strmap_has(&s->on_line, oid);

	for (; (next = strmap_get(&b->before, oid)); oid = next) {
		if (is_on_line ? is_beginning(b, s, oid) :
				 strmap_has(&s->on_line, oid))
			return;
		/* Many may have grown from one another. */
		if (!strmap_put(&b->seen, oid, NULL))
			return;
		if (extension_coming(s, oid))
			extension_add(s, EXTENSION_BRANCH, b->names.v[at],
				      oid);
	}
}

static int find_branches(struct extension_search *s, struct branches *b,
			 struct error *err)
{
	int some_on_line = 0;

	if (read_commits(b, s, err) < 0)
		return -1;
	for (size_t i = 0; i < b->tips.nr; i++)
		some_on_line |= strmap_has(&s->on_line, b->tips.v[i]);
	if (some_on_line && read_upgrades(b, s, err) < 0)
		return -1;
	for (size_t i = 0; i < b->tips.nr; i++)
		find_own(s, b, i);
	return 0;
}

int extension_branches_find(struct extension_search *s, struct error *err)
{
	struct branches b = { STRVEC_INIT, STRVEC_INIT, STRMAP_INIT,
			      STRVEC_INIT, STRMAP_INIT, STRMAP_INIT };
	int ret;

	find_merges(s);
	ret = read_branches(&b, s, err);
	if (!ret && b.tips.nr)
		ret = find_branches(s, &b, err);
	strvec_release(&b.names);
	strvec_release(&b.tips);
	strmap_release(&b.before);
	strvec_release(&b.parents);
	strmap_release(&b.upgrades);
	strmap_release(&b.seen);
	return ret;
}
