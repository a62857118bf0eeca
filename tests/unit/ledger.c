/* The ledger: appended whole or not at all, read back, raced for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "state/ledger.h"
#include "state/override.h"

struct fixture {
	char *dir;
	struct repo repo;
	char *one, *two;	/* two objects to point refs at */
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct error err = ERROR_INIT;
	const char *tmp = getenv("TMPDIR");
	char *prefix = path_join(tmp ? tmp : "/tmp", "ledger");

	f->dir = make_temp_dir(prefix, &err);
	free(prefix);
	f->repo = (struct repo)REPO_INIT;
	assert_int_equal(0, git_run(NULL, NULL, &err, "init", "-q", "--bare",
				    f->dir, NULL));
	assert_int_equal(0, repo_open(&f->repo, f->dir, &err));
	f->one = object_write_blob(&f->repo, "1", 1, &err);
	f->two = object_write_blob(&f->repo, "2", 1, &err);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;

	repo_release(&f->repo);
	remove_tree(f->dir, &err);
	error_release(&err);
	free(f->dir);
	free(f->one);
	free(f->two);
	free(f);
	return 0;
}

static struct event event_of(const char *env, const char *name, long n)
{
	struct event e = EVENT_INIT;

	/* Borrowed: never released. */
	e.env = (char *)env;
	e.event = (char *)name;
	e.outcome = (char *)"ok";
	e.detail = (char *)"quotes \" and\nlines";
	e.seconds = n;
	e.when = 1700000000 + n;
	return e;
}

static void appends_and_reads(void **state)
{
	struct fixture *f = *state;
	struct event_list list = EVENT_LIST_INIT;
	struct event e = event_of("a", "pushed", 1);
	struct error err = ERROR_INIT;

	assert_int_equal(0, ledger_read(&list, &f->repo, "a", 0, &err));
	assert_int_equal(0, list.nr);
	assert_int_equal(0, ledger_append(&f->repo, &e, NULL, 0, NULL, NULL,
					  &err));
	e = event_of("a", "deployed", 2);
	e.release = (char *)"3.7.11";
	e.from = (char *)"3.6.4";
	assert_int_equal(0, ledger_append(&f->repo, &e, NULL, 0, NULL, NULL,
					  &err));
	assert_int_equal(0, ledger_read(&list, &f->repo, "a", 0, &err));
	assert_int_equal(2, list.nr);
	assert_string_equal("deployed", list.v[0].event);
	assert_string_equal("3.7.11", list.v[0].release);
	assert_string_equal("3.6.4", list.v[0].from);
	assert_string_equal("quotes \" and\nlines", list.v[0].detail);
	assert_string_equal("server", list.v[0].by);
	assert_null(list.v[0].commit);
	assert_int_equal(2, list.v[0].seconds);
	assert_int_equal(1700000002, list.v[0].when);
	assert_string_equal("pushed", list.v[1].event);
	event_list_release(&list);
	assert_int_equal(0, ledger_read(&list, &f->repo, "a", 1, &err));
	assert_int_equal(1, list.nr);
	event_list_release(&list);
	error_release(&err);
}

/* Whatever git log is told to print for people here. */
static void is_utf8_everywhere(void **state)
{
	struct fixture *f = *state;
	struct event_list list = EVENT_LIST_INIT;
	struct event e = event_of("utf8", "deployed", 1);
	struct error err = ERROR_INIT;

	assert_int_equal(0, git_run(&f->repo, NULL, &err, "config",
				    "i18n.logOutputEncoding", "ISO-8859-1",
				    NULL));
	e.who = (char *)"J\xc3\xbcrgen";
	assert_int_equal(0, ledger_append(&f->repo, &e, NULL, 0, NULL, NULL,
					  &err));
	assert_int_equal(0, ledger_read(&list, &f->repo, "utf8", 0, &err));
	assert_int_equal(1, list.nr);
	assert_string_equal("J\xc3\xbcrgen", list.v[0].who);
	event_list_release(&list);
	assert_int_equal(0, git_run(&f->repo, NULL, &err, "config", "--unset",
				    "i18n.logOutputEncoding", NULL));
}

static void moves_refs_with_it(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("b", "deployed", 1);
	struct ref_move moves[] = {
		{ "refs/upgrade/deployed/b", f->one, NULL },
		{ "refs/upgrade/verified/b", f->one, NULL },
		{ "refs/upgrade/failed/b", NULL, NULL },
	};
	struct env_state s = ENV_STATE_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(0, ledger_append(&f->repo, &e, moves, 3, NULL, NULL,
					  &err));
	assert_int_equal(0, env_state_read(&s, &f->repo, "b", &err));
	assert_string_equal(f->one, s.deployed);
	assert_string_equal(f->one, s.verified);
	assert_null(s.failed);
	env_state_release(&s);
	error_release(&err);
}

static void refuses_a_ref_that_moved(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("b", "deployed", 2);
	struct ref_move move = { "refs/upgrade/deployed/b", f->two, f->two };
	struct event_list list = EVENT_LIST_INIT;
	struct error err = ERROR_INIT;

	assert_int_equal(-1, ledger_append(&f->repo, &e, &move, 1, NULL, NULL,
					   &err));
	assert_int_equal(ERROR_REFUSED, err.kind);
	assert_non_null(strstr(err.message, "refs/upgrade/deployed/b"));
	assert_int_equal(0, ledger_read(&list, &f->repo, "b", 0, &err));
	assert_int_equal(1, list.nr);
	event_list_release(&list);
	error_release(&err);
}

