/*
 * The schema of profiles is the tables below (see model/schema.h).  A new
 * key is a new row here, a member in profile.h and a paragraph in
 * gitupgrade-profile(5).
 */
#include "model/profile.h"

#include "base/buf.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "doc/yaml.h"
#include "model/profile_internal.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "src/profiles/"
#define FORMAT "1"
#define MAX_BASES 8
#define MAX_PATTERN 1024
#define MAX_REPETITIONS 1000
#define WEEK (7 * 24 * 3600L)

static const char *const schemes[] = { "semver", "calendar", "composer",
				       NULL };
static const char *const examples[] = { "\"2.1\"", "\"2024.1\"",
					"\"2.4\"" };
static const char *const sources[] = { "tags", "branches", NULL };
/* In the order of enum file_reading. */
static const char *const readings[] = { "name", "yaml", "json", "dotenv",
					"ignore", "lines", NULL };
static const char *const rules[] = { "any", "connected-minor", "edges",
				     NULL };

/* Checks of texts */

/*
 * How often a pattern repeats its innermost part at worst: C libraries write
 * `x{100}` out a hundred times, and a few of them, nested, take all memory
 * there is.
 */
static unsigned long repetitions(const char *text)
{
	unsigned long all = 1;

	while ((text = strchr(text, '{')) && all <= MAX_REPETITIONS) {
		unsigned long n = 0;

		for (text++; isdigit((unsigned char)*text) || *text == ',';) {
			unsigned long bound = strtoul(text, (char **)&text,
						      10);

			n = bound > n ? bound : n;
			text += *text == ',';
		}
		if (n > MAX_REPETITIONS)
			return n;
		all *= n ? n : 1;
	}
	return all;
}

int check_regex(struct reader *r, const struct value *v, const char *text)
{
	char why[128];
	regex_t re;
	int code;

	if (strlen(text) > MAX_PATTERN)
		return schema_fail(r, v, "expected an expression of at most "
				   "%d characters", MAX_PATTERN);
	if (repetitions(text) > MAX_REPETITIONS)
		return schema_fail(r, v, "expected an expression whose {...} "
				   "multiply to at most %d, not '%s'",
				   MAX_REPETITIONS, text);
	code = regcomp(&re, text, REG_EXTENDED | REG_NOSUB);

	if (!code) {
		regfree(&re);
		return 0;
	}
	regerror(code, &re, why, sizeof(why));
	return schema_fail(r, v, "'%s' is no regular expression: %s", text,
			   why);
}

int check_inside(struct reader *r, const struct value *v, const char *text)
{
	if (path_is_inside(text))
		return 0;
	return schema_fail(r, v, "expected a path inside the tree, not '%s'",
			   text);
}

int check_version(struct reader *r, const struct value *v, const char *text)
{
	const enum version_scheme *scheme = r->context;

	if (version_is_prefix(*scheme, text))
		return 0;
	return schema_fail(r, v, "expected a version or its beginning "
			   "(%s) of scheme %s, not '%s'",
			   examples[*scheme], schemes[*scheme], text);
}

int is_json_pointer(const char *text)
{
	if (*text && *text != '/')
		return 0;
	while ((text = strchr(text, '~')))
		if (*++text != '0' && *text != '1')
			return 0;
	return 1;
}

int check_pointer(struct reader *r, const struct value *v, const char *text)
{
	return is_json_pointer(text) ? 0 : schema_fail(r, v, NO_POINTER, text);
}

int profile_is_name(const char *text)
{
	if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text))
		return 0;
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-")] &&
	       !strstr(text, "..") && !ends_with(text, ".lock") &&
	       !ends_with(text, ".") && strlen(text) <= 64;
}

int check_name(struct reader *r, const struct value *v, const char *text)
{
	return profile_is_name(text) ? 0 : schema_fail(r, v, NOT_A_NAME, text);
}

/* Checks of records */

static size_t count(const char *s, char c)
{
	size_t nr = 0;

	for (; *s; s++)
		nr += *s == c;
	return nr;
}

static int check_file(struct reader *r, const struct value *v,
		      const void *record)
{
	const struct file_rule *rule = record;

	if (path_is_inside(rule->pattern))
		return 0;
	return schema_fail_key(r, v, "expected a pattern of paths inside the "
			       "tree, not '%s'", rule->pattern);
}

