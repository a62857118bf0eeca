#include "cmd/cmd.h"

#include "base/mem.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void command_usage(const struct command *c, struct buf *out)
{
	for (size_t i = 0; c->synopsis[i]; i++)
		buf_addf(out, "%s git upgrade %s\n", i ? "   or:" : "usage:",
			 c->synopsis[i]);
	if (c->options && c->options->type != OPT_END) {
		buf_addc(out, '\n');
		opt_usage(c->options, out);
	}
}

/* "<release>": what the synopsis demands behind the `given` ones; free(). */
static char *missing_argument(const struct command *c, int given)
{
	const char *at = strstr(c->synopsis[0], " <"), *next;

	if (!at)
		return xstrdup("an argument");
	for (; given > 0 && (next = strstr(at + 1, " <")); given--)
		at = next;
	return xmemdupz(at + 1, strcspn(at + 1, " "));
}

int cmd_args(struct cmd *cmd, int argc, int min, int max)
{
	const char *name = cmd->command->name;
	char *wanted;

	if (argc >= min && (max < 0 || argc <= max))
		return 0;
	if (argc >= min)
		return error_set(&cmd->err, ERROR_USAGE, "git upgrade %s: too "
				 "many arguments", name);
	wanted = missing_argument(cmd->command, argc);
	error_set(&cmd->err, ERROR_USAGE, "git upgrade %s: %s is missing",
		  name, wanted);
	if (!strcmp(wanted, "<release>"))
		error_hint(&cmd->err, "see which there are with \"git upgrade "
			   "list\"");
	free(wanted);
	return -1;
}

static void put(int color, enum term_color which, const char *label,
		const char *text)
{
	struct buf b = BUF_INIT;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (label)
			term_add(&b, color, which, label);
		buf_add_clean(&b, text, len);
		buf_addc(&b, '\n');
		text += len + (text[len] == '\n');
	}
	fflush(stdout);
	fwrite(b.s, 1, b.len, stderr);
	buf_release(&b);
}

void cmd_warn(struct cmd *cmd, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	put(cmd->term.err_color, TERM_YELLOW, "warning: ", b.s);
	buf_release(&b);
}

static int advised(struct cmd *cmd, const char *name)
{
	char *key;
	int on;

	if (!cmd->repo.git_dir)
		return 1;
	key = xstrfmt("advice.upgrade%s", name);
	on = repo_config_bool(&cmd->repo, key, 1) &&
	     repo_config_bool(&cmd->repo, "advice.upgrade", 1);
	free(key);
	return on;
}

void cmd_hint(struct cmd *cmd, const char *name, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	if (!advised(cmd, name))
		return;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	put(cmd->term.err_color, TERM_YELLOW, "hint: ", b.s);
	buf_release(&b);
}

void cmd_say(struct cmd *cmd, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	(void)cmd;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	put(0, TERM_PLAIN, NULL, *b.s ? b.s : "\n");
	buf_release(&b);
}

void cmd_say_formatted(struct cmd *cmd, const struct buf *text)
{
	(void)cmd;
	fflush(stdout);
	fwrite(text->s, 1, text->len, stderr);
}

void cmd_print(struct cmd *cmd, const struct buf *text)
{
	(void)cmd;
	fwrite(text->s, 1, text->len, stdout);
	fflush(stdout);
}

void cmd_page(struct cmd *cmd, const struct buf *text)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	char *pager = NULL;

	if (cmd->term.out_tty && cmd->repo.git_dir)
		pager = git_line(&cmd->repo, &err, "var", "GIT_PAGER", NULL);
	error_release(&err);
	if (!pager || !*pager || !strcmp(pager, "cat")) {
		free(pager);
		cmd_print(cmd, text);
		return;
	}
	/* The pager is a shell line by git's own definition. */
	fflush(stdout);
	strvec_pushl(&p.argv, "sh", "-c", pager, NULL);
	if (!getenv("LESS"))
		strvec_push(&p.env, "LESS=FRX");
	if (!getenv("LV"))
		strvec_push(&p.env, "LV=-c");
	p.in = text->s;
	p.in_len = text->len;
	if (proc_run(&p, &err) < 0)
		cmd_print(cmd, text);
	error_release(&err);
	proc_release(&p);
	free(pager);
}

