/*
 * git upgrade: bring a production branch to a newer release of the product
 * it runs.  This file finds the command and its needs; everything else is
 * in src/, see src/README.adoc.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "cmd/commands.h"

#ifndef UPGRADE_VERSION
#define UPGRADE_VERSION "0.1.0"
#endif

/* What `git upgrade` alone does: where one stands, and what comes next. */
#define DEFAULT_COMMAND "overview"

static void list_commands(FILE *to)
{
	fputs("usage: git upgrade <command> [<options>]\n"
	      "   or: git upgrade\n\n", to);
	for (size_t i = 0; commands[i]; i++)
		if (!(commands[i]->needs & INTERNAL))
			fprintf(to, "    %-18s %s\n", commands[i]->name,
				commands[i]->summary);
	fputs("\n'git upgrade <command> -h' is short help, "
	      "'git help upgrade' the manual.\n", to);
}

/* "platform init" takes two words; `*used` says how many. */
static const struct command *find_command(int argc, char **argv, int *used)
{
	for (size_t i = 0; commands[i]; i++) {
		const char *rest = skip_prefix(commands[i]->name, argv[0]);

		if (!rest)
			continue;
		if (!*rest) {
			*used = 1;
			return commands[i];
		}
		if (*rest == ' ' && argc > 1 && !strcmp(rest + 1, argv[1])) {
			*used = 2;
			return commands[i];
		}
	}
	return NULL;
}

/* The usage of a word such as "platform" that only has second words. */
static int list_second_words(const char *word, FILE *to)
{
	int found = 0;

	for (size_t i = 0; commands[i]; i++) {
		const char *rest = skip_prefix(commands[i]->name, word);

		if (!rest || *rest != ' ')
			continue;
		for (size_t j = 0; commands[i]->synopsis[j]; j++)
			fprintf(to, "%s git upgrade %s\n",
				found++ ? "   or:" : "usage:",
				commands[i]->synopsis[j]);
	}
	return found;
}

static void print_names(void)
{
	for (size_t i = 0; commands[i]; i++)
		if (!(commands[i]->needs & INTERNAL))
			printf("%s\n", commands[i]->name);
}

/* The command, or first word of some, that looks most like `word`, if any. */
static int suggest_command(const char *word)
{
	struct nearest n = nearest_to(word);
	const char *best = NULL;

	for (size_t i = 0; commands[i]; i++) {
		char *first = xstrndup(commands[i]->name,
				       strcspn(commands[i]->name, " "));

		if (!(commands[i]->needs & INTERNAL) && is_nearest(&n, first))
			best = commands[i]->name;
		free(first);
	}
	if (best)
		fprintf(stderr, "hint: did you mean \"git upgrade %.*s\"?\n",
			(int)strcspn(best, " "), best);
	return best != NULL;
}

/* "hooks instal": said before the usage. */
static void deny_second_word(const char *first, const char *second)
{
	struct nearest n = nearest_to(second);
	const char *best = NULL;
	int found = 0;

	for (size_t i = 0; commands[i]; i++) {
		const char *rest = skip_prefix(commands[i]->name, first);

		if (!rest || *rest != ' ')
			continue;
		found = 1;
		if (is_nearest(&n, rest + 1))
			best = commands[i]->name;
	}
	if (found)
		fprintf(stderr, "error: '%s %s' is no command of git "
			"upgrade\n", first, second);
	if (best)
		fprintf(stderr, "hint: did you mean \"git upgrade %s\"?\n",
			best);
}

static int no_such_command(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-h") &&
	    list_second_words(argv[0], stdout))
		return EXIT_OK;
	if (argc > 1 && *argv[1] != '-')
		deny_second_word(argv[0], argv[1]);
	if (list_second_words(argv[0], stderr))
		return EXIT_USAGE;
	fprintf(stderr, "error: '%s' is no command of git upgrade\n", argv[0]);
	if (suggest_command(argv[0]))
		fputs("hint: all there are: git upgrade -h\n", stderr);
	else
		list_commands(stderr);
	return EXIT_USAGE;
}

/* As for git's own commands: color.NAME, where there is one. */
static char *color_setting(const struct repo *r)
{
	char *color = repo_config(r, "color.upgrade");

	return color ? color : repo_config(r, "color.ui");
}