static int check_copy(struct reader *r, const struct value *v,
		      const void *record)
{
	const struct copy_rule *copy = record;
	const enum version_scheme *scheme = r->context;

	if (count(copy->template, '*') > 1 ||
	    count(copy->template, '*') != count(copy->copy, '*'))
		return schema_fail(r, v, "template and copy need one '*' "
				   "each, or none");
	if (copy->since && copy->until &&
	    version_cmp_prefixes(*scheme, copy->since, copy->until) > 0)
		return schema_fail(r, v, "since %s is later than until %s",
				   copy->since, copy->until);
	return 0;
}

static int check_edge(struct reader *r, const struct value *v,
		      const void *record)
{
	const struct edge *edge = record;
	const enum version_scheme *scheme = r->context;

	if (version_cmp_prefixes(*scheme, edge->from, edge->to) < 0)
		return 0;
	return schema_fail(r, v, "an edge leads forward, not from %s to %s",
			   edge->from, edge->to);
}

static int check_new(struct reader *r, const struct value *v,
		     struct strmap *seen, const char *what, const char *name)
{
	char *text = xstrfmt("%s '%s'", what, name);
	int is_new = strmap_put(seen, text, NULL);

	if (!is_new)
		schema_fail(r, v, "the %s is there twice", text);
	free(text);
	return is_new ? 0 : -1;
}

static int check_profile(struct reader *r, const struct value *root,
			 const struct profile *p)
{
	struct strmap seen = STRMAP_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i < p->nr_steps; i++)
		ret = check_new(r, root, &seen, "step", p->steps[i].name);
	for (size_t i = 0; !ret && i < p->nr_deploy; i++)
		ret = check_new(r, root, &seen, "deploy step",
				p->deploy[i].name);
	for (size_t i = 0; !ret && i < p->nr_environments; i++)
		ret = check_new(r, root, &seen, "environment of branch",
				p->environments[i].branch);
	for (size_t i = 0; !ret && i < p->nr_artifacts; i++)
		ret = check_new(r, root, &seen, "artifact",
				p->artifacts[i].name);
	if (!ret)
		ret = profile_check_replacements(r, root, p);
	if (!ret)
		ret = profile_check_modes(r, root, p);
	if (!ret)
		ret = profile_check_promotions(r, root, p);
	if (!ret && !p->name)
		ret = schema_fail(r, root, "the key 'name' or 'profile' is "
				  "missing");
	strmap_release(&seen);
	return ret;
}

/* The schema */

static const struct field detect_fields[] = {
	{ FIELD(TEXTS, "files", profile, detect_files),
	  .check = check_inside },
	FIELD_END
};

static const struct field upstream_fields[] = {
	{ FIELD(TEXT, "remote", profile, upstream) },
	{ FIELD(TEXTS, "urls", profile, upstream_urls) },
	FIELD_END
};

static const struct field releases_fields[] = {
	{ FIELD(CHOICE, "scheme", profile, scheme), .choices = schemes },
	{ FIELD(CHOICE, "from", profile, source), .choices = sources },
	{ FIELD(FLAG, "verify", profile, verify) },
	{ FIELD(TEXT, "final", profile, final_pattern),
	  .check = check_regex, .fallback_text = PROFILE_FINAL },
	{ FIELD(TEXT, "pre", profile, pre_pattern), .check = check_regex },
	FIELD_END
};

static const struct field edge_fields[] = {
	{ FIELD(TEXT, "from", edge, from), .required = 1,
	  .check = check_version },
	{ FIELD(TEXT, "to", edge, to), .required = 1,
	  .check = check_version },
	FIELD_END
};

static const struct field first_fields[] = {
	{ FIELD(TEXT, "release", profile, first), .required = 1,
	  .check = check_version },
	{ FIELD(TEXTS, "to", profile, first_to), .check = check_version },
	{ FIELD(TEXT, "reason", profile, first_reason) },
	FIELD_END
};

static const struct field last_fields[] = {
	{ FIELD(TEXT, "release", profile, last), .required = 1,
	  .check = check_version },
	{ FIELD(TEXT, "reason", profile, last_reason), .required = 1 },
	FIELD_END
};

static const struct field path_fields[] = {
	{ FIELD(CHOICE, "rule", profile, rule), .choices = rules },
	{ FIELD_ARRAY(RECORDS, "edges", profile, edges, nr_edges, edge,
		      edge_fields), .check_record = check_edge },
	{ FIELD(TEXTS, "stops", profile, stops), .check = check_version },
	{ FIELD(TEXTS, "avoid", profile, avoid), .check = check_version },
	{ FIELD_GROUP("first", first_fields) },
	{ FIELD_GROUP("last", last_fields) },
	FIELD_END
};

