#include "model/origins.h"

void origins_set(struct origins *o, const char *key, const char *text)
{
	strvec_push(&o->texts, text);
	strmap_put(&o->at, key, o->texts.v[o->texts.nr - 1]);
}

const char *origins_get(const struct origins *o, const char *key)
{
	return strmap_get(&o->at, key);
}

void origins_release(struct origins *o)
{
	strmap_release(&o->at);
	strvec_release(&o->texts);
}
