#include "model/origins.h"

#include "base/buf.h"

void origins_set(struct origins *o, const char *key, const char *text)
{
	strvec_push(&o->texts, text);
	strmap_put(&o->at, key, o->texts.v[o->texts.nr - 1]);
}

void origins_forget(struct origins *o, const char *prefix)
{
	for (size_t i = 0; i < o->at.nr; i++)
		if (starts_with(o->at.keys[i], prefix))
			o->at.values[i] = NULL;
}

const char *origins_get(const struct origins *o, const char *key)
{
	return strmap_get(&o->at, key);
}

const char *origins_below(const struct origins *o, const char *prefix)
{
	for (size_t i = 0; i < o->at.nr; i++)
		if (o->at.values[i] && starts_with(o->at.keys[i], prefix))
			return o->at.values[i];
	return NULL;
}

void origins_release(struct origins *o)
{
	strmap_release(&o->at);
	strvec_release(&o->texts);
}
