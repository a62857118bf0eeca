/* Packet lines, whole and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "git/pktline.h"

/* A descriptor from which the text can be read, and nothing after it. */
static int feed(const char *text, size_t len)
{
	int fd[2];

	assert_int_equal(0, pipe(fd));
	assert_int_equal(len, write(fd[1], text, len));
	close(fd[1]);
	return fd[0];
}

static void reads(void **state)
{
	struct error err = ERROR_INIT;
	struct buf line = BUF_INIT;
	int fd = feed("0009hello000ahello\n000400000006a\0", 33);

	(void)state;
	assert_int_equal(1, pkt_read(fd, &line, &err));
	assert_string_equal("hello", line.s);
	assert_int_equal(1, pkt_read(fd, &line, &err));
	assert_string_equal("hello", line.s);
	assert_int_equal(1, pkt_read(fd, &line, &err));
	assert_int_equal(0, line.len);
	assert_int_equal(0, pkt_read(fd, &line, &err));
	assert_int_equal(1, pkt_read(fd, &line, &err));
	assert_int_equal(2, line.len);
	assert_memory_equal("a\0", line.s, 2);
	assert_int_equal(-1, pkt_read(fd, &line, &err));
	assert_string_equal("git hung up", err.message);
	close(fd);
	buf_release(&line);
	error_release(&err);
}

static void broken(void **state)
{
	static const char *const texts[] = {
		"00", "zzzz", "0001", "0003", "0010short", "-001", "fff5x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int fd = feed(texts[i], strlen(texts[i]));
		struct error err = ERROR_INIT;
		struct buf line = BUF_INIT;

		assert_int_equal(-1, pkt_read(fd, &line, &err));
		assert_non_null(err.message);
		close(fd);
		buf_release(&line);
		error_release(&err);
	}
}

static void writes(void **state)
{
	struct error err = ERROR_INIT;
	char got[64];
	int fd[2];

	(void)state;
	assert_int_equal(0, pipe(fd));
	assert_int_equal(0, pkt_write(fd[1], &err, "ok %s\n", "refs/x"));
	assert_int_equal(0, pkt_write(fd[1], &err, "a%cb", '\0'));
	assert_int_equal(0, pkt_flush(fd[1], &err));
	close(fd[1]);
	assert_int_equal(25, read(fd[0], got, sizeof(got)));
	assert_memory_equal("000eok refs/x\n0007a\0b0000", got, 25);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(broken),
		cmocka_unit_test(writes),
	};

	return cmocka_run_group_tests_name("pktline", tests, NULL, NULL);
}
