#include "git/ref_mover.h"

#include <string.h>

static int begin(struct ref_mover *m, const struct repo *r,
		 const char *reflog, struct error *err)
{
	struct proc p = PROC_INIT;
	int ret;

	if (m->git.pid > 0)
		return 0;
	git_proc(&p, r, "update-ref", NULL);
	if (reflog)
		strvec_pushl(&p.argv, "-m", reflog, NULL);
	strvec_push(&p.argv, "--stdin");
	p.in = "";
	p.err_to_out = 1;
	ret = conversation_start(&m->git, &p, err);
	proc_release(&p);
	return ret;
}

/*
 * Collects what git says besides its answers.  1: it has moved them, 0: it
 * is gone, and `started` tells whether it had begun.
 */
static int ask(struct ref_mover *m, const struct buf *commands,
	       struct buf *said, int *started)
{
	struct error gone = ERROR_INIT;
	struct buf b = BUF_INIT;
	int moved = 0;

	buf_addf(&b, "start\n%scommit\n", commands->s);
	/* Of one that is gone the last words are read. */
	conversation_write(&m->git, b.s, b.len, &gone);
	while (!moved && !conversation_line(&m->git, &b, &gone)) {
		if (!strcmp(b.s, "start: ok"))
			*started = 1;
		else if (!strcmp(b.s, "commit: ok"))
			moved = 1;
		else
			buf_addf(said, "%s\n", b.s);
	}
	error_release(&gone);
	buf_release(&b);
	return moved;
}

int ref_mover_move(struct ref_mover *m, const struct repo *r,
		   const char *reflog, const struct buf *commands,
		   struct error *err)
{
	struct buf said = BUF_INIT;
	int waited = m->git.pid > 0, started = 0, ret = -1;

	if (begin(m, r, reflog, err) < 0)
		return -1;
	if (ask(m, commands, &said, &started)) {
		git_drop_locks(r, said.s);
		ret = 0;
	} else {
		int status = conversation_finish(&m->git);

		git_drop_locks(r, said.s);
		/* An interrupt that is not for us was for it, as it waited. */
		if (waited && !started && !said.len)
			ret = ref_mover_move(m, r, reflog, commands, err);
		else
			git_failed("update-ref", status, &said, err);
	}
	buf_release(&said);
	return ret;
}

void ref_mover_release(struct ref_mover *m)
{
	conversation_finish(&m->git);
}
