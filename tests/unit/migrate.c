/*
 * Migrations, edit by edit: what comes out to the byte, that doing it again
 * changes nothing, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/profile.h"
#include "upgrade/migrate_internal.h"

/* The value `v` of all of these: a text with everything in it. */
#define ODD "a: \"b\" #c\\1\n- {d}"

/* `edits` are items of a list, as a profile has them. */
static void read_edits(struct profile *p, const char *edits)
{
	struct error err = ERROR_INIT;
	char *text = xstrfmt("format: 1\nname: x\nmigrations:\n  m:\n"
			     "    since: \"2\"\n    files: [f]\n"
			     "    edits:\n%s", edits);

	if (profile_parse(p, "f", text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
	free(text);
}

/* All of them, one after the other: whether something changed, or -1. */
static int migrate(struct buf *text, const char *path, const char *edits,
		   const char *value, struct error *err)
{
	struct profile p = PROFILE_INIT;
	struct migrated_value v = { .name = "v", .text = (char *)value };
	struct filling f = { "1.0", "2.0", &v, 1, NULL };
	int changed = 0, ret = 0;

	read_edits(&p, edits);
	for (size_t i = 0; ret >= 0 && i < p.migrations[0].nr_edits; i++) {
		ret = migrate_text(text, path, &p.migrations[0].edits[i], &f,
				   err);
		changed |= ret > 0;
	}
	profile_release(&p);
	return ret < 0 ? -1 : changed;
}

static void becomes_with(const char *value, const char *path,
			 const char *before, const char *edits,
			 const char *after)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;
	int ret;

	buf_adds(&text, before);
	ret = migrate(&text, path, edits, value, &err);
	if (ret < 0)
		fail_msg("%s", err.message);
	assert_string_equal(text.s, after);
	assert_int_equal(ret, strcmp(before, after) != 0);
	assert_int_equal(migrate(&text, path, edits, value, &err), 0);
	assert_string_equal(text.s, after);
	buf_release(&text);
}

static void becomes(const char *path, const char *before, const char *edits,
		    const char *after)
{
	becomes_with("s3.acme.org", path, before, edits, after);
}

static void refused(const char *path, const char *before, const char *edits,
		    const char *why)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	buf_adds(&text, before);
	assert_int_equal(migrate(&text, path, edits, ODD, &err), -1);
	if (!strstr(err.message, why))
		fail_msg("'%s' is not in '%s'", why, err.message);
	assert_string_equal(text.s, before);
	error_release(&err);
	buf_release(&text);
}

static void keys(void **state)
{
	(void)state;
	becomes("a.yml", "a: 1 # why\nb: 2\n",
		"    - {set: a, value: '{v}'}\n"
		"    - {set: c.d, value: [x, {y: ~}]}\n",
		"a: s3.acme.org # why\nb: 2\n"
		"c:\n  d:\n    - x\n    - \"y\": ~\n");
	becomes("a.yml", "a:\n    - x\n",
		"    - {append: a, value: '{v}'}\n"
		"    - {insert: a, value: '{release}'}\n"
		"    - {insert: a, value: '{from}', at: -1}\n"
		"    - {append: b.l, value: 1}\n"
		"    - {insert: b.m, value: 1}\n",
		"a:\n    - \"2.0\"\n    - x\n    - \"1.0\"\n"
		"    - s3.acme.org\nb:\n    l:\n        - 1\n"
		"    m:\n        - 1\n");
	becomes("a.yml", "a:\n  - x\n  # y\n  - y\n  - {n: 1}\n  - x\n"
		"  - {n: 2}\n",
		"    - {remove: a, value: x}\n"
		"    - {remove: a, value: nothing}\n"
		"    - {remove: b, value: nothing}\n"
		"    - {remove: 'a[n=2]'}\n",
		"a:\n  # y\n  - y\n  - {n: 1}\n");
	becomes("a.json", "{\n  \"a\": {\"b.c\": 1},\n  \"d\": [1]\n}\n",
		"    - {rename: 'a.b\\.c', to: e.f}\n    - {remove: d}\n"
		"    - {rename: nowhere, to: else}\n",
		"{\n  \"a\": {\"e.f\": 1}\n}\n");
	becomes(".env", "# why\nC=1\nB=2\n",
		"    - {set: A, value: '{v}:9000'}\n    - {remove: B}\n",
		"# why\nC=1\nA=s3.acme.org:9000\n");
}

