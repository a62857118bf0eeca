#include "deploy/prefix.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * One line, and no `!` in it: the shell that reads it quoted may be somebody's
 * login shell, and that a csh.
 */
#define SCRIPT "[ -z \"$1\" ] || CDPATH= cd -- \"$1\" || exit 126; n=$2; " \
	"shift 2; if [ \"$n\" -gt 0 ] && timeout -k 1 1 true >/dev/null " \
	"2>&1; then exec timeout -k 5 \"$n\" env \"$@\"; fi; exec env \"$@\""

int prefix_is_there(const struct step_context *c)
{
	return c->at && c->at->prefix.nr;
}

static int is_for_shell(const struct environment *env)
{
	if (env->prefix_shell)
		return !strcmp(env->prefix_shell, "true");
	return !strcmp(path_base(env->prefix.v[0]), "ssh");
}

/* Where it runs; "": where one comes in.  free(). */
static char *far_folder(const struct step_context *c, const char *subdir)
{
	char *top = c->at->prefix_dir ? step_fill(c, c->at->prefix_dir) :
					xstrdup("");
	char *dir;

	if (!*top)
		dir = xstrdup(subdir ? subdir : "");
	else
		dir = subdir ? path_join(top, subdir) : xstrdup(top);
	free(top);
	return dir;
}

/* What runs at the far end, word by word. */
static void add_far(struct strvec *words, const struct step_context *c,
		    const struct command_line *cmd, const char *subdir)
{
	char *dir = far_folder(c, subdir);
	char *top = far_folder(c, NULL);

	strvec_pushl(words, "sh", "-c", SCRIPT, "sh", dir, NULL);
	/* The near end comes first, and says why. */
	strvec_pushf(words, "%ld", cmd->timeout ? cmd->timeout + 1 : 0);
	step_variables(words, c, *top ? top : NULL);
	for (size_t i = 0; i < cmd->argv.nr; i++)
		strvec_push_nodup(words, step_fill(c, cmd->argv.v[i]));
	free(dir);
	free(top);
}

void prefix_argv(struct strvec *argv, const struct step_context *c,
		 const struct command_line *cmd, const char *subdir)
{
	const struct strvec *prefix = &c->at->prefix;
	struct strvec words = STRVEC_INIT;
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < prefix->nr; i++)
		strvec_push_nodup(argv, step_fill(c, prefix->v[i]));
	add_far(&words, c, cmd, subdir);
	/* No `exec`: it may come behind `ssh HOST podman exec NAME`. */
	for (size_t i = 0; i < words.nr; i++) {
		buf_adds(&line, i ? " " : "");
		buf_add_shell(&line, words.v[i]);
	}
	if (is_for_shell(c->at))
		strvec_push(argv, line.s);
	for (size_t i = 0; !is_for_shell(c->at) && i < words.nr; i++)
		strvec_push(argv, words.v[i]);
	strvec_release(&words);
	buf_release(&line);
}

/* ssh says 255 of itself, podman and docker 125 to 127, our script 126. */
int prefix_may_have_failed(const struct step_context *c,
			   const struct step_result *result)
{
	int status = result->status;

	return prefix_is_there(c) &&
	       (status == 255 || (status >= 125 && status <= 127));
}

void prefix_explain(const struct step_context *c,
		    const struct step_result *result, struct error *err)
{
	struct buf words = BUF_INIT, clean = BUF_INIT;

	if (!prefix_is_there(c) ||
	    (!step_was_ended(result) && !prefix_may_have_failed(c, result)))
		return;
	for (size_t i = 0; i < c->at->prefix.nr; i++) {
		char *word = step_fill(c, c->at->prefix.v[i]);

		buf_add_shell(&words, word);
		buf_addc(&words, ' ');
		free(word);
	}
	buf_add_masked(&clean, words.s, words.len);
	/* 255: the connection may have been lost when it had begun. */
	if (step_was_ended(result) || result->status == 255)
		error_hint(err, "what it began at the far end may go on; look "
			   "for it there");
	error_hint(err, "it may be the way there that fails; try it as the "
		   "platform's user with: %strue </dev/null", clean.s);
	buf_release(&words);
	buf_release(&clean);
}
