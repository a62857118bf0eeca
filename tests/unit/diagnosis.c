/* Diagnosis: what the shipped profiles recognise, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/diagnosis.h"

/* As programs say it; `name` NULL: that is nothing. */
static const struct example {
	const char *profile, *name, *line;
} examples[] = {
	{ "generic", "php-memory", "PHP Fatal error:  Allowed memory size of "
	  "134217728 bytes exhausted (tried to allocate 4096 bytes)" },
	{ "generic", "node-memory", "FATAL ERROR: Reached heap limit "
	  "Allocation failed - JavaScript heap out of memory" },
	{ "generic", "out-of-memory", "fork: Cannot allocate memory" },
	{ "generic", "out-of-memory", "Out of memory: Killed process 4711" },
	{ "generic", "killed", "shop exited with code 137" },
	{ "generic", "killed", "The command returned a non-zero exit status "
	  "137" },
	{ "generic", "killed", "error: v2 was not deployed: step 'up': "
	  "signal 9" },
	{ "generic", "file-watchers", "Error: ENOSPC: System limit for "
	  "number of file watchers reached, watch '/a'" },
	{ "generic", "disk-full", "write /var/lib/docker/tmp/x: no space "
	  "left on device" },
	{ "generic", "disk-full", "cp: error writing 'x': Disk quota "
	  "exceeded" },
	{ "generic", "read-only", "touch: cannot touch 'x': Read-only file "
	  "system" },
	{ "generic", "too-many-files", "accept4: too many open files" },
	{ "generic", "port-in-use", "Bind for 0.0.0.0:443 failed: port is "
	  "already allocated" },
	{ "generic", "port-in-use", "Error: listen EADDRINUSE: address "
	  "already in use :::8080" },
	{ "generic", "container-name", "Conflict. The container name "
	  "\"/shop_web_1\" is already in use by container \"0a1b\"." },
	{ "generic", "docker-socket", "permission denied while trying to "
	  "connect to the Docker daemon socket at unix:///run/docker.sock" },
	{ "generic", "docker-daemon", "Cannot connect to the Docker daemon at "
	  "unix:///var/run/docker.sock. Is the docker daemon running?" },
	{ "generic", "pull-rate-limit", "toomanyrequests: You have reached "
	  "your pull rate limit." },
	{ "generic", "image-not-found", "manifest for shop/web:9.9 not found: "
	  "manifest unknown: manifest unknown" },
	{ "generic", "image-not-found", "pull access denied for shop/web, "
	  "repository does not exist or may require 'docker login'" },
	{ "generic", "registry-login", "unauthorized: authentication "
	  "required" },
	{ "generic", "composer-login", "Could not authenticate against "
	  "github.com" },
	{ "generic", "composer-login", "The \"https://r.example/p.json\" file "
	  "could not be downloaded (HTTP/1.1 401 Unauthorized)" },
	{ "generic", "composer-conflict", "Your requirements could not be "
	  "resolved to an installable set of packages." },
	{ "generic", "composer-lock", "- Required package \"a/b\" is not "
	  "present in the lock file." },
	{ "generic", "composer-patch", "Could not apply patch! Skipping. The "
	  "error was: ..." },
	{ "generic", "npm-lock", "npm ERR! `npm ci` can only install packages "
	  "when your package.json and package-lock.json are in sync" },
	{ "generic", "database-login", "SQLSTATE[HY000] [1045] Access denied "
	  "for user 'shop'@'localhost' (using password: YES)" },
	{ "generic", "database-login", "FATAL:  password authentication "
	  "failed for user \"shop\"" },
	{ "generic", "database-missing", "SQLSTATE[HY000] [1049] Unknown "
	  "database 'shop'" },
	{ "generic", "database-missing", "FATAL:  database \"shop\" does not "
	  "exist" },
	{ "generic", "database-unreachable", "SQLSTATE[HY000] [2002] "
	  "Connection refused" },
	{ "generic", "database-unreachable", "ERROR 2002 (HY000): Can't "
	  "connect to local MySQL server through socket '/run/x.sock'" },
	{ "generic", "database-unreachable", "psql: error: connection to "
	  "server at \"db\" (10.0.0.2), port 5432 failed: Connection refused" },
	{ "generic", "database-unreachable", "MongoServerSelectionError: "
	  "connect ECONNREFUSED 127.0.0.1:27017" },
	{ "generic", "database-behind", "SQLSTATE[42S02]: Base table or view "
	  "not found: 1146 Table 'shop.x' doesn't exist" },
	{ "generic", "name-resolution", "curl: (6) Could not resolve host: "
	  "repo.example" },
	{ "generic", "name-resolution", "dial tcp: lookup registry.example: "
	  "no such host" },
	{ "generic", "certificate", "x509: certificate signed by unknown "
	  "authority" },
	{ "generic", "certificate", "curl: (60) SSL certificate problem: "
	  "certificate has expired" },
	{ "generic", "host-key", "Host key verification failed." },
	{ "generic", "ssh-key", "git@host: Permission denied (publickey)." },
	{ "generic", "lfs", "error: external filter 'git-lfs filter-process' "
	  "failed; [404] Object does not exist on the server" },
	{ "generic", "git-owner", "fatal: detected dubious ownership in "
	  "repository at '/srv/x'" },
	{ "generic", "program-missing", "bash: line 1: composer: command not "
	  "found" },
	{ "generic", "program-missing", "sh: 1: composer: not found" },
	{ "generic", "program-missing", "error: cannot run 'make' in '/srv': "
	  "No such file or directory" },
	{ "generic", "permission-denied", "mkdir: cannot create directory "
	  "'x': Permission denied" },
	{ "generic", "connection-refused", "curl: (7) Failed to connect to "
	  "localhost port 80: Connection refused" },
	{ "generic", "timed-out", "net/http: TLS handshake timeout" },
	{ "generic", NULL, "Everything is up to date" },
	{ "generic", NULL, "exited with code 0" },
	{ "generic", NULL, "step build 0:12" },
	{ "generic", NULL, "1137 files" },
	{ "mender", "mongo-version", "UPGRADE PROBLEM: Found an invalid "
	  "featureCompatibilityVersion document" },
	{ "mender", "placeholder", "cannot resolve set-my-alias-here.com" },
	{ "mender", "keys", "open /srv/keys-generated/certs/x.crt: no such "
	  "file or directory" },
	{ "mender", "disk-full", "no space left on device" },
	{ "magento-cloud", "database-outdated", "Please upgrade your database: "
	  "Run \"bin/magento setup:upgrade\" from the root directory." },
	{ "magento-cloud", "database-outdated", "Magento_Sales schema: "
	  "current version - 2.0.1, required version - 2.0.2" },
	{ "magento-cloud", "error-report", "Error log record number: "
	  "855613244494" },
	{ "magento-cloud", "magento-login", "Invalid credentials for "
	  "'https://repo.magento.com/packages.json', aborting." },
	{ "magento-cloud", "admin-email", "The variable ADMIN_EMAIL was not "
	  "set during the installation." },
	{ "magento-cloud", "config-import", "The configuration file has "
	  "changed. Run the \"app:config:import\" or the \"setup:upgrade\" "
	  "command to synchronize the configuration." },
	{ "magento-cloud", "search-engine", "Could not validate a connection "
	  "to Elasticsearch. No alive nodes found in your cluster" },
	{ "orocloud", "cache-folder", "Unable to write in the \"cache\" "
	  "directory (/srv/var/cache/prod)." },
};

