#include "git/driver.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTING "merge=" MERGE_DRIVER
#define BLANKS " \t\r"

int driver_runs_us(const char *command)
{
	return strstr(command, "upgrade merge-file") != NULL;
}

int driver_is_configured(const struct repo *r)
{
	char *command = repo_config(r, MERGE_DRIVER_KEY);
	int is = command && driver_runs_us(command);

	free(command);
	return is;
}

int driver_is_ours(const struct repo *r, const char *value)
{
	char *command;
	int ours = !strcmp(value, MERGE_DRIVER);

	/* Without a command the name means nothing to git: lines. */
	command = ours ? repo_config(r, MERGE_DRIVER_KEY) : NULL;
	if (command)
		ours = driver_runs_us(command);
	free(command);
	return ours;
}

/* Where the pattern at the beginning of a line ends. */
static size_t pattern_len(const char *line, size_t len)
{
	size_t i = strspn(line, BLANKS);
	int quoted = i < len && line[i] == '"';

	for (i += (size_t)quoted; i < len; i++) {
		if (quoted && line[i] == '\\')
			i++;
		else if (quoted ? line[i] == '"' : !!strchr(BLANKS, line[i]))
			break;
	}
	return i < len ? i : len;
}

static void hide_in_line(struct buf *out, const char *line, size_t len)
{
	size_t at = pattern_len(line, len), word;

	buf_add(out, line, at);
	while (at < len) {
		for (word = at; word < len && strchr(BLANKS, line[word]);)
			word++;
		buf_add(out, line + at, word - at);
		for (at = word; at < len && !strchr(BLANKS, line[at]);)
			at++;
		if (at - word == strlen(SETTING) &&
		    !strncmp(line + word, SETTING, at - word))
			buf_adds(out, "merge");
		else
			buf_add(out, line + word, at - word);
	}
}

void driver_hide(struct buf *out, const struct buf *attributes)
{
	const char *at = attributes->s, *end = at + attributes->len;

	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((feed ? feed : end) - at);

		hide_in_line(out, at, len);
		if (feed)
			buf_addc(out, '\n');
		at += len + (feed != NULL);
	}
}

/* 1: `out` is the file without our driver; 0: it does not name it. */
static int read_hidden(struct buf *out, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	int found = !file_read(path, &text, &ignored) &&
		    strstr(text.s, SETTING);

	if (found)
		driver_hide(out, &text);
	error_release(&ignored);
	buf_release(&text);
	return found;
}

/* gitattributes(5): core.attributesFile, or where that is by default. */
static char *users_file(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path = repo_config(r, "core.attributesFile");

	if (path) {
		free(path);
		path = git_line(r, &ignored, "config", "--type=path", "--get",
				"core.attributesFile", NULL);
	} else if (config && *config) {
		path = xstrfmt("%s/git/attributes", config);
	} else if (home) {
		path = xstrfmt("%s/.config/git/attributes", home);
	}
	error_release(&ignored);
	return path;
}

/*
 * $(sysconfdir)/gitattributes, where git was built to look for it.  From 2.42
 * on it tells; before, where its programs are tells what it was built with
 * (its Makefile: sysconfdir is /etc below /usr, and PREFIX/etc elsewhere).
 */
static char *systems_file(const struct repo *r)
{
	static const char *const dirs[] = { "/libexec/git-core",
					    "/lib/git-core" };
	struct error ignored = ERROR_INIT;
	char *path = git_line(r, &ignored, "var", "GIT_ATTR_SYSTEM", NULL);
	char *programs = NULL;

	error_release(&ignored);
	if (!path)
		programs = git_line(r, &ignored, "--exec-path", NULL);

	for (size_t i = 0; programs && !path && i < ARRAY_SIZE(dirs); i++) {
		size_t len = strlen(programs);

		if (!ends_with(programs, dirs[i]))
			continue;
		len -= strlen(dirs[i]);
		path = xstrfmt("%.*s/etc/gitattributes",
			       len == 4 && starts_with(programs, "/usr") ? 0 :
			       (int)len, programs);
	}
	free(programs);
	error_release(&ignored);
	return path;
}

/* gitattributes(5): the environment may leave it out. */
static int has_no_system(void)
{
	const char *no = getenv("GIT_ATTR_NOSYSTEM");

	return no && git_bool(no);
}

/* Before the command and its arguments. */
static void add_setting(struct proc *p, const char *setting)
{
	struct strvec argv = STRVEC_INIT;

	strvec_pushl(&argv, p->argv.v[0], "-c", setting, NULL);
	strvec_pushv(&argv, p->argv.v + 1);
	strvec_release(&p->argv);
	p->argv = argv;
}

