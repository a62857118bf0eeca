#include "model/extensions_internal.h"

#include "base/mem.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A path a word: as many as one command line takes well. */
#define PATHS_ASKED 100
/* So long a line says whose work it is; a longer one is a sentence. */
#define LONGEST_NAME 80
/* So many branches, extensions and paths are named. */
#define NAMED 4

void extension_add(struct extension_search *s, enum extension_rule rule,
		   const char *name, const char *what)
{
	struct extension_list *list = s->list;

	char *key = xstrfmt("%s %s", what, name);
	/* A branch may be here, and at remotes. */
	int is_new = rule != EXTENSION_BRANCH ||
		     strmap_put(&s->of_branch, key, NULL);

	free(key);
	if (!is_new)
		return;
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct extension){
		.rule = rule, .name = xstrdup(name), .what = xstrdup(what)
	};
}

/* By trailer */

/* What a squash or a list made of it: "    Key: x", "* Key: x". */
static const char *find_key(const char *line, const char *key)
{
	size_t len = strlen(key), indent = strspn(line, " \t");
	const char *value;

	line += indent;
	if ((*line == '*' || *line == '-') && line[1] == ' ')
		line += 1 + strspn(line + 1, " \t");
	if (strncasecmp(line, key, len) != 0 || line[len] != ':')
		return NULL;
	value = line + len + 1;
	value += strspn(value, " \t\r");
	/* It may be folded: then it goes on in a line that is indented more. */
	if (*value == '\n' && strspn(value + 1, " \t") > indent)
		value += 1 + strspn(value + 1, " \t\r");
	return *value && *value != '\n' ? line : NULL;
}

const char *extension_trailer(const char *message, const char *key)
{
	const char *found = NULL;

	/* The subject is none. */
	message = strchr(message, '\n');
	for (; !found && message; message = strchr(message, '\n'))
		found = find_key(++message, key);
	return found;
}

static void find_trailer(struct extension_search *s, const struct coming *c,
			 const char *key)
{
	const char *line = extension_trailer(c->message, key);
	size_t len = line ? strcspn(line, "\r\n") : 0;
	char *name;

	if (!line)
		return;
	name = xstrndup(len > LONGEST_NAME ? key : line,
			len > LONGEST_NAME ? strlen(key) : len);
	extension_add(s, EXTENSION_TRAILER, name, c->oid);
	free(name);
}

static void find_trailers(struct extension_search *s)
{
	const struct strvec *keys = &s->q->env->extensions.trailers;

	for (size_t i = 0; i < s->nr; i++)
		for (size_t k = 0; k < keys->nr; k++)
			if (extension_coming(s, s->v[i].oid))
				find_trailer(s, &s->v[i], keys->v[k]);
}

/* What brought it */

/* The commits of one line that changed any of these paths. */
static int list_changers(struct strvec *oids, const struct extension_search *s,
			 const struct stretch *stretch,
			 const struct strvec *paths, struct error *err)
{
	struct strvec args = STRVEC_INIT;
	int ret;

	strvec_push(&args, "--first-parent");
	extension_push_range(&args, s, stretch);
	strvec_pushv(&args, paths->v);
	ret = rev_list_of(s->repo, oids, &args, err);
	strvec_release(&args);
	return ret;
}

/* Those that change the record are upgrades, and are to stay. */
static int read_bringers(struct strmap *brought, struct strmap *upgrades,
			 const struct extension_search *s,
			 const struct strvec *paths, struct error *err)
{
	struct strvec oids = STRVEC_INIT, kept = STRVEC_INIT;
	struct strvec record = STRVEC_INIT;
	int ret = 0;

	strvec_push(&record, RECORD_PATH);
	for (size_t i = 0; !ret && i < s->lineage.nr; i++) {
		const struct stretch *stretch = &s->lineage.v[i];

		if (paths->nr)
			ret = list_changers(&oids, s, stretch, paths, err);
		if (!ret)
			ret = list_changers(&kept, s, stretch, &record, err);
	}
	for (size_t i = 0; i < oids.nr; i++)
		strmap_put(brought, oids.v[i], NULL);
	for (size_t i = 0; i < kept.nr; i++)
		strmap_put(upgrades, kept.v[i], NULL);
	strvec_release(&oids);
	strvec_release(&kept);
	strvec_release(&record);
	return ret;
}