static void look(struct diagnosis *d, const char *profile, const char *text,
		 struct profile *p)
{
	struct error err = ERROR_INIT;

	if (profile_load(p, profile, &err) < 0 ||
	    diagnosis_begin(d, p, &err) < 0)
		fail_msg("%s", err.message);
	diagnosis_add(d, text, strlen(text));
	diagnosis_end(d);
}

static void shipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *e = &examples[i];
		struct diagnosis d = DIAGNOSIS_INIT;
		struct profile p = PROFILE_INIT;

		look(&d, e->profile, e->line, &p);
		if (d.nr != (e->name != NULL))
			fail_msg("%zu findings in '%s'", d.nr, e->line);
		if (e->name)
			assert_string_equal(d.v[0].name, e->name);
		diagnosis_release(&d);
		profile_release(&p);
	}
}

static int has_example(const char *profile, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		if (examples[i].name && !strcmp(examples[i].name, name) &&
		    !strcmp(examples[i].profile, profile))
			return 1;
	return 0;
}

static void all_have_examples_and_hints(void **state)
{
	struct strvec names = STRVEC_INIT;

	(void)state;
	profile_names(&names);
	for (size_t i = 0; i < names.nr; i++) {
		struct profile p = PROFILE_INIT;
		struct error err = ERROR_INIT;

		assert_int_equal(profile_load(&p, names.v[i], &err), 0);
		for (size_t k = 0; k < p.nr_failures; k++) {
			if (!has_example(names.v[i], p.failures[k].name) &&
			    !has_example("generic", p.failures[k].name))
				fail_msg("%s: %s", names.v[i],
					 p.failures[k].name);
			assert_true(p.failures[k].hints.nr > 0);
		}
		profile_release(&p);
	}
	strvec_release(&names);
}

