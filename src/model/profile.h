/*
 * What the tool knows about a platform, as data.
 *
 * A profile is a YAML text.  All texts have this one schema (it is described
 * for users in gitupgrade-profile(5)): the profiles embedded in the program,
 * a file of the user (`git config upgrade.profile PATH`), `.gitupgrade.yaml`
 * in the tree, and `info/gitupgrade.yaml` of a clone or a server.  A text may
 * name the embedded profile it builds on, with `profile: NAME`, and is laid
 * over it: maps merge key by key, whatever else replaces what was there (see
 * model/schema.h).
 *
 * Versions in `since`, `until` and `edges` are prefixes: "2.1" is every
 * 2.1.x; since and until are inclusive.
 */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <regex.h>
#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "doc/resolve_kind.h"
#include "doc/value.h"
#include "model/origins.h"
#include "model/version.h"

/* Which refs of upstream are its releases. */
enum release_source { RELEASES_ARE_TAGS, RELEASES_ARE_BRANCHES };

enum path_rule { PATH_ANY, PATH_CONNECTED_MINOR, PATH_EDGES };

/* A program: argv, run without a shell.  Empty: there is none. */
struct command_line {
	struct strvec argv;
	long timeout;			/* seconds; 0: none */
};

/* What a file is read as; the kinds are those of `enum resolve_kind`. */
enum file_reading {
	FILE_BY_NAME,		/* nothing is said: see there */
	FILE_AS_YAML,
	FILE_AS_JSON,
	FILE_AS_DOTENV,
	FILE_AS_IGNORE,
	FILE_AS_LINES		/* no structure at all */
};

/* files: what is known of those whose paths match */
struct file_rule {
	char *pattern;			/* as for path_match() */
	enum file_reading as;
	/* Which of its lists are sets, as struct node_merge has them. */
	struct strvec sets;
};

/*
 * replacements: a text of upstream's that is another one here, in all that a
 * merge reads; what it means is upgrade/replace.h's
 */
struct replacement {
	struct strvec files;		/* patterns, as for path_match() */
	char *from, *to;
};

/*
 * copies: where operators put edited copies of upstream's templates.  Both
 * are paths with one `*` at most, which stands for the same text in both and
 * does not match a slash.
 */
struct copy_rule {
	char *template;
	char *copy;
	char *since, *until;		/* NULL: no limit */
	char *replace_from, *replace_to; /* NULL: copied as it is */
};

/* steps: programs run in the scratch work tree of a merge */
struct merge_step {
	char *name;
	struct command_line run;
	char *if_exists;		/* path; NULL: always */
	/*
	 * The map of marshalled files: `marshal_files` is a pattern (as for
	 * path_match()) of JSON or YAML files the step leaves behind,
	 * `marshal_map` a JSON pointer in each to a list of [source,
	 * destination] pairs, sources relative to the file's folder,
	 * destinations to the top.  NULL: none.
	 */
	char *marshal_files, *marshal_map;
	struct strvec produces;		/* patterns staged besides */
};

/* locks: what a package manager makes of another file, and nobody merges */
struct lock_rule {
	char *files;			/* pattern, as for path_match() */
	char *command;			/* to say to people; NULL */
};

/*
 * migrations: edits of files that a release needs, made by the hop that
 * crosses to it.  What they mean is upgrade/migrate.h's; keys of a file are
 * paths of doc/edit.h.
 */
struct migration_condition {
	/* One of these is there. */
	char *exists, *lacks;		/* a key */
	char *equals, *differs;		/* a key, and `value` */
	char *file, *no_file;
	struct value *value;
	char *in;			/* the key's file; NULL: the edited */
};

