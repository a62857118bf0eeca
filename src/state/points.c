#include "state/points.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void point_add(struct point_list *list, const char *name, int ok,
	       const char *word, const char *evidence)
{
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct point){
		.name = xstrdup(name), .word = xstrdup_or_null(word),
		.evidence = xstrdup_or_null(evidence), .ok = ok,
	};
}

void points_add_line(const struct point_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->nr; i++)
		buf_addf(out, "%s%s %s", i ? ", " : "", list->v[i].name,
			 list->v[i].word);
}

void points_json(const struct point_list *list, struct json *j,
		 const char *key)
{
	json_list(j, key);
	for (size_t i = 0; i < list->nr; i++) {
		json_object(j, NULL);
		json_string(j, "point", list->v[i].name);
		json_bool(j, "ok", list->v[i].ok);
		json_string(j, "evidence", list->v[i].evidence);
		json_end(j);
	}
	json_end(j);
}

void points_read(struct point_list *list, const struct value *v)
{
	for (size_t i = 0; v && v->type == VALUE_LIST && i < v->nr; i++) {
		const char *name = value_text(v->items[i], "point");
		const char *ok = value_text(v->items[i], "ok");

		if (name && ok)
			point_add(list, name, !strcmp(ok, "true"), NULL,
				  value_text(v->items[i], "evidence"));
	}
}

void point_list_move(struct point_list *to, struct point_list *from)
{
	*to = *from;
	*from = (struct point_list)POINT_LIST_INIT;
}

void point_list_release(struct point_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].name);
		free(list->v[i].word);
		free(list->v[i].evidence);
	}
	free(list->v);
	*list = (struct point_list)POINT_LIST_INIT;
}
