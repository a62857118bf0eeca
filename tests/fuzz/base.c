/* Strings: quoted, cleaned, masked, matched; and command lines. */
#include "fuzz.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/opt.h"
#include "base/redact.h"
#include "base/replace.h"
#include "base/time.h"
#include "base/vec.h"

static void check_quoting(const char *text)
{
	struct buf quoted = BUF_INIT, back = BUF_INIT;

	buf_add_path(&quoted, text);
	MUST(!strpbrk(quoted.s, "\n\t\r\x1b"));
	MUST(!buf_add_unquoted(&back, quoted.s));
	MUST(!strcmp(back.s, text) && back.len == strlen(text));
	buf_reset(&back);
	/* Whatever somebody else quoted, or did not. */
	buf_add_unquoted(&back, text);
	buf_release(&quoted);
	buf_release(&back);
}

void fuzz_text(const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	check_quoting(text);
	buf_add_clean(&b, text, len);
	must_be_clean(&b);
	buf_reset(&b);
	buf_add_masked(&b, text, len);
	must_be_clean(&b);
	buf_reset(&b);
	redact_add(&b, text, len);
	buf_reset(&b);
	buf_add_shell(&b, text);
	buf_rtrim(&b);
	buf_release(&b);
}

void fuzz_pattern(const char *text, size_t len)
{
	struct lines lines;
	const char *a, *b;

	/* Matching and distances take their product. */
	if (len > 512)
		return;
	lines_cut(&lines, text, len);
	a = lines.v[0];
	b = lines.v[1];
	path_match(a, b);
	path_match(b, a);
	if (!strpbrk(a, "*?[\\"))
		MUST(path_match(a, a));
	MUST(path_match("**", a) || !*a || *a == '/');
	if (path_is_inside(a))
		MUST(*a && *a != '/' && strcmp(a, "..") &&
		     !starts_with(a, "../") && !strstr(a, "/../") &&
		     !ends_with(a, "/.."));
	MUST(edit_distance(a, b) == edit_distance(b, a));
	MUST(edit_distance(a, a) == 0);
	MUST((edit_distance(a, b) == 0) == !strcmp(a, b));
	MUST(time_parse_span(a) >= -1);
	lines_release(&lines);
}

void fuzz_replace(const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	struct lines lines;
	const char *from, *to;

	lines_cut(&lines, text, len);
	from = lines.v[0];
	to = lines.v[1];
	/* What a profile may have. */
	if (*from && *to && strcmp(from, to) && strlen(from) <= 1024 &&
	    strlen(to) <= 1024) {
		buf_add(&b, text, len);
		replace_all(&b, from, to);
		MUST(!replace_all(&b, from, to));
	}
	buf_release(&b);
	lines_release(&lines);
}

struct values {
	int flag;
	const char *string;
	const char *maybe;
	struct strvec list;
	long number;
};

static const struct opt options[] = {
	{ OPT_FLAG, 'f', "flag", offsetof(struct values, flag), NULL, "" },
	{ OPT_STRING, 's', "string", offsetof(struct values, string), "S",
	  "" },
	{ OPT_MAYBE, 'm', "maybe", offsetof(struct values, maybe), "M",
	  "" },
	{ OPT_LIST, 'l', "list", offsetof(struct values, list), "L", "" },
	{ OPT_NUMBER, 'n', "number", offsetof(struct values, number), "N",
	  "" },
	{ OPT_END, 0, NULL, 0, NULL, NULL }
};

/* Each line is an argument. */
void fuzz_command_line(const char *text, size_t len)
{
	struct values values = { 0, NULL, NULL, STRVEC_INIT, 0 };
	struct strvec argv = STRVEC_INIT;
	struct error err = ERROR_INIT;
	int nr = 0, dashdash = -1, ret;
	char **moved;

	if (len > 4096)
		return;
	strvec_split(&argv, text, '\n');
	/* Parsing moves the pointers around; these stay for the release. */
	moved = xcalloc(argv.nr + 1, sizeof(*moved));
	memcpy(moved, argv.v, argv.nr * sizeof(*moved));
	ret = opt_parse(options, &values, (int)argv.nr, moved, &nr, &dashdash,
			&err);
	if (!ret) {
		MUST(nr >= 0 && (size_t)nr <= argv.nr);
		MUST(dashdash >= -1 && dashdash <= nr);
		MUST(values.number >= 0);
	}
	must_match(&err, ret < 0);
	opt_release(options, &values);
	strvec_release(&argv);
	free(moved);
}