/* The system's, which git is told to leave out then; 1 when it is in `out`. */
static int take_systems(struct buf *out, struct proc *p, const struct repo *r)
{
	char *path = has_no_system() ? NULL : systems_file(r);
	int found = path && read_hidden(out, path);

	if (found) {
		strvec_push(&p->env, "GIT_ATTR_NOSYSTEM=1");
		if (out->len && out->s[out->len - 1] != '\n')
			buf_addc(out, '\n');
	}
	free(path);
	return found;
}

/*
 * The system's and the user's, in one: what stands below outranks what is
 * above, as the user's file does the system's.
 */
static int hide_users(struct proc *p, const struct repo *r, const char *dir,
		      struct error *err)
{
	char *path = users_file(r), *copy = path_join(dir, "attributes");
	char *setting = xstrfmt("core.attributesFile=%s", copy);
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT, users = BUF_INIT;
	int found = take_systems(&text, p, r), ret = 0;

	if (path && read_hidden(&users, path))
		found = 1;
	else if (found && path)
		file_read(path, &users, &ignored);
	if (found) {
		buf_add(&text, users.s, users.len);
		ret = file_create(copy, text.s, text.len, 0666, err);
		add_setting(p, setting);
	}
	free(path);
	free(copy);
	free(setting);
	error_release(&ignored);
	buf_release(&text);
	buf_release(&users);
	return ret;
}

/* All that is in `from` but `name` is in `to` as well. */
static int link_all_but(const char *from, const char *to, const char *name,
			struct error *err)
{
	DIR *d = opendir(from);
	struct dirent *entry;
	int ret;

	if (!d)
		return error_errno(err, "cannot look into '%s'", from);
	ret = make_dirs(to, err);
	while (!ret && (entry = readdir(d))) {
		char *old, *link;

		if (!strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") ||
		    !strcmp(entry->d_name, name))
			continue;
		old = path_join(from, entry->d_name);
		link = path_join(to, entry->d_name);
		if (symlink(old, link) < 0)
			ret = error_errno(err, "cannot link '%s'", link);
		free(old);
		free(link);
	}
	closedir(d);
	return ret;
}

/*
 * What git has to know before it reads settings (gitrepository-layout(5)),
 * and the real file, which may include others that are beside it.
 */
static int write_config(const struct repo *r, const char *dir,
			struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	char *version = repo_config(r, "core.repositoryformatversion");
	char *real = path_join(r->common_dir, "config");
	char *path = path_join(dir, "config");
	struct buf b = BUF_INIT;
	int ret = repo_config_list(r, "extensions.", &keys, &values, err);

	unlink(path);
	buf_addf(&b, "[core]\n\trepositoryformatversion = %s\n[extensions]\n",
		 version ? version : "0");
	for (size_t i = 0; i < keys.nr; i++)
		buf_addf(&b, "\t%s = %s\n", strchr(keys.v[i], '.') + 1,
			 values.v[i]);
	buf_adds(&b, "[include]\n\tpath = ");
	buf_add_quoted(&b, real);
	buf_addc(&b, '\n');
	if (!ret)
		ret = file_create(path, b.s, b.len, 0666, err);
	strvec_release(&keys);
	strvec_release(&values);
	buf_release(&b);
	free(version);
	free(real);
	free(path);
	return ret;
}

/*
 * $GIT_DIR/info/attributes outranks all others, and no setting makes git look
 * elsewhere.  So the folder it is in gets a stand-in, with links to all there
 * is in the real one.
 */
static int stand_in(struct proc *p, const struct repo *r, const char *dir,
		    const struct buf *attributes, struct error *err)
{
	char *common = path_join(dir, "common");
	char *info = path_join(r->common_dir, "info");
	char *its = path_join(common, "info");
	char *file = path_join(common, INFO_ATTRIBUTES);
	int ret = -1;

	if (!link_all_but(r->common_dir, common, "info", err) &&
	    !link_all_but(info, its, "attributes", err) &&
	    !write_config(r, common, err))
		ret = file_create(file, attributes->s, attributes->len, 0666,
				  err);
	strvec_pushf(&p->env, "GIT_COMMON_DIR=%s", common);
	free(common);
	free(info);
	free(its);
	free(file);
	return ret;
}

int driver_hide_from(struct proc *p, struct repo *r, const char *dir,
		     struct error *err)
{
	char *path = path_join(r->common_dir, INFO_ATTRIBUTES);
	struct buf text = BUF_INIT;
	int ret = hide_users(p, r, dir, err);

	if (!ret && read_hidden(&text, path))
		ret = stand_in(p, r, dir, &text, err);
	free(path);
	buf_release(&text);
	return ret;
}
