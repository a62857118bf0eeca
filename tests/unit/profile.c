/* Profiles: what the embedded ones say, and what the reader refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/profile.h"
#include "model/profile_write.h"

static void parse(struct profile *p, const char *text)
{
	struct error err = ERROR_INIT;

	if (profile_parse(p, "f", text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
}

/* `text` follows a good beginning of two lines. */
static void refuses(const char *text, const char *message, const char *hint)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	buf_addf(&b, "format: 1\nname: x\n%s", text);
	assert_int_equal(profile_parse(&p, "f", b.s, b.len, &err), -1);
	assert_string_equal(err.message, message);
	if (hint)
		assert_string_equal(err.hints.v[err.hints.nr - 1], hint);
	assert_null(p.name);
	error_release(&err);
	buf_release(&b);
}

static void embedded(void **state)
{
	struct strvec names = STRVEC_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	profile_names(&names);
	assert_true(strvec_has(&names, "mender"));
	assert_true(strvec_has(&names, "generic"));
	for (size_t i = 0; i < names.nr; i++) {
		struct profile p = PROFILE_INIT;

		if (profile_load(&p, names.v[i], &err) < 0)
			fail_msg("%s", err.message);
		assert_string_equal(p.name, names.v[i]);
		assert_non_null(p.description);
		assert_int_equal(strncmp(p.origin, "profile ", 8), 0);
		profile_release(&p);
	}
	strvec_release(&names);
}

static void unknown(void **state)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(profile_load(&p, "../x", &err), -1);
	assert_string_equal(err.message, "there is no profile '../x'");
	assert_int_equal(profile_load_file(&p, "/nowhere/x.yaml", &err), -1);
	error_release(&err);
}

static void mender(void **state)
{
	struct profile p = PROFILE_INIT;
	struct strvec paths = STRVEC_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(profile_load(&p, "mender", &err), 0);
	assert_int_equal(p.rule, PATH_CONNECTED_MINOR);
	assert_int_equal(p.nr_edges, 2);
	assert_string_equal(p.edges[1].from, "3.4");
	assert_string_equal(p.last, "3.8");
	assert_int_equal(p.nr_copies, 2);
	assert_string_equal(p.copies[0].replace_to, "/production/");
	assert_string_equal(p.copies[1].since, "2.2");
	assert_int_equal(p.placeholders.nr, 2);
	assert_int_equal(p.nr_deploy, 4);
	assert_true(p.deploy[1].interrupts);
	assert_true(p.deploy[3].restores);
	assert_string_equal(p.deploy[3].run.argv.v[2], "-d");
	assert_int_equal(p.deploy[0].run.timeout, 3600);
	assert_true(p.metadata);
	assert_int_equal(p.health.polls, 3);

	assert_false(profile_detects(&p, &paths));
	strvec_pushl(&paths, "common.yml", "docker-compose.client.yml",
		     "docker-compose.storage.minio.yml", "docker-compose.yml",
		     "README.md", NULL);
	assert_false(profile_detects(&p, &paths));
	strvec_push(&paths, "keygen");
	assert_true(profile_detects(&p, &paths));
	strvec_release(&paths);
	profile_release(&p);
}

static void defaults(void **state)
{
	struct profile p = PROFILE_INIT;
	struct strvec paths = STRVEC_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\ncopies:\ndeploy:\n"
	      "verify: {health: {run: [a]}}\n");
	assert_int_equal(p.rule, PATH_ANY);
	assert_string_equal(p.final_pattern, PROFILE_FINAL);
	assert_null(p.pre_pattern);
	assert_int_equal(p.keep, 3);
	assert_int_equal(p.metadata, 0);
	assert_int_equal(p.health.polls, 1);
	assert_int_equal(p.health.interval, 5);
	assert_int_equal(p.version.run.argv.nr, 0);
	assert_string_equal(p.origin, "f");
	/* Nothing to look for is no match. */
	strvec_push(&paths, "a");
	assert_false(profile_detects(&p, &paths));
	strvec_release(&paths);
	profile_release(&p);
}

static void everything(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p,
	      "format: 1\n"
	      "name: my-shop\n"
	      "description: ours\n"
	      "detect: {files: [composer.json, 'bin/*']}\n"
	      "upstream: {remote: up, urls: ['*x/y']}\n"
	      "releases: {scheme: semver, final: '^v', pre: b}\n"
	      "path:\n"
	      "  rule: connected-minor\n"
	      "  edges: [{from: 1.2, to: 1.10}]\n"
	      "  avoid: [1.5.0]\n"
	      "  last: {release: 2, reason: because}\n"
	      "copies:\n"
	      "  - {template: a/*.t, copy: b/*, since: 1.0, until: 1.0,\n"
	      "     replace: {from: x, to: y}}\n"
	      "placeholders: [CHANGE ME]\n"
	      "steps:\n"
	      "  - name: composer\n"
	      "    run: [composer, install, '']\n"
	      "    timeout: 10m\n"
	      "    if_exists: composer.json\n"
	      "    marshal: {files: 'vendor/*/*/composer.json',\n"
	      "              map: /extra/map}\n"
	      "    produces: [composer.lock]\n"
	      "deploy:\n"
	      "  steps:\n"
	      "    - {name: up, run: [./up], dir: sub, interrupts: true,\n"
	      "       restores: false}\n"
	      "  shared: [var/log, .env]\n"
	      "  metadata: true\n"
	      "  keep: 5\n"
	      "  submodule_timeout: 5m\n"
	      "  checkout_timeout: 2h\n"
	      "verify:\n"
	      "  health: {run: [c], dir: d, expect: ok, polls: 2,\n"
	      "           interval: 0, timeout: 1m}\n"
	      "  version: {run: [v]}\n"
	      "  log_failures: [a+]\n"
	      "environments:\n"
	      "  production:\n"
	      "  staging: {branch: topic/stage, deploy_to: /srv/s}\n");
	assert_string_equal(p.detect_files.v[1], "bin/*");
	assert_string_equal(p.upstream, "up");
	assert_string_equal(p.edges[0].to, "1.10");
	assert_string_equal(p.last_reason, "because");
	assert_string_equal(p.copies[0].replace_from, "x");
	assert_string_equal(p.steps[0].marshal_map, "/extra/map");
	assert_int_equal(p.steps[0].run.timeout, 600);
	assert_int_equal(p.steps[0].run.argv.nr, 3);
	assert_string_equal(p.deploy[0].dir, "sub");
	assert_int_equal(p.shared.nr, 2);
	assert_int_equal(p.submodule_timeout, 300);
	assert_int_equal(p.checkout_timeout, 7200);
	assert_int_equal(p.health.interval, 0);
	assert_string_equal(p.health.expect, "ok");
	assert_int_equal(p.nr_environments, 2);
	assert_string_equal(profile_environment(&p, "production")->branch,
			    "production");
	assert_string_equal(profile_environment_of(&p, "topic/stage")->name,
			    "staging");
	assert_null(profile_environment(&p, "test"));
	assert_null(profile_environment_of(&p, "staging"));
	profile_release(&p);
}

static void maps_merge(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\n"
	      "profile: mender\n"
	      "path: {rule: any}\n"
	      "environments: {production: {deploy_to: /srv/mender}}\n");
	assert_string_equal(p.name, "mender");
	assert_int_equal(p.rule, PATH_ANY);
	assert_int_equal(p.nr_edges, 2);
	assert_string_equal(p.last, "3.8");
	assert_int_equal(p.nr_copies, 2);
	assert_int_equal(p.nr_deploy, 4);
	assert_string_equal(p.environments[0].deploy_to, "/srv/mender");
	assert_string_equal(p.origin, "f");
	assert_string_equal(profile_origin(&p, "path.rule"), "f:3");
	assert_string_equal(profile_origin(&p, "path.edges"),
			    "profile mender");
	assert_string_equal(profile_origin(&p, "verify.version.polls"),
			    "default");
	profile_release(&p);
}