/* Its pattern, the first member, is the key. */
static const struct field file_fields[] = {
	{ FIELD(CHOICE, "as", file_rule, as), .choices = readings },
	{ FIELD(TEXTS, "sets", file_rule, sets) },
	FIELD_END
};

static const struct field replace_fields[] = {
	{ FIELD(TEXT, "from", copy_rule, replace_from), .required = 1 },
	{ FIELD(TEXT, "to", copy_rule, replace_to), .required = 1 },
	FIELD_END
};

static const struct field copy_fields[] = {
	{ FIELD(TEXT, "template", copy_rule, template), .required = 1,
	  .check = check_inside },
	{ FIELD(TEXT, "copy", copy_rule, copy), .required = 1,
	  .check = check_inside },
	{ FIELD(TEXT, "since", copy_rule, since), .check = check_version },
	{ FIELD(TEXT, "until", copy_rule, until), .check = check_version },
	{ FIELD_GROUP("replace", replace_fields) },
	FIELD_END
};

static const struct field lock_fields[] = {
	{ FIELD(TEXT, "files", lock_rule, files), .required = 1,
	  .check = check_inside },
	{ FIELD(TEXT, "command", lock_rule, command) },
	FIELD_END
};

static const struct field marshal_fields[] = {
	{ FIELD(TEXT, "files", merge_step, marshal_files), .required = 1,
	  .check = check_inside },
	{ FIELD(TEXT, "map", merge_step, marshal_map), .required = 1,
	  .check = check_pointer },
	FIELD_END
};

