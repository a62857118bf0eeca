/* What the files behind flow/push.h share; only they include it. */
#ifndef FLOW_PUSH_INTERNAL_H
#define FLOW_PUSH_INTERNAL_H

#include "flow/push.h"

/* What the platform shows, as its refs were read last. */
void push_note_evidence(struct push *p);
/*
 * From here on git push may be at work in this clone: when it is killed, the
 * next push takes its locks away.
 */
void push_note_begin(struct push *p, struct repo *r);
/* The remote would not have it, for `reason`; always -1. */
int push_refused_there(const struct push *p, const char *reason,
		       struct error *err);
/* Take an interrupt that is held; waits so many seconds for one. */
void push_take_interrupt(struct push *p, struct repo *r, double wait);
/* Fill `hops` from the tip and what the platform shows. */
int push_find_hops(struct push *p, struct repo *r, struct error *err);
/* Who has the environment to himself, as last fetched. */
int push_read_lock(struct push *p, struct repo *r, struct error *err);
/*
 * The remote would not have the branch moved, for `reason`: when it is
 * elsewhere than it was, say whose commit came first and what to do about it.
 * 1 with the error set; 0: it is not.
 */
int push_explain_lost(struct push *p, struct repo *r, const char *reason,
		      struct error *err);

/* What is there now, and the event that says how the commit ended. */
int push_conclude(struct push *p, struct repo *r, struct error *err);

/* Forget what clients recorded before us that cannot be, with a warning. */
void push_engine_doubt(struct push *p, const struct repo *r);
/*
 * Where an engine deploys (push_engine.c): before anything is sent, what may
 * be in the way of that; and, in place of waiting for evidence, all of it.
 */
int push_engine_open(struct push *p, struct repo *r,
		     const struct reporter *say, struct error *err);
/* What is wanted before an upgrade: a backup, made here. */
int push_engine_backup(struct push *p, struct repo *r,
		       const struct reporter *say, struct error *err);
/*
 * What was overridden, recorded before anything is sent: a push that was
 * killed in between has said too much, not too little.
 */
int push_engine_override(struct push *p, struct repo *r, struct error *err);
int push_engine_wait(struct push *p, struct repo *r, long timeout,
		     const struct reporter *say, struct error *err);

#endif
