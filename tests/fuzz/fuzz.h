/*
 * Fuzzing: functions that read text from outside, fed with anything.
 *
 * A target is a function of bytes.  It must come back, leak nothing, and
 * keep what its MUST()s say; a sanitizer sees to the rest.  All targets are
 * in one program, and FUZZ_TARGET in the environment names the one to run.
 * That program has one of two drivers:
 *
 *	driver.c	mutates seeds by a fixed rule: any compiler, the same
 *			inputs every time; `make check` runs it
 *	libFuzzer	with clang, guided by coverage; `make check-all`
 *
 * `tests/fuzz/seeds DIR` writes the seeds.  An input that once broke
 * something is kept in tests/fuzz/found/TARGET/, and is a seed from then on.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"

/* What libFuzzer calls, and driver.c as well. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define MUST(condition) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, \
			__LINE__, #condition); \
		abort(); \
	} \
} while (0)

/* The targets; a new one is a line here and one in targets.c. */
void fuzz_attributes(const char *text, size_t len);
void fuzz_changelog(const char *text, size_t len);
void fuzz_command_line(const char *text, size_t len);
void fuzz_diagnosis(const char *text, size_t len);
void fuzz_diff_tree(const char *text, size_t len);
void fuzz_edit(const char *text, size_t len);
void fuzz_engine_log(const char *text, size_t len);
void fuzz_engine_run(const char *text, size_t len);
void fuzz_extension(const char *text, size_t len);
void fuzz_hold(const char *text, size_t len);
void fuzz_journal(const char *text, size_t len);
void fuzz_json(const char *text, size_t len);
void fuzz_ledger(const char *text, size_t len);
void fuzz_line(const char *text, size_t len);
void fuzz_lock(const char *text, size_t len);
void fuzz_ls_tree(const char *text, size_t len);
void fuzz_merge_state(const char *text, size_t len);
void fuzz_merge_tree(const char *text, size_t len);
void fuzz_migrate(const char *text, size_t len);
void fuzz_path(const char *text, size_t len);
void fuzz_pattern(const char *text, size_t len);
void fuzz_platform(const char *text, size_t len);
void fuzz_pre_push(const char *text, size_t len);
void fuzz_proc_receive(const char *text, size_t len);
void fuzz_profile(const char *text, size_t len);
void fuzz_record(const char *text, size_t len);
void fuzz_ref_transaction(const char *text, size_t len);
void fuzz_release_filter(const char *text, size_t len);
void fuzz_replace(const char *text, size_t len);
void fuzz_resolve_dotenv(const char *text, size_t len);
void fuzz_resolve_ignore(const char *text, size_t len);
void fuzz_resolve_json(const char *text, size_t len);
void fuzz_resolve_yaml(const char *text, size_t len);
void fuzz_template(const char *text, size_t len);
void fuzz_text(const char *text, size_t len);
void fuzz_tree_object(const char *text, size_t len);
void fuzz_url(const char *text, size_t len);
void fuzz_version(const char *text, size_t len);
void fuzz_yaml(const char *text, size_t len);

/*
 * A failure must have a kind and a message of one line, and success none;
 * releases it.
 */
void must_match(struct error *err, int failed);
/* No control characters but line feeds and tabs. */
void must_be_clean(const struct buf *text);

/* The lines of a text; what is beyond the last of them is empty. */
struct lines {
	char *text;
	char *v[8];
};

void lines_cut(struct lines *lines, const char *text, size_t len);
void lines_release(struct lines *lines);

/* A descriptor to read the text from, -1 where it is too long for a pipe. */
int fuzz_pipe(const char *text, size_t len);

#endif
