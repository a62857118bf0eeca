#include "fuzz.h"

#include "base/mem.h"

#include <string.h>
#include <unistd.h>

/* What a pipe holds at least on the systems we know. */
#define PIPE_BYTES 16384

static const struct target {
	const char *name;
	void (*run)(const char *text, size_t len);
} targets[] = {
	{ "attributes", fuzz_attributes },
	{ "changelog", fuzz_changelog },
	{ "command_line", fuzz_command_line },
	{ "diagnosis", fuzz_diagnosis },
	{ "diff_tree", fuzz_diff_tree },
	{ "edit", fuzz_edit },
	{ "engine_log", fuzz_engine_log },
	{ "engine_run", fuzz_engine_run },
	{ "extension", fuzz_extension },
	{ "hold", fuzz_hold },
	{ "journal", fuzz_journal },
	{ "json", fuzz_json },
	{ "ledger", fuzz_ledger },
	{ "line", fuzz_line },
	{ "lock", fuzz_lock },
	{ "ls_tree", fuzz_ls_tree },
	{ "merge_state", fuzz_merge_state },
	{ "merge_tree", fuzz_merge_tree },
	{ "migrate", fuzz_migrate },
	{ "path", fuzz_path },
	{ "pattern", fuzz_pattern },
	{ "platform", fuzz_platform },
	{ "pre_push", fuzz_pre_push },
	{ "proc_receive", fuzz_proc_receive },
	{ "profile", fuzz_profile },
	{ "record", fuzz_record },
	{ "ref_transaction", fuzz_ref_transaction },
	{ "release_filter", fuzz_release_filter },
	{ "replace", fuzz_replace },
	{ "resolve_dotenv", fuzz_resolve_dotenv },
	{ "resolve_ignore", fuzz_resolve_ignore },
	{ "resolve_json", fuzz_resolve_json },
	{ "resolve_yaml", fuzz_resolve_yaml },
	{ "template", fuzz_template },
	{ "text", fuzz_text },
	{ "tree_object", fuzz_tree_object },
	{ "url", fuzz_url },
	{ "version", fuzz_version },
	{ "yaml", fuzz_yaml },
};

static const struct target *chosen;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");

	(void)argc;
	(void)argv;
	for (size_t i = 0; name && i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, name))
			chosen = &targets[i];
	if (chosen)
		return 0;
	if (name && *name)
		fprintf(stderr, "FUZZ_TARGET=%s is none of:\n", name);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		printf("%s\n", targets[i].name);
	exit(name && *name ? 129 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* With the NUL behind it that all our readers are promised. */
	char *text = xmemdupz(data, size);

	chosen->run(text, size);
	free(text);
	return 0;
}

void must_match(struct error *err, int failed)
{
	MUST(failed == (err->kind != ERROR_NONE));
	MUST(failed == (err->message != NULL));
	if (failed)
		MUST(*err->message && !strchr(err->message, '\n'));
	for (size_t i = 0; i < err->hints.nr; i++)
		MUST(!strchr(err->hints.v[i], '\n'));
	error_release(err);
}

void must_be_clean(const struct buf *text)
{
	MUST(strlen(text->s) == text->len);
	for (const char *s = text->s; *s; s++)
		MUST((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t');
	MUST(!strchr(text->s, 0x7f));
}

void lines_cut(struct lines *lines, const char *text, size_t len)
{
	char *at = lines->text = xmemdupz(text, len);

	for (size_t i = 0; i < ARRAY_SIZE(lines->v); i++) {
		lines->v[i] = at;
		at += strcspn(at, "\n");
		if (*at)
			*at++ = '\0';
	}
}

void lines_release(struct lines *lines)
{
	free(lines->text);
}

int fuzz_pipe(const char *text, size_t len)
{
	int fd[2];

	if (len > PIPE_BYTES || pipe(fd) < 0)
		return -1;
	MUST(write(fd[1], text, len) == (ssize_t)len);
	close(fd[1]);
	return fd[0];
}