static const struct field step_fields[] = {
	{ FIELD(TEXT, "name", merge_step, name), .required = 1 },
	{ FIELD(TEXTS, "run", merge_step, run.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", merge_step, run.timeout), .max = WEEK },
	{ FIELD(TEXT, "if_exists", merge_step, if_exists),
	  .check = check_inside },
	{ FIELD_GROUP("marshal", marshal_fields) },
	{ FIELD(TEXTS, "produces", merge_step, produces),
	  .check = check_inside },
	FIELD_END
};

static const struct field deploy_fields[] = {
	{ FIELD(CHOICE, "mode", profile, mode), .choices = profile_modes },
	{ FIELD_ARRAY(RECORDS, "steps", profile, deploy, nr_deploy,
		      deploy_step, profile_deploy_step_fields) },
	{ FIELD(TEXTS, "shared", profile, shared), .check = check_inside },
	{ FIELD(FLAG, "metadata", profile, metadata) },
	{ FIELD(TEXTS, "optional_submodules", profile, optional_submodules) },
	{ FIELD(SPAN, "submodule_timeout", profile, submodule_timeout),
	  .min = 1, .max = WEEK, .fallback = SUBMODULE_TIMEOUT },
	{ FIELD(SPAN, "checkout_timeout", profile, checkout_timeout),
	  .min = 1, .max = WEEK, .fallback = CHECKOUT_TIMEOUT },
	{ FIELD(NUMBER, "keep", profile, keep), .min = 1, .max = 1000,
	  .fallback = 3 },
	FIELD_END
};

static const struct field verify_fields[] = {
	{ FIELD(RECORD, "health", profile, health),
	  .fields = profile_check_fields,
	  .check_record = profile_check_check },
	{ FIELD(RECORD, "version", profile, version),
	  .fields = profile_check_fields,
	  .check_record = profile_check_check },
	{ FIELD(TEXTS, "log_failures", profile, log_failures),
	  .check = check_regex },
	FIELD_END
};

static const struct field profile_fields[] = {
	{ .key = "format", .type = FIELD_KNOWN },
	{ .key = "profile", .type = FIELD_KNOWN },
	{ FIELD(TEXT, "name", profile, name), .check = check_name },
	{ FIELD(TEXT, "description", profile, description) },
	{ FIELD_GROUP("detect", detect_fields) },
	{ FIELD_GROUP("upstream", upstream_fields) },
	{ FIELD_GROUP("releases", releases_fields) },
	{ FIELD_GROUP("path", path_fields) },
	{ FIELD_ARRAY(NAMED, "files", profile, files, nr_files, file_rule,
		      file_fields), .check_record = check_file },
	{ FIELD_ARRAY(RECORDS, "replacements", profile, replacements,
		      nr_replacements, replacement,
		      profile_replacement_fields),
	  .check_record = profile_check_replacement },
	{ FIELD(TEXTS, "without", profile, without), .check = check_inside },
	{ FIELD(TEXTS, "required_files", profile, required_files),
	  .check = check_inside },
	{ FIELD_ARRAY(RECORDS, "copies", profile, copies, nr_copies,
		      copy_rule, copy_fields), .check_record = check_copy },
	{ FIELD(TEXTS, "placeholders", profile, placeholders) },
	{ FIELD_ARRAY(RECORDS, "locks", profile, locks, nr_locks, lock_rule,
		      lock_fields) },
	{ FIELD_ARRAY(NAMED, "migrations", profile, migrations, nr_migrations,
		      migration, profile_migration_fields),
	  .check_record = profile_check_migration },
	{ FIELD_ARRAY(RECORDS, "steps", profile, steps, nr_steps, merge_step,
		      step_fields) },
	{ FIELD_GROUP("deploy", deploy_fields) },
	{ FIELD_GROUP("verify", verify_fields) },
	{ FIELD(RECORD, "notify", profile, notify),
	  .fields = profile_notify_fields },
	{ FIELD_ARRAY(NAMED, "failures", profile, failures, nr_failures,
		      failure, profile_failure_fields),
	  .check_record = profile_check_failure },
	{ FIELD_GROUP("backup", profile_backup_fields) },
	{ FIELD_ARRAY(NAMED, "environments", profile, environments,
		      nr_environments, environment,
		      profile_environment_fields),
	  .check_record = profile_check_environment },
	{ FIELD_ARRAY(NAMED, "drivers", profile, deployers, nr_deployers,
		      deployer, profile_deployer_fields),
	  .check_record = profile_check_deployer },
	FIELD_END
};

/* Texts and their bases */

static int load(struct profile *p, const char *name, int depth,
		struct error *err);

static int check_format(struct reader *r, const struct value *root)
{
	const struct value *v = value_get(root, "format");

	if (!v)
		return schema_fail(r, root, "the key 'format' is missing "
				   "(format: " FORMAT ")");
	if (v->type == VALUE_SCALAR && !strcmp(v->text, FORMAT))
		return 0;
	schema_expected(r, v, "format " FORMAT);
	return error_hint(r->err, "a newer git-upgrade may have written it");
}

int profile_text_parse(struct profile_text *t, const char *origin,
		       const char *text, size_t len, struct error *err)
{
	struct reader r = { .origin = origin, .where = BUF_INIT, .err = err };
	const struct value *base;
	int ret = -1;

	t->origin = xstrdup(origin);
	t->root = yaml_parse(origin, text, len, err);
	if (!t->root)
		goto out;
	base = value_get(t->root, "profile");
	if (t->root->type != VALUE_MAP)
		schema_expected(&r, t->root, "keys and values");
	else if (base && base->type != VALUE_SCALAR)
		schema_expected(&r, base, "the name of a profile");
	else
		ret = check_format(&r, t->root);
out:
	if (ret < 0)
		profile_text_release(t);
	buf_release(&r.where);
	return ret;
}

const struct value *profile_text_base(const struct profile_text *t)
{
	return value_get(t->root, "profile");
}

void profile_text_release(struct profile_text *t)
{
	free(t->origin);
	value_free(t->root);
	*t = (struct profile_text)PROFILE_TEXT_INIT;
}

static int load_base(struct profile *p, const struct profile_text *t,
		     int depth, struct error *err)
{
	const struct value *v = profile_text_base(t);

	if (!v) {
		schema_init(profile_fields, p);
		return 0;
	}
	if (depth >= MAX_BASES)
		return error_set(err, ERROR_FATAL, "%s:%d:%d: profiles build "
				 "on each other in a circle", t->origin,
				 v->line, v->column);
	if (load(p, v->text, depth + 1, err) < 0)
		return error_wrap(err, "%s:%d:%d", t->origin, v->line,
				  v->column);
	return 0;
}

/*
 * Versions are checked while they are read, and the scheme may stand behind
 * them: so it is looked up first.  What is wrong with it is said later.
 */
static enum version_scheme find_scheme(const struct profile *p,
				       const struct value *root)
{
	const struct value *v = value_get(root, "releases");

	v = v ? value_get(v, "scheme") : NULL;
	for (size_t i = 0; v && v->type == VALUE_SCALAR && schemes[i]; i++)
		if (!strcmp(v->text, schemes[i]))
			return (enum version_scheme)i;
	return p->scheme;
}

static int read(struct profile *p, const char *origin, int no_lines,
		int single, const struct value *root, struct error *err)
{
	enum version_scheme scheme = find_scheme(p, root);
	struct reader r = { .origin = origin, .where = BUF_INIT, .err = err,
			    .origins = &p->origins, .no_lines = no_lines,
			    .single = single, .context = &scheme };
	int ret = schema_read(&r, profile_fields, root, p);

	if (!ret) {
		profile_name_branches(p);
		ret = check_profile(&r, root, p);
	}
	buf_release(&r.where);
	return ret;
}

int profile_apply(struct profile *p, const struct profile_text *t,
		  struct error *err)
{
	if (read(p, t->origin, t->is_embedded, 0, t->root, err) < 0)
		return -1;
	free(p->origin);
	p->origin = xstrdup(t->origin);
	return 0;
}

static int parse(struct profile *p, const char *origin,
		 const struct embedded *text, int is_embedded, int depth,
		 struct error *err)
{
	struct profile_text t = PROFILE_TEXT_INIT;
	int ret = profile_text_parse(&t, origin, text->data, text->len, err);

	if (ret < 0)
		return -1;
	t.is_embedded = is_embedded;
	if (load_base(p, &t, depth, err) < 0 || profile_apply(p, &t, err) < 0)
		ret = -1;
	if (ret < 0)
		profile_release(p);
	profile_text_release(&t);
	return ret;
}

int profile_parse(struct profile *p, const char *origin, const char *text,
		  size_t len, struct error *err)
{
	struct embedded all = { .data = text, .len = len };

	return parse(p, origin, &all, 0, 0, err);
}

static int no_profile(const char *name, struct error *err)
{
	struct strvec names = STRVEC_INIT;
	struct buf all = BUF_INIT, shown = BUF_INIT;

	buf_add_line(&shown, name);
	profile_names(&names);
	for (size_t i = 0; i < names.nr; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", names.v[i]);
	error_set(err, ERROR_FATAL, "there is no profile '%s'",
		  shown.s);
	error_hint(err, "there are %s; or name a file, with a '/' in its "
		   "path", all.s);
	buf_release(&all);
	buf_release(&shown);
	strvec_release(&names);
	return -1;
}

static int load(struct profile *p, const char *name, int depth,
		struct error *err)
{
	char *file = xstrfmt(FOLDER "%s.yaml", name);
	char *origin = xstrfmt("profile %s", name);
	const struct embedded *e = embedded_find(file);
	int ret = e ? parse(p, origin, e, 1, depth, err) :
		      no_profile(name, err);

	free(file);
	free(origin);
	return ret;
}

int profile_load(struct profile *p, const char *name, struct error *err)
{
	return load(p, name, 0, err);
}

int profile_load_file(struct profile *p, const char *path, struct error *err)
{
	struct buf text = BUF_INIT;
	int ret = file_read(path, &text, err);

	if (!ret)
		ret = profile_parse(p, path, text.s, text.len, err);
	buf_release(&text);
	return ret;
}

void profile_release(struct profile *p)
{
	schema_release(profile_fields, p);
	free(p->base);
	free(p->origin);
	origins_release(&p->origins);
	*p = (struct profile)PROFILE_INIT;
}

/* Keys */

/* FIELD_KNOWN are about a text, and maps, or a list of them, are more than a
 * setting. */
static int can_be_set(const struct field *f)
{
	return f && f->type != FIELD_KNOWN && f->type != FIELD_RECORD &&
	       f->type != FIELD_RECORDS && f->type != FIELD_NAMED &&
	       f->type != FIELD_VALUE;
}

int profile_has_key(const char *key)
{
	return can_be_set(schema_find(profile_fields, key));
}

int profile_lacks(struct profile *p, const char *key)
{
	return schema_lacks(profile_fields, p, key);
}

static struct value *setting_value(const struct field *f,
				   const struct strvec *values)
{
	struct value *list;

	if (f->type != FIELD_TEXTS)
		return value_scalar(values->v[values->nr - 1]);
	list = value_new(VALUE_LIST);
	for (size_t i = 0; i < values->nr; i++)
		value_append(list, value_scalar(values->v[i]));
	return list;
}

int profile_set(struct profile *p, const char *key,
		const struct strvec *values, const char *origin,
		struct error *err)
{
	const struct field *f = schema_find(profile_fields, key);
	struct value *root = schema_place(profile_fields, key,
					  setting_value(f, values));
	int ret = read(p, origin, 1, 1, root, err);

	value_free(root);
	return ret;
}

const char *profile_origin(const struct profile *p, const char *key)
{
	const char *origin = origins_get(&p->origins, key);

	return origin ? origin : "default";
}

const char *profile_origin_below(const struct profile *p, const char *key,
				 const char *prefix)
{
	const char *origin = origins_get(&p->origins, key);

	return origin ? origin : origins_below(&p->origins, prefix);
}

void profile_keys(struct strvec *keys)
{
	schema_keys(profile_fields, keys);
}

struct value *profile_values(const struct profile *p)
{
	struct value *map = value_new(VALUE_MAP);

	schema_values(profile_fields, p, map);
	return map;
}

struct value *profile_place(const char *key, struct value *v)
{
	return schema_place(profile_fields, key, v);
}

/* Questions */

void profile_names(struct strvec *names)
{
	for (const struct embedded *e = embedded_files; e->name; e++) {
		const char *name = skip_prefix(e->name, FOLDER);

		if (name && ends_with(name, ".yaml"))
			strvec_push_nodup(names, xstrndup(name, strlen(name) -
							  strlen(".yaml")));
	}
	strvec_sort(names, 1);
}

static int is_there(const char *pattern, const struct strvec *paths)
{
	if (!strpbrk(pattern, "*?[\\"))
		return strvec_has(paths, pattern);
	for (size_t i = 0; i < paths->nr; i++)
		if (path_match(pattern, paths->v[i]))
			return 1;
	return 0;
}

int profile_detects(const struct profile *p, const struct strvec *paths)
{
	for (size_t i = 0; i < p->detect_files.nr; i++)
		if (!is_there(p->detect_files.v[i], paths))
			return 0;
	return p->detect_files.nr > 0;
}

int profile_fits_url(const struct profile *p, const char *url)
{
	size_t len = strlen(url);
	char *bare;
	int fits = 0;

	while (len && url[len - 1] == '/')
		len--;
	if (len > 4 && !strncmp(url + len - 4, ".git", 4))
		len -= 4;
	bare = xmemdupz(url, len);
	for (size_t i = 0; !fits && i < p->upstream_urls.nr; i++)
		fits = !fnmatch(p->upstream_urls.v[i], bare, 0);
	free(bare);
	return fits;
}

const struct lock_rule *profile_lock_of(const struct profile *p,
					const char *path)
{
	for (size_t i = 0; i < p->nr_locks; i++)
		if (path_match(p->locks[i].files, path))
			return &p->locks[i];
	return NULL;
}

enum resolve_kind profile_kind_of(const struct profile *p, const char *path)
{
	static const enum resolve_kind kinds[] = {
		[FILE_AS_YAML] = RESOLVE_YAML,
		[FILE_AS_JSON] = RESOLVE_JSON,
		[FILE_AS_DOTENV] = RESOLVE_DOTENV,
		[FILE_AS_IGNORE] = RESOLVE_IGNORE,
		[FILE_AS_LINES] = RESOLVE_NONE,
	};
	enum resolve_kind kind = resolve_kind_of(path);

	for (size_t i = 0; i < p->nr_files; i++) {
		const struct file_rule *rule = &p->files[i];

		if (rule->as != FILE_BY_NAME &&
		    path_match(rule->pattern, path))
			kind = kinds[rule->as];
	}
	return kind;
}

void profile_sets_of(const struct profile *p, const char *path,
		     struct strvec *sets)
{
	for (size_t i = 0; i < p->nr_files; i++) {
		const struct file_rule *rule = &p->files[i];

		if (!path_match(rule->pattern, path))
			continue;
		for (size_t j = 0; j < rule->sets.nr; j++)
			strvec_push(sets, rule->sets.v[j]);
	}
}

int profile_in_range(const struct profile *p, const char *version,
		     const char *since, const char *until)
{
	struct version v;

	if (!since && !until)
		return 1;
	if (version_parse(&v, p->scheme, version) < 0)
		return 0;
	return (!since || version_cmp_prefix(&v, p->scheme, since) >= 0) &&
	       (!until || version_cmp_prefix(&v, p->scheme, until) <= 0);
}
