#include "deploy/config_set.h"

#include "base/buf.h"

#include <string.h>

/* Of the repository alone: what an account says may be gone tomorrow. */
static int get(struct strvec *values, const struct repo *r, const char *key,
	       struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_try(r, &out, err, "config", "--local", "--get-all",
			  key, NULL);

	strvec_split(values, out.s, '\n');
	buf_release(&out);
	return ret < 0 ? -1 : 0;
}

static int add(const struct repo *r, const char *key, const char *value,
	       struct error *err)
{
	return git_run(r, NULL, err, "config", "--local", "--add", key, value,
		       NULL);
}

static int take_away(const struct repo *r, const char *key,
		     const char *value, struct error *err)
{
	return git_run(r, NULL, err, "config", "--local", "--fixed-value",
		       "--unset-all", key, value, NULL);
}

int config_set(const struct repo *r, const char *key, const char *value,
	       struct error *err)
{
	struct strvec now = STRVEC_INIT;
	int ret = get(&now, r, key, err);

	if (!ret && (now.nr != 1 || strcmp(now.v[0], value)))
		ret = git_run(r, NULL, err, "config", "--local",
			      "--replace-all", key, value, NULL);
	strvec_release(&now);
	return ret;
}

int config_set_all(const struct repo *r, const char *key,
		   const struct strvec *values, struct error *err)
{
	struct strvec now = STRVEC_INIT;
	int ret = get(&now, r, key, err);

	for (size_t i = 0; !ret && i < values->nr; i++)
		if (!strvec_has(&now, values->v[i]))
			ret = add(r, key, values->v[i], err);
	strvec_sort(&now, 1);
	for (size_t i = 0; !ret && i < now.nr; i++)
		if (!strvec_has(values, now.v[i]))
			ret = take_away(r, key, now.v[i], err);
	strvec_release(&now);
	return ret;
}

int config_set_last(const struct repo *r, const char *key,
		    const struct strvec *values, struct error *err)
{
	struct strvec now = STRVEC_INIT;
	int ret = get(&now, r, key, err), are = now.nr >= values->nr;

	for (size_t i = 0; are && i < values->nr; i++)
		are = !strcmp(now.v[now.nr - values->nr + i], values->v[i]);
	for (size_t i = 0; !ret && !are && i < values->nr; i++)
		ret = add(r, key, values->v[i], err);
	strvec_release(&now);
	return ret;
}

int config_unset(const struct repo *r, const char *key, const char *value,
		 struct error *err)
{
	struct strvec now = STRVEC_INIT;
	int ret = get(&now, r, key, err);

	if (!ret && strvec_has(&now, value))
		ret = take_away(r, key, value, err);
	strvec_release(&now);
	return ret;
}
