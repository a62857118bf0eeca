/*
 * fuzz [-n RUNS] [-s SEED] [-r RUN] [-w] FILE|DIR...
 *
 * Runs the target on every file, then on RUNS mutations of them.  Mutation
 * number RUN depends on SEED, on RUN and on the files alone: a failure names
 * both, and `-r RUN` does it again; `-w` writes that input to stdout instead
 * of running it.  An input that takes longer than SECONDS is a failure, too.
 */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"

#define SECONDS 20
#define MAX_BYTES 65536

struct seeds {
	struct strvec names;
	struct buf *v;
	size_t nr, alloc;
};

/* For the handler alone: where we are. */
static char where[512];

static void died(int sig)
{
	ssize_t ignored = write(2, where, strlen(where));

	(void)ignored;
	signal(sig, SIG_DFL);
	raise(sig);
}

static void watch(void)
{
	static const int signals[] = {
		SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM
	};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], died);
}

static void add_file(struct seeds *seeds, const char *path)
{
	struct error err = ERROR_INIT;

	ALLOC_GROW(seeds->v, seeds->nr + 1, seeds->alloc);
	buf_init(&seeds->v[seeds->nr]);
	if (file_read(path, &seeds->v[seeds->nr], &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		exit(128);
	}
	seeds->nr++;
	strvec_push(&seeds->names, path);
}

/* A file, or the files of a folder, by name. */
static void add_path(struct seeds *seeds, const char *path)
{
	struct strvec names = STRVEC_INIT;
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			strvec_push(&names, entry->d_name);
	strvec_sort(&names, 0);
	for (size_t i = 0; i < names.nr; i++) {
		char *name = path_join(path, names.v[i]);

		add_file(seeds, name);
		free(name);
	}
	if (dir)
		closedir(dir);
	else
		add_file(seeds, path);
	strvec_release(&names);
}

/* xorshift64*, by Vigna: no library's idea of chance. */
static uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static size_t below(uint64_t *state, size_t n)
{
	return n ? (size_t)(chance(state) >> 11) % n : 0;
}

static void add_token(struct buf *b, size_t at, uint64_t *state)
{
	static const char *const tokens[] = {
		"\n", " ", "\t", ":", "/", "..", "\"", "'", "\\", "- ", "{",
		"}", "[", "]", "&a ", "*a", "? ", "!!x", "%", "@", "~", "#",
		"\xff", "\xc3\xa9", "\x1b[2J", "\x7f", "\r", "0000", "0004",
		"-1", "99999999999999999999", "1.2.3", "-rc.1", "+", "true",
		"null", "\\u0000", "refs/heads/", "HEAD", "://", "{255}",
		"(a|b)*", "[[:alpha:]]", "--", "=", "<<<<<<< ", "format 2",
	};
	size_t i = below(state, ARRAY_SIZE(tokens) + 1);

	if (i == ARRAY_SIZE(tokens))
		buf_splice(b, at, 0, "", 1);	/* a NUL */
	else
		buf_splice(b, at, 0, tokens[i], strlen(tokens[i]));
}

static void repeat(struct buf *b, size_t at, size_t len)
{
	char *piece = xmemdupz(b->s + at, len);

	buf_splice(b, at, 0, piece, len);
	free(piece);
}

static void mutate_once(struct buf *b, const struct seeds *seeds,
			uint64_t *state)
{
	size_t at = below(state, b->len + 1), len;
	const struct buf *other;

	switch (below(state, 7)) {
	case 0:
		if (at < b->len)
			b->s[at] ^= (char)(1 << below(state, 8));
		break;
	case 1:
		if (at < b->len)
			b->s[at] = (char)below(state, 256);
		break;
	case 2:			/* lose a piece */
		len = below(state, b->len - at < 32 ? b->len - at + 1 : 32);
		buf_splice(b, at, len, "", 0);
		break;
	case 3:
		repeat(b, at, below(state, b->len - at + 1));
		break;
	case 4:			/* go on as another seed does */
		other = &seeds->v[below(state, seeds->nr)];
		len = below(state, other->len + 1);
		buf_splice(b, at, b->len - at, other->s + len,
			   other->len - len);
		break;
	default:
		add_token(b, at, state);
	}
	if (b->len > MAX_BYTES)
		buf_setlen(b, MAX_BYTES);
}

static void mutate(struct buf *b, const struct seeds *seeds, uint64_t seed,
		   uint64_t run)
{
	uint64_t state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
			 (run + 1) * UINT64_C(0xbf58476d1ce4e5b9);
	const struct buf *from;
	size_t times;

	for (int i = 0; i < 4; i++)
		chance(&state);
	from = &seeds->v[below(&state, seeds->nr)];
	times = 1 + below(&state, 8);
	buf_reset(b);
	buf_add(b, from->s, from->len);
	while (times--)
		mutate_once(b, seeds, &state);
}

static void run(const struct buf *input)
{
	alarm(SECONDS);
	LLVMFuzzerTestOneInput((const uint8_t *)input->s, input->len);
	alarm(0);
}

static void run_all(const struct seeds *seeds, uint64_t seed,
		    uint64_t from, uint64_t to, int write_it)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; !write_it && i < seeds->nr; i++) {
		snprintf(where, sizeof(where), "fuzz: in %s\n",
			 seeds->names.v[i]);
		run(&seeds->v[i]);
	}
	for (uint64_t i = from; i < to; i++) {
		mutate(&b, seeds, seed, i);
		snprintf(where, sizeof(where), "fuzz: in -s %llu -r %llu\n",
			 (unsigned long long)seed, (unsigned long long)i);
		if (write_it)
			fwrite(b.s, 1, b.len, stdout);
		else
			run(&b);
	}
	buf_release(&b);
}

int main(int argc, char **argv)
{
	struct seeds seeds = { STRVEC_INIT, NULL, 0, 0 };
	uint64_t from = 0, to = 0, seed = 1;
	int c, write_it = 0;

	while ((c = getopt(argc, argv, "n:s:r:w")) != -1) {
		switch (c) {
		case 'n':
			to = strtoull(optarg, NULL, 10);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			from = strtoull(optarg, NULL, 10);
			to = from + 1;
			break;
		case 'w':
			write_it = 1;
			break;
		default:
			return 129;
		}
	}
	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = optind; i < argc; i++)
		add_path(&seeds, argv[i]);
	if (!seeds.nr) {
		fprintf(stderr, "fuzz: there are no seeds\n");
		return 129;
	}
	watch();
	run_all(&seeds, seed, from, to, write_it);
	for (size_t i = 0; i < seeds.nr; i++)
		buf_release(&seeds.v[i]);
	free(seeds.v);
	strvec_release(&seeds.names);
	return 0;
}