/* Whatever somebody gives is that text, and nothing else. */
static void odd_values(void **state)
{
	(void)state;
	becomes_with(ODD, "a.yml", "a: [x]\n",
		     "    - {append: a, value: '{v}'}\n",
		     "a: [x, \"a: \\\"b\\\" #c\\\\1\\n- {d}\"]\n");
	becomes_with("yes", "a.yml", "a: x\n",
		     "    - {set: a, value: '{v}'}\n", "a: \"yes\"\n");
	becomes_with("8080", "a.yml", "a: x\nb: 80\n",
		     "    - {replace: x, below: a, with: '{v}'}\n"
		     "    - {replace: ^80$, below: b, with: '{v}'}\n",
		     "a: \"8080\"\nb: 8080\n");
	becomes_with("\\1 & \\\\", "a.txt", "name: (x)\n",
		     "    - {replace: '\\((x)\\)', with: '<\\1> {v}'}\n",
		     "name: <x> \\1 & \\\\\n");
	refused("a.yml", "a: x\n", "    - {replace: x, with: '{v}'}\n",
		"several lines");
	becomes("a.json", "{\"a\": 1}\n",
		"    - {set: a, value: [yes, 1, -1.5, 01, true, 'x', ~]}\n",
		"{\"a\": [\"yes\", 1, -1.5, \"01\", true, \"x\", null]}\n");
	becomes("a.yml", "a: 1\n",
		"    - {set: a, value: [yes, 1, 01, '1', x]}\n",
		"a:\n  - yes\n  - 1\n  - 01\n  - \"1\"\n  - x\n");
}

static void patterns(void **state)
{
	(void)state;
	becomes("a.php", "<?php\nrequire __DIR__ . '/../a';\n# b\n# b\n",
		"    - {replace: '__DIR__ \\. ''/\\.\\./a''', with: x}\n"
		"    - {replace: '^# (b)$', with: '\\1-\\1'}\n"
		"    - {replace: nothing, with: y}\n",
		"<?php\nrequire x;\nb-b\nb-b\n");
	/* Lines are what they say, and end as they did. */
	becomes("a.txt", "\xef\xbb\xbf""a=1\r\nb=1\r\na=1",
		"    - {replace: '=1$', with: '=2'}\n",
		"\xef\xbb\xbf""a=2\r\nb=2\r\na=2");
	becomes("a.yml", "a:\n  # x.com\n  - x.com\n  - b: \"x.com:1\"\n"
		"  - &n y\nc: x.com\n",
		"    - {replace: '^x\\.com', below: a, with: '{v}'}\n",
		"a:\n  # x.com\n  - s3.acme.org\n  - b: \"s3.acme.org:1\"\n"
		"  - &n y\nc: x.com\n");
	becomes("a.yml", "a: 1\n",
		"    - {replace: x, below: nowhere, with: z}\n", "a: 1\n");
	refused("a.txt", "a\n", "    - {replace: a, with: aa}\n",
		"would change it again");
	refused("a.yml", "a: b\n", "    - {replace: b, with: '[b'}\n",
		"would change it again");
	refused("a.yml", "a: b\n", "    - {replace: b, with: '[c'}\n",
		"would not read any more");
}

static void cannot_be(void **state)
{
	(void)state;
	refused("a.yml", "a:\n  - x\n", "    - {set: a.b.c, value: 1}\n",
		"a.yml: 'a.b.c' is below something that has no keys");
	refused("a.yml", "a: x\n", "    - {append: a, value: 1}\n",
		"a.yml: 'a' is no list");
	refused("a.yml", "a: 1\nb: 2\n", "    - {rename: a, to: b}\n",
		"a.yml: there are 'a' and 'b'");
	refused("a.yml", "a: [\n", "    - {set: a, value: 1}\n", "a.yml:");
	refused("a.php", "a\n", "    - {set: a, value: 1}\n",
		"a.php: only YAML, JSON and dotenv have keys");
}

/* What upstream's manual says of the way from 2.0.4, on what 2.0.4 has. */
static void magento(void **state)
{
	(void)state;
	becomes("composer.json",
		"{\n"
		"    \"require\": {\n"
		"        \"magento/product-enterprise-edition\": \"2.0.4\",\n"
		"        \"magento/magento-cloud-configuration\": \"1.0.*\",\n"
		"        \"acme/erp\": \"^1.0\"\n"
		"    },\n"
		"    \"autoload\": {\n"
		"        \"psr-4\": {\n"
		"            \"Magento\\\\Setup\\\\\": \"setup/src/\"\n"
		"        },\n"
		"        \"files\": [\n"
		"            \"app/NonComposerComponentRegistration.php\"\n"
		"        ]\n"
		"    }\n"
		"}\n",
		"    - rename: require.magento/product-enterprise-edition\n"
		"      to: magento/magento-cloud-metapackage\n"
		"    - set: require.magento/magento-cloud-metapackage\n"
		"      value: \"{release}\"\n"
		"    - remove: require.magento/magento-cloud-configuration\n"
		"    - set: autoload.psr-4.Magento\\\\Framework\\\\\n"
		"      value: lib/internal/Magento/Framework/\n"
		"    - {set: autoload.psr-0.\"\", value: app/code/}\n"
		"    - set: autoload.files\n"
		"      value: [app/etc/NonComposerComponentRegistration.php]\n",
		"{\n"
		"    \"require\": {\n"
		"        \"magento/magento-cloud-metapackage\": \"2.0\",\n"
		"        \"acme/erp\": \"^1.0\"\n"
		"    },\n"
		"    \"autoload\": {\n"
		"        \"psr-4\": {\n"
		"            \"Magento\\\\Setup\\\\\": \"setup/src/\",\n"
		"            \"Magento\\\\Framework\\\\\": "
		"\"lib/internal/Magento/Framework/\"\n"
		"        },\n"
		"        \"files\": [\n"
		"            "
		"\"app/etc/NonComposerComponentRegistration.php\"\n"
		"        ],\n"
		"        \"psr-0\": {\n"
		"            \"\": \"app/code/\"\n"
		"        }\n"
		"    }\n"
		"}\n");
	becomes(".magento.app.yaml",
		"hooks:\n"
		"    # what is done there\n"
		"    deploy: |\n"
		"        php old.php\n"
		"crons:\n"
		"    cronrun:\n"
		"        spec: \"*/1 * * * *\"\n",
		"    - set: hooks.deploy\n"
		"      value: |\n"
		"        php ./vendor/pre-deploy.php\n"
		"        php ./bin/magento magento-cloud:deploy\n"
		"    - {set: crons.cronrun.spec, value: '*/5 * * * *'}\n"
		"    - {set: crons.cronrun.cmd, value: php a && php a}\n",
		"hooks:\n"
		"    # what is done there\n"
		"    deploy: |\n"
		"        php ./vendor/pre-deploy.php\n"
		"        php ./bin/magento magento-cloud:deploy\n"
		"crons:\n"
		"    cronrun:\n"
		"        spec: \"*/5 * * * *\"\n"
		"        cmd: php a && php a\n");
}