static int find_bringers(struct extension_search *s, struct error *err)
{
	struct strmap brought = STRMAP_INIT, upgrades = STRMAP_INIT;
	struct strvec paths = STRVEC_INIT;
	int ret;

	for (size_t i = 0; i < s->list->nr; i++) {
		const struct extension *e = &s->list->v[i];
		const struct coming *c = strmap_get(&s->index, e->what);

		if (e->rule == EXTENSION_PATH && paths.nr < PATHS_ASKED)
			strvec_pushf(&paths, ":(literal)%s", e->what);
		else if (e->rule != EXTENSION_PATH && c && c->brought_by)
			strmap_put(&brought, c->brought_by->oid, NULL);
	}
	ret = read_bringers(&brought, &upgrades, s, &paths, err);
	for (size_t i = 0; !ret && i < s->nr; i++)
		if (strmap_has(&brought, s->v[i].oid) &&
		    !strmap_has(&upgrades, s->v[i].oid) &&
		    extension_coming(s, s->v[i].oid))
			strvec_push(&s->list->bringers, s->v[i].oid);
	strmap_release(&brought);
	strmap_release(&upgrades);
	strvec_release(&paths);
	return ret;
}

int extensions_find(struct extension_list *list, struct repo *r,
		    const struct extension_question *q, const char *commit,
		    struct error *err)
{
	struct extension_search s = {
		.repo = r, .q = q, .list = list, .lineage = LINEAGE_INIT,
		.without = STRVEC_INIT, .had = STRMAP_INIT,
		.index = STRMAP_INIT, .on_line = STRMAP_INIT,
		.cancelled = STRMAP_INIT, .news = TREE_DIFF_INIT,
		.of_branch = STRMAP_INIT,
	};
	int ret = lineage_read(&s.lineage, r, commit, err);

	if (!ret)
		ret = extension_commits_read(&s, err);
	if (!ret && q->env->extensions.branches.nr)
		ret = extension_branches_find(&s, err);
	if (!ret)
		find_trailers(&s);
	if (!ret && (list->nr || q->env->extensions.paths.nr))
		ret = extension_news_read(&s, commit, err);
	if (!ret)
		ret = extension_drop_gone(&s, err);
	if (!ret)
		extension_paths_find(&s);
	if (!ret && list->nr && !q->any)
		ret = find_bringers(&s, err);
	extension_commits_release(&s);
	tree_diff_release(&s.news);
	strmap_release(&s.of_branch);
	return ret;
}

/* In words */

static void add_what(struct buf *out, const struct extension *e)
{
	if (e->rule == EXTENSION_PATH)
		buf_add_path(out, e->what);
	else
		buf_addf(out, "%.7s", e->what);
}

/* All that one rule says of one branch, extension or pattern. */
static void add_group(struct buf *out, const struct extension_list *list,
		      size_t at)
{
	static const char *const words[] = { "branch", "trailer", "path" };
	const struct extension *e = &list->v[at];
	size_t more = 0;

	for (size_t i = at + 1; i < list->nr; i++)
		more += list->v[i].rule == e->rule &&
			!strcmp(list->v[i].name, e->name);
	buf_addf(out, "%s%s ", out->len ? ", " : "", words[e->rule]);
	buf_add_line(out, e->name);
	buf_adds(out, " (");
	add_what(out, e);
	if (more)
		buf_addf(out, " and %zu more", more);
	buf_addc(out, ')');
}

void extensions_add(struct buf *out, const struct extension_list *list)
{
	struct strmap shown = STRMAP_INIT;
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < list->nr; i++) {
		char *key = xstrfmt("%d %s", (int)list->v[i].rule,
				    list->v[i].name);

		if (strmap_put(&shown, key, NULL) && shown.nr <= NAMED)
			add_group(&text, list, i);
		free(key);
	}
	if (shown.nr > NAMED)
		buf_addf(&text, " and %zu more", shown.nr - NAMED);
	buf_adds(out, text.s);
	strmap_release(&shown);
	buf_release(&text);
}

void extension_list_release(struct extension_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].name);
		free(list->v[i].what);
	}
	free(list->v);
	strvec_release(&list->bringers);
	*list = (struct extension_list)EXTENSION_LIST_INIT;
}
