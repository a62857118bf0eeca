/* Which answers are good ones, and what is said of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "deploy/probe.h"
#include "model/profile.h"

#define URL "https://shop.example/api"

/* An answer of that status, header ("" is none) and body. */
static struct http_answer answer(int status, const char *header,
				 const char *body)
{
	struct http_answer a = HTTP_ANSWER_INIT;

	a.status = status;
	strvec_push(&a.headers, "Server: x");
	if (*header)
		strvec_push(&a.headers, header);
	buf_adds(&a.body, body);
	return a;
}

/*
 * Is an answer of that status and body good for a check with `keys` beside
 * its URL?  If not, for that reason.
 */
static void says(const char *keys, struct http_answer a, const char *why)
{
	struct step_context c = { .env = "production", .release = "v1.0+2" };
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct buf reason = BUF_INIT;
	char *text = xstrfmt("format: 1\nname: x\nverify: {health: {http: "
			     "{url: \"" URL "\"%s}}}\n", keys);
	int good;

	if (profile_parse(&p, "f", text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
	good = probe_judge(&p.health.http, &c, &a, &reason);
	assert_string_equal(reason.s, why);
	assert_int_equal(good, !*why);
	profile_release(&p);
	http_answer_release(&a);
	buf_release(&reason);
	error_release(&err);
	free(text);
}

static void statuses(void **state)
{
	struct http_answer a = answer(301, "", "");

	(void)state;
	says("", answer(200, "", ""), "");
	says("", answer(299, "", ""), "");
	says("", answer(404, "", ""), URL " answered 404");
	says(", status: 404", answer(404, "", ""), "");
	says(", status: 4xx", answer(200, "", ""), URL " answered 200");
	a.phrase = xstrdup("Moved\033[2J");
	a.points_to = xstrdup("https://u:secret@else.example/x?t=secret");
	says("", a, URL " answered 301 Moved?[2J, which points to "
	     "https://u:***@else.example/x?***");
}

static void headers(void **state)
{
	struct http_answer a = answer(200, "X-A: one", "");

	(void)state;
	strvec_push(&a.headers, "x-a: two");
	says(", headers: {X-A: '^two$'}", a, "");
	says(", headers: {x-a: '^{release}$'}",
	     answer(200, "X-A: v1.0+2", ""), "");
	says(", headers: {x-a: '^{release}$'}",
	     answer(200, "X-A: v1.0002", ""),
	     URL " says x-a is \"v1.0002\", which \"^v1\\.0\\+2$\" does not "
	     "match");
	says(", headers: {x-b: a}", answer(200, "X-A: one", ""),
	     URL ": the answer has no header x-b");
	says(", headers: {Set-Cookie: a}",
	     answer(200, "set-cookie: sid=secret", ""), URL " says Set-Cookie "
	     "is something else, which \"a\" does not match");
}

static void bodies(void **state)
{
	(void)state;
	says(", body: '^b$'", answer(200, "", "a\r\nb\r\nc"), "");
	says(", body: '^c$'", answer(200, "", "a\nb\nc"), "");
	says(", body: '^$'", answer(200, "", ""), "");
	says(", body: 'a.b'", answer(200, "", "a\nb"),
	     URL ": no line of the answer matches \"a.b\"");
}

static void values(void **state)
{
	(void)state;
	says(", json: {/v: '{release}', /e: '{env}'}",
	     answer(200, "", "{\"e\":\"production\",\"v\":\"v1.0+2\"}"), "");
	says(", json: {'': 3}", answer(200, "", "3\n"), "");
	says(", json: {'': 3}", answer(200, "", "4"),
	     URL " says all is 4, not 3");
	says(", json: {/a: ~}", answer(200, "", "{\"a\":null}"), "");
	says(", json: {/a: ~}", answer(200, "", "{\"a\":\"null\"}"),
	     URL " says /a is \"null\", not null");
	says(", json: {/a: 'null'}", answer(200, "", "{\"a\":null}"),
	     URL " says /a is null, not \"null\"");
	says(", json: {/a: 1.10}", answer(200, "", "{\"a\":1.1}"),
	     URL " says /a is 1.1, not 1.10");
	says(", json: {/a/0/~0~1: true}",
	     answer(200, "", "{\"a\":[{\"~/\":false}]}"),
	     URL " says /a/0/~0~1 is false, not true");
	says(", json: {/a: x}", answer(200, "", "{\"a\":{\"x\":1}}"),
	     URL " says /a is an object, not x");
	says(", json: {/a/0: x}", answer(200, "", "{\"a\":[]}"),
	     URL ": the answer has no /a/0");
}

static void no_json(void **state)
{
	(void)state;
	says(", json: {/a: x}", answer(200, "", ""),
	     URL ": the answer is empty, and no JSON");
	says(", json: {/a: x}", answer(200, "", "{\n\n]"),
	     URL ": the answer is no JSON (line 3)");
	says(", json: {/a: x}", answer(200, "", "{\"a\":1,\"a\":2}"),
	     URL ": the answer is no JSON that can be read: a key is there "
	     "twice");
}

static void secrets_are_not_shown(void **state)
{
	(void)state;
	says(", json: {/api_token: x}",
	     answer(200, "", "{\"api_token\":\"secret\"}"),
	     URL " says /api_token is something else");
	says(", json: {/db: x}",
	     answer(200, "", "{\"db\":\"pg://u:secret@h/db\"}"),
	     URL " says /db is \"pg://u:***@h/db\", not \"x\"");
	says(", json: {/db: x}",
	     answer(200, "", "{\"db\":\"password=secret\"}"),
	     URL " says /db is \"password=***\", not \"x\"");
}

static void long_values_are_cut(void **state)
{
	char body[200] = "\"", why[300] = URL " says all is \"";
	size_t len = strlen(why);

	(void)state;
	memset(body + 1, 'x', 100);
	body[101] = '"';
	memset(why + len, 'x', 80);
	memcpy(why + len + 80, "...\", not \"y\"", sizeof("...\", not \"y\""));
	says(", json: {'': 'y'}", answer(200, "", body), why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(headers),
		cmocka_unit_test(bodies),
		cmocka_unit_test(values),
		cmocka_unit_test(no_json),
		cmocka_unit_test(secrets_are_not_shown),
		cmocka_unit_test(long_values_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