/* Numbers that are the same every time. */
static unsigned draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % below;
}

static void add_document(struct buf *out, unsigned *seed)
{
	static const char *const lines[] = {
		"a: 1\n", "b:\n  - x\n  - y # z\n", "c: {d: e, f: [g]}\n",
		"# a comment\nd: 'q'\n", "e:\n    f: |\n        text\n",
		"f: [x, s3.acme.org]\n", "g: &n {h: x}\ni: *n\n", "\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (draw(seed, 2))
			buf_adds(out, lines[i]);
}

static void add_edit(struct buf *out, unsigned *seed)
{
	static const char *const edits[] = {
		"    - {set: a, value: '{v}'}\n",
		"    - {set: b, value: {x: 1}}\n",
		"    - {append: b, value: '{v}'}\n",
		"    - {insert: f, value: '{v}'}\n",
		"    - {rename: c.d, to: z}\n", "    - {rename: e, to: y}\n",
		"    - {remove: c.f}\n", "    - {remove: 'b[=x]'}\n",
		"    - {replace: x, with: w}\n",
		"    - {replace: '^(.)$', below: f, with: '\\1{v}'}\n",
		"    - {replace: '#.*', with: '# {v}'}\n",
		"    - {remove: d}\n", "    - {append: l.m, value: ~}\n",
	};

	buf_adds(out, edits[draw(seed, ARRAY_SIZE(edits))]);
}

/* Done, an edit has nothing more to do. */
static void twice_is_once(void **state)
{
	unsigned seed = 7, done = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct buf text = BUF_INIT, once = BUF_INIT, edit = BUF_INIT;
		struct error err = ERROR_INIT;

		add_document(&text, &seed);
		add_edit(&edit, &seed);
		if (migrate(&text, "a.yml", edit.s, "s3.acme.org",
			    &err) >= 0) {
			buf_add(&once, text.s, text.len);
			assert_int_equal(migrate(&text, "a.yml", edit.s,
						 "s3.acme.org", &err), 0);
			assert_string_equal(text.s, once.s);
			done++;
		}
		error_release(&err);
		buf_release(&text);
		buf_release(&once);
		buf_release(&edit);
	}
	assert_true(done > 1000);
}

static void given(const char *text, const char *message)
{
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct strvec all = STRVEC_INIT;
	static const char profile[] = "format: 1\nname: x\nmigrations:\n"
		"  one: {since: \"1\", files: [a.yml], "
		"values: {host: , port: },"
		" edits: [{set: a, value: \"{host}{port}\"}]}\n"
		"  two: {since: \"1\", files: [a.yml], values: {port: },"
		" edits: [{set: a, value: \"{port}\"}]}\n";

	if (profile_parse(&p, "f", profile, strlen(profile), &err) < 0)
		fail_msg("%s", err.message);
	strvec_push(&all, text);
	assert_int_equal(migrate_check_given(&p, &all, &err),
			 message ? -1 : 0);
	if (message)
		assert_string_equal(err.message, message);
	error_release(&err);
	strvec_release(&all);
	profile_release(&p);
}

static void names(void **state)
{
	(void)state;
	given("host=", NULL);
	given("one.host=a=b", NULL);
	given("two.port=1", NULL);
	given("port=1", "several migrations have a value 'port'");
	given("two.host=1", "no migration has a value 'two.host'");
	given("hots=1", "no migration has a value 'hots'");
	given("host", "--set expects NAME=TEXT, not 'host'");
	given("=x", "--set expects NAME=TEXT, not '=x'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(odd_values),
		cmocka_unit_test(patterns),
		cmocka_unit_test(cannot_be),
		cmocka_unit_test(magento),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