/* Lay a text of a file "g" over `p`. */
static void lay_over(struct profile *p, const char *text)
{
	struct profile_text t = PROFILE_TEXT_INIT;
	struct error err = ERROR_INIT;

	if (profile_text_parse(&t, "g", text, strlen(text), &err) < 0 ||
	    profile_apply(p, &t, &err) < 0)
		fail_msg("%s", err.message);
	profile_text_release(&t);
}

static void layers(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\n"
	      "profile: mender\n"
	      "path: {avoid: [3.1.0, 3.2.0]}\n"
	      "deploy: {keep: 7, shared: [a, b]}\n"
	      "environments:\n"
	      "  staging:\n"
	      "  production: {deploy_to: /srv/mender}\n");
	lay_over(&p, "format: 1\n"
		 "path:\n"
		 "  # rule: any\n"
		 "deploy: {shared: [c], steps: ~}\n"
		 "environments: {production: {branch: live}, test: }\n");
	/* Nothing is said about it, so it stays. */
	assert_int_equal(p.rule, PATH_CONNECTED_MINOR);
	assert_int_equal(p.avoid.nr, 2);
	assert_int_equal(p.keep, 7);
	/* A list is replaced; what is written ~ is taken back. */
	assert_int_equal(p.shared.nr, 1);
	assert_string_equal(p.shared.v[0], "c");
	assert_int_equal(p.nr_deploy, 0);
	/* Names merge key by key. */
	assert_int_equal(p.nr_environments, 3);
	assert_string_equal(p.environments[0].branch, "staging");
	assert_string_equal(p.environments[1].branch, "live");
	assert_string_equal(p.environments[1].deploy_to, "/srv/mender");
	assert_string_equal(profile_origin(&p, "environments.production."
					   "deploy_to"), "f:7");
	assert_string_equal(profile_origin(&p, "environments.production."
					   "branch"), "g:5");
	/* A map that is written ~ is taken back, with all it had. */
	lay_over(&p, "format: 1\npath: {last: null, avoid: []}\n");
	assert_null(p.last);
	assert_int_equal(p.avoid.nr, 0);
	assert_int_equal(p.nr_edges, 2);
	profile_release(&p);
}

static void set(struct profile *p, const char *key, const char *value,
		const char *message)
{
	struct strvec values = STRVEC_INIT;
	struct error err = ERROR_INIT;

	strvec_pushl(&values, "first", value, NULL);
	assert_true(profile_has_key(key));
	if (profile_set(p, key, &values, "git config x", &err) < 0 && !message)
		fail_msg("%s", err.message);
	if (message)
		assert_string_equal(err.message, message);
	error_release(&err);
	strvec_release(&values);
}

#define MIGRATION \
	"migrations:\n" \
	"  one:\n" \
	"    since: \"2.7\"\n" \
	"    files: [a.yml]\n" \
	"    values: {host: {description: d, default: h}}\n" \
	"    edits:\n" \
	"      - {set: a.b, value: {c: [\"{host}\", 1]}}\n"

static void migrations_merge_by_name(void **state)
{
	struct profile p = PROFILE_INIT;
	struct value *all;

	(void)state;
	parse(&p, "format: 1\nname: x\n" MIGRATION
	      "  two: {since: \"3\", edits: [{move: a, to: b}]}\n");
	assert_int_equal(p.nr_migrations, 2);
	assert_string_equal(p.migrations[0].edits[0].set, "a.b");
	assert_string_equal(p.migrations[0].values[0].fallback, "h");
	lay_over(&p, "format: 1\nmigrations:\n"
		 "  one: {values: {host: {default: other}}}\n"
		 "  three: {since: \"1\", edits: [{move: c, to: d}]}\n"
		 "  four: ~\n  two: ~\n");
	/* The order is that of the first naming, and what was ~ is gone. */
	assert_int_equal(p.nr_migrations, 2);
	assert_string_equal(p.migrations[0].name, "one");
	assert_string_equal(p.migrations[0].values[0].fallback, "other");
	assert_string_equal(p.migrations[0].values[0].description, "d");
	assert_int_equal(p.migrations[0].nr_edits, 1);
	assert_string_equal(p.migrations[1].name, "three");
	assert_string_equal(profile_origin(&p, "migrations.two.since"),
			    "default");
	/* Names in names are keys of settings as well. */
	set(&p, "migrations.one.values.host.default", "set", NULL);
	assert_string_equal(p.migrations[0].values[0].fallback, "set");
	all = profile_values(&p);
	assert_non_null(value_get(all, "migrations.one.edits"));
	assert_string_equal(value_text(all, "migrations.one.values.host."
				       "default"), "set");
	value_free(all);
	profile_release(&p);
}

/* `edit` in place of the one of a good migration. */
static void refuses_edit(const char *edit, const char *why)
{
	char *text = xstrfmt("migrations:\n  m:\n    since: \"1\"\n"
			     "    files: [a.yml]\n    edits:\n"
			     "      - %s\n", edit);
	char *message = xstrfmt("f:8:9: migrations.m.edits%s", why);

	refuses(text, message, NULL);
	free(message);
	free(text);
}

#define COMMAND "command: {deploy: {run: [d]"
#define HTTP "http: {find: {url: 'http://h', commit: /c, id: /i}, status: " \
	"{url: 'http://h', state: /s, states: {a: success}}"

static void refuses_driver(const char *text, const char *message)
{
	char *all = xstrfmt("drivers: {d: {%s}}\n", text);
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	buf_addf(&b, "format: 1\nname: x\n%s", all);
	assert_int_equal(profile_parse(&p, "f", b.s, b.len, &err), -1);
	assert_true(starts_with(err.message, "f:3:"));
	if (!ends_with(err.message, message))
		fail_msg("'%s' does not end with '%s'", err.message, message);
	error_release(&err);
	buf_release(&b);
	free(all);
}

static void drivers(void **state)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\ndrivers: {d: {" COMMAND ", id: "
	      "'id (.*)', exits: {'75': pending}}}}, h: {" HTTP "}}}\n"
	      "environments: {a: {deploy: command}, b: {deploy: http, driver: "
	      "d}}\n");
	assert_string_equal(profile_deployer(&p, &p.environments[0],
					     &err)->name, "d");
	assert_null(profile_deployer(&p, &p.environments[1], &err));
	assert_string_equal(err.message, "environment b says 'driver: d', and "
			    "there is no such driver of kind http");
	error_release(&err);
	profile_release(&p);
}

static void bad_drivers(void **state)
{
	(void)state;
	refuses_driver("", "drivers.d: the key 'command' or 'http' is "
		       "missing");
	refuses_driver(COMMAND "}}, " HTTP "}",
		       "there can be only one of 'command' and 'http'");
	refuses_driver("command: {status: {run: [s]}}",
		       "drivers.d.command: the key 'deploy' is missing");
	refuses_driver(COMMAND ", id: 'x'}}", "drivers.d.command.deploy.id: "
		       "expected an expression with the id in parentheses, "
		       "not 'x'");
	refuses_driver(COMMAND ", id: 'x(y)', id_at: /a}}", "drivers.d: the id "
		       "of a deploy is found by 'id' or by 'id_at', not by "
		       "both");
	refuses_driver(COMMAND ", id_at: a}}", "expected a JSON pointer "
		       "(\"/extra/map\"), not 'a'");
	refuses_driver(COMMAND ", exits: {'256': success}}}", "expected an "
		       "exit code, 0 to 255, not '256'");
	refuses_driver(COMMAND ", exits: {'1': good}}}", "expected pending or "
		       "success or failure, not 'good'");
	refuses_driver(COMMAND ", output: {'(': success}}}", "'(' is no "
		       "regular expression: Unmatched ( or \\(");
	refuses_driver(COMMAND "}}, defaults: {Region: eu}", "drivers.d."
		       "defaults: expected a name of a-z, 0-9 and '_', not "
		       "'Region'");
	refuses_driver(COMMAND "}}, defaults: {token: eu}", "drivers.d."
		       "defaults: {token} is known already, and cannot be "
		       "set");
	refuses_driver("http: {status: {url: 'http://h', state: /s, states: "
		       "{a: success}}}", "drivers.d: the key 'trigger' or "
		       "'find' is missing: a deploy is begun, or found by its "
		       "commit");
	refuses_driver("http: {trigger: {url: 'http://h'}, status: {url: "
		       "'http://h', state: /s}}", "drivers.d: the key "
		       "'http.status.states' is missing: which states mean "
		       "what");
	refuses_driver(HTTP ", log: {url: 'http://u:p@h'}}", "drivers.d.http."
		       "log.url: expected a URL of http or https without a "
		       "password, not 'http://u:p@h'");
	refuses_driver(HTTP ", log: {url: 'http://h', lines: ndjson}}",
		       "drivers.d: the key 'http.log.message' is missing: "
		       "where a line has its text");
	refuses_driver(HTTP ", headers: {'a b': c}}", "drivers.d.http.headers: "
		       "expected the name of a header, not 'a b'");
	refuses_driver(HTTP ", token: {env: A-B}}", "drivers.d.http.token.env: "
		       "expected the name of a variable of the environment, "
		       "not 'A-B'");
	refuses_driver(HTTP ", log: {url: 'http://h', method: get}}",
		       "expected a method such as GET or POST, not 'get'");
}

