/* What is masked in output, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/redact.h"

static void check(const char *expected, const char *text)
{
	struct buf b = BUF_INIT;

	redact_add(&b, text, strlen(text));
	assert_string_equal(expected, b.s);
	buf_release(&b);
}

static void settings(void **state)
{
	(void)state;
	check("MINIO_SECRET_KEY: ***\n", "MINIO_SECRET_KEY: abc\n");
	check("+      MINIO_ACCESS_KEY: ***", "+      MINIO_ACCESS_KEY: a b");
	check("-DB_PASSWORD=***\n", "-DB_PASSWORD=hunter2\n");
	check("    - API_TOKEN=***\n", "    - API_TOKEN=x\n");
	check("export AUTH_SECRET=***\n", "export AUTH_SECRET='x'\n");
	check("\"apiKey\": ***\n", "\"apiKey\": \"x\",\n");
	check("#password = ***\n", "#password = old\n");
}

static void within_lines(void **state)
{
	(void)state;
	check("see password=*** there\n", "see password=hunter2 there\n");
	check("run: [tell, \"--token=***\", x]",
	      "run: [tell, \"--token=y\", x]");
	check("a: DB_PASSWORD=*** -x", "a: DB_PASSWORD='a b' -x");
	check("http://h/?a=1&api_key=***&b=2", "http://h/?a=1&api_key=k&b=2");
	check("at http://u:***@h/?x=y token=***",
	      "at http://u:p@h/?x=y token=z");
	check("if (token == x)", "if (token == x)");
	check("a --token= b", "a --token= b");
	check("env SECRET=$SECRET", "env SECRET=$SECRET");
	check("max_token_count=3 x=y", "max_token_count=3 x=y");
}

static void of_environment(void **state)
{
	(void)state;
	setenv("OUR_API_TOKEN", "hunter22", 1);
	setenv("OUR_SHORT_TOKEN", "no", 1);
	setenv("OUR_TOKEN_FILE", "harmless", 1);
	check("no: *** and ***hunter2, harmless\n",
	      "no: hunter22 and hunter22hunter2, harmless\n");
	unsetenv("OUR_API_TOKEN");
	check("no: hunter22\n", "no: hunter22\n");
}

static void no_secrets(void **state)
{
	static const char *const texts[] = {
		"MINIO_SECRET_KEY:\n",
		"PRIVATE_KEY_PATH: /etc/x\n",
		"private_key: /etc/ssl/key.pem\n",
		"SECRET: ${SECRET}\n",
		"USERADM_TOKEN_EXPIRATION: 604800\n",
		"- ./keys/private.key:/certs/private.key:ro\n",
		"monkey: business\n",
		"key: value\n",
		"image: mendersoftware/gui:3.1.1\n",
		"set the secret: first the outer one\n",
		"",
		"\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check(texts[i], texts[i]);
}

static void urls(void **state)
{
	(void)state;
	check("url https://user:***@host/x and ftp://a:***@b\n",
	      "url https://user:pass@host/x and ftp://a:b@b\n");
	check("https://host:9000/a@b\n", "https://host:9000/a@b\n");
	check("https://user@host\n", "https://user@host\n");
}

static void keys(void **state)
{
	(void)state;
	check("+-----BEGIN RSA PRIVATE KEY-----\n+***\n+***\n"
	      "+-----END RSA PRIVATE KEY-----\n+more\n",
	      "+-----BEGIN RSA PRIVATE KEY-----\n+abc\n+def=\n"
	      "+-----END RSA PRIVATE KEY-----\n+more\n");
	check("-----BEGIN CERTIFICATE-----\nabc\n",
	      "-----BEGIN CERTIFICATE-----\nabc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(within_lines),
		cmocka_unit_test(of_environment),
		cmocka_unit_test(no_secrets),
		cmocka_unit_test(urls),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
