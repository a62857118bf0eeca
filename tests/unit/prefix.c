/* Prefixes: whatever is said here arrives there, as it was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/proc.h"
#include "deploy/prefix.h"

static const char *const words[] = {
	"plain", "", " ", "a b", "  two  blanks  ", "\t", "it's", "'", "''",
	"\"", "say \"hi\"", "\\", "a\\b", "\\\\'", "line\nbreak", "\n",
	"$HOME", "${HOME}", "$(echo no)", "`echo no`", "*", "?", "[a-z]*",
	"~", "~root", "-n", "--", "-", "=ls", "a=b", "!x", "!!", "#no", ";",
	"a;b", "&", "a&b", "|", ">out", "<in", "(", ")", "{a,b}", "%s", "%",
	"\xc3\xa4\xe2\x82\xac", "\x01\x7f", "$'x'", "{env}", "{release}"
};

static struct environment env(const char *prefix, ...)
{
	struct environment e = { .name = (char *)"production" };
	va_list ap;

	va_start(ap, prefix);
	for (; prefix; prefix = va_arg(ap, const char *))
		strvec_push(&e.prefix, prefix);
	va_end(ap);
	return e;
}

static struct step_context context(const struct environment *e)
{
	return (struct step_context){ .env = "production",
				      .release = "v1 'x'", .commit = "c0ffee",
				      .dir = "/nowhere", .id = "1", .at = e };
}

/* What the program printed at the far end of `e`, and how it ended. */
static int run(const struct environment *e, const struct command_line *cmd,
	       const char *subdir, struct buf *out)
{
	struct step_context c = context(e);
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	int status;

	prefix_argv(&p.argv, &c, cmd, subdir);
	p.out = out;
	p.err_to_out = 1;
	if (proc_run(&p, &err) < 0)
		fail_msg("%s", err.message);
	status = p.status;
	proc_release(&p);
	return status;
}

static void add_expected(struct buf *want, const char *word)
{
	if (!strcmp(word, "{env}"))
		word = "production";
	else if (!strcmp(word, "{release}"))
		word = "v1 'x'";
	buf_addf(want, "<%s>", word);
}

static void arrives(struct environment e)
{
	struct command_line cmd = { STRVEC_INIT, 0 };
	struct buf out = BUF_INIT, want = BUF_INIT;

	strvec_pushl(&cmd.argv, "printf", "<%s>", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		strvec_push(&cmd.argv, words[i]);
		add_expected(&want, words[i]);
	}
	assert_int_equal(run(&e, &cmd, NULL, &out), 0);
	assert_string_equal(out.s, want.s);
	/* With a limit it is another program that hands them on. */
	cmd.timeout = 60;
	buf_reset(&out);
	assert_int_equal(run(&e, &cmd, NULL, &out), 0);
	assert_string_equal(out.s, want.s);
	strvec_release(&cmd.argv);
	strvec_release(&e.prefix);
	buf_release(&out);
	buf_release(&want);
}

static void through_shells(void **state)
{
	struct environment e = env("sh", "-c", NULL);

	(void)state;
	e.prefix_shell = (char *)"true";
	arrives(e);
	/* A shell at the end of a shell, as a login shell reads it. */
	e = env("sh", "-c", "sh -c \"$1\"", "sh", NULL);
	e.prefix_shell = (char *)"true";
	arrives(e);
}

static void through_argv(void **state)
{
	(void)state;
	arrives(env("env", NULL));
	arrives(env("sh", "-c", "exec \"$@\"", "podman", NULL));
}

