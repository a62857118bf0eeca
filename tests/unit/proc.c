/* Programs in two steps: begun, and finished later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/proc.h"

static void shell(struct proc *p, const char *script)
{
	strvec_pushl(&p->argv, "sh", "-c", script, NULL);
}

static void output_and_errors_come_apart(void **state)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct buf none = BUF_INIT, out = BUF_INIT, said = BUF_INIT;

	(void)state;
	shell(&p, "echo one; echo two >&2; exit 3");
	p.out = p.err = &none;
	assert_int_equal(0, proc_begin(&p, &err));
	assert_true(p.is_running);
	assert_true(proc_is_ready(&p, -1));
	p.out = &out;
	p.err = &said;
	proc_finish(&p);
	assert_false(p.is_running);
	assert_int_equal(3, p.status);
	assert_string_equal("one\n", out.s);
	assert_string_equal("two\n", said.s);
	assert_int_equal(0, none.len);
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
}

/* More than any pipe holds. */
static void nothing_of_much_output_is_lost(void **state)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;

	(void)state;
	shell(&p, "head -c 3000000 /dev/zero | tr '\\0' x");
	p.out = &out;
	assert_int_equal(0, proc_begin(&p, &err));
	proc_finish(&p);
	assert_int_equal(0, p.status);
	assert_int_equal(3000000, out.len);
	proc_release(&p);
	buf_release(&out);
}

static void too_many_errors_are_read_and_not_kept(void **state)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT;

	(void)state;
	shell(&p, "echo first >&2; head -c 3000000 /dev/zero >&2; echo out");
	p.out = &out;
	p.err = &said;
	p.err_max = 100000;
	assert_int_equal(0, proc_run(&p, &err));
	assert_int_equal(0, p.status);
	assert_int_equal(100000, said.len);
	assert_memory_equal("first\n", said.s, 6);
	assert_string_equal("out\n", out.s);
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
}

static void what_nobody_waits_for_is_ended(void **state)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;

	(void)state;
	shell(&p, "exec sleep 10000");
	p.out = &out;
	assert_int_equal(0, proc_begin(&p, &err));
	assert_false(proc_is_ready(&p, 0));
	proc_release(&p);
	assert_false(p.is_running);
	buf_release(&out);
}

static void what_is_not_there_is_not_begun(void **state)
{
	struct error err = ERROR_INIT;
	struct proc p = PROC_INIT;

	(void)state;
	strvec_push(&p.argv, "no-such-program-anywhere");
	assert_int_equal(-1, proc_begin(&p, &err));
	assert_false(p.is_running);
	proc_release(&p);
	error_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_errors_come_apart),
		cmocka_unit_test(nothing_of_much_output_is_lost),
		cmocka_unit_test(too_many_errors_are_read_and_not_kept),
		cmocka_unit_test(what_nobody_waits_for_is_ended),
		cmocka_unit_test(what_is_not_there_is_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
