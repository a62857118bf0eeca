/*
 * The schema of environments: where releases go.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

#define YEAR (366 * 24 * 3600L)

static const char *const reactions[] = { "nothing", "rollback", NULL };
static const char *const drivers[] = { "hooks", "pull", "command", "http",
				       NULL };

const char *deploy_driver_name(enum deploy_driver driver)
{
	return drivers[driver];
}

int deploy_driver_named(const char *name)
{
	for (int i = 0; drivers[i]; i++)
		if (!strcmp(drivers[i], name))
			return i;
	return -1;
}

int check_absolute(struct reader *r, const struct value *v, const char *text)
{
	if (*text == '/')
		return 0;
	return schema_fail(r, v, "expected an absolute path, not '%s'", text);
}

/* The rules of git-check-ref-format for a short branch name. */
int profile_is_branch(const char *text)
{
	if (*text == '-' || *text == '/' || !*text || ends_with(text, "/") ||
	    ends_with(text, ".") || strstr(text, "..") || strstr(text, "//") ||
	    strstr(text, "/.") || *text == '.' || strstr(text, "@{") ||
	    !strcmp(text, "@") || !strcmp(text, "HEAD") ||
	    starts_with(text, "refs/") || ends_with(text, ".lock") ||
	    strstr(text, ".lock/"))
		return 0;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f ||
		    strchr("~^:?*[\\", *text))
			return 0;
	return 1;
}

static int check_branch(struct reader *r, const struct value *v,
			const char *text)
{
	if (profile_is_branch(text))
		return 0;
	return schema_fail(r, v, "expected the name of a branch, not '%s'",
			   text);
}

int profile_check_environment(struct reader *r, const struct value *v,
			      const void *record)
{
	const struct environment *env = record;

	if (!profile_is_name(env->name))
		return schema_fail_key(r, v, NOT_A_NAME, env->name);
	return profile_check_gate_names(r, v, env);
}

int profile_path_matches(const char *pattern, const char *path)
{
	return ends_with(pattern, "/") ? starts_with(path, pattern) :
					 path_match(pattern, path);
}

/* The record says what the tree is on, so it comes with the tree. */
int check_paths(struct reader *r, const struct value *v, const char *text)
{
	size_t len = strlen(text);
	char *bare = xstrndup(text, ends_with(text, "/") ? len - 1 : len);
	int ret = check_inside(r, v, bare);

	if (!ret && profile_path_matches(text, RECORD_PATH))
		ret = schema_fail(r, v, "expected paths without " RECORD_PATH
				  ", which comes with every release; '%s' has "
				  "it", text);
	free(bare);
	return ret;
}

/* Its name, the first member, is the key. */
const struct field profile_environment_fields[] = {
	{ FIELD(TEXT, "branch", environment, branch), .check = check_branch },
	{ FIELD(CHOICE, "deploy", environment, deploy), .choices = drivers },
	{ FIELD(TEXT, "driver", environment, driver), .check = check_name },
	{ FIELD(VALUE, "variables", environment, variables),
	  .check_value = profile_check_variables },
	{ FIELD(TEXT, "deploy_to", environment, deploy_to),
	  .check = check_absolute },
	{ FIELD(RECORD, "notify", environment, notify),
	  .fields = profile_notify_fields },
	{ FIELD(CHOICE, "on_failure", environment, on_failure),
	  .choices = reactions },
	{ FIELD(TEXT, "mode", environment, mode), .check = check_mode },
	{ FIELD(TEXTS, "prefix", environment, prefix) },
	{ FIELD(TEXT, "prefix_shell", environment, prefix_shell),
	  .check = check_flag },
	{ FIELD(TEXT, "prefix_dir", environment, prefix_dir) },
	{ FIELD_ARRAY(RECORDS, "freeze", environment, freeze, nr_freeze,
		      freeze_window, profile_freeze_fields),
	  .check_record = profile_check_freeze },
	{ FIELD(TEXT, "promotes_from", environment, promotes_from),
	  .check = check_name },
	{ FIELD(TEXTS, "own", environment, own), .check = check_paths },
	{ FIELD(SPAN, "soak", environment, soak), .max = YEAR,
	  .zero_is_none = 1 },
	{ FIELD_ARRAY(RECORDS, "gates", environment, gates, nr_gates,
		      gate_check, profile_gate_check_fields),
	  .check_record = profile_check_check },
	{ FIELD(TEXTS, "overrides", environment, overrides),
	  .check = profile_check_override },
	{ FIELD(RECORD, "backup", environment, backup),
	  .fields = profile_backup_policy_fields,
	  .check_record = profile_check_backup_policy },
	{ FIELD(RECORD, "extensions", environment, extensions),
	  .fields = profile_extensions_fields },
	FIELD_END
};

