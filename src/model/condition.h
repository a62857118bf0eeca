/*
 * Conditions of an environment's own (`gates` in the configuration), and what
 * they answered.  Who judges a move has them asked before (deploy/
 * conditions.h), as gates run no programs.
 */
#ifndef MODEL_CONDITION_H
#define MODEL_CONDITION_H

#include <stddef.h>

struct condition_answer {
	int good;
	char *evidence;			/* a line for people */
};

/* In the order of the configuration. */
struct condition_answers {
	struct condition_answer *v;
	size_t nr;
};

#define CONDITION_ANSWERS_INIT { NULL, 0 }

void condition_answers_release(struct condition_answers *a);

#endif