struct migration_edit {
	/* One of these is there: a key, a pattern, or a file. */
	char *set, *append, *insert, *rename, *remove;
	char *replace;			/* POSIX ERE */
	char *move;
	/* Of set, append, insert; of remove an entry, of a list. */
	struct value *value;
	char *at;			/* of insert: a number; NULL: 0 */
	char *to;			/* of rename a key, of move a file */
	struct value *with;		/* of replace: a scalar */
	char *below;			/* of replace: a key; NULL: the text */
	struct strvec in;		/* patterns; none: the migration's */
	struct migration_condition *conditions;
	size_t nr_conditions;
};

/* What a value is to be where it is all of what is written. */
enum migration_value_type {
	MIGRATE_TEXT,
	MIGRATE_NUMBER,			/* as of JSON, without an exponent */
	MIGRATE_BOOLEAN			/* true or false */
};

/* What only the operator knows; "{NAME}" in what is written. */
struct migration_value {
	char *name;
	enum migration_value_type type;
	char *description;
	char *fallback;			/* NULL: none */
	/* Keys that may hold it in the files before the upgrade. */
	struct strvec fallback_from;
};

struct migration {
	char *name;
	char *description;
	char *note;			/* to say when it was made; NULL */
	char *since, *until;		/* the releases that need it */
	struct strvec files;		/* patterns, as for path_match() */
	struct migration_condition *conditions;
	size_t nr_conditions;
	struct migration_value *values;
	size_t nr_values;
	struct migration_edit *edits;
	size_t nr_edits;
};

/* In which order a deploy's steps run; deploy/mode.h has the orders. */
enum deploy_mode {
	MODE_NONE,			/* as they are written */
	MODE_MAINTENANCE,
	MODE_ROLLING,
	MODE_SOURCE,
	MODE_BLUE_GREEN
};

/* What a step is to a mode. */
enum deploy_phase {
	PHASE_UPDATE,
	PHASE_MAINTENANCE_ON,
	PHASE_STOP,
	PHASE_WARM,
	PHASE_START,
	PHASE_HEALTH,
	PHASE_SWITCH,
	PHASE_MAINTENANCE_OFF,
	NR_PHASES
};

/* "blue-green", "maintenance_on" */
const char *deploy_mode_name(enum deploy_mode mode);
const char *deploy_phase_name(enum deploy_phase phase);
/* -1: that is none. */
int deploy_mode_named(const char *name);

/* deploy.steps: what the server's worker runs in the new release */
struct deploy_step {
	char *name;
	struct command_line run;
	char *as;			/* a phase; NULL: "update" */
	struct strvec only_if;		/* argv: run it where that exits 0 */
	char *undoes;			/* a step: run it where that ran */
	char *dir;			/* in the release; NULL: its top */
	int interrupts;			/* from here on service is down */
	/* Run again in the old release when a later step fails. */
	int restores;
};

enum deploy_phase deploy_step_phase(const struct deploy_step *step);

/* What is asked over HTTP, and what the answer must be. */
struct http_check {
	char *url;			/* NULL: nothing is asked */
	char *status;			/* "200"; "2xx": all that begin so */
	struct value *headers;		/* a map, name to POSIX ERE; NULL */
	char *body;			/* POSIX ERE some line matches; NULL */
	struct value *json;		/* a map, pointer to scalar; NULL */
};

/* A program is run, or a question asked: never both. */
struct check {
	struct command_line run;	/* its time limit is of both */
	struct http_check http;
	char *dir;
	char *expect;			/* output must hold it; NULL: exit 0 */
	long polls;			/* successes in a row; default 1 */
	long interval;			/* seconds between polls; default 5 */
	/* Seconds after which it is given up; 0: after `polls` failures. */
	long within;
};

/* gates: a condition of an environment's own; see model/condition.h */
struct gate_check {
	struct check check;		/* the first: its table is shared */
	char *name;
};

/* Is anything run or asked? */
int check_is_there(const struct check *check);

/* failures: what a line of a log means, and what to do about it */
struct failure {
	char *name;
	char *pattern;			/* POSIX ERE, in any case */
	/* In all of these "{1}" is what the pattern's first group matched. */
	char *means;
	char *lists;			/* of each line, once; NULL */
	struct strvec hints;
};