void profile_name_branches(struct profile *p)
{
	for (size_t i = 0; i < p->nr_environments; i++)
		if (!p->environments[i].branch)
			p->environments[i].branch =
				xstrdup(p->environments[i].name);
}

void profile_add_environment(struct profile *p, const char *name,
			     const char *branch)
{
	size_t i = 0;

	while (i < p->nr_environments && strcmp(p->environments[i].name, name))
		i++;
	if (i == p->nr_environments) {
		p->environments = xrealloc(p->environments, (i + 1) *
					   sizeof(*p->environments));
		p->environments[i] = (struct environment){
			.name = xstrdup(name)
		};
		schema_init(profile_environment_fields, &p->environments[i]);
		p->nr_environments++;
	}
	free(p->environments[i].branch);
	p->environments[i].branch = xstrdup(branch);
}

const struct environment *profile_environment(const struct profile *p,
					      const char *name)
{
	for (size_t i = 0; i < p->nr_environments; i++)
		if (!strcmp(p->environments[i].name, name))
			return &p->environments[i];
	return NULL;
}

const struct environment *profile_environment_of(const struct profile *p,
						 const char *branch)
{
	for (size_t i = 0; i < p->nr_environments; i++)
		if (!strcmp(p->environments[i].branch, branch))
			return &p->environments[i];
	return NULL;
}

int profile_is_own(const struct environment *env, const char *path)
{
	for (size_t i = 0; i < env->own.nr; i++)
		if (profile_path_matches(env->own.v[i], path))
			return 1;
	return 0;
}

/* Does the chain of sources come back to where it begins? */
static int is_circle(const struct profile *p, const struct environment *env)
{
	const struct environment *at = env;

	for (size_t i = 0; at && at->promotes_from && i < p->nr_environments;
	     i++) {
		if (!strcmp(at->promotes_from, env->name))
			return 1;
		at = profile_environment(p, at->promotes_from);
	}
	return 0;
}

/* Where `root` says from where it promotes, or at least the beginning. */
static const struct value *find_source(struct reader *r,
				       const struct value *root,
				       const struct environment *env)
{
	const struct value *v = value_get(root, "environments");

	buf_addf(&r->where, "environments.%s.promotes_from", env->name);
	v = v ? value_get(v, env->name) : NULL;
	v = v ? value_get(v, "promotes_from") : NULL;
	return v ? v : root;
}

int profile_check_promotions(struct reader *r, const struct value *root,
			     const struct profile *p)
{
	for (size_t i = 0; i < p->nr_environments; i++) {
		const struct environment *env = &p->environments[i];

		if (!is_circle(p, env))
			continue;
		if (!strcmp(env->promotes_from, env->name))
			return schema_fail(r, find_source(r, root, env),
					   "expected another environment, not "
					   "'%s' itself", env->name);
		return schema_fail(r, find_source(r, root, env), "'%s' "
				   "itself promotes, over others or not, from "
				   "'%s'", env->promotes_from, env->name);
	}
	return 0;
}

static int no_source(const struct profile *p, const struct environment *env,
		     struct error *err)
{
	char *key = xstrfmt("environments.%s.promotes_from", env->name);
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < p->nr_environments; i++)
		if (&p->environments[i] != env)
			buf_addf(&names, "%s%s", names.len ? ", " : "",
				 p->environments[i].name);
	error_set(err, ERROR_FATAL, "%s: %s: expected the name of another "
		  "environment, not '%s'", profile_origin(p, key), key,
		  env->promotes_from);
	if (names.len)
		error_hint(err, "there is %s", names.s);
	else
		error_hint(err, "say that there is one: %s with a 'branch', "
			   "in 'environments'", env->promotes_from);
	buf_release(&names);
	free(key);
	return -1;
}

/* Where nothing is promoted, nobody could have waited long enough. */
static int no_promotion(const struct profile *p,
			const struct environment *env, struct error *err)
{
	char *key = xstrfmt("environments.%s.soak", env->name);

	error_set(err, ERROR_FATAL, "%s: %s: expected 'promotes_from' beside "
		  "it: it is about what is promoted", profile_origin(p, key),
		  key);
	free(key);
	return -1;
}

int profile_check_sources(const struct profile *p,
			  const struct profile *others, struct error *err)
{
	for (size_t i = 0; i < p->nr_environments; i++) {
		const struct environment *env = &p->environments[i];

		if (env->soak && !env->promotes_from)
			return no_promotion(p, env, err);
		if (env->promotes_from &&
		    !profile_environment(p, env->promotes_from) &&
		    !(others && profile_environment(others,
						    env->promotes_from)))
			return no_source(p, env, err);
	}
	return 0;
}