int cmd_ask(struct cmd *cmd, const char *flag, const char *fmt, ...)
{
	struct buf question = BUF_INIT, clean = BUF_INIT;
	char answer[16] = "";
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&question, fmt, ap);
	va_end(ap);
	buf_add_clean(&clean, question.s, question.len);
	buf_release(&question);
	if (!cmd->term.in_tty) {
		error_set(&cmd->err, ERROR_REFUSED, "\"%s\" cannot be asked "
			  "here, as standard input is no terminal", clean.s);
		error_hint(&cmd->err, "answer it with %s", flag);
		buf_release(&clean);
		return -1;
	}
	fprintf(stderr, "%s [y/N] ", clean.s);
	fflush(stderr);
	buf_release(&clean);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	answer[strcspn(answer, "\r\n")] = '\0';
	return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}

int cmd_ask_text(struct cmd *cmd, char **text, const char *fmt, ...)
{
	struct buf question = BUF_INIT, clean = BUF_INIT;
	char *line = NULL;
	size_t alloc = 0;
	ssize_t len;
	va_list ap;

	(void)cmd;
	va_start(ap, fmt);
	buf_vaddf(&question, fmt, ap);
	va_end(ap);
	buf_add_clean(&clean, question.s, question.len);
	fflush(stdout);
	fputs(clean.s, stderr);
	fflush(stderr);
	buf_release(&question);
	buf_release(&clean);
	len = getline(&line, &alloc, stdin);
	if (len < 0)
		fputc('\n', stderr);
	else
		line[strcspn(line, "\r\n")] = '\0';
	if (len > 0 && *line)
		*text = xstrdup(line);
	free(line);
	return *text != NULL;
}

void cmd_print_error(struct cmd *cmd, const struct error *err)
{
	if (err->message)
		put(cmd->term.err_color, TERM_RED,
		    err->kind == ERROR_FATAL ? "fatal: " : "error: ",
		    err->message);
	for (size_t i = 0; i < err->hints.nr; i++)
		cmd_hint(cmd, "", "%s", err->hints.v[i]);
}

static void report_line(void *data, enum report_kind kind, const char *text)
{
	struct cmd *cmd = data;

	switch (kind) {
	case REPORT_STEP:
		if (cmd->term.err_tty)
			cmd_say(cmd, "%s", text);
		break;
	case REPORT_WARNING:
		cmd_warn(cmd, "%s", text);
		break;
	case REPORT_NOTE:
	case REPORT_LOG:
		cmd_say(cmd, "%s", text);
		break;
	}
}

struct reporter cmd_reporter(struct cmd *cmd)
{
	return (struct reporter){ report_line, cmd };
}

char *cmd_name_commit(const char *release, const char *commit)
{
	return release ? xstrfmt("%s (%.7s)", release, commit) :
			 xstrfmt("%.7s", commit);
}

int cmd_wants_structure(const struct cmd *cmd, int given)
{
	return given ? given > 0 :
	       repo_config_bool(&cmd->repo, "upgrade.structure", 1);
}

/*
 * It dies of it, as it would have; only not without a word.  git passes the
 * signal on to those it runs, so it may come twice: it is blocked in here, and
 * with SA_RESETHAND the second one could kill before the first is answered.
 */
static void say_interrupted(int sig)
{
	static const char words[] = "\nInterrupted. Where that leaves you, "
		"and the way on and back: git upgrade\n";
	ssize_t ignored = write(STDERR_FILENO, words, sizeof(words) - 1);

	(void)ignored;
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Whoever ignores a signal, as nohup does, goes on doing so. */
void cmd_watch_interrupts(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction say = { .sa_handler = say_interrupted };
	struct sigaction before;

	sigemptyset(&say.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &before) &&
		    before.sa_handler == SIG_DFL)
			sigaction(signals[i], &say, NULL);
}
