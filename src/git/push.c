#include "git/push.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct listener {
	const struct push_one *what;
	const struct reporter *say;
	struct push_report *rep;
};

/* git pads remote lines to wipe what a progress line may have left. */
static void say_line(struct listener *l, const char *text, size_t len,
		     int remote)
{
	struct buf line = BUF_INIT;

	buf_add_masked(&line, text, len);
	buf_rtrim(&line);
	if (!remote) {
		free(l->rep->last);
		l->rep->last = xstrdup(line.s);
		if (strstr(line.s, "does not support push options"))
			l->rep->takes_no_options = 1;
	}
	if (remote || !starts_with(line.s, "error: failed to push some refs"))
		report(l->say, REPORT_LOG, "%s", line.s);
	buf_release(&line);
}

static void stderr_line(void *data, const char *line, size_t len)
{
	static const char prefix[] = "remote: ";
	const size_t n = sizeof(prefix) - 1;

	/* Of a line that was overwritten only its last state is worth it. */
	while (len && line[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (line[i] != '\r')
			continue;
		line += i + 1;
		len -= i + 1;
		i = (size_t)-1;
	}
	if (len >= n && !memcmp(line, prefix, n))
		say_line(data, line + n, len - n, 1);
	else if (len == n - 1 && !memcmp(line, prefix, n - 1))
		say_line(data, "", 0, 1);
	else
		say_line(data, line, len, 0);
}

/* "[remote rejected] (why)": the kind, and what the parentheses hold. */
static void rejected(struct push_report *rep, const char *summary)
{
	const char *open = strstr(summary, "] (");

	/* The connection was lost before the remote could report. */
	if (starts_with(summary, "[remote failure]"))
		return;
	rep->said = PUSH_SAID_REJECTED;
	rep->by_remote = starts_with(summary, "[remote rejected]");
	free(rep->reason);
	if (open && ends_with(open, ")"))
		rep->reason = xmemdupz(open + 3, strlen(open) - 4);
	else
		rep->reason = xstrdup(summary);
}

/* FLAG TAB FROM:TO TAB SUMMARY */
static void stdout_line(void *data, const char *line, size_t len)
{
	struct listener *l = data;
	char *copy = xmemdupz(line, len);
	char *refs = strchr(copy, '\t');
	char *summary = refs ? strchr(refs + 1, '\t') : NULL;
	char *colon;

	if (!summary)
		goto out;
	*summary++ = '\0';
	colon = strrchr(refs, ':');
	if (!colon || strcmp(colon + 1, l->what->ref))
		goto out;
	switch (copy[0]) {
	case ' ':
	case '*':
	case '+':
		l->rep->said = PUSH_SAID_DONE;
		break;
	case '=':
		l->rep->said = PUSH_SAID_UP_TO_DATE;
		break;
	case '!':
		rejected(l->rep, summary);
		break;
	}
out:
	free(copy);
}

int git_push(struct push_report *rep, const struct repo *r,
	     const struct push_one *what, const struct reporter *say,
	     struct error *err)
{
	struct listener l = { what, say, rep };
	struct proc p = PROC_INIT;
	int ret;

	git_proc(&p, r, "push", "--porcelain", "--no-follow-tags",
		 "--recurse-submodules=no", NULL);
	if (what->no_verify)
		strvec_push(&p.argv, "--no-verify");
	for (size_t i = 0; i < what->options.nr; i++)
		strvec_pushf(&p.argv, "--push-option=%s",
			     what->options.v[i]);
	strvec_pushl(&p.argv, "--", what->remote, NULL);
	strvec_pushf(&p.argv, "%s:%s", what->object, what->ref);
	strvec_pushv(&p.env, what->env.v);
	p.out_line = stdout_line;
	p.err_line = stderr_line;
	p.data = &l;
	p.interruptible = 1;
	ret = proc_run(&p, err);
	rep->status = p.status;
	proc_release(&p);
	return ret;
}

/* Of refs that go together, the one that has a reason of its own counts. */
static void leased_line(void *data, const char *line, size_t len)
{
	struct push_report *rep = data;
	char *copy = xmemdupz(line, len);
	char *refs = strchr(copy, '\t');
	const char *summary = refs ? strchr(refs + 1, '\t') : NULL;

	if (summary && *copy == '!' &&
	    (!rep->reason || !strstr(summary, "(atomic push failed)")))
		rejected(rep, summary + 1);
	free(copy);
}

/* Both kinds of output come to the same report. */
static void leased_error_line(void *data, const char *line, size_t len)
{
	struct push_report *rep = data;
	struct buf b = BUF_INIT;

	buf_add_masked(&b, line, len);
	buf_rtrim(&b);
	if (b.len && !starts_with(b.s, "error: failed to push some refs")) {
		free(rep->last);
		rep->last = buf_detach(&b);
	}
	buf_release(&b);
}

int git_push_leased(struct push_report *rep, const struct repo *r,
		    const char *remote, const struct leased_ref *v, size_t nr,
		    long timeout, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	git_proc(&p, r, "push", "--porcelain", "--atomic", "--no-verify",
		 "--no-follow-tags", "--recurse-submodules=no", NULL);
	for (size_t i = 0; i < nr; i++)
		strvec_pushf(&p.argv, "--force-with-lease=%s:%s", v[i].ref,
			     v[i].old ? v[i].old : "");
	strvec_pushl(&p.argv, "--", remote, NULL);
	for (size_t i = 0; i < nr; i++)
		strvec_pushf(&p.argv, "%s:%s", v[i].new ? v[i].new : "",
			     v[i].ref);
	p.out_line = leased_line;
	p.err_line = leased_error_line;
	p.data = rep;
	p.timeout = timeout;
	ret = proc_run(&p, err);
	rep->status = p.status;
	if (!ret && !p.status && rep->said == PUSH_SAID_NOTHING)
		rep->said = PUSH_SAID_DONE;
	proc_release(&p);
	return ret;
}

void push_report_release(struct push_report *rep)
{
	free(rep->reason);
	free(rep->last);
	*rep = (struct push_report)PUSH_REPORT_INIT;
}
