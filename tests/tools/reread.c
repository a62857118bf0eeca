/*
 * A client of a release: reads files below a link again and again, while
 * releases come and go, and holds whoever deploys them to their word that it
 * never sees half of one.
 *
 *	reread TIMES LINK FILE...
 *
 * Each time the link is followed once, and all files are read from where it
 * led; they must be there and hold the same text.  It goes on until it has
 * read so often and its standard input is at its end, then prints how often
 * it read and how many texts it saw, "10000 50".  What is wrong is said on
 * standard error, and ends it with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT 256

static int read_file(int dir, const char *file, char *text)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, MAX_TEXT - 1);

	if (len < 0)
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len < 0 ? -1 : 0;
}

/* One look; the text all files hold becomes `seen`. */
static int look(const char *link, char **files, char *seen)
{
	char text[MAX_TEXT];
	int dir = open(link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = dir < 0 ? -1 : read_file(dir, *files, seen);

	if (dir < 0)
		fprintf(stderr, "%s: %s\n", link, strerror(errno));
	while (!ret && *++files) {
		ret = read_file(dir, *files, text);
		if (!ret && strcmp(text, seen)) {
			fprintf(stderr, "%s is of %s, and not of %s\n", *files,
				text, seen);
			ret = -1;
		}
	}
	if (dir >= 0)
		close(dir);
	return ret;
}

/* Has standard input come to its end?  Waits a millisecond for that. */
static int is_over(void)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	char c;

	return poll(&in, 1, 1) > 0 && read(STDIN_FILENO, &c, 1) <= 0;
}

int main(int argc, char **argv)
{
	char seen[MAX_TEXT], last[MAX_TEXT] = "";
	long times = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	long reads = 0, texts = 0;
	int over = 0;

	if (times < 1) {
		fprintf(stderr, "usage: reread TIMES LINK FILE...\n");
		return 129;
	}
	while (reads < times || !over) {
		if (look(argv[2], argv + 3, seen) < 0)
			return 1;
		texts += strcmp(seen, last) != 0;
		memcpy(last, seen, sizeof(last));
		reads++;
		over = over || is_over();
	}
	printf("%ld %ld\n", reads, texts);
	return 0;
}
