#include "deploy/guard.h"

#include "base/buf.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/config_set.h"
#include "doc/json.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const shims[] = {
	"proc-receive", "post-receive", "reference-transaction",
};

/* A hook of ours says so in its second line. */
static const char shim_mark[] = "\n# git-upgrade hook, version ";

/* What git is told, but for what depends on the environments. */
static const char *const fixed[][2] = {
	{ "receive.advertisePushOptions", "true" },
	{ "receive.denyDeleteCurrent", "ignore" },
	{ "core.useReplaceRefs", "false" },
	{ "core.fsync", "committed" },
	{ "core.fsyncMethod", "batch" },
	{ "core.logAllRefUpdates", "true" },
	/* Not where the account's own configuration says. */
	{ "core.hooksPath", "hooks" },
	{ "uploadpack.hideRefs", "refs/replace" },
};

int guard_configure(struct platform *p, struct error *err)
{
	struct strvec refs = STRVEC_INIT, hide = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(fixed); i++)
		ret = config_set(&p->repo, fixed[i][0], fixed[i][1], err);
	for (size_t i = 0; i < p->profile.nr_environments; i++)
		strvec_pushf(&refs, "refs/heads/%s",
			     p->profile.environments[i].branch);
	strvec_push(&refs, "refs/upgrade/request");
	/* Later ones win: requests stay open. */
	strvec_pushl(&hide, "refs/replace", "refs/upgrade",
		     "!refs/upgrade/request", NULL);
	if (!ret)
		ret = config_set_all(&p->repo, "receive.procReceiveRefs",
				     &refs, err);
	if (!ret)
		ret = config_set_last(&p->repo, "receive.hideRefs", &hide,
				      err);
	strvec_release(&refs);
	strvec_release(&hide);
	return ret;
}

static char *own_binary(struct error *err)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

	if (len <= 0 || len == sizeof(path)) {
		error_set(err, ERROR_FATAL, "cannot tell where git-upgrade "
			  "is installed");
		return NULL;
	}
	return xstrndup(path, (size_t)len);
}

static void fill_shim(struct buf *out, const struct embedded *shim,
		      const char *binary)
{
	static const char mark[] = "@BINARY@";
	const char *s = shim->data, *at;

	while ((at = strstr(s, mark))) {
		buf_add(out, s, (size_t)(at - s));
		buf_add_shell(out, binary);
		s = at + strlen(mark);
	}
	buf_adds(out, s);
}

static int install_hook(const struct platform *p, const char *name,
			const char *binary, const struct reporter *say,
			struct error *err)
{
	char *file = xstrfmt("%s/hooks/%s", p->repo.git_dir, name);
	char *source = xstrfmt("hooks/%s", name);
	const struct embedded *shim = embedded_find(source);
	struct error absent = ERROR_INIT;
	struct buf text = BUF_INIT, now = BUF_INIT;
	int ret = -1;

	fill_shim(&text, shim, binary);
	if (!file_read(file, &now, &absent) && !strstr(now.s, shim_mark)) {
		error_set(err, ERROR_REFUSED, "'%s' is a hook of somebody "
			  "else", file);
		error_hint(err, "move it away, then run this again");
		goto out;
	}
	ret = 0;
	if (!strcmp(now.s, text.s))
		goto out;
	ret = make_parent_dirs(file, err);
	if (!ret)
		ret = file_replace(file, text.s, text.len, 0755, err);
	if (!ret && now.len)
		report(say, REPORT_NOTE, "updated hooks/%s", name);
out:
	error_release(&absent);
	buf_release(&text);
	buf_release(&now);
	free(file);
	free(source);
	return ret;
}

int guard_install_hooks(const struct platform *p, const struct reporter *say,
			struct error *err)
{
	char *binary = own_binary(err);
	int ret = binary ? 0 : -1;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(shims); i++)
		ret = install_hook(p, shims[i], binary, say, err);
	free(binary);
	return ret;
}

int guard_write_identity(struct platform *p, struct error *err)
{
	struct json *j = json_new();
	struct buf b = BUF_INIT;
	char *oid;
	int ret = -1;

	json_object(j, NULL);
	json_number(j, "protocol", 1);
	json_list(j, "environments");
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];

		json_object(j, NULL);
		json_string(j, "name", env->name);
		json_string(j, "branch", env->branch);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	json_write(j, &b, JSON_INDENT);
	oid = object_write_blob(&p->repo, b.s, b.len, err);
	if (oid)
		ret = git_run(&p->repo, NULL, err, "update-ref",
			      PLATFORM_REF, oid, NULL);
	json_free(j);
	buf_release(&b);
	free(oid);
	return ret;
}

static int remove_hook(const struct repo *r, const char *name,
		       struct error *err)
{
	char *file = xstrfmt("%s/hooks/%s", r->git_dir, name);
	struct error absent = ERROR_INIT;
	struct buf now = BUF_INIT;
	int ret = 0;

	if (!file_read(file, &now, &absent) && strstr(now.s, shim_mark))
		ret = file_remove(file, err);
	error_release(&absent);
	buf_release(&now);
	free(file);
	return ret;
}

static int remove_hooks(const struct repo *r, struct error *err)
{
	char *dir = repo_path(r, "hooks");
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(shims); i++)
		ret = remove_hook(r, shims[i], err);
	/* If nothing else is in it. */
	rmdir(dir);
	free(dir);
	return ret;
}

int guard_remove(const struct repo *r, int hides, struct error *err)
{
	static const char hide[] = "receive.hideRefs";
	const struct strvec none = STRVEC_INIT;
	int ret = config_set_all(r, "receive.procReceiveRefs", &none, err);

	if (!ret)
		ret = remove_hooks(r, err);
	if (!ret)
		ret = config_unset(r, hide, "!refs/upgrade/request", err);
	if (!ret)
		ret = config_unset(r, hide, "refs/replace", err);
	if (!ret && !hides)
		ret = config_unset(r, hide, "refs/upgrade", err);
	for (size_t i = 0; !ret && i < ARRAY_SIZE(fixed); i++)
		ret = config_unset(r, fixed[i][0], fixed[i][1], err);
	return ret;
}
