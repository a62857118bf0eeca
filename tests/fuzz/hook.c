/* What git writes to its hooks. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hook/input.h"

void fuzz_pre_push(const char *text, size_t len)
{
	struct strvec lines = STRVEC_INIT;
	struct error err = ERROR_INIT;
	int fd = fuzz_pipe(text, len);
	int ret;

	if (fd < 0)
		return;
	ret = hook_read_lines(fd, &lines, &err);
	must_match(&err, ret < 0);
	for (size_t i = 0; i < lines.nr; i++) {
		struct push_update u;
		int bad = push_update_parse(&u, lines.v[i], &err);

		if (!bad)
			MUST(*u.local_oid && *u.remote_oid &&
			     !strchr(u.local_oid, ' ') &&
			     !strchr(u.remote_oid, ' '));
		must_match(&err, bad < 0);
	}
	strvec_release(&lines);
	close(fd);
}

void fuzz_ref_transaction(const char *text, size_t len)
{
	struct strvec lines = STRVEC_INIT;
	struct error err = ERROR_INIT;
	int fd = fuzz_pipe(text, len);

	if (fd < 0)
		return;
	must_match(&err, hook_read_lines(fd, &lines, &err) < 0);
	for (size_t i = 0; i < lines.nr; i++) {
		struct ref_update u;

		if (!ref_update_parse(&u, lines.v[i]))
			MUST(*u.old && *u.new && *u.ref &&
			     !strpbrk(u.old, " \n") &&
			     !strpbrk(u.new, " \n") &&
			     !strpbrk(u.ref, " \n"));
	}
	strvec_release(&lines);
	close(fd);
}

void fuzz_proc_receive(const char *text, size_t len)
{
	struct command_list list = COMMAND_LIST_INIT;
	struct error err = ERROR_INIT;
	int in = fuzz_pipe(text, len);
	int out, ret;

	if (in < 0)
		return;
	out = open("/dev/null", O_WRONLY);
	ret = command_list_read(&list, in, out, &err);
	for (size_t i = 0; i < list.nr; i++)
		MUST(*list.v[i].old && *list.v[i].new && *list.v[i].ref);
	must_match(&err, ret < 0);
	command_list_release(&list);
	close(in);
	close(out);
}