/* notify: who is told of what the ledger records */
struct notification {
	struct command_line run;	/* the event is its standard input */
	struct strvec on;		/* events, outcomes; none: endings */
};

/* What becomes of a branch that was pushed. */
enum deploy_driver {
	DEPLOY_BY_HOOKS,		/* a platform of ours deploys it */
	DEPLOY_BY_PULL,			/* a host comes and gets it */
	/* An engine of others, which a client tells to and asks. */
	DEPLOY_BY_COMMAND,		/* by programs */
	DEPLOY_BY_HTTP			/* by its API */
};

/* "hooks", "pull", "command", "http" */
const char *deploy_driver_name(enum deploy_driver driver);
/* -1: that is none. */
int deploy_driver_named(const char *name);

/* What a platform does by itself when a deploy failed. */
enum on_failure {
	ON_FAILURE_NOTHING,
	ON_FAILURE_ROLLBACK		/* a commit that goes back */
};

/* freeze: when it is not to be changed; see model/freeze.h */
struct freeze_window {
	char *from, *to;		/* or NULL */
	char *reason;			/* NULL: none was given */
	char *cron;			/* when it begins; NULL */
	char *lasts;			/* a span: "64h"; NULL */
	char *zone;			/* whose time it is; NULL: ours */
};

/* backup: what is made of an environment's data, and put back */
struct backup_artifact {
	char *name;			/* of its file, too */
	struct command_line run;	/* its output is the artifact */
	struct command_line restore;	/* reads it; or none */
	struct command_line version;	/* prints what made it; or none */
	int optional;			/* only where it is asked for */
	int empty;			/* nothing at all is fine, too */
};

/* How many are kept of those that somebody made; all 0: all of them. */
struct backup_rules {
	long last, daily, weekly, monthly;
};

/* A store that is no folder: what puts an artifact there, and gets it back. */
struct backup_commands {
	struct command_line put, get, remove;	/* all, or none */
};

/* environments.NAME.backup: when, and for how long */
struct backup_policy {
	/* One of them; both empty: the profile's. */
	char *store;
	struct backup_commands commands;
	int before_upgrade;		/* one is made before each */
	long keep, at_most;		/* seconds from its verification */
	int blocks;			/* no other upgrade as long as it is */
};

/* environments.NAME.extensions: what is work on extensions there */
struct extension_rules {
	struct strvec branches;		/* patterns, as for path_match() */
	struct strvec trailers;		/* "Extension" */
	struct strvec paths;		/* as `own` */
};

struct environment {
	char *name;
	char *branch;			/* short name */
	char *deploy_to;		/* server: where releases live; NULL */
	enum deploy_driver deploy;
	struct notification notify;	/* in place of the profile's */
	enum on_failure on_failure;
	char *driver;			/* which of `drivers`; NULL: the one */
	struct value *variables;	/* a map, for its texts; NULL: none */
	char *mode;			/* NULL: the profile's */
	/* What its commands run through; see deploy/prefix.h. */
	struct strvec prefix;
	char *prefix_shell;		/* "true", "false"; NULL: by name */
	char *prefix_dir;		/* at the far end; NULL */
	struct freeze_window *freeze;
	size_t nr_freeze;
	/* What moves to it is what this one has verified; NULL: anything. */
	char *promotes_from;
	struct strvec own;		/* see profile_is_own() */
	/* Seconds for which it was verified there before; 0: no matter. */
	long soak;
	struct gate_check *gates;
	size_t nr_gates;
	struct strvec overrides;	/* gates that may be overridden */
	struct backup_policy backup;
	/* None of it comes before an upgrade is verified. */
	struct extension_rules extensions;
};

/* drivers: see profile_drivers.c for what they mean, deploy/engine.h */

/* What the end of a deploy, or a word about it, stands for. */
enum deploy_state { DEPLOY_PENDING, DEPLOY_SUCCESS, DEPLOY_FAILURE };

