#include "flow/watch.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "git/lsremote.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* Seconds between two questions, with news, without, without an answer. */
#define DELAY_MIN 0.5
#define DELAY_MAX 10.0
#define DELAY_LOST 60.0
/* Who does not answer by then is asked again. */
#define PATIENCE 60
/* More news than that at once are cut. */
#define MAX_NEWS 1000

void watch_begin(struct watch *w, struct repo *r, const struct env_status *e,
		 const char *seen)
{
	*w = (struct watch){ .repo = r, .env = e, .delay = DELAY_MIN };
	w->seen = xstrdup_or_null(seen);
	w->local = e->runner == RUNNER_HERE ||
		   (e->runner == RUNNER_HOST && !e->state_remote) ||
		   (e->runner != RUNNER_HOST && !e->remote);
}

void watch_release(struct watch *w)
{
	free(w->seen);
	free(w->there);
}

static int fetch(struct watch *w, const char *remote,
		 const struct ls_remote *refs, struct error *err)
{
	struct env_list list = ENV_LIST_INIT;
	int ret;

	if (w->env->runner == RUNNER_HOST)
		return state_fetch_published(w->repo, remote, refs,
					     w->env->name, err);
	ret = state_fetch(&list, w->repo, remote, refs, err);
	env_list_release(&list);
	return ret;
}

/* Bring what is new here. */
static int ask(struct watch *w, struct error *err)
{
	const char *remote = w->env->runner == RUNNER_HOST ?
			     w->env->state_remote : w->env->remote;
	struct ls_remote refs = LS_REMOTE_INIT;
	const char *tip;
	int ret = ls_remote_read_below(&refs, w->repo, remote,
				       "refs/upgrade/", PATIENCE, err);

	tip = ret < 0 ? NULL : state_shown(&refs, "ledger", w->env->name);
	if (tip && (!w->there || strcmp(tip, w->there))) {
		ret = fetch(w, remote, &refs, err);
		if (ret >= 0) {
			free(w->there);
			w->there = xstrdup(tip);
		}
	}
	ls_remote_release(&refs);
	return ret < 0 ? -1 : 0;
}

/* What the ledger has behind `seen`. */
static int read_news(struct watch *w, struct event_list *news,
		     struct error *err)
{
	size_t nr = 0;

	if (ledger_read(news, w->repo, w->env->name, MAX_NEWS, err) < 0)
		return -1;
	while (nr < news->nr && (!w->seen || strcmp(news->v[nr].id, w->seen)))
		nr++;
	while (news->nr > nr)
		event_release(&news->v[--news->nr]);
	if (nr) {
		free(w->seen);
		w->seen = xstrdup(news->v[0].id);
	}
	return 0;
}

static void say_lost(struct watch *w, const struct error *err,
		     const struct reporter *say)
{
	if (!w->lost++)
		report(say, REPORT_WARNING, "%s; trying again until it "
		       "answers", err->message);
}

static void say_found(struct watch *w, const struct reporter *say)
{
	if (w->lost)
		report(say, REPORT_NOTE, "What happens to %s is known again.",
		       w->env->name);
	w->lost = 0;
}

/* -1: Ctrl-C ended the git that asked, too. */
static int look(struct watch *w, struct event_list *news,
		const struct reporter *say)
{
	struct error err = ERROR_INIT;
	int ret = w->local ? 0 : ask(w, &err);

	if (!ret)
		ret = read_news(w, news, &err);
	if (ret < 0 && interrupt_wait(0)) {
		error_release(&err);
		return -1;
	}
	if (ret < 0)
		say_lost(w, &err, say);
	else
		say_found(w, say);
	error_release(&err);
	return 0;
}

int watch_wait(struct watch *w, struct event_list *news,
	       const struct reporter *say)
{
	for (;;) {
		double most;

		if (interrupt_wait(time_jitter(w->delay)) ||
		    look(w, news, say) < 0)
			return 0;
		most = w->lost ? DELAY_LOST : DELAY_MAX;
		w->delay = w->delay * 1.5 < most ? w->delay * 1.5 : most;
		if (news->nr) {
			w->delay = DELAY_MIN;
			return 1;
		}
	}
}