static void bad_migrations(void **state)
{
	(void)state;
	refuses_edit("{}", ": expected one of set, append, insert, rename, "
		     "remove, replace, move");
	refuses_edit("{set: a, remove: b, value: 1}", ": expected one of set, "
		     "append, insert, rename, remove, replace, move");
	refuses_edit("{set: a}", ": the key 'value' is missing");
	refuses_edit("{remove: 'a[0]'}", ": 'a[0]' would be another entry "
		     "the next time: name the list, and the value");
	refuses_edit("{rename: a, to: b, value: 1}",
		     ": 'value' goes with set, append, insert or remove");
	refuses_edit("{rename: a}", ": the key 'to' is missing");
	refuses_edit("{replace: a}", ": the key 'with' is missing");
	refuses_edit("{set: a, value: 1, below: b}",
		     ": 'below' goes with replace");
	refuses_edit("{move: a, to: ../b}", ": expected a path inside the "
		     "tree, not '../b'");
	refuses_edit("{move: a, to: .gitupgrade.yaml}", ": migrations leave "
		     "alone what begins with .git: '.gitupgrade.yaml'");
	refuses_edit("{move: a, to: x/.GITmodules}", ": migrations leave "
		     "alone what begins with .git: 'x/.GITmodules'");
	refuses_edit("{move: a, to: b, if: [{exists: k}]}", ": a condition of "
		     "a move has to say 'in' which file");
	refuses("migrations: {m: {since: \"1\"}}\n",
		"f:3:17: migrations.m: the key 'edits' is missing", NULL);
	refuses("migrations: {m: {edits: []}}\n",
		"f:3:17: migrations.m: the key 'since' is missing", NULL);
	refuses("migrations: {m.n: {since: \"1\", edits: [{move: a, to: b}]}}"
		"\n", "f:3:14: migrations.m.n: expected a name of a-z, 0-9, "
		"'_' and '-', not 'm.n'", NULL);
	refuses("migrations: {m: {since: \"1\", edits: [{remove: a}]}}\n",
		"f:3:17: migrations.m: edit 1 does not say 'in' which file, "
		"nor do 'files'", NULL);
	refuses("migrations: {m: {since: \"1\", values: {v: }, "
		"edits: [{move: a, to: b}]}}\n",
		"f:3:17: migrations.m: no edit uses {v}", NULL);
	refuses("migrations: {m: {since: \"2\", until: \"1\", "
		"edits: [{move: a, to: b}]}}\n",
		"f:3:17: migrations.m: since 2 is later than until 1", NULL);
	refuses("migrations: {m: {since: \"2\", files: [.gitmodules], "
		"edits: [{remove: b}]}}\n",
		"f:3:38: migrations.m.files: migrations leave alone what "
		"begins with .git: '.gitmodules'", NULL);
	refuses("migrations: {m: {since: \"2\", if: [{equals: b}], "
		"edits: [{move: b, to: c}]}}\n",
		"f:3:35: migrations.m.if: there is no value to compare with",
		NULL);
	refuses("migrations: {m: {since: \"2\", if: [{exists: 'a..b'}], "
		"edits: [{move: b, to: c}]}}\n",
		"f:3:44: migrations.m.if.exists: 'a..b' is no path of keys "
		"(services.web.ports[0])", NULL);
}

static void another_check_begins_anew(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nprofile: mender\nverify: {health: {run: [a]}}\n");
	assert_null(p.health.dir);
	assert_int_equal(p.health.polls, 1);
	assert_string_equal(profile_origin(&p, "verify.health.polls"),
			    "default");
	profile_release(&p);
	parse(&p, "format: 1\nprofile: mender\nverify: {health: {polls: 7}}\n");
	assert_string_equal(p.health.dir, "production");
	assert_int_equal(p.health.polls, 7);
	set(&p, "verify.health.run", "b", NULL);
	assert_string_equal(p.health.dir, "production");
	profile_release(&p);
}

/* `check` is what stands below verify.health; `why` is behind "f:". */
static void refuses_check(const char *check, const char *why)
{
	char *text = xstrfmt("verify:\n  health:\n    %s\n", check);
	char *message = xstrfmt("f:%s", why);

	refuses(text, message, NULL);
	free(message);
	free(text);
}

