/*
 * The schema of backups: what they are made of, and how long they stay.
 */
#include "model/profile_internal.h"

#include <string.h>

#define DAY (24 * 3600L)
#define WEEK (7 * DAY)
#define YEAR (365 * DAY)
#define MOST 100000

static const struct field restore_fields[] = {
	{ FIELD(TEXTS, "run", backup_artifact, restore.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_artifact, restore.timeout),
	  .max = WEEK },
	FIELD_END
};

static const struct field version_fields[] = {
	{ FIELD(TEXTS, "run", backup_artifact, version.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_artifact, version.timeout), .min = 1,
	  .max = WEEK, .fallback = 60 },
	FIELD_END
};

/* It is the name of a file beside ours. */
static int check_artifact(struct reader *r, const struct value *v,
			  const char *text)
{
	if (check_name(r, v, text) < 0)
		return -1;
	if (strcmp(text, "manifest.json") != 0)
		return 0;
	return schema_fail(r, v, "'%s' is the name of another file in each "
			   "backup", text);
}

static const struct field artifact_fields[] = {
	{ FIELD(TEXT, "name", backup_artifact, name), .required = 1,
	  .check = check_artifact },
	{ FIELD(TEXTS, "run", backup_artifact, run.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_artifact, run.timeout), .max = WEEK },
	{ FIELD_GROUP("restore", restore_fields) },
	{ FIELD_GROUP("version", version_fields) },
	{ FIELD(FLAG, "optional", backup_artifact, optional) },
	{ FIELD(FLAG, "empty", backup_artifact, empty) },
	FIELD_END
};

static const struct field rules_fields[] = {
	{ FIELD(NUMBER, "last", backup_rules, last), .max = MOST },
	{ FIELD(NUMBER, "daily", backup_rules, daily), .max = MOST },
	{ FIELD(NUMBER, "weekly", backup_rules, weekly), .max = MOST },
	{ FIELD(NUMBER, "monthly", backup_rules, monthly), .max = MOST },
	FIELD_END
};

static const struct field put_fields[] = {
	{ FIELD(TEXTS, "run", backup_commands, put.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_commands, put.timeout), .max = WEEK },
	FIELD_END
};

static const struct field get_fields[] = {
	{ FIELD(TEXTS, "run", backup_commands, get.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_commands, get.timeout), .max = WEEK },
	FIELD_END
};

static const struct field delete_fields[] = {
	{ FIELD(TEXTS, "run", backup_commands, remove.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", backup_commands, remove.timeout), .min = 1,
	  .max = WEEK, .fallback = 600 },
	FIELD_END
};

static const struct field commands_fields[] = {
	{ FIELD_GROUP("put", put_fields), .required = 1 },
	{ FIELD_GROUP("get", get_fields), .required = 1 },
	{ FIELD_GROUP("delete", delete_fields), .required = 1 },
	FIELD_END
};

const struct field profile_backup_fields[] = {
	{ FIELD(TEXT, "store", profile, backup_store),
	  .check = check_absolute },
	{ FIELD(RECORD, "store", profile, backup_commands),
	  .fields = commands_fields },
	{ FIELD_ARRAY(RECORDS, "artifacts", profile, artifacts, nr_artifacts,
		      backup_artifact, artifact_fields) },
	{ FIELD(RECORD, "keep", profile, backup_keep),
	  .fields = rules_fields },
	FIELD_END
};

const struct field profile_backup_policy_fields[] = {
	{ FIELD(TEXT, "store", backup_policy, store),
	  .check = check_absolute },
	{ FIELD(RECORD, "store", backup_policy, commands),
	  .fields = commands_fields },
	{ FIELD(FLAG, "before_upgrade", backup_policy, before_upgrade) },
	{ FIELD(SPAN, "keep", backup_policy, keep), .min = 1, .max = YEAR,
	  .fallback = 2 * DAY },
	{ FIELD(SPAN, "at_most", backup_policy, at_most), .min = 1,
	  .max = YEAR, .fallback = 5 * DAY },
	{ FIELD(FLAG, "blocks", backup_policy, blocks) },
	FIELD_END
};

int profile_check_backup_policy(struct reader *r, const struct value *v,
				const void *record)
{
	const struct backup_policy *policy = record;
	const struct value *at = value_get(v, "at_most");

	if (policy->keep <= policy->at_most)
		return 0;
	if (!at)
		at = value_get(v, "keep");
	return schema_fail(r, at ? at : v, "kept for %ld s is longer than at "
			   "most, which is %ld s", policy->keep,
			   policy->at_most);
}

const char *profile_backup_store(const struct profile *p,
				 const struct environment *env)
{
	if (env->backup.store || env->backup.commands.put.argv.nr)
		return env->backup.store;
	return p->backup_store;
}

const struct backup_commands *
profile_backup_commands(const struct profile *p,
			const struct environment *env)
{
	if (env->backup.commands.put.argv.nr)
		return &env->backup.commands;
	return !env->backup.store && p->backup_commands.put.argv.nr ?
		&p->backup_commands : NULL;
}
