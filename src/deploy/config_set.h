/*
 * Settings of a repository that serves while they are written: a push may
 * come at any time, and whoever writes may be killed.  Nothing that is set and
 * is to stay so is ever unset on the way, and what is right is not written.
 */
#ifndef DEPLOY_CONFIG_SET_H
#define DEPLOY_CONFIG_SET_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

int config_set(const struct repo *r, const char *key, const char *value,
	       struct error *err);
/* Those values and no other, for a list whose order says nothing. */
int config_set_all(const struct repo *r, const char *key,
		   const struct strvec *values, struct error *err);
/* What others wrote stays; those are the last, for one whose last wins. */
int config_set_last(const struct repo *r, const char *key,
		    const struct strvec *values, struct error *err);
/* That value goes; what else is said stays. */
int config_unset(const struct repo *r, const char *key, const char *value,
		 struct error *err);

#endif
