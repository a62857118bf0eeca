/* How an environment does, told from events and refs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "state/health.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* Newest first; everything is borrowed. */
static struct event event(const char *what, const char *outcome,
			  const char *commit, time_t when)
{
	return (struct event){
		.event = (char *)what, .outcome = (char *)outcome,
		.commit = (char *)commit, .when = when,
		.detail = (char *)"why",
	};
}

static void judge(struct health *h, const char *deployed,
		  const char *verified, struct event *events, size_t nr)
{
	struct env_state s = { (char *)deployed, (char *)verified, NULL };
	struct event_list list = { events, nr, nr };

	*h = (struct health)HEALTH_INIT;
	health_judge(h, &s, &list);
}

static void nothing_is_unknown(void **state)
{
	struct health h;

	(void)state;
	judge(&h, NULL, NULL, NULL, 0);
	assert_int_equal(h.kind, HEALTH_UNKNOWN);
	assert_null(h.trouble);
	assert_null(health_name(h.kind));
}

static void deployed_and_verified_is_good(void **state)
{
	struct event e[] = { event("verified", "ok", A, 30),
			     event("deployed", "ok", A, 20),
			     event("deployed", "ok", B, 10) };
	struct health h;

	(void)state;
	judge(&h, A, A, e, ARRAY_SIZE(e));
	assert_int_equal(h.kind, HEALTH_GOOD);
	assert_int_equal(h.deployed_at, 20);
	assert_int_equal(h.verified_at, 30);
	assert_null(h.trouble);
	health_release(&h);
}

static void what_failed_is_trouble_and_no_more(void **state)
{
	struct event e[] = { event("retried", "ok", B, 40),
			     event("failed", "failed", B, 30),
			     event("deployed", "ok", A, 20) };
	struct health h;

	(void)state;
	judge(&h, A, A, e, ARRAY_SIZE(e));
	assert_int_equal(h.kind, HEALTH_GOOD);
	assert_string_equal(h.trouble, "why");
	assert_string_equal(h.commit, B);
	assert_int_equal(h.trouble_at, 30);
	health_release(&h);
}

static void down_until_something_is_good(void **state)
{
	struct event e[] = { event("verified", "ok", A, 40),
			     event("failed", "down", B, 30),
			     event("deployed", "ok", A, 20) };
	struct health h;

	(void)state;
	judge(&h, A, A, e + 1, 2);
	assert_int_equal(h.kind, HEALTH_DOWN);
	health_release(&h);
	judge(&h, A, A, e, 3);
	assert_int_equal(h.kind, HEALTH_GOOD);
	assert_null(h.trouble);
	health_release(&h);
	judge(&h, NULL, NULL, e + 1, 1);
	assert_int_equal(h.kind, HEALTH_DOWN);
	health_release(&h);
}

static void grown_sick_is_unverified(void **state)
{
	struct event e[] = { event("verified", "failed", A, 30),
			     event("deployed", "ok", A, 20) };
	struct health h;

	(void)state;
	judge(&h, A, NULL, e, ARRAY_SIZE(e));
	assert_int_equal(h.kind, HEALTH_UNVERIFIED);
	assert_int_equal(h.deployed_at, 20);
	assert_int_equal(h.verified_at, 0);
	assert_string_equal(h.trouble, "why");
	health_release(&h);
}

/* What others wrote may lack anything. */
static void events_without_anything(void **state)
{
	struct event e[] = { { .event = NULL }, { .event = (char *)"failed" },
			     { .event = (char *)"deployed" } };
	struct health h;

	(void)state;
	judge(&h, A, A, e, ARRAY_SIZE(e));
	assert_int_equal(h.kind, HEALTH_GOOD);
	assert_string_equal(h.trouble, "failed");
	assert_null(h.commit);
	health_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_unknown),
		cmocka_unit_test(deployed_and_verified_is_good),
		cmocka_unit_test(what_failed_is_trouble_and_no_more),
		cmocka_unit_test(down_until_something_is_good),
		cmocka_unit_test(grown_sick_is_unverified),
		cmocka_unit_test(events_without_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
