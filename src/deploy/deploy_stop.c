/* What serves is stopped for good: by the steps that a mode stops it by. */
#include "deploy/remove_internal.h"

#include "base/buf.h"
#include "deploy/deploy_internal.h"
#include "deploy/prefix.h"

#include <string.h>

static void say_lines(const struct buf *out, const struct reporter *say)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, out->s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		report(say, REPORT_LOG, "%s", lines.v[i]);
	strvec_release(&lines);
}

static int run(const struct deploy_step *step, const struct step_context *c,
	       const struct reporter *say, struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	struct buf out = BUF_INIT, how = BUF_INIT;
	int wants = deploy_wants_step(step, c, err), ret = 0;

	if (wants <= 0) {
		if (!wants)
			report(say, REPORT_LOG, "  %-10s %s", "left out",
			       step->name);
		return wants;
	}
	report(say, REPORT_LOG, "  %-10s %s", "stop", step->name);
	ret = step_run(c, &step->run, step->dir, -1, &out, &result, err);
	say_lines(&out, say);
	if (!ret && result.status) {
		step_describe(&result, step->run.timeout, &how);
		ret = error_set(err, ERROR_DEPLOY, "%s", how.s);
		prefix_explain(c, &result, err);
	}
	if (ret < 0)
		error_wrap(err, "step '%s'", step->name);
	buf_release(&out);
	buf_release(&how);
	return ret;
}

int deploy_stop(struct platform *p, const struct environment *env,
		const struct removal *r, const struct reporter *say,
		struct error *err)
{
	const struct profile *profile = &p->profile;
	struct step_context c = {
		.platform = p, .env = env->name, .release = r->release,
		.commit = r->deployed ? r->deployed : "",
		.dir = r->place.current.path, .at = env,
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < profile->nr_deploy; i++)
		if (deploy_step_phase(&profile->deploy[i]) == PHASE_STOP)
			ret = run(&profile->deploy[i], &c, say, err);
	if (ret < 0)
		error_hint(err, "mend it, and run the same again; or leave "
			   "such steps out with --no-stop");
	return ret;
}