/* "pending", "success", "failure"; -1: that is none. */
int deploy_state_named(const char *name);

/* A program of a deployer. */
struct deployer_program {
	struct command_line run;
	char *id;			/* POSIX ERE; its first group */
	char *id_at;			/* or a JSON pointer; NULL */
	struct value *exits;		/* a map, code to state; NULL */
	struct value *output;		/* a map, POSIX ERE to state; NULL */
};

struct deployer_command {
	struct deployer_program deploy;
	struct deployer_program status, log;	/* or no `run` */
};

/* Something that is asked over HTTP; pointers are JSON pointers. */
struct deployer_request {
	char *method;			/* NULL: GET, or POST of a body */
	char *url;			/* NULL: this is not asked */
	struct value *headers;		/* a map; NULL */
	struct value *form, *json;	/* the body; NULL */
	char *items;			/* of find: pointer to a list */
	char *id, *commit;		/* pointers in the answer, or item */
	char *state, *result, *text;
	struct value *states, *results;	/* maps, text to state; NULL */
	struct value *where;		/* of find: a map, pointer to text */
	int repeat;			/* asked twice is asked once */
	int lines;			/* of a log: enum deployer_lines */
	char *message, *seal;		/* pointers in a line of it */
	long timeout;
};

enum deployer_lines { LOG_IS_TEXT, LOG_IS_NDJSON };

struct deployer_http {
	char *token_env;		/* name of a variable; NULL */
	char *token_credential;		/* URL for git credential; NULL */
	struct deployer_request exchange;	/* url NULL: none */
	struct value *headers;		/* of all but that; NULL */
	struct deployer_request trigger, find, status, log;
};

/* One of the two: a deploy program, or what is asked of its status. */
struct deployer {
	char *name;
	struct deployer_command command;
	struct deployer_http http;
	struct value *defaults;		/* of variables: a map; NULL */
};

struct edge {
	char *from, *to;
};

/* How long fetching a submodule may take, where nothing is said of it. */
#define SUBMODULE_TIMEOUT 1800
/* The same of writing the files of a release, or of a submodule of it. */
#define CHECKOUT_TIMEOUT 1800

struct profile {
	char *name;
	char *description;
	/* detect: a tree is of this product when it has all of them */
	struct strvec detect_files;	/* patterns; each must match a path */
	/* upstream */
	struct strvec upstream_urls;	/* patterns, to tell the remote */
	char *upstream;			/* URL or remote; NULL: detect */
	/* releases */
	enum version_scheme scheme;
	enum release_source source;
	int verify;			/* they must be signed, and well */
	char *final_pattern;		/* POSIX ERE over the ref's name */
	char *pre_pattern;		/* NULL: no pre-releases */
	/* path */
	enum path_rule rule;
	struct edge *edges;
	size_t nr_edges;
	struct strvec stops;		/* releases never passed by */
	struct strvec avoid;		/* releases never taken */
	char *first;			/* one can upgrade from here on ... */
	struct strvec first_to;		/* ... by a first hop to these; any */
	char *first_reason;		/* ... because; NULL */
	char *last;			/* "3.8": what comes after it has ... */
	char *last_reason;		/* ... this reason; NULL: no limit */
	/* files */
	struct file_rule *files;
	size_t nr_files;
	/* replacements, in the order in which they are made */
	struct replacement *replacements;
	size_t nr_replacements;
	/* without: patterns, as for path_match(); see upgrade/without.h */
	struct strvec without;
	/* required_files: patterns, each of which must match a file */
	struct strvec required_files;
	/* copies */
	struct copy_rule *copies;
	size_t nr_copies;
	struct strvec placeholders;	/* texts that must be replaced */
	/* locks */
	struct lock_rule *locks;
	size_t nr_locks;
	/*
	 * migrations, in the order in which they were first named: those of a
	 * base before those of what builds on it.
	 */
	struct migration *migrations;
	size_t nr_migrations;
	/* steps */
	struct merge_step *steps;
	size_t nr_steps;
	/* deploy */
	enum deploy_mode mode;
	struct deploy_step *deploy;
	size_t nr_deploy;
	struct strvec shared;		/* paths kept across releases */
	int metadata;			/* the release needs a .git */
	/* Patterns of submodules it runs without: empty folders. */
	struct strvec optional_submodules;
	long submodule_timeout;		/* seconds; default: 30 minutes */
	long checkout_timeout;		/* the same */
	long keep;			/* old releases kept; default 3 */
	struct check health, version;	/* verification */
	struct strvec log_failures;	/* EREs: known failures in a log */
	struct notification notify;
	/* failures; what can be recognised is model/diagnosis.h's to say */
	struct failure *failures;
	size_t nr_failures;
	/* backup */
	char *backup_store;		/* absolute path of a folder; NULL */
	struct backup_commands backup_commands;
	struct backup_artifact *artifacts;
	size_t nr_artifacts;
	struct backup_rules backup_keep;
	/* environments */
	struct environment *environments;
	size_t nr_environments;
	/* drivers */
	struct deployer *deployers;
	size_t nr_deployers;
	/* What it builds on: an embedded profile, a file; NULL: itself. */
	char *base;
	/* Its topmost text, for messages: "profile mender", a path. */
	char *origin;
	/* Where each of its values came from; see profile_origin(). */
	struct origins origins;
};