static void groups_are_filled_in(void **state)
{
	struct diagnosis d = DIAGNOSIS_INIT;
	struct profile p = PROFILE_INIT;

	(void)state;
	look(&d, "magento-cloud", "a\nError log record number: 42\n", &p);
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.v[0].line, 2);
	assert_string_equal(d.v[0].hints.v[0],
			    "read var/report/42 on the server");
	diagnosis_release(&d);
	profile_release(&p);
}

static void lines_are_listed(void **state)
{
	struct diagnosis d = DIAGNOSIS_INIT;
	struct profile p = PROFILE_INIT;

	(void)state;
	look(&d, "magento-cloud", "Please upgrade your database: Run ...\n"
	     "A_Sales schema:  current version - 1, required version - 2\n"
	     "A_Sales schema:  current version - 1, required version - 2\n"
	     "B_Tax data:  current version - none, required version - 3\n",
	     &p);
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.v[0].count, 4);
	assert_int_equal(d.v[0].items.nr, 2);
	assert_string_equal(d.v[0].items.v[0],
			    "A_Sales schema: 1, and the release wants 2");
	assert_string_equal(d.v[0].items.v[1],
			    "B_Tax data: none, and the release wants 3");
	diagnosis_release(&d);
	profile_release(&p);
}

/* The log of a deploy is what others wrote. */
static void pieces_and_long_lines(void **state)
{
	struct diagnosis d = DIAGNOSIS_INIT;
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_adds(&b, "\xc3\xa4");
	buf_add(&b, "\n\0no space left on device\r\n", 28);
	buf_adds(&b, "password=geheim ENOSPC");
	assert_int_equal(profile_load(&p, "generic", &err), 0);
	assert_int_equal(diagnosis_begin(&d, &p, &err), 0);
	for (size_t i = 0; i < b.len; i++)
		diagnosis_add(&d, b.s + i, 1);
	diagnosis_end(&d);
	assert_int_equal(d.lines, 3);
	assert_int_equal(d.nr, 1);
	assert_int_equal(d.v[0].count, 2);
	assert_string_equal(d.v[0].text, "no space left on device");
	diagnosis_release(&d);
	profile_release(&p);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped),
		cmocka_unit_test(all_have_examples_and_hints),
		cmocka_unit_test(groups_are_filled_in),
		cmocka_unit_test(lines_are_listed),
		cmocka_unit_test(pieces_and_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
