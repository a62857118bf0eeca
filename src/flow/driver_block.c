#include "flow/driver.h"

#include "base/file.h"
#include "base/mem.h"
#include "doc/resolve.h"
#include "git/driver.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BEGIN "# git-upgrade merge driver 1\n"
#define BLOCK_END "# git-upgrade merge driver end\n"
#define BLANKS " \t\r"

int driver_block_find(const struct buf *text, size_t *at, size_t *len)
{
	const char *begin = strstr(text->s, BLOCK_BEGIN);
	const char *end = begin ? strstr(begin, BLOCK_END) : NULL;

	if (!end || (begin > text->s && begin[-1] != '\n'))
		return 0;
	*at = (size_t)(begin - text->s);
	*len = (size_t)(end - begin) + strlen(BLOCK_END);
	return 1;
}

/* The next word of a line, a pattern in quotes unquoted; free() */
static char *next_word(const char **at)
{
	struct buf word = BUF_INIT;
	const char *s = *at + strspn(*at, BLANKS), *end;
	char *quoted;

	if (*s == '"') {
		for (end = s + 1; *end && *end != '"'; end++)
			end += *end == '\\' && end[1];
		end += *end == '"';
		quoted = xmemdupz(s, (size_t)(end - s));
		if (buf_add_unquoted(&word, quoted) < 0)
			buf_reset(&word);
		free(quoted);
	} else {
		end = s + strcspn(s, BLANKS);
		buf_add(&word, s, (size_t)(end - s));
	}
	*at = end;
	return buf_detach(&word);
}

/* The last word of a line about merging, as one to write; NULL: none. */
static char *find_setting(const struct driver_repeat *p, const char *at)
{
	char *setting = NULL;

	for (at += strspn(at, BLANKS); *at; at += strspn(at, BLANKS)) {
		char *word = next_word(&at);
		const char *name = word + strspn(word, "-!");
		const char *means = strmap_get(&p->macros, word);

		if (!strcmp(word, "binary"))
			means = "-merge";
		else if (!strcmp(name, "merge") || starts_with(word, "merge="))
			means = word;
		if (means) {
			char *now = xstrdup(means);

			free(setting);
			setting = now;
		}
		free(word);
	}
	return setting;
}

/* A folder's name has no characters that mean something in a pattern. */
static void add_folder(struct buf *out, const char *dir)
{
	for (; *dir; dir++) {
		if (strchr("*?[\\", *dir))
			buf_addc(out, '\\');
		buf_addc(out, *dir);
	}
	buf_addc(out, '/');
}

static void add_pattern(const struct driver_repeat *p, const char *pattern)
{
	struct buf whole = BUF_INIT;

	if (*p->dir) {
		add_folder(&whole, p->dir);
		if (!strchr(pattern, '/'))
			buf_adds(&whole, "**/");
		pattern += *pattern == '/';
	}
	buf_adds(&whole, pattern);
	if (strpbrk(whole.s, BLANKS "\"\\\n") || *whole.s == '#') {
		buf_addc(p->out, '"');
		for (const char *s = whole.s; *s; s++) {
			if (strchr("\"\\", *s))
				buf_addc(p->out, '\\');
			buf_addc(p->out, *s);
		}
		buf_addc(p->out, '"');
	} else {
		buf_adds(p->out, whole.s);
	}
	buf_release(&whole);
}

static void repeat_line(struct driver_repeat *p, const char *line)
{
	const char *macro;
	char *pattern, *setting;

	line += strspn(line, BLANKS);
	if (!*line || *line == '#')
		return;
	pattern = next_word(&line);
	setting = find_setting(p, line);
	macro = skip_prefix(pattern, "[attr]");
	if (setting && macro) {
		free(strmap_get(&p->macros, macro));
		strmap_put(&p->macros, macro, setting);
		setting = NULL;
	} else if (setting && *pattern && !strchr(pattern, '\n')) {
		add_pattern(p, pattern);
		buf_addf(p->out, " %s\n", setting);
	}
	free(setting);
	free(pattern);
}

void driver_repeat(struct driver_repeat *p, const struct buf *text)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, text->s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		repeat_line(p, lines.v[i]);
	strvec_release(&lines);
}

