/* Modes: the order of their phases, where each runs, what undoes what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "deploy/mode.h"

/* "stop@old!": in the old release's folder, and it interrupts. */
static void has_order(enum deploy_mode mode, const char *want)
{
	struct buf b = BUF_INIT;
	size_t nr;
	const struct mode_phase *v = mode_phases(mode, &nr);

	for (size_t i = 0; i < nr; i++)
		buf_addf(&b, "%s%s%s%s", i ? " " : "",
			 deploy_phase_name(v[i].phase),
			 v[i].in_old ? "@old" : "",
			 v[i].interrupts ? "!" : "");
	assert_string_equal(b.len ? b.s : "", want);
	buf_release(&b);
}

static void orders(void **state)
{
	(void)state;
	has_order(MODE_NONE, "");
	has_order(MODE_MAINTENANCE, "maintenance_on@old! stop@old! update "
		  "warm start! health switch! maintenance_off");
	has_order(MODE_ROLLING, "update warm stop@old! start! health "
		  "switch!");
	has_order(MODE_SOURCE, "warm stop@old! start! health switch!");
	has_order(MODE_BLUE_GREEN, "update start warm health switch! "
		  "stop@old");
}

/* Whatever the mode, it verifies, then switches, and only then says so. */
static void health_before_switch(void **state)
{
	(void)state;
	for (int mode = MODE_MAINTENANCE; mode <= MODE_BLUE_GREEN; mode++) {
		const struct mode_phase *health, *change;

		health = mode_phase((enum deploy_mode)mode, PHASE_HEALTH);
		change = mode_phase((enum deploy_mode)mode, PHASE_SWITCH);
		assert_non_null(health);
		assert_ptr_equal(health + 1, change);
	}
}

static void forward_undoes(void **state)
{
	(void)state;
	assert_int_equal(mode_undone_by(MODE_MAINTENANCE,
					PHASE_MAINTENANCE_OFF),
			 PHASE_MAINTENANCE_ON);
	assert_int_equal(mode_undone_by(MODE_MAINTENANCE, PHASE_START),
			 PHASE_STOP);
	assert_int_equal(mode_undone_by(MODE_ROLLING, PHASE_START),
			 PHASE_STOP);
	assert_int_equal(mode_undone_by(MODE_SOURCE, PHASE_START),
			 PHASE_STOP);
	assert_int_equal(mode_undone_by(MODE_BLUE_GREEN, PHASE_START), -1);
	assert_int_equal(mode_undone_by(MODE_MAINTENANCE, PHASE_UPDATE), -1);
	assert_int_equal(mode_undone_by(MODE_ROLLING, PHASE_MAINTENANCE_OFF),
			 -1);
}

static void way_back(void **state)
{
	size_t nr;
	const struct mode_undo *v = mode_undos(&nr);
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < nr; i++)
		buf_addf(&b, "%s: %s in %s\n", deploy_phase_name(v[i].ran),
			 deploy_phase_name(v[i].runs),
			 v[i].in_old ? "old" : "new");
	assert_string_equal(b.s, "switch: switch in old\n"
			    "start: stop in new\n"
			    "stop: start in old\n"
			    "maintenance_on: maintenance_off in old\n");
	buf_release(&b);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(deploy_mode_named("blue-green"), MODE_BLUE_GREEN);
	assert_int_equal(deploy_mode_named("none"), MODE_NONE);
	assert_int_equal(deploy_mode_named("big-bang"), -1);
	assert_string_equal(deploy_mode_name(MODE_SOURCE), "source");
	assert_string_equal(deploy_phase_name(PHASE_UPDATE), "update");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(health_before_switch),
		cmocka_unit_test(forward_undoes),
		cmocka_unit_test(way_back),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