static int open_needs(struct cmd *cmd)
{
	unsigned needs = cmd->command->needs;
	char *color = NULL;

	if (needs & (NEED_REPO | NEED_WORK_TREE)) {
		if (repo_open(&cmd->repo, NULL, &cmd->err) < 0)
			return -1;
		/* "always" is about pipes; hooks run often, and say little. */
		if (!(needs & INTERNAL) || cmd->term.out_tty ||
		    cmd->term.err_tty)
			color = color_setting(&cmd->repo);
		if (color)
			term_init(&cmd->term, color);
		free(color);
	}
	if ((needs & NEED_WORK_TREE) && !cmd->repo.work_tree)
		return error_set(&cmd->err, ERROR_FATAL,
				 "this operation must be run in a work tree");
	return 0;
}

/* -h and --help where options may stand; completion's question. */
static int asked_for_help(const struct command *c, int argc, char **argv)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-h")) {
			command_usage(c, &b);
			fputs(b.s, stdout);
			buf_release(&b);
			return 1;
		}
		if (!strcmp(argv[i], "--help")) {
			execlp("git", "git", "help", "upgrade", NULL);
			return 1;
		}
		if (!strcmp(argv[i], "--git-completion-helper")) {
			if (c->options)
				opt_complete(c->options, &b);
			puts(b.s);
			buf_release(&b);
			return 1;
		}
	}
	return 0;
}

static int finish(struct cmd *cmd, int code)
{
	struct buf usage = BUF_INIT;

	if (code >= 0)
		return code;
	cmd_print_error(cmd, &cmd->err);
	if (cmd->err.kind == ERROR_USAGE) {
		command_usage(cmd->command, &usage);
		fputs(usage.s, stderr);
		buf_release(&usage);
	} else if ((cmd->command->needs & CHANGES) && !cmd->err.changed) {
		cmd_say(cmd, "Nothing was changed.");
	}
	return error_exit_code(&cmd->err);
}

static int run_command(const struct command *c, int argc, char **argv)
{
	struct cmd cmd = { .command = c, .repo = REPO_INIT,
			   .err = ERROR_INIT, .dashdash = -1 };
	static const struct opt none[] = { OPTION_END };
	const struct opt *table = c->options ? c->options : none;
	void *values = xcalloc(1, c->options_size);
	int nr_args = argc, code = -1;

	term_init(&cmd.term, "auto");
	if (!(c->needs & RAW_ARGS)) {
		if (asked_for_help(c, argc, argv)) {
			free(values);
			return EXIT_OK;
		}
		if (opt_parse(table, values, argc, argv, &nr_args,
			      &cmd.dashdash, &cmd.err) < 0)
			goto out;
		argv[nr_args] = NULL;
	}
	if (!open_needs(&cmd))
		code = c->run(&cmd, values, nr_args, argv);
out:
	code = finish(&cmd, code);
	opt_release(table, values);
	free(values);
	repo_release(&cmd.repo);
	error_release(&cmd.err);
	return code;
}

/* The output has to have got where it was to go. */
static int end(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	fputs("fatal: cannot write the output\n", stderr);
	return EXIT_FATAL;
}

int main(int argc, char **argv)
{
	char *fallback[] = { (char *)DEFAULT_COMMAND, NULL };
	const struct command *c;
	int used = 0;

	/* A second name of ours: git looks for strategies by name. */
	if (argc && ends_with(argv[0], "git-merge-upgrade"))
		return end(run_command(&cmd_merge_strategy, argc - 1,
				       argv + 1));
	argc--;
	argv++;
	if (!argc) {
		argc = 1;
		argv = fallback;
	}
	if (!strcmp(argv[0], "-h")) {
		list_commands(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "--help")) {
		execlp("git", "git", "help", "upgrade", NULL);
		return EXIT_FATAL;
	}
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-v")) {
		printf("git-upgrade version %s\n", UPGRADE_VERSION);
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "--list-commands")) {
		print_names();
		return EXIT_OK;
	}
	c = find_command(argc, argv, &used);
	if (!c)
		return no_such_command(argc, argv);
	return end(run_command(c, argc - used, argv + used));
}