/* Which it is, when nobody says. */
static void by_name(void **state)
{
	struct command_line cmd = { STRVEC_INIT, 0 };
	struct environment e = env("/usr/bin/ssh", "host", NULL);
	struct step_context c = context(&e);
	struct strvec argv = STRVEC_INIT;

	(void)state;
	strvec_push(&cmd.argv, "true");
	prefix_argv(&argv, &c, &cmd, NULL);
	assert_int_equal(argv.nr, 3);
	assert_int_equal(strncmp(argv.v[2], "sh -c '", 7), 0);
	strvec_release(&argv);
	e.prefix_shell = (char *)"false";
	prefix_argv(&argv, &c, &cmd, NULL);
	assert_true(argv.nr > 3);
	strvec_release(&argv);
	strvec_release(&e.prefix);
	e = env("podman", "exec", "{env}", NULL);
	prefix_argv(&argv, &c, &cmd, NULL);
	assert_string_equal(argv.v[2], "production");
	assert_string_equal(argv.v[3], "sh");
	strvec_release(&argv);
	strvec_release(&e.prefix);
	strvec_release(&cmd.argv);
}

static void says(struct environment *e, const char *subdir,
		 const char *script, int status, const char *want)
{
	struct command_line cmd = { STRVEC_INIT, 0 };
	struct buf out = BUF_INIT;

	strvec_pushl(&cmd.argv, "sh", "-c", script, NULL);
	assert_int_equal(run(e, &cmd, subdir, &out), status);
	assert_string_equal(out.len ? out.s : "", want);
	strvec_release(&cmd.argv);
	buf_release(&out);
}

static void folders(void **state)
{
	struct environment e = env("env", NULL);

	(void)state;
	says(&e, NULL, "echo ${UPGRADE_RELEASE_DIR-none}", 0, "none\n");
	says(&e, "tests/unit", "test -e prefix.c", 0, "");
	e.prefix_dir = (char *)"/usr";
	says(&e, NULL, "pwd; echo $UPGRADE_RELEASE_DIR", 0, "/usr\n/usr\n");
	says(&e, "bin", "pwd; echo $UPGRADE_RELEASE_DIR", 0,
	     "/usr/bin\n/usr\n");
	says(&e, NULL, "echo \"$UPGRADE_RELEASE,$UPGRADE_ENV\"; exit 7", 7,
	     "v1 'x',production\n");
	strvec_release(&e.prefix);
}

static void no_folder(void **state)
{
	struct environment e = env("env", NULL);
	struct command_line cmd = { STRVEC_INIT, 0 };
	struct buf out = BUF_INIT;

	(void)state;
	e.prefix_dir = (char *)"/no/such 'folder'";
	strvec_push(&cmd.argv, "true");
	assert_int_equal(run(&e, &cmd, NULL, &out), 126);
	assert_non_null(strstr(out.s, "/no/such 'folder'"));
	strvec_release(&cmd.argv);
	strvec_release(&e.prefix);
	buf_release(&out);
}

/* Each failure, and whether it may be the prefix's. */
static void explained(void **state)
{
	static const struct {
		struct step_result result;
		size_t hints;
	} v[] = {
		{ { 1, 0, 0 }, 0 }, { { 124, 0, 0 }, 0 },
		{ { 125, 0, 0 }, 1 }, { { 127, 0, 0 }, 1 },
		{ { 137, 0, 0 }, 2 }, { { 255, 0, 0 }, 2 },
		{ { 143, 1, 0 }, 2 },
	};
	struct environment e = env("ssh", "my host", NULL), none = env(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct step_context c = context(&e);
		struct error err = ERROR_INIT;

		prefix_explain(&c, &v[i].result, &err);
		assert_int_equal(err.hints.nr, v[i].hints);
		if (v[i].hints)
			assert_non_null(strstr(err.hints.v[v[i].hints - 1],
					       "ssh 'my host' true"));
		c.at = &none;
		error_release(&err);
		prefix_explain(&c, &v[i].result, &err);
		assert_int_equal(err.hints.nr, 0);
		error_release(&err);
	}
	strvec_release(&e.prefix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(through_shells),
		cmocka_unit_test(through_argv),
		cmocka_unit_test(by_name),
		cmocka_unit_test(folders),
		cmocka_unit_test(no_folder),
		cmocka_unit_test(explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
