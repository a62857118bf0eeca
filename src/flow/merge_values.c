#include "flow/merge_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "flow/plan_path.h"
#include "git/mergetree.h"

#include <stdlib.h>
#include <string.h>

/* One answer, or what is there anyhow; nothing where nobody answers. */
static int ask(const struct value_demand *d, const struct migrated *m,
	       const struct migrated_value *v, struct error *err)
{
	char *text = NULL;
	int ret = d->req->ask ? d->req->ask(d->req->data, m, v, &text, err) :
				0;

	if (ret > 0)
		strvec_pushf(&d->s->values, "%s.%s=%s", m->name, v->name,
			     text);
	free(text);
	return ret;
}

/* All that is used and not given yet: 1 when somebody answered. */
static int ask_all(const struct value_demand *d, struct error *err)
{
	int answered = 0, ret = 0;

	for (size_t i = 0; ret >= 0 && i < d->list->nr; i++) {
		const struct migrated *m = &d->list->v[i];

		for (size_t j = 0; ret >= 0 && j < m->nr_values; j++) {
			const struct migrated_value *v = &m->values[j];

			if (!v->is_used || v->source == VALUE_IS_GIVEN)
				continue;
			ret = ask(d, m, v, err);
			answered |= ret > 0;
		}
	}
	return ret < 0 ? -1 : answered;
}

static void hint_missing(const struct migration_list *list, struct error *err)
{
	for (size_t i = 0; i < list->nr; i++)
		for (size_t j = 0; j < list->v[i].nr_values; j++) {
			const struct migrated_value *v = &list->v[i].values[j];

			if (v->is_used && !v->text)
				error_hint(err, "give %s with --set %s=...%s%s",
					   j || i ? "that" : "it", v->name,
					   v->description ? ": " : "",
					   v->description ? v->description :
					   "");
		}
}

static int demand_given(const struct migration_list *list, struct error *err)
{
	const struct migrated *m;
	const struct migrated_value *v = migration_missing(list, &m);

	if (!v)
		return 0;
	error_set(err, ERROR_REFUSED, "migration %s needs the value %s, which "
		  "only you know", m->name, v->name);
	hint_missing(list, err);
	return -1;
}

int merge_demand_values(const struct value_demand *d, struct error *err)
{
	int ret;

	/* What is written with one answer may ask for another. */
	while ((ret = ask_all(d, err)) > 0)
		if (d->again(d->data, err) < 0)
			return -1;
	return ret < 0 ? -1 : demand_given(d->list, err);
}

/* Paths */

/* Is there anything to ask, in a hop that is not the first? */
static int may_ask(const struct merge_request *req,
		   const struct merge_state *s)
{
	for (size_t i = 0; i < s->hops.nr; i++)
		if (migrate_may_ask(&req->product->profile, i ?
				    s->hops.v[i - 1] : s->release,
				    s->hops.v[i], &s->values))
			return 1;
	return 0;
}

struct forecast {
	struct plan_path path;
	struct plan_request req;
	size_t hop;
};

static int forecast_again(void *data, struct error *err)
{
	struct forecast *f = data;
	struct plan_hop *hop = &f->path.v[f->hop];
	struct plan_request one = f->req;

	if (f->hop)
		one.product = &hop->product;
	return plan_migrate(&hop->plan, &one, err);
}

static int demand_of_hops(struct forecast *f, const struct merge_request *req,
			  struct merge_state *s, struct error *err)
{
	int ret = 0;

	for (f->hop = 0; !ret && f->hop < f->path.nr; f->hop++) {
		const struct value_demand d = {
			req, s, &f->path.v[f->hop].plan.migrations,
			forecast_again, f
		};

		ret = merge_demand_values(&d, err);
	}
	return ret;
}

int merge_demand_path_values(const struct merge_request *req,
			     struct merge_state *s, struct error *err)
{
	struct forecast f = {
		.path = PLAN_PATH_INIT,
		.req = {
			.repo = req->repo, .product = req->product,
			.release = req->release, .from = s->from,
			.confirmed = &s->confirmed, .branch = s->branch,
			.lines_only = s->lines_only, .values = &s->values,
		},
	};
	struct quarantine q = QUARANTINE_INIT;
	struct error ignored = ERROR_INIT;
	int ret = 0;

	if (!may_ask(req, s))
		return 0;
	/* What else is wrong is for the hop itself to say, when it comes. */
	if (!quarantine_begin(&q, req->repo, &ignored) &&
	    !plan_path_compute(&f.path, &f.req, &ignored))
		ret = demand_of_hops(&f, req, s, err);
	quarantine_end(&q, req->repo);
	error_release(&ignored);
	plan_path_release(&f.path);
	return ret;
}

/* After conflicts */

struct again {
	struct migration_list *list;
	struct migrate_request req;
};

static int compute_again(void *data, struct error *err)
{
	struct again *a = data;

	migration_list_release(a->list);
	return migrate_compute(a->list, &a->req, err);
}

void merge_add_migrated(struct buf *b, const struct migration_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		for (size_t j = 0; j < list->v[i].nr_files; j++) {
			const struct migrated_file *f = &list->v[i].files[j];

			buf_adds(b, "Migrated: ");
			buf_add_path(b, f->new_path);
			buf_addf(b, " (%s", list->v[i].name);
			if (strcmp(f->path, f->new_path)) {
				buf_adds(b, ", was ");
				buf_add_path(b, f->path);
			}
			buf_adds(b, ")\n");
		}
}

/* Into the message that waits for its commit, above its trailers. */
static int note_in_message(const struct repo *r,
			   const struct migration_list *list,
			   struct error *err)
{
	char *path = repo_path(r, "MERGE_MSG");
	struct buf text = BUF_INIT, lines = BUF_INIT;
	const char *at;
	int ret = 0;

	merge_add_migrated(&lines, list);
	if (!lines.len || !file_exists(path))
		goto out;
	ret = file_read(path, &text, err);
	/* Whoever has written another message has his own. */
	at = ret ? NULL : strstr(text.s, "\nUpgrade-From: ");
	if (at && !strstr(text.s, lines.s)) {
		buf_splice(&text, (size_t)(at - text.s), 0, lines.s,
			   lines.len);
		ret = file_replace(path, text.s, text.len, 0666, err);
	}
out:
	free(path);
	buf_release(&text);
	buf_release(&lines);
	return ret;
}

char *merge_migrate_tree(struct merge_done *done,
			 const struct merge_request *req,
			 struct merge_state *s, const char *tree,
			 struct error *err)
{
	struct migration_list *list = &done->migrations;
	struct again a = {
		.list = list,
		.req = {
			.repo = req->repo, .profile = &req->product->profile,
			.tree = tree, .before = s->head, .from = s->base,
			.to = s->release, .given = &s->values,
		},
	};
	const struct value_demand d = { req, s, list, compute_again, &a };

	if (compute_again(&a, err) < 0 || merge_demand_values(&d, err) < 0 ||
	    note_in_message(req->repo, list, err) < 0)
		return NULL;
	return xstrdup(list->tree ? list->tree : tree);
}
