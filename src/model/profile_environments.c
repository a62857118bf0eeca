/*
 * The schema of environments: where releases go.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

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

static int check_absolute(struct reader *r, const struct value *v,
			  const char *text)
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

	if (profile_is_name(env->name))
		return 0;
	return schema_fail_key(r, v, NOT_A_NAME, env->name);
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
