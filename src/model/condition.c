#include "model/condition.h"

#include <stdlib.h>

void condition_answers_release(struct condition_answers *a)
{
	for (size_t i = 0; i < a->nr; i++)
		free(a->v[i].evidence);
	free(a->v);
	*a = (struct condition_answers)CONDITION_ANSWERS_INIT;
}