void driver_repeat_release(struct driver_repeat *p)
{
	for (size_t i = 0; i < p->macros.nr; i++)
		free(p->macros.values[i]);
	strmap_release(&p->macros);
}

static int repeat_file(struct driver_repeat *p, struct repo *r,
		       const char *path, struct error *err)
{
	char *name = xstrfmt(":%s", path);
	char *dir = strchr(path, '/') ? path_dir(path) : xstrdup("");
	struct buf text = BUF_INIT;
	int ret = 0;

	if (!strchr(path, '\n'))
		ret = object_read_if(r, name, &text, err);
	p->dir = dir;
	if (ret > 0)
		driver_repeat(p, &text);
	buf_release(&text);
	free(name);
	free(dir);
	return ret < 0 ? -1 : 0;
}

/* From the top down: what is nearer to a file comes later, and counts. */
static int by_depth(const void *a, const void *b)
{
	const char *const *one = a, *const *two = b;
	size_t depth[2] = { 0, 0 };

	for (const char *s = *one; *s; s++)
		depth[0] += *s == '/';
	for (const char *s = *two; *s; s++)
		depth[1] += *s == '/';
	return depth[0] != depth[1] ? (depth[0] > depth[1] ? 1 : -1) :
	       strcmp(*one, *two);
}

static int repeat_tree(struct buf *out, struct repo *r, struct error *err)
{
	struct driver_repeat p = { .out = out, .macros = STRMAP_INIT };
	struct strvec paths = STRVEC_INIT;
	struct buf listed = BUF_INIT;
	int ret = git_run(r, &listed, err, "ls-files", "-z", "--",
			  ":(top,glob)**/.gitattributes", NULL);

	for (const char *s = listed.s; !ret && s < listed.s + listed.len;
	     s += strlen(s) + 1)
		strvec_push(&paths, s);
	if (paths.nr)
		qsort(paths.v, paths.nr, sizeof(*paths.v), by_depth);
	for (size_t i = 0; !ret && i < paths.nr; i++)
		ret = repeat_file(&p, r, paths.v[i], err);
	driver_repeat_release(&p);
	strvec_release(&paths);
	buf_release(&listed);
	return ret;
}

/*
 * A pattern of a profile, for path_match(), as attributes have them.  What
 * these cannot say is left out.
 */
static void add_rule(struct buf *out, const char *files, int is_ours)
{
	if (!strpbrk(files, BLANKS "\"\\[\n") && !strchr("!#", *files))
		buf_addf(out, "%s%s %s\n", strchr(files, '/') ? "" : "/",
			 files, is_ours ? "merge=" MERGE_DRIVER : "!merge");
}

/* What the profile says files are, whatever their names say. */
static void add_files(struct buf *out, const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_files; i++) {
		const struct file_rule *f = &profile->files[i];

		if (f->as != FILE_BY_NAME)
			add_rule(out, f->pattern, f->as != FILE_AS_LINES);
	}
}

/* Where we replace something, too, in files of any kind. */
static void add_replaced(struct buf *out, const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_replacements; i++) {
		const struct strvec *files = &profile->replacements[i].files;

		for (size_t j = 0; j < files->nr; j++)
			add_rule(out, files->v[j], 1);
	}
}

/* What would be given to us otherwise, and is a lock file. */
static void add_locks(struct buf *out, const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_locks; i++) {
		const char *files = profile->locks[i].files;

		if (profile_kind_of(profile, files) != RESOLVE_NONE)
			add_rule(out, files, 0);
	}
}

int driver_block_make(struct buf *block, struct repo *r,
		      const struct profile *profile, struct error *err)
{
	struct buf tree = BUF_INIT;
	const char *pattern;
	int ret = repeat_tree(&tree, r, err);

	buf_adds(block, BLOCK_BEGIN
		 "# \"git upgrade hooks remove\" takes this out; what stands "
		 "behind it counts more\n");
	for (size_t i = 0; (pattern = resolve_pattern(i)); i++)
		buf_addf(block, "%s merge=" MERGE_DRIVER "\n", pattern);
	if (profile) {
		add_files(block, profile);
		add_replaced(block, profile);
		add_locks(block, profile);
	}
	if (tree.len)
		buf_addf(block, "# of .gitattributes, which this file "
			 "outranks\n%s", tree.s);
	buf_adds(block, BLOCK_END);
	buf_release(&tree);
	return ret;
}
