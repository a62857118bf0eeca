#include "deploy/data_mark.h"

#include "base/file.h"

#include <stdlib.h>

static char *mark_path(const char *top)
{
	return path_join(top, ".updated");
}

int data_mark_begin(const char *top, struct error *err)
{
	char *path = mark_path(top);
	int ret = file_exists(path) ? 0 : file_replace(path, "", 0, 0644, err);

	free(path);
	return ret;
}

int data_mark_end(const char *top, struct error *err)
{
	char *path = mark_path(top);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

int data_mark_is_for(const struct deploy_step *step, enum deploy_mode mode)
{
	return (mode || step->as) && deploy_step_phase(step) == PHASE_UPDATE;
}

const char *data_mark_word(const char *top, const struct profile *p,
			   enum deploy_mode mode)
{
	char *path = mark_path(top);
	int is = file_exists(path), known = is || mode;

	for (size_t i = 0; !known && i < p->nr_deploy; i++)
		known = data_mark_is_for(&p->deploy[i], mode);
	free(path);
	return is ? "yes" : known ? "no" : NULL;
}