#define PROFILE_INIT { .name = NULL, .origins = ORIGINS_INIT }

/* A text that was parsed, but not read yet. */
struct profile_text {
	char *origin;
	struct value *root;
	int is_embedded;
};

#define PROFILE_TEXT_INIT { NULL, NULL, 0 }

/* A map that says `format: 1`.  `origin` names it in messages. */
int profile_text_parse(struct profile_text *t, const char *origin,
		       const char *text, size_t len, struct error *err);
/* What stands behind `profile`, or NULL. */
const struct value *profile_text_base(const struct profile_text *t);
void profile_text_release(struct profile_text *t);

/* What is a final release where a profile does not say. */
#define PROFILE_FINAL "^v?[0-9]+\\.[0-9]+(\\.[0-9]+)?$"

/*
 * These fill a profile that is PROFILE_INIT; on an error it is that again.
 */
/* An embedded profile by name. */
int profile_load(struct profile *p, const char *name, struct error *err);
/* A text of the schema; `origin` names it in messages. */
int profile_parse(struct profile *p, const char *origin, const char *text,
		  size_t len, struct error *err);
int profile_load_file(struct profile *p, const char *path,
		      struct error *err);
/*
 * Lay a text over a profile that is loaded; what it says it builds on is not
 * looked at.  After an error the profile must be released.
 */
int profile_apply(struct profile *p, const struct profile_text *t,
		  struct error *err);
/* 1: there is such a key, and one can set it; 0: there is none. */
int profile_has_key(const char *key);
/* Is it about a migration, or the like, that is not there? */
int profile_lacks(struct profile *p, const char *key);
/*
 * Set one key, as a text with nothing else would; several values are a list.
 * `origin` is all that messages say about where it stands.
 */
int profile_set(struct profile *p, const char *key,
		const struct strvec *values, const char *origin,
		struct error *err);
/*
 * Where a value came from: "profile mender", "FILE:LINE", "git config
 * upgrade.path"; "default" where nobody said anything.
 */
const char *profile_origin(const struct profile *p, const char *key);
/* The same of a key, or else of another one below `prefix`; NULL: nobody. */
const char *profile_origin_below(const struct profile *p, const char *key,
				 const char *prefix);
/* The first rule about such a lock file, or NULL. */
const struct lock_rule *profile_lock_of(const struct profile *p,
					const char *path);
/*
 * What that path is merged and edited as: by the last rule that fits it and
 * says so, else by its name.
 */
