/* What the files behind the gate `promotion` share; only they include it. */
#ifndef GATE_PROMOTION_INTERNAL_H
#define GATE_PROMOTION_INTERNAL_H

#include "base/buf.h"
#include "gate/gate.h"
#include "model/promotion.h"

struct judging {
	const struct move *m;
	const struct environment *env;
	struct verdict *v;
	char *source_tip;		/* that is here; NULL: none is known */
};

/* 1, 0, -1; NULL is not. */
int promotion_is_here(const struct move *m, const char *commit,
		      struct error *err);
void promotion_hint(const struct judging *j);
/* What of a line is no promotion (promotion_fixes.c). */
int promotion_judge_fixes(const struct judging *j, const struct line *line,
			  struct error *err);

#endif
