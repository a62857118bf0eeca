#include "state/host.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

char *host_folder(const struct repo *r, const char *env)
{
	return xstrfmt("%s/upgrade/here/%s", r->common_dir, env);
}

int host_is_here(const struct repo *r, const char *env)
{
	char *folder = host_folder(r, env);
	int is = dir_exists(folder);

	free(folder);
	return is;
}