enum resolve_kind profile_kind_of(const struct profile *p, const char *path);
/* Which of its lists are sets: what all rules say that fit it. */
void profile_sets_of(const struct profile *p, const char *path,
		     struct strvec *sets);
/* All keys there can be; see schema_keys(). */
void profile_keys(struct strvec *keys);
/* All values by their keys, in the order of the manual; value_free(). */
struct value *profile_values(const struct profile *p);
/* One of them, in the maps that lead there; takes `v`. */
struct value *profile_place(const char *key, struct value *v);
void profile_release(struct profile *p);
/* Names of the embedded profiles. */
void profile_names(struct strvec *names);
/* True when `paths` (all files of a tree) fit the profile's `detect`. */
int profile_detects(const struct profile *p, const struct strvec *paths);
/* True for the URL of a remote that the profile knows as upstream. */
int profile_fits_url(const struct profile *p, const char *url);
/* Add one, or give the one of that name another branch. */
void profile_add_environment(struct profile *p, const char *name,
			     const char *branch);
const struct environment *profile_environment(const struct profile *p,
					      const char *name);
/* Who is told of that environment's events; NULL: nobody. */
const struct notification *profile_notification(const struct profile *p,
						const char *env);
const struct environment *profile_environment_of(const struct profile *p,
						 const char *branch);
/* The folder where that environment's backups are; NULL: there is none. */
const char *profile_backup_store(const struct profile *p,
				 const struct environment *env);
/* The commands that are in its place; NULL: there are none. */
const struct backup_commands *
profile_backup_commands(const struct profile *p,
			const struct environment *env);
enum deploy_driver deployer_kind(const struct deployer *d);
/*
 * Does the path stay as it is there when another release is promoted?
 * Patterns as for path_match(), or a folder: "config/prod/".
 */
int profile_is_own(const struct environment *env, const char *path);
/* Does it say at all what is work on extensions? */
int profile_has_extensions(const struct environment *env);
/*
 * The pattern that makes the path, or that branch, such work; NULL.  One that
 * matches a folder of it does.
 */
const char *profile_extension_path(const struct environment *env,
				   const char *path);
const char *profile_extension_branch(const struct environment *env,
				     const char *branch);
/*
 * Is every source of a promotion an environment, here or of `others` (NULL:
 * none)?  A platform may promote from one that it does not know; for all
 * others it is a mistake.
 */
int profile_check_sources(const struct profile *p,
			  const struct profile *others, struct error *err);
/*
 * Who deploys the environment, which says `deploy: command` or `http`; NULL,
 * with what to write, where nobody says how.
 */
const struct deployer *profile_deployer(const struct profile *p,
					const struct environment *env,
					struct error *err);
/* The order of the steps there. */
enum deploy_mode profile_mode(const struct profile *p,
			      const struct environment *env);
/* Is that a gate that nobody may override? */
int profile_gate_is_fixed(const char *name);
/* Is there such a gate, or a condition of the environment's own? */
int profile_gate_is_there(const struct environment *env, const char *name);
/* a-z, 0-9, '.', '_', '-': a profile's or an environment's name. */
int profile_is_name(const char *text);
/* A short branch name by git's rules. */
int profile_is_branch(const char *text);
/* The name of the operation of an edit: "set"; and its text. */
const char *profile_edit_name(const struct migration_edit *e,
			      const char **text);
/* Is that text what such a value is?  And what would be, in words. */
int profile_value_fits(enum migration_value_type type, const char *text);
const char *profile_value_type_name(enum migration_value_type type);
/*
 * May a migration, or a replacement, touch that path?  Not what git or we read
 * ourselves.
 */
int profile_may_migrate(const char *path);
/* Is that replacement for a file of that path? */
int replacement_is_for(const struct replacement *rule, const char *path);
/* True when `version` is within since..until (NULL: no limit). */
int profile_in_range(const struct profile *p, const char *version,
		     const char *since, const char *until);

#endif
