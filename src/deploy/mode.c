#include "deploy/mode.h"

#include "base/mem.h"

/* Users see a page of ours, and nothing of what happens behind it. */
static const struct mode_phase maintenance[] = {
	{ PHASE_MAINTENANCE_ON, .in_old = 1, .interrupts = 1 },
	{ PHASE_STOP, .in_old = 1, .interrupts = 1 },
	{ .phase = PHASE_UPDATE },
	{ .phase = PHASE_WARM },
	{ PHASE_START, .interrupts = 1 },
	{ .phase = PHASE_HEALTH },
	{ PHASE_SWITCH, .interrupts = 1 },
	/* Not before: the old code would meet the new data. */
	{ .phase = PHASE_MAINTENANCE_OFF },
};

/* What serves goes on; its services begin anew, as late as can be. */
static const struct mode_phase rolling[] = {
	{ .phase = PHASE_UPDATE },
	{ .phase = PHASE_WARM },
	{ PHASE_STOP, .in_old = 1, .interrupts = 1 },
	{ PHASE_START, .interrupts = 1 },
	{ .phase = PHASE_HEALTH },
	{ PHASE_SWITCH, .interrupts = 1 },
};

/* As rolling, for releases that bring nothing but code. */
static const struct mode_phase source[] = {
	{ .phase = PHASE_WARM },
	{ PHASE_STOP, .in_old = 1, .interrupts = 1 },
	{ PHASE_START, .interrupts = 1 },
	{ .phase = PHASE_HEALTH },
	{ PHASE_SWITCH, .interrupts = 1 },
};

/* The new one stands beside the old one, until it is good. */
static const struct mode_phase blue_green[] = {
	{ .phase = PHASE_UPDATE },
	{ .phase = PHASE_START },
	{ .phase = PHASE_WARM },
	{ .phase = PHASE_HEALTH },
	{ PHASE_SWITCH, .interrupts = 1 },
	{ PHASE_STOP, .in_old = 1 },
};

/*
 * First users go where nothing was touched, then the new release makes room,
 * then the old one comes back.
 */
static const struct mode_undo undos[] = {
	{ PHASE_SWITCH, PHASE_SWITCH, 1 },
	{ PHASE_START, PHASE_STOP, 0 },
	{ PHASE_STOP, PHASE_START, 1 },
	{ PHASE_MAINTENANCE_ON, PHASE_MAINTENANCE_OFF, 1 },
};

const struct mode_phase *mode_phases(enum deploy_mode mode, size_t *nr)
{
	static const struct {
		const struct mode_phase *v;
		size_t nr;
	} modes[] = {
		[MODE_NONE] = { NULL, 0 },
		[MODE_MAINTENANCE] = { maintenance, ARRAY_SIZE(maintenance) },
		[MODE_ROLLING] = { rolling, ARRAY_SIZE(rolling) },
		[MODE_SOURCE] = { source, ARRAY_SIZE(source) },
		[MODE_BLUE_GREEN] = { blue_green, ARRAY_SIZE(blue_green) },
	};

	*nr = modes[mode].nr;
	return modes[mode].v;
}

const struct mode_undo *mode_undos(size_t *nr)
{
	*nr = ARRAY_SIZE(undos);
	return undos;
}

const struct mode_phase *mode_phase(enum deploy_mode mode,
				    enum deploy_phase phase)
{
	size_t nr;
	const struct mode_phase *v = mode_phases(mode, &nr);

	for (size_t i = 0; i < nr; i++)
		if (v[i].phase == phase)
			return &v[i];
	return NULL;
}

int mode_undone_by(enum deploy_mode mode, enum deploy_phase phase)
{
	const struct mode_phase *undone = NULL;

	if (phase == PHASE_MAINTENANCE_OFF)
		undone = mode_phase(mode, PHASE_MAINTENANCE_ON);
	else if (phase == PHASE_START)
		undone = mode_phase(mode, PHASE_STOP);
	/* Of blue-green `stop` ends another release than `start` began. */
	return undone && undone < mode_phase(mode, phase) ?
	       (int)undone->phase : -1;
}