static int fails(void *data, struct error *err)
{
	++*(int *)data;
	return error_set(err, ERROR_FATAL, "no");
}

static void records_nothing_when_the_switch_fails(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("b", "deployed", 3);
	struct ref_move move = { "refs/upgrade/deployed/b", f->two, f->one };
	struct env_state s = ENV_STATE_INIT;
	struct error err = ERROR_INIT;
	int calls = 0;

	assert_int_equal(-1, ledger_append(&f->repo, &e, &move, 1, fails,
					   &calls, &err));
	assert_string_equal("no", err.message);
	assert_int_equal(1, calls);
	assert_int_equal(0, env_state_read(&s, &f->repo, "b", &err));
	assert_string_equal(f->one, s.deployed);
	env_state_release(&s);
	error_release(&err);
}

/* Who write at once, and how often each. */
#define WRITERS 50
#define APPENDS 4

/* What was overridden is read back, and is no step of a deploy. */
static void tells_what_was_overridden(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct strvec gates = STRVEC_INIT;
	struct event e = EVENT_INIT, before = event_of("over", "pushed", 1);
	struct event_list list = EVENT_LIST_INIT;

	strvec_pushl(&gates, "freeze", "approved", NULL);
	override_event(&e, "over", f->one, &gates, "it is; \"no\"", "why");
	e.when = 1700000002;
	assert_int_equal(0, ledger_append(&f->repo, &before, NULL, 0, NULL,
					  NULL, &err));
	assert_int_equal(0, ledger_append(&f->repo, &e, NULL, 0, NULL, NULL,
					  &err));
	assert_int_equal(0, ledger_read(&list, &f->repo, "over", 0, &err));
	assert_int_equal(2, list.nr);
	assert_int_equal(2, list.v[0].gates.nr);
	assert_string_equal("approved", list.v[0].gates.v[1]);
	assert_string_equal("it is; \"no\"", list.v[0].said);
	assert_string_equal("why", list.v[0].reason);
	assert_string_equal("freeze, approved overridden: why (it is; "
			    "\"no\")", list.v[0].detail);
	assert_false(event_is_ending(&list.v[0]));
	assert_int_equal(0, list.v[1].gates.nr);
	assert_ptr_equal(&list.v[1], event_before(&list, NULL));
	assert_null(event_before(&list, &list.v[1]));
	event_list_release(&list);
	event_release(&e);
	strvec_release(&gates);
}

/* Options of a push: what is not ours is passed over, secrets do not stay. */
static void takes_and_gives_options(void **state)
{
	struct strvec in = STRVEC_INIT, out = STRVEC_INIT;
	struct overrides o = OVERRIDES_INIT;

	(void)state;
	strvec_pushl(&in, "upgrade-override=freeze", "upgrade-lock=x",
		     "upgrade-override=freeze", "upgrade-override=soak", NULL);
	overrides_take(&o, &in);
	assert_int_equal(2, o.gates.nr);
	/* Without a reason it is not one. */
	assert_false(overrides_have(&o, "freeze"));
	assert_false(overrides_have(NULL, "freeze"));
	strvec_pushl(&in, "upgrade-override-reason=a\tb token=x1y2z3w4",
		     "upgrade-override-who=Olga", NULL);
	overrides_take(&o, &in);
	assert_true(overrides_have(&o, "freeze"));
	assert_false(overrides_have(&o, "lock"));
	assert_string_equal("a b token=***", o.reason);
	overrides_give(&o, &out);
	assert_int_equal(4, out.nr);
	assert_string_equal("upgrade-override=soak", out.v[1]);
	assert_string_equal("upgrade-override-reason=a b token=***",
			    out.v[2]);
	assert_string_equal("upgrade-override-who=Olga", out.v[3]);
	overrides_release(&o);
	strvec_release(&in);
	strvec_release(&out);
}

static void writer(const char *dir, long n)
{
	struct event e = event_of("race", "pushed", n);
	struct error err = ERROR_INIT;
	struct repo r = REPO_INIT;

	if (repo_open(&r, dir, &err) < 0)
		_exit(1);
	for (int i = 0; i < APPENDS; i++)
		if (ledger_append(&r, &e, NULL, 0, NULL, NULL, &err) < 0)
			_exit(1);
	_exit(0);
}

static void loses_no_event_to_a_race(void **state)
{
	struct fixture *f = *state;
	struct event_list list = EVENT_LIST_INIT;
	struct error err = ERROR_INIT;
	pid_t pids[WRITERS];
	int status;

	for (long n = 0; n < WRITERS; n++) {
		pids[n] = fork();
		assert_true(pids[n] >= 0);
		if (!pids[n])
			writer(f->dir, n);
	}
	for (long n = 0; n < WRITERS; n++) {
		assert_int_equal(pids[n], waitpid(pids[n], &status, 0));
		assert_int_equal(0, status);
	}
	assert_int_equal(0, ledger_read(&list, &f->repo, "race", 0, &err));
	assert_int_equal(WRITERS * APPENDS, list.nr);
	event_list_release(&list);
	error_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_reads),
		cmocka_unit_test(is_utf8_everywhere),
		cmocka_unit_test(moves_refs_with_it),
		cmocka_unit_test(refuses_a_ref_that_moved),
		cmocka_unit_test(records_nothing_when_the_switch_fails),
		cmocka_unit_test(loses_no_event_to_a_race),
		cmocka_unit_test(tells_what_was_overridden),
		cmocka_unit_test(takes_and_gives_options),
	};

	return cmocka_run_group_tests_name("ledger", tests, setup, teardown);
}