static void a_check_asks_or_runs(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\nverify: {health: {http: {url: "
	      "'http://h/{release}', json: {/a: 1}}, within: 2m}}\n");
	assert_string_equal(p.health.http.url, "http://h/{release}");
	assert_string_equal(p.health.http.status, "2xx");
	assert_int_equal(p.health.within, 120);
	assert_true(check_is_there(&p.health));
	assert_false(check_is_there(&p.version));
	profile_release(&p);
	refuses_check("{polls: 2}", "5:5: verify.health: the key 'run' or "
		      "'http' is missing");
	refuses_check("{run: [a], http: {url: 'http://h'}}",
		      "5:16: verify.health: there can be only one of 'run' "
		      "and 'http'");
	refuses_check("{http: {url: 'http://h'}, expect: x}",
		      "5:31: verify.health: 'expect' is about what is run, and "
		      "this check asks over HTTP");
	refuses_check("{http: {status: 200}}", "5:12: verify.health.http: the "
		      "key 'url' is missing");
}

static void what_is_asked_is_checked(void **state)
{
	(void)state;
	refuses_check("http: {url: 'ftp://h'}", "5:17: verify.health.http.url: "
		      "expected a URL of http or https, not 'ftp://h'");
	refuses_check("http: {url: 'http:///x'}", "5:17: "
		      "verify.health.http.url: expected a URL of http or "
		      "https, not 'http:///x'");
	refuses_check("http: {url: 'http://h', status: 20}", "5:37: "
		      "verify.health.http.status: expected a status (200) or "
		      "a class of them (2xx), not '20'");
	refuses_check("http: {url: 'http://h', headers: {a b: c}}", "5:39: "
		      "verify.health.http.headers: expected the name of a "
		      "header, not 'a b'");
	refuses_check("http: {url: 'http://h', headers: [a]}", "5:38: "
		      "verify.health.http.headers: expected names of headers "
		      "as keys, not a list");
	refuses_check("http: {url: 'http://h', json: {a: c}}", "5:36: "
		      "verify.health.http.json: expected a JSON pointer "
		      "(\"/extra/map\"), not 'a'");
	refuses_check("http: {url: 'http://h', json: {/a~b: c}}", "5:36: "
		      "verify.health.http.json: expected a JSON pointer "
		      "(\"/extra/map\"), not '/a~b'");
	refuses_check("http: {url: 'http://h', json: {/a: [c]}}", "5:40: "
		      "verify.health.http.json: expected a text, a number, "
		      "true, false or null, not a list");
	refuses_check("{run: [a], polls: 5, within: 10s}", "5:5: "
		      "verify.health: 5 polls, 5 s apart, do not fit within "
		      "10 s");
}

/* Whatever a C library thinks of the braces. */
static void expressions_are_filled_in(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\nverify: {health: {http: {url: "
	      "'http://h', body: '{release}{2}({env})', "
	      "headers: {a: '^{release}'}}}}\n");
	assert_string_equal(p.health.http.body, "{release}{2}({env})");
	profile_release(&p);
	refuses_check("http: {url: 'http://h', body: '({env}'}", "5:35: "
		      "verify.health.http.body: '(x' is no regular "
		      "expression: Unmatched ( or \\(");
}

static void another_kind_of_check_takes_the_place(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nprofile: mender\nverify: {health: {http: "
	      "{url: 'http://h'}}}\n");
	assert_int_equal(p.health.run.argv.nr, 0);
	assert_null(p.health.dir);
	assert_string_equal(profile_origin(&p, "verify.health.run"),
			    "default");
	set(&p, "verify.health.polls", "4", NULL);
	set(&p, "verify.health.run", "b", NULL);
	assert_null(p.health.http.url);
	assert_int_equal(p.health.polls, 4);
	profile_release(&p);
	parse(&p, "format: 1\nprofile: mender\n");
	set(&p, "verify.health.http.url", "https://h", NULL);
	assert_int_equal(p.health.run.argv.nr, 0);
	assert_int_equal(p.health.polls, 3);
	assert_string_equal(p.health.http.url, "https://h");
	assert_string_equal(p.health.http.status, "2xx");
	profile_release(&p);
	assert_true(profile_has_key("verify.health.http.url"));
	assert_false(profile_has_key("verify.health.http.json"));
}

static void settings(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nprofile: mender\n");
	set(&p, "path.rule", "any", NULL);
	set(&p, "verify.health.interval", "1m", NULL);
	set(&p, "placeholders", "second", NULL);
	set(&p, "environments.a.b.deploy_to", "/srv/a", NULL);
	assert_int_equal(p.rule, PATH_ANY);
	assert_int_equal(p.health.interval, 60);
	assert_int_equal(p.placeholders.nr, 2);
	assert_string_equal(p.placeholders.v[1], "second");
	assert_string_equal(profile_environment(&p, "a.b")->deploy_to,
			    "/srv/a");
	assert_string_equal(profile_origin(&p, "path.rule"), "git config x");
	set(&p, "path.rule", "all", "git config x: expected any or "
	    "connected-minor or edges, not 'all'");
	set(&p, "deploy.keep", "0", "git config x: expected 1 to 1000, "
	    "not '0'");
	assert_false(profile_has_key("path"));
	assert_false(profile_has_key("path.rules"));
	assert_false(profile_has_key("path.rule.x"));
	assert_false(profile_has_key("steps"));
	assert_false(profile_has_key("environments"));
	assert_false(profile_has_key("environments.a"));
	assert_false(profile_has_key("environments..branch"));
	assert_false(profile_has_key(""));
	assert_false(profile_has_key("."));
	assert_false(profile_has_key("format"));
	profile_release(&p);
}

static void values(void **state)
{
	struct profile p = PROFILE_INIT;
	struct value *map;

	(void)state;
	parse(&p, "format: 1\nprofile: mender\nenvironments: {a.b: }\n");
	map = profile_values(&p);
	assert_string_equal(value_text(map, "path.rule"), "connected-minor");
	assert_string_equal(value_text(map, "deploy.keep"), "3");
	assert_string_equal(value_text(map, "deploy.metadata"), "true");
	assert_string_equal(value_text(map, "verify.health.timeout"), "1m");
	assert_string_equal(value_text(map, "environments.a.b.branch"),
			    "a.b");
	assert_string_equal(value_at(map, "/deploy.steps/0/run/1")->text,
			    "pull");
	assert_string_equal(value_at(map, "/copies/0/replace/to")->text,
			    "/production/");
	assert_null(value_get(map, "upstream.remote"));
	assert_null(value_get(map, "steps"));
	assert_null(value_get(map, "verify.version.polls"));
	value_free(map);
	profile_release(&p);
}

static void check_files(const struct profile *p)
{
	struct strvec sets = STRVEC_INIT;

	assert_int_equal(profile_kind_of(p, "a/b.neon"), RESOLVE_YAML);
	assert_int_equal(profile_kind_of(p, "b.neon"), RESOLVE_YAML);
	assert_int_equal(profile_kind_of(p, "old/b.neon"), RESOLVE_NONE);
	assert_int_equal(profile_kind_of(p, "old/c.json"), RESOLVE_NONE);
	assert_int_equal(profile_kind_of(p, "new/c.json"), RESOLVE_JSON);
	assert_int_equal(profile_kind_of(p, ".npmrc"), RESOLVE_DOTENV);
	profile_sets_of(p, "new/c.json", &sets);
	assert_int_equal(sets.nr, 0);
	profile_sets_of(p, "old/b.neon", &sets);
	assert_int_equal(sets.nr, 3);
	assert_string_equal(sets.v[0], "modules");
	assert_string_equal(sets.v[2], "c");
	strvec_release(&sets);
}

static void files(void **state)
{
	struct profile p = PROFILE_INIT;
	struct buf text = BUF_INIT;

	(void)state;
	parse(&p, "format: 1\n"
	      "name: n\n"
	      "files:\n"
	      "  '**/*.neon': {as: yaml, sets: [modules, b]}\n"
	      "  '*.neon': {}\n"
	      "  .npmrc: {as: dotenv}\n"
	      "  'old/**': {as: lines, sets: [c]}\n");
	check_files(&p);
	/* Patterns hold dots, and are keys all the same. */
	assert_string_equal(profile_origin(&p, "files.**/*.neon.as"), "f:4");
	profile_write(&text, &p, NULL);
	profile_release(&p);
	parse(&p, text.s);
	check_files(&p);
	buf_release(&text);
	profile_release(&p);
}

static void check_replacements(const struct profile *p)
{
	const struct replacement *rule = p->replacements;

	assert_int_equal(p->nr_replacements, 2);
	assert_string_equal(rule[0].from, "docker.io/shop/");
	assert_string_equal(rule[0].to, "r.example/shop/");
	assert_true(replacement_is_for(&rule[0], "a.yml"));
	assert_true(replacement_is_for(&rule[0], "helm/a/b.yaml"));
	assert_false(replacement_is_for(&rule[0], "a/b.yml"));
	assert_false(replacement_is_for(&rule[0], ".gitlab-ci.yml"));
	assert_string_equal(rule[1].from, "example.com");
}

static void replacements(void **state)
{
	struct profile p = PROFILE_INIT;
	struct buf text = BUF_INIT;

	(void)state;
	parse(&p, "format: 1\n"
	      "name: n\n"
	      "replacements:\n"
	      "  - {files: ['*.yml', 'helm/**'], from: docker.io/shop/,\n"
	      "     to: r.example/shop/}\n"
	      "  - {files: ['*.yml'], from: example.com, to: 'a: b'}\n");
	check_replacements(&p);
	assert_string_equal(profile_origin(&p, "replacements"), "f:4");
	profile_write(&text, &p, NULL);
	profile_release(&p);
	parse(&p, text.s);
	check_replacements(&p);
	buf_release(&text);
	profile_release(&p);
}

/* No file is for both. */
static void replacements_apart(void **state)
{
	static const char *const pairs[][2] = {
		{ "a.yml", "b.yml" }, { "*.yml", "*.env" },
		{ "a/**", "b/**" }, { "*.yml", "a/b.yml" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct profile p = PROFILE_INIT;
		char *text = xstrfmt("format: 1\nname: n\nreplacements:\n"
				     "- {files: ['%s'], from: a, to: b}\n"
				     "- {files: ['%s'], from: c, to: a/c}\n",
				     pairs[i][0], pairs[i][1]);

		parse(&p, text);
		assert_int_equal(p.nr_replacements, 2);
		profile_release(&p);
		free(text);
	}
}

static void replacements_refused(void **state)
{
	(void)state;
	refuses("replacements: {from: a}\n",
		"f:3:15: replacements: expected a list, not keys and values",
		NULL);
	refuses("replacements: [{form: a}]\n",
		"f:3:17: replacements: there is no key 'form'; expected one "
		"of files, from, to", "did you mean 'from'?");
	refuses("replacements: [{from: a, to: b}]\n",
		"f:3:16: replacements: the key 'files' is missing, or names "
		"none", NULL);
	refuses("replacements: [{files: a, from: a, to: b}]\n",
		"f:3:24: replacements.files: expected a list of texts, not "
		"'a'", NULL);
	refuses("replacements: [{files: [a], from: a}]\n",
		"f:3:16: replacements: the key 'to' is missing", NULL);
	refuses("replacements: [{files: [a], from: '', to: b}]\n",
		"f:3:35: replacements.from: expected a text that is not empty",
		NULL);
	refuses("replacements: [{files: [a], from: a, to: \"b\\nc\"}]\n",
		"f:3:42: replacements.to: expected a text of one line", NULL);
	refuses("replacements:\n- {files: [a], from: a,\n   to: a}\n",
		"f:5:8: replacements: 'a' is what 'from' is already", NULL);
	refuses("replacements: [{files: [.gitmodules], from: a, to: b}]\n",
		"f:3:25: replacements.files: replacements leave alone what "
		"begins with .git: '.gitmodules'", NULL);
	refuses("replacements: [{files: [../a], from: a, to: b}]\n",
		"f:3:25: replacements.files: expected a path inside the tree, "
		"not '../a'", NULL);
	refuses("replacements:\n- {files: [f], from: a, to: b}\n"
		"- {files: [g, f], from: c, to: a/c}\n",
		"f:5:3: replacements: what this writes, 'a/c', entry 1 would "
		"replace the next time: put this one first", NULL);
	refuses("replacements:\n- {files: ['**/*.yml'], from: a, to: b}\n"
		"- {files: [f.yml], from: c, to: a/c}\n",
		"f:5:3: replacements: what this writes, 'a/c', entry 1 would "
		"replace the next time: put this one first", NULL);
	refuses("replacements:\n- {files: ['x/*'], from: a, to: b}\n"
		"- {files: ['**/f.yml'], from: c, to: a/c}\n",
		"f:5:3: replacements: what this writes, 'a/c', entry 1 would "
		"replace the next time: put this one first", NULL);
}

static void ranges(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\n");
	assert_true(profile_in_range(&p, "2.1.1", NULL, "2.1"));
	assert_false(profile_in_range(&p, "2.2.0", NULL, "2.1"));
	assert_false(profile_in_range(&p, "2.1.1", "2.2", NULL));
	assert_true(profile_in_range(&p, "2.2.0b1", "2.2", NULL));
	assert_true(profile_in_range(&p, "2.10.0", "2.9", "2"));
	assert_true(profile_in_range(&p, "latest", NULL, NULL));
	assert_false(profile_in_range(&p, "latest", "1", NULL));
	profile_release(&p);
}

static void keys_refused(void **state)
{
	(void)state;
	refuses("verify: {healt: {}}\n",
		"f:3:10: verify: there is no key 'healt'; expected one of "
		"health, version, log_failures", "did you mean 'health'?");
	refuses("deploy:\n  steps:\n    - name: a\n      runs: [x]\n",
		"f:6:7: deploy.steps: there is no key 'runs'; expected one of "
		"name, run, timeout, dir, as, only_if, undoes, interrupts, "
		"restores",
		"did you mean 'run'?");
	refuses("zzz: 1\n",
		"f:3:1: there is no key 'zzz'; expected one of format, "
		"profile, name, description, detect, upstream, releases, "
		"path, files, replacements, without, required_files, copies, "
		"placeholders, locks, migrations, steps, deploy, verify, "
		"notify, failures, backup, environments, drivers",
		"what may stand there is in gitupgrade-profile(5)");
	refuses("deploy: {steps: [{name: a}]}\n",
		"f:3:18: deploy.steps: the key 'run' is missing", NULL);
	refuses("steps:\n  - {name: a, run: [x], marshal: {files: x}}\n",
		"f:4:34: steps.marshal: the key 'map' is missing", NULL);
	refuses("name: y\n", "f:3:1: the key 'name' is there twice", NULL);
}

static void values_refused(void **state)
{
	(void)state;
	refuses("copies: {a: b}\n",
		"f:3:9: copies: expected a list, not keys and values", NULL);
	refuses("copies: yes\n", "f:3:9: copies: expected a list, not 'yes'",
		NULL);
	refuses("without: [a, /b]\n",
		"f:3:14: without: expected a path inside the tree, not '/b'",
		NULL);
	refuses("placeholders: [[a]]\n",
		"f:3:16: placeholders: expected a text, not a list", NULL);
	refuses("description: ''\n",
		"f:3:14: description: expected a text that is not empty",
		NULL);
	refuses("description: \"a\\eb\"\n",
		"f:3:14: description: expected a text of one line", NULL);
	refuses("deploy: {metadata: yes}\n",
		"f:3:20: deploy.metadata: expected true or false, not 'yes'",
		NULL);
	refuses("deploy: {metadata: 'true'}\n",
		"f:3:20: deploy.metadata: expected true or false, not 'true'",
		NULL);
	refuses("deploy: {keep: 3x}\n",
		"f:3:16: deploy.keep: expected a whole number, not '3x'",
		NULL);
	refuses("deploy: {keep: 0}\n",
		"f:3:16: deploy.keep: expected 1 to 1000, not '0'", NULL);
	refuses("deploy: {keep: -1}\n",
		"f:3:16: deploy.keep: expected a whole number, not '-1'",
		NULL);
	refuses("deploy: {keep: 99999999999999999999}\n",
		"f:3:16: deploy.keep: expected a whole number, not "
		"'99999999999999999999'", NULL);
	refuses("deploy: {submodule_timeout: 0}\n",
		"f:3:29: deploy.submodule_timeout: expected 1 to 604800 "
		"seconds, not '0'", NULL);
	refuses("verify: {health: {run: [a], timeout: 8d}}\n",
		"f:3:38: verify.health.timeout: expected 0 to 604800 seconds, "
		"not '8d'", NULL);
	refuses("verify: {health: {run: [a], timeout: soon}}\n",
		"f:3:38: verify.health.timeout: expected a span of time "
		"(90s, 10m, 2h, 1d), not 'soon'", NULL);
	refuses("verify: {health: {run: []}}\n",
		"f:3:24: verify.health.run: expected a program and its "
		"arguments", NULL);
	refuses("verify: {health: {run: ./run ps}}\n",
		"f:3:24: verify.health.run: expected a list of texts, not "
		"'./run ps'", NULL);
	refuses("path: {rule: connected}\n",
		"f:3:14: path.rule: expected any or connected-minor or edges, "
		"not 'connected'", NULL);
	refuses("path: {edges: [{from: 3.6, to: 3.3}]}\n",
		"f:3:16: path.edges: an edge leads forward, not from 3.6 to "
		"3.3", NULL);
	refuses("path: {avoid: [latest]}\n",
		"f:3:16: path.avoid: expected a version or its beginning "
		"(\"2.1\") of scheme semver, not 'latest'", NULL);
	/* The scheme may stand behind what it is needed for. */
	refuses("path: {avoid: [24.13]}\nreleases: {scheme: calendar}\n",
		"f:3:16: path.avoid: expected a version or its beginning "
		"(\"2024.1\") of scheme calendar, not '24.13'", NULL);
	/* It would take gigabytes to compile. */
	refuses("releases: {final: '((((a{255}){255}){255}){255})'}\n",
		"f:3:19: releases.final: expected an expression whose {...} "
		"multiply to at most 1000, not "
		"'((((a{255}){255}){255}){255})'", NULL);
	refuses("releases: {final: 'a{2,1001}'}\n",
		"f:3:19: releases.final: expected an expression whose {...} "
		"multiply to at most 1000, not 'a{2,1001}'", NULL);
	refuses("releases: {final: '(', pre: x}\n",
		"f:3:19: releases.final: '(' is no regular expression: "
		"Unmatched ( or \\(", NULL);
	refuses("copies: [{template: 'a/*', copy: b}]\n",
		"f:3:10: copies: template and copy need one '*' each, or none",
		NULL);
	refuses("copies: [{template: a, copy: b, since: 2.2, until: 2.1}]\n",
		"f:3:10: copies: since 2.2 is later than until 2.1", NULL);
	refuses("detect: [a]\n",
		"f:3:9: detect: expected keys and values, not a list", NULL);
}

static void backs_up(void **state)
{
	struct profile p = PROFILE_INIT;
	const struct environment *env;

	(void)state;
	parse(&p, "format: 1\n"
	      "name: x\n"
	      "backup:\n"
	      "  store: /var/backups/shop\n"
	      "  artifacts:\n"
	      "    - name: database\n"
	      "      run: [dump, all]\n"
	      "      timeout: 2h\n"
	      "      restore: {run: [load]}\n"
	      "      version: {run: [dump, --version]}\n"
	      "    - {name: media, run: [tar, c, media], optional: true}\n"
	      "  keep: {last: 3, daily: 7, weekly: 4, monthly: 6}\n"
	      "environments:\n"
	      "  live:\n"
	      "    backup: {before_upgrade: true, keep: 48h, at_most: 5d,\n"
	      "             blocks: true, store: /mnt/live}\n"
	      "  uat:\n"
	      "    branch: uat\n");
	env = profile_environment(&p, "live");
	assert_int_equal(2, p.nr_artifacts);
	assert_string_equal("load", p.artifacts[0].restore.argv.v[0]);
	assert_int_equal(7200, p.artifacts[0].run.timeout);
	assert_int_equal(60, p.artifacts[0].version.timeout);
	assert_int_equal(0, p.artifacts[1].restore.argv.nr);
	assert_true(p.artifacts[1].optional);
	assert_int_equal(6, p.backup_keep.monthly);
	assert_true(env->backup.before_upgrade && env->backup.blocks);
	assert_int_equal(432000, env->backup.at_most);
	assert_string_equal("/mnt/live", profile_backup_store(&p, env));
	env = profile_environment(&p, "uat");
	assert_false(env->backup.before_upgrade || env->backup.blocks);
	assert_int_equal(172800, env->backup.keep);
	assert_string_equal("/var/backups/shop",
			    profile_backup_store(&p, env));
	profile_release(&p);
	refuses("backup: {store: backups}\n", "f:3:17: backup.store: expected "
		"an absolute path, not 'backups'", NULL);
	refuses("backup:\n  artifacts: [{name: a}]\n", "f:4:15: "
		"backup.artifacts: the key 'run' is missing", NULL);
	refuses("backup:\n  artifacts: [{name: a/b, run: [x]}]\n",
		"f:4:22: backup.artifacts.name: expected a name of a-z, 0-9, "
		"'.', '_' and '-', not 'a/b'", NULL);
	refuses("backup:\n  artifacts: [{name: manifest.json, run: [x]}]\n",
		"f:4:22: backup.artifacts.name: 'manifest.json' is the name "
		"of another file in each backup", NULL);
	refuses("backup:\n  artifacts: [{name: a, run: [x]}, "
		"{name: a, run: [y]}]\n", "f:1:1: the artifact 'a' is there "
		"twice", NULL);
	refuses("environments:\n  live:\n    backup: {keep: 6d}\n",
		"f:5:20: environments.live.backup: kept for 518400 s is "
		"longer than at most, which is 432000 s", NULL);
	refuses("environments:\n  live:\n    backup: {keep: soon}\n",
		"f:5:20: environments.live.backup.keep: expected a span of "
		"time (90s, 10m, 2h, 1d), not 'soon'", NULL);
}

#define BY(what) "store: {put: {run: [" what ", p]}, " \
	"get: {run: [" what ", g], timeout: 1h}, " \
	"delete: {run: [" what ", d]}}"

static const char *by_of(const struct profile *p, const char *name)
{
	const struct environment *env = profile_environment(p, name);
	const struct backup_commands *by = profile_backup_commands(p, env);

	assert_true(!by || !profile_backup_store(p, env));
	return by ? by->get.argv.v[0] : NULL;
}

/* A store is a folder or commands; who says either is done with the other. */
static void backs_up_by_commands(void **state)
{
	struct profile p = PROFILE_INIT;
	static const char over[] = "format: 1\n"
		"backup: {store: /var/backups}\n"
		"environments:\n  live:\n    backup: {" BY("live") "}\n";

	(void)state;
	parse(&p, "format: 1\nname: x\n"
	      "backup: {" BY("all") "}\n"
	      "environments:\n"
	      "  live: {branch: live, backup: {keep: 1h}}\n"
	      "  uat: {branch: uat, backup: {store: /mnt/uat}}\n");
	assert_string_equal("all", by_of(&p, "live"));
	assert_null(by_of(&p, "uat"));
	assert_int_equal(3600, p.backup_commands.get.timeout);
	assert_int_equal(600, p.backup_commands.remove.timeout);
	assert_string_equal("f:3", profile_origin(&p,
						  "backup.store.put.run"));
	lay_over(&p, over);
	assert_string_equal("live", by_of(&p, "live"));
	assert_string_equal("/var/backups", p.backup_store);
	assert_int_equal(0, p.backup_commands.put.argv.nr);
	assert_string_equal("g:2", profile_origin(&p, "backup.store"));
	assert_string_equal("default",
			    profile_origin(&p, "backup.store.put.run"));
	assert_true(profile_has_key("backup.store"));
	assert_true(profile_has_key("backup.store.put.run"));
	profile_release(&p);
	refuses("backup:\n  store: {put: {run: [x]}, get: {run: [x]}}\n",
		"f:4:10: backup.store: the key 'delete' is missing", NULL);
	refuses("backup:\n  store: {put: {run: []}, get: {run: [x]}}\n",
		"f:4:22: backup.store.put.run: expected a program and its "
		"arguments", NULL);
	refuses("backup:\n  store: {fetch: {run: [x]}}\n",
		"f:4:11: backup.store: there is no key 'fetch'; expected one "
		"of put, get, delete", NULL);
	refuses("backup:\n  store: [a]\n", "f:4:10: backup.store: expected "
		"a text, not a list", NULL);
	refuses("backup:\n  stor: a\n", "f:4:3: backup: there is no key "
		"'stor'; expected one of store, artifacts, keep",
		"did you mean 'store'?");
}

static void refuses_freeze(const char *windows, const char *message)
{
	char *text = xstrfmt("environments:\n"
			     "  live:\n"
			     "    freeze:\n"
			     "      - %s\n", windows);

	refuses(text, message, NULL);
	free(text);
}

/* With "cron". */
static void freeze_again(void)
{
	refuses_freeze("{cron: 0 16 * * fri, lasts: 64h, to: mon}", "f:6:10: "
		       "environments.live.freeze: expected 'from' and 'to', "
		       "or 'cron' and 'lasts', not both");
	refuses_freeze("{cron: 0 16 * * fri}", "f:6:9: "
		       "environments.live.freeze: the key 'lasts' is missing");
	refuses_freeze("{from: fri, to: mon, lasts: 1h}", "f:6:30: "
		       "environments.live.freeze: how long it lasts is about "
		       "'cron', which is not there");
	refuses_freeze("{reason: x}", "f:6:9: environments.live.freeze: "
		       "expected 'from' and 'to', or 'cron' and 'lasts'");
	refuses_freeze("{cron: 0 25 * * fri, lasts: 1h}", "f:6:16: "
		       "environments.live.freeze.cron: expected minute, hour, "
		       "day of the month, month and day of the week "
		       "(\"0 16 * * fri\"), not '0 25 * * fri': '25' is no "
		       "hour, which is 0 to 23");
	refuses_freeze("{cron: 0 1 * * fri, lasts: 30s}", "f:6:36: "
		       "environments.live.freeze.lasts: expected a span of "
		       "time (90m, 64h, 3d) from a minute to a year, not "
		       "'30s'");
	setenv("TZDIR", "/nowhere", 1);
	refuses_freeze("{from: fri, to: mon, zone: Europe/Berlin}", "f:6:36: "
		       "environments.live.freeze.zone: what 'Europe/Berlin' "
		       "is cannot be told: there are no time zones here, in "
		       "/nowhere; install tzdata");
	setenv("TZDIR", "/", 1);
	refuses_freeze("{from: fri, to: mon, zone: Mars/Phobos}", "f:6:36: "
		       "environments.live.freeze.zone: expected a time zone "
		       "such as Europe/Berlin, not 'Mars/Phobos'; those that "
		       "are known here are in /");
	unsetenv("TZDIR");
}

static void freezes(void **state)
{
	struct profile p = PROFILE_INIT;
	const struct environment *env;

	(void)state;
	parse(&p, "format: 1\n"
	      "name: x\n"
	      "required_files: [a, b/**]\n"
	      "environments:\n"
	      "  live:\n"
	      "    freeze:\n"
	      "      - {from: 2026-12-18 16:00, to: 2027-01-04}\n"
	      "      - from: fri 16:00\n"
	      "        to: mon 08:00\n"
	      "        reason: nobody is here\n");
	env = profile_environment(&p, "live");
	assert_int_equal(2, p.required_files.nr);
	assert_int_equal(2, env->nr_freeze);
	assert_string_equal("2026-12-18 16:00", env->freeze[0].from);
	assert_null(env->freeze[0].reason);
	assert_string_equal("nobody is here", env->freeze[1].reason);
	profile_release(&p);
	refuses_freeze("{from: fri 16:00}", "f:6:9: environments.live.freeze: "
		       "the key 'to' is missing");
	refuses_freeze("{from: fri 16h, to: mon}", "f:6:16: "
		       "environments.live.freeze.from: expected a day "
		       "(2026-12-18, fri) or a day and a time "
		       "(2026-12-18 16:00, fri 16:00), not 'fri 16h'");
	refuses_freeze("{from: fri, to: 2026-12-18}", "f:6:25: "
		       "environments.live.freeze: from 'fri' and to "
		       "'2026-12-18' need to be two dates, or two days of "
		       "the week");
	refuses_freeze("{from: 2026-12-18, to: 2026-12-17}", "f:6:32: "
		       "environments.live.freeze: '2026-12-17' does not come "
		       "after '2026-12-18'");
	refuses_freeze("{from: fri 16:00, to: fri 16:00}", "f:6:31: "
		       "environments.live.freeze: a week's freeze from 'fri "
		       "16:00' to the same time never begins or never ends");
	refuses_freeze("{from: fri 24:00, to: sat 00:00}", "f:6:31: "
		       "environments.live.freeze: a week's freeze from 'fri "
		       "24:00' to the same time never begins or never ends");
	refuses_freeze("{from: fri, to: mon, why: x}", "f:6:30: "
		       "environments.live.freeze: there is no key 'why'; "
		       "expected one of from, to, cron, lasts, zone, reason");
	freeze_again();
	refuses("environments: {live: {freeze: fri}}\n", "f:3:31: "
		"environments.live.freeze: expected a list, not 'fri'", NULL);
	refuses("required_files: [a, ../b]\n", "f:3:21: required_files: "
		"expected a path inside the tree, not '../b'", NULL);
}

static void paths_refused(void **state)
{
	(void)state;
	refuses("deploy: {shared: [../x]}\n",
		"f:3:19: deploy.shared: expected a path inside the tree, not "
		"'../x'", NULL);
	refuses("deploy: {steps: [{name: a, run: [x], dir: /etc}]}\n",
		"f:3:43: deploy.steps.dir: expected a path inside the tree, "
		"not '/etc'", NULL);
	refuses("copies: [{template: a, copy: .git/hooks/x}]\n",
		"f:3:30: copies.copy: expected a path inside the tree, not "
		"'.git/hooks/x'", NULL);
	refuses("environments: {a: {deploy_to: srv}}\n",
		"f:3:31: environments.a.deploy_to: expected an absolute path, "
		"not 'srv'", NULL);
	refuses("environments: {a: {branch: 'a b'}}\n",
		"f:3:28: environments.a.branch: expected the name of a branch, "
		"not 'a b'", NULL);
	refuses("environments: {../a: {branch: b}}\n",
		"f:3:16: environments.../a: expected a name of a-z, 0-9, '.', "
		"'_' and '-', not '../a'", NULL);
	refuses("environments: {a: {branch: x}, b: {branch: x}}\n",
		"f:1:1: the environment of branch 'x' is there twice", NULL);
	refuses("environments: {a: {promotes_from: a}}\n",
		"f:3:35: environments.a.promotes_from: expected another "
		"environment, not 'a' itself", NULL);
	refuses("environments:\n  a: {promotes_from: b}\n"
		"  b: {promotes_from: c}\n  c: {promotes_from: a}\n",
		"f:4:22: environments.a.promotes_from: 'b' itself promotes, "
		"over others or not, from 'a'", NULL);
	refuses("environments: {a: {promotes_from: B!}}\n",
		"f:3:35: environments.a.promotes_from: expected a name of "
		"a-z, 0-9, '.', '_' and '-', not 'B!'", NULL);
	refuses("environments: {a: {own: x}}\n",
		"f:3:25: environments.a.own: expected a list of texts, not "
		"'x'", NULL);
	refuses("environments: {a: {own: [../x]}}\n",
		"f:3:26: environments.a.own: expected a path inside the tree, "
		"not '../x'", NULL);
	refuses("environments: {a: {own: [ok, .gitupgrade.*]}}\n",
		"f:3:30: environments.a.own: expected paths without "
		".gitupgrade.adopted, which comes with every release; "
		"'.gitupgrade.*' has it", NULL);
	refuses("environments: {a: {own: ['**']}}\n",
		"f:3:26: environments.a.own: expected paths without "
		".gitupgrade.adopted, which comes with every release; "
		"'**' has it", NULL);
	refuses("environments: {a: {extensions: {paths: [app/, x/../y]}}}\n",
		"f:3:47: environments.a.extensions.paths: expected a path "
		"inside the tree, not 'x/../y'", NULL);
	refuses("environments: {a: {extensions: {branches: [x/*, 'a b']}}}\n",
		"f:3:49: environments.a.extensions.branches: expected the "
		"name of a branch, or a pattern of such (extension/*), not "
		"'a b'", NULL);
	refuses("environments: {a: {extensions: {trailers: ['Ext:']}}}\n",
		"f:3:44: environments.a.extensions.trailers: expected the key "
		"of a trailer (Extension), not 'Ext:'", NULL);
	refuses("environments: {a: {extensions: {branch: x}}}\n",
		"f:3:33: environments.a.extensions: there is no key 'branch'; "
		"expected one of branches, trailers, paths",
		"did you mean 'branches'?");
	refuses("deploy: {steps: [{name: a, run: [x]}, "
		"{name: a, run: [y]}]}\n",
		"f:1:1: the deploy step 'a' is there twice", NULL);
}

/* However it is written, a rule means what is in folders, too. */
static void extensions(void **state)
{
	static const char *const cases[][2] = {
		{ "app/code/", "app/code/a/b" }, { "app/code", "app/code/a/b" },
		{ "app/code/*", "app/code/a/b" }, { "app/*/a/", "app/x/a/b" },
		{ "**/a", "app/x/a/b" }, { "app/code/a.php", "app/code/a.php" },
		{ "modules/shop/", "modules/shop" }, { "*.php", "x.php" },
	};
	static const char *const others[][2] = {
		{ "app/code/", "app/coder/a" }, { "app/code", "x/app/code/a" },
		{ "app/code/*", "app/code" }, { "App/Code/", "app/code/a" },
		{ "*.php", "x/y.phps" },
	};
	struct environment env = { .name = NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		strvec_push(&env.extensions.paths, cases[i][0]);
		strvec_push(&env.extensions.branches, cases[i][0]);
		assert_non_null(profile_extension_path(&env, cases[i][1]));
		assert_non_null(profile_extension_branch(&env, cases[i][1]));
		strvec_release(&env.extensions.paths);
		strvec_release(&env.extensions.branches);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		strvec_push(&env.extensions.paths, others[i][0]);
		assert_null(profile_extension_path(&env, others[i][1]));
		strvec_release(&env.extensions.paths);
	}
}

static void check_text(const char *text, const char *message)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(profile_parse(&p, "f", text, strlen(text), &err), -1);
	assert_string_equal(err.message, message);
	error_release(&err);
}

static void beginnings_refused(void **state)
{
	(void)state;
	check_text("", "f:1:1: the key 'format' is missing (format: 1)");
	check_text("format: 2\nname: x\n",
		   "f:1:9: expected format 1, not '2'");
	check_text("format: 1\n",
		   "f:1:1: the key 'name' or 'profile' is missing");
	check_text("format: 1\nprofile: nope\n",
		   "f:2:10: there is no profile 'nope'");
	check_text("format: 1\nprofile: [x]\n",
		   "f:2:10: expected the name of a profile, not a list");
	check_text("[]", "f:1:1: expected keys and values, not a list");
	check_text("format: 1\nname: ../x\n",
		   "f:2:7: name: expected a name of a-z, 0-9, '.', '_' and "
		   "'-', not '../x'");
	check_text("format: 1\nname: &a x\n",
		   "f:2:7: anchors and aliases are not allowed");
}

static void promotions(void **state)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	const struct environment *env;

	(void)state;
	parse(&p, "format: 1\nname: x\nenvironments:\n"
	      "  live: {promotes_from: test, own: [.env, conf/live/, "
	      "\"**/*.key\"]}\n");
	env = profile_environment(&p, "live");
	assert_string_equal(env->promotes_from, "test");
	assert_true(profile_is_own(env, ".env"));
	assert_true(profile_is_own(env, "conf/live/a/b"));
	assert_true(profile_is_own(env, "a/b.key"));
	assert_false(profile_is_own(env, "conf/.env"));
	assert_false(profile_is_own(env, "conf/live"));
	assert_false(profile_is_own(env, "conf/lively"));
	assert_int_equal(profile_check_sources(&p, NULL, &err), -1);
	assert_string_equal(err.message, "f:4: environments.live.promotes_from"
			    ": expected the name of another environment, not "
			    "'test'");
	error_release(&err);
	profile_add_environment(&p, "test", "test");
	assert_int_equal(profile_check_sources(&p, NULL, &err), 0);
	profile_release(&p);
}

static void branch_names(void **state)
{
	static const char *const bad[] = {
		"", "-x", "/x", "x/", "x//y", "a..b", "a.lock", "a.lock/b",
		".a", "a/.b", "a.", "a b", "a~b", "a^", "a:b", "a?", "a*",
		"a[", "a\\b", "@", "a@{b", "HEAD", "refs/heads/a", "a\n",
		"a\x7f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (profile_is_branch(bad[i]))
			fail_msg("'%s'", bad[i]);
	assert_true(profile_is_branch("production"));
	assert_true(profile_is_branch("site/berlin-2"));
	assert_true(profile_is_branch("a@b"));
}

#define STEP "deploy:\n  steps:\n    - {name: a, run: [b]"

static void modes(void **state)
{
	struct profile p = PROFILE_INIT;

	(void)state;
	parse(&p, "format: 1\nname: x\n" STEP ", as: stop, only_if: [c]}\n"
	      "    - {name: d, run: [e], undoes: a}\n  mode: rolling\n"
	      "environments:\n  live: {mode: blue-green}\n  test: {}\n"
	      "  plain: {mode: none}\n");
	assert_int_equal(deploy_step_phase(&p.deploy[0]), PHASE_STOP);
	assert_string_equal(p.deploy[0].only_if.v[0], "c");
	assert_int_equal(deploy_step_phase(&p.deploy[1]), PHASE_UPDATE);
	assert_string_equal(p.deploy[1].undoes, "a");
	assert_int_equal(profile_mode(&p, profile_environment(&p, "live")),
			 MODE_BLUE_GREEN);
	assert_int_equal(profile_mode(&p, profile_environment(&p, "test")),
			 MODE_ROLLING);
	assert_int_equal(profile_mode(&p, profile_environment(&p, "plain")),
			 MODE_NONE);
	profile_release(&p);
}

static void bad_modes(void **state)
{
	(void)state;
	refuses(STEP ", as: restart}\n",
		"f:5:31: deploy.steps.as: expected update or maintenance_on "
		"or stop or warm or start or health or switch or "
		"maintenance_off, not 'restart'", NULL);
	refuses("deploy: {mode: big-bang}\n",
		"f:3:16: deploy.mode: expected none or maintenance or "
		"rolling or source or blue-green, not 'big-bang'", NULL);
	refuses("environments:\n  live: {mode: green}\n",
		"f:4:16: environments.live.mode: expected none or maintenance "
		"or rolling or source or blue-green, not 'green'", NULL);
	refuses(STEP "}\n  mode: source\n",
		"f:6:9: deploy.mode: source runs none of the steps: it leaves "
		"updates out; say what they are with 'as'", NULL);
	refuses(STEP "}\nenvironments:\n  live: {mode: source}\n",
		"f:7:16: environments.live.mode: source runs none of the "
		"steps: it leaves updates out; say what they are with 'as'",
		NULL);
	refuses(STEP "}\nenvironments:\n"
		"  live: {mode: blue-green, deploy: pull}\n",
		"f:7:16: environments.live.mode: a host that pulls has one "
		"folder, and blue-green needs two releases side by side", NULL);
	refuses(STEP ", undoes: b}\n",
		"f:5:35: deploy.steps.undoes: there is no other step 'b' that "
		"'a' could undo", NULL);
	refuses(STEP ", undoes: a}\n",
		"f:5:35: deploy.steps.undoes: there is no other step 'a' that "
		"'a' could undo", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(bad_modes),
		cmocka_unit_test(embedded),
		cmocka_unit_test(unknown),
		cmocka_unit_test(mender),
		cmocka_unit_test(defaults),
		cmocka_unit_test(migrations_merge_by_name),
		cmocka_unit_test(bad_migrations),
		cmocka_unit_test(another_check_begins_anew),
		cmocka_unit_test(a_check_asks_or_runs),
		cmocka_unit_test(what_is_asked_is_checked),
		cmocka_unit_test(expressions_are_filled_in),
		cmocka_unit_test(another_kind_of_check_takes_the_place),
		cmocka_unit_test(everything),
		cmocka_unit_test(maps_merge),
		cmocka_unit_test(layers),
		cmocka_unit_test(settings),
		cmocka_unit_test(values),
		cmocka_unit_test(files),
		cmocka_unit_test(replacements),
		cmocka_unit_test(replacements_apart),
		cmocka_unit_test(replacements_refused),
		cmocka_unit_test(ranges),
		cmocka_unit_test(keys_refused),
		cmocka_unit_test(values_refused),
		cmocka_unit_test(backs_up),
		cmocka_unit_test(backs_up_by_commands),
		cmocka_unit_test(freezes),
		cmocka_unit_test(paths_refused),
		cmocka_unit_test(beginnings_refused),
		cmocka_unit_test(drivers),
		cmocka_unit_test(bad_drivers),
		cmocka_unit_test(promotions),
		cmocka_unit_test(extensions),
		cmocka_unit_test(branch_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
