#include "cmd/conflict_view.h"

/* A submodule cannot be edited; a commit of it is chosen. */
static void hint_submodules(struct cmd *cmd, const struct merge_result *m)
{
	for (size_t i = 0; i < m->nr_stages; i++) {
		struct buf path = BUF_INIT;

		if (m->stages[i].mode != 0160000 || m->stages[i].stage != 3)
			continue;
		buf_add_path(&path, m->stages[i].path);
		cmd_hint(cmd, "Conflicts", "%s is a submodule: check out the "
			 "commit you want in it, or merge %.7s there; then "
			 "\"git add\" it", path.s, m->stages[i].oid);
		buf_release(&path);
	}
}

void conflict_view_say(struct cmd *cmd, const struct merge_result *m)
{
	for (size_t i = 0; i < m->nr_messages; i++)
		if (starts_with(m->messages[i].type, "CONFLICT"))
			cmd_say(cmd, "%s", m->messages[i].text);
	hint_submodules(cmd, m);
}
