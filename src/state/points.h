/*
 * What was verified, point by point: "platform", "log", "version", "health",
 * in the order in which they were looked at.  One that was not reached, or
 * that nobody asks for, is not there.
 *
 * In JSON a list of {point, ok, evidence}: of a good one what was found (the
 * release, "2/2" polls), of a bad one what is wrong; null: nothing more is
 * to be said.
 */
#ifndef STATE_POINTS_H
#define STATE_POINTS_H

#include <stddef.h>

#include "base/buf.h"
#include "doc/json.h"

struct point {
	char *name;
	char *word;		/* "ok", "2/2": for a line; NULL when read */
	char *evidence;		/* a line for people; NULL */
	int ok;
};

struct point_list {
	struct point *v;
	size_t nr, alloc;
};

#define POINT_LIST_INIT { NULL, 0, 0 }

/* `evidence` may be NULL. */
void point_add(struct point_list *list, const char *name, int ok,
	       const char *word, const char *evidence);
/* "platform ok, log ok, version 3.7.11 ok, health 2/2" */
void points_add_line(const struct point_list *list, struct buf *out);
void points_json(const struct point_list *list, struct json *j,
		 const char *key);
/* What is no point is passed over. */
void points_read(struct point_list *list, const struct value *v);
/* `from` is empty afterwards, `to` was before. */
void point_list_move(struct point_list *to, struct point_list *from);
void point_list_release(struct point_list *list);

#endif
